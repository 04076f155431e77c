"""POST /v1/responses: to a cloud that has it as it is, translated to all others."""
import pytest

from daemon import SLOW
from faults import error
from official import response_of, whole_response
from ledger import both, from_cloud, from_ollama, truth
from sim import Gate, reply
from sim import ollama as o
from sim import responses as p
from sim.cloud import (CREATED, EVENT_STREAM, RESPONSES, events, named, ok, ok_response, openai_error,
                       response, responses_events, status)
from streams import read_bytes


ASKED = {"model": "gpt-5", "input": "Hi"}
FAILURE = {"code": "server_error", "message": "The server had an error."}


def respond(daemon, headers=(), **more):
    return daemon.post(RESPONSES, {**ASKED, **more}, headers)


def down(cloud):
    cloud.script(error(401), path=RESPONSES)


def failed_before():
    """A stream that breaks off before it says anything."""
    return reply.ending(events(responses_events("a b")[0], named(
        {"type": "response.failed", "sequence_number": 1, "response": {"error": FAILURE}})), "well")


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


@both
@pytest.mark.parametrize("what", ["a page", "nothing", "no response", "an error in a 200"])
def test_what_is_no_answer_is_none(start, cloud, ollama, what, streamed):
    cloud.script({"a page": reply.html_200(), "nothing": reply.status(200, body=b""),
                  "no response": reply.status(200, body=b"{"),
                  "an error in a 200": failed_before() if streamed else reply.status(
                      200, body=response("", status="failed") | {"error": FAILURE})}[what],
                 path=RESPONSES)
    answer = respond(start(cloud, ollama, {"retry.attempts": 1}), stream=streamed)
    assert said(answer) == "ollama heard: Hi"


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
    (request,) = ollama.to(o.CHAT)
    assert request.json["model"] == "ministral-3:3b" and len(cloud.requests) == 3
    line = daemon.exchange()
    assert (line["provider"], line["fallback"], line["model"]) == ("ollama", "server",
                                                                  "ministral-3:3b")
    assert line["prompt_tokens"] == "11" and line["completion_tokens"] == "4"
    assert daemon.metric("fallbacks_total", to="ollama") == 1


TOOL = {"type": "function", "name": "f", "parameters": {"type": "object", "properties": {
    "x": {"type": "integer"}}}}
PATCH = {"type": "custom", "name": "apply_patch", "description": "Edits files.",
         "format": {"type": "grammar", "syntax": "lark", "definition": "start: any"}}
GROUP = {"type": "namespace", "name": "mcp__files__", "description": "Files.",
         "tools": [{**TOOL, "name": "read"}]}


def test_a_whole_answer_of_ollamas(start, cloud, ollama):
    down(cloud)
    ollama.script(o.text("Hello.", thinking="hm"))
    ollama.models = [o.THINKING]
    answer = respond(start(cloud, ollama), instructions="Be kind.", reasoning={"effort": "low"})
    assert truth(answer) == from_ollama("openai=1, ollama=1", "auth", "thinker:4b")
    (request,) = ollama.to(o.CHAT)
    assert request.json["messages"] == [{"role": "system", "content": "Be kind."},
                                        {"role": "user", "content": "Hi"}]
    assert request.json["options"]["num_ctx"] >= 4096 and request.json["think"] == "low"
    thought, message = answer.json["output"]
    assert thought["summary"] == [{"type": "summary_text", "text": "hm"}]
    assert message["content"][0]["text"] == "Hello." and message["status"] == "completed"
    assert answer.json["status"] == "completed" and answer.json["model"] == "thinker:4b"
    assert answer.json["id"].startswith("resp_") and answer.json["instructions"] == "Be kind."
    assert answer.json["usage"]["input_tokens"] == 11 and answer.json["usage"]["total_tokens"] == 15
    assert answer.header("content-type") == "application/json"
    assert answer.header("x-understudy-dropped") is None


