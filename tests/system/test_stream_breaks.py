"""A stream that breaks after content ends with an error event; before it, nobody knows."""
import json

import pytest

from daemon import SLOW
from rawclient import sse_events, stream_content
from sim import Gate
from sim import ollama as o
from sim.cloud import EVENT_STREAM, ROLE, STREAM_ERROR, event, ok, sse, stream
from sim.reply import chunk, head, raw
from streams import begin, error_of, fixture, read_bytes, sent_as

BOTH_WAYS = True

TEXT = fixture("text")
ENDINGS = ["close", "reset", "stall"]


def events_of(body):
    """Its events as bytes."""
    return [part + b"\n\n" for part in body.split(b"\n\n")[:-1]]


ROLE_EVENT, FIRST, SECOND, FINISH, DONE = events_of(TEXT)


def broken(start, cloud, ollama, before, after, ending):
    """What the client has of a stream whose content has reached it before it broke."""
    gate = Gate()
    cloud.script(sent_as(before, gate, *([after] if after else []), ending=ending))
    idle_ms = int(200 * SLOW) if ending == "stall" else 600_000
    daemon = start(cloud, ollama, {"provider.openai.idle_timeout": f"{idle_ms}ms"})
    client = begin(daemon)
    answer = client.head()
    read_bytes(client, answer, before)
    gate.open()
    client.finish(answer)
    return daemon, answer


CUTS = {
    "right after the first content": b"",
    "one byte later": SECOND[:1],
    "in mid-event": SECOND[:100],
    "one byte before the event's end": SECOND[:-1],
    "after an event": SECOND,
    "in mid-finish": SECOND + FINISH[:-20],
}
CUT = [pytest.param(after, ending, id=f"{where}-{ending}")
       for ending in ENDINGS for where, after in CUTS.items()]
IN_THE_LAST_EVENT = [pytest.param(SECOND + FINISH + DONE[:6], ending, id=f"in the last event-{ending}")
                     for ending in ["close", "reset"]]


@pytest.mark.parametrize("after, ending", CUT + IN_THE_LAST_EVENT)
def test_a_break_after_content_is_one_error_event(start, cloud, ollama, after, ending):
    begun = ROLE_EVENT + FIRST
    daemon, answer = broken(start, cloud, ollama, begun, after, ending)
    error = error_of(answer)
    assert (error["type"], error["code"]) == ("upstream_error", "stream_incomplete")
    assert isinstance(error["message"], str) and error["message"]
    whole = begun + b"".join(events_of(after))
    assert answer.body.startswith(whole)
    rest = answer.body[len(whole):]
    assert rest.startswith(b'data: {"error":') and rest.count(b"data:") == 1
    assert len(cloud.chats) == 1 and ollama.chats == []
    assert answer.header("x-understudy-attempts") == "openai=1"
    line = daemon.exchange()
    expected = {"close": "protocol", "reset": "network", "stall": "timeout"}[ending]
    assert (line["class"], line["status"]) == (expected, "200")
    assert daemon.log(event="stream_incomplete", level="warning")


def test_wherever_it_is_cut_the_text_comes_once(start, cloud, ollama):
    """Ollama's answer follows nothing that the client has seen of the cloud's."""
    daemon = start(cloud, ollama, {"retry.attempts": 1, "breaker.failures": 0,
                                   "route.hedge_after": "off"})
    text, begun = stream_content(sse_events(TEXT)), len(ROLE_EVENT + FIRST)
    for cut in [*range(1, begun - 1, 7), *range(begun, len(TEXT), 7), len(TEXT) - 1]:
        cloud.script(sent_as(TEXT[:cut], ending="close"))
        local, answer = len(ollama.chats), daemon.chat(stream=True)
        if cut < begun:
            assert answer.content == "ollama heard: Hi" and answer.complete
            continue
        assert answer.header("x-understudy-provider") == "openai"
        assert answer.content and text.startswith(answer.content)
        assert answer.complete or error_of(answer)["code"] == "stream_incomplete"
        assert len(ollama.chats) == local


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_break_before_content_is_retried_unseen(start, cloud, ollama, ending):
    gate = Gate()
    cloud.script(sent_as(ROLE_EVENT, gate, FIRST[:-1], ending=ending), sent_as(TEXT))
    daemon = start(cloud, ollama, {"provider.openai.first_byte_timeout": f"{int(300 * SLOW)}ms"})
    client = begin(daemon)
    gate.wait_reached()
    gate.open()
    answer = client.head()
    client.finish(answer)
    assert answer.body == TEXT and answer.complete
    assert answer.header("x-understudy-attempts") == "openai=2" and len(cloud.chats) == 2


