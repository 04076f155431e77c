"""That the pretended Anthropic is like the real one: met by the official SDK and its types, without
the daemon in between; and that it refuses what the real one refuses, in its words."""
import json

import anthropic as sdk
import pytest

from official import claude_app, message_of, whole_message
from rawclient import RawClient
from sim import Anthropic, Gate
from sim import anthropic as a

HEAD = {"x-api-key": "sk-x", "anthropic-version": "2023-06-01"}
ASKED = {"model": "claude-sonnet-5-5", "max_tokens": 100,
         "messages": [{"role": "user", "content": "Hi"}]}
TOOL = {"name": "weather", "description": "Tells the weather.", "input_schema": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}
CALL = a.tool_use("weather", {"city": "Malmö <&>"}, "toolu_01A")
both = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


def ask(server, body=None, headers=HEAD, path=a.MESSAGES, method="POST"):
    with RawClient(("127.0.0.1", server.port), 10) as client:
        return client.request(method, path, ASKED if body is None else body, headers).response(method)


@pytest.fixture
def app(claude):
    client = claude_app(claude.url, max_retries=0)
    yield client
    client.close()


def said(app, streamed, **more):
    """The message that the SDK makes of an answer."""
    if not streamed:
        return app.messages.create(**{**ASKED, **more})
    with app.messages.stream(**{**ASKED, **more}) as stream:
        return stream.get_final_message()


# ---- answers


@both
def test_a_text(claude, app, streamed):
    message = said(app, streamed)
    assert [b.text for b in message.content] == ["claude heard: Hi"]
    assert (message.stop_reason, message.usage.input_tokens) == ("end_turn", 9)
    assert message.usage.cache_read_input_tokens == 4 and message.usage.output_tokens == 5


@both
def test_thinking_text_and_tools_in_their_order(claude, app, streamed):
    blocks = [a.thinking("Hm, let me see."), a.text("I look."), CALL,
              a.tool_use("weather", {}, "toolu_01B")]
    claude.script(a.answer(*blocks, stop="tool_use"))
    message = said(app, streamed, tools=[TOOL])
    assert [b.type for b in message.content] == ["thinking", "text", "tool_use", "tool_use"]
    assert message.content[0].signature == a.SIGNATURE and message.stop_reason == "tool_use"
    assert (message.content[2].id, message.content[2].input) == ("toolu_01A", {"city": "Malmö <&>"})
    assert message.content[3].input == {}


@both
@pytest.mark.parametrize("stop", ["max_tokens", "stop_sequence", "refusal", "pause_turn",
                                  "model_context_window_exceeded"])
def test_every_stop_reason(claude, app, streamed, stop):
    claude.script(a.answer("x", stop=stop, sequence="END" if stop == "stop_sequence" else None))
    message = said(app, streamed)
    assert message.stop_reason == stop
    assert message.stop_sequence == ("END" if stop == "stop_sequence" else None)


@both
def test_it_keeps_to_the_official_types(claude, streamed):
    claude.script(a.answer(a.thinking("Hm."), "a b c", CALL, stop="tool_use"))
    message = whole_message(ask(claude, {**ASKED, "stream": streamed}))
    assert [b["type"] for b in message["content"]] == ["thinking", "text", "tool_use"]
    assert message["content"][2]["input"] == CALL["input"]


def test_what_the_types_are_held_against_can_fail():
    events = a.events_of("a b", CALL)
    message_of(b"".join(a.sse(e) for e in events))
    for number in range(len(events)):
        rest = [e for n, e in enumerate(events) if n != number]
        if events[number]["type"] in ("content_block_delta", "ping"):
            continue  # the text is another then, and the order as it should be
        with pytest.raises((AssertionError, IndexError, KeyError, ValueError)):
            message_of(b"".join(a.sse(e) for e in rest))


def test_a_stream_as_it_is_on_the_wire(claude):
    answer = ask(claude, {**ASKED, "stream": True})
    assert answer.header("content-type") == "text/event-stream; charset=utf-8"
    assert answer.header("request-id") == a.REQUEST_ID
    assert answer.body.startswith(b'event: message_start\ndata: {"type": "message_start", "mess')
    assert b'event: ping\ndata: {"type": "ping"}\n\n' in answer.body
    assert answer.body.endswith(b'event: message_stop\ndata: {"type": "message_stop"}\n\n')


