"""understudy local on|off|status, and the control socket that it is told by."""
import json
import os
import pwd
import shutil
import socket
import stat
import subprocess
from pathlib import Path

import pytest

from daemon import wait_until
from sim import Ollama
from sim.ollama import Model, failed
from switch import Switch

ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
CHAT = "/v1/chat/completions"


# ---- the switch


@pytest.mark.sample
def test_no_request_leaves_the_machine_until_it_is_off(start, cloud, ollama, switch):
    far = {"provider.openai.base_url": f"http://far.test:{cloud.port}/v1"}
    daemon = start(cloud, ollama, {**far, "connectivity.check_url": "off",
                                   "retry.attempts": 1}, env=switch.env)
    assert switch.run("status") == (0, "local: off; providers are asked as the settings say (the daemon at 127.0.0.1:%d)\n" % daemon.address[1])
    code, said = switch.run("on")
    assert code == 0 and said.startswith("local: on;")
    answer = daemon.post(CHAT, ASK)
    assert answer.content == "ollama heard: Hi"
    assert answer.header("x-understudy-fallback") == "skipped-local"
    assert daemon.get("/status.json").json["local"] is True
    assert "local only" in daemon.get("/status").text
    assert daemon.metric("local") == 1
    only = daemon.post(CHAT, ASK, {"x-understudy-route": "openai"})
    assert only.status == 503 and only.error["type"] == "no_provider"
    assert cloud.requests == []
    assert switch.run("off")[0] == 0
    assert daemon.get("/status.json").json["local"] is False and daemon.metric("local") == 0
    assert [l["set"] for l in daemon.log(event="local")] == ["on", "off"]


def test_providers_nearby_stay(start, cloud, ollama, switch):
    daemon = start(cloud, ollama, env=switch.env)
    assert switch.run("on")[0] == 0
    assert daemon.chat().content == "cloud heard: Hi" # it is on a loopback address


def test_a_wait_ends_at_once_in_every_worker(start, cloud, ollama, switch):
    """Nobody answers there (RFC 5737): nothing is ever sent."""
    daemon = start(cloud, ollama, {
        "provider.openai.base_url": "http://192.0.2.1:1/v1", "provider.openai.connect_timeout": "100ms", "retry.min_wait": "60s",
        "retry.max_wait": "60s", "retry.attempts": 3, "server.workers": 4, "breaker.failures": 0,
        "connectivity.check_url": "off"}, env=switch.env)
    clients = [daemon.connect() for _ in range(8)]
    for client in clients:
        client.request("POST", CHAT, ASK)
    daemon.wait_for_log(event="retry", count=8)
    assert switch.run("on")[0] == 0
    start.unsent = 8
    for client in clients:
        answer = client.response()
        assert answer.content == "ollama heard: Hi"
    assert {l["reason"] for l in daemon.log(event="fallback")} == {"local"}


FAR = Model("far:cloud", remote_host="https://ollama.com:443")


@pytest.fixture
def two_models():
    """An Ollama with a model of its cloud's, and one of its own."""
    server = Ollama([FAR, Model()])
    yield server
    server.stop()
    assert server.violations == []


def test_an_ollama_nearby_sends_nothing_to_its_cloud(start, two_models, switch):
    daemon = start(None, two_models, {"provider.ollama.model": "far:cloud, auto", "route.priority": "ollama",
                                      "provider.ollama.allow_cloud": "yes"}, env=switch.env)
    assert daemon.post(CHAT, ASK).header("x-understudy-model") == "far:cloud"
    assert switch.run("on")[0] == 0
    assert daemon.post(CHAT, ASK).header("x-understudy-model") == "ministral-3:3b"
    only = daemon.post(CHAT, {**ASK, "model": "ollama:far:cloud"})
    assert only.status == 503 and [q.json["model"] for q in two_models.chats] == ["far:cloud", "ministral-3:3b"]


def test_nor_what_waited_when_it_was_said(start, two_models, switch):
    two_models.script(failed(), path="/api/chat")
    daemon = start(None, two_models, {
        "provider.ollama.model": "far:cloud", "provider.ollama.allow_cloud": "yes", "route.priority": "ollama",
        "retry.min_wait": "60s", "retry.max_wait": "60s", "route.deadline": "10m"}, env=switch.env)
    client = daemon.connect().request("POST", CHAT, ASK)
    daemon.wait_for_log(event="retry")
    assert switch.run("on")[0] == 0
    assert client.response().status == 500 and len(two_models.chats) == 1


@pytest.mark.parametrize("words, says", [
    ((), "on, off or status is needed"), (("onn",), 'did you mean "on"'), (("stat",), "status"),
    (("on", "off"), "")])
