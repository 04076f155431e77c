"""The lines of the log and the page of metrics: names, fields, types, labels."""
import json
import re
import signal
from pathlib import Path

import pytest

from daemon import CLOUD_KEY, PATIENCE, wait_until
from sim import Gate
from sim import ollama as o
from sim.cloud import held, ok, openai_error, silent, status, stream

CHAT = "/v1/chat/completions"
ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
WORDS = {"id", "provider", "model", "class", "attempts", "fallback", "status", "stream",
         "prompt_tokens", "completion_tokens", "ttft_ms", "duration_ms"}


# ---- log


@pytest.mark.sample
def test_one_line_an_exchange_with_all_its_fields(start, cloud, ollama):
    cloud.script(ok("fine", usage=USAGE))
    daemon = start(cloud, ollama)
    answer = daemon.chat()
    line = daemon.exchange()
    fields = {k: v for k, v in line.items() if k in WORDS}
    assert int(fields.pop("duration_ms")) >= int(fields.pop("ttft_ms")) >= 0
    assert fields == {"id": answer.header("x-understudy-id"), "provider": "openai",
                      "model": "gpt-4", "class": "ok", "attempts": "openai=1", "status": "200",
                      "stream": "false", "prompt_tokens": "5", "completion_tokens": "7"}
    assert line["level"] == "info" and len(daemon.log(event="exchange")) == 1


@pytest.mark.parametrize("streamed", [False, True])
def test_what_ollama_does_not_get_is_named(start, cloud, ollama, streamed):
    cloud.script(status(401))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed, logit_bias={"5": 1}, tool_choice="required",
                         tools=[{"type": "function", "function": {"name": "f"}}])
    assert answer.header("x-understudy-dropped") == "logit_bias, tool_choice"
    assert daemon.exchange()["dropped"] == "logit_bias, tool_choice"
    daemon.chat()
    assert "dropped" not in daemon.exchange(2)


def test_retries_and_fallbacks_are_warnings_before_the_end(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama)
    daemon.chat()
    end = daemon.exchange()
    lines = [l for l in daemon.log(id=end["id"]) if l["event"] in ("retry", "fallback", "exchange")]
    assert [(l["event"], l["level"]) for l in lines] == [
        ("retry", "warning"), ("retry", "warning"), ("fallback", "warning"), ("exchange", "info")]
    assert [(l["provider"], l["class"], l["attempt"], l["wait_ms"]) for l in lines[:2]] == [
        ("openai", "server", "1", "10"), ("openai", "server", "2", "20")]
    assert (lines[2]["provider"], lines[2]["to"], lines[2]["class"]) == (
        "openai", "ollama", "server")


def test_the_fallbacks_line_is_there_before_Ollama_answers(start, cloud, ollama):
    gate = Gate()
    cloud.script(status(401))
    ollama.script(held(gate, o.text("late")))
    daemon = start(cloud, ollama)
    client = daemon.connect()
    client.request("POST", CHAT, ASK)
    gate.wait_reached()
    assert daemon.wait_for_log(event="fallback")["class"] == "auth"
    assert daemon.log(event="exchange") == []
    gate.open()
    assert client.response().content == "late"


WHY_NO_MORE = [
    ("attempts", status(503), {}, {}),
    ("class", status(401), {}, {}),
    ("status", status(505), {}, {}),
    ("retry_after", status(429, {"Retry-After": "3600"}), {}, {}),
    ("ambiguous", status(500), {"retry.ambiguous": "no"}, {}),
    ("breaker", status(503), {"breaker.failures": 2}, {}),
    ("deadline", status(503, {"Retry-After": "9"}), {"retry.max_wait": "10s"},
     {"x-understudy-deadline": "8s"}),
    ("hedge", silent(), {"route.hedge_after": "20ms"}, {}),
]


@pytest.mark.parametrize("reason, answer, settings, headers", WHY_NO_MORE,
                         ids=[row[0] for row in WHY_NO_MORE])
