"""What the cloud gets is what the app sent, and the app gets what the cloud answered."""
import json

import pytest

from daemon import CLOUD_KEY
from sim import Cloud
from sim.cloud import completion, ok, openai_error, raw, status, stream

CHAT, EMBEDDINGS = "/v1/chat/completions", "/v1/embeddings"

ODD = {
    "numbers": b'{"model":"gpt-4","messages":[],"temperature":0.1,"a":1E5,"b":-0,"c":1e-400,'
               b'"d":9007199254740993.0,"seed":123456789012345678901234567890,"e":1e400,"f":0.10}',
    "key order and blanks": b'\t{ "zz" : 1 ,\r\n "model"\n:\n"gpt-4" , "aa":2,"messages":[ ] }\n\n',
    "escapes": b'{"model":"gpt-4","messages":[{"role":"user","content":'
               b'"\\u00e9\\/\\ud83d\\ude00\\b\\f\\t<>&\\u0000"}],"user":"\xc3\xa9\xf0\x9f\x98\x80"}',
    "unknown keys twice": b'{"x":1,"model":"gpt-4","x":2,"messages":[],"y":{"y":1,"y":2}}',
    "deep and empty": b'{"model":"gpt-4","messages":[],"a":' + b"[" * 60 + b"]" * 60 + b',"":{}}',
    "one line of 1 MB": b'{"model":"gpt-4","messages":[{"role":"user","content":"' +
                        b"x" * (1 << 20) + b'"}]}',
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
@pytest.mark.sample
def test_a_chat_arrives_byte_for_byte(start, cloud, ollama, body):
    cloud.script(ok("fine"))
    assert start(cloud, ollama).post(CHAT, body).status == 200
    assert cloud.chats[0].body == body


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_every_retry_sends_the_same_bytes(start, cloud, ollama, body):
    cloud.script(status(503), status(503), ok("fine"))
    assert start(cloud, ollama).post(CHAT, body).status == 200
    assert [c.body for c in cloud.chats] == [body] * 3


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_with_a_changed_model_only_its_bytes_change(start, cloud, ollama, body):
    daemon = start(cloud, ollama, {"model gpt-4.openai": 'o"4\u00e9'})
    cloud.script(ok("fine"))
    assert daemon.post(CHAT, body).status == 200
    (sent,) = cloud.chats
    before, _, after = body.partition(b'"gpt-4"')
    assert sent.body.startswith(before) and sent.body.endswith(after)
    name = sent.body[len(before): len(sent.body) - len(after)]
    assert json.loads(name) == 'o"4\u00e9'
    assert sent.header("content-length") == str(len(sent.body))


def test_a_prefix_is_taken_off_the_models_name(start, cloud, ollama):
    start(cloud, ollama).post(CHAT, b'{ "model" : "openai:gpt-4", "messages":[{"content":"x"}]}')
    assert cloud.chats[0].body == b'{ "model" : "gpt-4", "messages":[{"content":"x"}]}'


@pytest.mark.parametrize("body", [b"{", b"", b"[]", b'"x"', b'{"model":1,"messages":[]}', b"\xff",
                                  b'{"model":"a","model":"b","messages":[]}',
                                  b"\xef\xbb\xbf{}x", b"[" * 100000])
def test_a_chat_that_nobody_understands_is_400_and_not_sent(start, cloud, ollama, body):
    answer = start(cloud, ollama).post(CHAT, body)
    assert answer.status == 400 and answer.error["type"] == "invalid_request_error"
    assert answer.header("x-should-retry") == "false" and answer.header("x-understudy-id")
    assert cloud.requests == [] and ollama.chats == []


# ---- the answer


ANSWER = json.dumps(completion("caf\u00e9 \u2028")).replace(": ", " :\t").encode() + b"\n \n"


def test_an_answer_comes_back_byte_for_byte(start, cloud, ollama):
    odd = ANSWER.replace(b"1700000000", b"1.70e9")
    cloud.script(status(200, body=odd))
    assert start(cloud, ollama).chat().body == odd


def test_a_stream_comes_back_byte_for_byte(start, cloud, ollama):
    events = [b'data: {"choices":[{"index":0,"delta":{"content":"a"}}],"n":1.50,"u":"\\u00e9"}\n\n',
              b": comment\n\n", b"event: x\nid: 7\nretry: 10\ndata:{\"odd\" : [ ]}\n\n",
              b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n',
              b"data: [DONE]\n\n"]
    cloud.script(stream(*events, role=False, finish=None, done=False))
    answer = start(cloud, ollama).chat(stream=True)
    assert answer.body == b"".join(events) and answer.complete


HEADERS = [("x-request-id", "req_1"), ("openai-processing-ms", "12"), ("openai-version", "2020"),
           ("openai-organization", "org"), ("x-ratelimit-limit-requests", "60"),
           ("x-ratelimit-reset-tokens", "6m0s"), ("cf-ray", "abc"), ("Set-Cookie", "a=1"),
           ("Set-Cookie", "b=2"), ("X-New", "tomorrow"), ("Cache-Control", "private"),
           ("Strict-Transport-Security", "max-age=1"), ("X-Utf8", "caf\xe9")]
STAY = [("Keep-Alive", "timeout=5"), ("Proxy-Authenticate", "Basic"), ("Trailer", "x"),
        ("Upgrade", "h2"), ("x-understudy-provider", "evil"), ("x-understudy-evil", "1"),
        ("Access-Control-Allow-Origin", "*"), ("Connection", "keep-alive, X-Named"),
        ("X-Named", "1")]


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("code", [200, 400])
def test_end_to_end_headers_come_back_and_others_do_not(start, cloud, ollama, streamed, code):
    cloud.script(ok("fine", headers=HEADERS + STAY) if code == 200 else
                 openai_error(400, headers=HEADERS + STAY))
    answer = start(cloud, ollama).chat(stream=streamed)
    assert answer.status == code
    for name, value in HEADERS:
        assert value in answer.all(name), name
    assert answer.all("set-cookie") == ["a=1", "b=2"]
    for name in ("keep-alive", "proxy-authenticate", "trailer", "upgrade", "x-understudy-evil",
                 "access-control-allow-origin", "x-named"):
        assert answer.header(name) is None, name
    assert answer.all("x-understudy-provider") == ["openai"]
    assert "X-Named" not in (answer.header("connection") or "")
    assert len(answer.all("date")) == 1
    assert len(answer.all("content-length") + answer.all("transfer-encoding")) == 1


@pytest.mark.parametrize("code", [201, 202, 204, 206, 299])
def test_other_statuses_of_other_paths_come_back(start, cloud, ollama, code):
    body = b"" if code == 204 else b"x"
    head = b"HTTP/1.1 %d Odd\r\nX-A: 1\r\n" % code
    length = b"" if code == 204 else b"Content-Length: 1\r\n"
    cloud.script(raw(head + length + b"\r\n" + body), path="/v1/files")
    answer = start(cloud, ollama).get("/v1/files")
    assert (answer.status, answer.body, answer.header("x-a")) == (code, body, "1")


def test_a_HEAD_is_passed_on_and_its_length_told(start, cloud, ollama):
    cloud.script(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 7\r\nX-A: 1\r\n\r\n"), path="/v1/files/f")
    answer = start(cloud, ollama).request("HEAD", "/v1/files/f")
    assert answer.status == 200 and answer.header("x-a") == "1" and answer.body == b""
    assert cloud.requests[0].method == "HEAD"


# ---- the request's headers


TRAVEL = [("Accept", "text/event-stream"), ("User-Agent", "OpenAI/Python 3.54.0"),
          ("OpenAI-Organization", "org-1"), ("OpenAI-Project", "p"), ("OpenAI-Beta", "assistants=v2"),
          ("X-Stainless-Os", "Linux"), ("Idempotency-Key", "k"), ("traceparent", "00-1-2-01"),
          ("X-New", "tomorrow"), ("X-Empty", ""), ("Accept-Language", "de"), ("X-Two", "a"),
          ("X-Two", "b")]
DO_NOT = [("Connection", "keep-alive, X-Named"), ("X-Named", "1"), ("Keep-Alive", "1"),
          ("TE", "trailers"), ("Trailer", "X-T"), ("Upgrade", "h2c"), ("HTTP2-Settings", "x"),
          ("Proxy-Authorization", "Basic eA=="), ("Proxy-Connection", "close"),
          ("Accept-Encoding", "gzip, br"), ("Cookie", "a=b"), ("Cookie2", "x"),
          ("Origin", "app://x"), ("Referer", "app://x/y"), ("Sec-Fetch-Mode", "cors"),
          ("Forwarded", "for=1"), ("X-Forwarded-For", "10.0.0.1"), ("X-Forwarded-Host", "evil"),
          ("X-Real-IP", "10.0.0.1"), ("x-understudy-attempts", "1"), ("x-understudy-unknown", "1"),
          ("Expect", "100-continue")]


@pytest.mark.parametrize("path", [CHAT, EMBEDDINGS])
@pytest.mark.sample
def test_which_headers_travel(start, cloud, ollama, path):
    daemon = start(cloud, ollama)
    body = {"model": "gpt-4", "messages": [{"role": "user", "content": "x"}], "input": "x"}
    answer = daemon.post(path, body, TRAVEL + DO_NOT)
    assert answer.status == 200
    (sent,) = cloud.requests
    for name, value in TRAVEL:
        assert value in sent.all(name), name
    assert sent.all("x-two") == ["a", "b"]
    for name, _ in DO_NOT:
        assert sent.header(name) is None, name
    assert sent.all("host") == [f"127.0.0.1:{cloud.port}"]
    assert sent.all("authorization") == [f"Bearer {CLOUD_KEY}"]
    assert sent.all("content-type") == ["application/json"]
    assert len(sent.all("via")) == 1


PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
TRACE = {"traceparent": PARENT, "tracestate": "a=1,b=2", "x-request-id": "req 9"}


@pytest.mark.parametrize("path, body", [(CHAT, {"model": "gpt-4", "messages": [{"role": "user", "content": "x"}]}),
                                        ("/v1/messages", {"model": "claude-opus-4-5", "max_tokens": 9,
                                                          "messages": [{"role": "user", "content": "x"}]})])
def test_the_apps_trace_goes_to_every_provider_and_is_logged(start, cloud, claude, ollama, path, body):
    for one in (cloud, claude):
        one.script(status(503))
    daemon = start(cloud, ollama, {"provider.anthropic.base_url": claude.url, "provider.anthropic.model": "claude-opus-4-5", "retry.attempts": "1",
                                   "route.priority": "openai, anthropic, ollama",
                                   "route.messages": "anthropic, openai, ollama"},
                   env={"UNDERSTUDY_PROVIDER_ANTHROPIC_API_KEY": "sk-a"})
    daemon.post(path, body, {**TRACE, "baggage": "mine", "user-agent": "app"})
    for one in (cloud, claude, ollama):
        (sent,) = [r for r in one.requests if r.target.partition("?")[0] in (CHAT, "/v1/messages", "/api/chat")]
        assert {name: sent.header(name) for name in TRACE} == TRACE
    assert ollama.chats[0].header("baggage") is None
    line = daemon.exchange()
    assert (line["traceparent"], line["x_request_id"]) == (PARENT, "req 9")


def test_nothing_is_made_up_on_paths_that_are_passed(start, cloud, ollama):
    """libcurl would add Accept and a content type of its own."""
    cloud.script(status(200, body={}), path="/v1/files/f")
    client = start(cloud, ollama).connect()
    client.send(b"PUT /v1/files/f HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx")
    assert client.response().status == 200
    names = sorted(n.lower() for n, _ in cloud.requests[0].headers)
    assert names == ["authorization", "content-length", "host", "via"]


@pytest.mark.parametrize("listed", ["authorization", "content-type, x-api-key", "host",
                                    "content-length", "x-stainless-os"])
def test_Connection_cannot_strip_what_must_arrive(start, cloud, ollama, listed):
    daemon = start(cloud, ollama, {"provider.openai.api_key": ""})
    headers = {"Connection": listed, "Authorization": "Bearer sk-mine", "X-Stainless-Os": "x"}
    assert daemon.chat(headers=headers).content == "cloud heard: Hi"
    (sent,) = cloud.chats
    assert sent.header("authorization") == "Bearer sk-mine" and sent.header("x-stainless-os") == "x"
    assert sent.all("content-type") == ["application/json"] and len(sent.all("host")) == 1


def test_configured_headers_go_to_their_provider_only(start, cloud, ollama):
    daemon = start(cloud, ollama, {"provider.openai.header.X-Team": "blue",
                                   "provider.openai.header.User-Agent": "ours",
                                   "provider.ollama.header.X-Local": "green"})
    cloud.script(ok("fine"), status(401))
    headers = {"X-Team": "red", "User-Agent": "theirs", "X-App": "app"}
    for _ in range(2):
        daemon.chat(headers=headers)
    for sent in cloud.chats:
        assert sent.all("x-team") == ["blue"] and sent.all("user-agent") == ["ours"]
        assert sent.header("x-local") is None
    (local,) = ollama.chats
    assert local.all("x-local") == ["green"]
    assert local.header("x-team") is None and local.header("x-app") is None
    assert local.header("user-agent") != "theirs"


def test_no_key_reaches_another_providers_host(start, cloud, ollama):
    second = Cloud()
    try:
        settings = {"provider.groq.base_url": second.url + "/v1", "provider.groq.type": "openai",
                    "provider.groq.api_key": "gsk-second-key", "retry.attempts": 1,
                    "route.priority": "openai, groq, ollama"}
        daemon = start(cloud, ollama, settings)
        cloud.script(status(503))
        second.script(status(503))
        assert daemon.chat(headers={"Authorization": "Bearer sk-client-key", "x-api-key": "k-1",
                                    "api-key": "k-2"}).content == "ollama heard: Hi"
        daemon.get("/v1/models", {"Authorization": "Bearer sk-client-key"})
        seen = {"cloud": str([r.headers for r in cloud.requests]),
                "second": str([r.headers for r in second.requests]),
                "ollama": str([r.headers for r in ollama.requests])}
        secrets = {CLOUD_KEY: "cloud", "gsk-second-key": "second", "sk-client-key": None,
                   "k-1": None, "k-2": None}
        for secret, owner in secrets.items():
            assert [where for where, text in seen.items() if secret in text] == (
                [owner] if owner else [])
        assert "uthorization" not in seen["ollama"]
    finally:
        second.stop()


# ---- other paths, in both directions


BINARY = bytes(range(256)) * 40
FORM = (b"--xx\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
        b"Content-Type: audio/wav\r\n\r\n" + BINARY + b"\r\n--xx--\r\n")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("kind, body", [("multipart/form-data; boundary=xx", FORM),
                                        ("application/octet-stream", BINARY), ("text/plain", b"\x00")])
def test_bodies_of_any_kind_go_both_ways(start, cloud, ollama, method, kind, body):
    cloud.script(status(503), status(200, [("Content-Type", "audio/x")], body[::-1]),
                 path="/v1/files/f")
    answer = start(cloud, ollama).request(method, "/v1/files/f", body, {"Content-Type": kind})
    assert (answer.status, answer.body) == (200, body[::-1])
    assert answer.header("content-type") == "audio/x"
    assert answer.header("x-understudy-attempts") == "openai=2"
    assert [(r.method, r.body, r.all("content-type")) for r in cloud.requests] == [
        (method, body, [kind])] * 2


@pytest.mark.parametrize("target", [
    "/v1/files?after=a%20b&x=%2F%3d&limit=10&&y", "/v1/files/a%2Fb%20c", "/v1/files/%C3%A9?",
    "/v1/x/~user/(1),2;a=b:c@d!$'*+", "/v1/threads/t_1/runs?q=a+b", "/v1/files?a=/../b&c=//",
    "/v1/models-x", "/v1/chat/completions/chatcmpl-1/messages", "/v1/chat", "/v1/x?[1]={2}|^`"])
def test_the_target_arrives_as_it_was_sent(start, cloud, ollama, target):
    cloud.script(status(200, body={}), path=None)
    assert start(cloud, ollama).get(target).status == 200
    assert [r.target for r in cloud.requests] == [target]


def test_a_question_mark_at_the_end_passes_a_proxy(start, cloud, ollama):
    cloud.script(status(200, body={}), path=None)
    daemon = start(cloud, ollama, {"provider.openai.base_url": "http://cloud.invalid/v1",
                                   "provider.openai.proxy": cloud.url})
    assert daemon.get("/v1/files?").status == 200
    assert [r.target for r in cloud.requests] == ["http://cloud.invalid/v1/files?"]


def test_the_query_of_a_chat_arrives_too(start, cloud, ollama):
    cloud.script(ok("fine"))
    body = {"model": "gpt-4", "messages": []}
    assert start(cloud, ollama).post(CHAT + "?api-version=2024-10-21", body).status == 200
    assert cloud.chats[0].target == CHAT + "?api-version=2024-10-21"


def test_a_large_answer_of_another_path_goes_through(start, cloud, ollama):
    body = BINARY * 600
    cloud.script(status(200, body=body, kind="audio/mpeg"), path="/v1/audio/speech")
    answer = start(cloud, ollama).post("/v1/audio/speech", {"input": "x"})
    assert answer.body == body and answer.complete
