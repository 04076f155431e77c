"""Online or offline: nobody waits for a cloud that cannot be reached."""
import time

import pytest

from daemon import PATIENCE, wait_until
from sim import BlackHole, Cloud, Gate
from sim.cloud import cut_stream, held, ok, reset_before_answer, silent, status, stream

# What is on this machine is tried even offline; so the cloud has a name that cannot exist
# (RFC 6761), and its proxy, the pretended cloud, is the network.
AWAY = "http://cloud.invalid"
CHAT = f"{AWAY}/v1/chat/completions"
# Waits that would be noticed.
LONG_WAITS = {"retry.min_wait": "10m", "retry.max_wait": "10m", "route.deadline": "1h"}


@pytest.fixture
def net(cloud):
    """Reached at AWAY, through a proxy."""
    cloud.script(ok("from the cloud"), path=CHAT)
    return cloud


@pytest.fixture
def begin(start, net, ollama):
    """begin({settings}): a daemon whose cloud is away, and which has found out whether it is there."""

    def begin(settings=None, url=AWAY + "/", offline=None, **more):
        daemon = start(AWAY, ollama, {"connectivity.check_url": url,
                                      "connectivity.interval": "1h",
                                      "provider.openai.proxy": net.url, **(settings or {})}, **more)
        if offline:
            daemon.wait_for_log(event="offline")
        elif offline is False:
            net.wait_for(lambda: checks(net) and checks(net)[0].answered.is_set())
        return daemon

    return begin


def checks(net):
    return [q for q in list(net.requests) if q.method == "HEAD"]


def chats(net):
    return net.to(CHAT)


@pytest.mark.sample
@pytest.mark.parametrize("streamed", [False, True])
def test_offline_the_cloud_is_not_even_tried(begin, net, ollama, streamed):
    net.refuse()
    daemon = begin(LONG_WAITS, offline=True)
    assert daemon.metric("online") == 0
    answer = daemon.chat("Hi", stream=streamed)
    assert answer.content == "ollama heard: Hi"
    assert answer.header("x-understudy-attempts") == "ollama=1"
    assert answer.header("x-understudy-fallback") == "skipped-offline"
    line = daemon.exchange()
    assert (line["fallback"], line["class"], line["status"]) == ("skipped-offline", "ok", "200")
    assert daemon.waits() == []
    assert net.requests == [] and daemon.get("/readyz").status == 200
    assert daemon.metric("attempts_total", provider="openai") == 0


def test_offline_with_no_local_provider_is_told_at_once(begin, net):
    net.refuse()
    daemon = begin({"route.priority": "openai"}, offline=True)
    answer = daemon.chat()
    assert (answer.status, answer.error["type"]) == (503, "no_provider")
    assert "offline" in answer.error["message"] and daemon.get("/readyz").status == 503


def test_it_comes_back_by_itself(begin, net, ollama):
    net.refuse()
    daemon = begin({"connectivity.interval": "30ms"}, offline=True)
    assert daemon.chat().header("x-understudy-provider") == "ollama"
    net.accept_again()
    daemon.wait_for_log(event="online")
    assert daemon.metric("online") == 1
    seen = len(checks(net))
    assert daemon.chat().content == "from the cloud"
    # Online, nothing is asked again without a request.
    time.sleep(0.15)
    assert len(checks(net)) <= seen + 1
    assert len(daemon.log(event="offline")) == len(daemon.log(event="online")) == 1


@pytest.mark.parametrize("code", [204, 302, 401, 421, 500, 503])
def test_any_http_answer_means_online(begin, net, code):
    net.script(status(code), path=AWAY + "/")
    daemon = begin(offline=False)
    assert daemon.chat().content == "from the cloud"
    assert daemon.metric("online") == 1 and daemon.log(event="offline") == []


def test_what_answers_must_speak_http(begin, net, ollama):
    net.script(reset_before_answer(), path=AWAY + "/")
    daemon = begin(offline=True)
    assert daemon.chat().header("x-understudy-fallback") == "skipped-offline"


@pytest.mark.sample
def test_no_request_waits_for_a_check(begin, net):
    net.script(silent(), path=AWAY + "/")
    daemon = begin({"connectivity.timeout_ms": "600000"})
    net.wait_for(lambda: checks(net))
    assert daemon.chat().content == "from the cloud"
    assert not checks(net)[0].answered.is_set()


def test_a_check_that_gets_no_answer_in_time_means_offline(begin, net):
    hole = BlackHole()
    daemon = begin({"connectivity.timeout_ms": "50", "provider.openai.proxy": hole.url},
                   offline=True)
    assert daemon.chat().header("x-understudy-fallback") == "skipped-offline"
    hole.stop()


def test_an_answer_of_the_provider_outweighs_a_check_that_fails(begin, net):
    gate = Gate()

    def unanswered(peer, request):
        peer.wait(gate)
        peer.reset()

    net.script(unanswered, path=AWAY + "/")
    daemon = begin()
    gate.wait_reached()
    assert daemon.chat().content == "from the cloud"
    gate.open()
    net.wait_for(lambda: checks(net)[0].answered.is_set())
    for _ in range(3):
        assert daemon.chat().content == "from the cloud"
    assert daemon.metric("online") == 1 and daemon.log(event="offline") == []


