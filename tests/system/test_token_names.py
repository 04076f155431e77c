"""[token NAME]: clients that are known by name, held to some providers, and to a number of requests."""
import json

import anthropic
import ollama as ollama_sdk
import pytest

CHAT, MESSAGES, API_CHAT = "/v1/chat/completions", "/v1/messages", "/api/chat"
ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
TO = {CHAT: ASK, MESSAGES: {**ASK, "max_tokens": 9}, API_CHAT: {**ASK, "stream": False},
      "/v1/responses": {"model": "gpt-4", "input": "Hi"},
      "/v1/embeddings": {"model": "e", "input": "x"}}
KIDS, MAIL, ANY = "tok-of-kids-CANARY", "tok-of-mail-CANARY", "tok-of-any-CANARY"
SECRETS = (KIDS, MAIL, ANY)


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def ini(kids="", mail="", server=f"tokens = {ANY}"):
    return (f"[server]\n{server}\n[token kids]\nsecret = {KIDS}\n{kids}\n"
            f"[token mail]\nsecret = {MAIL}\n{mail}\n")


@pytest.fixture
def known(start, cloud, ollama):
    def make(kids="", mail="", settings=None, **more):
        daemon = start(cloud, ollama, settings, ini=ini(kids, mail, **more))
        daemon.opens = bearer(MAIL)
        return daemon
    return make


# ---- who it is


@pytest.mark.sample
def test_a_client_is_told_by_its_name_everywhere(known, cloud, tmp_path):
    usage = tmp_path / "usage.jsonl"
    daemon = known(settings={"log.usage_file": usage})
    for n, headers in enumerate((bearer(KIDS), {"x-api-key": MAIL}, bearer(ANY)), 1):
        assert daemon.post(CHAT, ASK, headers).status == 200
        daemon.exchange(n)
    assert [l.get("client") for l in daemon.log(event="exchange")] == ["kids", "mail", None]
    lines = [json.loads(line) for line in usage.read_text().splitlines()]
    assert [l.get("client") for l in lines] == ["kids", "mail", None]
    for client in ("kids", "mail", ""):
        assert daemon.metric("requests_total", code="200", client=client) == 1
        assert daemon.metric("tokens_total", kind="prompt", client=client) > 0
    for request in cloud.requests:
        assert not any(s in v for s in SECRETS for _, v in request.headers)


@pytest.mark.parametrize("server", ["workers = 1", f"tokens = {ANY}"], ids=["alone", "beside others"])
def test_it_opens_and_closes_the_door_as_any_token(known, server):
    daemon = known(server=server)
    for path in (CHAT, MESSAGES):
        assert daemon.post(path, TO[path]).status == 401
        assert daemon.post(path, TO[path], bearer(KIDS + "x")).status == 401
        assert daemon.post(path, TO[path], bearer(KIDS)).status == 200
    assert daemon.get("/metrics", bearer(MAIL)).status == 200 and daemon.get("/metrics").status == 401
    assert daemon.get("/healthz").status == 200


def test_no_secret_of_a_client_leaks(known):
    daemon = known("requests = 1/h\nroute = ollama", settings={"log.level": "debug"})
    said = []
    for headers in (bearer(KIDS), bearer(KIDS), bearer(MAIL + "x"), bearer(MAIL), {"x-api-key": ANY}):
        for path in ("/status", "/status.json", "/metrics"):
            said.append(daemon.get(path, headers).text)
        for path, body in TO.items():
            said.append(daemon.post(path, body, headers).text)
        said.append(daemon.post(CHAT, {**ASK, "model": "openai:gpt-4"}, headers).text)
    daemon.stop()
    assert not any(s in text for s in SECRETS for text in [*said, daemon.log_text()])


def test_a_file_that_lost_its_clients_does_not_open_the_door(known):
    daemon = known(server="workers = 1")
    daemon.reload("[retry]\nattempts = 2\n", event="reload")
    assert "tokens are gone" in daemon.log(event="settings", level="error")[-1]["message"]
    assert daemon.post(CHAT, ASK).status == 401 and daemon.post(CHAT, ASK, bearer(KIDS)).status == 200


# ---- who answers it


@pytest.mark.parametrize("path", [CHAT, MESSAGES, API_CHAT, "/v1/responses"])
def test_what_it_asks_never_leaves_the_machine(known, cloud, ollama, path):
    daemon = known("route = ollama")
    assert daemon.post(path, TO[path], bearer(KIDS)).header("x-understudy-provider") == "ollama"
    assert [q for q in cloud.requests if q.method == "POST"] == []


@pytest.mark.parametrize("path, headers, body", [
    (CHAT, {"x-understudy-route": "openai"}, ASK),
    (CHAT, {"x-understudy-route": "ollama, openai"}, ASK),
    (CHAT, {}, {**ASK, "model": "openai:gpt-4"}),
    ("/v1/embeddings", {}, {"model": "openai:e", "input": "x"}),
    (MESSAGES, {}, {**TO[MESSAGES], "model": "openai:gpt-4"}),
    (API_CHAT, {}, {**TO[API_CHAT], "model": "openai:gpt-4"})])
def test_nothing_chooses_beyond_its_route(known, cloud, path, headers, body):
    daemon = known("route = ollama")
    answer = daemon.post(path, body, {**headers, **bearer(KIDS)})
    assert answer.status == 403 and "openai" in answer.text and "token" in answer.text
    if path in (CHAT, MESSAGES):
        assert answer.error["type"] == "permission_error"
    assert [q for q in cloud.requests if q.method == "POST"] == []
    assert daemon.post(path, body, {**headers, **bearer(MAIL)}).status == 200


