"""The official Node SDK, unmodified: conversations with tools in which the cloud dies, the other
endpoints, and the daemon's own errors.

Wants node and the packages of tests/node: `make test-node`. The application is tests/node/app.mjs.
"""
import json

import pytest

import talk
from apps import run_readme
from nodes import app, folder, node  # noqa: F401: fixtures
from own_errors import CUT, FAILED, REFUSED, RELAYED, SENT_ON, SLOW_BODY, meet
from sim import ollama as o
from sim.cloud import COMPLETIONS, EMBEDDINGS, RESPONSES, call, cut_stream, echo, ok, ok_tools, status
from talk import (ADVICE, ANSWER, ASKS, CUT_CALL, CUT_TEXT, DEAD, FIRST, FROM_OLLAMA, OFFERED,
                  SECOND, THIRD, check_heard)

PATIENT, ON = {"breaker.failures": "0"}, {"route.continue_stream": "yes"}
WAYS = ["create", "create, streamed", "stream", "parse", "stream, parsed"]
STREAMED = ["create, streamed", "stream", "stream, parsed"]
every_way = pytest.mark.parametrize("way", WAYS)
every_stream = pytest.mark.parametrize("way", STREAMED)
every_run = pytest.mark.parametrize("streamed", [False, True], ids=["run", "run, streamed"])
broken_anywhere = pytest.mark.parametrize("broken", ["text", "call"],
                                          ids=["in a text", "in a tool call"])


@pytest.fixture
def talking(app):
    def begin(daemon):
        one = app(daemon)
        one.get("begin", messages=FIRST, tools=OFFERED,
                known={"weather": talk.WEATHER, "coat": talk.COAT})
        return one

    return begin


def calls_of(message):
    return [(c["id"], c["function"]["name"], json.loads(c["function"]["arguments"]))
            for c in message["tool_calls"]]


def ids_heard(request):
    return [m["tool_call_id"] for m in request.json["messages"] if m["role"] == "tool"]


# ---- what parse() reads out of the answer must be JSON


def last_words(way):
    return ADVICE.model_dump_json() if "parse" in way else ANSWER


def cut(broken, way=""):
    if broken == "call":
        return CUT_CALL
    return cut_stream(last_words(way)[:14]) if "parse" in way else CUT_TEXT


# ---- conversations


@every_way
def test_ollama_takes_over_after_a_turn_of_the_cloud(start, cloud, ollama, talking, way):
    cloud.script(ASKS, DEAD)
    ollama.script(o.tools(FROM_OLLAMA), o.text(last_words(way)))
    talker = talking(start(cloud, ollama, PATIENT))
    assert calls_of(talker.get("turn", way=way)) == [("call_rome", "weather", {"city": "Rome"}),
                                                     ("call_malmo", "weather", {"city": "Malmö"})]
    assert calls_of(talker.get("turn", way=way)) == [
        ("call_ab12cd34", "coat", {"degrees": 4, "rain": True})]
    last = talker.get("turn", way=way)
    assert last["content"] == last_words(way)
    if "parse" in way:
        assert last["parsed"] == ADVICE.model_dump()
        sent = cloud.chats[-1].json["response_format"]["json_schema"]["schema"]
        assert ollama.chats[1].json["format"] == sent
        assert set(sent["properties"]) == {"city", "coats"}
    assert len(cloud.chats) == 1 + 3 + 3 and len(ollama.chats) == 2
    check_heard(ollama.chats[0], SECOND)
    check_heard(ollama.chats[1], THIRD)


@every_way
def test_the_cloud_refuses_to_connect_after_its_turn(start, cloud, ollama, talking, way):
    cloud.script(ASKS)
    ollama.script(o.text(last_words(way)))
    talker = talking(start(cloud, ollama))
    talker.get("turn", way=way)
    cloud.refuse()
    assert talker.get("turn", way=way)["content"] == last_words(way)
    start.unsent = 3
    check_heard(ollama.chats[0], SECOND)


@every_way
def test_the_cloud_takes_over_after_a_turn_of_ollama(start, cloud, ollama, talking, way):
    """The ids that Ollama gave come back to the cloud as the app got them."""
    cloud.script(ASKS, DEAD, DEAD, DEAD, ok(last_words(way)))
    ollama.script(o.tools(FROM_OLLAMA))
    talker = talking(start(cloud, ollama, PATIENT))
    talker.get("turn", way=way)
    talker.get("turn", way=way)
    assert talker.get("turn", way=way)["content"] == last_words(way) and len(ollama.chats) == 1
    assert ids_heard(cloud.chats[-1]) == ["call_rome", "call_malmo", "call_ab12cd34"]


