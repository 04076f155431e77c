"""[log] otlp: a span an exchange and one an attempt at a collector, and the trace that goes to the providers."""
import re

import pytest

from daemon import wait_until
from ledger import both
from sim import Gate
from sim.cloud import call, cut_stream, held, ok, ok_tools, openai_error, reset_before_answer, status, stream
from sim.collector import took
from sim.world import Names

CHAT = "/v1/chat/completions"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "x"}]}
TRACE, ASKER = PARENT.split("-")[1:3]
USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12, "prompt_tokens_details": {"cached_tokens": 2}}
OWN = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-01")


@pytest.fixture
def traced(start, cloud, ollama, collector):
    def start_traced(settings=None, **more):
        return start(more.pop("cloud", cloud), ollama, {"log.otlp": collector.url, **(settings or {})}, **more)

    return start_traced


def tree(spans):
    """The exchange and its attempts in the order in which they began; all of one trace."""
    (top,) = [s for s in spans if s.kind == "server"]
    below = sorted((s for s in spans if s.kind == "client"), key=lambda s: s.begin)
    assert all(s.parent == top.id and s.trace == top.trace for s in below)
    assert len({s.id for s in spans}) == len(spans)
    assert all(top.begin <= s.begin <= s.end <= top.end for s in below)
    return top, below


# ---- what is told


@both
def test_one_span_an_exchange_and_a_child_an_attempt(traced, cloud, ollama, collector, streamed):
    cloud.script(status(503), stream("a", "b", usage=USAGE) if streamed else ok("ab", usage=USAGE))
    daemon = traced({"retry.attempts": "2"})
    answer = daemon.chat(stream=streamed, headers={"traceparent": PARENT})
    top, (first, second) = tree(collector.wait_for_spans(3))
    assert (top.trace, top.parent, top.name) == (TRACE, ASKER, "chat gpt-4")
    assert collector.resources[0]["service.name"] == "understudy" and collector.resources[0]["service.version"]
    said = {"gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "gpt-4",
            "gen_ai.response.model": "gpt-4", "gen_ai.usage.input_tokens": 5, "gen_ai.usage.output_tokens": 7,
            "gen_ai.usage.cache_read.input_tokens": 2, "gen_ai.request.stream": True if streamed else None,
            "http.request.method": "POST", "http.response.status_code": 200, "error.type": None,
            "understudy.class": "ok"}
    for span in (top, second):
        assert {k: span[k] for k in said} == said
    assert (top["url.path"], top["understudy.id"], top["understudy.attempts"]) == (CHAT, answer.header("x-understudy-id"), 2)
    assert (top["gen_ai.response.time_to_first_chunk"] is not None) == streamed
    assert (first["http.response.status_code"], first["error.type"], first.is_error) == (503, "server", True)
    assert (second["http.request.resend_count"], second.is_error, top.is_error) == (1, False, False)
    assert (first["server.address"], first["server.port"]) == ("127.0.0.1", cloud.port)
    assert first["gen_ai.response.model"] is first["gen_ai.usage.input_tokens"] is None


def test_rounds_and_the_calls_between_them_are_of_one_exchange(traced, cloud, collector, tool_server):
    tool_server.tool("today", "sunny")
    cloud.script(ok_tools(call("sky__today", {})), ok("It is sunny.", usage=USAGE))
    traced(tool_server.settings("sky")).chat(headers={"x-understudy-tools": "sky", "traceparent": PARENT})
    spans = collector.wait_for_spans(4)
    top, (first, second) = tree(spans)
    (tool,) = [s for s in spans if s.kind == "internal"]
    assert (tool.name, tool.parent, tool.trace) == ("execute_tool sky__today", top.id, TRACE)
    assert first.end <= tool.begin <= tool.end <= second.begin and top.attributes["understudy.attempts"] == 2


