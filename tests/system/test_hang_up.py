"""The client hangs up: in every phase the provider is let go at once, and nothing more is tried."""
import socket

import pytest

from daemon import PATIENCE, wait_until
from proc import connecting
from sim import BlackHole, Gate
from sim import ollama as o
from sim.cloud import ROLE, events, held, ok, silent, stall_stream, status, stream
from sim.reply import head
from sim.world import Clock

BOTH_WAYS = True

QUIET = {"provider.ollama.warm_up": "no", "route.hedge_after": "off"}


def half_close(client):
    client.sock.shutdown(socket.SHUT_WR)


LEAVE = {"FIN": lambda client: client.close(), "RST": lambda client: client.reset(),
         "half-close": half_close}
ways = pytest.mark.parametrize("leave", LEAVE.values(), ids=list(LEAVE))


def ask(daemon, streamed=False, headers=(), text="Hi"):
    return daemon.connect().request(
        "POST", "/v1/chat/completions",
        {"model": "gpt-4", "stream": streamed, "messages": [{"role": "user", "content": text}]},
        headers)


def check_cancelled(daemon, status="499", number=1):
    line = daemon.exchange(number)
    assert (line["class"], line["status"]) == ("cancelled", status)
    return line


def check_nothing_follows(daemon, cloud, ollama):
    """What comes next is the next request, not another try of the one before."""
    tried = len(cloud.chats), len(ollama.chats)
    cloud.script(ok("next"))
    assert daemon.chat().content == "next"
    assert (len(cloud.chats), len(ollama.chats)) == (tried[0] + 1, tried[1])


def half_a_body(peer, request):
    peer.send(head(200, [("Content-Type", "application/json"), ("Content-Length", "5000")]))
    peer.send(b'{"id": "chatcmpl-1"')
    peer.wait()


# ---- the cloud is being asked


WAITING = {
    "for the head": (silent, False), "for the head of a stream": (silent, True),
    "for the rest of a whole answer": (lambda: half_a_body, False),
    "for content after a role": (lambda: events(ROLE, Gate()), True),
    "for content after comments": (lambda: events(b": busy\n\n", Gate()), True),
}


@ways
@pytest.mark.parametrize("reply, streamed", WAITING.values(), ids=list(WAITING))
def test_while_the_cloud_is_waited_for(start, cloud, ollama, reply, streamed, leave):
    cloud.script(reply())
    daemon = start(cloud, ollama, QUIET)
    client = ask(daemon, streamed)
    (sent,) = cloud.wait_for_requests(1)
    leave(client)
    assert sent.hung_up.wait(20)
    check_cancelled(daemon)
    assert daemon.log(event="retry") == [] and daemon.log(event="fallback") == []
    check_nothing_follows(daemon, cloud, ollama)


@ways
@pytest.mark.sample
def test_in_the_middle_of_a_stream(start, cloud, ollama, leave):
    cloud.script(stall_stream("a"))
    daemon = start(cloud, ollama, QUIET)
    client = ask(daemon, True)
    client.read_until(client.head(), '"a"')
    (sent,) = cloud.chats
    leave(client)
    assert sent.hung_up.wait(20)
    # It had its 200.
    check_cancelled(daemon, "200")
    assert daemon.log(event="stream_incomplete") == []
    check_nothing_follows(daemon, cloud, ollama)


@ways
def test_while_a_whole_answer_comes(start, cloud, ollama, leave):
    pieces = [p for _ in range(1000) for p in (b" " * 1000, 0.005)]

    def reply(peer, request):
        peer.send(head(200, [("Content-Type", "application/json"), ("Content-Length", "9000000")]))
        for piece in pieces:
            peer.pause(piece) if isinstance(piece, float) else peer.send(piece)

    cloud.script(reply)
    daemon = start(cloud, ollama, QUIET)
    client = ask(daemon)
    (sent,) = cloud.wait_for_requests(1)
    cloud.wait_for(lambda: sent.sent > 5000)
    leave(client)
    assert sent.hung_up.wait(20)
    check_cancelled(daemon)


