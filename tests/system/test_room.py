"""max_inflight of a provider: so many exchanges at a time, the others wait their turn."""
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from daemon import SLOW, wait_until
from faults import error
from ledger import both, from_cloud, from_ollama, ms, truth
from sim import Gate
from sim import ollama as o
from sim.cloud import cut_stream, held, ok, silent, status, stream

LOCAL = {"x-understudy-route": "ollama"}
ONE = {"provider.ollama.max_inflight": 1}


def ask(daemon, text="Hi", streamed=False, headers=()):
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions", {
        "model": "gpt-4", "stream": streamed, "messages": [{"role": "user", "content": text}],
    }, headers)
    return client


def inside(server):
    return sum(not c.answered.is_set() for c in server.chats)


def heard(server):
    return [c.json["messages"][-1]["content"] for c in server.chats]


def wait_inflight(daemon, count):
    wait_until(lambda: daemon.metric("inflight") == count, f"{count} are inside the daemon")


@both
def test_four_at_a_time_are_ollamas_default(start, cloud, ollama, streamed):
    gate = Gate()
    ollama.script(held(gate, o.text("done")))
    daemon = start(cloud, ollama)
    clients = [ask(daemon, str(n), streamed, LOCAL) for n in range(7)]
    ollama.wait_for_requests(4, "/api/chat")
    wait_inflight(daemon, 7)
    assert inside(ollama) == len(ollama.chats) == 4
    gate.open()
    assert [c.response().content for c in clients] == ["done"] * 7
    assert len(ollama.chats) == 7


@both
def test_they_come_in_their_order(start, cloud, ollama, streamed):
    gate = Gate()
    ollama.script(held(gate, o.text("done")))
    daemon = start(cloud, ollama, ONE)
    clients = []
    for n in range(5):
        clients.append(ask(daemon, f"{n}", streamed, LOCAL))
        wait_inflight(daemon, n + 1)
    ollama.wait_for_requests(1, "/api/chat")
    assert len(ollama.chats) == 1
    gate.open()
    for client in clients:
        assert client.response().content == "done"
    assert heard(ollama) == ["0", "1", "2", "3", "4"]


@both
def test_never_more_than_that_are_inside(start, cloud, ollama, streamed):
    most = []

    def count(peer, request):
        most.append(inside(ollama))
        peer.pause(0.01)
        o.text("done")(peer, request)

    ollama.script(count)
    daemon = start(cloud, ollama, {"provider.ollama.max_inflight": 3})
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: daemon.chat(stream=streamed, headers=LOCAL), range(20)))
    assert all(a.content == "done" for a in answers)
    # An answer's end and the next one's start may cross on the wire.
    assert max(most) <= 4 and len(most) == 20


@both
def test_no_room_within_the_deadline_alone_is_503(start, cloud, ollama, streamed):
    gate = Gate()
    ollama.script(held(gate, o.text("done")))
    daemon = start(cloud, ollama, ONE)
    first = ask(daemon, "1", streamed, LOCAL)
    gate.wait_reached()
    begun = time.monotonic()
    answer = daemon.chat(stream=streamed, headers={**LOCAL, "x-understudy-deadline": ms(200)})
    assert (time.monotonic() - begun) / SLOW > 0.19
    assert (answer.status, answer.error["type"]) == (503, "no_provider")
    assert 1 <= int(answer.header("retry-after")) <= 30
    assert answer.header("x-should-retry") == "false"
    assert len(ollama.chats) == 1
    gate.open()
    assert first.response().content == "done"
    assert daemon.chat(headers=LOCAL).content == "done"


@both
def test_no_room_at_the_last_of_several_is_503(start, cloud, ollama, streamed):
    gate = Gate()
    ollama.script(held(gate, o.text("done")))
    cloud.script(error(401))
    daemon = start(cloud, ollama, ONE)
    first = ask(daemon, "1", streamed, LOCAL)
    gate.wait_reached()
    answer = daemon.chat(stream=streamed, headers={"x-understudy-deadline": ms(300)})
    assert answer.status == 503 and answer.error["type"] == "all_providers_failed"
    assert 1 <= int(answer.header("retry-after")) <= 30
    tried = [(a["provider"], a["class"]) for a in answer.error["attempts"]]
    assert tried == [("openai", "auth"), ("ollama", "skipped-no-room")]
    gate.open()
    assert first.response().content == "done"


