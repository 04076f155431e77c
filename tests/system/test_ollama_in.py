"""An app of Ollama's own API: its chats and generations to whoever answers them, and embeddings."""
import base64
import json
from datetime import datetime, timezone

import ollama as sdk
import pytest

from ledger import both, truth
from messages import MODEL, ONCE, ms, with_claude
from official import holds, ollama_app
from sim import Cloud, Ollama, reply
from sim import anthropic as a
from sim import cloud as c
from sim import ollama as o
from test_ollama_in_discovery import ADMIN

CHAT, GENERATE = "/api/chat", "/api/generate"
HI = {"role": "user", "content": "Hi"}
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nsim").decode()
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"type": "function", "function": {"name": "weather", "description": "Tells the weather.",
                                         "parameters": PARAMETERS}}
CALL = {"function": {"name": "weather", "arguments": {"city": "Malmö"}}}
SOURCE = "ministral-3:3b"


def ask(daemon, path=CHAT, headers=(), **more):
    what = {"prompt": "Hi"} if path == GENERATE else {"messages": [HI]}
    body = {k: v for k, v in {"model": "gpt-4", **what, **more}.items() if v is not None}
    return daemon.post(path, body, headers)


def lines(answer):
    assert answer.header("content-type").startswith("application/x-ndjson"), answer
    return [json.loads(line) for line in answer.body.decode().splitlines()]


def whole(answer):
    """An answer of /api/chat or generate as one object, held against the official types; a stream's
    pieces put together."""
    streamed = (answer.header("content-type") or "").startswith("application/x-ndjson")
    found = lines(answer) if streamed else [answer.json]
    kind = sdk.ChatResponse if "message" in found[0] else sdk.GenerateResponse
    for line in found:
        holds(kind, line)
        if line["model"] in (SOURCE, "b:1b"):  # as Ollama told it, whenever that was
            continue
        at = datetime.fromisoformat(line["created_at"].replace("Z", "+00:00")[:19] + "+00:00")
        assert abs((datetime.now(timezone.utc) - at).total_seconds()) < 600, line["created_at"]
    assert [l["done"] for l in found] == [False] * (len(found) - 1) + [True] and answer.complete
    last = {**found[-1]}
    if "message" in last:
        messages = [l["message"] for l in found]
        last["message"] = {"content": "".join(m.get("content") or "" for m in messages),
                           "thinking": "".join(m.get("thinking") or "" for m in messages),
                           "tool_calls": [t for m in messages for t in m.get("tool_calls") or []]}
    else:
        last["response"] = "".join(l.get("response") or "" for l in found)
        last["thinking"] = "".join(l.get("thinking") or "" for l in found)
    return last


def said(answer):
    found = whole(answer)
    return found["message"]["content"] if "message" in found else found["response"]


# ---- who answers


def ways(name):
    return pytest.mark.parametrize("path, streamed", [
        (CHAT, False), (CHAT, True), (GENERATE, False), (GENERATE, True)],
        ids=["chat, whole", "chat, streamed", "generate, whole", "generate, streamed"])(name)


@ways
@pytest.mark.parametrize("name", ["gpt-4", "gpt-4:latest", "openai:gpt-4"])
def test_the_cloud_answers_for_its_models(start, cloud, ollama, path, streamed, name):
    answer = ask(start(cloud, ollama), path, model=name, stream=streamed)
    found = whole(answer)
    assert said(answer) == "cloud heard: Hi" and found["done_reason"] == "stop"
    assert (found["prompt_eval_count"], found["eval_count"]) == (9, 3)
    assert isinstance(found["total_duration"], int) and found["total_duration"] > 0
    assert found["model"] == name and cloud.chats[0].json["model"] == "gpt-4"
    assert truth(answer)["provider"] == "openai"


