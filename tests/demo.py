#!/usr/bin/env python3
"""Shows what understudy does when the cloud fails, with a pretended cloud and a pretended Ollama.

    make demo                 about 20 s: the waits are the real ones; a silent cloud is given 1 s,
                              where the defaults give it 60 (streams) or 280
    tests/demo.py --quick     the same with waits of milliseconds

Asks one question with the official OpenAI SDK while the cloud fails in another way each time, and
prints a line for each. Exit status 0 if every answer was the right one.
"""
import os
import re
import sys
import tempfile
import time
from collections import namedtuple
from contextlib import ExitStack
from pathlib import Path

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS / "system")]
# A proxy of this machine has nothing to do with loopback.
for variable in [v for v in os.environ if v.lower().endswith("_proxy")]:
    del os.environ[variable]

import openai  # noqa: E402

from daemon import PATIENCE, SLOW, Daemon  # noqa: E402
from sim import Cloud, Ollama  # noqa: E402
from sim import ollama as o  # noqa: E402
from sim.cloud import cut_stream, ok, openai_error, silent, status  # noqa: E402

QUESTION = "What is the capital of France?"
CLOUD, LOCAL = "Paris, says the cloud.", "Paris, says Ollama."
BEGUN, REST = "Paris, as ev", "ery atlas says."
WAITS = {False: [1000, 2000], True: [1, 2]}  # by --quick; the first are the defaults
LIMITS = {False: "1 s", True: "100 ms"}  # for a silent cloud; the default is longer than a demo

# to: which daemon. prepare(cloud, ollama) breaks them, and returns those that refuse to connect.
# waits: how many. error: what the SDK must raise in place of an end.
Case = namedtuple("Case", "name to prepare streamed provider attempts waits answer error",
                  defaults=(False, None, "", 0, "", ""))
Seen = namedtuple("Seen", "provider attempts waits seconds answer error")


def refuse(*servers):
    for server in servers:
        server.refuse()
    return servers


def cut(cloud, ollama):
    cloud.script(cut_stream("Paris, ", "as ev"))
    ollama.script(o.text(REST))


CASES = [
    Case("works", "main", lambda cloud, _: None,
         provider="openai", attempts="openai=1", answer=CLOUD),
    Case("says 503 twice", "main",
         lambda cloud, _: cloud.script(status(503), status(503), ok(CLOUD)),
         provider="openai", attempts="openai=3", waits=2, answer=CLOUD),
    Case("is silent (limit: {limit})", "main", lambda cloud, _: cloud.script(silent()),
         provider="ollama", attempts="openai=3, ollama=1", waits=2, answer=LOCAL),
    Case("refuses to connect", "main", lambda cloud, _: refuse(cloud),
         provider="ollama", attempts="openai=3, ollama=1", waits=2, answer=LOCAL),
    Case("refuses the key", "main",
         lambda cloud, _: cloud.script(openai_error(401, "invalid_api_key", "Wrong key.")),
         provider="ollama", attempts="openai=1, ollama=1", answer=LOCAL),
    Case("breaks off in mid-stream", "main", cut, streamed=True,
         provider="openai", attempts="openai=1", answer=BEGUN, error="cut off"),
    Case("the same, continue_stream", "continue", cut, streamed=True,
         provider="ollama", attempts="openai=1, ollama=1", answer=BEGUN + REST),
    Case("is out of reach: offline", "offline", lambda cloud, _: None,
         provider="ollama", attempts="ollama=1", answer=LOCAL),
    Case("is down, and so is Ollama", "main", refuse,
         provider="", attempts="openai=3, ollama=2", waits=3,
         error="All LLM providers failed."),
]


# ---- the stage


def settings(quick):
    """Those of every daemon here. Each case stands for itself, so no breaker opens."""
    unit = WAITS[quick][0]
    return {"retry.jitter": "0", "breaker.failures": "0", "log.level": "info",
            "retry.multiplier": str(unit / 1000), "retry.min_wait": f"{unit}ms",
            "provider.openai.first_byte_timeout": f"{int((100 if quick else 1000) * SLOW)}ms"}


