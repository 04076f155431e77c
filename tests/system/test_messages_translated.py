"""POST /v1/messages, answered by Ollama and by a provider of OpenAI's API: what goes there, and what
comes back, whole and streamed."""
import base64
import json

import anthropic as sdk
import pytest

from ledger import both, from_ollama, truth
from messages import (ASKED, CALL, HEAD, HI, ONCE, PATH, RESULT, SOURCE, TO_OLLAMA, TO_OPENAI, TOOL, ask,
                      broken, claude_app, ms, problem, said, text_so_far, whole_message)
from sim import Ollama, reply
from sim import anthropic as a
from sim import cloud as c
from sim import ollama as o

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\nsim").decode()
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}
URL_IMAGE = {"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}}
DOCUMENT = {"type": "document", "title": "Notes", "context": "of today",
            "source": {"type": "text", "media_type": "text/plain", "data": "It rains."}}
PDF = {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": PNG}}
SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
          "additionalProperties": False}
CACHED = {"cache_control": {"type": "ephemeral"}}


def user(*blocks):
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks):
    return {"role": "assistant", "content": list(blocks)}


def dropped(answer):
    return [n.strip() for n in (answer.header("x-understudy-dropped") or "").split(",") if n.strip()]


def local(start, ollama, settings=None, cloud=None):
    return start(cloud, ollama, {**TO_OLLAMA, **(settings or {})})


def abroad(start, strict, settings=None):
    return start(strict, None, {**TO_OPENAI, **(settings or {})})


def heard(ollama):
    """The body that Ollama was asked with; members of a message that are empty say nothing."""
    body = ollama.chats[-1].json
    return [{k: v for k, v in m.items() if v not in (None, "", [])} for m in body["messages"]], body


# ---- to Ollama: the messages


CALLED = {"id": "toolu_01A", "function": {"index": 0, "name": "weather",
                                          "arguments": {"city": "Malmö <&>"}}}


def result(text, **more):
    return {"role": "tool", "tool_call_id": "toolu_01A", "tool_name": "weather", "content": text,
            **more}


@pytest.mark.parametrize("asked, messages", [
    ({"messages": [HI]}, [HI]),
    ({"messages": [user(a.text("Hi"))]}, [HI]),
    ({"system": "Be terse."}, [{"role": "system", "content": "Be terse."}, HI]),
    ({"messages": [HI, assistant(a.text("Yes?")), user(a.text("Go on."))]},
     [HI, {"role": "assistant", "content": "Yes?"}, {"role": "user", "content": "Go on."}]),
    ({"messages": [HI, {"role": "assistant", "content": "It is"}]},
     [HI, {"role": "assistant", "content": "It is"}]),
    ({"messages": [user(IMAGE, a.text("What?"))]},
     [{"role": "user", "content": "What?", "images": [PNG]}]),
    ({"messages": [HI, assistant(CALL), user(RESULT)], "tools": [TOOL]},
     [HI, {"role": "assistant", "tool_calls": [CALLED]}, result("rain")]),
    ({"messages": [HI, assistant(a.text("I look."), CALL), user(RESULT, a.text("Well?"))],
      "tools": [TOOL]},
     [HI, {"role": "assistant", "content": "I look.", "tool_calls": [CALLED]}, result("rain"),
      {"role": "user", "content": "Well?"}]),
    ({"messages": [HI, assistant(CALL), user({**RESULT, "is_error": True})], "tools": [TOOL]},
     [HI, {"role": "assistant", "tool_calls": [CALLED]}, result("[tool error] rain")]),
    ({"messages": [HI, assistant(a.thinking("Hm."), a.text("Yes?")), HI]},
     [HI, {"role": "assistant", "content": "Yes?"}, HI]),
    ({"messages": [HI, assistant({"type": "redacted_thinking", "data": "x"}, a.text("Yes?")), HI]},
     [HI, {"role": "assistant", "content": "Yes?"}, HI]),
    ({"messages": [{"role": "user", "content": [{**a.text("Hi"), **CACHED}]}]}, [HI]),
], ids=["text", "a block", "system", "turns", "a beginning of the answer", "an image", "a call",
        "a call beside texts", "an error of a tool", "thinking", "hidden thinking", "a cache mark"])
