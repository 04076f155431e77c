"""OpenAI's official Node SDK asking for Responses: the cloud up, down, cut and silent, with tools. It
raises its own errors and asks once."""
import pytest

from ledger import both, ms
from messages import ONCE, TOOL
from nodes import app, folder, node  # noqa: F401: fixtures
from sim import cloud as c
from sim import ollama as o
from sim import reply
from sim import responses as p

RESPOND = {"model": "gpt-5", "input": "Hi"}
FUNCTION = {"type": "function", "name": "weather", "parameters": TOOL["input_schema"], "strict": False}
BRIEF = {**ONCE, "provider.openai.first_byte_timeout": ms(200)}
away = pytest.mark.parametrize("fault", ["down", "silent"])


def gone(fault):
    return reply.silent() if fault == "silent" else reply.status(503)


def of_response(found, streamed):
    last = found[-1]["response"] if streamed else found
    assert last["status"] == "completed"
    return ("".join(part["text"] for i in last["output"] if i["type"] == "message"
                    for part in i["content"]), [i["name"] for i in last["output"] if "name" in i])


@both
@away
def test_responses_of_ollama(start, cloud, ollama, app, streamed, fault):
    cloud.script(gone(fault), path=c.RESPONSES)
    ollama.script(o.tools(o.call("weather", {"city": "Malmö"})), o.text("Rain."))
    one = app(start(cloud, ollama, BRIEF))
    asked = {**RESPOND, "stream": streamed, "tools": [FUNCTION]}
    assert of_response(one.call("responses.create", asked), streamed) == ("", ["weather"])
    assert of_response(one.call("responses.create", asked), streamed) == ("Rain.", [])


@pytest.mark.parametrize("fault", [p.cut("half"), p.cut("half", leave=4, how="reset"),
                                   p.cut("half", how="well")])
def test_responses_that_break(start, cloud, ollama, app, fault):
    cloud.script(fault, path=c.RESPONSES)
    raised = app(start(cloud, ollama)).ask("responses.create", {**RESPOND, "stream": True})
    assert raised["requests"] == 1 and raised["message"] and raised["code"] == "stream_incomplete"
