"""What scripted models answer, through the daemon: nothing lost, nothing added."""
import json
import time

import openai
import pytest

from answers import HI, TIME, WEATHER, ask, both, tool
from daemon import wait_until

HELLO = "Hello from the tiny scripted model. Caf\u00e9 \U0001F600 ready!"
models = pytest.mark.models


@pytest.mark.parametrize("model", ["scripted", "scripted-jinja"])
@both
def test_a_text_is_the_whole_text(answering, real, model, streamed):
    if not real.has(model):
        pytest.skip(f"no {model}")
    answer = ask(answering(model), streamed)
    assert (answer.content, answer.finish, answer.calls) == (HELLO, "stop", [])
    assert answer.usage.completion_tokens == 10
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + 10
    assert answer.model.removesuffix(":latest") == model
    assert answer.headers["x-understudy-provider"] == "ollama"
    assert answer.headers["x-understudy-fallback"] == "network"
    assert answer.headers["x-understudy-attempts"] == "openai=1, ollama=1"
    assert "x-understudy-dropped" not in answer.headers


@models("scripted")
@both
def test_each_answer_has_an_id_of_its_own(answering, streamed):
    daemon = answering("scripted")
    assert len({ask(daemon, streamed).id for _ in range(5)}) == 5


def can_call(real, model):
    if not real.has(model) or not real.can(model, "tools"):
        pytest.skip(f"this Ollama has no {model} that can call tools")


