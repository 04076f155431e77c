"""What a soak is made of: provider.c, crowd.c and a daemon between them; and the streams of bench/ that do not end."""
import contextlib
import json
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

from daemon import BINARY, SLOW, wait_until
from proc import rss

BUILD = BINARY.parent
CLIENTS, STREAMS = 64, 200
KEPT = 256  # CONNECTIONS_KEPT of src/shell/call/upstream.c, for each worker
SETTINGS = {"retry.attempts": "2", "retry.budget": "0", "breaker.failures": "0",
            "route.hedge_after": "off", "provider.ollama.max_inflight": "0",
            "provider.ollama.model": "m:1b", "route.messages": "anthropic, ollama",
            "server.max_connections": "4096"}


class Program:
    """A provider that is a program: it says at which port it listens."""

    def __init__(self, name, port=0, address="127.0.0.1"):
        command = [BUILD / name, str(port), *([address] if port else [])]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = f"http://{address}:{self.port}"

    def ask(self, path, body=None):
        with urllib.request.urlopen(self.url + path, body) as answer:
            return answer.read()

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Provider(Program):
    """The clouds and Ollama, in one process."""

    def __init__(self, port=0, address="127.0.0.1"):
        super().__init__("soak/provider", port, address)

    def hush(self):
        """No connection to it stays open."""
        self.ask("/hush", b"")

    def counts(self):
        """Of the daemon's connections and requests, see provider.c."""
        return json.loads(self.ask("/counts"))


class EndlessCloud(Program):
    """tests/bench/cloud.c: streams that go on until it is told."""

    def __init__(self):
        super().__init__("bench/cloud")

    def open_streams(self):
        return int(self.ask("/open"))

    def end(self):
        self.ask("/end")


def endless_streams(port, count):
    """Clients with a stream each, an event every 50 ms; at the end of all they say what they had."""
    return subprocess.Popen([BUILD / "bench/load", str(port), "endless", str(count), "50"],
                            stdout=subprocess.PIPE, text=True)


def between(provider, settings):
    """What Daemon() takes for a daemon that asks this provider only."""
    return {"settings": {**SETTINGS, "provider.anthropic.base_url": provider.url, **settings},
            "env": {"UNDERSTUDY_PROVIDER_ANTHROPIC_API_KEY": "x"}, "ini": ""}


def say_less(daemon):
    """Its log is read by us, and a line for each exchange is too much of it."""
    daemon.ini.write_text("[log]\nlevel = error\n")
    daemon.signal(signal.SIGHUP)
    return daemon


def crowd(port, *kinds, clients=CLIENTS, rounds=1, think_ms=0, seed=1, count=1 << 40):
    """The clients; they go on until they have made count exchanges a round, or get a SIGINT."""
    command = [BUILD / "soak/crowd", port, clients, count, rounds, think_ms, seed, *kinds]
    return subprocess.Popen([str(word) for word in command], stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, text=True)


def result(process):
    """What the clients say at their end. Read here, where lines may have been read before."""
    with process.stdin, process.stdout:
        return json.loads(process.stdout.read().splitlines()[-1])


def sockets_of(daemon):
    """By inode, those in /proc/net that are closed on neither side: is it a client's connection?"""
    rows = [r.split() for r in Path(f"/proc/{daemon.pid}/net/tcp").read_text().splitlines()[1:]]
    port = f":{daemon.address[1]:04X}"
    alive = {r[9]: r[3] == "01" and r[1].endswith(port) for r in rows if r[3] in ("01", "0A")}
    return {**alive, **{r.split()[6]: False for r in
                        Path(f"/proc/{daemon.pid}/net/unix").read_text().splitlines()[1:]}}


def descriptors_of(daemon):
    """How many are open, without clients' connections and those that the provider has closed or reset
    and libcurl still keeps; and how many of the latter, which are in no table. The list is read once, and
    first: what is closed meanwhile counts as closed."""
    links = daemon._links()
    alive = sockets_of(daemon)
    sockets = [link[8:-1] for link in links if link.startswith("socket:[")]
    closed = sum(inode not in alive for inode in sockets)
    return len(links) - closed - sum(alive.get(inode, False) for inode in sockets), closed


def hush(providers):
    for provider in providers:
        provider.hush()


def quiet(daemon, providers, descriptors=None):
    """Nothing is under way and no connection is of any use: (resident bytes, descriptors, connections
    that are kept though they were closed). A worker's libcurl sees that the latter were when it is asked for
    one, and looks once a second only; at most KEPT of them stay."""
    wait_until(lambda: daemon.inbound_sockets() == 0, "the clients' connections are closed")
    wait_until(lambda: daemon.metric("inflight") == 0, "no exchange is under way")
    hush(providers)
    time.sleep(1.05)
    assert daemon.chat().status == 200
    hush(providers)

    if descriptors is not None:
        with contextlib.suppress(AssertionError):  # it is told at the end
            wait_until(lambda: descriptors_of(daemon)[0] == descriptors, "as many as at the start", 5 * SLOW)
    return rss(daemon), *descriptors_of(daemon)


def live(daemon, providers, exchanges, rounds, think_ms, seed):
    """Yields what quiet() tells after each round; at last what the clients say."""
    descriptors = None
    clients = crowd(daemon.address[1], rounds=rounds, think_ms=think_ms, seed=seed,
                    count=max(1, exchanges // rounds))
    try:
        for number in range(1, rounds + 1):
            line = clients.stdout.readline()
            if not line.startswith("round"):
                break
            look = quiet(daemon, providers, descriptors)
            descriptors = descriptors or look[1]
            yield look
            if number < rounds:
                clients.stdin.write("\n")
                clients.stdin.flush()
        yield result(clients)
    finally:
        clients.kill()
        clients.wait()
