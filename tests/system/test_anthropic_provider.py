"""A provider of type anthropic, asked by an app of OpenAI's API: chats and completions, there and
back, whole and streamed."""
import base64
import json

import openai
import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from ledger import both, from_ollama, truth
from messages import MODEL, ONCE, ms, with_claude
from official import holds, openai_app
from sim import Gate, reply
from sim import anthropic as a
from sim import ollama as o

CHAT, COMPLETIONS = "/v1/chat/completions", "/v1/completions"
HI = {"role": "user", "content": "Hi"}
FIRST = {"route.priority": "anthropic, ollama", "provider.anthropic.model": MODEL}
ALONE = {**FIRST, "route.priority": "anthropic"}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
          "additionalProperties": False}
TOOL = {"type": "function", "function": {"name": "weather", "description": "Tells the weather.",
                                         "parameters": SCHEMA}}
PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nsim").decode()
CALL = {"id": "call_1", "type": "function",
        "function": {"name": "weather", "arguments": '{"city": "Malm\\u00f6"}'}}
USED = a.tool_use("weather", {"city": "Malmö"}, "toolu_01A")


def ask(daemon, headers=(), **more):
    body = {"model": "gpt-4", "messages": [HI], **more}
    return daemon.post(CHAT, {k: v for k, v in body.items() if v is not None}, headers)


def dropped(answer):
    return [n.strip() for n in (answer.header("x-understudy-dropped") or "").split(",") if n.strip()]


def whole_chat(answer):
    """An answer as one message {content, tool_calls, reasoning_content, finish_reason, usage}, held
    against the official types."""
    if not (answer.header("content-type") or "").startswith("text/event-stream"):
        holds(ChatCompletion, answer.json)
        (choice,) = answer.json["choices"]
        return {**choice["message"], "finish_reason": choice["finish_reason"],
                "usage": answer.json["usage"], "id": answer.json["id"], "model": answer.json["model"]}
    assert answer.complete and answer.events[-1] == "[DONE]", answer
    found = {"content": "", "reasoning_content": "", "tool_calls": [], "usage": None}
    for event in answer.events[:-1]:
        if isinstance(event, tuple):  # a comment
            continue
        holds(ChatCompletionChunk, event)
        found["usage"] = event.get("usage") or found["usage"]
        found.update(id=event["id"], model=event["model"])
        for choice in event["choices"]:
            delta = choice["delta"]
            found["content"] += delta.get("content") or ""
            found["reasoning_content"] += delta.get("reasoning_content") or ""
            for part in delta.get("tool_calls") or []:
                if part["index"] == len(found["tool_calls"]):
                    found["tool_calls"].append({"id": part["id"], "type": "function", "function": {
                        "name": part["function"]["name"], "arguments": ""}})
                found["tool_calls"][part["index"]]["function"]["arguments"] += \
                    part["function"].get("arguments") or ""
            if choice["finish_reason"]:
                assert "finish_reason" not in found
                found["finish_reason"] = choice["finish_reason"]
    return found


def said(answer):
    return whole_chat(answer)["content"]


def asked(claude):
    return claude.chats[-1].json


# ---- what it hears


def test_the_plain_case(start, claude, ollama):
    answer = ask(with_claude(start, claude, ollama, FIRST))
    assert said(answer) == "claude heard: Hi"
    assert truth(answer) == {"provider": "anthropic", "model": MODEL, "attempts": "anthropic=1",
                             "fallback": None}
    (request,) = claude.chats
    assert request.target == "/v1/messages" and request.all("anthropic-version") == ["2023-06-01"]
    assert request.all("x-api-key") == ["sk-ant-own"] and request.header("authorization") is None
    body = request.json
    assert (body["model"], body["max_tokens"]) == (MODEL, 8192)
    assert body["messages"] in ([HI], [{"role": "user", "content": [a.text("Hi")]}])
    assert dropped(answer) == []


def blocks(message):
    content = message["content"]
    found = [a.text(content)] if isinstance(content, str) else content
    return {"role": message["role"], "content": [
        {k: v for k, v in b.items() if (k, v) != ("is_error", False)} for b in found]}


