"""A second provider beside a silent one: who wins, who is let go, and what is told of it."""
import time

import pytest

from daemon import PATIENCE, SLOW, wait_until
from faults import error
from ledger import both, from_cloud, from_ollama, truth
from sim import Cloud, Gate
from sim import ollama as o
from sim.cloud import cut_stream, held, ok, silent, status, stream
from sim.world import Clock

SOON = {"route.hedge_after": "60ms"}


def ask(daemon, streamed, **more):
    """Sends a request and does not wait for its answer."""
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions", {
        "model": "gpt-4", "stream": streamed, "messages": [{"role": "user", "content": "Hi"}],
        **more})
    return client


@both
@pytest.mark.sample
def test_the_next_one_answers_beside_a_silent_cloud(start, cloud, ollama, streamed):
    cloud.script(silent())
    daemon = start(cloud, ollama, SOON)
    answer = daemon.chat(stream=streamed)
    assert answer.content == "ollama heard: Hi" and answer.complete
    assert truth(answer) == from_ollama("openai=1, ollama=1", "timeout")
    assert cloud.chats[0].hung_up.wait(PATIENCE)
    assert daemon.metric("attempts_total", provider="openai", **{"class": "cancelled"}) == 1
    labels = {"from": "openai", "to": "ollama", "class": "timeout"}
    assert daemon.metric("fallbacks_total", **labels) == 1
    line = daemon.exchange()
    assert (line["provider"], line["fallback"], line["attempts"]) == (
        "ollama", "timeout", "openai=1, ollama=1")
    told = daemon.wait_for_log(event="hedge")
    assert told["level"] == "warning" and int(told["after_ms"]) >= 60


@both
def test_the_silent_one_may_still_win(start, cloud, ollama, streamed):
    gate = Gate()
    cloud.script(held(gate, ok("late but mine")))
    ollama.script(silent())
    daemon = start(cloud, ollama, SOON)
    client = ask(daemon, streamed)
    ollama.wait_for_requests(1, "/api/chat")
    gate.open()
    answer = client.response()
    assert answer.content == "late but mine"
    assert truth(answer) == from_cloud("openai=1, ollama=1")
    assert ollama.chats[0].hung_up.wait(PATIENCE)
    assert daemon.metric("attempts_total", provider="ollama", **{"class": "cancelled"}) == 1
    assert daemon.metric("fallbacks_total") == 0
    assert "fallback" not in daemon.exchange()


def test_the_loser_adds_no_byte_to_the_stream(start, cloud, ollama):
    gate, end = Gate(), Gate()
    cloud.script(held(gate, stream("cloud")))
    ollama.script(o.lines("ol", end, "lama"))
    client = ask(start(cloud, ollama, SOON), True)
    answer = client.head()
    client.read_until(answer, '"ol"')
    gate.open()
    assert cloud.chats[0].hung_up.wait(5)
    end.open()
    client.finish(answer)
    assert answer.content == "ollama" and answer.complete and answer.events[-1] == "[DONE]"


@both
@pytest.mark.parametrize("settings", [
    {"route.hedge_after": "off"},
    {"route.hedge_after": "60ms", "model gpt-4.hedge_after": "off"},
    {"route.hedge_after": "auto"},
    {"route.hedge_after": "60ms", "route.priority": "openai"}], ids=str)
def test_without_a_hedge_the_silent_one_is_waited_for(start, cloud, ollama, settings, streamed):
    cloud.script(stream(0.3, "late") if streamed else held_for(0.3, ok("late")))
    daemon = start(cloud, ollama, settings)
    answer = daemon.chat(stream=streamed)
    assert answer.content == "late" and truth(answer) == from_cloud("openai=1")
    assert ollama.chats == [] and daemon.log(event="hedge") == []


def held_for(seconds, then):
    def reply(peer, request):
        peer.pause(seconds)
        then(peer, request)

    return reply


AUTO = {"route.hedge_after": "auto", "provider.openai.first_byte_timeout": "280s"}


def pass_time(daemon, clock, seconds):
    """The daemon sees it when something wakes it."""
    clock.advance(seconds)
    assert daemon.get("/healthz").status == 200


def test_auto_a_whole_answer_gets_company_after_a_minute(start, cloud, ollama, tmp_path):
    clock = Clock(tmp_path)
    cloud.script(silent())
    daemon = start(cloud, ollama, AUTO, env=clock.env)
    client = ask(daemon, False)
    cloud.wait_for_requests(1)
    pass_time(daemon, clock, 50)
    assert ollama.chats == [] and daemon.log(event="hedge") == []
    pass_time(daemon, clock, 15)
    answer = client.response()
    assert answer.content == "ollama heard: Hi"
    assert truth(answer) == from_ollama("openai=1, ollama=1", "timeout")
    told = daemon.wait_for_log(event="hedge")
    assert 60_000 <= int(told["after_ms"]) < 70_000


