"""POST /v1/responses: to the cloud as it is, and to Ollama's own where that is safe."""
import pytest

from daemon import SLOW
from faults import error
from ledger import both, from_cloud, from_ollama, truth
from sim import Gate, reply
from sim import ollama as o
from sim.cloud import (CREATED, EVENT_STREAM, RESPONSES, events, named, ok_response,
                       responses_events, status)
from streams import read_bytes


ASKED = {"model": "gpt-5", "input": "Hi"}


def respond(daemon, headers=(), **more):
    return daemon.post(RESPONSES, {**ASKED, **more}, headers)


def down(cloud):
    cloud.script(error(401), path=RESPONSES)


def said(answer):
    """The text of a raw answer, streamed or whole."""
    if answer.header("content-type").startswith("text/event-stream"):
        return "".join(e["delta"] for e in answer.events if e["type"].endswith("text.delta"))
    return answer.json["output"][0]["content"][0]["text"]


# ---- the cloud


@pytest.mark.parametrize("body", [
    b'{ "input":"a","model" : "gpt-5","x":1e400,"previous_response_id":"resp_0"}',
    b'{"model":"a","model":"b","input":"x"}', b"no JSON at all", b'{"model":7}', b"[]"])
def test_whatever_is_sent_goes_byte_for_byte(start, cloud, ollama, body):
    cloud.script(reply.status(200, [("x-own", "1")], b'{"id": "resp_1", "n":1.0}'), path=RESPONSES)
    answer = start(cloud, ollama).post(RESPONSES, body)
    assert answer.body == b'{"id": "resp_1", "n":1.0}' and answer.header("x-own") == "1"
    assert cloud.requests[0].body == body
    assert answer.header("x-understudy-attempts") == "openai=1"


def test_the_answer_is_judged_by_http_alone(start, cloud, ollama):
    cloud.script(reply.html_200(), path=RESPONSES)
    answer = respond(start(cloud, ollama))
    assert answer.status == 200 and b"Sign in" in answer.body and ollama.requests_to_v1 == []


@both
def test_a_prefix_is_taken_off(start, cloud, ollama, streamed):
    answer = respond(start(cloud, ollama), model="openai:gpt-5", stream=streamed)
    assert said(answer) == "cloud heard: Hi" and cloud.requests[0].json["model"] == "gpt-5"


@both
def test_the_official_client_and_the_cloud(start, cloud, ollama, streamed):
    cloud.script(status(503), ok_response("from the cloud"), path=RESPONSES)
    assert ask(start(cloud, ollama), streamed) == "from the cloud"


def two(cloud):
    return {"route.priority": "openai, second", "provider.second.type": "openai",
            "provider.second.base_url": cloud.url + "/v1", "provider.second.api_key": "sk-2"}


def test_the_next_cloud_is_asked_like_any_other(start, cloud, ollama):
    cloud.script(error(401), ok_response("from the second"), path=RESPONSES)
    answer = respond(start(cloud, ollama, two(cloud)))
    assert said(answer) == "from the second" and len(cloud.requests) == 2


@pytest.mark.parametrize("more", [
    {"previous_response_id": "resp_0"}, {"conversation": "conv_1"}, {"background": True},
    {"input": [{"type": "item_reference", "id": "msg_1"}]}], ids=lambda v: next(iter(v)))
def test_what_one_cloud_may_have_kept_is_asked_of_no_other(start, cloud, ollama, more):
    down(cloud)
    answer = respond(start(cloud, ollama, two(cloud)), **more)
    assert answer.status == 401 and len(cloud.requests) == 1


# ---- Ollama


def ask(daemon, streamed):
    answer = daemon.openai(max_retries=0).responses.create(**ASKED, stream=streamed)
    if not streamed:
        return answer.output_text
    found = list(answer)
    assert found[0].type == "response.created" and found[-1].type == "response.completed"
    assert found[-1].response.output_text == "".join(
        e.delta for e in found if e.type == "response.output_text.delta")
    return found[-1].response.output_text


