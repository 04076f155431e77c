"""Keys, tokens and what was said: where they never are, and that they are gone when they should be.
FAULTS K3, R7, R23."""
import itertools
import os
import resource
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from canaries import (ASKED, CLAUDE, ENVIRONMENT, HEADER, KEYS, SAID, SECRETS, TOKEN, WORD, copies,
                      copies_at_the_end, ends, found_in, refusal)
from daemon import BINARY, PATIENCE, ROOT, SLOW, wait_until
from feed import Feed
from sim import Cloud
from sim import ollama as o
from sim.world import CORE
from sim.cloud import ok, status, stream_error_first

TLS = ROOT / "tests/sim/tls"
OPENER = {"Authorization": f"Bearer {TOKEN}"}
FROM_ENVIRONMENT = {"provider.openai.api_key": None, "provider.openai.header.X-Team-Key": "env:HIDDEN",
                    "route.priority": "openai, ollama"}
LOUD = {"log.level": "debug", "breaker.failures": "0", "retry.budget": "0", "retry.attempts": "2",
        "provider.openai.idle_timeout": f"{int(300 * SLOW)}ms"}


@pytest.fixture
def begin(start, cloud, claude, ollama, collector, tmp_path):
    """Starts a daemon that has every kind of secret from its environment, at its loudest."""

    def begin(settings=None, env=None, **more):
        start.unsent = None
        return start(cloud, ollama, {
            **FROM_ENVIRONMENT, **LOUD, "provider.anthropic.base_url": claude.url,
            "log.usage_file": str(tmp_path / "usage.jsonl"), "log.otlp": collector.url, **(settings or {})},
            env={**ENVIRONMENT, **(env or {})}, **more)

    return begin


def play(server, keys, *paths):
    """The server answers each of these paths in all the ways of ends(), over and over."""
    def as_ever(peer, request):
        found = server._answer(request)
        (found if found not in replies else ok(WORD))(peer, request)

    replies = []
    for path in paths:
        at = itertools.count()

        def reply(peer, request, at=at):
            ways = ends(as_ever, keys)
            ways[next(at) % len(ways)](peer, request)

        replies.append(reply)
        server.script(reply, path=path)


def ask_all(daemon, rounds):
    """Each path, whole and streamed, so many times; the answers."""
    answers = []
    for _ in range(rounds):
        daemon.reload()  # what was learned of the keys is forgotten
        for path, body in ASKED.items():
            for streamed in (False, True):
                answers.append(daemon.post(path, {**body, "stream": streamed}, OPENER))
    return answers


def own_words(daemon):
    """All that the daemon tells about itself."""
    page = {**OPENER, "Accept": "text/html"}
    return "".join(daemon.get(path, headers).text for path, headers in (
        ("/metrics", OPENER), ("/status", OPENER), ("/status", page), ("/status.json", OPENER),
        ("/", OPENER)))


# As systemd starts what it connects with the journal.
JOURNAL = ["sh", "-c", 'JOURNAL_STREAM=$(stat -L -c %d:%i /proc/self/fd/2) exec "$@"', "sh"]


@pytest.mark.parametrize("settings, wrapper, line", [
    ({}, [], "2"), ({"provider.ollama.base_url": "http://127.0.0.1:1"}, [], "2"), ({"log.format": "json"}, [], "{"),
    ({"log.format": "text"}, JOURNAL, "<"), ({"route.hedge_after": "1ms"}, [], "2"),
    ({"route.continue_stream": "yes", "route.announce": "prefix {model}"}, [], "2")],
    ids=["", "alone", "json", "journal", "hedge", "continued"])