def test_auto_a_model_that_usually_takes_long_has_three_times_that(start, cloud, ollama, tmp_path):
    clock, gate = Clock(tmp_path), Gate()
    cloud.script(held(gate, ok("late, as usual")), silent())
    daemon = start(cloud, ollama, AUTO, env=clock.env)
    client = ask(daemon, False)
    cloud.wait_for_requests(1)
    pass_time(daemon, clock, 40)
    gate.open()
    assert client.response().content == "late, as usual"
    client = ask(daemon, False)
    cloud.wait_for_requests(2)
    pass_time(daemon, clock, 110)
    assert ollama.chats == [] and daemon.log(event="hedge") == []
    pass_time(daemon, clock, 30)
    assert truth(client.response()) == from_ollama("openai=1, ollama=1", "timeout")


def test_auto_a_request_for_reasoning_is_waited_for(start, cloud, ollama, tmp_path):
    clock, gate = Clock(tmp_path), Gate()
    cloud.script(held(gate, ok("thought about")))
    daemon = start(cloud, ollama, AUTO, env=clock.env)
    client = ask(daemon, False, reasoning_effort="high")
    cloud.wait_for_requests(1)
    pass_time(daemon, clock, 150)
    assert ollama.chats == [] and daemon.log(event="hedge") == []
    gate.open()
    assert client.response().content == "thought about"


@both
def test_a_model_may_have_its_own_hedge(start, cloud, ollama, streamed):
    cloud.script(silent())
    daemon = start(cloud, ollama, {"route.hedge_after": "off", "model quick.hedge_after": "60ms"})
    answer = daemon.chat(model="quick", stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "timeout")


@both
def test_a_request_without_fallback_is_not_hedged(start, cloud, ollama, streamed):
    cloud.script(held_for(0.25, ok("late")))
    answer = start(cloud, ollama, SOON).chat(stream=streamed,
                                             headers={"x-understudy-fallback": "no"})
    assert answer.content == "late" and ollama.chats == []


@both
@pytest.mark.parametrize("fault, tries", [(o.failed(), 3), (o.error(401, "no"), 1),
                                          (o.error(400, "invalid"), 1)])
def test_a_hedge_that_fails_leaves_the_first_alone(start, cloud, ollama, fault, tries, streamed):
    gate = Gate()
    cloud.script(held(gate, ok("late but mine")))
    ollama.script(fault)
    daemon = start(cloud, ollama, SOON)
    client = ask(daemon, streamed)
    ollama.wait_for_requests(tries, "/api/chat")
    wait_until(lambda: daemon.metric("attempts_total", provider="ollama") == tries, "it has failed")
    gate.open()
    answer = client.response()
    assert answer.content == "late but mine"
    assert truth(answer) == from_cloud(f"openai=1, ollama={tries}")
    assert daemon.metric("fallbacks_total") == 0
    assert len(cloud.chats) == 1 and len(ollama.chats) == tries


@both
@pytest.mark.parametrize("fault, failure", [(status(500), "server"), (error(401), "auth"),
                                            (error(429), "rate_limit")])
def test_a_first_that_fails_leaves_it_to_the_hedge(start, cloud, ollama, fault, failure, streamed):
    gate, ollamas = Gate(), Gate()
    cloud.script(held(gate, fault))
    ollama.script(held(ollamas, o.text("local")))
    daemon = start(cloud, ollama, {**SOON, "retry.attempts": 1})
    client = ask(daemon, streamed)
    ollama.wait_for_requests(1, "/api/chat")
    gate.open()
    wait_until(lambda: daemon.metric("attempts_total", provider="openai") == 1, "it has failed")
    ollamas.open()
    answer = client.response()
    assert answer.content == "local"
    assert truth(answer) == from_ollama("openai=1, ollama=1", failure)
    assert daemon.metric("fallbacks_total", **{"class": failure}) == 1
    assert daemon.metric("fallbacks_total") == 1


@both
def test_what_is_the_clients_ends_the_hedge(start, cloud, ollama, streamed):
    gate = Gate()
    fault = error(400, "content_filter", "refused")
    cloud.script(held(gate, fault))
    ollama.script(silent())
    client = ask(start(cloud, ollama, SOON), streamed)
    ollama.wait_for_requests(1, "/api/chat")
    gate.open()
    answer = client.response()
    assert (answer.status, answer.error["message"]) == (400, "refused")
    assert truth(answer) == from_cloud("openai=1, ollama=1")
    assert ollama.chats[0].hung_up.wait(5)


@both
def test_retries_go_on_beside_the_hedge(start, cloud, ollama, streamed):
    cloud.script(status(503), ok("second try"))
    ollama.script(silent())
    daemon = start(cloud, ollama, {**SOON, "retry.min_wait": "200ms", "retry.max_wait": "200ms"})
    answer = daemon.chat(stream=streamed)
    assert answer.content == "second try"
    assert truth(answer) == from_cloud("openai=2, ollama=1")
    assert ollama.chats[0].hung_up.wait(5)


