"""Every block of shell, Python and Node in the README and docs/ is typed as it stands there, where a reader
has a cloud, a Claude, an Ollama and servers of tools (pretended) and a daemon that runs; or a comment before it says why not:

    <!-- not run: it needs root -->

The default address is replaced by that of the daemon, and /etc/understudy and /var/log/understudy by folders;
`sudo` runs what follows it. A line that begins a daemon is left as soon as that one listens.
"""
import os
import re
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from daemon import BINARY, PATIENCE, ROOT, wait_until
from sim.cloud import status

NODE = Path(os.environ.get("NODE_SDK") or BINARY.parent / "node").resolve()
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LANGUAGES = ("sh", "python", "js")
OTHERS = ("", "c", "ini", "json", "toml")  # nothing that is typed
MARK = re.compile(r"<!-- not run: (.+?) -->")
SERVES = re.compile(r"(?m)^((?:\w+=\S+ )*understudy(?: -[cs] \S+)*)$")
ENDLESS = "understudy watch"

Block = namedtuple("Block", "page line language text why")


def blocks(page):
    """Each fenced one; why: it is not run, None: it is."""
    found, opened, before = [], None, ""
    for number, line in enumerate(page.read_text().splitlines(), 1):
        if opened is None and line.startswith("```"):
            opened, lines = (number, line[3:].strip(), MARK.fullmatch(before)), []
        elif line == "```" and opened:
            number, language, mark = opened
            found.append(Block(page, number, language, "\n".join(lines) + "\n", mark[1] if mark else None))
            opened = None
        elif opened:
            lines.append(line)
        if line.strip():
            before = line
    assert opened is None, f"{page.name}: a block that does not end"
    return found


BLOCKS = [block for page in PAGES for block in blocks(page)]
TYPED = [b for b in BLOCKS if b.language in LANGUAGES and not b.why]


def name(block):
    return f"{block.page.name}:{block.line}"


class Reader:
    """Somebody at a machine where understudy is installed and runs."""

    def __init__(self, folder, start, cloud, claude, ollama, tools):
        self.home = folder / "home"
        self.home.mkdir()
        self.said = self.home / "said"
        self.program("notify-send", f'printf "%s\\n" "$@" >> {self.said}')
        self.program("git", "echo '+ a line that is new'")
        self.program("sudo", 'exec "$@"')
        etc = folder / "etc"
        etc.mkdir()
        (etc / "understudy.ini").write_text("[retry]\nattempts = 3\n")
        (etc / "openai-api-key").touch(0o600)
        (etc / "openai-api-key").write_text("sk-cloud\n")
        settings = {"provider.openai.base_url": cloud.url + "/v1", "provider.anthropic.base_url": claude.url,
                    "provider.ollama.base_url": ollama.url, "log.usage_file": str(folder / "usage.jsonl"),
                    "connectivity.check_url": ""}
        self.env = {"PATH": f"{self.home}:{BINARY.parent}:{os.environ['PATH']}", "HOME": str(self.home),
                    "LC_ALL": "C.UTF-8", "XDG_RUNTIME_DIR": str(folder), "OPENAI_API_KEY": "sk-cloud",
                    "ANTHROPIC_API_KEY": "sk-ant", **{self.variable(k): v for k, v in settings.items()}}
        start.unsent = None  # `ask` and `check` ask the providers, too
        self.daemon = start(cloud, ollama, {**settings, **tools}, env={"XDG_RUNTIME_DIR": folder, "ANTHROPIC_API_KEY": "sk-ant"})
        self.env[self.variable("server.listen")] = "%s:%d" % self.daemon.address
        self.places = {"127.0.0.1:11411": "%s:%d" % self.daemon.address, "/var/log/understudy": str(folder), "/etc/understudy": str(etc)}

    @staticmethod
    def variable(setting):
        return "UNDERSTUDY_" + setting.upper().replace(".", "_")

    def program(self, name, text):
        file = self.home / name
        file.write_text(f"#!/bin/sh\n{text}\n")
        file.chmod(0o755)

    def here(self, text):
        for place, ours in self.places.items():
            text = text.replace(place, ours)
        return text

    def type(self, language, text):
        """The command that does what the block says."""
        file = self.home / f"block.{'mjs' if language == 'js' else language}"
        if language == "sh":
            text = SERVES.sub(r": > serves; \1 -s server.listen=127.0.0.1:0 2> serves & until grep -q listening serves; do "
                              r"kill -0 $!; sleep 0.1; done; kill $!", text)
        file.write_text(self.here(text))
        if language == "js":
            (self.home / "node_modules").symlink_to(NODE / "node_modules")
        return {"sh": ["sh", "-e", file], "python": [sys.executable, "-W", "error", file], "js": ["node", file]}[language]

    def begin(self, language, text):
        return subprocess.Popen(self.type(language, text), cwd=self.home, env=self.env, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)


@pytest.fixture
def reader(folder, start, cloud, claude, ollama, tool_servers):
    tools = {}
    for name in ("calendar", "notes"):
        server = tool_servers()
        server.tool("today", "nothing")
        tools.update(server.settings(name))
    found = Reader(folder, start, cloud, claude, ollama, tools)
    found.daemon.chat()
    found.cloud = cloud
    return found


@pytest.mark.parametrize("block", [b for b in TYPED if ENDLESS not in b.text], ids=name)
def test_what_is_told_to_type_works(reader, block):
    if block.language == "js" and not (NODE / "done").exists():
        pytest.skip("no Node SDK: apt install nodejs npm, then make test-node")
    process = reader.begin(block.language, block.text)
    said, complained = process.communicate(timeout=6 * PATIENCE)
    assert process.returncode == 0, said + complained
    assert not re.search(r"not found|No such file|Traceback", complained), complained


@pytest.mark.parametrize("block", [b for b in TYPED if ENDLESS in b.text], ids=name)
def test_what_does_not_end_tells_of_a_fallback(reader, block):
    process = reader.begin(block.language, block.text)
    try:
        reader.cloud.script(status(401))

        def heard():
            reader.daemon.chat()
            return reader.said.exists() and "ollama" in reader.said.read_text()
        wait_until(heard, "a line of a fallback")
    finally:
        os.killpg(process.pid, 15)
        process.communicate()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_block_says_what_it_is(page):
    for block in blocks(page):
        assert block.language in LANGUAGES + OTHERS, f"{name(block)}: {block.language} is neither run nor told apart"
        assert not block.why or block.language in LANGUAGES, f"{name(block)}: would not be run anyway"
        assert not block.why or len(block.why.split()) > 1, f"{name(block)}: why not?"
    marks = len(MARK.findall(page.read_text()))
    assert marks == sum(bool(block.why) for block in blocks(page)), f"{page.name}: a mark without a block"


def test_most_of_them_are_run():
    assert {block.language for block in TYPED} == set(LANGUAGES)
    assert len(TYPED) > sum(bool(block.why) for block in BLOCKS) / 2
