"""As a service: what a service manager hears, passes and may rely on. Signals and reload."""
import json
import os
import re
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import pytest

from activation import passing
from daemon import PATIENCE, ROOT, SLOW, wait_until
from proc import PTRACE_DETACH, PTRACE_INTERRUPT, PTRACE_SEIZE, WAIT_ALL, ptrace
from rawclient import RawClient
from sim import Gate
from sim.cloud import endless, held, ok, silent, status, stream
from sim.net import free_port

ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
CHAT = "/v1/chat/completions"
LONG = {"server.drain_timeout": "1h"}
BRIEF = {"server.drain_timeout": "150ms"}


class Manager:
    """The socket to which a service tells how it is."""

    def __init__(self, path):
        self.address = str(path)
        self.messages = []
        self._sock = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sock.bind(self.address.replace("@", "\0", 1))
        self._sock.settimeout(PATIENCE)
        self.env = {"NOTIFY_SOCKET": self.address}

    def wait(self, name):
        """The next message that begins with this, as a dict of its lines."""
        while True:
            self.messages.append(self._sock.recv(4096).decode())
            if self.messages[-1].startswith(name):
                return dict(l.split("=", 1) for l in self.messages[-1].splitlines())

    def close(self):
        self._sock.close()


@pytest.fixture
def manager(tmp_path):
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


def send(daemon, **more):
    """A client whose chat is under way."""
    return daemon.connect().request("POST", CHAT, {**ASK, **more})


def begin_stream(daemon, text):
    client = send(daemon, stream=True)
    answer = client.head()
    client.read_until(answer, text)
    return client, answer


def is_refused(daemon):
    try:
        RawClient(daemon.address, 5).close()
        return False
    except OSError:
        return True


def terminate(daemon, count=1):
    daemon.signal(signal.SIGTERM)
    daemon.wait_for_log(event="stopping", count=count)


# ---- sd_notify


@pytest.mark.sample
def test_it_is_ready_when_it_can_be_connected_to(start, cloud, ollama, manager):
    daemon = start(cloud, ollama, env=manager.env, wait=False)
    assert manager.wait("READY") == {"READY": "1"}
    daemon.wait_listening()
    assert daemon.get("/healthz").status == 200
    assert manager.wait("STATUS")["STATUS"].startswith("serving on 127.0.0.1:")


def test_it_says_that_it_stops_and_ends_with_0(start, cloud, ollama, manager):
    daemon = start(cloud, ollama, env=manager.env)
    daemon.signal(signal.SIGTERM)
    assert manager.wait("STOPPING") == {"STOPPING": "1"}
    assert daemon.wait_exit() == 0


@pytest.mark.parametrize("ini", ["[retry]\nattempts = 2\n", "[retry]\nattempts = many\n"],
                         ids=["right", "wrong"])
def test_it_says_when_it_reloads_and_when_it_has(start, cloud, ollama, manager, ini):
    daemon = start(cloud, ollama, env=manager.env, ini="")
    manager.wait("READY")
    daemon.ini.write_text(ini)
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    daemon.signal(signal.SIGHUP)
    told = manager.wait("RELOADING")
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    # systemd ignores an instant that lies before its signal.
    assert told["RELOADING"] == "1" and before <= int(told["MONOTONIC_USEC"]) <= after + 1000
    manager.wait("READY")


def test_the_manager_may_listen_in_the_abstract_namespace(start, cloud, ollama):
    manager = Manager(f"@understudy-test-{os.getpid()}")
    start(cloud, ollama, env=manager.env)
    assert manager.wait("READY")
    manager.close()


def test_it_feeds_the_watchdog_twice_as_often_as_asked(start, cloud, ollama, manager):
    begun = time.monotonic()
    start(cloud, ollama, env={**manager.env, "WATCHDOG_USEC": str(int(200_000 * SLOW))})
    for _ in range(5):
        manager.wait("WATCHDOG=1")
    assert time.monotonic() - begun >= 4 * 0.1 * SLOW * 0.95
    gaps = len([m for m in manager.messages if m == "WATCHDOG=1"])
    assert gaps == 5


