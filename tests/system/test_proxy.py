"""The proxy that the settings name: it is used for all, and what it refuses was never sent."""
import socket
import threading

import pytest

from ledger import both, from_cloud, from_ollama, truth
from sim.cloud import ok, status
from sim.reply import head

BOTH_WAYS = True

NO_PROXY = ["no_proxy", "NO_PROXY"]


class Tunnel:
    """Answers CONNECT with these bytes, and hangs up."""

    def __init__(self, answer):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d" % self._listener.getsockname()[1]
        self.asked, self._answer = [], answer
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            with sock:
                data = b""
                while b"\r\n\r\n" not in data and (more := sock.recv(4096)):
                    data += more
                self.asked.append(data.split(b"\r\n")[0].decode())
                sock.sendall(self._answer)

    def stop(self):
        self._listener.close()


@pytest.fixture
def tunnel():
    made = []

    def make(answer):
        made.append(Tunnel(answer))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.mark.parametrize("name", NO_PROXY)
@pytest.mark.parametrize("value", ["*", "127.0.0.1", "cloud.invalid"])
def test_no_proxy_of_the_environment_is_not_read(start, cloud, ollama, name, value):
    """The pretended cloud is the proxy here, and the only way to a host that does not exist."""
    cloud.script(ok("by proxy"), path=None)
    daemon = start("http://cloud.invalid", ollama, {"provider.openai.proxy": cloud.url},
                   env={name: value})
    answer = daemon.chat()
    assert answer.content == "by proxy" and truth(answer) == from_cloud("openai=1")
    assert cloud.requests[-1].target.startswith("http://cloud.invalid/")


@both
def test_407_of_a_proxy_is_class_auth(start, cloud, ollama, streamed):
    cloud.script(status(407, [("Proxy-Authenticate", "Basic realm=x")]), path=None)
    daemon = start("http://cloud.invalid", ollama, {"provider.openai.proxy": cloud.url})
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "auth")
    alone = daemon.chat(stream=streamed, headers={"x-understudy-fallback": "no"})
    assert (alone.status, alone.error["code"]) == (502, "auth")
    assert "proxy" in alone.error["message"]


@both
def test_407_to_a_tunnel_is_class_auth_and_nothing_was_sent(start, ollama, tunnel, streamed):
    start.unsent = 2
    proxy = tunnel(head(407, [("Proxy-Authenticate", "Basic realm=x"), ("Content-Length", "0")]))
    daemon = start("https://cloud.invalid", ollama,
                   {"provider.openai.proxy": proxy.url, "retry.ambiguous": "no"})
    answer = daemon.chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "auth")
    alone = daemon.chat(stream=streamed, headers={"x-understudy-fallback": "no"})
    assert (alone.status, alone.error["code"]) == (502, "auth")
    assert proxy.asked == ["CONNECT cloud.invalid:443 HTTP/1.1"] * 2


REFUSALS = {"403": head(403, [("Content-Length", "0")]), "502": head(502, [("Content-Length", "0")]),
            "nothing": b"", "noise": b"220 smtp\r\n\r\n"}


@pytest.mark.parametrize("answer", REFUSALS.values(), ids=list(REFUSALS))
def test_a_tunnel_that_is_refused_was_never_sent(start, ollama, tunnel, answer):
    """So it may be tried again even where what may have been processed may not."""
    start.unsent = 5
    proxy = tunnel(answer)
    daemon = start("https://cloud.invalid", ollama,
                   {"provider.openai.proxy": proxy.url, "retry.ambiguous": "no"})
    assert truth(daemon.chat()) == from_ollama("openai=3, ollama=1", "network")
    alone = daemon.chat(headers={"x-understudy-fallback": "no", "x-understudy-attempts": "2"})
    assert (alone.status, alone.error["code"]) == (502, "network")
    assert "the proxy refused" in alone.error["message"]


def test_a_proxy_that_refuses_is_no_machine_that_is_offline(start, ollama, tunnel):
    """Skipped as offline, nobody would be told that the proxy wants a password."""
    start.unsent = None
    proxy = tunnel(head(407, [("Content-Length", "0")]))
    daemon = start("https://cloud.invalid", ollama, {
        "provider.openai.proxy": proxy.url, "connectivity.check_url": "https://check.invalid"})
    while "CONNECT check.invalid:443 HTTP/1.1" not in proxy.asked:
        daemon.get("/healthz")
    assert truth(daemon.chat()) == from_ollama("openai=1, ollama=1", "auth")
    assert daemon.log(event="offline") == []
