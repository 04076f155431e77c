"""Memory that is out: the process answers, or it ends and says why. It never ends without a word."""
import os
import signal
import subprocess

import pytest

from daemon import BINARY, SLOW, WRAPPER, Daemon
from sim.cloud import ok, status, stream
from sim.world import Memory

pytestmark = pytest.mark.skipif(SLOW > 1, reason="a sanitizer or valgrind has its own malloc: run it "
                                                 "without (make test)")
SAID = "understudy: out of memory"
# A prime, so that over many runs each call has its turn: FAIL_FROM=1 ... FAIL_STEP=1 for all of them.
FIRST, STEP = int(os.environ.get("FAIL_FROM", 1)), int(os.environ.get("FAIL_STEP", 0))


def talk(daemon):
    """What a daemon does in its life; it may be gone at any point of it."""
    try:
        daemon.wait_listening()
        daemon.chat()
        daemon.chat(stream=True)
        daemon.get("/v1/models")
        daemon.get("/metrics")
        daemon.get("/status.json")
        daemon.signal(signal.SIGHUP)
        daemon.chat()
    except (AssertionError, OSError, ValueError, IndexError, KeyError):
        pass
    daemon.close_clients()
    if daemon.process.poll() is None:
        daemon.signal(signal.SIGTERM)


@pytest.fixture
def life(tmp_path, cloud, ollama):
    memory, number = Memory(tmp_path), 0

    def life(first, more=0):
        nonlocal number
        number += 1
        cloud.script(status(503), ok("whole"), stream("a", "b"))
        memory.fail(first, more)
        daemon = Daemon(tmp_path / str(number), cloud, ollama, {"server.drain_timeout": "100ms"},
                        env=memory.env, ini="[retry]\nattempts = 2\n", wait=False)
        try:
            talk(daemon)
            return daemon.wait_exit(), daemon.log_text(), memory.count()
        finally:
            daemon.kill()
            daemon.process.stdout.close()
            daemon.process.stderr.close()

    yield life
    cloud.requests.clear()
    ollama.violations = []


def silent_ends(life, more):
    code, text, count = life(0)
    assert code == 0 and count > 500, text
    found = []
    for first in range(FIRST, count, STEP or count // 12 + 1):
        code, text, _ = life(first, more)
        if code not in (0, 1, 2) and SAID not in text:
            found.append((first, code, text[-300:]))
        elif code != 0 and not text:
            found.append((first, code, "nothing said"))
    return found


@pytest.mark.parametrize("more", [0, 1 << 40], ids=["once", "for good"])
def test_it_never_ends_without_a_word(life, more):
    assert silent_ends(life, more) == []


def test_a_command_says_it_too(tmp_path):
    memory = Memory(tmp_path)
    for first in range(1, 400, 13):
        memory.fail(first, 1 << 40)
        done = subprocess.run([*WRAPPER, str(BINARY), "config"], capture_output=True, text=True,
                              env={"HOME": str(tmp_path), **{k: str(v) for k, v in memory.env.items()}},
                              timeout=60)
        whole = done.returncode == 0 and memory.count() < first
        assert whole or SAID in done.stderr, (first, done)
