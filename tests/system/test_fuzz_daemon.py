"""The running daemon between an app and providers whose bytes are right but for some changes, by a seed.

FUZZ_DAEMON=20000 SEED=7 sends that many requests of that seed (`make fuzz-daemon`). What an app asks is made from the
seed and the number of the request, what a provider answers from the seed and the bytes it was asked: a run can be
played again, though many requests are under way at once.
"""
import json
import os
import random
import signal
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chaos_plan import recorded
from daemon import CLOUD_KEY, PATIENCE, wait_until
from ledger import ms
from mutate import Mutator
from rawclient import RawClient, Response
from sim import anthropic, cloud, net, ollama, reply, responses

sys.path.append(str(Path(__file__).parent.parent / "fuzz"))
import seeds  # noqa: E402

COUNT = int(os.environ.get("FUZZ_DAEMON") or 400)
SEED = os.environ.get("SEED") or "1"
AT_ONCE = 16
SECRET = "sesame-6f1c"
RELOAD_EVERY = 97

JSON, EVENTS, LINES = "application/json", "text/event-stream", "application/x-ndjson"
ASKED = [("/v1/chat/completions", seeds.CHATS), ("/v1/completions", seeds.PROMPTS), ("/v1/responses", seeds.INPUTS),
         ("/v1/messages", seeds.MESSAGES), ("/v1/messages/count_tokens", seeds.MESSAGES),
         ("/api/chat", seeds.NATIVE), ("/api/generate", seeds.GENERATIONS), ("/v1/embeddings", seeds.INPUTS),
         ("/api/show", [b'{"model":"gpt-4"}', b'{"name":"x"}'])]
ROUTES = ["", "x-understudy-route: ollama\r\n", "x-understudy-route: anthropic\r\n", "x-understudy-route: openai, ollama\r\n"]
READ = ["/", "/healthz", "/readyz", "/metrics", "/status", "/status.json", "/v1/models", "/v1/models/gpt-4", "/api/tags",
        "/api/version", "/api/ps", "/v1/none"]
# Where the bytes of the framing are whole the answer must be, too.
TRANSLATED = ("/v1/chat/completions", "/v1/messages", "/api/chat", "/api/generate", "/v1/responses")


def bodies(folder_of):
    return [(kind, body) for kind, group in folder_of for body in group]


ERRORS = [reply.message(code, body) for code, body in zip([400, 401, 402, 403, 404, 413, 422, 429, 500, 502, 503, 529] * 2,
                                                         seeds.ERRORS)]
ANSWERS = [
    *[recorded(one, streamed) for streamed in (False, True)
      for one in (cloud.ok(), cloud.ok_tools(cloud.call("f", {"x": 1})), cloud.ok_text(), cloud.ok_response("Hi"),
                  anthropic.ok(), anthropic.ok_tools(anthropic.tool_use("f", {"x": 1})), responses.ok(responses.message("Hi")),
                  ollama.text(), ollama.tools(ollama.call("f", {"x": 1})), ollama.generated())],
    *[reply.message(200, body, kind=kind) for kind, body in bodies(
        [(EVENTS, seeds.SSE), (LINES, seeds.NDJSON), (JSON, seeds.WHOLE), (EVENTS, seeds.RESPONSES),
         (EVENTS, seeds.CLAUDE), (JSON, seeds.ANSWERS), (JSON, [seeds.PAGE, *seeds.TAGS.split(b"\xff")])])],
    *ERRORS,
]


def as_asked(request):
    """The right answer, in the form that was asked for."""
    path, whole = request.path, not request.wants_stream()
    if request.method == "GET" or path.endswith("/show"):
        tags, show, loaded = seeds.TAGS.split(b"\xff")
        return reply.message(200, {"/api/tags": tags, "/api/show": show, "/api/ps": loaded}.get(path, seeds.PAGE))
    if path.startswith("/api/"):
        whole = b'"stream":false' in request.body.replace(b" ", b"")
        return recorded(ollama.generated() if path.endswith("generate") else ollama.text("Hello"), not whole)
    if path.endswith("/messages"):
        return recorded(anthropic.ok(), not whole)
    if path.endswith("/responses"):
        return recorded(responses.ok(responses.message("Hi")), not whole)
    return recorded(cloud.ok() if path.endswith("/chat/completions") else cloud.ok_text(), not whole)


class Foe(net.Server):
    """A provider of which some answers are right, some changed, and some end too soon."""

    def __init__(self, name):
        super().__init__()
        self.name = name

    def choose(self, request):
        return None

    def answer(self, request):
        # A list that hangs shall not hang for the whole run.
        again = len(self.to(request.path)) if request.method == "GET" else 0
        rng = random.Random(f"{SEED}:{self.name}:{request.target}:{zlib.crc32(request.body)}:{again}")
        change = Mutator(rng)
        sent = rng.choice(ANSWERS)
        if rng.random() < 0.7:
            sent = as_asked(request)
        if rng.random() < 0.3:
            sent = change.head(sent)
        if rng.random() < 0.6:
            head, end, body = sent.partition(b"\r\n\r\n")
            sent = head + end + change.change(body, rng.choice(ANSWERS))
        if rng.random() < 0.1:
            sent = change.change(sent, rng.choice(ANSWERS))
        how = rng.choice(("go on", "go on", "close", "reset"))

        def say(peer, _):
            for piece in change.pieces(sent):
                peer.send(piece)
            if how != "go on":
                reply.end(peer, how)
        return say


