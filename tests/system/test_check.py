"""`understudy check` for people: a table on a terminal, and what to do about each finding."""
import json
import os
import pty
import re
import subprocess
import sys
from email.utils import formatdate

import pytest

from daemon import BINARY, CLOUD_KEY, PATIENCE, ROOT, WRAPPER, environment
from sim import Cloud
from sim.cloud import status
from sim.net import closed_port
from sim.world import Clock, Names, both
from terminal import pieces

CERTIFICATES = ROOT / "tests" / "sim" / "tls"


@pytest.fixture
def check(tmp_path):
    """Runs it; `terminal`: standard output is one. Gives status and text."""
    def check(*words, cloud="http://127.0.0.1:1", ollama="http://127.0.0.1:1", terminal=False, env=None, **settings):
        settings = {"server.listen": free, "provider.openai.base_url": f"{cloud}/v1",
                    "provider.ollama.base_url": ollama, **{k.replace("__", "."): v for k, v in settings.items()}}
        command = [*WRAPPER, str(BINARY), *[w for k, v in settings.items() for w in ("-s", f"{k}={v}")], "check", *words]
        env = environment(tmp_path, {"OPENAI_API_KEY": CLOUD_KEY, "LC_ALL": "C.UTF-8", "TERM": "xterm", **(env or {})})
        if not terminal:
            done = subprocess.run(command, stdout=subprocess.PIPE, timeout=10 * PATIENCE, env=env)
            return done.returncode, done.stdout.decode()
        master, slave = pty.openpty()
        process = subprocess.Popen(command, stdout=slave, env=env)
        os.close(slave)
        raw = b"".join(pieces(master))
        os.close(master)
        return process.wait(PATIENCE), raw.decode().replace("\r\n", "\n")

    sock = closed_port()
    free = "127.0.0.1:%d" % sock.getsockname()[1]
    yield check
    sock.close()


@pytest.mark.sample
def test_a_terminal_gets_a_table_with_marks(check, cloud, ollama):
    code, table = check(cloud=cloud.url, ollama=ollama.url, terminal=True)
    assert code == 0 and "\x1b[32m\u2713\x1b[0m openai" in table and "\x1b[32m\u2713\x1b[0m ollama" in table
    assert table.endswith("\u2713\x1b[0m route (openai, ollama): can answer\n")
    cloud.script(status(401), path="/v1/models")
    code, table = check("--strict", cloud=cloud.url, ollama=ollama.url, terminal=True, env={"NO_COLOR": "1"})
    assert code == 3 and "\x1b" not in table
    lines = table.splitlines()
    at = next(i for i, l in enumerate(lines) if l.startswith("\u2717 openai"))
    assert lines[at + 1:at + 3] == ["    the key is refused", "    \u2192 put a key that it takes into OPENAI_API_KEY"]
    assert lines[-1] == "! route (openai, ollama): can answer, but only by ollama"


def test_without_utf8_the_marks_are_ascii(check):
    code, table = check(terminal=True, env={"LC_ALL": "C", "TERM": "dumb"})
    assert code == 1 and table.isascii() and "\x1b" not in table
    assert "x ollama" in table and "    > start it with `ollama serve`\n" in table
    assert table.endswith("x route (openai, ollama): cannot answer\n")


def test_a_pipe_gets_lines(check, cloud, ollama):
    assert [l.partition(":")[0] for l in check(cloud=cloud.url, ollama=ollama.url)[1].splitlines()] == \
        ["openai", "ollama", "route (openai, ollama)"]


def test_a_model_that_is_missing_is_to_be_pulled(check, cloud, ollama):
    ollama.models = []
    code, lines = check("--strict", cloud=cloud.url, ollama=ollama.url)
    assert code == 3 and "try `ollama pull ministral-3:3b`\n" in lines
    found = json.loads(check("--json", cloud=cloud.url, ollama=ollama.url)[1])["findings"]
    assert found == [{"about": "ollama", "what": "no Ollama model that may answer is installed",
                      "to_do": "`ollama pull ministral-3:3b`"}]


def test_a_key_that_is_missing_has_a_place(check, cloud, ollama):
    cloud.script(status(401), path="/v1/models")
    _, lines = check(cloud=cloud.url, ollama=ollama.url, env={"OPENAI_API_KEY": ""})
    assert "; set OPENAI_API_KEY in the environment, or [provider openai] api_key\n" in lines


