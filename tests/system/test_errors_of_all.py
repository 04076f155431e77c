"""What the client gets when nobody answers: all failed, one alone, nobody to try."""
import json

import pytest

from faults import BROKEN_HTTP, NOT_A_CHAT, error, wire
from ledger import both, from_cloud, from_ollama, ms, truth
from sim import BlackHole, closed_port, reply
from sim import ollama as o
from sim.cloud import cut_stream, silent, status

NO_RETRY = {"retry.attempts": 1}
NO_FALLBACK = {"x-understudy-fallback": "no"}
TOO_LONG = "This model's maximum context length is 8192 tokens. However, you requested 9000."
BUSY = "server busy, please try again.  maximum pending requests exceeded"
GONE = "model runner has unexpectedly stopped"
OVERFLOWS = [
    pytest.param(o.overflow("0.24"), "the input length exceeds the context length", id="0.24"),
    pytest.param(o.overflow("0.33"), "exceeds the available context size", id="0.33")]


def attempt(provider, status_, failure):
    model = {"openai": "gpt-4", "ollama": "ministral-3:3b"}[provider]
    return {"provider": provider, "model": model, "status": status_, "class": failure}


def check_all_failed(answer, code, last, tried):
    """The whole shape of all_providers_failed; returns its message."""
    assert (answer.status, answer.header("content-type")) == (code, "application/json")
    assert answer.header("x-should-retry") == "false" and answer.complete
    fault = answer.error
    assert list(answer.json) == ["error"]
    assert set(fault) == {"message", "type", "param", "code", "attempts"}
    assert (fault["type"], fault["param"], fault["code"]) == ("all_providers_failed", None, last)
    told = [{k: v for k, v in one.items() if k not in ("ms", "message")}
            for one in fault["attempts"]]
    assert told == tried
    assert all(isinstance(one["ms"], int) and one["message"] for one in fault["attempts"])
    return fault["message"]


# ---- all failed


@both
def test_both_causes_are_named(start, cloud, ollama, streamed):
    cloud.script(error(503, None, "The engine is overloaded."))
    ollama.script(o.failed())
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed)
    message = check_all_failed(answer, 502, "server", [attempt("openai", 503, "server")] * 3 +
                               [attempt("ollama", 500, "server")] * 3)
    cloud_part, _, ollama_part = message.partition(" Ollama error: ")
    assert cloud_part.startswith("All LLM providers failed. Cloud error: ")
    assert "The engine is overloaded." in cloud_part and GONE in ollama_part
    assert ".." not in message
    assert truth(answer) == from_ollama("openai=3, ollama=3", "server")
    assert len(cloud.chats) == 3 and len(ollama.chats) == 3
    assert daemon.exchange()["status"] == "502"
    (line,) = daemon.log(event="all_failed")
    assert (line["level"], line["status"]) == ("error", "502")


INVALID = o.error(400, "json: cannot unmarshal")


@both
@pytest.mark.parametrize("fault, failure, code", [
    (error(401, None, "Wrong key."), "auth", 401), (error(402, None, "No credit."), "quota", 402)])
def test_an_invalid_request_at_last_does_not_hide_why_the_others_failed(
        start, cloud, ollama, fault, failure, code, streamed):
    cloud.script(fault)
    ollama.script(INVALID)
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed)
    message = check_all_failed(answer, 502, "request", [attempt("openai", code, failure),
                                                        attempt("ollama", 400, "request")])
    assert "Cloud error: HTTP 4" in message and "cannot unmarshal" in message
    assert truth(answer) == from_ollama("openai=1, ollama=1", failure)
    assert daemon.exchange()["status"] == "502" and daemon.log(event="all_failed", level="error")


@both
def test_an_invalid_request_of_the_first_is_still_the_client_s(start, cloud, ollama, streamed):
    fault = error(400, "invalid", "Unknown field.")
    cloud.script(fault)
    answer = start(cloud, ollama).chat(stream=streamed)
    assert (answer.status, answer.body) == wire(fault, streamed) and ollama.chats == []


