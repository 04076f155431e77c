"""A pretended Ollama: strict where the real one is, and stricter where it would be silent.

What no correct client would send is refused and noted in `violations`; the fixture asserts at the
end of a test that there are none. Without a script it echoes the last message.
"""
import hashlib
import json
import re
from dataclasses import dataclass, replace
from typing import Optional

from . import cloud, reply as r
from .net import Gate, Script, Server
from .ollama_check import Refused, check_ability, check_chat, check_generate

CHAT, EMBEDDINGS, RESPONSES = "/api/chat", "/v1/embeddings", "/v1/responses"
ADMIN = {"/api/pull": "POST", "/api/push": "POST", "/api/create": "POST", "/api/copy": "POST",
         "/api/delete": "DELETE"}
AT = "2026-08-21T10:00:00.123456789Z"
COUNTS = {"total_duration": 1500000, "load_duration": 500000, "prompt_eval_count": 11,
          "prompt_eval_duration": 400000, "eval_count": 4, "eval_duration": 600000}
NDJSON = [("Content-Type", "application/x-ndjson"), ("Transfer-Encoding", "chunked")]


@dataclass
class Model:
    name: str = "ministral-3:3b"
    capabilities: tuple = ("completion", "tools", "vision")
    context: int = 262144
    remote_host: Optional[str] = None
    modified_at: str = AT
    leaves_open: bool = True  # its template does not end a last message of the assistant
    loaded_context: Optional[int] = None  # not None: it is in memory with this window
    digest: Optional[str] = None  # None: one of its name


TEXT_ONLY = Model("plain:1b", ("completion",), 8192)
THINKING = Model("thinker:4b", ("completion", "tools", "thinking"), 40960)
EMBEDDING = Model("embedder:latest", ("embedding",), 2048)


# ---- tokens, roughly as tokenizers make them: text -> how many


def words_and_digits(text):
    """As of qwen and gemma: words in pieces, each digit and each mark a token."""
    return len(re.findall(r"[0-9]| ?[A-Za-z]{1,6}|[^\sA-Za-z0-9]|\s(?![A-Za-z])", text))


def bytes_each(text):
    """A vocabulary of 256: far from what anybody would reckon with."""
    return len(text.encode())


def prompt_of(body):
    """What a template makes of it."""
    said = [f"{m['role']}{m.get('content', '')}{json.dumps(m.get('tool_calls', ''))}"
            for m in body.get("messages", [])]
    return "\n".join(said) + json.dumps(body.get("tools", ""))


# ---- replies


def line(request, message=None, **more):
    content = {"role": "assistant", "content": "", **(message or {})}
    return {"model": request.json["model"], "created_at": AT, "message": content, "done": False,
            **more}


def go_json(value):
    """As Go writes it: < > & as escapes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for c in "<>&":
        text = text.replace(c, f"\\u{ord(c):04x}")
    return text.encode()


def counts_of(request):
    """The prompt's own where the server counts."""
    counted = getattr(request, "prompt_tokens", None)
    return COUNTS if counted is None else {**COUNTS, "prompt_eval_count": counted}


def lines(*parts, done="stop", end=None, counts=None):
    """A stream: text as content, an object as members of the message, bytes as they are, an
    {"error"} as a line of its own; Gates are waited for, numbers are pauses. done=None: it ends
    without a done line. end: None (well), close, reset or stall."""

    def reply(peer, request):
        peer.send(r.head(200, NDJSON))
        for part in parts:
            if isinstance(part, Gate):
                peer.wait(part)
            elif isinstance(part, (int, float)):
                peer.pause(part)
            else:
                peer.send(r.chunk(as_bytes(part, request)))
        if done:
            last = line(request, done_reason=done, **{**counts_of(request), **(counts or {})})
            peer.send(r.chunk(go_json({**last, "done": True}) + b"\n"))
        if end is None:
            peer.send(b"0\r\n\r\n")
        else:
            r.end(peer, end)

    return reply


def as_bytes(part, request):
    if isinstance(part, bytes):
        return part
    if isinstance(part, dict) and "error" in part:
        return go_json(part) + b"\n"
    return go_json(line(request, {"content": part} if isinstance(part, str) else part)) + b"\n"


def whole(message, done="stop", counts=None):
    def reply(peer, request):
        body = line(request, message)
        if done:
            body = {**body, "done": True, "done_reason": done, **counts_of(request),
                    **(counts or {})}
        r.status(200, body=go_json(body), kind="application/json; charset=utf-8")(peer, request)

    return reply


def streams(request):
    return request.json.get("stream", True)  # its default