@both
def test_no_room_at_the_cloud_is_answered_by_ollama(start, cloud, ollama, streamed):
    gate = Gate()
    cloud.script(held(gate, ok("one")))
    daemon = start(cloud, ollama, {"provider.openai.max_inflight": 1, "route.hedge_after": "off"})
    first = ask(daemon, "1", streamed)
    gate.wait_reached()
    answer = daemon.chat(stream=streamed, headers={"x-understudy-deadline": ms(300)})
    assert answer.content == "ollama heard: Hi"
    assert truth(answer) == from_ollama("ollama=1", "skipped-no-room")
    gate.open()
    assert truth(first.response()) == from_cloud("openai=1")
    assert len(cloud.chats) == 1


def test_the_cloud_has_no_limit_by_default(start, cloud, ollama):
    gate = Gate()
    cloud.script(held(gate, ok("done")))
    daemon = start(cloud, ollama)
    clients = [ask(daemon, str(n)) for n in range(20)]
    cloud.wait_for_requests(20)
    gate.open()
    assert [c.response().content for c in clients] == ["done"] * 20


@both
def test_one_who_leaves_the_queue_takes_no_place(start, cloud, ollama, streamed):
    gate = Gate()
    ollama.script(held(gate, o.text("done")))
    daemon = start(cloud, ollama, ONE)
    first = ask(daemon, "1", streamed, LOCAL)
    gate.wait_reached()
    gone, last = ask(daemon, "gone", streamed, LOCAL), ask(daemon, "last", streamed, LOCAL)
    wait_inflight(daemon, 3)
    gone.close()
    wait_inflight(daemon, 2)
    gate.open()
    assert first.response().content == last.response().content == "done"
    assert heard(ollama) == ["1", "last"]


@pytest.mark.parametrize("end", ["answer", "failure", "client", "cut"])
def test_a_place_is_given_back_however_it_ends(start, cloud, ollama, end):
    gate = Gate()
    faults = {"answer": stream("a", gate), "failure": held(gate, error(401)),
              "client": stream("a", gate), "cut": cut_stream("a", gate)}
    cloud.script(faults[end], ok("next"))
    daemon = start(cloud, ollama, {"provider.openai.max_inflight": 1, "route.hedge_after": "off"})
    first = ask(daemon, "1", True)
    gate.wait_reached()
    second = ask(daemon, "2")
    wait_inflight(daemon, 2)
    assert len(cloud.chats) == 1
    if end == "client":
        first.close()
    else:
        gate.open()
    answer = second.response()
    assert answer.content == "next" and truth(answer) == from_cloud("openai=1")
    assert len(cloud.chats) == 2


def test_a_stream_keeps_its_place_to_its_end(start, cloud, ollama):
    gate = Gate()
    ollama.script(o.lines("a", gate, "b"), o.text("two"))
    daemon = start(cloud, ollama, ONE)
    first = ask(daemon, "1", True, LOCAL)
    answer = first.head()
    first.read_until(answer, '"a"')
    second = ask(daemon, "2", True, LOCAL)
    wait_inflight(daemon, 2)
    assert len(ollama.chats) == 1
    gate.open()
    first.finish(answer)
    assert answer.content == "ab" and second.response().content == "two"


@both
def test_one_place_serves_a_crowd_of_fallbacks(start, cloud, ollama, streamed):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {**ONE, "retry.attempts": 1, "breaker.failures": 0})
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: daemon.chat(stream=streamed), range(20)))
    assert all(truth(a) == from_ollama("openai=1, ollama=1", "server") for a in answers)
    assert len(cloud.chats) == len(ollama.chats) == 20


def test_several_workers_share_the_places(start, cloud, ollama):
    gate = Gate()
    ollama.script(held(gate, o.text("done")))
    daemon = start(cloud, ollama, {"provider.ollama.max_inflight": 2, "server.workers": 3})
    clients = [ask(daemon, str(n), False, LOCAL) for n in range(8)]
    ollama.wait_for_requests(2, "/api/chat")
    wait_inflight(daemon, 8)
    assert len(ollama.chats) == 2
    gate.open()
    assert [c.response().content for c in clients] == ["done"] * 8


def test_a_silent_provider_does_not_keep_its_places(start, cloud, ollama):
    ollama.script(silent(), o.text("two"))
    daemon = start(cloud, ollama, {**ONE, "retry.attempts": 1,
                                   "provider.ollama.first_byte_timeout": ms(150)})
    first = ask(daemon, "1", False, LOCAL)
    ollama.wait_for_requests(1, "/api/chat")
    assert daemon.chat(headers=LOCAL).content == "two"
    assert first.response().status == 504