def test_a_stream_has_every_event_in_its_order(start, cloud, ollama):
    down(cloud)
    ollama.script(o.lines({"thinking": "h"}, {"thinking": "m"}, "Hel", "lo.",
                          {"tool_calls": [o.call("f", {"x": 1})]}))
    ollama.models = [o.THINKING]
    answer = respond(start(cloud, ollama), stream=True, tools=[TOOL])
    assert answer.header("content-type").startswith("text/event-stream")
    assert [e["sequence_number"] for e in answer.events] == list(range(len(answer.events)))
    assert [e["type"].removeprefix("response.") for e in answer.events] == [
        "created", "in_progress",
        "output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.delta",
        "reasoning_summary_text.delta", "reasoning_summary_text.done",
        "reasoning_summary_part.done", "output_item.done",
        "output_item.added", "content_part.added", "output_text.delta", "output_text.delta",
        "output_text.done", "content_part.done", "output_item.done",
        "output_item.added", "function_call_arguments.delta", "function_call_arguments.done",
        "output_item.done", "completed"]
    last = answer.events[-1]["response"]
    assert last["output"] == [e["item"] for e in answer.events if e["type"].endswith("item.done")]
    assert last["output"][2]["arguments"] == '{"x":1}' and last["output"][2]["name"] == "f"
    assert answer.complete and answer.header("x-understudy-provider") == "ollama"


@both
def test_a_custom_tool_is_called_with_its_text(start, cloud, ollama, streamed):
    """As Codex has its patches made."""
    down(cloud)
    ollama.script(o.tools(o.call("apply_patch", {"input": "*** Begin\n<&>"})))
    answer = respond(start(cloud, ollama), tools=[PATCH], stream=streamed)
    (tool,) = ollama.to(o.CHAT)[0].json["tools"]
    assert tool["function"]["parameters"]["required"] == ["input"]
    output = answer.events[-1]["response"]["output"] if streamed else answer.json["output"]
    assert [(i["type"], i["name"], i["input"], i["call_id"]) for i in output] == [
        ("custom_tool_call", "apply_patch", "*** Begin\n<&>", "call_ab12cd34")]
    if streamed:
        assert [e["delta"] for e in answer.events
                if e["type"] == "response.custom_tool_call_input.delta"] == ["*** Begin\n<&>"]


def test_a_group_of_tools_is_flat_there_and_one_again_here(start, cloud, ollama):
    down(cloud)
    ollama.script(o.tools(o.call("mcp__files__read", {"x": 1})))
    answer = respond(start(cloud, ollama), tools=[GROUP])
    (item,) = answer.json["output"]
    assert (item["namespace"], item["name"]) == ("mcp__files__", "read")
    assert ollama.to(o.CHAT)[0].json["tools"][0]["function"]["name"] == "mcp__files__read"


def test_a_turn_goes_on_with_what_the_tools_gave(start, cloud, ollama):
    down(cloud)
    turn = [{"role": "user", "content": "Hi"},
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}],
             "encrypted_content": "xyz"},
            {"type": "function_call", "id": "fc_1", "call_id": "c1", "namespace": "mcp__files__",
             "name": "read", "arguments": '{"x": 1}'},
            {"type": "function_call_output", "call_id": "c1", "output": "seven"},
            {"type": "custom_tool_call", "call_id": "c2", "name": "apply_patch", "input": "p"},
            {"type": "custom_tool_call_output", "call_id": "c2", "output": "done"}]
    answer = respond(start(cloud, ollama), input=turn, tools=[GROUP, PATCH])
    assert answer.status == 200
    user, first, gave, second, done = ollama.to(o.CHAT)[0].json["messages"]
    assert first["thinking"] == "hm" and first["tool_calls"][0]["function"] == {
        "index": 0, "name": "mcp__files__read", "arguments": {"x": 1}}
    assert (gave["tool_name"], gave["content"]) == ("mcp__files__read", "seven")
    assert second["tool_calls"][0]["function"]["arguments"] == {"input": "p"}
    assert (done["tool_name"], done["content"]) == ("apply_patch", "done")


def test_what_cannot_be_carried_over_is_named(start, cloud, ollama):
    down(cloud)
    answer = respond(start(cloud, ollama), truncation="auto", tool_choice="required", store=True,
                     tools=[TOOL, {"type": "web_search"}], user="u", metadata={"a": "b"},
                     include=["reasoning.encrypted_content"], max_tool_calls=3)
    assert answer.header("x-understudy-dropped") == (
        "include, truncation, tools.web_search, tool_choice, max_tool_calls")
    assert said(answer) == "ollama heard: Hi"


def test_what_codex_always_asks_for_is_told_once_a_minute(start, cloud, ollama):
    down(cloud)
    daemon = start(cloud, ollama)
    for n in range(3):
        answer = respond(daemon, include=["reasoning.encrypted_content"], max_tool_calls=3)
        assert answer.header("x-understudy-dropped") == "include, max_tool_calls"
        daemon.exchange(n + 1)
    assert [line["dropped"] for line in daemon.log(event="exchange")] == [
        "include, max_tool_calls", "max_tool_calls", "max_tool_calls"]


