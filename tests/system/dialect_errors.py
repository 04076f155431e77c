"""The rows of own_errors.py, as a client of another dialect than OpenAI's chat meets them."""
import own_errors
from own_errors import CHAT, CUT, FAILED, REFUSED, RELAYED, meet

ROWS = [row for row in REFUSED + FAILED + CUT + RELAYED
        if row.method == CHAT and row.base == "{url}/v1" and row.path == "/v1/chat/completions"]


def meets(kind, row, start, cloud, ollama, monkeypatch):
    """meet(), with another client, another check, and the route in its setting."""
    def check(row, raised, other):
        app, error = raised
        text = kind.check(row, error)
        assert app.requests == 1
        if row.says and row.says != "messages":
            assert row.says in text, text

    class App(kind):
        other = None

        def ask(self, method, what):
            self.app.requests = 0
            return self.app, super().ask(method, what)

    def begin(cloud, ollama, settings):
        route = settings.get("route.priority", "openai, ollama")
        daemon = start(cloud, ollama, {**settings, **getattr(kind, "more", {}), kind.routes: route})
        return daemon

    def app_of(daemon, base_url, headers):
        one = App(daemon, base_url, headers)
        daemon.close_at_end(one.app)
        return one

    monkeypatch.setattr(own_errors, "check", check)
    meet(row, app_of, begin, cloud, ollama)