def test_within_its_route_header_and_prefix_choose(known):
    daemon = known("route = ollama, openai")
    asked = [({}, "gpt-4"), ({"x-understudy-route": "openai"}, "gpt-4"), ({}, "openai:gpt-4")]
    got = [daemon.post(CHAT, {**ASK, "model": model}, {**headers, **bearer(KIDS)})
           .header("x-understudy-provider") for headers, model in asked]
    assert got == ["ollama", "openai", "openai"]


@pytest.mark.parametrize("method, path", [
    ("POST", "/v1/images/generations"), ("POST", "/v1/audio/speech"), ("GET", "/v1/files"),
    ("POST", "/v1/batches"), ("DELETE", "/v1/files/1")])
def test_what_only_a_cloud_answers_is_503(known, cloud, method, path):
    daemon = known("route = ollama")
    answer = daemon.request(method, path, {"model": "x"} if method == "POST" else b"", bearer(KIDS))
    assert answer.status == 503 and answer.error["type"] == "no_provider"
    assert not any(q.path.startswith(path) for q in cloud.requests)


def test_it_is_offered_what_it_may_ask(known, cloud):
    daemon = known("route = ollama")
    theirs = daemon.get("/v1/models", bearer(KIDS)).json["data"]
    others = daemon.get("/v1/models", bearer(MAIL)).json["data"]
    assert {m["id"].partition(":")[0] for m in theirs} == {"ollama"} and len(others) > len(theirs)
    tags = daemon.get("/api/tags", bearer(KIDS)).json["models"]
    assert len(tags) == len(theirs)
    assert daemon.get("/v1/models/openai:gpt-4", bearer(KIDS)).status == 403
    assert daemon.get("/v1/models/gpt-4", bearer(KIDS)).status == 503
    assert daemon.post("/api/show", {"model": "gpt-4"}, bearer(KIDS)).status == 404
    assert daemon.post("/api/show", {"model": "gpt-4"}, bearer(MAIL)).status == 200


# ---- how many


@pytest.mark.sample
def test_beyond_its_requests_it_gets_429(known, cloud):
    daemon = known("requests = 2/h")
    assert [daemon.post(CHAT, ASK, bearer(KIDS)).status for _ in range(2)] == [200, 200]
    answer = daemon.post(CHAT, ASK, bearer(KIDS))
    assert answer.status == 429 and answer.error["type"] == "client_rate_limit"
    assert answer.header("x-should-retry") == "false"
    assert 1790 <= int(answer.header("retry-after")) <= 1800
    assert len(cloud.chats) == 2
    assert daemon.post(CHAT, ASK, bearer(MAIL)).status == 200
    daemon.exchange(4)
    assert daemon.metric("requests_total", code="429", client="kids") == 1


def test_429_has_the_shape_of_the_apps_dialect(known):
    daemon = known("requests = 1/d")
    assert daemon.post(CHAT, ASK, bearer(KIDS)).status == 200
    told = {path: daemon.post(path, body, bearer(KIDS)) for path, body in TO.items()}
    assert {path: a.status for path, a in told.items()} == dict.fromkeys(TO, 429)
    assert told[MESSAGES].json["type"] == "error"
    assert told[MESSAGES].error["type"] == "rate_limit_error"
    assert isinstance(told[API_CHAT].json["error"], str)
    with anthropic.Anthropic(base_url=daemon.url, api_key=KIDS) as client:
        with pytest.raises(anthropic.RateLimitError):
            client.messages.create(**TO[MESSAGES])
    client = ollama_sdk.Client(daemon.url, headers=bearer(KIDS))
    with pytest.raises(ollama_sdk.ResponseError) as caught:
        client.chat("gpt-4", ASK["messages"])
    client._client.close()
    assert caught.value.status_code == 429


def test_only_what_asks_a_model_counts(known):
    daemon = known("requests = 1/d")
    for path in ("/v1/models", "/status", "/metrics", "/api/tags"):
        assert daemon.get(path, bearer(KIDS)).status == 200, path
    assert daemon.post("/api/show", {"model": "gpt-4"}, bearer(KIDS)).status == 200
    assert daemon.post("/v1/messages/count_tokens", TO[MESSAGES], bearer(KIDS)).status == 200
    assert daemon.post(CHAT, ASK, bearer(KIDS)).status == 200
    assert daemon.post(CHAT, ASK, bearer(KIDS)).status == 429
    assert daemon.get("/v1/models", bearer(KIDS)).status == 200


def test_all_workers_share_the_number(known):
    daemon = known("requests = 8/d", settings={"server.workers": 4})
    got = []
    for _ in range(16): # each connection may be another worker's
        with daemon.connect() as client:
            got.append(client.request("POST", CHAT, ASK, bearer(KIDS)).response().status)
    assert sorted(got) == [200] * 8 + [429] * 8


def test_a_reload_keeps_what_was_spent(known):
    daemon = known("requests = 2/d")
    assert daemon.post(CHAT, ASK, bearer(KIDS)).status == 200
    daemon.reload(ini("requests = 2/d", "requests = 9/s"))
    assert [daemon.post(CHAT, ASK, bearer(KIDS)).status for _ in range(2)] == [200, 429]
    daemon.reload(ini("requests = 3/d"))
    assert [daemon.post(CHAT, ASK, bearer(KIDS)).status for _ in range(2)] == [200, 429]


def test_a_name_that_came_new_and_one_that_went(known):
    daemon = known()
    daemon.reload(f"[token new]\nsecret = tok-new\nroute = ollama\n[token mail]\nsecret = {MAIL}\n")
    assert daemon.post(CHAT, ASK, bearer(KIDS)).status == 401
    assert daemon.post(CHAT, ASK, bearer("tok-new")).header("x-understudy-provider") == "ollama"
