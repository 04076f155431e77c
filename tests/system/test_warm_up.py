"""While the cloud is tried again, the local model is loaded, once, with the window that it will need."""
import pytest

from daemon import wait_until
from ledger import both, from_ollama, truth
from sim import Gate, Ollama
from sim import ollama as o
from sim.cloud import held, ok, openai_error, status
from sim.world import Clock

LONG = "word " * 9000


def settled(ollama, count):
    """So many loads have come, and no more come with another exchange."""
    wait_until(lambda: len(ollama.loads) == count, f"{count} loads")


def test_the_model_is_loaded_while_the_cloud_is_waited_for(start, cloud, ollama):
    gate = Gate()
    cloud.script(status(503), held(gate, status(503)), status(503))
    daemon = start(cloud, ollama)
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions",
                   {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]})
    gate.wait_reached()
    settled(ollama, 1)
    assert ollama.chats == []
    gate.open()
    assert client.response().content == "ollama heard: Hi"
    (load,), (chat,) = ollama.loads, ollama.chats
    assert load.json["model"] == chat.json["model"] == "ministral-3:3b"
    assert load.json["options"]["num_ctx"] == chat.json["options"]["num_ctx"] == 8192
    assert load.json["keep_alive"] == chat.json["keep_alive"] == "5m"
    assert load.json["stream"] is False


def test_it_is_loaded_once_and_not_for_each_request(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"breaker.failures": "0", "retry.budget": "0"})
    daemon.get("/v1/models")  # its models are known then
    for _ in range(5):
        daemon.chat()
    assert len(ollama.loads) == 1 and len(ollama.chats) == 5


def test_a_model_that_is_in_memory_is_not_loaded(start, cloud):
    server = Ollama(models=[o.Model(loaded_context=16384)])
    try:
        cloud.script(status(503))
        daemon = start(cloud, server)
        daemon.chat()
        assert server.loads == []
        assert server.chats[0].json["options"]["num_ctx"] == 16384
    finally:
        server.stop()


@pytest.mark.parametrize("reply", [ok("fine"), openai_error(401), openai_error(400)])
def test_without_a_retry_nothing_is_loaded(start, cloud, ollama, reply):
    cloud.script(reply)
    start(cloud, ollama).chat()
    assert ollama.loads == []


def test_it_can_be_switched_off(start, cloud, ollama):
    cloud.script(status(503))
    start(cloud, ollama, {"provider.ollama.warm_up": "no"}).chat()
    assert ollama.loads == [] and len(ollama.chats) == 1


def test_a_client_that_leaves_does_not_end_the_load(start, cloud, ollama):
    gate = Gate()
    cloud.script(status(503), held(gate, status(503)))
    ollama.script(held(gate, status(200, body='{"done":true}')), path="/api/generate")
    daemon = start(cloud, ollama)
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions",
                   {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]})
    settled(ollama, 1)
    client.close()
    daemon.exchange()
    assert not ollama.loads[0].hung_up.is_set()
    gate.open()
    line = daemon.wait_for_log(event="warm_up")
    assert (line["loaded"], line["message"]) == (
        "true", "the model is ready, should a fallback need it")


def test_a_load_that_hangs_does_not_keep_the_daemon_from_stopping(start, cloud, ollama):
    gate = Gate()
    cloud.script(status(503), ok("fine"))
    ollama.script(held(gate, status(200)), path="/api/generate")
    daemon = start(cloud, ollama)
    daemon.chat()
    settled(ollama, 1)
    daemon.stop()
    gate.open()


def test_a_longer_conversation_gets_a_larger_window_and_a_shorter_one_keeps_it(start, cloud, ollama):
    cloud.script(status(401))
    daemon = start(cloud, ollama)
    daemon.chat("Hi")
    daemon.chat(LONG)
    daemon.chat("Hi")
    assert [q.json["options"]["num_ctx"] for q in ollama.chats] == [8192, 16384, 16384]


def test_a_window_that_another_program_loaded_is_used_if_it_is_large_enough(start, cloud):
    server = Ollama(models=[o.Model(loaded_context=4096)])
    try:
        cloud.script(status(401))
        daemon = start(cloud, server)
        daemon.chat("Hi")
        daemon.chat(LONG)
        assert [q.json["options"]["num_ctx"] for q in server.chats] == [4096, 16384]
    finally:
        server.stop()


@both
def test_one_that_loads_for_minutes_is_waited_for(start, cloud, ollama, tmp_path, streamed):
    clock, gate = Clock(tmp_path), Gate()
    cloud.script(status(401))
    ollama.script(held(gate, o.text("loaded at last")))
    daemon = start(cloud, ollama, env=clock.env)
    client = daemon.connect().request("POST", "/v1/chat/completions", {
        "model": "gpt-4", "stream": streamed, "messages": [{"role": "user", "content": "Hi"}]})
    gate.wait_reached()
    clock.advance(270)
    assert daemon.get("/healthz").status == 200
    gate.open()
    answer = client.response()
    assert answer.content == "loaded at last"
    assert truth(answer) == from_ollama("openai=1, ollama=1", "auth") and len(ollama.chats) == 1


def test_an_overflow_is_tried_once_more_with_a_larger_window(start, cloud, ollama):
    cloud.script(status(401))
    ollama.script(o.overflow(prompt=9000, window=8192), o.text("it fits now"))
    answer = start(cloud, ollama).chat("Hi")
    assert answer.content == "it fits now"
    assert [q.json["options"]["num_ctx"] for q in ollama.chats] == [8192, 16384]
    assert answer.header("x-understudy-attempts") == "openai=1, ollama=2"


@pytest.mark.parametrize("generation", ["0.24", "0.33"])
def test_an_overflow_at_the_models_own_limit_is_of_class_context(start, cloud, generation):
    server = Ollama(models=[o.Model(context=8192)], generation=generation)
    try:
        cloud.script(status(401))
        server.script(o.overflow(generation))
        answer = start(cloud, server).chat("Hi")
        assert answer.status == 502 and answer.error["attempts"][-1]["class"] == "context"
        assert len(server.chats) == 1
    finally:
        server.stop()


@pytest.mark.parametrize("limit, window", [(None, 16384), (16, 8192), (20000, 32768)])
def test_the_window_has_room_for_the_answer(start, cloud, ollama, limit, window):
    cloud.script(status(401))
    start(cloud, ollama).chat("wo " * 7900, max_tokens=limit)  # reckoned as 7,900 tokens and some
    assert ollama.chats[0].json["options"]["num_ctx"] == window
