"""The waits that a provider names: Retry-After in all its forms, and retry-after-ms."""
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from email.utils import formatdate

import pytest

from faults import error
from ledger import both, from_cloud, from_ollama, truth
from sim import ollama as o
from sim.cloud import ok, status

SLOW_DOWN = b'{"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}'


def named(code, headers):
    return status(code, headers, SLOW_DOWN)


@both
@pytest.mark.parametrize("code", [429, 503, 500, 529, 408])
@pytest.mark.parametrize("header, value, wait", [
    ("Retry-After", "0.15", 150), ("retry-after", " 0.15 ", 150), ("Retry-After", "0", 0),
    ("retry-after-ms", "250", 250), ("retry-after-ms", "99.5", 100)])
def test_a_named_wait_is_kept_to_the_millisecond(start, cloud, ollama, code, header, value, wait,
                                                 streamed):
    cloud.script(named(code, {header: value}), ok("again"))
    daemon = start(cloud, ollama, {"retry.jitter": "0.9", "retry.max_wait": "1s"})
    answer = daemon.chat(stream=streamed)
    assert answer.content == "again" and truth(answer) == from_cloud("openai=2")
    (told,) = daemon.waits()
    assert wait - 1 <= told <= wait
    one, two = cloud.chats
    assert two.at - one.at >= (wait - 2) / 1000
    assert ollama.chats == []


def test_retry_after_ms_wins_over_retry_after(start, cloud, ollama):
    cloud.script(named(429, {"Retry-After": "3600", "retry-after-ms": "30"}), ok("again"))
    daemon = start(cloud, ollama, {"retry.max_wait": "1s"})
    assert daemon.chat().content == "again" and daemon.waits() == [30]


@pytest.mark.parametrize("code", [429, 503])
def test_a_date_is_waited_for(start, cloud, ollama, code):
    date = formatdate(time.time() + 2, usegmt=True)
    cloud.script(named(code, {"Retry-After": date}), ok("again"))
    daemon = start(cloud, ollama, {"retry.max_wait": "10s"})
    assert daemon.chat().content == "again"
    (wait,) = daemon.waits()
    assert 900 <= wait <= 2000


@both
@pytest.mark.parametrize("code, failure", [(429, "rate_limit"), (503, "server")])
@pytest.mark.parametrize("value", ["0.051", "1", "86400", "99999999999999999999",
                                   "Fri, 31 Dec 2199 23:59:59 GMT"])
def test_a_wait_longer_than_max_wait_moves_on_at_once(start, cloud, ollama, code, failure, value,
                                                      streamed):
    cloud.script(named(code, {"Retry-After": value}))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", failure)
    assert daemon.waits() == []


@pytest.mark.parametrize("headers", [
    [("Retry-After", "-5")], [("Retry-After", "abc")], [("Retry-After", "1e9")],
    [("Retry-After", "")], [("Retry-After", "nan")], [("Retry-After", "inf")],
    [("Retry-After", "0x10")], [("Retry-After", "1,2")], [("retry-after-ms", "-1")],
    [("retry-after-ms", "x")], [("Retry-After", "Fri, 99 Foo 2026 99:99:99 GMT")]], ids=str)
def test_what_is_no_wait_leaves_the_usual_one(start, cloud, ollama, headers):
    cloud.script(named(503, headers), ok("again"))
    daemon = start(cloud, ollama)
    assert daemon.chat().content == "again" and daemon.waits() == [10]
    cloud.script(named(429, headers))
    answer = daemon.chat()
    assert truth(answer) == from_ollama("openai=1, ollama=1", "rate_limit")


@pytest.mark.parametrize("headers", [
    [("Retry-After", "9" * 400)], [("Retry-After", formatdate(0, usegmt=True))],
    [("Retry-After", "0.02"), ("Retry-After", "0.03")], [("Retry-After", "0." + "0" * 400)]],
    ids=len)
def test_odd_waits_do_no_harm(start, cloud, ollama, headers):
    cloud.script(named(503, headers), ok("again"))
    daemon = start(cloud, ollama)
    answer = daemon.chat()
    assert answer.status == 200 and all(w <= 50 for w in daemon.waits())


