"""The log on a terminal: a start of four lines, exchanges as one short line, and no surprises."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import unicodedata

import pytest

from daemon import BINARY, CLOUD_KEY, DEFAULTS, FAST, PATIENCE, WRAPPER, environment, wait_until
from rawclient import RawClient
from sim import ollama as o
from sim.cloud import ok, silent, status
from terminal import pieces

COLOUR = re.compile(r"\x1b\[\d*m")
CLOCK = r"\d\d:\d\d:\d\d "
NOBODY = "http://127.0.0.1:1"


class Terminal:
    """The daemon with a terminal as its standard error."""

    def __init__(self, folder, cloud, ollama, settings=None, env=None, columns=100, args=()):
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        chosen = {**DEFAULTS, **FAST, "provider.openai.base_url": getattr(cloud, "url", NOBODY) + "/v1",
                  "provider.ollama.base_url": getattr(ollama, "url", NOBODY), **(settings or {})}
        flags = [word for k, v in chosen.items() if v is not None for word in ("-s", f"{k}={v}")]
        self.process = subprocess.Popen(
            [*WRAPPER, str(BINARY), *flags, *args], stderr=slave, stdin=subprocess.DEVNULL,
            env=environment(folder, {"TERM": "xterm", "OPENAI_API_KEY": CLOUD_KEY, **(env or {})}))
        os.close(slave)
        self.raw = b""
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        for piece in pieces(self.master):
            self.raw += piece

    def lines(self):
        """Whole lines so far, colours and all."""
        return self.raw.decode(errors="replace").split("\r\n")[:-1]

    def plain(self):
        return [COLOUR.sub("", line) for line in self.lines()]

    def wait_for(self, pattern):
        def found():
            return next((l for l in self.plain() if re.search(pattern, l)), None)

        return wait_until(found, lambda: f"{pattern} in {self.raw!r}")

    def start(self):
        """The four lines."""
        self.wait_for("^settings ")
        lines = self.plain()
        first = next(i for i, l in enumerate(lines) if l.startswith("understudy 0"))
        assert lines[first + 3].startswith("settings ")
        return lines[first:first + 4]

    def chat(self, **more):
        port = int(re.search(r"http://127\.0\.0\.1:(\d+)/v1", self.start()[0])[1])
        body = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}], **more}
        with RawClient(("127.0.0.1", port), 3 * PATIENCE) as client:
            return client.request("POST", "/v1/chat/completions", body).response("POST")

    def exchange(self):
        """The first exchange's line."""
        return self.wait_for(f"^{CLOCK}[2-5]\\d\\d ")

    def stop(self):
        self.process.terminate()
        assert self.process.wait(PATIENCE) == 0, self.raw
        self.reader.join(PATIENCE)
        os.close(self.master)


@pytest.fixture
def terminal(tmp_path):
    made = []

    def start(*args, **options):
        made.append(Terminal(tmp_path, *args, **options))
        return made[-1]

    yield start
    for one in made:
        one.stop()


def columns_of(line):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in COLOUR.sub("", line))


@pytest.mark.sample
def test_it_starts_with_four_lines(terminal, cloud, ollama):
    daemon = terminal(cloud, ollama)
    address, provider, local, settings = daemon.start()
    assert re.fullmatch(r"understudy [\d.]+  http://127\.0\.0\.1:\d+/v1 is the base URL for your apps",
                        address)
    assert re.fullmatch(rf"cloud +openai at {cloud.url}/v1, key from OPENAI_API_KEY", provider)
    assert re.fullmatch(rf"Ollama +\d[\d.]+ at {ollama.url}, ministral-3:3b would answer", local)
    assert re.fullmatch(r"settings +OPENAI_API_KEY, the command line; `understudy config` shows all",
                        settings)
    assert CLOUD_KEY not in daemon.raw.decode()
    assert not any("listening" in l for l in daemon.plain())


def test_the_start_comes_after_the_warnings(terminal, cloud, ollama):
    daemon = terminal(cloud, ollama, env={"UNDERSTUDY_NO_SUCH": "1"})
    daemon.start()
    lines = daemon.plain()
    warned = next(i for i, l in enumerate(lines) if "UNDERSTUDY_NO_SUCH" in l)
    assert warned < next(i for i, l in enumerate(lines) if l.startswith("understudy 0"))


def test_an_Ollama_that_is_not_there_is_told_with_what_to_do(terminal, cloud):
    _, _, local, _ = terminal(cloud, None).start()
    assert local.endswith("at http://127.0.0.1:1 is not running; start it with `ollama serve`")


