"""Several keys for one provider: the next one is asked with at once, the one that was refused is set
aside. What a key is worth is told by the pretended cloud, which looks at Authorization."""
import json
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from daemon import BINARY, WRAPPER, wait_until
from ledger import both, from_cloud, from_ollama, truth
from sim import Cloud, Gate
from sim import anthropic as a
from sim import cloud as c
from sim.cloud import CHAT, held, ok, openai_error, status
from sim.world import Clock

ONE, TWO, THREE = "sk-first-key", "sk-second-key", "sk-third-key"
QUOTA = openai_error(429, "insufficient_quota", "You exceeded your current quota.")
REFUSALS = [("401", openai_error(401, "invalid_api_key", f"Incorrect API key: {ONE}"), "auth"),
            ("403", openai_error(403), "auth"), ("402", openai_error(402), "quota"),
            ("quota", QUOTA, "quota"), ("429", openai_error(429), "rate_limit"),
            ("429-wait", openai_error(429, headers=[("Retry-After", "300")]), "rate_limit")]
refusals = pytest.mark.parametrize("refusal, failure", [pytest.param(r, f, id=i)
                                                        for i, r, f in REFUSALS])


class ByKey:
    """A script that gives each key its own replies: by_key = ByKey(cloud); by_key[ONE] = QUOTA. Other
    keys are answered."""

    def __init__(self, server, path=CHAT, answer=None):
        self.server, self.replies = server, {}
        self.answer = answer or ok("Hello.")
        server.script(self._reply, path=path)

    def __setitem__(self, key, reply):
        self.replies[key] = reply

    def _reply(self, peer, request):
        self.replies.get(key_of(request), self.answer)(peer, request)


def key_of(request):
    return (request.header("authorization") or "").removeprefix("Bearer ") \
        or request.header("x-api-key")


def keys_of(requests):
    return [key_of(r) for r in requests]


@pytest.fixture
def by_key(cloud):
    return ByKey(cloud)


@pytest.fixture
def begin(start, cloud, ollama):
    """Starts a daemon with these keys."""

    def begin(*keys, settings=None, env=None, **options):
        return start(cloud, ollama, {"provider.openai.api_key": None, **(settings or {})},
                     env={"OPENAI_API_KEY": ",".join(keys), **(env or {})}, **options)

    return begin


def aside(daemon, key, provider="openai"):
    return daemon.metric("key_set_aside", provider=provider, key=str(key))


def keys_told(daemon, provider="openai"):
    told = json.loads(daemon.get("/status.json").text)["providers"]
    return next(p["keys"] for p in told if p["name"] == provider)


def check_secret(daemon, *more):
    """No key is anywhere to be read."""
    texts = [daemon.log_text(), daemon.get("/status").text, daemon.get("/status.json").text,
             daemon.get("/metrics").text, *more]
    assert not [t for t in texts for k in (ONE, TWO, THREE) if k in t]


@both
@refusals
def test_the_next_key_is_asked_at_once(begin, cloud, by_key, refusal, failure, streamed):
    by_key[ONE] = refusal
    daemon = begin(ONE, TWO, settings={"retry.attempts": 1, "retry.budget": 0.001})
    answer = daemon.chat(stream=streamed)
    assert answer.content == "Hello." and truth(answer) == from_cloud("openai=2")
    assert keys_of(cloud.chats) == [ONE, TWO]
    daemon.exchange()
    (line,) = daemon.log(event="next_key")
    assert (line["provider"], line["class"], line["key"], line["next"]) == ("openai", failure, "1", "2")
    assert not daemon.log(event="retry") and not daemon.log(event="fallback")
    assert daemon.metric("retries_total") == 0
    # From then on nobody asks with the first.
    answer = daemon.chat(stream=streamed)
    assert answer.content == "Hello." and truth(answer) == from_cloud("openai=1")
    assert keys_of(cloud.chats) == [ONE, TWO, TWO]
    assert (aside(daemon, 1), aside(daemon, 2)) == (1, 0)
    told = keys_told(daemon)
    assert [(k["n"], k["set_aside"], k["class"]) for k in told] == [(1, True, failure),
                                                                   (2, False, None)]
    assert (told[0]["until"] is None) == (failure == "auth") and told[1]["until"] is None
    assert f"key 1 is set aside ({failure})" in daemon.get("/status").text
    check_secret(daemon)