def user(*found):
    return {"role": "user", "content": list(found)}


def assistant(*found):
    return {"role": "assistant", "content": list(found)}


def result(id, text):
    return {"role": "tool", "tool_call_id": id, "content": text}


def returned(id, text):
    return {"type": "tool_result", "tool_use_id": id, "content": text}


def flat(block):
    """A tool's result of one text is a text."""
    if block["type"] == "tool_result" and isinstance(block.get("content"), list):
        return {**block, "content": "".join(b["text"] for b in block["content"])}
    return block


@pytest.mark.parametrize("messages, heard", [
    ([HI, {"role": "assistant", "content": "Yes?"}, HI],
     [user(a.text("Hi")), assistant(a.text("Yes?")), user(a.text("Hi"))]),
    ([user({"type": "text", "text": "a"}, {"type": "text", "text": "b"})],
     [user(a.text("a"), a.text("b"))]),
    ([user({"type": "image_url", "image_url": {"url": "data:image/png;base64," + PNG}})],
     [user({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}})]),
    ([user({"type": "image_url", "image_url": {"url": "https://x.test/a.png"}})],
     [user({"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}})]),
    ([HI, {"role": "assistant", "content": None, "tool_calls": [CALL]}, result("call_1", "rain")],
     [user(a.text("Hi")), assistant(a.tool_use("weather", {"city": "Malmö"}, "call_1")),
      user(returned("call_1", "rain"))]),
    ([HI, {"role": "assistant", "content": "I look.", "tool_calls": [CALL, {**CALL, "id": "c2"}]},
      result("c2", "sun"), result("call_1", "rain"), HI],
     [user(a.text("Hi")), assistant(a.text("I look."), a.tool_use("weather", {"city": "Malmö"}, "call_1"),
                                    a.tool_use("weather", {"city": "Malmö"}, "c2")),
      user(returned("c2", "sun"), returned("call_1", "rain"), a.text("Hi"))]),
    ([HI, {"role": "assistant", "content": "", "tool_calls": [
        {**CALL, "function": {"name": "weather", "arguments": ""}}]}, result("call_1", "rain")],
     [user(a.text("Hi")), assistant(a.tool_use("weather", {}, "call_1")),
      user(returned("call_1", "rain"))]),
    ([HI, {"role": "assistant", "content": ""}, HI], [user(a.text("Hi"), a.text("Hi"))]),
    ([{"role": "user", "content": "Hi", "name": "me"}], [user(a.text("Hi"))]),
])
def test_messages(start, claude, ollama, messages, heard):
    answer = ask(with_claude(start, claude, ollama, FIRST), messages=messages, tools=[TOOL])
    assert answer.status == 200 and truth(answer)["provider"] == "anthropic"
    found = []
    for message in map(blocks, asked(claude)["messages"]):
        message["content"] = [flat(b) for b in message["content"]]
        if found and found[-1]["role"] == message["role"]:
            found[-1]["content"] += message["content"]
        else:
            found.append(message)
    assert found == heard


@pytest.mark.parametrize("role", ["system", "developer"])
def test_a_system_text_is_its_own(start, claude, ollama, role):
    ask(with_claude(start, claude, ollama, FIRST), messages=[
        {"role": role, "content": "Be terse."}, {"role": role, "content": "Be kind."}, HI])
    system = asked(claude)["system"]
    text = system if isinstance(system, str) else "\n".join(b["text"] for b in system)
    assert text.index("Be terse.") < text.index("Be kind.")
    assert [m["role"] for m in asked(claude)["messages"]] == ["user"]


def test_an_id_of_a_call_that_does_not_fit(start, claude, ollama):
    call = {**CALL, "id": "functions.weather:0"}
    answer = ask(with_claude(start, claude, ollama, FIRST), tools=[TOOL], messages=[
        HI, {"role": "assistant", "content": None, "tool_calls": [call]},
        result("functions.weather:0", "rain")])
    assert answer.status == 200 and truth(answer)["provider"] == "anthropic"
    last = [blocks(m)["content"] for m in asked(claude)["messages"]][-2:]
    assert last[0][-1]["id"] == last[1][0]["tool_use_id"]


@pytest.mark.parametrize("more, members, named", [
    ({"max_tokens": 7}, {"max_tokens": 7}, []), ({"max_completion_tokens": 7}, {"max_tokens": 7}, []),
    ({"temperature": 0.3}, {"temperature": 0.3}, []),
    ({"temperature": 1.7}, {"temperature": 1}, ["temperature"]),
    ({"top_p": 0.4}, {"top_p": 0.4}, []),
    ({"temperature": 0.3, "top_p": 0.4}, {"temperature": 0.3, "top_p": None}, ["top_p"]),
    ({"stop": "x"}, {"stop_sequences": ["x"]}, []), ({"stop": ["x", "y"]}, {"stop_sequences": ["x", "y"]}, []),
    ({"seed": 3}, {}, ["seed"]), ({"frequency_penalty": 0.5}, {}, ["frequency_penalty"]),
    ({"presence_penalty": 0.5}, {}, ["presence_penalty"]), ({"logit_bias": {"1": 2}}, {}, ["logit_bias"]),
    ({"logprobs": True, "top_logprobs": 2}, {}, ["logprobs", "top_logprobs"]),
    ({"tools": [TOOL], "tool_choice": "auto"}, {"tool_choice": {"type": "auto"}}, []),
    ({"tools": [TOOL], "tool_choice": "required"}, {"tool_choice": {"type": "any"}}, []),
    ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "weather"}}},
     {"tool_choice": {"type": "tool", "name": "weather"}}, []),
])
def test_the_rest(start, claude, ollama, more, members, named):
    answer = ask(with_claude(start, claude, ollama, FIRST), **more)
    assert answer.status == 200 and truth(answer)["provider"] == "anthropic"
    assert sorted(dropped(answer)) == sorted(named)
    found = {k: asked(claude).get(k) for k in members}
    if "tool_choice" in members and found["tool_choice"] is None and more["tool_choice"] == "auto":
        found["tool_choice"] = {"type": "auto"}  # its default
    assert found == members


