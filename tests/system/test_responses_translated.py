"""POST /v1/responses, answered by Ollama's chat and by a cloud that has no such path: items and tools
there, items and events back, and how it ends where it breaks."""
import base64
import json

import openai
import pytest

from ledger import both, from_ollama, truth
from messages import ONCE, ms
from official import holds, named_events, openai_app, response_of, whole_response
from sim import Ollama
from sim import cloud as c
from sim import ollama as o
from sim import responses as p

PATH = c.RESPONSES
LOCAL = {"route.priority": "ollama"}
CHATTY = {"provider.openai.responses": "no", "route.priority": "openai, ollama"}
ASKED = {"model": "gpt-5", "input": "Hi"}
HI = {"role": "user", "content": "Hi"}
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nsim").decode()
PARAMETERS = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
              "additionalProperties": False}
FUNCTION = {"type": "function", "name": "weather", "description": "Tells the weather.",
            "parameters": PARAMETERS, "strict": True}
CUSTOM = {"type": "custom", "name": "apply_patch", "description": "Edits files.", "format": {
    "type": "grammar", "syntax": "lark", "definition": 'start: "*** Begin Patch" /.+/'}}
GROUP = {"type": "namespace", "name": "mcp__git", "description": "Git.", "tools": [
    {**FUNCTION, "name": "log"}, {**FUNCTION, "name": "diff"}]}
PATCH = "*** Begin Patch\n+é <&>\n*** End Patch"


def ask(daemon, headers=(), **more):
    body = {k: v for k, v in {**ASKED, **more}.items() if v is not None}
    return daemon.post(PATH, body, headers)


def dropped(answer):
    return [n.strip() for n in (answer.header("x-understudy-dropped") or "").split(",") if n.strip()]


def local(start, ollama, settings=None):
    return start(None, ollama, {**LOCAL, **(settings or {})})


def heard(ollama):
    body = ollama.chats[-1].json
    return [{k: v for k, v in m.items() if v not in (None, "", [])} for m in body["messages"]], body


def text_of(response):
    return "".join(part["text"] for item in response["output"] if item["type"] == "message"
                   for part in item["content"])


def said(answer):
    return text_of(whole_response(answer))


# ---- what Ollama hears


def user(*parts):
    return {"type": "message", "role": "user", "content": list(parts)}


def text(value):
    return {"type": "input_text", "text": value}


def called(name, arguments, id="call_1"):
    return {"id": id, "function": {"index": 0, "name": name, "arguments": arguments}}


CALL = p.function_call("weather", {"city": "Malmö"})
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "rain"}


@pytest.mark.parametrize("asked, messages", [
    ({"input": "Hi"}, [HI]),
    ({"input": "Hi", "instructions": "Be terse."}, [{"role": "system", "content": "Be terse."}, HI]),
    ({"input": [HI]}, [HI]), ({"input": [user(text("Hi"))]}, [HI]),
    ({"input": [{"role": "developer", "content": "Be kind."}, HI], "instructions": "Be terse."},
     [{"role": "system", "content": "Be terse."}, {"role": "system", "content": "Be kind."}, HI]),
    ({"input": [HI, p.message("Yes?"), HI]}, [HI, {"role": "assistant", "content": "Yes?"}, HI]),
    ({"input": [HI, {"role": "assistant", "content": "Yes?"}, HI]},
     [HI, {"role": "assistant", "content": "Yes?"}, HI]),
    ({"input": [user(text("What?"), {"type": "input_image", "detail": "auto",
                                     "image_url": "data:image/png;base64," + PNG})]},
     [{"role": "user", "content": "What?", "images": [PNG]}]),
    ({"input": [HI, CALL, OUTPUT], "tools": [FUNCTION]},
     [HI, {"role": "assistant", "tool_calls": [called("weather", {"city": "Malmö"})]},
      {"role": "tool", "tool_call_id": "call_1", "tool_name": "weather", "content": "rain"}]),
    ({"input": [HI, CALL, {**OUTPUT, "output": [text("rain")]}], "tools": [FUNCTION]},
     [HI, {"role": "assistant", "tool_calls": [called("weather", {"city": "Malmö"})]},
      {"role": "tool", "tool_call_id": "call_1", "tool_name": "weather", "content": "rain"}]),
    ({"input": [HI, p.custom_call("apply_patch", PATCH, "call_1"), {
        "type": "custom_tool_call_output", "call_id": "call_1", "output": "done"}], "tools": [CUSTOM]},
     [HI, {"role": "assistant", "tool_calls": [called("apply_patch", {"input": PATCH})]},
      {"role": "tool", "tool_call_id": "call_1", "tool_name": "apply_patch", "content": "done"}]),
], ids=["a text", "instructions", "a message", "parts", "a developer", "an answer", "an easy answer",
        "an image", "a call", "an output in parts", "a custom call"])
