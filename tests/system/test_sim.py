"""That the pretended providers do what their names say: without the daemon in between."""
import json
import socket
import ssl

import ollama as ollama_sdk
import pytest

from official import ollama_app
from rawclient import RawClient
from sim import BlackHole, Cloud, Gate, Ollama
from sim import cloud as c
from sim import ollama as o
from sim.net import TLS

REQUEST = {"model": "gpt-4", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}


def ask(server, body=REQUEST, path=c.CHAT, method="POST"):
    with RawClient(("127.0.0.1", server.port), 10) as client:
        return client.request(method, path, body).response(method)


def ask_cloud(cloud, reply, **more):
    cloud.script(reply)
    return ask(cloud, {**REQUEST, **more})


def test_a_script_is_used_up_and_its_last_reply_stays(cloud):
    cloud.script(c.status(503), c.ok("a"), c.ok("b"))
    assert ask(cloud).status == 503
    assert [ask(cloud).content for _ in range(3)] == ["a", "b", "b"]
    assert cloud.connections == 4


@pytest.mark.parametrize("reply, body", [
    (c.stream("a", "b"), "ab"), (c.ok("a b c"), "a b c"), (c.slow(c.ok("a b"), 1), "a b"),
    (c.informational(3, c.ok("a")), "a"), (c.closing(c.ok("a")), "a"),
])
def test_whole_streams_are_whole(cloud, reply, body):
    answer = ask_cloud(cloud, reply)
    assert (answer.status, answer.framing, answer.complete) == (200, "chunked", True)
    assert answer.content == body and answer.events[-1] == "[DONE]"
    assert answer.events[-2]["choices"][0]["finish_reason"] == "stop"


def test_usage_goes_out_when_asked(cloud):
    answer = ask_cloud(cloud, c.ok("a"), stream_options={"include_usage": True})
    assert answer.events[-2]["usage"] == c.USAGE and answer.events[-2]["choices"] == []


@pytest.mark.parametrize("reply, complete, last", [
    (c.cut_stream("a"), False, "a"), (c.cut_stream("a", how="reset"), False, "a"),
    (c.stream_without_done("a", finish=None), True, "a"), (c.stream_error_mid("a"), True, None),
])
def test_broken_streams_are_broken(cloud, reply, complete, last):
    answer = ask_cloud(cloud, reply)
    assert answer.complete is complete and answer.content == "a"
    assert "[DONE]" not in answer.events
    if last:
        assert answer.events[-1]["choices"][0]["delta"]["content"] == last
    else:
        assert answer.events[-1] == c.STREAM_ERROR


@pytest.mark.parametrize("reply", [
    c.close_before_answer(), c.reset_before_answer(), c.cut_headers(), c.cut_headers("reset"),
])
def test_no_answer_is_no_answer(cloud, reply):
    with pytest.raises(ConnectionError):
        ask_cloud(cloud, reply)


def test_a_cut_body_is_shorter_than_announced(cloud):
    answer = ask_cloud(cloud, c.cut_body())
    assert answer.framing == "length" and not answer.complete
    assert not ask_cloud(cloud, c.bad_chunk()).complete


def test_odd_but_whole_answers(cloud):
    assert ask_cloud(cloud, c.html_200()).header("content-type").startswith("text/html")
    assert ask_cloud(cloud, c.empty_200()).header("content-length") == "0"
    assert ask_cloud(cloud, c.no_content_204()).status == 204
    assert ask_cloud(cloud, c.json_no_choices()).json["choices"] == []
    assert ask_cloud(cloud, c.redirect_302("http://x/")).header("location") == "http://x/"
    assert ask_cloud(cloud, c.gzipped("{}")).body[:2] == b"\x1f\x8b"
    assert len(ask_cloud(cloud, c.big_header(120 << 10)).header("x-big")) == 120 << 10
    assert ask_cloud(cloud, c.openai_error(429, "insufficient_quota")).error["code"] == \
        "insufficient_quota"


def test_tool_calls_come_whole_and_in_pieces(cloud):
    reply = c.ok_tools(c.call("f", {"a": 1}))
    whole = ask_cloud(cloud, reply, stream=False).json["choices"][0]["message"]["tool_calls"]
    assert whole[0]["function"] == {"name": "f", "arguments": '{"a": 1}'}
    deltas = [e["choices"][0]["delta"] for e in ask_cloud(cloud, reply).events[:-1]]
    pieces = [d["tool_calls"][0]["function"]["arguments"] for d in deltas if "tool_calls" in d]
    assert "".join(pieces) == '{"a": 1}' and len(pieces) > 2


