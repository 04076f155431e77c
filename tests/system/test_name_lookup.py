"""Names of hosts: look-ups that hang, fail, or bring several addresses."""
import signal
import socket
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from daemon import BINARY, PATIENCE, WRAPPER, wait_until
from ledger import both, from_cloud, from_ollama, ms, truth
from proc import connecting
from sim import BlackHole, Cloud, Gate
from sim.cloud import CHAT, ok, stream
from sim.world import Clock, Names
from sim.world import both as names_and_clock

BOTH_WAYS = True

NAME = "cloud.test"
OTHER = "[provider other]\ntype = openai\nbase_url = {}/v1\napi_key = x\n"
TO_OTHER = {"x-understudy-route": "other"}


@pytest.fixture
def names(tmp_path):
    return Names(tmp_path)


@pytest.fixture
def other():
    server = Cloud()
    yield server
    server.stop()


def at(name, port):
    return f"http://{name}:{port}"


class Socks:
    """A SOCKS5 proxy (RFC 1928) that has every connection end at one port of this machine."""

    def __init__(self, port):
        self.port, self.asked_for, self._ends = port, [], []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._serve(client, client.makefile("rb"))

    def _serve(self, client, reader):
        _, methods = reader.read(2)
        reader.read(methods)
        client.sendall(b"\x05\x00")
        kind = reader.read(4)[3]
        length = {1: 4, 4: 16}.get(kind) or reader.read(1)[0]
        self.asked_for.append(reader.read(length + 2)[:length])
        client.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00")
        cloud = socket.create_connection(("127.0.0.1", self.port))
        self._ends += [client, cloud]
        for pair in ((client, cloud), (cloud, client)):
            threading.Thread(target=self._copy, args=pair, daemon=True).start()

    @staticmethod
    def _copy(source, target):
        try:
            while data := source.recv(1 << 16):
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        for sock in [self._listener, *self._ends]:
            sock.close()


@pytest.fixture
def socks(cloud):
    proxy = Socks(cloud.port)
    yield proxy
    proxy.stop()


@pytest.fixture
def moved(cloud):
    """Where the cloud moves to: another address, the same port."""
    server = Cloud(host="127.0.0.2", port=cloud.port)
    yield server
    server.stop()


def lookup_threads(daemon):
    comms = []
    for task in Path(f"/proc/{daemon.pid}/task").iterdir():
        try:
            comms.append((task / "comm").read_text().strip())
        except OSError:  # it has ended
            pass
    return comms.count("lookup")


def at_once(daemon, count, **more):
    """Starts so many chats; returns a function that gives their answers."""
    pool = ThreadPoolExecutor(count)
    answers = [pool.submit(daemon.chat, **more) for _ in range(count)]
    pool.shutdown(wait=False)
    return lambda: [a.result() for a in answers]


# ---- it hangs


@both
def test_a_look_up_that_hangs_ends_at_connect_timeout(start, cloud, ollama, names,
                                                      streamed):
    start.unsent = 2
    names.set(NAME, names.HANGS)
    daemon = start(at(NAME, cloud.port), ollama, {
        "retry.attempts": 2, "provider.openai.connect_timeout": ms(100)}, env=names.env)
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=2, ollama=1", "timeout")
    assert daemon.metric("attempts_total", provider="openai", **{"class": "timeout"}) == 2
    assert names.asked(NAME) == 1
    names.set(NAME)


def test_a_look_up_that_hangs_alone_is_504_and_says_so(start, cloud, ollama, names):
    start.unsent = 1
    names.set(NAME, names.HANGS)
    daemon = start(at(NAME, cloud.port), ollama, {
        "retry.attempts": 1, "provider.openai.connect_timeout": ms(50)}, env=names.env)
    answer = daemon.chat(headers={"x-understudy-fallback": "no"})
    assert (answer.status, answer.error["code"]) == (504, "timeout")
    assert "connect_timeout (Resolving timed out after" in answer.error["message"]
    names.set(NAME)


@pytest.mark.sample
def test_others_go_on_meanwhile(start, cloud, ollama, other, names):
    gate = Gate()
    other.script(stream("first ", gate, "second"), ok("whole"))
    names.set(NAME, names.HANGS)
    daemon = start(at(NAME, cloud.port), ollama, {"provider.openai.connect_timeout": "1h",
                                                  "route.hedge_after": "off"},
                   ini=OTHER.format(other.url), env=names.env)
    streaming = daemon.connect().request(
        "POST", "/v1/chat/completions",
        {"model": "gpt-4", "stream": True, "messages": [{"role": "user", "content": "Hi"}]},
        TO_OTHER)
    answer = streaming.head()
    streaming.read_until(answer, "first")
    late = at_once(daemon, 1)
    wait_until(lambda: names.asked(NAME) == 1, "the look-up has begun")
    assert daemon.chat(headers=TO_OTHER).content == "whole"
    gate.open()
    streaming.finish(answer)
    assert answer.content == "first second" and answer.complete
    assert daemon.get("/healthz").status == 200
    names.set(NAME, "127.0.0.1")
    assert [truth(a) for a in late()] == [from_cloud("openai=1")]


