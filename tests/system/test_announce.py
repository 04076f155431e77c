"""[route] announce: who answered is said in the text, where another than the first provider did."""
import pytest

from ledger import both
from messages import ONCE
from sim import cloud as c

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": SCHEMA}}
PREFIX = {**ONCE, "route.announce": 'prefix "[{provider}: {model}] "'}
SUFFIX = {**ONCE, "route.announce": 'suffix " (by {provider})"'}
FIRST, LAST = "[ollama: ministral-3:3b] ollama heard: Hi", "ollama heard: Hi (by ollama)"
either = pytest.mark.parametrize("settings, text", [(PREFIX, FIRST), (SUFFIX, LAST)],
                                 ids=["prefix", "suffix"])


@both
@either
def test_in_a_chat(start, cloud, ollama, settings, text, streamed):
    cloud.script(c.status(503))
    assert start(cloud, ollama, settings).chat(stream=streamed).content == text


@both
@pytest.mark.parametrize("more", [
    {"tools": [TOOL]}, {"response_format": {"type": "json_object"}},
    {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}}],
    ids=["tools", "JSON", "a schema"])
def test_never_with_tools_or_JSON(start, cloud, ollama, more, streamed):
    cloud.script(c.status(503))
    answer = start(cloud, ollama, PREFIX).chat(stream=streamed, **more)
    assert answer.content == "ollama heard: Hi"


@pytest.mark.parametrize("value", ["maybe", "prefix", "both x"])
def test_a_value_that_is_none(start, cloud, ollama, value):
    daemon = start(cloud, ollama, {"route.announce": value}, wait=False)
    assert daemon.wait_exit() == 2 and "announce" in daemon.log_text()
    daemon.stop(2)
