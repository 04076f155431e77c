"""The daemon as a process, in a folder and an environment of its own."""
import json
import os
import re
import select
import shlex
import signal
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path

import openai

from rawclient import RawClient

ROOT = Path(__file__).resolve().parents[2]
BINARY = Path(os.environ.get("BUILD", ROOT / "build")).resolve() / "understudy"
WRAPPER = shlex.split(os.environ.get("UNDERSTUDY_WRAPPER", ""))
# Sanitizers and valgrind make it so much slower; set by tests/run.
SLOW = float(os.environ.get("UNDERSTUDY_SLOW", "1"))
PATIENCE = 20 * SLOW
CLIENT_KEY, CLOUD_KEY = "sk-client", "sk-cloud"
SANITIZER = re.compile(r"ERROR: \w+Sanitizer|WARNING: ThreadSanitizer|runtime error:|"
                       r"SUMMARY: \w+Sanitizer|==\d+== .*(Invalid|lost|uninit)")
FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')
SAMPLE = re.compile(r'(\w+)(?:\{(.*)\})? (\S+)')
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')

DEFAULTS = {
    "server.listen": "127.0.0.1:0",
    "server.drain_timeout": "2s",
    "connectivity.check_url": "",
}
# Waits of 10, 20, 40 ms ...: most tests do not care how long, only that there is one.
FAST = {"retry.multiplier": "0.01", "retry.min_wait": "10ms", "retry.max_wait": "50ms",
        "retry.jitter": "0"}

# How providers are spoken to: by ourselves over a wire, or by libcurl's transfer, which `http2` asks for and which speaks
# HTTP/1.1 to who knows no other.
BY = {"wire": {}, "libcurl": {"provider.openai.http2": "yes", "provider.ollama.http2": "yes"}}


def wait_until(condition, what, seconds=None):
    """what: text, or a function that gives it."""
    end = time.monotonic() + (seconds or PATIENCE)
    while not (value := condition()):
        late = time.monotonic() >= end
        assert not late, f"not within {seconds or PATIENCE} s: {what() if callable(what) else what}"
        time.sleep(0.005)
    return value


def parse_line(text):
    """A line of the log, of either format, as a dict of strings; `text` is the whole line."""
    fields = {"text": text}
    if text.startswith("{"):
        return {**{k: json.dumps(v) if not isinstance(v, str) else v
                   for k, v in json.loads(text).items()}, **fields}
    for name, value in FIELD.findall(text):
        if value.startswith('"'):
            value = re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value[1:-1])
        fields[name] = value
    return fields


def environment(folder, more):
    """Of ours only what it takes to run: a program that lives in that folder."""
    kept = {k: v for k, v in os.environ.items()
            if k in ("PATH", "LD_LIBRARY_PATH") or k.endswith("SAN_OPTIONS")}
    return {**kept, "HOME": str(folder), **{k: str(v) for k, v in more.items()}}


