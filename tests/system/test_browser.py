"""Web pages may not call: Host, Origin, Sec-Fetch-Site, content type, CORS. FAULTS B1-B8."""
import subprocess

import pytest

CHAT = "/v1/chat/completions"
ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
APP = "app://obsidian.md"
PATHS = ["/v1/models", "/healthz", "/readyz", "/metrics", "/v1/files"]


def aca(answer):
    return {n.lower(): v for n, v in answer.headers if n.lower().startswith("access-control")}


@pytest.mark.parametrize("origin", [
    "https://evil.test", "http://localhost", "http://127.0.0.1:11411", "null", "", "NULL",
    "file://", "https://app.evil.test", "apps://x", "APP://x", "vscode-webview.evil://x",
    "https://evil.test/app://x"])
@pytest.mark.sample
def test_a_page_gets_403_and_is_told_the_setting(start, cloud, ollama, origin):
    daemon = start(cloud, ollama)
    answers = [daemon.post(CHAT, ASK, {"Origin": origin}),
               *[daemon.get(path, {"Origin": origin}) for path in PATHS]]
    for answer in answers:
        assert answer.status == 403 and "allowed_origins" in answer.error["message"]
        assert aca(answer) == {} and answer.header("x-should-retry") == "false"
    assert cloud.requests == [] and ollama.chats == []


@pytest.mark.parametrize("origin", ["app://obsidian.md", "tauri://localhost",
                                    "vscode-webview://1a2b", "vscode-file://vscode-app"])
def test_desktop_apps_may_call_and_read_the_answer(start, cloud, ollama, origin):
    daemon = start(cloud, ollama)
    answer = daemon.post(CHAT, ASK, {"Origin": origin, "Sec-Fetch-Site": "cross-site"})
    assert answer.content == "cloud heard: Hi"
    assert answer.header("access-control-allow-origin") == origin
    assert "Origin" in answer.header("vary")
    assert "x-understudy-provider" in answer.header("access-control-expose-headers")
    assert answer.header("access-control-allow-credentials") is None
    assert cloud.chats[0].header("origin") is None


def test_errors_can_be_read_by_a_listed_origin_too(start, cloud, ollama):
    daemon = start(cloud, ollama)
    for answer in (daemon.post(CHAT, b"{", {"Origin": APP}), daemon.get("/x", {"Origin": APP}),
                   daemon.get(CHAT, {"Origin": APP})):
        assert answer.status >= 400
        assert answer.header("access-control-allow-origin") == APP


def preflight(daemon, origin, path=CHAT, **more):
    return daemon.request("OPTIONS", path, headers={
        "Origin": origin, "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization, content-type, x-stainless-os", **more})


def test_a_preflight_of_a_listed_origin_is_answered(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.tokens": "t-1"})
    answer = preflight(daemon, APP, **{"Access-Control-Request-Private-Network": "true"})
    assert answer.status == 204 and answer.body == b""
    assert answer.header("access-control-allow-origin") == APP
    assert "POST" in answer.header("access-control-allow-methods")
    allowed = answer.header("access-control-allow-headers").replace(" ", "").split(",")
    assert {"authorization", "content-type", "x-stainless-os"} <= set(allowed)
    assert answer.header("access-control-allow-private-network") == "true"
    assert answer.header("vary") == "Origin" and cloud.requests == []


@pytest.mark.parametrize("origin", ["https://evil.test", "null"])
def test_a_preflight_of_a_page_is_refused_without_CORS_headers(start, cloud, ollama, origin):
    answer = preflight(start(cloud, ollama), origin)
    assert answer.status == 403 and aca(answer) == {} and cloud.requests == []


def test_private_network_access_is_granted_only_when_asked(start, cloud, ollama):
    answer = preflight(start(cloud, ollama), APP)
    assert answer.header("access-control-allow-private-network") is None


def test_configured_origins_replace_the_defaults(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.allowed_origins": "https://chat.example, tauri://*"})
    got = {o: daemon.post(CHAT, ASK, {"Origin": o}).status for o in (
        "https://chat.example", "https://chat.example.evil.test", "https://chat.example:8443",
        "http://chat.example", "tauri://x", "app://x", "null")}
    assert got == {"https://chat.example": 200, "https://chat.example.evil.test": 403,
                   "https://chat.example:8443": 403, "http://chat.example": 403, "tauri://x": 200,
                   "app://x": 403, "null": 403}


def test_null_is_never_allowed(start, cloud, ollama):
    """It is what every sandboxed page sends."""
    daemon = start(cloud, ollama, {"server.allowed_origins": "*"})
    assert daemon.post(CHAT, ASK, {"Origin": "https://chat.example"}).status == 200
    assert daemon.post(CHAT, ASK, {"Origin": "null"}).status == 403
    listed = start(cloud, ollama, {"server.allowed_origins": "null"}, wait=False)
    assert listed.wait_exit() == 2
    listed.stop(2)


@pytest.mark.parametrize("kind", [
    "text/plain", "text/plain;charset=UTF-8", "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x", "application/jsonp", "application/json5", "",
    "text/plain, application/json", "application/json, text/plain"])
def test_a_POST_with_Origin_must_be_JSON(start, cloud, ollama, kind):
    daemon = start(cloud, ollama)
    for path in (CHAT, "/v1/embeddings"):
        answer = daemon.post(path, ASK, {"Origin": APP, "Content-Type": kind})
        assert answer.status == 415 and answer.error["type"] == "invalid_request_error"
    assert cloud.requests == []


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8",
                                  "Application/JSON", "application/json;charset=UTF-8"])