def whole_request(rng, number):
    """(path, bytes) of a request that an app may well send."""
    if rng.random() < 0.1:
        path = rng.choice(READ)
        return path, f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()
    path, group = rng.choice(ASKED)
    body = rng.choice(group)
    if rng.random() < 0.5 and body.startswith(b"{") and b'"stream"' not in body:
        body = b'{"stream":true,' + body[1:]
    if rng.random() < 0.6:
        body = Mutator(rng).change(body, rng.choice(group))
    head = (f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
            f"x-number: {number}\r\n{rng.choice(ROUTES)}Content-Length: {len(body)}\r\n\r\n")
    return path, head.encode() + body


class App:
    """One request after the other, each on a connection of its own, and what came of it."""

    def __init__(self, daemon):
        self.daemon = daemon

    def ask(self, number):
        """What is wrong with the answer, or None."""
        rng = random.Random(f"{SEED}:{number}")
        path, sent = whole_request(rng, number)
        changed = rng.random() < 0.25
        if changed:
            sent = Mutator(rng).head(sent) if rng.random() < 0.7 else Mutator(rng).change(sent)
        leaves = rng.random() < 0.1
        client = RawClient(self.daemon.address, 3 * PATIENCE)
        try:
            return self._talk(rng, client, path, sent, changed, leaves)
        except ConnectionError as end:
            return None if changed else f"{sent!r}: {end!r}"
        except (ValueError, IndexError) as end:
            return f"{sent!r}: the answer is no HTTP: {end!r}"
        finally:
            client.close()

    def _talk(self, rng, client, path, sent, changed, leaves):
        for piece in Mutator(rng).pieces(sent):
            client.send(piece)
        if leaves:
            client.reset()
            return None
        if changed:  # it may not be whole: then the daemon waits for more
            client.sock.shutdown(1)
            client.sock.settimeout(3 * PATIENCE)
            if not client._more():
                return None
        answer = client.response(sent.split(b" ")[0].decode("latin-1"))
        if CLOUD_KEY.encode() in answer.body or SECRET.encode() in answer.body:
            return f"{sent!r}: a key is in the answer: {answer}"
        if changed:
            return None
        return fault_of(path, sent, answer)


def fault_of(path, sent, answer):
    """Of the answer to a request whose framing was right."""
    if not 200 <= answer.status < 600:
        return f"{sent!r}: status {answer.status}"
    if path not in TRANSLATED or answer.status not in (200, 502, 503, 504):
        return None
    if not answer.complete and b'"error"' not in answer.body[-3000:]:
        return f"{sent!r}: the answer stops, and nothing says why: {answer.headers} {answer.body[-3000:]!r}"
    relayed = answer.header("x-understudy-provider")  # a provider's own error, byte for byte
    if answer.status != 200 and not relayed and not isinstance(answer.json, dict):
        return f"{sent!r}: an error that is no object: {answer}"
    return None


@pytest.fixture
def foes():
    found = {name: Foe(name) for name in ("openai", "anthropic", "ollama")}
    yield found
    for foe in found.values():
        foe.stop()


def settings_of(foes):
    limits = {f"provider.{name}.{limit}": ms(300) for name in foes
              for limit in ("first_byte_timeout", "idle_timeout", "connect_timeout")}
    return {**limits, "provider.anthropic.base_url": foes["anthropic"].url, "provider.anthropic.model": "claude-x",
            "route.priority": "openai, anthropic, ollama", "route.messages": "anthropic, openai, ollama",
            "route.continue_stream": "yes", "route.hedge_after": ms(200), "retry.attempts": 2, "breaker.failures": 0,
            "retry.budget": 0, "log.level": "debug", "server.heartbeat": ms(100), "provider.ollama.max_inflight": 16,
            "connectivity.check_url": ""}


def test_whatever_comes_the_daemon_stays_up_and_honest(start, foes):
    start.unsent = None  # foes answer more than they were asked
    print(f"\nSEED={SEED}: {COUNT} requests, {AT_ONCE} at a time", flush=True)
    daemon = start(foes["openai"], foes["ollama"], settings_of(foes), ini="",
                   env={"UNDERSTUDY_PROVIDER_ANTHROPIC_API_KEY": SECRET})
    app = App(daemon)

    def one(number):
        if number % RELOAD_EVERY == RELOAD_EVERY - 1:
            daemon.signal(signal.SIGHUP)
        return app.ask(number)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        wrong = [fault for fault in pool.map(one, range(COUNT)) if fault]
    assert not wrong, f"SEED={SEED}: {len(wrong)} of {COUNT}:\n" + "\n".join(w[:3000] for w in wrong[:5])
    wait_until(lambda: daemon.metric("inflight") == 0, "the exchanges have ended")
    log = daemon.log_text()
    assert SECRET not in log and CLOUD_KEY not in log
    assert daemon.get("/readyz").status in (200, 503) and json.loads(daemon.get("/status.json").body)


# ---- can it fail?


def test_the_same_seed_makes_the_same_bytes():
    def made():
        return [Mutator(random.Random(f"s{n}")).change(b'{"a":[1,2,"x"]}', b"other") for n in range(50)]
    assert made() == made() and len(set(made())) > 40


def test_an_answer_without_its_end_is_called_wrong():
    answer = Response()
    answer.status, answer.body = 200, b"data: {}\n\n"
    assert "nothing says why" in fault_of("/v1/messages", b"POST", answer)
    answer.body = b'data: {"error":{}}\n\n'
    assert fault_of("/v1/messages", b"POST", answer) is None
