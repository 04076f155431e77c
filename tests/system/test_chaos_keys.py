"""64 clients at once, and clouds whose keys are worth something else each moment, by a seed; while they
ask, the settings are read again and again with other lists of keys.

CHAOS=5000 SEED=7 runs that many exchanges of that seed (`make chaos`).
"""
import os
from collections import Counter

import pytest

from chaos import AT_ONCE, Result
from chaos_keys import (LOCAL, NAMES, QUOTED, TRIES, Delivery, Exchange, Keeper, KeyCrowd, Stage, misanswered,
                        wrong_with)
from daemon import PATIENCE, wait_until
from ledger import ms
from rawclient import Response

COUNT = int(os.environ.get("CHAOS") or 300)
SEED = os.environ.get("SEED") or "1"
EVERY = 25  # exchanges, then the settings are read again
# What is tried depends on the keys alone.
ALONE = {"breaker.failures": "0", "retry.budget": "0", "route.hedge_after": "off",
         f"provider.{LOCAL}.max_inflight": AT_ONCE,
         **{f"provider.{n}.{t}": ms(8000) for n in (*NAMES, LOCAL) for t in ("first_byte_timeout", "idle_timeout")}}
# And here on what the others do: the next provider is asked beside a slow one, breakers open.
TOGETHER = {**ALONE, "breaker.failures": "4", "breaker.open_for": "50ms", "route.hedge_after": ms(40),
            "retry.budget": "0.2", "server.workers": "2"}


@pytest.fixture
def stage():
    stage = Stage(SEED, COUNT)
    yield stage
    stage.stop()


def run(start, stage, settings):
    """The daemon, and what is wrong."""
    without = {"provider.openai.base_url": None, "provider.openai.api_key": None}
    daemon = start(None, stage.ollama, {**without, **settings}, ini=stage.settings())
    daemon.ini.chmod(0o600)
    crowd = KeyCrowd(daemon, stage, 5 * PATIENCE)
    keeper = Keeper(daemon, stage, crowd, EVERY)
    keeper.start()
    results = crowd.run()
    keeper.ended.set()
    keeper.join()
    assert not keeper.trouble, keeper.trouble
    found = [f"\n{e}\n{stage.deliveries[e.number]}\n{r.answer}\n{wrong}" for e, r in zip(stage.plan, results)
             for wrong in [wrong_with(stage, e, r)] if wrong]
    return daemon, found


def check_books(daemon, stage):
    """Every attempt was received once, but for those whose client left while they were on their way."""
    wait_until(lambda: daemon.metric("inflight") == 0, "the exchanges have ended")
    received = Counter(d.provider for made in stage.deliveries.values() for d in made)
    for provider in (*NAMES, LOCAL):
        counted = daemon.metric("attempts_total", provider=provider)
        cancelled = daemon.metric("attempts_total", provider=provider, **{"class": "cancelled"})
        assert 0 <= counted - received[provider] <= cancelled, (provider, counted, received, cancelled)


def check_cool_downs(stage):
    """Those under way may still ask with a key that was refused, as often as they try where it is a
    limit and there is no other; nobody who comes later."""
    spells = stage.spells + [(k, s) for b in stage.banks.values() for k, s in b.spells.items() if s]
    late = [(key, spell.kind, spell.asked) for key, spell in spells
            if spell.kind != "named" and spell.asked > AT_ONCE * (TRIES + 1 if spell.kind == "rate_limit" else 2)]
    assert not late, late


def check_told(daemon, stage):
    """What the metrics tell of the keys in the settings, by their numbers."""
    heard = {d.key for e in stage.plan if not e.leaves for d in stage.deliveries[e.number] if d.kind == "refused"}
    for name, keys in stage.generations[-1].items():
        for n, key in enumerate(keys, 1):
            spell = stage.banks[name].spells.get(key)
            if spell and spell.kind in ("quota", "rate_limit") and key in heard:
                assert daemon.metric("key_set_aside", provider=name, key=str(n)) == 1, (name, n, spell.kind)


