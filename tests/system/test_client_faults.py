"""Clients that do it wrong, or in an unusual way: too much, too slow, too many, out of order."""
import threading
import time

import pytest

from daemon import SLOW, wait_until
from sim import Gate
from sim.cloud import held, ok, openai_error, silent, stall_stream, status, stream

CHAT = "/v1/chat/completions"


def body_of(text="Hi", **more):
    return {"model": "gpt-4", "messages": [{"role": "user", "content": text}], **more}


def heard(server):
    return [c.json["messages"][0]["content"] for c in server.chats]


def ms(number):
    return f"{int(number * SLOW)}ms"


def everything(client):
    """All bytes until the other side closes."""
    while client._more():
        pass
    return bytes(client.buffer)


# ---- one connection, many requests


@pytest.mark.sample
def test_fifty_pipelined_requests_of_which_one_is_slow_come_in_order(start, cloud, ollama):
    gate, texts = Gate(), [f"marker-{i}" for i in range(50)]
    replies = [ok(f"answer to {t}") for t in texts]
    replies[20] = held(gate, replies[20])
    cloud.script(*replies)
    client = start(cloud, ollama).connect()
    for i, text in enumerate(texts):
        client.request("POST", CHAT, body_of(text, stream=i % 3 == 0))
    got = [client.response().content for _ in range(20)]
    gate.wait_reached()
    assert not client.buffer and len(cloud.chats) == 21
    gate.open()
    got += [client.response().content for _ in range(30)]
    assert got == [f"answer to {t}" for t in texts] and heard(cloud) == texts


def test_pipelined_requests_of_all_kinds_do_not_mix(start, cloud, ollama):
    client = start(cloud, ollama).connect()
    wanted = [("GET", "/healthz", b"", 200), ("POST", CHAT, body_of("a"), 200),
              ("GET", "/nothing", b"", 404), ("HEAD", "/healthz", b"", 200),
              ("POST", CHAT, body_of("b", stream=True), 200), ("DELETE", "/healthz", b"", 405),
              ("POST", CHAT, b"{", 400), ("POST", "/v1/embeddings", {"model": "m", "input": "x"}, 200),
              ("GET", "/v1/models/gpt-4", b"", 200), ("POST", CHAT, body_of("c"), 200)]
    for method, path, body, _ in wanted:
        client.request(method, path, body)
    answers = [client.response(method) for method, *_ in wanted]
    assert [a.status for a in answers] == [code for *_, code in wanted]
    assert [answers[i].content for i in (1, 4, 9)] == [f"cloud heard: {t}" for t in "abc"]


def test_a_pipelined_request_behind_a_stream_waits_for_its_end(start, cloud, ollama):
    gate = Gate()
    cloud.script(stream("a", gate, "b"), ok("second"))
    client = start(cloud, ollama).connect()
    client.request("POST", CHAT, body_of("1", stream=True)).request("POST", CHAT, body_of("2"))
    first = client.head()
    client.read_until(first, '"a"')
    assert len(cloud.chats) == 1
    gate.open()
    client.finish(first)
    assert first.content == "ab" and client.response().content == "second"


def test_a_broken_stream_ends_its_connection(start, cloud, ollama):
    """What would follow on it could not be told from the stream."""
    gate = Gate()
    cloud.script(stream("a", gate, finish=None, done=False, end="close"), ok("never"))
    client = start(cloud, ollama).connect()
    client.request("POST", CHAT, body_of("1", stream=True)).request("POST", CHAT, body_of("2"))
    first = client.head()
    client.read_until(first, '"a"')
    gate.open()
    client.finish(first)
    assert not first.complete and client.at_end() and len(cloud.chats) == 1


def test_a_thousand_requests_on_one_connection(start, cloud, ollama):
    client = start(cloud, ollama).connect()
    for i in range(1000 if SLOW == 1 else 100):
        assert client.request("POST", CHAT, body_of(f"{i}")).response().content == f"cloud heard: {i}"


# ---- bodies


