"""docs/observability: what is scraped, the dashboard and the alerts, with a real Prometheus where one is installed."""
import re

import pytest

from daemon import ROOT, wait_until
from prometheus import FILES, THRESHOLD, Prometheus, dashboard, needs_prometheus, needs_promtool, panels, promtool, queries_of
from sim.cloud import call, ok, ok_tools, openai_error, status, stream

PAGE = (ROOT / "docs/observability.md").read_text()
ROW = re.compile(r"^\| `(understudy_\w+)` \| (\w+) \| (.*?) \| (.+) \|$", re.M)
METRIC = re.compile(r"\bunderstudy_\w+")
ALERT = re.compile(r"^\s*- alert: (\w+)$", re.M)
USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12, "prompt_tokens_details": {"cached_tokens": 2}}
APP, SCRAPER = "app-token", "scraper-token"


def documented():
    """{name: (type, labels)} of the table in the page."""
    return {name: (kind, set(re.findall(r"`(\w+)`", labels))) for name, kind, labels, _ in ROW.findall(PAGE)}


def family(name):
    """The metric of a sample's name."""
    table = documented()
    return next((n for n in (name, re.sub(r"_(bucket|sum|count)$", "", name)) if n in table), name)


def busy(start, cloud, ollama, tools, folder):
    """A daemon with tokens, and what makes it do a bit of everything once more."""
    token = folder / "token"
    token.write_text(SCRAPER + "\n")
    token.chmod(0o600)
    tools.tool("today", "sunny")
    daemon = start(cloud, ollama, {"server.tokens": APP, "breaker.failures": 1000, **tools.settings("sky")},
                   ini=f"[token prometheus]\nsecret = file:{token}\nrequests = 1/d\n")
    headers = {"authorization": f"Bearer {APP}"}

    def go_on():
        cloud.script(ok_tools(call("sky__today", {})), ok("t"), ok("a", usage=USAGE), status(503), status(503), ok("b"), openai_error(400), status(401), status(429),
                     stream("x"), *[status(503)] * 3)
        daemon.chat(headers={**headers, "x-understudy-tools": "sky"})
        for streamed in (False, True, False, False, True):
            daemon.chat(stream=streamed, headers=headers)
        daemon.chat(stream=True, headers=headers)
        daemon.chat(headers={**headers, "x-understudy-fallback": "no", "x-understudy-attempts": "1"})
        return True

    return daemon, token, go_on


# ---- the page of metrics


def test_the_page_has_what_the_docs_say_and_nothing_else(start, cloud, ollama, tool_server, tmp_path):
    daemon, _, go_on = busy(start, cloud, ollama, tool_server, tmp_path)
    go_on()
    text = daemon.get("/metrics", {"x-api-key": APP}).text
    types = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))
    assert types == {name: kind for name, (kind, _) in documented().items()}
    for name, has in daemon.metrics():
        assert {label for label, _ in has} - {"le"} == documented()[family(name)][1], name


@needs_promtool
def test_promtool_has_nothing_to_say_about_the_page(start, cloud, ollama, tool_server, tmp_path):
    daemon, _, go_on = busy(start, cloud, ollama, tool_server, tmp_path)
    assert promtool("check", "metrics", text=daemon.get("/metrics", {"x-api-key": APP}).text) == ""
    go_on()
    assert promtool("check", "metrics", text=daemon.get("/metrics", {"x-api-key": APP}).text) == ""


# ---- the dashboard


def test_the_panels_of_the_dashboard_are_whole_and_do_not_overlap():
    places = set()
    for panel in dashboard()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24 and not cells & places, panel["title"]
        places |= cells
    ids = [p["id"] for p in dashboard()["panels"]]
    assert len(ids) == len(set(ids))
    for panel in panels():
        assert panel["title"] and panel["description"] and panel["fieldConfig"]["defaults"]["unit"]
        assert panel["datasource"]["uid"] == "${datasource}"
        assert [t["refId"] for t in panel["targets"]] == list("ABCDEFGH"[:len(panel["targets"])])


def test_the_dashboard_shows_every_metric():
    text = "".join(q for p in panels() for q in queries_of(p))
    assert {family(name) for name in METRIC.findall(text)} == set(documented())


# ---- the alerts


def test_every_alert_is_tried_both_ways_and_explained():
    alerts = ALERT.findall((FILES / "alerts.yaml").read_text())
    tried = (FILES / "alerts-test.yaml").read_text()
    assert len(alerts) > 10
    for alert in alerts:
        assert f"alertname: {alert}, exp_alerts: []" in tried, alert
        assert re.search(rf"alertname: {alert}\n\s*exp_alerts:\n\s*- exp_labels", tried), alert
    assert re.findall(r"^\| `(Understudy\w+)` \|", PAGE, re.M) == alerts


def test_panels_that_are_named_are_there():
    titles = {p["title"] for p in panels()}
    text = PAGE + (FILES / "alerts.yaml").read_text()
    named = re.findall(r"the panels? \*([^*]+)\*", text) + re.findall(r"the panel ([A-Z][\w ]+)\.", text)
    assert named and set(named) <= titles


@needs_promtool
def test_the_rules_do_what_their_tests_say():
    assert "SUCCESS" in promtool("test", "rules", "alerts-test.yaml")
    assert "SUCCESS" in promtool("check", "config", "--syntax-only", "prometheus.yml")


# ---- all together


@pytest.fixture
def scraped(start, cloud, ollama, tool_server, tmp_path):
    """(Prometheus, what makes the daemon work) of a daemon that is scraped with its token."""
    daemon, token, go_on = busy(start, cloud, ollama, tool_server, tmp_path)
    prometheus = Prometheus(tmp_path / "prometheus", daemon, token)
    yield prometheus, go_on
    prometheus.stop()


@needs_prometheus
def test_a_real_Prometheus_has_an_answer_to_every_question(scraped):
    prometheus, go_on = scraped
    wait_until(lambda: prometheus.target()["health"] == "up", lambda: str(prometheus.target()))
    asked = [q for p in panels() for q in queries_of(p)]
    asked += [THRESHOLD.sub("", rule["query"]) for rule in prometheus.rules()]
    assert not [q for q in asked if THRESHOLD.search(q)] and len(asked) > 40
    for query in asked:
        wait_until(lambda: go_on() and prometheus.numbers(query), lambda: f"no data for {query}")
    wait_until(lambda: all(rule["health"] == "ok" for rule in prometheus.rules()), lambda: str(prometheus.rules()))


@needs_prometheus
def test_with_a_wrong_token_it_is_down(scraped, tmp_path):
    prometheus, _ = scraped
    (tmp_path / "token").write_text("wrong")
    wait_until(lambda: prometheus.numbers("up") == [0.0], lambda: str(prometheus.target()))
    assert "401" in prometheus.target()["lastError"]