@pytest.mark.parametrize("workers", [1, 2])
def test_the_watchdog_is_fed_until_the_last_worker_has_ended(start, cloud, ollama, manager, workers):
    """Whichever worker has the stream: the others end, and it goes on."""
    for _ in range(4):
        gate = Gate()
        cloud.script(stream("one ", gate, "two"))
        daemon = start(cloud, ollama, {**LONG, "server.workers": workers},
                       env={**manager.env, "WATCHDOG_USEC": str(int(200_000 * SLOW))})
        client, answer = begin_stream(daemon, "one ")
        terminate(daemon)
        manager.wait("STOPPING")
        for _ in range(3):
            manager.wait("WATCHDOG=1")
        gate.open()
        client.finish(answer)
        assert answer.content == "one two" and daemon.wait_exit() == 0


def test_a_watchdog_of_another_process_is_not_fed(start, cloud, ollama, manager):
    daemon = start(cloud, ollama, env={**manager.env, "WATCHDOG_USEC": "2000", "WATCHDOG_PID": "1"})
    for _ in range(3):
        daemon.reload()
        manager.wait("RELOADING")
    assert not [m for m in manager.messages if m.startswith("WATCHDOG")]


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_a_second_signal_ends_it_whichever_worker_is_busy(start, cloud, ollama, workers):
    cloud.script(stream("one ", Gate(), "two"))
    for _ in range(6):
        daemon = start(cloud, ollama, {**LONG, "server.workers": workers})
        begin_stream(daemon, "one ")
        terminate(daemon)
        terminate(daemon, 2)
        assert daemon.wait_exit(5 * SLOW) == 0


def hold(tid):
    """Stops one thread, until it is let go."""
    ptrace(PTRACE_SEIZE, tid)
    ptrace(PTRACE_INTERRUPT, tid)
    os.waitpid(tid, WAIT_ALL)


can_hold = pytest.mark.skipif(os.geteuid() != 0 or SLOW > 1, reason="threads are held by ptrace: run it as root, "
                                                                    "without a sanitizer (make test)")


@can_hold
@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_hangs_stops_the_watchdog(start, cloud, ollama, manager, workers):
    daemon = start(cloud, ollama, {"server.workers": workers}, env={**manager.env, "WATCHDOG_USEC": "20000"})
    manager.wait("WATCHDOG=1")
    (*_, tid) = sorted(int(p.name) for p in Path(f"/proc/{daemon.pid}/task").iterdir())
    assert tid != daemon.pid
    hold(tid)
    try:
        for _ in range(3):  # what was on its way
            daemon.signal(signal.SIGHUP)
            manager.wait("RELOADING")
        before = len(manager.messages)
        for _ in range(10):  # the thread that feeds it turns, and has no reason to
            time.sleep(0.02)
            daemon.signal(signal.SIGHUP)
            manager.wait("RELOADING")
        fed = [m for m in manager.messages[before:] if m == "WATCHDOG=1"]
    finally:
        ptrace(PTRACE_DETACH, tid)
    assert not fed
    manager.wait("WATCHDOG=1")


@can_hold
@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_signal_ends_it_also_when_no_worker_turns(start, cloud, ollama, folder, switch, workers):
    daemon = start(cloud, ollama, {**LONG, "server.workers": workers,
                                   "server.listen": f"127.0.0.1:0, unix:{folder}/door"}, env=switch.env)
    assert switch.path.exists() and (folder / "door").exists()
    tasks = Path(f"/proc/{daemon.pid}/task")
    wait_until(lambda: len(list(tasks.iterdir())) == 1 + workers, "they are there")
    held_back = [int(p.name) for p in tasks.iterdir() if int(p.name) != daemon.pid]

    def at_rest():
        """All sleep, and none has been awake between two looks: none holds a lock."""
        looks = []
        for _ in range(2):
            looks.append([(tasks / str(tid) / "status").read_text() for tid in held_back])
            time.sleep(0.05)
        return looks[0] == looks[1] and all("State:\tS" in text for text in looks[0])

    wait_until(at_rest, "the workers wait for something to do")
    for tid in held_back:
        hold(tid)
    terminate(daemon)
    terminate(daemon, 2)
    daemon.wait_for_log(message="a worker does not end, and is left")
    for tid in held_back:  # who traces is told of each end
        os.waitpid(tid, WAIT_ALL)
    assert daemon.wait_exit() == 0
    assert not switch.path.exists() and not (folder / "door").exists()