def test_tools(start, claude, ollama):
    ask(with_claude(start, claude, ollama, FIRST), tools=[TOOL, {"type": "function", "function": {
        "name": "now"}}], parallel_tool_calls=False)
    first, second = asked(claude)["tools"]
    assert (first["name"], first["description"], first["input_schema"]) == (
        "weather", "Tells the weather.", SCHEMA)
    assert second["name"] == "now" and second["input_schema"]["type"] == "object"
    assert asked(claude)["tool_choice"]["disable_parallel_tool_use"] is True


def test_no_tools_where_none_may_be_called(start, claude, ollama):
    ask(with_claude(start, claude, ollama, FIRST), tools=[TOOL], tool_choice="none")
    body = asked(claude)
    assert "tools" not in body or body["tool_choice"] == {"type": "none"}


@pytest.mark.parametrize("effort", ["low", "medium", "high"])
def test_an_effort_asks_for_thinking(start, claude, ollama, effort):
    answer = ask(with_claude(start, claude, ollama, FIRST), reasoning_effort=effort, temperature=0.2)
    assert answer.status == 200 and truth(answer)["provider"] == "anthropic"
    body = asked(claude)
    assert body.get("output_config", {}).get("effort") == effort or \
        body["thinking"]["type"] in ("enabled", "adaptive")


@both
@pytest.mark.parametrize("format", [
    {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}}])
def test_a_schema(start, claude, ollama, format, streamed):
    """By its own structured output, or by a forced tool whose input is the answer."""
    def answer_it(peer, request):
        body = request.json
        if "output_config" in body:
            assert body["output_config"]["format"] == {"type": "json_schema", "schema": SCHEMA}
            a.ok('{"a": "b"}')(peer, request)
        else:
            name = body["tool_choice"]["name"]
            a.ok_tools(a.tool_use(name, {"a": "b"}))(peer, request)

    claude.script(answer_it)
    answer = ask(with_claude(start, claude, ollama, FIRST), response_format=format, stream=streamed)
    found = whole_chat(answer)
    assert json.loads(found["content"]) == {"a": "b"} and not found.get("tool_calls")
    assert found["finish_reason"] == "stop"


