"""The page of /status in Chromium: what it shows of facts, to eyes, keyboards and screen readers."""
import json
import re

import pytest

from browser import PHONE, WIDE, expect, faults, is_too_wide, needs_browser, rows
from stage import attempt, exchange, facts, provider, stamp

pytestmark = needs_browser
NASTY = ["<script>window.ran = 1</script>", "<img src=x onerror='window.ran = 1'>", "w" * 4000, "\u202eevil\u202c \u05e9\u05dc\u05d5\u05dd",
         "a\u0000b\u001b[31m\nc", "&lt;b&gt;\"'`", "javascript:window.ran=1", "__proto__", "constructor"]


def fell_back(n, **more):
    return exchange(n, attempt("openai", 0, 240, "rate_limit", 429, wait_ms=1000),
                    attempt("openai", 1240, 260, "rate_limit", 429, reason="attempts"),
                    attempt("ollama", 1510, 2500, model="llama3.2:3b", queued_ms=10), **{
                        "fallback": "rate_limit", "model": "llama3.2:3b", "ttft_ms": 2000, **more})


def mixed(count):
    """Every kind of exchange, the newest first."""
    kinds = [
        lambda n: exchange(n, client="laptop"),
        fell_back,
        lambda n: exchange(n, attempt("openai", 0, 2100, "cancelled", None), attempt("ollama", 1500, 1700, hedge=True), fallback="timeout"),
        lambda n: exchange(n, attempt("openai", 0, 0, "skipped-breaker", None), attempt("ollama", 0, 3100), fallback="skipped-breaker"),
        lambda n: exchange(n, attempt("openai", 0, 140, "request", 400), client="phone", ttft_ms=None),
        lambda n: exchange(n, attempt("openai", 0, 90, "network", None, wait_ms=500), attempt("openai", 590, 90, "server", 503),
                           attempt("ollama", 700, 30, "model", 404), ttft_ms=None, prompt_tokens=None, completion_tokens=None),
        lambda n: exchange(n, attempt("openai", 0, 90000)),
    ]
    return [kinds[n % len(kinds)](n) for n in range(count, 0, -1)]


@pytest.mark.parametrize("count", [0, 1, 200])
def test_it_shows_as_many_exchanges_as_there_are(stage, viewer, count):
    stage.facts = facts(mixed(count))
    page = viewer(stage.url)
    expect(rows(page)).to_have_count(count)
    expect(page.locator("#headline")).to_have_text("openai is on stage.")
    expect(page.locator("#standin")).to_have_text("If the others fail now, it is the turn of ollama with llama3.2:3b: it is the first "
                                                  "of the installed models that can chat.")
    expect(page.locator("#empty")).to_be_visible(visible=count == 0)
    expect(page.locator("#charts figure")).to_have_count(4)
    assert {path for path, _ in stage.asked} == {"/status", "/status.json", "/status/events"}


def test_names_are_text_whatever_stands_in_them(stage, viewer):
    told = [exchange(i + 1, attempt(bad, 0, 100, bad, 500, model=bad, reason=bad), asked=bad, client=bad, model=bad, path=bad,
                     fallback=bad, **{"class": bad}) for i, bad in enumerate(NASTY)]
    stage.facts = facts(told, version=NASTY[0], standin={"provider": NASTY[0], "model": NASTY[2], "why": NASTY[1]},
                        providers=[provider(bad, type=bad, base_url=bad, says=bad, state="out", can_be_tried=False, skipped=bad, breaker=bad,
                                            attempts={bad: 1}, last_error={"class": bad, "status": 500, "time": stamp(0)},
                                            keys=[{"n": 1, "set_aside": True, "class": bad, "until": stamp(9)}]) for bad in NASTY],
                        words={"classes": {bad: bad for bad in NASTY}, "reasons": {bad: bad for bad in NASTY}, "skips": {}})
    for size in (WIDE, PHONE):
        page = viewer(stage.url, size=size)
        expect(rows(page)).to_have_count(len(NASTY))
        for i in range(len(NASTY)):
            rows(page).nth(i).locator("button").click()
            expect(page.locator(".story")).to_have_count(1)
        page.locator("#legend summary").click()
        assert not is_too_wide(page)
        assert page.evaluate("window.ran") is None
        assert page.locator("img, iframe, main script, main a:not([href^='#'])").count() == 0
        shown = page.evaluate("[...document.querySelectorAll('#exchanges .who .name')].map((e) => e.textContent)")
        assert set(shown) == {bad if len(bad) <= 80 else bad[:80] + "\u2026" for bad in NASTY}
        # Where a name turns the direction, it does so for itself.
        assert page.evaluate("[...document.querySelectorAll('.name')].every((e) => getComputedStyle(e).unicodeBidi === 'isolate')")