@pytest.mark.parametrize("model", ["scripted", "scripted-jinja"])
@both
def test_a_tool_is_called_and_its_result_is_heard(answering, real, model, streamed):
    can_call(real, model)
    daemon = answering(model)
    answer = ask(daemon, streamed, tools=[WEATHER])
    ((call_id, name, arguments),) = answer.calls
    assert (name, json.loads(arguments)) == ("get_weather", {"city": "Paris"})
    assert call_id and answer.finish == "tool_calls" and answer.content == ""
    call = {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
    after = [*HI, {"role": "assistant", "content": None, "tool_calls": [call]},
             {"role": "tool", "tool_call_id": call_id, "content": "sunny"}]
    second = ask(daemon, streamed, after, tools=[WEATHER])
    assert (second.content, second.finish, second.calls) == ("It is sunny in Paris.", "stop", [])


BARE = {"type": "function", "function": {"name": "nothing"}}
STRANGE = tool("measure", length="float", unit="any")


@pytest.mark.parametrize("model", ["scripted", "scripted-jinja"])
@both
def test_a_tool_without_parameters_or_with_types_of_its_own_is_offered(answering, real, model,
                                                                       streamed):
    """The model calls another one: the request is read, and no tool keeps it from that."""
    can_call(real, model)
    answer = ask(answering(model), streamed, tools=[WEATHER, BARE, STRANGE])
    assert [c[1] for c in answer.calls] == ["get_weather"]


@models("scripted-two")
@both
def test_functions_of_old_are_called_one_at_a_time(answering, streamed):
    daemon = answering("scripted-two")
    answer = daemon.chat("Hi", stream=streamed, functions=[WEATHER["function"], TIME["function"]])
    choices = [e["choices"][0] for e in answer.events[:-1]] if streamed else answer.json["choices"]
    said = [c["delta" if streamed else "message"] for c in choices]
    (call,) = [s["function_call"] for s in said if "function_call" in s]
    assert (call["name"], json.loads(call["arguments"])) == ("get_weather", {"city": "Oslo"})
    assert choices[-1]["finish_reason"] == "function_call"
    second = daemon.chat(stream=streamed, functions=[WEATHER["function"]], messages=[
        *HI, {"role": "assistant", "content": None, "function_call": call},
        {"role": "function", "name": "get_weather", "content": "sunny"}])
    assert second.content == "It is sunny in Paris."


@models("scripted-two")
@both
def test_two_tools_are_called_at_once(answering, streamed):
    answer = ask(answering("scripted-two"), streamed, tools=[WEATHER, TIME])
    assert [(n, json.loads(a)) for _, n, a in answer.calls] == [
        ("get_weather", {"city": "Oslo"}), ("get_time", {"zone": "UTC"})]
    assert len({i for i, _, _ in answer.calls}) == 2 and answer.finish == "tool_calls"


@models("scripted-two")
@both
def test_one_call_only_where_no_more_are_wanted(answering, streamed):
    answer = ask(answering("scripted-two"), streamed, tools=[WEATHER, TIME],
                 parallel_tool_calls=False)
    assert [n for _, n, _ in answer.calls] == ["get_weather"] and answer.finish == "tool_calls"


@models("scripted")
@both
def test_tool_choice_none_calls_nothing(answering, streamed):
    answer = ask(answering("scripted"), streamed, tools=[WEATHER], tool_choice="none")
    assert (answer.content, answer.calls) == (HELLO, [])


@models("scripted")
def test_a_forced_tool_is_told_as_dropped(answering):
    answer = ask(answering("scripted"), False, tools=[WEATHER, TIME], tool_choice="required",
                 logit_bias={"1": 5})
    assert answer.calls[0][1] == "get_weather"
    assert set(answer.headers["x-understudy-dropped"].split(", ")) == {"tool_choice", "logit_bias"}


ODD = {"type": ["object", "null"], "$defs": {"Day": {"type": "string", "enum": ["mon", "tue"]}},
       "properties": {"any": True, "never": False, "day": {"$ref": "#/$defs/Day"},
                      "one": {"oneOf": [{"type": "string"}, {"type": "null"}]},
                      "all": {"allOf": [{"$ref": "#/$defs/Day"}], "default": "mon"},
                      "list": {"type": "array", "items": True, "minItems": 1},
                      "tree": {"$ref": "#"}},
       "required": ["any"], "additionalProperties": False}


@models("scripted")
def test_schemas_that_ollama_would_refuse_are_made_readable(answering, recorder, real):
    odd = {"type": "function", "function": {"name": "get_weather", "parameters": ODD}}
    bare = {"type": "function", "function": {"name": "nothing"}}
    daemon = answering("scripted", ollama=recorder.url)
    assert [c[1] for c in ask(daemon, False, tools=[odd, bare]).calls] == ["get_weather"]
    prompt = real.prompt(recorder.chats[0])
    assert '"day":{"type":"string","enum":["mon","tue"]}' in prompt
    assert '"one":{"anyOf":[{"type":"string"},{"type":"null"}]}' in prompt


THOUGHT, CONCLUSION = "Let me reason briefly.", "The answer is 42."


@models("scripted-think")
@pytest.mark.parametrize("effort, thought, text", [
    ("high", THOUGHT, CONCLUSION), ("minimal", THOUGHT, CONCLUSION), ("xhigh", THOUGHT, CONCLUSION),
    (None, THOUGHT, CONCLUSION), ("none", "", HELLO)])
@both
def test_thinking_is_asked_for_and_told(answering, effort, thought, text, streamed):
    more = {"reasoning_effort": effort} if effort else {}
    answer = ask(answering("scripted-think"), streamed, **more)
    assert (answer.reasoning, answer.content, answer.finish) == (thought, text, "stop")


@models("scripted")
@both
def test_an_effort_is_no_matter_where_nothing_thinks(answering, streamed):
    answer = ask(answering("scripted"), streamed, reasoning_effort="high")
    assert answer.content == HELLO and "x-understudy-dropped" not in answer.headers


@models("scripted-loop")
@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
@both
def test_a_limit_ends_an_endless_answer(answering, limit, streamed):
    answer = ask(answering("scripted-loop"), streamed, **{limit: 4})
    assert (answer.content, answer.finish) == ("one two three four ", "length")
    assert answer.usage.completion_tokens == 4


@models("scripted-loop")
@pytest.mark.parametrize("stop", ["six", ["nine", "six"]], ids=["text", "list"])
@both
def test_a_stop_word_ends_an_endless_answer(answering, stop, streamed):
    answer = ask(answering("scripted-loop"), streamed, stop=stop, max_tokens=50)
    assert (answer.content.strip(), answer.finish) == ("one two three four five", "stop")


@models("scripted-byte")
@both
def test_a_character_of_four_tokens_is_whole(answering, streamed):
    assert ask(answering("scripted-byte"), streamed).content == "\U0001F680"


@models("scripted")
@both
def test_a_schema_is_kept(answering, streamed):
    schema = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
              "additionalProperties": False}
    answer = ask(answering("scripted"), streamed, max_tokens=200, response_format={
        "type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": schema}})
    assert list(json.loads(answer.content)) == ["a"] and answer.finish == "stop"