def test_an_audio_part_is_refused_there(start, claude, ollama):
    audio = {"type": "input_audio", "input_audio": {"data": PNG, "format": "wav"}}
    answer = ask(with_claude(start, claude, settings=ALONE), messages=[user(audio)])
    assert answer.status >= 400 and claude.chats == []


# ---- which model, which key


@pytest.mark.parametrize("name, settings, heard", [
    ("gpt-4", {}, MODEL), ("anthropic:claude-opus-5-5", {}, "claude-opus-5-5"),
    ("gpt-4", {"model gpt-4.anthropic": "claude-haiku-4-5"}, "claude-haiku-4-5"),
    ("gpt-4-turbo", {"model gpt-4*.anthropic": "claude-haiku-4-5"}, "claude-haiku-4-5"),
    ("gpt-4", {"model gpt-4*.anthropic": "x", "model gpt-4.anthropic": "claude-opus-5-5"},
     "claude-opus-5-5")])
def test_which_model(start, claude, ollama, name, settings, heard):
    ask(with_claude(start, claude, ollama, {**FIRST, **settings}), model=name)
    assert asked(claude)["model"] == heard


def test_without_a_model_it_is_skipped(start, claude, ollama):
    settings = {"route.priority": "anthropic, ollama"}
    answer = ask(with_claude(start, claude, ollama, settings))
    assert said(answer) == "ollama heard: Hi" and claude.requests == []
    assert answer.header("x-understudy-fallback") == "skipped-no-model"


def test_an_apps_credential_of_openai_does_not_go_there(start, claude, ollama):
    answer = ask(with_claude(start, claude, ollama, FIRST, key=None),
                 headers={"Authorization": "Bearer sk-openai"})
    assert said(answer) == "ollama heard: Hi" and claude.requests == []
    assert answer.header("x-understudy-fallback") == "skipped-no-key"


# ---- what comes back


@both
def test_a_text(start, claude, ollama, streamed):
    claude.script(a.ok("Rain & <é>."))
    answer = ask(with_claude(start, claude, ollama, FIRST), stream=streamed,
                 stream_options={"include_usage": True} if streamed else None)
    found = whole_chat(answer)
    assert (found["content"], found["finish_reason"]) == ("Rain & <é>.", "stop")
    assert found["model"] == MODEL
    usage = found["usage"]
    # 9 + 3 written to the cache + 4 read from it
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (16, 5, 21)
    assert usage["prompt_tokens_details"]["cached_tokens"] == 4


def test_usage_of_a_stream_is_told_only_when_asked(start, claude, ollama):
    assert whole_chat(ask(with_claude(start, claude, ollama, FIRST), stream=True))["usage"] is None


@both
@pytest.mark.parametrize("stop, finish", [
    ("end_turn", "stop"), ("max_tokens", "length"), ("stop_sequence", "stop"),
    ("refusal", "content_filter"), ("model_context_window_exceeded", "length"),
    ("pause_turn", "stop"), ("of_tomorrow", "stop")])
def test_stop_reasons(start, claude, ollama, stop, finish, streamed):
    claude.script(a.answer("x", stop=stop))
    answer = ask(with_claude(start, claude, ollama, FIRST), stream=streamed)
    assert whole_chat(answer)["finish_reason"] == finish and ollama.chats == []


@both
def test_thinking_is_reasoning(start, claude, ollama, streamed):
    claude.script(a.answer(a.thinking("Let me see."), "Rain."))
    found = whole_chat(ask(with_claude(start, claude, ollama, FIRST), stream=streamed))
    assert (found["reasoning_content"], found["content"]) == ("Let me see.", "Rain.")


