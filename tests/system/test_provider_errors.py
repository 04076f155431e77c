"""What clouds answer when something is wrong (tests/fixtures/provider-errors.json), seen from outside: the
class that comes of it, the wait that they name, and that `understudy explain` tells the same."""
import json
import subprocess

import openai
import pytest

from daemon import BINARY, CLOUD_KEY, ROOT, WRAPPER
from ledger import both, from_cloud, from_ollama, truth
from sim import reply
from sim.cloud import events, ok, sse

ROWS = json.loads((ROOT / "tests/fixtures/provider-errors.json").read_text())
CLOUDS = {p: [r for r in ROWS if r["provider"] == p] for p in dict.fromkeys(r["provider"] for r in ROWS)
          if p != "ollama-cloud"}
FINAL = ("policy", "request")
ONCE = {"retry.attempts": 1, "breaker.failures": 0}


def name(row):
    return f"{row['provider']}, {row['what']}"


def answered(row):
    """The sim's reply of that row."""
    headers, body = list(row.get("headers", {}).items()), row["body"]
    if row.get("stream"):
        return events(sse(body))
    kind = "text/html" if isinstance(body, str) else "application/json"
    return reply.status(row["status"], headers, body, kind)


@pytest.mark.parametrize("rows", CLOUDS.values(), ids=CLOUDS.keys())
def test_every_error_of_a_cloud_has_its_class(start, cloud, ollama, rows):
    daemon = start(cloud, ollama, ONCE)
    for number, row in enumerate(rows, 1):
        cloud.script(answered(row))
        answer = daemon.chat(stream=bool(row.get("stream")))
        if row["class"] in FINAL:
            assert answer.status == row["status"] and answer.json == row["body"], name(row)
            assert daemon.exchange(number)["class"] == row["class"], name(row)
        else:
            assert truth(answer) == from_ollama("openai=1, ollama=1", row["class"]), name(row)


LONG = "prompt is too long: 200000 tokens > 131072 maximum"
TEXTS = {"a plain text": (LONG, "text/plain"), "a JSON string": (json.dumps(LONG), "application/json"),
         "a sentence beside a title": (json.dumps({"error": "Bad Request", "message": LONG}), "application/json"),
         "a list": (json.dumps([LONG]), "application/json"),
         "an event": (f"data: {json.dumps({'error': {'message': LONG}})}\n\n", "text/event-stream"),
         "a byte order mark": ("\ufeff" + json.dumps({"error": {"message": LONG}}), "application/json"),
         "OpenRouter's": (json.dumps({"error": {"message": "Provider returned error", "code": 400, "metadata": {"raw": LONG}}}),
                          "application/json"),
         "a list of messages": (json.dumps({"error": {"message": [LONG, "and more"]}}), "application/json")}


@pytest.mark.parametrize("body, kind", TEXTS.values(), ids=TEXTS.keys())
def test_the_words_count_in_whatever_they_are_packed(start, cloud, ollama, body, kind):
    cloud.script(reply.status(400, body=body.encode(), kind=kind))
    assert truth(start(cloud, ollama, ONCE).chat()) == from_ollama("openai=1, ollama=1", "context")


def test_a_plain_text_is_told_without_the_key(start, cloud):
    cloud.script(reply.status(401, body=f"no such key: {CLOUD_KEY}".encode(), kind="text/plain"))
    answer = start(cloud, None, ONCE).chat()
    start.unsent = 1
    assert answer.json["error"]["attempts"][0]["message"] == "HTTP 401: no such key: ****"


@pytest.mark.parametrize("rows", CLOUDS.values(), ids=CLOUDS.keys())
def test_explain_tells_the_same(tmp_path, rows):
    for row in rows:
        body = row["body"] if isinstance(row["body"], str) else json.dumps(row["body"])
        words = ["explain", str(row["status"]), "--body", f"data: {body}\n\n" if row.get("stream") else body]
        words += ["--stream"] if row.get("stream") else []
        for field, value in row.get("headers", {}).items():
            words += ["--header", f"{field}: {value}"]
        done = subprocess.run([*WRAPPER, str(BINARY), *words], capture_output=True, text=True, timeout=120,
                              cwd=tmp_path, env={"HOME": str(tmp_path)})
        assert done.returncode == 0, done.stderr
        assert f"class {row['class']}, " in done.stdout.splitlines()[0], name(row)
        assert ("The provider asks to wait " in done.stdout) is ("wait_ms" in row), name(row)


WAITS = {
    "in words": ({"error": {"message": "Rate limit reached. Please try again in 60ms.", "code": "rate_limit_exceeded"}}, []),
    "as Google's RetryInfo": ([{"error": {"code": 429, "message": "You exceeded your current quota",
                                          "status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": "0.06s"}]}}], []),
    "by its limits": ({"error": {"message": "slow down"}}, [("x-ratelimit-remaining-tokens", "0"),
                                                            ("x-ratelimit-reset-tokens", "60ms")]),
}


@pytest.mark.parametrize("body, headers", WAITS.values(), ids=WAITS.keys())
@pytest.mark.sample
def test_a_wait_that_is_named_anywhere_is_kept_to(start, cloud, ollama, body, headers):
    cloud.script(reply.status(429, headers, body), ok("fine"))
    daemon = start(cloud, ollama, {"retry.attempts": 2, "retry.max_wait": "1s"})
    assert truth(daemon.chat()) == from_cloud("openai=2")
    daemon.exchange()
    (retry,) = daemon.log(event="retry")
    assert (retry["class"], retry["wait_ms"], retry["reason"]) == ("rate_limit", "60", "retry_after")


@both
def test_a_longer_one_moves_on_at_once(start, cloud, ollama, streamed):
    cloud.script(reply.status(429, [], [{"error": {"code": 429, "message": "You exceeded your current quota",
                                                   "status": "RESOURCE_EXHAUSTED", "details": [{"retryDelay": "34s"}]}}]))
    daemon = start(cloud, ollama, {"retry.attempts": 3, "retry.max_wait": "10s"})
    assert truth(daemon.chat(stream=streamed)) == from_ollama("openai=1, ollama=1", "rate_limit")
    daemon.exchange()
    (moved,) = daemon.log(event="fallback")
    assert moved["reason"] == "retry_after"


def test_so_it_is_with_an_error_in_a_stream(start, cloud, ollama):
    cloud.script(events(sse({"error": {"message": "Please retry in 0.06s", "code": 429}})), ok("fine"))
    daemon = start(cloud, ollama, {"retry.attempts": 2, "retry.max_wait": "1s"})
    assert truth(daemon.chat(stream=True)) == from_cloud("openai=2")
    assert daemon.waits() == [60]


ASIDE = {"in a list": [{"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}],
         "flat": {"object": "error", "message": "Service unavailable.", "type": "x", "code": "3000"}}


@pytest.mark.parametrize("body", ASIDE.values(), ids=ASIDE.keys())
def test_one_that_sdks_would_not_see_breaks_a_stream_for_all_to_see(start, cloud, ollama, body):
    """It is passed on as it came, and ours behind it, on which the SDKs raise."""
    cloud.script(events("Hel", sse(body)))
    daemon = start(cloud, ollama, ONCE)
    answer = daemon.chat(stream=True)
    assert sse(body) in answer.body and b"[DONE]" not in answer.body
    assert answer.events[-1]["error"]["code"] == "stream_incomplete"
    cloud.script(events("Hel", sse(body)))
    with pytest.raises(openai.APIError):
        list(daemon.openai(max_retries=0).chat.completions.create(model="gpt-4", stream=True, messages=[{"role": "user", "content": "Hi"}]))
