"""What /proc tells of a process."""
import re
import socket
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


def connecting(daemon):
    """The IPv4 addresses to which the daemon is connecting right now."""
    inodes = {link[8:-1] for link in daemon._links() if link.startswith("socket:[")}
    rows = [r.split() for r in Path(f"/proc/{daemon.pid}/net/tcp").read_text().splitlines()[1:]]
    return [socket.inet_ntoa(bytes.fromhex(cells[2][:8])[::-1]) for cells in rows
            if cells[3] == "02" and cells[9] in inodes]


def memory_limit(size):
    """Sanitizers keep shadows and freed blocks, valgrind translates: both take many times more."""
    return size if SLOW == 1 else size * 8