def text(content="Hello from Ollama.", thinking=None, done="stop", counts=None):
    """A text, streamed in words or whole, as the request asks."""

    def reply(peer, request):
        if streams(request):
            words = [w + " " for w in content.split(" ")]
            words[-1] = words[-1][:-1]
            thoughts = [{"thinking": thinking}] if thinking else []
            lines(*thoughts, *words, done=done, counts=counts)(peer, request)
        else:
            message = {"content": content, **({"thinking": thinking} if thinking else {})}
            whole(message, done, counts)(peer, request)

    return reply


def call(name, arguments, id="call_ab12cd34", index=0):
    return {"id": id, "function": {"index": index, "name": name, "arguments": arguments}}


def tools(*calls):
    """Tool calls, as call() makes them: whole, in one line before the last."""

    def reply(peer, request):
        message = {"tool_calls": list(calls)}
        (lines(message) if streams(request) else whole(message))(peer, request)

    return reply


def error(status, message):
    return r.status(status, body=go_json({"error": message}))


def v1_error(status, message, kind="invalid_request_error"):
    """As the paths below /v1 say it."""
    return r.status(status, body={"error": {"message": message, "type": kind, "param": None,
                                            "code": None}})


def error_mid(*parts, message="an error was encountered while running the model: unexpected EOF"):
    """Breaks after these parts as the real one does: an error line under a 200."""
    return lines(*parts, {"error": message}, done=None)


def without_done(*parts):
    """The runner gave up: the answer ends without done:true."""

    def reply(peer, request):
        if streams(request):
            lines(*parts, done=None)(peer, request)
        else:
            whole({"content": "".join(parts)}, done=None)(peer, request)

    return reply


def busy():
    return error(503, "server busy, please try again.  maximum pending requests exceeded")


def failed():
    return error(500, "model runner has unexpectedly stopped, this may be due to resource "
                      "limitations or an internal error, check ollama server logs for details")


def overflow(generation="0.33", prompt=8002, window=512):
    """The prompt does not fit and truncate is false."""
    if generation == "0.24":
        return error(400, "the input length exceeds the context length")
    inner = {"error": {"code": 400, "type": "exceed_context_size_error", "n_prompt_tokens": prompt,
                       "n_ctx": window, "message": f"request ({prompt} tokens) exceeds the "
                       f"available context size ({window} tokens), try increasing it"}}
    return error(400, json.dumps(inner))


def generated(content="Hello from Ollama.", thinking=None, done="stop", counts=None):
    """The answer of /api/generate, streamed in words or whole, as the request asks."""

    def reply(peer, request):
        words = [w + " " for w in content.split(" ")]
        words[-1] = words[-1][:-1]
        parts = [{"response": "", "thinking": thinking}] if thinking else []
        parts += [{"response": w} for w in words]
        head = {"model": request.json["model"], "created_at": AT}
        last = {"done": True, "done_reason": done, "context": [1, 2, 3], **counts_of(request),
                **(counts or {})}
        if streams(request):
            body = [{**head, "done": False, **p} for p in parts] + [{**head, "response": "", **last}]
            peer.send(r.head(200, NDJSON) + b"".join(r.chunk(go_json(l) + b"\n") for l in body)
                      + b"0\r\n\r\n")
        else:
            more = {"thinking": thinking} if thinking else {}
            r.status(200, body=go_json({**head, "response": content, **more, **last}),
                     kind="application/json; charset=utf-8")(peer, request)

    return reply


def statuses(*texts):
    """As /api/pull, create and push go on: a line each, or the last one alone."""

    def reply(peer, request):
        if not streams(request):
            r.status(200, body=go_json({"status": texts[-1]}))(peer, request)
            return
        peer.send(r.head(200, NDJSON))
        for text in texts:
            peer.send(r.chunk(go_json({"status": text}) + b"\n"))
        peer.send(b"0\r\n\r\n")

    return reply


def echo(peer, request):
    said = request.json["messages"][-1].get("content", "") if request.json["messages"] else ""
    text("ollama heard: " + said)(peer, request)


# ---- the server


