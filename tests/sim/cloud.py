"""A pretended cloud that speaks OpenAI's API and does as it is told.

    cloud = Cloud()
    cloud.script(status(503), cut_stream("a", "b"), ok("hello"))

The replies are used up one a request, the last one stays; without a script it echoes. `ok` and
`ok_tools` answer as they are asked, streamed or whole.
"""
import base64
import json
import struct

from . import reply as r
from .net import Gate, Script, Server
from .openai_check import Refused, check_chat, check_responses
from .reply import *  # noqa: F401,F403: the constructors of broken replies

CHAT, COMPLETIONS = "/v1/chat/completions", "/v1/completions"
RESPONSES, EMBEDDINGS = "/v1/responses", "/v1/embeddings"
ID, CREATED, MODEL = "chatcmpl-sim", 1700000000, "gpt-4-0613"
USAGE = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
EVENT_STREAM = [("Content-Type", "text/event-stream; charset=utf-8"),
                ("Transfer-Encoding", "chunked"), ("x-request-id", "req_sim")]


def completion(text, finish="stop", usage=None, calls=None, **more):
    message = {"role": "assistant", "content": text, "refusal": None}
    if calls:
        message["tool_calls"] = calls
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    return {"id": ID, "object": "chat.completion", "created": CREATED, "model": MODEL,
            "choices": [choice], "usage": usage or USAGE, **more}


def event(delta, finish=None, **more):
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return {"id": ID, "object": "chat.completion.chunk", "created": CREATED, "model": MODEL,
            "choices": [choice], **more}


def usage_event(usage=None):
    return {**event({}), "choices": [], "usage": usage or USAGE}


def sse(data):
    """One event as bytes: an object, or text such as [DONE]."""
    return b"data: " + (data if isinstance(data, str) else json.dumps(data)).encode() + b"\n\n"


ROLE = event({"role": "assistant", "content": ""})


def call(name, arguments, id="call_1"):
    """A tool call; arguments is an object."""
    return {"id": id, "type": "function",
            "function": {"name": name, "arguments": json.dumps(arguments)}}


# ---- whole answers


def whole(text, headers=(), **more):
    return r.status(200, [("x-request-id", "req_sim"), *r.pairs(headers)], completion(text, **more))


def openai_error(code_of_http, code=None, message="The sim says no.", type="sim_error",
                 param=None, headers=()):
    error = {"message": message, "type": type, "param": param, "code": code}
    return r.status(code_of_http, headers, {"error": error})


def json_no_choices():
    return r.status(200, body={"id": ID, "object": "chat.completion", "choices": []})


# ---- streams


def events(*parts, headers=EVENT_STREAM, code=200):
    """Sends each part as one chunk: text as a content delta, an object as an event, bytes as they
    are; a Gate is waited for, a number is a pause. The chunked body stays open."""

    def reply(peer, request):
        peer.send(r.head(code, headers))
        for part in parts:
            if isinstance(part, Gate):
                peer.wait(part)
            elif isinstance(part, (int, float)):
                peer.pause(part)
            else:
                peer.send(r.chunk(as_bytes(part)))

    return reply


def as_bytes(part):
    if isinstance(part, bytes):
        return part
    return sse(event({"content": part}) if isinstance(part, str) else part)


def stream(*parts, usage=None, finish="stop", done=True, role=True, end=None, headers=EVENT_STREAM):
    """A stream. finish=None, done=False: without them. end: None (the chunked body ends as it
    should), close, reset or stall. The usage goes out when given, or asked for."""

    def reply(peer, request):
        tail = [event({}, finish)] if finish else []
        if done and (usage or asked_usage(request)):
            tail.append(usage_event(usage))
        if done:
            tail.append(b"data: [DONE]\n\n")
        events(*([ROLE] if role else []), *parts, *tail, headers=headers)(peer, request)
        if end is None:
            peer.send(b"0\r\n\r\n")
        else:
            r.end(peer, end)

    return reply


def asked_usage(request):
    options = request.json.get("stream_options") or {}
    return bool(options.get("include_usage"))


def cut_stream(*parts, how="close"):
    """Breaks after these parts: by FIN (close) or RST (reset), in mid-body."""
    return stream(*parts, finish=None, done=False, end=how)


def stall_stream(*parts):
    """Falls silent after these parts."""
    return stream(*parts, finish=None, done=False, end="stall")


def stream_without_done(*parts, finish="stop"):
    return stream(*parts, finish=finish, done=False)


STREAM_ERROR = {"error": {"message": "The server had an error.", "type": "server_error",
                          "param": None, "code": None}}


