"""What the benchmark runs: the pretended cloud, the proxies, the load generator; each on its core."""

import contextlib
import glob
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("BUILD", "build"))
CORES = sorted(os.sched_getaffinity(0))
SETTLE_S = 0.1
# nginx drops who waits once a 16th of its worker_connections is left, so it has more than it needs.
# What a run was told to compare with: another understudy.
OLD = os.environ.get("OLD")
FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
# Streams at a time, at most: a proxy has two descriptors for each, and nginx some kept connections.
MANY = min(10000, (FILES - 1000) // 2 // 100 * 100)

NGINX_CONF = """
daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
{user}
pid {dir}/nginx.pid;
error_log {dir}/nginx.log warn;
events {{ worker_connections 40000; }}
http {{
    access_log off;
    keepalive_timeout 600s;
    keepalive_requests 100000000;
    client_body_temp_path {dir}/body;
    proxy_temp_path {dir}/proxy;
    fastcgi_temp_path {dir}/fastcgi;
    uwsgi_temp_path {dir}/uwsgi;
    scgi_temp_path {dir}/scgi;
    upstream cloud {{
        server 127.0.0.1:{to};
        keepalive 256;
        keepalive_requests 100000000;
    }}
    server {{
        listen 127.0.0.1:{port} {tls} backlog=4096;
        client_max_body_size 64m;
        client_body_buffer_size 16m;
        proxy_max_temp_file_size 0;
        {more}
        location / {{
            proxy_pass {scheme}://cloud;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_buffering {buffering};
            proxy_read_timeout 600s;
        }}
    }}
}}
"""

UNDERSTUDY_INI = """
[server]
listen = 127.0.0.1:{port}
max_connections = 12000
max_inflight = 12000

[connectivity]
check_url =

[provider openai]
base_url = {cloud}/v1
api_key = x
{more}

; Nobody is there: the fallback costs what it costs a route that never needs it.
[provider ollama]
base_url = http://127.0.0.1:9

[log]
level = {level}
"""


def fail(message):
    sys.exit(f"bench: {message}")


def pinned(*cores):
    """For a child process: its cores, and as many descriptors as are allowed."""

    def prepare():
        os.sched_setaffinity(0, cores)
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, FILES))

    return prepare


def prefer(pid, yes=True):
    """Takes precedence over all else that the machine has to do, where that is allowed."""
    with contextlib.suppress(PermissionError):
        policy = os.SCHED_RR if yes else os.SCHED_OTHER
        os.sched_setscheduler(pid, policy, os.sched_param(1 if yes else 0))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(condition, seconds, what):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return
        time.sleep(0.01)
    fail(what)


def listens(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children") as f:
        return [int(word) for word in f.read().split()]


def cpu_us(pid):
    """CPU time of all threads, from the scheduler's own count in nanoseconds."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path) as f:
            total += int(f.read().split()[0])
    return total / 1000


def thread_cpu_us(pid):
    """The same by thread."""
    found = {}
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path) as f:
            found[path.split("/")[-2]] = int(f.read().split()[0]) / 1000
    return found


def rss_kib(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS:"))


class Cloud:
    def __init__(self):
        self.process = subprocess.Popen(
            [f"{BUILD}/bench/cloud", "0"], stdout=subprocess.PIPE, preexec_fn=pinned(CORES[0])
        )
        self.port = int(self.process.stdout.readline())
        self.url = f"http://127.0.0.1:{self.port}"

    def open_streams(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", "/open")
        count = int(connection.getresponse().read())
        connection.close()
        return count

    def stop(self):
        self.process.kill()
        self.process.wait()


class Direct:
    """No proxy at all: the cloud itself."""

    name, pid = "direct", None

    def __init__(self, cloud):
        self.port = cloud.port

    def stop(self):
        pass


class Proxy:
    """A running proxy; `pid` is the process that does the work."""

    def __init__(self, name, command, port, log, env=(), patience_s=10, cores=()):
        self.name, self.port, self.log = name, port, log
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={"PATH": os.environ.get("PATH", ""), **dict(env)},
                preexec_fn=pinned(*(cores or CORES[-1:])),
            )
        wait_for(lambda: self.gone() or listens(port), patience_s, f"{name} does not listen, see {log}")
        if self.gone():
            with open(log) as f:
                fail(f"{name} did not start:\n{f.read()}")
        # nginx listens before it has its worker.
        if command[0] == "nginx":
            wait_for(lambda: children(self.process.pid), patience_s, f"{name} has no worker")
        self.pid = (children(self.process.pid) or [self.process.pid])[-1]
        time.sleep(SETTLE_S)

    def gone(self):
        return self.process.poll() is not None

    def stop(self, patience_s=5):
        if not self.gone():
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(patience_s)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


def start_nginx(cloud, folder, buffering, certified=None, name="nginx", **settings):
    """certified: the way to the cloud is TLS, with the certificate of that Certified."""
    port = free_port()
    path = f"{folder}/nginx-{port}.conf"
    trust = f"proxy_ssl_verify on; proxy_ssl_name 127.0.0.1; proxy_ssl_trusted_certificate {certified.path};" if certified else ""
    values = {"dir": folder, "port": port, "buffering": buffering, "files": FILES, "tls": "", "more": trust,
              "user": "user root;" if os.geteuid() == 0 else "", "to": (certified or cloud).port,
              "scheme": "https" if certified else "http", **settings}
    with open(path, "w") as f:
        f.write(NGINX_CONF.format(**values))
    cores = CORES[:1] if name != "nginx" else CORES[-1:]
    return Proxy(name, ["nginx", "-p", folder, "-c", path], port, f"{folder}/{name}.log", cores=cores)


class Certified:
    """The cloud behind TLS: nginx on the cloud's core takes it off."""

    def __init__(self, cloud, folder):
        key, self.path = certificate(folder)
        self.proxy = start_nginx(cloud, folder, "off", name="tls", tls="ssl",
                                 more=f"ssl_certificate {self.path}; ssl_certificate_key {key};")
        self.port, self.url = self.proxy.port, f"https://127.0.0.1:{self.proxy.port}"

    def stop(self):
        self.proxy.stop()


def certificate(folder):
    """The paths of a key and of its certificate for 127.0.0.1, made for this run."""
    key, path = f"{folder}/key.pem", f"{folder}/certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
               "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", path]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return key, path


def understudy_ini(port, cloud, level="warning"):
    more = f"ca_file = {cloud.path}" if isinstance(cloud, Certified) else ""
    return UNDERSTUDY_INI.format(port=port, cloud=cloud.url, level=level, more=more)


def start_understudy(cloud, folder, level="warning", ini="", env=(), old=False, cores=()):
    port = free_port()
    path = f"{folder}/understudy-{port}.ini"
    with open(path, "w") as f:
        f.write(understudy_ini(port, cloud, level) + ini)
    command = [OLD if old else f"{BUILD}/understudy", "-c", path]
    name = "old" if old else "understudy" if level == "warning" else f"understudy, {level}"
    return Proxy(name, command, port, f"{folder}/understudy-{port}.log", env, cores=cores)


def load(port, *words, preferred=False):
    process = subprocess.Popen(
        [f"{BUILD}/bench/load", str(port), *map(str, words)],
        stdout=subprocess.PIPE,
        preexec_fn=pinned(CORES[0]),
    )
    prefer(process.pid, preferred)
    output, _ = process.communicate()
    result = json.loads(output)
    if process.returncode != 0:
        fail(f"load {' '.join(map(str, (port, *words)))}: {result}")
    return result
