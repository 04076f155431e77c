"""More than one machine: each file of packaging/scale-out does what docs/scale-out.md says of it."""
import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from balancers import FILES, HOST, TOKEN, Balancer, Instances, key_file, program, put_in
from daemon import CLOUD_KEY, SLOW, wait_until
from ledger import ms
from rawclient import RawClient
from sim import Gate
from sim.cloud import stream
from soak.world import SETTINGS, STREAMS, crowd, endless_streams, result

CHAT = "/v1/chat/completions"
ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
OPEN = [("Authorization", f"Bearer {TOKEN}"), ("Host", HOST)]
WHOLE = ["whole", "fallback", "local", "messages", "responses", "refused"]
MIXED = [*WHOLE, "stream", "fallback-stream", "cut-stream", "local-stream", "messages-stream",
         "responses-stream", "ollama-stream"]


def needs(name):
    return pytest.mark.skipif(not program(name), reason=f"no {name}: make test-scale-out installs it")


haproxy = needs("haproxy")
of_all = pytest.mark.parametrize("kind", [pytest.param(name, marks=needs(name))
                                          for name in ("haproxy", "nginx", "caddy")])
of_those_that_ask_again = pytest.mark.parametrize("kind", [pytest.param(name, marks=needs(name))
                                                           for name in ("haproxy", "nginx")])


@pytest.fixture
def balance(tmp_path):
    """balance(kind, instances) -> Balancer"""
    made = []

    def balance(kind, instances):
        made.append(Balancer(kind, tmp_path / kind, instances.ports))
        return made[-1]

    yield balance
    for balancer in made:
        balancer.stop()


@pytest.fixture
def soaked(start, provider, tmp_path):
    """Three instances that ask the provider of the soak."""
    start.unsent = None  # it keeps no books
    return Instances(start, tmp_path, provider.url, provider.url,
                     {**SETTINGS, "provider.anthropic.base_url": provider.url})


def caddy_version():
    """(major, minor); what `go install` makes does not know it, and is new."""
    told = subprocess.run([program("caddy"), "version"], capture_output=True, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)", told)
    return (int(found[1]), int(found[2])) if found else (99, 0)


def connect(balancer):
    return RawClient(("127.0.0.1", balancer.port), 60 * SLOW)


# ---- each of them


@of_all
def test_an_event_does_not_wait_for_the_next_one(start, cloud, ollama, tmp_path, balance, kind):
    gate = Gate()
    cloud.script(stream("one ", gate, "two"))
    balancer = balance(kind, Instances(start, tmp_path, cloud, ollama, count=3))
    with connect(balancer) as client:
        client.request("POST", CHAT, {**ASK, "stream": True}, OPEN)
        answer = client.head()
        client.read_until(answer, '"one ')
        gate.open()
        client.finish(answer)
    assert answer.content == "one two" and answer.complete


@of_all
def test_the_token_is_passed_on_and_needed(start, cloud, ollama, tmp_path, balance, kind):
    balancer = balance(kind, Instances(start, tmp_path, cloud, ollama))
    for headers, status in ((OPEN, 200), ([("Host", HOST)], 401), ([OPEN[0], ("Host", "evil.test")], 403)):
        with connect(balancer) as client:
            assert client.request("POST", CHAT, ASK, headers).response().status == status
    assert cloud.chats[0].header("authorization") == f"Bearer {CLOUD_KEY}"


# ---- under load


@of_those_that_ask_again
def test_one_is_killed_under_load_and_no_request_without_an_answer_is_lost(soaked, balance, kind):
    clients = crowd(balance(kind, soaked).port, *WHOLE)
    try:
        for number in range(3):
            soaked.wait_served(number, 100)
        soaked.kill(0)
        for number in (1, 2):
            soaked.wait_served(number, 200)
        soaked.daemons[0] = soaked.begin(0)
        soaked.wait_served(0, 100)
        clients.send_signal(signal.SIGINT)
        told = result(clients)
    finally:
        clients.kill()
        clients.wait()
    assert (told["bad"], told["refused"], told["lost"]) == (0, 0, 0), told


@haproxy
def test_the_streams_of_the_others_are_untouched_when_one_is_killed(start, tmp_path, balance, endless):
    start.unsent = None
    instances = Instances(start, tmp_path, endless.url, None)
    balancer = balance("haproxy", instances)
    streams = endless_streams(balancer.port, STREAMS)
    try:
        wait_until(lambda: sum(d.metric("open_streams") for d in instances.daemons) == STREAMS, "all are open")
        lost = int(instances.daemons[0].metric("open_streams"))
        assert 0 < lost < STREAMS
        instances.kill(0)
        wait_until(lambda: endless.open_streams() == STREAMS - lost, "those of the killed one are over")
        endless.end()
        told = json.loads(streams.communicate(timeout=60 * SLOW)[0])
    finally:
        streams.kill()
        streams.wait()
    assert (told["answers"], told["bad"]) == (STREAMS - lost, lost), told


