"""Connections, TLS and HTTP itself: what goes wrong below the answer's content."""
import socket
import threading
import time
from pathlib import Path

import pytest

from daemon import SLOW
from faults import wire
from ledger import both, from_cloud, from_ollama, ms, truth
from sim import BlackHole, Cloud, Gate, closed_port, reply
from sim.cloud import completion, event, ok, openai_error, silent, sse, status, stream
from sim.net import TLS
from sim.ollama import Model
from sim.world import Clock

BOTH_WAYS = True

GOOD_CA = str(TLS / "good.pem")


@pytest.fixture
def other():
    """A server that nobody may ask."""
    server = Cloud()
    yield server
    server.stop()
    assert server.connections == 0


@pytest.fixture
def secure():
    """make("expired") -> a cloud with that certificate, in place of the fixture's."""
    made = []

    def make(certificate):
        made.append(Cloud(tls=certificate))
        return made[-1]

    yield make
    for server in made:
        server.stop()


# ---- no connection


@both
def test_a_refused_connect_is_tried_three_times(start, ollama, streamed):
    start.unsent = 3
    with closed_port() as port:
        daemon = start("http://127.0.0.1:%d" % port.getsockname()[1], ollama)
        answer = daemon.chat(stream=streamed)
    assert answer.content == "ollama heard: Hi"
    assert truth(answer) == from_ollama("openai=3, ollama=1", "network")
    assert daemon.metric("attempts_total", provider="openai", **{"class": "network"}) == 3


@both
def test_a_name_that_does_not_exist_is_a_network_failure(start, ollama, streamed):
    start.unsent = 2
    daemon = start("http://cloud.invalid", ollama, {"retry.attempts": 2})
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=2, ollama=1", "network")


@both
def test_a_connect_without_an_answer_ends_at_connect_timeout(start, ollama, streamed):
    start.unsent = 2
    hole = BlackHole()
    try:
        daemon = start(hole, ollama, {"retry.attempts": 2,
                                      "provider.openai.connect_timeout": ms(100)})
        begun = time.monotonic()
        answer = daemon.chat(stream=streamed)
    finally:
        hole.stop()
    assert truth(answer) == from_ollama("openai=2, ollama=1", "timeout")
    assert time.monotonic() - begun >= 0.198


@both
def test_tls_that_is_never_answered_ends_at_connect_timeout(start, ollama, streamed):
    """A port that accepts and says nothing."""
    start.unsent = 2
    with closed_port() as port:
        port.listen(8)
        url = "https://127.0.0.1:%d" % port.getsockname()[1]
        daemon = start(url, ollama, {"retry.attempts": 2,
                                     "provider.openai.connect_timeout": ms(100)})
        answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=2, ollama=1", "timeout")


