"""A pretended Anthropic: strict as the real one is, and its answers are as it writes them.

    claude = Anthropic()
    claude.script(overloaded(), cut_stream("a", "b"), ok("hello"))

The shapes of answers and streams: the API's documentation and events that users have posted
(2026-11), checked by the official SDKs in test_sim_anthropic.py. The replies are used up one a
request, the last one stays; without a script it echoes. What no correct client would send is refused
and noted in `violations`.
"""
import json
from datetime import datetime, timezone
from urllib.parse import parse_qs, urlsplit

from . import reply as r
from .anthropic_check import VERSIONS, Refused, blocks_of, check
from .net import Gate, Script, Server
from .reply import *  # noqa: F401,F403: the constructors of broken replies

MESSAGES, COUNT, MODELS = "/v1/messages", "/v1/messages/count_tokens", "/v1/models"
ID, MODEL, REQUEST_ID = "msg_01SimSimSimSimSimSimSim", "claude-sonnet-5-5", "req_011SimSimSim"
OWN = [("request-id", REQUEST_ID), ("anthropic-organization-id", "org-sim"), ("via", "1.1 google")]
EVENT_STREAM = [("Content-Type", "text/event-stream; charset=utf-8"), ("Cache-Control", "no-cache"),
                ("Transfer-Encoding", "chunked"), *OWN]
SIGNATURE = "EqQBCkYIBBgCKkBzaW0="
# Of the tokens, 3 were written to the cache and 4 read from it.
USAGE = {"input_tokens": 9, "cache_creation_input_tokens": 3, "cache_read_input_tokens": 4,
         "output_tokens": 5}
TYPES = {400: "invalid_request_error", 401: "authentication_error", 402: "billing_error",
         403: "permission_error", 404: "not_found_error", 413: "request_too_large",
         429: "rate_limit_error", 500: "api_error", 504: "timeout_error", 529: "overloaded_error"}


# ---- blocks


def text(value):
    return {"type": "text", "text": value}


def thinking(value, signature=SIGNATURE):
    return {"type": "thinking", "thinking": value, "signature": signature}


def tool_use(name, input, id="toolu_01Sim"):
    return {"type": "tool_use", "id": id, "name": name, "input": input}


def as_blocks(parts):
    return [text(p) if isinstance(p, str) else p for p in parts]


# ---- whole answers


def message(blocks, stop="end_turn", usage=None, model=MODEL, sequence=None, **more):
    return {"model": model, "id": ID, "type": "message", "role": "assistant",
            "content": as_blocks(blocks), "stop_reason": stop, "stop_sequence": sequence,
            "usage": {**(usage or USAGE), "service_tier": "standard"}, **more}


def whole(*blocks, headers=(), **more):
    def reply(peer, request):
        body = message(blocks, **{"model": request.json.get("model"), **more})
        r.status(200, [*OWN, *r.pairs(headers)], body)(peer, request)

    return reply


# ---- errors


def problem(kind, text):
    return {"type": "error", "error": {"type": kind, "message": text}, "request_id": REQUEST_ID}


def error(status, text="The sim says no.", kind=None, headers=()):
    return r.status(status, [*OWN, *r.pairs(headers)],
                    problem(kind or TYPES.get(status, "api_error"), text))


def overloaded():
    return error(529, "Overloaded")


def billing():
    return error(402, "Your account has no credit left.")


def no_credit():
    """As it was told before 402 came up, and is still told."""
    return error(400, "Your credit balance is too low to access the Anthropic API. Please go to "
                      "Plans & Billing to upgrade or purchase credits.")


def rate_limit(retry_after=None):
    more = [] if retry_after is None else [("retry-after", str(retry_after))]
    return error(429, "This request would exceed your organization's rate limit of 50,000 input "
                      "tokens per minute (org: sim). For details, refer to: "
                      "https://docs.claude.com/en/api/rate-limits.",
                 headers=[*more, ("anthropic-ratelimit-input-tokens-remaining", "0")])


