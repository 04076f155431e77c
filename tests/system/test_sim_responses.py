"""That the pretended Responses API is like the real one: met by the official SDK and its types,
without the daemon in between; and that a strict cloud refuses what the real one refuses, in its
words, of Responses and of chats."""
import openai
import pytest

from official import openai_app, response_of, whole_response
from rawclient import RawClient
from sim import cloud as c
from sim import responses as p

ASKED = {"model": "gpt-5", "input": "Hi"}
CHAT = {"model": "gpt-5", "messages": [{"role": "user", "content": "Hi"}]}
FUNCTION = {"type": "function", "name": "weather", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}}}
CUSTOM = {"type": "custom", "name": "apply_patch", "description": "Edits files.", "format": {
    "type": "grammar", "syntax": "lark", "definition": "start: /.+/"}}
CALLS = [p.reasoning("Let me see."), "I look.", p.function_call("weather", {"city": "Malmö <&>"}),
         p.custom_call("apply_patch", "*** Begin Patch\n+x")]
both = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


def ask(server, body=ASKED, path=c.RESPONSES, headers=()):
    with RawClient(("127.0.0.1", server.port), 10) as client:
        return client.request("POST", path, body, headers).response()


@pytest.fixture
def app(strict):
    client = openai_app(strict.url + "/v1", max_retries=0)
    yield client
    client.close()


def said(app, streamed, **more):
    """The response that the SDK makes of an answer."""
    if not streamed:
        return app.responses.create(**ASKED, **more)
    return list(app.responses.create(**ASKED, **more, stream=True))[-1].response


# ---- answers


@both
def test_a_text(strict, app, streamed):
    strict.script(p.ok("Hello & <you>"), path=c.RESPONSES)
    response = said(app, streamed)
    assert (response.output_text, response.status) == ("Hello & <you>", "completed")
    assert response.usage.input_tokens_details.cached_tokens == 4


@both
def test_every_kind_of_item_in_its_order(strict, app, streamed):
    strict.script(p.ok(*CALLS), path=c.RESPONSES)
    items = said(app, streamed, tools=[FUNCTION, CUSTOM]).output
    assert [i.type for i in items] == ["reasoning", "message", "function_call", "custom_tool_call"]
    assert items[0].summary[0].text == "Let me see."
    assert items[2].arguments == '{"city": "Malm\\u00f6 <&>"}'
    assert (items[3].name, items[3].input) == ("apply_patch", "*** Begin Patch\n+x")


@both
def test_it_keeps_to_the_official_types(strict, streamed):
    for reply in (p.ok(*CALLS), p.incomplete("a b"), p.ok("x")):
        strict.script(reply, path=c.RESPONSES)
        assert whole_response(ask(strict, {**ASKED, "stream": streamed}))["output"]


def test_what_the_types_are_held_against_can_fail():
    events = p.events_of(*CALLS)
    response_of(p.body_of(*CALLS))
    for number in range(len(events)):
        rest = p.numbered([e for n, e in enumerate(events) if n != number])
        if events[number]["type"] in ("response.in_progress", "response.output_text.done",
                                      "response.content_part.done", "response.created",
                                      "response.function_call_arguments.done",
                                      "response.custom_tool_call_input.done",
                                      "response.reasoning_summary_text.done",
                                      "response.reasoning_summary_part.done"):
            continue  # that they are there is not looked at
        with pytest.raises((AssertionError, KeyError)):
            response_of(b"".join(c.named(e) for e in rest))


@both
def test_a_conversation_with_tools(strict, app, streamed):
    strict.script(p.ok(*CALLS), p.ok("Rain."), path=c.RESPONSES)
    first = said(app, streamed, tools=[FUNCTION, CUSTOM])
    history = [{"role": "user", "content": "Hi"}, *[i.to_dict() for i in first.output],
               {"type": "function_call_output", "call_id": "call_1", "output": "rain"},
               {"type": "custom_tool_call_output", "call_id": "call_2", "output": "done"}]
    answer = app.responses.create(model="gpt-5", input=history, tools=[FUNCTION, CUSTOM])
    assert answer.output_text == "Rain."


@both
@pytest.mark.parametrize("details, reason", [(p.LIMIT, "max_output_tokens"),
                                             (p.FILTER, "content_filter")])
def test_an_incomplete_one(strict, streamed, details, reason):
    strict.script(p.incomplete("half", details=details), path=c.RESPONSES)
    response = whole_response(ask(strict, {**ASKED, "stream": streamed}))
    assert (response["status"], response["incomplete_details"]["reason"]) == ("incomplete", reason)