@both
def test_both_fail_beside_each_other(start, cloud, ollama, streamed):
    gate = Gate()
    cloud.script(held(gate, error(401, None, "dead key")))
    ollama.script(o.error(401, "dead too"))
    daemon = start(cloud, ollama, SOON)
    client = ask(daemon, streamed)
    wait_until(lambda: daemon.metric("attempts_total", provider="ollama") == 1, "it has failed")
    gate.open()
    answer = client.response()
    assert (answer.status, answer.error["type"]) == (502, "all_providers_failed")
    assert "dead key" in answer.error["message"] and "dead too" in answer.error["message"]
    assert answer.header("x-understudy-attempts") in ("openai=1, ollama=1", "ollama=1, openai=1")


@both
def test_a_client_that_leaves_ends_both(start, cloud, ollama, streamed):
    cloud.script(silent())
    ollama.script(silent())
    daemon = start(cloud, ollama, SOON)
    client = ask(daemon, streamed)
    ollama.wait_for_requests(1, "/api/chat")
    client.close()
    for sent in (cloud.chats[0], ollama.chats[0]):
        assert sent.hung_up.wait(PATIENCE)
    assert daemon.exchange()["class"] == "cancelled"


def test_a_loser_says_nothing_to_the_breaker(start, cloud, ollama):
    cloud.script(silent())
    daemon = start(cloud, ollama, {**SOON, "breaker.failures": 2})
    for _ in range(4):
        assert daemon.chat().content == "ollama heard: Hi"
    assert len(cloud.chats) == 4
    assert daemon.metric("breaker_state", provider="openai") == 0


@pytest.fixture
def second():
    server = Cloud()
    yield server
    server.stop()


def three(second, **more):
    return {**SOON, "route.priority": "openai, second, ollama", "provider.second.type": "openai",
            "provider.second.base_url": second.url + "/v1", "provider.second.api_key": "sk-2",
            **more}


@both
def test_a_third_starts_beside_two_silent_ones(start, cloud, ollama, second, streamed):
    cloud.script(silent())
    second.script(silent())
    answer = start(cloud, ollama, three(second)).chat(stream=streamed)
    assert answer.content == "ollama heard: Hi"
    assert answer.header("x-understudy-attempts") == "openai=1, second=1, ollama=1"
    assert cloud.chats[0].hung_up.wait(5) and second.chats[0].hung_up.wait(5)


@both
def test_one_that_cannot_be_tried_is_passed_over_by_the_hedge(start, cloud, ollama, second,
                                                              streamed):
    cloud.script(silent())
    daemon = start(cloud, ollama, three(second, **{"provider.second.api_key": None}))
    answer = daemon.chat(stream=streamed)
    assert answer.content == "ollama heard: Hi" and second.requests == []
    assert answer.header("x-understudy-attempts") == "openai=1, ollama=1"


@both
def test_a_hedge_without_a_place_leaves_the_first_alone(start, cloud, ollama, streamed):
    """Ollama's only place is taken by another exchange."""
    taken, gate = Gate(), Gate()
    ollama.script(held(taken, o.text("other")))
    cloud.script(held(gate, ok("late but mine")))
    daemon = start(cloud, ollama, {**SOON, "provider.ollama.max_inflight": 1})
    other = daemon.connect()
    other.request("POST", "/v1/chat/completions", {"model": "ollama:ministral-3:3b", "messages": [
        {"role": "user", "content": "x"}]})
    taken.wait_reached()
    client = ask(daemon, streamed)
    gate.wait_reached()
    time.sleep(0.15 * SLOW)  # the hedge is due by then, and waits
    gate.open()
    answer = client.response()
    assert answer.content == "late but mine" and truth(answer) == from_cloud("openai=1")
    taken.open()
    assert other.response().content == "other"


@both
def test_a_hedge_beside_one_that_waits_for_its_place(start, cloud, ollama, streamed):
    """The first has not even been tried when the next one answers."""
    gate = Gate()
    cloud.script(held(gate, ok("one")), ok("two"))
    daemon = start(cloud, ollama, {**SOON, "model slow.hedge_after": "off",
                                   "provider.openai.max_inflight": 1})
    one = ask(daemon, streamed, model="slow")
    gate.wait_reached()
    answer = daemon.chat(stream=streamed)
    assert answer.content == "ollama heard: Hi"
    assert answer.header("x-understudy-attempts") == "ollama=1"
    assert len(cloud.chats) == 1
    gate.open()
    assert one.response().content == "one"


def test_a_stream_that_breaks_after_the_race_is_told_as_such(start, cloud, ollama):
    gate = Gate()
    cloud.script(held(gate, cut_stream("half")))
    ollama.script(silent())
    client = ask(start(cloud, ollama, SOON), True)
    ollama.wait_for_requests(1, "/api/chat")
    gate.open()
    answer = client.response()
    assert answer.content == "half"
    assert answer.events[-1]["error"]["code"] == "stream_incomplete"
    assert ollama.chats[0].hung_up.wait(5)
