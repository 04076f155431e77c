"""The window of the local model: large enough for the prompt and the answer, and no larger than the next step."""
import base64
import json
import random

import pytest

from ledger import from_ollama, truth
from sim import Ollama
from sim import ollama as o
from sim.cloud import EMBEDDINGS, status

RANDOM = random.Random(9)
MODEL = o.Model(context=131072)
PROSE = "the quick brown fox jumps over the lazy dog and runs away again into the dark wood " * 100


def local(**options):
    return Ollama(models=[options.pop("model", MODEL)], **options)


@pytest.fixture
def server(request):
    """By a mark's arguments, or one that counts."""
    options = getattr(request, "param", {"tokens": o.words_and_digits})
    ollama = local(**options)
    yield ollama
    ollama.stop()
    assert ollama.violations == []


@pytest.fixture
def daemon(start, cloud, server):
    cloud.script(status(401))
    return start(cloud, server)


def windows(server):
    return [q.json["options"]["num_ctx"] for q in server.chats]


@pytest.mark.parametrize("text, window", [
    pytest.param("".join(RANDOM.choice("0123456789") for _ in range(26000)), 32768, id="digits"),
    pytest.param(base64.b64encode(RANDOM.randbytes(26250)).decode(), 32768, id="base64"),
    pytest.param(RANDOM.randbytes(25000).hex(), 65536, id="hex"),
    pytest.param(PROSE * 4, 16384, id="prose"),
    pytest.param("Все люди рождаются свободными и равными в правах. " * 800, 32768, id="russian"),
    pytest.param(json.dumps([{"id": i, "on": True} for i in range(1500)], separators=(",", ":")), 32768,
                 id="minified JSON")])
def test_a_text_of_any_kind_gets_the_window_that_it_needs(start, cloud, ollama, text, window):
    cloud.script(status(401))
    answer = start(cloud, ollama).chat(text)
    assert answer.status == 200 and windows(ollama) == [window]
    assert answer.header("x-understudy-attempts") == "openai=1, ollama=1"


def test_an_image_is_no_text(start, cloud, ollama):
    cloud.script(status(401))
    data = base64.b64encode(RANDOM.randbytes(60000)).decode()
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    start(cloud, ollama).chat(messages=[{"role": "user", "content": [picture, {"type": "text", "text": "What?"}]}])
    assert windows(ollama) == [8192]


@pytest.mark.parametrize("server", [{"model": o.Model(context=65536), "tokens": o.words_and_digits}], indirect=True)
def test_short_words_and_a_long_answer_fit(daemon, server):
    answer = daemon.chat("a b " * 2020, max_tokens=2500)
    assert answer.status == 200 and windows(server) == [16384]


@pytest.mark.sample
@pytest.mark.parametrize("server", [{"tokens": o.bytes_each}], indirect=True)
def test_the_count_of_a_refusal_is_the_next_window(daemon, server):
    """Four times what was reckoned with: not the next step, but the one that holds it."""
    answer = daemon.chat(PROSE * 3, max_tokens=100)
    assert truth(answer) == from_ollama("openai=1, ollama=2", "auth")
    assert answer.status == 200 and windows(server) == [8192, 32768]


@pytest.mark.parametrize("server", [{"tokens": o.bytes_each}], indirect=True)
def test_what_a_refusal_told_is_remembered(daemon, server):
    daemon.chat(PROSE * 3, max_tokens=100)
    server.models[0].loaded_context = None
    daemon.chat(PROSE * 6, max_tokens=100)
    assert windows(server) == [8192, 32768, 65536]


@pytest.mark.parametrize("server", [{"tokens": o.bytes_each, "model": o.Model(context=16384)}], indirect=True)
@pytest.mark.parametrize("letters, asked", [(16200, [8192, 16384]), (16500, [8192])])
def test_it_is_not_asked_again_beyond_the_models_own_window(daemon, server, letters, asked):
    answer = daemon.chat((PROSE * 2)[:letters], max_tokens=1000)
    assert windows(server) == asked and answer.status == (200 if len(asked) == 2 else 502)
    if answer.status == 502:
        assert answer.error["attempts"][-1]["class"] == "context"
        assert answer.header("x-understudy-model") == "ministral-3:3b"