def test_each_key_is_asked_once_and_then_the_next_provider(begin, cloud, ollama, by_key):
    by_key[ONE], by_key[TWO] = QUOTA, openai_error(401)
    by_key[THREE] = openai_error(429, headers=[("Retry-After", "300")])
    daemon = begin(ONE, TWO, THREE)
    answer = daemon.chat()
    assert answer.content == "ollama heard: Hi"
    assert truth(answer) == from_ollama("openai=3, ollama=1", "rate_limit")
    assert keys_of(cloud.chats) == [ONE, TWO, THREE]
    assert [aside(daemon, k) for k in (1, 2, 3)] == [1, 1, 1]
    assert truth(daemon.chat()) == from_ollama("ollama=1", "skipped-keys")
    assert len(cloud.chats) == 3
    assert "all of its keys are set aside" in daemon.get("/status").text
    assert daemon.get("/readyz").status == 200
    check_secret(daemon)


def test_when_nobody_is_left_the_attempts_name_the_keys(begin, cloud, ollama, by_key):
    ollama.script(status(500, body={"error": "no"}))
    by_key[ONE], by_key[TWO] = QUOTA, openai_error(429, headers=[("Retry-After", "300")])
    daemon = begin(ONE, TWO)
    answer = daemon.chat()
    told = answer.json["error"]
    assert [(t["provider"], t["class"], t.get("key")) for t in told["attempts"]][:2] == [
        ("openai", "quota", 1), ("openai", "rate_limit", 2)]
    assert "Cloud error: key 2: HTTP 429" in told["message"]
    answer = daemon.chat()
    assert answer.json["error"]["attempts"][0]["class"] == "skipped-keys"
    check_secret(daemon, answer.text)


def test_a_route_of_one_tells_when_the_first_key_is_back(begin, cloud, by_key):
    by_key[ONE], by_key[TWO] = QUOTA, openai_error(429, headers=[("Retry-After", "20")])
    daemon = begin(ONE, TWO, settings={"route.priority": "openai"})
    first = daemon.chat()
    assert first.status == 429 and truth(first)["attempts"] == "openai=2"
    second = daemon.chat()
    assert second.status == 503 and second.json["error"]["type"] == "no_provider"
    assert 1 <= int(second.header("retry-after")) <= 20
    assert len(cloud.chats) == 2


def test_the_last_key_is_waited_for_as_if_it_were_alone(begin, cloud, by_key):
    short = openai_error(429, headers=[("retry-after-ms", "20")])
    replies = iter([short, ok("Hello.")])
    by_key[ONE] = QUOTA
    by_key[TWO] = lambda peer, request: next(replies)(peer, request)
    daemon = begin(ONE, TWO)
    answer = daemon.chat()
    assert answer.content == "Hello." and truth(answer) == from_cloud("openai=3")
    assert daemon.waits() == [20] and keys_of(cloud.chats) == [ONE, TWO, TWO]
    assert (aside(daemon, 1), aside(daemon, 2)) == (1, 0)


def test_attempts_are_counted_without_the_keys(begin, cloud, by_key):
    by_key[ONE], by_key[TWO] = QUOTA, status(500)
    daemon = begin(ONE, TWO, settings={"retry.attempts": 2})
    assert truth(daemon.chat()) == from_ollama("openai=3, ollama=1", "server")
    assert keys_of(cloud.chats) == [ONE, TWO, TWO]
    assert truth(daemon.chat(headers=[("x-understudy-attempts", "1")])) == from_ollama(
        "openai=1, ollama=1", "server")


def test_a_key_that_is_alone_is_never_set_aside(begin, cloud, by_key):
    by_key[ONE] = openai_error(401)
    daemon = begin(ONE)
    for _ in range(3):
        assert truth(daemon.chat()) == from_ollama("openai=1, ollama=1", "auth")
    assert keys_of(cloud.chats) == [ONE] * 3 and aside(daemon, 1) == 0
    assert not daemon.log(event="next_key")


def test_other_failures_are_not_the_keys(begin, cloud, by_key):
    by_key[ONE] = status(500)
    daemon = begin(ONE, TWO)
    assert truth(daemon.chat()) == from_ollama("openai=3, ollama=1", "server")
    assert keys_of(cloud.chats) == [ONE] * 3