# ---- what the process is to others


IN_CONTAINER = any(os.path.exists(p) for p in ("/.dockerenv", "/run/.containerenv",
                                               "/run/systemd/container"))


@pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed: run it as root")
@pytest.mark.parametrize("env, told", [({}, not IN_CONTAINER), ({"container": "podman"}, False)])
def test_root_is_told_once_and_in_a_container_not_at_all(start, cloud, ollama, env, told):
    daemon = start(cloud, ollama, env=env)
    daemon.chat()
    lines = daemon.log(event="root")
    assert [l["level"] for l in lines] == (["info"] if told else [])


CLOSED = "import os, sys\nfor fd in map(int, sys.argv[1]): os.close(fd)\nos.execv(sys.argv[2], sys.argv[2:])"


@pytest.mark.parametrize("closed", ["0", "1", "2", "01", "12", "012"])
def test_started_with_closed_descriptors_the_log_goes_nowhere_else(start, cloud, ollama, tmp_path,
                                                                   closed):
    usage, port = tmp_path / "usage.jsonl", free_port()
    # Nobody is asked, as nobody sees the log in which that would be counted.
    daemon = start(cloud, ollama, {"log.usage_file": str(usage), "log.level": "debug",
                                   "provider.openai.api_key": "", "route.priority": "openai",
                                   "server.listen": f"127.0.0.1:{port}"}, wait=False,
                   wrapper=[sys.executable, "-c", CLOSED, closed])
    daemon.address = ("127.0.0.1", port)
    wait_until(lambda: not is_refused(daemon), "it listens")
    assert daemon.chat().status == 503
    for fd in closed:
        assert os.readlink(f"/proc/{daemon.pid}/fd/{fd}") == "/dev/null"
    wait_until(lambda: usage.read_text().count("\n") == 1, "a line")
    assert json.loads(usage.read_text())["status"] == 503


# ---- socket activation

@pytest.fixture
def listening():
    made = []

    def listening(address=("127.0.0.1", 0)):
        sock = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
        made.append(sock)
        sock.bind(address)
        sock.listen(16)
        return sock

    yield listening
    for sock in made:
        sock.close()


@pytest.mark.sample
def test_a_passed_socket_wins_over_the_settings(start, cloud, ollama, listening):
    passed, other = listening(), listening()
    # In use: opening it would fail.
    daemon = start(cloud, ollama, {"server.listen": "127.0.0.1:%d" % other.getsockname()[1]},
                   **passing(passed))
    assert daemon.address == passed.getsockname()
    assert daemon.chat().content == "cloud heard: Hi"


def test_a_unix_and_an_inet_socket_are_passed(start, cloud, ollama, listening, tmp_path):
    inet, unix = listening(), listening(str(tmp_path / "s"))
    daemon = start(cloud, ollama, **passing(inet, unix))
    daemon.wait_for_log(event="listening", count=2)
    addresses = {l["address"] for l in daemon.log(event="listening")}
    assert addresses == {"127.0.0.1:%d" % inet.getsockname()[1], f"unix:{tmp_path}/s"}
    for address in (inet.getsockname(), str(tmp_path / "s")):
        with RawClient(address) as client:
            assert client.request("POST", CHAT, ASK).response().content == "cloud heard: Hi"
    terminate(daemon)
    assert daemon.wait_exit() == 0
    assert (tmp_path / "s").exists()  # it belongs to systemd


def test_sockets_meant_for_another_process_are_left_alone(start, cloud, ollama, listening):
    passed = listening()
    daemon = start(cloud, ollama, **passing(passed, pid="1"))
    assert daemon.address != passed.getsockname()
    assert daemon.get("/healthz").status == 200


def test_who_comes_while_it_restarts_waits_for_the_next(start, cloud, ollama, listening):
    passed, gate = listening(), Gate()
    cloud.script(held(gate, ok("the last of the first")), ok("the first of the second"))
    first = start(cloud, ollama, LONG, **passing(passed))
    running = send(first)
    cloud.wait_for_requests(1)
    terminate(first)
    with RawClient(passed.getsockname()) as client:
        client.request("POST", CHAT, ASK)
        gate.open()
        assert running.response().content == "the last of the first"
        assert first.wait_exit() == 0
        start(cloud, ollama, **passing(passed))
        assert client.response().content == "the first of the second"


