"""While `understudy local` is on nothing leaves the machine, of whatever kind; what was sent before may answer."""
import subprocess

import pytest

from daemon import BINARY, wait_until
from ledger import both, from_cloud, truth
from sim import Cloud, Gate
from sim.cloud import held, ok, openai_error, reset_before_answer, status, stream
from sim.world import Clock, Names
from sim.world import both as both_of

CHAT = "/v1/chat/completions"
ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
LISTS = [("/v1/models", ()), ("/v1/models", [("anthropic-version", "2023-06-01")]), ("/api/tags", ()),
         ("/api/version", ()), ("/api/ps", ())]


@pytest.fixture
def names(tmp_path):
    """far.test: a server out there as far as the daemon can know; in truth it is here."""
    names = Names(tmp_path)
    names.set("far.test", "127.0.0.1")
    return names


def far(server):
    return f"http://far.test:{server.port}"


def ask(daemon, streamed=False):
    return daemon.connect().request("POST", CHAT, {**ASK, "stream": streamed})


@both
@pytest.mark.sample
def test_what_was_sent_may_answer(start, cloud, ollama, switch, names, streamed):
    gate, more = Gate(), Gate()
    cloud.script(held(gate, stream("from ", more, "out there") if streamed else ok("from out there")))
    daemon = start(far(cloud), ollama, env={**switch.env, **names.env})
    client = ask(daemon, streamed)
    gate.wait_reached()
    switch.set("on")
    gate.open()
    if streamed:
        more.wait_reached()
        switch.set("off")
        switch.set("on") # also in the middle of a stream
        more.open()
    answer = client.response()
    assert answer.content == "from out there" and truth(answer) == from_cloud("openai=1")
    assert ollama.chats == []


@both
@pytest.mark.parametrize("when", ["before", "while it waits"])
def test_no_hedge_starts(start, cloud, ollama, switch, tmp_path, when, streamed):
    clock, gate = Clock(tmp_path), Gate()
    cloud.script(held(gate, ok("late but mine")))
    daemon = start(cloud, ollama, {"route.hedge_after": "30s", "provider.openai.first_byte_timeout": "280s"},
                   env={**switch.env, **clock.env})
    if when == "before":
        switch.set("on")
    client = ask(daemon, streamed)
    gate.wait_reached()
    if when != "before":
        switch.set("on")
    for _ in range(3):
        clock.advance(31)
        assert daemon.get("/healthz").status == 200 # it has looked at its timers
    gate.open()
    answer = client.response()
    assert answer.content == "late but mine" and truth(answer) == from_cloud("openai=1")
    assert ollama.chats == [] and daemon.log(event="hedge") == []


@both
def test_who_waits_for_a_turn_moves_on(start, cloud, ollama, switch, names, streamed):
    gate = Gate()
    cloud.script(held(gate, ok("first")))
    daemon = start(far(cloud), ollama, {"provider.openai.max_inflight": 1}, env={**switch.env, **names.env})
    first = ask(daemon)
    gate.wait_reached()
    second = ask(daemon, streamed)
    wait_until(lambda: daemon.metric("inflight") == 2, "the second waits")
    switch.set("on")
    answer = second.response()
    assert answer.content == "ollama heard: Hi" and len(cloud.chats) == 1
    gate.open()
    assert first.response().content == "first"


@pytest.fixture
def checked():
    """Who is asked whether the machine is online."""
    server = Cloud()
    yield server
    server.stop()


def test_no_check_asks_when_an_attempt_fails(start, cloud, ollama, switch, names, checked, tmp_path):
    """Of three attempts that fail in the network the one while it is on is not looked into."""
    clock = Clock(tmp_path)
    gates = [Gate() for _ in range(3)]
    cloud.script(*[held(gate, reset_before_answer()) for gate in gates])
    checked.script(status(204), path="/")
    daemon = start(far(cloud), ollama, {
        "connectivity.check_url": far(checked) + "/", "connectivity.interval": "1h", "retry.attempts": 1},
        env={**switch.env, **both_of(names, clock)})
    checked.wait_for_requests(1)
    for gate, word, seen in zip(gates, ("off", "on", "off"), (2, 2, 3)):
        client = ask(daemon)
        gate.wait_reached()
        switch.set(word)
        clock.advance(2) # what was found before is old enough to be doubted
        gate.open()
        assert client.response().content == "ollama heard: Hi"
        switch.set("off")
        checked.wait_for_requests(seen)
        assert len(checked.requests) == seen