def test_a_fallback_says_why_no_more_tries_were_made(start, cloud, ollama, reason, answer,
                                                     settings, headers):
    cloud.script(answer)
    daemon = start(cloud, ollama, settings)
    assert daemon.chat(headers=headers).content == "ollama heard: Hi"
    daemon.exchange()
    (line,) = daemon.log(event="fallback")
    assert line["reason"] == reason


def test_a_used_up_budget_and_a_skip_are_reasons_too(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"breaker.failures": 18, "breaker.open_for": "60s"})
    for _ in range(9):
        daemon.chat()
    daemon.exchange(9)
    # Ten retries are always allowed: 5 times two, then none; the 18th failure opens the breaker.
    assert [l["reason"] for l in daemon.log(event="fallback")] == [
        *["attempts"] * 5, *["budget"] * 2, "breaker", "breaker"]
    assert [l["class"] for l in daemon.log(event="fallback")] == [
        *["server"] * 8, "skipped-breaker"]


def test_a_stream_that_broke_is_gone_on_with_because_of_its_content(start, cloud, ollama):
    cloud.script(stream("One", finish=None, done=False))
    ollama.script(o.text(" two"))
    daemon = start(cloud, ollama, {"route.continue_stream": "yes"})
    daemon.chat(stream=True)
    daemon.exchange()
    assert daemon.log(event="fallback")[-1]["reason"] == "content"


def test_the_exchange_names_its_path_and_the_model_that_was_asked_for(start, cloud, ollama):
    daemon = start(cloud, ollama)
    daemon.post("/v1/chat/completions?key=sk-secret", {**ASK, "model": "openai:gpt-4o"})
    daemon.post("/v1/completions", {"model": "gpt-x", "prompt": "Hi"})
    daemon.get("/v1/files/f?key=sk-secret")
    first, second, third = (daemon.exchange(n) for n in (1, 2, 3))
    assert (first["path"], first["asked"], first["model"]) == (CHAT, "openai:gpt-4o", "gpt-4o")
    assert (second["path"], second["asked"], second["model"]) == (
        "/v1/completions", "gpt-x", "gpt-x")
    assert third["path"] == "/v1/files/f" and "asked" not in third
    assert "secret" not in daemon.log_text()


@pytest.mark.parametrize("size", [2048, 2049, 2050, 3000])
def test_a_long_path_is_named_by_its_beginning(start, cloud, ollama, size):
    daemon = start(cloud, ollama)
    daemon.get("/v1/files/".ljust(size, "f"))
    assert daemon.exchange()["path"].startswith("/v1/files/fff")


def test_both_failed_is_an_error(start, cloud):
    start.unsent = 2
    cloud.script(status(503))
    daemon = start(cloud, None)
    assert daemon.chat().status == 502
    end = daemon.exchange()
    (line,) = [l for l in daemon.log(level="error") if l.get("id") == end["id"]]
    assert line["event"] == "all_failed" and line["status"] == "502"
    assert line["reason"] == "not_running"


def test_a_dead_key_is_an_error_once_for_many_requests_of_several_workers(start, cloud, ollama):
    cloud.script(status(401))
    daemon = start(cloud, ollama, {"server.workers": 2})
    for _ in range(10):
        assert daemon.chat().content == "ollama heard: Hi"
    daemon.exchange(10)
    assert len(daemon.log(event="auth", level="error")) == 1
    assert daemon.metric("attempts_total", provider="openai", **{"class": "auth"}) == 10


@pytest.mark.parametrize("key, said", [
    (CLOUD_KEY, "the provider refuses the key from UNDERSTUDY_PROVIDER_OPENAI_API_KEY; answers"),
    ("", "the provider refuses the key that the app sent, as no api_key is set here; answers")])