ERRORS = {
    "not JSON": (CHAT, b"not json at all", {}, 400),
    "an unknown path": ("/nothing", b"GET /evil HTTP/1.1\r\n\r\n", {}, 404),
    "a wrong method": ("/healthz", b"GET /evil HTTP/1.1\r\n\r\n", {}, 405),
    "a web page's": (CHAT, b"GET /evil HTTP/1.1\r\n\r\n", {"Origin": "https://evil.test"}, 403),
    "a bad steering header": (CHAT, b"{}", {"x-understudy-attempts": "99"}, 400),
    "another content type": (CHAT, b"GET /evil HTTP/1.1\r\n\r\n",
                             {"Origin": "app://x", "Content-Type": "text/plain"}, 415),
}


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
@pytest.mark.parametrize("path, body, headers, code", ERRORS.values(), ids=list(ERRORS))
def test_after_an_error_the_connection_is_closed_or_in_step(start, cloud, ollama, path, body,
                                                            headers, code, chunked):
    """The refused body looks like a request, and is not taken for one."""
    client = start(cloud, ollama).connect()
    if chunked:
        headers, body = {**headers, "Transfer-Encoding": "chunked"}, b"%x\r\n%s\r\n0\r\n\r\n" % (
            len(body), body)
    try:
        client.request("POST", path, body, headers).request("GET", "/healthz")
        answer = client.response()
    except ConnectionError:
        pytest.fail("closed without an answer")
    assert answer.status == code and answer.error["message"] and answer.complete
    assert answer.header("x-should-retry") == "false"
    if (answer.header("connection") or "").lower() == "close":
        assert everything(client) == b""
    else:
        assert client.response("GET").json == {"status": "ok"}
    assert cloud.requests == []


def test_the_clouds_error_leaves_the_connection_in_step(start, cloud, ollama):
    cloud.script(openai_error(400, "bad", "No."), ok("fine"))
    client = start(cloud, ollama).connect()
    client.request("POST", CHAT, body_of("x" * 100000)).request("POST", CHAT, body_of())
    assert client.response().status == 400 and client.response().content == "fine"


BIG = {"server.max_body": "64K"}


def check_413(answer):
    assert (answer.status, answer.error["type"]) == (413, "invalid_request_error")
    assert "max_body" in answer.error["message"] and answer.header("x-should-retry") == "false"


@pytest.mark.parametrize("expect", [False, True], ids=["", "Expect"])
def test_an_announced_body_that_is_too_large_is_413_without_100(start, cloud, ollama, expect):
    client = start(cloud, ollama, BIG).connect()
    client.send(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"%sContent-Length: 65537\r\n\r\n" % (CHAT.encode(),
                                                     b"Expect: 100-continue\r\n" * expect))
    answer = client.response()
    check_413(answer)
    assert answer.interim == [] and everything(client) == b"" and cloud.requests == []


def test_a_chunked_body_that_grows_too_large_is_413(start, cloud, ollama):
    client = start(cloud, ollama, BIG).connect()
    client.send(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                b"Transfer-Encoding: chunked\r\n\r\n" % CHAT.encode())
    for _ in range(9):
        client.send(b"2000\r\n" + b"x" * 8192 + b"\r\n")
    client.send(b"0\r\n\r\n")
    check_413(client.response())
    assert everything(client) == b"" and cloud.requests == []


def test_a_body_of_exactly_max_body_is_served(start, cloud, ollama):
    daemon = start(cloud, ollama, BIG)
    body = b'{"model":"gpt-4","messages":[{"role":"user","content":"%s"}]}'
    full = body % (b"x" * (65536 - len(body) + 2))
    assert len(full) == 65536
    answer = daemon.post(CHAT, full)
    assert answer.status == 200 and cloud.chats[0].body == full
    check_413(daemon.post(CHAT, full + b" "))
    assert len(cloud.chats) == 1


def test_the_default_limit_is_64_mib(start, cloud, ollama):
    cloud.script(ok("large"))
    daemon = start(cloud, ollama)
    size = 60 << 20 if SLOW == 1 else 4 << 20
    assert daemon.post(CHAT, body_of("x" * size)).content == "large"
    assert len(cloud.chats[0].body) > size
    client = daemon.connect()
    client.send(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n"
                b"Content-Type: application/json\r\n\r\n" % (CHAT.encode(), (64 << 20) + 1))
    check_413(client.response())