@ways
def test_ollama_answers_for_its_own(start, cloud, ollama, path, streamed):
    answer = ask(start(cloud, ollama), path, model=SOURCE, stream=streamed)
    assert said(answer) == "ollama heard: Hi" and cloud.chats == []


@pytest.mark.parametrize("body", [
    b'{ "model":"ministral-3:3b","messages":[{"role":"user","content":"\\u00e9"}],"keep_alive":-1 }',
    b'{"messages":[{"role":"user","content":"a"}],"options":{"num_ctx":4096,"temperature":0.10},'
    b'"model":"ministral-3:3b","stream":false,"truncate":true}'])
def test_for_its_own_byte_for_byte(start, cloud, ollama, body):
    odd = o.go_json(o.line(FakeRequest, {"content": "x"}, done=True, done_reason="stop")) + b" \n"
    ollama.script(reply.status(200, body=odd))
    answer = start(cloud, ollama).post(CHAT, body)
    assert ollama.chats[0].body == body and answer.body == odd


class FakeRequest:
    json = {"model": SOURCE}


def test_a_stream_of_its_own_byte_for_byte(start, cloud, ollama):
    answer = ask(start(cloud, ollama), model=SOURCE, messages=[{"role": "user", "content": "<a> b"}])
    wanted = b"".join(o.as_bytes(w, FakeRequest) for w in ("ollama ", "heard: ", "<a> ", "b"))
    assert answer.body.startswith(wanted) and lines(answer)[-1]["done"] is True


@ways
def test_ollama_stands_in(start, cloud, ollama, path, streamed):
    cloud.script(c.status(503))
    answer = ask(start(cloud, ollama, ONCE), path, stream=streamed)
    assert said(answer) == "ollama heard: Hi"
    assert truth(answer)["fallback"] == "server" and truth(answer)["model"] == SOURCE
    asked = [q for q in ollama.requests if q.path == path and not q.json.get("_debug_render_only")
             and (q.json.get("messages") or q.json.get("prompt"))][-1].json
    assert asked["model"] == SOURCE and asked["truncate"] is False and asked["options"]["num_ctx"]


def test_as_a_stand_in_what_the_app_has_set_stays(start, cloud, ollama):
    cloud.script(c.status(503))
    ask(start(cloud, ollama, ONCE), options={"num_ctx": 5000, "seed": 3}, keep_alive="7m")
    body = ollama.chats[-1].json
    assert (body["options"]["num_ctx"], body["options"]["seed"], body["keep_alive"]) == (5000, 3, "7m")


@ways
def test_anthropic_answers(start, claude, ollama, path, streamed):
    claude.script(a.answer(a.thinking("Hm."), "Rain."))
    daemon = with_claude(start, claude, ollama, {"route.priority": "anthropic, ollama",
                                                 "provider.anthropic.model": MODEL})
    answer = ask(daemon, path, stream=streamed, think=True)
    found = whole(answer)
    assert said(answer) == "Rain."
    assert (found["message"] if path == CHAT else found)["thinking"] == "Hm."


def test_the_default_is_a_stream(start, cloud, ollama):
    assert len(lines(ask(start(cloud, ollama)))) > 1


# ---- what the cloud hears


@pytest.mark.parametrize("more, members", [
    ({"options": {"temperature": 0.3, "top_p": 0.5, "seed": 4, "stop": ["x"], "num_predict": 9}},
     {"temperature": 0.3, "top_p": 0.5, "seed": 4, "stop": ["x"]}),
    ({"options": {"num_ctx": 8192, "num_gpu": 1}}, {}),
    ({"format": "json"}, {"response_format": {"type": "json_object"}}),
    ({"keep_alive": -1}, {}), ({"think": False}, {}), ({"tools": [TOOL]}, {"tools": [TOOL]}),
])
def test_the_request(start, strict, ollama, more, members):
    answer = ask(start(strict, ollama), **more)
    assert said(answer) == "cloud heard: Hi" and answer.header("x-understudy-dropped") is None
    body = strict.chats[0].json
    assert {k: body.get(k) for k in members} == members
    if "num_predict" in more.get("options", {}):
        assert body.get("max_tokens", body.get("max_completion_tokens")) == 9