@both
@pytest.mark.sample
def test_the_official_client_gets_ollamas_answer(start, cloud, ollama, streamed):
    cloud.script(status(503), path=RESPONSES)
    daemon = start(cloud, ollama)
    assert ask(daemon, streamed) == "ollama heard: Hi"
    (request,) = ollama.to(RESPONSES)
    assert request.json["model"] == "ministral-3:3b" and len(cloud.requests) == 3
    line = daemon.exchange()
    assert (line["provider"], line["fallback"], line["model"]) == ("ollama", "server",
                                                                  "ministral-3:3b")
    assert daemon.metric("fallbacks_total", to="ollama") == 1


def test_only_the_models_name_changes(start, cloud, ollama):
    down(cloud)
    body = b'{ "input":"\\u00e9 a", "temperature":1.0,"model" : "%s"\n}'
    answer = start(cloud, ollama).post(RESPONSES, body % b"gpt-5")
    assert truth(answer) == from_ollama("openai=1, ollama=1", "auth")
    (request,) = ollama.to(RESPONSES)
    assert request.body == body % b"ministral-3:3b"
    assert request.header("content-type") == "application/json"
    assert answer.header("content-type") == "application/json"
    assert answer.header("x-understudy-dropped") is None


def test_a_stream_comes_as_ollama_sends_it(start, cloud, ollama):
    down(cloud)
    answer = respond(start(cloud, ollama), stream=True)
    assert said(answer) == "ollama heard: Hi" and answer.complete
    assert answer.body == b"".join(responses_events("ollama heard: Hi", "ministral-3:3b"))
    assert answer.header("content-type") == EVENT_STREAM[0][1]
    assert answer.header("x-understudy-provider") == "ollama"


def test_what_ollama_ignores_is_named(start, cloud, ollama):
    down(cloud)
    answer = respond(start(cloud, ollama), truncation="auto", tool_choice="required", store=True,
                     tools=[{"type": "function", "name": "f", "parameters": {}}],
                     include=["reasoning.encrypted_content"], background=True, user="u", top_k=3,
                     parallel_tool_calls=False, metadata={"a": "b"})
    assert answer.header("x-understudy-dropped") == (
        "tool_choice, truncation, parallel_tool_calls, background, include, top_k")
    assert said(answer) == "ollama heard: Hi"


@both
def test_a_model_that_does_not_think_is_not_asked_to(start, cloud, ollama, streamed):
    down(cloud)
    effort = {"effort": "medium", "summary": "auto"}
    answer = respond(start(cloud, ollama), reasoning=effort, stream=streamed)
    assert said(answer) == "ollama heard: Hi"
    assert [q.json["reasoning"] for q in ollama.to(RESPONSES)] == [None]
    assert answer.header("x-understudy-dropped") is None


def test_a_model_that_thinks_is_asked_to(start, cloud, ollama):
    down(cloud)
    ollama.models = [o.THINKING]
    answer = respond(start(cloud, ollama), reasoning={"effort": "low"})
    assert said(answer) == "ollama heard: Hi"
    assert [q.json["reasoning"] for q in ollama.to(RESPONSES)] == [{"effort": "low"}]


MESSAGE = {"type": "message", "role": "user"}


