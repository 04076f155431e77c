"""Who is asked for which model, and what the steering headers of a request do."""
import time

import pytest

from daemon import SLOW
from faults import error
from ledger import both, from_cloud, from_ollama, ms, truth
from sim import Cloud, Gate, closed_port
from sim import ollama as o
from sim.cloud import ok, silent, status, stream



@pytest.fixture
def second():
    """Another cloud, named `second` in the settings of `three`."""
    server = Cloud()
    yield server
    server.stop()


def three(second, **more):
    return {"route.priority": "openai, second, ollama", "provider.second.type": "openai",
            "provider.second.base_url": second.url + "/v1", "provider.second.api_key": "sk-2",
            **more}


# ---- models


@both
@pytest.mark.parametrize("asked, at_cloud, at_ollama", [
    ("gpt-4", "gpt-4", "ministral-3:3b"),
    ("openai:gpt-4o-mini", "gpt-4o-mini", "ministral-3:3b"),
    ("nobody:gpt-4", "nobody:gpt-4", "ministral-3:3b"),
    ("openai:", "openai:", "ministral-3:3b"),
    ("openai:ollama:x", "ollama:x", "ministral-3:3b"),
    ("gpt-x", "gpt-x-2026", "plain:1b"),
    (None, "gpt-4", "ministral-3:3b"),
])
def test_each_provider_is_asked_for_its_own_model(start, cloud, ollama, asked, at_cloud, at_ollama,
                                                  streamed):
    ollama.models = [o.Model(), o.Model("plain:1b", ("completion",), 8192)]
    settings = {"model gpt-x.openai": "gpt-x-2026", "model gpt-x.ollama": "plain:1b",
                "retry.attempts": 1}
    cloud.script(ok("fine"), status(503))
    daemon = start(cloud, ollama, settings)
    first = daemon.chat(model=asked, stream=streamed)
    assert first.content == "fine" and truth(first) == from_cloud("openai=1", model=at_cloud)
    second = daemon.chat(model=asked, stream=streamed)
    assert second.content == "ollama heard: Hi"
    assert truth(second) == from_ollama("openai=1, ollama=1", "server", at_ollama)
    assert [c.json["model"] for c in cloud.chats] == [at_cloud] * 2
    assert ollama.chats[0].json["model"] == at_ollama
    shown = [e for e in second.events if e != "[DONE]"] if streamed else [second.json]
    assert {s["model"] for s in shown} == {at_ollama}


@pytest.mark.parametrize("asked", ["openai:gpt-4", "gpt-4"])
def test_only_the_bytes_of_the_models_name_change(start, cloud, ollama, asked):
    body = (b'{ "n":1.0, "model" : "%s",\n'
            b'"messages":[{"role":"user","content":"\\u00e9\\/"}],"x":1e400}')
    daemon = start(cloud, ollama)
    assert daemon.post("/v1/chat/completions", body % asked.encode()).status == 200
    assert cloud.chats[0].body == body % b"gpt-4"


@both
def test_naming_the_last_provider_leaves_nothing_to_fall_back_to(start, cloud, ollama, streamed):
    ollama.script(o.error(500, "it broke"))
    answer = start(cloud, ollama).chat(model="ollama:ministral-3:3b", stream=streamed)
    assert (answer.status, answer.error["message"]) == (500, "it broke")
    assert truth(answer) == from_ollama("ollama=3", None) and cloud.requests == []


@both
@pytest.mark.parametrize("how", ["priority", "header"])
def test_a_cloud_behind_ollama_is_tried_like_any_other(start, cloud, ollama, how, streamed):
    settings = {"route.priority": "ollama, openai"} if how == "priority" else {}
    headers = {"x-understudy-route": "ollama, openai"} if how == "header" else {}
    daemon = start(cloud, ollama, settings)
    answer = daemon.chat(stream=streamed, headers=headers)
    assert truth(answer) == from_ollama("ollama=1", None) and cloud.requests == []
    ollama.script(o.failed())
    answer = daemon.chat(stream=streamed, headers=headers)
    assert truth(answer) == {**from_cloud("ollama=3, openai=1"), "fallback": "server"}
    assert [c.json["model"] for c in cloud.chats] == ["gpt-4"]


