"""The last exchanges in /status.json, and /status/events, which tells them as they end."""
import re
import signal
import time

import pytest

from daemon import wait_until
from feed import EVENTS, Feed
from sim import Gate
from sim.cloud import cut_stream, ok, silent, status, stream

CHAT = "/v1/chat/completions"
WORDS_NOBODY_SHALL_READ = "the-content"


def newest(daemon):
    return daemon.get("/status.json").json["exchanges"][0]


def test_an_exchange_is_told_with_its_attempts(start, cloud, ollama):
    cloud.script(status(503), status(429))
    daemon = start(cloud, ollama, {"retry.attempts": 3, "breaker.failures": 0})
    answer = daemon.chat(WORDS_NOBODY_SHALL_READ)
    assert answer.content.startswith("ollama heard")
    told = newest(daemon)
    assert told["id"] == answer.header("x-understudy-id")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told["time"])
    assert (told["path"], told["asked"], told["client"]) == (CHAT, "gpt-4", None)
    assert (told["provider"], told["model"], told["local"]) == ("ollama", "ministral-3:3b", True)
    assert (told["class"], told["status"], told["stream"]) == ("ok", 200, False)
    assert told["fallback"] == "rate_limit" and told["tools"] == []
    assert told["prompt_tokens"] == answer.json["usage"]["prompt_tokens"]
    attempts = told["attempts"]
    assert [(a["provider"], a["status"], a["class"]) for a in attempts] == [
        ("openai", 503, "server"), ("openai", 429, "rate_limit"), ("ollama", 200, "ok")]
    assert attempts[0]["wait_ms"] > 0 and attempts[1]["reason"] and attempts[2]["reason"] is None
    starts = [a["start_ms"] for a in attempts]
    assert starts == sorted(starts) and starts[1] >= attempts[0]["start_ms"] + attempts[0]["ms"]
    assert told["duration_ms"] >= attempts[2]["start_ms"] + attempts[2]["ms"]
    assert told["ttft_ms"] >= attempts[2]["start_ms"]
    for path in ("/status.json", "/status"):
        assert WORDS_NOBODY_SHALL_READ not in daemon.get(path).text


def test_each_end_has_its_class(start, cloud, ollama):
    daemon = start(cloud, ollama, {"route.priority": "openai", "retry.attempts": 1, "breaker.failures": 0})
    cloud.script(ok("fine"))
    daemon.chat()
    assert newest(daemon)["class"] == "ok" and newest(daemon)["fallback"] is None
    cloud.script(cut_stream("one"))
    daemon.chat(stream=True)
    told = newest(daemon)
    assert told["class"] == told["attempts"][0]["class"] == "protocol" and told["ttft_ms"] is not None
    assert told["attempts"][0]["ms"] <= told["duration_ms"]
    cloud.script(silent())
    client = daemon.connect()
    client.request("POST", CHAT, {"model": "gpt-4", "messages": []})
    wait_until(lambda: len(cloud.chats) == 3, "the cloud was asked")
    client.close()
    wait_until(lambda: newest(daemon)["class"] == "cancelled", "the hang-up is told")
    assert newest(daemon)["status"] == 499
    cloud.script(status(503))
    daemon.chat()
    told = newest(daemon)
    assert (told["class"], told["status"], told["ttft_ms"]) == ("server", 503, None)
    assert told["attempts"][0]["reason"] == "attempts"


def test_a_skipped_provider_is_an_attempt_of_none(start, cloud, ollama):
    daemon = start(cloud, ollama, {"provider.openai.api_key": ""})
    daemon.chat()
    skipped, answered = newest(daemon)["attempts"]
    assert skipped["class"] == "skipped-no-key" and skipped["status"] is None
    assert answered["class"] == "ok"


def test_one_that_ran_beside_another_is_told_as_such(start, cloud, ollama):
    cloud.script(silent())
    daemon = start(cloud, ollama, {"route.hedge_after": "20ms"})
    daemon.chat()
    lost, won = sorted(newest(daemon)["attempts"], key=lambda a: a["start_ms"])
    assert (lost["class"], lost["hedge"]) == ("cancelled", False)
    assert (won["class"], won["hedge"]) == ("ok", True)