@both
def test_a_conversation_with_a_tool(claude, app, streamed):
    claude.script(a.ok_tools(CALL, first=[a.thinking("Hm.")]), a.echo)
    first = said(app, streamed, tools=[TOOL])
    result = {"type": "tool_result", "tool_use_id": "toolu_01A",
              "content": [{"type": "text", "text": "rain"}]}
    messages = [*ASKED["messages"], {"role": "assistant", "content": first.content},
                {"role": "user", "content": [result, {"type": "text", "text": "Well?"}]}]
    assert said(app, streamed, messages=messages, tools=[TOOL]).content[0].text == \
        "claude heard: Well?"


def test_counting_and_models(claude, app):
    count = app.messages.count_tokens(model="claude-sonnet-5-5", messages=ASKED["messages"])
    assert count.input_tokens > 3
    assert [m.id for m in app.models.list()] == claude.models
    assert app.models.retrieve("claude-opus-5-5").display_name == "Claude Opus"
    with pytest.raises(sdk.NotFoundError):
        app.models.retrieve("claude-1")
    assert ask(claude, b"", {}, "/", "HEAD").status == 404


def test_the_path_is_what_counts(claude):
    assert ask(claude, path="/v1/messages?beta=true").status == 200
    assert claude.chats[0].target == "/v1/messages?beta=true"
    assert ask(claude, path="/v1/nothing").error["type"] == "not_found_error"


# ---- failures


@pytest.mark.parametrize("reply, status, kind, name", [
    (a.overloaded(), 529, "overloaded_error", "OverloadedError"),
    (a.billing(), 402, "billing_error", "PaymentRequiredError"),
    (a.no_credit(), 400, "invalid_request_error", "BadRequestError"),
    (a.rate_limit(7), 429, "rate_limit_error", "RateLimitError"),
    (a.wrong_key(), 401, "authentication_error", "AuthenticationError"),
    (a.no_model("claude-1"), 404, "not_found_error", "NotFoundError"),
    (a.too_long(), 400, "invalid_request_error", "BadRequestError"),
    (a.error(403), 403, "permission_error", "PermissionDeniedError"),
    (a.error(413), 413, "request_too_large", "ContentTooLargeError"),
    (a.error(500), 500, "api_error", "InternalServerError"),
    (a.error(504), 504, "timeout_error", "GatewayTimeoutError"),
])
@both
def test_errors_by_status(claude, app, streamed, reply, status, kind, name):
    claude.script(reply)
    with pytest.raises(sdk.APIStatusError) as raised:
        said(app, streamed)
    error = raised.value
    assert (type(error).__name__, error.status_code, error.type) == (name, status, kind)
    assert error.request_id == a.REQUEST_ID and app.requests == 1
    assert error.body == {"type": "error", "request_id": a.REQUEST_ID,
                          "error": {"type": kind, "message": error.api_message}}


def test_a_named_wait(claude):
    claude.script(a.rate_limit(7))
    assert ask(claude).header("retry-after") == "7"


@pytest.mark.parametrize("reply", [a.stream_error_first(), a.stream_error_mid("a", "b")])
def test_an_error_event(claude, app, reply):
    claude.script(reply)
    with pytest.raises(sdk.APIStatusError) as raised:
        said(app, True)
    assert raised.value.api_message == "Overloaded" and app.requests == 1


@pytest.mark.parametrize("reply, complete", [
    (a.cut_stream("a"), False), (a.cut_stream("a", how="reset"), False), (a.ended_early("a"), True),
    (a.without_stop("a"), True), (a.cut_at(700, a.body_of("a b c d")), False),
])
def test_broken_streams_are_broken(claude, reply, complete):
    claude.script(reply)
    answer = ask(claude, {**ASKED, "stream": True})
    assert answer.complete is complete and b"message_stop" not in answer.body
    with pytest.raises((AssertionError, ValueError)):
        message_of(answer.body)


def test_the_sdk_does_not_notice_a_bare_end(claude, app):
    """Why the daemon has to tell of it by an event."""
    claude.script(a.ended_early("half"))
    assert said(app, True).content[0].text == "half"


@pytest.mark.parametrize("reply", [a.silent(), a.stall_stream("a")])
def test_a_hang_up_is_seen(claude, reply):
    claude.script(reply)
    client = RawClient(("127.0.0.1", claude.port), 10)
    client.request("POST", a.MESSAGES, {**ASKED, "stream": True}, HEAD)
    (request,) = claude.wait_for_requests(1)
    client.reset()
    assert request.hung_up.wait(10)


