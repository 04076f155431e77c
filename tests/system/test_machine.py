"""What the machine does to the daemon: no descriptors, no room on a disk, a log that nobody reads, a
clock that is set, calls that are interrupted, no name server. FAULTS R11, R13, R15, R17, R18."""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from daemon import BINARY, PATIENCE, SLOW, wait_until
from ledger import both, from_cloud, from_ollama, truth
from sim import Gate
from sim.cloud import held, ok, status, stream
from sim.net import free_port
from sim.world import Calls, Clock

CHAT = "/v1/chat/completions"
ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}


def start_blind(start, cloud, ollama, wrapper, settings=None, **more):
    """A daemon whose log does not come here, with that wrapper."""
    port, start.unsent = free_port(), None  # the log is a part of the books
    daemon = start(cloud, ollama, {"server.listen": f"127.0.0.1:{port}", **(settings or {})},
                   wrapper=wrapper, wait=False, **more)
    daemon.address = ("127.0.0.1", port)

    def listens():
        assert daemon.process.poll() is None, daemon.log_text()
        try:
            return daemon.get("/healthz").status == 200
        except OSError:
            return False

    wait_until(listens, "it listens")
    return daemon


# ---- descriptors


@pytest.mark.parametrize("limit", [32, 64])
def test_few_descriptors(start, cloud, ollama, limit):
    """Who is let in is served, who is not is told, health is told to all; and it does not spin."""
    start.unsent = None
    daemon = start(cloud, ollama, {"server.header_timeout": "1h"},
                   wrapper=["prlimit", f"--nofile={limit}:{limit}"])
    daemon.get("/v1/models")
    assert daemon.chat().header("x-understudy-provider") == "openai"
    silent = [daemon.connect() for _ in range(100)]
    daemon.wait_for_log(event="accept")
    answers = [daemon.post(CHAT, ASK) for _ in range(20)]
    assert {a.status for a in answers} <= {200, 503} and all(a.complete for a in answers)
    assert all(a.header("retry-after") == "1" for a in answers if a.status == 503)
    assert daemon.get("/healthz").status in (200, 503)
    before = cpu_seconds(daemon)
    time.sleep(0.5)
    assert cpu_seconds(daemon) - before < 0.25 * SLOW, "it spins"
    for client in silent:
        client.close()
    wait_until(lambda: daemon.chat().header("x-understudy-provider") == "openai", "it serves again")


