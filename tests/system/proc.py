"""What /proc tells of a process."""
import re
from pathlib import Path

from daemon import SLOW

MIB = 1 << 20


def status_bytes(pid, name):
    """VmRSS, VmHWM ... in bytes."""
    text = Path(f"/proc/{pid}/status").read_text()
    return int(re.search(rf"^{name}:\s+(\d+) kB$", text, re.M)[1]) << 10


def rss(daemon):
    return status_bytes(daemon.pid, "VmRSS")


def peak_rss(daemon):
    return status_bytes(daemon.pid, "VmHWM")


def memory_limit(size):
    """Sanitizers keep shadows and freed blocks, valgrind translates: both take many times more."""
    return size if SLOW == 1 else size * 8
