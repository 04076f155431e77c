"""Clients that come, leave or stay in a way that nobody wants: what they hold is given back, and
the others are answered."""
import signal
import time

import pytest

from daemon import SLOW, wait_until
from rawclient import RawClient
from sim.cloud import ok
from sim import Gate

CHAT = "/v1/chat/completions"
ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
PATIENT = {"server.header_timeout": "10m", "server.body_timeout": "10m",
           "server.drain_timeout": "10m"}


# ---- who sends and leaves at once


@pytest.mark.parametrize("sent", [
    b"GET /hea", HEAD, HEAD + b"Content-Length: 50\r\n\r\n{", HEAD + b"Content-Length: 50\r\n\r\n",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab", b"POST /x HTTP/1.1\r\nHost: evil.test\r\n",
    b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /he",
    b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{"])
@pytest.mark.sample
def test_who_sends_and_leaves_at_once_leaves_nothing(start, cloud, ollama, sent):
    """The end comes together with the last bytes: no event of its own tells of it."""
    daemon = start(cloud, ollama, PATIENT)
    for _ in range(200):
        client = RawClient(daemon.address, 60)
        client.send(sent)
        client.close()
    wait_until(lambda: daemon.inbound_sockets() == 0, "all are closed")
    assert cloud.requests == [] and daemon.get("/healthz").status == 200


def test_a_whole_request_with_the_end_behind_it_is_not_left_open(start, cloud, ollama):
    daemon = start(cloud, ollama, PATIENT)
    clients = [daemon.connect() for _ in range(50)]
    for client in clients:
        client.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        client.sock.shutdown(1)
    wait_until(lambda: daemon.inbound_sockets() == 0, "all are closed")


# ---- a drain


@pytest.mark.parametrize("sent", [HEAD + b"X-A", HEAD + b"Content-Length: 90\r\n\r\n{",
                                  HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"])
def test_who_is_still_sending_does_not_hold_up_the_drain(start, cloud, ollama, sent):
    daemon = start(cloud, ollama, PATIENT)
    client = daemon.connect()
    client.send(sent)
    wait_until(lambda: daemon.inbound_sockets() == 1, "it is connected")
    daemon.signal(signal.SIGTERM)
    answer = client.response()
    assert answer.status == 503 and answer.error["type"] == "shutting_down" and answer.complete
    assert answer.header("retry-after") == "1" and client.at_end()
    assert daemon.wait_exit() == 0 and cloud.requests == []


def test_who_says_nothing_does_not_hold_up_the_drain(start, cloud, ollama):
    daemon = start(cloud, ollama, PATIENT)
    [daemon.connect() for _ in range(20)]
    wait_until(lambda: daemon.inbound_sockets() == 20, "they are connected")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0


def test_a_body_on_its_way_at_the_drain_is_answered(start, cloud, ollama):
    daemon = start(cloud, ollama, PATIENT)
    client = daemon.connect()
    body = b'{"model":"gpt-4","messages":[{"role":"user","content":"Hi"}]}'
    client.send(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body[:9])
    wait_until(lambda: daemon.inbound_sockets() == 1, "it is connected")
    daemon.signal(signal.SIGTERM)
    client.send(body[9:])
    # 503 where this test was held up for a second.
    assert client.response().status in (200, 503)
    assert daemon.wait_exit() == 0


def test_a_connection_that_had_no_answer_yet_gets_one_at_the_drain(start, cloud, ollama):
    daemon = start(cloud, ollama, PATIENT)
    clients = [daemon.connect() for _ in range(50)]
    wait_until(lambda: daemon.inbound_sockets() == 50, "they are connected")
    daemon.signal(signal.SIGTERM)
    for client in clients:
        client.request("POST", CHAT, ASK)
    assert {c.response().status for c in clients} <= {200, 503}
    assert daemon.wait_exit() == 0


# ---- more than there is room for


def crowd(daemon, count):
    return [daemon.connect() for _ in range(count)]


def test_healthz_answers_however_many_there_are(start, cloud, ollama):
    daemon = start(cloud, ollama, {**PATIENT, "server.max_connections": 2})
    silent = crowd(daemon, 800)
    for method, path in (("GET", "/healthz"), ("HEAD", "/healthz"), ("GET", "/healthz?x=1")):
        answer = daemon.request(method, path)
        assert answer.status == 200 and answer.complete
    for method, path in (("POST", CHAT), ("GET", "/healthzz"), ("GET", "/status")):
        answer = daemon.request(method, path, ASK if method == "POST" else b"")
        assert answer.status == 503 and answer.error["code"] == "max_connections"
        assert answer.header("retry-after") == "1" and answer.complete
    # Who says nothing is told so, too.
    assert silent[-1].response().status == 503 and cloud.requests == []
    assert silent[0].request("GET", "/healthz").response().status == 200


def test_a_request_line_in_pieces_is_heard_at_the_door(start, cloud, ollama):
    daemon = start(cloud, ollama, {**PATIENT, "server.max_connections": 1})
    crowd(daemon, 257)
    client = daemon.connect()
    for piece in (b"G", b"ET /hea", b"lthz HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        client.send(piece)
        time.sleep(0.02)
    assert client.response().status in (200, 503)


def test_without_descriptors_it_is_503_at_once(start, cloud, ollama):
    daemon = start(cloud, ollama, PATIENT, wrapper=["prlimit", "--nofile=60:60"])
    daemon.get("/v1/models")  # what it asks Ollama at its start gives its descriptors back then
    silent = crowd(daemon, 100)
    daemon.wait_for_log(event="accept")
    for _ in range(30):
        answer = daemon.post(CHAT, ASK)
        # One may be left, which lets the request in, and then there is none to ask anybody with.
        assert answer.status == 503 and answer.error["code"] in ("max_descriptors", "no_provider")
        assert answer.header("retry-after") == "1" and answer.complete
    client = daemon.connect()
    client.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert client.response().status in (200, 503)
    assert len(daemon.log(event="accept")) == 1, "told once a minute"
    for client in silent:
        client.close()
    wait_until(lambda: daemon.get("/healthz").status == 200, "there is room again")
    wait_until(lambda: daemon.chat().status == 200, "it serves again")


def test_a_want_of_descriptors_is_not_held_against_the_providers(start, cloud, ollama):
    """The client's connection takes the last one: who would answer cannot be asked."""
    daemon = start(cloud, ollama, {**PATIENT, "breaker.failures": 1},
                   wrapper=["prlimit", "--nofile=60:60"])
    daemon.get("/v1/models")
    asking = daemon.connect()
    assert asking.request("GET", "/healthz").response().status == 200
    silent = crowd(daemon, 100)
    daemon.wait_for_log(event="accept")
    answer = asking.request("POST", CHAT, ASK).response()
    assert answer.status == 503 and answer.error["type"] == "no_provider"
    assert answer.header("retry-after") == "1" and not answer.header("x-understudy-attempts")
    tried = [(a["provider"], a["class"]) for a in answer.error["attempts"]]
    assert tried == [(p, "skipped-no-descriptor") for p in ("openai", "ollama")]
    assert "LimitNOFILE" in answer.error["message"] and "not running" not in answer.error["message"]
    daemon.wait_for_log(event="descriptors")
    assert len(daemon.log(event="descriptors")) == 1
    for provider in ("openai", "ollama"):
        assert daemon.metric("breaker_state", provider=provider) == 0
        assert daemon.metric("attempts_total", provider=provider) == 0
    for client in silent:
        client.close()
    wait_until(lambda: daemon.chat().header("x-understudy-provider") == "openai", "it serves again")


# ---- between two requests


@pytest.mark.parametrize("piece", [b"G", b"GET /healthz", b"POST /v1/chat/completions HTTP/1.1\r\n"])
def test_the_time_for_a_head_counts_from_its_first_byte_on_a_kept_connection(start, cloud, ollama,
                                                                           piece):
    daemon = start(cloud, ollama, {"server.header_timeout": f"{int(300 * SLOW)}ms"})
    client = daemon.connect()
    assert client.request("GET", "/healthz").response().status == 200
    client.send(piece)
    assert client.response().status == 408 and client.at_end()


def test_what_came_early_counts_from_the_answer(start, cloud, ollama):
    gate = Gate()
    cloud.script(lambda peer, request: (peer.wait(gate), ok("late")(peer, request)))
    daemon = start(cloud, ollama, {"server.header_timeout": f"{int(300 * SLOW)}ms"})
    client = daemon.connect()
    client.request("POST", CHAT, ASK)
    gate.wait_reached()
    client.send(b"GET /heal")
    wait_until(lambda: daemon.get("/healthz").status == 200, "it has had a turn")
    gate.open()
    assert client.response().content == "late"
    assert client.response().status == 408 and client.at_end()


def test_a_kept_connection_may_be_idle_for_longer_than_a_head_may_take(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.header_timeout": f"{int(100 * SLOW)}ms"})
    client = daemon.connect()
    for _ in range(3):
        assert client.request("POST", CHAT, ASK).response().status == 200
        time.sleep(0.25 * SLOW)
