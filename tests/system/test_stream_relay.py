"""A cloud's stream reaches the app byte for byte, from the first content on and without delay."""
import re

import pytest

from sim import Gate
from sim.cloud import ROLE, as_bytes, event, ok, sse, stream
from sim.reply import head, raw, slow
from streams import begin, fixture, read_bytes, sent_as

# What is added to a stream that is complete, but for its very end.
WHOLE = {
    "text": b"", "text-cr": b"", "text-crlf": b"", "bom": b"", "comments": b"", "multiline": b"",
    "usage": b"", "tools": b"", "two-choices": b"", "filter": b"", "error-null": b"",
    "one-broken-event": b"",
    "done-without-blank-line": b"\n\n",
    "without-done": b"data: [DONE]\n\n",
    "last-event-open": b"\n\ndata: [DONE]\n\n",
    "last-event-half-open": b"\ndata: [DONE]\n\n",
}
named = pytest.mark.parametrize("name", WHOLE)


@named
def test_a_stream_is_relayed_byte_for_byte(start, cloud, ollama, name):
    body = fixture(name)
    cloud.script(sent_as(body))
    answer = start(cloud, ollama).chat(stream=True)
    assert (answer.status, answer.body) == (200, body + WHOLE[name])
    assert answer.complete and answer.header("content-type").startswith("text/event-stream")
    assert answer.header("x-request-id") == "req_sim"
    assert len(cloud.chats) == 1 and ollama.chats == []


@named
def test_a_stream_that_comes_byte_by_byte_is_the_same(start, cloud, ollama, name):
    body = fixture(name)
    cloud.script(sent_as(*[body[i:i + 1] for i in range(len(body))]))
    answer = start(cloud, ollama).chat(stream=True)
    assert answer.body == body + WHOLE[name] and answer.complete


@pytest.mark.sample
def test_a_stream_in_writes_of_one_byte_is_the_same(start, cloud, ollama):
    body = fixture("text-crlf")
    cloud.script(slow(sent_as(body), 1))
    answer = start(cloud, ollama).chat(stream=True)
    assert answer.body == body and answer.complete


def test_ten_thousand_events_come_in_order_and_unchanged(start, cloud, ollama):
    body = b"".join(sse(event({"content": f"{i} "})) for i in range(10000))
    body += sse(event({}, "stop")) + sse("[DONE]")
    cut = [body[i:i + 701] for i in range(0, len(body), 701)]
    cloud.script(sent_as(*cut))
    answer = start(cloud, ollama).chat(stream=True)
    assert answer.body == body and answer.complete


def test_what_follows_done_is_not_part_of_the_stream(start, cloud, ollama):
    body = fixture("after-done")
    cloud.script(sent_as(body))
    answer = start(cloud, ollama).chat(stream=True)
    assert answer.body == body[:body.index(b'data: {"late"')] and answer.complete


def test_invalid_utf8_and_nul_are_passed_on(start, cloud, ollama):
    odd = b'data: {"choices":[{"index":0,"delta":{"content":"\xff\x00\xc3"}}]}\n\n: \xfe\n\n'
    body = as_bytes("a") + odd + as_bytes("b") + sse(event({}, "stop")) + sse("[DONE]")
    cloud.script(sent_as(body))
    answer = start(cloud, ollama).chat(stream=True)
    assert answer.body == body and answer.complete


def test_a_stream_that_ends_with_its_connection_is_complete(start, cloud, ollama):
    body = fixture("without-done")
    headers = [("Content-Type", "text/event-stream")]
    cloud.script(raw(head(200, headers) + body, close=True))
    answer = start(cloud, ollama).chat(stream=True)
    assert answer.body == body + b"data: [DONE]\n\n" and answer.complete
    assert len(cloud.chats) == 1


# ---- when the first byte goes out


NOT_CONTENT = {
    "a role": sse(ROLE),
    "comments": b": a\n\n: b\n\n",
    "an event without choices": sse({"id": "x", "choices": []}),
    "prompt annotations": sse({"choices": [], "prompt_filter_results": [{"prompt_index": 0}]}),
    "an empty delta": sse(event({})),
    "empty text": sse(event({"content": ""})),
    "null": sse(event({"content": None, "refusal": None, "tool_calls": None})),
    "no tool calls": sse(event({"tool_calls": []})),
    "a broken event": b"data: {\"choi\n\n",
    "a head alone": b"",
}
CONTENT = {
    "text": event({"content": "x"}),
    "a tool call": event({"tool_calls": [{"index": 0, "id": "c", "type": "function",
                                          "function": {"name": "f", "arguments": ""}}]}),
    "reasoning": event({"reasoning_content": "hm"}),
    "reasoning by its other name": event({"reasoning": "hm"}),
    "a refusal": event({"refusal": "no"}),
    "a finish_reason": event({}, "stop"),
    "a finish_reason of length": event({}, "length"),
}


