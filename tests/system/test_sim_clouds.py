"""The pretended clouds with manners of their own, asked without the daemon: by the official SDK, and
for what each refuses."""
import openai
import pytest

from rawclient import RawClient
from sim.cloud import CHAT, call
from sim.clouds import KEY, TABLE, VENDORS, DeepSeek, Gemini, Mistral, OpenRouter, Xai

TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
USER = {"role": "user", "content": "Hi"}


@pytest.fixture(params=VENDORS, ids=lambda v: v.name)
def vendor(request):
    server = request.param()
    yield server
    server.stop()


@pytest.fixture
def serve():
    """serve(Gemini) -> one that is stopped at the end."""
    servers = []

    def make(kind):
        servers.append(kind())
        return servers[-1]

    yield make
    for server in servers:
        server.stop()


def sdk(server):
    return openai.OpenAI(api_key=KEY, base_url=server.base_url, max_retries=0)


def ask(server, key=KEY, **more):
    body = {"model": server.models[0], "messages": [USER], **more}
    with RawClient(("127.0.0.1", server.port), 10) as client:
        return client.request("POST", server.base + "/chat/completions", body,
                              [("Authorization", f"Bearer {key}")]).response("POST")


def test_the_official_sdk_reads_what_they_say(vendor):
    with sdk(vendor) as client:
        whole = client.chat.completions.create(model=vendor.models[0], messages=[USER])
        pieces = list(client.chat.completions.create(model=vendor.models[0], messages=[USER], stream=True))
        listed = [m.id for m in client.models.list()]
    assert whole.choices[0].message.content == "cloud heard: Hi" and whole.usage.prompt_tokens == 9
    said = "".join(p.choices[0].delta.content or "" for p in pieces if p.choices)
    assert said == "cloud heard: Hi"
    assert [p.choices[0].finish_reason for p in pieces if p.choices and p.choices[0].finish_reason] == ["stop"]
    assert listed == vendor.models


@pytest.mark.parametrize("streamed", [False, True])
def test_a_conversation_with_tools_is_taken_back_as_it_was_given(vendor, streamed):
    vendor.script(vendor.ok_tools(call("add", {"a": 1}), call("add", {"a": 2})), vendor.ok("three"))
    answer = ask(vendor, tools=[TOOL], stream=streamed)
    message = message_of(answer)
    assert [one["function"]["arguments"] for one in message["tool_calls"]] == ['{"a": 1}', '{"a": 2}']
    results = [{"role": "tool", "tool_call_id": one["id"], "content": "x"} for one in message["tool_calls"]]
    assert ask(vendor, messages=[USER, message, *results], tools=[TOOL]).content == "three"


def message_of(answer):
    """The assistant's message, put together from a stream as the SDKs do."""
    if "event-stream" not in answer.header("content-type"):
        return answer.json["choices"][0]["message"]
    message = {"role": "assistant", "content": "", "tool_calls": []}
    for event in [e for e in answer.events if isinstance(e, dict)]:
        for delta in [choice["delta"] for choice in event["choices"]]:
            message["content"] += delta.get("content") or ""
            if delta.get("reasoning_content"):
                message["reasoning_content"] = message.get("reasoning_content", "") + delta["reasoning_content"]
            message["tool_calls"] += [{k: v for k, v in one.items() if k != "index"}
                                      for one in delta.get("tool_calls") or []]
    return message


def test_a_wrong_key_and_a_model_that_is_not_there_are_refused(vendor):
    rows = dict(vendor.rows())
    for what, more in (("wrong key", {"key": "sk-wrong"}), ("unknown model", {"model": "nobody-1"})):
        answer = ask(vendor, **more)
        assert (answer.status, answer.json) == (rows[what]["status"], rows[what]["body"])


def test_every_error_of_the_table_can_be_played(vendor):
    for what, row in vendor.rows():
        vendor.script(vendor.error(what))
        answer = ask(vendor, stream=bool(row.get("stream")))
        told = answer.events[0] if row.get("stream") else answer.json
        assert (answer.status, told) == (row["status"], row["body"]), what
        assert row["source"]


def test_the_table_has_each_of_them():
    assert {v.name for v in VENDORS} <= {row["provider"] for row in TABLE}


def test_a_path_beside_its_own_is_unknown(vendor):
    with RawClient(("127.0.0.1", vendor.port), 10) as client:
        path = CHAT if vendor.base != "/v1" else "/chat/completions"
        answer = client.request("POST", path, {"model": vendor.models[0], "messages": [USER]},
                                [("Authorization", f"Bearer {KEY}")]).response("POST")
    assert answer.status == 404