@ways
def test_while_a_fast_stream_flows(start, cloud, ollama, leave):
    cloud.script(stream(*[p for _ in range(2000) for p in ("word ", 0.002)]))
    daemon = start(cloud, ollama, QUIET)
    client = ask(daemon, True)
    client.read_until(client.head(), "word")
    leave(client)
    (sent,) = cloud.chats
    assert sent.hung_up.wait(20)
    check_cancelled(daemon, "200")


# ---- nobody is being asked


@ways
def test_in_a_back_off(start, cloud, ollama, leave):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {**QUIET, "retry.min_wait": "60s", "retry.max_wait": "60s"})
    client = ask(daemon)
    daemon.wait_for_log(event="retry")
    leave(client)
    assert check_cancelled(daemon)["attempts"] == "openai=1"
    check_nothing_follows(daemon, cloud, ollama)


@ways
def test_while_it_waits_for_its_turn(start, cloud, ollama, leave):
    gate = Gate()
    cloud.script(held(gate, ok("first")))
    daemon = start(cloud, ollama, {**QUIET, "provider.openai.max_inflight": 1})
    first = ask(daemon, text="first")
    gate.wait_reached()
    second = ask(daemon, text="second")
    wait_until(lambda: daemon.metric("inflight") == 2, "the second waits")
    leave(second)
    check_cancelled(daemon)
    third = ask(daemon, text="third")
    wait_until(lambda: daemon.metric("inflight") == 2, "the third waits")
    gate.open()
    assert first.response().content == third.response().content == "first"
    assert [c.json["messages"][0]["content"] for c in cloud.chats] == ["first", "third"]


@ways
def test_a_place_is_free_again(start, cloud, ollama, leave):
    cloud.script(silent(), ok("mine"))
    daemon = start(cloud, ollama, {**QUIET, "provider.openai.max_inflight": 1})
    first = ask(daemon)
    cloud.wait_for_requests(1)
    second = ask(daemon)
    wait_until(lambda: daemon.metric("inflight") == 2, "the second waits")
    leave(first)
    assert second.response().content == "mine"
    assert len(cloud.chats) == 2


@ways
def test_in_a_connect(start, ollama, leave):
    start.unsent = 1
    hole = BlackHole()
    try:
        daemon = start(hole, ollama, QUIET)
        client = ask(daemon)
        wait_until(lambda: len(connecting(daemon)) == 1, "it connects")
        leave(client)
        check_cancelled(daemon)
        wait_until(lambda: connecting(daemon) == [], "the connect is given up")
    finally:
        hole.stop()
    assert ollama.chats == []


@ways
def test_in_a_tls_handshake(start, ollama, leave):
    start.unsent = 1
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        daemon = start("https://127.0.0.1:%d" % listener.getsockname()[1], ollama, QUIET)
        client = ask(daemon)
        server, _ = listener.accept()
        with server:
            server.settimeout(20)
            assert server.recv(1)[0] == 22  # a handshake
            leave(client)
            while True:
                try:
                    if not server.recv(65536):
                        break
                except ConnectionResetError:
                    break
            check_cancelled(daemon)
    assert ollama.chats == []


@ways
def test_in_the_middle_of_its_own_request(start, cloud, ollama, leave):
    daemon = start(cloud, ollama, QUIET)
    client = daemon.connect()
    client.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"model\":")
    wait_until(lambda: daemon.inbound_sockets() == 1, "it is connected")
    leave(client)
    wait_until(lambda: daemon.inbound_sockets() == 0, "the connection is closed")
    assert cloud.chats == []
    check_nothing_follows(daemon, cloud, ollama)


def test_a_half_close_right_after_the_request_counts_as_gone(start, cloud, ollama):
    start.unsent = None  # it may come before the request is sent on
    cloud.script(silent())
    daemon = start(cloud, ollama, QUIET)
    client = ask(daemon)
    half_close(client)
    assert client.at_end()
    check_cancelled(daemon)
    assert all(c.hung_up.wait(20) for c in cloud.chats)


# ---- at Ollama


AT_OLLAMA = {"whole": (silent, False), "stream": (silent, True),
             "half a whole answer": (lambda: half_a_body, False)}


