"""Answers held against the official SDKs' own types: every member that they require, each of its type.

Those types let more through, so that a new member breaks nobody; what is looked at here is what an
application may count on. And clients that count what they send.
"""
import json

import anthropic
import ollama
import openai
from anthropic.types import Message, RawMessageStreamEvent
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

from daemon import CLIENT_KEY, PATIENCE

ADAPTERS = {t: TypeAdapter(t) for t in (Message, RawMessageStreamEvent, ChatCompletion,
                                        ChatCompletionChunk, Response, ResponseStreamEvent,
                                        ollama.ChatResponse, ollama.GenerateResponse)}


def holds(type, value):
    """value as an object of the type; fails where it is none."""
    return ADAPTERS[type].validate_python(value)


# ---- Messages


def named_events(body):
    """[(event's name, its data)] of a stream of Messages or Responses; pings included."""
    found = []
    *blocks, rest = body.decode().replace("\r\n", "\n").split("\n\n")
    assert all(line.startswith(":") for line in rest.split("\n") if line), rest
    for block in blocks:
        lines = [l for l in block.split("\n") if not l.startswith(":")]
        names = [l[6:].strip() for l in lines if l.startswith("event:")]
        data = [l[5:].strip() for l in lines if l.startswith("data:")]
        if lines:
            assert len(names) == len(data) == 1 and len(lines) == 2, block
            found.append((names[0], json.loads(data[0])))
    return found


def message_of(body):
    """A whole stream of Messages, put together; every rule of its order is looked at."""
    found, blocks, ended, open_at = None, [], None, None
    for name, data in named_events(body):
        assert name == data["type"], (name, data)
        if name == "ping":
            continue
        event = holds(RawMessageStreamEvent, data)
        if name == "message_start":
            assert found is None and data["message"]["content"] == []
            assert data["message"]["stop_reason"] is None
            found = {**data["message"]}
            continue
        assert found is not None and ended in (None, "delta"), (name, body)
        if name == "content_block_start":
            assert open_at is None and event.index == len(blocks) and ended is None, data
            open_at = event.index
            blocks.append({**data["content_block"]})
            if blocks[-1]["type"] == "tool_use":
                assert blocks[-1]["input"] == {}
                blocks[-1]["input"] = ""
        elif name == "content_block_delta":
            assert open_at == event.index, data
            add_delta(blocks[open_at], data["delta"])
        elif name == "content_block_stop":
            assert open_at == event.index, data
            close_block(blocks[open_at])
            open_at = None
        elif name == "message_delta":
            assert open_at is None and data["delta"]["stop_reason"], data
            found.update(data["delta"], usage={**found["usage"], **data["usage"]})
            ended = "delta"
        else:
            assert name == "message_stop" and ended == "delta", data
            ended = "stop"
    assert ended == "stop", f"not ended: {body[-300:]}"
    found["content"] = blocks
    holds(Message, found)
    return found


def add_delta(block, delta):
    member = {"text_delta": ("text", "text"), "thinking_delta": ("thinking", "thinking"),
              "signature_delta": ("signature", "signature"),
              "input_json_delta": ("input", "partial_json")}[delta["type"]]
    assert isinstance(block.get(member[0]), str), (block, delta)
    block[member[0]] += delta[member[1]]


def close_block(block):
    if block["type"] == "tool_use":
        block["input"] = json.loads(block["input"] or "{}")


def whole_message(answer):
    """A raw answer of /v1/messages, streamed or whole, as one object."""
    if (answer.header("content-type") or "").startswith("text/event-stream"):
        assert answer.complete, answer
        return message_of(answer.body)
    holds(Message, answer.json)
    return answer.json


def text_of(message):
    return "".join(b["text"] for b in message["content"] if b["type"] == "text")


# ---- Responses


