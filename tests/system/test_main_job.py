"""The main job: the cloud is tried and retried with growing waits, then Ollama answers."""
import openai
import pytest

from apps import CONVERSATION, TOOL, ask
from daemon import SLOW
from sim import Gate, closed_port
from sim import ollama as o
from sim.cloud import (bad_chunk, close_before_answer, cut_body, cut_headers, ok, openai_error,
                       raw, reset_before_answer, silent, slow, stall_stream, status)

both = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])


def ms(number):
    """A time limit that a slowed down daemon keeps, too."""
    return f"{int(number * SLOW)}ms"


def attempts(daemon):
    return daemon.exchange()["attempts"]


def retries(daemon):
    """The class of each retry."""
    daemon.exchange()
    return [line["class"] for line in daemon.log(event="retry")]


# ---- one provider's tries


@both
def test_success_on_the_first_attempt_is_one_call(start, cloud, ollama, streamed):
    cloud.script(ok("fine"))
    daemon = start(cloud, ollama)
    assert ask(daemon.openai(), streamed) == "fine"
    assert len(cloud.chats) == 1 and ollama.chats == [] and ollama.loads == []
    assert attempts(daemon) == "openai=1" and daemon.waits() == []


@both
def test_timeout_twice_then_success_is_three_calls(start, cloud, ollama, streamed):
    cloud.script(silent(), silent(), ok("at last"))
    daemon = start(cloud, ollama, {"provider.openai.first_byte_timeout": ms(150),
                                   "provider.ollama.warm_up": "no"})
    assert ask(daemon.openai(), streamed) == "at last"
    assert len(cloud.chats) == 3 and ollama.chats == []
    assert attempts(daemon) == "openai=3"
    assert retries(daemon) == ["timeout", "timeout"]
    assert all(c.hung_up.is_set() for c in cloud.chats[:2])


@both
def test_a_network_error_is_retried(start, cloud, ollama, streamed):
    cloud.script(reset_before_answer(), ok("again"))
    daemon = start(cloud, ollama)
    assert ask(daemon.openai(), streamed) == "again"
    assert len(cloud.chats) == 2 and ollama.chats == []
    assert retries(daemon) == ["network"]


@both
@pytest.mark.parametrize("broken", [
    pytest.param(raw(b"this is not HTTP\r\n\r\n", close=True), id="noise"),
    pytest.param(close_before_answer(), id="closed"),
    pytest.param(cut_headers(), id="cut-head"),
    pytest.param(cut_body(), id="cut-body"),
    pytest.param(bad_chunk(), id="bad-chunk"),
])
def test_a_remote_protocol_error_is_retried(start, cloud, ollama, broken, streamed):
    cloud.script(broken, ok("again"))
    daemon = start(cloud, ollama)
    assert ask(daemon.openai(), streamed) == "again"
    assert len(cloud.chats) == 2 and ollama.chats == []
    assert attempts(daemon) == "openai=2"


@pytest.mark.parametrize("code", [500, 502, 503, 504, 520, 529])
def test_a_server_error_is_retried(start, cloud, ollama, code):
    cloud.script(status(code), ok("again"))
    daemon = start(cloud, ollama)
    assert daemon.chat().content == "again"
    assert retries(daemon) == ["server"]
    assert daemon.log(event="retry")[0]["status"] == str(code)


def test_attempts_1_means_no_retry(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"retry.attempts": 1})
    assert ask(daemon.openai(), False) == "ollama heard: Hi"
    assert len(cloud.chats) == 1 and daemon.waits() == []
    assert attempts(daemon) == "openai=1, ollama=1"


@both
def test_a_slow_network_is_retried_with_backoff(start, cloud, ollama, streamed):
    """Not silent: each answer begins, and then stalls or crawls."""
    stalled = stall_stream() if streamed else cut_body(how="stall")
    cloud.script(stalled, stalled, slow(ok("at last"), piece=700))
    daemon = start(cloud, ollama, {"provider.openai.idle_timeout": ms(150),
                                   "provider.openai.first_byte_timeout": ms(300)})
    assert ask(daemon.openai(), streamed) == "at last"
    assert len(cloud.chats) == 3 and daemon.waits() == [10, 20]
    assert retries(daemon) == ["timeout", "timeout"]