def test_a_gate_holds_the_stream_until_it_is_opened(cloud):
    gate = Gate()
    cloud.script(c.stream("a", gate, "b"))
    with RawClient(("127.0.0.1", cloud.port), 10) as client:
        client.request("POST", c.CHAT, REQUEST)
        answer = client.head()
        client.read_until(answer, '"a"')
        gate.wait_reached()
        assert not cloud.chats[0].answered.is_set()
        gate.open()
        client.finish(answer)
        assert answer.content == "ab" and answer.complete


@pytest.mark.parametrize("reply", [c.silent(), c.stall_stream("a"), c.endless(1 << 30)])
def test_a_hang_up_is_seen(cloud, reply):
    cloud.script(reply)
    client = RawClient(("127.0.0.1", cloud.port), 10)
    client.request("POST", c.CHAT, REQUEST)
    (request,) = cloud.wait_for_requests(1)
    assert not request.hung_up.is_set()
    client.reset()
    assert request.hung_up.wait(10) and request.hung_up_at > request.at


def test_an_endless_stream_waits_for_a_slow_reader(cloud):
    cloud.script(c.endless(200 << 20))
    with RawClient(("127.0.0.1", cloud.port), 10) as client:
        client.request("POST", c.CHAT, REQUEST)
        client.read_until(client.head(), "xxx")
        assert cloud.chats[0].sent < 32 << 20


def test_an_early_answer_does_not_wait_for_the_body(cloud):
    cloud.script(c.early(c.status(413)))
    with RawClient(("127.0.0.1", cloud.port), 10) as client:
        client.send(b"POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n" % c.CHAT.encode())
        assert client.response().status == 413


def test_a_refused_port_refuses_and_comes_back(cloud):
    cloud.refuse()
    with pytest.raises(ConnectionRefusedError):
        RawClient(("127.0.0.1", cloud.port), 1)
    cloud.accept_again()
    assert ask(cloud).content == "cloud heard: Hi"


def test_a_black_hole_takes_no_connection():
    hole = BlackHole()
    with pytest.raises(TimeoutError):
        RawClient(("127.0.0.1", hole.port), 0.3)
    hole.stop()


def test_the_other_endpoints_answer(cloud):
    assert [m["id"] for m in ask(cloud, b"", "/v1/models", "GET").json["data"]] == cloud.models
    assert ask(cloud, b"", "/v1/models/gpt-4", "GET").json["id"] == "gpt-4"
    assert ask(cloud, b"", "/v1/models/x", "GET").error["code"] == "model_not_found"
    vectors = ask(cloud, {"model": "e", "input": ["a", "b"]}, "/v1/embeddings").json["data"]
    assert [v["index"] for v in vectors] == [0, 1]
    assert ask(cloud, b"", "/", "HEAD").status == 421


# ---- Ollama


@pytest.mark.parametrize("change, code", [
    ({"model": 7}, 400), ({"model": ""}, 400), ({"messages": "Hi"}, 400), ({"n": 2}, 400),
    ({"tool_choice": "auto"}, 400), ({"options": {"max_tokens": 3}}, 400),
    ({"options": {"temperature": "hot"}}, 500), ({"options": {"stop": "x"}}, 500),
    ({"options": {"seed": True}}, 500), ({"options": {"num_ctx": 1.5}}, 500),
    ({"format": "xml"}, 500), ({"keep_alive": "soon"}, 400), ({"think": "a bit"}, 400),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}]}, 400),
    ({"messages": [{"role": "developer", "content": "Hi"}]}, 400),
    ({"messages": [{"role": "user", "content": "", "images": ["http://x"]}]}, 400),
    ({"messages": [{"role": "assistant", "content": "", "tool_calls": [
        {"function": {"name": "f", "arguments": "{}"}}]}]}, 400),
    ({"tools": [{"type": "function", "function": {"name": "f", "strict": True}}]}, 400),
    ({"tools": [{"type": "function", "function": {
        "name": "f", "parameters": {"type": "object", "properties": {"a": True}}}}]}, 400),
])
def test_what_no_correct_client_sends_is_refused_and_noted(change, code):
    server = Ollama()
    answer = ask(server, {"model": "ministral-3:3b", "messages": [], **change}, o.CHAT)
    assert answer.status == code and isinstance(answer.error, str)
    assert len(server.violations) == 1
    server.stop()


def test_a_key_or_an_origin_at_ollama_is_noted():
    server = Ollama()
    with RawClient(("127.0.0.1", server.port), 10) as client:
        client.request("GET", "/api/tags", headers={"Authorization": "x", "Origin": "y"}).response()
    assert [v.split()[3] for v in server.violations] == ["origin", "authorization"]
    server.stop()


