"""2,000 exchanges of every kind leave nothing behind."""
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from daemon import SLOW, wait_until
from sim.cloud import (bad_chunk, cut_body, cut_stream, html_200, ok, openai_error,
                       reset_before_answer, status, stream_error_first)

COUNT = 2000 if SLOW == 1 else 400
GROWTH_KB = 2048
KINDS = [ok("fine"), status(503), ok("a longer answer than that"), openai_error(401),
         cut_stream("a", "b"), openai_error(400, "bad"), reset_before_answer(), html_200(),
         cut_body(), bad_chunk(), stream_error_first()]
SETTINGS = {"retry.attempts": "1", "breaker.failures": "0", "retry.budget": "0",
            "route.hedge_after": "off"}


def resident_kb(daemon):
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{daemon.pid}/status").read_text())[1])


def ask(daemon, cloud, count):
    cloud.script(*[KINDS[i % len(KINDS)] for i in range(count)], ok("rest"))
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda i: daemon.chat("Hi " * (i % 50), stream=i % 2 == 0).status,
                                range(count)))
    assert set(answers) <= {200, 400}
    daemon.close_clients()
    wait_until(lambda: daemon.inbound_sockets() == 0, "the clients' connections are closed")


def test_many_exchanges_leave_no_memory_and_no_descriptor(start, cloud, ollama):
    daemon = start(cloud, ollama, SETTINGS)
    ask(daemon, cloud, COUNT // 2)
    before = resident_kb(daemon)
    ask(daemon, cloud, COUNT)
    grown = resident_kb(daemon) - before
    assert SLOW != 1 or grown < GROWTH_KB, f"{grown} KB more than before"
    assert daemon.metric("inflight") == 0 and daemon.metric("open_streams") == 0
    assert daemon.metric("requests_total") >= COUNT * 3 // 2
