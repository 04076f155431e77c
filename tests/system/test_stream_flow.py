"""A slow reader slows the provider: memory stays bounded, and others notice nothing."""
import os
import threading

import pytest

from daemon import SLOW, wait_until
from proc import MIB, memory_limit, peak_rss, rss
from sim import Gate
from sim import ollama as o
from sim.cloud import endless, stream
from sim.reply import chunk, head
from sim.world import Clock
from streams import BODY, ON_ITS_WAY, begin, begin_slow_reader, drain, wait_stalled

BOTH_WAYS = True

STREAM_MIB = int(os.environ.get("UNDERSTUDY_STREAM_MIB", "200" if SLOW == 1 else "24"))


def test_a_long_stream_that_is_read_slowly_takes_little_memory(start, cloud, ollama):
    cloud.script(endless(STREAM_MIB * MIB))
    daemon = start(cloud, ollama)
    client = begin_slow_reader(daemon)
    (request,) = cloud.wait_for_requests(1)
    sent = wait_stalled(request)
    assert sent < ON_ITS_WAY
    for step in range(1, 5):
        for _ in range(256):
            assert client.sock.recv(1024)
        assert request.sent < ON_ITS_WAY + step * MIB
    total, tail = drain(client)
    assert total > (STREAM_MIB - 1) * MIB and b"data: [DONE]\n\n" in tail
    assert peak_rss(daemon) < memory_limit(64 * MIB)
    assert daemon.exchange()["class"] == "ok"


@pytest.mark.sample
def test_a_slow_reader_is_not_a_silent_provider(start, cloud, ollama):
    cloud.script(endless(16 * MIB))
    daemon = start(cloud, ollama, {"provider.openai.idle_timeout": f"{int(100 * SLOW)}ms"})
    client = begin_slow_reader(daemon)
    (request,) = cloud.wait_for_requests(1)
    wait_stalled(request)  # longer than idle_timeout
    total, tail = drain(client)
    assert total > 16 * MIB and b"data: [DONE]\n\n" in tail
    assert daemon.exchange()["class"] == "ok"


def test_other_streams_do_not_notice_a_reader_that_stands_still(start, cloud, ollama):
    words = [f"w{i} " for i in range(50)]
    cloud.script(endless(64 * MIB), stream(*words))
    daemon = start(cloud, ollama)
    stalled = begin_slow_reader(daemon)
    (request,) = cloud.wait_for_requests(1)
    sent = wait_stalled(request)
    clients = [begin(daemon) for _ in range(20)]
    for client in clients:
        answer = client.response()
        assert answer.content == "".join(words) and answer.complete
    assert request.sent == sent and not request.hung_up.is_set()
    stalled.reset()
    assert request.hung_up.wait(20)


def test_readers_of_every_pace_get_the_whole_stream(start, cloud, ollama):
    cloud.script(endless(4 * MIB))
    daemon = start(cloud, ollama)
    paces, got = [512, 3000, 65536, MIB], {}

    def read(pace):
        client = begin_slow_reader(daemon)
        total, tail = 0, b""
        while not tail.endswith(b"0\r\n\r\n"):
            data = client.sock.recv(pace)
            if not data:
                break
            total, tail = total + len(data), (tail + data)[-100:]
        got[pace] = total, b"data: [DONE]\n\n" in tail

    threads = [threading.Thread(target=read, args=(pace,)) for pace in paces]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60 * SLOW)
    assert set(got) == set(paces)
    assert all(whole and total > 4 * MIB for total, whole in got.values())


def test_an_ollama_stream_is_slowed_down_too(start, cloud, ollama):
    def reply(peer, request):
        peer.send(head(200, o.NDJSON))
        line = chunk(o.as_bytes("x" * 16384, request))
        for _ in range(64 * MIB // 16384):
            peer.send(line)

    ollama.script(reply)
    daemon = start(cloud, ollama, {"route.priority": "ollama"})
    client = begin_slow_reader(daemon)
    ollama.wait_for(lambda: ollama.chats)
    (request,) = ollama.chats
    assert wait_stalled(request) < ON_ITS_WAY
    client.close()
    assert request.hung_up.wait(20)
    assert peak_rss(daemon) < memory_limit(64 * MIB)


@pytest.mark.parametrize("provider", ["openai", "ollama"])
def test_a_stream_of_an_hour_is_not_cut(start, cloud, ollama, tmp_path, provider):
    """An event each ten seconds. Limits are for silence and for the time before the answer."""
    clock, words = Clock(tmp_path), [f"w{n} " for n in range(360)]
    gates = [Gate() for _ in words]
    parts = [part for pair in zip(gates, words) for part in pair]
    cloud.script(stream("begun ", *parts))
    ollama.script(o.lines("begun ", *parts))
    daemon = start(cloud, ollama, env=clock.env)
    client = begin(daemon, headers={"x-understudy-route": provider})
    answer, before = client.head(), None
    client.read_until(answer, "begun")
    for gate, word in zip(gates, words):
        clock.advance(10)
        gate.open()
        client.read_until(answer, word)
        before = before or rss(daemon)
    client.finish(answer)
    assert answer.content == "begun " + "".join(words) and answer.complete
    assert rss(daemon) - before < memory_limit(MIB)
    line = daemon.exchange()
    assert line["class"] == "ok" and int(line["duration_ms"]) >= 3600 * 1000
