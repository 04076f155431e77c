"""What each exchange of a chaos run will meet, made from the seed alone.

    Plan(seed)[17].acts["openai"]    what the cloud does to the three attempts of exchange 17

An act is a reply and what may become of it: its endings, more than one where the contract allows
more. Which act comes next is counted for each exchange, so no order of events can change it.
"""
import json
import random
import re
from dataclasses import dataclass

import faults
from sim import cloud as c
from sim import net, reply
from sim import ollama as o
from sim.clouds import VENDORS

CLOUD, LOCAL = "openai", "ollama"
TRIES = 3
SHARE = {CLOUD: 0.40, LOCAL: 0.05}
LEAVING = 0.06
CUTS = ("close", "reset", "stall")
WORDS = "the a of and Paris – “naïve” \U0001f3ad 東京 x=1; \"quoted\" back\\slash <b>&amp; \t end.".split(" ")
# What a cut may be called; the exact class is told by other tests.
CUT_CLASSES = {"close": ("network", "protocol"), "reset": ("network", "protocol"),
               "stall": ("timeout",)}


@dataclass(frozen=True)
class Ending:
    """kind: whole (answered), broken (a stream that the client has seen begin), again, next, relay."""
    kind: str
    classes: tuple = ()
    text: str = None  # all of it, or what comes before the break
    wire: tuple = None  # relay: (status, body)


@dataclass(frozen=True)
class Act:
    name: str
    reply: object
    endings: tuple


@dataclass(frozen=True)
class Leaving:
    """When the client leaves: after its request (sent), the head or some chunks; and how."""
    at: str
    delay: float
    chunks: int
    how: str


def failing(kind, *classes):
    return (Ending(kind, classes),)


def whole(text):
    return (Ending("whole", text=text),)


def broken(text, how="close"):
    """Where the client has not seen the beginning yet, it may as well never see it."""
    return (Ending("broken", CUT_CLASSES[how], text), Ending("again", CUT_CLASSES[how]))


# ---- healthy answers, some of them odd


def words_of(text):
    parts = [w + " " for w in text.split(" ")]
    parts[-1] = parts[-1][:-1]
    return parts


def recorded(answer, streamed, model="ministral-3:3b"):
    """Its bytes on the wire."""
    sent = bytearray()

    class Peer:
        def send(self, data):
            sent.extend(data)

    request = net.Request("POST", "/", "HTTP/1.1", [], 1, 1)
    request.body = json.dumps({"model": model, "stream": streamed}).encode()
    answer(Peer(), request)
    return bytes(sent)


def in_small_pieces(rng, then):
    return reply.slow(then, rng.randint(20, 400), 0.001)


def odd_stream(rng, text):
    parts = words_of(text)
    kind = rng.choice(["comments", "without-done", "one-broken-event", "crlf", "no-blank", "at-once"])
    if kind == "comments":
        parts.insert(rng.randrange(len(parts) + 1), b": keep-alive\n\n")
    if kind == "one-broken-event":
        parts.insert(rng.randrange(1, len(parts) + 1), b'data: {"choices": [{"del\n\n')
    body = b"".join(c.as_bytes(p) for p in [c.ROLE, *parts, c.event({}, "stop"), b"data: [DONE]\n\n"])
    if kind == "without-done":
        return c.stream(*parts, done=False)
    if kind == "crlf":
        body = body.replace(b"\n", b"\r\n")
    if kind == "no-blank":
        body = body.removesuffix(b"\n\n").replace(b"data: ", b"data:")
    if kind in ("crlf", "no-blank", "at-once"):
        return reply.raw(reply.head(200, c.EVENT_STREAM) + reply.chunk(body) + b"0\r\n\r\n")
    return c.stream(*parts)


def healthy(rng, provider, streamed, text):
    answer = c.ok(text) if provider == CLOUD else o.text(text)
    if provider == CLOUD and rng.random() < 0.5:
        vendor = rng.choice(VENDORS)
        return Act("healthy", vendor.ok(text), whole(text))
    if rng.random() < 0.3:
        if provider == CLOUD and streamed and rng.random() < 0.6:
            answer = odd_stream(rng, text)
        elif rng.random() < 0.3:
            answer = reply.informational(rng.randint(1, 20), answer)
        answer = in_small_pieces(rng, answer) if rng.random() < 0.5 else answer
    return Act("healthy", answer, whole(text))


# ---- cuts


