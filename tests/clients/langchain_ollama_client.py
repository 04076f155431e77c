# LangChain (Python, ChatOllama)
# needs: langchain-ollama==1.1.0 ollama==0.6.3
# speaks: ollama
# requests: 4
from langchain_core.messages import HumanMessage, ToolMessage
from langchain_ollama import ChatOllama

from ask import ABOUT, MODEL, PARAMETERS, QUESTION, RESULT, ROOT, TOOL, tell

model = ChatOllama(model=MODEL, base_url=ROOT)
offered = model.bind_tools([{"type": "function", "function": {
    "name": TOOL, "description": ABOUT, "parameters": PARAMETERS}}])


def with_tools():
    messages = [HumanMessage(QUESTION)]
    messages.append(offered.invoke(messages))
    assert [call["name"] for call in messages[-1].tool_calls] == [TOOL], messages
    messages += [ToolMessage(RESULT, tool_call_id=call["id"]) for call in messages[-1].tool_calls]
    return offered.invoke(messages).text


# It streams whatever it is asked for.
tell("stream", lambda: model.invoke(QUESTION).text)
tell("stream", lambda: "".join(part.text for part in model.stream(QUESTION)))
tell("stream", with_tools)