NAKED = "is reachable from other machines and nobody has to show a token"


def test_a_passed_socket_is_not_served_to_the_network_without_tokens(start, cloud, ollama,
                                                                     listening):
    passed = listening(("0.0.0.0", 0))
    daemon = start(cloud, ollama, wait=False, **passing(passed))
    assert daemon.wait_exit() == 2 and NAKED in daemon.log_text()
    daemon.stop(code=2)


def test_tokens_stay_where_the_network_can_reach_what_is_passed(start, cloud, ollama, listening):
    passed, tokens = listening(("0.0.0.0", 0)), "[server]\ntokens = tok\n"
    daemon = start(cloud, ollama, ini=tokens, **passing(passed))
    daemon.address = ("127.0.0.1", daemon.address[1])
    daemon.ini.write_text("[server]\n")
    daemon.signal(signal.SIGHUP)
    assert "the old ones stay" in daemon.wait_for_log(event="reload")["message"]
    assert NAKED in daemon.log(event="settings")[0]["message"]
    assert daemon.get("/v1/models").status == 401
    daemon.ini.write_text("[server]\nallow_unauthenticated = yes\n")
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log(event="reloaded")
    wait_until(lambda: daemon.get("/v1/models").status == 200, "nobody needs a token")


def test_what_is_passed_must_listen(start, cloud, ollama, listening):
    client = socket.create_connection(listening().getsockname())
    daemon = start(cloud, ollama, wait=False, **passing(client))
    assert daemon.wait_exit() == 1
    assert "descriptor 3, passed in LISTEN_FDS, is not a listening" in daemon.log_text()
    daemon.stop(code=1)
    client.close()


# ---- SIGTERM


@pytest.mark.sample
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("streamed", [False, True])
def test_what_runs_is_finished_and_nobody_new_let_in(start, cloud, ollama, streamed, number):
    gate = Gate()
    cloud.script(stream("one ", gate, "two") if streamed else held(gate, ok("one two")))
    daemon = start(cloud, ollama, LONG)
    idle = daemon.connect()
    assert idle.request("GET", "/v1/models").response("GET").status == 200
    client = send(daemon, stream=streamed)
    gate.wait_reached()
    daemon.signal(number)
    daemon.wait_for_log(event="stopping")
    assert idle.at_end()
    wait_until(lambda: is_refused(daemon), "new connections are refused")
    assert daemon.process.poll() is None
    gate.open()
    answer = client.response()
    assert answer.complete and answer.content == "one two"
    assert not streamed or answer.events[-1] == "[DONE]"
    assert daemon.wait_exit() == 0


def test_a_prober_reads_503_on_its_kept_connection_while_others_are_finished(start, cloud, ollama):
    gate = Gate()
    cloud.script(held(gate, ok("late")))
    daemon = start(cloud, ollama, LONG)
    probers = [daemon.connect() for _ in range(2)]
    for prober, path in zip(probers, ("/readyz", "/healthz")):
        assert prober.request("GET", path).response("GET").status == 200
    client = send(daemon)
    gate.wait_reached()
    terminate(daemon)
    wait_until(lambda: is_refused(daemon), "new connections are refused")
    answer = probers[0].request("GET", "/readyz").response("GET")
    assert (answer.status, answer.header("connection")) == (503, "close")
    gate.open()
    assert client.response().content == "late"
    assert probers[1].at_end() and daemon.wait_exit() == 0


def test_a_fallback_that_runs_is_finished(start, cloud, ollama):
    gate = Gate()
    cloud.script(held(gate, status(503)))
    daemon = start(cloud, ollama, LONG)
    client = send(daemon)
    gate.wait_reached()
    terminate(daemon)
    gate.open()
    assert client.response().content == "ollama heard: Hi"
    assert daemon.waits() == [10, 20] and daemon.wait_exit() == 0


