"""Many exchanges at once with providers that break as planned, and what each may have come to."""
import json
import re
import threading
import time
from collections import Counter

from chaos_plan import CLOUD, LOCAL, TRIES, Exchange
from rawclient import RawClient
from sim import Cloud, Ollama
from sim import cloud as c
from sim import ollama as o

AT_ONCE = 64
MARK = "x-chaos"
ALL_FAILED = "all_providers_failed"
LOST = ("network",)


class Stage:
    """The plan, the pretended providers that act it, and how often each was asked for what."""

    def __init__(self, seed, count):
        self.canary = Cloud()
        self.plan = [Exchange(seed, i, self) for i in range(count)]
        self.asked = {CLOUD: Counter(), LOCAL: Counter()}
        self._lock = threading.Lock()
        self.cloud, self.ollama = ChaosCloud(self), ChaosOllama(self)

    def next(self, provider, number):
        """(exchange, attempt, act)"""
        with self._lock:
            attempt = self.asked[provider][number]
            self.asked[provider][number] += 1
        exchange = self.plan[number]
        return exchange, attempt, exchange.acts[provider][min(attempt, TRIES - 1)]

    def stop(self):
        for server in (self.cloud, self.ollama, self.canary):
            server.stop()


class ChaosCloud(Cloud):
    def __init__(self, stage):
        self.stage = stage
        super().__init__()

    def choose(self, request):
        mark = request.header(MARK)
        return self.stage.next(CLOUD, int(mark))[2].reply if mark else None


class ChaosOllama(Ollama):
    def __init__(self, stage):
        self.stage = stage
        super().__init__()

    def _answer(self, request):
        standard = super()._answer(request)
        if request.path != o.CHAT or request.json.get("_debug_render_only"):
            return standard
        messages = request.json["messages"]
        asked = re.fullmatch(r"chaos (\d+)", messages[0]["content"])
        if not asked:
            return standard
        exchange, attempt, act = self.stage.next(LOCAL, int(asked[1]))
        if messages[-1]["role"] != "assistant":
            return act.reply
        return self._go_on(exchange, act, messages[-1]["content"])

    @staticmethod
    def _go_on(exchange, act, said):
        """Goes on with the text that was begun; or breaks, as it was about to break anyway."""
        texts = [t for texts in exchange.texts.values() for t in texts if t.startswith(said)]
        assert len(texts) == 1, said
        rest = texts[0].removeprefix(said)
        if act.name == "healthy":
            return o.lines(*[rest[i:i + 4] for i in range(0, len(rest), 4)])
        return o.lines(rest[:5], end="reset", done=None)


class Result:
    """What the client had: an answer (perhaps broken off), or that it left, or an exception."""

    def __init__(self):
        self.answer, self.left, self.trouble = None, False, None