def test_no_secret_and_nothing_said_is_told_anywhere(begin, cloud, claude, ollama, collector, tmp_path, settings, wrapper, line):
    play(cloud, KEYS, *[path for path in ASKED if path.startswith("/v1/")])
    play(claude, [CLAUDE, CLAUDE], "/v1/messages")
    daemon = begin(settings, wrapper=wrapper, env={"XDG_RUNTIME_DIR": str(tmp_path)})
    feed, watched = Feed(daemon, OPENER), tmp_path / "watched"
    with ThreadPoolExecutor() as pool, watched.open("w") as out:
        events = pool.submit(feed.to_the_last)
        watch = subprocess.Popen([BINARY, "watch", "--json"], stdout=out, stderr=subprocess.DEVNULL,
                                 env={"XDG_RUNTIME_DIR": str(tmp_path)})
        provoke(daemon, cloud, claude, ollama, settings)
        for told in feed.heard, watched.read_text:  # four times a second
            wait_until(lambda told=told: told().count("start_ms") > 20, lambda told=told: f"it is told: {told()}")
        stop_and_look(daemon, claude, ollama, settings, line, tmp_path)
        watch.wait(PATIENCE)
    for told in events.result(), watched.read_text():
        assert told.count("start_ms") > 20 and found_in(told) == []
    spans = "".join(f"{r.headers}{r.body.decode()}" for r in collector.requests)
    assert len(collector.spans) > 20 and found_in(spans) == []


def provoke(daemon, cloud, claude, ollama, settings):
    answers = ask_all(daemon, 15 if SLOW == 1 else 2)
    assert [a.text for a in answers if found_in(a.text, SECRETS)] == []
    # Who is refused at the door, and why, in each dialect.
    for path, body in ASKED.items():
        for headers, sent in (({"Authorization": f"Bearer {TOKEN}x"}, body), ({}, body),
                              (OPENER, f'{{"model": "gpt-4", "messages": "{WORD}'.encode()),
                              (OPENER, {**body, "messages": WORD, "input": {"a": WORD}})):
            refused = daemon.post(path, sent, headers)
            assert found_in(refused.text, SECRETS) == []
            if refused.status >= 400 and not refused.header("x-understudy-provider"):
                assert found_in(refused.text) == [], path
    told = own_words(daemon)
    assert "understudy_requests_total" in told and found_in(told) == []


def stop_and_look(daemon, claude, ollama, settings, line, tmp_path):
    daemon.stop()
    assert "debug" in daemon.log_text() and found_in(daemon.log_text()) == []
    assert daemon.log(event="exchange")[0]["text"].startswith(line)
    usage = (tmp_path / "usage.jsonl").read_text()
    assert usage.count("\n") > 20 and found_in(usage) == []
    asked = "".join(str(r.headers) + r.body.decode() for r in ollama.requests)
    assert found_in(asked, SECRETS) == [] and (settings or found_in(asked, SAID) == SAID)
    claude.violations = ollama.violations = []


# ---- what others may see of the process


def test_what_it_was_started_with_is_not_to_be_seen(begin):
    """As root may look into it, and so may what root runs: ps, a collector of crashes."""
    daemon = begin({"provider.ollama.header.X-Secret": HEADER, "server.tokens": TOKEN})
    assert daemon.chat(headers=OPENER).status == 200
    for name in ("environ", "cmdline"):
        told = Path(f"/proc/{daemon.pid}/{name}").read_bytes()
        assert found_in(told) == []
        assert {"environ": b"OPENAI_API_KEY=", "cmdline": b"provider.openai.base_url=http://"}[name] in told
    daemon.reload()
    assert daemon.chat(headers=OPENER).header("x-understudy-provider") == "openai"


PATTERN = Path("/proc/sys/kernel/core_pattern").read_text()
# As large a core as may be asked for; 0: none.
LIMIT = resource.getrlimit(resource.RLIMIT_CORE)[1]
LIMIT = "unlimited" if os.geteuid() == 0 or LIMIT == resource.RLIM_INFINITY else LIMIT


