"""What goes over TLS: as much as over a bare connection, byte for byte, over connections that are kept."""
from concurrent.futures import ThreadPoolExecutor

import pytest

from daemon import wait_until
from ledger import both, from_cloud, from_ollama, truth
from proc import MIB
from sim import Cloud, Gate, reply
from sim.cloud import CHAT, echo, endless, ok, status, stream
from sim.net import TLS
from sim.reply import encode
from streams import ON_ITS_WAY, begin_slow_reader, drain, read_one_by_one, wait_stalled

BOTH_WAYS = True

TRUSTED = {"provider.openai.ca_file": str(TLS / "good.pem"), "route.hedge_after": "off"}


@pytest.fixture
def cloud():
    server = Cloud(tls="good")
    yield server
    server.stop()


def ask(daemon, text="Hi"):
    return daemon.connect().request("POST", CHAT, {
        "model": "gpt-4", "stream": True, "messages": [{"role": "user", "content": text}]})


def test_bodies_go_and_come_byte_for_byte(start, cloud, ollama):
    body = encode({"model": "gpt-4", "x": "é" * (1 << 20), "messages": [{"role": "user", "content": "Hi"}]})
    sent = encode({"id": "a", "choices": [{"index": 0, "finish_reason": "stop", "message": {
        "role": "assistant", "content": "ü" * (1 << 20)}}]})
    cloud.script(status(200, [("X-Of-The-Cloud", "yes")], sent))
    answer = start(cloud, ollama, TRUSTED).post(CHAT, body)
    assert answer.body == sent and answer.header("x-of-the-cloud") == "yes"
    assert cloud.chats[0].body == body


@both
def test_a_connection_is_used_again(start, cloud, ollama, streamed):
    """The end of a stream may come after the next request."""
    daemon = start(cloud, ollama, TRUSTED)
    for _ in range(20):
        assert truth(daemon.chat(stream=streamed)) == from_cloud("openai=1")
    assert cloud.connections <= 1 + streamed


@both
def test_one_that_was_closed_costs_nothing(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama, TRUSTED)
    for _ in range(5):
        assert truth(daemon.chat(stream=streamed)) == from_cloud("openai=1")
        cloud.drop_connections()
    assert cloud.connections == 5 and len(cloud.chats) == 5


@both
def test_one_that_dies_with_a_request_is_one_delivery(start, cloud, ollama, streamed):
    daemon = start(cloud, ollama, {**TRUSTED, "retry.ambiguous": "no"})
    daemon.chat(stream=streamed)
    cloud.script(reply.close_before_answer())
    assert truth(daemon.chat(stream=streamed)) == from_ollama("openai=1, ollama=1", "network")
    assert len(cloud.chats) == 2


def test_events_arrive_while_the_next_is_held_back(start, cloud, ollama):
    gates = [Gate() for _ in range(3)]
    cloud.script(stream("a", gates[0], "b", gates[1], "c", gates[2]))
    answer = read_one_by_one(ask(start(cloud, ollama, TRUSTED)), "abc", gates)
    assert answer.content == "abc" and answer.complete


def test_streams_at_a_time_do_not_mix(start, cloud, ollama):
    """More than stand together in a cache of libcurl."""
    gate = Gate()

    def answer(peer, request):
        text = request.json["messages"][-1]["content"]
        stream(*[f"{text}.{i} " for i in range(10)], gate, "end")(peer, request)

    cloud.script(answer)
    daemon = start(cloud, ollama, TRUSTED)
    clients = [ask(daemon, f"n{n}") for n in range(30)]
    answers = [client.head() for client in clients]
    for client, answer in zip(clients[::3], answers[::3]):
        client.close()
    wait_until(lambda: sum(c.hung_up.is_set() for c in cloud.chats) == 10, "ten have left")
    gate.open()
    for n, (client, answer) in enumerate(zip(clients, answers)):
        if n % 3:
            client.finish(answer)
            assert answer.content == "".join(f"n{n}.{i} " for i in range(10)) + "end"
    cloud.script(echo)
    with ThreadPoolExecutor(20) as pool:
        assert {a.status for a in pool.map(lambda n: daemon.chat(), range(40))} == {200}
    assert cloud.connections <= 50


def test_a_slow_reader_slows_its_stream_down_and_gets_all(start, cloud, ollama):
    cloud.script(endless(48 * MIB))
    daemon = start(cloud, ollama, TRUSTED)
    client = begin_slow_reader(daemon)
    (request,) = cloud.wait_for_requests(1)
    assert wait_stalled(request) < ON_ITS_WAY
    total, tail = drain(client)
    assert total > 47 * MIB and b"data: [DONE]\n\n" in tail