def test_a_request_of_which_half_has_come_is_answered(start, cloud, ollama):
    daemon = start(cloud, ollama, LONG)
    ready, chat = daemon.connect(), daemon.connect()
    ready.send(b"GET /readyz HTTP/1.1\r\nHost: loc")
    body = json.dumps(ASK).encode()
    chat.send(b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
              b"Content-Length: %d\r\n\r\n" % (CHAT.encode(), len(body)) + body[:10])
    assert daemon.get("/readyz").status == 200
    terminate(daemon)
    wait_until(lambda: is_refused(daemon), "new connections are refused")
    ready.send(b"alhost\r\n\r\n")
    chat.send(body[10:])
    assert ready.response("GET").status == 503
    answer = chat.response()
    assert answer.content == "cloud heard: Hi" and answer.header("connection") == "close"
    assert daemon.wait_exit() == 0


@pytest.mark.parametrize("workers", [1, 3])
def test_who_came_before_the_signal_is_answered(start, cloud, ollama, workers):
    daemon = start(cloud, ollama, {**LONG, "server.workers": workers})
    daemon.signal(signal.SIGSTOP)
    clients = [send(daemon) for _ in range(5)]
    daemon.signal(signal.SIGTERM)
    daemon.signal(signal.SIGCONT)
    assert [c.response().status for c in clients] == [200] * 5
    assert daemon.wait_exit() == 0


@pytest.mark.parametrize("workers", [1, 3])
def test_an_idle_daemon_ends_at_once(start, cloud, ollama, workers):
    daemon = start(cloud, ollama, {**LONG, "server.workers": workers})
    idle = [daemon.connect() for _ in range(8)]
    for client in idle:
        assert client.request("GET", "/healthz").response("GET").status == 200
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    assert all(client.at_end() for client in idle)


def test_a_stream_that_outlasts_the_drain_ends_with_an_error(start, cloud, ollama):
    gate = Gate()
    cloud.script(stream("one", gate))
    daemon = start(cloud, ollama, BRIEF)
    client, answer = begin_stream(daemon, '"one"')
    begun = time.monotonic()
    terminate(daemon)
    client.finish(answer)
    assert answer.content == "one" and "[DONE]" not in answer.events and not answer.complete
    assert answer.events[-1]["error"]["code"] == "stream_incomplete"
    assert daemon.wait_exit() == 0
    assert time.monotonic() - begun >= 0.14
    assert cloud.chats[0].hung_up.wait(PATIENCE)


def test_a_whole_answer_that_outlasts_the_drain_gets_503(start, cloud, ollama):
    cloud.script(silent())
    daemon = start(cloud, ollama, BRIEF)
    client = send(daemon)
    cloud.wait_for_requests(1)
    terminate(daemon)
    answer = client.response()
    assert (answer.status, answer.header("retry-after")) == (503, "1")
    assert answer.error["type"] == "shutting_down" and answer.complete
    assert daemon.wait_exit() == 0


def test_who_waits_in_back_off_beyond_the_drain_gets_503(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {**BRIEF, "retry.min_wait": "10s", "retry.max_wait": "10s"})
    clients = [send(daemon) for _ in range(4)]
    daemon.wait_for_log(event="retry", count=4)
    terminate(daemon)
    for client in clients:
        answer = client.response()
        assert (answer.status, answer.header("x-should-retry")) == (503, "false")
    assert daemon.wait_exit() == 0 and len(cloud.chats) == 4 and ollama.chats == []


def test_who_waits_for_a_place_beyond_the_drain_gets_503(start, cloud, ollama):
    cloud.script(silent())
    daemon = start(cloud, ollama, {**BRIEF, "provider.openai.max_inflight": "1"})
    clients = [send(daemon)]
    cloud.wait_for_requests(1)
    clients.append(send(daemon))
    wait_until(lambda: daemon.metric("inflight") == 2, "both have come")
    terminate(daemon)
    assert [c.response().status for c in clients] == [503, 503]
    assert daemon.wait_exit() == 0 and len(cloud.chats) == 1


@pytest.mark.parametrize("count", [1, 2])
def test_readers_that_do_not_read_do_not_hold_it_up(start, cloud, ollama, count):
    """Their connections are suspended, which the HTTP library must not be stopped with."""
    cloud.script(endless(1 << 30))
    daemon = start(cloud, ollama, BRIEF if count == 1 else LONG)
    for _ in range(10):
        begin_stream(daemon, "xxx")
    wait_until(lambda: stalled(cloud.chats), "the readers are full", PATIENCE)
    terminate(daemon)
    if count == 2:
        terminate(daemon, 2)
    assert daemon.wait_exit() == 0


