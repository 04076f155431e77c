"""Three clouds whose keys run dry, are wrong, are limited and come back, while the settings are read
again with other lists of keys; and what each exchange may have come to.

What a key is worth is drawn at each delivery, from the seed, the key and how often it was asked with.
Two of the clouds are one host: their keys may not meet all the same.
"""
import random
import re
import threading
import time
from collections import Counter, defaultdict

from chaos import Crowd, error_at_end, is_whole, told_attempts
from daemon import wait_until
from sim import Anthropic, Cloud, Ollama, reply
from sim import anthropic as a
from sim import cloud as c
from sim import ollama as o
from sim.clouds import TABLE

NAMES = ("openai", "twin", "claude")
LOCAL, MESSAGES = "ollama", "/v1/messages"
APP_KEY = "sk-of-the-app-itself"
ROUTES = (*[None] * 14, "openai", "claude", "openai, twin", "openai, twin", "claude, twin", "twin, openai")
KEYS = (2, 5)  # a provider has at least and at most
TRIES = 3
# What a key that was good may be from now on, and how often that is drawn.
TURNS = ("auth", "quota", "rate_limit", "named", "broken", "failed")
SHARE = 0.1
SLOW_SHARE, SLOW_S = 0.05, 0.15
NAMED_MS = (20, 40, 45, 200)  # max_wait is 50 ms: the last key is waited for, or not
CODES = {"auth": "invalid_api_key", "quota": "insufficient_quota", "rate_limit": "rate_limit_exceeded"}
CLAUDES = {"auth": a.wrong_key(), "quota": a.billing(), "rate_limit": a.rate_limit()}
CLAUDES_WORDS = {"auth": "authentication_error", "quota": "billing_error", "rate_limit": "rate_limit_error"}


def rows(kind):
    """What the clouds say of such a key, all of them; the class alone says how long it is set aside."""
    return [row for row in TABLE if row["class"] == kind and row["status"] >= 400 and "wait_ms" not in row
            and not row.get("stream") and isinstance(row["body"], dict) and row["provider"] != "anthropic"]


ROWS = {kind: rows(kind) for kind in CODES}


