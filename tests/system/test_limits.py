"""[server] max_body, max_connections, max_inflight, header_timeout, body_timeout."""
import gzip
import time
from pathlib import Path

import pytest

from daemon import SLOW, wait_until
from sim import Gate
from sim.cloud import held, ok, status

CHAT = "/v1/chat/completions"
ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"


def ms(number):
    return f"{int(number * SLOW)}ms"


def body_of(size):
    """A chat of exactly so many bytes."""
    frame = b'{"model":"gpt-4","messages":[{"role":"user","content":"%s"}]}'
    return frame % (b"x" * (size - len(frame) + 2))


# ---- max_body


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.sample
def test_a_body_of_max_body_is_served_and_one_byte_more_is_413(start, cloud, ollama, chunked):
    daemon = start(cloud, ollama, {"server.max_body": "64K"})
    cloud.script(ok("fine"))
    for size, code in ((65536, 200), (65537, 413)):
        body, headers = body_of(size), {}
        if chunked:
            headers = {"Transfer-Encoding": "chunked"}
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (size, body)
        answer = daemon.post(CHAT, body, headers)
        assert answer.status == code
    assert answer.error["type"] == "invalid_request_error" and "max_body" in answer.error["message"]
    assert answer.header("x-should-retry") == "false"
    assert (answer.header("connection") or "").lower() == "close"
    assert len(cloud.chats) == 1 and len(cloud.chats[0].body) == 65536


def test_an_announced_body_is_refused_before_it_comes(start, cloud, ollama):
    client = start(cloud, ollama).connect()
    client.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Length: 999999999999\r\n\r\n")
    assert client.response().status == 413 and client.at_end()


@pytest.mark.parametrize("path, headers, status_", [
    (CHAT, {}, 413), ("/chat-completions", {}, 404), (CHAT, {"Host": "elsewhere.test"}, 403),
    (CHAT, {"X-Large": "b" * 20000}, 431)])
def test_who_is_refused_while_sending_can_read_why(start, cloud, ollama, path, headers, status_):
    """A close with bytes unread would be a reset, which may take the answer with it."""
    client = start(cloud, ollama, {"server.max_body": "1M"}).connect()
    answer = client.request("POST", path, body_of(16 << 20), headers).response()
    assert answer.status == status_ and answer.complete and client.at_end()
    assert cloud.requests == []