def wrong_key():
    return error(401, "invalid x-api-key")


def no_model(name=MODEL):
    return error(404, f"model: {name}")


def too_long(tokens=208310, window=200000):
    return error(400, f"prompt is too long: {tokens} tokens > {window} maximum")


# ---- streams


def sse(event):
    """One event as bytes: its name stands before the data."""
    return f"event: {event['type']}\ndata: {json.dumps(event, ensure_ascii=False)}\n\n".encode()


PING = {"type": "ping"}


def start_event(model=MODEL, usage=None):
    begun = {**(usage or USAGE), "output_tokens": 1}
    first = {**message([], stop=None, usage=begun, model=model)}
    return {"type": "message_start", "message": first}


def end_event(stop="end_turn", usage=None, sequence=None):
    return {"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": sequence},
            "usage": usage or USAGE}


STOP_EVENT = {"type": "message_stop"}


def block_start(index, block):
    return {"type": "content_block_start", "index": index, "content_block": block}


def block_delta(index, kind, **more):
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **more}}


def block_stop(index):
    return {"type": "content_block_stop", "index": index}


def words_of(value):
    words = [w + " " for w in value.split(" ")]
    words[-1] = words[-1][:-1]
    return words


def block_events(index, block):
    """A block as the API streams it: text in words, the input of a tool in pieces of JSON."""
    kind = block["type"]
    if kind == "text":
        opened, deltas = {**block, "text": ""}, [
            block_delta(index, "text_delta", text=w) for w in words_of(block["text"])]
    elif kind == "thinking":
        opened = {**block, "thinking": "", "signature": ""}
        deltas = [block_delta(index, "thinking_delta", thinking=w)
                  for w in words_of(block["thinking"])]
        deltas += [block_delta(index, "signature_delta", signature=block["signature"])]
    elif kind == "tool_use":
        opened, written = {**block, "input": {}}, json.dumps(block["input"], ensure_ascii=False)
        pieces = ["", *(written[i:i + 7] for i in range(0, len(written), 7))]
        deltas = [block_delta(index, "input_json_delta", partial_json=p) for p in pieces]
    else:
        opened, deltas = block, []
    return [block_start(index, opened), *deltas, block_stop(index)]


def events_of(*parts, stop="end_turn", usage=None, model=MODEL, sequence=None, ping=True):
    """All events of a whole stream."""
    found = [start_event(model, usage)]
    for index, block in enumerate(as_blocks(parts)):
        first, *rest = block_events(index, block)
        found += [first, *([PING] if ping and index == 0 else []), *rest]
    return [*found, end_event(stop, usage, sequence), STOP_EVENT]


def body_of(*parts, **more):
    """The same as bytes."""
    return b"".join(sse(e) for e in events_of(*parts, **more))


def events(*parts, headers=EVENT_STREAM, end="well"):
    """Sends each part as one chunk: an object as an event, bytes as they are; a Gate is waited for, a
    number is a pause. end: well, close, reset, stall; None: the body stays open."""

    def reply(peer, request):
        peer.send(r.head(200, headers))
        for part in parts:
            if isinstance(part, Gate):
                peer.wait(part)
            elif isinstance(part, (int, float)):
                peer.pause(part)
            else:
                peer.send(r.chunk(part if isinstance(part, bytes) else sse(part)))
        r.end(peer, end)

    return reply


def stream(*parts, stop="end_turn", usage=None, done=True, end="well", headers=EVENT_STREAM,
           sequence=None):
    """A stream of one text: text as a delta, anything else as events() takes it. stop=None: it ends
    without a stop_reason, in mid-block; done=False: without message_stop."""

    def reply(peer, request):
        middle = [block_delta(0, "text_delta", text=p) if isinstance(p, str) else p for p in parts]
        tail = [block_stop(0), end_event(stop, usage, sequence)] if stop else []
        events(start_event(request.json.get("model"), usage), block_start(0, text("")), PING, *middle,
               *tail, *([STOP_EVENT] if stop and done else []), end=end, headers=headers)(
                   peer, request)

    return reply


