"""Five clouds that speak OpenAI's API in a manner of their own, each as strict as the real one.

    gemini = Gemini()
    gemini.script(Gemini.ok_tools(call("add", {"a": 1})), Gemini.error("overloaded"))

Base: where its paths begin, as in its base_url. What they refuse they refuse in their own words, as
fixtures/provider-errors.json has them, with sources. Read in 2026-11:

    OpenRouter  https://openrouter.ai/docs/api-reference/streaming and .../errors
    Gemini      https://ai.google.dev/gemini-api/docs/openai and .../thought-signatures
    Mistral     https://docs.mistral.ai/api; ids: github.com/zed-industries/zed/issues/53034
    Xai         https://docs.x.ai/docs/guides/reasoning and .../function-calling
    DeepSeek    https://api-docs.deepseek.com/guides/thinking_mode and .../quick_start/rate_limit
"""
import json
import re
from pathlib import Path

from . import cloud as c
from . import reply as r

TABLE = json.loads((Path(__file__).parents[1] / "fixtures/provider-errors.json").read_text())
KEY = "sk-sim"
BLANK = b"\n\n\n"


class Vendor(c.Cloud):
    """What all have in common. key: the only one that is right; None: any is."""

    name, base, models = "", "/v1", ["sim-1"]
    known = None  # members of a request; None: others are passed over

    def __init__(self, key=KEY, **where):
        super().__init__(**where)
        self.key, self.models = key, list(type(self).models)

    @property
    def base_url(self):
        return self.url + self.base

    # ---- what it refuses

    @classmethod
    def rows(cls):
        """(what, row) of the table of errors."""
        return [(row["what"], row) for row in TABLE if row["provider"] == cls.name]

    @classmethod
    def error(cls, what, *parts):
        """One of the table's, by its `what`; what comes in a stream of status 200 comes behind these
        parts of an answer."""
        row = dict(cls.rows())[what]
        headers = list((row.get("headers") or {}).items())
        if not row.get("stream"):
            return r.status(row["status"], headers, row["body"])

        def reply(peer, request):
            c.events(*(cls.begin() if parts else []), *[cls.delta(p) for p in parts], row["body"],
                     b"data: [DONE]\n\n")(peer, request)
            peer.send(b"0\r\n\r\n")

        return reply

    @classmethod
    def words(cls, status, text):
        """An error with this text, in its shape."""
        return r.status(status, body={"error": {"message": text, "type": "invalid_request_error",
                                                "param": None, "code": None}})

    def refusal(self, body):
        """The reply that refuses this chat, or None."""

    def choose(self, request):
        """As the paths of the other clouds from here on; request.target is what came."""
        if request.path.startswith(self.base + "/"):
            request.path = "/v1" + request.path.removeprefix(self.base)
        elif request.path != "/":
            request.path = "/nowhere" + request.path
        return None

    def answer(self, request):
        return self._refusal(request) or self._scripted(request) or self._answer(request)

    def _refusal(self, request):
        if self.key and request.path != "/" and request.header("authorization") != f"Bearer {self.key}":
            return self.error("wrong key")
        if request.path != c.CHAT:
            return None
        body = request.json
        for name in body if self.known else ():
            if name not in self.known:
                return self.unknown_member(name)
        return self.error("unknown model") if body.get("model") not in self.models else self.refusal(body)

    def unknown_member(self, name):
        return self.words(400, f"Unknown parameter: '{name}'.")

    def _answer(self, request):
        if request.path != c.CHAT:
            return super()._answer(request)
        content = request.json["messages"][-1].get("content")
        return self.ok("cloud heard: " + (content if isinstance(content, str) else json.dumps(content)))

    # ---- how it answers

    usage = c.USAGE

    @classmethod
    def delta(cls, delta, finish=None, **more):
        """One event of a stream; text is a piece of content."""
        return c.event({"content": delta} if isinstance(delta, str) else delta, finish, **more)

    @classmethod
    def begin(cls):
        """What a stream begins with."""
        return [c.ROLE]

    @classmethod
    def finish(cls, reason, asked_usage):
        """What it ends with, but for [DONE]."""
        return [cls.delta({}, reason), *([c.usage_event(cls.usage)] if asked_usage else [])]

    @classmethod
    def whole(cls, message, reason):
        return {**c.completion(None, reason, cls.usage),
                "choices": [{"index": 0, "finish_reason": reason,
                             "message": {"role": "assistant", "content": None, **message}}]}

    @classmethod
    def send_whole(cls, peer, request, body):
        r.status(200, body=body)(peer, request)

    @classmethod
    def said(cls, message, parts, reason):
        """A reply: this message, or these deltas."""

        def reply(peer, request):
            if not request.wants_stream():
                cls.send_whole(peer, request, cls.whole(message, reason))
                return
            tail = cls.finish(reason, c.asked_usage(request))
            c.events(*cls.begin(), *[cls.delta(p) if not isinstance(p, bytes) else p for p in parts],
                     *tail, b"data: [DONE]\n\n")(peer, request)
            peer.send(b"0\r\n\r\n")

        return reply

    @classmethod
    def ok(cls, text="Hello from the cloud."):
        words = [w + " " for w in text.split(" ")]
        words[-1] = words[-1][:-1]
        return cls.said({"content": text}, words, "stop")

    @classmethod
    def ok_tools(cls, *calls):
        """Answers with tool calls (see cloud.call), each in one piece."""
        calls = cls.own_calls(calls)
        parts = [{"tool_calls": [{**one, "index": i}]} for i, one in enumerate(calls)]
        return cls.said({"tool_calls": calls}, parts, "tool_calls")

    @classmethod
    def own_calls(cls, calls):
        return list(calls)


