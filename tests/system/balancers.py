"""Load balancers with the files of packaging/scale-out, and the instances of the daemon behind them."""
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path

from daemon import CLOUD_KEY, ROOT, wait_until
from sim.net import free_port, free_ports

FILES = ROOT / "packaging/scale-out"
HOST = "llm.example.org"
# What crowd.c and load.c send.
TOKEN = "x"
INSTANCES = ["10.0.0.11:11411", "10.0.0.12:11411", "10.0.0.13:11411"]

# What stands around a file of /etc/nginx/conf.d; all that it writes goes into the folder of the test.
NGINX = """
daemon off;
worker_processes 1;
{user}
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""


def program(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def key_file(folder, name, content):
    """As systemd and Kubernetes hand secrets over: the group may read it."""
    path = Path(folder) / name
    path.write_text(content + "\n")
    path.chmod(0o440)
    return path


def put_in(text, replacements):
    """With the addresses and paths of the test; each must be there."""
    for old, new in replacements.items():
        assert old in text, old
        text = text.replace(old, str(new))
    return text


class Balancer:
    """haproxy, nginx or caddy with its file, in front of these ports."""

    def __init__(self, kind, folder, ports):
        self.folder = Path(folder)
        self.folder.mkdir()
        self.port = free_port()
        # An address of Caddy's would be the one name that it serves.
        here = {"http://:8080": f"http://:{self.port}"} if kind == "caddy" else \
            {"0.0.0.0:8080": f"127.0.0.1:{self.port}"}
        self.replacements = {**here, **{a: f"127.0.0.1:{p}" for a, p in zip(INSTANCES, ports)}}
        command = getattr(self, "_" + kind)()
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen([program(kind), *command], cwd=self.folder, stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=self.log,
                                        env={"HOME": str(self.folder), "PATH": os.environ["PATH"]})
        wait_until(self._listens, lambda: f"{kind} does not listen: {self.log_text()}")

    def _file(self, name):
        return put_in((FILES / name).read_text(), self.replacements)

    def _haproxy(self):
        (self.folder / "haproxy.cfg").write_text(self._file("haproxy.cfg"))
        return ["-db", "-f", "haproxy.cfg"]

    def _nginx(self):
        (self.folder / "site.conf").write_text(self._file("nginx.conf"))
        user = "user root;" if os.geteuid() == 0 else ""
        (self.folder / "nginx.conf").write_text(NGINX.format(folder=self.folder, user=user))
        return ["-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]

    def _caddy(self):
        # Its own address for administration would be one for all tests.
        text = "{\n\tadmin off\n\tauto_https off\n}\n" + self._file("Caddyfile")
        (self.folder / "Caddyfile").write_text(text)
        return ["run", "--config", "Caddyfile", "--adapter", "caddyfile"]

    def _listens(self):
        assert self.process.poll() is None, self.log_text()
        with socket.socket() as sock:
            return sock.connect_ex(("127.0.0.1", self.port)) == 0

    def log_text(self):
        return (self.folder / "log").read_text(errors="replace")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


class Instances:
    """Daemons with the settings of packaging/scale-out/understudy.ini, each on a port of its own."""

    def __init__(self, start, folder, cloud, ollama, settings=None, count=3):
        self.start, self.cloud, self.ollama, self.settings = start, cloud, ollama, settings or {}
        self.ports = free_ports(count)
        self.credentials = Path(folder) / "credentials"
        self.credentials.mkdir()
        key_file(self.credentials, "token", TOKEN)
        key_file(self.credentials, "openai-api-key", CLOUD_KEY)
        self.daemons = [self.begin(number) for number in range(count)]

    def begin(self, number):
        unset = {"provider.openai.api_key": None, "server.drain_timeout": None}
        daemon = self.start(self.cloud, self.ollama, {
            **self.settings, **unset, "server.listen": f"127.0.0.1:{self.ports[number]}"},
            ini=(FILES / "understudy.ini").read_text(),
            env={"CREDENTIALS_DIRECTORY": self.credentials,
                 "UNDERSTUDY_PROVIDER_ANTHROPIC_API_KEY": "x"})
        daemon.opens = {"x-api-key": TOKEN}
        return daemon

    def restart(self, number):
        """As a service manager does."""
        self.daemons[number].signal(signal.SIGTERM)
        assert self.daemons[number].wait_exit() == 0
        self.daemons[number] = self.begin(number)

    def kill(self, number):
        self.daemons[number].kill()
        self.daemons[number].stop(-signal.SIGKILL)

    def wait_served(self, number, more):
        daemon = self.daemons[number]
        before = daemon.metric("requests_total")
        wait_until(lambda: daemon.metric("requests_total") >= before + more,
                   f"instance {number} serves {more} more requests")