def test_the_limit_counts_on_other_paths_too(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.max_body": "1K"})
    assert daemon.request("PUT", "/v1/files/f", b"x" * 1025).status == 413
    assert cloud.requests == []


def test_the_default_takes_an_image_of_20_MB(start, cloud, ollama):
    cloud.script(ok("fine"))
    body = body_of(20 << 20)
    assert start(cloud, ollama).post(CHAT, body).status == 200
    assert cloud.chats[0].body == body


# ---- max_body_total


def resident(daemon):
    """Bytes of memory that the daemon has had at most."""
    text = Path(f"/proc/{daemon.pid}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) * 1024


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("workers", [1, 2])
def test_unfinished_uploads_have_a_bound_over_all(start, cloud, ollama, chunked, workers):
    """Twelve of 6 MB each, of which none ends."""
    daemon = start(cloud, ollama, {"server.max_body_total": "16M", "server.max_body": "8M",
                                   "server.workers": workers, "server.body_timeout": "10m"})
    framing = b"Transfer-Encoding: chunked\r\n\r\n" if chunked else b"Content-Length: 6291457\r\n\r\n"
    block = b"x" * 65536
    clients, told = [daemon.connect() for _ in range(12)], []
    for client in clients:
        client.send(HEAD + framing)
    for _ in range(96):
        for client in [c for c in clients if c not in told]:
            try:
                client.send(b"%x\r\n%s\r\n" % (len(block), block) if chunked else block)
            except OSError:
                told.append(client)
    answers = []
    for client in clients:
        client.sock.settimeout(1 * SLOW)
        try:
            answers.append(client.response())
        except (TimeoutError, ConnectionError):
            pass
    assert len(answers) >= 6, "most are told at once, and not at the end of their bodies"
    for answer in answers:
        assert answer.status == 503 and answer.header("retry-after") == "1" and answer.complete
        assert answer.error["code"] == "max_body_total" and "max_body_total" in answer.text
    if SLOW == 1:
        assert resident(daemon) < 90 << 20
    assert cloud.requests == []
    daemon.close_clients()
    wait_until(lambda: daemon.inbound_sockets() == 0, "the uploads are gone")
    # What they held is given back.
    assert daemon.post(CHAT, body_of(7 << 20)).status == 200


def test_bodies_that_wait_for_their_answer_are_held_too(start, cloud, ollama):
    gate = Gate()
    cloud.script(lambda peer, request: (peer.wait(gate), ok("late")(peer, request)))
    daemon = start(cloud, ollama, {"server.max_body_total": "1M", "server.max_body": "1M"})
    waiting = daemon.connect()
    waiting.request("POST", CHAT, body_of(800 << 10))
    gate.wait_reached()
    answer = daemon.post(CHAT, body_of(400 << 10))
    assert answer.status == 503 and answer.error["code"] == "max_body_total"
    gate.open()
    assert waiting.response().content == "late"
    wait_until(lambda: daemon.post(CHAT, body_of(400 << 10)).status == 200, "it is given back")


def test_a_body_counts_as_what_it_is_decoded_to(start, cloud, ollama):
    gate = Gate()
    cloud.script(lambda peer, request: (peer.wait(gate), ok("late")(peer, request)))
    daemon = start(cloud, ollama, {"server.max_body_total": "1M", "server.max_body": "1M"})
    small, coded = gzip.compress(body_of(800 << 10)), {"Content-Encoding": "gzip"}
    assert len(small) < 10000
    waiting = daemon.connect()
    waiting.request("POST", CHAT, small, coded)
    gate.wait_reached()
    for body, headers in ((small, coded), (body_of(400 << 10), {})):
        answer = daemon.post(CHAT, body, headers)
        assert answer.status == 503 and answer.header("retry-after") == "1"
        assert answer.error["code"] == "max_body_total"
    gate.open()
    assert waiting.response().content == "late"
    wait_until(lambda: daemon.post(CHAT, small, coded).status == 200, "it is given back")


def test_what_a_body_held_is_free_before_the_next_request(start, cloud, ollama):
    """A client that sends one after the other needs no room for two."""
    daemon = start(cloud, ollama, {"server.max_body_total": "1M"})
    for n in range(50):
        assert daemon.post(CHAT, body_of(700 << 10)).status == 200, f"request {n + 1}"


def test_a_body_that_alone_is_larger_than_the_total_is_503(start, cloud, ollama):
    cloud.script(ok("fine"))
    daemon = start(cloud, ollama, {"server.max_body_total": "64K", "server.max_body": "1M"})
    answer = daemon.post(CHAT, body_of(1 << 17))
    assert answer.status == 503 and answer.error["code"] == "max_body_total"
    assert daemon.post(CHAT, body_of(1 << 15)).status == 200


@pytest.mark.skipif(SLOW != 1, reason="a sanitizer needs more address space than there would be")
def test_memory_that_is_out_is_503_and_not_413(start, cloud, ollama):
    cloud.script(ok("fine"))
    daemon = start(cloud, ollama, {"server.max_body": "1G", "server.max_body_total": "4G"},
                   wrapper=["prlimit", "--as=300000000"])
    client = daemon.connect()
    client.send(HEAD + b"Content-Length: 700000000\r\n\r\n")
    block = b"x" * (1 << 20)
    try:
        for _ in range(600):
            client.send(block)
    except OSError:
        pass
    answer = client.response()
    assert answer.status == 503 and answer.header("retry-after") == "1"
    assert daemon.chat().status == 200


# ---- max_inflight, max_connections


def fill(daemon, cloud, count):
    """So many exchanges under way; returns their clients and the gate that ends them."""
    gate, clients = Gate(), []
    cloud.script(held(gate, ok("done")))
    for n in range(1, count + 1):
        clients.append(daemon.connect())
        clients[-1].request("POST", CHAT, ASK)
        cloud.wait_for_requests(n, CHAT)
    return clients, gate


@pytest.mark.sample
def test_beyond_max_inflight_it_is_503_at_once(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.max_inflight": 3})
    clients, gate = fill(daemon, cloud, 3)
    for path in (CHAT, "/v1/embeddings"):
        answer = daemon.post(path, ASK)
        assert answer.status == 503 and answer.header("retry-after") == "1"
        assert answer.error["code"] == "max_inflight" and "max_inflight" in answer.error["message"]
        assert answer.header("x-should-retry") == "false"
    assert daemon.get("/healthz").status == 200 and daemon.get("/metrics").status == 200
    assert len(cloud.requests) == 3 and ollama.chats == []
    gate.open()
    assert [c.response().content for c in clients] == ["done"] * 3
    wait_until(lambda: daemon.metric("inflight") == 0, "all have ended")
    assert daemon.chat().status == 200


def test_beyond_max_connections_it_is_503_at_once_but_healthz_answers(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.max_connections": 4})
    idle = [daemon.connect() for _ in range(4)]
    wait_until(lambda: daemon.inbound_sockets() == 4, "four are connected")
    for method, path in (("POST", CHAT), ("GET", "/v1/models"), ("GET", "/metrics")):
        answer = daemon.request(method, path, ASK if method == "POST" else b"")
        assert answer.status == 503 and answer.header("retry-after") == "1"
        assert answer.error["code"] == "max_connections" and answer.complete
    assert daemon.get("/healthz").status == 200
    assert cloud.requests == []
    # Those that are in are served, and a place that is given back is taken.
    assert idle[0].request("POST", CHAT, ASK).response().content == "cloud heard: Hi"
    idle.pop().close()
    wait_until(lambda: daemon.chat().status == 200, "a place is free")


def test_every_worker_has_as_many_connections_as_the_others(start, cloud, ollama):
    """Each may have five, and nobody is refused before all of them have."""
    daemon = start(cloud, ollama, {"server.workers": 4, "server.max_connections": 5})
    clients = []
    for n in range(21):
        clients.append(daemon.connect())
        clients[-1].request("GET", "/v1/models")
        assert clients[-1].response().status == (200 if n < 20 else 503), f"connection {n + 1}"
    for client in clients[3:9]:
        client.close()
    wait_until(lambda: daemon.inbound_sockets() <= 15, "they are gone")
    for n in range(5):
        clients.append(daemon.connect())
        clients[-1].request("GET", "/v1/models")
        assert clients[-1].response().status == 200, f"the place of another one, {n + 1}"


def test_a_crowd_far_beyond_max_connections_is_told_so(start, cloud, ollama):
    """Whoever is refused by the accept itself still reads a whole answer."""
    daemon = start(cloud, ollama, {"server.max_connections": 2})
    crowd = [daemon.connect() for _ in range(400)]
    for client in crowd:
        client.request("POST", CHAT, ASK)
    answers = [client.response() for client in crowd]
    assert {a.status for a in answers} == {200, 503} and all(a.complete for a in answers)
    for refused in (a for a in answers if a.status == 503):
        assert refused.error["code"] == "max_connections" and refused.header("retry-after") == "1"
        assert refused.header("x-should-retry") == "false"
    daemon.close_clients()
    wait_until(lambda: daemon.chat().status == 200, "it serves again")


# ---- header_timeout, body_timeout


def drip(client, piece, limit):
    """Sends a piece again and again until the other side has closed; what it said."""
    client.sock.settimeout(0.02)
    end, said = time.monotonic() + limit, b""
    while time.monotonic() < end:
        try:
            client.send(piece)
            data = client.sock.recv(4096)
            if not data:
                return said
            said += data
        except TimeoutError:
            pass
        except OSError:
            return said
    raise AssertionError("it was never dropped")


@pytest.mark.parametrize("before, piece", [(b"", b""), (b"", b"G"), (HEAD, b"X-A: b\r\n"),
                                           (HEAD, b"x"), (b"GET /", b"")])
def test_a_slow_head_is_dropped_however_it_drips(start, cloud, ollama, before, piece):
    daemon = start(cloud, ollama, {"server.header_timeout": ms(200)})
    client = daemon.connect()
    begun = time.monotonic()
    if before:
        client.send(before)
    said = drip(client, piece, 20 * SLOW)
    assert time.monotonic() - begun >= 0.19 * SLOW
    assert said == b"" or b" 408 " in said.partition(b"\r\n")[0]
    assert cloud.requests == []


@pytest.mark.parametrize("framing", [b"Content-Length: 1000000\r\n\r\n",
                                     b"Transfer-Encoding: chunked\r\n\r\n"])
@pytest.mark.parametrize("piece", [b"1\r\nx\r\n", b""])
def test_a_slow_body_is_dropped_however_it_drips(start, cloud, ollama, framing, piece):
    daemon = start(cloud, ollama, {"server.body_timeout": ms(200), "server.header_timeout": "60s"})
    client = daemon.connect()
    begun = time.monotonic()
    client.send(HEAD + framing)
    said = drip(client, piece, 20 * SLOW)
    assert time.monotonic() - begun >= 0.19 * SLOW
    assert b" 408 " in said.partition(b"\r\n")[0]
    assert cloud.requests == []


def test_the_408_is_whole(start, cloud, ollama):
    client = start(cloud, ollama, {"server.body_timeout": ms(100)}).connect()
    client.send(HEAD + b"Content-Length: 5\r\n\r\n{")
    answer = client.response()
    assert answer.status == 408 and answer.error["type"] == "timeout" and answer.complete
    assert answer.header("x-should-retry") == "false" and client.at_end()


def test_slow_clients_do_not_hold_up_others(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.header_timeout": "60s"})
    slow = [daemon.connect() for _ in range(200)]
    for client in slow:
        client.send(HEAD + b"X-A: ")
    for _ in range(5):
        assert daemon.chat().status == 200
        for client in slow:
            client.send(b"x")
    assert daemon.get("/healthz").status == 200


def test_no_timeout_counts_while_the_answer_is_awaited(start, cloud, ollama):
    gate = Gate()
    cloud.script(held(gate, ok("late")))
    daemon = start(cloud, ollama, {"server.header_timeout": ms(100), "server.body_timeout": ms(100)})
    client = daemon.connect()
    client.request("POST", CHAT, ASK)
    gate.wait_reached()
    time.sleep(0.3 * SLOW)
    gate.open()
    assert client.response().content == "late"


def test_an_idle_kept_connection_gets_the_next_head_in_time(start, cloud, ollama):
    """The time for a head counts from its first byte, not from the last answer."""
    daemon = start(cloud, ollama, {"server.header_timeout": ms(150)})
    client = daemon.connect()
    for _ in range(2):
        assert client.request("POST", CHAT, ASK).response().status == 200
        time.sleep(0.3 * SLOW)
    client.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A:")
    assert drip(client, b"", 20 * SLOW) is not None


def test_refusals_are_counted_as_no_failure_of_a_provider(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.max_body": "1K", "breaker.failures": 1})
    for _ in range(3):
        daemon.post(CHAT, body_of(2000))
        daemon.post(CHAT, b"{")
    assert daemon.metric("attempts_total") == 0 and daemon.metric("breaker_state") == 0
    cloud.script(status(200, body=b"x"), path="/v1/files")
    assert daemon.chat().status == 200