def test_what_ollama_hears(start, ollama, asked, messages):
    answer = ask(local(start, ollama), **asked)
    assert answer.status == 200 and dropped(answer) == []
    found, body = heard(ollama)
    assert found == messages
    assert body["truncate"] is False and body["options"]["num_predict"] == 100


def test_several_system_texts_keep_their_order(start, ollama):
    ask(local(start, ollama), system=[a.text("one"), {**a.text("two"), **CACHED}, a.text("three")])
    found, _ = heard(ollama)
    texts = [m["content"] for m in found if m["role"] == "system"]
    joined = "\n".join(texts)
    assert joined.index("one") < joined.index("two") < joined.index("three")
    assert found[-1] == HI


def test_a_system_message_in_mid_conversation_stays_where_it_is(start, ollama):
    messages = [HI, assistant(a.text("Yes?")), {"role": "system", "content": "Be brief."}, HI]
    assert ask(local(start, ollama), messages=messages).status == 200
    assert [m["role"] for m in heard(ollama)[0]] == ["user", "assistant", "system", "user"]


def test_a_results_parts(start, ollama):
    parts = {**RESULT, "content": [a.text("It is"), a.text("this."), IMAGE]}
    ask(local(start, ollama), messages=[HI, assistant(CALL), user(parts)], tools=[TOOL])
    told = heard(ollama)[0][2:]
    assert told[0]["role"] == "tool" and told[0]["tool_call_id"] == "toolu_01A"
    assert "It is" in told[0]["content"] and "this." in told[0]["content"]
    assert [i for m in told for i in m.get("images", [])] == [PNG]


def test_a_document_of_text(start, ollama):
    answer = ask(local(start, ollama), messages=[user(
        {**DOCUMENT, "citations": {"enabled": True}}, a.text("Weather?"))])
    text = "\n".join(m["content"] for m in heard(ollama)[0])
    assert text.index("Notes") < text.index("of today") < text.index("It rains.") < \
        text.index("Weather?")
    assert dropped(answer) == ["citations"] or any("citations" in d for d in dropped(answer))


@pytest.mark.parametrize("block, words", [(URL_IMAGE, "URL"), (PDF, "PDF"), (
    {"type": "image", "source": {"type": "file", "file_id": "file_1"}}, "file")])
def test_what_it_cannot_see_is_refused_with_the_reason(start, ollama, block, words):
    answer = ask(local(start, ollama), messages=[user(block, a.text("What?"))])
    assert answer.status in (400, 422, 503) and ollama.chats == []
    assert words.lower() in problem(answer)["message"].lower()


def test_several_results_of_one_turn(start, ollama):
    second = a.tool_use("weather", {"city": "Rome"}, "toolu_01B")
    ask(local(start, ollama), tools=[TOOL], messages=[
        HI, assistant(CALL, second), user({**RESULT, "tool_use_id": "toolu_01B", "content": "sun"},
                                          RESULT)])
    found, _ = heard(ollama)
    assert [(m["tool_call_id"], m["content"]) for m in found if m["role"] == "tool"] == \
        [("toolu_01B", "sun"), ("toolu_01A", "rain")]
    assert [c["function"]["index"] for c in found[1]["tool_calls"]] == [0, 1]


