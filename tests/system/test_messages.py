"""POST /v1/messages: to Anthropic as it is, with the retry rules of a chat, and to Ollama where that
does not help."""
import json

import anthropic as sdk
import pytest

from faults import BROKEN_HTTP, NETWORK
from ledger import both, from_ollama, truth
from messages import (ASKED, CALL, HEAD, HI, MODEL, ONCE, OWN_KEY, PATH, TOOL, ask, broken,
                      claude_app, ms, named_events, problem, said, text_so_far, with_claude)
from sim import Gate, reply
from sim import anthropic as a
from sim import ollama as o


def from_claude(attempts, fallback=None):
    return {"provider": "anthropic", "model": MODEL, "attempts": attempts, "fallback": fallback}


# ---- byte for byte


ODD = {
    "numbers and order": b'{"messages":[{"role":"user","content":"Hi"}],"max_tokens":100, "model"\t:'
                         b'"claude-sonnet-5-5","temperature":0.50}',
    "escapes": b'{"model":"claude-sonnet-5-5","max_tokens":9,"messages":[{"role":"user","content":'
               b'"\\u00e9\\/\\ud83d\\ude00<>&"}],"metadata":{"user_id":"\xc3\xa9"}}\n',
    "a system in blocks": json.dumps({**ASKED, "system": [
        {"type": "text", "text": "first"},
        {"type": "text", "text": "second", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        "thinking": {"type": "adaptive"}, "tools": [{**TOOL, "eager_input_streaming": True}]}).encode(),
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD.keys())
def test_the_body_goes_byte_for_byte(start, claude, ollama, body):
    claude.script(a.overloaded(), a.ok("fine"))
    answer = with_claude(start, claude, ollama).post(PATH, body, HEAD)
    assert answer.status == 200 and said(answer) == "fine"
    assert [q.body for q in claude.chats] == [body, body]
    assert truth(answer) == from_claude("anthropic=2")


def test_a_body_of_tomorrow_goes_byte_for_byte(start, claude, ollama):
    """The members of a body are an open list: nobody here knows better than the API."""
    body = b'{"model":"claude-x","max_tokens":5,"messages":[{"role":"user","content":[{"type":"new"}]}]}'
    answer = with_claude(start, claude, ollama).post(PATH, body, HEAD)
    assert answer.status == 400 and "Input tag 'new'" in problem(answer)["message"]
    assert claude.chats[0].body == body
    claude.violations = []


@both
def test_the_answer_comes_byte_for_byte(start, claude, ollama, streamed):
    blocks = [a.thinking("Hm, é."), "I look.", CALL]
    odd = json.dumps(a.message(blocks, stop="tool_use"), indent=1).encode() + b"\n"
    body = a.body_of(*blocks, stop="tool_use") if streamed else odd
    claude.script(a.events(body) if streamed else reply.status(200, a.OWN, odd))
    answer = ask(with_claude(start, claude, ollama), stream=streamed)
    assert answer.body == body and answer.complete
    assert answer.header("request-id") == a.REQUEST_ID
    assert answer.header("anthropic-organization-id") == "org-sim"


@pytest.mark.parametrize("comment", [b": hello\n\n", b"event: new_one\ndata: {\"type\":\"new_one\"}\n\n",
                                     b"event: ping\ndata: {\"type\": \"ping\"}\n\n"])
def test_what_stands_between_the_events_comes_through(start, claude, ollama, comment):
    body = a.body_of("a b", "c").replace(b"event: content_block_stop", comment +
                                         b"event: content_block_stop")
    claude.script(a.events(body))
    assert ask(with_claude(start, claude, ollama), stream=True).body == body


def test_each_event_comes_at_once(start, claude, ollama):
    gate = Gate()
    claude.script(a.stream("one ", gate, "two"))
    client = with_claude(start, claude, ollama).connect()
    client.request("POST", PATH, {**ASKED, "stream": True}, HEAD)
    answer = client.head()
    client.read_until(answer, '"one "')
    gate.open()
    client.finish(answer)
    assert said(answer) == "one two"


def test_a_query_goes_with_the_path(start, claude, ollama):
    assert said(ask(with_claude(start, claude, ollama), path=PATH + "?beta=true&x=%20")) == \
        "claude heard: Hi"
    assert claude.chats[0].target == PATH + "?beta=true&x=%20"


@pytest.mark.parametrize("path", [PATH + "/", "/messages", "/v1/v1/messages"])
def test_other_ways_to_write_the_path(start, claude, ollama, path):
    assert said(ask(with_claude(start, claude, ollama), path=path)) == "claude heard: Hi"
    assert claude.chats[0].path == PATH


def test_a_base_url_may_end_in_v1(start, claude, ollama):
    daemon = start(None, ollama, {"provider.anthropic.base_url": claude.url + "/v1"})
    assert said(ask(daemon)) == "claude heard: Hi"


def test_a_prefix_is_taken_off_the_models_name(start, claude, ollama):
    body = b'{ "model" : "anthropic:claude-opus-5-5", "max_tokens":5,"messages":[{"role":"user","content":"x"}]}'
    with_claude(start, claude, ollama).post(PATH, body, HEAD)
    assert claude.chats[0].body == body.replace(b"anthropic:", b"")


# ---- headers and credentials

TRAVEL = {"anthropic-version": "2026-10-21", "anthropic-beta": "claude-code-20250219,oauth-2025-04-20",
          "anthropic-workspace-id": "wrkspc_1", "anthropic-dangerous-direct-browser-access": "true",
          "x-claude-code-session-id": "s-1", "x-stainless-lang": "js", "User-Agent": "claude-cli/3",
          "x-app": "cli", "x-new": "tomorrow"}


def test_every_header_goes_on(start, claude, ollama):
    assert ask(with_claude(start, claude, ollama), headers={**HEAD, **TRAVEL}).status == 200
    for name, value in TRAVEL.items():
        assert claude.chats[0].all(name) == [value], name


def test_a_missing_version_is_added(start, claude, ollama):
    assert ask(with_claude(start, claude, ollama), headers={"x-api-key": "k"}).status == 200
    assert claude.chats[0].all("anthropic-version") == ["2023-06-01"]


@pytest.mark.parametrize("credential", [
    {"x-api-key": "sk-ant-app"}, {"Authorization": "Bearer sk-ant-api"},
    {"x-api-key": "sk-ant-app", "Authorization": "Bearer sk-ant-api"},
    {"Authorization": "Bearer sk-ant-oat-1", "anthropic-beta": "oauth-2025-04-20"}],
    ids=["a key", "a key as a bearer", "both", "a login"])
def test_the_apps_own_credential_goes_on_where_there_is_no_key(start, claude, ollama, credential):
    claude.keys = ["sk-ant-app", "sk-ant-api", "sk-ant-oat-1"]
    daemon = with_claude(start, claude, ollama, key=None)
    answer = ask(daemon, headers={**credential, "anthropic-version": "2023-06-01"})
    assert said(answer) == "claude heard: Hi"
    for name in ("x-api-key", "authorization"):
        wanted = {k.lower(): v for k, v in credential.items()}.get(name)
        assert claude.chats[0].header(name) == wanted


@pytest.mark.parametrize("credential", [
    {}, {"x-api-key": "sk-ant-app"}, {"Authorization": "Bearer sk-ant-api"},
    {"x-api-key": "sk-ant-app", "Authorization": "Bearer sk-ant-api"}])
def test_a_key_of_our_own_takes_the_place_of_the_apps(start, claude, ollama, credential):
    claude.keys = [OWN_KEY]
    answer = ask(with_claude(start, claude, ollama),
                 headers={**credential, "anthropic-version": "2023-06-01"})
    assert said(answer) == "claude heard: Hi"
    assert claude.chats[0].all("x-api-key") == [OWN_KEY]
    assert claude.chats[0].header("authorization") is None


def test_without_any_credential_it_is_skipped(start, claude, ollama):
    answer = ask(with_claude(start, claude, ollama, key=None),
                 headers={"anthropic-version": "2023-06-01"})
    assert said(answer) == "ollama heard: Hi"
    assert answer.header("x-understudy-fallback") == "skipped-no-key" and claude.requests == []


def test_a_token_of_ours_is_no_credential_of_theirs(start, claude, ollama):
    daemon = with_claude(start, claude, ollama, {"server.tokens": "let-me-in"}, key=None)
    answer = ask(daemon, headers={"x-api-key": "let-me-in", "anthropic-version": "2023-06-01"})
    assert said(answer) == "ollama heard: Hi" and claude.requests == []
    answer = ask(daemon, headers={"x-api-key": "wrong", "anthropic-version": "2023-06-01"})
    assert answer.status == 401 and problem(answer)["type"] == "authentication_error"


def test_a_wrong_key_of_ours_is_masked(start, claude, ollama):
    claude.script(a.error(401, f"invalid x-api-key {OWN_KEY}"))
    answer = ask(with_claude(start, claude, settings={"route.messages": "anthropic"}))
    assert answer.status == 401 and OWN_KEY.encode() not in answer.body
    assert "****" in problem(answer)["message"]


# ---- failures before content


@both
@pytest.mark.parametrize("fault", [a.overloaded(), a.error(500), a.error(503), a.error(504),
                                   reply.reset_before_answer(), reply.cut_headers(), reply.html_200()],
                         ids=["529", "500", "503", "504", "reset", "cut head", "web page"])
def test_what_may_pass_is_tried_again(start, claude, ollama, fault, streamed):
    claude.script(fault, a.ok("again"))
    answer = ask(with_claude(start, claude, ollama), stream=streamed)
    assert said(answer) == "again" and truth(answer) == from_claude("anthropic=2")


@both
@pytest.mark.parametrize("fault, failure", [
    (a.billing(), "quota"), (a.no_credit(), "quota"), (a.rate_limit(), "rate_limit"),
    (a.wrong_key(), "auth"), (a.error(403), "auth"), (a.no_model(), "model"),
    (a.too_long(), "context")])
def test_what_does_not_pass_is_ollamas_at_once(start, claude, ollama, fault, failure, streamed):
    claude.script(fault)
    answer = ask(with_claude(start, claude, ollama), stream=streamed)
    assert said(answer) == "ollama heard: Hi"
    assert truth(answer) == from_ollama("anthropic=1, ollama=1", failure)
    assert len(claude.chats) == 1 and len(ollama.chats) == 1


@both
def test_a_named_wait_is_waited_for(start, claude, ollama, streamed):
    claude.script(a.rate_limit(retry_after="0.03"), a.ok("again"))
    assert said(ask(with_claude(start, claude, ollama), stream=streamed)) == "again"
    assert len(claude.chats) == 2


@both
@pytest.mark.parametrize("code", [400, 409, 413, 422])
def test_what_is_the_apps_comes_back_verbatim(start, claude, ollama, code, streamed):
    claude.script(a.error(code, "messages: text content blocks must be non-empty"))
    answer = ask(with_claude(start, claude, ollama), stream=streamed)
    assert (answer.status, answer.json) == (code, a.problem(
        a.TYPES.get(code, "api_error"), "messages: text content blocks must be non-empty"))
    assert answer.header("x-should-retry") == "false"
    assert len(claude.chats) == 1 and ollama.chats == []


@both
def test_three_times_and_then_ollama(start, claude, ollama, streamed):
    claude.script(a.overloaded())
    daemon = with_claude(start, claude, ollama)
    answer = ask(daemon, stream=streamed)
    assert said(answer) == "ollama heard: Hi" and len(claude.chats) == 3
    assert truth(answer) == from_ollama("anthropic=3, ollama=1", "server")
    line = daemon.exchange()
    assert (line["provider"], line["fallback"], line["path"]) == ("ollama", "server", PATH)


@pytest.mark.parametrize("fault", [*NETWORK, *BROKEN_HTTP], ids=lambda f: f[0])
@both
def test_a_network_that_fails_is_ollamas(start, claude, ollama, fault, streamed):
    claude.script(fault[1])
    answer = ask(with_claude(start, claude, ollama, ONCE), stream=streamed)
    assert said(answer) == "ollama heard: Hi" and len(claude.chats) == 1


@both
@pytest.mark.parametrize("body", [
    b"{}", b"[]", b"null", b"not JSON", b'{"id":"chatcmpl-1","choices":[]}',
    json.dumps(a.problem("overloaded_error", "Overloaded")).encode(),
    json.dumps(a.message(["x"])).encode()[:-9]],
    ids=["empty", "list", "null", "text", "a chat", "error in a 200", "cut"])
def test_a_200_that_is_no_message_is_none(start, claude, ollama, body, streamed):
    claude.script(reply.status(200, body=body))
    answer = ask(with_claude(start, claude, ollama, ONCE), stream=streamed)
    assert said(answer) == "ollama heard: Hi" and len(claude.chats) == 1


@both
def test_a_silent_one_is_given_up(start, claude, ollama, streamed):
    claude.script(reply.silent())
    daemon = with_claude(start, claude, ollama, {
        **ONCE, "provider.anthropic.first_byte_timeout": ms(150)})
    answer = ask(daemon, stream=streamed)
    assert said(answer) == "ollama heard: Hi"
    assert truth(answer) == from_ollama("anthropic=1, ollama=1", "timeout")


def test_pings_are_no_content(start, claude, ollama):
    claude.script(a.ping_stream(1000, [], delay=0.02))
    daemon = with_claude(start, claude, ollama, {
        **ONCE, "provider.anthropic.first_byte_timeout": ms(250)})
    answer = ask(daemon, stream=True)
    assert said(answer) == "ollama heard: Hi" and answer.header("x-understudy-fallback") == "timeout"


@pytest.mark.parametrize("before", [
    [], [a.start_event()], [a.start_event(), a.block_start(0, a.text("")), a.PING],
    [a.start_event(), a.block_start(0, a.text("")), a.block_delta(0, "text_delta", text="")],
    [a.start_event(), a.block_start(0, {"type": "thinking", "thinking": "", "signature": ""})],
], ids=["nothing", "a start", "a block", "an empty delta", "a thinking block"])
@pytest.mark.parametrize("end", ["close", "reset", "well"])
def test_what_breaks_before_content_is_not_seen(start, claude, ollama, before, end):
    claude.script(a.events(*before, end=end))
    answer = ask(with_claude(start, claude, ollama, ONCE), stream=True)
    assert said(answer) == "ollama heard: Hi" and len(claude.chats) == 1
    assert answer.body.count(b"event: message_start") == 1


@pytest.mark.parametrize("problem", [a.STREAM_ERROR, a.problem("api_error", "Internal server error")])
@pytest.mark.parametrize("begun", [False, True])
def test_an_error_event_before_content_is_not_seen(start, claude, ollama, problem, begun):
    claude.script(a.events(*([a.start_event()] if begun else []), problem))
    answer = ask(with_claude(start, claude, ollama, ONCE), stream=True)
    assert said(answer) == "ollama heard: Hi"
    assert answer.header("x-understudy-fallback") == "server"


@pytest.mark.parametrize("content", [
    [a.block_start(0, a.text("")), a.block_delta(0, "text_delta", text="x")],
    [a.block_start(0, a.thinking("", "")), a.block_delta(0, "thinking_delta", thinking="x")],
    [a.block_start(0, {**CALL, "input": {}})],
    [a.end_event("end_turn")],
], ids=["text", "thinking", "a call", "a stop_reason"])
def test_what_content_is(start, claude, ollama, content):
    """From there on the app has it, and nobody else is asked."""
    gate = Gate()
    claude.script(a.events(a.start_event(), *content, gate, end="close"))
    client = with_claude(start, claude, ollama, ONCE).connect()
    client.request("POST", PATH, {**ASKED, "stream": True, "tools": [TOOL]}, HEAD)
    answer = client.head()
    client.read_until(answer, json.dumps(content[-1]))
    gate.open()
    client.finish(answer)
    assert ollama.chats == []


# ---- breaks after content


@pytest.mark.parametrize("reply, failure", [
    (a.cut_stream("one ", "two"), "protocol"), (a.cut_stream("one ", "two", how="reset"), "network"),
    (a.ended_early("one ", "two"), "protocol"), (a.stall_stream("one ", "two"), "timeout")],
    ids=["cut", "reset", "ended early", "stalled"])
def test_a_break_after_content_is_told(start, claude, ollama, reply, failure):
    claude.script(reply)
    daemon = with_claude(start, claude, ollama, {"provider.anthropic.idle_timeout": ms(200)})
    answer = ask(daemon, stream=True)
    assert broken(answer)["type"] == "api_error" and text_so_far(answer) == "one two"
    assert len(claude.chats) == 1 and ollama.chats == []
    assert daemon.exchange()["class"] == failure
    assert daemon.log(event="stream_incomplete", level="warning")


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_break_in_a_call_is_told(start, claude, ollama, how):
    events = a.events_of("I look.", CALL, stop="tool_use")
    claude.script(a.events(*events[:-4], end=how))
    answer = ask(with_claude(start, claude, ollama), stream=True, tools=[TOOL])
    assert broken(answer)["type"] == "api_error"


def test_an_error_event_after_content_is_passed_on_as_it_came(start, claude, ollama):
    claude.script(a.stream_error_mid("one"))
    answer = ask(with_claude(start, claude, ollama), stream=True)
    assert broken(answer) == a.STREAM_ERROR["error"] and answer.body.endswith(a.sse(a.STREAM_ERROR))
    assert ollama.chats == []


@pytest.mark.parametrize("end", ["well", "stall"])
@pytest.mark.parametrize("stop", ["end_turn", "max_tokens", "tool_use"])
def test_only_message_stop_is_missing_and_is_added(start, claude, ollama, stop, end):
    claude.script(a.without_stop("one", stop=stop, end=end))
    daemon = with_claude(start, claude, ollama, {"provider.anthropic.idle_timeout": ms(200)})
    answer = ask(daemon, stream=True)
    assert said(answer) == "one" and answer.complete and daemon.exchange()["class"] == "ok"


def test_a_reset_before_message_stop_is_told(start, claude, ollama):
    claude.script(a.without_stop("one", end="reset"))
    assert broken(ask(with_claude(start, claude, ollama), stream=True))["type"] == "api_error"


@pytest.mark.parametrize("end", ["close", "reset", "stall"])
def test_after_message_stop_it_does_not_matter(start, claude, ollama, end):
    claude.script(a.stream("one", end=end))
    daemon = with_claude(start, claude, ollama)
    answer = ask(daemon, stream=True)
    assert said(answer) == "one" and answer.complete and daemon.exchange()["class"] == "ok"


def test_wherever_it_is_cut_no_half_looks_whole(start, claude, ollama):
    """Cut at every seventh byte, and at the end of every event."""
    body = a.body_of(a.thinking("Hm, let me see."), "It is é.", CALL, stop="tool_use", ping=True)
    daemon = with_claude(start, claude, ollama, {**ONCE, "route.hedge_after": "off"})
    whole = len(body)
    ends = [n + 2 for n in range(whole) if body[n:n + 2] == b"\n\n"]
    begun = body.index(b'"thinking": "Hm')  # the first delta: content, once its event has ended
    for at in sorted({*range(1, whole, 7), *ends, whole - 1}):
        claude.script(a.cut_at(at, body))
        before = len(ollama.chats)
        answer = ask(daemon, stream=True, tools=[TOOL])
        if b"\n\n" not in body[begun:at]:
            assert said(answer) == "ollama heard: Hi", at
            continue
        assert len(ollama.chats) == before, at
        if at >= whole - 2 and answer.body.startswith(body[:-2]) and b"event: error" not in answer.body:
            continue
        broken(answer)
        sent = [d for n, d in named_events(answer.body)[:-1]]
        assert sent == [d for n, d in named_events(body)][:len(sent)], at


@both
@pytest.mark.parametrize("how", ["close", "reset", "stall"])
def test_a_whole_answer_that_is_cut_is_ollamas(start, claude, ollama, streamed, how):
    """Also where a stream was asked for and JSON comes."""
    half = json.dumps(a.message(["x" * 400])).encode()[:200]
    claude.script(reply.cut_body(half, how=how))
    daemon = with_claude(start, claude, ollama, {**ONCE, "provider.anthropic.idle_timeout": ms(200)})
    assert said(ask(daemon, stream=streamed)) == "ollama heard: Hi"


# ---- refusals


@both
def test_a_refusal_is_an_answer(start, claude, ollama, streamed):
    claude.script(a.refusal("I cannot do that."))
    daemon = with_claude(start, claude, ollama, {"route.continue_stream": "yes"})
    answer = ask(daemon, stream=streamed)
    assert said(answer) == "I cannot do that." and ollama.chats == []
    assert b'"stop_reason": "refusal"' in answer.body
    assert daemon.exchange()["class"] == "policy"


# ---- the official client


@both
def test_the_official_client_and_the_cloud(start, claude, ollama, streamed):
    claude.script(a.overloaded(), a.answer(a.thinking("Hm."), "fine", CALL, stop="tool_use"))
    daemon = with_claude(start, claude, ollama)
    message = with_sdk(daemon, streamed, tools=[TOOL])
    assert [b.type for b in message.content] == ["thinking", "text", "tool_use"]
    assert message.usage.cache_read_input_tokens == 4 and len(claude.chats) == 2


def with_sdk(daemon, streamed, **more):
    app = claude_app(daemon.url)
    daemon.close_at_end(app)
    if streamed:
        with app.messages.stream(**{**ASKED, **more}) as stream:
            found = stream.get_final_message()
    else:
        found = app.messages.create(**{**ASKED, **more})
    assert app.requests == 1
    return found


@both
def test_the_official_client_gets_ollamas_answer(start, claude, ollama, streamed):
    claude.refuse()
    ollama.script(o.text("From here.", counts={"prompt_eval_count": 7, "eval_count": 2}))
    message = with_sdk(with_claude(start, claude, ollama), streamed)
    start.unsent = 3
    assert message.content[0].text == "From here." and message.stop_reason == "end_turn"
    assert (message.usage.input_tokens, message.usage.output_tokens) == (7, 2)
    assert message.id.startswith("msg_")


@pytest.mark.parametrize("reply", [a.cut_stream("half"), a.stream_error_mid("half")])
def test_the_official_client_raises_where_a_stream_breaks(start, claude, ollama, reply):
    claude.script(reply)
    with pytest.raises(sdk.APIStatusError) as raised:
        with_sdk(with_claude(start, claude, ollama), True)
    assert raised.value.api_message and len(claude.chats) == 1


@both
def test_a_conversation_that_changes_sides(start, claude, ollama, streamed):
    """Begun at the cloud, gone on with locally, ended at the cloud."""
    first = a.tool_use("weather", {"city": "Rome"}, "toolu_01Rome")
    claude.script(a.ok_tools(first, first=[a.thinking("Hm.")]))
    ollama.script(o.tools(o.call("weather", {"city": "Malmö"}, "call_ab12cd34")))
    daemon = with_claude(start, claude, ollama, {**ONCE})
    history = [HI]
    for number in range(3):
        if number == 1:
            claude.script(a.overloaded())
        elif number == 2:
            claude.script(a.ok("Rain in both."))
        message = with_sdk(daemon, streamed, messages=history, tools=[TOOL])
        calls = [b for b in message.content if b.type == "tool_use"]
        history += [{"role": "assistant", "content": [b.to_dict() for b in message.content]}]
        if calls:
            history += [{"role": "user", "content": [
                {"type": "tool_result", "tool_use_id": c.id, "content": "rain"} for c in calls]}]
    assert message.content[0].text == "Rain in both." and len(ollama.chats) == 1
    assert [m["role"] for m in ollama.chats[0].json["messages"]] == ["user", "assistant", "tool"]