@both
@pytest.mark.parametrize("more, says", [
    ({"previous_response_id": "resp_0"}, "previous_response_id"),
    ({"conversation": {"id": "conv_1"}}, "conversation"),
    ({"prompt": {"id": "pmpt_1"}}, "template"),
    ({"tools": [{"type": "web_search"}]}, "a tool that the cloud runs itself"),
    ({"text": {"format": {"type": "json_object"}}}, "text.format"),
    ({"input": [{**MESSAGE, "content": [{"type": "input_image", "file_id": "file_1"}]}]},
     "data URL"),
    ({"input": [{**MESSAGE, "content": [{"type": "input_file", "file_id": "file_1"}]}]},
     "neither text nor image"),
    ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "an item of the input"),
    ({"input": []}, "input is missing or empty"),
    ({"input": "word " * 3000}, "cannot be told a window"),
    ({"max_output_tokens": 4090}, "cannot be told a window"),
], ids=lambda v: v if isinstance(v, str) else None)
def test_what_would_make_the_answer_wrong_is_refused(start, cloud, ollama, more, says, streamed):
    down(cloud)
    answer = respond(start(cloud, ollama), stream=streamed, **more)
    assert answer.status == 502 and ollama.to(RESPONSES) == []
    attempts = answer.error["attempts"]
    assert [a["class"] for a in attempts] == ["auth", "skipped-no-model"]
    assert says in attempts[1]["message"]


def test_a_model_with_a_small_window_is_not_given_more(start, cloud, ollama):
    down(cloud)
    ollama.models = [o.Model(context=2048)]
    answer = respond(start(cloud, ollama), max_output_tokens=2040)
    assert "beyond 2048" in answer.error["attempts"][1]["message"]


def test_just_what_fits_is_asked(start, cloud, ollama):
    down(cloud)
    assert said(respond(start(cloud, ollama), max_output_tokens=4000)) == "ollama heard: Hi"


def test_tools_and_images_choose_the_model(start, cloud, ollama):
    down(cloud)
    ollama.models = [o.TEXT_ONLY, o.Model()]
    image = {"type": "input_image", "image_url": "data:image/png;base64,aGk="}
    answer = respond(start(cloud, ollama), input=[{**MESSAGE, "content": [image]}])
    assert answer.status == 200 and answer.header("x-understudy-model") == "ministral-3:3b"


@both
@pytest.mark.parametrize("no_path", ["404", "405"])
def test_an_ollama_without_responses_is_told_from_one_without_the_model(start, cloud, ollama,
                                                                        streamed, no_path):
    down(cloud)
    if no_path == "404":
        ollama.has_responses = False
    else:
        ollama.script(reply.status(405, body="405 method not allowed", kind="text/plain"),
                      path=RESPONSES)
    answer = respond(start(cloud, ollama), stream=streamed)
    reason = "this Ollama has no /v1/responses; it needs a newer version"
    assert answer.status == 502 and reason in answer.error["message"]
    assert [a["class"] for a in answer.error["attempts"]] == ["auth", "model"]
    assert len(ollama.requests_to_v1) == 1


def test_an_error_of_ollama_alone_is_told_in_its_words(start, cloud, ollama):
    ollama.script(o.v1_error(400, "invalid reasoning value"), path=RESPONSES)
    answer = respond(start(cloud, ollama), model="ollama:ministral-3:3b")
    assert (answer.status, answer.error["message"]) == (400, "invalid reasoning value")
    assert cloud.requests == []


def failed(number, message, model="gpt-5"):
    """The event that we end a broken stream with."""
    error = {"message": message, "type": "upstream_error", "param": None,
             "code": "stream_incomplete"}
    return {"type": "response.failed", "sequence_number": number, "response": {
        "id": "resp_sim", "object": "response", "created_at": CREATED, "status": "failed",
        "error": error, "incomplete_details": None, "model": model, "output": [], "usage": None},
        "error": error}


BEGUN = responses_events("a b", "gpt-5")[:2]
HALF = responses_events("a b", "gpt-5")[2][:-9]


def test_a_stream_that_has_begun_does_not_move(start, cloud, ollama):
    cloud.script(reply.ending(events(*BEGUN), "close"), path=RESPONSES)
    daemon = start(cloud, ollama)
    answer = respond(daemon, stream=True)
    assert answer.body.startswith(b"".join(BEGUN) + b"event: response.failed\ndata: {")
    assert answer.events[2:] == [failed(2, answer.events[2]["error"]["message"])]
    assert "cut off" in answer.events[2]["error"]["message"]
    assert answer.complete and answer.framing == "chunked"
    assert ollama.requests_to_v1 == [] and truth(answer) == from_cloud("openai=1", model="gpt-5")
    assert daemon.exchange()["class"] == "protocol"
    assert daemon.log(event="stream_incomplete", level="warning")