def test_no_check_asks_again_while_offline(start, cloud, ollama, switch, names, checked, tmp_path):
    clock = Clock(tmp_path)
    checked.script(reset_before_answer(), path="/")
    daemon = start(far(cloud), ollama, {
        "connectivity.check_url": far(checked) + "/", "connectivity.interval": "30s"},
        env={**switch.env, **both_of(names, clock)})
    daemon.wait_for_log(event="offline")
    asked = len(checked.requests)
    switch.set("on")
    for _ in range(3):
        clock.advance(31)
        assert daemon.chat().content == "ollama heard: Hi"
    assert len(checked.requests) == asked
    switch.set("off")
    checked.script(status(204), path="/")
    clock.advance(31)
    assert daemon.chat().content == "ollama heard: Hi" # which is why it looks again
    daemon.wait_for_log(event="online")
    assert len(checked.requests) == asked + 1


def test_no_list_of_models_is_asked_for(start, cloud, ollama, switch, names):
    """Neither a cloud's nor that of an Ollama out there, for whichever app."""
    daemon = start(far(cloud), far(ollama), env={**switch.env, **names.env})
    ollama.wait_for_requests(1, "/api/tags")
    assert daemon.chat().content == "cloud heard: Hi" # its questions of the start are answered
    switch.set("on")
    before = len(cloud.requests), len(ollama.requests)
    for path, headers in LISTS:
        daemon.get(path, headers)
    for path in ("/v1/models/gpt-4", "/v1/models/ollama:ministral-3:3b", "/v1/models/openai:gpt-4"):
        assert daemon.get(path).status >= 400
    daemon.post("/api/show", {"model": "ministral-3:3b"})
    assert daemon.chat().status == 503
    assert (len(cloud.requests), len(ollama.requests)) == before
    switch.set("off")
    assert "gpt-4" in daemon.get("/v1/models").text
    assert len(cloud.requests) > before[0]


@pytest.mark.parametrize("word, loads", [("off", 1), ("on", 0)])
def test_an_ollama_out_there_loads_no_model(start, cloud, ollama, switch, names, word, loads):
    gate = Gate()
    cloud.script(status(503), held(gate, status(503)), openai_error(400))
    daemon = start(cloud, far(ollama), {"provider.ollama.warm_up": "yes"}, env={**switch.env, **names.env})
    ollama.wait_for_requests(1, "/api/tags")
    assert daemon.get("/api/tags").status == 200
    switch.set(word)
    before = len(ollama.requests)
    client = ask(daemon)
    gate.wait_reached()
    if loads:
        ollama.wait_for(lambda: ollama.loads, what="it is loaded")
    gate.open()
    assert client.response().status == 400
    assert len(ollama.loads) == loads and (loads or len(ollama.requests) == before)


# ---- by a proxy


@pytest.mark.parametrize("proxy, who", [("http://192.0.2.1:3128", "ollama"), (None, "openai")], ids=["far", "near"])
def test_who_is_asked_by_a_proxy_is_where_the_proxy_is(start, cloud, ollama, switch, proxy, who):
    """The provider is on this machine either way (RFC 5737: nobody is at that proxy)."""
    cloud.script(ok("by proxy"), path=None)
    daemon = start(cloud, ollama, {"provider.openai.proxy": proxy or cloud.url}, env=switch.env)
    switch.set("on")
    answer = daemon.chat()
    assert answer.header("x-understudy-provider") == who
    assert answer.header("x-understudy-fallback") == (proxy and "skipped-local")
    assert (": its proxy is far away" in daemon.get("/status").text) == bool(proxy)


def test_check_local_does_not_ask_by_a_proxy_out_there(cloud, ollama, tmp_path):
    def run(*words):
        return subprocess.run([
            BINARY, "check", *words, "-s", f"provider.openai.base_url={cloud.url}/v1",
            "-s", f"provider.ollama.base_url={ollama.url}", "-s", "provider.openai.connect_timeout=100ms",
            "-s", "provider.openai.proxy=http://192.0.2.1:3128"], env={"HOME": str(tmp_path)},
            capture_output=True, text=True, timeout=60).stdout

    local, whole = run("--local"), run()
    assert "ollama: reachable" in local and "openai" not in local
    assert "openai: not reachable" in whole and ", counts as far away as its proxy is; look " in whole
