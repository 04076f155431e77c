"""/status for people, /status.json for programs."""
import base64
import hashlib
import re
import signal
import socket

from daemon import wait_until
from sim import Gate
from sim.cloud import ok, status, stream

CHAT = "/v1/chat/completions"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def told(daemon, name="openai"):
    return {p["name"]: p for p in daemon.get("/status.json").json["providers"]}[name]


def test_one_without_a_key_is_told_once_an_app_has_asked_it(start, cloud, claude, ollama):
    daemon = start(cloud, ollama, {"provider.anthropic.base_url": claude.url})

    def names():
        return [p["name"] for p in daemon.get("/status.json").json["providers"]]

    assert names() == ["openai", "ollama"]
    daemon.post("/v1/messages", {"model": "claude-sonnet-4-5", "max_tokens": 9, "messages": [
        {"role": "user", "content": "Hi"}]}, {"x-api-key": "sk-app"})
    daemon.exchange()
    assert names() == ["openai", "ollama", "anthropic"] and told(daemon, "anthropic")["attempts"] == {"ok": 1}
    assert "\nanthropic (anthropic)" in daemon.get("/status").text


def is_refused(daemon):
    try:
        socket.create_connection(daemon.address, 5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_it_tells_what_is_going_on(start, cloud, ollama):
    gate = Gate()
    cloud.script(status(503), ok("fine"), stream("one", gate))
    daemon = start(cloud, ollama)
    assert daemon.chat().content == "fine"
    client = daemon.connect()
    client.request("POST", CHAT, {"model": "gpt-4", "messages": [], "stream": True})
    client.read_until(client.head(), '"one"')
    page = daemon.get("/status.json")
    assert page.header("content-type") == "application/json"
    assert page.header("cache-control") == "no-store"
    assert page.json["standin"] == {"provider": "ollama", "model": "ministral-3:3b",
                                    "why": "the first of its models in the settings"}
    top = {k: v for k, v in page.json.items() if k in ("status", "online", "local") or isinstance(v, int)}
    del top["uptime_ms"]
    assert top == {"status": "serving", "online": True, "local": False, "requests": 1, "retries": 1,
                   "fallbacks": 0, "inflight": 1, "open_streams": 1}
    assert page.json["uptime_ms"] >= 0
    assert [p["name"] for p in page.json["providers"]] == ["openai", "ollama"]
    found = told(daemon)
    error = found.pop("last_error")
    assert (error["class"], error["status"]) == ("server", 503) and TIME.fullmatch(error["time"])
    assert TIME.fullmatch(found.pop("last_success")) and found.pop("usual_ttft_ms") >= 0
    assert found == {
        "name": "openai", "state": "ready", "type": "openai", "base_url": cloud.url + "/v1", "is_local": True,
        "in_route": True, "in_messages": False,
        "can_be_tried": True, "skipped": None, "says": "can be tried", "breaker": "closed", "retry_in_ms": 0,
        "inflight": 1, "max_inflight": 0,
        "keys": [{"n": 1, "set_aside": False, "class": None, "until": None}], "attempts": {"ok": 1, "server": 1}}
    gate.open()
    wait_until(lambda: told(daemon)["attempts"] == {"ok": 2, "server": 1}, "the stream has ended")


def test_people_get_text(start, cloud, ollama):
    page = start(cloud, ollama).get("/status")
    assert page.status == 200 and page.header("content-type") == "text/plain; charset=utf-8"
    assert page.text.startswith("understudy ") and ": serving, online, up " in page.text
    assert f"\nopenai (openai) {cloud.url}/v1\n  can be tried\n" in page.text
    assert "sk-cloud" not in page.text


def test_a_skipped_provider_is_told_with_its_reason(start, cloud, ollama):
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"breaker.failures": 1, "breaker.open_for": "1h"})
    daemon.chat()
    found = told(daemon)
    assert (found["state"], found["skipped"], found["breaker"], found["can_be_tried"]) == (
        "out", "skipped-breaker", "open", False)
    assert 0 < found["retry_in_ms"] <= 3600000
    assert "is skipped: its breaker is open" in daemon.get("/status").text
    daemon = start(cloud, ollama, {"provider.openai.api_key": ""})
    assert told(daemon)["skipped"] == "skipped-no-key"


def test_it_needs_the_token(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.tokens": "tok"})
    for path in ("/status", "/status.json"):
        assert daemon.get(path).status == 401
        assert daemon.get(path, {"x-api-key": "tok"}).status == 200


def test_who_asks_while_it_drains_is_told_so(start, cloud, ollama):
    gate = Gate()
    cloud.script(stream("one", gate))
    daemon = start(cloud, ollama, {"server.drain_timeout": "1h"})
    client, half = daemon.connect(), daemon.connect()
    client.request("POST", CHAT, {"model": "gpt-4", "messages": [], "stream": True})
    answer = client.head()
    client.read_until(answer, '"one"')
    half.send(b"GET /status.json HTTP/1.1\r\nHost: loc")
    assert daemon.get("/healthz").status == 200
    daemon.signal(signal.SIGTERM)
    wait_until(lambda: is_refused(daemon), "new connections are refused")
    half.send(b"alhost\r\n\r\n")
    assert half.response("GET").json["status"] == "draining"
    gate.open()
    client.finish(answer)
    assert daemon.wait_exit() == 0


# ---- the page


BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def test_a_browser_gets_a_page_without_facts_and_needs_no_token(start, cloud, ollama):
    pages = []
    for settings in ({"server.tokens": "tok"}, {}):
        daemon = start(cloud, ollama, settings)
        pages.append(daemon.get("/status", BROWSER))
        assert daemon.request("HEAD", "/status/?x", headers=BROWSER).header("content-length") == str(len(pages[-1].body))
    assert pages[0].body == pages[1].body and len(pages[0].body) <= 60 << 10
    assert pages[0].status == 200 and pages[0].header("content-type") == "text/html; charset=utf-8"
    assert cloud.url not in pages[0].text
    for name, value in (("vary", "Accept"), ("x-content-type-options", "nosniff"), ("cache-control", "no-store"),
                        ("referrer-policy", "no-referrer")):
        assert pages[0].header(name) == value
    text = daemon.get("/status", {"Accept": "*/*"})
    assert text.header("content-type").startswith("text/plain") and text.header("vary") == "Accept"


def test_its_policy_allows_what_it_brings_and_nothing_else(start):
    page = start().get("/status", BROWSER)

    def source(tag):
        inside = page.body.split(f"<{tag}>".encode())[1].split(f"</{tag}>".encode())[0]
        return f"{tag}-src 'sha256-{base64.b64encode(hashlib.sha256(inside).digest()).decode()}'"

    assert page.header("content-security-policy").split("; ") == [
        "default-src 'none'", source("script"), source("style"), "connect-src 'self'", "base-uri 'none'", "form-action 'none'",
        "frame-ancestors 'none'"]
    assert not re.search(r"""\b(src|srcset|action|style|on\w+)=["']|@import|url\((?!#)|innerHTML|https?://(?!www\.w3\.org/)""",
                         page.text), "it loads something, or makes HTML of data"


def test_other_sites_do_not_get_the_page_either(start):
    daemon = start()
    assert daemon.get("/status", {**BROWSER, "Sec-Fetch-Site": "cross-site"}).status == 403
    assert daemon.get("/status", {**BROWSER, "Origin": "https://evil.test"}).status == 403
    assert daemon.get("/status", {**BROWSER, "Host": "evil.test"}).status == 403
    assert daemon.post("/status", b"{}", BROWSER).status == 405