# ---- the waits


def test_waits_grow_1_2_4_and_stop_at_max_wait(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"retry.attempts": 7, "retry.multiplier": "0.01",
                                   "retry.min_wait": "1ms", "retry.max_wait": "100ms",
                                   "breaker.failures": 0})
    daemon.chat()
    assert daemon.waits() == [10, 20, 40, 80, 100, 100]


def test_the_default_wait_is_a_second(start, cloud, ollama):
    cloud.script(status(503), ok("again"))
    daemon = start(cloud, ollama, {"retry.jitter": 0}, fast=False)
    assert daemon.chat().content == "again"
    assert daemon.waits() == [1000]
    assert cloud.chats[1].at - cloud.chats[0].at >= 0.99


def test_min_wait_max_wait_and_multiplier_from_LLM_RETRY(start, cloud, ollama):
    cloud.script(status(503))
    env = {"LLM_RETRY_ATTEMPTS": 5, "LLM_RETRY_MIN_WAIT": "0.03", "LLM_RETRY_MAX_WAIT": "0.1",
           "LLM_RETRY_MULTIPLIER": "0.02"}
    daemon = start(cloud, ollama, {"retry.jitter": 0}, env=env, fast=False)
    daemon.chat()
    assert len(cloud.chats) == 5
    assert daemon.waits() == [30, 40, 80, 100]


def test_waits_of_a_tenth_and_half_a_second(start, cloud, ollama):
    cloud.script(status(503), status(503), ok("again"))
    env = {"LLM_RETRY_MIN_WAIT": "0.1", "LLM_RETRY_MAX_WAIT": "0.5"}
    daemon = start(cloud, ollama, {"retry.jitter": 0, "retry.multiplier": "0.1"}, env=env,
                   fast=False)
    daemon.chat()
    assert daemon.waits() == [100, 200]
    daemon = start(cloud, ollama, {"retry.jitter": 0}, env=env, fast=False)
    cloud.script(status(503), ok("again"))
    first = len(cloud.chats)
    daemon.chat()
    assert daemon.waits() == [500]
    one, two = cloud.chats[first:]
    assert two.at - one.at >= 0.49


def test_jitter_only_shortens_a_wait(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"retry.attempts": 10, "retry.min_wait": "100ms",
                                   "retry.max_wait": "100ms", "retry.jitter": "0.5",
                                   "breaker.failures": 0})
    daemon.chat()
    waits = daemon.waits()
    assert len(waits) == 9 and all(50 <= w <= 100 for w in waits)
    assert len(set(waits)) > 1


def test_a_warning_is_logged_before_each_wait(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"retry.min_wait": "60s", "retry.max_wait": "60s"})
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions", {"model": "gpt-4", "messages": []})
    warning = daemon.wait_for_log(event="retry")
    assert warning["level"] == "warning" and warning["id"]
    told = {k: warning[k] for k in ("provider", "class", "attempt", "wait_ms", "status")}
    assert told == {"provider": "openai", "class": "server", "attempt": "1", "wait_ms": "60000",
                    "status": "503"}
    assert len(cloud.chats) == 1
    client.close()
    assert daemon.exchange()["class"] == "cancelled"


# ---- Ollama answers


@both
@pytest.mark.sample
def test_when_all_attempts_fail_ollama_answers(start, cloud, ollama, streamed):
    cloud.script(status(503))
    daemon = start(cloud, ollama)
    assert ask(daemon.openai(), streamed) == "ollama heard: Hi"
    assert len(cloud.chats) == 3 and len(ollama.chats) == 1
    assert attempts(daemon) == "openai=3, ollama=1"
    line = daemon.exchange()
    assert (line["provider"], line["fallback"], line["status"]) == ("ollama", "server", "200")
    (moved,) = daemon.log(event="fallback")
    assert moved["level"] == "warning" and moved["to"] == "ollama"


