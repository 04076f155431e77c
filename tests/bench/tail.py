"""The tail: what understudy adds to the gaps between the events of streams while everything else goes on, too, and
how long the turns of its loop are, which all streams wait for. A turn over 5 ms is named: what it was in, by
tests/sim/preload_turns.c.
"""

import http.client
import multiprocessing
import os
import re
import signal
import socket
import statistics
import subprocess
import time

from pages import Pages
from processes import BUILD, CORES, free_port, load, pinned, prefer, start_understudy

# Streams, events each, ms between two.
STREAMS, EVENTS, EVERY_MS = 50, 300, 20
LONG_TURN = "0.005"

TAIL_INI = """
[retry]
attempts = 1
budget = 0
[breaker]
failures = 1
open_for = 200ms
[provider broken]
type = openai
base_url = http://127.0.0.1:{nobody}/v1
api_key = x
[provider anthropic]
base_url = {cloud}
api_key = x
model = m:1b
"""

ASK = ('POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nContent-Type: application/json\r\n'
       'x-understudy-route: {provider}\r\nContent-Length: {length}\r\n\r\n{body}')
BODY = '{"model":"gpt-4","messages":[{"role":"user","content":"Hi"}]}'


def get(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", path, headers={"Authorization": f"Bearer {time.monotonic_ns()}"})
    answer = connection.getresponse()
    taken = 0
    while data := answer.read(1 << 20):
        taken += len(data)
    connection.close()
    return taken


# ---- what goes on beside the streams: each in a process, until it is killed


def reload(proxy):
    """A SIGHUP, as systemctl reload sends it."""
    os.kill(proxy.pid, signal.SIGHUP)
    time.sleep(0.3)


def change_breakers(proxy):
    """Requests to a provider that is not there: its breaker opens, probes, opens ..."""
    with socket.create_connection(("127.0.0.1", proxy.port)) as sock:
        sock.sendall(ASK.format(port=proxy.port, provider="broken", length=len(BODY), body=BODY).encode())
        while sock.recv(1 << 16):
            pass
    time.sleep(0.02)


def refresh_lists(proxy):
    """The list of models, 400 KB of it, of two clouds and Ollama; each key is one more that asks for it."""
    get(proxy.port, "/v1/models")
    time.sleep(0.1)


def view_pages(proxy):
    """100 open pages at /status, and somebody who loads it and its like all the time."""
    pages = Pages(proxy.port, 100)
    while pages.open:
        for path in ("/status", "/status.json", "/metrics"):
            get(proxy.port, path)
        time.sleep(0.1)


def take_files(proxy):
    """200 MB that are passed on as they are."""
    if get(proxy.port, "/v1/bytes/200000000") != 200000000:
        raise SystemExit("bench: the large answer is not whole")


def take_large_answers(proxy):
    """As large as one whole answer may be, less a bit."""
    load(proxy.port, "whole", 1, 1, "answer=60000000")


def take_long_streams(proxy):
    """200 MB without a pace, passed on and translated."""
    load(proxy.port, "stream", 2, 340000, 0)
    load(proxy.port, "stream", 1, 680000, 0, "route=anthropic")


def send_large_requests(proxy):
    load(proxy.port, "whole", 1, 4, "body=30000000")
    time.sleep(0.1)


BESIDE = {
    "nothing": (), "reloads": (reload,), "breaker changes": (change_breakers,), "list refreshes": (refresh_lists,),
    "page viewers": (view_pages,), "200 MB files": (take_files,), "200 MB streams": (take_long_streams,),
    "answers of 60 MB": (take_large_answers,), "requests of 30 MB": (send_large_requests,),
}
BESIDE["all of them"] = tuple(what for row in BESIDE.values() for what in row)


def go_on(what, proxy):
    pinned(CORES[0])()
    os.nice(10)
    while True:
        what(proxy)


class Beside:
    def __init__(self, proxy, row):
        self.processes = [multiprocessing.Process(target=go_on, args=(what, proxy)) for what in BESIDE[row]]
        for process in self.processes:
            process.start()
        time.sleep(0.5 if self.processes else 0)

    def stop(self):
        for process in self.processes:
            process.terminate()
            process.join()


# ---- the turns


def turns(proxy):
    """{limit: how many were no longer}."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=30)
    connection.request("GET", "/metrics")
    page = connection.getresponse().read().decode()
    return {limit: int(count) for limit, count in re.findall(r'^understudy_loop_turn_seconds_bucket{le="(.+)"} (\d+)$', page, re.M)}


def over(before, after):
    """How many were longer than LONG_TURN meanwhile, how many there were, and a limit that none exceeds."""
    took = {limit: after[limit] - before[limit] for limit in after}
    most = next(limit for limit in took if took[limit] == took["+Inf"])
    return took["+Inf"] - took[LONG_TURN], took["+Inf"], most


def names_of(places):
    """{place: function} for places as backtrace_symbols writes them: PATH(+0xOFFSET)[...] or PATH(NAME+0x...)[...]."""
    ours = sorted({found[1] for place in places if (found := re.match(r".*/understudy\(\+(0x[0-9a-f]+)\)", place))})
    if not ours:
        return {}
    # The address is behind the call.
    words = [hex(int(at, 16) - 1) for at in ours]
    out = subprocess.run(["addr2line", "-f", "-e", f"{BUILD}/understudy", *words], capture_output=True, text=True).stdout
    found = dict(zip(ours, out.split("\n")[::2]))
    return {place: found[m[1]] for place in places if (m := re.match(r".*/understudy\(\+(0x[0-9a-f]+)\)", place))}


def looked_at(path):
    """[(wall us, cpu us, [callers of each look])] of the long turns in a file of preload_turns.c."""
    done, looks = [], []
    if not os.path.exists(path):
        return done
    with open(path) as f:
        for line in f:
            word, *rest = line.split()
            if word == "look":
                looks.append([])
            elif word == "end":
                done.append((int(rest[0]), int(rest[1]), looks))
                looks = []
            elif looks:
                looks[-1].append(line.strip())
    return done


def what_it_was(looks, names):
    """Ours of the first look, from the loop inwards, and where it was at last."""
    ours = [names[place] for place in looks[0] if place in names]
    ours = ours[:next((at for at, name in enumerate(ours) if name in ("loop_run", "worker_run", "run_thread")), None)]
    leaf = re.match(r"(?:.*/)?([^/(]+)\((\w*)", looks[0][3] if len(looks[0]) > 3 else looks[0][-1])
    inner = f" in {leaf[2] or leaf[1]}" if leaf and "understudy" not in leaf[1] else ""
    return " < ".join(ours[:6] or ["?"]) + inner


def show_long_turns(path):
    """Each kind of long turn, those that took the most turns of a processor first. One whose thread was hardly on a processor waited for it, or
    for a system call: the neighbours of this machine are in it."""
    done = looked_at(path)
    names = names_of({place for _, _, looks in done for look in looks for place in look})
    kinds = {}
    for wall, cpu, looks in done:
        kinds.setdefault(what_it_was(looks, names), []).append((wall, cpu))
    busy_of = {kind: sum(cpu > 5000 for _, cpu in times) for kind, times in kinds.items()}
    for kind, times in sorted(kinds.items(), key=lambda item: (-busy_of[item[0]], -len(item[1])))[:12]:
        (wall, cpu), busy = max(times, key=lambda pair: pair[1]), busy_of[kind]
        print(f"      {len(times):>4} x, {busy} of them over 5 ms of CPU; longest {wall / 1000:.1f} ms, {cpu / 1000:.1f} of it CPU: {kind}",
              flush=True)


def measure_row(bench, proxy, row, path):
    if os.path.exists(path):
        os.truncate(path, 0)
    beside = Beside(proxy, row)
    before = turns(proxy)
    result = load(proxy.port, "gaps", STREAMS, EVENTS // bench.divide, EVERY_MS, preferred=True)
    after = turns(proxy)
    beside.stop()
    return result, over(before, after)


def measure(bench, table, rounds):
    path = f"{bench.folder}/turns"
    ini = TAIL_INI.format(nobody=free_port(), cloud=bench.cloud.url)
    env = {"LD_PRELOAD": f"{BUILD}/tests/sim/preload_turns.so", "SIM_TURNS": path}
    proxy = start_understudy(bench.cloud, bench.folder, "error", ini, env)
    bench.running.append(proxy)
    pids = (bench.cloud.process.pid, proxy.pid)
    for pid in pids:
        prefer(pid)
    print(f"\n{STREAMS} streams, an event each {EVERY_MS} ms, and beside them{'':<14}{'99.9 %':>10}{'longest':>10}  "
          "added to a gap, ms; turns, over 5 ms, none over s", flush=True)
    for row in BESIDE:
        figures = [measure_row(bench, proxy, row, path) for _ in range(rounds)]
        tail = [result["p999_us"] / 1000 for result, _ in figures]
        longest = [result["max_us"] / 1000 for result, _ in figures]
        long_turns = [count[0] for _, count in figures]
        print(f"  {row:<54}{statistics.median(tail):>10.1f}{statistics.median(longest):>10.1f}  "
              + "; ".join(f"{count}, {long}, {most}" for _, (long, count, most) in figures), flush=True)
        table.keep("tail", f"{row} p999", "99.9 %, ms", {"understudy": tail})
        table.keep("tail", f"{row} max", "longest, ms", {"understudy": longest})
        table.keep("tail", f"{row} turns", "turns over 5 ms", {"understudy": long_turns}, "{:.0f}")
        show_long_turns(path)
    for pid in pids:
        prefer(pid, False)
    bench.stop([proxy])