def test_JSON_with_parameters_is_JSON(start, cloud, ollama, kind):
    answer = start(cloud, ollama).post(CHAT, ASK, {"Origin": APP, "Content-Type": kind})
    assert answer.status == 200


def test_a_POST_with_Origin_and_without_a_type_is_refused(start, cloud, ollama):
    client = start(cloud, ollama).connect()
    client.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nOrigin: app://x\r\n"
                b"Content-Length: 2\r\n\r\n{}")
    assert client.response().status == 415


@pytest.mark.parametrize("site, status", [("cross-site", 403), ("Cross-Site", 403),
                                          ("same-site", 403), ("same-origin", 200), ("none", 200)])
def test_Sec_Fetch_Site_without_Origin(start, cloud, ollama, site, status):
    daemon = start(cloud, ollama)
    headers = {"Sec-Fetch-Site": site}
    assert daemon.get("/v1/models", headers).status == status
    answer = daemon.post(CHAT, ASK, headers)
    assert answer.status == status
    if status == 403:
        assert "allowed_origins" in answer.error["message"]
    else:
        plain = daemon.post(CHAT, ASK, {**headers, "Content-Type": "text/plain"})
        assert plain.status == 415


def test_a_page_on_another_port_of_this_machine_gets_nothing(start, cloud, ollama):
    """Its images, scripts and links are same-site for the browser, and carry no Origin."""
    daemon = start(cloud, ollama)
    for path in [*PATHS, "/status", "/status.json", "/v1/files/f/content", "/v1/models/gpt-4"]:
        answer = daemon.get(path, {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"})
        assert answer.status == 403 and "allowed_origins" in answer.error["message"]
    assert cloud.requests == []
    assert daemon.get("/status", {"Sec-Fetch-Site": "none"}).status == 200


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:1", "[::1]:65535", "localhost"])
def test_a_forwarded_port_is_served_by_our_names(start, cloud, ollama, host):
    """As ssh -L 8080:localhost:11411 and docker -p 8080:11411 make it."""
    daemon = start(cloud, ollama)
    assert daemon.post(CHAT, ASK, {"Host": host}).content == "cloud heard: Hi"


def test_an_allowed_host_with_a_port_is_served_with_that_one_only(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.allowed_hosts": "box.lan, llm.example:8443"})
    for host, status in (("box.lan", 200), ("box.lan:8080", 200), ("llm.example:8443", 200),
                         ("llm.example:8080", 403), ("llm.example", 403), ("x.lan:8080", 403)):
        answer = daemon.get("/healthz", {"Host": host})
        assert answer.status == status
        assert status == 200 or f"add {host} to server.allowed_hosts" in answer.text


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "x/y", None])
def test_without_Origin_any_content_type_will_do(start, cloud, ollama, kind):
    """As curl -d sends it. The provider is told JSON all the same."""
    client = start(cloud, ollama).connect()
    kind = f"Content-Type: {kind}\r\n" if kind else ""
    body = b'{"model":"gpt-4","messages":[{"role":"user","content":"Hi"}]}'
    client.send(f"POST {CHAT} HTTP/1.1\r\nHost: localhost\r\n{kind}Content-Length: {len(body)}"
                "\r\n\r\n".encode() + body)
    assert client.response().content == "cloud heard: Hi"
    assert cloud.chats[0].all("content-type") == ["application/json"]


def test_curl_d_is_served(start, cloud, ollama):
    url = start(cloud, ollama).base_url + "/chat/completions"
    body = '{"model":"gpt-4","messages":[{"role":"user","content":"Hi"}]}'
    told = subprocess.run(["curl", "-sS", url, "-d", body], capture_output=True, text=True,
                          check=True)
    assert "cloud heard: Hi" in told.stdout


def test_a_name_that_was_rebound_to_us_is_refused(start, cloud, ollama):
    """A page of evil.test that resolves to 127.0.0.1 is same-origin for the browser."""
    daemon = start(cloud, ollama)
    host = f"evil.test:{daemon.address[1]}"
    for path in PATHS:
        answer = daemon.get(path, {"Host": host})
        assert answer.status == 403 and f"add {host} to server.allowed_hosts" in answer.text
    assert daemon.post(CHAT, ASK, {"Host": host, "Sec-Fetch-Site": "same-origin"}).status == 403
    assert cloud.requests == []


def test_a_websocket_or_form_of_a_page_reaches_nothing(start, cloud, ollama):
    daemon = start(cloud, ollama)
    upgrade = {"Origin": "https://evil.test", "Connection": "Upgrade", "Upgrade": "websocket",
               "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
    assert daemon.get("/v1/responses", upgrade).status == 403
    form = {"Origin": "https://evil.test", "Content-Type": "application/x-www-form-urlencoded"}
    assert daemon.post(CHAT, "a=b", form).status == 403
    assert cloud.requests == []


def test_our_own_answers_cannot_be_taken_for_a_page(start, cloud, ollama):
    daemon = start(cloud, ollama)
    for answer in (daemon.get("/x<script>"), daemon.get("/nowhere"), daemon.post(CHAT, b"<html>"),
                   daemon.get("/healthz", {"Origin": "https://<b>"})):
        assert answer.status >= 400
        assert answer.header("content-type").startswith("application/json")
        assert answer.header("x-content-type-options") == "nosniff"