@both
def test_an_ollama_that_does_not_run_is_named_too(start, cloud, streamed):
    cloud.script(status(503))
    daemon = start(cloud, None)
    answer = daemon.chat(stream=streamed)
    assert answer.status == 502 and len(cloud.chats) == 3
    message = answer.error["message"]
    assert message.startswith("All LLM providers failed. Cloud error: ")
    assert " Ollama error: " in message
    assert answer.error["code"] in ("network", "skipped-no-model")
    assert [a["provider"] for a in answer.error["attempts"]][:3] == ["openai"] * 3
    start.unsent = sum(a["provider"] == "ollama" and not a["class"].startswith("skipped")
                                  for a in answer.error["attempts"])


@both
def test_a_model_that_ollama_does_not_have_is_told(start, cloud, ollama, streamed):
    cloud.script(status(401))
    ollama.script(o.error(404, "model 'ministral-3:3b' not found"))
    answer = start(cloud, ollama).chat(stream=streamed)
    message = check_all_failed(answer, 502, "model", [attempt("openai", 401, "auth"),
                                                      attempt("ollama", 404, "model")])
    assert "model 'ministral-3:3b' not found" in message
    assert truth(answer) == from_ollama("openai=1, ollama=1", "auth")


@both
def test_a_full_queue_at_ollama_is_retried_and_told(start, cloud, ollama, streamed):
    cloud.script(status(503))
    ollama.script(o.busy(), o.text("a place is free"))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed)
    assert answer.content == "a place is free"
    assert truth(answer) == from_ollama("openai=3, ollama=2", "server")


@both
def test_all_timeouts_are_504(start, cloud, ollama, streamed):
    cloud.script(silent())
    ollama.script(silent())
    daemon = start(cloud, ollama, {**NO_RETRY, "provider.openai.first_byte_timeout": ms(100),
                                   "provider.ollama.first_byte_timeout": ms(100)})
    answer = daemon.chat(stream=streamed)
    check_all_failed(answer, 504, "timeout", [attempt("openai", None, "timeout"),
                                              attempt("ollama", None, "timeout")])
    assert answer.header("retry-after") is None
    assert cloud.chats[0].hung_up.wait(5) and ollama.chats[0].hung_up.wait(5)


@both
def test_a_timeout_and_another_failure_are_502(start, cloud, ollama, streamed):
    cloud.script(error(408))
    ollama.script(o.failed())
    answer = start(cloud, ollama, NO_RETRY).chat(stream=streamed)
    check_all_failed(answer, 502, "server", [attempt("openai", 408, "timeout"),
                                             attempt("ollama", 500, "server")])


@both
def test_all_408s_are_504(start, cloud, ollama, streamed):
    cloud.script(error(408))
    ollama.script(o.error(408, "too slow"))
    answer = start(cloud, ollama, NO_RETRY).chat(stream=streamed)
    check_all_failed(answer, 504, "timeout", [attempt("openai", 408, "timeout"),
                                              attempt("ollama", 408, "timeout")])


@both
@pytest.mark.parametrize("named, told", [(None, 1), ("7", 7), ("0.2", 1), ("86400", 30)])
def test_all_rate_limits_are_503_with_retry_after(start, cloud, ollama, named, told, streamed):
    cloud.script(error(429))
    headers = {"Retry-After": named} if named else {}
    ollama.script(reply.status(429, headers, '{"error":"slow down"}'))
    answer = start(cloud, ollama, {**NO_RETRY, "retry.max_wait": "100ms"}).chat(stream=streamed)
    check_all_failed(answer, 503, "rate_limit", [attempt("openai", 429, "rate_limit"),
                                                 attempt("ollama", 429, "rate_limit")])
    assert answer.all("retry-after") == [str(told)]


def test_the_shortest_wait_of_all_rate_limits_is_told(start, cloud, ollama):
    cloud.script(reply.status(429, {"Retry-After": "20"}))
    ollama.script(reply.status(429, {"Retry-After": "25"}, '{"error":"slow down"}'))
    answer = start(cloud, ollama).chat()
    assert answer.status == 503 and answer.header("retry-after") == "20"