@both
@pytest.mark.parametrize("said", [b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", b""],
                         ids=["plain-HTTP", "closed"])
def test_tls_that_breaks_off_is_a_network_failure(start, ollama, said, streamed):
    start.unsent = 2
    with socket.create_server(("127.0.0.1", 0)) as port:
        threading.Thread(target=say_and_close, args=(port, said), daemon=True).start()
        url = "https://127.0.0.1:%d" % port.getsockname()[1]
        answer = start(url, ollama, {"retry.attempts": 2}).chat(stream=streamed)
        assert truth(answer) == from_ollama("openai=2, ollama=1", "network")
        port.shutdown(socket.SHUT_RDWR)


def say_and_close(port, said):
    """To each that connects, after its first bytes."""
    try:
        while True:
            sock, _ = port.accept()
            with sock:
                sock.recv(1 << 16)
                sock.sendall(said)
    except OSError:
        pass


# ---- certificates


@both
@pytest.mark.parametrize("certificate, trusted", [
    ("good", "system"), ("expired", str(TLS / "expired.pem")),
    ("wrong-host", str(TLS / "wrong-host.pem"))])
def test_a_certificate_that_is_not_trusted_is_one_connect(start, ollama, secure,
                                                          certificate, trusted, streamed):
    start.unsent = 1
    cloud = secure(certificate)
    daemon = start(cloud, ollama, {"provider.openai.ca_file": trusted})
    answer = daemon.chat(stream=streamed)
    assert answer.content == "ollama heard: Hi"
    assert truth(answer) == from_ollama("openai=1, ollama=1", "auth")
    assert cloud.connections == 1 and cloud.requests == []
    daemon.exchange()
    (line,) = daemon.log(event="auth")
    assert (line["level"], line["provider"]) == ("error", "openai")
    assert daemon.metric("attempts_total", provider="openai", **{"class": "auth"}) == 1


@both
def test_a_certificate_that_is_not_trusted_alone_is_502(start, ollama, secure, streamed):
    start.unsent = 1
    answer = start(secure("good"), ollama).chat(stream=streamed,
                                                headers={"x-understudy-fallback": "no"})
    assert (answer.status, answer.error["type"], answer.error["code"]) == (
        502, "upstream_error", "auth")
    assert "certificate" in answer.error["message"]


@both
def test_a_trusted_certificate_is_served(start, ollama, secure, streamed):
    cloud = secure("good")
    answer = start(cloud, ollama, {"provider.openai.ca_file": GOOD_CA}).chat(stream=streamed)
    assert answer.content == "cloud heard: Hi" and truth(answer) == from_cloud("openai=1")


@pytest.fixture
def trusted(tmp_path):
    """A file with a certificate to trust: what the daemon has read of it is not in the file."""
    file = tmp_path / "trusted.pem"
    file.write_text(Path(GOOD_CA).read_text())
    return file


@pytest.fixture
def forgetful(secure):
    """Its TLS sessions are not resumed, which would need no look at its certificate."""
    cloud = secure("good")
    cloud.tls.num_tickets = 0
    return cloud


def test_certificates_are_read_once_and_not_for_every_connection(start, ollama, forgetful, trusted):
    cloud = forgetful
    daemon = start(cloud, ollama, {"provider.openai.ca_file": trusted})
    assert truth(daemon.chat()) == from_cloud("openai=1")
    trusted.unlink()
    cloud.drop_connections()
    assert truth(daemon.chat()) == from_cloud("openai=1")
    assert cloud.connections == 2


@pytest.mark.parametrize("after", [0, 3], ids=["at-once", "later"])
def test_a_reload_reads_certificates_anew(start, ollama, forgetful, trusted, tmp_path, after):
    start.unsent = 1
    clock, cloud = Clock(tmp_path), forgetful
    daemon = start(cloud, ollama, {"provider.openai.ca_file": trusted}, env=clock.env)
    assert truth(daemon.chat()) == from_cloud("openai=1")
    trusted.write_text((TLS / "wrong-host.pem").read_text())
    daemon.reload()
    clock.advance(after)
    cloud.drop_connections()
    assert truth(daemon.chat()) == from_ollama("openai=1, ollama=1", "auth")


def test_a_dead_key_is_in_the_log_once_a_minute(start, cloud, ollama):
    cloud.script(status(401))
    daemon = start(cloud, ollama)
    for _ in range(5):
        assert daemon.chat().content == "ollama heard: Hi"
    daemon.exchange(5)
    assert len(daemon.log(event="auth", level="error")) == 1
    assert daemon.metric("attempts_total", provider="openai", **{"class": "auth"}) == 5


# ---- who is never asked


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY",
                                  "all_proxy"])
def test_the_environments_proxy_is_not_read(start, cloud, ollama, other, name):
    cloud.script(status(503), ok("direct"))
    daemon = start(cloud, ollama, env={name: other.url})
    assert daemon.chat().content == "direct"


@both
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(start, cloud, ollama, other, code, streamed):
    cloud.script(reply.redirect(other.url + "/v1/chat/completions", code))
    answer = start(cloud, ollama).chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "redirect")
    assert len(cloud.chats) == 1


def test_a_scheme_in_capital_letters_is_that_scheme(start, cloud, ollama):
    """RFC 3986, 3.1."""
    daemon = start(cloud.url.replace("http:", "HTTP:"), ollama)
    assert truth(daemon.chat()) == from_cloud("openai=1")


# ---- kept connections