def test_what_ollama_hears(start, ollama, asked, messages):
    answer = ask(local(start, ollama), **asked)
    assert answer.status == 200 and dropped(answer) == []
    found, body = heard(ollama)
    assert found == messages and body["truncate"] is False
    assert ollama.to(o.RESPONSES) == []


def test_calls_side_by_side_are_one_message(start, ollama):
    second = p.function_call("weather", {"city": "Rome"}, "call_2", "fc_2")
    ask(local(start, ollama), tools=[FUNCTION], input=[
        HI, CALL, second, OUTPUT, {**OUTPUT, "call_id": "call_2", "output": "sun"}])
    roles = [m["role"] for m in heard(ollama)[0]]
    assert roles == ["user", "assistant", "tool", "tool"]
    assert [t["id"] for t in heard(ollama)[0][1]["tool_calls"]] == ["call_1", "call_2"]


def test_reasoning_of_the_history(start, ollama):
    hidden = {**p.reasoning("Let me see."), "encrypted_content": "gAAAAAB"}
    answer = ask(local(start, ollama), input=[HI, hidden, p.message("Yes?"), HI])
    assert answer.status == 200
    assert [m["role"] for m in heard(ollama)[0]] == ["user", "assistant", "user"]


@pytest.mark.parametrize("asked, found", [
    ({"max_output_tokens": 64}, {"num_predict": 64}), ({"temperature": 0.3}, {"temperature": 0.3}),
    ({"top_p": 0.5}, {"top_p": 0.5}), ({"metadata": {"a": "b"}}, {}), ({"store": False}, {}),
    ({"user": "u", "prompt_cache_key": "k", "safety_identifier": "s"}, {})])
def test_options(start, ollama, asked, found):
    answer = ask(local(start, ollama), **asked)
    assert answer.status == 200 and dropped(answer) == []
    assert {k: heard(ollama)[1]["options"].get(k) for k in found} == found


@pytest.mark.parametrize("choice, names, named", [
    (None, ["weather", "apply_patch", "mcp__git" "log", "mcp__git" "diff"], []),
    ("auto", ["weather", "apply_patch", "mcp__git" "log", "mcp__git" "diff"], []),
    ("none", [], []), ({"type": "function", "name": "weather"}, ["weather"], ["tool_choice"]),
    ({"type": "custom", "name": "apply_patch"}, ["apply_patch"], ["tool_choice"])])
def test_tools(start, ollama, choice, names, named):
    answer = ask(local(start, ollama), tools=[FUNCTION, CUSTOM, GROUP], tool_choice=choice)
    tools = heard(ollama)[1].get("tools") or []
    assert [t["function"]["name"] for t in tools] == names
    assert dropped(answer) == named
    for tool in tools:
        if tool["function"]["name"] == "apply_patch":
            properties = tool["function"]["parameters"]["properties"]
            assert list(properties) == ["input"] and properties["input"]["type"] == "string"


def test_a_flat_name_is_at_most_64(start, ollama):
    group = {**GROUP, "name": "mcp__" + "n" * 40, "tools": [{**FUNCTION, "name": "t" * 40}]}
    ollama.script(lambda peer, request: o.tools(o.call(
        request.json["tools"][0]["function"]["name"], {}))(peer, request))
    response = whole_response(ask(local(start, ollama), tools=[group]))
    assert len(heard(ollama)[1]["tools"][0]["function"]["name"]) <= 64
    (item,) = response["output"]
    assert (item["namespace"], item["name"]) == (group["name"], "t" * 40)


@pytest.mark.parametrize("tool", [{"type": "web_search"}, {"type": "image_generation"},
                                  {"type": "tool_search"}, {"type": "code_interpreter",
                                                            "container": {"type": "auto"}}])
def test_tools_of_the_clouds_are_named(start, ollama, tool):
    answer = ask(local(start, ollama), tools=[FUNCTION, tool])
    assert answer.status == 200 and any(tool["type"] in d for d in dropped(answer))
    assert [t["function"]["name"] for t in heard(ollama)[1]["tools"]] == ["weather"]


