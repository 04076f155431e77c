"""The errors that the daemon makes, met by Ollama's official library: each is raised as its
own, with our text, after one request. The rows are those of a chat (own_errors.py)."""
import ollama as ollama_sdk
import pytest

from daemon import CLIENT_KEY
from dialect_errors import ROWS, meets
from official import ollama_app
from own_errors import ALL_FAILED


class OfOllama:
    routes = "route.priority"

    def __init__(self, daemon, base_url, headers):
        self.app = ollama_app(daemon.url, headers={"Authorization": "Bearer " + CLIENT_KEY, **headers})

    def ask(self, method, what):
        with pytest.raises(ollama_sdk.ResponseError) as raised:
            answer = self.app.chat(what["model"], what["messages"], stream=what.get("stream", False))
            list(answer)
        return raised.value

    @staticmethod
    def check(row, error):
        # Lines have no comments, so nothing has begun the stream where all fail.
        status = 504 if row.told[1] == ALL_FAILED and row.told[0] is None else row.told[0]
        assert error.status_code == (status or -1), error
        return error.error


# Refused before the path is known, and so in OpenAI's shape.
BEFORE_THE_PATH = ("a head that is too large", "far too many connections")
# Its types let neither of them out.
NOT_OF_THIS_CLIENT = ("a browser's text", "a body without messages")


@pytest.mark.parametrize("row", [r for r in ROWS if r.name not in BEFORE_THE_PATH + NOT_OF_THIS_CLIENT],
                         ids=lambda row: row.name)
def test_it_is_asked_for_once_and_raised(start, cloud, ollama, monkeypatch, row):
    meets(OfOllama, row, start, cloud, ollama, monkeypatch)
