"""What is about understudy alone: how soon it answers, how large it is, and what a second worker brings."""

import json
import os
import socket
import subprocess
import time

from cases import WHOLE_CLIENTS, WHOLE_REQUESTS, note
from processes import BUILD, CORES, SETTLE_S, fail, load, start_understudy, thread_cpu_us

STARTS = 10
WORKERS_INI = "\n[server]\nworkers = {workers}\n"
BODY = json.dumps({"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]})


def answered(port):
    """Whether a whole exchange with the cloud has worked."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as sock:
            sock.sendall(f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer x\r\n"
                         f"Content-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}".encode())
            return sock.recv(4096).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


def first_answer_ms(command, port):
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not answered(port):
        if time.monotonic() - begun > 10 or process.poll() is not None:
            fail(f"{command[0]} does not answer")
        time.sleep(0.0005)
    taken = (time.monotonic() - begun) * 1000
    process.terminate()
    process.wait()
    return taken


def stripped_kb(folder):
    path = os.path.join(folder, "stripped")
    subprocess.run(["strip", "-o", path, f"{BUILD}/understudy"], check=True)
    return os.path.getsize(path) / 1024


def start(bench, table, rounds):
    del rounds
    first = {}
    for _ in range(STARTS):
        for proxy in [p for p in bench.start("on", ("warning",)) if p.pid]:
            command = proxy.process.args
            proxy.stop()
            note(first, proxy, first_answer_ms(command, proxy.port))
        names = list(bench.running)
        bench.stop(names)
    table.begin("start", "at the start", [p for p in names if p.pid])
    table.row("first answer", "ms from the start to the first answer", first)
    table.row("size", "KB of the stripped program", {"understudy": [stripped_kb(bench.folder)]}, "{:.0f}")


def by_worker(proxy, *words):
    """What a load cost each worker, CPU us, the most first; and how long it took."""
    before = thread_cpu_us(proxy.pid)
    result = load(proxy.port, "whole", *words)
    time.sleep(SETTLE_S)
    spent = [us - before.get(thread, 0) for thread, us in thread_cpu_us(proxy.pid).items()]
    return sorted(spent, reverse=True), result["wall_us"]


def per_request(proxy, requests):
    """CPU us of a request with all clients asking; the share of the worker that has the most of them; requests a
    second. A worker that shares its core with the load answers fewer: the share is of clients that ask equally
    often, in turns."""
    clients = 2 * WHOLE_CLIENTS
    spent, wall_us = by_worker(proxy, clients, requests)
    in_turns, _ = by_worker(proxy, clients, requests // 4, f"asking={WHOLE_CLIENTS}")
    return sum(spent) / requests, in_turns[0] / sum(in_turns), requests / wall_us * 1e6


def workers(bench, table, rounds):
    """Two workers to one. With three cores and more by the rate at which they answer; else by what a request costs
    them and how the clients are spread over both: one core each, they could answer so much more."""
    cores = {CORES[-1], CORES[-2]} if len(CORES) > 2 else set(CORES)
    proxies = []
    for count in (1, 2):
        proxy = start_understudy(bench.cloud, bench.folder, ini=WORKERS_INI.format(workers=count), cores=cores)
        proxy.name = f"{count} worker" + ("s" if count > 1 else "")
        bench.running.append(proxy)
        proxies.append(proxy)
    requests = 2 * WHOLE_REQUESTS // bench.divide
    cpu, share, rate, gain = {}, {}, {}, {}
    for proxy in proxies:
        load(proxy.port, "whole", 2 * WHOLE_CLIENTS, requests // 10)
    for _ in range(rounds):
        for proxy in proxies:
            figures = per_request(proxy, requests)
            for row, figure in zip((cpu, share, rate), figures):
                note(row, proxy, figure)
        one, two = (proxy.name for proxy in proxies)
        by_rate = rate[two][-1] / rate[one][-1]
        by_cost = cpu[one][-1] / (cpu[two][-1] * share[two][-1])
        gain.setdefault("understudy", []).append(by_rate if len(CORES) > 2 else by_cost)
    bench.stop(proxies)
    how = "by the rate" if len(CORES) > 2 else "by the cost, since there are two cores"
    table.begin("workers", f"two workers, {2 * WHOLE_CLIENTS} clients", proxies)
    table.row("cpu", "CPU us a request", cpu)
    table.row("share", "share of the worker that has the most clients", share, "{:.2f}")
    table.row("rate", "requests/s", rate, "{:.0f}")
    table.begin("workers", "", [type("", (), {"name": "understudy"})])
    table.row("two", f"two to one, {how}", gain, "{:.2f}")