def stalled(requests):
    """Nothing has moved for a while."""
    before = [q.sent for q in requests]
    time.sleep(0.05 * SLOW)
    return len(before) == 10 and before == [q.sent for q in requests]


@pytest.mark.sample
def test_a_second_signal_ends_it_at_once(start, cloud, ollama):
    gate = Gate()
    cloud.script(stream("one", gate), silent())
    daemon = start(cloud, ollama, LONG)
    client, answer = begin_stream(daemon, '"one"')
    whole = send(daemon)
    cloud.wait_for_requests(2)
    terminate(daemon)
    (line,) = daemon.log(event="stopping")
    assert line["message"] == "running answers may finish; another signal ends them"
    daemon.signal(signal.SIGTERM)
    assert daemon.wait_exit() == 0
    client.finish(answer)
    assert "[DONE]" not in answer.events
    with pytest.raises(ConnectionError):
        whole.response()


# ---- SIGHUP


def ini_for(cloud, ollama, key="sk-old", attempts=2, more=""):
    return f"""
[retry]
attempts = {attempts}
min_wait = 10ms
max_wait = 10ms
jitter = 0

[provider openai]
base_url = {cloud.url}/v1
api_key = {key}

[provider ollama]
base_url = {ollama.url}
{more}"""


def from_file(start, cloud, ollama, settings=None, env=None, **more):
    """A daemon whose providers stand in its file only."""
    unset = {"provider.openai.base_url": None, "provider.openai.api_key": None,
             "provider.ollama.base_url": None}
    return start(cloud, ollama, {**unset, **(settings or {})}, fast=False, env=env,
                 ini=ini_for(cloud, ollama, **more))


def keys(cloud):
    return [q.header("authorization").removeprefix("Bearer ") for q in cloud.chats]


@pytest.mark.sample
def test_a_reload_is_for_new_requests_only(start, cloud, ollama):
    gate = Gate()
    cloud.script(held(gate, status(503)), status(503))
    daemon = from_file(start, cloud, ollama)
    client = send(daemon)
    gate.wait_reached()
    daemon.reload(ini_for(cloud, ollama, key="sk-new", attempts=1))
    gate.open()
    assert client.response().header("x-understudy-attempts") == "openai=2, ollama=1"
    assert daemon.chat().header("x-understudy-attempts") == "openai=1, ollama=1"
    assert keys(cloud) == ["sk-old", "sk-old", "sk-new"]


def test_an_open_breaker_stays_open_over_a_reload(start, cloud, ollama):
    cloud.script(status(503))
    breaker = "[breaker]\nfailures = 2\nopen_for = 10m\n"
    daemon = from_file(start, cloud, ollama, more=breaker)
    assert daemon.chat().header("x-understudy-fallback") == "server"
    assert daemon.metric("breaker_state", provider="openai") == 2
    daemon.reload(ini_for(cloud, ollama, key="sk-new", more=breaker))
    assert daemon.metric("breaker_state", provider="openai") == 2
    assert daemon.chat().header("x-understudy-fallback") == "skipped-breaker"
    assert keys(cloud) == ["sk-old"] * 2


@pytest.mark.parametrize("broken, says", [
    ("[retry]\nattempts = many\n", ":2: [retry] attempts"),
    ("[retry]\natempts = 2\n", ":2: unknown"),
    ("[retry]\nattempts = 2\nattempts = 3\n", ":3: "),
    ("[nonsense]\nx = 1\n", ":1: "),
    ("[retry]\n" + "x" * 5000 + "\n", ":2: "),
])
def test_a_broken_file_changes_nothing_and_is_told_with_its_line(start, cloud, ollama, broken,
                                                                 says):
    cloud.script(status(503))
    daemon = from_file(start, cloud, ollama)
    daemon.reload(broken, event="reload")
    assert daemon.log(event="reload")[0]["message"] == "the settings are wrong: the old ones stay"
    assert [l for l in daemon.log(event="settings") if f"{daemon.ini}{says}" in l["message"]], \
        daemon.log_text()
    assert daemon.chat().header("x-understudy-attempts") == "openai=2, ollama=1"
    assert keys(cloud) == ["sk-old"] * 2
    daemon.reload(ini_for(cloud, ollama, attempts=1))
    assert daemon.chat().header("x-understudy-attempts") == "openai=1, ollama=1"


