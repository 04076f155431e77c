"""What the README says to type is typed, and does what it says."""
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from daemon import BINARY, PATIENCE, ROOT
from sim import anthropic as a
from sim.cloud import ok, status

README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```(\w*)\n(.*?)```", README, re.S)
NODE = Path(os.environ.get("NODE_SDK") or BINARY.parent / "node").resolve()
CAPITAL = "The capital of France is Paris."


def block(kind, word, page=README):
    """The one of that kind that holds the word."""
    (found,) = [text for k, text in re.findall(r"```(\w*)\n(.*?)```", page, re.S) if k == kind and word in text]
    return found


def run(command, daemon=None, **options):
    if daemon:
        command = [word.replace("127.0.0.1:11411", "127.0.0.1:%d" % daemon.address[1])
                   for word in command]
    done = subprocess.run(command, text=True, capture_output=True, timeout=3 * PATIENCE,
                          stdin=subprocess.DEVNULL, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def daemon(start, cloud, ollama):
    cloud.script(ok(CAPITAL))
    return start(cloud, ollama)


def test_the_line_for_curl(daemon):
    said = run(["sh", "-c", block("sh", "/v1/chat/completions")], daemon)
    assert CAPITAL in said and "x-understudy-provider: openai" in said.lower()


def test_the_line_for_apps_made_for_Ollama(daemon):
    lines = run(["sh", "-c", block("sh", "/api/chat")], daemon).splitlines()
    assert "".join(json.loads(line)["message"]["content"] for line in lines) == CAPITAL


def test_the_lines_for_Python(daemon):
    assert run([sys.executable, "-c", block("python", "OpenAI(")], daemon) == CAPITAL + "\n"


def test_the_lines_for_Anthropics_SDK(start, cloud, ollama, claude):
    claude.script(a.ok(CAPITAL))
    daemon = start(cloud, ollama, {"provider.anthropic.base_url": claude.url},
                   env={"ANTHROPIC_API_KEY": "sk-ant-daemon"})
    env = {name: value for name, value in os.environ.items() if not name.startswith("ANTHROPIC_")}
    lines = block("python", "Anthropic(")
    assert run([sys.executable, "-W", "error", "-c", lines], daemon, env=env) == CAPITAL + "\n"
    assert claude.requests[0].header("x-api-key") == "sk-ant-daemon"


def test_the_lines_for_Node(daemon, tmp_path):
    if not (NODE / "done").exists():
        pytest.skip("no Node SDK: apt install nodejs npm, then make test-node")
    file = tmp_path / "app.mjs"
    port = "127.0.0.1:%d" % daemon.address[1]
    file.write_text(block("js", "OpenAI(").replace("127.0.0.1:11411", port))
    (tmp_path / "node_modules").symlink_to(NODE / "node_modules")
    assert run(["node", str(file)]) == CAPITAL


def test_the_headers_are_those_of_a_fallback(start, cloud, ollama):
    cloud.script(status(503))
    answer = start(cloud, ollama).chat()
    for line in block("", "x-understudy-id").splitlines():
        name, _, value = line.partition(": ")
        got = answer.header(name)
        assert re.fullmatch("[0-9a-f]{16}", got) if name == "x-understudy-id" else got == value


def test_the_key_gets_into_its_file_without_bash(start, cloud, ollama, tmp_path):
    (line,) = [l for l in block("sh", "systemctl").splitlines() if "install -m" in l]
    key = tmp_path / "openai-api-key"
    run(["sh", "-c", line.replace("sudo ", "").replace("/etc/understudy/openai-api-key", str(key))])
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    daemon = start(cloud, ollama, {"provider.openai.api_key": f"file:{key}"})
    daemon.chat()
    assert cloud.chats[0].header("authorization") == "Bearer sk-..."


def test_nothing_needs_more_than_a_plain_sh():
    dash = shutil.which("dash") or "sh"
    for kind, text in BLOCKS:
        if kind == "sh":
            run([dash, "-n", "-c", text])
            assert "<<<" not in text and "[[" not in text


def test_the_settings_are_there_and_their_defaults_right():
    page = (ROOT / "docs/configuration.md").read_text()
    rows = re.findall(r"^\| `\[([a-z]+)(?: [\w-]+)?\] ([\w, ]+)` \|", README, re.M)
    assert len(rows) >= 10
    for section, keys in rows:
        part = page.partition(f"## [{section}")[2].partition("\n## ")[0]
        for key in keys.split(", "):
            assert f"### `{key}`" in part or section == "model", (section, key)


def test_the_files_that_are_pointed_to_are_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_clients_that_were_tried_are_all_listed_and_no_others():
    part = README.partition("## Works with")[2].partition("\n## ")[0]
    told = {name: re.findall(r"`([^`]+)`", words) for names, words in re.findall(r"^\| (?!client|-)(.+?) \| (.+) \|$", part, re.M)
            for name in re.sub(r" \([^)]*\)", "", names).split(", ")}
    tried = set()
    for file in sorted((ROOT / "tests/clients").glob("*.*")):
        title = re.sub(r"^(#|//) |(, | \(| as it was|'s).*", "", file.read_text().splitlines()[0])
        if file.stem in ("ask", "home_assistant"):
            continue
        assert any(word in file.read_text() for word in told[title]), f"{file.name} sets none of {told[title]}"
        tried.add(title)
    assert tried == set(told)


def test_the_settings_for_another_machine(start, cloud, ollama):
    page = (ROOT / "docs/clients.md").read_text()
    text = block("ini", "allowed_hosts", page).replace("0.0.0.0:11411", "0.0.0.0:0")
    daemon = start(cloud, ollama, {"server.listen": None}, ini=text, wait=False)
    port = int(daemon.wait_for_log(event="listening")["address"].rpartition(":")[2])
    daemon.address, daemon.opens = ("127.0.0.1", port), {"x-api-key": "a-long-random-word"}
    host = {"Host": f"192.168.1.5:{port}"}
    assert daemon.chat(headers=host).status == 401
    assert daemon.chat(headers={**host, "Authorization": "Bearer a-long-random-word"}).status == 200
