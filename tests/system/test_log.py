"""The lines of the log: names, fields, levels, and what is said only once a minute."""
import json
import re
import signal
from pathlib import Path

import pytest

from daemon import CLOUD_KEY, wait_until
from sim import Gate
from sim import ollama as o
from sim.cloud import held, ok, silent, status, stream
from sim.world import Clock

CHAT = "/v1/chat/completions"
ASK = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
USAGE = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}
WORDS = {"id", "provider", "model", "class", "attempts", "fallback", "status", "stream",
         "prompt_tokens", "completion_tokens", "ttft_ms", "duration_ms"}


@pytest.mark.sample
def test_one_line_an_exchange_with_all_its_fields(start, cloud, ollama):
    cloud.script(ok("fine", usage=USAGE))
    daemon = start(cloud, ollama)
    answer = daemon.chat()
    line = daemon.exchange()
    fields = {k: v for k, v in line.items() if k in WORDS}
    assert int(fields.pop("duration_ms")) >= int(fields.pop("ttft_ms")) >= 0
    assert fields == {"id": answer.header("x-understudy-id"), "provider": "openai",
                      "model": "gpt-4", "class": "ok", "attempts": "openai=1", "status": "200",
                      "stream": "false", "prompt_tokens": "5", "completion_tokens": "7"}
    assert line["level"] == "info" and len(daemon.log(event="exchange")) == 1


@pytest.mark.parametrize("streamed", [False, True])
def test_what_ollama_does_not_get_is_named(start, cloud, ollama, streamed):
    cloud.script(status(401))
    daemon = start(cloud, ollama)
    answer = daemon.chat(stream=streamed, logit_bias={"5": 1}, tool_choice="required",
                         tools=[{"type": "function", "function": {"name": "f"}}])
    assert answer.header("x-understudy-dropped") == "logit_bias, tool_choice"
    assert daemon.exchange()["dropped"] == "logit_bias, tool_choice"
    daemon.chat()
    assert "dropped" not in daemon.exchange(2)


def test_retries_and_fallbacks_are_warnings_before_the_end(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama)
    daemon.chat()
    end = daemon.exchange()
    lines = [l for l in daemon.log(id=end["id"]) if l["event"] in ("retry", "fallback", "exchange")]
    assert [(l["event"], l["level"]) for l in lines] == [
        ("retry", "warning"), ("retry", "warning"), ("fallback", "warning"), ("exchange", "info")]
    assert [(l["provider"], l["class"], l["attempt"], l["wait_ms"]) for l in lines[:2]] == [
        ("openai", "server", "1", "10"), ("openai", "server", "2", "20")]
    assert (lines[2]["provider"], lines[2]["to"], lines[2]["class"]) == (
        "openai", "ollama", "server")


def test_the_fallbacks_line_is_there_before_Ollama_answers(start, cloud, ollama):
    gate = Gate()
    cloud.script(status(401))
    ollama.script(held(gate, o.text("late")))
    daemon = start(cloud, ollama)
    client = daemon.connect()
    client.request("POST", CHAT, ASK)
    gate.wait_reached()
    assert daemon.wait_for_log(event="fallback")["class"] == "auth"
    assert daemon.log(event="exchange") == []
    gate.open()
    assert client.response().content == "late"


WHY_NO_MORE = [
    ("attempts", status(503), {}, {}),
    ("class", status(401), {}, {}),
    ("status", status(505), {}, {}),
    ("retry_after", status(429, {"Retry-After": "3600"}), {}, {}),
    ("ambiguous", status(500), {"retry.ambiguous": "no"}, {}),
    ("breaker", status(503), {"breaker.failures": 2}, {}),
    ("deadline", status(503, {"Retry-After": "9"}), {"retry.max_wait": "10s"},
     {"x-understudy-deadline": "8s"}),
    ("hedge", silent(), {"route.hedge_after": "20ms"}, {}),
]


@pytest.mark.parametrize("reason, answer, settings, headers", WHY_NO_MORE,
                         ids=[row[0] for row in WHY_NO_MORE])
def test_a_fallback_says_why_no_more_tries_were_made(start, cloud, ollama, reason, answer,
                                                     settings, headers):
    cloud.script(answer)
    daemon = start(cloud, ollama, settings)
    assert daemon.chat(headers=headers).content == "ollama heard: Hi"
    daemon.exchange()
    (line,) = daemon.log(event="fallback")
    assert line["reason"] == reason


def test_a_used_up_budget_and_a_skip_are_reasons_too(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"breaker.failures": 18, "breaker.open_for": "60s"})
    for _ in range(9):
        daemon.chat()
    daemon.exchange(9)
    # Ten retries are always allowed: 5 times two, then none; the 18th failure opens the breaker.
    assert [l["reason"] for l in daemon.log(event="fallback")] == [
        *["attempts"] * 5, *["budget"] * 2, "breaker", "breaker"]
    assert [l["class"] for l in daemon.log(event="fallback")] == [
        *["server"] * 8, "skipped-breaker"]