def test_any_byte_keeps_a_stream_from_being_idle(start, cloud, ollama):
    comments = [p for _ in range(8) for p in (0.08 * SLOW, b": busy\n\n")]
    cloud.script(stream("a", *comments, "b"))
    limit = {"provider.openai.idle_timeout": f"{int(400 * SLOW)}ms"}
    answer = start(cloud, ollama, limit).chat(stream=True)
    assert answer.content == "ab" and answer.complete


def test_comments_alone_do_not_keep_a_provider_that_says_nothing(start, cloud, ollama):
    comments = [p for _ in range(500) for p in (b": busy\n\n", 0.02)]
    cloud.script(stream(*comments, "late", role=False), ok("again"))
    daemon = start(cloud, ollama, {"provider.openai.first_byte_timeout": f"{int(250 * SLOW)}ms",
                                   "provider.ollama.warm_up": "no"})
    answer = daemon.chat(stream=True)
    assert answer.content == "again" and b"busy" not in answer.body
    assert answer.header("x-understudy-attempts") == "openai=2"
    assert [l["class"] for l in daemon.log(event="retry")] == ["timeout"]


@pytest.mark.parametrize("finish", ["stop", "length", "tool_calls"])
def test_a_finished_stream_without_done_gets_it(start, cloud, ollama, finish):
    body = ROLE_EVENT + FIRST + sse(event({}, finish))
    cloud.script(sent_as(body))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=True)
    assert answer.body == body + b"data: [DONE]\n\n" and answer.complete
    assert daemon.exchange()["class"] == "ok"


@pytest.mark.sample
def test_a_finished_stream_that_is_reset_is_not_whole(start, cloud, ollama):
    daemon, answer = broken(start, cloud, ollama, ROLE_EVENT + FIRST, FINISH, "reset")
    assert error_of(answer)["code"] == "stream_incomplete"
    assert daemon.exchange()["class"] == "network"


@pytest.mark.parametrize("after", [b"", b'data: {"id":"chatcmpl-Ab12","choices":[],"usa', DONE[:6]],
                         ids=["at once", "in the usage", "in [DONE]"])
def test_a_finished_stream_that_falls_silent_is_whole(start, cloud, ollama, after):
    daemon, answer = broken(start, cloud, ollama, ROLE_EVENT + FIRST, FINISH + after, "stall")
    assert answer.body == ROLE_EVENT + FIRST + FINISH + DONE and answer.complete
    assert daemon.exchange()["class"] == "ok" and daemon.log(event="stream_incomplete") == []
    assert daemon.metric("attempts_total", provider="openai", **{"class": "ok"}) == 1


@pytest.mark.parametrize("ending", ENDINGS)
def test_after_done_it_does_not_matter_how_the_connection_ends(start, cloud, ollama, ending):
    _, answer = broken(start, cloud, ollama, ROLE_EVENT + FIRST, SECOND + FINISH + DONE, ending)
    assert answer.body == TEXT and answer.complete


@pytest.mark.parametrize("answering", ["openai", "ollama"])
def test_after_done_the_last_chunk_is_not_waited_for(start, cloud, ollama, answering):
    cloud.script(stream("one", end="stall"))
    ollama.script(o.lines("one", end="stall"))
    daemon = start(cloud, ollama, {f"provider.{answering}.idle_timeout": "10m"})
    answer = daemon.chat(stream=True, headers={"x-understudy-route": answering})
    assert answer.content == "one" and answer.complete and answer.events[-1] == "[DONE]"
    assert daemon.exchange()["class"] == "ok"


def test_one_of_two_choices_without_its_end_is_not_whole(start, cloud, ollama):
    begun = b"".join(events_of(fixture("two-choices"))[:3])
    _, answer = broken(start, cloud, ollama, begun, b"", None)
    assert error_of(answer)["code"] == "stream_incomplete"


def test_an_answer_that_is_empty_is_an_answer(start, cloud, ollama):
    body = sse(ROLE) + sse(event({}, "stop")) + sse("[DONE]")
    cloud.script(sent_as(body))
    answer = start(cloud, ollama).chat(stream=True)
    assert answer.body == body and len(cloud.chats) == 1


def test_an_error_event_after_content_is_passed_on_and_ends_the_stream(start, cloud, ollama):
    error, late = sse(STREAM_ERROR), sse(event({"content": "late"})) + sse("[DONE]")
    _, answer = broken(start, cloud, ollama, ROLE_EVENT + FIRST, error + late, None)
    assert answer.body.startswith(ROLE_EVENT + FIRST + error) and b"late" not in answer.body
    assert "[DONE]" not in answer.events and not answer.complete
    assert len(cloud.chats) == 1 and ollama.chats == []