def response_of(body):
    """A whole stream of Responses: its last event's response; every rule of its order is looked at."""
    items, open_items, last, created = {}, {}, None, False
    for number, (name, data) in enumerate(named_events(body)):
        assert name == data["type"] and data["sequence_number"] == number, (number, data)
        assert last is None, f"after the end: {data}"
        holds(ResponseStreamEvent, data)
        kind = name.removeprefix("response.")
        if kind in ("created", "in_progress"):
            assert not items and data["response"]["status"] == "in_progress"
            created = True
        elif kind in ("completed", "incomplete", "failed"):
            assert data["response"]["status"] == kind
            last = data["response"]
        elif kind == "output_item.added":
            assert created and data["output_index"] == len(items)
            items[data["output_index"]] = open_items[data["output_index"]] = Item(data["item"])
        elif kind == "output_item.done":
            open_items.pop(data["output_index"]).end(data["item"])
        else:
            open_items[data["output_index"]].event(kind, data)
    assert last is not None, f"not ended: {body[-300:]}"
    if last["status"] == "completed":
        assert not open_items
        assert last["output"] == [items[n].done for n in range(len(items))]
    holds(Response, last)
    return last


class Item:
    """One output item, as its events build it up."""

    def __init__(self, item):
        self.item, self.parts, self.done, self.said = item, {}, None, set()

    def event(self, kind, data):
        assert data["item_id"] == self.item["id"], data
        at = (data.get("content_index"), data.get("summary_index"))
        what = kind.rpartition(".")[0]
        if kind.endswith("part.added"):
            assert at not in self.parts
            self.parts[at] = ""
        elif kind.endswith(".delta"):
            assert at in self.parts or "part" not in self.said and at == (None, None), data
            self.parts[at] = self.parts.get(at, "") + data["delta"]
        elif kind.endswith("part.done"):
            assert data["part"].get("text", self.parts[at]) == self.parts[at], data
        elif kind.endswith(".done"):
            (said,) = [data[n] for n in ("text", "arguments", "input", "refusal") if n in data]
            assert said == self.parts.get(at, ""), (data, self.parts)
        self.said.add(what)

    def end(self, item):
        assert item["id"] == self.item["id"] and item["type"] == self.item["type"]
        whole = "".join(self.parts.values())
        if item["type"] in ("function_call", "custom_tool_call"):
            assert item["arguments" if item["type"] == "function_call" else "input"] == whole, item
        else:
            texts = [p.get("text", p.get("refusal")) for p in item.get("content") or []]
            texts += [p["text"] for p in item.get("summary") or []]
            assert "".join(texts) == whole, (item, whole)
        self.done = item


def whole_response(answer):
    """A raw answer of /v1/responses, streamed or whole, as one object."""
    if (answer.header("content-type") or "").startswith("text/event-stream"):
        assert answer.complete, answer
        return response_of(answer.body)
    holds(Response, answer.json)
    return answer.json


# ---- clients


class Counted:
    """A client of an official SDK as an application has it; .requests counts what it sends."""

    def __init__(self, make):
        self.requests = 0
        self.client = make(self._count)

    def _count(self, request):
        self.requests += 1

    def __getattr__(self, name):
        return getattr(self.client, name)

    def close(self):
        wire = getattr(self.client, "_client", self.client)
        wire.close()


def claude_app(base_url, **options):
    def make(count):
        wire = anthropic.DefaultHttpxClient(timeout=3 * PATIENCE, event_hooks={"request": [count]})
        return anthropic.Anthropic(**{"api_key": CLIENT_KEY, "base_url": base_url,
                                      "http_client": wire, **options})

    return Counted(make)


def openai_app(base_url, **options):
    def make(count):
        wire = openai.DefaultHttpxClient(timeout=3 * PATIENCE, event_hooks={"request": [count]})
        return openai.OpenAI(**{"api_key": CLIENT_KEY, "base_url": base_url, "http_client": wire,
                                **options})

    return Counted(make)


def ollama_app(host, **options):
    return Counted(lambda count: ollama.Client(host=host, timeout=3 * PATIENCE,
                                               event_hooks={"request": [count]}, **options))
