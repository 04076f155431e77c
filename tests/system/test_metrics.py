"""The page of metrics: names, types, labels, and what they count."""
import re

import pytest

from daemon import PATIENCE, wait_until
from sim import Gate
from sim.cloud import held, ok, openai_error, status, stream

CHAT = "/v1/chat/completions"
ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
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


def hostile_exchanges(daemon, numbers):
    """What a client can write, it writes anew for each number; several kinds of each."""
    for n in numbers:
        name = HOSTILE[n % len(HOSTILE)] + str(n)
        daemon.chat(model=name, stream=n % 2 == 0)
        for method in ("GET", "PUT", "DELETE"):
            daemon.request(method, f"/v1/{n}/files?{n}=x")
        daemon.post("/v1/messages", {"model": name, "max_tokens": 9, "messages": ASK["messages"]})
        daemon.post("/v1/embeddings", {"model": name, "input": "x"})
        daemon.post(f"/api/n{n}", {"model": name})
        daemon.chat(headers={"x-request-id": f"r{n}", "user-agent": f"agent {n}", "x-understudy-route": f"r{n}",
                             "authorization": f"Bearer {n}"})
        daemon.get(f"/{n}")


def test_nothing_that_a_client_writes_makes_a_new_series(start, cloud, ollama):
    daemon = start(cloud, ollama, {"route.messages": "openai, ollama"})
    hostile_exchanges(daemon, range(12))
    before = set(daemon.metrics())
    assert ("understudy_tokens_total", "other") in {(name, dict(has).get("model")) for name, has in before}
    hostile_exchanges(daemon, range(12, 24))
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
