"""The record of a run: figures by part, with the machine, the versions and the day."""

import datetime
import json
import os
import platform
import subprocess

from count import compiler, version
from processes import BUILD, CORES


def one_of(path, key, otherwise=""):
    """What stands behind a key in a file of lines."""
    with open(path) as f:
        return next((line.split(":" if ":" in line else "=", 1)[1].strip().strip('"') for line in f
                     if line.startswith(key)), otherwise)


def nginx_version():
    try:
        return subprocess.run(["nginx", "-v"], capture_output=True, text=True).stderr.split("/")[-1].split()[0]
    except OSError:
        return None


def machine():
    """Where the figures are from."""
    gb = int(one_of("/proc/meminfo", "MemTotal").split()[0]) / 1048576
    return {
        "processor": one_of("/proc/cpuinfo", "model name", platform.machine()), "cores": len(CORES),
        "memory_gb": round(gb), "kernel": platform.release().split("-")[0],
        "system": one_of("/etc/os-release", "PRETTY_NAME"), "compiler": compiler(f"{BUILD}/understudy"),
        "libmicrohttpd": version(["pkg-config", "--modversion", "libmicrohttpd"]),
        "libcurl": version(["pkg-config", "--modversion", "libcurl"]), "nginx": nginx_version(),
        "understudy": version([f"{BUILD}/understudy", "--version"]),
    }


def keep(path, part, rows, rounds):
    """Puts a part into the file, in the place of an older one. A row of figures is rounded: the machine is no better."""
    parts = {}
    if os.path.exists(path):
        with open(path) as f:
            parts = json.load(f)
    for row in rows.values():
        row["figures"] = {name: [round(value, 4) for value in values] for name, values in row["figures"].items()}
    parts[part] = {"date": datetime.date.today().isoformat(), "command": f"make bench T={part}", "rounds": rounds,
                   "machine": machine(), "rows": rows}
    with open(path, "w") as f:
        json.dump(parts, f, indent=1, sort_keys=True)
        f.write("\n")
