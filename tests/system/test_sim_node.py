"""That the pretended providers are like the real ones: met by the official Node SDKs, without the
daemon in between."""
import pytest

from nodes import app, folder, node  # noqa: F401: fixtures
from sim import anthropic as a
from sim import cloud as c
from sim import ollama as o
from sim import responses as p

ASKED = {"model": "claude-sonnet-5-5", "max_tokens": 100,
         "messages": [{"role": "user", "content": "Hi"}]}
both = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


@both
def test_messages(claude, app, streamed):
    call = a.tool_use("weather", {"city": "Malmö"})
    claude.script(a.answer(a.thinking("Hm."), "I look.", call, stop="tool_use"))
    found = app(claude, sdk="anthropic", maxRetries=0).call("messages.create",
                                                            {**ASKED, "stream": streamed})
    if streamed:
        assert [e["type"] for e in found][:2] == ["message_start", "content_block_start"]
        assert found[-1]["type"] == "message_stop" and "ping" not in {e["type"] for e in found}
        assert found[-2]["delta"]["stop_reason"] == "tool_use"
    else:
        assert [b["type"] for b in found["content"]] == ["thinking", "text", "tool_use"]


@both
@pytest.mark.parametrize("reply, status, kind, name", [
    (a.overloaded(), 529, "overloaded_error", "OverloadedError"),
    (a.rate_limit(), 429, "rate_limit_error", "RateLimitError"),
    (a.too_long(), 400, "invalid_request_error", "BadRequestError")])
def test_errors_of_messages(claude, app, streamed, reply, status, kind, name):
    claude.script(reply)
    one = app(claude, sdk="anthropic", maxRetries=0)
    raised = one.ask("messages.create", {**ASKED, "stream": streamed})
    assert (raised["class"], raised["status"], raised["type"]) == (name, status, kind)
    assert raised["message"] and raised["requests"] == 1


def test_an_error_event_of_messages(claude, app):
    claude.script(a.stream_error_mid("a"))
    raised = app(claude, sdk="anthropic").ask("messages.create", {**ASKED, "stream": True})
    assert (raised["type"], raised["message"]) == ("overloaded_error", "Overloaded")
    assert raised["requests"] == 1


@both
def test_responses(strict, app, streamed):
    items = [p.reasoning("Hm."), "I look.", p.function_call("f", {}), p.custom_call("g", "x")]
    strict.script(p.ok(*items), path=c.RESPONSES)
    found = app(strict).call("responses.create", {"model": "gpt-5", "input": "Hi",
                                                  "stream": streamed})
    last = found[-1]["response"] if streamed else found
    assert [i["type"] for i in last["output"]] == [i if isinstance(i, str) else i["type"]
                                                   for i in ("reasoning", "message", *items[2:])]


@both
def test_ollama(ollama, app, streamed):
    body = {"model": "ministral-3:3b", "messages": [{"role": "user", "content": "Hi"}],
            "stream": streamed}
    one = app(ollama, sdk="ollama")
    found = one.call("chat", body)
    text = "".join(line["message"]["content"] for line in (found if streamed else [found]))
    assert text == "ollama heard: Hi"
    ollama.script(o.failed())
    raised = one.ask("chat", body)
    assert (raised["class"], raised["status"]) == ("ResponseError", 500)
    assert "model runner has unexpectedly stopped" in raised["text"]
