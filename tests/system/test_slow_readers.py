"""Readers that take little of a stream or nothing, and how long they are waited for: it is their own
time that they take. And the two that get the same bytes in another way."""
import socket

import pytest

from daemon import SLOW, wait_until
from proc import MIB
from rawclient import Response
from sim import Gate
from sim.cloud import endless, stream
from sim.world import Clock
from streams import BODY, begin, sent_as
from test_stream_flow import wait_stalled

EVENT = b'data: {"choices":[{"index":0,"delta":{"content":"%s"}}]}\n\n'
DONE = b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path)


def pass_time(daemon, clock, seconds):
    """For the daemon, which has looked at its timers by then."""
    clock.advance(seconds)
    assert daemon.get("/healthz").status == 200
    assert daemon.get("/healthz").status == 200


def test_who_takes_nothing_for_two_minutes_is_let_go(start, cloud, ollama, clock):
    cloud.script(endless(64 * MIB))
    daemon = start(cloud, ollama, env=clock.env)
    client = begin(daemon)
    (request,) = cloud.wait_for_requests(1)
    wait_stalled(request)
    for _ in range(3):  # 90 s
        pass_time(daemon, clock, 30)
        assert not request.hung_up.is_set()
    # No pause between: a kernel that has time finds room for some bytes more, and two minutes begin anew.
    for _ in range(3 if SLOW == 1 else 12):
        pass_time(daemon, clock, 30)
    assert request.hung_up.wait(20 * SLOW)
    assert daemon.exchange()["class"] == "cancelled"
    while client._more():  # what the kernel had, and no more
        pass
    assert not client.buffer.endswith(b"0\r\n\r\n")


def test_who_takes_a_kilobyte_a_second_is_not(start, cloud, ollama, clock, tmp_path):
    """A unix socket tells how much was taken byte by byte; one of TCP by the window."""
    path = tmp_path / "s"
    cloud.script(endless(4 * MIB))
    daemon = start(cloud, ollama, {"server.listen": f"unix:{path}"}, env=clock.env)
    client = begin(daemon)
    (request,) = cloud.wait_for_requests(1)
    wait_stalled(request)
    for _ in range(20):  # 600 s
        for _ in range(30):
            assert client.sock.recv(1024)
        pass_time(daemon, clock, 30)
        assert not request.hung_up.is_set()
    total, tail = 0, b""
    while not tail.endswith(b"0\r\n\r\n"):
        data = client.sock.recv(MIB)
        assert data, tail
        total, tail = total + len(data), (tail + data)[-100:]
    assert total > 3 * MIB and b"data: [DONE]\n\n" in tail
    assert daemon.exchange()["class"] == "ok"


@pytest.mark.parametrize("ending", ["close", "reset", "shutdown"])
def test_who_goes_while_nothing_more_fits_ends_the_call(start, cloud, ollama, ending):
    cloud.script(endless(64 * MIB))
    daemon = start(cloud, ollama)
    client = begin(daemon)
    (request,) = cloud.wait_for_requests(1)
    wait_stalled(request)
    if ending == "shutdown":
        client.sock.shutdown(socket.SHUT_WR)
    else:
        getattr(client, ending)()
    assert request.hung_up.wait(20 * SLOW)
    assert daemon.exchange()["class"] == "cancelled"


@pytest.mark.parametrize("waits", [False, True], ids=["at-once", "later"])
@pytest.mark.parametrize("size", [100, 70_000, 3 * MIB])
def test_an_event_of_any_size_arrives_as_it_is(start, cloud, ollama, size, waits):
    gate = Gate()
    if not waits:
        gate.open()
    first, large = EVENT % b"first", EVENT % (b"x" * size)
    cloud.script(sent_as(first, gate, large, large, DONE))
    client = begin(start(cloud, ollama))
    answer = client.head()
    client.read_until(answer, "first")
    gate.open()
    client.finish(answer)
    assert answer.body == first + 2 * large + DONE and answer.complete


def test_a_client_of_http_1_0_gets_the_same_bytes_without_chunks(start, cloud, ollama):
    gate = Gate()
    cloud.script(stream("one ", gate, "two"))
    daemon = start(cloud, ollama)
    client = daemon.connect()
    body = b'{"model": "gpt-4", "stream": true, "messages": [{"role": "user", "content": "Hi"}]}'
    client.send(b"POST /v1/chat/completions HTTP/1.0\r\nHost: localhost\r\nContent-Type: "
                b"application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
    answer = client.head()
    assert answer.header("transfer-encoding") is None
    wait_until(lambda: b"one " in client.buffer or not client._more(), "the first event")
    gate.open()
    client.finish(answer)
    assert answer.framing == "close" and answer.content == "one two"
    assert answer.events[-1] == "[DONE]"
    assert daemon.exchange()["class"] == "ok"


def test_what_comes_late_is_heard_at_once_and_the_next_request_is_in_step(start, cloud, ollama):
    """Each event is waited for before the next one is let go; so none is held back."""
    words = [f"w{n} " for n in range(20)]
    gates = [Gate() for _ in words]
    cloud.script(stream("begun ", *[p for pair in zip(gates, words) for p in pair]),
                 stream("another"))
    daemon = start(cloud, ollama)
    client = begin(daemon)
    client.request("POST", "/v1/chat/completions", BODY)
    answer = client.head()
    assert isinstance(answer, Response)
    for gate, word in zip(gates, words):
        gate.open()
        client.read_until(answer, word)
    client.finish(answer)
    assert answer.complete and client.response().content == "another"