def test_a_cloud_behind_ollama_is_asked_for_the_name_that_the_app_gave(start, cloud, ollama):
    """Also where that is one of Ollama's: the cloud says what it knows of it."""
    ollama.script(o.failed())
    cloud.script(error(404, "model_not_found", "The model does not exist"))
    daemon = start(cloud, ollama, {"route.priority": "ollama, openai"})
    answer = daemon.chat(model="ministral-3:3b")
    assert (answer.status, answer.error["type"]) == (502, "all_providers_failed")
    assert [c.json["model"] for c in cloud.chats] == ["ministral-3:3b"]
    assert [a["class"] for a in answer.error["attempts"]] == ["server"] * 3 + ["model"]


@both
def test_what_is_asked_of_ollama_by_its_name_stays_there(start, cloud, ollama, streamed):
    ollama.script(o.error(500, "it broke"))
    daemon = start(cloud, ollama, {"route.priority": "ollama, openai"})
    answer = daemon.chat(model="ollama:ministral-3:3b", stream=streamed)
    assert (answer.status, answer.error["message"]) == (500, "it broke")
    assert cloud.requests == []


def test_a_model_that_ollama_has_not_is_not_replaced_when_it_is_named(start, cloud, ollama):
    answer = start(cloud, ollama).chat(model="ollama:none:7b")
    assert (answer.status, answer.error["type"]) == (503, "no_provider")
    assert "none:7b" in answer.error["message"]
    assert cloud.requests == [] and ollama.chats == []


@both
def test_three_providers_are_asked_in_order(start, cloud, ollama, second, streamed):
    cloud.script(error(429))
    second.script(status(500))
    daemon = start(cloud, ollama, three(second))
    answer = daemon.chat(stream=streamed)
    assert answer.content == "ollama heard: Hi"
    assert truth(answer) == from_ollama("openai=1, second=3, ollama=1", "server")
    daemon.exchange()
    moved = [(m["provider"], m["to"], m["class"]) for m in daemon.log(event="fallback")]
    assert moved == [("openai", "second", "rate_limit"), ("second", "ollama", "server")]
    assert daemon.metric("fallbacks_total") == 2
    assert second.chats[0].header("authorization") == "Bearer sk-2"
    assert cloud.chats[0].header("authorization") == "Bearer sk-cloud"


@both
def test_a_prefix_begins_the_route_at_its_provider(start, cloud, ollama, second, streamed):
    second.script(status(500))
    answer = start(cloud, ollama, three(second)).chat(model="second:m", stream=streamed)
    assert truth(answer) == from_ollama("second=3, ollama=1", "server")
    assert [c.json["model"] for c in second.chats] == ["m"] * 3 and cloud.requests == []


def test_a_skipped_provider_in_the_middle_is_passed_over(start, cloud, ollama, second):
    cloud.script(error(401))
    daemon = start(cloud, ollama, three(second, **{"provider.second.api_key": None}))
    answer = daemon.chat()
    assert answer.content == "ollama heard: Hi" and second.requests == []
    assert answer.header("x-understudy-attempts") == "openai=1, ollama=1"


def test_each_provider_has_retry_settings_of_its_own(start, cloud, ollama, second):
    cloud.script(status(503))
    second.script(error(400))
    settings = three(second, **{"provider.openai.retry_attempts": 4, "breaker.failures": 0,
                                "provider.openai.retry_min_wait": "5ms",
                                "provider.openai.retry_multiplier": "0",
                                "provider.second.retry_on": "none"})
    daemon = start(cloud, ollama, settings)
    second.script(status(503))
    answer = daemon.chat()
    assert truth(answer) == from_ollama("openai=4, second=1, ollama=1", "server")
    assert daemon.waits() == [5, 5, 5]


