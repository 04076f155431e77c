"""A long life: restarts and reloads under load, and what is left behind by exchanges of every kind."""
import json
import os
import signal
import socket

import pytest

from activation import passing
from daemon import SLOW, wait_until
from soak.world import STREAMS, between, crowd, endless_streams, live, result, say_less

RESTARTS, RELOADS = 5, 100
MIXED = ["whole", "stream", "fallback", "fallback-stream", "cut-stream", "refused", "local-stream", "completions",
         "messages", "messages-stream", "responses-stream", "ollama-stream", "models"]


@pytest.fixture
def passed():
    """A socket that stays open, as systemd's does, whoever serves it."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen(1024)
        yield sock


def run(start, provider, settings=None, **more):
    start.unsent = None  # the provider keeps no books
    return start(provider.url, provider.url, **between(provider, settings or {}), **more)


def has_served(daemon, count):
    wait_until(lambda: daemon.metric("requests_total") >= count, f"{count} requests are served")


# ---- restarts


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("think_ms", [0, 20])
def test_restarts_under_load_with_a_passed_socket_refuse_and_lose_nothing(start, provider, passed,
                                                                          workers, think_ms):
    """On kept connections and on new ones; the clients never try again."""
    clients = crowd(passed.getsockname()[1], *MIXED, think_ms=think_ms)
    try:
        for _ in range(RESTARTS):
            daemon = run(start, provider, {"server.workers": workers}, **passing(passed))
            has_served(daemon, 200)
            daemon.signal(signal.SIGTERM)
            assert daemon.wait_exit() == 0
        has_served(run(start, provider, {"server.workers": workers}, **passing(passed)), 200)
        clients.send_signal(signal.SIGINT)
        told = result(clients)
    finally:
        clients.kill()
        clients.wait()
    assert (told["bad"], told["refused"], told["lost"]) == (0, 0, 0), told
    assert told["good"] > 1000
    # Whose answer was the last on its connection was told so: none was closed between two requests.
    assert told["reopened"] == 0, told


# ---- reloads


@pytest.mark.parametrize("workers", [1, 2])
def test_100_reloads_under_200_streams_break_none_and_lose_no_event(start, endless, workers):
    """An event of each every 50 ms; load.c counts them, and would miss one that is lost or doubled."""
    start.unsent = None  # the cloud keeps no books
    ini = "[retry]\nattempts = %d\n[provider openai]\nmax_inflight = %d\n"
    daemon = start(endless.url, None, {"server.workers": workers}, ini=ini % (1, 300))
    streams = endless_streams(daemon.address[1], STREAMS)
    try:
        wait_until(lambda: endless.open_streams() == STREAMS, "all are open")
        for number in range(RELOADS):
            daemon.reload(ini % (1 + number % 5, 300 + number))
        assert endless.open_streams() == STREAMS
        endless.end()
        output, _ = streams.communicate(timeout=60 * SLOW)
    finally:
        streams.kill()
        streams.wait()
    told = json.loads(output)
    assert (told["answers"], told["bad"], told["why"]) == (STREAMS, 0, ""), told
    assert told["events"] >= STREAMS


# ---- what is left behind


def test_exchanges_of_every_kind_leave_no_memory_and_no_descriptor(start, provider):
    """In small; `make soak` does 1,000,000."""
    daemon = say_less(run(start, provider))
    *looks, told = live(daemon, (provider,), int(4000 / SLOW), rounds=4, think_ms=0, seed=os.getpid())
    assert told["bad"] == 0, told
    assert all(count > 0 for count in told["kinds"].values()), told["kinds"]
    assert len({descriptors for _, descriptors, _ in looks}) == 1, looks
    grown = looks[-1][0] - looks[0][0]
    assert SLOW != 1 or grown < 2 << 20, looks