def cut_stream(*parts, how="close"):
    """Breaks after these parts: by FIN (close) or RST (reset), in mid-body."""
    return stream(*parts, stop=None, end=how)


def stall_stream(*parts):
    """Falls silent after these parts."""
    return stream(*parts, stop=None, end="stall")


def ended_early(*parts):
    """The body ends well, and the message has not."""
    return stream(*parts, stop=None)


def without_stop(*parts, stop="end_turn", end="well"):
    """A stop_reason, and no message_stop."""
    return stream(*parts, stop=stop, done=False, end=end)


def cut_at(count, body, how="close"):
    """The first so many bytes of a stream."""
    return events(body[:count], end=how)


STREAM_ERROR = problem("overloaded_error", "Overloaded")


def stream_error_first(problem=STREAM_ERROR):
    return events(problem)


def stream_error_mid(*parts, problem=STREAM_ERROR):
    """An error event after these parts. The API closes after it, without message_stop."""
    return stream(*parts, problem, stop=None)


def ping_stream(count, then, delay=0.0):
    """So many pings before anything else."""

    def reply(peer, request):
        peer.send(r.head(200, EVENT_STREAM))
        for _ in range(count):
            peer.send(r.chunk(sse(PING)))
            peer.pause(delay)
        for event in then:
            peer.send(r.chunk(sse(event)))
        r.end(peer, "well")

    return reply


# ---- as asked


def answer(*blocks, stop="end_turn", usage=None, headers=(), sequence=None):
    """Answers with these blocks (text = a text), streamed or whole, as the request asks."""

    def reply(peer, request):
        if request.wants_stream():
            events(*events_of(*blocks, stop=stop, usage=usage, sequence=sequence,
                              model=request.json["model"]),
                   headers=EVENT_STREAM + r.pairs(headers))(peer, request)
        else:
            whole(*blocks, stop=stop, usage=usage, headers=headers, sequence=sequence)(peer, request)

    return reply


def ok(value="Hello from Claude.", **more):
    return answer(value, **more)


def ok_tools(*calls, first=()):
    """Calls as tool_use() makes them, after the blocks of `first`."""
    return answer(*first, *calls, stop="tool_use")


def refusal(value="", before=()):
    """The classifiers step in: stop_reason refusal, as 2026 models tell it in a 200."""
    return answer(*before, *([value] if value else []), stop="refusal")


def echo(peer, request):
    """Says what the last message said."""
    texts = [b["text"] for b in blocks_of(request.json["messages"][-1]) if b["type"] == "text"]
    ok("claude heard: " + " ".join(texts))(peer, request)


# ---- the server