@pytest.mark.parametrize("model", ["scripted", "scripted-jinja"])
@both
def test_what_is_held_to_a_schema_cannot_be_a_call(answering, real, model, streamed):
    can_call(real, model)
    answer = ask(answering(model), streamed, tools=[WEATHER], response_format={
        "type": "json_schema", "json_schema": {"name": "x", "schema": {
            "type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]}}})
    assert list(json.loads(answer.content)) == ["a"] and answer.calls == []
    assert answer.headers["x-understudy-dropped"] == "tools"


@models("scripted")
@both
def test_probabilities_come_with_every_token(answering, streamed):
    answer = ask(answering("scripted"), streamed, logprobs=True, top_logprobs=2, max_tokens=2)
    assert [t.token for t in answer.logprobs] == ["Hello", " from"]
    assert all(len(t.top_logprobs) == 2 and t.logprob <= 0 for t in answer.logprobs)
    assert bytes(answer.logprobs[0].bytes) == b"Hello"
    plain = ask(answering("scripted"), streamed, logprobs=True, max_tokens=2)
    assert [t.top_logprobs for t in plain.logprobs] == [[], []]


@models("scripted-slow")
def test_a_slow_answer_is_passed_on_as_it_comes(answering):
    stream = answering("scripted-slow").openai(max_retries=0).chat.completions.create(
        model="gpt-4", messages=HI, stream=True, max_tokens=64)
    times = [time.monotonic() for chunk in stream if chunk.choices[0].delta.content]
    assert len(times) == 64 and times[-1] - times[0] > 0.2
    assert max(b - a for a, b in zip(times, times[1:])) < (times[-1] - times[0]) / 2, times


@models("scripted-slow")
def test_an_app_that_hangs_up_ends_the_work(answering, real):
    daemon = answering("scripted-slow")
    stream = daemon.openai(max_retries=0).chat.completions.create(
        model="gpt-4", messages=HI, stream=True)  # endless
    next(stream)
    stream.close()
    daemon.close_clients()
    assert daemon.exchange()["class"] == "cancelled"
    # The server's only slot is free again.
    wait_until(lambda: ask(daemon, False, max_tokens=1).finish == "length", "the slot is free")


@models("scripted")
@both
def test_many_at_once_all_get_their_answer(answering, streamed):
    from concurrent.futures import ThreadPoolExecutor
    daemon = answering("scripted")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: ask(daemon, streamed).content, range(16)))
    assert answers == [HELLO] * 16


# ---- the prompt that the model sees

@models("scripted")
def test_the_prompt_says_what_the_app_said(answering, recorder, real):
    call = {"id": "call_7", "type": "function",
            "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}
    ask(answering("scripted", ollama=recorder.url), False, [
        {"role": "developer", "content": "Be terse."},
        {"role": "user", "content": [{"type": "text", "text": "What"},
                                     {"type": "text", "text": "weather?"}], "name": "bob"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_7", "content": [{"type": "text", "text": "sunny"}]},
    ])
    assert real.prompt(recorder.chats[0]) == (
        "<|system|>Be terse.<|end|><|user|>What\nweather?<|end|><|assistant|><tool_call>\n"
        '{"name": "get_weather", "arguments": {"city":"Oslo"}}\n</tool_call><|end|>'
        "<|toolresult|>get_weather|call_7|sunny<|end|><|after|>")


@pytest.mark.parametrize("model", ["scripted", "scripted-jinja"])
@both
def test_an_empty_answer_at_the_end_is_answered(answering, real, model, streamed):
    if not real.has(model):
        pytest.skip(f"no {model}")
    answer = ask(answering(model), streamed, [*HI, {"role": "assistant", "content": ""}],
                 max_tokens=50)
    assert (answer.content, answer.finish) == (HELLO, "stop")


@models("scripted-think")
def test_earlier_thoughts_are_passed_on(answering, recorder, real):
    ask(answering("scripted-think", ollama=recorder.url), False, [
        *HI, {"role": "assistant", "content": "4", "reasoning_content": "2+2"},
        {"role": "user", "content": "sure?"}])
    assert recorder.chats[0]["messages"][1] == {"role": "assistant", "content": "4",
                                                "thinking": "2+2"}


@models("scripted")
def test_sampling_is_forced_on_nobody(answering, recorder):
    ask(answering("scripted", ollama=recorder.url), False)
    chat = recorder.chats[0]
    assert set(chat) == {"model", "messages", "options", "keep_alive", "stream", "truncate"}
    assert set(chat["options"]) == {"num_ctx"}


# ---- what fails

@models("scripted-repeat")
def test_an_answer_that_was_given_up_is_no_answer(answering):
    daemon = answering("scripted-repeat", {"provider.ollama.retry_attempts": 1})
    with pytest.raises(openai.APIStatusError) as raised:
        ask(daemon, False)
    assert raised.value.status_code == 502 and raised.value.code == "protocol"


@models("scripted-repeat")
def test_a_stream_that_was_given_up_ends_with_an_error(answering):
    daemon = answering("scripted-repeat")
    with pytest.raises(openai.APIError, match="before the answer was finished"):
        ask(daemon, True)
    answer = daemon.chat(stream=True)
    assert answer.status == 200 and answer.content.startswith("ha ha ha")
    assert answer.events[-1]["error"]["code"] == "stream_incomplete"
    assert b"[DONE]" not in answer.body


LONG = "word " * 3000  # about 3000 tokens, by our estimate 5000


@pytest.mark.parametrize("model", ["scripted", "scripted-jinja"])
@both
def test_what_does_not_fit_is_never_cut(answering, real, model, streamed):
    if not real.has(model):
        pytest.skip(f"no {model}")
    daemon = answering(model, {"provider.ollama.num_ctx": 512})
    answer = daemon.chat(LONG, stream=streamed)
    assert answer.status == 502 and answer.error["code"] == "context"
    assert "context" in answer.error["attempts"][-1]["message"]
    alone = daemon.chat(LONG, stream=streamed, headers={"x-understudy-route": "ollama"})
    assert alone.status == 400 and "context" in alone.error["message"]


@models("scripted")
@both
def test_the_window_grows_with_the_conversation(answering, recorder, streamed):
    daemon = answering("scripted", ollama=recorder.url)
    answer = ask(daemon, streamed, [{"role": "user", "content": "a b " * 1100}])
    assert answer.finish == "stop" and answer.usage.prompt_tokens > 4096  # the server's own choice
    assert recorder.chats[0]["options"]["num_ctx"] == 8192


@models("scripted")
def test_far_too_much_is_not_even_sent(answering, recorder):
    daemon = answering("scripted", ollama=recorder.url)
    answer = daemon.chat("word " * 20000)
    assert answer.status == 502 and recorder.chats == []
    assert "longer than the 8192" in answer.error["attempts"][-1]["message"]


@models("scripted-notools", "scripted")
@both
def test_a_model_that_cannot_call_is_passed_over(answering, streamed):
    daemon = answering("scripted-notools, scripted")
    assert ask(daemon, streamed).headers["x-understudy-model"].startswith("scripted-notools")
    answer = ask(daemon, streamed, tools=[WEATHER])
    assert answer.calls and answer.headers["x-understudy-model"].startswith("scripted")
    assert "notools" not in answer.headers["x-understudy-model"]


@models("scripted-notools")
@pytest.mark.parametrize("more, reason", [
    ({"tools": [WEATHER]}, "cannot call tools"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {
        "url": "data:image/png;base64,iVBORw0KGgo="}}]}]}, "cannot see images"),
    ({"n": 2}, "n other than 1"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {
        "url": "https://example.com/x.png"}}]}]}, "images"),
])
def test_what_cannot_be_done_is_said(answering, more, reason):
    daemon = answering("scripted")
    answer = daemon.chat(**{"model": "ollama:scripted-notools", **more})
    assert answer.status in (400, 502, 503) and reason in answer.error["message"], answer
    assert answer.header("x-should-retry") == "false"


