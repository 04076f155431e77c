"""What /proc tells of a process, and how to hold one by ptrace."""
import ctypes
import os
import re
import socket
from pathlib import Path

from daemon import SLOW

MIB = 1 << 20
# Of <sys/ptrace.h>, and __WALL of <linux/wait.h>.
PTRACE_CONT, PTRACE_DETACH, PTRACE_SEIZE, PTRACE_INTERRUPT = 7, 17, 0x4206, 0x4207
PTRACE_O_TRACEEXIT, PTRACE_EVENT_EXIT, WAIT_ALL = 0x40, 6, 0x40000000


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


def ptrace(request, tid, options=None):
    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.ptrace(request, tid, None, options) == 0, os.strerror(ctypes.get_errno())
