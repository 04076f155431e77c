"""Five clouds with manners of their own behind the daemon, as presets: each as it is, by the official SDK
and byte for byte, and Ollama behind it."""
import json

import pytest

from daemon import CLIENT_KEY
from sim.cloud import call
from sim.clouds import KEY, VENDORS

TOOL = {"type": "function", "function": {"name": "add", "parameters": {"type": "object"}}}
USER = {"role": "user", "content": "Hi"}


@pytest.fixture(params=VENDORS, ids=lambda v: v.name)
def vendor(request):
    server = request.param()
    yield server
    server.stop()


@pytest.fixture
def daemon(start, vendor, ollama):
    """The vendor as a preset with its key in the environment, Ollama behind it."""
    variable = vendor.name.upper()
    return start(None, ollama, {"retry.attempts": 2}, env={
        "PROVIDER_PRIORITY": f"{vendor.name},ollama", f"{variable}_API_KEY": KEY,
        f"UNDERSTUDY_PROVIDER_{variable}_BASE_URL": vendor.base_url})


def test_the_official_sdk_reads_its_answers_through_us(daemon, vendor):
    client = daemon.openai()
    whole = client.chat.completions.create(model=vendor.models[0], messages=[USER])
    pieces = list(client.chat.completions.create(model=vendor.models[0], messages=[USER], stream=True))
    assert whole.choices[0].message.content == "cloud heard: Hi"
    assert "".join(p.choices[0].delta.content or "" for p in pieces if p.choices) == "cloud heard: Hi"
    assert {r.header("authorization") for r in vendor.chats} == {f"Bearer {KEY}"}
    assert CLIENT_KEY not in str([r.headers for r in vendor.requests])


@pytest.mark.parametrize("streamed", [False, True])
def test_what_it_says_comes_byte_for_byte(daemon, vendor, streamed):
    """Its own members, and what it sends to keep a stream alive."""
    body = {"model": vendor.models[0], "messages": [USER], "stream": streamed}
    answer = daemon.post("/v1/chat/completions", body, [("Authorization", "Bearer x")])
    direct = json.dumps(vendor.whole({"content": "cloud heard: Hi"}, "stop"))
    assert answer.status == 200 and answer.header("x-understudy-provider") == vendor.name
    if not streamed:
        assert answer.text.strip() == direct
        return
    for part in (*vendor.begin(), *vendor.finish("stop", False)):
        assert (part if isinstance(part, bytes) else json.dumps(part).encode()) in answer.body
    assert answer.events[-1] == "[DONE]"


def test_a_conversation_with_tools_goes_on(daemon, vendor):
    """Signatures, thoughts and ids are the app's to send back; nothing of them is lost between."""
    vendor.script(vendor.ok_tools(call("add", {"a": 1}), call("add", {"a": 2})), vendor.ok("three"))
    client = daemon.openai(max_retries=0)
    ask = {"model": vendor.models[0], "tools": [TOOL]}
    message = client.chat.completions.create(messages=[USER], **ask).choices[0].message
    results = [{"role": "tool", "tool_call_id": one.id, "content": "x"} for one in message.tool_calls]
    history = [USER, message.model_dump(exclude_none=True), *results]
    answer = client.chat.completions.create(messages=history, **ask)
    assert answer.choices[0].message.content == "three"
    assert len(vendor.chats) == 2


@pytest.mark.parametrize("streamed", [False, True])
def test_ollama_answers_where_it_is_overloaded(daemon, vendor, streamed):
    vendor.script(vendor.error("overloaded"))
    answer = daemon.chat(model=vendor.models[0], stream=streamed)
    assert answer.content == "ollama heard: Hi"
    assert answer.header("x-understudy-attempts").endswith("ollama=1")


def test_ollama_answers_where_an_error_comes_first_in_a_stream(daemon, vendor):
    vendor.script(vendor.error("error in a stream"))
    answer = daemon.chat(model=vendor.models[0], stream=True)
    assert answer.content == "ollama heard: Hi" and answer.header("x-understudy-fallback") == "server"


def test_an_error_behind_content_ends_the_stream(daemon, vendor):
    vendor.script(vendor.error("error in a stream", "Hello"))
    answer = daemon.chat(model=vendor.models[0], stream=True)
    assert answer.content == "Hello" and "[DONE]" not in answer.events
    assert answer.events[-1]["error"]  # where apps look for it
