"""The official Python SDK, with its own retries, meets every error that the daemon makes."""
import asyncio
import time

import openai
import pytest

from daemon import CLIENT_KEY, PATIENCE
from own_errors import CUT, FAILED, REFUSED, RELAYED, SENT_ON, SLOW_BODY, meet


class App:
    """The client as an application has it; counts the requests that it makes."""
    other = "APIStatusError"

    def __init__(self, daemon, base_url, headers, hooks=()):
        self.requests = 0
        self.options = {"api_key": CLIENT_KEY, "base_url": base_url, "default_headers": headers}
        self.hooks, self.daemon = [self._count, *hooks], daemon

    def _count(self, request):
        self.requests += 1

    def ask(self, method, what):
        """What is raised, as own_errors.check() wants it."""
        self.requests = 0
        try:
            self._talk(method, what)
        except openai.APIError as error:
            body = error.body if isinstance(error.body, dict) else {}
            return {"class": type(error).__name__, "type": error.type, "code": error.code,
                    "status": getattr(error, "status_code", None), "text": str(error),
                    "message": body.get("message"), "requests": self.requests}
        raise AssertionError("nothing was raised")

    def _talk(self, method, what):
        wire = openai.DefaultHttpxClient(timeout=3 * PATIENCE, event_hooks={"request": self.hooks})
        with openai.OpenAI(http_client=wire, **self.options) as client:
            answer = self._call(client, method, what)
            if isinstance(answer, openai.Stream):
                list(answer)

    @staticmethod
    def _call(client, method, what):
        if method == "get":
            return client.get(what, cast_to=object)
        function = client
        for name in method.split("."):
            function = getattr(function, name)
        if isinstance(what, dict):
            return function(**what)
        return function(what) if what else function()


class AsyncApp(App):
    def _talk(self, method, what):
        asyncio.run(self._talk_async(method, what))

    async def _talk_async(self, method, what):
        async def count(request):
            self._count(request)

        wire = openai.DefaultAsyncHttpxClient(timeout=3 * PATIENCE,
                                              event_hooks={"request": [count]})
        async with openai.AsyncOpenAI(http_client=wire, **self.options) as client:
            await self._call(client, method, what)


@pytest.mark.parametrize("row", REFUSED + FAILED + CUT + RELAYED, ids=lambda row: row.name)
def test_it_is_asked_for_once_and_raised(start, cloud, ollama, row):
    meet(row, App, start, cloud, ollama)


@pytest.mark.parametrize("app_of", [App, AsyncApp])
@pytest.mark.parametrize("row", SENT_ON, ids=lambda row: row.name)
def test_who_is_refused_while_sending_is_told_why(start, cloud, ollama, row, app_of):
    meet(row, app_of, start, cloud, ollama)


def dripping(stream):
    """The same body, so slowly that its time is over long before its end."""
    class Dripping(type(stream)):
        def __iter__(self):
            for byte in b"".join(stream):
                time.sleep(0.005)
                yield bytes([byte])

    return Dripping(b"")


def test_a_body_that_does_not_come_in_time_is_told(start, cloud, ollama):
    def drip(request):
        request.stream = dripping(request.stream)

    meet(SLOW_BODY, lambda *args: App(*args, hooks=[drip]), start, cloud, ollama)