def test_a_failed_one(strict):
    strict.script(p.failed("half"), path=c.RESPONSES)
    response = whole_response(ask(strict, {**ASKED, "stream": True}))
    assert (response["status"], response["error"]["code"]) == ("failed", "server_error")


def test_an_error_event(strict):
    strict.script(p.error_event("half"), path=c.RESPONSES)
    last = ask(strict, {**ASKED, "stream": True}).events[-1]
    assert (last["type"], last["code"]) == ("error", "server_error")


@pytest.mark.parametrize("reply, complete", [
    (p.cut("a"), False), (p.cut("a", leave=4, how="reset"), False), (p.cut("a", how="well"), True),
    (p.cut_at(900, p.body_of("a b c")), False)])
def test_broken_streams_are_broken(strict, reply, complete):
    strict.script(reply, path=c.RESPONSES)
    answer = ask(strict, {**ASKED, "stream": True})
    assert answer.complete is complete and b"response.completed" not in answer.body
    with pytest.raises((AssertionError, ValueError)):
        response_of(answer.body)


def test_a_cloud_without_it(strict, app):
    strict.has_responses = False
    with pytest.raises(openai.NotFoundError) as raised:
        said(app, False)
    assert raised.value.code == "unknown_url"


# ---- what it refuses


def user(*parts):
    return {"role": "user", "content": list(parts)}


TEXT = {"type": "input_text", "text": "Hi"}
CALL = p.function_call("weather", {})
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "x"}


def put(*items):
    return {"input": list(items)}


@pytest.mark.parametrize("body, words, param", [
    ({"messages": []}, "Unknown parameter: 'messages'.", "messages"),
    ({"max_tokens": 5}, "Unknown parameter: 'max_tokens'.", "max_tokens"),
    ({"response_format": {}}, "Unknown parameter: 'response_format'.", "response_format"),
    ({"temperature": "hot"}, "Invalid type for 'temperature': expected a decimal, but got a string "
     "instead.", "temperature"),
    ({"temperature": 3}, "Invalid 'temperature': decimal above maximum value.", "temperature"),
    ({"max_output_tokens": 5}, "Expected a value >= 16, but got 5 instead.", "max_output_tokens"),
    ({"input": []}, "One of 'input' or 'previous_response_id' or 'prompt'", "input"),
    (put({"role": "user"}), "Missing required parameter: 'input[0].content'.", "input[0].content"),
    (put(user({"type": "text", "text": "Hi"})), "Invalid value: 'text'. Supported values are: "
     "'input_text', 'input_image', and 'input_file'.", "input[0].content[0].type"),
    (put({"role": "assistant", "content": [TEXT]}),
     "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'.",
     "input[0].content[0].type"),
    (put({"role": "tool", "content": "x"}), "Invalid value: 'tool'.", "input[0].role"),
    (put(user(TEXT), {**user(TEXT), "tool_calls": []}), "Unknown parameter: 'input[1].tool_calls'.",
     "input[1].tool_calls"),
    (put(user(TEXT), CALL), "No tool output found for function call call_1.", "input"),
    (put(user(TEXT), OUTPUT), "No tool call found for function call output with call_id call_1.",
     "input"),
    (put(user(TEXT), {**CALL, "id": "call_1"}, OUTPUT), "Expected an ID that begins with 'fc'.",
     "input[1].id"),
    (put(user(TEXT), {**CALL, "arguments": {}}, OUTPUT), "Invalid type for 'input[1].arguments'",
     "input[1].arguments"),
    (put(user(TEXT), {**CALL, "parsed_arguments": {}}, OUTPUT),
     "Unknown parameter: 'input[1].parsed_arguments'.", "input[1].parsed_arguments"),
    (put({"type": "thinking", "x": 1}), "Invalid value: 'thinking'.", "input[0]"),
    ({"tools": [{"type": "function", "function": {"name": "x"}}]},
     "Missing required parameter: 'tools[0].name'.", "tools[0].name"),
    ({"tools": [{"type": "function"}]}, "Missing required parameter: 'tools[0].name'.",
     "tools[0].name"),
    ({"tools": [{**FUNCTION, "name": "a b"}]}, "Invalid 'tools[0].name': string does not match",
     "tools[0].name"),
    ({"tools": [{**CUSTOM, "format": {"type": "grammar", "syntax": "ebnf", "definition": "x"}}]},
     "Invalid value: 'ebnf'. Supported values are: 'lark' and 'regex'.", "tools[0].format.syntax"),
    ({"text": {"format": {"type": "json_schema", "schema": {}}}},
     "Missing required parameter: 'text.format.name'.", "text.format.name"),
    ({"text": {"format": {"type": "json_schema", "name": "a", "strict": True,
                          "schema": {"type": "object"}}}},
     "'additionalProperties' is required to be supplied and to be false.", "text.format.schema"),
    ({"reasoning": {"effort": "a bit"}}, "Invalid value: 'a bit'.", "reasoning.effort"),
    (put(user({"type": "input_image", "image_url": "QUJD"})), "Expected a valid URL",
     "input[0].content[0].image_url"),
])
def test_what_no_correct_client_asks_for_a_response(strict, body, words, param):
    answer = ask(strict, {**ASKED, **body})
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error"), answer
    assert words in answer.error["message"] and answer.error["param"] == param
    assert len(strict.violations) == 1
    strict.violations = []


