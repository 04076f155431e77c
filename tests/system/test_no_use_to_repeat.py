"""What would only fail again in the same way, and a server that does not run: no three tries."""
import pytest

from daemon import SLOW
from faults import error
from ledger import both, from_cloud, from_ollama, truth
from sim import closed_port, reply
from sim import ollama as o
from sim.cloud import ok

# As Ollama 0.24 and 0.33 tell them, each with a 500.
DETERMINISTIC = {
    "template": 'template: :3:24: executing "" at <.Messages>: can\'t evaluate field X',
    "Jinja": "Unable to generate parser for this template. Automatic parser generation failed",
    "grammar": "failed to parse grammar",
    "schema": "JSON schema conversion failed: Unrecognized schema",
    "format": "failed to load model vocabulary required for format",
    "option": 'option "temperature" must be of type float32',
}


@both
@pytest.mark.parametrize("text", DETERMINISTIC.values(), ids=list(DETERMINISTIC))
def test_a_500_of_ollama_that_would_only_come_again(start, cloud, ollama, text, streamed):
    cloud.script(error(401))
    ollama.script(o.error(500, text))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed)
    assert (answer.status, answer.error["type"]) == (502, "all_providers_failed")
    assert truth(answer) == from_ollama("openai=1, ollama=1", "auth") and daemon.waits() == []
    assert text in answer.error["message"]


@both
def test_the_next_one_is_asked_at_once(start, cloud, ollama, streamed):
    ollama.script(o.error(500, DETERMINISTIC["grammar"]))
    daemon = start(cloud, ollama, {"route.priority": "ollama, openai"})
    answer = daemon.chat(stream=streamed)
    assert answer.status == 200 and daemon.waits() == []
    assert truth(answer)["attempts"] == "ollama=1, openai=1"
    assert truth(answer)["fallback"] == "server"
    assert daemon.log(event="fallback")[0]["reason"] == "repeats"


@both
def test_another_500_of_ollama_is_tried_three_times(start, cloud, ollama, streamed):
    cloud.script(error(401))
    ollama.script(o.failed())
    answer = start(cloud, ollama).chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=3", "auth")


@both
def test_an_ollama_that_does_not_run_is_told_so_and_tried_twice(start, cloud, streamed):
    cloud.script(error(401))
    start.unsent = 2
    with closed_port() as sock:
        port = sock.getsockname()[1]
        daemon = start(cloud, f"http://127.0.0.1:{port}", {
            "retry.min_wait": "7ms", "retry.multiplier": "0.5", "retry.max_wait": "1s",
            "retry.jitter": "0"})
        answer = daemon.chat(stream=streamed)
    says = f"Ollama is not running at 127.0.0.1:{port}; start it with `ollama serve`"
    assert f"Ollama error: {says}" in answer.error["message"]
    assert [a["message"] for a in answer.error["attempts"]][1:] == [says, says]
    assert answer.error["code"] == "network"
    assert answer.header("x-understudy-attempts") == "openai=1, ollama=2"
    assert daemon.waits() == [7]


@both
def test_it_answers_when_it_runs_by_then(start, cloud, ollama, streamed):
    """The one try after min_wait is for that."""
    cloud.script(error(401))
    ollama.refuse()
    start.unsent = 1
    daemon = start(cloud, ollama, {"retry.min_wait": f"{int(1500 * SLOW)}ms",
                                   "retry.max_wait": "20s", "retry.jitter": "0"})
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions", {
        "model": "gpt-4", "stream": streamed, "messages": [{"role": "user", "content": "Hi"}]})
    daemon.wait_for_log(event="retry", provider="ollama")
    ollama.accept_again()
    answer = client.response()
    assert answer.content == "ollama heard: Hi"
    assert truth(answer) == from_ollama("openai=1, ollama=2", "auth")


@both
@pytest.mark.parametrize("key, tries", [("none", 2), ("sk-tunnel", 3)])
def test_another_server_of_ones_own_is_one_without_a_key(start, ollama, key, tries, streamed):
    """What has a key is taken for a cloud behind a tunnel, which may come back."""
    start.unsent = tries
    with closed_port() as sock:
        daemon = start(f"http://127.0.0.1:{sock.getsockname()[1]}/v1", ollama,
                       {"provider.openai.api_key": key})
        answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama(f"openai={tries}, ollama=1", "network")
    assert len(daemon.waits()) == tries - 1


# ---- 429, and nobody else left


@both
def test_a_429_of_the_only_provider_is_retried_with_backoff(start, cloud, ollama, streamed):
    cloud.script(error(429), error(429, "rate_limit_exceeded"), ok("at last"))
    daemon = start(cloud, ollama, {"route.priority": "openai", "retry.jitter": "0",
                                   "retry.multiplier": "0.01", "retry.min_wait": "1ms",
                                   "retry.max_wait": "1s"})
    answer = daemon.chat(stream=streamed)
    assert answer.content == "at last" and truth(answer) == from_cloud("openai=3")
    assert daemon.waits() == [10, 20]


@both
def test_a_429_of_the_last_provider_is_retried_too(start, cloud, ollama, streamed):
    cloud.script(error(429))
    ollama.script(o.error(429, "slow down"))
    answer = start(cloud, ollama).chat(stream=streamed)
    assert answer.status == 503 and answer.error["code"] == "rate_limit"
    assert truth(answer) == from_ollama("openai=1, ollama=3", "rate_limit")


@both
def test_quota_is_not_retried_by_anybody(start, cloud, ollama, streamed):
    cloud.script(error(429, "insufficient_quota"))
    answer = start(cloud, ollama, {"route.priority": "openai"}).chat(stream=streamed)
    assert answer.status == 429 and len(cloud.chats) == 1


def test_a_429_is_retried_where_those_that_follow_are_skipped(start, cloud, ollama):
    """An open breaker: to leave at once would leave nobody."""
    ollama.script(o.failed())
    daemon = start(cloud, ollama, {"breaker.failures": 3, "breaker.open_for": "10m"})
    assert daemon.chat(model="ollama:ministral-3:3b").status == 500
    cloud.script(error(429), ok("at last"))
    answer = daemon.chat()
    assert answer.content == "at last" and truth(answer) == from_cloud("openai=2")


# ---- what nobody asked for


@both
def test_an_unknown_coding_is_not_asked_for_three_times(start, cloud, ollama, streamed):
    headers = [("Content-Encoding", "x-nobody-knows")]
    cloud.script(reply.status(200, headers, b"\x00\x01\x02packed"))
    answer = start(cloud, ollama).chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "protocol")
