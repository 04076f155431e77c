"""What understudy costs beside nginx as a plain reverse proxy: the cases that have both, and the cloud itself.

Each runs the proxies in turns, A B C A B C ..., and notes a figure for each in each round.
"""

import subprocess
import time

from processes import BUILD, CORES, MANY, SETTLE_S, cpu_us, fail, load, pinned, rss_kib, wait_for

WHOLE_CLIENTS, WHOLE_REQUESTS, LONE_REQUESTS = 32, 20000, 2000
# streams at a time, events each, ms between two events of one stream
PACED = [(50, 400, 10), (500, 80, 40), (2000, 30, 100)]
CROWD = (MANY, 16, 1000)
FLAT_OUT = [(50, 2000, 0), (500, 200, 0), (2000, 50, 0), (MANY, 12, 0)]
TLS_SHAPE = (500, 80, 40)
HELD = [1000, 2000, 4000]
# words of load; clients, and requests in a round
BODIES = {
    "request 100 KB": ("body=100000", 8, 2000), "request 10 MB": ("body=10000000", 2, 40),
    "answer 100 KB": ("answer=100000", 8, 2000), "answer 10 MB": ("answer=10000000", 2, 40),
}
# A stream's provider side must be closed within this at the latest after the client has hung up.
HANG_UP_S = 10.0


def note(figures, proxy, value):
    figures.setdefault(proxy.name, []).append(value)


def charged(proxy, per, *words):
    """Runs a load; returns the proxy's CPU time for each of `per`, and the load's own result. The cloud itself is
    no proxy, and has no figure."""
    before = cpu_us(proxy.pid) if proxy.pid else 0
    try:
        result = load(proxy.port, *words)
    except SystemExit as error:
        fail(f"through {proxy.name}: {error}")
    time.sleep(SETTLE_S)
    return (cpu_us(proxy.pid) - before) / per if proxy.pid else None, result


