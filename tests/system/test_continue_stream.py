"""[route] continue_stream: a text that breaks off is gone on with from the character where it stopped."""
import json

import pytest

from sim import Gate, Ollama
from sim import ollama as o
from sim.cloud import (CREATED, EVENT_STREAM, ID, Cloud, call, STREAM_ERROR, cut_stream, event, ok,
                       openai_error, sse, stall_stream,
                       stream_error_mid, stream_without_done)
from sim.reply import chunk, end, head

ON = {"route.continue_stream": "yes"}
TEXT = ["The capital ", "of Fr", "ance – ", "\"Pâris\" \\ ", "🎭 is", " Paris."]
WHOLE = "".join(TEXT)
ERROR = "stream_incomplete"


def go_on(peer, request):
    """An Ollama that goes on from the last message, or begins anew, token by token the same text."""
    last = request.json["messages"][-1]
    so_far = last["content"] if last["role"] == "assistant" else ""
    assert WHOLE.startswith(so_far)
    rest = WHOLE[len(so_far):]
    o.lines(*[rest[i:i + 3] for i in range(0, len(rest), 3)])(peer, request)


def echo(peer, request):
    """Says the text that it is given once more, as 0.33 does for a model with a Jinja template."""
    last = request.json["messages"][-1]
    assert last["role"] == "assistant"
    rest = WHOLE[len(last["content"]):]
    o.lines(last["content"] + rest[:3], *[rest[i:i + 3] for i in range(3, len(rest), 3)])(peer, request)


def models(leaves_open=True):
    return Ollama(models=[o.Model(leaves_open=leaves_open)])


@pytest.fixture
def closed():
    """An Ollama whose template ends the assistant's turn."""
    server = models(leaves_open=False)
    yield server
    server.stop()
    assert server.violations == []


def comments(answer):
    return [e[0] for e in answer.events if isinstance(e, tuple)]


def one_stream(answer):
    """One id, one role, one end."""
    chunks = [e for e in answer.events if isinstance(e, dict)]
    assert {c["id"] for c in chunks} == {ID} and {c["created"] for c in chunks} == {CREATED}
    roles = [c for e in chunks for c in e["choices"] if c["delta"].get("role")]
    finishes = [c["finish_reason"] for e in chunks for c in e["choices"] if c["finish_reason"]]
    assert len(roles) == 1 and finishes == ["stop"] and answer.events.count("[DONE]") == 1
    return chunks


@pytest.mark.sample
def test_ollama_goes_on_from_the_text_so_far(start, cloud, ollama):
    cloud.script(cut_stream(*TEXT[:3]))
    ollama.script(go_on)
    daemon = start(cloud, ollama, ON)
    answer = daemon.chat(stream=True, stream_options={"include_usage": True})
    assert answer.complete and answer.content == WHOLE
    chunks = one_stream(answer)
    assert comments(answer) == [": understudy continued on ollama"]
    assert ollama.chats[0].json["messages"][-1] == {"role": "assistant", "content": "".join(TEXT[:3])}
    seam = next(i for i, e in enumerate(answer.events) if isinstance(e, tuple))
    assert {e["model"] for e in answer.events[seam:] if isinstance(e, dict)} == {"ministral-3:3b"}
    assert chunks[-1]["usage"]["completion_tokens"] == 4
    line = daemon.exchange()
    assert line["attempts"] == "openai=1, ollama=1" and line["provider"] == "ollama"
    assert line["class"] == "ok" and line["fallback"] == "protocol"
    assert daemon.metric("fallbacks_total", to="ollama", **{"class": "protocol"}) == 1


def test_whether_the_template_leaves_the_turn_open_is_asked_once(start, cloud, ollama):
    cloud.script(cut_stream(*TEXT[:2]))
    ollama.script(go_on)
    daemon = start(cloud, ollama, {**ON, "breaker.failures": "0"})
    for _ in range(3):
        assert daemon.chat(stream=True).content == WHOLE
    assert len(ollama.renders) == 1 and len(ollama.chats) == 3


def test_a_template_is_forgotten_when_the_model_changes(start, cloud, ollama):
    cloud.script(cut_stream(*TEXT[:3]))
    ollama.script(go_on)
    daemon = start(cloud, ollama, {**ON, "breaker.failures": "0"})
    assert daemon.chat(stream=True).content == WHOLE
    ollama.models[0].digest, ollama.models[0].leaves_open = "another", False
    assert daemon.chat(stream=True).content == WHOLE
    assert len(ollama.renders) == 2
    assert [q.json["messages"][-1]["role"] for q in ollama.chats] == ["assistant", "user"]