def test_wrong_usage_is_2(switch, words, says):
    code, said = switch.run(*words)
    assert code == 2 and says in said


def test_without_a_daemon_it_is_1(switch):
    code, said = switch.run("on")
    assert code == 1 and "no daemon listens" in said


# ---- the socket


@pytest.mark.parametrize("name", ["XDG_RUNTIME_DIR", "RUNTIME_DIRECTORY"])
def test_it_is_for_its_user_only_and_goes_with_the_daemon(start, cloud, ollama, folder, name):
    switch = Switch(folder, name)
    daemon = start(cloud, ollama, env=switch.env)
    assert stat.S_IMODE(switch.path.stat().st_mode) == 0o600
    if name == "XDG_RUNTIME_DIR":
        assert stat.S_IMODE(switch.path.parent.stat().st_mode) == 0o700
    assert switch.run("status")[0] == 0
    daemon.stop()
    assert not switch.path.exists()


def test_another_user_is_closed(start, cloud, ollama, folder):
    if os.geteuid() != 0 or not shutil.which("setpriv") or not Path("/usr/bin/python3").exists():
        pytest.skip("only root can become another user, with setpriv, and wants a python3 for all")
    nobody = pwd.getpwnam("nobody")
    switch = Switch(folder, "RUNTIME_DIRECTORY")
    start(cloud, ollama, env=switch.env)
    switch.path.chmod(0o666) # past the mode, to meet the other bolt
    said = subprocess.run(
        ["setpriv", f"--reuid={nobody.pw_uid}", "--clear-groups", "/usr/bin/python3", "-c",
         "import socket,sys; s=socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]);\n"
         "try:\n s.sendall(b'{\"do\":\"local\"}\\n'); print(s.recv(99))\n"
         "except OSError: print(b'')", str(switch.path)],
        capture_output=True, text=True, timeout=20)
    assert said.stdout == "b''\n", said
    assert switch.run("status")[0] == 0


def test_with_neither_variable_it_says_so_and_serves(start, cloud, ollama):
    daemon = start(cloud, ollama)
    assert daemon.chat().status == 200
    assert "RUNTIME_DIRECTORY" in daemon.log(event="control")[0]["message"]


def test_what_a_dead_daemon_left_is_replaced_and_a_live_one_is_not_robbed(start, cloud, ollama, switch):
    first = start(cloud, ollama, env=switch.env)
    first.kill()
    first.stop(-9)
    assert switch.path.exists()
    second = start(cloud, ollama, env=switch.env)
    third = start(cloud, ollama, env=switch.env)
    third.wait_for_log(event="control")
    assert third.chat().status == 200
    assert switch.run("on")[0] == 0
    assert second.get("/status.json").json["local"] and not third.get("/status.json").json["local"]
    third.stop()
    assert switch.run("status")[0] == 0


LINES = [(b'{"do":"local"}\n', {"ok": True, "local": "off"}),
         (b'{"do":"local","set":"on"}\n', {"ok": True, "local": "on"}),
         (b'{"do":"local","set":"maybe"}\n', None), (b'{"do":"dance"}\n', None), (b"[]\n", None),
         (b"\n", None), (b"\xff\xfe\n", None), (b'{"do":"local","do":"local"}\n', None),
         (b"x" * 5000, None), (b'{"do":1}\n', None)]


def test_a_line_is_answered_by_a_line(start, cloud, ollama, switch):
    daemon = start(cloud, ollama, env=switch.env)
    for line, wanted in LINES:
        said = json.loads(switch.say(line))
        wanted = wanted and {**wanted, "address": "127.0.0.1:%d" % daemon.address[1]}
        assert said == wanted if wanted else said["ok"] is False and said["error"]
    assert daemon.chat().status == 200


def test_no_peer_holds_it_up(start, cloud, ollama, switch):
    """A thousand that say nothing, one with an endless line, some that read nothing."""
    daemon = start(cloud, ollama, env=switch.env)
    crowd = []
    for _ in range(1000):
        client = socket.socket(socket.AF_UNIX)
        client.setblocking(False)
        try:
            client.connect(str(switch.path))
        except BlockingIOError:
            pass
        crowd.append(client)
    assert daemon.chat().status == 200
    for client in crowd:
        client.close()
    wait_until(lambda: switch.run("status")[0] == 0, "there is room again", 20)
    with switch.connect() as client:
        try:
            client.sendall(b"x" * (1 << 20))
        except OSError:
            pass
    assert switch.run("status")[0] == 0 and daemon.chat().status == 200