FIRST_ERRORS = {
    "an error event": (sse(STREAM_ERROR), "server", 3),
    "an event named error": (b'event: error\ndata: {"message":"Overloaded"}\n\n', "server", 3),
    "an error event after the role": (sse(ROLE) + sse(STREAM_ERROR), "server", 3),
    "a quota's error event": (sse({"error": {"message": "m", "code": "insufficient_quota"}}),
                              "quota", 1),
    "a whole error": (json.dumps(STREAM_ERROR).encode(), "server", 3),
    "a whole object that is no answer": (fixture("whole-other"), "protocol", 3),
    "a web page": (fixture("web-page"), "protocol", 3),
    "[DONE] alone": (sse("[DONE]"), "protocol", 3),
    "a role and [DONE]": (fixture("role-and-done"), "protocol", 3),
    "nothing": (b": nothing\n\n", "protocol", 3),
}


@pytest.mark.parametrize("body, failure, tries", FIRST_ERRORS.values(), ids=list(FIRST_ERRORS))
def test_what_is_no_stream_ends_in_the_fallback(start, cloud, ollama, body, failure, tries):
    cloud.script(sent_as(body))
    answer = start(cloud, ollama).chat(stream=True)
    assert answer.content == "ollama heard: Hi" and answer.complete
    assert answer.header("x-understudy-fallback") == failure
    assert answer.header("x-understudy-attempts") == f"openai={tries}, ollama=1"


def test_half_a_stream_is_no_whole_answer(start, cloud, ollama):
    cloud.script(sent_as(ROLE_EVENT + FIRST))
    answer = start(cloud, ollama).chat()
    assert answer.content == "ollama heard: Hi"
    assert answer.header("x-understudy-fallback") == "protocol"


ENDLESS = {"one line": (b"data: " + b"x" * 65536, b"x" * 65536),
           "many lines": (b"data: x\n" * 8192, b"data: x\n" * 8192),
           "a comment": (b": " + b"x" * 65536, b"x" * 65536)}


def endless_event(first, more, gate):
    """Content, and after the gate an event that never ends."""

    def reply(peer, request):
        peer.send(head(200, EVENT_STREAM) + chunk(ROLE_EVENT + FIRST))
        peer.wait(gate)
        peer.send(chunk(first))
        while request.sent < 64 << 20:
            peer.send(chunk(more))

    return reply


@pytest.mark.parametrize("first, more", ENDLESS.values(), ids=list(ENDLESS))
def test_an_endless_event_ends_the_stream_at_4_mib(start, cloud, ollama, first, more):
    gate = Gate()
    cloud.script(endless_event(first, more, gate))
    daemon = start(cloud, ollama)
    client = begin(daemon)
    answer = client.head()
    read_bytes(client, answer, ROLE_EVENT + FIRST)
    gate.open()
    client.finish(answer)
    assert error_of(answer)["code"] == "stream_incomplete"
    assert answer.body.startswith(ROLE_EVENT + FIRST + b'data: {"error"')
    (sent,) = cloud.chats
    assert sent.hung_up.wait(20)
    # What was read, and what was on its way in the kernels' buffers.
    assert 4 << 20 <= sent.sent < 16 << 20


def test_an_endless_event_before_content_ends_in_the_fallback(start, cloud, ollama):
    def reply(peer, request):
        peer.send(head(200, EVENT_STREAM))
        while request.sent < 64 << 20:
            peer.send(chunk(b"data: " + b"x" * 65536))

    cloud.script(reply)
    answer = start(cloud, ollama, {"retry.attempts": 1}).chat(stream=True)
    assert answer.content == "ollama heard: Hi"
    assert answer.header("x-understudy-fallback") == "protocol"


def test_an_event_of_nearly_4_mib_is_passed_on(start, cloud, ollama):
    body = sse(event({"content": "x" * ((4 << 20) - 4096)})) + sse(event({}, "stop"))
    body += sse("[DONE]")
    cloud.script(sent_as(body))
    answer = start(cloud, ollama).chat(stream=True)
    assert answer.body == body and answer.complete


def test_a_broken_chunk_breaks_the_stream(start, cloud, ollama):
    gate = Gate()
    cloud.script(raw(head(200, EVENT_STREAM), chunk(ROLE_EVENT + FIRST), gate, b"zz\r\n",
                     close=True))
    client = begin(start(cloud, ollama))
    answer = client.head()
    read_bytes(client, answer, ROLE_EVENT + FIRST)
    gate.open()
    client.finish(answer)
    assert error_of(answer)["code"] == "stream_incomplete" and len(cloud.chats) == 1