@both
def test_a_kept_connection_that_died_while_idle_costs_nothing(start, cloud, ollama, streamed):
    cloud.script(reply.closing(ok("one")), ok("two"))
    daemon = start(cloud, ollama)
    assert daemon.chat(stream=streamed).content == "one"
    assert cloud.chats[0].answered.wait(5)  # it has closed
    answer = daemon.chat(stream=streamed)
    assert answer.content == "two" and truth(answer) == from_cloud("openai=1")
    assert daemon.metric("retries_total") == 0 and len(cloud.chats) == 2


@both
@pytest.mark.parametrize("fault", [reply.close_before_answer(), reply.reset_before_answer()],
                         ids=["closed", "reset"])
@pytest.mark.parametrize("kept", [False, True], ids=["fresh", "kept"])
def test_a_request_that_was_read_is_never_sent_twice_unseen(start, cloud, ollama, fault, kept,
                                                           streamed):
    daemon = start(cloud, ollama, {"retry.ambiguous": "no"})
    if kept:
        daemon.chat()  # whole: the end of a stream may come after the next request
    before = len(cloud.chats)
    cloud.script(fault)
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "network")
    assert len(cloud.chats) == before + 1 and len(ollama.chats) == 1
    assert cloud.chats[-1].number_on_connection == 1 + kept


def read_and_gone(peer, request):
    """The server stops with a request in its hands."""
    peer.server.refuse()


@both
def test_a_request_that_was_read_is_not_sent_to_a_cloud_that_is_back(start, cloud, ollama,
                                                                     streamed):
    """libcurl tried to connect again, and told of that alone: as if nothing had been sent."""
    daemon = start(cloud, ollama, {"retry.ambiguous": "no"})
    daemon.chat(stream=streamed)
    cloud.script(read_and_gone)
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "network")
    assert len(cloud.chats) == 2 and len(ollama.chats) == 1


@both
def test_a_request_that_was_read_may_be_sent_again_where_that_is_allowed(start, cloud, ollama,
                                                                        streamed):
    daemon = start(cloud, ollama)
    daemon.chat(stream=streamed)
    cloud.script(reply.close_before_answer())
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=3, ollama=1", "network")
    assert len(cloud.chats) == 4


def test_connections_are_kept(start, cloud, ollama):
    daemon = start(cloud, ollama)
    for _ in range(10):
        daemon.chat()
    assert cloud.connections == 1
    assert [c.number_on_connection for c in cloud.chats] == list(range(1, 11))


@both
def test_a_connection_with_an_unread_answer_is_not_used_again(start, cloud, ollama, streamed):
    cloud.script(reply.cut_body(how="stall"), ok("two"))
    daemon = start(cloud, ollama, {"provider.openai.idle_timeout": ms(80),
                                   "provider.openai.first_byte_timeout": ms(150)})
    assert daemon.chat(stream=streamed).content == "two"
    assert [c.number_on_connection for c in cloud.chats] == [1, 1]


# ---- time


@both
def test_a_slow_first_byte_ends_and_the_cloud_is_let_go(start, cloud, ollama, streamed):
    cloud.script(silent())
    daemon = start(cloud, ollama, {"retry.ambiguous": "no",
                                   "provider.openai.first_byte_timeout": ms(200)})
    begun = time.monotonic()
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "timeout")
    assert cloud.chats[0].hung_up.wait(5)
    assert (cloud.chats[0].hung_up_at - begun) / SLOW >= 0.198


@both
def test_first_byte_timeout_of_streams_and_of_others(start, cloud, ollama, streamed):
    cloud.script(silent())
    limits = "10m, 100ms" if not streamed else "100ms, 10m"
    daemon = start(cloud, ollama, {"retry.attempts": 1, "route.hedge_after": "off",
                                   "provider.openai.first_byte_timeout": limits})
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "timeout")


def test_headers_role_chunks_and_comments_are_no_content(start, cloud, ollama):
    parts = [b": ping\n\n", 0.02] * 200
    cloud.script(stream(*parts, "late"))
    daemon = start(cloud, ollama, {"retry.attempts": 1,
                                   "provider.openai.first_byte_timeout": ms(150)})
    answer = daemon.chat(stream=True)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "timeout")