@both
def test_an_unsafe_request_is_not_repeated_where_ambiguous_is_no(start, cloud, ollama, streamed):
    faults = {"500": status(500), "502": status(502), "504": status(504)}
    daemon = start(cloud, ollama, {"retry.ambiguous": "no"})
    for number, fault in enumerate(faults.values(), 1):
        cloud.script(fault)
        answer = daemon.chat(stream=streamed)
        assert truth(answer) == from_ollama("openai=1, ollama=1", "server")
        assert len(cloud.chats) == number
    cloud.script(status(503), ok("again"))
    assert truth(daemon.chat(stream=streamed)) == from_cloud("openai=2")


def test_nothing_is_retried_where_on_is_none(start, cloud, ollama):
    cloud.script(status(503))
    assert truth(start(cloud, ollama, {"retry.on": "none"}).chat()) == from_ollama(
        "openai=1, ollama=1", "server")


def test_a_class_that_on_names_is_retried(start, cloud, ollama):
    cloud.script(error(401), error(429), ok("again"))
    daemon = start(cloud, ollama, {"retry.on": "auth, rate_limit"})
    assert truth(daemon.chat()) == from_cloud("openai=3")


# ---- keys and headers


def test_the_clouds_key_goes_to_the_cloud_only(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama)
    daemon.chat(headers={"Authorization": "Bearer sk-client", "x-api-key": "sk-x"})
    assert all(c.all("authorization") == ["Bearer sk-cloud"] for c in cloud.chats)
    for request in ollama.requests:
        assert request.header("authorization") is None
        assert not any("sk-" in value for _, value in request.headers)
        assert b"sk-" not in request.body
    assert "sk-" not in daemon.log_text()


def test_steering_headers_are_not_passed_on(start, cloud, ollama):
    cloud.script(status(503))
    start(cloud, ollama).chat(headers={
        "x-understudy-fallback": "yes", "x-understudy-attempts": "2", "x-understudy-deadline": "1h",
        "x-understudy-route": "openai, ollama", "x-understudy-anything": "1"})
    assert len(cloud.chats) == 2 and len(ollama.chats) == 1
    for request in cloud.requests + ollama.requests:
        assert not any(n.lower().startswith("x-understudy-") for n, _ in request.headers)


def test_the_providers_own_headers_come_back_and_ours_are_true(start, cloud, ollama):
    cloud.script(ok("x", headers=[("x-understudy-attempts", "liar=9"), ("Keep-Alive", "timeout=5"),
                                  ("Connection", "x-hop, keep-alive"), ("x-hop", "1"),
                                  ("x-ratelimit-remaining-tokens", "149984"),
                                  ("openai-processing-ms", "25"), ("Set-Cookie", "a=1"),
                                  ("Set-Cookie", "b=2"), ("Retry-After", "5")]))
    for streamed in (False, True):
        answer = start(cloud, ollama).chat(stream=streamed)
        assert truth(answer) == from_cloud("openai=1")
        assert answer.header("x-request-id") == "req_sim"
        assert answer.header("x-ratelimit-remaining-tokens") == "149984"
        assert answer.header("openai-processing-ms") == "25"
        assert answer.all("set-cookie") == ["a=1", "b=2"]
        assert answer.header("x-hop") is None and answer.header("keep-alive") is None
        assert len(answer.all("content-type")) == len(answer.all("date")) == 1
        assert answer.header("x-should-retry") is None


@both
@pytest.mark.parametrize("named, value, relayed", [
    ("Retry-After", "5", "5"), ("Retry-After", "30", "30"), ("Retry-After", "31", "30"),
    ("Retry-After", "86400", "30"), ("Retry-After", "1e9", None), ("Retry-After", "soon", None),
    ("Retry-After", "Fri, 31 Dec 2199 23:59:59 GMT", "30"),
    ("retry-after-ms", "250", "250"), ("retry-after-ms", "900000", "30000")])
def test_a_relayed_retry_after_is_at_most_30(start, cloud, ollama, named, value, relayed, streamed):
    cloud.script(status(429, {named: value}, b'{"error": {"message": "slow"}}'))
    answer = start(cloud, ollama, {"retry.honour_retry_after": "no"}).chat(
        stream=streamed, headers={"x-understudy-fallback": "no"})
    assert answer.status == 429 and answer.header("x-should-retry") == "false"
    assert answer.header(named) == relayed and len(answer.all(named)) <= 1