def test_a_wait_for_a_place_is_told(start, cloud, ollama):
    gate = Gate()
    cloud.script(stream("one", gate), ok("two"))
    daemon = start(cloud, ollama, {"provider.openai.max_inflight": 1})
    first, second = daemon.connect(), daemon.connect()
    first.request("POST", CHAT, {"model": "gpt-4", "messages": [], "stream": True})
    first.read_until(first.head(), '"one"')
    second.request("POST", CHAT, {"model": "gpt-4", "messages": []})
    wait_until(lambda: daemon.get("/status.json").json["inflight"] == 2, "it waits")
    time.sleep(0.05)
    gate.open()
    assert second.response().content == "two"
    assert newest(daemon)["attempts"][0]["queued_ms"] >= 50


def test_a_pause_that_is_cut_short_is_told_as_it_was(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"retry.min_wait": "60s", "retry.max_wait": "60s", "breaker.failures": 0})
    client = daemon.connect()
    client.request("POST", CHAT, {"model": "gpt-4", "messages": []})
    daemon.wait_for_log(event="retry")
    client.close()
    wait_until(lambda: daemon.get("/status.json").json["exchanges"], "the hang-up is told")
    told = newest(daemon)
    assert told["attempts"][0]["wait_ms"] <= told["duration_ms"] < 60000


def test_whoever_is_passed_over_later_is_told_in_its_place(start, cloud, ollama):
    """At its own time, not at the beginning."""
    cloud.script(status(503))
    ollama.models = []
    daemon = start(cloud, ollama, {"retry.attempts": 2, "retry.min_wait": "50ms", "retry.multiplier": "1"}, fast=False)
    daemon.chat()
    first, second, skipped = newest(daemon)["attempts"]
    assert skipped["class"].startswith("skipped") and skipped["start_ms"] >= second["start_ms"] >= 50


def test_the_last_200_are_kept_and_counted(start, cloud, ollama):
    cloud.script(ok("x"))
    daemon = start(cloud, ollama, {"server.workers": 2})
    ids = []
    client = daemon.connect()
    for i in range(205):
        ids.append(client.request("POST", CHAT, {"model": f"m{i}", "messages": []}).response()
                   .header("x-understudy-id"))
    daemon.exchange(205)  # another worker may be asked for the page
    page = daemon.get("/status.json").json
    assert [e["id"] for e in page["exchanges"]] == ids[:4:-1]
    assert page["hour"]["total"]["requests"] == page["day"]["total"]["requests"] == 205
    assert page["hour"]["total"]["local"] == 205 and page["hour"]["total"]["errors"] == 0
    assert sum(b["requests"] for b in page["hour"]["buckets"]) == 205


def test_names_of_apps_are_cut_and_escaped(start, cloud, ollama):
    cloud.script(ok("x"))
    daemon = start(cloud, ollama)
    for name in ("<script>alert(1)</script>", "m" * 190, "\u20ac" * 60, "\u202egnp.exe", 'a"b\\c'):
        daemon.chat(model=name)
        asked = newest(daemon)["asked"]
        assert asked and name.startswith(asked) and len(asked) == min(len(name), 200)


# ---- the events


@pytest.mark.sample
def test_what_ends_is_told_at_once(start, cloud, ollama):
    cloud.script(ok("x"))
    daemon = start(cloud, ollama)
    feed = Feed(daemon)
    assert feed.answer.header("content-type") == "text/event-stream"
    assert feed.answer.header("cache-control") == "no-store"
    _, state = feed.next("state")
    assert [p["name"] for p in state["providers"]] == ["openai", "ollama"]
    assert "exchanges" not in state and "words" not in state
    answer = daemon.chat(WORDS_NOBODY_SHALL_READ)
    told_id, told = feed.next("exchange")
    assert told_id == told["id"] == answer.header("x-understudy-id")
    assert told == newest(daemon)
    _, state = feed.next("state")
    assert state["requests"] == 1 and state["hour"]["buckets"][-1]["requests"] == 1
    assert WORDS_NOBODY_SHALL_READ.encode() not in feed.answer.body