@pytest.mark.parametrize("refusal, seconds", [
    pytest.param(QUOTA, 600, id="quota"), pytest.param(openai_error(429), 60, id="429"),
    pytest.param(openai_error(429, headers=[("Retry-After", "300")]), 300, id="429-wait")])
def test_a_key_comes_back(begin, cloud, by_key, tmp_path, refusal, seconds):
    clock = Clock(tmp_path)
    by_key[ONE] = refusal
    daemon = begin(ONE, TWO, env=clock.env)
    daemon.chat()
    clock.advance(seconds - 30)
    daemon.chat()
    assert keys_of(cloud.chats) == [ONE, TWO, TWO] and aside(daemon, 1) == 1
    by_key[ONE] = ok("Back.")
    clock.advance(31)
    wait_until(lambda: aside(daemon, 1) == 0, "the key is back")
    assert daemon.chat().content == "Back."
    assert keys_of(cloud.chats) == [ONE, TWO, TWO, ONE]


SCOPE = openai_error(403, "missing_scope", "You have insufficient permissions for this operation. "
                     "Missing scopes: api.model.read.")
FIREWALL = status(403, body="<html>Sorry, you have been blocked</html>", kind="text/html")
UPSTREAM = openai_error(429, "429", "x/y:free is temporarily rate-limited upstream. Please retry shortly.")


@pytest.mark.parametrize("path, reply", [
    ("/v1/models", SCOPE), ("/v1/organization/costs", SCOPE), ("/v1/organization/costs", openai_error(429)),
    (CHAT, SCOPE), (CHAT, FIREWALL), (CHAT, UPSTREAM)])
def test_what_is_no_fault_of_the_keys_costs_none(begin, cloud, path, reply):
    cloud.script(reply, path=path)
    daemon = begin(ONE, TWO, settings={"route.priority": "openai", "retry.attempts": 1})
    answer = daemon.chat("refused") if path == CHAT else daemon.get(path)
    assert answer.status >= 400 and keys_of(cloud.to(path))[0] == ONE
    assert [key["set_aside"] for key in keys_told(daemon)] == [False, False]
    assert not daemon.log(event="auth")
    cloud.script(ok("Hello."), path=CHAT)
    assert daemon.chat("another").status == 200
    assert key_of(cloud.requests[-1]) == ONE


def test_a_wrong_key_that_a_list_finds_is_told(begin, cloud):
    cloud.script(openai_error(401, "invalid_api_key", "Incorrect API key"),
                 status(200, body={"object": "list", "data": []}), path="/v1/models")
    daemon = begin(ONE, TWO)
    assert daemon.get("/v1/models").status == 200
    line = daemon.log(event="next_key")[0]
    assert line["class"] == "auth" and line["key"] == "1" and line["next"] == "2"
    assert [key["set_aside"] for key in keys_told(daemon)] != [False, False]


def test_a_reload_asks_a_wrong_key_anew_and_keeps_the_rest(start, cloud, ollama, by_key):
    ini = ("[server]\nlisten = 127.0.0.1:0\n[provider openai]\n"
           f"base_url = {cloud.url}/v1\napi_key = %s\n")
    by_key[ONE], by_key[TWO] = openai_error(401), QUOTA
    daemon = start(cloud, ollama, {"provider.openai.api_key": None}, ini=ini % f"{ONE}, {TWO}, {THREE}")
    daemon.ini.chmod(0o600)
    assert truth(daemon.chat())["attempts"] == "openai=3"
    assert [aside(daemon, k) for k in (1, 2, 3)] == [1, 1, 0]
    daemon.reload()
    assert [aside(daemon, k) for k in (1, 2, 3)] == [0, 1, 0]
    # In another order, each is known by itself.
    by_key[ONE] = ok("Mended.")
    daemon.ini.write_text(ini % f"{TWO}, {ONE}")
    daemon.reload()
    assert [aside(daemon, k) for k in (1, 2, 3)] == [1, 0, 0]
    assert daemon.chat().content == "Mended."
    assert keys_of(cloud.chats) == [ONE, TWO, THREE, ONE]


