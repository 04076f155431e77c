"""POST /v1/completions: judged like chat, and completed by Ollama when the cloud does not."""

import openai
import pytest

from faults import error
from ledger import both, from_cloud, from_ollama, truth
from sim import Gate, reply
from sim import ollama as o
from sim.cloud import COMPLETIONS, ok_text, status, texts


ASKED = {"model": "gpt-4", "prompt": "Once"}
LOCAL = "ollama heard: Once"


def complete(daemon, headers=(), **more):
    return daemon.post(COMPLETIONS, {**ASKED, **more}, headers)


def down(cloud):
    cloud.script(error(401), path=COMPLETIONS)


# ---- the cloud


def test_a_body_goes_and_comes_byte_for_byte(start, cloud, ollama):
    body = b'{ "prompt":["a", "b"],"n":2.0,"x":1e400, "model" : "gpt-4"}'
    sent = reply.status(200, [("x-own", "1")], b'{"choices": [ {"text":"c","n":1.0} ] }')
    cloud.script(sent, path=COMPLETIONS)
    answer = start(cloud, ollama).post(COMPLETIONS + "?a=b", body)
    assert answer.body == b'{"choices": [ {"text":"c","n":1.0} ] }'
    assert answer.header("x-own") == "1" and truth(answer) == from_cloud("openai=1")
    (request,) = cloud.requests
    assert (request.body, request.target) == (body, COMPLETIONS + "?a=b")


def test_a_stream_comes_byte_for_byte_and_as_it_comes(start, cloud, ollama):
    gate = Gate()
    cloud.script(texts("a", gate, "b"), path=COMPLETIONS)
    client = start(cloud, ollama).connect()
    client.request("POST", COMPLETIONS, {**ASKED, "stream": True})
    answer = client.head()
    client.read_until(answer, '"a"')
    gate.open()
    client.finish(answer)
    assert answer.content == "ab" and answer.events[-1] == "[DONE]" and answer.complete


def test_an_empty_text_is_an_answer(start, cloud, ollama):
    cloud.script(ok_text(""), path=COMPLETIONS)
    assert truth(complete(start(cloud, ollama))) == from_cloud("openai=1")


@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_stream_that_breaks_before_content_is_retried_unseen(start, cloud, ollama, end):
    cloud.script(texts("", finish=None, done=False, end=end), ok_text("fine"), path=COMPLETIONS)
    answer = complete(start(cloud, ollama), stream=True)
    assert answer.content == "fine" and truth(answer) == from_cloud("openai=2")


@pytest.mark.parametrize("continue_stream", ["yes", "no"])
def test_a_stream_that_breaks_after_content_ends_with_the_error(start, cloud, ollama,
                                                                continue_stream):
    cloud.script(texts("a", finish=None, done=False, end="close"), path=COMPLETIONS)
    answer = complete(start(cloud, ollama, {"route.continue_stream": continue_stream}), stream=True)
    assert answer.content == "a" and not answer.complete
    assert answer.events[-1]["error"]["code"] == "stream_incomplete"
    assert len(cloud.requests) == 1 and ollama.chats == []


def test_a_stream_without_finish_reason_is_not_whole(start, cloud, ollama):
    cloud.script(texts("a", finish=None, done=False), path=COMPLETIONS)
    with pytest.raises(openai.APIError):
        list(start(cloud, ollama).openai(max_retries=0).completions.create(**ASKED, stream=True))


def test_done_is_added_behind_a_finish_reason(start, cloud, ollama):
    cloud.script(texts("a", done=False), path=COMPLETIONS)
    assert complete(start(cloud, ollama), stream=True).events[-1] == "[DONE]"


# ---- Ollama


@both
def test_the_official_client_gets_ollamas_text(start, cloud, ollama, streamed):
    cloud.script(status(503), path=COMPLETIONS)
    client = start(cloud, ollama).openai(max_retries=0)
    answer = client.completions.create(**ASKED, stream=streamed, max_tokens=7)
    if streamed:
        chunks = list(answer)
        assert "".join(c.choices[0].text for c in chunks) == LOCAL
        assert [c.choices[0].finish_reason for c in chunks][-1] == "stop"
        first = chunks[0]
        assert len({c.id for c in chunks}) == 1
    else:
        first = answer
        assert answer.choices[0].text == LOCAL and answer.choices[0].finish_reason == "stop"
        assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (11, 4)
    assert first.object == "text_completion" and first.model == "ministral-3:3b"
    assert first.id.startswith("cmpl-") and first.choices[0].logprobs is None
    (chat,) = ollama.chats
    assert chat.json["messages"] == [{"role": "user", "content": "Once"}]
    assert chat.json["options"]["num_predict"] == 7 and chat.json["truncate"] is False


@both
@pytest.mark.sample
def test_the_answers_headers_and_the_log_tell_who_answered(start, cloud, ollama, streamed):
    cloud.script(status(500), path=COMPLETIONS)
    daemon = start(cloud, ollama)
    answer = complete(daemon, stream=streamed, logit_bias={"1": 2}, user="u", odd=1)
    assert answer.content == LOCAL and answer.complete
    assert truth(answer) == from_ollama("openai=3, ollama=1", "server")
    assert answer.header("x-understudy-dropped") == "logit_bias, odd"
    line = daemon.exchange()
    assert (line["provider"], line["fallback"], line["completion_tokens"]) == ("ollama", "server", "4")
    assert daemon.metric("fallbacks_total", to="ollama") == 1