def test_a_change_of_a_provider_is_told(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"breaker.failures": 1, "breaker.open_for": "1h"})
    feed = Feed(daemon)
    daemon.chat()
    while True:
        openai = feed.next("state")[1]["providers"][0]
        if openai["breaker"] == "open":
            break
    assert openai["says"] == "its breaker is open after repeated failures"
    assert openai["last_error"]["class"] == "server"


def test_who_comes_again_gets_what_was_missed(start, cloud, ollama):
    cloud.script(ok("x"))
    daemon = start(cloud, ollama)
    ids = [daemon.chat().header("x-understudy-id") for _ in range(3)]
    feed = Feed(daemon, {"Last-Event-ID": ids[0]})
    assert [feed.next("exchange")[0] for _ in range(2)] == ids[1:]
    ids.append(daemon.chat().header("x-understudy-id"))
    assert feed.next("exchange")[0] == ids[3]
    feed = Feed(daemon, {"Last-Event-ID": "of another life"})
    assert [feed.next("exchange")[0] for _ in range(4)] == ids


def test_it_ends_with_a_reload(start, cloud, ollama):
    """Its token may be none any more."""
    daemon = start(cloud, ollama)
    feed = Feed(daemon)
    feed.next("state")
    daemon.reload()
    feed.to_the_end()
    assert feed.answer.complete


def test_every_worker_tells_of_all(start, cloud, ollama):
    cloud.script(ok("x"))
    daemon = start(cloud, ollama, {"server.workers": 4})
    feeds = [Feed(daemon) for _ in range(8)]
    ids = {daemon.chat().header("x-understudy-id") for _ in range(8)}
    for feed in feeds:
        assert {feed.next("exchange")[0] for _ in range(8)} == ids


def test_it_needs_the_token(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.tokens": "tok"})
    assert daemon.get(EVENTS).status == 401
    assert Feed(daemon, {"Authorization": "Bearer tok"}).next("state")


def test_it_ends_when_the_daemon_drains(start, cloud, ollama):
    """An open page holds nobody up."""
    daemon = start(cloud, ollama, {"server.drain_timeout": "5m"})
    feed = Feed(daemon)
    feed.next("state")
    daemon.signal(signal.SIGTERM)
    feed.to_the_end()
    assert feed.answer.complete
    assert daemon.wait_exit() == 0


@pytest.mark.parametrize("workers", [1, 4])
def test_what_ends_in_the_drain_is_told_before_it_ends(start, cloud, ollama, workers):
    gate = Gate()
    cloud.script(stream("one", gate, "two"))
    daemon = start(cloud, ollama, {"server.drain_timeout": "5m", "server.workers": workers})
    feeds = [Feed(daemon) for _ in range(2 * workers)]
    for feed in feeds:
        feed.next("state")
    client = daemon.connect()
    client.request("POST", CHAT, {"model": "gpt-4", "messages": [], "stream": True})
    head = client.head()
    client.read_until(head, '"one"')
    daemon.signal(signal.SIGTERM)
    daemon.wait_for_log(event="stopping")
    for feed in feeds:
        while feed.next("state")[1]["status"] != "draining":
            pass
    gate.open()
    assert {feed.next("exchange")[1]["id"] for feed in feeds} == {head.header("x-understudy-id")}
    for feed in feeds:
        feed.to_the_end()
        assert feed.answer.complete
    assert daemon.wait_exit() == 0


def test_readers_that_leave_and_readers_that_do_not_read(start, cloud, ollama):
    cloud.script(ok("x"))
    daemon = start(cloud, ollama)
    stuck = Feed(daemon)
    for _ in range(20):
        Feed(daemon).client.reset()
    for _ in range(300):
        daemon.chat()
    assert daemon.get("/healthz").status == 200
    seen = lost = 0
    while seen + lost < 300:
        before = len(stuck.answer.body)
        assert stuck.client.chunk(stuck.answer)
        piece = stuck.answer.body[before:].decode()
        seen += piece.count("event: exchange\n")
        lost += sum(int(n) for n in re.findall(r'event: lost\ndata: {"count":(\d+)}', piece))
    assert seen + lost == 300


def test_head_has_no_body(start, cloud, ollama):
    answer = start(cloud, ollama).request("HEAD", EVENTS)
    assert answer.header("content-length") is None
    assert answer.status == 200 and answer.body == b""