def test_pings_come_before_and_a_gate_holds(claude):
    gate = Gate()
    claude.script(a.ping_stream(3, a.events_of("a")), a.stream("a", gate, "b"))
    assert ask(claude, {**ASKED, "stream": True}).body.count(b"event: ping") == 4
    with RawClient(("127.0.0.1", claude.port), 10) as client:
        client.request("POST", a.MESSAGES, {**ASKED, "stream": True}, HEAD)
        answer = client.head()
        client.read_until(answer, '"a"')
        gate.open()
        client.finish(answer)
        assert message_of(answer.body)["content"] == [a.text("ab")]


# ---- what it refuses


def user(*blocks):
    return {"role": "user", "content": list(blocks)}


def assistant(*blocks):
    return {"role": "assistant", "content": list(blocks)}


HI = user(a.text("Hi"))
RESULT = {"type": "tool_result", "tool_use_id": "toolu_01A", "content": "rain"}
DOCUMENT = {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "x"}}
THINK = {"type": "enabled", "budget_tokens": 1024}
MORE = {"max_tokens": 4096, "thinking": THINK}


def messages(*found):
    return {"messages": list(found)}


def without(name):
    return {k: v for k, v in ASKED.items() if k != name}


@pytest.mark.parametrize("body, words", [
    (without("max_tokens"), "max_tokens: Field required"),
    (without("messages"), "messages: Field required"),
    (without("model"), "model: Field required"),
    ({"n": 1}, "n: Extra inputs are not permitted"),
    ({"max_completion_tokens": 1}, "max_completion_tokens: Extra inputs are not permitted"),
    ({"response_format": {}}, "response_format: Extra inputs are not permitted"),
    ({"max_tokens": "7"}, "max_tokens: Input should be a valid integer"),
    ({"max_tokens": True}, "max_tokens: Input should be a valid integer"),
    ({"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
    ({"messages": "Hi"}, "messages: Input should be a valid list"),
    ({"temperature": "hot"}, "temperature: Input should be a valid number"),
    ({"temperature": 1.2}, "temperature: range: 0..1"), ({"top_p": 1.1}, "top_p: range: 0..1"),
    ({"temperature": 0.5, "top_p": 0.5}, "`temperature` and `top_p` cannot both be specified"),
    ({"stop_sequences": "x"}, "stop_sequences: Input should be a valid list"),
    ({"stop_sequences": [" "]}, "each stop sequence must contain non-whitespace"),
    ({"metadata": {"user_id": "a", "b": 1}}, "metadata.b: Extra inputs are not permitted"),
    ({"context_management": {}}, "context_management: Extra inputs are not permitted"),
    # messages
    (messages(), "messages: at least one message is required"),
    (messages({"role": "system", "content": "x"}), 'first message must use the "user" role'),
    (messages(HI, {"role": "system", "content": [CALL]}), "messages.1.content.0: Input tag 'tool_use'"),
    (messages({"role": "tool", "content": "x"}),
     "messages.0.role: Input should be 'user' or 'assistant'"),
    (messages(assistant(a.text("x")), HI), 'messages: first message must use the "user" role'),
    (messages({"role": "user"}), "messages.0.content: Field required"),
    (messages({"role": "user", "content": "x", "name": "y"}),
     "messages.0.name: Extra inputs are not permitted"),
    (messages({"role": "user", "content": ""}, HI), "messages.0: all messages must have non-empty"),
    (messages(user(a.text(""))), "messages: text content blocks must be non-empty"),
    (messages(user(a.text(" \n"))), "messages: text content blocks must contain non-whitespace"),
    (messages(HI, assistant(a.text("and "))),
     "messages: final assistant content cannot end with trailing whitespace"),
    (messages(user({"type": "input_text", "text": "x"})),
     "messages.0.content.0: Input tag 'input_text' found using 'type' does not match any of the"),
    (messages(user({"type": "text"})), "messages.0.content.0.text.text: Field required"),
    (messages(user({"type": "text", "text": "x", "index": 1})),
     "messages.0.content.0.text.index: Extra inputs are not permitted"),
    # tools
    (messages(HI, assistant(CALL), HI), "messages.1: `tool_use` ids were found without `tool_result` "
     "blocks immediately after: toolu_01A. Each `tool_use` block must have a corresponding"),
    (messages(HI, assistant(CALL)), "messages.1: `tool_use` ids were found without `tool_result`"),
    (messages(HI, assistant(CALL), user(a.text("So:"), RESULT)),
     "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after"),
    (messages(user(RESULT)), "messages.0.content.0: unexpected `tool_use_id` found in `tool_result` "
     "blocks: toolu_01A. Each `tool_result` block must have a corresponding `tool_use` block in the "
     "previous message."),
    (messages(HI, assistant(CALL), user(RESULT, RESULT)), "each tool_use must have a single result"),
    (messages(HI, assistant(CALL, CALL), user(RESULT)), "messages: `tool_use` ids must be unique"),
    (messages(HI, assistant({**CALL, "id": "call:1"}), HI),
     "messages.1.content.0.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"),
    (messages(HI, assistant({**CALL, "input": "{}"}), HI),
     "messages.1.content.0.tool_use.input: Input should be a valid dictionary"),
    (messages(user(CALL)), "messages.0: `tool_use` blocks can only be in `assistant` messages"),
    (messages(HI, assistant(RESULT)), "messages.1: `tool_result` blocks can only be in `user` mess"),
    ({"tools": [{**TOOL, "name": "a b"}]}, "tools.0.custom.name: String should match pattern"),
    ({"tools": [{**TOOL, "input_schema": {}}]}, "tools.0.custom.input_schema.type: Field required"),
    ({"tools": [{"name": "x"}]}, "tools.0.custom.input_schema: Field required"),
    ({"tools": [TOOL, TOOL]}, "tools: Tool names must be unique."),
    ({"tools": [{**TOOL, "parameters": {}}]}, "tools.0.custom.parameters: Extra inputs are not"),
    ({"tools": [{**TOOL, "input_schema": {"type": "object", "oneOf": []}}]},
     "input_schema does not support oneOf, allOf, or anyOf at the top level"),
    ({"tool_choice": {"type": "auto"}}, "tool_choice may only be specified while providing tools."),
    ({"tools": [TOOL], "tool_choice": {"type": "required"}}, "tool_choice.type: Input should be"),
    ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "x"}}, "Tool 'x' not found"),
    ({"tools": [TOOL], "tool_choice": "auto"}, "tool_choice: Input should be a valid dictionary"),
    # thinking
    ({"thinking": {"type": "enabled", "budget_tokens": 100}}, "greater than or equal to 1024"),
    ({"thinking": THINK}, "`max_tokens` must be greater than `thinking.budget_tokens`."),
    ({**MORE, "temperature": 0.5}, "`temperature` may only be set to 1 when thinking is enabled."),
    ({**MORE, "top_p": 0.5}, "`top_p` must be greater than or equal to 0.95 or unset when"),
    ({**MORE, "top_k": 5}, "`top_k` must be unset when thinking is enabled."),
    ({**MORE, "tools": [TOOL], "tool_choice": {"type": "any"}},
     "Thinking may not be enabled when tool_choice forces tool use."),
    (messages(HI, assistant({"type": "thinking", "thinking": "x"}, a.text("y")), HI),
     "messages.1.content.0.thinking.signature: Field required"),
    # the rest
    ({"system": [a.text("")]}, "system: text content blocks must be non-empty"),
    ({"system": [{"type": "image"}]}, "system.0: Input tag 'image' found using 'type'"),
    (messages(user({"type": "image", "source": {"type": "base64", "data": "QUJD",
                                                "media_type": "image/tiff"}})),
     "messages.0.content.0.image.source.base64.media_type: Input should be 'image/jpeg', 'image/png'"),
    (messages(user({"type": "image", "source": {"type": "base64", "data": "data:image/png;base64,QUJD",
                                                "media_type": "image/png"}})),
     "messages.0.content.0.image.source.base64.data: Invalid base64 data"),
    ({"output_config": {"effort": "minimal"}}, "output_config.effort: Input should be 'low'"),
    ({"output_config": {"format": {"type": "json_schema", "schema": {"type": "object"}}}},
     "'additionalProperties' must be explicitly set to false"),
    ({"system": [{**a.text("x"), "cache_control": {"type": "ephemeral"}}] * 5},
     "A maximum of 4 blocks with cache_control may be provided. Found 5."),
])
def test_what_no_correct_client_sends_is_refused_and_noted(claude, body, words):
    full = body if set(ASKED) - set(body) in ({"max_tokens"}, {"messages"}, {"model"}) and \
        set(body) < set(ASKED) and len(body) == 2 else {**ASKED, **body}
    answer = ask(claude, full)
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error"), answer
    assert words in answer.error["message"]
    assert answer.json["type"] == "error" and len(claude.violations) == 1
    claude.violations = []


