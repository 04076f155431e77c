"""[server] tokens and allow_unauthenticated. FAULTS K1, K3."""
import json
from pathlib import Path

import pytest

from sim.cloud import ok, openai_error, status, stall_stream, stream
from sim.reply import head, raw

TOKEN, OTHER = "tok-CANARY-4711", "tok-second"
TOKENS = {"server.tokens": f"{TOKEN}, {OTHER}"}
CHAT = "/v1/chat/completions"
ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
NEEDED = [("POST", CHAT), ("GET", "/v1/models"), ("GET", "/v1/models/gpt-4"), ("GET", "/metrics"), ("GET", "/status"),
          ("POST", "/v1/embeddings"), ("GET", "/v1/files"), ("DELETE", "/v1/files/1"),
          ("OPTIONS", CHAT), ("GET", CHAT), ("GET", "/"), ("PUT", "/metrics")]


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def one_bit_off(token):
    return token[:-1] + chr(ord(token[-1]) ^ 1)


WRONG = {
    "none": {},
    "empty": {"Authorization": ""},
    "an empty token": {"Authorization": "Bearer "},
    "the scheme alone": {"Authorization": "Bearer"},
    "short": bearer(TOKEN[:-1]),
    "long": bearer(TOKEN + "x"),
    "one bit off": bearer(one_bit_off(TOKEN)),
    "another case": bearer(TOKEN.upper()),
    "both at once": bearer(f"{TOKEN}, {OTHER}"),
    "without scheme": {"Authorization": TOKEN},
    "Basic": {"Authorization": f"Basic {TOKEN}"},
    "an empty x-api-key": {"x-api-key": ""},
    "a wrong x-api-key": {"x-api-key": TOKEN[1:]},
    "x-api-key with a scheme": {"x-api-key": f"Bearer {TOKEN}"},
    "in another header": {"api-key": TOKEN},
    "long by far": bearer("x" * 5000),
    "as a cookie": {"Cookie": f"token={TOKEN}"},
}


@pytest.mark.parametrize("headers", WRONG.values(), ids=WRONG.keys())
def test_a_wrong_token_gets_401_everywhere_but_on_the_probes(start, cloud, ollama, headers):
    daemon = start(cloud, ollama, TOKENS)
    for method, path in NEEDED:
        answer = daemon.request(method, path, headers=headers)
        assert answer.status == 401, (method, path)
        assert answer.error["type"] == "invalid_request_error"
        assert answer.error["code"] == "invalid_api_key" and TOKEN not in answer.text
        assert answer.header("x-should-retry") == "false"
    assert daemon.get("/healthz", headers).status == 200
    assert daemon.get("/readyz", headers).status == 200
    assert cloud.requests == [] and ollama.chats == []


@pytest.mark.parametrize("headers", [
    bearer(TOKEN), bearer(OTHER), {"x-api-key": TOKEN}, {"Authorization": f"bearer {TOKEN}"},
    {"X-API-KEY": OTHER}, {"x-api-key": TOKEN, "Connection": "x-api-key, authorization"}])
@pytest.mark.sample
def test_each_token_opens_and_none_is_passed_on(start, cloud, ollama, headers):
    daemon = start(cloud, ollama, TOKENS)
    assert daemon.post(CHAT, ASK, headers).content == "cloud heard: Hi"
    cloud.script(status(401))
    assert daemon.post(CHAT, ASK, headers).content == "ollama heard: Hi"
    assert daemon.post("/v1/embeddings", {"model": "e", "input": "x"}, headers).status == 200
    assert daemon.get("/v1/models", headers).status == 200
    for request in cloud.requests:
        assert request.all("authorization") == ["Bearer sk-cloud"]
    for request in [*cloud.requests, *ollama.requests]:
        assert all(TOKEN not in v and OTHER not in v for _, v in request.headers)
        assert request.header("x-api-key") is None
    assert all(r.header("authorization") is None for r in ollama.requests)


def test_with_tokens_and_no_key_the_cloud_is_skipped(start, cloud, ollama):
    """The token is not a key."""
    daemon = start(cloud, ollama, {**TOKENS, "provider.openai.api_key": ""})
    assert daemon.post(CHAT, ASK, bearer(TOKEN)).content == "ollama heard: Hi"
    assert cloud.requests == []