@pytest.mark.parametrize("asked", [{"include": ["reasoning.encrypted_content"]},
                                   {"truncation": "auto"}])
def test_what_is_named(start, ollama, asked):
    answer = ask(local(start, ollama), **asked)
    assert answer.status == 200 and any(list(asked)[0] in d for d in dropped(answer))


def test_a_schema(start, ollama):
    ask(local(start, ollama), text={"format": {"type": "json_schema", "name": "x", "strict": True,
                                               "schema": PARAMETERS}})
    assert heard(ollama)[1]["format"]["properties"] == PARAMETERS["properties"]
    ask(local(start, ollama), text={"format": {"type": "json_object"}})
    assert heard(ollama)[1]["format"] == "json"


@pytest.mark.parametrize("effort, think", [("none", False), ("minimal", "low"), ("low", "low"),
                                           ("high", "high"), ("xhigh", "max"), (None, False)])
def test_an_effort(start, effort, think):
    ollama = Ollama([o.THINKING])
    daemon = local(start, ollama)
    ask(daemon, reasoning={"effort": effort} if effort else None)
    found = heard(ollama)[1].get("think")
    assert found == think or found in (None, False) and think is False
    daemon.stop()
    ollama.stop()
    assert ollama.violations == []


@pytest.mark.parametrize("asked, words", [
    ({"previous_response_id": "resp_1"}, "previous_response_id"), ({"conversation": "conv_1"}, "conversation"),
    ({"background": True}, "background")])
def test_what_is_kept_elsewhere_is_refused_with_the_reason(start, ollama, asked, words):
    answer = ask(local(start, ollama), **asked)
    assert answer.status == 503 and words in answer.error["message"] and ollama.chats == []
    assert answer.error["type"] == "no_provider"


def test_a_long_prompt_gets_its_window(start):
    """More than 4,096 tokens, which was the limit."""
    ollama = Ollama([o.Model(context=131072)], tokens=o.words_and_digits)
    daemon = local(start, ollama)
    answer = ask(daemon, input=[{"role": "user", "content": "word " * 20000}])
    assert answer.status == 200 and heard(ollama)[1]["options"]["num_ctx"] >= 20000
    daemon.stop()
    ollama.stop()
    assert ollama.violations == []


# ---- Ollama's answers