class Daemon:
    """
    Daemon(folder, cloud, ollama, {"retry.attempts": 2}, env={...}, ini="[retry]\\n...")

    settings go in as flags, over the defaults above, which may be overridden or, with None, left
    out. cloud, ollama: a pretended provider, a URL, or None: not to be asked for by the defaults
    (the base URL is then a port where nothing listens). fast=False: no FAST settings. wrapper: words
    before its command line, of what becomes the daemon by exec. pass_fds: descriptors it inherits.
    """

    def __init__(self, folder, cloud=None, ollama=None, settings=None, env=None, ini=None,
                 args=(), fast=True, wait=True, wrapper=(), pass_fds=(), by="wire"):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ini = self.folder / "understudy.ini"
        if ini is not None:
            self.ini.write_text(ini)
        chosen = {**DEFAULTS, **(FAST if fast else {}), **BY[by], **self._providers(cloud, ollama),
                  **(settings or {})}
        token = chosen.get("server.tokens", "").partition(",")[0]
        self.opens = {"x-api-key": token} if token else {}
        # On the command line it would be warned of.
        if chosen.get("provider.openai.api_key") == CLOUD_KEY:
            env = {"UNDERSTUDY_PROVIDER_OPENAI_API_KEY": chosen.pop("provider.openai.api_key"),
                   **(env or {})}
        flags = [f"{k}={v}" for k, v in chosen.items() if v is not None]
        command = [*wrapper, *WRAPPER, str(BINARY),
                   *(["-c", str(self.ini)] if ini is not None else []),
                   *[word for flag in flags for word in ("-s", flag)], *args]
        self.lines, self._changed = [], threading.Condition()
        self._log_rest, self._log_ended = b"", False
        self._clients, self._stopped = [], False
        self.process = subprocess.Popen(command, env=environment(self.folder, {"LC_ALL": "C.UTF-8", "TZ": "UTC", **(env or {})}),
                                        cwd=self.folder, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        pass_fds=pass_fds)
        self.pid = self.process.pid
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        self.address, self._base_fds = None, None
        if wait:
            self.wait_listening()

    @staticmethod
    def _providers(cloud, ollama):
        def url(provider):
            return getattr(provider, "url", provider) or "http://127.0.0.1:1"

        return {"provider.openai.base_url": url(cloud).removesuffix("/v1") + "/v1",
                "provider.openai.api_key": CLOUD_KEY,
                "provider.ollama.base_url": url(ollama)}

    # ---- log

    def _read_log(self):
        """Until its end, in a thread of its own: the pipe must not be full."""
        while not self._log_ended:
            self._log_waits(None)
            with self._changed:
                self._take_log()
                self._changed.notify_all()

    def _log_waits(self, ms):
        """Is something in the pipe, or its end, within so long?"""
        poll = select.poll()
        poll.register(self.process.stderr, select.POLLIN)
        return poll.poll(ms)

    def _take_log(self):
        """All that is in the pipe by now; under the lock."""
        while not self._log_ended and self._log_waits(0):
            came = os.read(self.process.stderr.fileno(), 65536)
            *whole, self._log_rest = (self._log_rest + came).split(b"\n")
            if not came:
                self._log_ended = True
                whole += [self._log_rest] if self._log_rest else []
            self.lines += [parse_line(raw.decode(errors="replace")) for raw in whole]

    def log(self, **fields):
        """The lines so far with these fields, for example log(event="retry", provider="openai").
        What the daemon wrote before it answered is among them."""
        with self._changed:
            self._take_log()
            return [l for l in self.lines
                    if all(l.get(k) == str(v) for k, v in fields.items())]

    def wait_for_log(self, predicate=None, count=1, seconds=None, **fields):
        """Waits for so many lines that fit; returns the last of them."""
        end = time.monotonic() + (seconds or PATIENCE)
        while True:
            found = [l for l in self.log(**fields) if predicate is None or predicate(l)]
            if len(found) >= count:
                return found[count - 1]
            dead = self.process.poll() is not None and not self._reader.is_alive()
            assert not dead and time.monotonic() < end, \
                f"no such line in the log: {fields or predicate}\n{self.log_text()}"
            with self._changed:
                self._changed.wait(0.02)

    def log_text(self):
        return "\n".join(l["text"] for l in self.log())

    def waits(self):
        """wait_ms of every retry so far. Waits for the end of the first exchange."""
        self.exchange()
        return [int(l["wait_ms"]) for l in self.log(event="retry")]

    def exchange(self, number=1):
        """The log's line of the nth exchange to end; waits for it: it comes after the answer. Those
        that come before it may be counted by log() then."""
        return self.wait_for_log(event="exchange", count=number)

    # ---- talking to it

    def wait_listening(self):
        found = self.wait_for_log(event="listening")["address"]
        host, _, port = found.rpartition(":")
        self.address = port if host == "unix" else (host.strip("[]"), int(port))
        self._base_fds = self._other_fds()

    @property
    def url(self):
        return "http://%s:%d" % self.address

    @property
    def base_url(self):
        return self.url + "/v1"

    def connect(self, seconds=None):
        """A raw connection; closed at the end of the test at the latest."""
        client = RawClient(self.address, seconds or 3 * PATIENCE)
        self._clients.append(client)
        return client

    def request(self, method, path, body=b"", headers=()):
        """One request on a connection of its own, and its answer."""
        with self.connect() as client:
            return client.request(method, path, body, headers).response(method)

    def get(self, path, headers=()):
        return self.request("GET", path, headers=headers)

    def post(self, path, body, headers=()):
        return self.request("POST", path, body, headers)

    def chat(self, text="Hi", headers=(), **more):
        """A chat of one message, with any other member; returns the raw answer."""
        body = {"model": "gpt-4", "messages": [{"role": "user", "content": text}], **more}
        return self.post("/v1/chat/completions", {k: v for k, v in body.items() if v is not None},
                         headers)

    def openai(self, **options):
        """The official client, with its own retries unless told otherwise."""
        options = {"api_key": CLIENT_KEY, "base_url": self.base_url, "timeout": 3 * PATIENCE,
                   **options}
        client = openai.OpenAI(**options)
        self._clients.append(client)
        return client

    def metrics(self):
        """{(name, ((label, value), ...)): number}"""
        found = {}
        for line in self.get("/metrics", self.opens).text.splitlines():
            if match := SAMPLE.fullmatch(line):
                labels = tuple(sorted(LABEL.findall(match[2] or "")))
                found[match[1], labels] = float(match[3])
        return found

    def metric(self, name, **labels):
        """The sum of all samples with this name (without `understudy_`) and these labels."""
        wanted = set(labels.items())
        return sum(value for (found, has), value in self.metrics().items()
                   if found == "understudy_" + name and wanted <= set(has))

    # ---- its process

    def signal(self, number):
        os.kill(self.pid, number)

    def reload(self, ini=None, event="reloaded"):
        """Has it read its settings again, with this file; returns the line that says so."""
        before = len(self.log(event=event))
        if ini is not None:
            self.ini.write_text(ini)
        self.signal(signal.SIGHUP)
        return self.wait_for_log(event=event, count=before + 1)

    def wait_exit(self, seconds=None):
        code = self.process.wait(seconds or PATIENCE)
        self._reader.join(PATIENCE)
        return code

    def _links(self):
        links = []
        for fd in Path(f"/proc/{self.pid}/fd").iterdir():
            try:
                links.append(os.readlink(fd))
            except OSError:
                pass
        return links

    def _other_fds(self):
        return sorted(re.sub(r"\d+", "", l) for l in self._links() if not l.startswith("socket:"))

    def _more_fds(self):
        """What is open beside what was open at the start, and what look-ups of names that hang take:
        they are given up with the process, and no client has any part in them."""
        allowed = Counter(self._base_fds) + Counter({"anon_inode:[eventfd]": 2})
        return list((Counter(self._other_fds()) - allowed).elements())

    def sockets(self):
        """How many it has open, connected or not any more."""
        return sum(link.startswith("socket:") for link in self._links())

    def inbound_sockets(self):
        """How many connections from clients the daemon holds (over IPv4)."""
        if isinstance(self.address, str):
            return 0
        inodes = {l[8:-1] for l in self._links() if l.startswith("socket:[")}
        port, count = f":{self.address[1]:04X}", 0
        for row in Path(f"/proc/{self.pid}/net/tcp").read_text().splitlines()[1:]:
            cells = row.split()
            count += cells[1].endswith(port) and cells[3] != "0A" and cells[9] in inodes
        return count

    def check_fds(self):
        """With all clients gone, nothing of theirs may be left."""
        wait_until(lambda: self.inbound_sockets() == 0, "the clients' connections are closed")
        wait_until(lambda: not self._more_fds(), lambda: f"no more than {self._more_fds()}",
                   3 * SLOW)

    def close_at_end(self, client):
        """For anything with a close() that holds connections to it."""
        self._clients.append(client)

    @property
    def is_stopped(self):
        """Its clients are closed, and it is told to end, or was."""
        return self._stopped

    def close_clients(self):
        for client in self._clients:
            client.close()
        self._clients.clear()

    def stop(self, code=0):
        """Ends it as a service manager would; it must have been a clean life. Once is enough."""
        if self._stopped:
            return
        self._stopped = True
        self.close_clients()
        if self.process.poll() is None:
            try:
                if self._base_fds is not None and not WRAPPER:
                    self.check_fds()
                self.signal(signal.SIGTERM)
                self.process.wait(PATIENCE)
            finally:
                self.kill()
        self._reader.join(PATIENCE)
        self._log_ended = True
        self.process.stdout.close()
        self.process.stderr.close()
        found = SANITIZER.search(self.log_text())
        assert not found, self.log_text()
        assert self.process.returncode == code, \
            f"exit status {self.process.returncode}\n{self.log_text()}"

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