@both
def test_a_model_that_does_not_think_is_not_asked_to(start, cloud, ollama, streamed):
    down(cloud)
    effort = {"effort": "medium", "summary": "auto"}
    answer = respond(start(cloud, ollama), reasoning=effort, stream=streamed)
    assert said(answer) == "ollama heard: Hi"
    assert ["think" in q.json for q in ollama.to(o.CHAT)] == [False]
    assert answer.header("x-understudy-dropped") is None


# ---- a cloud that has no /responses


CHATTY = {"provider.openai.responses": "no"}


@both
def test_a_cloud_without_responses_is_asked_in_chat(start, cloud, ollama, streamed):
    answer = respond(start(cloud, ollama, CHATTY), stream=streamed, instructions="Be kind.",
                     tools=[PATCH], max_output_tokens=9)
    assert said(answer) == "cloud heard: Hi" and cloud.to(RESPONSES) == []
    (asked,) = cloud.chats
    assert [m["role"] for m in asked.json["messages"]] == ["system", "user"]
    assert asked.json["tools"][0]["function"]["parameters"]["required"] == ["input"]
    assert asked.json["max_tokens"] == 9 and asked.json.get("stream", False) == streamed
    assert truth(answer) == from_cloud("openai=1", model="gpt-5")
    response = whole_response(answer)
    assert response["usage"]["input_tokens"] == 9 and response["status"] == "completed"


@both
def test_one_that_turns_out_to_have_none_is_asked_in_chat_from_then_on(start, cloud, ollama,
                                                                       streamed):
    cloud.script(openai_error(404, "unknown_url", "Unknown request URL: POST /responses."),
                 path=RESPONSES)
    daemon = start(cloud, ollama)
    for attempts in ("openai=2", "openai=1"):
        answer = respond(daemon, stream=streamed)
        assert said(answer) == "cloud heard: Hi"
        assert truth(answer) == from_cloud(attempts, model="gpt-5")
    assert len(cloud.to(RESPONSES)) == 1 and len(cloud.chats) == 2


def test_a_model_that_is_not_there_says_nothing_about_the_path(start, cloud, ollama):
    cloud.script(openai_error(404, "model_not_found", "The model `gpt-5` does not exist"),
                 path=RESPONSES)
    answer = respond(start(cloud, ollama))
    assert said(answer) == "ollama heard: Hi" and cloud.chats == []


def test_what_a_cloud_refuses_of_what_we_wrote_is_left_out(start, cloud, ollama):
    refusal = openai_error(400, "unsupported_parameter",
                           "Unsupported parameter: 'reasoning_effort' is not supported.")
    cloud.script(refusal, ok("fine"))
    answer = respond(start(cloud, ollama, CHATTY), reasoning={"effort": "low"}, temperature=0.5)
    assert said(answer) == "fine" and answer.header("x-understudy-dropped") == "reasoning.effort"
    assert [("reasoning_effort" in q.json, q.json["temperature"]) for q in cloud.chats] == [
        (True, 0.5), (False, 0.5)]


MESSAGE = {"type": "message", "role": "user"}


@both
@pytest.mark.parametrize("more, says", [
    ({"previous_response_id": "resp_0"}, "previous_response_id"),
    ({"conversation": {"id": "conv_1"}}, "conversation"),
    ({"prompt": {"id": "pmpt_1"}}, "template"),
    ({"background": True}, "background"),
    ({"input": [{**MESSAGE, "content": [{"type": "input_image", "file_id": "file_1"}]}]},
     "is at the cloud"),
    ({"input": [{**MESSAGE, "content": [{"type": "input_file", "file_id": "file_1"}]}]},
     "is at the cloud"),
    ({"input": [{"type": "item_reference", "id": "msg_1"}]}, "is at the cloud"),
    ({"input": []}, "input is missing or empty"),
], ids=lambda v: v if isinstance(v, str) else None)
def test_what_would_make_the_answer_wrong_is_refused(start, cloud, ollama, more, says, streamed):
    down(cloud)
    answer = respond(start(cloud, ollama), stream=streamed, **more)
    assert answer.status == 502 and ollama.to(o.CHAT) == []
    attempts = answer.error["attempts"]
    assert [a["class"] for a in attempts] == ["auth", "skipped-no-model"]
    assert says in attempts[1]["message"]