def cpu_seconds(daemon):
    cells = Path(f"/proc/{daemon.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(cells[11]) + int(cells[12])) / os.sysconf("SC_CLK_TCK")


# ---- where its words go

STDERR = "import os, sys; os.dup2(int(sys.argv[1]), 2); os.execv(sys.argv[2], sys.argv[2:])"


def onto(fd):
    return {"wrapper": [sys.executable, "-c", STDERR, str(fd)], "pass_fds": [fd]}


def fill(fd):
    """Writes until it would block, and leaves it as it was."""
    os.set_blocking(fd, False)
    try:
        while True:
            os.write(fd, b"." * 4096)
    except BlockingIOError:
        os.set_blocking(fd, True)


def serves(daemon, count=5):
    for i in range(count):
        assert daemon.chat(stream=i % 2 == 0).content == "cloud heard: Hi"
    return daemon.metric("log_dropped_total")


def test_a_log_that_nobody_reads_holds_nothing_up(start, cloud, ollama):
    reader, writer = os.pipe()
    try:
        fill(writer)
        daemon = start_blind(start, cloud, ollama, **onto(writer))
        lost = serves(daemon)
        assert lost > 5 and os.get_blocking(writer), "a flag that others share was changed"
        os.set_blocking(reader, False)
        wait_until(lambda: read_all(reader) == b"", "it is empty")
        # Although there is nothing else to say.
        told = wait_until(lambda: read_all(reader), "it is written to again").decode()
        assert f"event=log_dropped lines={int(lost)}" in told.splitlines()[0], told
    finally:
        os.close(reader)
        os.close(writer)


def read_all(fd):
    found = b""
    try:
        while piece := os.read(fd, 65536):
            found += piece
    except BlockingIOError:
        pass
    return found


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_journal_is_told_how_grave_each_line_is(start, cloud, ollama, form):
    """In a line of JSON its member says so: it stays one object."""
    journal, ours = socket.socketpair()
    at = os.fstat(ours.fileno())
    cloud.script(status(401))
    daemon = start_blind(start, cloud, ollama, **onto(ours.fileno()), settings={"log.format": form},
                         env={"JOURNAL_STREAM": f"{at.st_dev}:{at.st_ino}"})
    daemon.chat()
    ours.close()
    daemon.stop()
    text = b"".join(iter(lambda: journal.recv(65536), b"")).decode()
    journal.close()
    lines = text.splitlines()
    for event, level, priority in (("auth", "error", 3), ("fallback", "warning", 4), ("exchange", "info", 6)):
        (line,) = [l for l in lines if re.search(rf'event"?[=:]"?{event}\b', l)]
        if form == "text":
            assert line.startswith(f"<{priority}>level={level} event="), line
        else:
            assert json.loads(line)["level"] == level
    assert form == "json" or all(re.match("<[3-7]>", l) for l in lines)


SETTINGS = [("<3>understudy: -s retry.attempts", ["-s", "retry.attempts=x"]),
            ("<4>understudy: warning: -s provider.openai.api_key", ["-s", "provider.openai.api_key=sk-1", "config"]),
            ("<3>understudy: ", ["--no-such-option"])]


@pytest.mark.parametrize("begins, words", SETTINGS, ids=["an error", "a warning", "the command line"])
def test_the_journal_is_told_how_grave_it_is_before_there_is_a_log(begins, words):
    journal, ours = socket.socketpair()
    at = os.fstat(ours.fileno())
    subprocess.run([BINARY, *words], stdout=subprocess.DEVNULL, stderr=ours, timeout=PATIENCE,
                   env={"JOURNAL_STREAM": f"{at.st_dev}:{at.st_ino}", "HOME": "/nowhere"})
    ours.close()
    said = b"".join(iter(lambda: journal.recv(65536), b"")).decode()
    journal.close()
    assert any(line.startswith(begins) for line in said.splitlines()), said
    again = subprocess.run([BINARY, *words], capture_output=True, text=True, timeout=PATIENCE, env={"HOME": "/nowhere"})
    assert again.stderr.startswith("understudy: ")


def test_a_log_onto_a_full_disk_holds_nothing_up(start, cloud, ollama):
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        assert serves(start_blind(start, cloud, ollama, **onto(full))) > 5
    finally:
        os.close(full)


SMALL_DISK = 'mount -t tmpfs -o size=64k none "$0" && exec "$@" 2>"$0/log"'
UNSHARE = ["unshare", "-m", "sh", "-c"]
needs_mounts = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("unshare") or
    subprocess.run([*UNSHARE, "mount -t tmpfs none /mnt"], capture_output=True).returncode != 0,
    reason="mounts of its own are needed: run it as root, with unshare")


