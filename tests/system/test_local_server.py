"""A local server that speaks OpenAI (llama.cpp, vLLM, LM Studio) at the end of the route."""
import json

import pytest

from sim.cloud import Cloud, call, ok, ok_tools, status


@pytest.fixture
def local():
    server = Cloud()
    yield server
    server.stop()


def settings(local, **more):
    return {"route.priority": "openai, local", "provider.local.type": "openai",
            "provider.local.base_url": local.url + "/v1", "provider.local.api_key": "none",
            "provider.local.model": "qwen3-8b", **more}


@pytest.mark.parametrize("streamed", [False, True])
def test_it_answers_when_the_cloud_fails_with_its_own_model(start, cloud, local, streamed):
    cloud.script(status(503))
    local.script(ok("from here"))
    answer = start(cloud, None, settings(local)).chat(stream=streamed)
    assert answer.content == "from here"
    assert answer.header("x-understudy-provider") == "local"
    assert answer.header("x-understudy-model") == "qwen3-8b"
    assert answer.header("x-understudy-fallback") == "server"
    assert local.chats[0].json["model"] == "qwen3-8b"
    assert local.chats[0].header("authorization") is None


def test_nothing_but_the_models_name_is_changed(start, cloud, local):
    body = b'{ "seed":1E5, "model" : "gpt-4","x":-0,  "messages":[{"role":"user","content":"\\u00e9\\/"}]}'
    cloud.script(status(401))
    start(cloud, None, settings(local)).post("/v1/chat/completions", body)
    assert cloud.chats[0].body == body
    assert local.chats[0].body == body.replace(b'"gpt-4"', b'"qwen3-8b"')


def test_a_model_line_goes_before_its_own_model(start, cloud, local):
    cloud.script(status(401))
    daemon = start(cloud, None, {**settings(local), "model gpt-4.local": "phi-4"})
    daemon.chat()
    assert local.chats[0].json["model"] == "phi-4"


def test_without_a_model_of_its_own_the_requests_name_is_kept(start, cloud, local):
    cloud.script(status(401))
    start(cloud, None, {**settings(local), "provider.local.model": None}).chat()
    assert local.chats[0].json["model"] == "gpt-4"


def test_tools_come_back_as_they_are(start, cloud, local):
    tool = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
    cloud.script(status(503))
    local.script(ok_tools(call("add", {"a": 1})))
    answer = start(cloud, None, settings(local)).chat(tools=[tool])
    calls = answer.json["choices"][0]["message"]["tool_calls"]
    assert json.loads(calls[0]["function"]["arguments"]) == {"a": 1}
    assert local.chats[0].json["tools"] == [tool]


def test_it_is_asked_also_when_the_machine_is_offline(start, cloud, local):
    daemon = start("http://cloud.invalid", None, {
        **settings(local), "connectivity.check_url": "http://127.0.0.1:1/",
        "connectivity.interval": "1h"})
    daemon.wait_for_log(event="offline")
    answer = daemon.chat()
    assert answer.content == "cloud heard: Hi"
    assert answer.header("x-understudy-fallback") == "skipped-offline"
