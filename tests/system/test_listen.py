"""[server] listen: several addresses, IPv6, unix sockets; and the loop back to ourselves."""
import socket
import stat

import pytest

from rawclient import RawClient
from sim.cloud import ok

ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
CHAT = "/v1/chat/completions"


class UnixClient(RawClient):
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(60)
        self.sock.connect(str(path))
        self.host, self.buffer = "localhost", bytearray()


def addresses(daemon, count):
    daemon.wait_for_log(event="listening", count=count)
    return [l["address"] for l in daemon.log(event="listening")]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "understudy.sock"


@pytest.mark.sample
def test_several_addresses_are_served_at_once(start, cloud, ollama, path):
    listen = f"127.0.0.1:0, [::1]:0, unix:{path}, 127.0.0.2:0"
    daemon = start(cloud, ollama, {"server.listen": listen})
    found = addresses(daemon, 4)
    assert found[2] == f"unix:{path}"
    for address in (found[0], found[1], found[3]):
        host, _, port = address.rpartition(":")
        with RawClient((host.strip("[]"), int(port))) as client:
            client.host = address
            assert client.request("POST", CHAT, ASK).response().content == "cloud heard: Hi"
            assert client.request("GET", "/healthz", headers={"Host": "evil.test"}).response(
                "GET").status == 403
    with UnixClient(path) as client:
        assert client.request("POST", CHAT, ASK).response().content == "cloud heard: Hi"
    assert len(cloud.chats) == 4


@pytest.mark.parametrize("host", ["localhost", "x", "docker", "a.b:1"])
def test_a_unix_socket_takes_any_host(start, cloud, ollama, path, host):
    start(cloud, ollama, {"server.listen": f"127.0.0.1:0, unix:{path}"})
    with UnixClient(path) as client:
        assert client.request("POST", CHAT, ASK, {"Host": host}).response().status == 200


def test_a_unix_socket_is_not_for_everybody_and_goes_at_the_end(start, cloud, ollama, path):
    daemon = start(cloud, ollama, {"server.listen": f"127.0.0.1:0, unix:{path}"})
    addresses(daemon, 2)
    assert stat.S_ISSOCK(path.stat().st_mode) and path.stat().st_mode & 0o007 == 0
    daemon.stop()
    assert not path.exists()


def test_a_unix_socket_alone_needs_no_token(start, cloud, ollama, path):
    daemon = start(cloud, ollama, {"server.listen": f"unix:{path}"}, wait=False)
    daemon.wait_for_log(event="listening")
    with UnixClient(path) as client:
        assert client.request("POST", CHAT, ASK).response().status == 200
    daemon.stop()


def test_tokens_count_on_a_unix_socket_too(start, cloud, ollama, path):
    start(cloud, ollama, {"server.listen": f"127.0.0.1:0, unix:{path}", "server.tokens": "t-1"})
    with UnixClient(path) as client:
        assert client.request("POST", CHAT, ASK).response().status == 401
    with UnixClient(path) as client:
        assert client.request("POST", CHAT, ASK, {"x-api-key": "t-1"}).response().status == 200


def test_what_a_killed_daemon_left_is_replaced(start, cloud, ollama, path):
    settings = {"server.listen": f"127.0.0.1:0, unix:{path}"}
    first = start(cloud, ollama, settings)
    first.kill()
    first._stopped = True
    assert path.exists()
    start(cloud, ollama, settings)
    with UnixClient(path) as client:
        assert client.request("POST", CHAT, ASK).response().status == 200


def test_a_living_daemons_socket_is_left_alone(start, cloud, ollama, path):
    settings = {"server.listen": f"127.0.0.1:0, unix:{path}"}
    start(cloud, ollama, settings)
    second = start(cloud, ollama, settings, wait=False)
    assert second.wait_exit() == 1
    second.stop(1)
    with UnixClient(path) as client:
        assert client.request("POST", CHAT, ASK).response().status == 200


def test_a_client_of_a_unix_socket_that_leaves_is_noticed(start, cloud, ollama, path):
    cloud.script(lambda peer, request: peer.wait())
    daemon = start(cloud, ollama, {"server.listen": f"127.0.0.1:0, unix:{path}"})
    with UnixClient(path) as client:
        client.request("POST", CHAT, ASK)
        (sent,) = cloud.wait_for_requests(1)
    assert sent.hung_up.wait(20)
    assert daemon.exchange()["class"] == "cancelled"


def test_a_request_that_comes_back_by_another_way_is_508(start, cloud, ollama):
    """A relay between us and us, which knows nothing of loops."""
    daemon = start(cloud, ollama)
    cloud.script(ok("fine"))
    daemon.chat()
    (via,) = cloud.chats[0].all("via")
    for value in (via, f"1.1 other, {via}", f"{via}, 1.1 other"):
        answer = daemon.chat(headers={"Via": value})
        assert answer.status == 508 and answer.header("x-should-retry") == "false"
        assert answer.error["code"] == "loop_detected"
        assert daemon.post("/v1/embeddings", {"model": "e"}, {"Via": value}).status == 508
    assert len(cloud.requests) == 1


def test_a_daemon_behind_a_daemon_is_no_loop(start, cloud, ollama):
    inner = start(cloud, ollama)
    outer = start(inner.url, ollama)
    assert outer.chat(headers={"Via": "1.0 proxy"}).content == "cloud heard: Hi"
    (via,) = cloud.chats[0].all("via")
    first, second, third = via.split(", ")
    assert first == "1.0 proxy" and second.startswith("1.1 understudy-")
    assert third.startswith("1.1 understudy-") and third != second
    outer.stop()


@pytest.mark.parametrize("first, second", [(0, 1), (1, 0)])
def test_a_ring_of_two_daemons_ends(start, ollama, first, second):
    """Each is the other's cloud: the request is told 508 where it comes back, and Ollama answers."""
    start.unsent = 2
    with socket.socket() as hold:
        hold.bind(("127.0.0.1", 0))
        port = hold.getsockname()[1]
    one = start(f"http://127.0.0.1:{port}", ollama)
    two = start(one.url, ollama, {"server.listen": f"127.0.0.1:{port}"})
    begin = (one, two)[first]
    answer = begin.chat()
    assert answer.content == "ollama heard: Hi" and len(ollama.chats) == 1
    begin.exchange(2)
    assert len(begin.log(event="exchange")) == 2
    for daemon in (one, two):
        daemon._base_fds = None  # each keeps a connection to the other


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_our_own_second_port_as_the_clouds_is_refused_at_the_start(start, ollama, name):
    with socket.socket() as hold:
        hold.bind(("127.0.0.1", 0))
        port = hold.getsockname()[1]
    daemon = start(f"http://{name}:{port}", ollama,
                   {"server.listen": f"127.0.0.1:0, 127.0.0.1:{port}"}, wait=False)
    assert daemon.wait_exit() == 2
    daemon.stop(2)