def test_a_row_opens_to_its_story(stage, viewer):
    told = fell_back(7, client="laptop", prompt_tokens=1200, cached_tokens=1000)
    stage.facts = facts([told])
    page = viewer(stage.url)
    line = rows(page).first.locator("button")
    expect(line).to_have_attribute("aria-expanded", "false")
    expect(line).to_contain_text("fell back: rate_limit")
    line.click()
    expect(line).to_have_attribute("aria-expanded", "true")
    assert page.locator(".story li > span:last-child").all_inner_texts() == [
        "laptop asked for gpt-4o, as a stream (/v1/chat/completions).",
        "openai was asked for openai-m.",
        "After 240 ms it answered with status 429, which is rate_limit: the provider asks to send less.",
        "openai was asked again after a pause of 1 s.",
        "After 260 ms it answered with status 429, which is rate_limit: the provider asks to send less.",
        "It was not asked again: all its tries are used up.",
        "All places at ollama were taken: the exchange waited 10 ms for one. Then ollama was asked for llama3.2:3b.",
        "ollama answered with llama3.2:3b, on this machine or near it. The first content came after 2 s, the end after 4.01 s. "
        "1,200 tokens read (1,000 of them from its cache) and 300 tokens written.",
        "So it fell back to ollama, because of rate_limit: the provider asks to send less."]
    line.click()
    expect(page.locator(".story")).to_have_count(0)


@pytest.mark.parametrize("told, sentences", [
    (exchange(1, attempt("ollama", 1500, 1700, hedge=True), attempt("openai", 0, 2100, "cancelled", None), provider="ollama", model="ollama-m", **{"class": "ok"}),
     ["ollama was asked for ollama-m beside openai, of which nothing had come yet.", "it was stopped: another answer had begun."]),
    (exchange(1, attempt("openai", 0, 0, "skipped-breaker", None), attempt("ollama", 0, 9), fallback="skipped-breaker"),
     ["openai was passed over: its breaker is open after repeated failures.", "because of skipped-breaker: its breaker is open"]),
    (exchange(1, attempt("openai", 0, 140, "request", 400), ttft_ms=None),
     ["the app was told status 400: request: the provider calls the request invalid."]),
    (exchange(1, attempt("openai", 0, 140, "cancelled", None), status=499),
     ["it was stopped, since the app went away.", "the app went away before it had the whole answer."]),
    (exchange(1, attempt("openai", 0, 10, "auth", 401, key=1), attempt("openai", 10, 10, "ok", key=2), attempts_left_out=3),
     ["openai was asked again at once for openai-m with its key 2.", "3 more tries were made"]),
    (exchange(1, client=None, asked=None, model=None, provider=None, attempts=[], ttft_ms=None, status=503, **{"class": "skipped"}),
     ["An app asked for no model by its name", "the app was told status 503: skipped: the provider was not tried."]),
    (exchange(1, attempt("openai", 0, 100), attempt("openai", 900, 100), tools=[
        {"name": "weather__today", "start_ms": 100, "ms": 300, "ok": True, "end": "ok"},
        {"name": "mail__<b>", "start_ms": 100, "ms": 800, "ok": False, "end": "timeout"}]),
     ["The tool weather__today was called here for the model: it answered after 300 ms.",
      "The tool mail__<b> was called here for the model: no result (timeout) after 800 ms."]),
], ids=["hedge", "skip", "refusal", "the app left", "two keys", "nobody", "tools"])
def test_each_end_has_its_sentences(stage, viewer, told, sentences):
    stage.facts = facts([told])
    page = viewer(stage.url + "#" + told["id"])
    for sentence in sentences:
        expect(page.locator(".story")).to_contain_text(sentence)


def test_the_bar_tells_more_than_colours_do(stage, viewer):
    stage.facts = facts(mixed(7))
    page = viewer(stage.url)
    looks = page.evaluate("""() => Object.fromEntries([...document.querySelectorAll('#exchanges .piece')].map((e) => {
        const style = getComputedStyle(e);
        return [e.className.replace(/lane\\d/, ''), [style.backgroundImage, style.borderStyle].join(' ')]; }))""")
    assert len(looks) > 8
    # Those of cloud and local differ without colours, and so do all kinds of failure.
    plain = [re.sub(r"rgba?\([^)]*\)", "", look) for look in looks.values()]
    assert len(set(plain)) >= len(plain) - 1, looks
    page.locator("#legend summary").click()
    expect(page.locator("#classes")).to_contain_text("the provider asks to send less")