def check_secrets(daemon, stage):
    told = daemon.log_text() + daemon.get("/metrics").text + daemon.get("/status.json").text + daemon.get("/status").text
    assert not QUOTED.search(told), QUOTED.search(told)
    for server in (stage.host, stage.claude, stage.ollama):
        assert not any("sk-of-the-app" in str(r.headers) for r in server.requests)


def report(stage):
    made = [d for found in stage.deliveries.values() for d in found]
    kinds = {kind: sum(d.kind == kind for d in made) for kind in ("answered", "refused", "failed", "broken")}
    print(f"\nSEED={SEED}: {COUNT} exchanges, {len(made)} deliveries, {kinds}, "
          f"{sum(len(keys) for keys in stage.ever.values())} keys, {len(stage.generations) - 1} reloads", flush=True)


def play(start, stage, settings):
    start.unsent = None  # see check_books
    daemon, found = run(start, stage, settings)
    report(stage)
    assert not found, f"SEED={SEED}: {len(found)} of {COUNT} are wrong{''.join(found[:5])}"
    check_books(daemon, stage)
    check_cool_downs(stage)
    check_secrets(daemon, stage)
    return daemon


def test_keys_that_run_dry_cost_nobody_an_answer(start, stage):
    check_told(play(start, stage, ALONE), stage)


def test_hedges_and_workers_do_not_mix_the_keys_up(start, stage):
    stage.slow = True
    play(start, stage, TOGETHER)


# ---- can it fail?


def judged(stage, made, began=0, ended=0, **exchange):
    """What is wrong with these deliveries of one exchange, its answer apart."""
    found = Result()
    found.left, found.began, found.ended = True, began, ended
    one = Exchange(SEED, 0)
    vars(one).update({"route": None, **exchange})
    stage.deliveries[0] = made
    return wrong_with(stage, one, found)


def test_a_wrong_use_of_keys_is_called_wrong(stage):
    (one, two, *_), (other, *_) = stage.generations[0]["openai"], stage.generations[0]["twin"]
    no, yes = ("refused", "quota"), ("answered",)
    openai = lambda key, what: Delivery("openai", key, *what)  # noqa: E731
    assert not judged(stage, [openai(one, no), openai(two, yes)])
    assert judged(stage, [openai(one, no), openai(one, yes)])
    assert judged(stage, [openai(one, no), openai(two, no), openai(one, yes)])
    assert judged(stage, [openai(other, yes)])
    assert judged(stage, [Delivery("openai", other, "stranger")])
    assert judged(stage, [openai(one, ("failed", "server"))] * 4)
    assert judged(stage, [Delivery(LOCAL, "Bearer " + one, *yes)])
    stage.generations.append({**stage.generations[0], "openai": [two]})
    assert judged(stage, [openai(one, yes)], began=1, ended=1)
    assert not judged(stage, [openai(one, yes)], began=0, ended=1)


def told(stage, attempts, made, **exchange):
    """What is wrong with an answer of `1` that tells of such attempts."""
    found = judged(stage, made, **exchange)
    answer = Response()
    answer.status, answer.complete, answer.body = 200, True, b'{"choices": [{"message": {"content": "1"}}]}'
    answer.headers = [("x-understudy-provider", "openai"), ("x-understudy-attempts", attempts)]
    one = Exchange(SEED, 0)
    vars(one).update({"route": None, "messages": False, "streamed": False, **exchange})
    return found + list(misanswered(one, answer, made))


def test_a_wrong_answer_is_called_wrong(stage):
    one, two, *_ = stage.generations[0]["openai"]
    refused, answered = Delivery("openai", one, "refused", "quota"), Delivery("openai", two, "answered", text="1")
    other = Delivery("openai", two, "answered", text="2")
    assert not told(stage, "openai=2", [refused, answered])
    assert told(stage, "openai=1", [refused, answered])
    assert told(stage, "openai=2", [refused, other])
    assert told(stage, "openai=2", [answered, other])
    assert told(stage, "openai=1", [refused])
    assert told(stage, "openai=1", [refused], route="openai")