@both
def test_calls(start, claude, ollama, streamed):
    claude.script(a.answer("I look.", USED, a.tool_use("now", {}, "toolu_01B"), stop="tool_use"))
    found = whole_chat(ask(with_claude(start, claude, ollama, FIRST), stream=streamed, tools=[TOOL]))
    assert found["content"] == "I look." and found["finish_reason"] == "tool_calls"
    assert [(c["id"], c["function"]["name"], json.loads(c["function"]["arguments"]))
            for c in found["tool_calls"]] == [
        ("toolu_01A", "weather", {"city": "Malmö"}), ("toolu_01B", "now", {})]


@both
def test_completions(start, claude, ollama, streamed):
    claude.script(a.ok("and so on."))
    daemon = with_claude(start, claude, ollama, FIRST)
    answer = daemon.post(COMPLETIONS, {"model": "gpt-4", "prompt": "Once", "stream": streamed})
    assert answer.status == 200 and answer.content == "and so on."
    assert "Once" in json.dumps(asked(claude)["messages"])


def test_each_event_comes_at_once(start, claude, ollama):
    gate = Gate()
    claude.script(a.stream("one ", gate, "two"))
    client = with_claude(start, claude, ollama, FIRST).connect()
    client.request("POST", CHAT, {"model": "gpt-4", "stream": True, "messages": [HI]})
    answer = client.head()
    client.read_until(answer, "one ")
    gate.open()
    client.finish(answer)
    assert said(answer) == "one two"


# ---- failures


@both
@pytest.mark.parametrize("fault, failure, tries", [
    (a.overloaded(), "server", 3), (a.error(500), "server", 3), (a.billing(), "quota", 1),
    (a.no_credit(), "quota", 1), (a.rate_limit(), "rate_limit", 1), (a.wrong_key(), "auth", 1),
    (a.no_model(), "model", 1), (a.too_long(), "context", 1), (reply.html_200(), "protocol", 3),
    (reply.reset_before_answer(), "network", 3), (reply.cut_headers(), "protocol", 3)])
def test_failures_before_content(start, claude, ollama, fault, failure, tries, streamed):
    claude.script(fault)
    answer = ask(with_claude(start, claude, ollama, FIRST), stream=streamed)
    assert said(answer) == "ollama heard: Hi"
    assert truth(answer) == from_ollama(f"anthropic={tries}, ollama=1", failure)
    assert len(claude.chats) == tries


@both
@pytest.mark.parametrize("fault, status, code", [
    (a.error(400, "max_tokens: 9999999 > 64000"), 400, None),
    (a.too_long(), 400, "context_length_exceeded"), (a.wrong_key(), 401, None),
    (a.no_model(), 404, None), (a.rate_limit(), 429, None), (a.overloaded(), None, None)])
def test_its_errors_in_openais_shape(start, claude, fault, status, code, streamed):
    claude.script(fault)
    answer = ask(with_claude(start, claude, settings={**ALONE, **ONCE}), stream=streamed)
    assert answer.status == status or status is None and answer.status >= 500
    error = answer.error
    assert isinstance(error["message"], str) and error["type"] and "param" in error
    if code:
        assert error["code"] == code
    assert answer.header("x-should-retry") == "false"


@pytest.mark.parametrize("fault, failure", [
    (a.cut_stream("one ", "two"), "protocol"), (a.cut_stream("one ", "two", how="reset"), "network"),
    (a.ended_early("one ", "two"), "protocol"), (a.stall_stream("one ", "two"), "timeout"),
    (a.stream_error_mid("one ", "two"), None)])
def test_breaks_after_content(start, claude, ollama, fault, failure):
    claude.script(fault)
    daemon = with_claude(start, claude, ollama, {**FIRST, "provider.anthropic.idle_timeout": ms(200)})
    answer = ask(daemon, stream=True)
    assert answer.content == "one two" and "[DONE]" not in answer.events
    error = answer.events[-1]["error"]
    assert error["message"] and error["type"] and ollama.chats == []
    if failure:
        assert (error["type"], error["code"]) == ("upstream_error", "stream_incomplete")
        assert daemon.exchange()["class"] == failure