class OpenRouter(Vendor):
    """Who runs the model is told with each answer; errors come late, in streams of status 200."""

    name, base, models = "openrouter", "/api/v1", ["openai/gpt-4", "x-ai/grok-4"]

    @classmethod
    def words(cls, status, text):
        return r.status(status, body={"error": {"message": text, "code": status}})

    @classmethod
    def delta(cls, delta, finish=None, **more):
        one = super().delta(delta, finish, **more)
        one["choices"][0]["delta"] = {"role": "assistant", **one["choices"][0]["delta"]}
        one["choices"][0]["native_finish_reason"] = finish
        return {**one, "id": "gen-sim", "provider": "Sim"}

    @classmethod
    def begin(cls):
        return [b": OPENROUTER PROCESSING\n\n", b": OPENROUTER PROCESSING\n\n"]

    @classmethod
    def finish(cls, reason, asked_usage):
        """Its usage comes beside a choice that says nothing, whether or not it was asked for."""
        return [cls.delta("", reason), cls.delta("", usage={**cls.usage, "cost": 0.00012})]

    @classmethod
    def whole(cls, message, reason):
        one = super().whole(message, reason)
        one["choices"][0]["native_finish_reason"] = reason
        return {**one, "id": "gen-sim", "provider": "Sim"}