def test_a_format_that_is_a_schema(start, strict, ollama):
    ask(start(strict, ollama), format=PARAMETERS)
    format = strict.chats[0].json["response_format"]
    assert format["type"] == "json_schema" and format["json_schema"]["schema"] == PARAMETERS


def test_the_messages(start, strict, ollama):
    ask(start(strict, ollama), tools=[TOOL], messages=[
        {"role": "system", "content": "Be terse."},
        {"role": "user", "content": "What?", "images": [PNG]},
        {"role": "assistant", "content": "", "tool_calls": [CALL]},
        {"role": "tool", "content": "rain", "tool_name": "weather"}])
    system, user, assistant, tool = strict.chats[0].json["messages"]
    assert system["content"] == "Be terse."
    assert {p["type"] for p in user["content"]} == {"text", "image_url"}
    assert json.loads(assistant["tool_calls"][0]["function"]["arguments"]) == {"city": "Malmö"}
    assert tool["tool_call_id"] == assistant["tool_calls"][0]["id"] and tool["content"] == "rain"


def test_a_generation(start, strict, ollama):
    ask(start(strict, ollama), GENERATE, system="Be terse.", images=[PNG])
    roles = [m["role"] for m in strict.chats[0].json["messages"]]
    assert roles == ["system", "user"]


def test_an_apps_authorization_goes_nowhere(start, cloud, ollama):
    daemon = start(cloud, ollama)
    for name in ("gpt-4", SOURCE):
        assert ask(daemon, model=name, headers={"Authorization": "Bearer theirs"}).status == 200
    assert cloud.chats[0].all("authorization") == ["Bearer sk-cloud"]


# ---- what comes back


@both
def test_calls_have_their_arguments_as_objects(start, cloud, ollama, streamed):
    cloud.script(c.ok_tools(c.call("weather", {"city": "Malmö <&>"}, "call_1"), c.call("now", {}, "call_2")))
    found = whole(ask(start(cloud, ollama), stream=streamed, tools=[TOOL]))
    assert [(t["function"]["name"], t["function"]["arguments"]) for t in found["message"]["tool_calls"]] \
        == [("weather", {"city": "Malmö <&>"}), ("now", {})]
    assert found["done_reason"] == "stop"


@both
@pytest.mark.parametrize("finish, reason", [("stop", "stop"), ("length", "length")])
def test_done_reasons(start, cloud, ollama, finish, reason, streamed):
    cloud.script(c.ok("x", finish=finish))
    assert whole(ask(start(cloud, ollama), stream=streamed))["done_reason"] == reason


@both
def test_reasoning_is_thinking(start, cloud, ollama, streamed):
    def reasoned(peer, request):
        if request.wants_stream():
            c.stream(c.event({"reasoning_content": "Hm."}), "Rain.")(peer, request)
        else:
            body = c.completion("Rain.")
            body["choices"][0]["message"]["reasoning_content"] = "Hm."
            reply.status(200, body=body)(peer, request)

    cloud.script(reasoned)
    found = whole(ask(start(cloud, ollama), stream=streamed, think=True))["message"]
    assert (found["thinking"], found["content"]) == ("Hm.", "Rain.")


# ---- errors


@both
def test_errors_have_its_shape(start, cloud, ollama, streamed):
    cloud.script(c.status(503))
    ollama.script(o.failed())
    answer = ask(start(cloud, ollama, ONCE), stream=streamed)
    assert answer.status == 502 and set(answer.json) == {"error"}
    assert isinstance(answer.error, str) and "unexpectedly stopped" in answer.error