def test_what_claude_code_sends(start, ollama):
    """2.1.332, 2026-11: a billing line as the first system text, reminders beside the question, its
    environment as a system message with an effort of its own, tools that are looked up later."""
    answer = ask(local(start, ollama), path=PATH + "?beta=true", max_tokens=128000, headers={
        "Authorization": "Bearer any", "anthropic-version": "2023-06-01", "x-app": "cli",
        "anthropic-beta": "claude-code-20250219,context-management-2025-06-27,per-turn-control-2026-07-01"},
        thinking={"type": "adaptive", "display": "omitted"}, output_config={"effort": "medium"},
        context_management={"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
        metadata={"user_id": '{"device_id":"d","account_uuid":"","session_id":"s"}'},
        system=[a.text("x-anthropic-billing-header: cc_version=2.1.332; cc_entrypoint=sdk-cli;"),
                {**a.text("You are a Claude agent."), **CACHED}, {**a.text("Be kind."), **CACHED}],
        messages=[user(a.text("<system-reminder>x</system-reminder>"), a.text("Hi")),
                  {"role": "system", "content": [{**a.text("# Environment"), **CACHED}],
                   "output_config": {"effort": "medium"}}],
        tools=[TOOL, {**TOOL, "name": "DeferredToolPlaceholder", "defer_loading": True}], stream=True)
    assert answer.status == 200 and whole_message(answer)["stop_reason"] == "end_turn"
    found, body = heard(ollama)
    text = "\n".join(m["content"] for m in found)
    places = [text.index(t) for t in ("You are a Claude agent.", "Be kind.", "Hi", "# Environment")]
    assert places == sorted(places) and body["tools"][0]["function"]["name"] == "weather"
    assert "context_management" in ",".join(dropped(answer))


# ---- to Ollama: the rest of the request


@pytest.mark.parametrize("asked, options", [
    ({"temperature": 0.3}, {"temperature": 0.3}), ({"top_p": 0.5}, {"top_p": 0.5}),
    ({"top_k": 7}, {"top_k": 7}), ({"stop_sequences": ["a", "b"]}, {"stop": ["a", "b"]}),
    ({"max_tokens": 7}, {"num_predict": 7}), ({"metadata": {"user_id": "u"}}, {}),
    ({"service_tier": "auto"}, {})])
def test_options(start, ollama, asked, options):
    answer = ask(local(start, ollama), **asked)
    _, body = heard(ollama)
    assert answer.status == 200 and dropped(answer) == []
    assert {k: body["options"].get(k) for k in options} == options


@pytest.mark.parametrize("choice, names, named", [
    (None, ["weather", "coat"], []), ({"type": "auto"}, ["weather", "coat"], []),
    ({"type": "none"}, [], []), ({"type": "any"}, ["weather", "coat"], ["tool_choice"]),
    ({"type": "tool", "name": "coat"}, ["coat"], ["tool_choice"])])
def test_tools_and_their_choice(start, ollama, choice, names, named):
    tools = [TOOL, {**TOOL, "name": "coat", **CACHED}]
    answer = ask(local(start, ollama), tools=tools, tool_choice=choice)
    _, body = heard(ollama)
    assert [t["function"]["name"] for t in body.get("tools") or []] == names
    assert dropped(answer) == named
    if names:
        function = body["tools"][0]["function"]
        assert function["description"] == "Tells the weather."
        assert function["parameters"]["properties"]["city"]["type"] == "string"


@both
def test_one_call_at_a_time(start, ollama, streamed):
    ollama.script(o.tools(o.call("weather", {"city": "A"}, "call_a"),
                          o.call("weather", {"city": "B"}, "call_b", 1)))
    choice = {"type": "auto", "disable_parallel_tool_use": True}
    message = whole_message(ask(local(start, ollama), stream=streamed, tools=[TOOL],
                                tool_choice=choice))
    assert [b["id"] for b in message["content"] if b["type"] == "tool_use"] == ["call_a"]


@pytest.mark.parametrize("asked, think", [
    ({}, False), ({"thinking": {"type": "disabled"}}, False),
    ({"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000}, True),
    ({"thinking": {"type": "adaptive"}}, True),
    ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}}, "low"),
    ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "xhigh"}}, "max")])
def test_thinking(start, asked, think):
    ollama = Ollama([o.THINKING])
    daemon = local(start, ollama)
    assert ask(daemon, **asked).status == 200
    found = heard(ollama)[1].get("think")
    assert found == think or think is not False and found in (True, think)
    daemon.stop()
    ollama.stop()


def test_thinking_and_a_model_that_does_not(start, ollama):
    answer = ask(local(start, ollama), thinking={"type": "adaptive"})
    assert said(answer) == "ollama heard: Hi" and not heard(ollama)[1].get("think")


def test_a_schema(start, ollama):
    config = {"format": {"type": "json_schema", "schema": SCHEMA}}
    answer = ask(local(start, ollama), output_config=config)
    assert answer.status == 200
    assert heard(ollama)[1]["format"]["properties"] == SCHEMA["properties"]


@pytest.mark.parametrize("asked, name", [
    ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "web_search"),
    ({"container": "c"}, "container"), ({"context_management": {"edits": []}}, "context_management"),
    ({"mcp_servers": [{"type": "url", "url": "https://x.test", "name": "x"}]}, "mcp_servers")])