def stream_error_first(error=None):
    return stream(error or STREAM_ERROR, role=False, finish=None, done=False)


def stream_error_mid(*parts, error=None):
    return stream(*parts, error or STREAM_ERROR, finish=None, done=False)


def endless(total, piece=16384):
    """A stream of about so many bytes of content, which is never in memory as a whole. What the
    client has taken so far is request.sent."""

    def reply(peer, request):
        one = r.chunk(as_bytes("x" * piece))
        peer.send(r.head(200, EVENT_STREAM) + r.chunk(sse(ROLE)))
        for _ in range(total // piece):
            peer.send(one)
        peer.send(r.chunk(sse(event({}, "stop"))) + r.chunk(sse("[DONE]")) + b"0\r\n\r\n")

    return reply


# ---- completions: the older API


def text_event(text, finish=None, **more):
    choice = {"text": text, "index": 0, "logprobs": None, "finish_reason": finish}
    return {"id": "cmpl-sim", "object": "text_completion", "created": CREATED, "model": MODEL,
            "choices": [choice], **more}


def texts(*parts, finish="stop", usage=None, done=True, end=None):
    """As stream(), of a completion: text as a piece, an object as an event, and so on."""

    def reply(peer, request):
        pieces = [text_event(p) if isinstance(p, str) else p for p in parts]
        tail = [text_event("", finish)] if finish else []
        if done and (usage or asked_usage(request)):
            tail.append({**text_event(""), "choices": [], "usage": usage or USAGE})
        if done:
            tail.append(b"data: [DONE]\n\n")
        events(*pieces, *tail)(peer, request)
        if end is None:
            peer.send(b"0\r\n\r\n")
        else:
            r.end(peer, end)

    return reply


def ok_text(text="Hello from the cloud.", finish="stop"):
    """Completes with the text, streamed (in words) or whole, as the request asks."""

    def reply(peer, request):
        if request.wants_stream():
            words = [w + " " for w in text.split(" ")]
            words[-1] = words[-1][:-1]
            texts(*words, finish=finish)(peer, request)
        else:
            r.status(200, [("x-request-id", "req_sim")],
                     text_event(text, finish, usage=USAGE))(peer, request)

    return reply


# ---- responses


def response(text, model=MODEL, id="resp_sim", status="completed", cached=0):
    content = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    item = {"type": "message", "id": "msg_1", "status": status, "role": "assistant",
            "content": [content]}
    return {"id": id, "object": "response", "created_at": CREATED, "model": model,
            "status": status, "output": [item] if text else [], "parallel_tool_calls": True,
            "tool_choice": "auto", "tools": [], "error": None, "incomplete_details": None,
            "instructions": None, "metadata": {}, "temperature": 1.0, "top_p": 1.0,
            "usage": {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12,
                      "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
                      "output_tokens_details": {"reasoning_tokens": 0}}}


def named(data):
    """An event of responses: its name stands before the data, too."""
    return b"event: " + data["type"].encode() + b"\n" + sse(data)


def responses_events(text, model=MODEL, cached=0):
    """The events of a streamed response, in short: created, a delta a word, completed."""
    at = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    words = [w + " " for w in text.split(" ")]
    words[-1] = words[-1][:-1]
    found = [{"type": "response.created", "response": response("", model, status="in_progress")}]
    found += [{"type": "response.output_text.delta", "delta": w, "logprobs": [], **at}
              for w in words]
    found += [{"type": "response.output_text.done", "text": text, "logprobs": [], **at},
              {"type": "response.completed", "response": response(text, model, cached=cached)}]
    return [named({**e, "sequence_number": n}) for n, e in enumerate(found)]


def ok_response(text, cached=0):
    def reply(peer, request):
        asked = request.json["model"]
        if request.wants_stream():
            events(*responses_events(text, asked, cached))(peer, request)
            peer.send(b"0\r\n\r\n")
        else:
            r.status(200, body=response(text, asked, cached=cached))(peer, request)

    return reply


# ---- as asked


def ok(text="Hello from the cloud.", usage=None, finish="stop", headers=()):
    """Answers with the text, streamed (in words) or whole, as the request asks."""

    def reply(peer, request):
        if request.wants_stream():
            words = [w + " " for w in text.split(" ")]
            words[-1] = words[-1][:-1]
            fields = EVENT_STREAM + r.pairs(headers)
            stream(*words, usage=usage, finish=finish, headers=fields)(peer, request)
        else:
            whole(text, headers, usage=usage, finish=finish)(peer, request)

    return reply


def ok_tools(*calls):
    """Answers with tool calls (see call()), streamed or whole."""

    def reply(peer, request):
        if not request.wants_stream():
            whole(None, calls=list(calls), finish="tool_calls")(peer, request)
            return
        parts = []
        for index, one in enumerate(calls):
            arguments = one["function"]["arguments"]
            first = {**one, "index": index,
                     "function": {"name": one["function"]["name"], "arguments": ""}}
            parts.append(event({"tool_calls": [first]}))
            for half in (arguments[:5], arguments[5:]):
                piece = {"index": index, "function": {"arguments": half}}
                parts.append(event({"tool_calls": [piece]}))
        stream(*parts, finish="tool_calls")(peer, request)

    return reply


def echo(peer, request):
    """Says what the last message said."""
    content = request.json["messages"][-1].get("content")
    ok("cloud heard: " + (content if isinstance(content, str) else json.dumps(content)))(
        peer, request)


# ---- the server


class Cloud(Server):
    """strict: it looks at what it is asked as the real one does, and notes in `violations` what no
    correct client would have sent. has_responses: whether it knows /v1/responses."""

    def __init__(self, tls=None, strict=False, **where):
        self.models = ["gpt-4", "gpt-4o-mini"]
        self.strict, self.has_responses = strict, True
        self.violations = []
        self._scripts = {}
        super().__init__(tls, **where)

    def script(self, *replies, path=CHAT):
        """Replies to come for a path; path=None: for every path that has no script of its own."""
        self._scripts.setdefault(path, Script()).set(replies)

    @property
    def chats(self):
        return self.to(CHAT)

    def choose(self, request):
        return None if self.strict else self._scripted(request)

    def _scripted(self, request):
        script = self._scripts.get(request.path) or self._scripts.get(None)
        return script.next() if script else None

    def answer(self, request):
        if self.strict:
            try:
                self._check(request)
            except Refused as refused:
                self.violations.append(f"{request.path}: {refused.text}: {request.body[:500]!r}")
                return openai_error(400, refused.code, refused.text, "invalid_request_error",
                                    refused.param)
        return (self.strict and self._scripted(request)) or self._answer(request)

    def _check(self, request):
        for name in ("anthropic-version", "anthropic-beta", "x-api-key", "origin"):
            if request.header(name) is not None:
                self.violations.append(f"{request.path}: the header {name} came through")
        checks = {CHAT: check_chat, RESPONSES: check_responses}
        if request.method == "POST" and request.path in checks:
            try:
                body = request.json
            except ValueError:
                raise Refused("We could not parse the JSON body of your request.") from None
            checks[request.path](body)

    def _answer(self, request):
        path, method = request.path, request.method
        if method in ("GET", "HEAD"):
            return self._answer_get(path)
        if path == CHAT:
            return echo
        if path == COMPLETIONS:
            return ok_text(f"cloud heard: {request.json['prompt']}")
        if path == RESPONSES and self.has_responses:
            return ok_response(f"cloud heard: {request.json['input']}")
        if path == EMBEDDINGS:
            return r.status(200, body=self._embeddings(request.json))
        return openai_error(404, "unknown_url", f"Unknown request URL: {method} {path}. Please check "
                            "the URL for typos, or see the docs at "
                            "https://platform.openai.com/docs/api-reference/.",
                            "invalid_request_error")

    def _answer_get(self, path):
        if path == "/v1/models":
            return r.status(200, body={"object": "list", "data": [model(m) for m in self.models]})
        name = path.removeprefix("/v1/models/")
        if name in self.models:
            return r.status(200, body=model(name))
        if path == "/":
            # As the real one answers: any answer means that the network is there.
            return lambda peer, request: peer.send(
                r.head(421, [("Content-Length", "0")], "Misdirected Request"))
        return openai_error(404, "model_not_found", f"The model '{name}' does not exist",
                            "invalid_request_error", "model")

    @staticmethod
    def _embeddings(body):
        inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
        vector = as_asked([0.25, -0.5, 0.125], body)
        data = [{"object": "embedding", "index": i, "embedding": vector}
                for i, _ in enumerate(inputs)]
        return {"object": "list", "model": body["model"], "data": data,
                "usage": {"prompt_tokens": 1, "total_tokens": 1}}


def as_asked(vector, body):
    """As numbers, or as the base64 of 32-bit ones: the SDKs ask for that."""
    if body.get("encoding_format") != "base64":
        return vector
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def model(name):
    return {"id": name, "object": "model", "created": CREATED, "owned_by": "openai"}
