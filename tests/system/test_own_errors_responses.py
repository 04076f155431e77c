"""The errors that the daemon makes, met by OpenAI's official SDK asking for Responses: each is raised as its
own, with our text, after one request. The rows are those of a chat (own_errors.py)."""
import openai
import pytest

from dialect_errors import ROWS, meets
from official import openai_app


class OfResponses:
    routes, more = "route.priority", {"provider.openai.responses": "no"}

    def __init__(self, daemon, base_url, headers):
        self.app = openai_app(base_url, default_headers=headers)

    def ask(self, method, what):
        asked = {"model": what["model"], "stream": what.get("stream", False)}
        with pytest.raises(openai.APIError) as raised:
            answer = self.app.responses.create(input=what["messages"], **asked)
            list(answer) if what.get("stream") else None
        return raised.value

    @staticmethod
    def check(row, error):
        status, kind, code = row.told
        assert getattr(error, "status_code", None) == status
        assert (error.type, error.code) == (kind, code) or status is None and error.code, error.body
        return error.body["message"]


@pytest.mark.parametrize("row", [r for r in ROWS if r.name != "a body without messages"],
                         ids=lambda row: row.name)
def test_it_is_asked_for_once_and_raised(start, cloud, ollama, monkeypatch, row):
    meets(OfResponses, row, start, cloud, ollama, monkeypatch)