def test_a_text_that_ollama_repeats_is_not_sent_twice(start, cloud, ollama):
    cloud.script(cut_stream(*TEXT[:3]))
    ollama.script(echo)
    answer = start(cloud, ollama, ON).chat(stream=True)
    assert answer.complete and answer.content == WHOLE
    one_stream(answer)


def test_one_that_may_be_a_repetition_is_asked_anew(start, cloud, ollama):
    cloud.script(cut_stream("The "))
    ollama.script(o.lines("The "), go_on)
    answer = start(cloud, ollama, ON).chat(stream=True)
    assert answer.complete and answer.content == WHOLE
    assert [q.json["messages"][-1]["role"] for q in ollama.chats] == ["assistant", "user"]


def test_a_template_that_ends_the_turn_gets_the_question_anew(start, cloud, closed):
    cloud.script(cut_stream(*TEXT[:3]))
    closed.script(go_on)
    answer = start(cloud, closed, ON).chat(stream=True)
    assert answer.complete and answer.content == WHOLE
    one_stream(answer)
    assert closed.chats[0].json["messages"][-1]["role"] == "user"


def test_another_answer_than_the_one_begun_is_not_used(start, cloud, closed):
    cloud.script(cut_stream(*TEXT[:3]))
    closed.script(o.text("The capital of France is something else"))
    answer = start(cloud, closed, ON).chat(stream=True)
    assert answer.content == "".join(TEXT[:3]) and not answer.complete
    assert answer.events[-1]["error"]["code"] == ERROR and "[DONE]" not in answer.events
    assert "cut off" in answer.events[-1]["error"]["message"]


def test_a_shorter_answer_than_what_was_sent_is_not_used(start, cloud, closed):
    cloud.script(cut_stream(*TEXT[:3]))
    closed.script(o.text("The capital of"))
    answer = start(cloud, closed, ON).chat(stream=True)
    assert not answer.complete and answer.events[-1]["error"]["code"] == ERROR


def test_a_refused_prefill_is_asked_anew(start, cloud, ollama):
    cloud.script(cut_stream(*TEXT[:3]))
    ollama.script(o.error(400, "the last message must be of the user"), go_on)
    answer = start(cloud, ollama, ON).chat(stream=True)
    assert answer.content == WHOLE and answer.complete
    assert [q.json["messages"][-1]["role"] for q in ollama.chats] == ["assistant", "user"]


def test_another_cloud_goes_on_when_it_begins_with_the_same_text(start, cloud, ollama):
    second = Cloud()
    try:
        cloud.script(cut_stream(*TEXT[:3]))
        second.script(ok(WHOLE))
        daemon = start(cloud, ollama, {**ON, "route.priority": "openai, second, ollama",
                                       "provider.second.type": "openai",
                                       "provider.second.base_url": second.url + "/v1",
                                       "provider.second.api_key": "none"})
        answer = daemon.chat(stream=True)
        assert answer.content == WHOLE and answer.complete
        one_stream(answer)
        assert comments(answer) == [": understudy continued on second"]
        assert ollama.chats == []
    finally:
        second.stop()


def test_one_that_differs_leaves_it_to_the_next(start, cloud, ollama):
    second = Cloud()
    try:
        cloud.script(cut_stream(*TEXT[:3]))
        second.script(ok("Something else."))
        ollama.script(go_on)
        daemon = start(cloud, ollama, {**ON, "route.priority": "openai, second, ollama",
                                       "provider.second.type": "openai",
                                       "provider.second.retry_attempts": "1",
                                       "provider.second.base_url": second.url + "/v1",
                                       "provider.second.api_key": "none"})
        answer = daemon.chat(stream=True)
        assert answer.content == WHOLE and answer.complete
        assert comments(answer) == [": understudy continued on ollama"]
    finally:
        second.stop()


NAMED = b'event: error\ndata: {"message": "Overloaded"}\n\n'
REFUSAL = {"error": {"message": "It was filtered.", "code": "content_filter"}}
BREAKS = {
    "end of the connection": cut_stream(*TEXT[:4]),
    "reset": cut_stream(*TEXT[:4], how="reset"),
    "silence": stall_stream(*TEXT[:4]),
    "end without finish_reason": stream_without_done(*TEXT[:4], finish=None),
    "an error event of the provider": stream_error_mid(*TEXT[:4]),
    "an event named error": stream_error_mid(*TEXT[:4], error=NAMED),
}