def test_what_happens_at_the_same_time_is_drawn_below_each_other(stage, viewer):
    stage.facts = facts([exchange(2, attempt("openai", 0, 2100, "cancelled", None), attempt("ollama", 1500, 1700, hedge=True, queued_ms=300)),
                         exchange(1, attempt("openai", 0, 100, "server", 503, wait_ms=400), attempt("openai", 500, 700)),
                         exchange(0, attempt("openai", 0, 100), attempt("openai", 900, 100), ttft_ms=950, tools=[
                             {"name": "a__b", "start_ms": 100, "ms": 800, "ok": True, "end": "ok"},
                             {"name": "a__c", "start_ms": 100, "ms": 300, "ok": False, "end": "timeout"}])])
    page = viewer(stage.url)
    boxes = "(row) => [...document.querySelectorAll('#exchanges .bar')[row].children].map((e) => { const b = e.getBoundingClientRect(); return [e.className.split(' ')[1], b.left, b.right, b.top, b.bottom]; })"
    one, queue, silent, answer = page.evaluate(boxes, 0)
    assert [piece[0] for piece in (one, queue, silent, answer)] == ["try", "queue", "try", "stream"]
    assert queue[3] >= one[4] - 2 and queue[1] < one[2]  # below it, and beside it in time
    assert abs(queue[2] - silent[1]) <= 3 and abs(silent[2] - answer[1]) <= 1
    pieces = page.evaluate(boxes, 1)
    assert [piece[0] for piece in pieces] == ["try", "wait", "try", "stream"]
    assert all(abs(a[2] - b[1]) <= 3 for a, b in zip(pieces, pieces[1:]))
    first, silent, answer, call, other = page.evaluate(boxes, 2)
    assert [piece[0] for piece in (first, call, other)] == ["try", "tool", "tool"]
    assert abs(first[2] - call[1]) <= 3 and abs(call[2] - silent[1]) <= 3 and other[3] > call[3]  # between the rounds, below each other


def test_what_takes_far_longer_leaves_room_for_the_others(stage, viewer):
    stage.facts = facts([exchange(99, attempt("openai", 0, 300000))] + [exchange(n) for n in range(20, 0, -1)])
    page = viewer(stage.url)
    widths = page.evaluate("[...document.querySelectorAll('#exchanges .bar')].map((e) => [...e.children].reduce((w, p) => w + p.getBoundingClientRect().width, 0) / e.getBoundingClientRect().width)")
    assert widths[1] > 0.3
    expect(page.locator(".bar.beyond")).to_have_count(1)


def test_a_link_opens_its_row(stage, viewer):
    stage.facts = facts(mixed(200))
    wanted = f"{3:016x}"
    page = viewer(f"{stage.url}#{wanted}")
    line = page.locator(f"button[data-id='{wanted}']")
    expect(line).to_have_attribute("aria-expanded", "true")
    expect(line).to_be_in_viewport()
    page.evaluate(f"location.hash = '{9:016x}'")
    expect(page.locator("button[aria-expanded=true]")).to_have_attribute("data-id", f"{9:016x}")
    page.evaluate("location.hash = 'feedfeedfeedfeed'")
    expect(page.locator("#missing")).to_contain_text("Exchange feedfeedfeedfeed is not among the last 200")


def test_filters_are_kept_in_the_address(stage, viewer):
    stage.facts = facts(mixed(140))
    page = viewer(stage.url)
    for select, value, count in (("#by-client", "laptop", 20), ("#by-provider", "ollama", 80), ("#by-class", "request", 20),
                                 ("#by-model", "llama3.2:3b", 20)):
        page.select_option(select, value)
        expect(rows(page)).to_have_count(count)
        expect(page.locator("#shown")).to_have_text(f"{count} of 140")
        page.reload()
        expect(rows(page)).to_have_count(count)
        page.locator("#clear").click()
        expect(rows(page)).to_have_count(140)
    page.check("#by-fallback")
    expect(rows(page)).to_have_count(60)
    page.select_option("#by-class", "rate_limit")
    expect(rows(page)).to_have_count(20)
    assert page.url.endswith("/status#class=rate_limit&fell=back")
    rows(page).first.locator("button").click()
    page.reload()
    expect(page.locator(".story")).to_have_count(1)
    expect(rows(page)).to_have_count(20)


