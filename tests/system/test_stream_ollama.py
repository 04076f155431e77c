"""Ollama's streams reach the app as OpenAI's would."""
import pytest

from daemon import SLOW
from sim import Gate
from sim import ollama as o
from sim.cloud import status, stream, usage_event
from sim.reply import chunk, head, raw, slow
from streams import begin, error_of

FIRST = {"route.priority": "ollama"}
USAGE = {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}
WITH_USAGE = {"stream_options": {"include_usage": True}}


@pytest.fixture
def daemon(start, cloud, ollama):
    return start(cloud, ollama, {**FIRST, "retry.attempts": 1})


def deltas(answer):
    return [e["choices"][0]["delta"] for e in answer.events if isinstance(e, dict) and e["choices"]]


@pytest.mark.sample
def test_an_ollama_stream_has_the_shape_of_openais(daemon, ollama):
    ollama.script(o.lines("Hel", "lo <&>\u00e9\U0001f600\n"))
    answer = daemon.chat(stream=True, model="ministral-3:3b")
    *chunks, done = answer.events
    assert answer.status == 200 and answer.complete and done == "[DONE]"
    assert answer.header("content-type").startswith("text/event-stream")
    assert [list(d) for d in deltas(answer)][1:] == [["content"], ["content"], []]
    assert deltas(answer)[0]["role"] == "assistant"
    assert answer.content == "Hel" + "lo <&>\u00e9\U0001f600\n"
    assert [c["choices"][0]["finish_reason"] for c in chunks] == [None, None, None, "stop"]
    assert {c["object"] for c in chunks} == {"chat.completion.chunk"}
    assert {c["model"] for c in chunks} == {"ministral-3:3b"}
    assert len({c["id"] for c in chunks}) == 1 and len({c["created"] for c in chunks}) == 1
    assert chunks[0]["id"].startswith("chatcmpl-") and isinstance(chunks[0]["created"], int)
    assert all("usage" not in c and c["choices"][0]["index"] == 0 for c in chunks)


def test_the_role_comes_in_the_first_delta_only(daemon, ollama):
    ollama.script(o.lines({"thinking": "hm"}, "a", {"tool_calls": [o.call("f", {})]}, "b"))
    answer = daemon.chat(stream=True)
    assert ["role" in d for d in deltas(answer)] == [True] + [False] * (len(deltas(answer)) - 1)


def test_usage_is_one_frame_before_done_when_asked_for(daemon, ollama):
    ollama.script(o.text("one two"))
    *chunks, last, done = daemon.chat(stream=True, **WITH_USAGE).events
    assert done == "[DONE]" and last["choices"] == [] and last["usage"] == USAGE
    assert all(c["usage"] is None and c["choices"] for c in chunks)


@pytest.mark.parametrize("options", [None, {"include_usage": False}, {}],
                         ids=["no options", "false", "empty"])
def test_usage_that_is_not_asked_for_is_not_sent(daemon, ollama, options):
    answer = daemon.chat(stream=True, stream_options=options)
    assert answer.events[-1] == "[DONE]" and b'"usage"' not in answer.body


def test_usage_is_honoured_after_a_fallback(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=True, **WITH_USAGE)
    assert answer.events[-2]["usage"] == USAGE and answer.header("x-understudy-fallback") == "server"
    assert cloud.chats[0].json["stream_options"] == {"include_usage": True}
    line = daemon.exchange()
    assert (line["prompt_tokens"], line["completion_tokens"]) == ("11", "4")


def test_usage_of_the_cloud_is_passed_on_and_counted(start, cloud, ollama):
    counts = {"prompt_tokens": 7, "completion_tokens": 5, "total_tokens": 12}
    cloud.script(stream("a", usage=counts))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=True, **WITH_USAGE)
    assert answer.events[-2] == usage_event(counts) and answer.events[-1] == "[DONE]"
    line = daemon.exchange()
    assert (line["prompt_tokens"], line["completion_tokens"]) == ("7", "5")


