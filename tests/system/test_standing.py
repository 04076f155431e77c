"""The sentence that a service manager shows, and the manners of a second daemon."""
import re
import signal

import pytest

from sim import Gate
from sim.cloud import held, ok, status
from test_service import LONG, Manager, manager, send, terminate  # noqa: F401: a fixture
from test_connectivity import AWAY

SERVES = re.compile(r"serving on 127\.0\.0\.1:\d+")
NO_WAIT = {"retry.attempts": "1", "breaker.failures": "1", "breaker.open_for": "1ms"}


def wait_for(manager, pattern):
    """The next sentence that is so."""
    while not re.fullmatch(pattern, told := manager.wait("STATUS")["STATUS"]):
        continue
    return told


@pytest.mark.sample
def test_offline_and_who_answers_then(start, cloud, ollama, manager):
    cloud.refuse()
    daemon = start(AWAY, ollama, {"connectivity.check_url": AWAY + "/", "connectivity.interval": "50ms",
                                  "provider.openai.proxy": cloud.url}, env=manager.env)
    wait_for(manager, r"serving; cloud offline since \d\d:\d\d, Ollama answers")
    assert daemon.metric("online") == 0
    cloud.accept_again()
    wait_for(manager, SERVES)


def test_a_provider_that_fails_and_recovers(start, cloud, ollama, manager):
    cloud.script(status(503), ok("back"))
    daemon = start(cloud, ollama, NO_WAIT, env=manager.env)
    wait_for(manager, SERVES)
    assert daemon.chat().content == "ollama heard: Hi"
    wait_for(manager, r"serving; openai fails since \d\d:\d\d, Ollama answers")
    assert daemon.chat().content == "back"
    wait_for(manager, SERVES)


def test_the_last_key_is_used_up_until_a_reload(start, cloud, ollama, manager):
    cloud.script(status(401), status(401))
    daemon = start(cloud, ollama, {"provider.openai.api_key": "sk-one,sk-two"}, env=manager.env)
    assert daemon.chat().content == "ollama heard: Hi"
    told = wait_for(manager, r"serving; openai has no key left since \d\d:\d\d, Ollama answers")
    assert "sk-" not in told
    daemon.signal(signal.SIGHUP)
    wait_for(manager, SERVES)


def test_at_the_end_it_says_what_it_waits_for(start, cloud, ollama, manager):
    gate = Gate()
    cloud.script(held(gate, ok("whole")))
    daemon = start(cloud, ollama, LONG, env=manager.env)
    client = send(daemon)
    gate.wait_reached()
    terminate(daemon)
    wait_for(manager, "stopping; 1 answer is under way")
    gate.open()
    assert client.response().content == "whole" and daemon.wait_exit() == 0


def test_a_second_one_says_who_has_the_port_and_stays_away(start, cloud, ollama, manager):
    first = start(cloud, ollama)
    port = first.address[1]
    second = start(cloud, ollama, {"server.listen": f"127.0.0.1:{port}"}, wait=False, env=manager.env)
    assert second.wait_exit() == 1
    (line,) = second.log(event="start")
    assert f"another understudy serves on 127.0.0.1 port {port} already" in line["message"]
    assert manager.wait("STATUS")["STATUS"] == line["message"]
    assert not [m for m in manager.messages if "READY" in m]
    second.stop(code=1)
    assert first.chat().status == 200


def test_no_key_is_in_why_it_could_not_start(start, cloud, ollama, manager):
    first = start(cloud, ollama)
    second = start(cloud, ollama, {"server.listen": "127.0.0.1:%d" % first.address[1],
                                   "provider.openai.api_key": "sk-CANARY"}, wait=False, env=manager.env)
    assert second.wait_exit() == 1 and "CANARY" not in manager.wait("STATUS")["STATUS"]
    second.stop(code=1)