@of_all
def test_all_are_restarted_one_after_the_other_without_an_error(soaked, balance, kind):
    if kind == "caddy" and caddy_version() < (2, 11):
        pytest.skip("this caddy gives up the body of a request that an instance refuses; newer: "
                    "go install github.com/caddyserver/caddy/v2/cmd/caddy@latest")
    # Caddy gives a stream that broke a good end of HTTP; what the app goes by, the error in it, is there.
    kinds = [name for name in MIXED if kind != "caddy" or name != "cut-stream"]
    clients = crowd(balance(kind, soaked).port, *kinds, think_ms=5)
    try:
        for number in range(3):
            soaked.wait_served(number, 50)
            soaked.restart(number)
            soaked.wait_served(number, 50)
        clients.send_signal(signal.SIGINT)
        told = result(clients)
    finally:
        clients.kill()
        clients.wait()
    assert (told["bad"], told["refused"], told["lost"]) == (0, 0, 0), told


# ---- what instances do not share


def test_each_has_a_breaker_of_its_own(start, ollama, tmp_path):
    """As docs/scale-out.md says: N instances ask a cloud that is down N times as often."""
    start.unsent = None
    instances = Instances(start, tmp_path, "http://127.0.0.1:1", ollama, {
        "breaker.failures": "2", "breaker.open_for": "10m", "retry.attempts": "1", "retry.min_wait": ms(10)})
    for daemon in instances.daemons:
        for _ in range(4):
            assert daemon.chat(headers=OPEN).header("x-understudy-provider") == "ollama"
    assert [d.metric("attempts_total", provider="openai") for d in instances.daemons] == [2, 2, 2]


# ---- Kubernetes


@pytest.fixture
def manifest():
    yaml = pytest.importorskip("yaml", reason="no PyYAML: make test-scale-out installs it")
    return {o["kind"]: o for o in yaml.safe_load_all((FILES / "kubernetes.yaml").read_text())}


@pytest.mark.parametrize("version", ["1.30", "1.37"])
def test_the_manifest_is_what_kubernetes_takes(version):
    """By its own schemas, unknown fields refused."""
    pytest.importorskip("kubernetes_validate", reason="no kubernetes-validate: make test-scale-out installs it")
    done = subprocess.run([Path(sys.executable).with_name("kubernetes-validate"), "--strict", "-k", version,
                           FILES / "kubernetes.yaml"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (done.stdout + done.stderr).count("passed") == 4


def test_the_parts_of_the_manifest_fit_each_other(manifest):
    pod = manifest["Deployment"]["spec"]["template"]
    labels = pod["metadata"]["labels"]
    for kind in ("Deployment", "PodDisruptionBudget"):
        assert manifest[kind]["spec"]["selector"]["matchLabels"] == labels
    assert manifest["Service"]["spec"]["selector"] == labels
    container = pod["spec"]["containers"][0]
    mounted = {m["name"] for m in container["volumeMounts"]}
    assert mounted == {v["name"] for v in pod["spec"]["volumes"]}
    grace = pod["spec"]["terminationGracePeriodSeconds"]
    drain = 5 * 60  # of its ConfigMap
    assert "drain_timeout = 5m" in manifest["ConfigMap"]["data"]["understudy.ini"]
    assert grace > drain + container["lifecycle"]["preStop"]["sleep"]["seconds"]


def test_the_settings_of_the_manifest_serve_and_its_probes_are_answered(start, cloud, ollama, tmp_path, manifest):
    secrets = "/run/secrets/understudy"
    ini = put_in(manifest["ConfigMap"]["data"]["understudy.ini"], {
        f"{secrets}/token": key_file(tmp_path, "token", TOKEN),
        f"{secrets}/openai-api-key": key_file(tmp_path, "openai-api-key", CLOUD_KEY)})
    daemon = start(cloud, ollama, {"provider.openai.api_key": None, "server.listen": "127.0.0.1:0"}, ini=ini)
    daemon.opens = {"x-api-key": TOKEN}
    container = manifest["Deployment"]["spec"]["template"]["spec"]["containers"][0]
    probes = [container[name + "Probe"]["httpGet"] for name in ("startup", "liveness", "readiness")]
    assert [p["path"] for p in probes] == ["/healthz", "/healthz", "/readyz"]
    for probe in probes:
        headers = [(h["name"], h["value"]) for h in probe["httpHeaders"]]
        assert daemon.get(probe["path"], headers).status == 200
    (port,) = (p["port"] for p in manifest["Service"]["spec"]["ports"])
    inside = [OPEN[0], ("Host", f"understudy.understudy.svc.cluster.local:{port}")]
    assert daemon.post(CHAT, ASK, inside).status == 200
