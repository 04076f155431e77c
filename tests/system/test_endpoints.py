"""Paths and methods, the probes, the list of models."""
import signal

import pytest

from daemon import wait_until
from sim import Gate, Ollama, closed_port
from sim import ollama as o
from sim.cloud import ok, silent, status

CHAT, MODELS = "/v1/chat/completions", "/v1/models"
READ, ALL = "GET, HEAD", "GET, HEAD, POST, PUT, PATCH, DELETE"
ALLOWED = {CHAT: "POST", MODELS: READ, MODELS + "/gpt-4": READ, "/healthz": READ, "/readyz": READ,
           "/metrics": READ, "/status": READ, "/status.json": READ, "/status/events": READ, "/v1/completions": "POST",
           "/v1/responses": "POST", "/v1/embeddings": "POST", "/": READ}
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get",
           "FOO"]
WRONG = [(m, p) for p, allow in ALLOWED.items() for m in METHODS if m not in allow.split(", ")]


# ---- what is there


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/v1", "/v2/chat/completions", "/chat-completions",
                                  "/V1/models", "/health", "/metricsx", "/models2", "/apis/chat", "/favicon.ico", "/v1;x/models", "/healthz/x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_is_404_in_OpenAIs_shape(start, cloud, ollama, path, method):
    answer = start(cloud, ollama).request(method, path)
    assert answer.status == 404 and answer.header("content-type") == "application/json"
    assert set(answer.error) == {"message", "type", "param", "code"}
    assert answer.error["type"] == "invalid_request_error" and path in answer.error["message"]
    assert answer.header("x-should-retry") == "false" and cloud.requests == []


@pytest.mark.parametrize("method, path", WRONG)
def test_a_wrong_method_is_405_with_Allow(start, cloud, ollama, method, path):
    answer = start(cloud, ollama).request(method, path)
    assert answer.status == 405 and cloud.requests == []
    # What no path takes gets the list of all.
    allowed = ALL + ", OPTIONS" if method in ("TRACE", "CONNECT") else ALLOWED[path]
    assert answer.header("allow") == allowed
    if method != "HEAD":
        assert answer.error["type"] == "invalid_request_error"


@pytest.mark.parametrize("path", [*ALLOWED, "/v1/files"])
def test_OPTIONS_tells_what_a_path_takes(start, cloud, ollama, path):
    answer = start(cloud, ollama).request("OPTIONS", path)
    assert answer.status in (200, 204) and answer.body == b"" and cloud.requests == []
    assert answer.header("allow").split(", OPTIONS")[0] == ALLOWED.get(path, ALL)


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/status.json", MODELS])
def test_HEAD_has_the_head_of_GET_and_no_body(start, cloud, ollama, path):
    daemon = start(cloud, ollama)
    client = daemon.connect()
    head = client.request("HEAD", path).response("HEAD")
    whole = client.request("GET", path).response("GET")
    assert head.status == whole.status == 200 and head.body == b""
    assert head.header("content-type") == whole.header("content-type")


def test_the_preface_of_HTTP_2_is_refused(start, cloud, ollama):
    client = start(cloud, ollama).connect()
    client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    assert client.head().status in (400, 505)
    while client._more():
        pass


@pytest.mark.parametrize("target", ["*", "example.com:443"])
def test_it_is_no_proxy(start, cloud, ollama, target):
    daemon = start(cloud, ollama)
    assert daemon.request("CONNECT" if ":" in target else "OPTIONS", target).status in (400, 405)
    assert cloud.requests == []


# ---- the address that was given to an app, nearly right


@pytest.mark.parametrize("path", ["/chat/completions", "/v1/v1/chat/completions",
                                  "/v1/chat/completions/", "/chat/completions/?x=1"])
@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.sample
def test_chat_is_the_same_without_v1_and_with_a_slash(start, cloud, ollama, path, stream):
    daemon = start(cloud, ollama)
    body = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}], "stream": stream}
    answer = daemon.post(path, body)
    assert answer.status == 200 and "heard" in answer.text
    (asked,) = cloud.requests
    assert asked.target == CHAT + "".join(path.partition("?")[1:])


