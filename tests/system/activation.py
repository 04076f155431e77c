"""Listening sockets that are passed to a daemon, as systemd does."""
import sys

# The sockets from 3 on, and the pid of what will be the daemon.
ACTIVATE = """
import fcntl, os, sys
fds, pid = [int(fd) for fd in sys.argv[1].split(",")], sys.argv[2]
copies = [fcntl.fcntl(fd, fcntl.F_DUPFD, 100) for fd in fds]
for place, copy in enumerate(copies, 3):
    os.dup2(copy, place)
os.closerange(3 + len(fds), 256)
os.environ.update(LISTEN_PID=pid or str(os.getpid()), LISTEN_FDS=str(len(fds)))
os.execvp(sys.argv[3], sys.argv[3:])
"""


def passing(*sockets, pid=""):
    """Words for start(): the daemon gets these sockets, meant for this process (itself)."""
    fds = tuple(s.fileno() for s in sockets)
    return {"wrapper": [sys.executable, "-c", ACTIVATE, ",".join(map(str, fds)), pid],
            "pass_fds": fds}
