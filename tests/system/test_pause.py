"""The daemon gets no turn for a while (SIGSTOP, a machine without memory): that silence is its own."""
import signal
import threading
import time

import pytest

from daemon import SLOW
from ledger import from_cloud, ms, truth
from sim import Gate
from sim.cloud import ROLE, events, ok, held

STREAMS = 20
LIMIT_MS = 500


def stopped(daemon, gate, cloud, limits=3):
    """While it stands still the cloud says all that it has, and the time of the limit goes by."""
    daemon.signal(signal.SIGSTOP)
    gate.open()
    cloud.wait_for(lambda: all(c.answered.is_set() for c in cloud.chats), what="all is said")
    time.sleep(limits * LIMIT_MS / 1000 * SLOW)
    daemon.signal(signal.SIGCONT)


def at_once(daemon, count, **more):
    """So many chats beside each other; the list fills up as they end."""
    answers = []
    threads = [threading.Thread(target=lambda: answers.append(daemon.chat(**more)))
               for _ in range(count)]
    for thread in threads:
        thread.start()
    return answers, threads


def joined(answers, threads):
    for thread in threads:
        thread.join(60)
    return answers


def warmed(daemon, cloud, count):
    """With so many kept connections: libcurl's own timers for connecting would have it look."""
    gate = Gate()
    cloud.script(held(gate, ok("warm")))
    chats = at_once(daemon, count)
    cloud.wait_for_requests(count)
    gate.open()
    assert len(joined(*chats)) == count


def limits(**more):
    return {"retry.attempts": 1, "route.hedge_after": "off", "retry.budget": "0",
            **{f"provider.openai.{name}": ms(value) for name, value in more.items()}}


@pytest.mark.parametrize("before, limit", [
    (["begun "], {"idle_timeout": LIMIT_MS}), ([ROLE], {"first_byte_timeout": LIMIT_MS}),
    ([], {"first_byte_timeout": LIMIT_MS})], ids=["begun", "role", "head"])
def test_what_came_while_it_stood_still_is_no_silence(start, cloud, ollama, before, limit):
    daemon, gate = start(cloud, ollama, limits(**limit)), Gate()
    warmed(daemon, cloud, STREAMS)
    cloud.script(lambda peer, request: (events(*before, gate)(peer, request),
                                        ok("and done")(Rest(peer), request)))
    chats = at_once(daemon, STREAMS, stream=True)
    cloud.wait_for_requests(2 * STREAMS)
    cloud.wait_for(lambda: all(c.sent > 0 for c in cloud.chats), what="all have begun")
    stopped(daemon, gate, cloud)
    answers = joined(*chats)
    assert [truth(a) for a in answers] == [from_cloud("openai=1")] * STREAMS
    assert daemon.log(event="stream_incomplete") == []
    assert all(a.events[-1] == "[DONE]" for a in answers)


class Rest:
    """A peer that has its head already."""

    def __init__(self, peer):
        self._peer = peer

    def send(self, data):
        if not data.startswith(b"HTTP/"):
            self._peer.send(data)


@pytest.mark.parametrize("pause", [1.1, 3], ids=["a little", "much"])
def test_a_whole_answer_that_came_while_it_stood_still(start, cloud, ollama, pause):
    daemon, gate = start(cloud, ollama, limits(first_byte_timeout=LIMIT_MS)), Gate()
    warmed(daemon, cloud, 1)
    cloud.script(held(gate, ok("whole")))
    chats = at_once(daemon, 1)
    cloud.wait_for_requests(2)
    stopped(daemon, gate, cloud, pause)
    assert [truth(a) for a in joined(*chats)] == [from_cloud("openai=1")]