def test_a_fallback_is_seen(traced, cloud, ollama, collector):
    cloud.script(reset_before_answer())
    traced({"retry.attempts": "1"}).chat()
    top, (out_there, here) = tree(collector.wait_for_spans(3))
    assert (top["understudy.provider"], top["understudy.fallback"]) == ("ollama", "network")
    assert (out_there["error.type"], out_there["http.response.status_code"]) == ("network", None)
    assert (here["gen_ai.provider.name"], here["gen_ai.request.model"]) == ("ollama", top["gen_ai.response.model"])
    assert here["server.port"] == ollama.port and top["gen_ai.request.model"] == "gpt-4"


def test_an_error_for_all_is_one(traced, cloud, ollama, collector):
    cloud.script(status(503))
    daemon = traced({"retry.attempts": "1", "route.priority": "openai"})
    assert daemon.chat().status == 503
    top, (attempt,) = tree(collector.wait_for_spans(2))
    assert (top.is_error, top["error.type"], top["http.response.status_code"]) == (True, "server", 503)
    assert attempt.is_error and top["gen_ai.response.model"] is None


def test_what_the_app_did_wrong_is_no_fault_of_ours(traced, cloud, collector):
    cloud.script(openai_error(400))
    traced().chat()
    top, (attempt,) = tree(collector.wait_for_spans(2))
    assert (top["http.response.status_code"], top["error.type"], top.is_error) == (400, "request", False)
    assert attempt.is_error


def test_a_refused_request_has_no_attempts(traced, collector):
    assert traced().post(CHAT, b"{").status == 400
    top, below = tree(collector.wait_for_spans(1))
    assert below == [] and top["understudy.attempts"] == 0


def test_a_stream_that_breaks_is_an_error(traced, cloud, collector):
    cloud.script(cut_stream("a", "b"))
    traced().chat(stream=True)
    top, (attempt,) = tree(collector.wait_for_spans(2))
    assert top.is_error and attempt.is_error and top["http.response.status_code"] == 200
    assert attempt["gen_ai.response.model"] == "gpt-4" and top["error.type"] == attempt["error.type"] != "ok"


def test_who_is_skipped_is_told(traced, cloud, collector):
    daemon = traced({"provider.openai.api_key": None})
    daemon.chat()
    top, (here,) = tree(collector.wait_for_spans(2))
    assert top["understudy.skipped"] == "openai=no-key" and here["understudy.provider"] == "ollama"


@pytest.mark.parametrize("path, body, operation", [
    ("/v1/completions", {"prompt": "x"}, "text_completion"), ("/v1/embeddings", {"input": "x"}, "embeddings"),
    ("/v1/responses", {"input": "x"}, "chat"), ("/v1/files", {}, None)])
def test_the_operation_is_that_of_the_path(traced, cloud, collector, path, body, operation):
    cloud.script(status(200, body={}), path="/v1/files")
    traced().post(path, {"model": "gpt-4", **body})
    top, (attempt,) = tree(collector.wait_for_spans(2))
    for span in (top, attempt):
        assert span["gen_ai.operation.name"] == operation
    assert top.name == (f"{operation} gpt-4" if operation else "POST") and top["url.path"] == path


def test_names_of_any_length_and_letters_are_told(traced, cloud, collector):
    name = "<script>\u202e\u2028'" + "n" * 220
    traced().chat(model=name)
    top, (attempt,) = tree(collector.wait_for_spans(2))
    assert name.startswith(top["gen_ai.request.model"]) and 150 < len(top["gen_ai.request.model"]) < 210
    assert name.startswith(attempt["gen_ai.request.model"])


# ---- the trace


