# OpenAI Python SDK, Responses
# needs: openai==3.54.0
# speaks: responses
# requests: 4
from openai import OpenAI

from ask import ABOUT, BASE_URL, KEY, MODEL, PARAMETERS, QUESTION, RESULT, TOOL, tell

client = OpenAI(base_url=BASE_URL, api_key=KEY)
tools = [{"type": "function", "name": TOOL, "description": ABOUT, "parameters": PARAMETERS,
          "strict": True}]


def stream():
    events = client.responses.create(model=MODEL, input=QUESTION, stream=True)
    return "".join(e.delta for e in events if e.type == "response.output_text.delta")


def with_tools():
    items = [{"role": "user", "content": QUESTION}]
    first = client.responses.create(model=MODEL, input=items, tools=tools, store=False)
    calls = [item for item in first.output if item.type == "function_call"]
    assert [call.name for call in calls] == [TOOL], first
    items += [item.to_dict() for item in first.output]
    items += [{"type": "function_call_output", "call_id": call.call_id, "output": RESULT} for call in calls]
    return client.responses.create(model=MODEL, input=items, tools=tools, store=False).output_text


tell("whole", lambda: client.responses.create(model=MODEL, input=QUESTION).output_text)
tell("stream", stream)
tell("whole", with_tools)
