"""A provider that gives events to who asked for one answer, or one answer to who asked for events."""
import json

import pytest

from ledger import both, from_cloud, truth
from sim.cloud import (COMPLETIONS, STREAM_ERROR, call, completion, ok, ok_tools, status, stream, stream_error_mid,
                       text_event, texts)

ASKED = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}


def other(then):
    """Answers as if the request had asked for the other form."""

    def answer(peer, request):
        asked = json.loads(request.body)
        request.body = json.dumps({**asked, "stream": not asked.get("stream")}).encode()
        then(peer, request)

    return answer


def chat(daemon, streamed):
    """The message that the official client gets."""
    client = daemon.openai(max_retries=0).chat.completions
    if not streamed:
        return client.create(**ASKED).choices[0].message
    with client.stream(**ASKED) as events:
        return events.get_final_completion().choices[0].message


@both
def test_a_text_is_an_answer_in_either_form(start, cloud, ollama, streamed):
    cloud.script(other(ok("Hello from the cloud.")))
    daemon = start(cloud, ollama)
    assert chat(daemon, streamed).content == "Hello from the cloud."
    answer = daemon.chat(stream=streamed)
    assert answer.content == "Hello from the cloud." and answer.complete
    assert truth(answer) == from_cloud("openai=1")
    kind = "text/event-stream" if streamed else "application/json"
    assert [v.split(";")[0] for v in answer.all("content-type")] == [kind]
    assert daemon.exchange()["class"] == "ok"


@both
def test_tools_are_called_in_either_form(start, cloud, ollama, streamed):
    cloud.script(other(ok_tools(call("f", {"a": 1}, "call_1"), call("g", {"b": [2]}, "call_2"))))
    calls = chat(start(cloud, ollama), streamed).tool_calls
    assert [(c.id, c.function.name, json.loads(c.function.arguments)) for c in calls] == [
        ("call_1", "f", {"a": 1}), ("call_2", "g", {"b": [2]})]


@both
def test_completions_too(start, cloud, ollama, streamed):
    whole = status(200, body=text_event("one two", "stop"))
    cloud.script(whole if streamed else texts("one ", "two"), path=COMPLETIONS)
    answer = start(cloud, ollama).post(COMPLETIONS, {"model": "gpt-4", "prompt": "Hi",
                                                     "stream": streamed})
    assert answer.content == "one two" and truth(answer) == from_cloud("openai=1")


@pytest.mark.parametrize("asked", [True, False])
def test_usage_is_told_where_it_was_asked_for(start, cloud, ollama, asked):
    cloud.script(status(200, body=completion("a")))
    answer = start(cloud, ollama).chat(stream=True, stream_options={"include_usage": asked})
    told = [e["usage"] for e in answer.events[:-1] if e.get("usage")]
    assert [u["completion_tokens"] for u in told] == ([3] if asked else [])


def test_usage_of_events_is_in_the_answer(start, cloud, ollama):
    cloud.script(other(ok("a", usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3})))
    daemon = start(cloud, ollama)
    assert daemon.chat().json["usage"]["completion_tokens"] == 2
    assert daemon.exchange()["completion_tokens"] == "2"


@pytest.mark.parametrize("fault, failure", [
    (stream("a", finish=None, done=False), "protocol"),
    (stream_error_mid("a", error=STREAM_ERROR), "server"),
])
def test_events_that_make_no_answer_are_none(start, cloud, ollama, fault, failure):
    cloud.script(fault)
    answer = start(cloud, ollama, {"retry.attempts": 1}).chat()
    assert answer.content == "ollama heard: Hi"
    assert answer.header("x-understudy-fallback") == failure