def test_every_line_arrives_while_the_next_is_held_back(daemon, ollama):
    gates = [Gate() for _ in range(50)]
    ollama.script(o.lines(*[p for i, g in enumerate(gates) for p in (f"w{i} ", g)]))
    client = begin(daemon)
    answer = client.head()
    for i, gate in enumerate(gates):
        client.read_until(answer, f'"w{i} "')
        assert not gate.is_open()
        gate.open()
    client.finish(answer)
    assert answer.content == "".join(f"w{i} " for i in range(50)) and answer.complete


def as_sent(*pieces):
    """Lines in pieces of other sizes than a line each."""
    return raw(head(200, o.NDJSON), *[chunk(p) for p in pieces], b"0\r\n\r\n")


def recorded(request_model="ministral-3:3b", text="Hello"):
    class Request:
        json = {"model": request_model}

    last = {**o.line(Request, done_reason="stop", **o.COUNTS), "done": True}
    return [o.as_bytes(c, Request) for c in text] + [o.go_json(last) + b"\n"]


SPLITS = {
    "in one piece": lambda lines: [b"".join(lines)],
    "byte by byte": lambda lines: [b"%c" % c for line in lines for c in line],
    "with CRLF": lambda lines: [line.replace(b"\n", b"\r\n") for line in lines],
    "with blank lines": lambda lines: [line + b"\n" for line in lines],
    "without the last line end": lambda lines: [*lines[:-1], lines[-1][:-1]],
}


@pytest.mark.parametrize("split", SPLITS.values(), ids=list(SPLITS))
def test_lines_may_be_cut_anywhere(daemon, ollama, split):
    ollama.script(as_sent(*split(recorded())))
    answer = daemon.chat(stream=True)
    assert answer.content == "Hello" and answer.events[-1] == "[DONE]" and answer.complete
    assert len(deltas(answer)) == 1 + len("Hello") + 1


def test_writes_of_one_byte_are_the_same(daemon, ollama):
    ollama.script(slow(o.text("one two three"), 1))
    answer = daemon.chat(stream=True)
    assert answer.content == "one two three" and answer.complete


def test_a_whole_answer_of_ollama_to_a_stream_becomes_a_stream(daemon, ollama):
    ollama.script(o.whole({"content": "all at once"}))
    answer = daemon.chat(stream=True)
    assert answer.content == "all at once" and answer.events[-1] == "[DONE]" and answer.complete
    assert answer.header("content-type").startswith("text/event-stream")


@pytest.mark.parametrize("reason, finish", [("stop", "stop"), ("length", "length")])
def test_why_it_ended_is_said_in_openais_words(daemon, ollama, reason, finish):
    ollama.script(o.text("a", done=reason))
    answer = daemon.chat(stream=True)
    ends = [e["choices"][0]["finish_reason"] for e in answer.events[:-1]]
    assert ends == [None] * (len(ends) - 1) + [finish]


def test_parallel_tool_calls_have_their_index_and_arguments_as_text(daemon, ollama):
    ollama.script(o.lines({"tool_calls": [o.call("f", {"x": 1}, "call_1", 0)]},
                          {"tool_calls": [o.call("g", {"y": "\u00e9"}, "call_2", 1)]}))
    answer = daemon.chat(stream=True)
    calls = [c for d in deltas(answer) for c in d.get("tool_calls", [])]
    assert [(c["index"], c["id"], c["type"]) for c in calls] == [
        (0, "call_1", "function"), (1, "call_2", "function")]
    assert [(c["function"]["name"], c["function"]["arguments"]) for c in calls] == [
        ("f", '{"x":1}'), ("g", '{"y":"\u00e9"}')]
    assert answer.events[-2]["choices"][0]["finish_reason"] == "tool_calls"