def test_a_refused_key_is_told_with_its_owner(start, cloud, ollama, key, said):
    cloud.script(status(401))
    daemon = start(cloud, ollama, {"provider.openai.api_key": key})
    sent = {"authorization": "Bearer sk-client"}
    assert daemon.chat(headers=sent).content == "ollama heard: Hi"
    assert daemon.wait_for_log(event="auth")["message"].startswith(said)


def test_a_client_that_leaves_is_499_cancelled(start, cloud, ollama):
    cloud.script(silent())
    daemon = start(cloud, ollama)
    client = daemon.connect()
    client.request("POST", CHAT, ASK)
    cloud.wait_for_requests(1)
    client.close()
    line = daemon.exchange()
    assert (line["status"], line["class"]) == ("499", "cancelled")


def lines_as_json(daemon, event, count=1):
    def found():
        parsed = [json.loads(l["text"]) for l in daemon.log()]
        return [l for l in parsed if l["event"] == event][count - 1:]

    return wait_until(found, f"{event} in the log")[0]


def test_in_JSON_each_line_is_an_object_with_the_same_words(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"log.format": "json"}, wait=False)
    where = lines_as_json(daemon, "listening")["address"]
    daemon.address = ("127.0.0.1", int(where.rpartition(":")[2]))
    daemon.chat('a"\n', stream=True)
    line = lines_as_json(daemon, "exchange")
    assert WORDS <= set(line) and line["level"] == "info"
    assert (line["attempts"], line["status"], line["stream"], line["fallback"]) == (
        "openai=3, ollama=1", 200, True, "server")
    assert all(isinstance(line[w], int) for w in ("prompt_tokens", "completion_tokens", "ttft_ms",
                                                  "duration_ms", "status"))
    retry = lines_as_json(daemon, "retry")
    assert (retry["attempt"], retry["wait_ms"], retry["class"]) == (1, 10, "server")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["ts"])


@pytest.mark.parametrize("model", ['x" level=error event=forged', "a\nlevel=error event=forged",
                                   "a\x1b[31m", "a\x7f", "=", "\u202eabc", "x" * 5000])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_models_name_forges_no_line(start, cloud, ollama, model, form):
    cloud.script(ok("fine"))
    daemon = start(cloud, ollama, {"log.format": form}, wait=False)
    daemon.wait_for_log(lambda l: "listening" in l["text"])
    daemon.address = ("127.0.0.1", int(re.search(r"127\.0\.0\.1:(\d+)", daemon.log_text())[1]))
    daemon.chat(model=model)
    text = daemon.wait_for_log(lambda l: "exchange" in l["text"])["text"]
    assert len(text) < 4096 and all(ord(c) >= 0x20 and ord(c) != 0x7f for c in text)
    lines = daemon.log() if form == "text" else [json.loads(l["text"]) for l in daemon.log()]
    assert {l["level"] for l in lines} <= {"info", "warning"}
    assert {l["event"] for l in lines} <= {"listening", "root", "control", "exchange"}
    assert len([l for l in lines if l["event"] == "exchange"]) == 1


@pytest.mark.parametrize("level, events", [
    ("error", {"all_failed"}), ("warning", {"all_failed", "retry"}),
    ("info", {"all_failed", "retry", "exchange"})])
def test_levels(start, cloud, level, events):
    cloud.script(status(503))
    daemon = start(cloud, None, ini="[log]\nlevel = info\n")
    daemon.ini.write_text(f"[log]\nlevel = {level}\n")
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: daemon.log(event="reloaded") or level in ("error", "warning"), "reload")
    if level in ("error", "warning"):
        # It says nothing about that: until a request leaves no line of its exchange.
        wait_until(lambda: quiet(daemon), "the level has changed")
    before = len(daemon.log())
    daemon.chat()
    daemon.get("/healthz")
    daemon.wait_for_log(lambda l: l["event"] == "all_failed" and l in daemon.log()[before:])
    if level == "info":
        daemon.exchange()
    daemon.stop()
    assert {l["event"] for l in daemon.log()[before:]} & {"all_failed", "retry", "exchange"} \
        == events