@pytest.mark.parametrize("flags", ["01", "03"])
def test_each_attempt_is_the_parent_of_what_is_asked_with_it(traced, cloud, ollama, collector, flags):
    cloud.script(status(503), status(503))
    sent = PARENT[:-2] + flags
    daemon = traced({"retry.attempts": "2"})
    daemon.chat(headers={"traceparent": sent, "tracestate": "a=1,b=2", "x-request-id": "req 9"})
    top, attempts = tree(collector.wait_for_spans(4))
    asked = cloud.to(CHAT) + ollama.to("/api/chat")
    assert [r.all("traceparent") for r in asked] == [[f"00-{TRACE}-{a.id}-{flags}"] for a in attempts]
    assert [r.all("tracestate") for r in asked] == [["a=1,b=2"]] * 3
    assert [r.header("x-request-id") for r in asked] == ["req 9"] * 3
    assert daemon.exchange()["traceparent"] == sent


@pytest.mark.parametrize("headers", [
    [], [("traceparent", "00-1-2-01")], [("traceparent", PARENT.upper())], [("traceparent", "ff" + PARENT[2:])],
    [("traceparent", PARENT), ("traceparent", PARENT)]],
    ids=["none", "short", "upper case", "ff", "two"])
def test_a_trace_of_its_own_begins_where_none_can_be_gone_on_with(traced, cloud, collector, headers):
    daemon = traced()
    daemon.chat(headers=[*headers, ("tracestate", "a=1")])
    top, (attempt,) = tree(collector.wait_for_spans(2))
    assert top.parent is None and top.trace != TRACE
    (sent,) = cloud.to(CHAT)
    (told,) = sent.all("traceparent")
    assert OWN.fullmatch(told).groups() == (top.trace, attempt.id) and sent.all("tracestate") == []
    assert daemon.exchange()["traceparent"] == f"00-{top.trace}-{top.id}-01"


def test_of_a_trace_that_is_not_sampled_nothing_is_sent(traced, cloud, collector):
    daemon = traced()
    daemon.chat(headers={"traceparent": PARENT[:-2] + "00"})
    daemon.chat()
    tree(collector.wait_for_spans(2))
    quiet = OWN.pattern.replace("-01", "-00")
    (trace, asker) = re.fullmatch(quiet, cloud.to(CHAT)[0].header("traceparent")).groups()
    assert trace == TRACE and asker != ASKER


def test_without_a_collector_the_trace_goes_on_as_it_came(start, cloud, ollama):
    odd = PARENT.upper()
    start(cloud, ollama).chat(headers={"traceparent": odd, "tracestate": "a=1"})
    (sent,) = cloud.to(CHAT)
    assert (sent.all("traceparent"), sent.all("tracestate")) == ([odd], ["a=1"])


# ---- the way there


@pytest.mark.parametrize("behind, path", [("", "/v1/traces"), ("/", "/v1/traces"), ("/otlp/v1/traces", "/otlp/v1/traces"),
                                          ("?a=b", "/v1/traces?a=b")])
def test_where_it_is_sent(traced, collector, behind, path):
    traced({"log.otlp": collector.url + behind}).chat()
    collector.wait_for_spans(2)
    assert {r.target for r in collector.requests} == {path}


def test_many_exchanges_are_few_requests(traced, collector):
    daemon = traced({"server.workers": "1"})
    client = daemon.connect()
    for _ in range(120):
        assert client.request("POST", CHAT, ASK).response().status == 200
    spans = collector.wait_for_spans(240)
    assert len(spans) == 240 and len({s.id for s in spans}) == 240 and len(collector.requests) <= 240 / 20


def test_a_collector_that_is_down_is_told_once_and_costs_no_request(traced, cloud, collector):
    collector.refuse()
    daemon = traced()
    assert daemon.chat().status == 200
    line = daemon.wait_for_log(event="otlp")
    assert (line["level"], line["collector"]) == ("warning", collector.url) and "Failed to connect" in line["error"]
    assert daemon.chat().status == 200
    collector.accept_again()
    assert len(collector.wait_for_spans(4)) == 4
    back = daemon.wait_for_log(event="otlp", count=2)
    assert (back["level"], back["dropped"]) == ("info", "0")
    assert len(daemon.log(event="otlp")) == 2 and daemon.metric("otlp_dropped_total") == 0


