"""Anthropic's official Node SDK: the cloud up, down, cut and silent, with tools. It
raises its own errors and asks once."""
import pytest

from ledger import both, ms
from messages import ASKED, HI, ONCE, TOOL, with_claude
from nodes import app, folder, node  # noqa: F401: fixtures
from sim import anthropic as a
from sim import ollama as o
from sim import reply

BRIEF = {**ONCE, "provider.anthropic.first_byte_timeout": ms(200)}
away = pytest.mark.parametrize("fault", ["down", "silent"])


def gone(fault):
    return reply.silent() if fault == "silent" else reply.status(503)


def of_messages(found, streamed):
    if not streamed:
        return ("".join(b.get("text", "") for b in found["content"]),
                [(b["name"], b["input"]) for b in found["content"] if b["type"] == "tool_use"])
    deltas = [e["delta"] for e in found if e["type"] == "content_block_delta"]
    starts = [e["content_block"] for e in found if e["type"] == "content_block_start"]
    assert found[0]["type"] == "message_start" and found[-1]["type"] == "message_stop"
    return ("".join(d.get("text", "") for d in deltas),
            [s["name"] for s in starts if s["type"] == "tool_use"])


@both
def test_messages_of_the_cloud(start, claude, ollama, app, streamed):
    claude.script(a.overloaded(), a.answer(a.thinking("Hm."), "fine", a.tool_use("weather", {}),
                                           stop="tool_use"))
    one = app(with_claude(start, claude, ollama), sdk="anthropic")
    found = one.call("messages.create", {**ASKED, "stream": streamed, "tools": [TOOL]})
    text, calls = of_messages(found, streamed)
    assert text == "fine" and len(calls) == 1 and claude.chats[0].header("authorization") is None


@both
@away
def test_messages_of_ollama(start, claude, ollama, app, streamed, fault):
    claude.script(gone(fault))
    ollama.script(o.tools(o.call("weather", {"city": "Malmö"})))
    one = app(with_claude(start, claude, ollama, BRIEF), sdk="anthropic")
    found = one.call("messages.create", {**ASKED, "stream": streamed, "tools": [TOOL]})
    assert len(of_messages(found, streamed)[1]) == 1 and len(claude.chats) == 1


@pytest.mark.parametrize("fault", [a.cut_stream("half"), a.ended_early("half")])
def test_messages_that_break(start, claude, ollama, app, fault):
    claude.script(fault)
    one = app(with_claude(start, claude, ollama), sdk="anthropic")
    raised = one.ask("messages.create", {**ASKED, "stream": True})
    assert (raised["type"], raised["requests"]) == ("api_error", 1) and raised["message"]


@both
def test_messages_that_nobody_answers(start, claude, ollama, app, streamed):
    claude.script(a.overloaded())
    ollama.script(o.failed())
    one = app(with_claude(start, claude, ollama, ONCE), sdk="anthropic")
    raised = one.ask("messages.create", {**ASKED, "stream": streamed})
    assert (raised["class"], raised["status"], raised["type"]) == ("InternalServerError", 502, "api_error")
    assert "Overloaded" in raised["message"] and raised["requests"] == 1


def test_counting_and_models(start, claude, ollama, app):
    claude.refuse()
    one = app(with_claude(start, claude, ollama), sdk="anthropic")
    counted = one.call("messages.countTokens", {"model": "claude-x", "messages": [HI]})
    assert counted["input_tokens"] > 0 and one.call("models.list")
    start.unsent = 1