def test_a_model_that_is_missing_is_named_with_what_to_do(answering):
    answer = answering("auto").chat(model="ollama:nope:1b")
    assert "ollama pull nope:1b" in answer.error["message"]


@models("scripted-embed", "scripted")
def test_auto_never_takes_a_model_that_cannot_chat(answering):
    daemon = answering("auto", {"route.priority": "ollama"})
    assert "embed" not in daemon.chat(max_tokens=2).header("x-understudy-model")
    answer = daemon.chat(model="ollama:scripted-embed")
    assert answer.status != 200 and "cannot chat" in answer.error["message"]


@models("scripted")
def test_the_models_are_listed_by_their_names(answering, real):
    listed = {m["id"] for m in answering("auto").get("/v1/models").json["data"]}
    assert {f"ollama:{n}" for n in ("scripted:latest",)} <= listed or "ollama:scripted" in listed


@models("scripted")
def test_a_model_is_asked_for_by_its_own_name(answering):
    daemon = answering("scripted-notools")
    assert ask(daemon, False, model="ollama:scripted").model.startswith("scripted")


@models("scripted", "scripted-think")
@pytest.mark.parametrize("model", ["scripted", "scripted-think"])
def test_responses_are_asked_to_reason_only_where_a_model_can(answering, model):
    answer = answering(model).openai(max_retries=0).responses.create(
        model="gpt-5", input="Hi", reasoning={"effort": "low"})
    thoughts = [s.text for i in answer.output if i.type == "reasoning" for s in i.summary]
    if model == "scripted":
        assert (answer.output_text, thoughts) == (HELLO, [])
    else:
        assert (answer.output_text, thoughts) == (CONCLUSION, [THOUGHT])
