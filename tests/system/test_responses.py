"""POST /v1/responses: to the cloud as it is, and to Ollama's own where that is safe."""
import pytest

from faults import error
from ledger import both, from_cloud, from_ollama, truth
from sim import ollama as o
from sim import reply
from sim.cloud import EVENT_STREAM, RESPONSES, events, ok_response, responses_events, status


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


def test_only_one_cloud_is_asked(start, cloud, ollama):
    """What it refers to may be kept there."""
    down(cloud)
    settings = {"route.priority": "openai, second", "provider.second.type": "openai",
                "provider.second.base_url": cloud.url + "/v1", "provider.second.api_key": "sk-2"}
    assert respond(start(cloud, ollama, settings)).status == 401 and len(cloud.requests) == 1


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


def test_a_stream_that_has_begun_does_not_move(start, cloud, ollama):
    first = responses_events("a b")[:2]
    cloud.script(reply.ending(events(*first), "close"), path=RESPONSES)
    answer = respond(start(cloud, ollama), stream=True)
    assert answer.body == b"".join(first) and not answer.complete
    assert ollama.requests_to_v1 == [] and truth(answer) == from_cloud("openai=1", model="gpt-5")