@pytest.mark.parametrize("body", [
    put(user(TEXT), CALL, OUTPUT), {"instructions": "x", "store": False, "include": []},
    {"tools": [FUNCTION, CUSTOM, {"type": "web_search"}, {
        "type": "namespace", "name": "mcp", "description": "x", "tools": [FUNCTION]}]},
    put({"type": "message", **user(TEXT)}, p.reasoning("x"), p.message("y"),
        {"role": "developer", "content": "z"}),
    {"text": {"format": {"type": "json_schema", "name": "a", "schema": {}}, "verbosity": "low"}},
])
def test_what_is_right_is_taken(strict, body):
    assert ask(strict, {**ASKED, **body}).status == 200


def messages(*found):
    return {"messages": [CHAT["messages"][0], *found]}


CALLING = {"role": "assistant", "content": None, "tool_calls": [c.call("f", {})]}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "x"}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}


@pytest.mark.parametrize("body, words", [
    ({"system": "x"}, "Unknown parameter: 'system'."),
    ({"stop_sequences": ["x"]}, "Unknown parameter: 'stop_sequences'."),
    ({"thinking": {}}, "Unknown parameter: 'thinking'."), ({"top_k": 3}, "Unknown parameter: 'top_k'."),
    ({"messages": []}, "Invalid 'messages': empty array."),
    (messages({"role": "human", "content": "x"}), "Invalid value: 'human'."),
    (messages({"role": "user", "content": [{"type": "image", "source": {}}]}),
     "Invalid value: 'image'."),
    (messages({"role": "assistant", "content": [{"type": "thinking", "thinking": "x"}]}),
     "Invalid value: 'thinking'. Supported values are: 'text' and 'refusal'."),
    (messages({"role": "assistant", "content": None}), "Invalid value for 'content'"),
    (messages({"role": "assistant", "content": "x", "tool_calls": []}),
     "Invalid 'messages[1].tool_calls': empty array."),
    (messages({**CALLING, "tool_calls": [{**c.call("f", {}), "index": 0}]}),
     "Unknown parameter: 'messages[1].tool_calls[0].index'."),
    (messages(CALLING, CHAT["messages"][0]),
     "The following tool_call_ids did not have response messages: call_1"),
    (messages(RESULT), "must be a response to a preceeding message with 'tool_calls'."),
    ({"tools": []}, "Invalid 'tools': empty array."),
    ({"tools": [FUNCTION]}, "Unknown parameter: 'tools[0].name'."),
    ({"tool_choice": "auto"}, "'tool_choice' is only allowed when 'tools' are specified."),
    ({"parallel_tool_calls": False}, "'parallel_tool_calls' is only allowed when 'tools'"),
    ({"stream_options": {"include_usage": True}}, "only allowed when 'stream' is enabled."),
    ({"max_tokens": 5, "max_completion_tokens": 5}, "at the same time is not supported."),
    ({"stop": ["a", "b", "c", "d", "e"]}, "Invalid 'stop': array too long."),
    ({"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}},
     "Missing required parameter: 'response_format.json_schema.name'."),
    ({"reasoning_effort": "adaptive"}, "Invalid value: 'adaptive'."),
])
def test_what_no_correct_client_asks_for_a_chat(strict, body, words):
    answer = ask(strict, {**CHAT, **body}, c.CHAT)
    assert answer.status == 400 and words in answer.error["message"], answer
    assert len(strict.violations) == 1
    strict.violations = []


def test_a_right_chat_and_the_headers_of_another_api(strict):
    right = {**CHAT, **messages(CALLING, RESULT), "tools": [TOOL], "tool_choice": "required",
             "parallel_tool_calls": False, "reasoning_effort": "high"}
    assert ask(strict, right, c.CHAT).content == "cloud heard: x"
    assert strict.violations == []
    ask(strict, CHAT, c.CHAT, {"anthropic-version": "2023-06-01"})
    assert len(strict.violations) == 1
    strict.violations = []
