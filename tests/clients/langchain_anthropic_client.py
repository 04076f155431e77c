# LangChain (Python, ChatAnthropic)
# needs: langchain-anthropic==1.7.10 anthropic==2.14.0
# speaks: messages
# requests: 4
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import HumanMessage, ToolMessage

from ask import ABOUT, CLAUDE, KEY, PARAMETERS, QUESTION, RESULT, ROOT, TOOL, tell

model = ChatAnthropic(model=CLAUDE, base_url=ROOT, api_key=KEY, max_tokens=500)
offered = model.bind_tools([{"name": TOOL, "description": ABOUT, "input_schema": PARAMETERS}])


def with_tools():
    messages = [HumanMessage(QUESTION)]
    messages.append(offered.invoke(messages))
    assert [call["name"] for call in messages[-1].tool_calls] == [TOOL], messages
    messages += [ToolMessage(RESULT, tool_call_id=call["id"]) for call in messages[-1].tool_calls]
    return offered.invoke(messages).text


tell("whole", lambda: model.invoke(QUESTION).text)
tell("stream", lambda: "".join(part.text for part in model.stream(QUESTION)))
tell("whole", with_tools)