def test_usage_comes_in_an_event_of_its_own_where_it_is_asked_for(start, cloud, ollama):
    down(cloud)
    daemon = start(cloud, ollama)
    events = complete(daemon, stream=True, stream_options={"include_usage": True}).events
    assert events[-1] == "[DONE]" and events[-2]["choices"] == []
    assert events[-2]["usage"] == {"prompt_tokens": 11, "completion_tokens": 4, "total_tokens": 15}
    assert all(e["usage"] is None for e in events[:-2])
    assert all("usage" not in e for e in complete(daemon, stream=True).events[:-1])


@both
@pytest.mark.parametrize("prompt", ["Once", ["Once"]], ids=["text", "array"])
def test_an_echo_stands_in_front(start, cloud, ollama, streamed, prompt):
    down(cloud)
    answer = complete(start(cloud, ollama), stream=streamed, echo=True, prompt=prompt)
    assert answer.content == "Once" + LOCAL


LOGPROBS = [{"token": "On", "logprob": -0.25, "bytes": [79, 110],
             "top_logprobs": [{"token": "On", "logprob": -0.25}, {"token": "Off", "logprob": -2}]},
            {"token": "é", "logprob": -1.5, "top_logprobs": []}]


@both
def test_logprobs_have_their_older_shape(start, cloud, ollama, streamed):
    down(cloud)
    line = {"model": "m", "created_at": o.AT, "message": {"role": "assistant", "content": "Oné"},
            "logprobs": LOGPROBS}
    done = {**line, "done": True, "done_reason": "stop", **o.COUNTS}
    if streamed:
        lines = [o.go_json({**line, "done": False}) + b"\n"]
        ollama.script(o.lines(*lines))
    else:
        ollama.script(reply.status(200, body=o.go_json(done)))
    client = start(cloud, ollama).openai(max_retries=0)
    answer = client.completions.create(**ASKED, stream=streamed, logprobs=2)
    found = next(iter(answer)) if streamed else answer
    logprobs = found.choices[0].logprobs
    assert logprobs.tokens == ["On", "é"] and logprobs.token_logprobs == [-0.25, -1.5]
    assert logprobs.top_logprobs == [{"On": -0.25, "Off": -2}, {}]
    assert logprobs.text_offset == [0, 2]
    assert ollama.chats[0].json["logprobs"] is True and ollama.chats[0].json["top_logprobs"] == 2


def test_thoughts_have_no_place_in_a_completion(start, cloud, ollama):
    down(cloud)
    ollama.models = [o.Model("thinker:4b", ("completion", "thinking"), 40960)]
    gate = Gate()
    ollama.script(o.lines({"thinking": "hm"}, gate, "a"))
    client = start(cloud, ollama).connect()
    client.request("POST", COMPLETIONS, {**ASKED, "stream": True})
    gate.wait_reached()
    gate.open()
    answer = client.response()
    assert answer.content == "a" and b"hm" not in answer.body
    assert ollama.chats[0].json["think"] is False


@both
@pytest.mark.parametrize("more, says", [
    ({"n": 2}, "n other than 1"), ({"best_of": 3}, "best_of other than 1"),
    ({"suffix": "x"}, "suffix"), ({"prompt": [1, 2]}, "token ids"),
    ({"prompt": ["a", "b"]}, "several prompts"), ({"echo": True, "logprobs": 1}, "echo")],
    ids=lambda v: v if isinstance(v, str) else None)
def test_what_would_make_the_answer_wrong_is_refused(start, cloud, ollama, more, says, streamed):
    down(cloud)
    answer = complete(start(cloud, ollama), stream=streamed, **more)
    assert answer.status == 502 and ollama.chats == []
    attempts = answer.error["attempts"]
    assert [a["class"] for a in attempts] == ["auth", "skipped-no-model"]
    assert says in attempts[1]["message"] and says in answer.error["message"]


def test_ollama_may_be_named(start, cloud, ollama):
    answer = complete(start(cloud, ollama), model="ollama:ministral-3:3b")
    assert answer.content == LOCAL and truth(answer) == from_ollama("ollama=1", None)
    assert cloud.requests == []


@both
def test_no_fallback_brings_the_clouds_own_error(start, cloud, ollama, streamed):
    down(cloud)
    answer = complete(start(cloud, ollama), {"x-understudy-fallback": "no"}, stream=streamed)
    assert answer.status == 401 and answer.error["message"] == "The sim says no."


def test_an_ollama_that_breaks_in_mid_stream_ends_with_the_error(start, cloud, ollama):
    down(cloud)
    ollama.script(o.error_mid("a"))
    answer = complete(start(cloud, ollama), stream=True)
    assert answer.content == "a" and answer.events[-1]["error"]["code"] == "stream_incomplete"
