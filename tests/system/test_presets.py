"""Providers that need no section: a name in the route and a key in the environment."""
import re
import subprocess

import pytest

from daemon import BINARY, CLIENT_KEY
from sim import Cloud
from sim.cloud import ok, openai_error, status

BEARER = [("Authorization", f"Bearer {CLIENT_KEY}")]


@pytest.fixture
def groq():
    server = Cloud()
    yield server
    server.stop()


def at(name, server, base="/v1"):
    """The variable that puts a preset's address to a pretended one."""
    return {f"UNDERSTUDY_PROVIDER_{name.upper().replace('-', '_')}_BASE_URL": server.url + base}


def config(*words, env=None):
    done = subprocess.run([BINARY, *words], text=True, capture_output=True,
                          env={"HOME": "/nonexistent", **(env or {})})
    return done.returncode, done.stdout, done.stderr


def test_a_key_in_the_environment_and_a_name_in_the_route_are_enough(start, groq, ollama):
    daemon = start(None, ollama, env={"PROVIDER_PRIORITY": "groq, ollama", "GROQ_API_KEY": "gsk-1", **at("groq", groq)})
    answer = daemon.chat(headers=BEARER)
    assert (answer.content, answer.header("x-understudy-provider")) == ("cloud heard: Hi", "groq")
    assert [c.header("authorization") for c in groq.chats] == ["Bearer gsk-1"]
    groq.script(status(503))
    assert daemon.chat().header("x-understudy-attempts") == "groq=3, ollama=1"


def test_without_its_key_it_is_skipped_and_never_given_the_apps(start, cloud, groq, ollama):
    """Neither first in the route nor behind another; the credential is not lost for the next one."""
    settings = {"route.priority": "groq, openai, ollama", "provider.openai.api_key": None}
    daemon = start(cloud, ollama, settings, env=at("groq", groq))
    answer = daemon.chat(headers=BEARER)
    assert answer.header("x-understudy-provider") == "openai"
    assert answer.header("x-understudy-fallback") == "skipped-no-key"
    assert cloud.chats[0].header("authorization") == f"Bearer {CLIENT_KEY}"
    for more in ({"x-understudy-route": "groq"}, {"x-understudy-fallback": "no"}):
        answer = daemon.chat(headers=[*BEARER, *more.items()])
        assert (answer.status, answer.error["type"]) == (503, "no_provider")
    assert groq.requests == []


def test_a_key_in_a_header_is_its_own(start, cloud, groq, ollama):
    """It is asked with that, and the app's goes to the next one that has none."""
    ini = "[provider groq]\nheader.Authorization = Bearer gsk-headed\n"
    settings = {"route.priority": "groq, openai, ollama", "provider.openai.api_key": None}
    daemon = start(cloud, ollama, settings, env=at("groq", groq), ini=ini)
    assert daemon.chat(headers=[*BEARER, ("x-api-key", CLIENT_KEY)]).header("x-understudy-provider") == "groq"
    groq.script(openai_error(401, "invalid_api_key", "Incorrect API key: gsk-headed"))
    assert daemon.chat(headers=BEARER).header("x-understudy-attempts") == "groq=1, openai=1"
    assert [c.header("authorization") for c in groq.chats] == ["Bearer gsk-headed"] * 2
    assert [c.header("x-api-key") for c in groq.chats] == [None] * 2
    assert [c.header("authorization") for c in cloud.chats] == [f"Bearer {CLIENT_KEY}"]
    daemon.exchange(2)
    assert "the provider refuses the key from header.Authorization" in daemon.log(event="auth")[0]["message"]
    assert "gsk-headed" not in daemon.log_text()


@pytest.mark.parametrize("base", ["/api/paas/v4", "/v1beta/openai", "/inference/v1"])
def test_an_address_that_does_not_end_in_v1_serves_every_path(start, groq, base):
    groq.script(ok("fine"), path=None)
    daemon = start(None, None, {"route.priority": "zai"}, env={"ZAI_API_KEY": "k", **at("zai", groq, base)})
    body = {"model": "glm", "messages": [{"role": "user", "content": "Hi"}], "input": "x", "prompt": "x"}
    for path in ("chat/completions", "completions", "embeddings", "responses", "files", "audio/speech"):
        daemon.post(f"/v1/{path}", body)
    start.unsent = -1  # the list is asked for by us
    assert daemon.get("/v1/models").status == 502
    daemon.get("/v1/models/glm")
    daemon.get("/v1/batches?limit=1")
    assert [r.target for r in groq.requests] == [base + p for p in (
        "/chat/completions", "/completions", "/embeddings", "/responses", "/files", "/audio/speech",
        "/models", "/models/glm", "/batches?limit=1")]


