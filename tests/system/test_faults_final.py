"""The rows of the contract's table of failures that no retry cures, and the errors that the client
gets when there is no fallback; each whole and streamed."""
import pytest

from faults import FILTERED, MOVED_ON, NOT_A_STREAM, REFUSED, RETRIED, rows, wire
from ledger import counts, from_cloud, from_ollama, truth

REFUSALS = [pytest.param("policy", *r, streamed, id=f"policy-{n}-{streamed}") for n, *r in FILTERED
            for streamed in (False, True)]


@pytest.mark.parametrize("failure, fault, streamed", rows(MOVED_ON))
def test_a_fault_that_no_retry_cures_is_one_delivery_and_then_ollama(start, cloud, ollama, failure,
                                                                    fault, streamed):
    cloud.script(fault)
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed)
    assert (answer.status, answer.content) == (200, "ollama heard: Hi")
    assert truth(answer) == from_ollama("openai=1, ollama=1", failure)
    assert len(cloud.chats) == 1 and len(ollama.chats) == 1
    assert counts(daemon, failure) == (1, 0, 1)
    assert daemon.waits() == []
    assert len(daemon.log(event="auth", level="error")) == (failure == "auth")


@pytest.mark.parametrize("failure, fault, streamed", rows({"request": REFUSED}) + REFUSALS)
def test_what_is_the_clients_is_one_delivery_and_verbatim(start, cloud, ollama, failure, fault,
                                                          streamed):
    cloud.script(fault)
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed)
    assert (answer.status, answer.body) == wire(fault, streamed)
    assert answer.header("content-type") == "application/json"
    assert answer.header("x-should-retry") == "false"
    assert truth(answer) == from_cloud("openai=1")
    assert len(cloud.chats) == 1 and ollama.chats == [] and ollama.loads == []
    assert counts(daemon, failure) == (1, 0, 0)
    line = daemon.exchange()
    assert (line["class"], line["status"]) == (failure, str(answer.status))


@pytest.mark.parametrize("failure, fault, streamed", rows({**RETRIED, **MOVED_ON}, NOT_A_STREAM))
def test_without_a_fallback_the_clouds_own_last_error_comes_back(start, cloud, ollama, failure,
                                                                fault, streamed):
    cloud.script(fault)
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed, headers={"x-understudy-fallback": "no"})
    tries = len(cloud.chats)
    assert ollama.chats == [] and answer.header("x-should-retry") == "false"
    assert truth(answer) == from_cloud(f"openai={tries}")
    status, body = wire_or_none(fault, streamed)
    if status and status >= 400:
        assert (answer.status, answer.body) == (status, body)
    else:
        assert (answer.status, answer.error["type"]) == (502, "upstream_error")
        assert answer.error["code"] == failure and answer.error["message"]
        assert answer.header("content-type") == "application/json"


def wire_or_none(fault, streamed):
    """(None, None) for what is no HTTP at all."""
    try:
        return wire(fault, streamed)
    except (AttributeError, IndexError, ValueError):
        return None, None