def turn(*calls, **more):
    """A question, calls of the assistant, and their results."""
    return [USER, {"role": "assistant", "content": None, "tool_calls": list(calls), **more},
            *[{"role": "tool", "tool_call_id": one["id"], "content": "3"} for one in calls]]


ONE = call("add", {"a": 1}, "call_abc")
NINE = {**ONE, "id": "abcdef123"}
SIGNED = {**ONE, "extra_content": {"google": {"thought_signature": Gemini.SIGNATURE}}}
REFUSED = [
    (Gemini, {"messages": turn(ONE)}, 400, "missing a thought_signature"),
    (Gemini, {"messages": turn({**ONE, "extra_content": {"google": {"thought_signature": "made-up"}}})}, 400,
     "default_api:add"),
    (Gemini, {"logit_bias": {}}, 400, 'Unknown name "logit_bias"'),
    (Mistral, {"messages": turn(ONE)}, 400, "Tool call id was call_abc but must be"),
    (Mistral, {"messages": turn({**ONE, "id": "abcdef-23"})}, 400, "must be a-z, A-Z, 0-9, with a length of 9"),
    (Mistral, {"messages": turn(NINE)[:2]}, 400, "Not the same number of function calls and responses"),
    (Mistral, {"messages": [USER, {"role": "assistant", "content": "Hm"}]}, 400, "Expected last role User or Tool"),
    (Mistral, {"seed": 1}, 422, "Extra inputs are not permitted"),
    (Mistral, {"stream_options": {"include_usage": True}}, 422, "extra_forbidden"),
    (Xai, {"stop": ["x"]}, 400, "does not support parameter stop"),
    (Xai, {"presence_penalty": 0.1}, 400, "does not support parameter presencePenalty"),
    (DeepSeek, {"messages": turn(ONE)}, 400, "must be passed back to the API"),
    (DeepSeek, {"messages": [*turn(ONE), {"role": "assistant", "content": "3"}, USER]}, 400, "reasoning_content"),
]
TAKEN = [
    (Gemini, {"messages": turn(SIGNED, {**ONE, "id": "b"})}),
    (Gemini, {"messages": [*turn(ONE), {"role": "assistant", "content": "3"}, USER]}),
    (Gemini, {"messages": turn({**ONE, "extra_content": {"google": {
        "thought_signature": "skip_thought_signature_validator"}}})}),
    (Mistral, {"messages": turn(NINE, {**NINE, "id": "000000000"})}),
    (Mistral, {"messages": [USER, {"role": "assistant", "content": "Hm", "prefix": True}]}),
    (Xai, {"stop": ["x"], "model": "grok-3"}),
    (DeepSeek, {"messages": turn(ONE, reasoning_content="")}),
    (DeepSeek, {"messages": turn(ONE), "thinking": {"type": "disabled"}}),
    (OpenRouter, {"messages": turn(ONE), "transforms": ["middle-out"]}),
]


@pytest.mark.parametrize("kind, more, status, said", REFUSED)
def test_what_the_real_one_refuses_is_refused(serve, kind, more, status, said):
    answer = ask(serve(kind), **more)
    assert answer.status == status and said in answer.text.replace('\\"', '"')


@pytest.mark.parametrize("kind, more", TAKEN)
def test_what_the_real_one_takes_is_taken(serve, kind, more):
    assert ask(serve(kind), **more).status == 200


def test_the_errors_have_their_shapes(serve):
    shapes = {kind.name: ask(serve(kind), messages=turn(ONE), seed=1, stop="x").json
              for kind in (Gemini, Mistral, Xai, DeepSeek)}
    assert isinstance(shapes["gemini"], list) and shapes["gemini"][0]["error"]["code"] == 400
    assert isinstance(shapes["mistral"]["detail"], list)
    assert isinstance(shapes["xai"]["error"], str)
    assert isinstance(shapes["deepseek"]["error"], dict)


def test_what_keeps_them_alive_is_no_answer(serve):
    """Comments in streams; empty lines before a whole one."""
    assert ask(serve(OpenRouter), stream=True).text.startswith(": OPENROUTER PROCESSING\n\n")
    deepseek = serve(DeepSeek)
    assert ask(deepseek, stream=True).text.startswith(": keep-alive\n\n")
    assert ask(deepseek).body.startswith(b"\n\n")


def test_an_error_behind_content_comes_in_a_stream_of_200(serve):
    openrouter = serve(OpenRouter)
    openrouter.script(openrouter.error("error in a stream", "Hello"))
    answer = ask(openrouter, stream=True)
    assert answer.status == 200 and answer.content == "Hello"
    assert "error" in answer.events[-2] and answer.events[-1] == "[DONE]"