def test_every_answer_has_an_id_of_its_own_which_the_log_has_too(start, cloud, ollama):
    daemon = start(cloud, ollama)
    ids = [daemon.chat().header("x-understudy-id") for _ in range(3)]
    assert len(set(ids)) == 3 and all(ids)
    assert [daemon.exchange(n)["id"] for n in (1, 2, 3)] == ids


# ---- steering


@both
@pytest.mark.parametrize("count", [1, 2, 10])
def test_attempts_of_one_exchange(start, cloud, ollama, count, streamed):
    cloud.script(status(503))
    ollama.script(o.failed())
    daemon = start(cloud, ollama, {"breaker.failures": 0, "retry.budget": 0})
    answer = daemon.chat(stream=streamed, headers={"x-understudy-attempts": str(count)})
    assert answer.header("x-understudy-attempts") == f"openai={count}, ollama={count}"
    assert len(cloud.chats) == len(ollama.chats) == count


@pytest.mark.parametrize("header, value", [
    ("attempts", "0"), ("attempts", "11"), ("attempts", "x"), ("attempts", "-1"), ("attempts", ""),
    ("attempts", "1.5"), ("attempts", "2 3"), ("attempts", "99999999999999999999"),
    ("deadline", "0"), ("deadline", "-1s"), ("deadline", "2h"), ("deadline", "61m"),
    ("deadline", ""),
    ("deadline", "soon"), ("deadline", "1s2"), ("deadline", "nan"), ("fallback", "maybe"),
    ("fallback", ""), ("route", "nobody"), ("route", ""), ("route", "openai,"),
    ("route", "openai, openai"), ("route", "openai ollama"), ("route", "a/b")])
def test_a_bad_steering_header_is_400(start, cloud, ollama, header, value):
    answer = start(cloud, ollama).chat(headers={"x-understudy-" + header: value})
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert "x-understudy-" + header in answer.error["message"]
    assert answer.header("x-should-retry") == "false" and answer.header("x-understudy-id")
    assert cloud.requests == [] and ollama.chats == []


def test_a_steering_header_that_comes_twice_is_400(start, cloud, ollama):
    answer = start(cloud, ollama).chat(headers=[("x-understudy-attempts", "1"),
                                                ("X-Understudy-Attempts", "2")])
    assert answer.status == 400 and cloud.requests == []


@pytest.mark.parametrize("value", ["1h", "60m", "3600", "3600s", "0.5", "250ms"])
def test_good_deadlines(start, cloud, ollama, value):
    assert start(cloud, ollama).chat(headers={"x-understudy-deadline": value}).status == 200


@both
@pytest.mark.parametrize("value", ["no", "false", "off", "0", "No"])
def test_no_fallback_for_one_exchange(start, cloud, ollama, value, streamed):
    cloud.script(error(401, "invalid_api_key"))
    answer = start(cloud, ollama).chat(stream=streamed, headers={"x-understudy-fallback": value})
    assert answer.status == 401 and ollama.chats == []


@both
@pytest.mark.parametrize("route", ["ollama", " ollama "])
def test_a_route_for_one_exchange(start, cloud, ollama, route, streamed):
    answer = start(cloud, ollama).chat(stream=streamed, headers={"x-understudy-route": route})
    assert answer.content == "ollama heard: Hi" and cloud.requests == []
    assert truth(answer) == from_ollama("ollama=1", None)


def test_a_route_may_name_a_provider_outside_priority(start, cloud, ollama, second):
    settings = three(second, **{"route.priority": "openai, ollama"})
    answer = start(cloud, ollama, settings).chat(headers={"x-understudy-route": "second, ollama"})
    assert answer.header("x-understudy-provider") == "second" and cloud.requests == []


# ---- the deadline


@both
def test_a_silent_cloud_leaves_ollama_its_time(start, cloud, ollama, streamed):
    cloud.script(silent())
    daemon = start(cloud, ollama, {"route.hedge_after": "off"})
    begun = time.monotonic()
    answer = daemon.chat(stream=streamed, headers={"x-understudy-deadline": ms(600)})
    took = (time.monotonic() - begun) / SLOW
    assert answer.content == "ollama heard: Hi"
    assert truth(answer) == from_ollama("openai=1, ollama=1", "timeout")
    assert took > 0.3  # beyond its deadline it would be a 504
    assert cloud.chats[0].hung_up.wait(5)