class Crowd:
    """So many clients at once, each of which takes the next exchange when it has done one."""

    def __init__(self, daemon, plan, patience):
        self.daemon, self.plan, self.patience = daemon, plan, patience
        self.results = [None] * len(plan)
        self._next, self._lock = 0, threading.Lock()

    def run(self, upto=None):
        """Goes on to this exchange, or to the end."""
        self._end = upto or len(self.plan)
        threads = [threading.Thread(target=self._work, daemon=True) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.results

    def _take(self):
        with self._lock:
            if self._next >= self._end:
                return None
            self._next += 1
            return self._next - 1

    def _work(self):
        client = None
        while (number := self._take()) is not None:
            client = client or RawClient(self.daemon.address, self.patience)
            result = self.results[number] = Result()
            try:
                kept = self._exchange(client, self.plan[number], result)
            except Exception as trouble:  # told by the oracle, with the plan beside it
                result.trouble, kept = repr(trouble), False
            if not kept:
                client.close()
                client = None
        if client:
            client.close()

    def _exchange(self, client, exchange, result):
        """True: the connection can be used again."""
        client.request("POST", c.CHAT, {
            "model": "gpt-4", "stream": exchange.streamed,
            "messages": [{"role": "user", "content": f"chaos {exchange.number}"}]},
            [(MARK, str(exchange.number))])
        leaving = exchange.leaving
        if leaving:
            result.left = True
            self._leave(client, leaving)
            return False
        result.answer = client.head()
        client.finish(result.answer)
        return result.answer.complete and result.answer.header("connection") != "close"

    @staticmethod
    def _leave(client, leaving):
        if leaving.at != "sent":
            answer = client.head()
            for _ in range(leaving.chunks if leaving.at == "chunks" else 0):
                if answer.header("content-length") or not client.chunk(answer):
                    break
        time.sleep(leaving.delay)
        getattr(client, leaving.how)()


# ---- what may have come of it


NONE_LOST = Counter()


class Path:
    """One way through the plan: its attempts [(provider, classes)], the ending (None: all failed),
    and how many more attempts of each provider died with a kept connection, unseen by it."""

    def __init__(self, tried, lost, provider=None, ending=None):
        self.tried, self.lost, self.provider, self.ending = tried, lost, provider, ending

    def attempts(self):
        made = Counter(p for p, _ in self.tried) + self.lost
        return ", ".join(f"{p}={made[p]}" for p in (CLOUD, LOCAL) if made[p])

    def fallback(self):
        """The classes that may be named as its cause."""
        if all(p == CLOUD for p, _ in self.tried):
            return (None,)
        cloud = [classes for p, classes in self.tried if p == CLOUD]
        return (cloud[-1] if cloud else ()) + (LOST if self.lost[CLOUD] else ())


def paths(exchange, lost=NONE_LOST, provider=CLOUD, tried=()):
    """Every way through the plan without hedges, breakers and budgets."""
    attempt = sum(p == provider for p, _ in tried)
    if attempt + lost[provider] == TRIES:
        yield from give_up(exchange, lost, provider, tried)
        return
    for ending in exchange.acts[provider][attempt].endings:
        now = (*tried, (provider, ending.classes))
        if ending.kind == "again":
            yield from paths(exchange, lost, provider, now)
        elif ending.kind == "next":
            yield from give_up(exchange, lost, provider, now)
        else:
            yield Path(now, lost, provider, ending)


def give_up(exchange, lost, provider, tried):
    if provider == CLOUD:
        yield from paths(exchange, lost, LOCAL, tried)
    else:
        yield Path(tried, lost)


def most_attempts(exchange):
    """The most deliveries that each provider may receive; the local one may stand beside the cloud."""
    ways = [*paths(exchange), *paths(exchange, provider=LOCAL)]
    return {p: max(sum(q == p for q, _ in way.tried) for way in ways) for p in (CLOUD, LOCAL)}


def told_attempts(answer):
    told = re.findall(r"(\w+)=(\d+)", answer.header("x-understudy-attempts") or "")
    return Counter({p: int(n) for p, n in told})


def error_in(body):
    """The error of a body that may be a list; None: it has none by that name."""
    body = body[0] if isinstance(body, list) and body else body
    return body.get("error") if isinstance(body, dict) else None


def error_at_end(answer):
    """The error event that ends a stream, or the error of a body."""
    if "event-stream" not in answer.header("content-type", ""):
        return error_in(answer.json) if answer.complete else None
    events = answer.events
    clean = not answer.complete and "[DONE]" not in events
    last = events[-1] if events else None
    return last.get("error") if clean and isinstance(last, dict) else None


def is_whole(answer, streamed, text):
    ended = not streamed or answer.events[-1:] == ["[DONE]"] and answer.events.count("[DONE]") == 1
    return answer.status == 200 and answer.complete and ended and answer.content == text


def fits(answer, exchange, path):
    """Does the answer tell of exactly this way?"""
    ending = path.ending
    said = {n: answer.header("x-understudy-" + n) for n in ("attempts", "provider", "fallback")}
    if said["attempts"] != path.attempts():
        return False
    if ending is None:
        return fits_all_failed(answer, path)
    if said["provider"] != path.provider or said["fallback"] not in path.fallback():
        return False
    if ending.kind == "whole":
        return is_whole(answer, exchange.streamed, ending.text)
    if ending.kind == "relay":
        return (answer.status, answer.body) == ending.wire and answer.complete
    return answer.status == 200 and bool(error_at_end(answer)) and answer.content == ending.text


def fits_all_failed(answer, path):
    error = error_at_end(answer)
    if answer.status not in (502, 503, 504) or not error or error.get("type") != ALL_FAILED:
        return False
    told = [(a["provider"], a["class"]) for a in error["attempts"]]
    for provider, count in path.lost.items():
        for _ in range(count):
            told.remove((provider, *LOST))
    return len(told) == len(path.tried) and all(
        p == q and class_ in classes for (p, class_), (q, classes) in zip(told, path.tried))


# ---- with hedges, breakers and all: less is known, but not what is right


def endings_of(exchange, provider):
    """What this provider alone may come to; None: it gives up."""
    if provider == LOCAL:
        return [p.ending for p in paths(exchange, provider=LOCAL)]
    return [p.ending if p.provider == CLOUD else None for p in paths(exchange)]


def fits_loosely(answer, exchange, lost=NONE_LOST):
    found = [(p, e) for p in (CLOUD, LOCAL) for e in endings_of(exchange, p)]
    if any(e and fits_one(answer, exchange, p, e) for p, e in found):
        return True
    error = error_at_end(answer)
    return (LOCAL, None) in found and bool(error) and error.get("type") == ALL_FAILED


def fits_one(answer, exchange, provider, ending):
    """A heartbeat may have begun the answer: what fails after it is an event."""
    by_whom = answer.header("x-understudy-provider")
    if ending.kind == "whole":
        return is_whole(answer, exchange.streamed, ending.text) and by_whom in (provider, None)
    if ending.kind == "relay":
        return fits_relayed(answer, ending.wire)
    return fits_broken(answer, exchange, provider, ending)


def fits_relayed(answer, wire):
    """As it came, or as an event: then what has no member `error` is told by an error of ours."""
    status, body = wire
    if answer.status == status:
        return answer.body == body and answer.complete
    told, error = error_in(json.loads(body)), error_at_end(answer)
    return answer.status == 200 and bool(error) and (told is None or error == told)


def fits_broken(answer, exchange, provider, ending):
    """Gone on with to the end, where it broke, or where what went on broke."""
    full = next(t for t in exchange.texts[provider] if t.startswith(ending.text))
    if is_whole(answer, True, full):
        return provider == CLOUD
    said = answer.content if answer.status == 200 else ""
    ended = bool(error_at_end(answer)) and full.startswith(said)
    return ended and (said == ending.text or provider == CLOUD and said.startswith(ending.text))