@both
@pytest.mark.parametrize("code", [401, 403])
def test_a_wrong_key_is_one_call_then_ollama(start, cloud, ollama, code, streamed):
    cloud.script(openai_error(code, "invalid_api_key", "Incorrect API key provided."))
    daemon = start(cloud, ollama)
    assert ask(daemon.openai(), streamed) == "ollama heard: Hi"
    assert len(cloud.chats) == 1 and len(ollama.chats) == 1
    assert daemon.exchange()["fallback"] == "auth"
    assert daemon.log(event="auth", level="error")


@both
def test_a_rate_limit_is_one_call_then_ollama(start, cloud, ollama, streamed):
    cloud.script(openai_error(429, "rate_limit_exceeded", "Rate limit reached."))
    daemon = start(cloud, ollama)
    assert ask(daemon.openai(), streamed) == "ollama heard: Hi"
    assert len(cloud.chats) == 1 and len(ollama.chats) == 1
    assert daemon.exchange()["fallback"] == "rate_limit"


@both
def test_the_fallback_keeps_conversation_system_prompt_and_tools(start, cloud, ollama, streamed):
    cloud.script(status(503))
    daemon = start(cloud, ollama)
    ask(daemon.openai(), streamed, CONVERSATION, tools=[TOOL], temperature=0.25, seed=7, stop="END")
    assert cloud.chats[0].json["messages"] == CONVERSATION
    (sent,) = [c.json for c in ollama.chats]
    assert sent["messages"] == CONVERSATION
    assert sent["tools"] == [TOOL]
    assert sent["stream"] is streamed and sent["truncate"] is False
    assert sent["model"] == "ministral-3:3b"
    options = {k: sent["options"][k] for k in ("temperature", "seed", "stop")}
    assert options == {"temperature": 0.25, "seed": 7, "stop": ["END"]}


@both
def test_a_tool_call_of_ollama_reaches_the_app(start, cloud, ollama, streamed):
    cloud.script(status(503))
    ollama.script(o.tools(o.call("weather", {"city": "Paris"})))
    client = start(cloud, ollama).openai()
    answer = client.chat.completions.create(model="gpt-4", messages=CONVERSATION, tools=[TOOL],
                                            stream=streamed)
    if streamed:
        choices = [c.choices[0] for c in answer if c.choices]
        (call,) = [t for c in choices for t in c.delta.tool_calls or []]
        finish = choices[-1].finish_reason
    else:
        (call,), finish = answer.choices[0].message.tool_calls, answer.choices[0].finish_reason
    assert (call.function.name, call.function.arguments) == ("weather", '{"city":"Paris"}')
    assert finish == "tool_calls" and call.id == "call_ab12cd34"


@both
def test_who_offers_functions_gets_a_function_call(start, cloud, ollama, streamed):
    """From before there were tools: one call, without an id."""
    cloud.script(status(503))
    ollama.script(o.tools(o.call("weather", {"city": "Paris"}), o.call("weather", {"city": "Rome"})))
    client = start(cloud, ollama).openai()
    answer = client.chat.completions.create(model="gpt-4", messages=CONVERSATION, stream=streamed,
                                            functions=[TOOL["function"]])
    said = [c.choices[0].delta for c in answer if c.choices] if streamed else [
        answer.choices[0].message]
    (call,) = [s.function_call for s in said if s.function_call]
    assert (call.name, call.arguments) == ("weather", '{"city":"Paris"}')
    assert not any(s.tool_calls for s in said)


