"""Options that an Ollama or one of its models refuses by name: asked once more without them, and named."""
import pytest

from ledger import both, from_ollama, truth
from sim import Ollama
from sim import ollama as o
from sim.cloud import status

GONE = {"typical_p": "typical_p is no longer supported"}
LEVELS = {"think": 'think value "medium" is not supported for this model'}


SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}, "required": ["a"]}


@pytest.fixture
def local(request):
    """An Ollama that refuses; by `refuses`."""
    servers = []

    def begin(refuses, models=None):
        servers.append(Ollama(refuses=refuses, models=models))
        return servers[-1]

    yield begin
    for server in servers:
        server.stop()
        assert server.violations == []


@pytest.mark.sample
@both
def test_an_option_that_is_refused_by_name_is_left_out(start, cloud, local, streamed):
    server = local(GONE)
    cloud.script(status(401))
    daemon = start(cloud, server)
    answer = daemon.chat("Hi", stream=streamed, typical_p=0.7, temperature=0.5)
    assert answer.content == "ollama heard: Hi"
    assert truth(answer) == from_ollama("openai=1, ollama=2", "auth")
    assert answer.header("x-understudy-dropped") == "typical_p"
    first, second = [q.json["options"] for q in server.chats]
    assert first.pop("typical_p") == 0.7 and first == second
    assert daemon.exchange()["dropped"] == "typical_p"


def test_it_is_no_retry(start, cloud, ollama):
    """All tries are left for what then fails."""
    cloud.script(status(401))
    ollama.script(o.error(400, GONE["typical_p"]), o.error(503, "busy"), o.error(503, "busy"), o.text("at last"))
    answer = start(cloud, ollama, {"retry.attempts": 3}).chat("Hi", typical_p=0.7)
    assert answer.content == "at last" and truth(answer) == from_ollama("openai=1, ollama=4", "auth")


def test_it_is_so_for_completions(start, cloud, local):
    server = local(GONE)
    cloud.script(status(401), path="/v1/completions")
    answer = start(cloud, server).post("/v1/completions", {"model": "gpt-4", "prompt": "Hi", "typical_p": 0.7})
    assert answer.status == 200 and answer.header("x-understudy-dropped") == "typical_p"
    assert len(server.chats) == 2


def test_a_level_of_thinking_becomes_thinking(start, cloud, local):
    server = local(LEVELS, [o.THINKING])
    cloud.script(status(401))
    answer = start(cloud, server).chat("Hi", reasoning_effort="medium")
    assert answer.status == 200 and answer.header("x-understudy-dropped") == "reasoning_effort"
    assert [q.json["think"] for q in server.chats] == ["medium", True]


def test_what_is_refused_again_is_told(start, cloud, ollama):
    cloud.script(status(401))
    ollama.script(o.error(400, "typical_p is no longer supported"))
    answer = start(cloud, ollama).chat("Hi", typical_p=0.7)
    assert len(ollama.chats) == 2 and answer.status >= 400
    assert "typical_p is no longer supported" in answer.error["message"]


@pytest.mark.parametrize("text", ["typical_p is no longer supported", "invalid format: json_object", "seeded"])
def test_what_was_not_sent_is_not_asked_again(start, cloud, ollama, text):
    cloud.script(status(401))
    ollama.script(o.error(400, text))
    answer = start(cloud, ollama).chat("Hi", seed=1, response_format={"type": "json_object"})
    assert len(ollama.chats) == 1 and answer.status >= 400


def test_the_next_request_is_asked_as_it_is(start, cloud, local):
    """Another value may do."""
    server = local(GONE)
    cloud.script(status(401))
    daemon = start(cloud, server)
    daemon.chat("Hi", typical_p=0.7)
    server.refuses = {}
    answer = daemon.chat("Hi", typical_p=0.8)
    assert server.chats[-1].json["options"]["typical_p"] == 0.8
    assert answer.header("x-understudy-dropped") is None


@pytest.mark.parametrize("shape, dropped", [
    ({"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": SCHEMA}}, "response_format.strict"),
    ({"type": "json_object", "schema": SCHEMA}, None),
    ({"type": "json_schema", "schema": SCHEMA}, None),
    ({"type": "json_schema", "value": {"schema": SCHEMA}}, None),
    ({"type": "json_schema", "value": SCHEMA}, None),
    ({"type": "json_schema", "json_schema": SCHEMA}, None)])
def test_a_schema_is_heard_wherever_it_stands(start, cloud, ollama, shape, dropped):
    cloud.script(status(401))
    answer = start(cloud, ollama).chat("Hi", response_format=shape)
    assert ollama.chats[0].json["format"] == SCHEMA
    assert answer.header("x-understudy-dropped") == dropped


def test_what_is_dropped_inside_an_object_is_named(start, cloud, ollama):
    cloud.script(status(401))
    answer = start(cloud, ollama).chat("Hi", verbosity="low", reasoning={"effort": "low", "summary": "auto"},
                                       tools=[{"type": "function", "function": {"name": "f", "strict": True}}])
    assert answer.header("x-understudy-dropped") == "reasoning.summary, tools.strict, verbosity"


def test_thoughts_of_the_history_stay_thoughts(start, cloud, ollama):
    cloud.script(status(401))
    start(cloud, ollama).chat(messages=[
        {"role": "user", "content": "2+2?"},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": "Easy."}, {"type": "text", "text": "4"}]},
        {"role": "user", "content": "And 3+3?"}])
    assert ollama.chats[0].json["messages"][1] == {"role": "assistant", "content": "4", "thinking": "Easy."}