def test_no_window_is_too_small_for_it(start, cloud, ollama):
    """Ollama's own /v1/responses would cut it at 4,096 tokens without a word."""
    down(cloud)
    answer = respond(start(cloud, ollama), input="word " * 20000 + "the end")
    assert said(answer).endswith("the end")
    assert ollama.to(o.CHAT)[0].json["options"]["num_ctx"] >= 20000


def test_tools_and_images_choose_the_model(start, cloud, ollama):
    down(cloud)
    ollama.models = [o.TEXT_ONLY, o.Model()]
    image = {"type": "input_image", "image_url": "data:image/png;base64,aGk="}
    answer = respond(start(cloud, ollama), input=[{**MESSAGE, "content": [image]}])
    assert answer.status == 200 and answer.header("x-understudy-model") == "ministral-3:3b"


def test_an_error_of_ollama_alone_is_told_in_its_words(start, cloud, ollama):
    ollama.script(o.error(400, "invalid think value"))
    answer = respond(start(cloud, ollama), model="ollama:ministral-3:3b")
    assert (answer.status, answer.error["message"]) == (400, "invalid think value")
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


@pytest.mark.parametrize("ending", ["close", "reset", None], ids=["cut", "reset", "no done"])
def test_ollamas_stream_that_breaks_ends_with_failed(start, cloud, ollama, ending):
    down(cloud)
    ollama.script(o.lines("a ", "b", done=None, end=ending))
    answer = respond(start(cloud, ollama), stream=True)
    *begun, last = answer.events
    assert answer.complete and last["type"] == "response.failed"
    assert [e["sequence_number"] for e in answer.events] == list(range(len(answer.events)))
    assert last["error"] == last["response"]["error"] and last["response"]["status"] == "failed"
    assert last["response"]["model"] == "ministral-3:3b" and "completed" not in str(begun)


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


def test_a_stream_that_breaks_is_gone_on_with(start, cloud, ollama):
    """In the same message of the same response, and with all of it at the end."""
    cloud.script(p.cut(p.reasoning("Hm."), "one two three", leave=5), path=RESPONSES)
    ollama.script(o.lines("e", "!"))
    answer = respond(start(cloud, ollama, {"route.continue_stream": "yes"}), stream=True)
    response = response_of(answer.body)
    assert answer.complete and response["id"] == p.ID and response["status"] == "completed"
    thought, message = response["output"]
    assert thought == p.reasoning("Hm.") and message["id"] == "msg_2"
    assert message["content"][0]["text"] == "one two three!"
    assert b": understudy continued on ollama\n" in answer.body


def test_one_that_goes_on_and_breaks_ends_with_failed(start, cloud, ollama):
    cloud.script(p.cut("one two three", leave=5), path=RESPONSES)
    ollama.script(o.lines("e", "!", done=None, end="close"))
    answer = respond(start(cloud, ollama, {"route.continue_stream": "yes"}), stream=True)
    told = [e for e in answer.events if isinstance(e, dict)]
    assert [e["sequence_number"] for e in told] == list(range(len(told)))
    assert answer.complete and answer.events[-1]["type"] == "response.failed"
    assert answer.events[-1]["response"]["id"] == p.ID


def test_a_call_is_not_gone_on_with(start, cloud, ollama):
    cloud.script(p.cut("one", p.function_call("f", {"x": 1}), leave=3), path=RESPONSES)
    answer = respond(start(cloud, ollama, {"route.continue_stream": "yes"}), stream=True)
    assert answer.events[-1]["type"] == "response.failed" and ollama.chats == []


def test_the_clouds_own_failure_has_its_error_on_top(start, cloud, ollama):
    """Where the official SDKs look for it."""
    cloud.script(p.failed("one two"), path=RESPONSES)
    answer = respond(start(cloud, ollama), stream=True)
    last = answer.events[-1]
    assert last["type"] == "response.failed" and answer.complete
    assert last["error"] == last["response"]["error"] == p.FAILURE


def test_a_silent_cloud_is_hedged(start, cloud, ollama):
    gate = Gate()
    cloud.script(reply.ending(events(gate), "close"), path=RESPONSES)
    answer = respond(start(cloud, ollama, {"route.hedge_after": "50ms"}), stream=True)
    assert said(answer) == "ollama heard: Hi"
    gate.open()
