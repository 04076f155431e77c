"""`understudy watch`: what happens at the running daemon, a line an event."""
import json
import os
import re
import signal
import subprocess

import pytest

from daemon import BINARY, PATIENCE
from sim import Gate
from sim.cloud import ok, status, stream


class Watch:
    """The command, while it runs."""

    def __init__(self, switch, *words, stdout=subprocess.PIPE):
        self.process = subprocess.Popen([BINARY, "watch", *words], env={**switch.env, "TZ": "UTC"},
                                        stdout=stdout, stderr=subprocess.PIPE, text=True)

    def line(self):
        """The next one, without the clock at its beginning."""
        return re.sub(r"^\d\d:\d\d:\d\d ", "", self.process.stdout.readline())

    def end(self):
        """Its exit status, and what it said on standard error."""
        _, err = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, err


@pytest.fixture
def watch(switch):
    started = []

    def begin(*words, **more):
        started.append(Watch(switch, *words, **more))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


@pytest.mark.sample
def test_each_exchange_is_a_line(start, cloud, ollama, switch, watch):
    cloud.script(ok("fine"), status(503))
    daemon = start(cloud, ollama, {"retry.attempts": 1}, env=switch.env)
    seen = watch()
    assert seen.line() == f"daemon: serving on 127.0.0.1:{daemon.address[1]}\n"
    daemon.chat("the-content")
    assert re.fullmatch(r"200 gpt-4 by openai in [\d.]+ m?s \d+\+\d+ tokens\n", seen.line())
    daemon.chat("the-content")
    line = seen.line()
    assert line.startswith("200 gpt-4 by ollama ministral-3:3b after server in ")
    assert "(openai=1, ollama=1)" in line and "the-content" not in line and "\033" not in line


def test_only_fallbacks_as_json(start, cloud, ollama, switch, watch):
    cloud.script(ok("fine"), status(503))
    daemon = start(cloud, ollama, {"retry.attempts": 1}, env=switch.env)
    seen, everything = watch("--fallbacks", "--json"), watch("--json")
    assert "standing" in json.loads(everything.line())
    daemon.chat()
    assert json.loads(everything.line())["exchange"]["fallback"] is None
    answer = daemon.chat()
    told = json.loads(seen.line())["exchange"]
    assert told["id"] == answer.header("x-understudy-id") and told["fallback"] == "server"
    assert told == daemon.get("/status.json").json["exchanges"][0]


def test_what_is_going_on_is_told(start, cloud, ollama, switch, watch):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"breaker.failures": 1, "retry.attempts": 1}, env=switch.env)
    seen = watch()
    seen.line()
    daemon.chat()
    lines = [seen.line(), seen.line()]
    assert [l for l in lines if re.fullmatch(
        r"daemon: serving; openai fails since \d\d:\d\d, Ollama answers\n", l)], lines


def test_it_says_when_the_daemon_goes(start, cloud, ollama, switch, watch):
    daemon = start(cloud, ollama, env=switch.env)
    seen = watch()
    seen.line()
    daemon.stop()
    assert seen.end() == (1, "understudy: watch: the daemon has gone\n")


def test_without_a_daemon_it_says_where_it_looked(watch):
    code, said = watch().end()
    assert code == 1 and "no daemon listens at $XDG_RUNTIME_DIR/understudy/control" in said


def test_it_ends_with_its_reader(start, cloud, ollama, switch, watch):
    """`understudy watch | head -1`, also while nothing happens."""
    start(cloud, ollama, env=switch.env)
    reads, writes = os.pipe()
    seen = watch(stdout=writes)
    os.close(writes)
    assert b"serving" in os.read(reads, 1000)
    os.close(reads)
    assert seen.end() == (0, "")


def test_several_watch_and_none_holds_the_daemon_up(start, cloud, ollama, switch, watch):
    cloud.script(ok("fine"))
    daemon = start(cloud, ollama, {"server.workers": 2}, env=switch.env)
    stopped, others = watch("--json"), [watch("--json") for _ in range(5)]
    for one in [stopped, *others]:
        one.line()
    os.kill(stopped.process.pid, signal.SIGSTOP)
    ids = {daemon.chat().header("x-understudy-id") for _ in range(100)}
    for one in others:
        assert {json.loads(one.line())["exchange"]["id"] for _ in range(100)} == ids
    os.kill(stopped.process.pid, signal.SIGCONT)
    assert {json.loads(stopped.line())["exchange"]["id"] for _ in range(100)} == ids


def test_a_wrong_option_is_told(watch):
    code, said = watch("--fallback").end()
    assert code == 2 and "--fallbacks" in said


@pytest.mark.parametrize("where, why", [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor"),
                                        (">a-file", "File too large")])
def test_what_cannot_be_written_is_a_fault(start, cloud, ollama, switch, tmp_path, where, why):
    start(cloud, ollama, env=switch.env)
    done = subprocess.run(["sh", "-c", f'trap "" XFSZ; ulimit -f 0; exec "$0" watch {where}', BINARY], cwd=tmp_path, env=switch.env,
                          stderr=subprocess.PIPE, text=True, timeout=PATIENCE)
    said, *by_gcov = done.stderr.splitlines()  # whose files cannot be written, either
    assert (done.returncode, said) == (1, f"understudy: standard output cannot be written ({why})")
    assert all("gcov" in line for line in by_gcov)


def test_what_ends_in_the_drain_is_told(start, cloud, ollama, switch, watch):
    gate = Gate()
    cloud.script(stream("one", gate, "two"))
    daemon = start(cloud, ollama, env=switch.env)
    seen = watch("--json")
    seen.line()
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions", {"model": "gpt-4", "messages": [], "stream": True})
    client.read_until(client.head(), '"one"')
    daemon.signal(signal.SIGTERM)
    daemon.wait_for_log(event="stopping")
    gate.open()
    out, err = seen.process.communicate(timeout=PATIENCE)
    assert json.loads(out.splitlines()[-1])["exchange"]["class"] == "ok"
    assert err == "understudy: watch: the daemon has gone\n" and daemon.wait_exit() == 0


def test_those_that_are_stopped_do_not_keep_commands_out(start, cloud, ollama, switch, watch):
    start(cloud, ollama, env=switch.env)
    watching = [watch() for _ in range(32)]
    for one in watching:
        one.line()
        one.process.send_signal(signal.SIGSTOP)
    switch.set("on")
    assert watch().end() == (1, "understudy: watch: the daemon says: too many watch already: end one of them\n")


def test_a_second_daemon_says_that_it_cannot_be_told(start, cloud, ollama, switch, watch):
    first = start(cloud, ollama, env=switch.env)
    second = start(cloud, ollama, env=switch.env)
    said = second.wait_for_log(event="control")
    assert said["level"] == "warning" and said["message"].startswith(f"{switch.path} is another daemon's: ")
    assert switch.run("status")[1].endswith(f" (the daemon at 127.0.0.1:{first.address[1]})\n")
    assert watch().line() == f"daemon: serving on 127.0.0.1:{first.address[1]}\n"