def test_what_cannot_be_carried_is_named(start, ollama, asked, name):
    answer = ask(local(start, ollama), **asked)
    assert answer.status == 200 and any(name in d for d in dropped(answer)), dropped(answer)
    assert "tools" not in heard(ollama)[1]


def test_a_long_prompt_gets_its_window(start):
    ollama = Ollama([o.Model(context=131072)], tokens=o.words_and_digits)
    daemon = local(start, ollama)
    answer = ask(daemon, messages=[{"role": "user", "content": "word " * 20000}])
    assert answer.status == 200
    assert heard(ollama)[1]["options"]["num_ctx"] >= 20000
    daemon.stop()
    ollama.stop()
    assert ollama.violations == []


# ---- Ollama's answers


@both
def test_a_text(start, ollama, streamed):
    ollama.script(o.text("Rain & <é>.", counts={"prompt_eval_count": 7, "eval_count": 3}))
    answer = ask(local(start, ollama), stream=streamed)
    message = whole_message(answer)
    assert message["content"] == [a.text("Rain & <é>.")]
    assert message["id"].startswith("msg_") and message["role"] == "assistant"
    assert (message["stop_reason"], message["stop_sequence"]) == ("end_turn", None)
    usage = message["usage"]
    assert (usage["input_tokens"], usage["output_tokens"]) == (7, 3)
    assert (usage["cache_creation_input_tokens"], usage["cache_read_input_tokens"]) == (0, 0)
    assert truth(answer)["provider"] == "ollama" and truth(answer)["model"] == SOURCE
    assert answer.header("request-id") == answer.header("x-understudy-id")


@both
def test_the_model_that_answered_is_named(start, ollama, streamed):
    message = whole_message(ask(local(start, ollama), stream=streamed))
    assert message["model"] == SOURCE


@both
def test_ids_are_new_each_time(start, ollama, streamed):
    daemon = local(start, ollama)
    found = {whole_message(ask(daemon, stream=streamed))["id"] for _ in range(5)}
    assert len(found) == 5


@both
def test_thinking_comes_with_an_empty_signature(start, streamed):
    ollama = Ollama([o.THINKING])
    ollama.script(o.text("Rain.", thinking="Let me see."))
    daemon = local(start, ollama)
    message = whole_message(ask(daemon, stream=streamed, thinking={"type": "adaptive"}))
    assert message["content"] == [a.thinking("Let me see.", ""), a.text("Rain.")]
    daemon.stop()
    ollama.stop()


@both
@pytest.mark.parametrize("done, stop", [("stop", "end_turn"), ("length", "max_tokens"),
                                        ("odd", "end_turn")])
def test_stop_reasons(start, ollama, done, stop, streamed):
    ollama.script(o.text("Rain.", done=done))
    assert whole_message(ask(local(start, ollama), stream=streamed))["stop_reason"] == stop


@both
def test_calls(start, ollama, streamed):
    ollama.script(o.tools(o.call("weather", {"city": "Malmö <&>"}, "call_ab12cd34"),
                          o.call("weather", {}, "call_x", 1)))
    message = whole_message(ask(local(start, ollama), stream=streamed, tools=[TOOL]))
    assert message["content"] == [
        a.tool_use("weather", {"city": "Malmö <&>"}, "call_ab12cd34"),
        a.tool_use("weather", {}, "call_x")]
    assert message["stop_reason"] == "tool_use"


@both
@pytest.mark.parametrize("id", ["functions.weather:0", "", None, "a b"])
def test_an_id_that_does_not_fit_becomes_one_that_does(start, ollama, id, streamed):
    call = o.call("weather", {}, id)
    ollama.script(o.tools(call if id is not None else {"function": call["function"]}))
    message = whole_message(ask(local(start, ollama), stream=streamed, tools=[TOOL]))
    (block,) = message["content"]
    assert block["id"].startswith("toolu_") and block["id"].replace("_", "").isalnum()


@both
def test_text_and_then_a_call(start, ollama, streamed):
    if streamed:
        ollama.script(o.lines("I ", "look.", {"tool_calls": [o.call("weather", {})]}))
    else:
        ollama.script(o.whole({"content": "I look.", "tool_calls": [o.call("weather", {})]}))
    message = whole_message(ask(local(start, ollama), stream=streamed, tools=[TOOL]))
    assert [b["type"] for b in message["content"]] == ["text", "tool_use"]
    assert message["content"][0]["text"] == "I look."


