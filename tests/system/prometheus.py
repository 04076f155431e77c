"""A real Prometheus with the files of docs/observability, and promtool."""
import json
import math
import re
import shutil
import signal
import subprocess
import urllib.error
import urllib.parse
import urllib.request

import pytest

from balancers import put_in
from daemon import PATIENCE, ROOT, wait_until
from sim.net import free_port

FILES = ROOT / "docs/observability"
COMMAND = "make test-observability installs it (apt install prometheus)"
needs_prometheus = pytest.mark.skipif(not shutil.which("prometheus"), reason=f"no prometheus: {COMMAND}")
needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason=f"no promtool: {COMMAND}")
# Of the expression of an alert, what is held against its threshold.
THRESHOLD = re.compile(r"\s*(==|>)\s*[\d.]+$")


def promtool(*words, text=None):
    """Its output; it must find nothing wrong."""
    done = subprocess.run(["promtool", *words], input=text, text=True, cwd=FILES, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=PATIENCE)
    assert done.returncode == 0, done.stdout
    return done.stdout


def dashboard():
    return json.loads((FILES / "dashboard.json").read_text())


def panels():
    return [p for p in dashboard()["panels"] if p["type"] != "row"]


def queries_of(panel):
    """As Grafana asks them, for all instances."""
    return [t["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*") for t in panel["targets"]]


class Prometheus:
    """With prometheus.yml as it is, but for the daemon's address, the token's file and a shorter interval."""

    def __init__(self, folder, daemon, token_file):
        self.folder = folder
        folder.mkdir()
        text = put_in((FILES / "prometheus.yml").read_text(),
                      {"127.0.0.1:11411": "%s:%d" % daemon.address, "15s": "1s",
                       "/etc/prometheus/understudy.token": token_file})
        (folder / "prometheus.yml").write_text(text)
        shutil.copy(FILES / "alerts.yaml", folder)
        self.address = f"127.0.0.1:{free_port()}"
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen(
            ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data", "--log.level=warn",
             f"--web.listen-address={self.address}"], cwd=folder, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log)
        wait_until(self._is_ready, lambda: f"Prometheus is not ready: {self.log_text()}")

    def _is_ready(self):
        assert self.process.poll() is None, self.log_text()
        try:
            return urllib.request.urlopen(f"http://{self.address}/-/ready", timeout=PATIENCE).status == 200
        except (urllib.error.URLError, ConnectionError):
            return False

    def log_text(self):
        return (self.folder / "log").read_text(errors="replace")

    def api(self, path, **query):
        url = f"http://{self.address}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            answer = json.load(urllib.request.urlopen(url, timeout=PATIENCE))
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{query}: {error.read().decode()}") from None
        assert answer["status"] == "success", answer
        return answer["data"]

    def numbers(self, expression):
        """What it says now, without what is no number: rates of what nobody asked for."""
        found = [float(s["value"][1]) for s in self.api("query", query=expression)["result"]]
        return [v for v in found if not math.isnan(v)]

    def target(self):
        targets = self.api("targets")["activeTargets"]
        return targets[0] if targets else {"health": "unknown"}

    def rules(self):
        (group,) = self.api("rules")["groups"]
        return group["rules"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()
