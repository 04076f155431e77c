#!/usr/bin/env python3
"""Makes docs/pictures: the page of /status as Chromium shows it after an hour in which pretended providers did well
and badly. That hour takes some two minutes: the daemon's clock is moved on from minute to minute.

    make pictures
"""
import json
import random
import sys
import tempfile
import threading
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS / "system")]

from PIL import Image  # noqa: E402

from browser import running_chromium  # noqa: E402
from daemon import Daemon  # noqa: E402
from sim import Cloud, Ollama  # noqa: E402
from sim import ollama as o  # noqa: E402
from sim import reply as r  # noqa: E402
from sim.cloud import openai_error, silent, stream  # noqa: E402
from sim.ollama import Model  # noqa: E402
from sim.world import Clock, Names, both  # noqa: E402

PICTURES = TESTS.parent / "docs/pictures"
MOST_BYTES = 200_000
MINUTES, SEED = 58, 11
TOKENS = {"laptop": "tok-laptop", "phone": "tok-phone", "editor": "tok-editor"}
INI = """
[route]
priority = openai, groq, ollama
hedge_after = 900ms
[provider groq]
model = llama-3.3-70b
[token laptop]
secret = tok-laptop
[token phone]
secret = tok-phone
[token editor]
secret = tok-editor
"""
SETTINGS = {"retry.multiplier": "0.4", "retry.min_wait": "400ms", "retry.jitter": "0", "provider.ollama.model": "llama3.2:3b",
            "provider.groq.api_key": "gsk-1,gsk-2", "breaker.failures": "4"}


# ---- the providers: what a question is made of says what becomes of it


def acts(request):
    """{"openai": ["429", "ok"], "first": 0.4, "rest": 1.2} stands in the question."""
    return json.loads(request.json["messages"][-1]["content"])


def answer_of(play, act):
    """What a cloud does at that point of the play."""
    if act == "ok":
        words = 12 + int(play["rest"] * 60)
        usage = {"prompt_tokens": play["tokens"], "completion_tokens": words, "total_tokens": play["tokens"] + words}
        return pauses(play, lambda *parts: stream(*parts, usage=usage))
    then = {"429": lambda: openai_error(429, "rate_limit_exceeded", "Slow down."), "503": lambda: r.status(503),
            "401": lambda: openai_error(401, "invalid_api_key", "Wrong key."), "402": lambda: openai_error(429, "insufficient_quota"),
            "400": lambda: openai_error(400, "invalid_value", "No."), "silent": silent, "cut": r.reset_before_answer}[act]()
    return lambda peer, request: (peer.pause(play["first"] / 2), then(peer, request))


def pauses(play, answer):
    pieces = [part for _ in range(8) for part in ("word ", play["rest"] / 8)]
    return answer(play["first"], *pieces)


class Player(Cloud):
    def __init__(self, name):
        super().__init__()
        self.name, self.asked, self.host_name = name, {}, f"api.{name}.test"
        self.far_url = f"http://{self.host_name}:{self.port}/v1"  # by an address of this machine it would be local

    def _answer(self, request):
        if request.method != "POST":
            return super()._answer(request)
        play = acts(request)
        turn = self.asked[play["n"]] = self.asked.get(play["n"], 0) + 1
        done = play.get(self.name, ["ok"])
        return answer_of(play, done[min(turn, len(done)) - 1])


class Standin(Ollama):
    def _chat(self, body):
        super()._chat(body)
        play = json.loads(body["messages"][-1]["content"])
        counts = {"prompt_eval_count": play["tokens"], "eval_count": 10 + int(play["rest"] * 30)}
        return pauses(play, lambda *parts: o.lines(*parts, counts=counts))


# ---- the hour