@pytest.mark.parametrize("before", NOT_CONTENT.values(), ids=list(NOT_CONTENT))
def test_before_content_nothing_reaches_the_client(start, cloud, ollama, before):
    gate = Gate()
    cloud.script(sent_as(*([before] if before else []), gate, ending="reset"), ok("again"))
    client = begin(start(cloud, ollama))
    gate.wait_reached()
    gate.open()
    answer = client.head()
    client.finish(answer)
    assert answer.content == "again" and answer.complete
    assert answer.header("x-understudy-attempts") == "openai=2"
    assert before == b"" or before not in answer.body.removeprefix(sse(ROLE))


@pytest.mark.parametrize("first", CONTENT.values(), ids=list(CONTENT))
def test_content_is_passed_on_at_once_with_all_before_it(start, cloud, ollama, first):
    gate, before = Gate(), b": hold\n\n" + sse(ROLE)
    rest = sse(event({}, "stop")) + sse("[DONE]")
    cloud.script(sent_as(before, sse(first), gate, rest))
    client = begin(start(cloud, ollama))
    answer = client.head()
    read_bytes(client, answer, before + sse(first))
    assert not gate.is_open()
    gate.open()
    client.finish(answer)
    assert answer.body == before + sse(first) + rest and answer.complete


@pytest.mark.sample
def test_every_event_arrives_while_the_next_is_held_back(start, cloud, ollama):
    gates = [Gate() for _ in range(200)]
    parts = [p for i, g in enumerate(gates) for p in (f"word{i} ", g)]
    cloud.script(stream(*parts))
    client = begin(start(cloud, ollama))
    answer = client.head()
    for i, gate in enumerate(gates):
        client.read_until(answer, f'"word{i} "')
        assert not gate.is_open()
        gate.open()
    client.finish(answer)
    assert answer.content == "".join(f"word{i} " for i in range(200)) and answer.complete


def test_half_an_event_waits_for_its_other_half(start, cloud, ollama):
    one, two = sse(event({"content": "one"})), sse(event({"content": "two"}))
    half, whole = Gate(), Gate()
    rest = sse(event({}, "stop")) + sse("[DONE]")
    cloud.script(sent_as(one, two[:-5], half, two[-5:], whole, rest))
    client = begin(start(cloud, ollama))
    answer = client.head()
    half.wait_reached()
    read_bytes(client, answer, one)
    half.open()
    read_bytes(client, answer, one + two)
    whole.open()
    client.finish(answer)
    assert answer.body == one + two + rest and answer.complete


def test_comments_inside_a_stream_pass_at_once(start, cloud, ollama):
    gates = [Gate(), Gate()]
    one, rest = as_bytes("one"), sse(event({}, "stop")) + sse("[DONE]")
    cloud.script(sent_as(one, b": still here\n\n", gates[0], rest))
    client = begin(start(cloud, ollama))
    answer = client.head()
    read_bytes(client, answer, one + b": still here\n\n")
    gates[0].open()
    client.finish(answer)
    assert answer.complete


def test_the_head_of_a_stream_travels_but_for_its_hops(start, cloud, ollama):
    headers = [("Content-Type", "text/event-stream"), ("Transfer-Encoding", "chunked"),
               ("x-request-id", "req_9"), ("openai-processing-ms", "12"), ("Connection", "x-hop"),
               ("x-hop", "1"), ("Keep-Alive", "timeout=5"), ("Set-Cookie", "a=b")]
    cloud.script(sent_as(fixture("text"), headers=headers))
    answer = start(cloud, ollama).chat(stream=True)
    assert answer.header("x-request-id") == "req_9"
    assert answer.header("openai-processing-ms") == "12"
    assert answer.header("x-hop") is None and answer.header("keep-alive") is None
    assert answer.all("transfer-encoding") == ["chunked"]
    assert answer.header("x-understudy-provider") == "openai"
    assert answer.header("x-understudy-model") == "gpt-4"
    assert re.fullmatch(r"[0-9a-f]{16}", answer.header("x-understudy-id"))