def test_a_stream_goes_on_whose_key_is_gone(start, cloud, ollama):
    """And what its provider says of that key at last is nobody's."""
    gate, limit = Gate(), {"error": {"message": "Rate limit reached", "code": "rate_limit_exceeded"}}
    cloud.script(c.stream_error_mid("a", gate, "b", error=limit), ok("Hello."))
    ini = "[provider openai]\napi_key = {}, {}\n"
    daemon = start(cloud, ollama, {"provider.openai.api_key": None}, ini=ini.format(ONE, TWO))
    client = daemon.connect()
    client.request("POST", CHAT, {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]})
    answer = client.head()
    client.read_until(answer, '"a"')
    daemon.ini.write_text(ini.format(TWO, THREE))
    daemon.reload()
    gate.open()
    client.finish(answer)
    assert answer.content == "ab" and "Rate limit reached" in answer.text
    assert [k["set_aside"] for k in keys_told(daemon)] == [False, False]
    assert daemon.chat().content == "Hello." and keys_of(cloud.chats) == [ONE, TWO]


def test_all_workers_know_of_it(begin, cloud, by_key):
    by_key[ONE] = QUOTA
    daemon = begin(ONE, TWO, settings={"server.workers": 4})
    daemon.chat()
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: daemon.chat(), range(40)))
    assert all(truth(x) == from_cloud("openai=1") for x in answers)
    assert keys_of(cloud.chats) == [ONE] + [TWO] * 41


def test_many_at_once_lose_no_answer(begin, cloud, by_key):
    by_key[ONE], by_key[TWO] = openai_error(429), openai_error(401)
    daemon = begin(ONE, TWO, THREE, settings={"server.workers": 2, "route.priority": "openai"})
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: daemon.chat(stream=n % 2 == 1), range(60)))
    assert {x.content for x in answers} == {"Hello."}
    assert keys_of(cloud.chats)[-1] == THREE


def test_what_breaks_after_content_sets_the_key_aside(begin, cloud, by_key):
    limit = {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}
    by_key[ONE] = c.stream_error_mid("a", error=limit)
    daemon = begin(ONE, TWO)
    assert "Rate limit reached" in daemon.chat(stream=True).text
    assert aside(daemon, 1) == 1
    assert daemon.chat(stream=True).content == "Hello."


def test_an_error_before_content_of_a_stream_goes_to_the_next_key(begin, cloud, by_key):
    limit = {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}}
    by_key[ONE] = c.stream_error_first(limit)
    daemon = begin(ONE, TWO)
    answer = daemon.chat(stream=True)
    assert answer.content == "Hello." and truth(answer) == from_cloud("openai=2")


def test_beside_a_silent_one_the_keys_go_on(begin, start, cloud, ollama):
    """The second provider of the route starts beside the silent first; its first key is dry."""
    gate, second = Gate(), Cloud()
    cloud.script(held(gate, ok("Late.")))
    by_key = ByKey(second)
    by_key[ONE] = QUOTA
    daemon = start(cloud, ollama, {
        "route.priority": "openai, second, ollama", "route.hedge_after": "50ms",
        "provider.second.type": "openai", "provider.second.base_url": second.url + "/v1",
    }, env={"UNDERSTUDY_PROVIDER_SECOND_API_KEY": f"{ONE},{TWO}"})
    answer = daemon.chat(stream=True)
    assert answer.content == "Hello." and answer.header("x-understudy-provider") == "second"
    assert keys_of(second.chats) == [ONE, TWO]
    gate.open()
    second.stop()


def test_no_key_goes_to_another_host(start, cloud, ollama):
    """Keys of one provider never reach the other, whichever is refused."""
    second = Cloud()
    cloud.script(openai_error(401))
    by_key = ByKey(second)
    by_key[THREE] = openai_error(401)
    daemon = start(cloud, ollama, {
        "provider.openai.api_key": None, "route.priority": "openai, second",
        "provider.second.type": "openai", "provider.second.base_url": second.url + "/v1",
    }, env={"OPENAI_API_KEY": f"{ONE},{TWO}",
            "UNDERSTUDY_PROVIDER_SECOND_API_KEY": f"{THREE},sk-fourth-key"})
    assert daemon.chat().content == "Hello."
    assert keys_of(cloud.chats) == [ONE, TWO]
    assert keys_of(second.chats) == [THREE, "sk-fourth-key"]
    second.stop()


def test_every_key_is_masked_in_an_error(begin, cloud, by_key):
    quoted = openai_error(401, "invalid_api_key", f"Incorrect API key provided: {TWO}, not {ONE}")
    by_key[ONE] = by_key[TWO] = quoted
    daemon = begin(ONE, TWO, settings={"route.priority": "openai"})
    answer = daemon.chat()
    assert answer.status == 401
    assert answer.json["error"]["message"] == "Incorrect API key provided: ****, not ****"
    check_secret(daemon, answer.text)