def test_a_stream_that_broke_is_gone_on_with_because_of_its_content(start, cloud, ollama):
    cloud.script(stream("One", finish=None, done=False))
    ollama.script(o.text(" two"))
    daemon = start(cloud, ollama, {"route.continue_stream": "yes"})
    daemon.chat(stream=True)
    daemon.exchange()
    assert daemon.log(event="fallback")[-1]["reason"] == "content"


def test_the_exchange_names_its_path_and_the_model_that_was_asked_for(start, cloud, ollama):
    daemon = start(cloud, ollama)
    daemon.post("/v1/chat/completions?key=sk-secret", {**ASK, "model": "openai:gpt-4o"})
    daemon.post("/v1/completions", {"model": "gpt-x", "prompt": "Hi"})
    daemon.get("/v1/files/f?key=sk-secret")
    first, second, third = (daemon.exchange(n) for n in (1, 2, 3))
    assert (first["path"], first["asked"], first["model"]) == (CHAT, "openai:gpt-4o", "gpt-4o")
    assert (second["path"], second["asked"], second["model"]) == (
        "/v1/completions", "gpt-x", "gpt-x")
    assert third["path"] == "/v1/files/f" and "asked" not in third
    assert "secret" not in daemon.log_text()


@pytest.mark.parametrize("size", [2048, 2049, 2050, 3000])
def test_a_long_path_is_named_by_its_beginning(start, cloud, ollama, size):
    daemon = start(cloud, ollama)
    daemon.get("/v1/files/".ljust(size, "f"))
    assert daemon.exchange()["path"].startswith("/v1/files/fff")


def test_both_failed_is_an_error(start, cloud):
    start.unsent = 2
    cloud.script(status(503))
    daemon = start(cloud, None)
    assert daemon.chat().status == 502
    end = daemon.exchange()
    (line,) = [l for l in daemon.log(level="error") if l.get("id") == end["id"]]
    assert line["event"] == "all_failed" and line["status"] == "502"
    assert line["reason"] == "not_running"


def test_a_dead_key_is_an_error_once_for_many_requests_of_several_workers(start, cloud, ollama):
    cloud.script(status(401))
    daemon = start(cloud, ollama, {"server.workers": 2})
    for _ in range(10):
        assert daemon.chat().content == "ollama heard: Hi"
    daemon.exchange(10)
    assert len(daemon.log(event="auth", level="error")) == 1
    assert daemon.metric("attempts_total", provider="openai", **{"class": "auth"}) == 10
    daemon.stop()
    (told,) = daemon.log(event="repeated")
    assert (told["level"], told["of"], told["about"], told["times"]) == ("error", "auth", "openai", "9")


def test_of_two_dead_keys_each_is_told(start, cloud, claude, ollama):
    """The one may not hide behind the other."""
    cloud.script(status(401))
    claude.script(status(401))
    daemon = start(cloud, ollama, {"provider.anthropic.base_url": claude.url, "provider.anthropic.model": "m",
                                   "route.priority": "openai, anthropic, ollama"},
                   env={"UNDERSTUDY_PROVIDER_ANTHROPIC_API_KEY": "sk-a"})
    daemon.chat()
    daemon.exchange()
    assert [l["provider"] for l in daemon.log(event="auth")] == ["openai", "anthropic"]


def test_what_was_kept_back_is_told_after_its_minute(start, cloud, ollama, tmp_path):
    clock = Clock(tmp_path)
    cloud.script(status(401))
    daemon = start(cloud, ollama, env=clock.env)
    for _ in range(4):
        daemon.chat()
    daemon.exchange(4)
    assert daemon.log(event="repeated") == []
    clock.advance(61)
    daemon.chat()
    assert daemon.wait_for_log(event="repeated")["times"] == "3"
    daemon.wait_for_log(event="auth", count=2)


@pytest.mark.parametrize("key, said", [
    (CLOUD_KEY, "the provider refuses the key from UNDERSTUDY_PROVIDER_OPENAI_API_KEY; answers"),
    ("", "the provider refuses the key that the app sent, as no api_key is set here; answers")])
def test_a_refused_key_is_told_with_its_owner(start, cloud, ollama, key, said):
    cloud.script(status(401))
    daemon = start(cloud, ollama, {"provider.openai.api_key": key})
    sent = {"authorization": "Bearer sk-client"}
    assert daemon.chat(headers=sent).content == "ollama heard: Hi"
    assert daemon.wait_for_log(event="auth")["message"].startswith(said)


def test_a_client_that_leaves_is_499_cancelled(start, cloud, ollama):
    cloud.script(silent())
    daemon = start(cloud, ollama)
    client = daemon.connect()
    client.request("POST", CHAT, ASK)
    cloud.wait_for_requests(1)
    client.close()
    line = daemon.exchange()
    assert (line["status"], line["class"]) == ("499", "cancelled")


