"""Conversations with tools by the official SDK, in which the cloud dies between two turns."""
import asyncio
import json

import openai
import pytest

import talk
from daemon import CLIENT_KEY, PATIENCE
from sim import ollama as o
from sim.cloud import ok
from talk import (ADVICE, ANSWER, ASKS, CUT_CALL, CUT_TEXT, DEAD, FIRST, FROM_OLLAMA, OFFERED,
                  SECOND, THIRD, Advice, check_heard)

ON = {"route.continue_stream": "yes"}


# ---- four ways to ask with the SDK; each returns the message


def whole(daemon, messages):
    return daemon.openai().chat.completions.create(
        model="gpt-4", messages=messages, tools=OFFERED).choices[0].message


def streamed(daemon, messages):
    """The SDK puts the pieces together."""
    with daemon.openai().chat.completions.stream(
            model="gpt-4", messages=messages, tools=OFFERED) as stream:
        return stream.get_final_completion().choices[0].message


def waited_for(ask):
    def run(daemon, messages):
        async def talk_to():
            async with openai.AsyncOpenAI(api_key=CLIENT_KEY, base_url=daemon.base_url,
                                          timeout=3 * PATIENCE) as client:
                return await ask(client.chat.completions, messages)

        return asyncio.run(talk_to())

    return run


@waited_for
async def whole_async(completions, messages):
    answer = await completions.create(model="gpt-4", messages=messages, tools=OFFERED)
    return answer.choices[0].message


@waited_for
async def streamed_async(completions, messages):
    async with completions.stream(model="gpt-4", messages=messages, tools=OFFERED) as stream:
        return (await stream.get_final_completion()).choices[0].message


WAYS = {"whole": whole, "streamed": streamed, "async": whole_async,
        "streamed async": streamed_async}
every_way = pytest.mark.parametrize("ask", WAYS.values(), ids=WAYS)


def turn(daemon, ask, messages):
    """Asks, runs the tools that are asked for, and returns the longer conversation."""
    message = ask(daemon, messages)
    calls = message.tool_calls or []
    results = [{"role": "tool", "tool_call_id": c.id,
                "content": talk.run_tool(c.function.name, c.function.arguments)} for c in calls]
    return [*messages, message.model_dump(exclude_none=True), *results]


def said(messages):
    return messages[-1].get("content")


def calls_of(message):
    """As the apps see them: an id, and arguments as text."""
    return [(c["id"], c["type"], c["function"]["name"], json.loads(c["function"]["arguments"]))
            for c in message["tool_calls"]]


@every_way
def test_ollama_takes_over_after_a_turn_of_the_cloud(start, cloud, ollama, ask):
    cloud.script(ASKS, DEAD)
    ollama.script(o.tools(FROM_OLLAMA), o.text(ANSWER))
    daemon = start(cloud, ollama, {"breaker.failures": "0"})
    second = turn(daemon, ask, FIRST)
    third = turn(daemon, ask, second)
    assert calls_of(second[2]) == [("call_rome", "function", "weather", {"city": "Rome"}),
                                   ("call_malmo", "function", "weather", {"city": "Malmö"})]
    assert calls_of(third[-2]) == [("call_ab12cd34", "function", "coat",
                                    {"degrees": 4, "rain": True})]
    assert said(turn(daemon, ask, third)) == ANSWER
    assert len(cloud.chats) == 1 + 3 + 3 and len(ollama.chats) == 2
    check_heard(ollama.chats[0], SECOND)
    check_heard(ollama.chats[1], THIRD)


@every_way
def test_the_cloud_refuses_to_connect_after_its_turn(start, cloud, ollama, ask):
    start.unsent = 3
    cloud.script(ASKS)
    ollama.script(o.text(ANSWER))
    daemon = start(cloud, ollama)
    second = turn(daemon, ask, FIRST)
    cloud.refuse()
    assert said(turn(daemon, ask, second)) == ANSWER
    check_heard(ollama.chats[0], SECOND)


@every_way
def test_the_cloud_takes_over_after_a_turn_of_ollama(start, cloud, ollama, ask):
    """The ids that Ollama gave come back to the cloud as the app got them."""
    cloud.script(ASKS, DEAD, DEAD, DEAD, ok(ANSWER))
    ollama.script(o.tools(FROM_OLLAMA))
    daemon = start(cloud, ollama)
    third = turn(daemon, ask, turn(daemon, ask, FIRST))
    assert said(turn(daemon, ask, third)) == ANSWER
    assert cloud.chats[-1].json["messages"] == third and len(ollama.chats) == 1
    assert [m.get("tool_call_id") for m in third if m["role"] == "tool"] == [
        "call_rome", "call_malmo", "call_ab12cd34"]