@pytest.mark.parametrize("fields", [{}, {"anthropic-version": "2023-06-01"}], ids=["openai", "anthropic"])
def test_every_key_is_masked_where_a_model_is_asked_for(start, begin, cloud, fields):
    start.unsent = -2  # asked beside the exchanges, once with each key
    cloud.script(openai_error(401, "invalid_api_key", f"Incorrect API key provided: {TWO}, not {ONE}"),
                 path="/v1/models/foo")
    daemon = begin(ONE, TWO, settings={"route.priority": "openai"})
    answer = daemon.get("/v1/models/openai:foo", fields)
    assert answer.status == 401 and "Incorrect API key provided: ****, not ****" in answer.text
    check_secret(daemon, answer.text)


def test_the_key_of_an_ollama_is_masked_where_a_model_is_shown(start, cloud, ollama):
    ollama.needs_key = True
    daemon = start(cloud, ollama, {"route.priority": "ollama"},
                   env={"UNDERSTUDY_PROVIDER_OLLAMA_API_KEY": ONE})
    assert daemon.chat().status == 200
    ollama.script(status(401, body={"error": f"bad key {ONE}"}), path="/api/show")
    answer = daemon.post("/api/show", {"model": "ministral-3:3b"})
    assert answer.status == 401 and answer.json == {"error": "bad key ****"}
    check_secret(daemon, answer.text)


LONG_KEY = "sk-proj-ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


@both
def test_no_half_of_a_key_is_told(begin, cloud, streamed):
    """An error behind a 200, whose message is cut in the middle of the key."""
    error = {"error": {"message": "x" * 215 + f" Incorrect key {LONG_KEY} and more", "type": "server_error"}}
    cloud.script(status(200, body=error))
    daemon = begin(LONG_KEY, settings={"retry.attempts": 1, "route.priority": "openai"})
    answer = daemon.chat(stream=streamed)
    assert answer.status == 502 and "xxx Incorrect key *" in answer.text
    daemon.exchange(1)
    assert not [t for t in (answer.text, daemon.log_text(), daemon.get("/status.json").text) if "sk-" in t]


@pytest.mark.parametrize("path, body", [
    ("/v1/chat/completions", {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}),
    ("/api/chat", {"model": "m", "messages": [{"role": "user", "content": "Hi"}]})])
@pytest.mark.parametrize("before", [0, 215])
def test_an_error_inside_a_stream_tells_no_key(begin, cloud, path, body, before):
    """As it came and translated; behind content it is the client's to read."""
    cloud.script(c.stream_error_mid("a", error={"error": {
        "message": "x" * before + f" bad {LONG_KEY}", "type": "server_error", "code": f"no {LONG_KEY}"}}))
    daemon = begin(LONG_KEY, settings={"route.priority": "openai", "retry.attempts": 1})
    answer = daemon.post(path, {**body, "stream": True})
    assert answer.status == 200 and '"a"' in answer.text and " bad *" in answer.text
    daemon.exchange(1)
    assert not [t for t in (answer.text, daemon.log_text(), daemon.get("/status.json").text) if "sk-" in t]


def test_anthropic_has_keys_too(start, ollama, claude):
    by_key = ByKey(claude, "/v1/messages", a.ok("Hello."))
    by_key[ONE] = a.rate_limit()
    daemon = start(None, ollama, {"provider.anthropic.base_url": claude.url},
                   env={"ANTHROPIC_API_KEY": f"{ONE},{TWO}"})
    body = {"model": "claude-sonnet-4-5", "max_tokens": 50,
            "messages": [{"role": "user", "content": "Hi"}]}
    answer = daemon.post("/v1/messages", body)
    assert answer.status == 200 and answer.header("x-understudy-attempts") == "anthropic=2"
    assert [r.header("x-api-key") for r in claude.to("/v1/messages")] == [ONE, TWO]
    assert aside(daemon, 1, "anthropic") == 1


