"""The page of /status while things happen: events, lost connections, tokens; with pretended facts, and with a daemon."""
import threading

import pytest

import chaos
from browser import expect, faults, needs_browser, rows
from daemon import PATIENCE, wait_until
from sim import Gate
from sim.cloud import openai_error, status, stream
from sim.net import free_port
from stage import attempt, exchange, facts, provider

pytestmark = needs_browser


def test_what_ends_comes_up_on_top(stage, viewer):
    stage.facts = facts([exchange(1)])
    page = viewer(stage.url)
    stage.tell(exchange(2, attempt("ollama", 0, 50), fallback="auth", client="phone"))
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("fell back: auth")
    stage.send("state", {"providers": [provider("openai", state="out", can_be_tried=False, says="it is down"), provider("ollama")], "requests": 7})
    expect(page.locator("#headline")).to_have_text("ollama is on stage in place of openai.")
    expect(page.locator("#totals")).to_contain_text("7 requests")
    page.select_option("#by-client", "phone")
    stage.tell(exchange(3))
    stage.tell(exchange(4, client="phone"))
    expect(page.locator("#shown")).to_have_text("2 of 4")


def test_a_row_that_is_open_or_focused_stays_so(stage, viewer):
    stage.facts = facts([exchange(1)])
    page = viewer(stage.url)
    line = rows(page).first.locator("button")
    line.click()
    for n in range(2, 260):
        stage.tell(exchange(n))
    expect(rows(page)).to_have_count(201)  # the last 200, and the open one
    expect(page.locator("button[aria-expanded=true]")).to_have_attribute("data-id", f"{1:016x}")
    assert page.evaluate("document.activeElement.dataset.id") == f"{1:016x}"
    expect(page.locator(".story")).to_have_count(1)


def test_a_pause_holds_back_what_comes(stage, viewer):
    stage.facts = facts([exchange(1)])
    page = viewer(stage.url)
    page.locator("#hold").click()
    stage.tell(exchange(2))
    expect(page.locator("#shown")).to_have_text("1 new one held back")
    expect(rows(page)).to_have_count(1)
    page.locator("#hold").click()
    expect(rows(page)).to_have_count(2)


def test_what_was_not_told_is_fetched_and_the_rest_is_said_to_be_lost(stage, viewer):
    page = viewer(stage.url)
    stage.facts = facts([exchange(2), exchange(1)])
    stage.send("lost", {"count": 1234})
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#lost")).to_have_text("1,232 exchanges came faster than could be shown, and are not in the list.")
    stage.facts = facts([exchange(3), exchange(2), exchange(1)])
    stage.send("lost", {"count": 1})
    expect(rows(page)).to_have_count(3)
    expect(page.locator("#lost")).to_contain_text("1,232 exchanges")


def test_a_stream_that_ends_is_taken_up_again(stage, viewer):
    viewer.net_fails, stage.retry_ms = True, 30000  # only the button takes it up sooner
    stage.facts = facts([exchange(1)])
    page = viewer(stage.url)
    stage.tell(exchange(5))
    expect(rows(page)).to_have_count(2)
    stage.away = True
    stage.cut()
    expect(page.locator("#connection")).to_contain_text("not connected since")
    expect(page).to_have_title("not connected: understudy: what it does")
    stage.facts = facts([exchange(6), exchange(5), exchange(1)])
    stage.away = False
    page.locator("#retry").click()
    expect(page.locator("#link-words")).to_have_text("live")
    expect(rows(page)).to_have_count(3)
    events = [headers for path, headers in stage.asked if path == "/status/events"]
    assert events[0].get("Last-Event-ID") is None and events[-1]["Last-Event-ID"] == f"{5:016x}"


def test_it_waits_longer_from_try_to_try_and_not_for_ever(stage, viewer):
    viewer.net_fails = True
    page = viewer(stage.url)
    wait_until(lambda: page.evaluate("source.line.pause_ms") == 100, "the stream has said how long to wait")
    stage.away = True
    stage.cut()
    waits = []

    def next_try():
        waits.append(page.evaluate("(source.line.wake && source.line.wake(), source.line.pause_ms)"))
        return waits[-1] == 30000

    wait_until(next_try, lambda: f"the longest wait: {waits}")
    steps = sorted(set(waits))
    assert steps[0] == 100 and all(b == min(2 * a, 30000) for a, b in zip(steps, steps[1:])), steps
    page.evaluate("source.line.wake()")
    assert next_try()
    expect(page.locator("#countdown")).to_contain_text("next try in")
    stage.away = False
    page.evaluate("source.line.wake()")
    expect(page.locator("#link-words")).to_have_text("live")