def test_a_hundred_who_wait_for_a_name_share_one_look_up(start, cloud, ollama, names):
    names.set(NAME, names.HANGS)
    daemon = start(at(NAME, cloud.port), ollama, {"provider.openai.connect_timeout": "1h"},
                   env=names.env)
    answers = at_once(daemon, 100)
    wait_until(lambda: daemon.metric("inflight") == 100, "all of them wait")
    assert (lookup_threads(daemon), names.asked(NAME)) == (1, 1)
    names.set(NAME, "127.0.0.1")
    assert [truth(a) for a in answers()] == [from_cloud("openai=1")] * 100
    wait_until(lambda: lookup_threads(daemon) == 0, "the thread has ended")


def test_a_look_up_that_hangs_for_long_gets_two_others_beside_it(start, cloud, ollama, names,
                                                                 tmp_path):
    """The machine may be in another network by now, with another name server."""
    start.unsent = 6
    clock = Clock(tmp_path)
    names.set(NAME, names.HANGS)
    daemon = start(at(NAME, cloud.port), ollama, {
        "retry.attempts": 1, "breaker.failures": 0, "provider.openai.connect_timeout": ms(50)},
        env=names_and_clock(names, clock))
    asked = []
    for ahead in (0, 4, 1, 5, 5, 5):
        clock.advance(ahead)
        assert truth(daemon.chat()) == from_ollama("openai=1, ollama=1", "timeout")
        asked.append(lookup_threads(daemon))
    assert asked == [1, 1, 2, 3, 3, 3] and names.asked(NAME) == 3
    names.set(NAME)
    wait_until(lambda: lookup_threads(daemon) == 0, "the threads have ended")