def test_an_ollama_behind_keys(start, cloud, ollama):
    """Its list of models is asked for first: a wrong key is known before any chat."""
    plain = ollama.choose
    ollama.choose = lambda request: status(401, body={"error": "unauthorized"}) \
        if key_of(request) == ONE else plain(request)
    daemon = start(cloud, ollama, {"route.priority": "ollama"},
                   env={"UNDERSTUDY_PROVIDER_OLLAMA_API_KEY": f"{ONE},{TWO}"})
    assert daemon.chat().content == "ollama heard: Hi"
    assert aside(daemon, 1, "ollama") == 1
    assert set(keys_of(ollama.chats)) == {TWO}
    ollama.violations = []  # of the keys, which no Ollama of one's own wants


def test_the_list_of_models_comes_with_the_key_that_is_good(begin, cloud):
    def listed(peer, request):
        reply = openai_error(401) if key_of(request) == ONE else \
            status(200, body={"object": "list", "data": [c.model("gpt-4")]})
        reply(peer, request)

    cloud.script(listed, path="/v1/models")
    daemon = begin(ONE, TWO)
    assert "gpt-4" in [m["id"] for m in daemon.get("/v1/models").json["data"]]
    assert keys_of(cloud.to("/v1/models")) == [ONE, TWO] and aside(daemon, 1) == 1
    assert daemon.chat().content == "cloud heard: Hi" and keys_of(cloud.chats) == [TWO]


def test_embeddings_have_the_keys_too(begin, cloud):
    by_key = ByKey(cloud, c.EMBEDDINGS, status(200, body=cloud._embeddings(
        {"model": "m", "input": "x"})))
    by_key[ONE] = openai_error(402)
    daemon = begin(ONE, TWO)
    answer = daemon.post("/v1/embeddings", {"model": "m", "input": "x"})
    assert answer.status == 200 and answer.header("x-understudy-attempts") == "openai=2"


def test_a_client_key_is_one(start, cloud, ollama):
    """The client's own credential is no list, whatever is in it."""
    cloud.script(openai_error(429), ok("Hello."))
    daemon = start(cloud, ollama, {"provider.openai.api_key": None})
    answer = daemon.chat(headers=[("Authorization", f"Bearer {ONE},{TWO}")])
    assert truth(answer) == from_ollama("openai=1, ollama=1", "rate_limit")
    assert keys_of(cloud.chats) == [f"{ONE},{TWO}"]


# ---- commands


@pytest.fixture
def run(tmp_path, cloud, ollama):
    """A command, with these keys."""

    def run(*words, keys):
        flags = ["-s", f"provider.openai.base_url={cloud.url}/v1",
                 "-s", f"provider.ollama.base_url={ollama.url}"]
        return subprocess.run([*WRAPPER, str(BINARY), *flags, *words], capture_output=True,
                              text=True, timeout=120,
                              env={"HOME": str(tmp_path), "OPENAI_API_KEY": keys})

    return run


def test_check_tries_each_key(run, cloud):
    def listed(peer, request):
        reply = openai_error(401, message=f"not {TWO}") if key_of(request) == TWO else \
            status(200, body={"object": "list", "data": [c.model("gpt-4")]})
        reply(peer, request)

    cloud.script(listed, path="/v1/models")
    done = run("check", keys=f"{ONE}, {TWO}, {THREE}")
    place = " (from OPENAI_API_KEY)"
    assert f" ms, key 1: accepted{place}, key 2: refused{place}, key 3: accepted{place}, 1 model; " \
        "put a key that it takes into OPENAI_API_KEY\n" in done.stdout
    assert done.returncode == 0 and keys_of(cloud.requests) == [ONE, TWO, THREE]
    told = json.loads(run("check", "--json", keys=f"{TWO},{ONE}").stdout)["providers"][0]
    assert [(k["n"], k["key"]) for k in told["keys"]] == [(1, "refused"), (2, "accepted")]
    assert told["can_answer"] and told["key"] == "accepted" and TWO not in done.stdout


def test_explain_tells_of_the_keys(run):
    told = run("explain", "402", keys=f"{ONE},{TWO}").stdout
    assert "key 1 is set aside for 10m, key 2 is asked with at once" in told
    assert "[provider openai] api_key = 2 keys" in told and ONE not in told
    assert "key" not in run("explain", "500", keys=f"{ONE},{TWO}").stdout


def test_an_empty_entry_is_an_error(run):
    done = run("check", keys=f"{ONE},,{TWO}")
    assert done.returncode == 2
    assert "key 2: it is empty: there is a comma too many" in done.stderr and ONE not in done.stderr