def quiet(daemon):
    before = len(daemon.log(event="exchange"))
    failed = len(daemon.log(event="all_failed"))
    daemon.chat()
    daemon.wait_for_log(event="all_failed", count=failed + 1)
    daemon.get("/healthz")
    return len(daemon.log(event="exchange")) == before


ROOT = Path(__file__).resolve().parents[2]
EVENT = re.compile(r'log_(?:error|warning|info|debug)\(\s*"(\w+)"|log_event\([^";]*"(\w+)"')
REASON = re.compile(r'X\(\w+, "(\w+)", "')


def test_the_page_about_the_log_has_every_event_and_reason():
    page = (ROOT / "docs/log.md").read_text()
    named = set(re.findall(r"`([a-z_-]+)`", page)) | set(re.findall(r"event=(\w+)", page))
    source = "".join(f.read_text() for f in (ROOT / "src/shell").rglob("*.c"))
    events = {one or other for one, other in EVENT.findall(source)}
    table = (ROOT / "include/rules/retry.h").read_text().partition("RETRY_REASONS(X)")[2]
    reasons = set(REASON.findall(table.partition("enum retry_reason")[0]))
    assert len(events) > 20 and events - named == set()
    assert len(reasons) > 10 and reasons - named == set()


# ---- metrics


TYPES = {"requests_total": "counter", "attempts_total": "counter", "retries_total": "counter",
         "fallbacks_total": "counter", "request_duration_seconds": "histogram",
         "time_to_first_token_seconds": "histogram", "tokens_total": "counter",
         "breaker_state": "gauge", "online": "gauge", "inflight": "gauge", "open_streams": "gauge",
         "build_info": "gauge"}
LABELS = {"requests_total": {"provider", "code", "fallback", "client"}, "attempts_total": {"provider", "class"},
          "retries_total": {"provider", "class"}, "fallbacks_total": {"from", "to", "class"},
          "tokens_total": {"provider", "model", "kind", "client"}, "breaker_state": {"provider"},
          "online": set(), "inflight": set(), "open_streams": set(), "build_info": {"version"}}
NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
SAMPLE = re.compile(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|'
                    r'\\[\\"n])*",?)*)\})? (-?[0-9.]+(?:e[+-]?\d+)?|NaN|[+-]Inf)')
SUFFIXES = ("_bucket", "_sum", "_count")


def read_page(text):
    """{family: (type, [(name, labels, value)])}; asserts the syntax as promtool would."""
    families, current = {}, None
    assert text.endswith("\n")
    for line in text.splitlines():
        if line.startswith("# HELP "):
            current = line.split(" ", 3)[2]
            assert current not in families and NAME.fullmatch(current) and len(line.split(" ")) > 3
            families[current] = [None, []]
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == current and families[name] == [None, []]
            families[name][0] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            base = match[1]
            if families[current][0] == "histogram":
                base = next(base.removesuffix(s) for s in SUFFIXES if base.endswith(s))
            assert base == current, line
            labels = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', match[2] or ""))
            families[current][1].append((match[1], labels, float(match[3])))
    return families


def busy_daemon(start, cloud, ollama):
    """It has lived through a bit of everything."""
    cloud.script(ok("a", usage=USAGE), status(503), status(503), ok("b"), openai_error(400),
                 status(401), status(429), stream("x", done=False, finish=None), ok("z"))
    daemon = start(cloud, ollama)
    for streamed in (False, True) * 4:
        daemon.chat(stream=streamed)
    daemon.post("/v1/embeddings", {"model": "e", "input": "x"})
    return daemon


