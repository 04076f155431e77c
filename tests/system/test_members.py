"""drop and rename: what a provider does not take, or takes by another name. Every other byte stays."""
import json
import subprocess

import pytest

from daemon import BINARY, WRAPPER
from ledger import both, from_cloud, from_ollama, truth
from sim import Cloud
from sim.cloud import ok, status

CHAT, EMBEDDINGS, RESPONSES, MESSAGES = "/v1/chat/completions", "/v1/embeddings", "/v1/responses", "/v1/messages"
DROP = "logprobs, service_tier, stream_options.include_usage"
DROPS = {"provider.openai.drop": DROP}
RENAMES = {"provider.openai.rename": "max_completion_tokens:max_tokens"}
BODY = (b'{ "logprobs" : false,\n"model":"gpt-4","seed":123456789012345678901234567890 ,"service_\\u0074ier":"auto", '
        b'"messages":[{"role":"user","content":"\\/ \\u00e9 logprobs"}],"t":0.10,"stream":false , "stream_options" :'
        b' {"include_usage":true}, "logprobs":true}\n')
SENT = (b'{ \n"model":"gpt-4","seed":123456789012345678901234567890 , '
        b'"messages":[{"role":"user","content":"\\/ \\u00e9 logprobs"}],"t":0.10,"stream":false , "stream_options" :'
        b' {}}\n')
NAMED = "logprobs, service_tier, stream_options.include_usage"


@pytest.fixture
def second():
    server = Cloud()
    yield server
    server.stop()


@pytest.mark.sample
def test_a_dropped_member_is_gone_and_every_other_byte_is_there(start, cloud, ollama):
    cloud.script(ok("fine"))
    daemon = start(cloud, ollama, DROPS)
    answer = daemon.post(CHAT, BODY)
    assert answer.status == 200 and answer.header("x-understudy-dropped") == NAMED
    (sent,) = cloud.chats
    assert sent.body == SENT and sent.header("content-length") == str(len(SENT))
    assert daemon.exchange()["dropped"] == NAMED


def test_every_retry_sends_the_same(start, cloud, ollama):
    cloud.script(status(503), status(503), ok("fine"))
    answer = start(cloud, ollama, DROPS).post(CHAT, BODY)
    assert truth(answer) == from_cloud("openai=3") and [c.body for c in cloud.chats] == [SENT] * 3


def test_nothing_is_named_that_was_not_there(start, cloud, ollama):
    cloud.script(ok("fine"))
    body = b'{"model":"gpt-4","messages":[],"service_tier_":1,"a":{"logprobs":1}}'
    answer = start(cloud, ollama, DROPS).post(CHAT, body)
    assert answer.header("x-understudy-dropped") is None and cloud.chats[0].body == body


def test_another_model_and_a_dropped_member(start, cloud, ollama):
    cloud.script(ok("fine"))
    start(cloud, ollama, DROPS).post(CHAT, BODY.replace(b'"gpt-4"', b'"openai:gpt-5"'))
    assert cloud.chats[0].body == SENT.replace(b'"gpt-4"', b'"gpt-5"')


@both
def test_a_member_is_renamed_and_not_named(start, cloud, ollama, streamed):
    cloud.script(ok("fine"))
    answer = start(cloud, ollama, RENAMES).chat(max_completion_tokens=7, stream=streamed)
    assert answer.content == "fine" and answer.header("x-understudy-dropped") is None
    sent = cloud.chats[0].json
    assert sent["max_tokens"] == 7 and "max_completion_tokens" not in sent


def test_it_keeps_its_name_where_the_new_one_is_there(start, cloud, ollama):
    cloud.script(ok("fine"))
    body = b'{"model":"gpt-4","messages":[],"max_completion_tokens":7,"max_tokens":8}'
    start(cloud, ollama, RENAMES).post(CHAT, body)
    assert cloud.chats[0].body == body


def test_the_next_provider_gets_what_the_app_sent(start, cloud, second, ollama):
    """Neither another cloud nor Ollama is touched by it, and the header is of the one that answered."""
    cloud.script(status(400), status(401))
    second.script(status(401), ok("from the second"))
    daemon = start(cloud, ollama, {**DROPS, "route.priority": "openai, second, ollama",
                                   "provider.second.type": "openai", "provider.second.api_key": "sk-2",
                                   "provider.second.base_url": second.url + "/v1"})
    refused = daemon.post(CHAT, BODY)
    assert refused.status == 400 and refused.header("x-understudy-dropped") == NAMED
    answer = daemon.post(CHAT, BODY.replace(b"service_", b"x_"))
    assert truth(answer) == from_ollama("openai=1, second=1, ollama=1", "auth")
    assert second.chats[0].body == BODY.replace(b"service_", b"x_")
    assert "service_tier" not in (answer.header("x-understudy-dropped") or "")
    answer = daemon.post(CHAT, BODY)
    assert answer.content == "from the second" and second.chats[1].body == BODY
    assert answer.header("x-understudy-dropped") is None