@pytest.mark.parametrize("how", BREAKS)
def test_each_way_to_break_is_gone_on_with(start, cloud, ollama, how):
    cloud.script(BREAKS[how])
    ollama.script(go_on)
    daemon = start(cloud, ollama, {**ON, "provider.openai.idle_timeout": "300ms"})
    answer = daemon.chat(stream=True)
    assert answer.content == WHOLE and answer.complete
    one_stream(answer)


NOT = {
    "a tool call": [cut_stream("Let me see", event({"tool_calls": [
        {"index": 0, **call("f", {})}]})), {}],
    "a JSON schema": [cut_stream("{"), {"response_format": {
        "type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}}],
    "logprobs": [cut_stream("a"), {"logprobs": True}],
    "two choices": [cut_stream(event({"content": "a"}), {**event({"content": "b"}), "choices": [
        {"index": 1, "delta": {"content": "b"}, "finish_reason": None}]}), {"n": 2}],
    "a refusal": [stream_error_mid("a", "b", error=REFUSAL), {}],
}


@pytest.mark.parametrize("what", NOT)
def test_what_cannot_be_gone_on_with_ends_with_an_error(start, cloud, ollama, what):
    reply, members = NOT[what]
    cloud.script(reply)
    answer = start(cloud, ollama, ON).chat(stream=True, **members)
    assert not answer.complete and "error" in answer.events[-1] and "[DONE]" not in answer.events
    assert ollama.chats == []


@pytest.mark.parametrize("by", ["nobody is left", "another answer"])
def test_where_nobody_goes_on_the_providers_error_ends_the_stream_as_it_came(start, cloud, closed, by):
    """Not ours beside it, and not that of the one that was to go on."""
    cloud.script(stream_error_mid(*TEXT[:3]))
    closed.script(o.failed() if by == "nobody is left" else o.text("Something else."))
    daemon = start(cloud, closed, {**ON, "provider.ollama.retry_attempts": "1"})
    answer = daemon.chat(stream=True)
    assert answer.content == "".join(TEXT[:3]) and not answer.complete
    assert answer.body.endswith(sse(STREAM_ERROR)) and answer.body.count(b'"error"') == 1
    assert b"Something else" not in answer.body and "[DONE]" not in answer.events


def test_the_error_of_the_one_that_goes_on_ends_the_stream_as_it_came(start, cloud, ollama):
    second = Cloud()
    try:
        cloud.script(cut_stream(*TEXT[:2]))
        second.script(stream_error_mid(*TEXT[:4]))
        daemon = start(cloud, ollama, {**ON, "route.priority": "openai, second",
                                       "provider.second.type": "openai",
                                       "provider.second.base_url": second.url + "/v1",
                                       "provider.second.api_key": "none"})
        answer = daemon.chat(stream=True)
        assert answer.content == "".join(TEXT[:4]) and not answer.complete
        assert answer.body.endswith(sse(STREAM_ERROR)) and answer.body.count(b'"error"') == 1
    finally:
        second.stop()


def test_a_refusal_of_the_one_that_was_to_go_on_is_not_passed_by(start, cloud, ollama):
    second = Cloud()
    try:
        cloud.script(cut_stream(*TEXT[:2]))
        second.script(openai_error(400, "content_filter"))
        ollama.script(go_on)
        daemon = start(cloud, ollama, {**ON, "route.priority": "openai, second, ollama",
                                       "provider.second.type": "openai",
                                       "provider.second.base_url": second.url + "/v1",
                                       "provider.second.api_key": "none"})
        answer = daemon.chat(stream=True)
        assert answer.content == "".join(TEXT[:2]) and not answer.complete
        assert answer.events[-1]["error"]["code"] == ERROR
        assert second.chats and ollama.chats == []
    finally:
        second.stop()


def test_it_is_off_unless_asked_for(start, cloud, ollama):
    cloud.script(cut_stream(*TEXT[:3]))
    answer = start(cloud, ollama).chat(stream=True)
    assert not answer.complete and answer.events[-1]["error"]["code"] == ERROR
    assert ollama.chats == []


def test_when_nobody_goes_on_the_first_failure_is_told(start, cloud, ollama):
    cloud.script(cut_stream(*TEXT[:3]))
    ollama.script(o.failed())
    daemon = start(cloud, ollama, {**ON, "provider.ollama.retry_attempts": "1"})
    answer = daemon.chat(stream=True)
    assert answer.content == "".join(TEXT[:3]) and not answer.complete
    assert answer.events[-1]["error"]["code"] == ERROR
    assert "cut off" in answer.events[-1]["error"]["message"]
    assert daemon.exchange()["class"] == "protocol"


def test_one_that_breaks_again_is_gone_on_with_by_the_third(start, cloud, ollama):
    second = Cloud()
    try:
        cloud.script(cut_stream(*TEXT[:2]))
        second.script(cut_stream(*TEXT[:4]))
        ollama.script(go_on)
        daemon = start(cloud, ollama, {**ON, "route.priority": "openai, second, ollama",
                                       "provider.second.type": "openai",
                                       "provider.second.base_url": second.url + "/v1",
                                       "provider.second.api_key": "none"})
        answer = daemon.chat(stream=True)
        assert answer.content == WHOLE and answer.complete
        one_stream(answer)
        assert comments(answer) == [": understudy continued on second",
                                    ": understudy continued on ollama"]
    finally:
        second.stop()


def test_a_client_that_leaves_while_it_is_gone_on_with_cancels_that(start, cloud, ollama):
    gate = Gate()
    cloud.script(cut_stream(*TEXT[:3]))
    ollama.script(o.lines(gate, "x"))
    daemon = start(cloud, ollama, ON)
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions", {
        "model": "gpt-4", "stream": True, "messages": [{"role": "user", "content": "Hi"}]})
    gate.wait_reached()
    client.close()
    assert ollama.chats[0].hung_up.wait(20)
    assert daemon.exchange()["class"] == "cancelled"


def test_the_official_client_sees_one_answer(start, cloud, ollama):
    cloud.script(cut_stream(*TEXT[:3]))
    ollama.script(go_on)
    client = start(cloud, ollama, ON).openai()
    chunks = list(client.chat.completions.create(
        model="gpt-4", messages=[{"role": "user", "content": "Hi"}], stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == WHOLE


def test_a_client_that_has_seen_an_id_reads_no_event_at_the_seam(start, cloud, ollama):
    """An empty line behind the comment would be an event without data for it."""
    def reply(peer, request):
        parts = [event({"role": "assistant", "content": ""}), *[event({"content": t}) for t in TEXT[:3]]]
        peer.send(head(200, EVENT_STREAM))
        for n, one in enumerate(parts):
            peer.send(chunk(b"id: %d\n" % n + sse(one)))
        end(peer, "close")

    cloud.script(reply)
    ollama.script(go_on)
    client = start(cloud, ollama, ON).openai()
    chunks = list(client.chat.completions.create(
        model="gpt-4", messages=[{"role": "user", "content": "Hi"}], stream=True))
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == WHOLE


def fixture_bytes():
    """A stream with escapes, a surrogate pair and bytes of several per character, as chunks' data."""
    parts = [event({"role": "assistant", "content": ""})]
    parts += [event({"content": t}) for t in TEXT]
    raw = [sse(p) for p in parts]
    raw += [b"data: " + json.dumps(event({}, "stop"), ensure_ascii=False).encode() + b"\n\n",
            b"data: [DONE]\n\n"]
    # One piece as plain UTF-8, so that a cut may fall inside a character.
    raw[4] = b"data: " + json.dumps(event({"content": TEXT[3]}), ensure_ascii=False).encode() + b"\n\n"
    return b"".join(raw)


RAW = fixture_bytes()
# From here on the client has the finish_reason: nothing is missing, and the cut is told.
FINISHED = len(RAW) - len(b"data: [DONE]\n\n")
# [DONE] counts without the blank line behind it.
DONE = len(RAW) - 2


def cut_at(offset):
    def reply(peer, request):
        peer.send(head(200, EVENT_STREAM) + (chunk(RAW[:offset]) if offset else b""))
        end(peer, "close")

    return reply


@pytest.mark.parametrize("part", range(8))
@pytest.mark.parametrize("open_turn", [True, False])
def test_no_character_is_lost_or_doubled_wherever_the_cut_falls(start, cloud, part, open_turn):
    server = models(leaves_open=open_turn)
    try:
        daemon = start(cloud, server, {**ON, "breaker.failures": "0", "retry.budget": "0"})
        server.script(go_on)
        for offset in range(part, len(RAW), 8):
            cloud.script(cut_at(offset))
            answer = daemon.chat(stream=True)
            assert answer.content == WHOLE, (offset, RAW[:offset][-40:])
            cut_late = FINISHED <= offset < DONE
            assert answer.complete == (not cut_late), offset
            assert answer.events.count("[DONE]") == (0 if cut_late else 1), offset
            assert ("error" in answer.events[-1]) == cut_late
        assert server.violations == []
    finally:
        server.stop()