def plays(minute, chance):
    """What is asked in that minute: mostly nothing is wrong; around the 22nd openai is down, and near the end it limits."""
    limits, down = 48 <= minute < 57, 20 <= minute < 25
    for _ in range(chance.choice([1, 2, 2, 3, 4])):
        play = {"first": round(chance.uniform(0.15, 0.5), 2), "rest": round(chance.uniform(0.3, 1.4), 2), "tokens": chance.randint(80, 2400),
                "who": chance.choice(list(TOKENS)), "model": chance.choice(["gpt-4o", "gpt-4o", "gpt-4o-mini"])}
        luck = chance.random()
        if limits and luck < 0.45:
            play["openai"], play["groq"] = ["429"], ["429"] if luck < 0.3 else ["ok"]
        elif down and luck < 0.7:
            play["openai"] = ["503", "503", "503"] if luck < 0.5 else ["cut", "503", "503"]
            play["groq"] = ["402", "ok"] if luck < 0.1 else ["ok"] if luck < 0.4 else ["503"]
        elif luck < 0.04:
            play["openai"] = ["400"]
        elif luck < (0.65 if limits else 0.07):
            play["openai"] = ["silent"]
        elif luck < 0.2:
            play["openai"] = ["503", "ok"]
        yield play


def ask(daemon, play):
    body = {"model": play["model"], "stream": True, "messages": [{"role": "user", "content": json.dumps(play)}]}
    daemon.post("/v1/chat/completions", body, {"Authorization": f"Bearer {TOKENS[play['who']]}"})


def play_an_hour(daemon, clock):
    chance, count = random.Random(SEED), 0
    for minute in range(MINUTES):
        asked = []
        for play in plays(minute, chance):
            count += 1
            asked.append(threading.Thread(target=ask, args=(daemon, {**play, "n": count})))
        for thread in asked:
            thread.start()
        for thread in asked:
            thread.join()
        daemon.wait_for_log(event="exchange", count=count)
        clock.advance(60)
        print(f"\r  minute {minute + 1} of {MINUTES}", end="", flush=True)
    print()


# ---- the pictures


def save(name, image):
    """With 256 colours: the page has no more that anybody sees."""
    PICTURES.mkdir(exist_ok=True)
    file = PICTURES / f"{name}.png"
    Image.open(BytesIO(image)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
    assert file.stat().st_size < MOST_BYTES, f"{file} has {file.stat().st_size} bytes"
    print(f"  {file.relative_to(TESTS.parent)}  {file.stat().st_size} bytes")


def open_page(browser, daemon, dark=False, size=(1240, 1500)):
    context = browser.new_context(color_scheme="dark" if dark else "light", viewport=dict(zip(("width", "height"), size)),
                                  timezone_id="UTC", locale="en-GB", reduced_motion="reduce")
    page = context.new_page()
    page.goto(daemon.url + "/status")
    page.fill("#token", TOKENS["laptop"])
    page.keyboard.press("Enter")
    page.wait_for_selector("#link.live")
    page.wait_for_selector("#exchanges > li")
    return page


def take_pictures(browser, daemon):
    page = open_page(browser, daemon)
    page.locator("#exchanges button:has-text('fell back: rate_limit')").first.click()
    page.evaluate("document.activeElement.blur()")
    story = page.locator(".row.open").first
    save("status-story", story.screenshot())
    page.evaluate("location.hash = ''")
    page.wait_for_function("!document.querySelector('.story')")
    page.evaluate("scrollTo(0, 0)")
    save("status", page.screenshot())
    save("status-dark", open_page(browser, daemon, dark=True).screenshot())
    phone = open_page(browser, daemon, size=(390, 844))
    phone.locator("#exchanges").scroll_into_view_if_needed()
    phone.evaluate("document.getElementById('exchanges-title').scrollIntoView()")
    save("status-phone", phone.screenshot())


def main():
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="understudy-pictures-")))
        clock, names = Clock(folder), Names(folder)
        clock.turn(-60 * MINUTES)
        openai, groq = Player("openai"), Player("groq")
        ollama = Standin([Model("llama3.2:3b"), Model("qwen3:4b")])
        for server in (openai, groq, ollama):
            stack.callback(server.stop)
        for cloud in (openai, groq):
            names.set(cloud.host_name, "127.0.0.1")
        daemon = Daemon(folder / "d", openai.far_url, ollama, {**SETTINGS, "provider.groq.base_url": groq.far_url}, ini=INI,
                        env=both(names, clock), fast=False)
        stack.callback(daemon.stop)
        play_an_hour(daemon, clock)
        take_pictures(stack.enter_context(running_chromium()), daemon)
    return 0


sys.exit(main())