@pytest.mark.parametrize("body, words", [(b"{", ""), (b"", ""), (b'{"messages":[]}', "model"),
                                         (b'{"model":"gpt-4","messages":"Hi"}', "messages")])
def test_a_request_that_nobody_understands(start, cloud, ollama, body, words):
    answer = start(cloud, ollama).post(CHAT, body)
    assert answer.status == 400 and isinstance(answer.error, str) and words in answer.error
    assert cloud.chats == []


@pytest.mark.parametrize("fault", [c.cut_stream("one ", "two"), c.cut_stream("one ", "two", how="reset"),
                                   c.stall_stream("one ", "two"), c.stream_error_mid("one ", "two")])
def test_a_stream_that_breaks_ends_with_an_error_line(start, cloud, ollama, fault):
    cloud.script(fault)
    daemon = start(cloud, ollama, {"provider.openai.idle_timeout": ms(200)})
    found = lines(ask(daemon))
    assert set(found[-1]) == {"error"} and isinstance(found[-1]["error"], str)
    assert "".join(l["message"]["content"] for l in found[:-1]) == "one two"
    assert not any(l.get("done") for l in found)


@pytest.mark.parametrize("fault", [o.error_mid("one ", "two"), o.without_done("one ", "two"),
                                   o.lines("one ", "two", done=None, end="close")])
def test_a_stream_of_its_own_that_breaks(start, cloud, ollama, fault):
    ollama.script(fault)
    found = lines(ask(start(cloud, ollama), model=SOURCE))
    assert set(found[-1]) == {"error"} and not any(l.get("done") for l in found)


def test_a_path_that_is_none(start, cloud, ollama):
    answer = start(cloud, ollama).get("/api/nothing")
    assert answer.status in (403, 404) and isinstance(answer.error, str)


# ---- loading, embeddings, what changes the models


@pytest.mark.parametrize("path, empty", [(CHAT, {"messages": []}), (GENERATE, {"prompt": ""}),
                                         (GENERATE, {"prompt": None})])
@pytest.mark.parametrize("name", ["gpt-4", SOURCE])
def test_a_load(start, cloud, ollama, path, empty, name):
    answer = ask(start(cloud, ollama), path, model=name, stream=False, **empty)
    assert answer.status == 200 and answer.json["done"] is True
    if name == "gpt-4":
        assert answer.json["done_reason"] == "load" and cloud.chats == []
    else:
        assert len(ollama.to(path)) >= 1


@pytest.mark.parametrize("path, body", [
    ("/api/embed", b'{ "model":"embedder", "input":["a","b"]}'),
    ("/api/embeddings", b'{"model":"embedder","prompt":"a" }')])
def test_embeddings_go_byte_for_byte(start, cloud, ollama, path, body):
    ollama.models = [o.EMBEDDING]
    answer = start(cloud, ollama).post(path, body)
    assert answer.status == 200 and ollama.to(path)[0].body == body
    assert answer.json.get("embeddings") == [[0.6, 0.8]] * 2 or answer.json["embedding"] == [0.5, 0.75]


@pytest.mark.parametrize("name, sent", [
    ("ollama:embedder", "embedder"), ("embedder:latest", "embedder:latest"), ("two:b", "b"),
    ("b:latest", "b:latest")])
@pytest.mark.parametrize("path", ["/api/embed", "/api/embeddings"])
def test_embeddings_go_to_who_has_the_model(start, cloud, ollama, path, name, sent):
    """All but the prefix as it came."""
    ollama.models = [o.EMBEDDING]
    two = Ollama([o.Model("b:latest", ("embedding",))])
    daemon = start(cloud, ollama, {"provider.two.type": "ollama", "provider.two.base_url": two.url,
                                   "route.priority": "openai, ollama, two"})
    what = "prompt" if path == "/api/embeddings" else "input"
    answer = daemon.post(path, b'{ "%s":"a" ,"model" :"%s"}' % (what.encode(), name.encode()))
    asked = (two if sent[0] == "b" else ollama).to(path)
    assert answer.status == 200 and [q.body for q in asked] == [
        b'{ "%s":"a" ,"model" :"%s"}' % (what.encode(), sent.encode())]
    assert daemon.exchange()["asked"] == name
    daemon.stop()
    two.stop()


