"""A stream is over with the event that says so, whoever closes first: the official SDKs hang up at
[DONE], and providers send the body's last chunk when they come to it."""
import pytest

from daemon import SLOW, wait_until
from ledger import from_cloud, ms, truth
from sim import Gate
from sim import ollama as o
from sim.cloud import USAGE, events, event, ok, silent, status, stream, usage_event

DONE = b"data: [DONE]\n\n"
PARTS = ["all", " of it", event({}, "stop"), usage_event(), DONE]


class Late:
    """A peer whose last chunk waits for the gate."""

    def __init__(self, peer, gate):
        self._peer, self._gate = peer, gate

    def __getattr__(self, name):
        return getattr(self._peer, name)

    def send(self, data):
        if data.endswith(b"0\r\n\r\n"):
            self._peer.send(data[:-5])
            self._peer.wait(self._gate)
            data = data[-5:]
        self._peer.send(data)


def late(gate, then):
    """The reply, with its last chunk when the test opens the gate."""
    return lambda peer, request: then(Late(peer, gate), request)


def late_end(gate, *parts):
    def reply(peer, request):
        events(*parts)(peer, request)
        peer.send(b"0\r\n\r\n")

    return late(gate, reply)


def reset_behind(gate):
    def reply(peer, request):
        events(*PARTS)(peer, request)
        peer.wait(gate)
        peer.reset()

    return reply


def leave_at(daemon, marker, path="/v1/chat/completions", headers=(), **body):
    """A client that closes as soon as it has read the marker."""
    client = daemon.connect().request("POST", path, {
        "model": "gpt-4", "stream": True, "messages": [{"role": "user", "content": "Hi"}], **body},
        headers)
    client.read_until(client.head(), marker)
    client.close()


def check_ok(daemon, number=1, provider="openai"):
    line = daemon.exchange(number)
    assert (line["class"], line["status"], line["provider"]) == ("ok", "200", provider)
    return line


def test_at_done_the_exchange_is_well_and_the_connection_is_kept(start, cloud, ollama):
    daemon = start(cloud, ollama)
    for number in range(1, 6):
        gate = Gate()
        cloud.script(late_end(gate, *PARTS))
        leave_at(daemon, "[DONE]", stream_options={"include_usage": True})
        line = check_ok(daemon, number)
        assert line["prompt_tokens"] == str(USAGE["prompt_tokens"])
        gate.open()
        assert cloud.chats[-1].answered.wait(20)
    assert cloud.connections == 1
    assert daemon.metric("attempts_total", provider="openai", **{"class": "ok"}) == 5
    assert daemon.metric("tokens_total", kind="completion") == 5 * USAGE["completion_tokens"]


def test_the_official_sdk_hangs_up_at_done(start, cloud, ollama):
    daemon = start(cloud, ollama)
    client = daemon.openai(max_retries=0)
    for number in range(1, 6):
        gate = Gate()
        cloud.script(late_end(gate, *PARTS))
        with client.chat.completions.create(
                model="gpt-4", stream=True, messages=[{"role": "user", "content": "Hi"}]) as answer:
            text = "".join(c.choices[0].delta.content or "" for c in answer if c.choices)
        assert text == "all of it"
        check_ok(daemon, number)
        gate.open()
        assert cloud.chats[-1].answered.wait(20)
    assert cloud.connections == 1


def test_the_client_does_not_wait_for_the_last_chunk(start, cloud, ollama):
    cloud.script(late_end(Gate(), *PARTS))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=True)
    assert answer.complete and truth(answer) == from_cloud("openai=1")
    check_ok(daemon)


def test_a_last_chunk_that_never_comes_costs_the_connection_alone(start, cloud, ollama):
    cloud.script(late_end(Gate(), *PARTS))
    daemon = start(cloud, ollama)
    leave_at(daemon, "[DONE]")
    check_ok(daemon)
    assert cloud.chats[0].hung_up.wait(20)
    cloud.script(ok("next"))
    assert daemon.chat().content == "next" and cloud.connections == 2


def test_what_comes_behind_the_end_is_nobodys(start, cloud, ollama):
    """Bytes of it never come into another answer."""
    gate = Gate()
    cloud.script(late_end(gate, *PARTS, b"data: {\"more\": 1}\n\n" * 4000))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=True)
    assert answer.body.endswith(DONE) and b"more" not in answer.body
    gate.open()
    assert cloud.chats[0].answered.wait(20)
    cloud.script(ok("next"))
    assert daemon.chat().content == "next" and cloud.connections == 1