@both
def test_nothing_is_an_answer(start, ollama, streamed):
    ollama.script(o.text(""))
    message = whole_message(ask(local(start, ollama), stream=streamed))
    assert said_of(message) == "" and message["stop_reason"] == "end_turn"


def said_of(message):
    return "".join(b["text"] for b in message["content"])


def test_a_stream_begins_with_what_the_sdks_want(start, ollama):
    answer = ask(local(start, ollama), stream=True)
    assert answer.header("content-type").startswith("text/event-stream")
    assert answer.body.startswith(b"event: message_start\ndata: {")
    assert answer.body.rstrip().endswith(b'"message_stop"}') and answer.complete


def test_silence_is_filled_with_pings(start, ollama):
    """Comments would not keep the clients alive."""
    ollama.script(o.lines(0.5, "late"))
    daemon = local(start, ollama, {"server.heartbeat": "50ms"})
    answer = ask(daemon, stream=True)
    assert b"event: ping" in answer.body and said(answer) == "late"


# ---- Ollama's failures


@both
def test_an_error_has_the_shape_of_the_app(start, claude, ollama, streamed):
    ollama.script(o.failed())
    answer = ask(local(start, ollama, ONCE), stream=streamed)
    error = problem(answer)
    assert answer.status in (500, 502) and error["type"] == "api_error"
    assert "unexpectedly stopped" in error["message"]
    assert answer.json["request_id"] == answer.header("x-understudy-id")
    assert answer.header("x-should-retry") == "false"


@both
def test_a_prompt_that_is_too_long(start, ollama, streamed):
    ollama.script(o.overflow())
    answer = ask(local(start, ollama, ONCE), stream=streamed)
    assert answer.status == 400 and problem(answer)["type"] == "invalid_request_error"
    assert problem(answer)["message"].startswith("prompt is too long")


@both
def test_when_all_fail_all_are_told(start, claude, ollama, streamed):
    claude.script(a.overloaded())
    ollama.script(o.failed())
    daemon = start(None, ollama, {"provider.anthropic.base_url": claude.url, **ONCE})
    answer = ask(daemon, stream=streamed)
    error = problem(answer)
    assert (answer.status, error["type"]) == (502, "api_error")
    assert "Overloaded" in error["message"] and "unexpectedly stopped" in error["message"]
    assert [(one["provider"], one["class"]) for one in error["attempts"]] == \
        [("anthropic", "server"), ("ollama", "server")]
    assert error.get("code", "all_providers_failed") == "all_providers_failed"


def test_nobody_there(start, claude, ollama):
    claude.refuse()
    ollama.refuse()
    daemon = start(None, ollama, {"provider.anthropic.base_url": claude.url, **ONCE})
    answer = ask(daemon)
    start.unsent = 2
    assert answer.status == 502 and problem(answer)["type"] == "api_error"


@pytest.mark.parametrize("reply", [o.error_mid("one ", "two"), o.without_done("one ", "two"),
                                   o.lines("one ", "two", done=None, end="close"),
                                   o.lines("one ", "two", done=None, end="reset"),
                                   o.lines("one ", "two", done=None, end="stall")],
                         ids=["error line", "no done", "cut", "reset", "stalled"])
def test_a_stream_that_breaks_is_told(start, ollama, reply):
    ollama.script(reply)
    daemon = local(start, ollama, {**ONCE, "provider.ollama.idle_timeout": ms(200)})
    answer = ask(daemon, stream=True)
    assert broken(answer)["type"] == "api_error" and text_so_far(answer) == "one two"


def test_a_whole_answer_without_an_end_is_none(start, ollama):
    ollama.script(o.without_done("half"))
    answer = ask(local(start, ollama, ONCE))
    assert answer.status == 502 and problem(answer)["type"] == "api_error"


@pytest.mark.parametrize("body, words", [
    (b"{", "JSON"), (b"[]", ""), (b'{"model":"x","max_tokens":5}', "messages"),
    (b'{"model":"x","max_tokens":5,"messages":"Hi"}', "messages"),
    (json.dumps({**ASKED, "messages": [{"role": "user", "content": 7}]}).encode(), "content")])