def named(rng, name, ms, key):
    """A limit that says how long it lasts, in one of the places where that is said."""
    seconds = f"{ms / 1000:g}"
    if name == "claude":
        return a.rate_limit(seconds)
    return rng.choice([
        c.openai_error(429, "rate_limit_exceeded", f"No more for {key}.", headers=[("retry-after-ms", str(ms))]),
        c.openai_error(429, "rate_limit_exceeded", f"No more for {key}.", headers=[("Retry-After", seconds)]),
        c.openai_error(429, "rate_limit_exceeded", f"No more for {key}. Please try again in {ms}ms."),
        reply.status(429, body=[{"error": {"code": 429, "message": key, "status": "RESOURCE_EXHAUSTED", "details": [
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"}]}}])])


def refusal(rng, name, kind, key):
    """In the words of some cloud, or as an error in a 200; most quote the key."""
    if name == "claude":
        first = a.stream_error_first(a.problem(CLAUDES_WORDS[kind], f"Not with {key}."))
        return streamed_or(first, CLAUDES[kind]) if rng.random() < 0.3 else CLAUDES[kind]
    if rng.random() < 0.3:
        error = {"error": {"message": f"Not with {key}.", "code": CODES[kind]}}
        return streamed_or(c.stream_error_first(error), reply.status(200, body=error))
    row = rng.choice(ROWS[kind])
    headers = list((row.get("headers") or {}).items())
    return reply.status(row["status"], [*headers, ("x-quoted", key)], {**row["body"], "quoted": key})


def delayed(then):
    def act(peer, request):
        peer.pause(SLOW_S)
        then(peer, request)

    return act


def streamed_or(streamed, whole):
    return lambda peer, request: (streamed if request.wants_stream() else whole)(peer, request)


def broken(name, text, kind):
    """The text, and then what is wrong with the key; whole: that alone."""
    if name == "claude":
        problem = a.problem(CLAUDES_WORDS[kind], "Not any more.")
        return a.stream_error_mid(text, problem=problem), CLAUDES[kind]
    error = {"error": {"message": "Not any more.", "code": CODES[kind]}}
    return c.stream_error_mid(text, error=error), reply.status(200, body=error)


class Delivery:
    """One request that a cloud has had. kind: answered, refused, failed, broken, or stranger."""

    def __init__(self, provider, key, kind, failure=None, text=None):
        self.provider, self.key, self.kind, self.failure, self.text = provider, key, kind, failure, text
        self.waits = False  # it named a wait that is waited for

    def __repr__(self):
        return f"{self.provider} {self.key} {self.kind} {self.failure or ''}"


class Spell:
    """What is wrong with a key: until when, and how often it was asked with all the same."""

    def __init__(self, kind, ms):
        self.kind, self.ms, self.asked = kind, ms, 0
        self.until = time.monotonic() + ms / 1000 if ms else None

    def is_over(self):
        return self.until is not None and time.monotonic() >= self.until


class Bank:
    """What one provider knows of its keys."""

    def __init__(self, stage, name):
        self.stage, self.name = stage, name
        self.spells, self.asked, self.made = {}, Counter(), 0

    def new_key(self, beside=()):
        """Each third one begins with another one of the list."""
        self.made += 1
        if beside and self.made % 3 == 0:
            return f"{beside[-1]}-{self.made}"
        return f"sk-{self.name}-{self.stage.seed}-{self.made:04d}"

    def mend(self, rng, keys):
        """Somebody looks after the keys. One that begins anew in the settings is asked anew, too."""
        for key in keys:
            spell = self.spells.get(key)
            if spell and spell.kind == "auth":
                self.stage.spells.append((key, spell))
                self.spells[key] = None if rng.random() < 0.5 else Spell("auth", 0)

    def ask(self, key, number):
        """(Delivery, reply)"""
        nth = self.asked[key]
        self.asked[key] += 1
        rng = random.Random(f"{self.stage.seed} {key} {nth}")
        text = f"{number} by {self.name} with {self.asked.total()} asked"
        if key not in self.stage.ever[self.name]:
            return Delivery(self.name, key, "stranger"), reply.status(418)
        spell = self.spells.get(key)
        if spell and spell.is_over():
            self.stage.spells.append((key, spell))
            spell = self.spells[key] = None
        turn = rng.choice(TURNS) if not spell and rng.random() < SHARE else None
        if turn in CODES or turn == "named":
            spell = self.spells[key] = Spell(turn, rng.choice(NAMED_MS) if turn == "named" else 0)
        if spell:
            return self._refuse(rng, spell, key)
        if turn == "failed":
            return Delivery(self.name, key, "failed", "server"), reply.status(503)
        if turn == "broken":
            return self._break(rng, key, text)
        answer = a.ok(text) if self.name == "claude" else c.ok(text)
        if self.stage.slow and rng.random() < SLOW_SHARE:
            answer = delayed(answer)
        return Delivery(self.name, key, "answered", text=text), answer

    def _refuse(self, rng, spell, key):
        spell.asked += 1
        if spell.kind == "named":
            delivery = Delivery(self.name, key, "refused", "rate_limit")
            delivery.waits = spell.ms <= 50
            return delivery, named(rng, self.name, spell.ms, key)
        return Delivery(self.name, key, "refused", spell.kind), refusal(rng, self.name, spell.kind, key)

    def _break(self, rng, key, text):
        kind = rng.choice(list(CODES))
        self.spells[key] = Spell(kind, 0)
        streamed, whole = broken(self.name, text + " ", kind)
        delivery = Delivery(self.name, key, "broken", kind, text + " ")

        def act(peer, request):
            delivery.kind = "broken" if request.wants_stream() else "refused"
            streamed_or(streamed, whole)(peer, request)

        return delivery, act


class Stage:
    """The clouds, their keys in each generation of the settings, and what each exchange cost."""

    def __init__(self, seed, count):
        self.seed, self.rng, self.slow = seed, random.Random(f"{seed} keys"), False
        self.plan = [Exchange(seed, n) for n in range(count)]
        self.deliveries, self.spells = defaultdict(list), []
        self.lock = threading.Lock()
        self.banks = {name: Bank(self, name) for name in NAMES}
        first = {n: [b.new_key() for _ in range(3)] for n, b in self.banks.items()}
        self.generations = [first]  # written; in effect is the one that was last told of, or a later one
        self.told = 0
        self.ever = {n: set(keys) for n, keys in first.items()}
        self.host, self.claude, self.ollama = KeyCloud(self), KeyClaude(self), KeyOllama(self)

    def take(self, name, key, number):
        with self.lock:
            delivery, act = self.banks[name].ask(key, number)
            self.deliveries[number].append(delivery)
        return act

    def settings(self):
        """As a file, for the newest generation."""
        keys = self.generations[-1]
        where = {"openai": self.host.url + "/v1", "twin": self.host.url + "/twin/v1", "claude": self.claude.url}
        kinds = {"claude": "anthropic"}
        sections = [f"[provider {n}]\ntype = {kinds.get(n, 'openai')}\nbase_url = {where[n]}\nmodel = m\n"
                    f"api_key = {', '.join(keys[n])}\n" for n in NAMES]
        return "".join(sections) + f"[route]\npriority = {', '.join(NAMES)}, {LOCAL}\n" \
            f"messages = claude, twin, {LOCAL}\n"

    def change_keys(self):
        """Some go, some come, and their order is another."""
        with self.lock:
            keys = {n: list(has) for n, has in self.generations[-1].items()}
            for name, has in keys.items():
                bad = [k for k in has if self.banks[name].spells.get(k)]
                for key in self.rng.sample(bad, len(bad) // 2):
                    has.remove(key)
                while len(has) < KEYS[0] or len(has) < KEYS[1] and self.rng.random() < 0.6:
                    has.append(self.banks[name].new_key(has))
                self.rng.shuffle(has)
                self.ever[name] |= set(has)
                self.banks[name].mend(self.rng, has)
            self.generations.append(keys)

    def allowed(self, name, began, ended):
        """The keys of all settings that were in effect, or may have been."""
        return {key for keys in self.generations[began:ended + 1] for key in keys[name]}

    def stop(self):
        for server in (self.host, self.claude, self.ollama):
            server.stop()


def number_of(request):
    return int(re.search(r"chaos (\d+)", request.body.decode())[1])


class KeyCloud(Cloud):
    """Both of its providers, by their paths."""

    def __init__(self, stage):
        self.stage = stage
        super().__init__()

    def answer(self, request):
        if not request.path.endswith("/chat/completions"):
            return super().answer(request)
        name = "twin" if request.path.startswith("/twin/") else "openai"
        key = (request.header("authorization") or "").removeprefix("Bearer ")
        return self.stage.take(name, key, number_of(request))


class KeyClaude(Anthropic):
    def __init__(self, stage):
        self.stage = stage
        super().__init__()

    def answer(self, request):
        if request.path != MESSAGES:
            return super().answer(request)
        return self.stage.take("claude", request.header("x-api-key"), number_of(request))


class KeyOllama(Ollama):
    """Always answers."""

    def __init__(self, stage):
        self.stage = stage
        super().__init__()

    def _answer(self, request):
        if request.path != o.CHAT:
            return super()._answer(request)
        number, key = number_of(request), request.header("authorization")
        text = f"{number} by {LOCAL}"
        with self.stage.lock:
            self.stage.deliveries[number].append(Delivery(LOCAL, key, "answered", text=text))
        return o.text(text)


class Exchange:
    def __init__(self, seed, number):
        rng = random.Random(f"{seed} keys {number}")
        self.number, self.streamed = number, rng.random() < 0.5
        self.messages = rng.random() < 0.1
        self.route = None if self.messages else rng.choice(ROUTES)
        self.app_key, self.leaves = rng.random() < 0.5, rng.random() < 0.04
        self.streamed = self.streamed and not self.messages

    def __str__(self):
        return f"exchange {self.number} ({vars(self)})"


class KeyCrowd(Crowd):
    """Each exchange knows under which settings it began and ended."""

    def __init__(self, daemon, stage, patience):
        super().__init__(daemon, stage.plan, patience)
        self.stage = stage

    def _exchange(self, client, exchange, result):
        body = {"model": "m", "messages": [{"role": "user", "content": f"chaos {exchange.number}"}]}
        path = MESSAGES if exchange.messages else c.CHAT
        body.update({"max_tokens": 9} if exchange.messages else {"stream": exchange.streamed})
        headers = [("x-understudy-route", exchange.route)] if exchange.route else []
        headers += [("Authorization", f"Bearer {APP_KEY}")] if exchange.app_key else []
        result.began = self.stage.told
        client.request("POST", path, body, headers)
        if exchange.leaves:
            result.left, result.ended = True, len(self.stage.generations)
            client.reset()
            return False
        result.answer = client.head()
        client.finish(result.answer)
        result.ended = len(self.stage.generations) - 1
        return result.answer.complete and result.answer.header("connection") != "close"


class Keeper(threading.Thread):
    """Reads the settings again after each so many exchanges, with other keys."""

    def __init__(self, daemon, stage, crowd, every):
        super().__init__(daemon=True)
        self.server, self.stage, self.crowd, self.every = daemon, stage, crowd, every
        self.ended, self.trouble = threading.Event(), None

    def run(self):
        try:
            while not self.ended.is_set():
                upto = self.crowd._next + self.every
                wait_until(lambda: self.crowd._next >= upto or self.ended.is_set(), "the crowd goes on")
                self.change()
        except AssertionError as trouble:
            self.trouble = trouble

    def change(self):
        self.stage.change_keys()
        self.server.reload(self.stage.settings())
        self.stage.told = len(self.stage.generations) - 1


# ---- what may have come of it


def misused(stage, exchange, result, made):
    """What is wrong with the order in which keys were asked with. The last key is waited for without
    being told to where no other provider can be asked: Ollama always can."""
    for name in NAMES:
        mine = [d for d in made if d.provider == name]
        for d in mine:
            if d.key not in stage.allowed(name, result.began, result.ended):
                yield f"{d} is not in the settings {result.began} to {result.ended}"
        for before, after in zip(mine, mine[1:]):
            if before.kind == "refused" and before.key == after.key and \
                    not (before.waits or before.failure == "rate_limit" and exchange.route):
                yield f"{before} is asked again"
        for i, d in enumerate(mine):
            later = [l.key for l in mine[i + 1:]]
            if d.kind == "refused" and d.key in later and later[0] != d.key:
                yield f"{d} is come back to"
        if sum(d.kind == "failed" for d in mine) > TRIES:
            yield f"too many tries of {name}"


def text_of(exchange, answer):
    return answer.json["content"][0]["text"] if exchange.messages else answer.content


def is_answered(exchange, answer, delivery):
    good = is_whole(answer, True, delivery.text) if exchange.streamed else \
        answer.status == 200 and answer.complete and text_of(exchange, answer) == delivery.text
    return good and answer.header("x-understudy-provider") == delivery.provider


def is_broken(answer, delivery):
    return answer.status == 200 and answer.content == delivery.text and bool(error_at_end(answer))


def misanswered(exchange, answer, made):
    """What is wrong with the answer to these deliveries."""
    last = made[-1] if made else None
    if any(d.kind in ("answered", "broken") for d in made[:-1]):
        yield "it was answered before the end"
    if told_attempts(answer) != Counter(d.provider for d in made):
        yield "the attempts are others"
    if last and last.kind == "answered":
        if not is_answered(exchange, answer, last):
            yield "it is not what was answered"
    elif last and last.kind == "broken":
        if not is_broken(answer, last):
            yield "it is not what broke"
    elif not exchange.route:
        yield "a key has cost an answer"
    else:
        yield from misrefused(exchange, answer, made)


def misanswered_beside(exchange, answer, made):
    """The same where providers are asked beside each other."""
    if any(d.kind == "answered" and is_answered(exchange, answer, d) or d.kind == "broken" and is_broken(answer, d)
           for d in made):
        return
    if not exchange.route:
        yield "a key has cost an answer"
    elif answer.status < 400 and not error_at_end(answer) or not answer.complete:
        yield "it is no error"


def misrefused(exchange, answer, made):
    """All keys of the route were refused, before or in this exchange."""
    if answer.status < 400 and not error_at_end(answer) or not answer.complete:
        yield "it is no error"
        return
    error = answer.json.get("error") if answer.body.startswith(b"{") else None
    if isinstance(error, dict) and "attempts" in error:
        told = [(t["provider"], t["class"]) for t in error["attempts"] if not t["class"].startswith("skipped")]
        if told != [(d.provider, d.failure) for d in made]:
            yield f"it tells of others: {told}"
        if any(t["provider"] in NAMES and "key" not in t for t in error["attempts"]
               if not t["class"].startswith("skipped")):
            yield "it does not tell which key"
    elif "," in exchange.route:
        yield "it tells of no attempts"


QUOTED = re.compile("sk-(" + "|".join(NAMES) + ")-|" + APP_KEY + r"|\*-\d")


def wrong_with(stage, exchange, result):
    if result.trouble:
        return [result.trouble]
    made = stage.deliveries[exchange.number]
    found = [f"a stranger: {d}" for d in made if d.kind == "stranger" or d.provider == LOCAL and d.key]
    found += misused(stage, exchange, result, made)
    if not result.left:
        judge = misanswered_beside if stage.slow else misanswered
        found += judge(exchange, result.answer, made)
        if QUOTED.search(str(result.answer.headers) + result.answer.text):
            found.append("it quotes a key")
    return found