@pytest.mark.parametrize("method, path, body", ADMIN)
def test_what_changes_the_models_goes_on_where_it_is_allowed(start, cloud, ollama, method, path, body):
    daemon = start(cloud, ollama, {"server.ollama_admin": "yes"})
    sent = json.dumps(body, indent=1).encode() if body else b"x"
    answer = daemon.request(method, path, sent)
    assert answer.status in (200, 201) and ollama.to(path)[0].body == sent


# ---- the official client


def app(daemon):
    one = ollama_app(daemon.url)
    daemon.close_at_end(one)
    return one


@both
def test_the_official_client(start, cloud, ollama, streamed):
    one = app(start(cloud, ollama))
    assert "gpt-4" in {m.model.removesuffix(":latest") for m in one.list().models}
    assert one.show("gpt-4").capabilities
    answer = one.chat("gpt-4", [HI], stream=streamed)
    found = list(answer) if streamed else [answer]
    assert "".join(l.message.content for l in found) == "cloud heard: Hi" and found[-1].done
    answer = one.generate("gpt-4", "Hi", stream=streamed)
    assert "".join(l.response for l in (answer if streamed else [answer])) == "cloud heard: Hi"


@both
def test_the_official_client_raises_and_asks_once(start, cloud, ollama, streamed):
    cloud.script(c.status(503))
    ollama.script(o.failed())
    one = app(start(cloud, ollama, ONCE))
    with pytest.raises(sdk.ResponseError) as raised:
        answer = one.chat("gpt-4", [HI], stream=streamed)
        list(answer)
    assert raised.value.status_code == 502 and "unexpectedly stopped" in raised.value.error
    assert one.requests == 1


def test_the_official_client_raises_in_mid_stream(start, cloud, ollama):
    cloud.script(c.cut_stream("half"))
    one = app(start(cloud, ollama))
    with pytest.raises(sdk.ResponseError) as raised:
        list(one.chat("gpt-4", [HI], stream=True))
    assert raised.value.error and one.requests == 1


@both
def test_a_conversation_that_changes_sides(start, ollama, streamed):
    cloud = Cloud(strict=True)
    cloud.script(c.ok_tools(c.call("weather", {"city": "Rome"}, "call_rome")), c.status(503),
                 c.ok("Rain in both."))
    ollama.script(o.tools(o.call("weather", {"city": "Malmö"}, "call_ab12cd34")))
    one = app(start(cloud, ollama, ONCE))
    messages = [HI]
    for _ in range(3):
        answer = one.chat("gpt-4", messages, tools=[TOOL], stream=streamed)
        found = [l.message for l in (answer if streamed else [answer])]
        text = "".join(m.content or "" for m in found)
        calls = [t for m in found for t in m.tool_calls or []]
        messages.append({"role": "assistant", "content": text, "tool_calls": calls})
        messages += [{"role": "tool", "content": "rain", "tool_name": t.function.name} for t in calls]
    assert text == "Rain in both." and len(ollama.chats) == 1
    cloud.stop()
    assert cloud.violations == []


def test_two_ollamas(start, cloud):
    """Each answers for its own."""
    one, two = Ollama([o.Model("a:1b")]), Ollama([o.Model("b:1b")])
    daemon = start(cloud, one, {"provider.two.type": "ollama", "provider.two.base_url": two.url,
                                "route.priority": "openai, ollama, two"})
    assert said(ask(daemon, model="b:1b")) == "ollama heard: Hi" and len(two.chats) == 1
    assert one.chats == [] and cloud.chats == []
    daemon.stop()
    one.stop()
    two.stop()