@both
@pytest.mark.parametrize("fault, words", OVERFLOWS)
def test_too_long_for_the_cloud_and_for_ollama(start, cloud, ollama, fault, words, streamed):
    """ollama's is asked again once where a larger window may do."""
    cloud.script(error(400, "context_length_exceeded", TOO_LONG))
    ollama.script(fault)
    answer = start(cloud, ollama).chat(stream=streamed)
    assert answer.status == 502 and answer.error["code"] == "context"
    assert TOO_LONG in answer.error["message"] and words in answer.error["message"]
    assert len(cloud.chats) == 1 and len(ollama.chats) in (1, 2)


@both
def test_too_long_for_the_cloud_is_no_problem_for_a_larger_window(start, cloud, ollama, streamed):
    cloud.script(error(400, "context_length_exceeded", TOO_LONG))
    answer = start(cloud, ollama).chat(stream=streamed)
    assert answer.content == "ollama heard: Hi"
    assert truth(answer) == from_ollama("openai=1, ollama=1", "context")


@both
def test_a_window_known_to_be_too_small_gives_the_client_the_clouds_error(start, cloud, ollama,
                                                                        streamed):
    fault = error(400, "context_length_exceeded", TOO_LONG)
    cloud.script(fault)
    ollama.models = [o.Model("small:1b", ("completion",), 512)]
    answer = start(cloud, ollama).chat("word " * 4000, stream=streamed)
    assert (answer.status, answer.body) == wire(fault, streamed)
    assert truth(answer)["provider"] == "openai" and answer.header("x-should-retry") == "false"
    assert len(cloud.chats) == 1 and ollama.chats == []


# ---- one alone


@both
@pytest.mark.parametrize("route", [{"route.priority": "openai"}, NO_FALLBACK,
                                   {"x-understudy-route": "openai"}], ids=str)
def test_a_cloud_alone_gives_its_own_last_error(start, cloud, ollama, route, streamed):
    cloud.script(error(500, None, "first"), error(503, "x", "second"), error(502, "y", "last"))
    settings = route if "route.priority" in route else {}
    daemon = start(cloud, ollama, settings)
    answer = daemon.chat(stream=streamed, headers={} if settings else route)
    assert (answer.status, answer.error["message"]) == (502, "last")
    assert answer.body == wire(error(502, "y", "last"), streamed)[1]
    assert truth(answer) == from_cloud("openai=3") and answer.header("x-should-retry") == "false"
    assert len(cloud.chats) == 3 and ollama.chats == [] and ollama.loads == []


@both
def test_a_silent_cloud_alone_is_504(start, cloud, ollama, streamed):
    cloud.script(silent())
    daemon = start(cloud, ollama, {"provider.openai.first_byte_timeout": ms(80)})
    answer = daemon.chat(stream=streamed, headers=NO_FALLBACK)
    assert (answer.status, answer.error["type"], answer.error["code"]) == (
        504, "upstream_error", "timeout")
    assert answer.header("x-should-retry") == "false"
    assert truth(answer) == from_cloud("openai=3")
    assert len(cloud.chats) == 3 and ollama.chats == []


@both
def test_a_cloud_alone_that_is_not_there_is_502(start, ollama, streamed):
    start.unsent = 3
    with closed_port() as port:
        daemon = start("http://127.0.0.1:%d" % port.getsockname()[1], ollama)
        answer = daemon.chat(stream=streamed, headers=NO_FALLBACK)
    assert (answer.status, answer.error["type"], answer.error["code"]) == (
        502, "upstream_error", "network")
    assert truth(answer) == from_cloud("openai=3")


@both
def test_no_byte_of_a_broken_answer_reaches_the_client(start, cloud, ollama, streamed):
    cloud.script(reply.cut_body(b'{"secret": "half'), cut_stream(), reply.html_200("<p>half</p>"))
    answer = start(cloud, ollama).chat(stream=streamed)
    assert answer.content == "ollama heard: Hi"
    assert b"half" not in answer.body and b"<p>" not in answer.body
    assert answer.header("content-type").split(";")[0] == (
        "text/event-stream" if streamed else "application/json")


