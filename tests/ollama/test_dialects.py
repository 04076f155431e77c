"""Apps of Anthropic's API, of Responses and of Ollama's own, answered by a real Ollama: a long prompt
arrives whole, with a window for it, and the answers are what their official clients take."""
import json

import pytest

from messages import HEAD, whole_message
from official import whole_response

HELLO = "Hello from the tiny scripted model. Café \U0001F600 ready!"
NEEDLE = "The password is xyzzy-4711."
HAY = "a b " * 5000  # 20,000 tokens: to scripted each letter and each blank is one
LONG = f"{NEEDLE} {HAY}"
TOOL = {"type": "object", "properties": {"city": {"type": "string"}}}
both = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


def messages(daemon, text, streamed, **more):
    body = {"model": "claude-x", "max_tokens": 60, "stream": streamed,
            "messages": [{"role": "user", "content": text}], **more}
    return whole_message(daemon.post("/v1/messages", body, HEAD))


def responses(daemon, text, streamed, **more):
    body = {"model": "gpt-5", "input": [{"role": "user", "content": text}], "stream": streamed, **more}
    return whole_response(daemon.post("/v1/responses", body))


def window_of(real, model):
    shown = real.get("/api/show", {"model": model})["model_info"]
    return next(value for name, value in shown.items() if name.endswith(".context_length"))


def check_needle(real, recorder, used):
    """One chat, or two: where the estimate was too small Ollama refuses, and is asked once more."""
    assert len(recorder.chats) <= 2
    chat = recorder.chats[-1]
    assert NEEDLE in real.prompt(chat) and chat["truncate"] is False
    assert chat["options"]["num_ctx"] >= used > 10000


@both
@pytest.mark.models("scripted")
def test_a_long_message_finds_its_window(answering, real, recorder, streamed):
    if window_of(real, "scripted") < 32768:
        pytest.skip("scripted was made with a smaller context")
    daemon = answering("scripted", {"route.messages": "ollama"}, recorder.url)
    found = messages(daemon, LONG, streamed)
    assert [b["text"] for b in found["content"]] == [HELLO] and found["stop_reason"] == "end_turn"
    check_needle(real, recorder, found["usage"]["input_tokens"])


@both
@pytest.mark.models("scripted")
def test_a_long_response_finds_its_window(answering, real, recorder, streamed):
    """More than the 4,096 tokens that Ollama's own path would take."""
    if window_of(real, "scripted") < 32768:
        pytest.skip("scripted was made with a smaller context")
    found = responses(answering("scripted", ollama=recorder.url), LONG, streamed)
    assert found["output"][-1]["content"][0]["text"] == HELLO and found["status"] == "completed"
    check_needle(real, recorder, found["usage"]["input_tokens"])


@both
@pytest.mark.models("scripted")
def test_a_long_chat_of_its_own_app_finds_its_window(answering, real, recorder, streamed):
    """As a stand-in: the app has asked for another model, and has set no window."""
    if window_of(real, "scripted") < 32768:
        pytest.skip("scripted was made with a smaller context")
    body = {"model": "gpt-4", "stream": streamed, "messages": [{"role": "user", "content": LONG}]}
    answer = answering("scripted", ollama=recorder.url).post("/api/chat", body)
    lines = [json.loads(line) for line in answer.body.decode().splitlines()]
    assert "".join(line["message"]["content"] for line in lines) == HELLO and lines[-1]["done"]
    check_needle(real, recorder, lines[-1]["prompt_eval_count"])


@both
@pytest.mark.models("scripted")
def test_a_call(answering, streamed):
    daemon = answering("scripted", {"route.messages": "ollama"})
    tools = [{"name": "get_weather", "input_schema": TOOL}]
    found = messages(daemon, "Weather?", streamed, tools=tools)
    (call,) = [b for b in found["content"] if b["type"] == "tool_use"]
    assert (call["name"], call["input"], found["stop_reason"]) == (
        "get_weather", {"city": "Paris"}, "tool_use")
    tools = [{"type": "function", "name": "get_weather", "parameters": TOOL}]
    (item,) = [i for i in responses(answering("scripted"), "Weather?", streamed, tools=tools)["output"]
               if i["type"] == "function_call"]
    assert (item["name"], item["arguments"].replace(" ", "")) == ("get_weather", '{"city":"Paris"}')


@both
@pytest.mark.models("scripted-think")
def test_thinking(answering, streamed):
    daemon = answering("scripted-think", {"route.messages": "ollama"})
    found = messages(daemon, "Why?", streamed, thinking={"type": "adaptive"})
    assert [b["type"] for b in found["content"]] == ["thinking", "text"]
    assert found["content"][0]["thinking"].strip() == "Let me reason briefly."
    found = responses(answering("scripted-think"), "Why?", streamed, reasoning={"effort": "high"})
    assert [i["type"] for i in found["output"]] == ["reasoning", "message"]


@pytest.mark.models("scripted")
def test_its_own_apps_get_its_own_bytes(answering, real):
    body = {"model": "scripted", "stream": False, "messages": [{"role": "user", "content": "Hi"}]}
    answer = answering("scripted").post("/api/chat", body).json
    own = real.get("/api/chat", body)
    assert answer["message"] == own["message"] and set(answer) == set(own)
