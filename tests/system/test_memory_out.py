"""Memory that is out: the process answers, or it ends and says why. It never ends without a word, and
who asked is told the truth. FAULTS R14. `make test-malloc` has each call of the allocator fail."""
import os
import signal
import subprocess

import pytest

from daemon import BINARY, SLOW, WRAPPER, Daemon
from sim.cloud import ok, openai_error, silent, status, stream
from sim.world import Memory

pytestmark = pytest.mark.skipif(SLOW > 1, reason="a sanitizer or valgrind has its own malloc: run it "
                                                 "without (make test)")
SAID = "understudy: out of memory"
KEY = "sk-CANARY-0815"
# Every so many calls one fails, from that one on and before this one; 0: some 60 of a life, all of them.
FIRST, STEP, END = [int(os.environ.get(f"FAIL_{name}", default))
                    for name, default in (("FROM", 1), ("STEP", 0), ("TO", 0))]
ENDLESS = 1 << 40
SETTINGS = {"server.drain_timeout": "100ms", "provider.openai.api_key": None, "route.messages": "ollama",
            "retry.attempts": "2", "route.hedge_after": "40ms", "retry.budget": "0",
            "provider.openai.first_byte_timeout": "2s"}
HEARD = "ollama heard: Hi"


def chat(content, **more):
    return lambda d: d.chat(**more), lambda a: a.status == 200 and a.content == content


def streamed(content, **more):
    ask, is_right = chat(content, stream=True, **more)
    return ask, lambda a: is_right(a) and a.complete and a.events[-1] == "[DONE]"


def reload(daemon):
    daemon.signal(signal.SIGHUP)
    daemon.wait_for_log(lambda l: l.get("event") in ("reloaded", "reload"))
    return daemon.chat()


def messages(daemon):
    return daemon.post("/v1/messages", {"model": "claude-sonnet-4-5", "max_tokens": 50,
                                        "messages": [{"role": "user", "content": "Hi"}]})


def pages(daemon):
    return [daemon.get(path) for path in ("/v1/models", "/metrics", "/status.json")][-1]


# What a daemon does in its life: what the cloud does, what is asked, and whether that is the answer.
LIFE = {
    "whole": ([ok("whole")], *chat("whole")),
    "stream": ([stream("a", "b")], *streamed("ab")),
    "fallback": ([status(503)], *chat(HEARD)),
    "reload": ([ok("after it")], reload, chat("after it")[1]),
    "refused": ([openai_error(400, None, "not so")], chat("")[0],
                lambda a: a.status == 400 and a.error["message"] == "not so"),
    "hedge": ([silent()], *streamed(HEARD)),
    "local": ([], *chat(HEARD, model="ollama:ministral-3:3b")),
    "translated": ([], messages, lambda a: a.status == 200 and a.json["content"][0]["text"] == HEARD),
    "pages": ([], pages, lambda a: a.status == 200 and a.complete and a.json["providers"]),
}


def is_honest(answer):
    """Another has answered, and it says so; or it says that it is none, by its status or as a stream
    that breaks off."""
    if answer.status >= 400:
        return answer.complete and "message" in answer.error
    assert answer.header("content-type"), "a field of the head is missing"
    streams = answer.header("content-type").startswith("text/event-stream")
    if streams and (not answer.complete or "error" in answer.events[-1]):
        return True
    return answer.header("x-understudy-provider") == "ollama" and answer.content == HEARD


def live(daemon, cloud, ollama):
    """All of LIFE, as far as it gets: {name: what was wrong}."""
    wrong = {}

    def asked():
        return len(cloud.chats) + len(ollama.chats)

    for name, (replies, ask, is_right) in LIFE.items():
        cloud.script(*replies)
        before = asked()
        try:
            answer = ask(daemon)
            if KEY in str(answer.headers) + answer.text or not (is_right(answer) or is_honest(answer)):
                wrong[name] = answer
        except (AssertionError, OSError, ValueError, LookupError) as failure:
            # Who finds no memory for a connection is hung up on, and nobody is asked for an answer.
            if "closed in mid-line: b''" not in str(failure) or asked() > before:
                wrong[name] = failure
    return wrong


@pytest.fixture
def life(tmp_path, cloud, ollama):
    """life(first, more): the calls of the allocator from the first on fail, one and so many more.
    Returns what was wrong with it (nothing: None) and how many calls there were."""
    memory, number = Memory(tmp_path), 0

    def life(first, more=0):
        nonlocal number
        number += 1
        memory.fail(first, more)
        daemon = Daemon(tmp_path / str(number), cloud, ollama, SETTINGS,
                        env={**memory.env, "OPENAI_API_KEY": KEY}, ini="", wait=False)
        try:
            return judged(daemon, more), memory.count()
        finally:
            cloud.requests.clear()  # thousands of lives would be looked through
            ollama.requests.clear()
            daemon.kill()
            daemon.process.stdout.close()
            daemon.process.stderr.close()

    def judged(daemon, more):
        try:
            daemon.wait_listening()
            wrong = live(daemon, cloud, ollama)
        except (AssertionError, OSError):  # it is gone
            wrong = {}
        daemon.close_clients()
        lives = daemon.process.poll() is None
        if lives:
            daemon.signal(signal.SIGTERM)
        code, text = daemon.wait_exit(), daemon.log_text()
        if KEY in text:
            return "a key is in the log", text
        if code == -signal.SIGABRT and SAID in text or code in (1, 2) and text:
            return None  # it has ended, and said why
        if code != 0:
            return f"exit status {code}", text
        # It has lived through it: nobody was let down, but for those who have no memory at all.
        return (wrong, text) if wrong and not more else None

    yield life
    ollama.violations = []


@pytest.mark.parametrize("more", [0, ENDLESS], ids=["once", "for good"])
def test_it_never_ends_without_a_word(life, more):
    wrong, count = life(0)
    assert wrong is None and count > 500
    found = []
    for first in range(FIRST, END or count, STEP or count // 60 + 1):
        wrong, _ = life(first, more)
        found += [(first, *wrong)] if wrong else []
    assert found == []


def test_a_command_says_it_too(tmp_path):
    memory, whole = Memory(tmp_path), None
    for first in (0, *range(1, 400, 13)):
        memory.fail(first, ENDLESS)
        done = subprocess.run([*WRAPPER, str(BINARY), "config"], capture_output=True, text=True,
                              env={"HOME": str(tmp_path), **{k: str(v) for k, v in memory.env.items()}},
                              timeout=60)
        whole = whole or done.stdout
        assert (done.returncode, done.stdout) == (0, whole) or SAID in done.stderr, (first, done)
