"""A provider that fails again and again is left alone for a while, then probed by one request."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from daemon import wait_until
from faults import error
from ledger import both, from_cloud, from_ollama, ms, truth
from sim import Gate, closed_port, reply
from sim import ollama as o
from sim.cloud import cut_stream, held, ok, silent, status

SKIPPED = from_ollama("ollama=1", "skipped-breaker")
CLOSED, HALF_OPEN, OPEN = 0, 1, 2
# Opens at the third failure, for longer than a test lasts; or for a moment.
LONG = {"breaker.failures": 3, "breaker.open_for": "60s"}
BRIEF = {"breaker.failures": 3, "breaker.open_for": "250ms"}


def state(daemon, provider="openai"):
    return daemon.metric("breaker_state", provider=provider)


def open_it(daemon, cloud):
    cloud.script(status(503))
    assert truth(daemon.chat()) == from_ollama("openai=3, ollama=1", "server")
    return len(cloud.chats)


def wait_half_open(daemon):
    wait_until(lambda: state(daemon) == HALF_OPEN, "its time is over")


@both
@pytest.mark.sample
def test_an_open_breaker_is_passed_over(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama, LONG)
    assert state(daemon) == CLOSED
    sent = open_it(daemon, cloud)
    assert state(daemon) == OPEN
    for _ in range(3):
        answer = daemon.chat(stream=streamed)
        assert answer.content == "ollama heard: Hi" and truth(answer) == SKIPPED
    assert len(cloud.chats) == sent == 3
    labels = {"from": "openai", "to": "ollama", "class": "skipped-breaker"}
    assert daemon.metric("fallbacks_total", **labels) == 3
    (line,) = daemon.log(event="breaker")
    assert (line["level"], line["provider"]) == ("warning", "openai")
    assert daemon.get("/readyz").status == 200


@both
def test_a_breaker_that_opens_in_mid_exchange_ends_the_tries(start, cloud, ollama, streamed):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {**LONG, "breaker.failures": 5})
    assert truth(daemon.chat(stream=streamed)) == from_ollama("openai=3, ollama=1", "server")
    assert truth(daemon.chat(stream=streamed)) == from_ollama("openai=2, ollama=1", "server")
    assert truth(daemon.chat(stream=streamed)) == SKIPPED
    assert len(cloud.chats) == 5


def test_an_outage_costs_few_requests(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama)
    for _ in range(100):
        assert daemon.chat().content == "ollama heard: Hi"
    assert len(cloud.chats) == 5 and len(ollama.chats) == 100


@pytest.mark.parametrize("fault", [
    pytest.param(reply.reset_before_answer(), id="network"), pytest.param(error(408), id="timeout"),
    pytest.param(reply.html_200(), id="protocol"), pytest.param(error(507), id="server")])
def test_classes_that_open_it(start, cloud, ollama, fault):
    cloud.script(fault)
    daemon = start(cloud, ollama, {**LONG, "retry.attempts": 1})
    for _ in range(3):
        daemon.chat()
    assert state(daemon) == OPEN
    assert truth(daemon.chat()) == SKIPPED and len(cloud.chats) == 3


@pytest.mark.parametrize("fault", [pytest.param(error(*e), id=str(e[0])) for e in (
    (429,), (401,), (402,), (404, "model_not_found"), (400,), (400, "content_filter"),
    (400, "context_length_exceeded"), (501,))] + [
    pytest.param(reply.redirect("http://127.0.0.1:1/"), id="302")])
def test_an_answer_that_refuses_does_not_open_it(start, cloud, ollama, fault):
    cloud.script(fault)
    daemon = start(cloud, ollama, {**LONG, "breaker.failures": 2})
    for _ in range(5):
        daemon.chat()
    assert state(daemon) == CLOSED and len(cloud.chats) == 5


def test_only_failures_in_a_row_count(start, cloud, ollama):
    cloud.script(status(500), status(500), ok("x"), status(500), status(500), error(429),
                 status(500), status(500), ok("x"))
    daemon = start(cloud, ollama, {**LONG, "retry.attempts": 1})
    for _ in range(9):
        daemon.chat()
    assert state(daemon) == CLOSED and len(cloud.chats) == 9


def test_streams_that_break_after_content_count(start, cloud, ollama):
    cloud.script(cut_stream("a"))
    daemon = start(cloud, ollama, LONG)
    for _ in range(3):
        assert daemon.chat(stream=True).content == "a"
    assert state(daemon) == OPEN
    assert truth(daemon.chat(stream=True)) == SKIPPED


def test_zero_failures_is_no_breaker(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"breaker.failures": 0, "retry.budget": 0})
    for _ in range(10):
        assert truth(daemon.chat()) == from_ollama("openai=3, ollama=1", "server")
    assert state(daemon) == CLOSED


def test_connects_that_are_refused_open_it(start, ollama):
    start.unsent = 3
    with closed_port() as port:
        daemon = start("http://127.0.0.1:%d" % port.getsockname()[1], ollama, LONG)
        daemon.chat()
        assert state(daemon) == OPEN and truth(daemon.chat()) == SKIPPED


# ---- half-open


@both
def test_an_answer_closes_it(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama, BRIEF)
    open_it(daemon, cloud)
    cloud.script(ok("back"))
    wait_half_open(daemon)
    answer = daemon.chat(stream=streamed)
    assert answer.content == "back" and truth(answer) == from_cloud("openai=1")
    wait_until(lambda: state(daemon) == CLOSED, "it is closed")
    daemon.wait_for_log(event="breaker", message="the provider answers again")
    assert truth(daemon.chat(stream=streamed)) == from_cloud("openai=1")


@both
def test_a_probe_that_fails_is_one_attempt_and_opens_it_again(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama, BRIEF)
    sent = open_it(daemon, cloud)
    wait_half_open(daemon)
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "server")
    assert len(cloud.chats) == sent + 1
    assert truth(daemon.chat(stream=streamed)) == SKIPPED
    cloud.script(ok("back"))
    wait_half_open(daemon)
    assert daemon.chat(stream=streamed).content == "back"


@both
def test_of_50_at_once_one_is_the_probe(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama, {**BRIEF, "provider.ollama.max_inflight": 0})
    sent = open_it(daemon, cloud)
    gate = Gate()
    cloud.script(held(gate, ok("back")))
    wait_half_open(daemon)
    with ThreadPoolExecutor(50) as pool:
        asked = [pool.submit(daemon.chat, stream=streamed) for _ in range(50)]
        gate.wait_reached()
        wait_until(lambda: sum(a.done() for a in asked) == 49, "the others are answered")
        assert state(daemon) == HALF_OPEN
        gate.open()
        answers = [a.result() for a in asked]
    assert len(cloud.chats) == sent + 1
    told = [truth(a) for a in answers]
    assert told.count(SKIPPED) == 49 and told.count(from_cloud("openai=1")) == 1
    wait_until(lambda: state(daemon) == CLOSED, "it is closed")


def test_a_probe_whose_client_leaves_lets_another_probe(start, cloud, ollama):
    daemon = start(cloud, ollama, BRIEF)
    open_it(daemon, cloud)
    cloud.script(silent(), ok("back"))
    wait_half_open(daemon)
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions", {"model": "gpt-4", "messages": [
        {"role": "user", "content": "x"}]})
    cloud.wait_for_requests(4)
    client.close()
    daemon.wait_for_log(event="exchange", **{"class": "cancelled"})
    assert daemon.chat().content == "back"


def test_a_refusal_shows_that_it_is_alive(start, cloud, ollama):
    daemon = start(cloud, ollama, BRIEF)
    open_it(daemon, cloud)
    cloud.script(error(400))
    wait_half_open(daemon)
    assert daemon.chat().status == 400
    assert state(daemon) == CLOSED


# ---- with no other provider


@both
@pytest.mark.parametrize("headers", [{"x-understudy-fallback": "no"},
                                     {"x-understudy-route": "openai"}], ids=str)
def test_alone_it_is_503_with_retry_after(start, cloud, ollama, headers, streamed):
    daemon = start(cloud, ollama, {**LONG, "breaker.open_for": "7s"})
    cloud.script(error(500, None, "first failure"))
    answer = daemon.chat(stream=streamed, headers=headers)
    assert (answer.status, answer.error["message"]) == (500, "first failure")
    answer = daemon.chat(stream=streamed, headers=headers)
    assert (answer.status, answer.error["type"]) == (503, "no_provider")
    assert 1 <= int(answer.header("retry-after")) <= 7
    assert answer.header("x-should-retry") == "false"
    assert "openai" in answer.error["message"] and "breaker" in answer.error["message"]
    assert len(cloud.chats) == 3 and ollama.chats == []


def test_retry_after_is_30_at_most(start, cloud, ollama):
    daemon = start(cloud, ollama, {**LONG, "route.priority": "openai"})
    cloud.script(status(503))
    daemon.chat()
    answer = daemon.chat()
    assert (answer.status, answer.header("retry-after")) == (503, "30")
    assert daemon.get("/readyz").status == 503


@both
def test_both_breakers_open_is_nobody_to_try(start, cloud, ollama, streamed):
    cloud.script(status(503))
    ollama.script(o.failed())
    daemon = start(cloud, ollama, {**LONG, "breaker.open_for": "20s"})
    assert daemon.chat(stream=streamed).status == 502
    assert state(daemon, "ollama") == OPEN
    answer = daemon.chat(stream=streamed)
    assert (answer.status, answer.error["type"]) == (503, "no_provider")
    assert 1 <= int(answer.header("retry-after")) <= 20
    assert "openai" in answer.error["message"] and "ollama" in answer.error["message"]
    assert len(cloud.chats) == 3 and len(ollama.chats) == 3


def test_the_last_ones_breaker_is_named_among_the_attempts(start, cloud, ollama):
    ollama.script(o.failed())
    daemon = start(cloud, ollama, LONG)
    assert daemon.chat(headers={"x-understudy-route": "ollama"}).status == 500
    cloud.script(error(401))
    answer = daemon.chat()
    assert answer.status in (502, 503)
    tried = [(a["provider"], a["class"]) for a in answer.error["attempts"]]
    assert tried == [("openai", "auth"), ("ollama", "skipped-breaker")]


@both
def test_a_slow_probe_is_not_the_end_of_the_others(start, cloud, ollama, streamed):
    """While one probes, the next ones are answered at once, and the probe falls back, too."""
    daemon = start(cloud, ollama, {**BRIEF, "provider.openai.first_byte_timeout": ms(400),
                                   "route.hedge_after": "off"})
    open_it(daemon, cloud)
    cloud.script(silent())
    wait_half_open(daemon)
    with ThreadPoolExecutor(1) as pool:
        probe = pool.submit(daemon.chat, stream=streamed)
        cloud.wait_for_requests(4)
        assert truth(daemon.chat(stream=streamed)) == SKIPPED
        assert truth(probe.result()) == from_ollama("openai=1, ollama=1", "timeout")
    assert state(daemon) in (OPEN, HALF_OPEN)


def test_several_workers_share_one_breaker(start, cloud, ollama):
    daemon = start(cloud, ollama, {**LONG, "server.workers": 3})
    sent = open_it(daemon, cloud)
    told = [truth(daemon.chat()) for _ in range(12)]
    assert told == [SKIPPED] * 12 and len(cloud.chats) == sent