@pytest.mark.sample
def test_calls_of_ollama_without_ids_get_distinct_ones(start, cloud, ollama):
    """Ollama before 0.9 gives none; the results are told apart by them."""
    start.unsent = 2
    bare = [{"function": c["function"]} for c in (FROM_OLLAMA, FROM_OLLAMA)]
    ollama.script(o.tools(*bare), o.text(ANSWER))
    daemon = start(None, ollama, {"retry.attempts": "1"})
    second = turn(daemon, streamed, FIRST)
    ids = [c["id"] for c in second[2]["tool_calls"]]
    assert len(set(ids)) == 2 and all(ids)
    assert said(turn(daemon, streamed, second)) == ANSWER
    asked, *results = ollama.chats[1].json["messages"][2:]
    assert [c["id"] for c in asked["tool_calls"]] == ids
    assert [r["tool_call_id"] for r in results] == ids


# ---- the cloud dies in mid-stream


@pytest.mark.parametrize("broken", [CUT_TEXT, CUT_CALL], ids=["in a text", "in a tool call"])
@pytest.mark.parametrize("ask", [streamed, streamed_async], ids=["streamed", "streamed async"])
def test_a_turn_that_breaks_raises_and_the_next_try_is_right(start, cloud, ollama, ask, broken):
    cloud.script(ASKS, broken, DEAD)
    ollama.script(o.tools(FROM_OLLAMA), o.text(ANSWER))
    daemon = start(cloud, ollama, {"breaker.failures": "0"})
    second = turn(daemon, ask, FIRST)
    with pytest.raises(openai.APIError) as raised:
        turn(daemon, ask, second)
    assert raised.value.code == "stream_incomplete" and ollama.chats == []
    third = turn(daemon, ask, second)
    check_heard(ollama.chats[0], SECOND)
    assert said(turn(daemon, ask, third)) == ANSWER
    check_heard(ollama.chats[1], THIRD)


@pytest.mark.parametrize("ask", [streamed, streamed_async], ids=["streamed", "streamed async"])
def test_a_turn_that_breaks_is_gone_on_with(start, cloud, ollama, ask):
    cloud.script(ASKS, CUT_TEXT)
    ollama.script(talk.go_on)
    daemon = start(cloud, ollama, ON)
    assert said(turn(daemon, ask, turn(daemon, ask, FIRST))) == ANSWER
    check_heard(ollama.chats[0], [*SECOND, {"role": "assistant", "content": talk.BEGUN}])


def test_a_tool_call_that_breaks_is_not_gone_on_with(start, cloud, ollama):
    cloud.script(ASKS, CUT_CALL)
    daemon = start(cloud, ollama, ON)
    second = turn(daemon, streamed, FIRST)
    with pytest.raises(openai.APIError):
        turn(daemon, streamed, second)
    assert ollama.chats == []


# ---- an answer that is parsed into a schema


def parse(daemon, messages):
    return daemon.openai().chat.completions.parse(
        model="gpt-4", messages=messages, tools=OFFERED, response_format=Advice).choices[0].message


def parse_stream(daemon, messages):
    with daemon.openai().chat.completions.stream(
            model="gpt-4", messages=messages, tools=OFFERED, response_format=Advice) as stream:
        return stream.get_final_completion().choices[0].message


@waited_for
async def parse_async(completions, messages):
    answer = await completions.parse(model="gpt-4", messages=messages, tools=OFFERED,
                                     response_format=Advice)
    return answer.choices[0].message


@pytest.mark.parametrize("ask", [parse, parse_stream, parse_async],
                         ids=["whole", "streamed", "async"])
def test_ollama_answers_in_the_schema_that_the_cloud_was_given(start, cloud, ollama, ask):
    cloud.script(ASKS, DEAD)
    ollama.script(o.text(ADVICE.model_dump_json()))
    daemon = start(cloud, ollama)
    second = turn(daemon, ask, FIRST)
    assert ask(daemon, second).parsed == ADVICE
    asked = ollama.chats[0]
    check_heard(asked, SECOND)
    sent = cloud.chats[-1].json["response_format"]["json_schema"]["schema"]
    assert asked.json["format"] == sent and set(sent["properties"]) == {"city", "coats"}