def test_beside_a_token_the_clients_own_key_is_passed_on(start, cloud, ollama):
    daemon = start(cloud, ollama, {**TOKENS, "provider.openai.api_key": "",
                                   "route.priority": "openai"})
    headers = {"x-api-key": TOKEN, **bearer("sk-of-the-client")}
    assert daemon.get("/readyz", headers).status == 200
    assert daemon.get("/readyz", bearer(TOKEN)).status == 503
    assert daemon.post(CHAT, ASK, headers).content == "cloud heard: Hi"
    assert cloud.chats[0].all("authorization") == ["Bearer sk-of-the-client"]
    assert TOKEN not in str(cloud.chats[0].headers)
    assert ollama.requests == []


def test_a_right_token_beside_a_wrong_one_opens(start, cloud, ollama):
    daemon = start(cloud, ollama, TOKENS)
    assert daemon.post(CHAT, ASK, {"x-api-key": TOKEN, **bearer("wrong")}).status == 200
    assert daemon.post(CHAT, ASK, {"x-api-key": "wrong", **bearer(TOKEN)}).status == 200
    assert all(r.all("authorization") == ["Bearer sk-cloud"] for r in cloud.chats)


def test_without_tokens_the_clients_key_is_passed_on_when_there_is_no_other(start, cloud, ollama):
    daemon = start(cloud, ollama, {"provider.openai.api_key": ""})
    assert daemon.post(CHAT, ASK, bearer("sk-of-the-client")).status == 200
    assert cloud.chats[0].all("authorization") == ["Bearer sk-of-the-client"]
    cloud.script(status(401))
    daemon.post(CHAT, ASK, bearer("sk-of-the-client"))
    assert all(r.header("authorization") is None for r in ollama.requests)


def test_the_official_client_sends_its_api_key_as_the_token(start, cloud, ollama):
    client = start(cloud, ollama, TOKENS).openai(api_key=TOKEN)
    answer = client.chat.completions.create(model="gpt-4", messages=ASK["messages"])
    assert answer.choices[0].message.content == "cloud heard: Hi"


def test_tokens_come_from_a_file_or_the_environment(start, cloud, ollama, tmp_path):
    path = tmp_path / "token"
    path.write_text("tok-file\n")
    path.chmod(0o600)
    daemon = start(cloud, ollama, {"server.tokens": f"file:{path}, env:MY_TOKEN"},
                   env={"MY_TOKEN": "tok-env"})
    got = {t: daemon.get("/v1/models", bearer(t)).status for t in ("tok-file", "tok-env", "tok-x")}
    assert got == {"tok-file": 200, "tok-env": 200, "tok-x": 401}


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0"])
def test_listening_for_the_network_without_tokens_is_refused(start, cloud, ollama, address):
    daemon = start(cloud, ollama, {"server.listen": address}, wait=False)
    assert daemon.wait_exit() == 2
    assert "allow_unauthenticated" in daemon.log_text()
    daemon.stop(2)


@pytest.mark.parametrize("settings", [{"server.allow_unauthenticated": "yes"}, TOKENS])
def test_listening_for_the_network_is_allowed_with_tokens_or_on_demand(start, cloud, ollama,
                                                                       settings):
    daemon = start(cloud, ollama, {"server.listen": "0.0.0.0:0", **settings})
    daemon.address = ("127.0.0.1", daemon.address[1])
    assert daemon.get("/v1/models", bearer(TOKEN)).status == 200
    # 0.0.0.0 as a name is what a page would use.
    assert daemon.get("/healthz", {"Host": f"0.0.0.0:{daemon.address[1]}"}).status == 403


KEY, CONTENT = "sk-CANARY-0815", "CANARY-content-of-a-message"


def secrets_of(text):
    return [s for s in (KEY, TOKEN, OTHER, CONTENT) if s in text]


