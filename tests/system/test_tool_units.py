"""understudy-tool@.socket and @.service: a program that speaks over its standard input and output, behind a socket."""
import re
import socket
import subprocess
import threading

import pytest

from daemon import ROOT, wait_until
from sim.cloud import call, ok, ok_tools

UNIT = ROOT / "systemd/understudy-tool@.service"
PROGRAM = '''#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    asked = json.loads(line)
    if "id" not in asked:
        continue
    result = {
        "initialize": lambda p: {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "clock", "version": "1"}},
        "tools/list": lambda p: {"tools": [{"name": "now", "inputSchema": {"type": "object", "properties": {}}}]},
        "tools/call": lambda p: {"content": [{"type": "text", "text": "noon"}]},
    }.get(asked["method"])
    known = result and "_meta" not in asked.get("params", {})
    print(json.dumps({"jsonrpc": "2.0", "id": asked["id"],
                      **({"result": result(asked.get("params"))} if known else {"error": {"code": -32601, "message": "no"}})}), flush=True)
'''


def command(folder):
    """What the unit runs for a connection, with its programs in that folder."""
    text = re.search(r"^ExecStart=((?:[^\n]*\\\n)*[^\n]*)", UNIT.read_text(), re.M)[1].replace("\\\n", " ")
    script = re.fullmatch(r"/bin/sh -c '(.*)'", text)[1]
    return script.replace("$$", "$").replace("%%", "%").replace("/etc/understudy/tools", str(folder))


class Accepting:
    """What systemd does for a socket with Accept=yes."""

    def __init__(self, path, script):
        self.script, self.processes = script, []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self.processes.append(subprocess.Popen(["/bin/sh", "-c", self.script], stdin=connection, stdout=connection))

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def clock(tmp_path):
    """/run/understudy-tools/clock.sock, and the program behind it."""
    programs = tmp_path / "tools"
    programs.mkdir()
    (programs / "clock").write_text(PROGRAM)
    (programs / "clock").chmod(0o755)
    unit = Accepting(tmp_path / "clock.sock", command(programs))
    yield unit, tmp_path / "clock.sock"
    unit.close()


def test_the_program_of_that_name_answers(clock, start, cloud, ollama):
    unit, path = clock
    cloud.script(ok_tools(call("clock__now", {})), ok("At noon."))
    daemon = start(cloud, ollama, {"tool.clock.url": f"unix:{path}", "tool.clock.allow": "*"})
    answer = daemon.chat(headers={"x-understudy-tools": "clock"})
    assert answer.content == "At noon." and answer.header("x-understudy-tools") == "clock__now=1"
    assert cloud.requests[1].json["messages"][-1]["content"] == "noon"


def test_nothing_of_it_stays_when_the_daemon_is_gone(clock, start, cloud, ollama):
    unit, path = clock
    cloud.script(ok_tools(call("clock__now", {})), ok("At noon."))
    daemon = start(cloud, ollama, {"tool.clock.url": f"unix:{path}", "tool.clock.allow": "*"})
    daemon.chat(headers={"x-understudy-tools": "clock"})
    daemon.stop()
    wait_until(lambda: all(p.poll() == 0 for p in unit.processes), "the programs have ended")