def whole(bench, table, rounds):
    proxies = bench.start("on", ("warning", "info"))
    requests = WHOLE_REQUESTS // bench.divide
    cpu, rate, median = {}, {}, {}
    for proxy in proxies:
        load(proxy.port, "whole", WHOLE_CLIENTS, requests // 10)
    for _ in range(rounds):
        for proxy in proxies:
            cost, result = charged(proxy, requests, "whole", WHOLE_CLIENTS, requests)
            if cost:
                note(cpu, proxy, cost)
            note(rate, proxy, requests / result["wall_us"] * 1e6)
            note(median, proxy, load(proxy.port, "whole", 1, LONE_REQUESTS)["p50_us"])
    bench.stop(proxies)
    table.begin("whole", f"whole answers, {WHOLE_CLIENTS} clients", proxies)
    table.row("cpu", "CPU us a request", cpu)
    table.row("rate", "requests/s, cloud and load on one core", rate, "{:.0f}")
    table.row("latency", "median latency us, one client", median, "{:.0f}")


def events(bench, table, rounds, part, shape):
    """Streams of one shape: CPU time of an event, and how long it takes on its way."""
    streams, count, every_ms = shape
    proxies = bench.start("off", ("warning",))
    cpu, delays = {}, {"p50_us": {}, "p99_us": {}, "p999_us": {}}
    for proxy in proxies:
        load(proxy.port, "stream", streams, 2, min(every_ms, 100))
    for _ in range(rounds):
        for proxy in proxies:
            cost, result = charged(proxy, streams * count, "stream", streams, count, every_ms)
            if cost:
                note(cpu, proxy, cost)
            for name, figures in delays.items():
                note(figures, proxy, result[name] / 1000)
    bench.stop(proxies)
    pace = f"one each {every_ms} ms" if every_ms else "as fast as they are taken"
    table.begin(part, f"{streams} streams, {count} events, {pace}", proxies)
    tail = "" if part == "crowd" else f" {streams}"
    table.row("cpu" + tail, "CPU us an event, begin and end included", cpu)
    if not every_ms:
        return
    for name, words in (("p50_us", "median"), ("p99_us", "99 % within"), ("p999_us", "99.9 % within")):
        table.row(f"delay {name[:-3]}{tail}", f"delay of an event, ms, {words}", delays[name], "{:.2f}")
    if part == "crowd":
        table.keep(part, "streams", "streams at a time", {"understudy": [streams]}, "{:.0f}")
        added = {name: [ms - direct for ms, direct in zip(figures, delays["p99_us"]["direct"])]
                 for name, figures in delays["p99_us"].items() if name != "direct"}
        table.row("added p99", "more than directly, ms, 99 % within", added, "{:.2f}")


def stream(bench, table, rounds):
    for shape in PACED:
        events(bench, table, rounds, "stream", shape)


def crowd(bench, table, rounds):
    """As many streams as the descriptors allow, two for each: none may be lost, and load sees to that."""
    events(bench, table, max(1, rounds // 2), "crowd", CROWD)


def flatout(bench, table, rounds):
    for shape in FLAT_OUT:
        events(bench, table, rounds, "flatout", shape)


def hold(bench, proxy, streams):
    """RSS with that many silent streams open, and the seconds from hang-up to none at the cloud."""
    holder = subprocess.Popen(
        [f"{BUILD}/bench/load", str(proxy.port), "hold", str(streams)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=pinned(CORES[0]),
    )
    line = holder.stdout.readline()
    if line != b"open\n":
        fail(f"{streams} streams through {proxy.name}: {line.decode()}")
    open_streams, rss = bench.cloud.open_streams(), rss_kib(proxy.pid)
    if open_streams != streams:
        fail(f"{streams} clients of {proxy.name}, but {open_streams} streams at the cloud")
    holder.stdin.close()
    begun = time.monotonic()
    late = f"{proxy.name}: streams are still open {HANG_UP_S} s after {streams} clients hung up"
    wait_for(lambda: bench.cloud.open_streams() == 0, HANG_UP_S, late)
    seconds = time.monotonic() - begun
    holder.wait()
    return rss, seconds


def memory(bench, table, rounds):
    """The first that a process holds are counted: what it keeps for later is not counted twice."""
    idle, held, gone = {}, {}, {}
    for _ in range(rounds):
        proxies = [proxy for proxy in bench.start("off", ("warning",)) if proxy.pid]
        for proxy in proxies:
            empty = rss_kib(proxy.pid)
            note(idle, proxy, empty / 1024)
            for streams in HELD:
                rss, seconds = hold(bench, proxy, streams)
                note(held.setdefault(streams, {}), proxy, (rss - empty) / streams)
                note(gone.setdefault(streams, {}), proxy, seconds * 1000)
        bench.stop(list(bench.running))
    table.begin("memory", "memory, silent streams", proxies)
    table.row("idle", "RSS of the idle process, MB", idle)
    for streams in HELD:
        table.row(f"stream {streams}", f"RSS a stream, KB, {streams} open", held[streams])
    for streams in HELD:
        table.row(f"hang-up {streams}", f"{streams} hang up: cloud has none after ms", gone[streams], "{:.0f}")


def bodies(bench, table, rounds):
    proxies = [proxy for proxy in bench.start("on", ("warning",)) if proxy.pid]
    figures = {}
    for _ in range(rounds):
        for row, (words, clients, requests) in BODIES.items():
            for proxy in proxies:
                cost, _ = charged(proxy, requests // bench.divide, "whole", clients, requests // bench.divide, words)
                note(figures.setdefault(row, {}), proxy, cost)
    bench.stop(proxies)
    table.begin("bodies", "bodies, CPU us for each", proxies)
    for row in BODIES:
        table.row(row, row, figures[row], "{:.0f}")


def tls(bench, table, rounds):
    """The way to the cloud is TLS: a certificate of this run, and nginx that takes it off in front of the cloud."""
    certified = bench.certified()
    streams, count, every_ms = TLS_SHAPE
    requests = WHOLE_REQUESTS // bench.divide
    cost_of = {"whole": {}, "event": {}}
    proxies = [proxy for proxy in bench.start("off", ("warning",), certified) if proxy.pid]
    for proxy in proxies:
        load(proxy.port, "whole", WHOLE_CLIENTS, requests // 10)
        load(proxy.port, "stream", streams, 2, every_ms)
    for _ in range(rounds):
        for proxy in proxies:
            cost, _ = charged(proxy, requests, "whole", WHOLE_CLIENTS, requests)
            note(cost_of["whole"], proxy, cost)
            cost, _ = charged(proxy, streams * count, "stream", streams, count, every_ms)
            note(cost_of["event"], proxy, cost)
    bench.stop(proxies)
    table.begin("tls", "with TLS to the cloud, CPU us", proxies)
    table.row("whole", f"a request, {WHOLE_CLIENTS} clients", cost_of["whole"])
    table.row("event", f"an event, {streams} streams, one each {every_ms} ms", cost_of["event"])


def per_request(proxy, clients, requests):
    """Of the requests alone: what it takes to connect and to leave is in a short run and in a long one."""
    costs = [charged(proxy, 1, "whole", clients, n, f"asking={min(clients, 10)}")[0] for n in (requests // 10, requests)]
    return (costs[1] - costs[0]) / (requests - requests // 10)


def flat(bench, table, rounds):
    """Whether a request costs the same with MANY connections open as with 10, and after a million requests."""
    proxies = [proxy for proxy in bench.start("on", ("warning",)) if proxy.pid]
    requests, million = 2 * WHOLE_REQUESTS // bench.divide, 1_000_000 // bench.divide
    few, many, connections, before, after, worn, rss = {}, {}, {}, {}, {}, {}, {}
    for _ in range(rounds):
        for proxy in proxies:
            note(few, proxy, per_request(proxy, 10, requests))
            note(many, proxy, per_request(proxy, MANY, requests))
            note(connections, proxy, many[proxy.name][-1] / few[proxy.name][-1])
    for proxy in proxies:
        note(before, proxy, charged(proxy, requests, "whole", WHOLE_CLIENTS, requests)[0])
        begun = rss_kib(proxy.pid)
        load(proxy.port, "whole", WHOLE_CLIENTS, million)
        note(rss, proxy, rss_kib(proxy.pid) - begun)
        note(after, proxy, charged(proxy, requests, "whole", WHOLE_CLIENTS, requests)[0])
        note(worn, proxy, after[proxy.name][-1] / before[proxy.name][-1])
    bench.stop(proxies)
    table.begin("flat", "the same at any size, CPU us a request", proxies)
    table.row("few", "10 connections, 10 of them asking", few)
    table.row("many", f"{MANY} connections, 10 of them asking", many)
    table.row("connections", "the second to the first", connections, "{:.2f}")
    table.row("before", "at the beginning", before)
    table.row("after", f"after {million} more requests", after)
    table.row("requests", "the second to the first", worn, "{:.2f}")
    table.row("rss", "RSS more meanwhile, KB", rss, "{:.0f}")