UNUSUAL = {
    "1e400": b'{"model":"gpt-4","messages":[],"temperature":1e400}',
    "a seed of 20 digits": b'{"model":"gpt-4","messages":[],"seed":18446744073709551616}',
    "no model": b'{"messages":[]}',
    "model null": b'{"model":null,"messages":[]}',
    "depth 256": b'{"model":"gpt-4","messages":[],"a":' + b"[" * 255 + b"]" * 255 + b"}",
}


@pytest.mark.parametrize("body", UNUSUAL.values(), ids=list(UNUSUAL))
def test_an_unusual_body_reaches_the_cloud(start, cloud, ollama, body):
    cloud.script(ok("fine"))
    assert start(cloud, ollama).post(CHAT, body).content == "fine"
    (sent,) = cloud.chats
    if b'"gpt-4"' in body:
        assert sent.body == body
    else:
        assert sent.json["model"] == "gpt-4"


REFUSED = {"depth 100 000": b'{"model":"gpt-4","a":' + b"[" * 100000 + b"]" * 100000 + b"}",
           "depth 257": b'{"model":"gpt-4","a":' + b"[" * 256 + b"]" * 256 + b"}",
           "objects 100 000 deep": b'{"a":' * 100000 + b"1" + b"}" * 100000,
           "model a number": b'{"model":4,"messages":[]}',
           "stream a text": b'{"model":"gpt-4","stream":"true","messages":[]}',
           "two models": b'{"model":"gpt-4","messages":[],"model":"gpt-4"}',
           "NaN": b'{"model":"gpt-4","messages":[],"seed":NaN}',
           "a comma too many": b'{"model":"gpt-4","messages":[],}',
           "two objects": b'{"model":"gpt-4"}{"model":"gpt-4"}'}


@pytest.mark.parametrize("body", REFUSED.values(), ids=list(REFUSED))
def test_a_body_that_readers_would_read_differently_is_refused(start, cloud, ollama, body):
    daemon = start(cloud, ollama)
    answer = daemon.post(CHAT, body)
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert cloud.requests == [] and ollama.chats == []
    assert daemon.chat().content == "cloud heard: Hi"


# ---- slow clients