@pytest.mark.sample
def test_the_page_is_what_Prometheus_reads(start, cloud, ollama):
    answer = busy_daemon(start, cloud, ollama).get("/metrics")
    assert answer.status == 200
    assert answer.header("content-type").startswith("text/plain; version=0.0.4")
    families = read_page(answer.text)
    seen = set()
    for name, (kind, samples) in families.items():
        assert name.startswith("understudy_") and kind in ("counter", "gauge", "histogram")
        assert (kind == "counter") == name.endswith("_total")
        for sample, labels, value in samples:
            assert (sample, tuple(sorted(labels.items()))) not in seen
            seen.add((sample, tuple(sorted(labels.items()))))
            assert value >= 0 and len(labels) == len(set(labels))
    for name, kind in TYPES.items():
        assert families["understudy_" + name][0] == kind, name
        for _, labels, _ in families["understudy_" + name][1]:
            assert set(labels) - {"le"} == LABELS.get(name, set()), name
    for name in ("requests_total", "attempts_total", "retries_total", "fallbacks_total",
                 "tokens_total", "breaker_state"):
        assert families["understudy_" + name][1], f"{name} has no sample"


def test_histograms_add_up(start, cloud, ollama):
    families = read_page(busy_daemon(start, cloud, ollama).get("/metrics").text)
    for name in ("request_duration_seconds", "time_to_first_token_seconds"):
        samples = families["understudy_" + name][1]
        buckets = [(labels["le"], value) for n, labels, value in samples if n.endswith("_bucket")]
        values = [value for _, value in buckets]
        assert values == sorted(values) and buckets[-1][0] == "+Inf"
        limits = [float(le) for le, _ in buckets]
        assert limits == sorted(set(limits))
        (count,) = [v for n, _, v in samples if n.endswith("_count")]
        assert count == values[-1] > 0


def test_the_counters_count_what_happened(start, cloud, ollama):
    cloud.script(ok("a", usage=USAGE), status(503), status(503), status(503), openai_error(400))
    daemon = start(cloud, ollama)
    for streamed in (False, True, False):
        daemon.chat(stream=streamed)
    daemon.exchange(3)
    m, klass = daemon.metric, "class"
    assert m("requests_total") == 3
    assert m("requests_total", provider="openai", code="200", fallback="no") == 1
    assert m("requests_total", provider="ollama", code="200", fallback="yes") == 1
    assert m("requests_total", provider="openai", code="400", fallback="no") == 1
    assert m("attempts_total", provider="openai", **{klass: "server"}) == 3
    assert m("attempts_total", provider="openai", **{klass: "ok"}) == 1
    assert m("attempts_total", provider="openai", **{klass: "request"}) == 1
    assert m("attempts_total", provider="ollama", **{klass: "ok"}) == 1
    assert m("retries_total", provider="openai", **{klass: "server"}) == 2
    assert m("fallbacks_total", **{"from": "openai", "to": "ollama", klass: "server"}) == 1
    assert m("attempts_total") == len(cloud.chats) + len(ollama.chats) == 6
    assert m("tokens_total", provider="openai", kind="prompt") == 5
    assert m("tokens_total", provider="openai", kind="completion") == 7
    assert m("tokens_total", provider="ollama", model="ministral-3:3b", kind="prompt") == 11
    assert m("request_duration_seconds_count") == 3
    assert m("build_info") == 1 and m("online") == 1


def test_the_model_label_knows_only_the_names_in_the_settings(start, cloud, ollama):
    cloud.script(ok("a", usage=USAGE))
    daemon = start(cloud, ollama, {"model known.openai": "gpt-4", "model gpt-x.ollama": "m:1"})
    for model in ("gpt-4", "known", "gpt-x", "unknown-1", "unknown-2", 'evil"} 1\n'):
        daemon.chat(model=model)
    daemon.exchange(6)
    labels = {dict(has)["model"] for name, has in daemon.metrics()
              if name == "understudy_tokens_total"}
    assert labels == {"gpt-4", "gpt-x", "other"}