def test_a_translated_request_is_changed_as_it_is_written(start, cloud, ollama):
    """In the provider's names, beside what could not be translated."""
    cloud.script(ok("fine"))
    daemon = start(cloud, ollama, {"route.messages": "openai", "provider.openai.drop": "top_p, temperature, nothing",
                                   "provider.openai.rename": "max_tokens:max_new_tokens, stop:stop_words"})
    answer = daemon.post(MESSAGES, {"model": "gpt-4", "max_tokens": 9, "top_p": 0.5, "stop_sequences": ["x"],
                                    "container": "c", "messages": [{"role": "user", "content": "Hi"}]},
                         [("anthropic-version", "2023-06-01")])
    assert answer.status == 200, answer.text
    sent = cloud.chats[0].json
    assert sent["max_new_tokens"] == 9 and sent["stop_words"] == ["x"] and not {"top_p", "max_tokens", "stop"} & set(sent)
    assert answer.header("x-understudy-dropped") == "container, top_p"


def test_so_is_what_ollama_is_asked(start, cloud, ollama):
    cloud.script(status(401))
    answer = start(cloud, ollama, {"provider.ollama.drop": "options.top_k, keep_alive"}).chat("Hi", top_k=3, top_p=0.5)
    assert answer.content == "ollama heard: Hi" and answer.header("x-understudy-dropped") == "options.top_k, keep_alive"
    (asked,) = ollama.chats
    assert "keep_alive" not in asked.json and "top_k" not in asked.json["options"] and asked.json["options"]["top_p"] == 0.5


@pytest.mark.parametrize("path, more", [(EMBEDDINGS, b'"input":"x"'), (RESPONSES, b'"input":"x","store":true'),
                                        ("/v1/completions", b'"prompt":"x"')])
def test_other_paths_that_are_read(start, cloud, ollama, path, more):
    body = b'{"model":"gpt-4","service_tier":"auto",' + more + b"}"
    answer = start(cloud, ollama, DROPS).post(path, body)
    assert answer.header("x-understudy-dropped") == "service_tier"
    assert [r.body for r in cloud.requests if r.path == path] == [body.replace(b'"service_tier":"auto",', b"")]


def test_what_is_not_read_is_not_changed(start, cloud, ollama):
    body = b'{"model":"gpt-4","service_tier":"auto"}'
    start(cloud, ollama, DROPS).post("/v1/audio/speech", body)
    assert cloud.requests[-1].body == body


def config(tmp_path, setting):
    return subprocess.run([*WRAPPER, str(BINARY), "-s", setting, "config", "--json"], capture_output=True, text=True,
                          timeout=120, cwd=tmp_path, env={"HOME": str(tmp_path)})


@pytest.mark.parametrize("setting, says", [
    ("provider.openai.drop=seed, model", "model stays as it is"),
    ("provider.openai.drop=messages", "messages stays as it is"),
    ("provider.openai.drop=stream", "stream stays as it is"),
    ("provider.openai.drop=messages.content", "messages stays as it is"),
    ("provider.openai.drop=a.b.c", "a dot reaches one level down"),
    ("provider.openai.drop=a, a", "listed twice"),
    ("provider.openai.rename=a", "a colon and the new name are missing"),
    ("provider.openai.rename=a.b:b", "OBJECT.OLD:OBJECT.NEW"),
    ("provider.openai.rename=model:engine", "model stays as it is"),
    ("provider.openai.drops=a", "drop"),
])
def test_a_list_that_cannot_be_is_refused_with_the_reason(tmp_path, setting, says):
    done = config(tmp_path, setting)
    assert done.returncode == 2 and says in done.stderr and done.stdout == ""


def test_config_shows_them(tmp_path):
    done = config(tmp_path, "provider.openai.drop=" + DROP)
    shown = json.loads(done.stdout)["provider openai"]
    assert shown["drop"]["value"] == DROP and shown["drop"]["origin"].startswith("flag") and shown["rename"]["value"] == "none"