def lines_as_json(daemon, event, count=1):
    def found():
        parsed = [json.loads(l["text"]) for l in daemon.log()]
        return [l for l in parsed if l["event"] == event][count - 1:]

    return wait_until(found, f"{event} in the log")[0]


def test_in_JSON_each_line_is_an_object_with_the_same_words(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"log.format": "json"}, wait=False)
    where = lines_as_json(daemon, "listening")["address"]
    daemon.address = ("127.0.0.1", int(where.rpartition(":")[2]))
    daemon.chat('a"\n', stream=True)
    line = lines_as_json(daemon, "exchange")
    assert WORDS <= set(line) and line["level"] == "info"
    assert (line["attempts"], line["status"], line["stream"], line["fallback"]) == (
        "openai=3, ollama=1", 200, True, "server")
    assert all(isinstance(line[w], int) for w in ("prompt_tokens", "completion_tokens", "ttft_ms",
                                                  "duration_ms", "status"))
    retry = lines_as_json(daemon, "retry")
    assert (retry["attempt"], retry["wait_ms"], retry["class"]) == (1, 10, "server")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["ts"])


@pytest.mark.parametrize("model", ['x" level=error event=forged', "a\nlevel=error event=forged",
                                   "a\x1b[31m", "a\x7f", "=", "\u202eabc", "x" * 5000])
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_models_name_forges_no_line(start, cloud, ollama, model, form):
    cloud.script(ok("fine"))
    daemon = start(cloud, ollama, {"log.format": form}, wait=False)
    daemon.wait_for_log(lambda l: "listening" in l["text"])
    daemon.address = ("127.0.0.1", int(re.search(r"127\.0\.0\.1:(\d+)", daemon.log_text())[1]))
    daemon.chat(model=model)
    text = daemon.wait_for_log(lambda l: "exchange" in l["text"])["text"]
    assert len(text) < 4096 and all(ord(c) >= 0x20 and ord(c) != 0x7f for c in text)
    lines = daemon.log() if form == "text" else [json.loads(l["text"]) for l in daemon.log()]
    assert {l["level"] for l in lines} <= {"info", "warning"}
    assert {l["event"] for l in lines} <= {"listening", "root", "control", "exchange"}
    assert len([l for l in lines if l["event"] == "exchange"]) == 1


@pytest.mark.parametrize("level, events", [
    ("error", {"all_failed"}), ("warning", {"all_failed", "retry"}),
    ("info", {"all_failed", "retry", "exchange"})])
def test_levels(start, cloud, level, events):
    cloud.script(status(503))
    daemon = start(cloud, None, ini="[log]\nlevel = info\n")
    daemon.ini.write_text(f"[log]\nlevel = {level}\n")
    daemon.signal(signal.SIGHUP)
    wait_until(lambda: daemon.log(event="reloaded") or level in ("error", "warning"), "reload")
    if level in ("error", "warning"):
        # It says nothing about that: until a request leaves no line of its exchange.
        wait_until(lambda: quiet(daemon), "the level has changed")
    before = len(daemon.log())
    daemon.chat()
    daemon.get("/healthz")
    daemon.wait_for_log(lambda l: l["event"] == "all_failed" and l in daemon.log()[before:])
    if level == "info":
        daemon.exchange()
    daemon.stop()
    assert {l["event"] for l in daemon.log()[before:]} & {"all_failed", "retry", "exchange"} \
        == events


def quiet(daemon):
    before = len(daemon.log(event="exchange"))
    failed = len(daemon.log(event="all_failed"))
    daemon.chat()
    daemon.wait_for_log(event="all_failed", count=failed + 1)
    daemon.get("/healthz")
    return len(daemon.log(event="exchange")) == before


ROOT = Path(__file__).resolve().parents[2]
EVENT = re.compile(r'log_(?:error|warning|info|debug)\(\s*"(\w+)"|log_event\([^";]*"(\w+)"')
REASON = re.compile(r'X\(\w+, "(\w+)", "')


def test_the_page_about_the_log_has_every_event_and_reason():
    page = (ROOT / "docs/log.md").read_text()
    named = set(re.findall(r"`([a-z_-]+)`", page)) | set(re.findall(r"event=(\w+)", page))
    source = "".join(f.read_text() for f in (ROOT / "src/shell").rglob("*.c"))
    events = {one or other for one, other in EVENT.findall(source)}
    table = (ROOT / "include/rules/retry.h").read_text().partition("RETRY_REASONS(X)")[2]
    reasons = set(REASON.findall(table.partition("enum retry_reason")[0]))
    assert len(events) > 20 and events - named == set()
    assert len(reasons) > 10 and reasons - named == set()