def test_a_late_answer_of_the_provider_says_online(begin, net, ollama):
    gate = Gate()
    net.script(held(gate, ok("late")), ok("next"), path=CHAT)
    net.script(status(200), reset_before_answer(), path=AWAY + "/")
    daemon = begin({"connectivity.interval": "10ms"}, offline=False)
    client = daemon.connect().request("POST", "/v1/chat/completions", {
        "model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]})
    gate.wait_reached()
    time.sleep(0.02)
    daemon.get("/readyz")  # what asks is what has it checked again
    daemon.wait_for_log(event="offline")
    gate.open()
    assert client.response().content == "late"
    daemon.wait_for_log(event="online")


@pytest.mark.parametrize("url", ["", "off"])
def test_without_an_address_nothing_is_checked(start, begin, net, ollama, url):
    start.unsent = 3
    net.refuse()
    daemon = begin(url=url)
    answer = daemon.chat()
    # It takes its tries, as every failure.
    assert answer.header("x-understudy-attempts") == "openai=3, ollama=1"
    assert answer.header("x-understudy-fallback") == "network"
    assert daemon.log(event="offline") == [] and daemon.metric("online") == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_local_providers_are_never_skipped(start, cloud, ollama, net, host):
    other = Cloud()
    other.refuse()
    daemon = start(f"http://{host}:{cloud.port}", ollama, {"connectivity.check_url": other.url})
    daemon.wait_for_log(event="offline")
    assert daemon.chat("Hi").content == "cloud heard: Hi"
    # That says nothing about the world.
    assert daemon.metric("online") == 0
    other.stop()


def test_by_default_the_cloud_itself_is_asked_on_the_way_that_requests_take(begin, net):
    daemon = begin(url=None, offline=False)
    assert checks(net)[0].target in (AWAY, AWAY + "/")
    assert daemon.chat().content == "from the cloud"
    assert daemon.log(event="offline") == []


def test_one_cloud_that_is_down_is_not_the_network(start, net, ollama):
    """Each behind a proxy of its own; the first one's is gone."""
    start.unsent = None  # what goes to a proxy that is gone
    dead = Cloud()
    dead.refuse()
    net.script(ok("from the other"), path="http://other.invalid/v1/chat/completions")
    daemon = start(AWAY, ollama, {
        "connectivity.check_url": None, "connectivity.interval": "1h", "route.priority": "openai, other, ollama",
        "provider.openai.proxy": dead.url, "provider.other.type": "openai", "provider.other.proxy": net.url,
        "provider.other.base_url": "http://other.invalid/v1", "provider.other.api_key": "k", "retry.attempts": 1,
        "breaker.failures": 0})
    net.wait_for(lambda: checks(net) and checks(net)[0].answered.is_set())
    assert daemon.chat().content == "from the other"
    assert daemon.log(event="offline") == [] and daemon.metric("online") == 1
    net.refuse()
    wait_until(lambda: daemon.chat().content == "ollama heard: Hi" and daemon.log(event="offline"), "it is offline")
    dead.stop()


def test_the_key_is_not_shown_to_what_is_checked(begin, net):
    begin(url=None, offline=False)
    (check,) = checks(net)
    names = {name.lower() for name, _ in check.headers}
    assert "authorization" not in names and "cookie" not in names


@pytest.mark.sample
def test_the_network_lost_in_mid_call_ends_in_a_fallback(begin, net, ollama):
    """The try breaks, the check says offline, and the wait before the next try is not waited for."""
    gate = Gate()

    def lose(peer, request):
        peer.wait(gate)
        net.refuse()

    net.script(lose, path=CHAT)
    daemon = begin(LONG_WAITS, offline=False)
    time.sleep(1.05)  # a finding younger than a second is not doubted
    client = daemon.connect().request("POST", "/v1/chat/completions", {
        "model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]})
    gate.wait_reached()
    gate.open()
    answer = client.response()
    assert answer.content == "ollama heard: Hi"
    assert answer.header("x-understudy-attempts") == "openai=1, ollama=1"
    assert daemon.waits() == [600000]
    daemon.wait_for_log(event="offline")


def test_the_network_lost_in_mid_stream_ends_with_an_error(begin, net, ollama):
    gate = Gate()
    net.script(stream("one", gate), path=CHAT)
    daemon = begin(offline=False)
    client = daemon.connect().request("POST", "/v1/chat/completions", {
        "model": "gpt-4", "stream": True, "messages": [{"role": "user", "content": "Hi"}]})
    answer = client.head()
    client.read_until(answer, '"one"')
    net.refuse()
    client.finish(answer)
    assert answer.content == "one" and "[DONE]" not in answer.events
    assert answer.events[-1]["error"]["code"] == "stream_incomplete" and ollama.chats == []


def test_a_reload_asks_anew(begin, net, ollama):
    net.refuse()
    daemon = begin(offline=True, url=None, ini=f"[connectivity]\ncheck_url = {AWAY}\n")
    daemon.ini.write_text("[connectivity]\ncheck_url = off\n")
    net.accept_again()
    daemon.signal(1)
    daemon.wait_for_log(event="reloaded")
    assert daemon.chat().content == "from the cloud" and daemon.metric("online") == 1


def test_several_workers_have_one_finding(begin, net, ollama):
    """Each of the workers that accept knows it at once, it is told once, and asked for by one."""
    net.refuse()
    daemon = begin({"server.workers": "4", **LONG_WAITS}, offline=True)
    for _ in range(24):
        assert daemon.chat().header("x-understudy-fallback") == "skipped-offline"
        assert daemon.get("/status.json").json["online"] is False
    assert len(daemon.log(event="offline")) == 1


def test_a_proxy_of_the_environment_is_told_when_the_cloud_is_away(start, ollama):
    daemon = start(AWAY, ollama, {"connectivity.check_url": AWAY + "/"},
                   env={"HTTPS_PROXY": "http://user:pass@192.0.2.1:1"})
    assert daemon.wait_for_log(event="proxy")["variable"] == "HTTPS_PROXY"
    assert "pass" not in daemon.log_text()