def raise_curtain(stack, quick):
    """(cloud, ollama, daemons by name); all end with the stack."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="understudy-demo-")))
    cloud, ollama = Cloud(), Ollama()
    stack.callback(cloud.stop)
    stack.callback(ollama.stop)
    daemons = {}

    def start(name, cloud_of_it, **more):
        more = {k.replace("__", "."): v for k, v in more.items()}
        daemons[name] = Daemon(folder / name, cloud_of_it, ollama, {**settings(quick), **more},
                               fast=False)
        stack.callback(daemons[name].stop)

    # Nothing listens there. What is on this machine would be tried even offline, so that this
    # daemon's cloud is elsewhere: a name that cannot exist (RFC 6761).
    start("offline", "http://cloud.invalid", connectivity__check_url="http://127.0.0.1:1/")
    start("main", cloud)
    start("continue", cloud, route__continue_stream="yes")
    daemons["offline"].wait_for_log(event="offline")
    return cloud, ollama, daemons


# ---- one question


def ask(client, streamed):
    """(answer, error) as an app sees them."""
    answer = ""
    try:
        reply = client.chat.completions.create(
            model="gpt-4", stream=streamed, messages=[{"role": "user", "content": QUESTION}])
        if not streamed:
            return reply.choices[0].message.content, ""
        for event in reply:
            answer += event.choices[0].delta.content or "" if event.choices else ""
        return answer, ""
    except openai.APIError as error:
        body = error.body if isinstance(error.body, dict) else {}
        return answer, body.get("message", error.message)


def play(case, cloud, ollama, daemon):
    cloud.script(ok(CLOUD))
    ollama.script(o.text(LOCAL))
    down = case.prepare(cloud, ollama) or ()
    count = len(daemon.log(event="exchange")) + 1
    with openai.OpenAI(base_url=daemon.base_url, api_key="any", timeout=2 * PATIENCE) as client:
        begun = time.monotonic()
        answer, error = ask(client, case.streamed)
        seconds = time.monotonic() - begun
    line = daemon.exchange(count)
    waits = [int(l["wait_ms"]) for l in daemon.log(event="retry", id=line["id"])]
    provider = "" if error and not answer else line["provider"]
    for server in down:
        server.accept_again()
    return Seen(provider, line["attempts"], waits, seconds, answer, error)


def is_right(case, seen, quick):
    waits = (WAITS[quick] * 2)[:case.waits]
    wanted = (case.provider, case.attempts, case.answer)
    return (seen.provider, seen.attempts, seen.answer) == wanted \
        and seen.waits == waits and sum(waits) / 1000 <= seen.seconds < PATIENCE \
        and (case.error in seen.error if case.error else not seen.error)


# ---- on paper

COLUMNS = "  {:<25}  {:<11}  {:<18}  {:<13}  {:>6}  {}"


def paint(text, colour):
    return f"\033[{colour}m{text}\033[0m" if sys.stdout.isatty() else text


def durations(all_ms, quick):
    unit, name = (1, "ms") if quick else (1000, "s")
    return ", ".join(f"{ms // unit}" for ms in all_ms) + f" {name}" if all_ms else "none"


def shown(seen):
    """What the app got: the text, and how it learnt that this is not all. (In brackets stand
    details with the ports of the day.)"""
    error = re.sub(r" \([^)]*\)", "", seen.error)
    if not error:
        return seen.answer
    return f"{seen.answer}... and an error: {error}" if seen.answer else f"error: {error}"


def name_of(case, quick):
    return case.name.format(limit=LIMITS[quick])


def row(case, seen, quick):
    return COLUMNS.format(name_of(case, quick), seen.provider or "nobody", seen.attempts,
                          durations(seen.waits, quick), f"{seen.seconds:.2f} s", shown(seen))


def main():
    quick = sys.argv[1:] == ["--quick"]
    if sys.argv[1:] and not quick:
        sys.exit(__doc__.strip())
    begun, right = time.monotonic(), 0
    print(paint(f'An app asks "{QUESTION}", {len(CASES)} times, through understudy.', 1))
    print("It uses the OpenAI SDK and knows nothing of retries, waits or Ollama.\n")
    print(paint(COLUMNS.format("the cloud ...", "answered by", "tries", "waits", "time",
                               "what the app gets"), 2))
    with ExitStack() as stack:
        cloud, ollama, daemons = raise_curtain(stack, quick)
        for case in CASES:
            if sys.stdout.isatty():
                print(f"  {name_of(case, quick)} ...", end="\r", flush=True)
            seen = play(case, cloud, ollama, daemons[case.to])
            good = is_right(case, seen, quick)
            right += good
            line = row(case, seen, quick)
            print(line if good else paint(f"{line}  <- WRONG", 31), flush=True)
    print(f"\n{right} of {len(CASES)} are right, in {time.monotonic() - begun:.0f} s.")
    print(paint("Next: export OPENAI_API_KEY=sk-...; make run    then point an app at "
                "http://127.0.0.1:11411/v1", 32))
    return 0 if right == len(CASES) else 1


if __name__ == "__main__":
    sys.exit(main())