def test_no_core_is_written(start, cloud, ollama):
    daemon = start(cloud, ollama)
    core = [l for l in Path(f"/proc/{daemon.pid}/limits").read_text().splitlines()
            if l.startswith("Max core file size")]
    assert core[0].split()[4:6] == ["0", "0"]
    daemon.signal(signal.SIGABRT)
    assert daemon.wait_exit() == -signal.SIGABRT
    assert not list(daemon.folder.glob("core*"))
    daemon.stop(-signal.SIGABRT)


@pytest.mark.skipif(PATTERN[0] in "|/", reason="cores of this machine go elsewhere (core_pattern)")
@pytest.mark.skipif(SLOW > 1, reason="a sanitizer has shadows to be dumped (make test)")
@pytest.mark.skipif(LIMIT == 0 or not shutil.which("prlimit"),
                    reason="no limit can be raised: run it as root, with prlimit")
def test_a_core_that_is_made_all_the_same_has_nothing_in_it(begin):
    """Whoever asks for one, root with gcore(1) too, gets none of its memory."""
    daemon = begin(env=CORE, wrapper=["prlimit", f"--core={LIMIT}"])
    use(daemon, TOKEN, 2)
    daemon.signal(signal.SIGABRT)
    assert daemon.wait_exit() == -signal.SIGABRT
    core = next(daemon.folder.glob("core*")).read_bytes()
    assert core.startswith(b"\x7fELF") and found_in(core) == []
    daemon.stop(-signal.SIGABRT)


NOBODY = "import os, sys; os.setgid(65534); os.setuid(65534); os.execv(sys.argv[1], sys.argv[1:])"


@pytest.mark.skipif(os.geteuid() != 0, reason="another user is needed: run it as root")
def test_its_own_user_cannot_read_its_memory(start, cloud, ollama, tmp_path):
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_uid == 0 and str(folder) not in ("/", "/tmp"):
            folder.chmod(0o755)
    daemon = start(cloud, ollama, wrapper=[sys.executable, "-c", NOBODY])
    assert os.stat(f"/proc/{daemon.pid}/mem").st_uid == 0
    spy = subprocess.run([sys.executable, "-c", NOBODY, sys.executable, "-c",
                          f"open('/proc/{daemon.pid}/environ').read()"], capture_output=True, text=True)
    assert "Permission denied" in spy.stderr
    # It itself can still tell of itself.
    assert daemon.metric("process_open_fds") > 0 or daemon.get("/status.json").status == 200


def as_service(group=65533):
    """The words before the command line of what runs as a user of its own, in that group and no other."""
    return ["setpriv", "--reuid=65534", f"--regid={group}", "--clear-groups"]


@pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("setpriv"),
                    reason="another user is needed: run it as root, with setpriv")
def test_the_services_settings_may_be_roots_and_its_groups_alone(start, cloud, ollama, folder):
    """chown root:understudy, chmod 640: a key in them is no warning, and others cannot read it."""
    start.unsent = None # its metrics are behind the token
    path = folder / "understudy.ini"
    path.write_text(f"[provider openai]\napi_key = {KEYS[0]}\n[server]\ntokens = {TOKEN}\n")
    os.chown(path, 0, 65533)
    path.chmod(0o640)
    daemon = start(cloud, ollama, {"provider.openai.api_key": None}, args=["-c", str(path)], wrapper=as_service())
    assert daemon.chat(headers=OPENER).header("x-understudy-provider") == "openai"
    assert cloud.chats[0].header("authorization") == f"Bearer {KEYS[0]}"
    daemon.reload()
    assert daemon.chat(headers=OPENER).status == 200 and daemon.chat().status == 401
    assert daemon.log(level="warning") == [] and "warning" not in daemon.log_text()
    with_group, without = [
        subprocess.run([*as_service(group), BINARY, "-c", path, "config"], capture_output=True, text=True, env={})
        for group in (65533, 65532)]
    assert with_group.returncode == 0 and "warning" not in with_group.stderr
    assert without.returncode == 2 and str(path) in without.stderr and "ermission" in without.stderr


needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may look: run it as root")
needs_malloc = pytest.mark.skipif(SLOW > 1, reason="a sanitizer keeps what was freed: run it without "
                                                   "(make test)")


def settings_with(cloud, claude, ollama, secrets):
    first, second, claudes, header, token = secrets
    return f"""
[server]
tokens = {token}
workers = 2

[route]
priority = openai, ollama

[provider openai]
base_url = {cloud.url}/v1
api_key = {first}, {second}
header.X-Team-Key = {header}

[provider anthropic]
base_url = {claude.url}
api_key = {claudes}

[provider ollama]
base_url = {ollama.url}
header.X-Own-Key = {header}
"""


OLD = [f"CANARY-{n}-of-the-old-ones-0815" for n in range(5)]
NEW = [f"CANARY-{n}-of-the-new-ones-4711" for n in range(5)]
UNSET = {"provider.openai.base_url": None, "provider.openai.api_key": None,
         "provider.ollama.base_url": None}


def use(daemon, token, count=6):
    opener = {"Authorization": f"Bearer {token}"}
    for i in range(count):
        for path, body in ASKED.items():
            daemon.post(path, {**body, "stream": i % 2 == 0}, opener)
    for path in ("/v1/models", "/metrics", "/status.json"):
        assert daemon.get(path, opener).status == 200


@pytest.fixture
def secure():
    server = Cloud(tls="good")
    yield server
    server.stop()


@needs_root
@needs_malloc
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "TLS"])
def test_a_secret_that_was_replaced_is_nowhere_in_the_memory(start, cloud, secure, claude, ollama,
                                                             tls):
    """Also where the provider quoted it: in a small answer, a large one, a list of models, a head."""
    start.unsent = None
    cloud = secure if tls else cloud
    more = f"[provider openai]\nca_file = {TLS / 'good.pem'}\n" if tls else ""
    daemon = start(cloud, ollama, UNSET, ini=settings_with(cloud, claude, ollama, OLD) + more)
    paths = ("/v1/chat/completions", "/v1/embeddings", "/v1/responses", "/v1/files")
    for number in range(2):
        for path in paths:
            told = {"error": {"message": f"no {OLD[number]}", "type": "x"}}
            cloud.script(ok("whole"), status(503), stream_error_first(told),
                         refusal(OLD[number], "x" * 70000 * number), path=path)
        cloud.script(refusal(OLD[number]), path="/v1/models")
        claude.script(ok("whole"), stream_error_first({"type": "api_error", "message": OLD[2]}))
        ollama.script(o.text("whole"), o.error_mid("a", message=OLD[3]))
        use(daemon, OLD[4])
    claude.script(ok("whole"))
    ollama.script(o.text("whole"))
    for path in (*paths, "/v1/models"):
        cloud.script(ok("whole"), path=path)
    assert len({secret for _, secret, _ in copies(daemon.pid, OLD)}) == len(OLD)
    daemon.close_clients()
    daemon.reload(settings_with(cloud, claude, ollama, NEW) + more)
    wait_until(lambda: not copies(daemon.pid, OLD), lambda: f"{copies(daemon.pid, OLD)} are left")


@needs_root
@needs_malloc
@pytest.mark.parametrize("where", ["file", "environment"])
def test_none_is_left_in_the_memory_at_the_end(begin, start, cloud, claude, ollama, where):
    start.unsent = None
    if where == "file":
        daemon = start(cloud, ollama, UNSET, ini=settings_with(cloud, claude, ollama, OLD))
    else:
        daemon = begin()
    used, token = (OLD, OLD[4]) if where == "file" else (SECRETS, TOKEN)
    use(daemon, token)
    assert copies(daemon.pid, used)
    found = copies_at_the_end(daemon, lambda: daemon.signal(signal.SIGTERM), used)
    assert found == []