@ways
@pytest.mark.parametrize("reply, streamed", AT_OLLAMA.values(), ids=list(AT_OLLAMA))
def test_during_the_fallback(start, cloud, ollama, reply, streamed, leave):
    cloud.script(status(401))
    ollama.script(reply())
    daemon = start(cloud, ollama, QUIET)
    client = ask(daemon, streamed)
    (sent,) = ollama.wait_for_requests(1, "/api/chat")
    leave(client)
    assert sent.hung_up.wait(20)
    line = check_cancelled(daemon)
    assert (line["provider"], line["fallback"]) == ("ollama", "auth")
    check_nothing_follows(daemon, cloud, ollama)


@ways
def test_in_the_middle_of_a_stream_of_the_fallback(start, cloud, ollama, leave):
    cloud.script(status(401))
    ollama.script(o.lines("a", done=None, end="stall"))
    daemon = start(cloud, ollama, QUIET)
    client = ask(daemon, True)
    client.read_until(client.head(), '"a"')
    (sent,) = ollama.chats
    leave(client)
    assert sent.hung_up.wait(20)
    check_cancelled(daemon, "200")


@ways
def test_while_two_providers_race(start, cloud, ollama, leave):
    cloud.script(silent())
    ollama.script(silent())
    daemon = start(cloud, ollama, {**QUIET, "route.hedge_after": "20ms"})
    client = ask(daemon, True)
    (one,) = cloud.wait_for_requests(1)
    (two,) = ollama.wait_for_requests(1, "/api/chat")
    leave(client)
    assert one.hung_up.wait(20) and two.hung_up.wait(20)
    check_cancelled(daemon)


# ---- how soon, and what it counts for


def role_then_silence():
    return events(ROLE, Gate())


PHASES = {"waiting for the head": (silent, False, None),
          "waiting for content": (role_then_silence, True, None),
          "streaming": (lambda: stall_stream("a"), True, '"a"'),
          "a whole answer": (lambda: half_a_body, False, None)}


@pytest.mark.parametrize("at_ollama", [False, True], ids=["cloud", "ollama"])
@pytest.mark.parametrize("leave", [LEAVE["FIN"], LEAVE["RST"]], ids=["FIN", "RST"])
@pytest.mark.parametrize("phase", PHASES.values(), ids=list(PHASES))
def test_the_provider_sees_it_at_once(start, cloud, ollama, tmp_path, phase, leave, at_ollama):
    """And not with a timer: for the daemon no time passes."""
    reply, streamed, wanted = phase
    if at_ollama and reply is role_then_silence:
        reply = silent
    if at_ollama and wanted:
        ollama.script(o.lines("a", done=None, end="stall"))
    elif at_ollama:
        ollama.script(reply())
    provider = ollama if at_ollama else cloud
    cloud.script(status(401) if at_ollama else reply())
    clock = Clock(tmp_path)
    daemon = start(cloud, ollama, QUIET, env=clock.env)
    client = ask(daemon, streamed)
    (sent,) = provider.wait_for_requests(1, "/api/chat" if at_ollama else "/v1/chat/completions")
    if wanted:
        client.read_until(client.head(), wanted)
    clock.stop()
    leave(client)
    seen = sent.hung_up.wait(PATIENCE)
    clock.go()
    assert seen


def test_those_who_leave_open_no_breaker_and_use_no_budget(start, cloud, ollama):
    cloud.script(silent())
    daemon = start(cloud, ollama, {**QUIET, "breaker.failures": 2})
    for number in range(1, 8):
        client = ask(daemon)
        cloud.wait_for_requests(number)
        client.close()
        check_cancelled(daemon, number=number)
    assert daemon.metric("breaker_state", provider="openai") == 0
    assert daemon.metric("attempts_total", provider="openai", **{"class": "cancelled"}) == 7
    assert daemon.metric("inflight") == 0
    check_nothing_follows(daemon, cloud, ollama)


def test_open_streams_are_counted_down(start, cloud, ollama):
    cloud.script(stall_stream("a"))
    daemon = start(cloud, ollama, QUIET)
    clients = [ask(daemon, True) for _ in range(10)]
    for client in clients:
        client.read_until(client.head(), '"a"')
    assert daemon.metric("open_streams") == 10
    for client in clients:
        client.close()
    daemon.exchange(10)
    assert daemon.metric("open_streams") == 0
    assert daemon.metric("requests_total", provider="openai", code="200") == 10