def test_a_file_that_is_gone_changes_nothing(start, cloud, ollama):
    daemon = from_file(start, cloud, ollama)
    daemon.ini.unlink()
    daemon.reload(event="reload")
    assert daemon.chat().content == "cloud heard: Hi"


@pytest.mark.parametrize("left, says", [
    ("", "the settings file has lost all its settings"),
    ("; cut\n[retry]\n", "the settings file has lost all its settings"),
    ("[retry]\nattempts = 2\n", "all tokens are gone"),
])
def test_what_is_left_of_a_file_does_not_open_the_door(start, cloud, ollama, left, says):
    token = {"x-api-key": "tok-1"}
    daemon = from_file(start, cloud, ollama, more="[server]\ntokens = tok-1\n")
    daemon.reload(left, event="reload")
    assert says in daemon.log(event="settings", level="error")[-1]["message"]
    assert daemon.log(event="reload")[-1]["message"] == "the settings are wrong: the old ones stay"
    assert daemon.post(CHAT, ASK).status == 401
    assert daemon.post(CHAT, ASK, token).status == 200
    # Said in so many words it is taken.
    daemon.reload(ini_for(cloud, ollama, more="[server]\nallow_unauthenticated = yes\n"))
    assert daemon.post(CHAT, ASK).status == 200


@pytest.mark.parametrize("kind", ["fifo", "directory", "device"])
def test_a_settings_file_that_is_none_holds_nothing_up(start, cloud, ollama, kind):
    daemon = from_file(start, cloud, ollama)
    daemon.ini.unlink()
    if kind == "fifo":
        os.mkfifo(daemon.ini)
    elif kind == "directory":
        daemon.ini.mkdir()
    else:
        daemon.ini.symlink_to("/dev/zero")
    daemon.reload(event="reload")
    says = "Is a directory" if kind == "directory" else "not a regular file"
    assert says in daemon.log(event="settings")[-1]["message"]
    assert daemon.chat().content == "cloud heard: Hi"
    again = start(cloud, ollama, args=("-c", str(daemon.ini)), wait=False)
    assert again.wait_exit() == 2 and says in again.log_text()
    again.stop(2)


def test_a_fifo_of_certificates_is_refused_before_it_is_waited_for(start, cloud, ollama, tmp_path):
    os.mkfifo(tmp_path / "ca.pem")
    daemon = from_file(start, cloud, ollama)
    daemon.reload(ini_for(cloud, ollama, more=f"ca_file = {tmp_path}/ca.pem\n"), event="reload")
    assert "ca.pem is not a regular file" in daemon.log(event="settings")[-1]["message"]
    assert daemon.chat().content == "cloud heard: Hi"


def test_the_usage_file_is_opened_anew_also_when_the_settings_are_wrong(start, cloud, ollama):
    daemon = from_file(start, cloud, ollama, more="[log]\nusage_file = usage.jsonl\n")
    usage = daemon.folder / "usage.jsonl"
    usage.rename(daemon.folder / "old.jsonl")
    daemon.reload("[retry]\nattempts = many\n", event="reload")
    wait_until(usage.exists, "a new file")


def test_reloads_under_load_drop_nothing(start, cloud, ollama):
    """On connections that stay open, and with streams that run across the reloads."""
    gate = Gate()
    cloud.script(stream("one ", gate, "two"), ok("whole"))
    daemon = from_file(start, cloud, ollama, {"server.workers": "2"})
    long_one, long_answer = begin_stream(daemon, "one ")
    failures, served, stop = [], [0] * 3, threading.Event()

    def load(i):
        with RawClient(daemon.address) as client:
            while not stop.is_set():
                answer = client.request("POST", CHAT, ASK).response()
                served[i] += 1
                if answer.status != 200 or answer.content != "whole":
                    failures.append(answer)

    def run(i):
        try:
            load(i)
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for i in range(20):
        daemon.reload(ini_for(cloud, ollama, key=f"sk-{i}", attempts=1 + i % 3))
    wait_until(lambda: min(served) > 20, "all are served")
    stop.set()
    for thread in threads:
        thread.join()
    gate.open()
    long_one.finish(long_answer)
    assert failures == [] and long_answer.complete and long_answer.content == "one two"


