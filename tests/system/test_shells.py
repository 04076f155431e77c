"""Completion in real shells: what stands on the line after a TAB."""
import os
import pty
import re
import select
import shutil
import subprocess
import time

import pytest

from daemon import BINARY, PATIENCE, ROOT

INI = "[provider box]\ntype = openai\nbase_url = http://127.0.0.1:1/v1\napi_key = none\n[route]\npriority = box, ollama\n"

# The program for words of completion; else it shows what it was given.
STAND_IN = """#!/bin/sh
[ "$1" != complete ] || exec {binary} "$@"
printf '<given'
printf '|%s' "$@"
printf '|>\\n'
"""
PREPARE = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "-i"],
}
SETUP = {
    "bash": "bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; PS1='> '; source {scripts}/understudy.bash",
    "zsh": "PS1='> '; setopt no_beep; unsetopt zle_bracketed_paste; fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -D",
    "fish": "function fish_prompt; echo '> '; end; function fish_right_prompt; end; source {scripts}/understudy.fish",
}


class Shell:
    """An interactive shell at a terminal, in a folder of its own."""

    def __init__(self, name, folder):
        self.folder = folder
        program = folder / "bin/understudy"
        program.parent.mkdir()
        program.write_text(STAND_IN.format(binary=BINARY))
        program.chmod(0o755)
        shutil.copy(ROOT / "completions/understudy.zsh", folder / "_understudy")
        (folder / "box.ini").write_text(INI)
        env = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": str(folder), "TERM": "xterm", "LC_ALL": "C",
               "XDG_CONFIG_HOME": str(folder / ".config"), "XDG_DATA_HOME": str(folder / ".data")}
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(PREPARE[name][0], PREPARE[name], env)
        self.seen = b""
        self.type(SETUP[name].format(scripts=ROOT / "completions", folder=folder) + "; echo rea''dy\r")
        self.wait(rb"ready\r?\n")

    def type(self, text):
        os.write(self.terminal, text.encode())

    def wait(self, pattern):
        """What the pattern's first group matches, of what the terminal shows from here on."""
        end = time.monotonic() + PATIENCE
        while not (found := re.search(pattern, self.seen, re.S)):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            assert ready, f"{pattern} does not come: {self.seen[-2000:]}"
            self.seen += os.read(self.terminal, 65536)
        self.seen = self.seen[found.end():]
        return found

    def complete(self, line):
        """The words that the program gets when TAB and Enter are pressed behind the line."""
        self.type(line + "\t")
        self.type("\r")
        return self.wait(rb"<given\|(.*?)\|>")[1].decode().split("|")

    def close(self):
        os.close(self.terminal)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


@pytest.fixture(scope="module", params=PREPARE)
def shell(request, tmp_path_factory):
    if not shutil.which(request.param):
        pytest.skip(f"no {request.param}: tools/deps install shells")
    shell = Shell(request.param, tmp_path_factory.mktemp(request.param))
    yield shell
    shell.close()


@pytest.mark.parametrize("line, words", [
    ("che", ["check"]),
    ("check --str", ["check", "--strict"]),
    ("config --pre", ["config", "--presets"]),
    ("-c box.i", ["-c", "box.ini"]),
    ("--config=box.i", ["--config=box.ini"]),
    ("help conf", ["help", "config"]),
    ("explain connect-r", ["explain", "connect-refused"]),
    ("-s breaker.op", ["-s", "breaker.open_for="]),
    ("-s log.form", ["-s", "log.format="]),
    ("-s log.format=j", ["-s", "log.format=json"]),
    ("--set=log.level=d", ["--set=log.level=debug"]),
    ("-s route.priority=box,gro", ["-s", "route.priority=box,groq"]),
    ("-s retry.on=network,ser", ["-s", "retry.on=network,server"]),
    ("-s provider.gro", ["-s", "provider.groq."]),
    ("-c box.ini -s provider.bo", ["-c", "box.ini", "-s", "provider.box."]),
    ("-c box.ini -s provider.box.ca", ["-c", "box.ini", "-s", "provider.box.ca_file="]),
    ("-s provider.openai.ca_file=box.i", ["-s", "provider.openai.ca_file=box.ini"]),
    ("-s provider.openai.api_key=cred", ["-s", "provider.openai.api_key=credential:"]),
    ("-s 'log.level=deb", ["-s", "log.level=debug"]),
    ("check --wibb", ["check", "--wibb"]),
], ids=lambda value: value if isinstance(value, str) else "")
def test_a_tab_completes(shell, line, words):
    assert shell.complete("understudy " + line) == words


def test_what_is_left_open_gets_no_blank_behind_it(shell):
    shell.type("understudy -s log.fo\t")
    shell.type("te\t\r")
    assert shell.wait(rb"<given\|(.*?)\|>")[1] == b"-s|log.format=text"


def test_the_settings_may_be_wrong(shell):
    (shell.folder / "wrong.ini").write_text("[wibble]\nx = \n")
    assert shell.complete("understudy -c wrong.ini -s provider.gro")[-1] == "provider.groq."


def test_no_word_of_a_secret_is_shown(tmp_path):
    ini = tmp_path / "key.ini"
    ini.write_text("[provider openai]\napi_key = sk-CANARY\n")
    for words in (["-c", ini, "-s", "provider.openai.api_key="], ["-c", ini, "-s", "provider.openai."]):
        done = subprocess.run([BINARY, "complete", *words], capture_output=True, text=True)
        assert done.returncode == 0 and done.stdout and "CANARY" not in done.stdout + done.stderr
        assert done.stderr == ""