def test_a_request_that_nobody_understands(start, ollama, body, words):
    answer = local(start, ollama).post(PATH, body, HEAD)
    assert answer.status == 400 and problem(answer)["type"] == "invalid_request_error"
    assert words in problem(answer)["message"] and ollama.chats == []


@both
@pytest.mark.parametrize("fault, status, name", [
    (o.failed(), 500, "InternalServerError"), (o.overflow(), 400, "BadRequestError")])
def test_the_official_client_raises_its_own_and_asks_once(start, ollama, fault, status, name,
                                                          streamed):
    ollama.script(fault)
    daemon = local(start, ollama, ONCE)
    app = claude_app(daemon.url)
    daemon.close_at_end(app)
    with pytest.raises(sdk.APIStatusError) as raised:
        list_of(app.messages.create(**ASKED, stream=streamed), streamed)
    error = raised.value
    assert type(error).__name__ == name or status >= 500 and isinstance(error, sdk.InternalServerError)
    assert error.api_message and error.request_id and app.requests == 1


def list_of(answer, streamed):
    return list(answer) if streamed else answer


# ---- to a provider of OpenAI's API


@pytest.mark.parametrize("asked, messages", [
    ({"system": "Be terse."}, [{"role": "system", "content": "Be terse."}, HI]),
    ({"messages": [HI, assistant(a.thinking("Hm."), a.text("Yes?")), HI]},
     [HI, {"role": "assistant", "content": "Yes?"}, HI]),
    ({"messages": [HI, assistant(CALL), user(RESULT)], "tools": [TOOL]},
     [HI, {"role": "assistant", "tool_calls": [c.call("weather", CALL["input"], "toolu_01A")]},
      {"role": "tool", "tool_call_id": "toolu_01A", "content": "rain"}]),
    ({"messages": [HI, assistant(CALL), user({**RESULT, "is_error": True})], "tools": [TOOL]},
     [HI, {"role": "assistant", "tool_calls": [c.call("weather", CALL["input"], "toolu_01A")]},
      {"role": "tool", "tool_call_id": "toolu_01A", "content": "[tool error] rain"}]),
])
def test_what_openai_hears(start, strict, asked, messages):
    assert ask(abroad(start, strict), **asked).status == 200
    assert plain(strict.chats[-1].json["messages"]) == plain(messages)


def plain(messages):
    """Arguments as objects, lists of one text as a text, empty members left out."""
    found = []
    for message in messages:
        message = {k: v for k, v in message.items() if v not in (None, "", [])}
        content = message.get("content")
        if isinstance(content, list) and len(content) == 1 and content[0]["type"] == "text":
            message["content"] = content[0]["text"]
        for call in message.get("tool_calls", []):
            if isinstance(call["function"]["arguments"], str):
                call["function"]["arguments"] = json.loads(call["function"]["arguments"])
        found.append(message)
    return found


def test_images_go_to_openai_by_either_way(start, strict):
    assert ask(abroad(start, strict), messages=[user(IMAGE, URL_IMAGE, a.text("What?"))]).status == 200
    parts = strict.chats[-1].json["messages"][0]["content"]
    assert [p["image_url"]["url"] for p in parts if p["type"] == "image_url"] == [
        "data:image/png;base64," + PNG, "https://x.test/a.png"]


@pytest.mark.parametrize("asked, members", [
    ({"max_tokens": 7}, {"max_tokens": 7}), ({"temperature": 0.3}, {"temperature": 0.3}),
    ({"top_p": 0.5}, {"top_p": 0.5}), ({"stop_sequences": ["a"]}, {"stop": ["a"]}),
    ({"tools": [TOOL], "tool_choice": {"type": "any"}}, {"tool_choice": "required"}),
    ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "weather"}},
     {"tool_choice": {"type": "function", "function": {"name": "weather"}}}),
    ({"tools": [TOOL], "tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
     {"parallel_tool_calls": False}),
    ({"thinking": {"type": "adaptive"}, "output_config": {"effort": "low"}},
     {"reasoning_effort": "low"}),
])
def test_the_rest_of_a_request_to_openai(start, strict, asked, members):
    assert ask(abroad(start, strict), **asked).status == 200
    body = strict.chats[-1].json
    assert {k: body.get(k) for k in members} == members


