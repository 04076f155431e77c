"""[server] heartbeat: comments for clients that give up on silence."""
import json

import pytest
from openai._streaming import SSEDecoder

from sim import Gate
from sim.cloud import event, held, ok, openai_error, silent, sse, status, stream
from sim import ollama as o

BEAT = {"server.heartbeat": "50ms"}
ASK = {"model": "gpt-4", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}


def begin(daemon):
    """A stream that has brought its head and a comment."""
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions", ASK)
    answer = client.head()
    client.read_until(answer, ": understudy")
    return client, answer


def test_without_it_nothing_is_sent_before_the_first_content(start, cloud, ollama):
    cloud.script(status(503), status(503), status(400, body=b'{"error":{"message":"no"}}'))
    answer = start(cloud, ollama).chat(stream=True)
    assert answer.status == 400


def test_a_silent_stream_begins_with_comments_and_goes_on_with_the_answer(start, cloud, ollama):
    gate = Gate()
    cloud.script(held(gate, stream("one", "two")))
    client, answer = begin(start(cloud, ollama, BEAT))
    assert answer.status == 200 and answer.header("content-type").startswith("text/event-stream")
    assert answer.header("x-understudy-id")
    gate.open()
    client.finish(answer)
    assert answer.complete and answer.content == "onetwo" and answer.events[-1] == "[DONE]"


def test_comments_stand_between_events_of_a_stream_that_pauses(start, cloud, ollama):
    gate = Gate()
    cloud.script(stream("one", gate, "two"))
    daemon = start(cloud, ollama, BEAT)
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions", ASK)
    answer = client.head()
    client.read_until(answer, ": understudy")
    gate.open()
    client.finish(answer)
    assert answer.complete and answer.content == "onetwo"
    assert all(isinstance(e, (dict, tuple)) or e == "[DONE]" for e in answer.events)


def test_a_client_that_has_seen_an_id_reads_no_event_at_a_comment(start, cloud, ollama):
    """An empty line behind the comment would be an event without data for it."""
    gate = Gate()
    numbered = [b"id: %d\n" % n + sse(event({"content": text})) for n, text in enumerate("ab")]
    cloud.script(stream(numbered[0], gate, numbered[1]))
    client = start(cloud, ollama, BEAT).connect()
    client.request("POST", "/v1/chat/completions", ASK)
    answer = client.head()
    client.read_until(answer, ": understudy")
    gate.open()
    client.finish(answer)
    read = list(SSEDecoder().iter_bytes(iter([answer.body])))
    assert read[-1].data == "[DONE]" and all(json.loads(e.data) for e in read[:-1])
    assert answer.content == "ab" and answer.complete


def test_lines_of_ollamas_own_have_no_place_for_it(start, cloud, ollama):
    """So the answer does not begin before its content: what fails keeps its status."""
    gate, later = Gate(), Gate()
    cloud.script(held(gate, status(400, body=b'{"error":{"message":"no"}}')), stream("one", later, "two"))
    daemon = start(cloud, ollama, {"server.heartbeat": "1ms"})
    body = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
    client = daemon.connect()
    client.request("POST", "/api/chat", body)
    gate.wait_reached()
    gate.open()
    assert client.response().status == 400
    client = daemon.connect()
    client.request("POST", "/api/chat", body)
    answer = client.head()
    client.read_until(answer, "one")
    later.open()
    client.finish(answer)
    lines = [json.loads(line) for line in answer.body.decode().splitlines()]
    assert "".join(line["message"]["content"] for line in lines) == "onetwo" and lines[-1]["done"]


