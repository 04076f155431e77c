"""The rows of the contract's table of failures that are retried, each whole and streamed."""
import pytest

from faults import NOT_A_STREAM, RETRIED, rows
from ledger import counts, from_cloud, from_ollama, truth
from sim.cloud import ok



@pytest.mark.parametrize("failure, fault, streamed", rows(RETRIED, NOT_A_STREAM))
def test_a_retried_fault_is_three_deliveries_and_then_ollama(start, cloud, ollama, failure, fault,
                                                             streamed):
    cloud.script(fault)
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed)
    assert (answer.status, answer.content) == (200, "ollama heard: Hi")
    assert answer.complete and answer.header("x-should-retry") is None
    assert truth(answer) == from_ollama("openai=3, ollama=1", failure)
    assert len(cloud.chats) == 3 and len(ollama.chats) == 1
    assert counts(daemon, failure) == (3, 2, 1)
    assert daemon.waits() == [10, 20]
    line = daemon.exchange()
    assert (line["provider"], line["fallback"], line["status"]) == ("ollama", failure, "200")
    retried = [(r["class"], r["attempt"]) for r in daemon.log(event="retry")]
    assert retried == [(failure, "1"), (failure, "2")]
    (moved,) = daemon.log(event="fallback")
    assert (moved["provider"], moved["to"], moved["class"]) == ("openai", "ollama", failure)


@pytest.mark.parametrize("failure, fault, streamed", rows(RETRIED, NOT_A_STREAM))
def test_a_retried_fault_that_passes_is_answered_by_the_cloud(start, cloud, ollama, failure, fault,
                                                              streamed):
    cloud.script(fault, fault, ok("at last"))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed)
    assert (answer.status, answer.content, answer.complete) == (200, "at last", True)
    assert truth(answer) == from_cloud("openai=3")
    assert len(cloud.chats) == 3 and ollama.chats == []
    assert counts(daemon, failure) == (2, 2, 0)
    assert daemon.metric("attempts_total", provider="openai", **{"class": "ok"}) == 1