@pytest.mark.parametrize("server", [{"tokens": o.bytes_each, "generation": "0.24"}], indirect=True)
def test_a_refusal_without_a_count_gets_the_next_step(daemon, server):
    answer = daemon.chat(PROSE + PROSE[:1000], max_tokens=100)
    assert answer.status == 200 and windows(server) == [8192, 16384]


@pytest.mark.parametrize("server", [{"tokens": o.words_and_digits}], indirect=True)
def test_a_whole_answer_that_outgrew_its_window_is_asked_again(daemon, server):
    server.script(o.text("half of it", counts={"prompt_eval_count": 1500, "eval_count": 9000}), o.text("all of it"))
    answer = daemon.chat("Tell me everything.")
    assert answer.content == "all of it" and windows(server) == [8192, 16384]
    assert answer.header("x-understudy-attempts") == "openai=1, ollama=2"
    line = daemon.wait_for_log(event="window_exceeded")
    assert (line["num_ctx"], line["prompt_tokens"], line["completion_tokens"]) == ("8192", "1500", "9000")
    assert line["again"] == "true" and "understudy" not in answer.json


@pytest.mark.parametrize("counts", [{"prompt_eval_count": 1500, "eval_count": 9000}])
def test_where_no_larger_one_is_left_the_answer_says_it(start, cloud, server, counts):
    cloud.script(status(401))
    server.script(o.text("half of it", counts=counts))
    daemon = start(cloud, server, {"provider.ollama.num_ctx": 8192})
    answer = daemon.chat("Tell me everything.")
    assert answer.content == "half of it" and windows(server) == [8192]
    told = answer.json["understudy"]
    assert (told["warning"], told["num_ctx"], told["tokens"]) == ("window_exceeded", 8192, 10500)
    assert daemon.wait_for_log(event="window_exceeded")["again"] == "false"


@pytest.mark.parametrize("usage", [True, False])
def test_the_end_of_a_stream_says_it(daemon, server, usage):
    server.script(o.text("half of it", counts={"prompt_eval_count": 1500, "eval_count": 9000}))
    answer = daemon.chat("Tell me everything.", stream=True, stream_options={"include_usage": usage})
    events = [e for e in answer.events if isinstance(e, dict)]
    assert answer.complete and answer.content == "half of it" and windows(server) == [8192]
    assert events[-1]["understudy"]["warning"] == "window_exceeded" and events[-1]["understudy"]["tokens"] == 10500
    assert "understudy" not in events[0]
    assert daemon.wait_for_log(event="window_exceeded")["again"] == "false"


def test_one_that_had_room_says_nothing(daemon, server):
    answer = daemon.chat("Hi", stream=True)
    assert not any("understudy" in e for e in answer.events if isinstance(e, dict))
    assert not [line for line in daemon.log() if line.get("event") == "window_exceeded"]


@pytest.mark.parametrize("limit", [2**63 - 1, 10**30, 1e30])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/completions"])
def test_a_limit_without_bounds_gets_the_models_own_window(daemon, cloud, server, limit, path):
    cloud.script(status(401), path=path)
    body = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}], "prompt": "Hi", "max_tokens": limit}
    body.pop("prompt" if "chat" in path else "messages")
    assert daemon.post(path, body).status == 200
    assert server.chats[0].json["options"] == {"num_ctx": 131072, "num_predict": 2**31 - 1}


def test_the_model_is_loaded_with_the_window_that_is_asked_for(start, cloud, server):
    cloud.script(status(503))
    daemon = start(cloud, server)
    assert daemon.chat(PROSE * 4 + "0123456789" * 1500, max_tokens=300).status == 200
    (load,) = server.loads
    assert load.json["options"]["num_ctx"] == windows(server)[0] == 32768


def test_a_text_to_embed_that_no_window_holds_is_not_cut(start, cloud, ollama):
    ollama.models = [o.EMBEDDING]
    cloud.script(status(401), path=EMBEDDINGS)
    daemon = start(cloud, ollama, {"model text-embedding-3-small.ollama": "embedder"})
    ask = {"model": "text-embedding-3-small", "input": ["Hi"] * 3000}
    assert daemon.post(EMBEDDINGS, ask).status == 200
    answer = daemon.post(EMBEDDINGS, {**ask, "input": ["Hi", PROSE * 3]})
    assert answer.status == 502 and "is longer than the 2048" in answer.error["attempts"][-1]["message"]
    assert len(ollama.requests_to_v1) == 1