def test_a_changed_listen_is_told_and_kept_for_the_next_start(start, cloud, ollama):
    daemon = from_file(start, cloud, ollama, {"server.listen": None, "server.workers": None},
                       more="[server]\nlisten = 127.0.0.1:0\n")
    address = daemon.address
    changed = "[server]\nlisten = 127.0.0.1:0, [::1]:0\nworkers = 2\n"
    told = daemon.reload(ini_for(cloud, ollama, more=changed), event="reload")
    assert told["text"].count("server.listen") == 1 and "next start" in told["message"]
    daemon.wait_for_log(event="reloaded")
    assert daemon.address == address and daemon.chat().status == 200
    assert len(daemon.log(event="listening")) == 1


def test_the_level_of_the_log_is_reloaded(start, cloud, ollama):
    daemon = from_file(start, cloud, ollama)
    daemon.reload(ini_for(cloud, ollama, more="[log]\nformat = json\n"))
    daemon.chat()
    assert daemon.exchange()["text"].startswith("{")


# ---- secrets, ports


def test_a_key_comes_from_the_credentials_directory(start, cloud, ollama, tmp_path):
    (tmp_path / "cloud-key").write_text("sk-credential\n")
    (tmp_path / "cloud-key").chmod(0o440)  # as systemd shows a file with an ACL
    daemon = from_file(start, cloud, ollama, key="credential:cloud-key",
                       env={"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert daemon.chat().status == 200
    assert keys(cloud) == ["sk-credential"]


def test_the_shipped_unit_serves_without_a_key(start, cloud, ollama, tmp_path):
    unit = (ROOT / "systemd/understudy.service").read_text()
    (name, content), = re.findall(r"^SetCredential=([\w-]+):(.*)$", unit, re.M)
    (variable, value), = re.findall(r"^Environment=(\w+)=(.*)$", unit, re.M)
    (tmp_path / name).write_text(content.encode().decode("unicode_escape"))
    (tmp_path / name).chmod(0o440)
    daemon = start(cloud, ollama, {"provider.openai.api_key": None},
                   env={"CREDENTIALS_DIRECTORY": str(tmp_path), variable: value})
    assert daemon.chat(headers={"authorization": "Bearer sk-app"}).status == 200
    assert keys(cloud) == ["sk-app"]


def test_a_key_comes_from_a_file_and_is_read_again_at_a_reload(start, cloud, ollama, tmp_path):
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text("sk-first\n")
    daemon = from_file(start, cloud, ollama, key=f"file:{path}")
    daemon.chat()
    path.write_text("sk-second\n")
    daemon.reload()
    daemon.chat()
    assert keys(cloud) == ["sk-first", "sk-second"]
    assert "sk-" not in daemon.log_text()


@pytest.mark.parametrize("mode, says", [(0o644, "chmod 600"), (0o604, "chmod 600"),
                                        (None, "there is no such file")])
def test_a_key_that_others_can_read_is_refused(start, cloud, ollama, tmp_path, mode, says):
    path = tmp_path / "key"
    if mode:
        path.write_text("sk-open\n")
        path.chmod(mode)
    daemon = start(cloud, ollama, {"provider.openai.api_key": f"file:{path}"}, wait=False)
    assert daemon.wait_exit() == 2
    assert says in daemon.log_text() and str(path) in daemon.log_text()
    assert "sk-open" not in daemon.log_text()
    daemon.stop(code=2)


def test_a_credential_without_systemd_is_refused(start, cloud, ollama):
    daemon = start(cloud, ollama, {"provider.openai.api_key": "credential:x"}, wait=False)
    assert daemon.wait_exit() == 2
    assert "CREDENTIALS_DIRECTORY" in daemon.log_text()
    daemon.stop(code=2)


def test_a_port_in_use_ends_it_with_one_clear_line(start, cloud, ollama, listening, manager):
    port = listening().getsockname()[1]
    daemon = start(cloud, ollama, {"server.listen": f"127.0.0.1:{port}"}, wait=False,
                   env=manager.env)
    assert daemon.wait_exit() == 1
    (line,) = daemon.log()
    assert line["message"] == f"cannot listen on 127.0.0.1 port {port}: another process listens " \
        f"there; stop it or set [server] listen (it is python, process {os.getpid()})"
    daemon.stop(code=1)