def test_a_connection_that_fell_silent_is_given_up(stage, viewer):
    page = viewer(stage.url, prepare=lambda page: page.clock.install())
    before = len(stage.asked)
    page.clock.fast_forward(44000)
    stage.send("lost", {"count": 0})  # a sign of life
    expect(page.locator("#link-words")).to_have_text("live")
    assert len([path for path, _ in stage.asked[before:] if path == "/status/events"]) == 0
    page.clock.fast_forward(46000)
    wait_until(lambda: page.wait_for_timeout(20) or len([p for p, _ in stage.asked[before:] if p == "/status/events"]) > 0,
               "it has opened another one")


STREAM = (": still here\n\nretry: 2000\n\nevent: state\r\ndata: {\"a\":\r\ndata: 1}\r\n\r\nid: 7\nevent: exchange\ndata:{\"b\":2}\n\n"
          "data\n\nevent: none\n\nid: 8\rdata: \u00e4\U0001f389\r\rdata: not ended\n")


def test_events_are_the_same_in_whatever_pieces_they_come(stage, viewer):
    page = viewer(stage.url)
    read = """(pieces) => { const found = []; const feed = eventReader((e) => found.push(e)); pieces.forEach((p) => feed(p)); return found; }"""
    whole = page.evaluate(read, [STREAM])
    assert [(e["event"], e["data"], e.get("id")) for e in whole] == [
        ("retry", "2000", None), ("state", '{"a":\n1}', None), ("exchange", '{"b":2}', "7"), ("message", "", "7"), ("message", "\u00e4\U0001f389", "8")]
    for at in range(len(STREAM)):
        assert page.evaluate(read, [STREAM[:at], STREAM[at:]]) == whole, at
    assert page.evaluate(read, list(STREAM)) == whole


def test_without_a_stream_the_facts_are_shown_all_the_same(stage, viewer):
    viewer.net_fails, stage.no_events = True, True
    stage.facts = facts([exchange(1)])
    page = viewer(stage.url, live=False)
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#link-words")).to_contain_text("(status 404 for events)")
    stage.facts = facts([exchange(2), exchange(1)])
    page.locator("#retry").click()
    expect(rows(page)).to_have_count(2)


def test_a_token_is_asked_for_and_kept_in_the_tab_alone(stage, viewer):
    viewer.net_fails = True
    stage.token = "tok-1"
    stage.facts = facts([exchange(1)])
    page = viewer(stage.url, live=False)
    expect(page.locator("#token")).to_be_focused()
    assert faults(page) == []
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.locator("#door-why")).to_contain_text("That token is not taken")
    page.keyboard.type("tok-1")
    page.keyboard.press("Enter")
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#door")).to_be_hidden()
    page.reload()
    expect(rows(page)).to_have_count(1)
    assert page.evaluate("[sessionStorage.length, localStorage.length, document.cookie]") == [1, 0, ""]
    assert "tok-1" not in page.content() and "tok-1" not in page.url
    assert all("tok-1" not in path for path, _ in stage.asked)
    page.locator("#forget").click()
    expect(page.locator("#token")).to_be_focused()
    assert page.evaluate("sessionStorage.length") == 0
    expect(viewer(stage.url, live=False).locator("#token")).to_be_focused()




# ---- with a daemon