def dechunked(data):
    """The body so far, of a chunked message that may end anywhere."""
    body = b""
    while match := re.match(rb"([0-9a-f]+)\r\n", data):
        size = int(match[1], 16)
        body += data[match.end():match.end() + size]
        data = data[match.end() + size + 2:]
    return body


def cloud_stream_so_far(body):
    """(text, begun, done)"""
    *events, rest = body.split(b"\n\n")
    text, begun = "", False
    done = b"data: [DONE]" in (*events, rest.strip())
    for event in events:
        data = event.removeprefix(b"data: ")
        choices = json.loads(data)["choices"] if data.startswith(b"{") else []
        for choice in choices:
            text += choice["delta"].get("content") or ""
            begun = begun or bool(text or choice["finish_reason"])
    return text, begun, done


def ollama_stream_so_far(body):
    text, done = "", False
    for line in body.split(b"\n"):
        try:
            told = json.loads(line)
        except ValueError:
            continue
        text, done = text + told["message"]["content"], told["done"]
    return text, bool(text), done


def endings_of_cut(provider, streamed, data, at, how, text):
    head = data.find(b"\r\n\r\n") + 4
    if not streamed or at < head:
        return failing("again", *CUT_CLASSES[how])
    so_far = cloud_stream_so_far if provider == CLOUD else ollama_stream_so_far
    said, begun, done = so_far(dechunked(data[head:at]))
    if done:
        return whole(text)
    return broken(said, how) if begun else failing("again", *CUT_CLASSES[how])


def cut(rng, provider, streamed, text):
    """Ends at any byte: by FIN, by RST, or in silence."""
    answer = c.ok(text) if provider == CLOUD else o.text(text)
    data = recorded(answer, streamed)
    at, how = rng.randrange(len(data)), rng.choice(CUTS)
    send = reply.raw(data[:at])
    if rng.random() < 0.3:
        send = in_small_pieces(rng, send)
    return Act(f"{how} at {at} of {len(data)}", reply.ending(send, how),
               endings_of_cut(provider, streamed, data, at, how, text))


# ---- the cloud's other faults


def from_table(rng, table, streamed):
    name = rng.choice(sorted(table))
    label, *replies = rng.choice(table[name])
    return f"{name}: {label}", name, replies[-1 if streamed else 0]


def retried(rng, streamed, text, stage):
    label, name, answer = from_table(rng, faults.RETRIED, streamed)
    return Act(label, answer, failing("again", name))


def not_a_stream(rng, streamed, text, stage):
    label, answer = rng.choice(faults.NOT_A_STREAM if streamed else faults.NOT_A_CHAT[:4])
    return Act(label, answer, failing("again", "protocol"))


def moved(rng, streamed, text, stage):
    label, name, answer = from_table(rng, faults.MOVED_ON, streamed)
    if name == "redirect":
        answer = reply.redirect(stage.canary.url + c.CHAT, rng.choice((301, 302, 303, 307, 308)))
    return Act(label, answer, failing("next", name))


def relayed(rng, streamed, text, stage):
    label, answer = rng.choice(faults.REFUSED + faults.FILTERED)
    return Act(f"refused: {label}", answer, (Ending("relay", wire=faults.wire(answer, streamed)),))


# What is done about an error that names no wait.
DONE = {"server": "again", "rate_limit": "next", "auth": "next", "quota": "next", "model": "next",
        "context": "next", "policy": "relay", "request": "relay"}


def in_its_words(rng, streamed, text, stage):
    """An error of one of the clouds, as its table has it."""
    vendor = rng.choice(VENDORS)
    what, row = rng.choice([(what, row) for what, row in vendor.rows() if row["class"] in DONE
                            and "wait_ms" not in row and not (row.get("stream") or row["status"] == 200)])
    answer, kind = vendor.error(what), DONE[row["class"]]
    ending = Ending("relay", wire=faults.wire(answer, streamed)) if kind == "relay" else \
        Ending(kind, (row["class"],))
    return Act(f"{vendor.name}: {what}", answer, (ending,))


def silent(rng, streamed, text, stage):
    return Act("silence", reply.silent(), failing("again", "timeout"))


def garbage(rng, streamed, text, stage):
    data = rng.randbytes(rng.randint(1, 2000))
    return Act("garbage", reply.raw(data, close=True), failing("again", "protocol", "network"))