def test_no_secret_and_no_content_leaks(start, cloud, ollama):
    """Through success, retries, errors of both sides, broken streams, refusals; at level debug."""
    echo_key = openai_error(401, "invalid_api_key", f"Incorrect API key provided: {KEY}.")
    cloud.script(stream("fine"), status(503), echo_key, stall_stream(CONTENT), status(500))
    daemon = start(cloud, ollama, {
        **TOKENS, "provider.openai.api_key": None, "log.level": "debug",
        "provider.openai.idle_timeout": "200ms", "retry.attempts": 2},
        env={"OPENAI_API_KEY": KEY})
    bodies = []
    for headers in (bearer(TOKEN), bearer(one_bit_off(TOKEN)), {"x-api-key": OTHER}) * 4:
        for streamed in (True, False):
            answer = daemon.chat(CONTENT, headers=headers, stream=streamed)
            bodies.append(answer.text if answer.status >= 400 else "")
    daemon.post(CHAT, CONTENT.encode(), bearer(TOKEN))
    daemon.get(f"/v1/{CONTENT}x?key={KEY}", {"x-api-key": TOKEN})
    daemon.post("/v1/embeddings", {"model": "e", "input": CONTENT}, bearer(TOKEN))
    page = daemon.get("/metrics", bearer(TOKEN)).text
    assert "understudy_requests_total" in page and secrets_of(page) == []
    assert [secrets_of(b) for b in bodies if secrets_of(b)] == []
    command_line = Path(f"/proc/{daemon.pid}/cmdline").read_bytes().decode()
    assert KEY not in command_line and CONTENT not in command_line
    daemon.stop()
    told = daemon.log_text().replace(f"/v1/{CONTENT}x", "")
    assert "level=debug" in told and secrets_of(told) == []
    assert all(KEY not in str(r.headers) + str(r.body) for r in ollama.requests)


QUOTED = json.dumps({"error": {"message": f"Incorrect API key provided: {KEY}.", "type": "x",
                               "note": f"\\{KEY}/{KEY}", "code": "invalid_api_key"}})
MASKED = QUOTED.replace(KEY, "****")


def quoting(code, *parts):
    """In chunks, each of them sent by itself."""
    fields = [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked"),
              ("X-Said", f"no {KEY} no"), ("X-Other", "as it is")]
    chunks = [f"{len(part):x}\r\n{part}\r\n".encode() for part in parts]
    return raw(head(code, fields), *chunks, b"0\r\n\r\n")


@pytest.mark.parametrize("path", [CHAT, "/v1/embeddings", "/v1/files"])
@pytest.mark.parametrize("code", [400, 401, 404, 500])
@pytest.mark.parametrize("escaped", [False, True])
def test_a_key_that_the_provider_quotes_is_masked(start, cloud, path, code, escaped):
    """Cut at every byte of the key, in the body and in a header; all else is as it came."""
    said = QUOTED.replace("CANARY", "\\u0043ANARY") if escaped else QUOTED
    at = said.index("sk-")
    cloud.script(*[quoting(code, said[:at + i], said[at + i:]) for i in range(len(KEY))], path=path)
    daemon = start(cloud, None, {"provider.openai.api_key": None, "route.priority": "openai",
                                 "retry.attempts": 1, "breaker.failures": 0},
                   env={"OPENAI_API_KEY": KEY})
    for _ in range(len(KEY)):
        answer = daemon.post(path, {**ASK, "input": "x"})
        assert answer.status == code and answer.text == MASKED
        assert answer.header("x-said") == "no **** no" and answer.header("x-other") == "as it is"
    daemon.exchange(len(KEY))
    assert secrets_of(daemon.log_text()) == []


def test_a_good_answer_that_quotes_a_key_is_as_it_came(start, cloud):
    cloud.script(ok(f"the key is {KEY}"))
    daemon = start(cloud, None, {"provider.openai.api_key": None}, env={"OPENAI_API_KEY": KEY})
    assert daemon.chat().content == f"the key is {KEY}"


@pytest.mark.parametrize("streamed", [False, True])
def test_a_key_that_the_provider_quotes_is_hidden_when_both_fail(start, cloud, streamed):
    start.unsent = 2
    cloud.script(openai_error(401, "invalid_api_key", f"Incorrect API key provided: {KEY}."))
    daemon = start(cloud, None, {"provider.openai.api_key": None}, env={"OPENAI_API_KEY": KEY})
    answer = daemon.chat(stream=streamed)
    assert answer.status == 502 and "Incorrect API key provided: *" in answer.error["message"]
    assert secrets_of(answer.text) == []


def test_what_a_provider_says_in_a_broken_stream_is_not_in_the_log(start, cloud, ollama):
    said = {"error": {"message": f"I cannot say {CONTENT}", "type": "server_error"}}
    cloud.script(stream("a", said, finish=None, done=False))
    daemon = start(cloud, ollama, {"log.level": "debug"})
    assert "error" in daemon.chat(stream=True).events[-1]
    daemon.exchange()
    assert daemon.log(event="stream_incomplete") and secrets_of(daemon.log_text()) == []