@both
def test_a_text(start, ollama, streamed):
    ollama.script(o.text("Rain & <é>.", counts={"prompt_eval_count": 7, "eval_count": 3}))
    answer = ask(local(start, ollama), stream=streamed, metadata={"a": "b"})
    response = whole_response(answer)
    assert (text_of(response), response["status"]) == ("Rain & <é>.", "completed")
    assert response["id"].startswith("resp_") and response["output"][0]["id"].startswith("msg_")
    usage = response["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (7, 3, 10)
    assert response["metadata"] == {"a": "b"} and response["error"] is None
    assert truth(answer)["model"] == response["model"] == "ministral-3:3b"


@both
def test_every_kind_of_item(start, streamed):
    ollama = Ollama([o.THINKING])
    calls = {"tool_calls": [o.call("weather", {"city": "Malmö <&>"}, "call_a"),
                            o.call("apply_patch", {"input": PATCH}, "call_b", 1),
                            o.call("mcp__gitlog", {"city": "x"}, "call_c", 2)]}
    ollama.script(o.lines({"thinking": "Let me "}, {"thinking": "see."}, "I ", "look.", calls) if streamed
                  else o.whole({"thinking": "Let me see.", "content": "I look.", **calls}))
    daemon = local(start, ollama)
    response = whole_response(ask(daemon, stream=streamed, tools=[FUNCTION, CUSTOM, GROUP],
                                  reasoning={"effort": "low", "summary": "auto"}))
    items = response["output"]
    assert [i["type"] for i in items] == ["reasoning", "message", "function_call", "custom_tool_call",
                                          "function_call"]
    assert "".join(s["text"] for s in items[0]["summary"]) == "Let me see."
    assert items[1]["content"][0]["text"] == "I look."
    assert (items[2]["call_id"], items[2]["name"]) == ("call_a", "weather")
    assert json.loads(items[2]["arguments"]) == {"city": "Malmö <&>"}
    assert (items[3]["call_id"], items[3]["name"], items[3]["input"]) == ("call_b", "apply_patch", PATCH)
    assert (items[4]["namespace"], items[4]["name"]) == ("mcp__git", "log")
    daemon.stop()
    ollama.stop()


@both
def test_the_limit_is_incomplete(start, ollama, streamed):
    ollama.script(o.text("half", done="length"))
    response = whole_response(ask(local(start, ollama), stream=streamed, max_output_tokens=16))
    assert response["status"] == "incomplete"
    assert response["incomplete_details"] == {"reason": "max_output_tokens"}


def test_the_order_of_the_events(start, ollama):
    ollama.script(o.text("a b"))
    names = [n.removeprefix("response.") for n, _ in named_events(
        ask(local(start, ollama), stream=True).body)]
    assert names == ["created", "in_progress", "output_item.added", "content_part.added",
                     "output_text.delta", "output_text.delta", "output_text.done",
                     "content_part.done", "output_item.done", "completed"]


def test_a_stream_has_no_DONE(start, ollama):
    answer = ask(local(start, ollama), stream=True)
    assert answer.complete and b"[DONE]" not in answer.body


# ---- where it breaks


@pytest.mark.parametrize("fault", [
    o.error_mid("one ", "two"), o.without_done("one ", "two"),
    o.lines("one ", "two", done=None, end="close"), o.lines("one ", "two", done=None, end="reset"),
    o.lines("one ", "two", done=None, end="stall")],
    ids=["error line", "no done", "cut", "reset", "stalled"])
def test_a_stream_that_breaks_fails(start, ollama, fault):
    ollama.script(fault)
    daemon = local(start, ollama, {**ONCE, "provider.ollama.idle_timeout": ms(200)})
    answer = ask(daemon, stream=True)
    failed(answer)
    deltas = [d["delta"] for n, d in named_events(answer.body) if n == "response.output_text.delta"]
    assert "".join(deltas) == "one two"


def failed(answer):
    """The last event of a stream that broke: the same error inside and on top, and a clean end."""
    assert answer.complete, answer
    found = named_events(answer.body)
    name, last = found[-1]
    assert name == "response.failed" and b"response.completed" not in answer.body
    assert last["sequence_number"] == len(found) - 1
    assert last["response"]["status"] == "failed"
    assert last["error"]["message"] == last["response"]["error"]["message"]
    assert last["error"]["code"] and last["response"]["error"]["code"]
    return last["error"]


@both
def test_an_error_before_content(start, ollama, streamed):
    ollama.script(o.failed())
    answer = ask(local(start, ollama, ONCE), stream=streamed)
    assert answer.status in (500, 502) and "unexpectedly stopped" in answer.error["message"]
    assert answer.header("x-should-retry") == "false"


def test_a_failure_behind_a_heartbeat_is_the_first_event(start, ollama):
    ollama.script(lambda peer, request: (peer.pause(0.3), o.failed()(peer, request)))
    answer = ask(local(start, ollama, {**ONCE, "server.heartbeat": "50ms"}), stream=True)
    assert answer.status == 200
    assert failed(answer)["message"] and named_events(answer.body)[0][1]["sequence_number"] == 0


@both
@pytest.mark.parametrize("fault", [o.failed(), o.overflow()], ids=["failed", "too long"])
def test_the_official_client_raises_and_asks_once(start, ollama, fault, streamed):
    ollama.script(fault)
    app, raised = sdk_raises(local(start, ollama, ONCE), streamed)
    assert isinstance(raised, openai.APIStatusError) and app.requests == 1
    if raised.status_code == 400:
        assert raised.code == "context_length_exceeded"


@pytest.mark.parametrize("fault", [o.error_mid("half"), o.without_done("half")])
def test_the_official_client_raises_in_mid_stream(start, ollama, fault):
    ollama.script(fault)
    app, raised = sdk_raises(local(start, ollama, ONCE), True)
    assert isinstance(raised, openai.APIError) and raised.message and app.requests == 1


def sdk_raises(daemon, streamed):
    app = openai_app(daemon.base_url)
    daemon.close_at_end(app)
    with pytest.raises(openai.APIError) as raised:
        answer = app.responses.create(**ASKED, stream=streamed)
        if streamed:
            list(answer)
    return app, raised.value


# ---- after a cloud, and at a cloud that has no such path


@both
@pytest.mark.parametrize("fault, failure", [
    (c.status(503), "server"), (c.openai_error(429, "rate_limit_exceeded"), "rate_limit"),
    (c.openai_error(401, "invalid_api_key"), "auth")])
def test_from_the_cloud_to_ollama(start, cloud, ollama, fault, failure, streamed):
    cloud.script(fault, path=PATH)
    answer = ask(start(cloud, ollama, ONCE), stream=streamed, tools=[FUNCTION, CUSTOM])
    assert said(answer) == "ollama heard: Hi"
    assert truth(answer) == from_ollama("openai=1, ollama=1", failure)
    assert len(cloud.to(PATH)) == 1 and len(ollama.chats) == 1


@pytest.mark.parametrize("fault", [p.cut("one", leave=99), p.cut("one", leave=7)])
def test_a_cloud_that_breaks_before_content_is_not_seen(start, cloud, ollama, fault):
    cloud.script(fault, path=PATH)
    answer = ask(start(cloud, ollama, ONCE), stream=True)
    assert said(answer) == "ollama heard: Hi"


@both
def test_a_cloud_without_responses_is_asked_for_a_chat(start, strict, ollama, streamed):
    strict.script(c.ok_tools(c.call("weather", {"city": "Malmö"}, "call_1")))
    answer = ask(start(strict, ollama, CHATTY), stream=streamed, tools=[FUNCTION],
                 instructions="Be terse.", reasoning={"effort": "low"})
    (item,) = whole_response(answer)["output"]
    assert (item["call_id"], item["name"]) == ("call_1", "weather")
    assert truth(answer)["provider"] == "openai" and strict.to(PATH) == []
    body = strict.chats[0].json
    assert [m["role"] for m in body["messages"]] in (["system", "user"], ["developer", "user"])
    assert body["tools"][0]["function"]["name"] == "weather"


@both
def test_one_that_does_not_know_the_path_is_asked_for_a_chat_and_remembered(start, cloud, ollama,
                                                                            streamed):
    cloud.has_responses = False
    daemon = start(cloud, ollama)
    for _ in range(2):
        answer = ask(daemon, stream=streamed)
        assert said(answer) == "cloud heard: Hi" and truth(answer)["provider"] == "openai"
    assert len(cloud.to(PATH)) == 1 and len(cloud.chats) == 2 and ollama.chats == []


@both
def test_a_conversation_that_changes_sides(start, cloud, ollama, streamed):
    """Begun at the cloud, gone on with locally, ended at the cloud; by the official client."""
    cloud.script(p.ok(p.reasoning("Hm."), p.function_call("weather", {"city": "Rome"}, "call_rome")),
                 c.status(503), p.ok("Rain in both."), path=PATH)
    ollama.script(o.tools(o.call("apply_patch", {"input": PATCH}, "call_ab12cd34")))
    daemon = start(cloud, ollama, ONCE)
    app = openai_app(daemon.base_url)
    daemon.close_at_end(app)
    history = [HI]
    for _ in range(3):
        answer = app.responses.create(model="gpt-5", input=history, tools=[FUNCTION, CUSTOM],
                                      stream=streamed)
        response = list(answer)[-1].response if streamed else answer
        history += [i.to_dict() for i in response.output]
        history += [{"type": f"{i.type.removesuffix('_call')}_call_output", "call_id": i.call_id,
                     "output": "x"} for i in response.output if i.type.endswith("_call")]
    assert response.output_text == "Rain in both." and app.requests == 3
    kinds = [i.get("type") for i in cloud.to(PATH)[-1].json["input"]]
    assert kinds[-2:] == ["custom_tool_call", "custom_tool_call_output"]


# ---- what Codex asks beside it


def test_a_websocket_is_refused_at_once(start, cloud, ollama):
    answer = start(cloud, ollama).get(PATH, {"Connection": "Upgrade", "Upgrade": "websocket",
                                             "Sec-WebSocket-Key": "x", "Sec-WebSocket-Version": "13"})
    assert answer.status == 426


def test_models_for_codex(start, cloud, ollama):
    found = start(cloud, ollama).get("/v1/models?client_version=0.171.0").json
    assert isinstance(found["models"], list) and [m["id"] for m in found["data"]][:2] == cloud.models


def test_what_the_events_are_held_against(start, ollama):
    answer = ask(local(start, ollama), stream=True)
    assert holds(openai.types.responses.Response, response_of(answer.body)).output_text == \
        "ollama heard: Hi"