def test_it_falls_back_there_too(start, cloud, ollama):
    cloud.script(status(503))
    answer = start(cloud, ollama).post("/chat/completions", {
        "model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]})
    assert answer.content == "ollama heard: Hi"


@pytest.mark.parametrize("path", ["/models", "/models/", "/v1/models/", "/v1/v1/models"])
def test_the_list_of_models_too(start, cloud, ollama, path):
    answer = start(cloud, ollama).get(path)
    assert [m["id"] for m in answer.json["data"]] == ["gpt-4", "gpt-4o-mini",
                                                      "ollama:ministral-3:3b"]


@pytest.mark.parametrize("path, asked", [
    ("/embeddings", "/v1/embeddings"), ("/files/f/content?a=b", "/v1/files/f/content?a=b"),
    ("/v1/files/", "/v1/files/"), ("/audio/speech", "/v1/audio/speech"), ("/v1/files?", "/v1/files?"),
    ("/v1/v1/files", "/v1/files"), ("/responses/", "/v1/responses")])
def test_other_paths_reach_the_cloud_with_v1_once(start, cloud, ollama, path, asked):
    cloud.script(status(200, body=b"{}"), path=asked.partition("?")[0])
    daemon = start(cloud, ollama)
    method = "GET" if "files" in path else "POST"
    assert daemon.request(method, path, b"{}" if method == "POST" else b"").status == 200
    assert [r.target for r in cloud.requests] == [asked]


@pytest.mark.parametrize("path", ["/healthz/", "/readyz/", "/metrics/", "/status/", "/status.json/"])
def test_our_own_pages_with_a_slash_too(start, cloud, ollama, path):
    assert start(cloud, ollama).get(path).status == 200


def test_an_SDK_with_a_base_URL_without_v1_is_served(start, cloud, ollama):
    client = start(cloud, ollama)
    client = client.openai(base_url=client.url)
    answer = client.chat.completions.create(
        model="gpt-4", messages=[{"role": "user", "content": "Hi"}])
    assert answer.choices[0].message.content == "cloud heard: Hi"
    assert len(client.models.list().data) == 3


def test_the_root_tells_a_program_what_it_looks_for(start, cloud, ollama):
    daemon = start(cloud, ollama)
    answer = daemon.get("/", {"Accept": "*/*"})
    assert answer.status == 200 and answer.header("content-type").startswith("text/plain")
    assert answer.text == "Ollama is running"
    assert daemon.get("/").text == answer.text
    head = daemon.request("HEAD", "/")
    assert head.status == 200 and head.body == b""
    assert head.header("content-type") == answer.header("content-type")


def test_the_root_is_a_page_in_a_browser(start, cloud, ollama):
    daemon = start(cloud, ollama)
    answer = daemon.get("/", {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
                              "Sec-Fetch-Site": "none", "Host": "localhost:8080"})
    assert answer.status == 200 and answer.header("content-type").startswith("text/html")
    assert "http://localhost:8080/v1" in answer.text and 'href="/status"' in answer.text
    assert "default-src 'none'" in answer.header("content-security-policy")
    assert answer.header("vary") == "Accept" and cloud.requests == []


def test_the_root_needs_a_token_like_all_but_the_probes(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.tokens": "t-1"})
    assert daemon.get("/").status == 401
    assert daemon.get("/", {"x-api-key": "t-1"}).status == 200


@pytest.mark.parametrize("path", ["/v1/responses", "/responses", "/v1/responses?x=1"])
def test_a_websocket_gets_426_at_once(start, cloud, ollama, path):
    """With anything else Codex tries seven times before it goes on by HTTP."""
    client = start(cloud, ollama).connect()
    answer = client.request("GET", path, headers={
        "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}).response("GET")
    assert answer.status == 426 and answer.complete and answer.header("upgrade") == "HTTP/1.1"
    assert answer.error["code"] == "upgrade_required" and cloud.requests == []


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/status", "/status.json",
                                  MODELS, "/nowhere"])
def test_what_we_make_is_what_it_says_it_is(start, cloud, ollama, path):
    assert start(cloud, ollama).get(path).header("x-content-type-options") == "nosniff"


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_of_Ollamas_is_of_our_making_too(start, cloud, ollama, stream):
    cloud.script(status(503))
    answer = start(cloud, ollama).chat(stream=stream)
    assert answer.status == 200 and answer.header("x-content-type-options") == "nosniff"


# ---- probes


def test_healthz_says_that_the_process_serves(start, cloud):
    daemon = start(None, None, {"provider.openai.api_key": ""})
    answer = daemon.get("/healthz")
    assert answer.status == 200 and answer.header("cache-control") == "no-store"


def test_readyz_is_200_when_some_provider_can_be_tried(start, cloud, ollama):
    assert start(cloud, ollama).get("/readyz").status == 200
    assert start(None, ollama, {"provider.openai.api_key": ""}).get("/readyz").status == 200


def test_readyz_is_503_when_there_is_no_key_and_nobody_else(start, cloud):
    daemon = start(cloud, None, {"provider.openai.api_key": "", "route.priority": "openai"})
    assert daemon.get("/readyz").status == 503
    assert daemon.get("/readyz", {"Authorization": "Bearer sk-1"}).status == 200


def test_readyz_is_503_while_every_breaker_is_open(start, cloud, ollama):
    daemon = start(cloud, ollama, {"breaker.failures": 1, "route.priority": "openai",
                                   "retry.attempts": 1, "breaker.open_for": "10m"})
    cloud.script(status(503))
    daemon.chat()
    answer = daemon.get("/readyz")
    assert answer.status == 503 and "status" in answer.json
    assert daemon.get("/healthz").status == 200


def test_readyz_is_503_offline_with_a_cloud_alone(start, ollama):
    with closed_port() as port:
        check = "http://127.0.0.1:%d" % port.getsockname()[1]
        daemon = start("http://cloud.invalid", ollama, {"connectivity.check_url": check,
                                                        "route.priority": "openai"})
        daemon.wait_for_log(event="offline")
        assert daemon.get("/readyz").status == 503


def test_readyz_is_503_while_draining_on_a_connection_that_is_open(start, cloud, ollama):
    gate = Gate()
    cloud.script(lambda peer, request: (peer.wait(gate), ok("late")(peer, request)))
    daemon = start(cloud, ollama, {"server.drain_timeout": "20s"})
    client = daemon.connect()
    client.request("POST", CHAT, {"model": "gpt-4", "messages": [{"role": "user", "content": "x"}]})
    client.request("GET", "/readyz")
    gate.wait_reached()
    daemon.signal(signal.SIGTERM)
    daemon.wait_for_log(event="stopping")
    gate.open()
    answer = client.response()
    # The answer that was under way is the last of its connection, or the probe is told 503.
    assert answer.content == "late"
    if (answer.header("connection") or "").lower() != "close":
        assert client.response("GET").status == 503
    assert daemon.wait_exit() == 0


# ---- models


def ids(daemon, **headers):
    answer = daemon.get(MODELS, headers)
    assert answer.status == 200 and answer.json["object"] == "list"
    return [m["id"] for m in answer.json["data"]]


@pytest.mark.sample
def test_the_list_is_the_clouds_and_Ollamas(start, cloud, ollama):
    daemon = start(cloud, ollama)
    assert ids(daemon) == ["gpt-4", "gpt-4o-mini", "ollama:ministral-3:3b"]
    last = daemon.get(MODELS).json["data"][-1]
    assert last == {"id": "ollama:ministral-3:3b", "object": "model", "created": 1787306400,
                    "owned_by": "ollama"}


def test_the_clouds_entries_come_as_they_are(start, cloud, ollama):
    item = b'{"id": "x\\u00e9", "created": 1e9, "context": 1.50, "z": {"b": 1, "a": [ ]}}'
    cloud.script(status(200, body=b'{"data": [ ' + item + b' ], "object": "list"}'), path=MODELS)
    answer = start(cloud, ollama).get(MODELS)
    assert item in answer.body and answer.json["data"][1]["id"] == "ollama:ministral-3:3b"


@pytest.mark.parametrize("broken", [
    status(500), status(401), status(200, body=b"<html>"), status(200, body=b'{"data": 1}'),
    status(200, body=b'{"data": [{"id": "gpt'), lambda peer, request: peer.close()])
def test_a_cloud_that_fails_leaves_Ollamas(start, cloud, ollama, broken):
    cloud.script(broken, path=MODELS)
    assert ids(start(cloud, ollama)) == ["ollama:ministral-3:3b"]


def test_a_cloud_that_is_down_leaves_Ollamas(start, ollama):
    assert ids(start(None, ollama)) == ["ollama:ministral-3:3b"]


def test_an_Ollama_that_is_down_leaves_the_clouds(start, cloud):
    assert ids(start(cloud, None)) == ["gpt-4", "gpt-4o-mini"]


def test_with_both_down_it_is_an_error(start):
    answer = start(None, None).get(MODELS)
    assert answer.status == 502 and answer.error["type"] == "upstream_error"
    assert answer.header("x-should-retry") == "false"


def test_a_cloud_without_a_key_is_not_asked(start, cloud, ollama):
    daemon = start(cloud, ollama, {"provider.openai.api_key": ""})
    assert ids(daemon) == ["ollama:ministral-3:3b"] and cloud.requests == []
    assert len(ids(daemon, Authorization="Bearer sk-1")) == 3
    assert cloud.requests[0].header("authorization") == "Bearer sk-1"


def test_models_of_Ollamas_own_cloud_are_listed_only_when_allowed(start, cloud):
    far = o.Model("big:cloud", ("completion",), 8192, remote_host="https://ollama.com")
    server = Ollama(models=[o.Model(), far])
    try:
        assert "ollama:big:cloud" not in ids(start(cloud, server))
        allowed = start(cloud, server, {"provider.ollama.allow_cloud": "yes"})
        assert "ollama:big:cloud" in ids(allowed)
    finally:
        server.stop()


def test_a_second_clouds_models_carry_its_name(start, cloud, ollama):
    settings = {"provider.groq.base_url": cloud.url + "/v1", "provider.groq.api_key": "gsk-1",
                "route.priority": "openai, groq, ollama", "provider.groq.type": "openai"}
    assert ids(start(cloud, ollama, settings)) == [
        "gpt-4", "gpt-4o-mini", "groq:gpt-4", "groq:gpt-4o-mini", "ollama:ministral-3:3b"]
    keys = sorted(r.header("authorization") for r in cloud.requests)
    assert keys == ["Bearer gsk-1", "Bearer sk-cloud"]


@pytest.mark.parametrize("name, owner", [("gpt-4", "openai"), ("ollama:ministral-3:3b", "ollama"),
                                         ("ollama%3Aministral-3%3A3b", "ollama")])
def test_one_model_is_told_by_its_owner(start, cloud, ollama, name, owner):
    answer = start(cloud, ollama).get(f"{MODELS}/{name}")
    assert answer.status == 200 and answer.json["owned_by"] == owner
    assert len(cloud.requests) == (1 if owner == "openai" else 0)


@pytest.mark.parametrize("name", ["nothing", "ollama:nothing", "ft:gpt-4:me::1"])
def test_a_model_that_nobody_has_is_404(start, cloud, ollama, name):
    answer = start(cloud, ollama).get(f"{MODELS}/{name}")
    assert answer.status == 404 and answer.error["code"] == "model_not_found"


def test_every_listed_model_can_be_asked_for(start, cloud, ollama):
    client = start(cloud, ollama).openai()
    heard = {}
    for model in client.models.list():
        answer = client.chat.completions.create(
            model=model.id, messages=[{"role": "user", "content": "Hi"}])
        heard[model.id] = answer.choices[0].message.content
        assert client.models.retrieve(model.id).id in (model.id, model.id.removeprefix("ollama:"))
    assert heard == {"gpt-4": "cloud heard: Hi", "gpt-4o-mini": "cloud heard: Hi",
                     "ollama:ministral-3:3b": "ollama heard: Hi"}
    assert [c.json["model"] for c in ollama.chats] == ["ministral-3:3b"]


def test_a_silent_cloud_takes_nothing_from_ollamas_part_of_the_list(start, cloud, ollama):
    cloud.script(silent(), path=MODELS)
    assert ids(start(cloud, ollama)) == ["ollama:ministral-3:3b"]


def test_a_client_that_leaves_while_the_list_is_made_leaves_nothing(start, cloud, ollama):
    cloud.script(silent(), path=MODELS)
    daemon = start(cloud, ollama)
    client = daemon.connect()
    client.request("GET", MODELS)
    (sent,) = cloud.wait_for_requests(1, MODELS)
    client.close()
    assert sent.hung_up.wait(20)
    wait_until(lambda: daemon.inbound_sockets() == 0, "the connection is closed")
