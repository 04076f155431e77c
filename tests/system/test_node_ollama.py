"""Ollama's official Node library: the cloud up, down, cut and silent, with tools. It
raises its own errors and asks once."""
import pytest

from daemon import CLIENT_KEY
from ledger import both, ms
from messages import HI, ONCE, TOOL
from nodes import app, folder, node  # noqa: F401: fixtures
from sim import cloud as c
from sim import ollama as o
from sim import reply

CHAT = {"model": "gpt-4", "messages": [HI]}
BRIEF = {**ONCE, "provider.openai.first_byte_timeout": ms(200)}
away = pytest.mark.parametrize("fault", ["down", "silent"])


def gone(fault):
    return reply.silent() if fault == "silent" else reply.status(503)


def of_ollama(found, streamed):
    messages = [line["message"] for line in (found if streamed else [found])]
    return ("".join(m.get("content") or "" for m in messages),
            [t["function"]["name"] for m in messages for t in m.get("tool_calls") or []])


@both
def test_ollamas_own_of_the_cloud(start, cloud, ollama, app, streamed):
    cloud.script(c.ok_tools(c.call("weather", {"city": "Malmö"})), c.ok("Rain."))
    one = app(start(cloud, ollama), sdk="ollama")
    tool = {"type": "function", "function": {"name": "weather", "parameters": TOOL["input_schema"]}}
    asked = {**CHAT, "stream": streamed, "tools": [tool]}
    assert of_ollama(one.call("chat", asked), streamed) == ("", ["weather"])
    assert of_ollama(one.call("chat", asked), streamed) == ("Rain.", [])
    assert {m["name"].removesuffix(":latest") for m in one.call("list")["models"]} >= {"gpt-4"}


@both
@away
def test_ollamas_own_of_ollama(start, cloud, ollama, app, streamed, fault):
    cloud.script(gone(fault))
    one = app(start(cloud, ollama, BRIEF), sdk="ollama")
    assert of_ollama(one.call("chat", {**CHAT, "stream": streamed}), streamed)[0] == "ollama heard: Hi"


@both
def test_ollamas_own_that_nobody_answers(start, cloud, ollama, app, streamed):
    cloud.script(c.status(503))
    ollama.script(o.failed())
    raised = app(start(cloud, ollama, ONCE), sdk="ollama").ask("chat", {**CHAT, "stream": streamed})
    assert (raised["class"], raised["status"], raised["requests"]) == ("ResponseError", 502, 1)
    assert "unexpectedly stopped" in raised["text"]


def test_ollamas_own_that_breaks(start, cloud, ollama, app):
    cloud.script(c.cut_stream("half"))
    raised = app(start(cloud, ollama), sdk="ollama").ask("chat", {**CHAT, "stream": True})
    assert raised["requests"] == 1 and raised["text"]
    assert CLIENT_KEY not in raised["text"]
