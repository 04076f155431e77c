"""HTTP/2 to a provider: only where the settings ask for it, and with the same rules."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from ledger import both, from_cloud, from_ollama, ms, truth
from proc import MIB, memory_limit, peak_rss
from sim import Gate
from sim import http2 as h
from sim.cloud import (ROLE, echo, endless, event, events, ok, silent, stall_stream, status,
                       stream)
from sim.net import TLS
from sim.reply import encode, head, raw
from streams import begin_slow_reader, drain, error_of, read_one_by_one

TRUSTED = {"provider.openai.ca_file": str(TLS / "good.pem"), "route.hedge_after": "off"}
HTTP2 = {**TRUSTED, "provider.openai.http2": "yes"}
# Each fault once: without a second try there is one delivery.
ONCE = {**HTTP2, "retry.ambiguous": "no"}


@pytest.fixture
def cloud():
    server = h.Http2Cloud()
    yield server
    server.stop()


def ask(daemon, streamed=True):
    return daemon.connect().request("POST", "/v1/chat/completions", {
        "model": "gpt-4", "stream": streamed, "messages": [{"role": "user", "content": "Hi"}]})


# ---- who speaks it


@both
def test_without_the_setting_it_is_not_spoken(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama, TRUSTED)
    assert truth(daemon.chat(stream=streamed)) == from_cloud("openai=1")
    assert cloud.protocols == ["http/1.1"] and cloud.chats[0].version == "HTTP/1.1"


@both
def test_with_the_setting_it_is(start, cloud, ollama, streamed):
    cloud.script(status(503), ok("by two"))
    answer = start(cloud, ollama, HTTP2).chat(stream=streamed)
    assert answer.content == "by two" and truth(answer) == from_cloud("openai=2")
    assert answer.version == "HTTP/1.1" and cloud.protocols == ["h2"]
    assert [c.version for c in cloud.chats] == ["HTTP/2"] * 2


@both
def test_a_server_without_it_is_asked_by_the_older_one(start, cloud, ollama, streamed):
    cloud.tls.set_alpn_protocols(["http/1.1"])
    answer = start(cloud, ollama, HTTP2).chat(stream=streamed)
    assert truth(answer) == from_cloud("openai=1") and cloud.protocols == ["http/1.1"]


def test_a_server_without_tls_is_asked_by_the_older_one(start, ollama):
    cloud = h.Cloud()
    answer = start(cloud, ollama, HTTP2).chat()
    cloud.stop()
    assert truth(answer) == from_cloud("openai=1") and cloud.chats[0].version == "HTTP/1.1"


# ---- it carries the same


def test_bodies_go_and_come_byte_for_byte(start, cloud, ollama):
    body = encode({"model": "gpt-4", "x": "é" * (1 << 19), "messages": [
        {"role": "user", "content": "Hi"}]})
    sent = encode({"id": "a", "choices": [{"index": 0, "finish_reason": "stop", "message": {
        "role": "assistant", "content": "ü" * (1 << 19)}}]})
    cloud.script(status(200, [("X-Of-The-Cloud", "yes")], sent))
    answer = start(cloud, ollama, HTTP2).post("/v1/chat/completions", body)
    assert answer.body == sent and answer.header("x-of-the-cloud") == "yes"
    (received,) = cloud.chats
    assert received.body == body
    assert received.header("authorization") == "Bearer sk-cloud"
    assert received.header("content-length") == str(len(body))


def test_events_arrive_while_the_next_is_held_back(start, cloud, ollama):
    gates = [Gate() for _ in range(3)]
    cloud.script(stream("a", gates[0], "b", gates[1], "c", gates[2]))
    answer = read_one_by_one(ask(start(cloud, ollama, HTTP2)), "abc", gates)
    assert answer.content == "abc" and answer.complete and answer.events[-1] == "[DONE]"


def test_streams_at_a_time_do_not_mix(start, cloud, ollama):
    def reply(peer, request):
        text = request.json["messages"][-1]["content"]
        events(ROLE, *[part for i in range(20) for part in (f"{text}.{i} ", 0.002)],
               event({}, "stop"), b"data: [DONE]\n\n")(peer, request)
        peer.send(b"0\r\n\r\n")

    cloud.script(echo)
    daemon = start(cloud, ollama, HTTP2)
    daemon.chat()
    cloud.script(reply)
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda n: daemon.chat(f"n{n}", stream=True), range(20)))
    for n, answer in enumerate(answers):
        assert answer.content == "".join(f"n{n}.{i} " for i in range(20)) and answer.complete
    assert len(cloud.chats) == 21


def test_large_answers_at_a_time_are_whole(start, cloud, ollama):
    cloud.script(ok("y" * 70000))
    daemon = start(cloud, ollama, HTTP2)
    daemon.chat()
    for _ in range(2):
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda n: daemon.chat(), range(40)))
        assert {a.content for a in answers} == {"y" * 70000}


def test_connections_are_kept(start, cloud, ollama):
    daemon = start(cloud, ollama, HTTP2)
    for _ in range(10):
        assert truth(daemon.chat()) == from_cloud("openai=1")
    assert cloud.protocols == ["h2"]


def test_who_leaves_lets_the_cloud_know_and_disturbs_nobody(start, cloud, ollama):
    gate = Gate()
    daemon = start(cloud, ollama, HTTP2)
    daemon.chat()
    cloud.script(stream("other", gate, "s"), stall_stream("mine"), ok("later"))
    other = ask(daemon)
    seen = other.head()
    other.read_until(seen, "other")
    mine = ask(daemon)
    mine.read_until(mine.head(), "mine")
    mine.close()
    assert cloud.chats[-1].hung_up.wait(20)
    gate.open()
    other.finish(seen)
    assert seen.content == "others" and seen.complete
    assert daemon.chat().content == "later"


def test_a_slow_reader_slows_its_stream_down_and_no_other(start, cloud, ollama):
    daemon = start(cloud, ollama, HTTP2)
    cloud.script(endless(48 * MIB), ok("quick"))
    slow = begin_slow_reader(daemon)
    cloud.wait_for(lambda: cloud.chats and cloud.chats[0].sent > MIB // 4)
    assert daemon.chat().content == "quick"
    total, tail = drain(slow)
    assert total > 47 * MIB and b"data: [DONE]\n\n" in tail
    assert peak_rss(daemon) < memory_limit(40 * MIB)


# ---- it breaks


PART = raw(head(200, [("Content-Type", "application/json")]) + b'{"id": "chatcmpl-1", "choi')
ROLE_ONLY = events(ROLE)
BEFORE_CONTENT = {
    "RST_STREAM": ("network", h.rst(h.INTERNAL_ERROR), h.rst(h.INTERNAL_ERROR)),
    "RST_STREAM-in-the-answer": ("network", h.rst(h.INTERNAL_ERROR, PART),
                                 h.rst(h.INTERNAL_ERROR, ROLE_ONLY)),
    "RST_STREAM-without-error": ("protocol", h.rst(h.NO_ERROR, PART), h.rst(h.NO_ERROR, ROLE_ONLY)),
    "REFUSED_STREAM": ("network", h.rst(h.REFUSED_STREAM), h.rst(h.REFUSED_STREAM)),
    "GOAWAY-unseen": ("network", h.goaway(unseen=True), h.goaway(unseen=True)),
    "GOAWAY": ("network protocol", h.goaway(), h.goaway()),
    "GOAWAY-in-the-answer": ("protocol", h.goaway(PART), h.goaway(ROLE_ONLY)),
    "closed": ("network protocol", lambda peer, request: peer.drop(), lambda peer, request: peer.drop()),
}


@both
@pytest.mark.parametrize("failure, whole, streaming", BEFORE_CONTENT.values(),
                         ids=list(BEFORE_CONTENT))
def test_a_fault_before_content_is_one_delivery_and_the_next(start, cloud, ollama, failure, whole,
                                                            streaming, streamed):
    cloud.script(streaming if streamed else whole)
    daemon = start(cloud, ollama, ONCE)
    answer = daemon.chat(stream=streamed)
    assert answer.header("x-understudy-fallback") in failure.split()
    assert answer.header("x-understudy-attempts") == "openai=1, ollama=1"
    assert answer.content == "ollama heard: Hi" and len(cloud.chats) == 1


@both
@pytest.mark.parametrize("failure, whole, streaming", BEFORE_CONTENT.values(),
                         ids=list(BEFORE_CONTENT))
def test_a_fault_before_content_is_retried_where_that_is_allowed(start, cloud, ollama, failure,
                                                                whole, streaming, streamed):
    cloud.script(streaming if streamed else whole, ok("second"))
    answer = start(cloud, ollama, HTTP2).chat(stream=streamed)
    assert answer.content == "second" and truth(answer) == from_cloud("openai=2")


AFTER_CONTENT = {
    "RST_STREAM": h.rst(h.INTERNAL_ERROR, events(ROLE, "so ", "far")),
    "RST_STREAM-without-error": h.rst(h.NO_ERROR, events(ROLE, "so ", "far")),
    "GOAWAY": h.goaway(events(ROLE, "so ", "far")),
    "ended-without-finish_reason": stream("so ", "far", finish=None, done=False),
}


@pytest.mark.parametrize("fault", AFTER_CONTENT.values(), ids=list(AFTER_CONTENT))
def test_a_fault_after_content_ends_with_the_error_event(start, cloud, ollama, fault):
    cloud.script(fault)
    answer = start(cloud, ollama, HTTP2).chat(stream=True)
    assert error_of(answer)["code"] == "stream_incomplete"
    assert answer.content == "so far" and len(cloud.chats) == 1 and ollama.chats == []


@both
def test_a_request_that_is_not_answered_ends_at_first_byte_timeout(start, cloud, ollama, streamed):
    cloud.script(silent(), ok("later"))
    daemon = start(cloud, ollama, {**ONCE, "provider.openai.first_byte_timeout": ms(150)})
    assert truth(daemon.chat(stream=streamed)) == from_ollama("openai=1, ollama=1", "timeout")
    assert cloud.chats[0].hung_up.wait(20)