def test_what_the_collector_wants_later_is_sent_later(traced, collector):
    collector.script(status(503, headers={"Retry-After": "1"}), status(429), took())
    daemon = traced()
    daemon.chat()
    assert len(collector.wait_for_spans(2)) == 2 and len(collector.requests) == 3
    assert len({r.body for r in collector.requests}) == 1 and daemon.log(event="otlp")[0]["status"] == "503"


@pytest.mark.parametrize("code", [400, 404, 413, 500, 301])
def test_what_the_collector_refuses_is_lost_and_counted(traced, collector, code):
    collector.script(status(code), took())
    daemon = traced()
    daemon.chat()
    assert daemon.wait_for_log(event="otlp")["status"] == str(code)
    wait_until(lambda: daemon.metric("otlp_dropped_total") == 2, "two spans are counted")
    daemon.chat()
    assert len(collector.wait_for_spans(2)) == 2 and len(collector.requests) == 2


def test_spans_that_are_rejected_are_counted(traced, collector):
    collector.script(took(rejected=1, message="too old"))
    daemon = traced()
    daemon.chat()
    collector.wait_for_spans(2)
    wait_until(lambda: daemon.metric("otlp_dropped_total") == 1, "one span is counted")


def test_what_does_not_fit_is_lost_and_counted(traced, collector):
    collector.script(status(503, headers={"Retry-After": "300"}))
    daemon = traced({"server.workers": "1"})
    client = daemon.connect()
    client.request("POST", CHAT, ASK).response()
    collector.wait_for_requests(1)
    for _ in range(1030):
        assert client.request("POST", CHAT, ASK).response().status == 200
    assert daemon.metric("otlp_dropped_total") == 2 * 1030 - 2048
    collector.script(took())


def test_what_waits_is_sent_before_the_end(traced, collector):
    daemon = traced()
    daemon.chat()
    daemon.stop()
    assert len(collector.spans) == 2


def test_a_collector_that_hangs_does_not_hold_the_end_up(traced, collector):
    gate = Gate()
    collector.script(held(gate, took()))
    daemon = traced({"server.drain_timeout": "1h"})
    daemon.chat()
    daemon.stop()
    assert daemon.log(event="otlp")
    gate.open()


def test_a_reload_changes_where_it_is_sent(traced, start, cloud, ollama, collector):
    ini = "[log]\notlp = none\n"
    daemon = start(cloud, ollama, ini=ini)
    daemon.chat()
    daemon.reload(f"[log]\notlp = {collector.url}\n")
    daemon.chat()
    tree(collector.wait_for_spans(2))
    daemon.reload(ini)
    daemon.chat()
    assert cloud.to(CHAT)[-1].header("traceparent") is None


def test_nothing_goes_out_there_while_nothing_leaves_the_machine(traced, collector, switch, tmp_path):
    names = Names(tmp_path)
    names.set("far.test", "127.0.0.1")
    daemon = traced({"log.otlp": f"http://far.test:{collector.port}"}, env={**switch.env, **names.env})
    switch.set("on")
    daemon.chat()
    wait_until(lambda: daemon.metric("otlp_dropped_total") > 0, "its spans are counted as lost")
    assert collector.requests == []
    switch.set("off")
    daemon.chat()
    tree(collector.wait_for_spans(2))


def test_one_that_is_near_is_told_all_the_same(traced, collector, switch):
    daemon = traced(env=switch.env)
    switch.set("on")
    daemon.chat()
    tree(collector.wait_for_spans(2))


@pytest.mark.parametrize("value", ["ftp://x", "127.0.0.1:4318", "http://a:b@x", "http://"])
def test_an_address_that_is_none_is_an_error(start, cloud, ollama, value):
    daemon = start(cloud, ollama, {"log.otlp": value}, wait=False)
    assert daemon.wait_exit() == 2
    daemon.stop(code=2)
    assert "log.otlp" in daemon.log_text() and "allowed: none, or an http:// or https:// address" in daemon.log_text()