@broken_anywhere
@every_stream
def test_a_turn_that_breaks_raises_and_the_next_try_is_right(start, cloud, ollama, talking, way,
                                                             broken):
    cloud.script(ASKS, cut(broken, way), DEAD)
    ollama.script(o.tools(FROM_OLLAMA), o.text(last_words(way)))
    talker = talking(start(cloud, ollama, PATIENT))
    talker.get("turn", way=way)
    came = talker.do("turn", way=way)
    assert (came["raised"]["class"], came["raised"]["code"]) == ("APIError", "stream_incomplete")
    assert came["requests"] == 1 and ollama.chats == []
    talker.get("turn", way=way)
    check_heard(ollama.chats[0], SECOND)
    assert talker.get("turn", way=way)["content"] == last_words(way)
    check_heard(ollama.chats[1], THIRD)


@pytest.mark.parametrize("way", ["create, streamed", "stream"])
def test_a_turn_that_breaks_is_gone_on_with(start, cloud, ollama, talking, way):
    cloud.script(ASKS, CUT_TEXT)
    ollama.script(talk.go_on)
    talker = talking(start(cloud, ollama, ON))
    talker.get("turn", way=way)
    assert talker.get("turn", way=way)["content"] == ANSWER
    check_heard(ollama.chats[0], [*SECOND, {"role": "assistant", "content": talk.BEGUN}])


@every_run
def test_a_runner_goes_on_with_ollama_after_a_turn_of_the_cloud(start, cloud, ollama, talking,
                                                                streamed):
    cloud.script(ASKS, DEAD)
    ollama.script(o.tools(FROM_OLLAMA), o.text(ANSWER))
    talker = talking(start(cloud, ollama, PATIENT))
    assert talker.get("run", streamed=streamed) == ANSWER
    assert len(cloud.chats) == 1 + 3 + 3 and len(ollama.chats) == 2
    check_heard(ollama.chats[0], SECOND)
    check_heard(ollama.chats[1], THIRD)


@every_run
def test_a_runner_goes_on_with_the_cloud_after_a_turn_of_ollama(start, cloud, ollama, talking,
                                                                streamed):
    cloud.script(ASKS, DEAD, DEAD, DEAD, ok(ANSWER))
    ollama.script(o.tools(FROM_OLLAMA))
    assert talking(start(cloud, ollama, PATIENT)).get("run", streamed=streamed) == ANSWER
    assert ids_heard(cloud.chats[-1]) == ["call_rome", "call_malmo", "call_ab12cd34"]


@broken_anywhere
def test_a_runner_raises_when_a_stream_breaks(start, cloud, ollama, talking, broken):
    cloud.script(ASKS, cut(broken), ASKS, DEAD)
    ollama.script(o.tools(FROM_OLLAMA), o.text(ANSWER))
    talker = talking(start(cloud, ollama, PATIENT))
    assert talker.do("run", streamed=True)["raised"]["code"] == "stream_incomplete"
    assert ollama.chats == [] and talker.get("run", streamed=True) == ANSWER
    check_heard(ollama.chats[0], SECOND)
    check_heard(ollama.chats[1], THIRD)


@every_run
def test_a_runner_runs_its_own_tools_beside_the_daemons(start, cloud, ollama, app, tool_server, streamed):
    tool_server.tool("today", "sunny")
    cloud.script(ok_tools(call("sky__today", {})), ASKS, ok(ANSWER))
    one = app(start(cloud, ollama, tool_server.settings("sky")), defaultHeaders={"x-understudy-tools": "sky"})
    one.get("begin", messages=FIRST, tools=OFFERED, known={"weather": talk.WEATHER, "coat": talk.COAT})
    assert one.get("run", streamed=streamed) == ANSWER
    assert tool_server.count("today") == 1
    # The app asked twice; of the daemon's call it knows nothing.
    first, again, second = cloud.chats
    assert [ids_heard(request) for request in (first, again, second)] == [[], ["call_1"], ["call_rome", "call_malmo"]]
    assert [len(request.json["tools"]) for request in (first, again, second)] == [3, 3, 3]