def test_a_reset_behind_the_end_is_nobodys_either(start, cloud, ollama):
    """On a connection that was used before, and when the exchange is long gone."""
    gate = Gate()
    cloud.script(ok("first"))
    daemon = start(cloud, ollama)
    assert daemon.chat().content == "first"
    cloud.script(reset_behind(gate))
    leave_at(daemon, "[DONE]")
    check_ok(daemon, 2)
    gate.open()
    assert cloud.chats[1].answered.wait(20)
    cloud.script(ok("next"))
    assert daemon.chat().content == "next" and cloud.connections == 2


def test_a_daemon_stops_well_while_a_last_chunk_is_waited_for(start, cloud, ollama):
    cloud.script(late_end(Gate(), *PARTS))
    daemon = start(cloud, ollama)
    assert daemon.chat(stream=True).complete
    daemon.stop()


def test_at_the_last_line_of_ollama(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"retry.attempts": 1, "breaker.failures": 0})
    for number in range(1, 4):
        gate = Gate()
        ollama.script(late(gate, o.text("all of it")))
        leave_at(daemon, "[DONE]")
        check_ok(daemon, number, "ollama")
        gate.open()
        assert ollama.chats[-1].answered.wait(20)
    assert len({c.connection for c in ollama.chats}) == 1


def test_at_the_end_of_a_hedged_stream(start, cloud, ollama):
    gate = Gate()
    cloud.script(silent())
    ollama.script(late(gate, o.text("from the other")))
    daemon = start(cloud, ollama, {"route.hedge_after": ms(50)})
    leave_at(daemon, "[DONE]")
    check_ok(daemon, provider="ollama")
    gate.open()


def test_at_the_end_of_a_continued_stream(start, cloud, ollama):
    gate = Gate()
    cloud.script(stream("Half of", finish=None, done=False, end="close"))
    ollama.script(late(gate, o.text("Half of it.")))
    daemon = start(cloud, ollama, {"route.continue_stream": "yes"})
    leave_at(daemon, "[DONE]")
    check_ok(daemon, provider="ollama")
    gate.open()


# ---- what counts for the provider


def test_a_client_that_leaves_after_content_has_seen_a_provider_that_is_alive(start, cloud, ollama):
    """Single failures between such streams do not open the breaker."""
    daemon = start(cloud, ollama, {"breaker.failures": 2, "retry.attempts": 1,
                                   "retry.budget": "0"})
    for number in range(1, 7, 2):
        cloud.script(status(500))
        assert daemon.chat().header("x-understudy-fallback") == "server"
        cloud.script(events("begun", Gate()))
        leave_at(daemon, "begun")
        assert daemon.exchange(number + 1)["class"] == "cancelled"
        assert cloud.chats[-1].hung_up.wait(20)
    assert daemon.metric("breaker_state", provider="openai") == 0
    assert daemon.metric("attempts_total", provider="openai", **{"class": "cancelled"}) == 3


def test_such_a_stream_shuts_a_half_open_breaker(start, cloud, ollama):
    daemon = start(cloud, ollama, {"breaker.failures": 1, "breaker.open_for": "10ms",
                                   "retry.attempts": 1})
    cloud.script(status(500))
    daemon.chat()
    wait_until(lambda: daemon.metric("breaker_state", provider="openai") == 1, "half-open")
    cloud.script(events("begun", Gate()))
    leave_at(daemon, "begun")
    assert daemon.exchange(2)["class"] == "cancelled"
    assert daemon.metric("breaker_state", provider="openai") == 0


def test_a_client_that_leaves_at_our_error_event_is_not_why_it_broke(start, cloud, ollama):
    """The SDKs raise on it and close."""
    cloud.script(stream("half", finish=None, done=False, end="close"))
    daemon = start(cloud, ollama)
    leave_at(daemon, "stream_incomplete")
    assert daemon.exchange()["class"] == "protocol"


@pytest.mark.parametrize("marker", ["all", "stop"])
def test_a_client_that_leaves_before_the_end_is_cancelled(start, cloud, ollama, marker):
    gate = Gate()
    cloud.script(events("all", event({}, "stop"), gate, DONE))
    daemon = start(cloud, ollama)
    leave_at(daemon, marker)
    assert daemon.exchange()["class"] == "cancelled"
    assert cloud.chats[0].hung_up.wait(20 * SLOW)
