"""Streams as bytes: how they are begun, read and sent in the tests."""
import socket
from pathlib import Path

from daemon import SLOW, wait_until
from proc import MIB
from rawclient import RawClient
from sim.cloud import EVENT_STREAM
from sim.net import Gate
from sim.reply import chunk, end, head

# What the kernels of a loopback connection may hold, on both sides of the daemon.
ON_ITS_WAY = 24 * MIB

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
BODY = {"model": "gpt-4", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}


def begin(daemon, body=None, headers=(), **more):
    """Sends a chat that asks for a stream; the answer is not read yet."""
    return daemon.connect().request("POST", "/v1/chat/completions", {**(body or BODY), **more},
                                    headers)


def begin_slow_reader(daemon):
    """Its receive buffer is small, and nothing is read yet."""
    client = RawClient.__new__(RawClient)
    client.sock = socket.socket()
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.sock.settimeout(60 * SLOW)
    client.sock.connect(daemon.address)
    client.host, client.buffer = "%s:%d" % daemon.address, bytearray()
    daemon._clients.append(client)
    return client.request("POST", "/v1/chat/completions", BODY)


def wait_stalled(request):
    """Until the provider cannot send any more: its count stands still."""
    seen, looks = [], int(30 * SLOW)

    def stands():
        seen.append(request.sent)
        return seen[-1] > MIB // 4 and len(seen) > looks and len(set(seen[-looks:])) == 1

    wait_until(stands, "the provider is slowed down")
    return request.sent


def read_one_by_one(client, texts, gates):
    """Each text arrives while the next is held back by its gate; the answer."""
    answer = client.head()
    for text, gate in zip(texts, gates):
        client.read_until(answer, f'"{text}"')
        gate.open()
    client.finish(answer)
    return answer


def drain(client):
    """Reads to the end without keeping it; (how much, the last bytes)."""
    client.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, MIB)
    total, tail = 0, b""
    while not tail.endswith(b"0\r\n\r\n"):
        data = client.sock.recv(MIB)
        assert data, f"closed after {total} bytes: {tail!r}"
        total, tail = total + len(data), (tail + data)[-200:]
    return total, tail


def read_bytes(client, answer, expected):
    """Reads until exactly these bytes are the body so far."""
    while len(answer.body) < len(expected):
        assert client.chunk(answer), f"it ended early: {answer.body!r}"
    assert answer.body == expected


def sent_as(*parts, ending=None, headers=EVENT_STREAM):
    """These bytes, each part one write; Gates are waited for. ending: None (well), close, reset,
    stall."""

    def reply(peer, request):
        peer.send(head(200, headers))
        for part in parts:
            if isinstance(part, Gate):
                peer.wait(part)
            else:
                peer.send(chunk(part))
        if ending is None:
            peer.send(b"0\r\n\r\n")
        else:
            end(peer, ending)

    return reply


def fixture(name):
    return (FIXTURES / f"openai-{name}.sse").read_bytes()


def error_of(answer):
    """The error event that ends a broken stream."""
    last = answer.events[-1]
    assert "[DONE]" not in answer.events and not answer.complete, answer.body
    assert answer.framing == "chunked" and set(last) == {"error"}, answer.body
    return last["error"]