# ---- several at a time


def test_answers_of_many_at_a_time_do_not_mix(start, cloud, ollama, app):
    """Every third one is answered by Ollama."""
    def some_fail(peer, request):
        number = int(request.json["messages"][0]["content"])
        (status(503) if number % 3 == 0 else echo)(peer, request)

    cloud.script(some_fail)
    daemon = start(cloud, ollama, {"retry.attempts": 1, **PATIENT})
    calls = [{"method": "chat.completions.create", "what": {
        "model": "gpt-4", "stream": n % 2 == 0, "messages": [{"role": "user", "content": str(n)}]}}
        for n in range(24)]
    answers = app(daemon).get("all", calls=calls)
    assert [text_of(a) for a in answers] == [
        f"{'cloud' if n % 3 else 'ollama'} heard: {n}" for n in range(24)]


def text_of(answer):
    """Of a chat or a completion, whole or the list of a stream's events."""
    if isinstance(answer, list):
        choices = [c for event in answer for c in event["choices"]]
        return "".join(c["text"] if "text" in c else c["delta"].get("content") or ""
                       for c in choices)
    choice = answer["choices"][0]
    return choice["text"] if "text" in choice else choice["message"]["content"]


# ---- the other endpoints


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_completions(start, cloud, ollama, app, streamed):
    one = app(start(cloud, ollama))
    asked = {"model": "gpt-4", "prompt": "Hi", "stream": streamed}
    assert text_of(one.call("completions.create", asked)) == "cloud heard: Hi"
    cloud.script(DEAD, path=COMPLETIONS)
    assert text_of(one.call("completions.create", asked)) == "ollama heard: Hi"


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_responses(start, cloud, ollama, app, streamed):
    def text(answer):
        last = answer[-1]["response"] if streamed else answer
        (content,) = last["output"][0]["content"]
        return content["text"]

    one = app(start(cloud, ollama))
    asked = {"model": "gpt-4", "input": "Hi", "stream": streamed}
    assert text(one.call("responses.create", asked)) == "cloud heard: Hi"
    cloud.script(DEAD, path=RESPONSES)
    assert text(one.call("responses.create", asked)) == "ollama heard: Hi"


def test_embeddings(start, cloud, ollama, app):
    """The SDK asks for base64, and makes numbers of it."""
    ollama.models = [o.EMBEDDING]
    daemon = start(cloud, ollama, ini="[model embedder]\nollama = embedder\n")
    one = app(daemon)
    asked = {"model": "embedder", "input": ["a", "b"]}
    vectors = [list(e["embedding"]) for e in one.call("embeddings.create", asked)["data"]]
    assert vectors == [[0.25, -0.5, 0.125]] * 2
    cloud.script(DEAD, path=EMBEDDINGS)
    vectors = [list(e["embedding"]) for e in one.call("embeddings.create", asked)["data"]]
    assert vectors == [[0.5, 0.75]] * 2


def test_models(start, cloud, ollama, app):
    one = app(start(cloud, ollama))
    assert [m["id"] for m in one.call("models.list")] == [*cloud.models, "ollama:ministral-3:3b"]
    local = one.call("models.retrieve", "ollama:ministral-3:3b")
    assert (local["id"], local["owned_by"]) == ("ollama:ministral-3:3b", "ollama")
    cloud.refuse()
    assert one.call("models.retrieve", local["id"]) == local


# ---- errors of the daemon's own


@pytest.mark.parametrize("row", REFUSED + FAILED + CUT + RELAYED + SENT_ON,
                         ids=lambda row: row.name)
def test_an_error_is_asked_for_once_and_raised(start, cloud, ollama, app, row):
    meet(row, app, start, cloud, ollama)


def test_a_body_that_does_not_come_in_time_is_told(start, cloud, ollama, app):
    meet(SLOW_BODY, lambda *args: app(*args, stall=True), start, cloud, ollama)


# ---- the README


def test_the_readmes_program(start, cloud, ollama, folder):
    daemon = start(cloud, ollama)
    question = "heard: What is the capital of France?"
    assert run_readme("js", ".mjs", ["node"], folder, daemon) == f"cloud {question}"
    cloud.script(DEAD)
    assert run_readme("js", ".mjs", ["node"], folder, daemon) == f"ollama {question}"