@both
def test_an_answer_that_stalls_ends_at_idle_timeout(start, cloud, ollama, streamed):
    cloud.script(reply.cut_body(how="stall"))
    daemon = start(cloud, ollama, {"retry.attempts": 1,
                                   "provider.openai.first_byte_timeout": ms(400),
                                   "provider.openai.idle_timeout": ms(100)})
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "timeout")
    assert cloud.chats[0].hung_up.wait(5)


@both
def test_a_slow_answer_that_moves_is_waited_for(start, cloud, ollama, streamed):
    cloud.script(reply.slow(ok("slow but sure"), piece=64, delay=0.03))
    daemon = start(cloud, ollama, {"retry.attempts": 1, "provider.openai.idle_timeout": ms(150)})
    answer = daemon.chat(stream=streamed)
    assert answer.content == "slow but sure" and truth(answer) == from_cloud("openai=1")


@both
def test_a_slow_reader_of_the_request_ends_at_first_byte_timeout(start, cloud, ollama,
                                                                 streamed):
    gate = Gate()

    def deaf(peer, request):
        peer.wait(gate)

    deaf.early = True
    cloud.script(deaf)
    ollama.models = [Model(context=1 << 24)]  # it could read all of that
    daemon = start(cloud, ollama, {"retry.attempts": 1, "route.hedge_after": "off",
                                   "provider.openai.first_byte_timeout": ms(200)})
    answer = daemon.chat("x" * (8 << 20), stream=streamed)
    assert answer.header("x-understudy-provider") == "ollama"
    assert answer.header("x-understudy-fallback") == "timeout"
    assert daemon.chat("Hi", headers={"x-understudy-route": "ollama"}).status == 200


# ---- HTTP


@both
@pytest.mark.parametrize("code", [103, 102, 100])
def test_answers_before_the_answer_are_passed_over(start, cloud, ollama, code, streamed):
    cloud.script(reply.informational(2000, ok("after all"), code))
    answer = start(cloud, ollama).chat(stream=streamed)
    assert answer.content == "after all" and answer.interim == []
    assert truth(answer) == from_cloud("openai=1")


@both
@pytest.mark.parametrize("code", [413, 400])
def test_an_early_refusal_of_a_large_body_reaches_the_client(start, cloud, ollama, code, streamed):
    fault = openai_error(code, None, "too large for us")
    cloud.script(reply.early(reply.ending(fault, None)))
    answer = start(cloud, ollama).chat("x" * (8 << 20), stream=streamed)
    assert (answer.status, answer.body) == wire(fault, streamed)
    assert truth(answer) == from_cloud("openai=1") and len(cloud.chats) == 1


@both
def test_a_length_and_chunks_together_are_one_answer_at_most(start, cloud, ollama, streamed):
    body = reply.encode(completion("both"))
    head = reply.head(200, [("Content-Type", "application/json"), ("Content-Length", "5"),
                            ("Transfer-Encoding", "chunked")])
    cloud.script(reply.raw(head + reply.chunk(body) + b"0\r\n\r\n", close=True), ok("clean"))
    client = start(cloud, ollama).connect()
    client.request("POST", "/v1/chat/completions", {
        "model": "gpt-4", "stream": streamed, "messages": [{"role": "user", "content": "x"}]})
    answer = client.response()
    assert answer.status == 200 and answer.complete
    assert answer.content in ("both", "clean", "ollama heard: x")
    assert client.request("GET", "/healthz").response("GET").status == 200


