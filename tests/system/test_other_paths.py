"""Paths other than chat: the same retries, judged by HTTP alone; completions by their body, too."""
import pytest

from faults import (BROKEN_HTTP, IN_A_200, NETWORK, NOT_A_CHAT, NOT_A_STREAM, REFUSED, SERVER_CODES,
                    error, wire)
from sim import Gate, reply
from sim.cloud import cut_stream, event, ok, sse, status, stream
from streams import read_bytes, sent_as

COMPLETIONS, EMBEDDINGS = "/v1/completions", "/v1/embeddings"
TEXT = {"id": "cmpl-1", "object": "text_completion", "model": "gpt-4",
        "choices": [{"text": "fine", "index": 0, "logprobs": None, "finish_reason": "stop"}]}
LIST = {"object": "list", "data": [], "model": "e"}


def piece(text, finish=None):
    return {**TEXT, "choices": [{"text": text, "index": 0, "finish_reason": finish}]}


GOOD = stream(piece("fi"), piece("ne"), piece("", "stop"), role=False, finish=None)


def complete(daemon, streamed, path=COMPLETIONS):
    return daemon.post(path, {"model": "gpt-4", "prompt": "x", "stream": streamed})


def attempts(answer):
    return answer.header("x-understudy-attempts"), answer.header("x-understudy-fallback")


FAULTS = [pytest.param(one, False, id=name) for name, one, *_ in
          NETWORK + BROKEN_HTTP + SERVER_CODES[:4] + NOT_A_CHAT + IN_A_200 if name != "packed"] + [
    pytest.param(one, True, id=name + "-streamed") for name, one in NOT_A_STREAM]


@pytest.mark.parametrize("fault, streamed", FAULTS)
def test_completions_are_tried_until_they_are_what_was_asked_for(start, cloud, ollama, fault,
                                                                 streamed):
    good = GOOD if streamed else status(200, body=TEXT)
    cloud.script(fault, fault, good, path=COMPLETIONS)
    answer = complete(start(cloud, ollama), streamed)
    assert attempts(answer) == ("openai=3", None) and answer.complete
    if streamed:
        assert [e["choices"][0]["text"] for e in answer.events[:-1]] == ["fi", "ne", ""]
        assert answer.events[-1] == "[DONE]"
    else:
        assert (answer.status, answer.body) == wire(good, False)


def test_a_completion_that_breaks_midway_ends_with_an_error_event(start, cloud, ollama):
    cloud.script(cut_stream(piece("half")), path=COMPLETIONS)
    answer = complete(start(cloud, ollama, {"route.continue_stream": "yes"}), True)
    assert answer.events[-1]["error"]["code"] == "stream_incomplete"
    assert "[DONE]" not in answer.events and len(cloud.to(COMPLETIONS)) == 1


@pytest.mark.parametrize("body", [b"{nonsense", b"", b"[1]", b'{"prompt": "a", "stream": "yes"}'])
def test_completions_that_nobody_understands_are_the_clouds_business(start, cloud, ollama, body):
    fault = error(400, None, "We could not parse the JSON body of your request.")
    cloud.script(fault, path=COMPLETIONS)
    answer = start(cloud, ollama).post(COMPLETIONS, body, {"Content-Type": "application/json"})
    assert (answer.status, answer.body) == wire(fault, False)
    assert cloud.to(COMPLETIONS)[0].body == body


@pytest.mark.parametrize("path", [EMBEDDINGS, "/v1/responses", "/v1/audio/transcriptions",
                                  "/v1/x/y?z=1"])
@pytest.mark.parametrize("fault", [pytest.param(r, id=n) for n, r, *_ in
                                   NETWORK + SERVER_CODES[:4] + BROKEN_HTTP[-9:-4]])