@pytest.mark.parametrize("end", ["well", "stall"])
def test_only_message_stop_is_missing(start, claude, ollama, end):
    claude.script(a.without_stop("one", end=end))
    daemon = with_claude(start, claude, ollama, {**FIRST, "provider.anthropic.idle_timeout": ms(200)})
    assert said(ask(daemon, stream=True)) == "one"


@pytest.mark.parametrize("fault", [a.cut_stream(), a.events(a.start_event(), a.STREAM_ERROR),
                                   a.ended_early(), a.ping_stream(3, [])])
def test_breaks_before_content(start, claude, ollama, fault):
    claude.script(fault)
    answer = ask(with_claude(start, claude, ollama, {**FIRST, **ONCE}), stream=True)
    assert said(answer) == "ollama heard: Hi"


def test_wherever_it_is_cut_no_half_looks_whole(start, claude, ollama):
    body = a.body_of("It is é.", USED, stop="tool_use")
    daemon = with_claude(start, claude, ollama, {**FIRST, **ONCE, "route.hedge_after": "off"})
    begun = body.index(b"It ")
    for at in range(1, len(body) - 2, 11):
        claude.script(a.cut_at(at, body))
        answer = ask(daemon, stream=True, tools=[TOOL])
        if b"\n\n" in body[begun:at]:
            assert "[DONE]" not in answer.events and "error" in answer.events[-1], at
        else:
            assert said(answer) == "ollama heard: Hi", at


def test_a_stream_is_gone_on_with(start, claude, ollama):
    def go_on(peer, request):
        assert request.json["messages"][-1]["content"] == "one two"
        o.text(" three")(peer, request)

    claude.script(a.cut_stream("one ", "two"))
    ollama.script(go_on)
    daemon = with_claude(start, claude, ollama, {**FIRST, "route.continue_stream": "yes"})
    assert said(ask(daemon, stream=True)) == "one two three"


# ---- the official client


@both
def test_the_official_client(start, claude, ollama, streamed):
    claude.script(a.overloaded(), a.ok("fine"))
    daemon = with_claude(start, claude, ollama, FIRST)
    app = openai_app(daemon.base_url)
    daemon.close_at_end(app)
    answer = app.chat.completions.create(model="gpt-4", messages=[HI], stream=streamed)
    text = "".join(c.choices[0].delta.content or "" for c in answer) if streamed else \
        answer.choices[0].message.content
    assert text == "fine" and app.requests == 1


@both
@pytest.mark.parametrize("fault, name", [(a.overloaded(), "InternalServerError"),
                                         (a.rate_limit(), "RateLimitError"),
                                         (a.too_long(), "BadRequestError")])
def test_the_official_client_raises_and_asks_once(start, claude, fault, name, streamed):
    claude.script(fault)
    daemon = with_claude(start, claude, settings={**ALONE, **ONCE})
    app = openai_app(daemon.base_url)
    daemon.close_at_end(app)
    with pytest.raises(openai.APIStatusError) as raised:
        app.chat.completions.create(model="gpt-4", messages=[HI], stream=streamed)
    assert type(raised.value).__name__ == name and app.requests == 1


@both
def test_a_conversation_that_changes_sides(start, claude, ollama, streamed):
    claude.script(a.ok_tools(USED), a.overloaded(), a.ok("Rain in both."))
    ollama.script(o.tools(o.call("weather", {"city": "Rome"}, "call_ab12cd34")))
    daemon = with_claude(start, claude, ollama, {**FIRST, **ONCE})
    messages = [HI]
    for _ in range(3):
        found = whole_chat(ask(daemon, stream=streamed, tools=[TOOL], messages=messages))
        messages.append({"role": "assistant", "content": found["content"] or None,
                         **({"tool_calls": found["tool_calls"]} if found.get("tool_calls") else {})})
        messages += [result(c["id"], "rain") for c in found.get("tool_calls") or []]
    assert found["content"] == "Rain in both." and len(ollama.chats) == 1
