"""What `understudy usage` costs: a million lines of 30 days, with the fields and attempts of the daemon's own."""

import datetime
import json
import os
import random
import re
import subprocess
import time

from processes import BUILD

LINES, DAYS = 1_000_000, 30
BOUND_S, BOUND_MIB = 2.0, 20
CLIENTS = [None, "alice", "bob", "builds", "phone"]
CLOUDS = [("openai", "gpt-4"), ("openai", "gpt-4o-mini"), ("anthropic", "claude-sonnet-5-5")]


def attempt(provider, model, status, word, ms, wait_ms):
    return {"provider": provider, "model": model, "key": None, "status": status, "class": word, "start_ms": 0,
            "ms": ms, "wait_ms": wait_ms}


def write(path, lines):
    """One in ten fell back after two tries."""
    chance = random.Random(1)
    begin = datetime.datetime(2026, 11, 1)
    step = datetime.timedelta(days=DAYS) / lines
    with open(path, "w") as file:
        for n in range(lines):
            cloud, fell = chance.choice(CLOUDS), chance.random() < 0.1
            provider, model = ("ollama", "ministral-3:3b") if fell else cloud
            ttft = int(chance.lognormvariate(6, 1))
            tries = [attempt(*cloud, 503, "server", 120, 1000)] * 2 if fell else []
            file.write(json.dumps({
                "time": (begin + n * step).isoformat(timespec="milliseconds") + "Z", "id": f"{n:016x}",
                "provider": provider, "model": model, "client": chance.choice(CLIENTS), "class": "ok",
                "fallback": "server" if fell else None, "status": 200, "stream": True,
                "prompt_tokens": chance.randrange(5000), "completion_tokens": chance.randrange(900),
                "cached_tokens": 0, "tool_calls": 0, "ttft_ms": ttft, "duration_ms": ttft + chance.randrange(9000),
                "attempts": [*tries, attempt(provider, model, 200, "ok", ttft, 0)],
            }, separators=(",", ":")) + "\n")


def most_memory(child):
    """In MiB, until it ends. What the kernel tells of it afterwards may be the memory of Python, which forked it."""
    most = ""
    while os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        with open(f"/proc/{child.pid}/status") as status:
            found = re.search(r"VmHWM:\s*(\d+) kB", status.read())
        most = found[1] if found else most
        time.sleep(0.005)
    return int(most) / 1024


def run(path):
    """CPU seconds, and the most memory."""
    child = subprocess.Popen([f"{BUILD}/understudy", "usage", path], stdout=subprocess.DEVNULL)
    memory = most_memory(child)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"bench: understudy usage ended with {child.returncode}")
    return used.ru_utime + used.ru_stime, memory


def measure(bench, table, rounds):
    path = os.path.join(bench.folder, "usage.jsonl")
    lines = LINES // bench.divide
    write(path, lines)
    figures = [run(path) for _ in range(rounds)]
    print(f"\nunderstudy usage, {lines} lines, {os.path.getsize(path) >> 20} MiB", flush=True)
    for name, at, unit, bound in (("CPU", 0, "s", BOUND_S), ("memory", 1, "MiB", BOUND_MIB)):
        values = sorted(figure[at] for figure in figures)
        print(f"  {name:<42}{values[len(values) // 2]:>14.2f} {unit:<4}({values[0]:.2f}-{values[-1]:.2f}), "
              f"at most {bound}", flush=True)
        table.keep("usage", name, f"{name}, {unit}", {"understudy": values}, "{:.2f}")
    os.unlink(path)