def test_who_has_the_port_is_named(check, cloud, ollama):
    holder = ("import socket, sys, time\ns = socket.create_server(('127.0.0.1', 0))\n"
              "print(s.getsockname()[1], flush=True)\nwhile True:\n    c, _ = s.accept()\n    c.sendall(b'220 mail\\r\\n')\n"
              "    c.close()\n")
    with subprocess.Popen([sys.executable, "-c", holder], stdout=subprocess.PIPE) as other:
        listen = "127.0.0.1:%d" % int(other.stdout.readline())
        code, lines = check(cloud=cloud.url, ollama=ollama.url, server__listen=listen)
        daemon = json.loads(check("--json", cloud=cloud.url, ollama=ollama.url, server__listen=listen)[1])["daemon"]
        other.kill()
    assert code == 0  # the route can answer
    assert f"daemon: {listen} is taken by another program (" in lines and f", process {other.pid}): " in lines
    assert "; end that program, or set [server] listen to another port\n" in lines
    assert (daemon["state"], daemon["held_by"].endswith(f"process {other.pid}")) == ("foreign", True)


def test_a_daemon_that_serves_is_told_on_a_terminal(check, start, cloud, ollama):
    address = "%s:%d" % start(cloud, ollama).address
    _, table = check(cloud=cloud.url, ollama=ollama.url, server__listen=address, terminal=True)
    assert f"daemon: serves at {address}\n" in table
    assert "daemon" not in check(cloud=cloud.url, ollama=ollama.url, server__listen=address)[1]


@pytest.mark.parametrize("days, words", [(-3, "3 days behind"), (2, "2 days ahead of"), (0, None)])
def test_a_wrong_clock_is_told(check, ollama, tmp_path, days, words):
    """By the answer of one that is not on this machine, as far as check knows."""
    cloud = Cloud()
    cloud.script(status(200, [("Date", formatdate(usegmt=True))], b'{"data": []}'), path="/v1/models")
    names, clock = Names(tmp_path), Clock(tmp_path)
    names.set("cloud.example", "127.0.0.1")
    clock.turn(days * 86400 + (60 if days > 0 else -60 if days else 0))
    _, lines = check(cloud=f"http://cloud.example:{cloud.port}", ollama=ollama.url, env=both(names, clock))
    cloud.stop()
    assert "openai: reachable in " in lines
    assert (f"clock: this machine's clock is {words} that of openai; set it: `timedatectl set-ntp true`\n" in lines) is \
        bool(words), lines
    assert ("clock" in lines) is bool(words)


@pytest.mark.parametrize("certificate, trusted, to_do", [
    ("good", False, "name a file with who signed it in [provider openai] ca_file"),
    ("expired", True, "look at this machine's clock (`timedatectl`)"),
    ("wrong-host", True, "write the name that is in the certificate into [provider openai] base_url"),
])
def test_a_certificate_says_what_to_do(check, ollama, certificate, trusted, to_do):
    cloud = Cloud(tls=certificate)
    more = {"provider__openai__ca_file": str(CERTIFICATES / f"{certificate}.pem")} if trusted else {}
    _, lines = check(cloud=cloud.url, ollama=ollama.url, **more)
    cloud.stop()
    assert "openai: not reachable: the provider's certificate is not trusted" in lines and to_do in lines


def test_every_finding_says_what_to_do(check):
    told = json.loads(check("--json")[1])
    assert {f["about"] for f in told["findings"]} == {"openai", "ollama"}
    assert all(f["what"] and f["to_do"] for f in told["findings"])
    assert told["daemon"]["state"] == "absent" and told["daemon"]["held_by"] is None


def test_the_page_names_every_field(check, cloud, ollama):
    """And no other."""
    page = (ROOT / "docs" / "check.md").read_text().split("## JSON")[1]
    top, _, rest = page.partition("Each of `providers`:")
    documented = [{name for row in re.findall(r"^\| (`[^|]*) \|", part, re.M) for name in re.findall(r"`([a-z_]+)`", row)}
                  for part in (top, rest)]
    cloud.script(status(401), path="/v1/models")
    ollama.models = []
    told = json.loads(check("--json", cloud=cloud.url, ollama=ollama.url,
                            provider__openai__api_key="env:HOME, env:PATH", **{"model o1.ollama": "x"})[1])
    away = json.loads(check("--json", cloud="http://192.0.2.1:1", ollama=ollama.url, env={"HTTPS_PROXY": "http://p:1"},
                            provider__openai__connect_timeout="50ms")[1])
    assert set(told) == documented[0]
    assert set().union(*told["providers"], *away["providers"]) == documented[1]
