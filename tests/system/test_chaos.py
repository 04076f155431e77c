"""64 clients at once, and providers that break in every way of the catalogue, by a seed.

CHAOS=5000 SEED=7 runs that many exchanges of that seed (`make chaos`).
"""
import os
import re
import time
from collections import Counter
from pathlib import Path

import pytest

from chaos import (AT_ONCE, NONE_LOST, Crowd, Stage, fits, fits_loosely, most_attempts, paths,
                   told_attempts)
from chaos_plan import CLOUD, LOCAL, dechunked, recorded
from daemon import PATIENCE, SLOW, wait_until
from ledger import ms
from rawclient import Response
from sim.cloud import ok

COUNT = int(os.environ.get("CHAOS") or 300)
SEED = os.environ.get("SEED") or "1"
BOTH = (CLOUD, LOCAL)
GROWTH_KB = 8 << 10
# Longer than a busy machine keeps a healthy provider's thread from its answer.
LIMITS = {**{f"provider.{p}.{t}": ms(4000) for p in BOTH
             for t in ("first_byte_timeout", "idle_timeout")}, "provider.ollama.max_inflight": 16}
# What is tried depends on the exchange alone.
ALONE = {**LIMITS, "breaker.failures": 0, "retry.budget": 0, "route.hedge_after": "off"}
TOGETHER = {**LIMITS, "breaker.failures": 8, "breaker.open_for": "50ms",
            "route.hedge_after": ms(250), "route.continue_stream": "yes",
            "server.heartbeat": ms(100)}


@pytest.fixture
def stage():
    stage = Stage(SEED, COUNT)
    yield stage
    stage.stop()