class Ollama(Server):
    """generation: "0.33" tells capabilities and context_length in /api/tags, "0.24" does not.
    tokens: counts those of a text; then a prompt that does not fit the window is refused.
    refuses: {what: text}: an option, or "think" with a level, that it answers 400 to."""

    def __init__(self, models=None, generation="0.33", needs_key=False, tokens=None, refuses=None):
        self.models = [replace(m) for m in ([Model()] if models is None else models)]
        self.generation, self.needs_key = generation, needs_key
        self.tokens, self.refuses = tokens, refuses or {}
        self.has_responses = True
        self.violations = []
        self._scripts = {}
        super().__init__()

    def script(self, *replies, path=CHAT):
        self._scripts.setdefault(path, Script()).set(replies)

    @property
    def chats(self):
        return [q for q in self.to(CHAT) if not q.json.get("_debug_render_only")]

    @property
    def requests_to_v1(self):
        return [q for q in self.requests if q.path.startswith("/v1/")]

    @property
    def renders(self):
        """Requests to show the prompt."""
        return [q for q in self.to(CHAT) if q.json.get("_debug_render_only")]

    @property
    def loads(self):
        """Warm-ups: /api/generate without a prompt."""
        return [q for q in self.to("/api/generate") if not q.json.get("prompt")]

    def choose(self, request):
        return None  # nothing is answered before it has been looked at

    def answer(self, request):
        self._check_headers(request)
        try:
            return self._answer(request)
        except Refused as refused:
            if refused.violation:
                self.violations.append(f"{request.path}: {refused.text}: {request.body[:500]!r}")
            if request.path.startswith("/v1/"):
                return v1_error(refused.status, refused.text)
            return error(refused.status, refused.text)

    def _check_headers(self, request):
        forbidden = ["origin", "referer", "cookie", *([] if self.needs_key else ["authorization"])]
        for name in forbidden:
            if request.header(name) is not None:
                self.violations.append(f"{request.path}: the header {name} came through")
        if len(request.all("host")) != 1 or request.version != "HTTP/1.1":
            self.violations.append(f"{request.path}: odd Host or version: {request.headers}")

    def _answer(self, request):
        if request.path in ADMIN or request.path.startswith("/api/blobs/"):
            return self._admin(request)
        checks = {CHAT: self._chat, "/api/generate": self._generate, "/api/show": self._show,
                  EMBEDDINGS: self._embeddings, "/api/embed": self._embed,
                  "/api/embeddings": self._embed}
        if self.has_responses:
            checks[RESPONSES] = self._responses
        gets = {"/api/version": lambda: {"version": self.generation + ".0"},
                "/api/tags": self._tags, "/api/ps": self._ps}
        path, script = request.path, self._scripts.get(request.path)
        if path == "/" and request.method in ("GET", "HEAD"):
            return self._text(request, 200, "Ollama is running")
        if path not in checks and path not in gets:
            return self._text(request, 404, "404 page not found")
        if request.method not in (("POST",) if path in checks else ("GET", "HEAD")):
            return self._text(request, 405, "405 method not allowed")
        if path in gets:
            return (script and script.next()) or r.status(200, body=gets[path]())
        body = self._decode(request)
        standard = checks[path](body)
        if path == CHAT and not body.get("_debug_render_only"):
            refusal = self._refuse_option(body) or self._refuse_length(request, body)
            if refusal:
                return refusal
        if path == CHAT and body.get("_debug_render_only"):
            return self._render(body)
        return (script and script.next()) or standard

    @staticmethod
    def _text(request, status, text):
        full = r.message(status, text, kind="text/plain; charset=utf-8")
        return r.raw(full[: -len(text)] if request.method == "HEAD" else full)

    @staticmethod
    def _decode(request):
        if not request.body:
            raise Refused(400, "missing request body")
        try:
            return json.loads(request.body)
        except ValueError:
            raise Refused(400, "unexpected EOF") from None

    def find(self, name):
        full = name if ":" in name else name + ":latest"
        for model in self.models:
            if model.name == full:
                return model
        raise Refused(404, f"model '{name}' not found", False)

    def _chat(self, body):
        check_chat(body)
        model = self.find(body["model"])
        check_ability(model, body)
        self._load(model, body)
        return echo

    def _refuse_option(self, body):
        for name, text in self.refuses.items():
            asked = body.get(name) if name == "think" else body.get("options", {}).get(name)
            if asked is not None and asked is not True:
                return error(400, text)
        return None

    def _refuse_length(self, request, body):
        """truncate is false, or it would be cut."""
        if not self.tokens:
            return None
        window = self.find(body["model"]).loaded_context
        request.prompt_tokens = self.tokens(prompt_of(body))
        if request.prompt_tokens <= window:
            return None
        if body.get("truncate", True):
            raise Refused(400, f"more than {window} tokens are cut without a word")
        return overflow(self.generation, request.prompt_tokens, window)

    def _responses(self, body):
        """It ignores a lot; what would make the answer wrong is a violation here."""
        for name in ("previous_response_id", "conversation", "prompt"):
            if body.get(name):
                raise Refused(400, f"{name} is ignored without a word")
        if not body.get("input"):
            raise Refused(400, "nothing is asked, and the answer is empty")
        model = self.find(body.get("model", ""))
        effort = (body.get("reasoning") or {}).get("effort", "none")
        if effort != "none" and "thinking" not in model.capabilities:
            raise Refused(400, f'"{model.name}" does not support thinking')
        window = min(4096, model.context)
        if len(json.dumps(body)) / 4 > window:
            raise Refused(400, f"more than {window} tokens are cut without a word")
        model.loaded_context = window
        said = body["input"] if isinstance(body["input"], str) else json.dumps(body["input"])
        return cloud.ok_response("ollama heard: " + said)

    def _embeddings(self, body):
        model = self.find(body.get("model", ""))
        if "embedding" not in model.capabilities:
            raise Refused(501, "This server does not support embeddings", False)
        inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
        if not all(isinstance(i, str) for i in inputs):
            return v1_error(400, "invalid input type")
        vector = cloud.as_asked([0.5, 0.75], body)
        data = [{"object": "embedding", "index": i, "embedding": vector}
                for i, _ in enumerate(inputs)]
        return r.status(200, body={"object": "list", "model": body["model"], "data": data,
                                   "usage": {"prompt_tokens": 2, "total_tokens": 2}})

    def _render(self, body):
        messages = body["messages"]
        prompt = "".join(f"<{m['role']}>{m['content']}</>" for m in messages)
        if messages and messages[-1]["role"] == "assistant" and self.find(body["model"]).leaves_open:
            prompt = prompt.removesuffix("</>")
        return r.status(200, body={"model": body["model"], "created_at": AT,
                                   "_debug_info": {"rendered_template": prompt}})

    def _embed(self, body):
        """Of both paths: the older one takes one prompt, and gives one vector."""
        model = self.find(body.get("model", ""))
        if "embedding" not in model.capabilities:
            raise Refused(501, "This server does not support embeddings", False)
        if "prompt" in body:
            return r.status(200, body={"embedding": [0.5, 0.75]})
        inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
        if not all(isinstance(i, str) for i in inputs):
            raise Refused(400, "invalid input type", False)
        return r.status(200, body={"model": body["model"], "embeddings": [[0.6, 0.8]] * len(inputs),
                                   "total_duration": 9, "load_duration": 3, "prompt_eval_count": 2})

    def _admin(self, request):
        """What changes its models: only what it would say, nothing is changed."""
        script = self._scripts.get(request.path)
        if request.path.startswith("/api/blobs/"):
            return r.status(404 if request.method == "HEAD" else 201)
        if request.method != ADMIN[request.path]:
            return self._text(request, 405, "405 method not allowed")
        self._decode(request)
        if script:
            return script.next()
        if request.path in ("/api/copy", "/api/delete"):
            return r.status(200)
        return statuses("pulling manifest", "success")

    def _generate(self, body):
        check_generate(body)
        self._load(self.find(body["model"]), body)
        if body.get("prompt"):
            return generated("ollama heard: " + body["prompt"])
        return r.status(200, body={"model": body["model"], "created_at": AT, "response": "",
                                   "done": True, "done_reason": "load"})

    @staticmethod
    def _load(model, body):
        """Another window reloads the model; none keeps the loaded one, or takes the default."""
        asked = body.get("options", {}).get("num_ctx")
        if asked or not model.loaded_context:
            model.loaded_context = min(asked or 4096, model.context)

    def _show(self, body):
        model = self.find(body.get("model", ""))
        return r.status(200, body={
            "details": self._details(model), "capabilities": list(model.capabilities),
            "model_info": {"general.architecture": "sim", "sim.context_length": model.context},
            **({"remote_host": model.remote_host} if model.remote_host else {})})

    @staticmethod
    def _details(model):
        return {"parent_model": "", "format": "gguf", "family": "sim", "families": ["sim"],
                "parameter_size": "3.8B", "quantization_level": "Q4_K_M"}

    def _tags(self):
        return {"models": [self._tag(m) for m in self.models] or None}

    def _tag(self, model):
        tag = {"name": model.name, "model": model.name, "modified_at": model.modified_at,
               "size": 2989199414, "digest": model.digest or hashlib.sha256(model.name.encode()).hexdigest(),
               "details": self._details(model)}
        if self.generation != "0.24":
            tag["capabilities"] = list(model.capabilities)
            tag["details"]["context_length"] = model.context
        if model.remote_host:
            tag["remote_host"], tag["remote_model"] = model.remote_host, model.name
        return tag

    def _ps(self):
        loaded = [m for m in self.models if m.loaded_context]
        return {"models": [{**self._tag(m), "size_vram": 0, "expires_at": AT,
                            "context_length": m.loaded_context} for m in loaded]}