def test_a_short_max_wait_alone_is_enough(start, cloud, ollama):
    """The default of min_wait is longer."""
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"retry.jitter": 0}, fast=False,
                   env={"LLM_RETRY_MAX_WAIT": "0.02"})
    assert truth(daemon.chat()) == from_ollama("openai=3, ollama=1", "server")
    assert daemon.waits() == [20, 20]


@both
def test_a_rate_limit_is_asked_again_as_often_as_attempts_allow(start, cloud, ollama, streamed):
    cloud.script(named(429, {"Retry-After": "0.02"}))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=3, ollama=1", "rate_limit")
    assert daemon.waits() == [20, 20]


@both
def test_a_named_wait_is_not_listened_to_when_told_so(start, cloud, ollama, streamed):
    cloud.script(named(503, {"Retry-After": "0.04"}), named(429, {"Retry-After": "0.04"}))
    daemon = start(cloud, ollama, {"retry.honour_retry_after": "no"})
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=2, ollama=1", "rate_limit")
    assert daemon.waits() == [10]


@pytest.mark.parametrize("code", [401, 402, 505])
def test_a_named_wait_cures_no_other_failure(start, cloud, ollama, code):
    cloud.script(named(code, {"Retry-After": "0.01"}))
    assert start(cloud, ollama).chat().header("x-understudy-attempts") == "openai=1, ollama=1"


def test_a_used_up_quota_is_not_waited_for(start, cloud, ollama):
    cloud.script(status(429, {"Retry-After": "0.01"}, b'{"error":{"code":"insufficient_quota"}}'))
    answer = start(cloud, ollama).chat()
    assert truth(answer) == from_ollama("openai=1, ollama=1", "quota")


# ---- the budget

AT_ONCE = {"breaker.failures": 0, "retry.min_wait": 0, "retry.multiplier": 0}


def test_the_waits_of_a_crowd_are_spread(start, cloud, ollama):
    """Those who failed together do not come back together."""
    count = 200
    cloud.script(status(503))
    daemon = start(cloud, ollama, {
        "retry.attempts": 2, "retry.min_wait": "1s", "retry.max_wait": "1s", "retry.jitter": 1,
        "retry.budget": 0, "breaker.failures": 0, "provider.ollama.max_inflight": 0})
    with ThreadPoolExecutor(100) as pool:
        list(pool.map(lambda _: daemon.chat(), range(count)))
    daemon.exchange(count)
    waits = [int(line["wait_ms"]) for line in daemon.log(event="retry")]
    tenths = Counter(min(wait // 100, 9) for wait in waits)
    assert len(waits) == count and max(waits) <= 1000
    # 20 each are to be expected; a fair die does not do this in a million years.
    assert len(tenths) == 10 and max(tenths.values()) < 60


def test_ten_retries_are_always_allowed_and_no_more(start, cloud, ollama):
    cloud.script(error(503))
    daemon = start(cloud, ollama, {**AT_ONCE, "retry.attempts": 30})
    answer = daemon.chat()
    assert truth(answer) == from_ollama("openai=11, ollama=1", "server")
    assert daemon.metric("retries_total", provider="openai") == 10
    answer = daemon.chat()
    assert truth(answer) == from_ollama("openai=1, ollama=1", "server")
    assert len(cloud.chats) == 12


def test_each_provider_has_a_budget_of_its_own(start, cloud, ollama):
    cloud.script(error(503))
    daemon = start(cloud, ollama, {**AT_ONCE, "retry.attempts": 30})
    daemon.chat()
    ollama.script(o.failed(), o.text("at last"))
    answer = daemon.chat()
    assert answer.content == "at last"
    assert truth(answer) == from_ollama("openai=1, ollama=2", "server")


def test_good_requests_earn_retries(start, cloud, ollama):
    daemon = start(cloud, ollama, {**AT_ONCE, "retry.attempts": 100})
    for _ in range(64):
        daemon.chat()
    cloud.script(error(503))
    assert truth(daemon.chat()) == from_ollama("openai=14, ollama=1", "server")


def test_without_a_budget_nothing_is_counted(start, cloud, ollama):
    cloud.script(error(503))
    daemon = start(cloud, ollama, {**AT_ONCE, "retry.attempts": 30, "retry.budget": 0})
    assert truth(daemon.chat()) == from_ollama("openai=30, ollama=1", "server")
