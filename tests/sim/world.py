"""What a daemon sees of the world beside its providers: the addresses of names, and the time. Each is
a library that is loaded into it (preload_*.c); `env` is for its environment."""
import os
import struct
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = Path(os.environ.get("BUILD", ROOT / "build")).resolve() / "tests/sim"
# The sanitizer would be first, which it need not be here.
ANY_ORDER = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}


class Names:
    """names.set("cloud.test", "127.0.0.1", "::1"). A name that HANGS does so until it is set to
    something else; one without addresses does not exist."""

    HANGS = "hang"

    def __init__(self, folder):
        self._file, self._table = Path(folder) / "names", {}
        self._write()
        self.env = {"LD_PRELOAD": LIBRARIES / "preload_names.so", "SIM_NAMES": self._file,
                    **ANY_ORDER}

    def set(self, name, *addresses):
        self._table[name] = addresses
        self._write()

    def asked(self, name):
        """How often it was looked up so far."""
        notes = Path(f"{self._file}.asked")
        return notes.read_text().split().count(name) if notes.exists() else 0

    def _write(self):
        fresh = Path(f"{self._file}.new")
        fresh.write_text("".join(" ".join([n, *a]) + "\n" for n, a in self._table.items()))
        fresh.rename(self._file)


class Clock:
    """clock.advance(60): for the daemon, a minute has passed. It looks when something wakes it.
    clock.sleep(60): the machine slept so long.
    clock.turn(-3600): somebody sets it back by an hour; none of the others is moved.
    clock.stop(): for the daemon no time passes until clock.go(): what happens waits for no timer."""

    def __init__(self, folder):
        self._file, self._ahead_ms, self._slept_ms = Path(folder) / "clock", 0, 0
        self._stands_at_ns, self._turned_ms = 0, 0
        self._write()
        self.env = {"LD_PRELOAD": LIBRARIES / "preload_clock.so", "SIM_CLOCK": self._file,
                    **ANY_ORDER}

    def advance(self, seconds):
        self._ahead_ms += int(seconds * 1000)
        self._write()

    def sleep(self, seconds):
        self._slept_ms += int(seconds * 1000)
        self._write()

    def turn(self, seconds):
        self._turned_ms += int(seconds * 1000)
        self._write()

    def stop(self):
        self._stands_at_ns = time.monotonic_ns()
        self._write()

    def go(self):
        self._stands_at_ns = 0
        self._write()

    def _write(self):
        with open(self._file, "r+b" if self._file.exists() else "wb") as file:
            file.write(struct.pack("=4q", self._ahead_ms, self._slept_ms, self._stands_at_ns,
                                   self._turned_ms))


class Memory:
    """Memory that is out for one process: from the first call that fails on, so many fail."""

    def __init__(self, folder):
        self._file = Path(folder) / "malloc"
        self.fail(0)
        self.env = {"LD_PRELOAD": LIBRARIES / "preload_malloc.so", "SIM_MALLOC": self._file}

    def fail(self, first, more=0):
        self._file.write_bytes(struct.pack("<3q", first, more, 0))

    def count(self):
        """How often memory was asked for since."""
        return struct.unpack("<3q", self._file.read_bytes())[2]


class Calls:
    """Calls of the kernel that are interrupted, or do half of what was asked; count(): how many."""

    def __init__(self, folder):
        self._file = Path(folder) / "calls"
        self._file.write_bytes(bytes(8))
        self.env = {"LD_PRELOAD": LIBRARIES / "preload_calls.so", "SIM_CALLS": self._file, **ANY_ORDER}

    def count(self):
        return struct.unpack("=q", self._file.read_bytes())[0]


# For a daemon of which a core can be made, whatever it does about that.
CORE = {"LD_PRELOAD": LIBRARIES / "preload_core.so", **ANY_ORDER}


def libcurl_says(version):
    """For a process that hears that version of libcurl, wherever it asks for it."""
    return {"LD_PRELOAD": str(LIBRARIES / "preload_version.so"), "SIM_CURL_VERSION": version, **ANY_ORDER}


def both(names, clock):
    """The environment of a daemon that sees both."""
    preload = f"{names.env['LD_PRELOAD']}:{clock.env['LD_PRELOAD']}"
    return {**names.env, **clock.env, "LD_PRELOAD": preload}