@both
@pytest.mark.parametrize("code, words, status_, type_, code_, tries", [
    (500, "llama-server process has terminated", 500, "api_error", "server", 3),
    (503, BUSY, 503, "api_error", "server", 3),
    (404, "model 'x' not found", 404, "not_found_error", "model_not_found", 1),
    (400, "invalid option", 400, "invalid_request_error", "request", 1),
    (400, "the input length exceeds the context length", 400, "invalid_request_error",
     "context_length_exceeded", 2),
    (401, "unauthorized", 401, "invalid_request_error", "auth", 1),
    (429, "slow down", 429, "invalid_request_error", "rate_limit", 3),
])
def test_ollamas_text_alone_comes_in_openais_shape(start, cloud, ollama, code, words, status_,
                                                   type_, code_, tries, streamed):
    ollama.script(o.error(code, words))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed, headers={"x-understudy-route": "ollama"})
    assert (answer.status, answer.header("content-type")) == (status_, "application/json")
    fault = answer.error
    assert (fault["type"], fault["param"], fault["code"]) == (type_, None, code_)
    assert words in fault["message"]
    assert answer.header("x-should-retry") == "false" and cloud.requests == []
    assert truth(answer) == from_ollama(f"ollama={len(ollama.chats)}", None)
    assert 1 <= len(ollama.chats) <= tries


@pytest.mark.parametrize("fault, failure, tries", [
    *[pytest.param(r, "protocol", 1 if n == "packed" else 3, id=n)
      for n, r, *_ in BROKEN_HTTP + NOT_A_CHAT
      if not n.startswith(("web", "no-choices", "null-c", "choice-", "NUL-in-the"))],
    pytest.param(reply.reset_before_answer(), "network", 3, id="reset"),
    pytest.param(reply.redirect("http://127.0.0.1:1/"), "redirect", 1, id="redirect"),
    pytest.param(o.without_done(), "protocol", 3, id="without-done"),
    pytest.param(o.error_mid(), "server", 3, id="error-line"),
])
@both
def test_an_ollama_alone_that_breaks_is_an_error_of_ours(start, cloud, ollama, fault, failure,
                                                         tries, streamed):
    ollama.script(fault)
    answer = start(cloud, ollama).chat(stream=streamed, headers={"x-understudy-route": "ollama"})
    assert (answer.status, answer.error["type"], answer.error["code"]) == (
        502, "upstream_error", failure)
    assert answer.header("x-should-retry") == "false"
    assert len(ollama.chats) == tries


# ---- nobody to try


@both
def test_nobody_can_be_tried_is_503_with_each_reason(start, cloud, ollama, streamed):
    ollama.models = []
    daemon = start(cloud, ollama, {"provider.openai.api_key": None})
    answer = daemon.chat(stream=streamed)
    assert (answer.status, answer.error["type"]) == (503, "no_provider")
    assert answer.header("x-should-retry") == "false"
    assert "openai" in answer.error["message"] and "api_key" in answer.error["message"]
    assert "ollama" in answer.error["message"] and "model" in answer.error["message"]
    told = [{k: v for k, v in one.items() if k != "message"} for one in answer.error["attempts"]]
    assert told == [{"provider": p, "model": None, "status": None, "class": c, "ms": 0} for p, c in
                    (("openai", "skipped-no-key"), ("ollama", "skipped-no-model"))]
    assert all(one["message"] in answer.error["message"] for one in answer.error["attempts"])
    assert answer.header("x-understudy-id") and answer.header("x-understudy-attempts") is None
    assert cloud.requests == [] and ollama.chats == []


@both
def test_a_cloud_without_a_key_is_skipped_and_said(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama, {"provider.openai.api_key": None})
    answer = daemon.chat(stream=streamed)
    assert answer.content == "ollama heard: Hi"
    assert truth(answer) == from_ollama("ollama=1", "skipped-no-key")
    assert cloud.requests == [] and daemon.waits() == []
    labels = {"from": "openai", "to": "ollama", "class": "skipped-no-key"}
    assert daemon.metric("fallbacks_total", **labels) == 1


