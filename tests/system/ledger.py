"""The books: the attempts that the daemon counts are the requests that the providers received, no
more and no less. And what an answer's headers tell."""
import re

import pytest

from daemon import SLOW, wait_until

both = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
# What the daemon asks beside its attempts.
HELPERS = re.compile(r"(http://[^/]*)?/|/v1/models|/api/(tags|ps|show|version)")


def ms(number):
    """A time limit that a slowed down daemon keeps, too."""
    return f"{int(number * SLOW)}ms"


def deliveries(servers):
    """Requests that these have received, those that ended in mid-body included."""
    return sum(not is_helper(r) for s in servers if s.is_provider
               for r in s.requests + s.broken_requests)


def is_load(request):
    """The daemon's own, which warms a model up: there is nothing to be answered."""
    return request.path == "/api/generate" and b'"options"' in request.body \
        and b'"prompt"' not in request.body


def is_helper(request):
    return is_load(request) or HELPERS.fullmatch(request.path) or b'"_debug_render_only":true' in request.body


def counted(daemons):
    """The daemons' own count."""
    return sum(int(value) for daemon in daemons for (name, _), value in daemon.metrics().items()
               if name == "understudy_attempts_total")


def logged(daemons):
    """What the log's lines of the exchanges say."""
    return sum(int(n) for daemon in daemons for line in daemon.log(event="exchange")
               for n in re.findall(r"[\w-]+=(\d+)", line.get("attempts", "")))


def balance(daemons, servers, unsent):
    """After a test: all attempts but the unsent ones have arrived, each once. What a daemon that
    has ended had counted, nobody can tell."""
    if not servers or any(d.process.poll() is not None for d in daemons):
        return
    for daemon in daemons:
        wait_until(lambda: daemon.metric("inflight") == 0, "the exchanges have ended")
    for source in (counted, logged):
        wait_until(lambda: source(daemons) - unsent == deliveries(servers),
                   lambda: f"{source.__name__}: {source(daemons)} - {unsent} unsent attempts, "
                           f"{deliveries(servers)} deliveries", 2 * SLOW)


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