HOSTILE = ["x", "y" * 4000, "\u202e\u0645", '"} 1', "a\nb", "<script>", "\x7f", "\\", "*", "openai:z", "ollama:z", "z:openai"]


def hostile_exchanges(daemon):
    """What a client can write, it writes anew each time; several kinds of each."""
    for n in range(12):
        name = HOSTILE[n % len(HOSTILE)] + str(n)
        daemon.chat(model=name, stream=n % 2 == 0)
        path = f"/v1/{n}/files"
        for method in ("GET", "PUT", "DELETE"):
            daemon.request(method, f"{path}?{n}=x")
        daemon.post("/v1/messages", {"model": name, "max_tokens": 9, "messages": ASK["messages"]})
        daemon.post("/v1/embeddings", {"model": name, "input": "x"})
        daemon.post(f"/api/n{n}", {"model": name})
        daemon.chat(headers={"x-request-id": f"r{n}", "user-agent": f"agent {n}", "x-understudy-route": f"r{n}",
                             "authorization": f"Bearer {n}"})
        daemon.get(f"/{n}")


def test_nothing_that_a_client_writes_makes_a_new_series(start, cloud, ollama):
    cloud.violations = []
    daemon = start(cloud, ollama, {"route.messages": "openai, ollama"})
    hostile_exchanges(daemon)
    before = set(daemon.metrics())
    hostile_exchanges(daemon)
    cloud.violations = []
    assert set(daemon.metrics()) == before


def test_a_providers_statuses_make_no_more_than_the_limit_of_series(start, cloud, ollama):
    cloud.script(*[status(n) for n in range(400, 1000)])
    daemon = start(cloud, None, {"retry.attempts": 1, "breaker.failures": 1000})
    with daemon.connect() as client:
        for n in range(600):
            client.request("GET", "/v1/files").response()
    codes = [has for name, has in daemon.metrics() if name == "understudy_requests_total"]
    assert len(codes) <= 513 and daemon.metric("requests_total") == 600


def test_gauges_go_up_and_back_to_0(start, cloud, ollama):
    gate, second = Gate(), Gate()
    cloud.script(stream("a", gate, "b"), held(second, ok("whole")))
    daemon = start(cloud, ollama)
    streaming, waiting, leaving = (daemon.connect() for _ in range(3))
    streaming.request("POST", CHAT, {**ASK, "stream": True})
    answer = streaming.head()
    streaming.read_until(answer, '"a"')
    waiting.request("POST", CHAT, ASK)
    cloud.wait_for_requests(2, CHAT)
    leaving.request("POST", CHAT, ASK)
    cloud.wait_for_requests(3, CHAT)
    assert (daemon.metric("inflight"), daemon.metric("open_streams")) == (3, 1)
    leaving.close()
    wait_until(lambda: daemon.metric("inflight") == 2, "one has left")
    gate.open()
    second.open()
    streaming.finish(answer)
    assert waiting.response().content == "whole"
    wait_until(lambda: daemon.metric("inflight") == 0 and daemon.metric("open_streams") == 0,
               "both have ended")


def test_breaker_state_is_2_while_open(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"breaker.failures": 3, "breaker.open_for": "10m"})
    assert daemon.metric("breaker_state", provider="openai") == 0
    daemon.chat()
    assert daemon.metric("breaker_state", provider="openai") == 2
    assert daemon.metric("breaker_state", provider="ollama") == 0


def test_refusals_before_an_exchange_are_no_exchanges(start, cloud, ollama):
    daemon = start(cloud, ollama)
    for path in ("/nowhere", "/healthz", "/metrics", "/readyz"):
        daemon.get(path)
    assert daemon.metric("requests_total") == 0 and daemon.log(event="exchange") == []


def test_several_workers_count_together(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.workers": 4})
    for _ in range(20):
        daemon.chat()
    wait_until(lambda: daemon.metric("requests_total", code="200") == 20, "all are counted",
               PATIENCE)