def test_reasoning_is_content_and_comes_before_the_text(daemon, ollama):
    gate = Gate()
    ollama.script(o.lines({"thinking": "hm"}, gate, "So."))
    client = begin(daemon)
    answer = client.head()
    client.read_until(answer, '"hm"')
    gate.open()
    client.finish(answer)
    said = [(d.get("reasoning_content"), d.get("content")) for d in deltas(answer)]
    assert ("hm", None) in said and said.index(("hm", None)) < said.index((None, "So."))


# ---- broken ones


BREAKS = {
    "a line that is no JSON": dict(parts=[b'{"model": oops}\n']),
    "a web page in the middle": dict(parts=[b"<html>\n"]),
    "an error line": dict(parts=[{"error": "unexpected EOF"}]),
    "half a line": dict(parts=[b'{"model":"ministral-3:3b","mess'], end="close"),
    "a cut between lines": dict(parts=[], end="close"),
    "a reset": dict(parts=[], end="reset"),
    "silence": dict(parts=[], end="stall"),
    "an end without done": dict(parts=[]),
    "an end in mid-line": dict(parts=[b'{"model":"ministral-3:3b","mess']),
}


@pytest.mark.parametrize("what", BREAKS.values(), ids=list(BREAKS))
def test_a_break_after_content_is_an_error_event(start, cloud, ollama, what):
    gate = Gate()
    ollama.script(o.lines("a", gate, *what["parts"], done=None, end=what.get("end")))
    daemon = start(cloud, ollama, {"provider.ollama.idle_timeout": f"{int(200 * SLOW)}ms", **FIRST})
    client = begin(daemon)
    answer = client.head()
    client.read_until(answer, '"a"')
    gate.open()
    client.finish(answer)
    error = error_of(answer)
    assert (error["type"], error["code"]) == ("upstream_error", "stream_incomplete")
    assert answer.content == "a" and len(ollama.chats) == 1 and cloud.chats == []
    assert not any(c["finish_reason"] for e in answer.events[:-1] for c in e["choices"])


@pytest.mark.parametrize("what", BREAKS.values(), ids=list(BREAKS))
def test_a_break_before_content_is_retried_unseen(start, cloud, ollama, what):
    ollama.script(o.lines("", *what["parts"], done=None, end=what.get("end")), o.text("again"))
    daemon = start(cloud, ollama, {"provider.ollama.first_byte_timeout": f"{int(300 * SLOW)}ms",
                                   **FIRST})
    answer = daemon.chat(stream=True)
    assert answer.content == "again" and answer.complete
    assert answer.header("x-understudy-attempts") == "ollama=2" and cloud.chats == []


def test_after_done_it_does_not_matter_how_the_connection_ends(daemon, ollama):
    ollama.script(o.lines("a", end="reset"))
    answer = daemon.chat(stream=True)
    assert answer.content == "a" and answer.events[-1] == "[DONE]" and answer.complete


def test_a_line_of_more_than_4_mib_is_refused(daemon, ollama):
    gate = Gate()
    ollama.script(o.lines("a", gate, b'{"x":"' + b"x" * (5 << 20) + b'"}\n'))
    client = begin(daemon)
    answer = client.head()
    client.read_until(answer, '"a"')
    gate.open()
    client.finish(answer)
    assert error_of(answer)["code"] == "stream_incomplete"


def test_an_error_of_ollama_before_the_stream_is_an_error_answer(daemon, ollama):
    ollama.script(o.failed())
    answer = daemon.chat(stream=True)
    assert answer.status == 500 and answer.framing == "length"
    assert answer.error["message"].startswith("model runner has unexpectedly stopped")


def test_an_error_line_first_is_an_error_answer(daemon, ollama):
    ollama.script(o.error_mid(message="llama runner process has terminated"))
    answer = daemon.chat(stream=True)
    assert answer.status == 502 and "llama runner process has terminated" in answer.error["message"]