class Gemini(Vendor):
    """Its errors are a list, and a tool call is refused that has lost its signature."""

    name, base, models = "gemini", "/v1beta/openai", ["gemini-3-pro-preview"]
    known = {"model", "messages", "stream", "stream_options", "temperature", "top_p", "max_tokens", "n",
             "max_completion_tokens", "stop", "seed", "frequency_penalty", "presence_penalty", "tools",
             "tool_choice", "response_format", "reasoning_effort", "modalities", "extra_body",
             "parallel_tool_calls", "audio", "user"}
    SIGNATURE = "CiQB0e2Kb3NpbS10aG91Z2h0LXNpZ25hdHVyZQ=="
    # Google names these for histories that came from elsewhere.
    NO_SIGNATURE = ("context_engineering_is_the_way_to_go", "skip_thought_signature_validator")

    @classmethod
    def words(cls, status, text):
        return r.status(status, body=[{"error": {"code": status, "message": text,
                                                 "status": "INVALID_ARGUMENT"}}])

    def unknown_member(self, name):
        return self.words(400, f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')

    def refusal(self, body):
        """Of the turn at hand: the first call of each of its steps."""
        turn = body["messages"]
        for i, message in enumerate(turn):
            if message["role"] == "user":
                turn = body["messages"][i + 1:]
        for position, message in enumerate(turn):
            if not message.get("tool_calls"):
                continue
            first = message["tool_calls"][0]
            google = (first.get("extra_content") or {}).get("google") or {}
            if google.get("thought_signature") not in (self.SIGNATURE, *self.NO_SIGNATURE):
                return self.words(400, "Function call is missing a thought_signature in functionCall parts. "
                                  "This is required for tools to work correctly, and missing "
                                  "thought_signature may lead to degraded model performance. Additional "
                                  f"data, function call `default_api:{first['function']['name']}` , "
                                  f"position {position + 2}. Please refer to "
                                  "https://ai.google.dev/gemini-api/docs/thought-signatures for more "
                                  "details.")
        return None

    @classmethod
    def own_calls(cls, calls):
        signed = {"extra_content": {"google": {"thought_signature": cls.SIGNATURE}}}
        return [{**one, "id": f"function-call-{i}", **(signed if i == 0 else {})}
                for i, one in enumerate(calls)]

    @classmethod
    def begin(cls):
        return []

    @classmethod
    def delta(cls, delta, finish=None, **more):
        one = super().delta(delta, finish, **more)
        one["choices"][0]["delta"] = {"role": "assistant", **one["choices"][0]["delta"]}
        return one


class Mistral(Vendor):
    """Refuses members that it does not know, and ids of tool calls that are not nine letters or digits."""

    name, models = "mistral", ["mistral-large-latest"]
    known = {"model", "messages", "stream", "temperature", "top_p", "max_tokens", "stop", "random_seed",
             "response_format", "tools", "tool_choice", "presence_penalty", "frequency_penalty", "n",
             "prediction", "parallel_tool_calls", "prompt_mode", "safe_prompt", "metadata", "guardrails",
             "reasoning_effort", "prompt_cache_key"}
    usage = {**c.USAGE, "prompt_tokens_details": {"cached_tokens": 0}}

    @classmethod
    def words(cls, status, text, type="invalid_request_error", code=None):
        return r.status(status, body={"object": "error", "message": text, "type": type, "param": None,
                                      "code": code, "raw_status_code": status})

    def unknown_member(self, name):
        return r.status(422, body={"detail": [{"type": "extra_forbidden", "loc": ["body", name],
                                               "msg": "Extra inputs are not permitted", "input": "x"}]})

    def refusal(self, body):
        waiting = []
        for message in body["messages"]:
            ids = [one.get("id") for one in message.get("tool_calls") or []]
            if message["role"] == "tool":
                ids = [message.get("tool_call_id")]
                if ids[0] in waiting:
                    waiting.remove(ids[0])
            elif waiting:
                return self._order("Not the same number of function calls and responses")
            else:
                waiting = list(ids)
            for one in ids:
                if not re.fullmatch(r"[A-Za-z0-9]{9}", one or ""):
                    return self.words(400, f"Tool call id was {one} but must be a-z, A-Z, 0-9, with a "
                                      "length of 9.", "invalid_function_call", "3280")
        last = body["messages"][-1]
        if waiting:
            return self._order("Not the same number of function calls and responses")
        if last["role"] not in ("user", "tool") and not last.get("prefix"):
            return self._order("Expected last role User or Tool (or Assistant with prefix True) for "
                               f"serving but got {last['role']}")
        return None

    def _order(self, text):
        return self.words(400, text, "invalid_request_message_order", "3230")

    @classmethod
    def own_calls(cls, calls):
        return [{**one, "id": f"Sim{i:06d}"} for i, one in enumerate(calls)]

    @classmethod
    def finish(cls, reason, asked_usage):
        """Its usage is in the event that ends the choice."""
        return [cls.delta("", reason, usage=cls.usage)]


class Xai(Vendor):
    """An error is a text beside its code; its reasoning models refuse what cannot steer them."""

    name, models = "xai", ["grok-4", "grok-3"]
    usage = {**c.USAGE, "num_sources_used": 0, "prompt_tokens_details": {"cached_tokens": 2}}
    NOT_OF_REASONING = {"presence_penalty": "presencePenalty", "frequency_penalty": "frequencyPenalty",
                        "stop": "stop"}

    @classmethod
    def words(cls, status, text):
        return r.status(status, body={"code": "Client specified an invalid argument", "error": text})

    def refusal(self, body):
        for name, said in self.NOT_OF_REASONING.items():
            if body["model"].startswith("grok-4") and body.get(name) is not None:
                return self.words(400, f"Model {body['model']} does not support parameter {said}.")
        return None

    @classmethod
    def delta(cls, delta, finish=None, **more):
        one = super().delta(delta, finish, **more)
        one["choices"][0]["delta"] = {**one["choices"][0]["delta"], "role": "assistant"}
        return {**one, "usage": cls.usage, "system_fingerprint": "fp_sim"}

    @classmethod
    def begin(cls):
        return [cls.delta({"reasoning_content": "Thinking... "})]

    @classmethod
    def finish(cls, reason, asked_usage):
        """Each event has the usage so far."""
        return [cls.delta("", reason)]


class DeepSeek(Vendor):
    """Thinks, and wants to be shown its thoughts again where they led to tool calls. While a request
    waits there are comments in a stream, and empty lines before a whole answer."""

    name, models = "deepseek", ["deepseek-chat", "deepseek-reasoner"]
    usage = {**c.USAGE, "prompt_cache_hit_tokens": 4, "prompt_cache_miss_tokens": 5,
             "prompt_tokens_details": {"cached_tokens": 4}}
    THOUGHT = "The user wants to know."

    @classmethod
    def words(cls, status, text):
        return r.status(status, body={"error": {"message": text, "type": "invalid_request_error",
                                                "param": None, "code": "invalid_request_error"}})

    def refusal(self, body):
        if (body.get("thinking") or {}).get("type") == "disabled":
            return None
        for message in body["messages"]:
            if message.get("tool_calls") and not isinstance(message.get("reasoning_content"), str):
                return self.words(400, "The `reasoning_content` in the thinking mode must be passed back "
                                  "to the API.")
        return None

    @classmethod
    def begin(cls):
        thoughts = [{"content": None, "reasoning_content": w + " "} for w in cls.THOUGHT.split(" ")]
        thoughts[-1]["reasoning_content"] = thoughts[-1]["reasoning_content"].rstrip()
        return [b": keep-alive\n\n", cls.delta({"role": "assistant", "content": None,
                                                "reasoning_content": ""}),
                b": keep-alive\n\n", *[cls.delta(t) for t in thoughts]]

    @classmethod
    def finish(cls, reason, asked_usage):
        return [cls.delta({"content": "", "reasoning_content": None}, reason, usage=cls.usage)]

    @classmethod
    def whole(cls, message, reason):
        return super().whole({"reasoning_content": cls.THOUGHT, **message}, reason)

    @classmethod
    def send_whole(cls, peer, request, body):
        peer.send(r.head(200, [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]))
        peer.send(r.chunk(BLANK))
        peer.send(r.chunk(BLANK))
        peer.send(r.chunk(r.encode(body)) + b"0\r\n\r\n")


VENDORS = [OpenRouter, Gemini, Mistral, Xai, DeepSeek]