@both
def test_the_clients_key_is_passed_on_where_none_is_set(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama, {"provider.openai.api_key": None})
    answer = daemon.chat(stream=streamed, headers={"Authorization": "Bearer sk-mine"})
    assert answer.content == "cloud heard: Hi"
    assert cloud.chats[0].all("authorization") == ["Bearer sk-mine"]


def test_a_provider_that_needs_no_key_is_asked_without_one(start, cloud, ollama):
    daemon = start(cloud, ollama, {"provider.openai.api_key": "none"})
    answer = daemon.chat(headers={"Authorization": "Bearer sk-mine"})
    assert answer.content == "cloud heard: Hi"
    assert cloud.chats[0].all("authorization") == []


def test_skipped_providers_are_named_among_the_attempts(start, cloud, ollama):
    ollama.script(o.error(401, "no"))
    answer = start(cloud, ollama, {"provider.openai.api_key": None}).chat()
    tried = [(a["provider"], a["status"], a["class"]) for a in answer.error["attempts"]]
    assert tried == [("openai", None, "skipped-no-key"), ("ollama", 401, "auth")]
    assert answer.status == 502 and answer.error["code"] == "auth"


# ---- fallback_on


@both
@pytest.mark.parametrize("failure, fault, tries", [
    ("network", reply.reset_before_answer(), 3), ("server", status(503, body=b'{"a": 1}'), 3),
    ("rate_limit", error(429), 1), ("auth", error(401), 1), ("quota", error(402), 1),
    ("model", error(404, "model_not_found"), 1),
    ("redirect", reply.redirect("http://x.invalid/"), 1),
    ("context", error(400, "context_length_exceeded"), 1), ("protocol", reply.html_200(), 3)])
def test_a_class_that_fallback_on_leaves_out_stays(start, cloud, ollama, failure, fault, tries,
                                                   streamed):
    cloud.script(fault)
    others = {"network", "timeout", "protocol", "server", "rate_limit", "auth", "quota", "model",
              "context", "redirect"} - {failure}
    answer = start(cloud, ollama, {"route.fallback_on": ", ".join(sorted(others))}).chat(
        stream=streamed)
    assert len(cloud.chats) == tries and ollama.chats == []
    assert truth(answer) == from_cloud(f"openai={tries}")
    assert answer.header("x-should-retry") == "false"
    if failure in ("network", "redirect", "protocol"):
        assert (answer.status, answer.error["type"], answer.error["code"]) == (
            502, "upstream_error", failure)
    else:
        assert (answer.status, answer.body) == wire(fault, streamed)


def test_fallback_on_none_keeps_everything_at_the_cloud(start, cloud, ollama):
    start.unsent = 1
    hole = BlackHole()
    try:
        daemon = start(hole, ollama, {**NO_RETRY, "route.fallback_on": "none",
                                      "provider.openai.connect_timeout": ms(100)})
        answer = daemon.chat()
    finally:
        hole.stop()
    assert (answer.status, answer.error["code"]) == (504, "timeout") and ollama.chats == []


# ---- the books of other paths


def test_other_paths_are_judged_by_http_alone(start, cloud, ollama):
    page = status(200, body="<html>not JSON</html>", kind="text/html")
    cloud.script(page, path="/v1/audio/speech")
    answer = start(cloud, ollama).post("/v1/audio/speech", {"model": "tts-1", "input": "x"})
    assert (answer.status, answer.body) == wire(page, False) and len(cloud.requests) == 1


def test_embeddings_are_retried_and_never_move(start, cloud, ollama):
    cloud.script(error(503, None, "busy"), path="/v1/embeddings")
    answer = start(cloud, ollama).post("/v1/embeddings", {"model": "e", "input": "x"})
    assert (answer.status, json.loads(answer.body)["error"]["message"]) == (503, "busy")
    assert len(cloud.to("/v1/embeddings")) == 3 and ollama.chats == []
    assert answer.header("x-understudy-attempts") == "openai=3"
    assert answer.header("x-should-retry") == "false"
