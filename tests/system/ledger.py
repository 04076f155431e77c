"""The books: the attempts that the daemon counts are the requests that the providers received, no
more and no less. And what an answer's headers tell."""
import re
from collections import Counter

import pytest

from daemon import SLOW, wait_until

both = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
# What the daemon asks beside its attempts.
HELPERS = re.compile(r"/|/v1/models(/.*)?|/api/(?!chat$).*")


def ms(number):
    """A time limit that a slowed down daemon keeps, too."""
    return f"{int(number * SLOW)}ms"


class Ledger:
    """unsent: attempts of a provider that never reached it. servers: by name; a test that
    has others than the two of the fixtures puts them in."""

    def __init__(self, start, cloud, ollama):
        self.start, self.unsent = start, Counter()
        self.servers = {"openai": cloud, "ollama": ollama}

    def deliveries(self):
        """Requests that the providers have received, those that ended in mid-body included."""
        found = Counter()
        for name, server in self.servers.items():
            received = server.requests + server.broken_requests
            found[name] = sum(not HELPERS.fullmatch(r.path) for r in received)
        return +found

    def counted(self):
        """The daemons' own count, without those that never reached the provider."""
        found = Counter()
        for daemon in self.start.daemons:
            for (name, labels), value in daemon.metrics().items():
                if name == "understudy_attempts_total":
                    found[dict(labels)["provider"]] += int(value)
        found.subtract(self.unsent)
        return +found

    def logged(self):
        """What the log's lines of the exchanges say."""
        found = Counter()
        for daemon in self.start.daemons:
            for line in daemon.log(event="exchange"):
                for name, count in re.findall(r"([\w-]+)=(\d+)", line.get("attempts", "")):
                    found[name] += int(count)
        found.subtract(self.unsent)
        return +found

    def check(self):
        if any(d.process.poll() is not None for d in self.start.daemons):
            return
        for daemon in self.start.daemons:
            wait_until(lambda: daemon.metric("inflight") == 0, "the exchanges have ended")
        wait_until(lambda: self.counted() == self.deliveries(), "the metrics agree", 2 * SLOW)
        wait_until(lambda: self.logged() == self.deliveries(), "the log agrees", 2 * SLOW)


@pytest.fixture
def ledger(request, start, cloud, ollama):
    """Compared at the end of each test that passes."""
    failed_before = request.session.testsfailed
    books = Ledger(start, cloud, ollama)
    yield books
    if request.session.testsfailed == failed_before:
        books.check()


def truth(answer):
    """What an answer's headers tell."""
    return {name: answer.header("x-understudy-" + name)
            for name in ("provider", "model", "attempts", "fallback")}


def from_ollama(attempts, fallback, model="ministral-3:3b"):
    return {"provider": "ollama", "model": model, "attempts": attempts, "fallback": fallback}


def from_cloud(attempts, fallback=None, model="gpt-4"):
    return {"provider": "openai", "model": model, "attempts": attempts, "fallback": fallback}


def counts(daemon, failure):
    """(attempts, retries, moves) of the cloud that the metrics tell for a class."""
    labels = {"provider": "openai", "class": failure}
    return (daemon.metric("attempts_total", **labels), daemon.metric("retries_total", **labels),
            daemon.metric("fallbacks_total", to="ollama", **{"from": "openai", "class": failure}))