@both
def test_offline_goes_to_ollama_at_once(start, ollama, streamed):
    with closed_port() as port:
        check = "http://127.0.0.1:%d" % port.getsockname()[1]
        daemon = start("http://cloud.invalid", ollama, {"connectivity.check_url": check})
        daemon.wait_for_log(event="offline")
        assert ask(daemon.openai(), streamed) == "ollama heard: Hi"
    line = daemon.exchange()
    assert line["attempts"] == "ollama=1" and line["fallback"] == "skipped-offline"
    assert daemon.waits() == []


@both
def test_the_network_lost_in_mid_call_ends_in_a_fallback(start, cloud, ollama, streamed):
    start.unsent = 2
    gate = Gate()
    cloud.script(raw(gate))
    daemon = start(cloud, ollama)
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions",
                   {"model": "gpt-4", "stream": streamed,
                    "messages": [{"role": "user", "content": "Hi"}]})
    gate.wait_reached()
    cloud.refuse()
    answer = client.response()
    assert answer.content == "ollama heard: Hi" and answer.complete
    assert answer.header("x-understudy-attempts") == "openai=3, ollama=1"
    assert answer.header("x-understudy-fallback") == "network"
    assert len(cloud.chats) == 1


# ---- errors that the app gets


@both
def test_a_400_is_one_call_and_goes_to_the_client_verbatim(start, cloud, ollama, streamed):
    body = b'{ "error": {"message": "bad \\u00e9", "type":"invalid_request_error", "x": 1.50} }\n'
    cloud.script(status(400, {"x-request-id": "req_7"}, body))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed)
    assert (answer.status, answer.body) == (400, body)
    assert answer.header("x-request-id") == "req_7"
    assert len(cloud.chats) == 1 and ollama.chats == []
    with pytest.raises(openai.BadRequestError, match="bad \u00e9"):
        ask(daemon.openai(), streamed)
    assert len(cloud.chats) == 2


@both
@pytest.mark.sample
def test_both_fail(start, cloud, ollama, streamed):
    cloud.script(openai_error(503, None, "The engine is overloaded."))
    ollama.script(o.failed())
    daemon = start(cloud, ollama, {"provider.ollama.retry_attempts": 1})
    with pytest.raises(openai.InternalServerError) as caught:
        ask(daemon.openai(), streamed)
    error = caught.value.body
    cloud_part, _, ollama_part = error["message"].partition(" Ollama error: ")
    assert cloud_part.startswith("All LLM providers failed. Cloud error: ")
    assert "The engine is overloaded." in cloud_part
    assert "model runner has unexpectedly stopped" in ollama_part
    kind = (error["type"], error["code"], error["param"])
    assert kind == ("all_providers_failed", "server", None)
    tried = [(a["provider"], a["status"], a["class"]) for a in error["attempts"]]
    assert tried == [("openai", 503, "server")] * 3 + [("ollama", 500, "server")]
    assert caught.value.status_code == 502
    # The client did not retry on top of that.
    assert len(cloud.chats) == 3 and len(ollama.chats) == 1
    assert daemon.exchange()["status"] == "502"
    assert daemon.log(event="all_failed", level="error")


@both
def test_ollama_as_first_provider_has_no_fallback_and_its_error_is_raised(start, cloud, ollama,
                                                                        streamed):
    ollama.script(o.error(500, "llama-server process has terminated: killed"))
    daemon = start(cloud, ollama, env={"PROVIDER_PRIORITY": "ollama"})
    with pytest.raises(openai.InternalServerError, match="llama-server process has terminated"):
        ask(daemon.openai(), streamed)
    assert cloud.requests == [] and len(ollama.chats) == 3
    assert attempts(daemon) == "ollama=3"
    assert daemon.log(event="fallback") == []


def test_ollama_as_first_provider_that_is_not_there_is_an_error_of_ours(start, cloud):
    start.unsent = 2
    daemon = start(cloud, None, env={"PROVIDER_PRIORITY": "ollama"})
    answer = daemon.chat()
    assert (answer.status, answer.error["type"], answer.error["code"]) == (
        502, "upstream_error", "network")
    assert answer.header("x-should-retry") == "false" and cloud.requests == []