def test_an_answer_is_found_by_the_id_that_the_app_has(start, cloud, ollama, viewer):
    cloud.script(status(503), openai_error(429, "rate_limit_exceeded", "Slow down."))
    daemon = start(cloud, ollama, {"retry.attempts": 2, "provider.openai.retry_on": "server, rate_limit"})
    page = viewer(daemon.url + "/status")
    expect(page.locator("#empty")).to_contain_text(daemon.base_url)
    answer = daemon.chat("A secret that nobody else may read", stream=True)
    expect(rows(page)).to_have_count(1)
    page.goto(f"{daemon.url}/status#{answer.header('x-understudy-id')}")
    page.reload()
    story = page.locator(".story")
    for words in ("An app asked for gpt-4, as a stream", "After ", "it answered with status 503, which is server: the provider reported a fault of its own.",
                  "openai was asked again after a pause of 10 ms.", "status 429, which is rate_limit: the provider asks to send less.",
                  "It was not asked again: ", "Then ollama was asked for ministral-3:3b.", "ollama answered with ministral-3:3b",
                  "11 tokens read and 4 tokens written.", "So it fell back to ollama, because of rate_limit"):
        expect(story).to_contain_text(words)
    expect(page.locator("#headline")).to_have_text("openai is on stage.")
    expect(page.locator("#standin")).to_contain_text("it is the turn of ollama with ministral-3:3b: ")
    assert page.locator("svg.requests").get_attribute("aria-label") == "Answers, last hour: cloud 0, local 1; at most 1 at a time"
    assert "secret that nobody" not in page.content()


def test_it_lives_on_when_the_daemon_starts_anew(start, cloud, ollama, viewer):
    viewer.net_fails, start.unsent = True, None  # one that has ended keeps no books
    where = {"server.listen": f"127.0.0.1:{free_port()}"}
    daemon = start(cloud, ollama, where)
    daemon.chat()
    page = viewer(daemon.url + "/status")
    expect(rows(page)).to_have_count(1)
    daemon.signal(15)
    daemon.wait_exit()
    expect(page.locator("#link-words")).to_contain_text("not connected since")
    daemon = start(cloud, ollama, where)
    expect(page.locator("#link-words")).to_have_text("live")
    daemon.chat()
    expect(rows(page)).to_have_count(2)


def test_a_token_of_a_client_opens_the_page(start, cloud, ollama, viewer):
    viewer.net_fails = True
    daemon = start(cloud, ollama, {"server.tokens": "tok-all"}, ini="[token phone]\nsecret = tok-phone\n")
    page = viewer(daemon.url + "/status", live=False)
    page.fill("#token", "tok-phone")
    page.keyboard.press("Enter")
    expect(page.locator("#link-words")).to_have_text("live")
    daemon.chat(headers={"Authorization": "Bearer tok-phone"})
    expect(page.locator("#by-client option")).to_have_text(["any", "phone"])


@pytest.fixture
def play():
    play = chaos.Stage("1", 200)
    yield play
    play.stop()


def test_it_keeps_up_while_everything_breaks(start, play, viewer):
    start.unsent = None
    daemon = start(play.cloud, play.ollama, {"provider.openai.first_byte_timeout": "1s", "provider.ollama.first_byte_timeout": "1s",
                                             "provider.openai.idle_timeout": "1s", "provider.ollama.idle_timeout": "1s"})
    page = viewer(daemon.url + "/status")
    crowd = chaos.Crowd(daemon, play.plan, 5 * PATIENCE)
    at_work = threading.Thread(target=crowd.run)
    at_work.start()
    expect(rows(page)).not_to_have_count(0)
    wait_until(lambda: page.wait_for_timeout(50) or not at_work.is_alive(), "all has been asked", 10 * PATIENCE)
    wait_until(lambda: daemon.metric("inflight") == 0, "the exchanges have ended")
    kept = {x["id"] for x in daemon.get("/status.json").json["exchanges"]}
    assert len(kept) > 150  # who left before the daemon had understood them are none
    expect(rows(page)).to_have_count(len(kept))
    assert kept == set(page.evaluate("[...document.querySelectorAll('#exchanges button.line')].map((e) => e.dataset.id)"))
    for i in range(0, len(kept), 20):
        rows(page).nth(i).locator("button").click()
        expect(page.locator(".story")).to_have_count(1)
    expect(page.locator("#link-words")).to_have_text("live")


def test_a_stream_under_way_is_counted(start, cloud, ollama, viewer):
    gate = Gate()
    cloud.script(stream("one ", gate, "two"))
    daemon = start(cloud, ollama)
    page = viewer(daemon.url + "/status")
    client = daemon.connect()
    client.request("POST", "/v1/chat/completions", {"model": "gpt-4", "messages": [], "stream": True})
    client.read_until(client.head(), "one")
    expect(page.locator("#totals")).to_contain_text("1 exchange under way · 1 open stream")
    gate.open()
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#totals")).to_contain_text("0 open streams")