@both
def test_waits_stay_within_the_clouds_share(start, cloud, ollama, streamed):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"retry.min_wait": "5s", "retry.max_wait": "5s"})
    answer = daemon.chat(stream=streamed, headers={"x-understudy-deadline": "3s"})
    assert truth(answer) == from_ollama("openai=1, ollama=1", "server")
    assert daemon.waits() == []


@both
def test_the_deadline_ends_a_silent_route_with_504(start, cloud, ollama, streamed):
    cloud.script(silent())
    ollama.script(silent())
    daemon = start(cloud, ollama)
    begun = time.monotonic()
    answer = daemon.chat(stream=streamed, headers={"x-understudy-deadline": ms(450)})
    assert (answer.status, answer.error["code"]) == (504, "timeout")
    assert answer.header("x-understudy-attempts") == "openai=1, ollama=1"
    assert (time.monotonic() - begun) / SLOW > 0.4


def test_a_stream_that_has_begun_is_not_bound_by_the_deadline(start, cloud, ollama):
    gate = Gate()
    cloud.script(stream("a", gate, "b"))
    client = start(cloud, ollama).connect()
    client.request("POST", "/v1/chat/completions", {"model": "gpt-4", "stream": True, "messages": [
        {"role": "user", "content": "x"}]}, {"x-understudy-deadline": ms(100)})
    answer = client.head()
    client.read_until(answer, '"a"')
    time.sleep(0.25 * SLOW)
    gate.open()
    client.finish(answer)
    assert answer.content == "ab" and answer.complete


def test_an_unreachable_ollama_does_not_hold_up_the_end(start, cloud):
    cloud.script(status(401))
    with closed_port() as port:
        daemon = start(cloud, "http://127.0.0.1:%d" % port.getsockname()[1])
        answer = daemon.chat()
    assert answer.status == 502 and "Ollama error: " in answer.error["message"]
    start.unsent = sum(a["provider"] == "ollama" and not a["class"].startswith("skip")
                                  for a in answer.error["attempts"])


def test_a_request_that_comes_back_to_us_is_508(start, cloud, ollama):
    daemon = start(cloud, ollama)
    daemon.chat()
    via = cloud.chats[0].header("via")
    answer = daemon.chat(headers={"via": via})
    assert (answer.status, answer.error["code"]) == (508, "loop_detected")
    assert answer.header("x-should-retry") == "false" and len(cloud.chats) == 1


def test_a_prefix_that_is_nearly_a_providers_is_told_once_a_minute(start, cloud, ollama):
    daemon = start(cloud, ollama)
    for model in ("olama:ministral-3:3b", "olama:other", "opnai:gpt-4"):
        assert daemon.chat(model=model).status == 200
    assert cloud.chats[0].json["model"] == "olama:ministral-3:3b"
    daemon.exchange(3)
    assert [(l["level"], l["asked"], l["meant"]) for l in daemon.log(event="model")] == [
        ("warning", "olama:ministral-3:3b", "ollama"), ("warning", "opnai:gpt-4", "openai")]


def test_a_name_with_a_tag_is_none(start, cloud, ollama):
    daemon = start(cloud, ollama)
    for model in ("llama3:8b", "gpt-4", "ollama:ministral-3:3b", "qwen3:8b"):
        daemon.chat(model=model)
    daemon.exchange(4)
    assert daemon.log(event="model") == []


def test_a_header_that_is_nearly_one_of_ours_is_told_once_and_never_refused(start, cloud, ollama):
    daemon = start(cloud, ollama)
    for _ in range(2):
        assert daemon.chat(headers={"X-Understudy-Atempts": "1"}).content == "cloud heard: Hi"
    daemon.exchange(2)
    told, = daemon.log(event="unknown_header")
    assert (told["header"].lower(), told["meant"]) == ("x-understudy-atempts", "x-understudy-attempts")