def test_a_schema_to_openai(start, strict):
    config = {"format": {"type": "json_schema", "schema": SCHEMA}}
    assert ask(abroad(start, strict), output_config=config).status == 200
    format = strict.chats[-1].json["response_format"]
    assert format["type"] == "json_schema" and format["json_schema"]["schema"] == SCHEMA


def test_the_apps_credential_does_not_go_to_openai(start, strict):
    ask(abroad(start, strict))
    (request,) = strict.chats
    assert request.all("authorization") == ["Bearer sk-cloud"]
    assert request.header("x-api-key") is None and request.header("anthropic-version") is None


@both
def test_openais_answers(start, strict, streamed):
    calls = [c.call("weather", {"city": "Malmö"}, "call_1"), c.call("weather", {}, "call_2")]
    strict.script(c.ok_tools(*calls), c.ok("Rain."), c.ok("half", finish="length"),
                  c.ok("", finish="content_filter"))
    daemon = abroad(start, strict)
    message = whole_message(ask(daemon, stream=streamed, tools=[TOOL]))
    assert message["content"] == [a.tool_use("weather", {"city": "Malmö"}, "call_1"),
                                  a.tool_use("weather", {}, "call_2")]
    assert message["stop_reason"] == "tool_use"
    message = whole_message(ask(daemon, stream=streamed))
    assert message["content"] == [a.text("Rain.")] and message["stop_reason"] == "end_turn"
    assert (message["usage"]["input_tokens"], message["usage"]["output_tokens"]) == (9, 3)
    assert whole_message(ask(daemon, stream=streamed))["stop_reason"] == "max_tokens"
    assert whole_message(ask(daemon, stream=streamed))["stop_reason"] == "refusal"


@both
def test_reasoning_of_openai_is_thinking(start, strict, streamed):
    strict.script(reasoned)
    message = whole_message(ask(abroad(start, strict), stream=streamed))
    assert message["content"] == [a.thinking("Let me see.", ""), a.text("Rain.")]


def reasoned(peer, request):
    if request.wants_stream():
        c.stream(c.event({"reasoning_content": "Let me "}), c.event({"reasoning_content": "see."}),
                 "Rain.")(peer, request)
        return
    body = c.completion("Rain.")
    body["choices"][0]["message"]["reasoning_content"] = "Let me see."
    reply.status(200, body=body)(peer, request)


@both
@pytest.mark.parametrize("fault, status, kind", [
    (c.openai_error(400, None, "Invalid 'temperature'"), 400, "invalid_request_error"),
    (c.openai_error(400, "context_length_exceeded", "This model's maximum context length is 8192"),
     400, "invalid_request_error"),
    (c.openai_error(401, "invalid_api_key", "Incorrect API key"), 401, "authentication_error"),
    (c.openai_error(404, "model_not_found", "no such model"), 404, "not_found_error"),
    (c.openai_error(429, "rate_limit_exceeded", "slow down"), 429, "rate_limit_error"),
    (c.openai_error(503, None, "overloaded"), 503, "api_error"),
])
def test_openais_errors(start, strict, fault, status, kind, streamed):
    strict.script(fault)
    answer = ask(abroad(start, strict, ONCE), stream=streamed)
    error = problem(answer)
    assert (answer.status, error["type"]) == (status, kind)
    if "context" in error["message"] or status == 400 and "8192" in str(answer.body):
        assert error["message"].startswith("prompt is too long")


@pytest.mark.parametrize("reply", [
    c.cut_stream("one ", "two"), c.cut_stream("one ", "two", how="reset"),
    c.stall_stream("one ", "two"), c.stream_error_mid("one ", "two")])
def test_openais_streams_that_break(start, strict, reply):
    strict.script(reply)
    daemon = abroad(start, strict, {**ONCE, "provider.openai.idle_timeout": ms(200)})
    answer = ask(daemon, stream=True)
    assert broken(answer)["type"] == "api_error" and text_so_far(answer) == "one two"


@both
def test_from_openai_to_ollama(start, strict, ollama, streamed):
    strict.script(c.status(503))
    daemon = start(strict, ollama, {"route.messages": "openai, ollama", **ONCE})
    answer = ask(daemon, stream=streamed)
    assert said(answer) == "ollama heard: Hi"
    assert truth(answer) == from_ollama("openai=1, ollama=1", "server")