@pytest.mark.parametrize("half", [b"", HALF], ids=["between events", "in mid-event"])
@pytest.mark.parametrize("ending, failure", [("close", "protocol"), ("reset", "network"),
                                             ("stall", "timeout"), ("well", "protocol")])
def test_a_stream_that_breaks_ends_with_failed_and_well(start, cloud, ollama, half, ending,
                                                        failure):
    """Nothing of an event that never ended stands before it."""
    gate = Gate()
    cloud.script(reply.ending(events(*BEGUN, gate, *([half] if half else [])), ending),
                 path=RESPONSES)
    daemon = start(cloud, ollama, {"provider.openai.idle_timeout": f"{int(200 * SLOW)}ms"
                                   if ending == "stall" else "10m"})
    client = daemon.connect().request("POST", RESPONSES, {**ASKED, "stream": True})
    answer = client.head()
    read_bytes(client, answer, b"".join(BEGUN))
    gate.open()
    client.finish(answer)
    assert answer.complete and len(answer.events) == 3
    assert answer.events[2] == failed(2, answer.events[2]["error"]["message"])
    assert daemon.exchange()["class"] == failure


def test_ollamas_stream_that_breaks_ends_with_failed(start, cloud, ollama):
    down(cloud)
    begun = responses_events("a b", "ministral-3:3b")[:2]
    ollama.script(reply.ending(events(*begun), "close"), path=RESPONSES)
    answer = respond(start(cloud, ollama), stream=True)
    assert answer.complete and answer.events[2]["type"] == "response.failed"
    assert answer.events[2]["response"]["model"] == "ministral-3:3b"


def test_one_that_is_read_later_ends_with_failed_too(start, cloud, ollama):
    path = RESPONSES + "/resp_sim"
    cloud.script(reply.ending(events(*BEGUN), "close"), path=path)
    answer = start(cloud, ollama).get(path + "?stream=true")
    assert answer.complete and answer.events[2]["type"] == "response.failed"


@pytest.mark.parametrize("last", ["response.failed", "error"])
def test_the_clouds_own_failure_is_passed_on_and_nothing_added(start, cloud, ollama, last):
    told = named({"type": last, "message": "m", "sequence_number": 2})
    cloud.script(reply.ending(events(*BEGUN, told), "close"), path=RESPONSES)
    answer = respond(start(cloud, ollama), stream=True)
    assert answer.body == b"".join([*BEGUN, told])


def test_what_follows_the_end_is_passed_on(start, cloud, ollama):
    """LM Studio and others say [DONE], too."""
    parts = b"".join(responses_events("a b")) + b"data: [DONE]\n\n"
    cloud.script(reply.ending(events(parts), "well"), path=RESPONSES)
    answer = respond(start(cloud, ollama), stream=True)
    assert answer.body == parts and answer.complete


def test_the_last_chunk_is_not_waited_for(start, cloud, ollama):
    cloud.script(reply.ending(events(*responses_events("a b")), "stall"), path=RESPONSES)
    daemon = start(cloud, ollama, {"provider.openai.idle_timeout": "10m"})
    answer = respond(daemon, stream=True)
    assert answer.complete and daemon.exchange()["class"] == "ok"


def test_a_break_before_the_first_event_is_retried_unseen(start, cloud, ollama):
    cloud.script(reply.ending(events(b": hi\n\n", BEGUN[0][:20]), "close"),
                 ok_response("again"), path=RESPONSES)
    answer = respond(start(cloud, ollama), stream=True)
    assert said(answer) == "again" and answer.header("x-understudy-attempts") == "openai=2"
