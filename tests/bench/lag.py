"""What understudy adds to the gaps between the events of streams while other requests hang: in the
look-up of a name, in the TLS handshake, before and inside of an answer."""

import http.client
import json
import os
import re
import statistics
import subprocess
import sys

from processes import BUILD, CORES, ROOT, fail, load, pinned, prefer, start_understudy

# Streams, events each, ms between two; and how many requests hang meanwhile.
LAG, HANGING = (20, 500, 20), 20

# Attempts that hang end after a second, and come again; nothing but their number limits them.
HANGS_INI = """
[retry]
budget = 0
min_wait = 100ms
max_wait = 100ms
[breaker]
failures = 0
"""
HANG_INI = """
[provider {name}]
type = openai
base_url = {url}/v1
api_key = x
connect_timeout = 1s
first_byte_timeout = 1s
idle_timeout = 1s
"""


class Hangs:
    """Providers that hang, and those who ask for them; see tests/bench/hang."""

    def __init__(self, folder):
        def prepare():
            pinned(CORES[0])()
            os.nice(10)

        self.process = subprocess.Popen(
            [sys.executable, f"{ROOT}/tests/bench/hang"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=prepare,
        )
        ports = json.loads(self.process.stdout.readline())
        names = f"{folder}/names"
        with open(names, "w") as f:
            f.write("dns.slow.test hang\n")
        self.env = {"LD_PRELOAD": f"{BUILD}/tests/sim/preload_names.so", "SIM_NAMES": names}
        self.urls = {"dns": "https://dns.slow.test"}
        for name, port in ports.items():
            self.urls[name] = f"http{'s' if name == 'tls' else ''}://127.0.0.1:{port}"

    def begin(self, port, provider):
        self._say(f"{HANGING} {port} {provider}")

    def end(self):
        self._say("")
        self.process.stdout.readline()

    def _say(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def stop(self):
        self.process.kill()
        self.process.wait()


def timeouts(proxy, provider):
    """How many attempts have ended so."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=5)
    connection.request("GET", "/metrics")
    page = connection.getresponse().read().decode()
    connection.close()
    sample = rf'^understudy_attempts_total{{provider="{provider}",class="timeout"}} (\d+)$'
    found = re.search(sample, page, re.M)
    return int(found[1]) if found else 0


COLUMNS = {"p50_us": "median", "p99_us": "99 %", "p999_us": "99.9 %", "max_us": "longest"}


def measure_once(bench, proxy, hangs, phase):
    """The gaps of streams while requests hang in that phase; None: while none does."""
    streams, events, every_ms = LAG
    before = timeouts(proxy, phase)
    if phase:
        hangs.begin(proxy.port, phase)
    words = ("gaps", streams, events // bench.divide, every_ms)
    result = load(proxy.port, *words, preferred=True)
    hung = timeouts(proxy, phase) - before
    hangs.end()
    if phase and hung < HANGING:
        fail(f"{phase}: only {hung} attempts hung")
    return result


def show(figures):
    head = "".join(f"{name:>12}" for name in COLUMNS.values())
    title = f"{LAG[0]} streams, an event each {LAG[2]} ms, and {HANGING} requests"
    print(f"\n{title:<56}{head}  added to a gap, us", flush=True)
    for phase, results in figures.items():
        row = {c: statistics.median(result[c] for result in results) for c in COLUMNS}
        cells = "".join(f"{row[c]:>12.0f}" for c in COLUMNS)
        print(f"  {'that hang in: ' + phase if phase else 'none of them':<54}{cells}", flush=True)


def measure(bench, table, rounds):
    hangs, figures = Hangs(bench.folder), {}
    ini = HANGS_INI + "".join(HANG_INI.format(name=n, url=u) for n, u in hangs.urls.items())
    proxy = start_understudy(bench.cloud, bench.folder, "error", ini, hangs.env)
    bench.running.append(proxy)
    pids = (bench.cloud.process.pid, proxy.pid)
    try:
        for pid in pids:
            prefer(pid)
        for _ in range(rounds):
            for phase in ("", *hangs.urls):
                figures.setdefault(phase, []).append(measure_once(bench, proxy, hangs, phase))
    finally:
        hangs.stop()
        for pid in pids:
            prefer(pid, False)
    bench.stop([proxy])
    show(figures)
    for phase, results in figures.items():
        for column, name in COLUMNS.items():
            table.keep("lag", f"{phase or 'none'} {column}", name, {"understudy": [r[column] / 1000 for r in results]})
