"""How many instructions understudy takes for a request and for an event, by callgrind: a figure that no other
load on the machine can change. Held against those of tests/bench/counts.json for the same libraries and compiler.

A figure is the difference of two runs, by the difference of what they did: what the start costs is in neither.
"""

import datetime
import json
import os
import platform
import re
import shutil
import subprocess
import tempfile

from processes import BUILD, ROOT, Proxy, fail, free_port, load, understudy_ini

KEPT = os.path.join(ROOT, "tests/bench/counts.json")
RENEW = "make bench T='count --renew'"
MOST_MORE = 0.03

# Both are asked for by a header: an event of Ollama and one of Messages, for an app that speaks chat.
OTHERS_INI = """
[provider anthropic]
base_url = {cloud}
api_key = x
model = m:1b

[provider local]
type = ollama
base_url = {cloud}
model = m:1b
max_inflight = 0
"""

# name: words of load for a short run and for a long one, units in each
WHOLE = ("whole", 1, 100), ("whole", 1, 1600)
STREAMS, SHORT, LONG, EVERY_MS = 4, 20, 170, 10


def events(*more):
    return [("stream", STREAMS, count, EVERY_MS, *more) for count in (SHORT, LONG)]


CASES = {
    "whole": ("a whole request", WHOLE, 1500),
    "event": ("an event that is passed on", events(), STREAMS * (LONG - SHORT)),
    "fallback": ("an event of Ollama, as chat", events("route=local"), STREAMS * (LONG - SHORT)),
    "translated": ("an event of Messages, as chat", events("route=anthropic"), STREAMS * (LONG - SHORT)),
}


def version(command, pattern=r"([0-9]+(?:\.[0-9]+)+)"):
    try:
        words = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return "?"
    return re.search(pattern, words)[1]


def compiler(binary):
    """As the binary itself has it."""
    words = subprocess.run(["readelf", "-p", ".comment", binary], capture_output=True, text=True).stdout
    found = re.search(r"(GCC|clang)[^0-9\n]*(?:\(.*?\) |version )?([0-9.]+)", words)
    return f"{found[1].lower()} {found[2]}" if found else "unknown"


def here():
    """What the figures depend on beside the code."""
    libraries = {name: version(["pkg-config", "--modversion", name]) for name in ("libmicrohttpd", "libcurl", "jansson")}
    return {"machine": platform.machine(), "compiler": compiler(f"{BUILD}/understudy"), "libc": platform.libc_ver()[1],
            **libraries}


def instructions(bench, words):
    """Of a whole life of the daemon, in which so much was asked."""
    port = free_port()
    with tempfile.TemporaryDirectory(dir=bench.folder) as folder:
        path = f"{folder}/understudy.ini"
        with open(path, "w") as f:
            f.write(understudy_ini(port, bench.cloud) + OTHERS_INI.format(cloud=bench.cloud.url))
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/counts.%p", f"{BUILD}/understudy",
                   "-c", path]
        proxy = Proxy("understudy in callgrind", command, port, f"{folder}/log", patience_s=60)
        load(port, "whole", 1, 20)
        load(port, *words)
        proxy.stop(patience_s=60)
        total = 0
        for name in os.listdir(folder):
            if name.startswith("counts."):
                with open(f"{folder}/{name}") as f:
                    total += int(re.search(r"^(?:summary|totals): (\d+)", f.read(), re.M)[1])
        if not total:
            with open(f"{folder}/log") as f:
                fail(f"callgrind has written nothing:\n{f.read()}")
        return total


def kept():
    with open(KEPT) as f:
        return json.load(f)


def renew(counts):
    """In the place of those of the same libraries, or beside the others."""
    on, table = here(), kept()
    rows = [row for row in table["counts"] if row["on"] != on]
    rows.append({"on": on, "date": datetime.date.today().isoformat(), "instructions": counts})
    with open(KEPT, "w") as f:
        json.dump({**table, "counts": sorted(rows, key=lambda row: str(row["on"]))}, f, indent=1)
        f.write("\n")


def compare(counts):
    """Prints each figure beside the kept one; what is wrong, as a sentence, or ''."""
    on = here()
    row = next((row for row in kept()["counts"] if row["on"] == on), None)
    print(f"\ninstructions, on {', '.join(f'{name} {value}' for name, value in on.items())}"
          f"\n{'':<44}{'now':>12}{'kept':>12}{'more':>9}", flush=True)
    worse, better = [], False
    for case, count in counts.items():
        before = row["instructions"].get(case) if row else None
        more = count / before - 1 if before else 0
        print(f"  {CASES[case][0]:<42}{count:>12.0f}" + (f"{before:>12.0f}{100 * more:>+8.1f} %" if before else ""))
        worse += [f"{CASES[case][0]} takes {100 * more:.1f} % more"] if more > MOST_MORE else []
        better = better or more < -MOST_MORE
    if not row:
        print(f"NOTHING WAS COMPARED: tests/bench/counts.json has no figures for these libraries and this compiler. On a "
              f"tree that is known to be good\n{RENEW} adds them", flush=True)
    if better:
        print(f"  something takes over {100 * MOST_MORE:.0f} % less than is kept: {RENEW}")
    return "; ".join(worse) and f"{'; '.join(worse)}, {100 * MOST_MORE:.0f} % are the most; if that is meant: {RENEW}"


def measure(bench, table, rounds):
    """Once, however many rounds: there is nothing to be disturbed. What is wrong, or ''."""
    del rounds
    if not shutil.which("valgrind"):
        fail("valgrind is not installed (apt-get install valgrind)")
    counts = {}
    for case, (_, (short, long), units) in CASES.items():
        counts[case] = round((instructions(bench, long) - instructions(bench, short)) / units)
        table.keep("count", case, CASES[case][0], {"understudy": [counts[case]]}, "{:.0f}")
    if bench.renew:
        renew(counts)
    return compare(counts)
