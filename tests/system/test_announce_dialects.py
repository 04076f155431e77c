"""[route] announce, in the dialects other than OpenAI's, and who is never announced."""
import re

import pytest

import test_ollama_in as native
import test_responses_translated as responses
from ledger import both
from messages import ask, said, with_claude
from sim import anthropic as a
from sim import cloud as c
from sim import ollama as o
from test_announce import PREFIX, SUFFIX, either


@both
@either
def test_in_messages(start, claude, ollama, settings, text, streamed):
    claude.script(a.overloaded())
    assert said(ask(with_claude(start, claude, ollama, settings), stream=streamed)) == text


@both
@either
def test_in_responses(start, cloud, ollama, settings, text, streamed):
    cloud.script(c.status(503), path=c.RESPONSES)
    assert responses.said(responses.ask(start(cloud, ollama, settings), stream=streamed)) == text


@native.ways
@either
def test_in_ollamas_own(start, cloud, ollama, settings, text, path, streamed):
    """Also by an Ollama, which speaks the same: what it says goes on as it is, but for the text."""
    cloud.script(c.status(503))
    answer = native.ask(start(cloud, ollama, settings), path, stream=streamed)
    assert native.said(answer) == text
    assert native.whole(answer)["done_reason"] == "stop"


@native.ways
def test_in_ollamas_own_by_a_cloud(start, cloud, ollama, path, streamed):
    ollama.script(o.failed(), path=path)
    daemon = start(cloud, ollama, {**PREFIX, "route.priority": "ollama, openai"})
    answer = native.ask(daemon, path, stream=streamed)
    assert native.said(answer) == "[openai: gpt-4] cloud heard: Hi"


@both
def test_the_first_provider_is_not_announced(start, cloud, claude, ollama, streamed):
    daemon = with_claude(start, claude, ollama, PREFIX, cloud=cloud)
    assert daemon.chat(stream=streamed).content == "cloud heard: Hi"
    assert said(ask(daemon, stream=streamed)) == "claude heard: Hi"
    assert native.said(native.ask(daemon, model=native.SOURCE, stream=streamed)) == "ollama heard: Hi"


TOOL = {"name": "f", "input_schema": {"type": "object"}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
TEXT = {"format": {"type": "json_schema", "name": "a", "schema": SCHEMA}}


@both
@pytest.mark.parametrize("speak, more", [
    (ask, {"tools": [TOOL]}),
    (ask, {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}}),
    (responses.ask, {"tools": [responses.FUNCTION]}), (responses.ask, {"text": TEXT}),
    (native.ask, {"tools": [native.TOOL]}), (native.ask, {"format": "json"}),
    (native.ask, {"format": SCHEMA}), (native.ask, {"path": native.GENERATE, "format": "json"})],
    ids=["Messages, tools", "Messages, a schema", "Responses, tools", "Responses, a schema",
         "Ollama, tools", "Ollama, JSON", "Ollama, a schema", "generate, JSON"])
def test_never_with_tools_or_JSON(start, cloud, claude, ollama, speak, more, streamed):
    claude.script(a.overloaded())
    cloud.script(c.status(503), path=None)
    answer = speak(with_claude(start, claude, ollama, SUFFIX, cloud=cloud), stream=streamed, **more)
    assert "ollama heard: Hi" in (answer.body.decode() if not streamed else text_of(answer))
    assert b"(by ollama)" not in answer.body and b"by ollama" not in answer.body


def text_of(answer):
    """Of any dialect: all that its events say, in a row."""
    found = re.findall(r'"(?:text|delta|content|response)": ?"((?:[^"\\]|\\.)*)"', answer.body.decode())
    return "".join(found)
