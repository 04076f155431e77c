"""Crowds that ask for tools, while providers and tools break, by a seed: no call is made twice, none is lost unsaid.

CHAOS=2000 SEED=7 runs that many exchanges of that seed.
"""
import json
import os
import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from daemon import wait_until
from sim import ollama as o
from sim.cloud import call, cut_stream, event, ok, ok_tools, status
from sim.mcp import ToolError
from sim.reply import close_before_answer, reset_before_answer

COUNT = int(os.environ.get("CHAOS") or 300)
SEED = os.environ.get("SEED") or "1"
AT_ONCE = 24
MOST_CALLS = 3


class Play:
    """What happens in each exchange: how many calls its model makes, in turns of how many; what breaks."""

    def __init__(self, seed, count):
        dice = random.Random(seed)
        self.turns = [[dice.randint(1, MOST_CALLS) for _ in range(dice.choice([0, 1, 1, 2, 3]))] for _ in range(count)]
        self.cloud = [[dice.choice(["ok"] * 5 + ["503", "reset", "close", "cut"]) for _ in range(12)] for _ in range(count)]
        self.local = [[dice.choice(["ok"] * 12 + ["500"]) for _ in range(12)] for _ in range(count)]
        self.tool = {(n, k): dice.choice(["ok"] * 8 + ["error", "close"]) for n in range(count) for k in range(12)}
        self.streamed = [dice.random() < 0.5 for _ in range(count)]
        self.said, self.asked = Counter(), Counter()

    def number(self, messages):
        return int(re.search(r"#(\d+)", messages[0]["content"])[1])

    def next_calls(self, n, messages):
        """The numbers of the calls that its model makes now: as many as it has results so far are done."""
        done = sum(m["role"] == "tool" for m in messages)
        for size in self.turns[n]:
            if done == 0:
                first = sum(m["role"] == "tool" for m in messages)
                return range(first, first + size)
            done -= size
        return range(0)

    def summary(self, messages):
        """Of the results, in the order in which they stand in the conversation."""
        return " ".join(m["content"].split()[0] for m in messages if m["role"] == "tool") or "none"

    def fate(self, name, n):
        fates = getattr(self, name)[n]
        self.asked[name, n] += 1
        return fates[(self.asked[name, n] - 1) % len(fates)]

    def from_cloud(self, peer, request):
        messages = request.json["messages"]
        n = self.number(messages)
        fate, numbers = self.fate("cloud", n), self.next_calls(n, messages)
        calls = [call("box__open", {"n": n, "k": k}, f"call_{n}_{k}") for k in numbers]
        if fate == "cut" and request.wants_stream():
            # Our calls alone are no content that the app has: the round may be asked again elsewhere, and runs nothing before.
            reply = cut_stream(*[event({"tool_calls": [{**c, "index": i}]}) for i, c in enumerate(calls)]) if calls else close_before_answer()
        else:
            reply = {"503": status(503), "reset": reset_before_answer(), "close": close_before_answer()}.get(fate)
        (reply or (ok_tools(*calls) if calls else ok(f"done {n}: {self.summary(messages)}")))(peer, request)

    def from_ollama(self, peer, request):
        messages = request.json["messages"]
        n = self.number(messages)
        if self.fate("local", n) != "ok":
            status(500, body={"error": "model runner has unexpectedly stopped"})(peer, request)
            return
        calls = [o.call("box__open", {"n": n, "k": k}, f"call_{n}_{k}", i) for i, k in enumerate(self.next_calls(n, messages))]
        (o.tools(*calls) if calls else o.text(f"done {n}: {self.summary(messages)}"))(peer, request)

    def open_box(self, arguments):
        n, k = arguments["n"], arguments["k"]
        if self.tool[n, k] == "error":
            raise ToolError(f"box-{n}-{k} is empty")
        return f"box-{n}-{k} holds a letter"


def test_no_call_is_made_twice_and_none_is_lost(start, cloud, ollama, tool_server):
    play = Play(SEED, COUNT)
    print(f"\nSEED={SEED}: {COUNT} exchanges, {AT_ONCE} at a time", flush=True)
    tool_server.tool("open", play.open_box, schema={"type": "object", "properties": {"n": {"type": "integer"}, "k": {"type": "integer"}}})
    cloud.script(play.from_cloud)
    ollama.script(play.from_ollama)
    start.unsent = None  # what dies with a kept connection
    daemon = start(cloud, ollama, {**tool_server.settings("box"), "breaker.failures": 0, "retry.budget": 0, "retry.min_wait": "5ms",
                                   "retry.max_wait": "10ms", "route.hedge_after": "off", "provider.ollama.max_inflight": 0})

    def ask(n):
        return daemon.chat(f"#{n} open them", stream=play.streamed[n], headers={"x-understudy-tools": "box"})

    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(ask, range(COUNT)))
    made = Counter((a["n"], a["k"]) for a in tool_server.arguments("open"))
    assert [key for key, times in made.items() if times > 1] == []
    whole = 0
    for n, answer in enumerate(answers):
        wanted = range(sum(play.turns[n]))
        if answer.status != 200:
            assert answer.status in (502, 503) and answer.error["attempts"], answer
            continue
        assert answer.complete, answer
        whole += 1
        # Every call was made once, and the model has seen what came of each, in its order.
        assert {k for m, k in made if m == n} == set(wanted), (n, answer)
        seen = [f"box-{n}-{k}" if play.tool[n, k] != "error" else "[tool" for k in wanted]
        assert answer.content == f"done {n}: {' '.join(seen) or 'none'}", (n, answer)
        told = answer.header("x-understudy-tools") or (re.findall(r"^: understudy tools (.*)$", answer.text, re.M) or [None])[0]
        assert told == (f"box__open={len(wanted)}" if wanted else None)
    assert whole > COUNT * 0.8
    wait_until(lambda: len(daemon.log(event="exchange")) == COUNT, "each exchange has its line")
    counted = sum(daemon.metric("tool_calls_total", tool="box__open", result=word) or 0 for word in ("ok", "error"))
    assert counted == sum(made.values())
    assert json.dumps(daemon.get("/status.json").json).count("letter") == 0 and "letter" not in daemon.log_text()
