"""The page of /status while things happen: events, lost connections, tokens."""
from browser import expect, faults, needs_browser, rows
from stage import attempt, exchange, facts, provider

pytestmark = needs_browser


def test_what_ends_comes_up_on_top(stage, viewer):
    stage.facts = facts([exchange(1)])
    page = viewer(stage.url)
    stage.tell(exchange(2, attempt("ollama", 0, 50), fallback="auth", client="phone"))
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("fell back: auth")
    stage.send("state", {"providers": [provider("openai", can_be_tried=False, says="it is down"), provider("ollama")], "requests": 7})
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


def test_it_says_what_was_lost(stage, viewer):
    page = viewer(stage.url)
    stage.send("lost", {"count": 1234})
    expect(page.locator("#lost")).to_have_text("1,234 exchanges came faster than could be shown, and are not in the list.")


def test_a_stream_that_ends_is_taken_up_again(stage, viewer):
    viewer.net_fails = True
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


