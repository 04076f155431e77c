"""The errors that the daemon makes, met by Anthropic's official SDK: each is raised as its
own, with our text, after one request. The rows are those of a chat (own_errors.py)."""
import anthropic
import pytest

from daemon import CLIENT_KEY
from dialect_errors import ROWS, meets
from official import claude_app

# By which status an Anthropic's error has which type.
TYPES = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error",
         404: "not_found_error", 413: "request_too_large", 429: "rate_limit_error",
         500: "api_error", 502: "api_error", 503: "api_error", 504: "timeout_error"}
CLASSES = {400: anthropic.BadRequestError, 401: anthropic.AuthenticationError,
           403: anthropic.PermissionDeniedError, 404: anthropic.NotFoundError,
           408: anthropic.RequestTimeoutError, 409: anthropic.ConflictError,
           413: anthropic.ContentTooLargeError, 422: anthropic.UnprocessableEntityError,
           429: anthropic.RateLimitError, 431: anthropic.RequestHeaderFieldsTooLargeError}

class OfMessages:
    routes = "route.messages"

    def __init__(self, daemon, base_url, headers):
        self.app = claude_app(daemon.url, api_key=CLIENT_KEY, default_headers=headers)

    def ask(self, method, what):
        asked = {k: v for k, v in what.items() if k in ("model", "messages", "stream")}
        with pytest.raises(anthropic.APIStatusError) as raised:
            answer = self.app.messages.create(max_tokens=50, **asked)
            list(answer) if what.get("stream") else None
        return raised.value

    @staticmethod
    def check(row, error):
        status, kind, _ = row.told
        assert isinstance(error, CLASSES.get(status, anthropic.APIStatusError)), error
        assert error.status_code == (status or 200)
        assert error.type == TYPES.get(status, error.type) and error.type, error.body
        if status is None and kind == "upstream_error":
            assert error.type == "api_error"
        assert error.body["type"] == "error" and (error.request_id or not row.exchange)
        return error.api_message


# Refused before the path is known, and so in OpenAI's shape.
BEFORE_THE_PATH = ("a head that is too large", "far too many connections")


@pytest.mark.parametrize("row", [r for r in ROWS if r.name not in BEFORE_THE_PATH],
                         ids=lambda row: row.name)
def test_it_is_asked_for_once_and_raised(start, cloud, ollama, monkeypatch, row):
    meets(OfMessages, row, start, cloud, ollama, monkeypatch)