def test_the_route_tells_each_state_in_words(stage, viewer):
    stage.facts = facts(providers=[
        provider("openai", state="out", can_be_tried=False, skipped="skipped-breaker", says="its breaker is open after repeated failures.",
                 breaker="open", retry_in_ms=23000, last_error={"class": "server", "status": 503, "time": stamp(0)}),
        provider("groq", keys=[{"n": 1, "set_aside": False, "class": None, "until": None},
                               {"n": 2, "set_aside": True, "class": "quota", "until": stamp(3600)}], inflight=1, max_inflight=4),
        provider("ollama", type="ollama", is_local=True, state="trial", breaker="half-open", attempts={}, usual_ttft_ms=None, last_success=None),
        provider("anthropic", in_route=False, in_messages=True), provider("xai", state="unused", in_route=False, can_be_tried=False)], standin=None)
    page = viewer(stage.url)
    expect(page.locator("#headline")).to_have_text("groq is on stage in place of openai.")
    boxes = page.locator("#route .box")
    for i, words in enumerate((["Your app"],
                               ["openai", "Passed over: its breaker is open after repeated failures", "open, the next try in 23 s", "server (503)"],
                               ["groq", "Ready", "key 2 of 2 is set aside (quota) until", "1 of at most 4", "after 420 ms, usually"],
                               ["ollama", "On trial", "local", "not asked since the start"])):
        for word in words:
            expect(boxes.nth(i)).to_contain_text(word)
    page.locator("#elsewhere summary").click()
    expect(page.locator("#others")).to_contain_text("for Messages only")
    expect(page.locator("#others")).to_contain_text("Not asked")
    expect(page.locator("#standin")).to_have_text("Nobody would stand in now.")


def test_charts_say_in_words_what_they_draw(stage, viewer):
    stage.facts = facts(mixed(3))
    page = viewer(stage.url)
    names = [page.locator("#charts svg").nth(i).get_attribute("aria-label") for i in range(4)]
    assert names[0] == "Answers, last hour: cloud 3, local 1; at most 4 at a time"
    assert names[2] == "Time to first content, last hour: half in 420 ms, 95 % in 1.3 s; at most 1.3 s at a time"
    assert page.locator("svg.requests rect.cloud").count() == 14
    page.locator("[data-span=day]").click()
    expect(page.locator("[data-span=day]")).to_have_attribute("aria-pressed", "true")
    assert page.locator("#charts svg").first.get_attribute("aria-label").startswith("Answers, last day")
    page.locator("#numbers summary").click()
    expect(page.locator("#table tbody tr")).to_have_count(15)


def test_all_of_it_works_without_a_mouse(stage, viewer):
    stage.facts = facts(mixed(30))
    page = viewer(stage.url)

    def focused():
        return page.evaluate("document.activeElement.id || document.activeElement.className")

    page.keyboard.press("Tab")
    assert focused() == "skip"
    page.keyboard.press("Enter")
    assert focused() == "line"
    ids = page.evaluate("[...document.querySelectorAll('button.line')].map((e) => e.dataset.id)")
    for key, n in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("End", 29), ("Home", 0)):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.dataset.id") == ids[n]
    page.keyboard.press("Enter")
    expect(page.locator(".story")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".story")).to_have_count(0)
    assert page.evaluate("document.activeElement.dataset.id") == ids[0]
    seen = [focused()]
    while len(seen) < 40:
        page.keyboard.press("Shift+Tab")
        seen.append(focused())
        assert page.evaluate("document.activeElement === document.body || document.activeElement.matches(':focus-visible')")
        if seen[-1] == "skip":
            break
    assert {"by-provider", "by-class", "by-client", "by-model", "by-fallback", "hold", "skip"} <= set(seen), seen
    assert seen.count("line") == 1


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_axe_finds_nothing(stage, viewer, dark, size):
    stage.facts = facts(mixed(20), providers=[
        provider("openai", state="out", can_be_tried=False, skipped="skipped-breaker", says="its breaker is open", breaker="open"),
        provider("groq", state="trial", breaker="half-open"), provider("ollama", is_local=True), provider("anthropic", state="unused", in_route=False)])
    page = viewer(f"{stage.url}#{19:016x}", dark=dark, size=size, reduced_motion="reduce")
    for summary in ("#legend", "#numbers", "#elsewhere"):
        page.locator(f"{summary} summary").click()
    assert faults(page) == []


def test_a_phone_needs_no_sideways_scroll(stage, viewer):
    stage.facts = facts(mixed(50))
    page = viewer(f"{stage.url}#{49:016x}", size=PHONE)
    for summary in ("#legend", "#numbers"):
        page.locator(f"{summary} summary").click()
        assert not is_too_wide(page)
    expect(rows(page).nth(10).locator(".bar")).to_be_visible()


def test_nothing_moves_for_who_does_not_like_it(stage, viewer):
    page = viewer(stage.url, reduced_motion="reduce")
    assert page.evaluate("document.getAnimations().length") == 0
    assert viewer(stage.url, reduced_motion="no-preference").evaluate("document.getAnimations().length") == 1


def test_facts_with_holes_are_shown_as_far_as_they_go(stage, viewer):
    """A newer or older daemon behind a page that stayed open."""
    stage.facts = json.loads('{"status": "serving", "providers": [{"name": "x"}], "exchanges": [{"id": "%s", "time": "%s"}]}'
                             % ("a" * 16, stamp(0)))
    page = viewer(stage.url)
    expect(rows(page)).to_have_count(1)
    rows(page).first.locator("button").click()
    expect(page.locator(".story")).to_be_visible()
