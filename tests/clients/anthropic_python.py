# Anthropic Python SDK
# needs: anthropic==2.14.0
# speaks: messages
# requests: 4
from anthropic import Anthropic

from ask import ABOUT, CLAUDE, KEY, PARAMETERS, QUESTION, RESULT, ROOT, TOOL, tell

client = Anthropic(base_url=ROOT, api_key=KEY)
asked = {"model": CLAUDE, "max_tokens": 500}
tools = [{"name": TOOL, "description": ABOUT, "input_schema": PARAMETERS}]


def text(message):
    return "".join(block.text for block in message.content if block.type == "text")


def whole():
    return text(client.messages.create(messages=[{"role": "user", "content": QUESTION}], **asked))


def stream():
    with client.messages.stream(messages=[{"role": "user", "content": QUESTION}], **asked) as events:
        return events.get_final_text()


def with_tools():
    messages = [{"role": "user", "content": QUESTION}]
    first = client.messages.create(messages=messages, tools=tools, **asked)
    calls = [block for block in first.content if block.type == "tool_use"]
    assert [(call.name, call.input) for call in calls] == [(TOOL, {"area": "kitchen"})], first
    messages += [first.to_param(), {"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": call.id, "content": RESULT} for call in calls]}]
    return text(client.messages.create(messages=messages, tools=tools, **asked))


tell("whole", whole)
tell("stream", stream)
tell("whole", with_tools)