def test_other_paths_are_retried(start, cloud, ollama, path, fault):
    good = status(200, body=LIST)
    cloud.script(fault, fault, good, path=path.split("?")[0])
    answer = start(cloud, ollama).post(path, {"model": "e", "input": "x"})
    assert (answer.status, answer.body) == wire(good, False)
    assert attempts(answer) == ("openai=3", None) and ollama.chats == []
    assert [c.target for c in cloud.requests] == [path] * 3


@pytest.mark.parametrize("fault", [pytest.param(r, id=n) for n, r, *_ in REFUSED[:6] + NOT_A_CHAT])
def test_what_http_calls_an_answer_is_one_on_other_paths(start, cloud, ollama, fault):
    cloud.script(fault, path=EMBEDDINGS)
    answer = start(cloud, ollama).post(EMBEDDINGS, {"model": "e", "input": "x"})
    assert (answer.status, answer.body) == wire(fault, False)
    assert attempts(answer) == ("openai=1", None)


@pytest.mark.parametrize("code", [401, 403, 402, 404, 429])
def test_embeddings_never_move_to_another_model(start, cloud, ollama, code):
    fault = error(code, "model_not_found" if code == 404 else None)
    cloud.script(fault, path=EMBEDDINGS)
    answer = start(cloud, ollama).post(EMBEDDINGS, {"model": "e", "input": "x"})
    assert (answer.status, answer.body) == wire(fault, False)
    # A rate limit is waited for where nobody else can be asked.
    assert attempts(answer) == ("openai=3" if code == 429 else "openai=1", None)
    assert answer.header("x-should-retry") == "false" and ollama.chats == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_other_methods_are_passed_on(start, cloud, ollama, method):
    cloud.script(status(200, body={"id": "file-1"}), path="/v1/files/file-1")
    daemon = start(cloud, ollama)
    answer = daemon.request(method, "/v1/files/file-1")
    assert answer.json == {"id": "file-1"}
    (sent,) = cloud.requests
    assert (sent.method, sent.body) == (method, b"")


def test_events_of_other_paths_are_passed_on_as_they_are(start, cloud, ollama):
    events = [b"event: response.created\ndata: {}\n\n", b": x\n\n", sse(event({"content": "a"}))]
    cloud.script(reply.raw(reply.head(200, [("Content-Type", "text/event-stream"),
                                            ("Transfer-Encoding", "chunked")]),
                           *[reply.chunk(e) for e in events], b"0\r\n\r\n"), path="/v1/responses")
    answer = start(cloud, ollama).post("/v1/responses", {"model": "gpt-4", "stream": True})
    assert answer.body == b"".join(events) and answer.complete


def test_a_silent_path_may_be_ended_by_a_deadline(start, cloud, ollama):
    cloud.script(lambda peer, request: peer.wait(), path=EMBEDDINGS)
    answer = start(cloud, ollama).post(EMBEDDINGS, {"model": "e", "input": "x"},
                                       {"x-understudy-deadline": "200ms"})
    assert (answer.status, answer.error["type"], answer.error["code"]) == (
        504, "upstream_error", "timeout")


def test_chats_and_other_paths_share_a_connection(start, cloud, ollama):
    daemon = start(cloud, ollama)
    cloud.script(ok("x"))
    daemon.chat()
    daemon.post(EMBEDDINGS, {"model": "e", "input": "x"})
    assert complete(daemon, False).json["choices"][0]["text"] == "cloud heard: x"
    assert cloud.connections == 1


def test_a_reader_that_had_to_wait_gets_the_rest_of_a_large_answer(start, cloud, ollama):
    first, rest, gate = b"a" * (2 << 20), b"b" * (512 << 10), Gate()
    cloud.script(sent_as(first, gate, rest, headers=[
        ("Content-Type", "audio/mpeg"), ("Transfer-Encoding", "chunked")]), path="/v1/audio/speech")
    client = start(cloud, ollama).connect()
    answer = client.request("POST", "/v1/audio/speech", {"input": "x"}).head()
    read_bytes(client, answer, first)
    gate.open()
    client.finish(answer)
    assert answer.body == first + rest and answer.complete
