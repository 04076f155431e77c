"""[route] continue_stream, in Ollama's own dialect: one text, in lines, with one end, whoever goes on."""
import pytest

import test_ollama_in as native
from sim import Cloud, Ollama
from sim import cloud as c
from sim import ollama as o
from sim import reply as r
from test_continue_stream import ON, TEXT, WHOLE, closed, go_on  # noqa: F401: closed is a fixture

SO_FAR = "".join(TEXT[:3])
paths = pytest.mark.parametrize("path", [native.CHAT, native.GENERATE], ids=["chat", "generate"])


def one_stream(answer):
    """Lines and nothing else, one end; the text."""
    found = native.lines(answer)
    assert [line["done"] for line in found] == [False] * (len(found) - 1) + [True] and answer.complete
    assert {line["model"] for line in found} == {"gpt-4"} and found[-1]["done_reason"] == "stop"
    return native.said(answer)


@paths
def test_ollama_goes_on_from_the_text_so_far(start, cloud, ollama, path):
    cloud.script(c.cut_stream(*TEXT[:3]))
    ollama.script(go_on)
    daemon = start(cloud, ollama, ON)
    assert one_stream(native.ask(daemon, path)) == WHOLE
    (chat,) = ollama.chats
    assert chat.json["messages"] == [{"role": "user", "content": "Hi"},
                                     {"role": "assistant", "content": SO_FAR}]
    line = daemon.exchange()
    assert (line["attempts"], line["fallback"], line["class"]) == ("openai=1, ollama=1", "protocol", "ok")


@paths
def test_a_template_that_ends_the_turn_gets_the_question_anew(start, cloud, closed, path):  # noqa: F811
    """As it came, on its own path."""
    cloud.script(c.cut_stream(*TEXT[:3]))
    closed.script(o.text(WHOLE), path=native.CHAT)
    closed.script(o.generated(WHOLE), path=native.GENERATE)
    assert one_stream(native.ask(start(cloud, closed, ON), path)) == WHOLE
    asked = [q for q in closed.to(path) if not q.json.get("_debug_render_only")][-1].json
    assert asked.get("prompt", asked.get("messages")) in ("Hi", [native.HI])


def test_what_only_ollama_can_read_is_asked_anew(start, cloud, ollama):
    """The tokens of an earlier answer cannot be put into a chat."""
    ollama.script(broken_generate(*TEXT[:3]), path=native.GENERATE)
    two = Ollama([o.Model("b:1b")])
    two.script(o.generated(WHOLE), path=native.GENERATE)
    daemon = start(cloud, ollama, {**ON, "provider.two.type": "ollama",
                                   "provider.two.base_url": two.url, "provider.two.model": "auto",
                                   "route.priority": "ollama, two",
                                   "provider.ollama.retry_attempts": "1"})
    found = native.lines(native.ask(daemon, native.GENERATE, context=[1, 2, 3]))
    assert "".join(line["response"] for line in found) == WHOLE and found[-1]["done"]
    assert two.chats == [] and ollama.chats == []
    daemon.stop()
    two.stop()


def broken_generate(*parts):
    def reply(peer, request):
        peer.send(r.head(200, o.NDJSON))
        for part in parts:
            line = {"model": request.json["model"], "created_at": o.AT, "response": part, "done": False}
            peer.send(r.chunk(o.go_json(line) + b"\n"))
        r.end(peer, "reset")

    return reply


@paths
@pytest.mark.parametrize("rest", [TEXT, [WHOLE]], ids=["in pieces", "at once"])
def test_a_cloud_goes_on_when_it_begins_with_the_same_text(start, cloud, ollama, path, rest):
    second = Cloud()
    cloud.script(c.cut_stream(*TEXT[:3]))
    second.script(c.stream(*rest))
    daemon = start(cloud, ollama, {**ON, "route.priority": "openai, second",
                                   "provider.second.type": "openai",
                                   "provider.second.base_url": second.url + "/v1",
                                   "provider.second.api_key": "none"})
    assert one_stream(native.ask(daemon, path)) == WHOLE
    second.stop()


def test_a_stand_in_that_breaks_is_gone_on_with_by_a_cloud(start, cloud, ollama):
    """Its lines had gone out as they came."""
    ollama.script(o.lines(*TEXT[:3], done=None, end="reset"))
    cloud.script(c.stream(*TEXT))
    daemon = start(cloud, ollama, {**ON, "route.priority": "ollama, openai",
                                   "provider.ollama.retry_attempts": "1"})
    answer = native.ask(daemon)
    found = native.lines(answer)
    assert "".join(line["message"]["content"] for line in found) == WHOLE and found[-1]["done"]
    assert daemon.exchange()["attempts"] == "ollama=1, openai=1"


@paths
def test_when_nobody_goes_on_a_line_tells_of_the_first_failure(start, cloud, ollama, path):
    cloud.script(c.cut_stream(*TEXT[:3]))
    ollama.script(o.failed())
    ollama.script(o.failed(), path=native.GENERATE)
    daemon = start(cloud, ollama, {**ON, "provider.ollama.retry_attempts": "1"})
    found = native.lines(native.ask(daemon, path))
    assert set(found[-1]) == {"error"} and "cut off" in found[-1]["error"]
    assert not any(line.get("done") for line in found)


@pytest.mark.parametrize("broken, more", [
    (c.cut_stream("Let me see", c.event({"tool_calls": [{"index": 0, **c.call("f", {})}]})),
     {"tools": [native.TOOL]}),
    (c.cut_stream("{"), {"format": "json"})], ids=["a call", "JSON"])
def test_what_cannot_be_gone_on_with_ends_with_an_error(start, cloud, ollama, broken, more):
    cloud.script(broken)
    found = native.lines(native.ask(start(cloud, ollama, ON), **more))
    assert set(found[-1]) == {"error"} and ollama.chats == []


def test_it_is_off_unless_asked_for(start, cloud, ollama):
    cloud.script(c.cut_stream(*TEXT[:3]))
    assert set(native.lines(native.ask(start(cloud, ollama)))[-1]) == {"error"} and ollama.chats == []
