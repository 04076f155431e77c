"""A reader of /status/events."""
import contextlib
import json
import re

EVENTS = "/status/events"


class Feed:
    """A reader of the events."""

    def __init__(self, daemon, headers=()):
        self.daemon, self.headers = daemon, dict(headers)
        self.client = daemon.connect()
        self.client.request("GET", EVENTS, headers=headers)
        self.answer = self.client.head()
        assert self.answer.status == 200, self.answer
        self.text, self.told = "", []
        self.before, self.now = "", self  # of to_the_last: what those before this one were told

    def heard(self):
        """All that to_the_last was told so far, for another thread."""
        return self.before + self.now.answer.body.decode(errors="replace")

    def next(self, name):
        """The next event of that name: (id, data)."""
        while True:
            while self.told:
                event = self.told.pop(0)
                if event.get("event") == name:
                    return event.get("id"), json.loads(event["data"])
            before = len(self.answer.body)
            assert self.client.chunk(self.answer), f"it ended before {name}: {self.text}"
            self.text += self.answer.body[before:].decode()
            *whole, self.text = self.text.split("\n\n")
            self.told += [dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
                          for block in whole]

    def to_the_end(self):
        """All that it is told until either side closes."""
        with contextlib.suppress(OSError):
            while self.client.chunk(self.answer):
                pass
        return self.answer.body.decode()

    def to_the_last(self):
        """As a browser does that is let go (after a reload each is): it comes again, until either side wants
        no more. That may be before it is let go."""
        told, feed = self.to_the_end(), self
        while feed.answer.complete and '"status":"draining"' not in told and not self.daemon.is_stopped:
            ids = re.findall("^id: (.*)$", told, re.M)
            feed = Feed(self.daemon, {**self.headers, **({"Last-Event-ID": ids[-1]} if ids else {})})
            self.before, self.now = told, feed
            told += feed.to_the_end()
        return told