def test_a_slow_head_is_dropped(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.header_timeout": ms(300)})
    client, begun = daemon.connect(), time.monotonic()
    client.send(b"POST /v1/chat/completions HTTP/1.1\r\nHo")
    answer = client.response()
    assert answer.status == 408 and answer.error["code"] == "timeout" and answer.complete
    assert time.monotonic() - begun > 0.29 * SLOW and everything(client) == b""


def test_a_head_byte_by_byte_does_not_prolong_it(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.header_timeout": ms(300)})
    client, ended = daemon.connect(), threading.Event()

    def drip():
        try:
            while not ended.wait(0.02):
                client.send(b"X")
        except OSError:
            pass

    client.send(b"GET /healthz HTTP/1.1\r\nX-")
    thread = threading.Thread(target=drip)
    thread.start()
    data = everything(client)
    ended.set()
    thread.join()
    assert data == b"" or data.startswith(b"HTTP/1.1 408 ")
    wait_until(lambda: daemon.inbound_sockets() == 0, "it is dropped")


def test_a_slow_body_is_dropped(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.body_timeout": ms(300)})
    client, begun = daemon.connect(), time.monotonic()
    client.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n"
                b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"model\"")
    assert client.response().status == 408 and everything(client) == b""
    assert time.monotonic() - begun > 0.29 * SLOW
    assert cloud.requests == []


def test_timeouts_of_clients_do_not_end_slow_answers(start, cloud, ollama):
    gate = Gate()
    cloud.script(held(gate, ok("late")))
    daemon = start(cloud, ollama, {"server.header_timeout": ms(100), "server.body_timeout": ms(100)})
    client = daemon.connect().request("POST", CHAT, body_of())
    gate.wait_reached()
    dropped = daemon.connect()
    dropped.send(b"GET")
    everything(dropped)  # as long as the limits last, at least
    gate.open()
    assert client.response().content == "late"


def test_two_hundred_slow_clients_keep_nobody_else_waiting(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.header_timeout": "10m"})
    slow = [daemon.connect() for _ in range(200)]
    for client in slow:
        client.send(b"POST /v1/chat/completions HTTP/1.1\r\nX-")
    for client in slow:
        client.send(b"a")
    assert [daemon.chat(str(i)).content for i in range(20)] == [f"cloud heard: {i}" for i in range(20)]
    assert daemon.inbound_sockets() >= len(slow), "they are still at it"


# ---- too many


def check_503(answer, code):
    assert (answer.status, answer.error["code"]) == (503, code)
    assert answer.header("retry-after") == "1" and answer.header("x-should-retry") == "false"


def test_connections_beyond_the_limit_get_503_at_once(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.max_connections": 10})
    idle = [daemon.connect() for _ in range(10)]
    wait_until(lambda: daemon.inbound_sockets() == 10, "they are connected")
    check_503(daemon.chat(), "max_connections")
    assert daemon.get("/healthz").status == 200
    assert cloud.requests == []
    idle.pop().close()
    wait_until(lambda: daemon.inbound_sockets() == 9, "one is gone")
    assert daemon.chat().content == "cloud heard: Hi"


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_exchanges_beyond_the_limit_get_503_at_once(start, cloud, ollama, streamed):
    cloud.script(stall_stream("a") if streamed else silent())
    daemon = start(cloud, ollama, {"server.max_inflight": 3})
    inside = [daemon.connect().request("POST", CHAT, body_of(stream=streamed)) for _ in range(3)]
    cloud.wait_for_requests(3)
    for path in (CHAT, "/v1/embeddings"):
        check_503(daemon.post(path, body_of()), "max_inflight")
    assert daemon.get("/healthz").status == 200 and len(cloud.requests) == 3
    inside.pop().close()
    wait_until(lambda: daemon.metric("inflight") == 2, "one is gone")
    cloud.script(ok("room"))
    assert daemon.chat().content == "room"
    for client in inside:
        client.close()


def test_many_connects_that_say_nothing_leave_nothing(start, cloud, ollama):
    daemon = start(cloud, ollama)
    for how in ("close", "reset"):
        clients = [daemon.connect() for _ in range(300)]
        for client in clients:
            getattr(client, how)()
    wait_until(lambda: daemon.inbound_sockets() == 0, "they are gone")
    assert daemon.chat().content == "cloud heard: Hi"


def test_a_flood_of_errors_leaves_the_daemon_well(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"retry.attempts": 1})
    answers = [daemon.chat(str(i)) for i in range(50)]
    assert {a.content for a in answers} == {f"ollama heard: {i}" for i in range(50)}


@pytest.mark.parametrize("path", ["/v1/responses", "/v1/completions"])
def test_a_body_that_only_a_cloud_could_read_is_refused_without_one(start, ollama, path):
    """With the fault of the body, and not as if its path were unknown."""
    daemon = start(ollama=ollama, settings={"route.priority": "ollama"})
    for body, words in ((b'{"model":', "not valid JSON"), (b"", "has no body"),
                        (b"[1]", "not a JSON object"), (b'{"stream":"yes"}', "stream is not")):
        answer = daemon.post(path, body)
        assert answer.status == 400 and answer.json["error"]["type"] == "invalid_request_error"
        assert words in answer.json["error"]["message"]
    assert not ollama.chats


@pytest.mark.parametrize("path", [CHAT, "/status/events"])
def test_who_leaves_a_stream_is_let_go_at_once_beside_one_that_rests(start, cloud, ollama, path):
    """Not when that one, which was there before, has been silent for too long."""
    gate = Gate()
    cloud.script(ok("x"), stream("one", gate))
    daemon = start(cloud, ollama)
    resting = daemon.connect()
    assert resting.request("POST", CHAT, {"model": "gpt-4", "messages": []}).response().status == 200
    before = daemon.sockets()
    for _ in range(3):
        client = daemon.connect()
        if path == CHAT:
            client.request("POST", CHAT, {"model": "gpt-4", "messages": [], "stream": True})
        else:
            client.request("GET", path)
        client.chunk(client.head())
        client.close()
        wait_until(lambda: daemon.sockets() <= before, "it is let go")
    gate.open()