def named_wait(rng, streamed, text, stage):
    return rng.choice([
        Act("429 that names a wait", reply.status(429, {"retry-after-ms": "20"}),
            failing("again", "rate_limit")),
        Act("503 that names a wait", reply.status(503, {"Retry-After": "0.02"}),
            failing("again", "server")),
        Act("503 that names a day", reply.status(503, {"Retry-After": "86400"}),
            failing("next", "server"))])


def early(rng, streamed, text, stage):
    """Answers before it has read the body."""
    answer = reply.status(503, {"Connection": "close"}, b"{}")
    return Act("early 503", reply.early(answer), failing("again", "server"))


def in_mid_stream(rng, streamed, text, stage):
    if not streamed:
        return retried(rng, streamed, text, stage)
    parts = words_of(text)[:rng.randint(1, 5)]
    if rng.random() < 0.5:
        return Act("an error event after content", c.stream_error_mid(*parts),
                   (Ending("broken", ("server",), "".join(parts)), Ending("again", ("server",))))
    sent = b"".join(reply.chunk(c.as_bytes(p)) for p in [c.ROLE, *parts])
    return Act("a bad chunk after content", reply.bad_chunk(c.EVENT_STREAM[0][1], sent),
               broken("".join(parts)))


def cut_cloud(rng, streamed, text, stage):
    return cut(rng, CLOUD, streamed, text)


CLOUD_FAULTS = [cut_cloud] * 5 + [retried] * 5 + [in_mid_stream] * 2 + \
    [in_its_words] * 2 + [not_a_stream, moved, relayed, silent, garbage, named_wait, early]


# ---- Ollama's


def ollama_fault(rng, streamed, text):
    if rng.random() < 0.4:
        return cut(rng, LOCAL, streamed, text)
    begun = words_of(text)[:rng.randint(1, 4)] if streamed else []
    error_mid = o.error_mid(*begun) if streamed else o.failed()
    error_ends = (Ending("broken", ("server",), "".join(begun)),) if streamed else ()
    return rng.choice([
        Act("failed", o.failed(), failing("again", "server")),
        Act("busy", o.busy(), failing("again", "server")),
        Act("silence", reply.silent(), failing("again", "timeout")),
        Act("closed", reply.close_before_answer(), failing("again", "network")),
        Act("reset", reply.reset_before_answer(), failing("again", "network")),
        Act("garbage", reply.raw(rng.randbytes(300), close=True),
            failing("again", "protocol", "network")),
        Act("web page", reply.html_200(), failing("again", "protocol")),
        Act("not there", o.error(404, "model 'ministral-3:3b' not found"), failing("next", "model")),
        Act("error line", error_mid, (*error_ends, Ending("again", ("server",)))),
        Act("without done", o.without_done(*begun), broken("".join(begun)) if streamed
            else failing("again", "protocol"))])


# ---- the plan


class Exchange:
    """number, streamed, texts[provider] and acts[provider] (one an attempt), leaving (or None)."""

    def __init__(self, seed, number, stage):
        rng = random.Random(f"{seed} {number}")
        self.number, self.streamed = number, rng.random() < 0.6
        self.texts = {p: [self._text(rng, p, n) for n in range(TRIES)] for p in (CLOUD, LOCAL)}
        self.acts = {p: [self._act(rng, p, t, stage) for t in self.texts[p]] for p in (CLOUD, LOCAL)}
        self.leaving = None
        if rng.random() < LEAVING:
            self.leaving = Leaving(rng.choice(("sent", "sent", "head", "chunks")), rng.random() * 0.1,
                                   rng.randint(1, 6), rng.choice(("close", "reset")))

    def _text(self, rng, provider, attempt):
        """No two attempts of a run say the same."""
        words = [rng.choice(WORDS) for _ in range(rng.randint(2, 25))]
        return " ".join([f"{self.number}.{provider}.{attempt}", *words])

    def _act(self, rng, provider, text, stage):
        if rng.random() >= SHARE[provider]:
            return healthy(rng, provider, self.streamed, text)
        if provider == LOCAL:
            return ollama_fault(rng, self.streamed, text)
        return rng.choice(CLOUD_FAULTS)(rng, self.streamed, text, stage)

    def __str__(self):
        told = "; ".join(f"{p}: {', '.join(a.name for a in acts)}" for p, acts in self.acts.items())
        return (f"exchange {self.number} ({'streamed' if self.streamed else 'whole'}, {told}"
                f"{', ' + str(self.leaving) if self.leaving else ''})")