def test_comments_have_one_line_end(start, cloud, ollama):
    gates = [Gate(), Gate()]
    cloud.script(held(gates[0], stream("one", gates[1], "two")))
    client, answer = begin(start(cloud, ollama, BEAT))
    gates[0].open()
    client.read_until(answer, '"one"')
    client.read_until(answer, '"finish_reason": null}]}\n\n: understudy')
    gates[1].open()
    client.finish(answer)
    assert answer.complete and answer.content == "onetwo"
    comment = b": understudy is waiting for the answer\n"
    assert comment + b"\n" not in answer.body and b"\n\n" + comment in answer.body
    assert answer.body.startswith(comment)


def test_an_indented_error_is_one_line(start, cloud, ollama):
    gate = Gate()
    body = b'{\n  "error": {\n    "message": "It is  bad.",\r\n    "code": 1.50\n  }\n}\n'
    cloud.script(held(gate, status(400, body=body)))
    client, answer = begin(start(cloud, ollama, BEAT))
    gate.open()
    client.finish(answer)
    assert answer.body.endswith(b'\ndata: {"error":{"message":"It is  bad.","code":1.50}}\n\n')
    assert answer.body.count(b"data:") == 1


@pytest.mark.parametrize("body", [b"<html>\n<h1>No</h1>\n</html>", b'{"detail": "no"}', b"no",
                                  b'[{"error": {"message": "no"}}]'])
def test_what_an_app_would_not_see_as_an_error_is_told_as_one(start, cloud, ollama, body):
    gate = Gate()
    cloud.script(held(gate, status(400, body=body)))
    client, answer = begin(start(cloud, ollama, BEAT))
    gate.open()
    client.finish(answer)
    (told,) = [e for e in answer.events if isinstance(e, dict)]
    assert "no" in told["error"]["message"] or "400" in told["error"]["message"]


def test_nothing_follows_the_end(start, cloud, ollama):
    """Where the provider holds its last chunk back."""
    cloud.script(stream("one", end="stall"))
    answer = start(cloud, ollama, {"server.heartbeat": "20ms"}).chat(stream=True)
    assert answer.complete and answer.content == "one" and answer.events[-1] == "[DONE]"


def test_a_fallback_after_the_first_comment_is_still_an_answer(start, cloud, ollama):
    gate = Gate()
    cloud.script(held(gate, status(401)))
    client, answer = begin(start(cloud, ollama, BEAT))
    gate.open()
    client.finish(answer)
    assert answer.complete and answer.content == "ollama heard: Hi"


def test_what_fails_after_the_first_comment_is_told_as_an_event(start, cloud, ollama):
    gate = Gate()
    cloud.script(held(gate, openai_error(400, "bad_thing", "It is bad.")))
    daemon = start(cloud, ollama, BEAT)
    client, answer = begin(daemon)
    gate.open()
    client.finish(answer)
    assert not answer.complete and answer.events[-1]["error"]["message"] == "It is bad."
    assert "[DONE]" not in answer.events
    assert daemon.exchange()["class"] == "request"


def test_when_all_fail_after_the_first_comment_the_event_names_both(start, cloud, ollama):
    gate = Gate()
    cloud.script(held(gate, status(401)))
    ollama.script(o.error(500, "no more memory"))
    client, answer = begin(start(cloud, ollama, {**BEAT, "provider.ollama.retry_attempts": "1"}))
    gate.open()
    client.finish(answer)
    assert not answer.complete
    assert answer.events[-1]["error"]["message"].startswith("All LLM providers failed.")


def test_a_whole_answer_gets_no_comments(start, cloud, ollama):
    gate = Gate()
    cloud.script(held(gate, ok("whole")))
    daemon = start(cloud, ollama, BEAT)
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions", {**ASK, "stream": False})
    gate.wait_reached()
    gate.open()
    assert client.response().content == "whole"


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_client_that_leaves_after_a_comment_is_noticed(start, cloud, ollama, how):
    cloud.script(silent())
    daemon = start(cloud, ollama, BEAT)
    client, _ = begin(daemon)
    getattr(client, how)()
    assert cloud.chats[0].hung_up.wait(20)
    assert daemon.exchange()["class"] == "cancelled"
