"""Messages: how the tests ask for them, and what is right about an answer or an error."""
from daemon import SLOW
from official import claude_app, message_of, named_events, text_of, whole_message
from sim import anthropic as a

PATH, OWN_KEY = "/v1/messages", "sk-ant-own"
HEAD = {"x-api-key": "sk-ant-app", "anthropic-version": "2023-06-01"}
MODEL = "claude-sonnet-5-5"
HI = {"role": "user", "content": "Hi"}
ASKED = {"model": MODEL, "max_tokens": 100, "messages": [HI]}
TOOL = {"name": "weather", "description": "Tells the weather.", "input_schema": {
    "type": "object", "properties": {"city": {"type": "string", "description": "Which"}},
    "required": ["city"]}}
CALL = a.tool_use("weather", {"city": "Malmö <&>"}, "toolu_01A")
RESULT = {"type": "tool_result", "tool_use_id": "toolu_01A", "content": "rain"}
ONCE = {"retry.attempts": 1, "breaker.failures": 0}
TO_OLLAMA = {"route.messages": "ollama"}
TO_OPENAI = {"route.messages": "openai"}
SOURCE = "ministral-3:3b"


def ms(number):
    return f"{int(number * SLOW)}ms"


def with_claude(start, claude, ollama=None, settings=None, key=OWN_KEY, cloud=None, **more):
    """A daemon that knows this Anthropic, with a key of its own or without one."""
    env = {"UNDERSTUDY_PROVIDER_ANTHROPIC_API_KEY": key} if key else {}
    return start(cloud, ollama, {"provider.anthropic.base_url": claude.url, **(settings or {})},
                 env=env, **more)


def ask(daemon, headers=HEAD, path=PATH, **more):
    """One request for a message, and its raw answer."""
    body = {k: v for k, v in {**ASKED, **more}.items() if v is not None}
    return daemon.post(path, body, headers)


def said(answer):
    """The text of a whole message, streamed or not."""
    return text_of(whole_message(answer))


def problem(answer):
    """The error of a raw answer; it must be one of ours or Anthropic's in its shape."""
    assert answer.header("content-type").startswith("application/json"), answer
    body = answer.json
    # What is refused before it is an exchange has no request_id.
    assert set(body) in ({"type", "error"}, {"type", "error", "request_id"}), body
    assert body["type"] == "error", body
    assert isinstance(body["error"]["type"], str) and isinstance(body["error"]["message"], str)
    return body["error"]


def broken(answer):
    """The error at the end of a stream that broke; nothing pretends that it is whole."""
    found = named_events(answer.body)
    assert found[-1][0] == "error" and [n for n, _ in found].count("error") == 1, answer
    assert "message_stop" not in [n for n, _ in found], answer
    last = found[-1][1]
    assert last["type"] == "error" and last["error"]["type"] and last["error"]["message"], last
    return last["error"]


def text_so_far(answer):
    return "".join(data["delta"].get("text", "") for name, data in named_events(answer.body)
                   if name == "content_block_delta")


__all__ = ["ASKED", "CALL", "HEAD", "HI", "MODEL", "ONCE", "OWN_KEY", "PATH", "RESULT", "SOURCE",
           "TOOL", "TO_OLLAMA", "TO_OPENAI", "ask", "broken", "claude_app", "message_of", "ms",
           "named_events", "problem", "said", "text_of", "text_so_far", "whole_message",
           "with_claude"]