def test_a_thought_that_it_did_not_sign_is_refused(claude):
    """As it may come of a stand-in, and a correct client hands on."""
    answer = ask(claude, {**ASKED, **messages(HI, assistant(a.thinking("x", ""), a.text("y")), HI)})
    assert answer.status == 400
    assert answer.json["error"]["message"] == "messages.1.content.0: Invalid `signature` in `thinking` block"


@pytest.mark.parametrize("body", [
    {"system": "x", "stop_sequences": ["a"], "top_k": 5, "metadata": {"user_id": "u"},
     "service_tier": "auto", "temperature": 1}, {**MORE, "temperature": 1},
    {"thinking": {"type": "adaptive"}, "output_config": {"effort": "high"}},
    {"system": [{**a.text("x"), "cache_control": {"type": "ephemeral", "ttl": "1h"}}]},
    messages(HI, HI, assistant(a.text("a")), assistant(a.text("b"))),
    messages(HI, assistant(a.text("a")), {"role": "system", "content": "Be brief."}, HI),
    messages(HI, assistant(a.thinking("x"), CALL), user(RESULT), user(a.text("and?"))),
    messages(HI, assistant(CALL), user({**RESULT, "is_error": True, "content": [
        a.text("x"), {"type": "image", "source": {"type": "url", "url": "https://x.test/a.png"}}]})),
    messages(user({"type": "document", "title": "t", "context": "c", "citations": {"enabled": True},
                   "source": {"type": "text", "media_type": "text/plain", "data": "x"}})),
    {"tools": [TOOL, {"type": "web_search_20250305", "name": "web_search", "max_uses": 3}],
     "tool_choice": {"type": "any", "disable_parallel_tool_use": True}},
    {"output_config": {"format": {"type": "json_schema", "schema": {
        "type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}}}},
])
def test_what_is_right_is_taken(claude, body):
    answer = ask(claude, {**ASKED, **body})
    assert answer.status == 200, answer


@pytest.mark.parametrize("headers, status, words", [
    ({}, 401, "x-api-key header is required"),
    ({"x-api-key": "k"}, 400, "anthropic-version: header is required"),
    ({"x-api-key": "k", "anthropic-version": "2024-01-01"}, 400, "is not a valid version"),
    ({"Authorization": "Bearer sk-ant-oat-t", "anthropic-version": "2023-06-01"}, 401,
     "OAuth authentication is currently not supported."),
    ({**HEAD, "x-api-key": "wrong"}, 401, "invalid x-api-key"),
])
def test_a_head_that_is_not_right(claude, headers, status, words):
    claude.keys = ["sk-x", "k", "sk-ant-oat-t"]
    answer = ask(claude, headers=headers)
    assert answer.status == status and words in answer.error["message"]
    claude.violations = []


@pytest.mark.parametrize("more, words", [
    ({"temperature": 1}, "temperature: Extra inputs are not permitted"),
    ({"top_p": 1}, "top_p: Extra inputs are not permitted"),
    ({"top_k": 5}, "top_k: Extra inputs are not permitted"),
    (messages(HI, assistant(DOCUMENT), HI), "`document` blocks can only be in `user` messages"),
    (messages(user({**a.text("x"), "citations": [{}]})), "text.citations: Extra inputs are not"),
])
def test_what_the_newer_version_refuses_and_the_older_one_takes(claude, more, words):
    assert ask(claude, {**ASKED, **more}).status == 200
    answer = ask(claude, {**ASKED, **more}, {**HEAD, "anthropic-version": "2026-10-21"})
    assert answer.status == 400 and words in answer.error["message"]
    assert len(claude.violations) == 1
    claude.violations = []


def test_a_beta_header_and_its_member_go_together(claude):
    body = {**ASKED, "context_management": {"edits": []}, "thinking": {
        "type": "adaptive", "block_binding": {}}, "messages": [
            HI, {"role": "system", "content": "x", "output_config": {"effort": "low"}}]}
    beta = {**HEAD, "anthropic-beta": "context-management-2025-06-27,per-turn-control-2026-07-01"}
    assert ask(claude, body, beta).status == 200
    for name in body:
        if name not in ("model", "max_tokens"):
            assert ask(claude, {**ASKED, name: body[name]}).status == 400, name
    assert len(claude.violations) == 3
    claude.violations = []
    login = {"Authorization": "Bearer sk-ant-oat-t", "anthropic-version": "2023-06-01",
             "anthropic-beta": "oauth-2025-04-20"}
    assert ask(claude, headers=login).status == 200


def test_a_prompt_that_is_too_long_for_its_window():
    server = Anthropic(window=100)
    long = {**ASKED, "messages": [{"role": "user", "content": "x " * 500}]}
    text = ask(server, long).error["message"]
    assert text.startswith("prompt is too long: ") and text.endswith(" tokens > 100 maximum")
    assert server.violations == []
    server.stop()


def test_no_json(claude):
    assert "not valid JSON" in ask(claude, b"{").error["message"]
    assert len(claude.violations) == 1 and json.dumps(claude.violations)
    claude.violations = []