def test_who_leaves_meanwhile_is_gone(start, cloud, ollama, names):
    start.unsent = 1
    cloud.script(ok("a long answer " * 5000))
    names.set(NAME, names.HANGS)
    daemon = start(at(NAME, cloud.port), ollama, {"provider.openai.connect_timeout": "1h"},
                   env=names.env)
    client = daemon.connect().request("POST", "/v1/chat/completions", {
        "model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]})
    wait_until(lambda: names.asked(NAME) == 1, "the look-up has begun")
    answers = at_once(daemon, 1)
    wait_until(lambda: daemon.metric("inflight") == 2, "the next one waits")
    client.close()
    assert daemon.exchange()["class"] == "cancelled"
    later = at_once(daemon, 1)
    wait_until(lambda: daemon.metric("inflight") == 2, "another one waits")
    names.set(NAME, "127.0.0.1")
    answers = [*answers(), *later()]
    assert [truth(a) for a in answers] == [from_cloud("openai=1")] * 2
    assert {len(a.content) for a in answers} == {70000} and names.asked(NAME) == 1


@pytest.mark.parametrize("waiting", [True, False], ids=["waited-for", "given-up"])
def test_it_does_not_keep_the_daemon_from_stopping(start, cloud, ollama, names, waiting):
    start.unsent = 1
    names.set(NAME, names.HANGS)
    daemon = start(at(NAME, cloud.port), ollama, {
        "retry.attempts": 1, "server.drain_timeout": "50ms",
        "provider.openai.connect_timeout": "1h" if waiting else ms(50)}, env=names.env)
    answers = at_once(daemon, 1)
    wait_until(lambda: names.asked(NAME) == 1, "the look-up has begun")
    if not waiting:
        daemon.exchange()
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert [a.status for a in answers()] == [503 if waiting else 200]


def test_a_connectivity_check_that_hangs_in_it_means_offline(start, cloud, ollama, names):
    names.set(NAME, names.HANGS)
    daemon = start(at(NAME, cloud.port), ollama, {
        "connectivity.check_url": at(NAME, cloud.port), "connectivity.timeout_ms": 50,
        "connectivity.interval": "1h"}, env=names.env)
    daemon.wait_for_log(event="offline")
    answer = daemon.chat()
    assert truth(answer) == from_ollama("ollama=1", "skipped-offline")
    assert names.asked(NAME) == 1
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0


def test_the_command_check_tells_of_it_and_ends(names, ollama, tmp_path):
    names.set(NAME, names.HANGS)
    settings = {"provider.openai.base_url": f"https://{NAME}",
                "provider.openai.connect_timeout": ms(50), "provider.ollama.base_url": ollama.url}
    flags = [word for k, v in settings.items() for word in ("-s", f"{k}={v}")]
    done = subprocess.run([*WRAPPER, str(BINARY), *flags, "check"], capture_output=True, text=True,
                          env={"HOME": str(tmp_path), "OPENAI_API_KEY": "x",
                               **{k: str(v) for k, v in names.env.items()}},
                          timeout=3 * PATIENCE)
    assert "openai: not reachable: no connection within connect_timeout" in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


# ---- it fails


@both
@pytest.mark.parametrize("addresses", [(), ("fe80::1%lo",)], ids=["none", "of-another-link"])
def test_a_name_without_an_address_is_a_network_failure(start, cloud, ollama, names,
                                                        addresses, streamed):
    start.unsent = 2
    names.set(NAME, *addresses)
    daemon = start(at(NAME, cloud.port), ollama, {"retry.attempts": 2}, env=names.env)
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=2, ollama=1", "network")
    assert names.asked(NAME) == 2
    alone = daemon.chat(headers={"x-understudy-fallback": "no", "x-understudy-attempts": "1"})
    assert f"could not be resolved ({NAME}: " in alone.error["message"]
    start.unsent += 1


def test_a_name_that_comes_back_is_found(start, cloud, ollama, names):
    start.unsent = 1
    names.set(NAME)
    daemon = start(at(NAME, cloud.port), ollama, {"retry.attempts": 1}, env=names.env)
    assert truth(daemon.chat()) == from_ollama("openai=1, ollama=1", "network")
    names.set(NAME, "127.0.0.1")
    assert truth(daemon.chat()) == from_cloud("openai=1")


# ---- it brings addresses


@both
@pytest.mark.parametrize("address", ["127.0.0.2", "::1"])
def test_an_address_that_refuses_is_passed_over(start, cloud, ollama, names, address, streamed):
    names.set(NAME, address, "127.0.0.1")
    daemon = start(at(NAME, cloud.port), ollama, {"retry.attempts": 1}, env=names.env)
    assert truth(daemon.chat(stream=streamed)) == from_cloud("openai=1")
    assert len(cloud.chats) == 1


@pytest.fixture
def hole(cloud):
    """make(address): where the cloud's port is, but nobody answers."""
    made = []

    def make(address):
        made.append(BlackHole(address, cloud.port))

    yield make
    for one in made:
        one.stop()


PATIENT = {"retry.attempts": 1, "provider.openai.connect_timeout": "1h", "route.hedge_after": "off",
           "route.deadline": "5h", "provider.openai.first_byte_timeout": "5h"}


@both
def test_ipv6_that_is_silent_is_not_waited_for(start, cloud, ollama, names, hole, streamed):
    names.set(NAME, "::1", "127.0.0.1")
    hole("::1")
    daemon = start(at(NAME, cloud.port), ollama, PATIENT, env=names.env)
    assert truth(daemon.chat(stream=streamed)) == from_cloud("openai=1")
    assert len(cloud.chats) == 1


@both
def test_addresses_that_are_silent_share_the_time_for_connecting(start, cloud, ollama, names, hole,
                                                                 tmp_path, streamed):
    names.set(NAME, "127.0.0.2", "127.0.0.3", "127.0.0.1")
    hole("127.0.0.2")
    hole("127.0.0.3")
    clock = Clock(tmp_path)
    daemon = start(at(NAME, cloud.port), ollama, PATIENT, env=names_and_clock(names, clock))
    answers = at_once(daemon, 1, stream=streamed)
    for address, its_time in (("127.0.0.2", 30 * 60), ("127.0.0.3", 15 * 60)):
        wait_until(lambda: connecting(daemon) == [address], f"it connects to {address}")
        clock.advance(its_time + 1)
        assert daemon.get("/healthz").status == 200
    assert [truth(a) for a in answers()] == [from_cloud("openai=1")] and len(cloud.chats) == 1


@both
def test_when_all_addresses_are_dead_it_is_one_attempt(start, cloud, ollama, names,
                                                       streamed):
    start.unsent = 1
    names.set(NAME, "::1", "127.0.0.2")
    daemon = start(at(NAME, cloud.port), ollama, {"retry.attempts": 1}, env=names.env)
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "network")


def test_it_is_asked_for_once(start, cloud, ollama, names):
    names.set(NAME, "127.0.0.1")
    daemon = start(at(NAME, cloud.port), ollama, env=names.env)
    assert [daemon.chat().content for _ in range(3)] == ["cloud heard: Hi"] * 3
    cloud.drop_connections()
    assert truth(daemon.chat()) == from_cloud("openai=1")
    assert names.asked(NAME) == 1
    # The app sends no Host of its own, and the address is not the name.
    assert {c.header("host") for c in cloud.chats} == {f"{NAME}:{cloud.port}"}


def test_a_kept_connection_needs_no_look_up(start, cloud, ollama, names, tmp_path):
    clock = Clock(tmp_path)
    names.set(NAME, "127.0.0.1")
    daemon = start(at(NAME, cloud.port), ollama, env=names_and_clock(names, clock))
    assert truth(daemon.chat()) == from_cloud("openai=1")
    names.set(NAME, names.HANGS)
    for _ in range(6):
        clock.advance(20)
        assert truth(daemon.chat()) == from_cloud("openai=1")
    assert (cloud.connections, names.asked(NAME)) == (1, 1)


def test_a_name_that_moved_is_followed_within_a_minute(start, cloud, ollama, moved, names,
                                                       tmp_path):
    start.unsent = 1
    clock = Clock(tmp_path)
    names.set(NAME, "127.0.0.1")
    daemon = start(at(NAME, cloud.port), ollama, {"retry.attempts": 1},
                   env=names_and_clock(names, clock))
    assert truth(daemon.chat()) == from_cloud("openai=1")
    cloud.refuse()
    names.set(NAME, "127.0.0.2")
    assert truth(daemon.chat()) == from_ollama("openai=1, ollama=1", "network")
    clock.advance(61)
    assert truth(daemon.chat()) == from_cloud("openai=1")
    assert (len(cloud.chats), len(moved.chats)) == (1, 1)


def test_a_busy_connection_follows_a_name_that_moved(start, cloud, ollama, moved, names, tmp_path):
    """No connection is used for longer than five minutes."""
    clock = Clock(tmp_path)
    names.set(NAME, "127.0.0.1")
    daemon = start(at(NAME, cloud.port), ollama, env=names_and_clock(names, clock))
    assert truth(daemon.chat()) == from_cloud("openai=1")
    names.set(NAME, "127.0.0.2")
    for _ in range((300 + 60) // 20):
        clock.advance(20)
        assert truth(daemon.chat()) == from_cloud("openai=1")
    assert cloud.connections == 1 and moved.chats


# ---- behind a proxy


PROXY, BEHIND = "proxy.test", "http://cloud.test"


@both
@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_with_a_proxy_its_name_is_looked_up_and_no_other(start, cloud, ollama, names, socks, scheme,
                                                         streamed):
    address = {"http": at(PROXY, cloud.port),
               "socks5h": "socks5h://" + socks.address.replace("127.0.0.1", PROXY)}[scheme]
    cloud.script(ok("by proxy"), path=BEHIND + CHAT)
    cloud.script(ok("by proxy"))
    names.set(PROXY, "127.0.0.1")
    names.set("cloud.test", names.HANGS)
    daemon = start(BEHIND, ollama, {"provider.openai.proxy": address, "retry.attempts": 1},
                   env=names.env)
    assert daemon.chat(stream=streamed).content == "by proxy"
    assert (names.asked(PROXY), names.asked("cloud.test")) == (1, 0)
    assert socks.asked_for == ([b"cloud.test"] if scheme == "socks5h" else [])


def test_a_proxy_whose_name_hangs_ends_at_connect_timeout(start, cloud, ollama, names):
    start.unsent = 1
    names.set(PROXY, names.HANGS)
    daemon = start(BEHIND, ollama, {
        "provider.openai.proxy": "http://proxy.test", "retry.attempts": 1,
        "provider.openai.connect_timeout": ms(50)}, env=names.env)
    assert truth(daemon.chat()) == from_ollama("openai=1, ollama=1", "timeout")
    names.set(PROXY)


@both
def test_a_socks_proxy_may_get_addresses(start, cloud, ollama, names, socks, streamed):
    names.set(PROXY, "127.0.0.1")
    names.set("cloud.test", "192.0.2.7")
    daemon = start(BEHIND, ollama, {
        "provider.openai.proxy": "socks5://" + socks.address.replace("127.0.0.1", PROXY),
        "retry.attempts": 1}, env=names.env)
    assert truth(daemon.chat(stream=streamed)) == from_cloud("openai=1")
    assert socks.asked_for == [bytes([192, 0, 2, 7])]
    assert (names.asked(PROXY), names.asked("cloud.test")) == (1, 1)