@both
def test_a_header_value_with_a_line_break_makes_no_header(start, cloud, ollama, streamed):
    body = reply.encode(completion("folded"))
    folded = (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Fold: a\r\n X-Evil: b\r\n"
              b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    cloud.script(reply.raw(folded, close=True))
    answer = start(cloud, ollama).chat(stream=streamed)
    assert answer.header("x-evil") is None and answer.status == 200


def folded_first(body):
    """A head whose first field stands behind a blank, as if it went on from one before."""
    return reply.raw(b"HTTP/1.1 200 X\r\n Content-Type: application/json\r\nContent-Length: %d"
                     b"\r\n\r\n%s" % (len(body), body))


@both
def test_a_head_that_begins_with_a_folded_line_is_refused(start, cloud, ollama, streamed):
    """libcurl 7.88 put it behind a field of the answer before, whose memory was free by then."""
    evil = folded_first(reply.encode(completion("evil " + "x" * 2000)))
    bare = reply.raw(b"HTTP/1.1 103 Early Hints\r\n\r\n")
    daemon = start(cloud, ollama, {"retry.attempts": 1, "breaker.failures": 0})
    for fault in (evil, lambda peer, request: (bare(peer, request), evil(peer, request))):
        cloud.script(ok("good"))
        assert daemon.chat(stream=streamed).content == "good"
        cloud.script(fault)
        for _ in range(3):
            answer = daemon.chat(stream=streamed)
            assert truth(answer) == from_ollama("openai=1, ollama=1", "protocol")
    assert daemon.process.poll() is None


def test_a_helpers_head_that_begins_with_a_folded_line_is_refused(start, cloud, ollama, tmp_path):
    """The lists of models come through the same handles."""
    clock = Clock(tmp_path)
    daemon = start(cloud, ollama, env=clock.env)
    daemon.get("/v1/models")
    for provider, path in ((cloud, "/v1/models"), (ollama, "/api/tags")):
        provider.script(folded_first(b'{"data": [], "models": []}' + b" " * 4000), path=path)
    for _ in range(4):
        clock.advance(5)
        assert daemon.get("/v1/models").status in (200, 502, 503)
        assert daemon.chat().status == 200
    assert daemon.process.poll() is None


@both
def test_a_long_field_and_a_trailer_leave_the_answer_as_it_is(start, cloud, ollama, streamed):
    """A line of the head may come in pieces; one behind the body has no place to go."""
    body = (b"".join(sse(e) for e in (event({"content": "plain"}, "stop"), "[DONE]")) if streamed
            else reply.encode(completion("plain")))
    head = reply.head(200, [("Keep-Alive", "y" * 60000), ("Transfer-Encoding", "chunked"),
                            ("Content-Type", "text/event-stream" if streamed
                             else "application/json")])
    cloud.script(reply.raw(head + reply.chunk(body) + b"0\r\nX-After: 1\r\n\r\n"))
    answer = start(cloud, ollama).chat(stream=streamed)
    assert answer.body == body and truth(answer) == from_cloud("openai=1")
    assert answer.header("x-after") is None


def test_a_packed_bomb_is_not_unpacked(start, cloud, ollama):
    cloud.script(reply.gzipped(b"0" * (64 << 20)))
    daemon = start(cloud, ollama, {"retry.attempts": 1})
    before = resident_kb(daemon)
    answer = daemon.chat()
    assert truth(answer) == from_ollama("openai=1, ollama=1", "protocol")
    assert resident_kb(daemon) - before < (8 << 10) * SLOW


def resident_kb(daemon):
    with open(f"/proc/{daemon.pid}/status") as lines:
        return next(int(l.split()[1]) for l in lines if l.startswith("VmRSS:"))


def test_an_answer_too_large_to_be_held_is_refused(start, cloud, ollama):
    def huge(peer, request):
        peer.send(reply.head(200, [("Content-Type", "application/json"),
                                   ("Content-Length", str(80 << 20))]))
        for _ in range(80):
            peer.send(b" " * (1 << 20))

    cloud.script(huge)
    daemon = start(cloud, ollama, {"retry.attempts": 1})
    answer = daemon.chat()
    assert truth(answer) == from_ollama("openai=1, ollama=1", "protocol")


def test_our_own_port_as_the_clouds_is_refused_at_the_start(start, ollama):
    with closed_port() as port:
        number = port.getsockname()[1]
    daemon = start(f"http://127.0.0.1:{number}", ollama,
                   {"server.listen": f"127.0.0.1:{number}"}, wait=False)
    assert daemon.wait_exit() == 2
    assert "itself" in daemon.log_text()
    daemon.stop(2)
