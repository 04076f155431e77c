"""That the harness itself works."""
import sys

import pytest

from apps import run_readme
from sim.cloud import ok, status


@pytest.mark.sample
@pytest.mark.parametrize("streamed", [False, True])
def test_an_answer_comes_through(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama)
    assert daemon.chat("Hi", stream=streamed).content == "cloud heard: Hi"
    assert len(cloud.chats) == 1 and ollama.chats == []


@pytest.mark.sample
@pytest.mark.parametrize("streamed", [False, True])
def test_ollama_answers_when_the_cloud_fails(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama)
    cloud.script(status(503))
    answer = daemon.chat("Hi", stream=streamed)
    assert answer.content == "ollama heard: Hi"
    assert answer.header("x-understudy-attempts") == "openai=3, ollama=1"
    assert daemon.waits() == [10, 20]
    assert daemon.metric("attempts_total", provider="openai", **{"class": "server"}) == 3


def test_the_official_client_is_served(start, cloud, ollama):
    cloud.script(ok("one two"))
    client = start(cloud, ollama).openai()
    messages = [{"role": "user", "content": "Hi"}]
    answer = client.chat.completions.create(model="gpt-4", messages=messages)
    assert answer.choices[0].message.content == "one two"
    chunks = client.chat.completions.create(model="gpt-4", messages=messages, stream=True)
    assert "".join(c.choices[0].delta.content or "" for c in chunks) == "one two"


def test_the_readmes_program(start, cloud, ollama, tmp_path):
    daemon = start(cloud, ollama)
    question = "heard: What is the capital of France?"
    assert run_readme("python", ".py", [sys.executable], tmp_path, daemon) == f"cloud {question}"


def test_a_log_in_json_is_read_like_the_other(start, cloud, ollama):
    daemon = start(cloud, ollama, {"log.format": "json"})
    daemon.chat()
    line = daemon.exchange()
    assert (line["provider"], line["status"], line["stream"]) == ("openai", "200", "false")


def test_a_unix_socket_is_reached(start, cloud, ollama, tmp_path):
    daemon = start(cloud, ollama, {"server.listen": f"unix:{tmp_path}/s"})
    assert daemon.address == f"{tmp_path}/s"
    assert daemon.chat().content == "cloud heard: Hi"