def resident_kb(daemon):
    status = Path(f"/proc/{daemon.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])


def sockets(daemon):
    return sum(os.readlink(fd).startswith("socket:")
               for fd in Path(f"/proc/{daemon.pid}/fd").iterdir())


def settle(daemon, stage):
    """All is over, and the daemon has found that its kept connections are gone."""
    wait_until(lambda: daemon.metric("inflight") == 0, "the exchanges have ended")
    stage.cloud.drop_connections()
    stage.ollama.drop_connections()
    time.sleep(1.1)  # it looks at them once a second
    for provider in BOTH:
        assert daemon.chat(headers={"x-understudy-route": provider}).status == 200
    daemon.close_clients()
    wait_until(lambda: daemon.inbound_sockets() == 0, "the clients' connections are closed")
    return sockets(daemon), resident_kb(daemon)


def right_count(stage, number, result, exactly, lost):
    """As many deliveries as the answer tells; and never more than the settings allow."""
    received = Counter({p: stage.asked[p][number] for p in BOTH})
    if not exactly or result.left:
        most = most_attempts(stage.plan[number])
        more = {CLOUD: 0, LOCAL: 0 if exactly else 3}  # a stream that was gone on with
        return all(received[p] <= most[p] + more[p] for p in BOTH)
    return received + lost == told_attempts(result.answer)


def lost_attempts(daemon):
    """{(id, provider): n}: tries that may have died with a kept connection that was closed."""
    return Counter((l["id"], l["provider"]) for l in daemon.log(**{"class": "network"})
                   if l.get("event") in ("retry", "fallback", "failed"))


def lost_of(stage, number, answer, lost):
    """What was tried and never reached a provider, by the answer and the log."""
    told = told_attempts(answer)
    more = {p: told[p] - stage.asked[p][number] for p in told}
    known = all(0 <= more[p] <= lost[answer.header("x-understudy-id"), p] for p in more)
    return +Counter(more) if known else Counter()


def is_wrong(stage, number, result, right, exactly, lost):
    if result.trouble:
        return True
    mine = Counter() if result.left else lost_of(stage, number, result.answer, lost)
    good = result.left or right(result.answer, stage.plan[number], mine)
    return not good or not right_count(stage, number, result, exactly, mine)


def wrong_ones(stage, results, right, exactly, lost):
    for number, result in enumerate(results):
        if is_wrong(stage, number, result, right, exactly, lost):
            received = {p: stage.asked[p][number] for p in BOTH}
            yield (f"\n{stage.plan[number]}\nreceived {received}\n"
                   f"{result.trouble or result.answer}")


def check_books(daemon, stage, lost):
    """Every attempt was received once, but for those that were cancelled or lost on their way."""
    for provider in BOTH:
        received = sum(stage.asked[provider].values()) + 2  # settle()'s
        counted = daemon.metric("attempts_total", provider=provider)
        cancelled = daemon.metric("attempts_total", provider=provider, **{"class": "cancelled"})
        gone = cancelled + sum(n for (_, p), n in lost.items() if p == provider)
        assert 0 <= counted - received <= gone, (provider, counted, received, gone)


def check_ids(results):
    ids = [r.answer.header("x-understudy-id") for r in results if r.answer]
    assert len(set(ids)) == len(ids) and None not in ids


def report(stage, results, seconds, before, after):
    kinds = Counter("left" if r.left else f"{r.answer.header('x-understudy-provider')} "
                    f"{r.answer.status}{'' if r.answer.complete else ' broken'}"
                    for r in results if not r.trouble)
    sent = {p: sum(stage.asked[p].values()) for p in BOTH}
    print(f"{seconds:.1f} s, deliveries {sent}, {dict(sorted(kinds.items()))}\n"
          f"sockets {before[0]} -> {after[0]}, resident {before[1]} -> {after[1]} KB", flush=True)


def run(start, stage, settings, right, exactly):
    start.unsent = None  # see check_books
    print(f"\nSEED={SEED}: {COUNT} exchanges, {AT_ONCE} at a time", flush=True)
    daemon = start(stage.cloud, stage.ollama, settings)
    crowd = Crowd(daemon, stage.plan, 5 * PATIENCE)
    begun = time.monotonic()
    crowd.run(COUNT // 4)
    before = settle(daemon, stage)
    results = crowd.run(COUNT)
    seconds = time.monotonic() - begun
    after = settle(daemon, stage)
    report(stage, results, seconds, before, after)
    lost = lost_attempts(daemon)
    wrong = list(wrong_ones(stage, results, right, exactly, lost))
    wrong.sort(key=lambda told: "complete=" in told)  # those without any answer first
    assert not wrong, f"SEED={SEED}: {len(wrong)} of {COUNT} are wrong{''.join(wrong[:5])}"
    check_ids(results)
    check_books(daemon, stage, lost)
    assert stage.canary.requests == [] and stage.ollama.violations == []
    assert after[0] <= before[0], "sockets are left"
    # A sanitizer keeps what is freed.
    assert SLOW != 1 or after[1] - before[1] < GROWTH_KB


def is_right(answer, exchange, lost=NONE_LOST):
    return any(fits(answer, exchange, path) for path in paths(exchange, lost))


def test_each_exchange_comes_to_what_its_faults_allow(start, stage):
    run(start, stage, ALONE, is_right, exactly=True)


def test_hedges_breakers_and_continued_streams_do_no_harm(start, stage):
    run(start, stage, TOGETHER, fits_loosely, exactly=False)


# ---- can it fail?


def parts_of(body):
    return [part + b"\n\n" for part in body.split(b"\n\n")[:-1]]


WRONG = {
    "a text that came twice": lambda parts: parts[:-2] + parts[:-2] + parts[-2:],
    "an event that came twice": lambda parts: parts[:2] + parts[1:],
    "an event that is missing": lambda parts: parts[:1] + parts[2:],
    "an end without [DONE]": lambda parts: parts[:-1],
    "two ends": lambda parts: parts + parts[-1:],
    "half a text that is called whole": lambda parts: parts[:2] + parts[-2:],
    "an error after the end": lambda parts: parts + [b'data: {"error": {"message": "x"}}\n\n'],
}


def told(stage, change, complete=True, attempts="openai=1"):
    """An exchange that the cloud answers at once, and its answer, changed."""
    exchange = next(e for e in stage.plan if e.streamed and e.acts[CLOUD][0].name == "healthy")
    wire = recorded(ok(exchange.texts[CLOUD][0]), True)
    answer = Response()
    answer.status, answer.complete = 200, complete
    answer.headers = [("content-type", "text/event-stream"), ("x-understudy-provider", CLOUD),
                      ("x-understudy-attempts", attempts)]
    answer.body = b"".join(change(parts_of(dechunked(wire[wire.find(b"\r\n\r\n") + 4:]))))
    return answer, exchange


@pytest.mark.parametrize("judge", [is_right, fits_loosely])
def test_a_right_answer_is_called_right(stage, judge):
    assert judge(*told(stage, list))


@pytest.mark.parametrize("judge", [is_right, fits_loosely])
@pytest.mark.parametrize("change", WRONG.values(), ids=list(WRONG))
def test_a_wrong_answer_is_called_wrong(stage, judge, change):
    assert not judge(*told(stage, change))


def test_an_answer_that_broke_off_or_cost_more_is_called_wrong(stage):
    assert not is_right(*told(stage, list, complete=False))
    assert not is_right(*told(stage, list, attempts="openai=2"))
