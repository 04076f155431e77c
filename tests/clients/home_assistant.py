# Home Assistant's custom integrations for OpenAI's API: what they ask
#
# The models first, then a conversation with tools as a stream, whose call is carried out and its
# result sent back. Not Home Assistant itself.
# needs: openai==3.54.0
import json

from openai import AsyncOpenAI

from ask import BASE_URL, KEY, MODEL, QUESTION, tell

TOOLS = [{"type": "function", "function": {
    "name": "GetLiveContext", "description": "The state of the home.",
    "parameters": {"type": "object", "properties": {"area": {"type": "string"}}}}}]
RESULT = {"success": True, "result": "light.kitchen: on"}


async def turn(client, messages):
    """(text, tool calls) of one streamed answer."""
    text, calls = "", {}
    stream = await client.chat.completions.create(model=MODEL, messages=messages, tools=TOOLS,
                                                  stream=True, temperature=0.6)
    async for event in stream:
        for choice in event.choices:
            text += choice.delta.content or ""
            for part in choice.delta.tool_calls or []:
                call = calls.setdefault(part.index, {"id": part.id, "name": part.function.name,
                                                     "arguments": ""})
                call["arguments"] += part.function.arguments or ""
    return text, list(calls.values())


async def converse():
    async with AsyncOpenAI(base_url=BASE_URL, api_key=KEY) as client:
        assert [model.id async for model in client.models.list()]
        messages = [{"role": "system", "content": "You control a home."},
                    {"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
        text, calls = await turn(client, messages)
        for call in calls:
            json.loads(call["arguments"])
            messages += [
                {"role": "assistant", "content": text or None, "tool_calls": [
                    {"id": call["id"], "type": "function",
                     "function": {"name": call["name"], "arguments": call["arguments"]}}]},
                {"role": "tool", "tool_call_id": call["id"], "content": json.dumps(RESULT)}]
        assert [call["name"] for call in calls] == ["GetLiveContext"], calls
        text, _ = await turn(client, messages)
        return text


tell("stream", converse)