class Anthropic(Server):
    """keys: which x-api-key or bearer it takes; None: any, but one. window: tokens (a quarter of the
    bytes) of a prompt that it takes."""

    def __init__(self, tls=None, keys=None, window=200000, **where):
        self.models = ["claude-opus-5-5", "claude-sonnet-5-5", "claude-haiku-4-5-20251001"]
        self.keys, self.window, self.any_model = keys, window, True
        self.violations = []
        self._scripts = {}
        super().__init__(tls, **where)

    def script(self, *replies, path=MESSAGES):
        self._scripts.setdefault(path, Script()).set(replies)

    @property
    def chats(self):
        return self.to(MESSAGES)

    @property
    def counts(self):
        return self.to(COUNT)

    def choose(self, request):
        return None  # nothing is answered before it has been looked at

    def answer(self, request):
        try:
            self._check_head(request)
            return self._answer(request)
        except Refused as refused:
            if refused.violation:
                self.violations.append(f"{request.target}: {refused.text}: {request.body[:500]!r}")
            return error(refused.status, refused.text, refused.kind)

    def _check_head(self, request):
        if request.path == "/":
            return
        key, bearer = request.header("x-api-key"), request.header("authorization")
        if not key and not bearer:
            raise Refused("x-api-key header is required", 401, "authentication_error", False)
        # The SDKs of 2026 send a key as a bearer, too: a login's token is known by how it begins.
        login = (bearer or "").startswith("Bearer sk-ant-oat")
        if login and "oauth-2025-04-20" not in (request.header("anthropic-beta") or ""):
            raise Refused("OAuth authentication is currently not supported.", 401,
                          "authentication_error", False)
        if self.keys is not None and (key or bearer.removeprefix("Bearer ")) not in self.keys:
            raise Refused("invalid x-api-key", 401, "authentication_error", False)
        version = request.header("anthropic-version")
        if version is None:
            raise Refused("anthropic-version: header is required")
        if version not in VERSIONS:
            raise Refused(f'anthropic-version: "{version}" is not a valid version')
        for name in ("origin", "cookie", "x-understudy-route", "proxy-authorization"):
            if request.header(name) is not None:
                self.violations.append(f"{request.target}: the header {name} came through")

    def _answer(self, request):
        path, script = request.path, self._scripts.get(request.path)
        if path == "/" or path.startswith(MODELS) and request.method in ("GET", "HEAD"):
            return script.next() if script else self._get(path, request.target)
        if path not in (MESSAGES, COUNT):
            return script.next() if script else error(404, "Not found")
        if request.method != "POST":
            return error(405, "Method Not Allowed", "invalid_request_error")
        body = self._decode(request)
        check(body, request.header("anthropic-beta") or "", path == COUNT,
              request.header("anthropic-version"))
        if not self.any_model and body["model"] not in self.models:
            raise Refused(f"model: {body['model']}", 404, "not_found_error", False)
        if path == COUNT:
            return script.next() if script else r.status(200, OWN, {"input_tokens": tokens(body)})
        if tokens(body) > self.window:
            return too_long(tokens(body), self.window)
        return script.next() if script else echo

    @staticmethod
    def _decode(request):
        if not (request.header("content-type") or "").startswith("application/json"):
            raise Refused("Content-Type header must be application/json")
        try:
            return json.loads(request.body)
        except ValueError:
            raise Refused("The request body is not valid JSON: unexpected character: line 1 "
                          "column 1 (char 0)") from None

    def _list(self, target):
        """A page of it: 20 where no limit is told, at most 1000."""
        asked = parse_qs(urlsplit(target).query)
        limit, after = int(asked.get("limit", ["20"])[0]), asked.get("after_id", [None])[0]
        if not 1 <= limit <= 1000:
            raise Refused("limit: Input should be between 1 and 1000")
        rest = self.models[self.models.index(after) + 1 if after else 0:]
        listed = rest[:limit]
        return r.status(200, OWN, {"data": [model(m) for m in listed], "has_more": len(rest) > limit,
                                   "first_id": listed[0] if listed else None,
                                   "last_id": listed[-1] if listed else None})

    def _get(self, path, target):
        if path == "/":
            return error(404, "Not found")
        if path == MODELS:
            return self._list(target)
        name = path.removeprefix(MODELS + "/")
        if name not in self.models:
            return no_model(name)
        return r.status(200, OWN, model(name))


def tokens(body):
    said = json.dumps([body.get("system"), body["messages"], body.get("tools")], ensure_ascii=False)
    return len(said.encode()) // 4


def model(name):
    at = datetime(2025, 9, 29, tzinfo=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    title = " ".join(w.capitalize() for w in name.split("-") if not w.isdigit())
    return {"type": "model", "id": name, "display_name": title, "created_at": at,
            "lifecycle": "active", "max_input_tokens": 200000, "max_tokens": 64000}