@needs_mounts
def test_a_disk_that_fills_up_tears_no_line_that_comes_later(start, cloud, ollama, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    daemon = start_blind(start, cloud, ollama, [*UNSHARE, SMALL_DISK, str(disk)],
                         {"log.usage_file": disk / "usage.jsonl"})
    seen = Path(f"/proc/{daemon.pid}/root/{disk}")  # its own mounts
    (seen / "ballast").touch()
    while os.statvfs(seen).f_bavail > 1:
        with open(seen / "ballast", "ab") as ballast:
            ballast.write(b"." * os.statvfs(seen).f_bsize)
    lost = serves(daemon, 30)
    assert lost > 0 and os.statvfs(seen).f_bavail == 0
    (seen / "ballast").unlink()
    assert serves(daemon, 2) == lost
    wait_until(lambda: (seen / "usage.jsonl").read_text().endswith("\n"), "a whole line")
    last = (seen / "usage.jsonl").read_text().splitlines()[-2:]
    assert [json.loads(line)["status"] for line in last] == [200, 200]
    lines = (seen / "log").read_text().splitlines()
    assert [l for l in lines[-4:] if not l.startswith("20")] == []
    assert any("event=log_dropped" in l for l in lines)


# ---- the clock on the wall


@pytest.mark.parametrize("hours", [-1, 24])
def test_a_clock_that_is_set_ends_nothing(start, cloud, ollama, tmp_path, hours):
    """Neither a stream, nor a wait, nor an answer that is waited for."""
    clock, gate, second = Clock(tmp_path), Gate(), Gate()
    cloud.script(stream("a", gate, "b"), status(503, [("Retry-After", "1")]), held(second, ok("late")))
    daemon = start(cloud, ollama, {"provider.openai.idle_timeout": "60s", "route.hedge_after": "off",
                                   "provider.openai.first_byte_timeout": "60s", "retry.max_wait": "5s"},
                   env=clock.env)
    streaming, waiting = daemon.connect(), daemon.connect()
    streaming.request("POST", CHAT, {**ASK, "stream": True})
    cloud.wait_for(lambda: len(cloud.chats) == 1 and cloud.chats[0].sent > 0, what="it has begun")
    waiting.request("POST", CHAT, ASK)
    daemon.wait_for_log(event="retry")
    clock.turn(hours * 3600)
    assert daemon.get("/healthz").status == 200
    cloud.wait_for_requests(3, CHAT)
    clock.turn(-2 * hours * 3600)
    assert daemon.get("/status.json").json["uptime_ms"] < 3600_000
    gate.open()
    second.open()
    answer = streaming.response()
    assert answer.content == "ab" and answer.events[-1] == "[DONE]"
    answer = waiting.response()
    assert answer.content == "late" and truth(answer) == from_cloud("openai=2")
    assert daemon.log(event="fallback") == []
    days = {line["text"][:10] for line in daemon.log() if line["text"].startswith("20")}
    assert len(days) > 1 or hours == -1, "the clock was not set"


# ---- calls that do less than they were asked for


def test_interrupted_and_short_calls_change_nothing(start, cloud, ollama, tmp_path):
    calls, long = Calls(tmp_path), "w" * 200000
    cloud.script(ok("whole"), stream("a", "b"), ok(long), ok(long), status(503), ok("again"), status(400))
    daemon = start(cloud, ollama, {"server.workers": "2", "retry.attempts": "2"}, env=calls.env,
                   ini="[breaker]\nfailures = 0\n")
    assert daemon.chat().content == "whole"
    assert daemon.chat(stream=True).content == "ab"
    assert daemon.chat(long).content == long == daemon.chat(long, stream=True).content
    assert cloud.chats[-1].json["messages"][0]["content"] == long
    assert truth(daemon.chat()) == from_cloud("openai=2")
    assert daemon.chat().status == 400
    cloud.script(status(503))
    assert daemon.chat(long).content == f"ollama heard: {long}"
    daemon.reload()
    assert daemon.chat(stream=True).content == "ollama heard: Hi"
    assert daemon.get("/v1/models").status == 200 and daemon.get("/metrics").complete
    assert calls.count() > 200


def test_a_storm_of_stops_changes_nothing(start, cloud, ollama):
    """Each interrupts the wait for events (signal(7))."""
    gate = Gate()
    cloud.script(stream("a", gate, "b"))
    daemon = start(cloud, ollama, {"server.workers": "2"})
    client = daemon.connect()
    client.request("POST", CHAT, {**ASK, "stream": True})
    cloud.wait_for(lambda: cloud.chats and cloud.chats[0].sent > 0, what="it has begun")
    for _ in range(200):
        daemon.signal(signal.SIGSTOP)
        daemon.signal(signal.SIGCONT)
    gate.open()
    assert client.response().content == "ab"
    assert daemon.log(event="fallback") == [] and daemon.log(event="stream_incomplete") == []


# ---- no name server

NO_RESOLV_CONF = 'mount -t tmpfs none /etc && echo "127.0.0.1 localhost" >/etc/hosts && exec "$@"'


@needs_mounts
@both
def test_without_a_resolv_conf_it_is_a_network_failure(start, cloud, ollama, streamed):
    start.unsent = None
    daemon = start("http://cloud.test", ollama, {"retry.attempts": 2},
                   wrapper=[*UNSHARE, NO_RESOLV_CONF, "sh"])
    answer = daemon.chat(stream=streamed)
    assert answer.content == "ollama heard: Hi"
    assert truth(answer) == from_ollama("openai=2, ollama=1", "network")
    # Names of /etc/hosts are found.
    daemon = start(cloud.url.replace("127.0.0.1", "localhost"), ollama, wrapper=[*UNSHARE, NO_RESOLV_CONF, "sh"])
    assert daemon.chat(stream=streamed).content == "cloud heard: Hi"