def test_a_prefix_asks_one_that_no_route_names(start, cloud, groq, ollama):
    daemon = start(cloud, ollama, env={"GROQ_API_KEY": "gsk-1", **at("groq", groq)})
    assert daemon.chat(model="groq:llama-3.3-70b").header("x-understudy-provider") == "groq"
    assert [c.json["model"] for c in groq.chats] == ["llama-3.3-70b"]
    assert cloud.requests == []


def test_a_model_of_ollama_that_is_called_like_a_cloud_stays_there(start, cloud, ollama):
    """Also with a key for that cloud around, which is there for other programs."""
    daemon = start(cloud, ollama, env={"MISTRAL_API_KEY": "k"})
    assert daemon.chat(model="mistral:7b").header("x-understudy-provider") == "openai"
    assert [c.json["model"] for c in cloud.chats] == ["mistral:7b"]


def test_a_local_server_needs_no_key(start, cloud, groq):
    cloud.script(status(401))
    settings = {"route.priority": "openai, llamacpp", "provider.llamacpp.model": "qwen3-8b"}
    daemon = start(cloud, None, settings, env=at("llamacpp", groq))
    answer = daemon.chat(headers=BEARER)
    assert answer.header("x-understudy-provider") == "llamacpp"
    assert groq.chats[0].header("authorization") is None
    assert groq.chats[0].json["model"] == "qwen3-8b"


def test_the_cloud_of_ollama_is_asked_with_its_key_or_not_at_all(start, ollama):
    env = {"OLLAMA_API_KEY": "ok-1", **at("ollama-cloud", ollama, "")}
    daemon = start(None, None, {"route.priority": "ollama-cloud"}, env=env)
    answer = daemon.chat()
    assert answer.header("x-understudy-provider") == "ollama-cloud"
    assert {r.header("authorization") for r in ollama.requests} == {"Bearer ok-1"}
    keyless = start(None, None, {"route.priority": "ollama-cloud"}, env=at("ollama-cloud", ollama, ""))
    count = len(ollama.requests)
    answer = keyless.chat(headers=BEARER)
    assert answer.error["type"] == "no_provider" and "OLLAMA_API_KEY is not in the env" in answer.error["message"]
    assert len(ollama.requests) == count
    ollama.violations = []  # one of one's own wants no key


def test_the_table_is_printed():
    code, out, err = config("config", "--presets")
    assert (code, err) == (0, "")
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line[0] != " "}
    assert rows["groq"] == ["groq", "openai", "https://api.groq.com/openai/v1", "GROQ_API_KEY"]
    assert rows["vllm"] == ["vllm", "openai", "http://127.0.0.1:8000/v1", "none", "needed"]
    assert len(rows) == 1 + 24


@pytest.mark.parametrize("route, said", [
    ("gorq,ollama", '"gorq"; allowed: '), ("gorq,ollama", 'did you mean "groq"?'),
    ("azure", "[provider azure] base_url is needed; allowed: https://NAME.openai.azure.com/openai/v1")])
def test_what_is_wrong_with_one_is_said(route, said):
    code, out, err = config("config", env={"PROVIDER_PRIORITY": route})
    assert code == 2 and said in err


def test_no_preset_is_told_of_that_nobody_named(start, cloud, ollama):
    daemon = start(cloud, ollama, env={"GROQ_API_KEY": "k"})
    names = [p["name"] for p in daemon.get("/status.json").json["providers"]]
    assert names == ["openai", "ollama"]
    assert "groq" not in daemon.get("/v1/models").text


@pytest.mark.parametrize("env, said, code", [
    ({"GROQ_API_KEY": "gsk-1"}, "groq: reachable in [0-9]+ ms, key accepted \\(from GROQ_API_KEY\\), 2 models", 0),
    ({}, "groq: reachable in [0-9]+ ms, no key set: GROQ_API_KEY is not in the environment, 2 models; "
         "set GROQ_API_KEY in the environment, or \\[provider groq\\] api_key", 1),
    ({"in a header": "gsk-1"}, "groq: reachable in [0-9]+ ms, key accepted \\(from header.Authorization\\), 2 models", 0),
])
def test_check_tells_where_it_looked_for_the_key(groq, env, said, code):
    """Without one the preset is skipped, however readily it tells its models."""
    env = dict(env)
    headed = [word for key in [env.pop("in a header", None)] if key
              for word in ("-s", f"provider.groq.header.Authorization=Bearer {key}")]
    done = config(*headed, "check", env={"PROVIDER_PRIORITY": "groq", **at("groq", groq), **env})
    assert re.search(f"^{said}$", done[1], re.M), done[1]
    assert done[0] == code and "gsk-1" not in done[1]