def test_ollama_answers_in_its_own_way(ollama):
    body = {"model": "ministral-3:3b", "messages": [{"role": "user", "content": "<Hi>"}]}
    answer = ask(ollama, body, o.CHAT)
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert answer.header("content-type") == "application/x-ndjson" and b"\\u003cHi" in answer.body
    assert "".join(line["message"]["content"] for line in lines) == "ollama heard: <Hi>"
    assert [line["done"] for line in lines] == [False, False, False, True]
    assert ask(ollama, {**body, "stream": False}, o.CHAT).json["done_reason"] == "stop"
    assert ask(ollama, {**body, "model": "nope"}, o.CHAT).error == "model 'nope' not found"
    assert ask(ollama, body, "/v1/chat/completions").status == 404
    assert ask(ollama, b"", "/", "GET").body == b"Ollama is running"


def test_ollama_says_what_it_has_as_its_generation_does():
    for generation, known in (("0.33", True), ("0.24", False)):
        server = Ollama([o.Model(), o.THINKING], generation)
        tags = ask(server, b"", "/api/tags", "GET").json["models"]
        assert ["capabilities" in t for t in tags] == [known, known]
        shown = ask(server, {"model": "thinker:4b"}, "/api/show").json
        assert "thinking" in shown["capabilities"]
        assert shown["model_info"]["sim.context_length"] == 40960
        server.stop()


def test_ollama_keeps_a_loaded_window_until_another_is_asked_for(ollama):
    def window():
        loaded = ask(ollama, b"", "/api/ps", "GET").json["models"]
        return [m["context_length"] for m in loaded]

    body = {"model": "ministral-3:3b", "messages": []}
    ollama.script(o.text())
    assert window() == []
    ask(ollama, {"model": "ministral-3:3b", "options": {"num_ctx": 8192}}, "/api/generate")
    assert window() == [8192] and len(ollama.loads) == 1
    ask(ollama, body, o.CHAT)
    assert window() == [8192]
    ask(ollama, {**body, "options": {"num_ctx": 16384}}, o.CHAT)
    assert window() == [16384]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
def test_the_official_client_of_ollama_is_answered(ollama, streamed):
    ollama.models = [o.Model(), o.EMBEDDING]
    one = ollama_app(ollama.url)
    asked = {"model": "ministral-3:3b", "stream": streamed}
    found = one.chat(**asked, messages=[{"role": "user", "content": "Hi"}])
    lines = list(found) if streamed else [found]
    assert "".join(l.message.content for l in lines) == "ollama heard: Hi" and lines[-1].done
    ollama.script(o.generated("a b", thinking="Hm."), path="/api/generate")
    found = one.generate(**asked, prompt="Hi", think=True)
    lines = list(found) if streamed else [found]
    assert "".join(l.response for l in lines) == "a b" and lines[0].thinking == "Hm."
    ollama.script(o.tools(o.call("f", {"a": 1})))
    found = one.chat(**asked, messages=[{"role": "user", "content": "Hi"}])
    (call,) = next(l.message.tool_calls for l in (found if streamed else [found])
                   if l.message.tool_calls)
    assert call.function.arguments == {"a": 1}
    assert list(one.embed("embedder", ["a", "b"]).embeddings[1]) == [0.6, 0.8]
    assert [m.model for m in one.list().models] == ["ministral-3:3b", "embedder:latest"]
    assert one.show("ministral-3:3b").capabilities == ["completion", "tools", "vision"]
    pulled = one.pull("x", stream=streamed)
    assert (list(pulled)[-1] if streamed else pulled).status == "success"
    ollama.script(o.failed())
    with pytest.raises(ollama_sdk.ResponseError) as raised:
        list(one.chat(**asked, messages=[]))
    assert raised.value.status_code == 500 and "unexpectedly stopped" in raised.value.error
    one.close()


@pytest.mark.parametrize("reply, raises", [(o.error_mid("half"), True),
                                           (o.without_done("half"), False)])
def test_what_that_client_makes_of_a_broken_stream(ollama, reply, raises):
    """Why the daemon has to end one by an error line."""
    ollama.script(reply)
    one = ollama_app(ollama.url)
    found = one.chat(model="ministral-3:3b", messages=[], stream=True)
    if raises:
        with pytest.raises(ollama_sdk.ResponseError):
            list(found)
    else:
        assert "".join(l.message.content for l in found) == "half"
    one.close()


def handshake(name):
    """`good`, or why a client that trusts this certificate refuses it."""
    server = Cloud(tls=name)
    context = ssl.create_default_context(cafile=TLS / f"{name}.pem")
    try:
        with socket.create_connection(("127.0.0.1", server.port), 10) as sock:
            context.wrap_socket(sock, server_hostname="localhost").close()
        return "good"
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    finally:
        server.stop()


def test_certificates_are_what_they_are_called():
    assert handshake("good") == "good"
    assert handshake("expired") == "certificate has expired"
    assert "ostname mismatch" in handshake("wrong-host")