def test_a_silent_Ollama_holds_the_start_up_for_a_moment_only(terminal, cloud, ollama):
    ollama.script(silent(), path="/api/tags")
    ollama.script(silent(), path="/api/version")
    daemon = terminal(cloud, ollama)
    assert daemon.start()[2].endswith(f"at {ollama.url} is not answering yet")


def test_a_good_answer_is_a_short_green_line(terminal, cloud, ollama):
    cloud.script(ok("fine", usage={"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}))
    daemon = terminal(cloud, ollama)
    daemon.chat()
    assert re.fullmatch(CLOCK + r"200 gpt-4 by openai in [\d.]+ m?s 5\+7 tokens", daemon.exchange())
    (line,) = [l for l in daemon.lines() if "by openai" in l]
    assert "\x1b[32m200\x1b[0m" in line


def test_a_fallback_is_yellow_and_says_why(terminal, cloud, ollama):
    cloud.script(status(503))
    daemon = terminal(cloud, ollama)
    daemon.chat()
    assert re.match(CLOCK + r"200 gpt-4 by ollama ministral-3:3b after server in [\d.]+ m?s "
                    r"\(openai=3, ollama=1\)", daemon.exchange())
    (line,) = [l for l in daemon.lines() if "by ollama" in l]
    assert "\x1b[33m200\x1b[0m" in line
    assert [l.split(" ", 1)[1] for l in daemon.plain() if "openai: " in l] == [
        "openai: server 503, try 1; again in 10 ms", "openai: server 503, try 2; again in 20 ms",
        "openai: server 503; now ollama"]


def test_a_failure_is_red(terminal, cloud):
    cloud.script(status(503))
    daemon = terminal(cloud, None)
    assert daemon.chat().status == 502
    assert re.match(CLOCK + "502 gpt-4 network in ", daemon.exchange())
    (line,) = [l for l in daemon.lines() if "502 " in COLOUR.sub("", l)[:14]]
    assert "\x1b[31m502\x1b[0m" in line


@pytest.mark.parametrize("columns", [20, 40, 60, 100, 300, 0])
@pytest.mark.parametrize("model", ["gpt-4", "m" * 500, "\u4e2d" * 160, "a\u202eb" * 60])
def test_an_exchange_fits_the_terminal(terminal, cloud, ollama, columns, model):
    cloud.script(status(503))
    daemon = terminal(cloud, ollama, columns=columns)
    daemon.chat(model=model)
    line = daemon.exchange()
    assert columns_of(line) <= min(columns or 100, 100)
    if columns in (0, 100, 300):
        assert " after server in " in line
    assert "\u202e" not in daemon.raw.decode()


def test_a_hostile_name_in_Ollamas_list_does_not_reach_the_terminal(terminal, cloud, ollama):
    name = "x\x1b]0;owned\x07\u202e" + "y" * 4000
    ollama.models = [o.Model(name)]
    daemon = terminal(cloud, ollama)
    local = daemon.start()[2]
    assert "x\\u001b]0;owned\\u0007\\u202e" in local and local.endswith("... would answer")
    assert len(local) < 200


@pytest.mark.parametrize("env, coloured", [
    ({}, True), ({"NO_COLOR": "1"}, False), ({"NO_COLOR": "0"}, False), ({"NO_COLOR": ""}, True),
    ({"TERM": "dumb"}, False), ({"TERM": ""}, False)])
def test_colours_are_only_for_whom_they_are_wanted(terminal, cloud, ollama, env, coloured):
    daemon = terminal(cloud, ollama, env=env)
    daemon.chat()
    assert " by openai in " in daemon.exchange()
    assert (b"\x1b" in daemon.raw) == coloured


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_format_that_is_set_holds_on_a_terminal_too(terminal, cloud, ollama, form):
    daemon = terminal(cloud, ollama, {"log.format": form})
    line = daemon.wait_for("listening")
    assert (json.loads(line)["event"] if form == "json" else "event=listening" in line)
    assert b"\x1b" not in daemon.raw and b"base URL" not in daemon.raw


def test_a_stop_in_the_middle_of_the_start_is_clean(terminal, cloud, ollama):
    ollama.script(silent(), path="/api/tags")
    ollama.script(silent(), path="/api/version")
    terminal(cloud, ollama)
    wait_until(lambda: any(r.path == "/api/version" for r in ollama.requests), "the question")
