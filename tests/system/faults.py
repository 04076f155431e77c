"""Faults of a provider that speaks OpenAI, by the class that the contract gives them: tuples
(name, reply), or (name, reply for a whole answer, reply for a stream)."""
import pytest

from sim import cloud as c
from sim import net, reply

PROTOCOL, SERVER = "protocol", "server"


def error(code, name=None, message="The sim says no."):
    return c.openai_error(code, name, message)


def xai(code, text):
    """Its error is a text."""
    return reply.status(code, body={"code": "Client specified an invalid argument", "error": text})


def gemini(text):
    """Its errors are a list."""
    return reply.status(400, body=[{"error": {"code": 400, "message": text,
                                              "status": "INVALID_ARGUMENT"}}])


def errors(*codes, name=None):
    return [(f"{code}", error(code, name)) for code in codes]


NETWORK = [
    ("closed-without-an-answer", reply.close_before_answer()),
    ("reset", reply.reset_before_answer()),
    ("reset-in-the-head", reply.cut_headers("reset")),
    ("reset-in-the-answer", reply.cut_body(how="reset"), c.cut_stream(how="reset")),
]
NO_LAST_CHUNK = reply.ending(reply.raw(
    reply.head(200, [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")]),
    reply.chunk(reply.encode(c.completion("cut")))), "close")
TWO_LENGTHS = reply.raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                        b"Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}{}", close=True)
BROKEN_HTTP = [
    ("noise", reply.raw(b"this is not HTTP\r\n\r\n", close=True)),
    ("HTTP-0.9", reply.raw(b"<html>0.9</html>", close=True)),
    ("bad-status-line", reply.raw(b"HTTP/1.1 abc OK\r\n\r\n", close=True)),
    ("cut-head", reply.cut_headers()),
    ("cut-after-status-line", reply.raw(b"HTTP/1.1 200 OK\r\n", close=True)),
    ("shorter-than-announced", reply.cut_body()),
    ("no-last-chunk", NO_LAST_CHUNK, c.stream(finish=None, done=False, end="close")),
    ("bad-chunk", reply.bad_chunk()),
    ("two-lengths", TWO_LENGTHS),
    ("header-of-120K", reply.big_header(120 << 10, c.completion("big"))),
    ("head-of-2M", reply.status(200, [(f"X-{i}", "b" * 50000) for i in range(40)],
                                c.completion("big"))),
    ("NUL-in-a-header", reply.raw(b"HTTP/1.1 200 OK\r\nX-A: a\0b\r\nContent-Length: 2\r\n\r\n{}",
                                  close=True)),
]
PACKED = ("packed", reply.status(200, [("Content-Encoding", "br")], b"\x0b\x02\x80{}\x03"))
# For paths other than chat these are answers.
NOT_A_CHAT = [
    ("web-page", reply.html_200()),
    ("web-page-that-lies", reply.status(200, body="<html>hi</html>")),
    ("empty-200", reply.empty_200()),
    ("204", reply.no_content_204()),
    ("206", reply.status(206, [("Content-Range", "bytes 0-9/99")], c.completion("part"))),
    ("not-JSON", reply.status(200, body="hello")),
    ("cut-JSON", reply.status(200, body=b'{"id": "chatcmpl-1", "choices": [{"mess')),
    ("NUL-in-the-JSON", reply.status(200, body=b'{"choices": [{"message": {"content": "a\0"}}]}')),
    ("invalid-UTF-8", reply.status(200, body=b'{"choices": [{"message": {"content": "\xff"}}]}')),
    ("array", reply.status(200, body=[1])),
    ("no-choices", c.json_no_choices()),
    ("null-choices", reply.status(200, body={"choices": None})),
    ("choice-without-message", reply.status(200, body={"choices": [{"index": 0}]})),
    PACKED,
]
NOT_A_STREAM = [
    ("nothing-but-a-role", c.stream(finish=None, done=False)),
    ("only-DONE", c.stream(role=False, finish=None)),
    ("comments-only", c.stream(b": ping\n\n", b": ping\n\n", role=False, finish=None, done=False)),
    ("cut-before-content", c.cut_stream()),
    ("cut-in-the-first-event", c.stream(b'data: {"choices": [{"delta": {"cont', role=False,
                                        finish=None, done=False, end="close")),
    ("empty", c.stream(role=False, finish=None, done=False)),
]
ERROR_OBJECT = reply.status(200, body={"error": {"message": "Overloaded", "type": "server_error"}})


def inside_a_choice(member):
    """As OpenRouter tells an error, and nothing of it on top."""
    return {"id": "gen-1", "choices": [{
        "index": 0, "finish_reason": "error", member: {"role": "assistant", "content": ""},
        "error": {"code": 502, "message": "Provider disconnected"}}]}


IN_A_200 = [
    ("error-object", ERROR_OBJECT, c.stream_error_first()),
    ("error-text", reply.status(200, body={"error": "overloaded"}),
     c.stream_error_first({"error": "overloaded"})),
    ("error-with-choices", reply.status(200, body={**c.completion("half"), "error": {
        "message": "Provider returned error", "code": 502}}),
     c.stream_error_first({"error": {"message": "Provider returned error", "code": 502},
                           "choices": []})),
    ("error-in-a-choice", reply.status(200, body=inside_a_choice("message")),
     c.stream(inside_a_choice("delta"), role=False, finish=None)),
    ("finish-reason-error", reply.status(200, body=c.completion("half", finish="error")),
     c.stream(finish="error")),
    ("event-named-error", ERROR_OBJECT,
     c.stream(b'event: error\ndata: {"message": "Overloaded"}\n\n', role=False, finish=None,
              done=False)),
]
SERVER_CODES = errors(500, 502, 503, 504, *range(520, 531)) + [
    ("502-web-page", reply.status(502, body="<html>502 Bad Gateway</html>", kind="text/html"))]
WAITING_DOES_NOT_CURE = [
    "insufficient_quota", "billing_hard_limit_reached", "billing_not_active",
    "organization_spend_limit_exceeded", "project_spend_limit_exceeded",
    "organization_usage_limit_exceeded", "credit_balance_exhausted"]
TOO_LONG = "This model's maximum context length is 8192 tokens. However, you requested 9000."
QUOTA = [
    ("402", error(402)), ("Qwen", error(400, "Arrearage", "Access denied")),
    ("xAI", xai(403, "Your team has either used all available credits or reached its limit.")),
    ("Z.ai", error(429, "1113", "Insufficient balance or no resource package.")),
    *[(f"429-{n}", error(429, n)) for n in WAITING_DOES_NOT_CURE]]
MODEL = [
    ("404-model_not_found", error(404, "model_not_found", "The model `x` does not exist")),
    ("404-in-words", error(404, None, "The model `x` does not exist")),
    ("403-model_not_found", error(403, "model_not_found", "Project has no access to model `x`")),
    ("OpenRouter", error(400, None, "x/y is not a valid model ID")),
    ("Mistral", reply.status(400, body={"object": "error", "message": "Invalid model: x",
                                        "type": "invalid_model", "code": "1500"})),
]
CONTEXT = [
    ("context_length_exceeded", error(400, "context_length_exceeded", TOO_LONG)),
    ("in-words", error(400, None, TOO_LONG)),
    ("413-in-words", error(413, None, TOO_LONG)),
    ("Gemini", gemini("The input token count (9) exceeds the maximum number of tokens allowed (8)")),
    ("xAI", xai(400, "This model's maximum prompt length is 131072 but the request contains 9")),
    ("Groq", error(413, "rate_limit_exceeded", "Request too large on tokens per minute (TPM)")),
    ("TGI", reply.status(422, body={"error": "Input validation error: `inputs` tokens + "
                                    "`max_new_tokens` must be <= 4096.", "error_type": "x"})),
]
REDIRECTS = [(str(code), reply.redirect("http://127.0.0.1:1/v1/chat/completions", code))
             for code in (300, 301, 302, 303, 307, 308)]
RATE_LIMIT = errors(429) + [
    ("429-rate_limit_exceeded", error(429, "rate_limit_exceeded")),
    ("429-that-only-speaks-of-quota", error(429, "tokens", "You exceeded your current quota"))]
AUTH = errors(401, 403) + [
    ("xAI", xai(400, "Incorrect API key provided: xa***k.")),
    ("Gemini", gemini("API key not valid. Please pass a valid API key."))]
# Retried, then next.
RETRIED = {"network": NETWORK, PROTOCOL: BROKEN_HTTP + [r for r in NOT_A_CHAT if r is not PACKED],
           SERVER: IN_A_200 + SERVER_CODES, "timeout": errors(408)}
# Next at once.
MOVED_ON = {PROTOCOL: [PACKED], SERVER: errors(505, 506, 507, 508, 510, 511),
            "rate_limit": RATE_LIMIT, "auth": AUTH, "quota": QUOTA, "model": MODEL,
            "context": CONTEXT, "redirect": REDIRECTS}
# The client gets it.
ANSWER_LIMIT = ("answer-limit", error(400, "invalid_value", "max_tokens is too large: 99999. This "
                                      "model supports at most 16384 completion tokens"))
REFUSED = [ANSWER_LIMIT] + errors(400, 404, 405, 406, 409, 410, 411, 412, 413, 414, 415, 417, 418,
                                  422, 426, 428, 431, 451, 499, 501)
FILTERED = [(f"{code}-{name}", error(code, name))
            for code in (400, 403, 500, 429) for name in ("content_filter",
                                                          "content_policy_violation")] + [
    ("xAI", xai(403, "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO")),
    ("DeepSeek", error(400, "invalid_request_error", "Content Exists Risk"))]


def rows(table, stream_only=()):
    """pytest parameters (class, reply, streamed)."""
    found = []
    for failure, faults in table.items():
        for name, *replies in faults:
            found += [pytest.param(failure, replies[0], False, id=f"{failure}-{name}-whole"),
                      pytest.param(failure, replies[-1], True, id=f"{failure}-{name}-streamed")]
    return found + [pytest.param(PROTOCOL, one, True, id=f"protocol-{name}-streamed")
                    for name, one in stream_only]


def wire(fault, streamed):
    """The exact bytes (status, body) that a reply of net.Server sends, for a comparison."""
    sent = bytearray()

    class Peer:
        request = net.Request("POST", "/", "HTTP/1.1", [], 1, 1)

        def send(self, data):
            sent.extend(data)

    Peer.request.body = b'{"stream": true}' if streamed else b"{}"
    fault(Peer(), Peer.request)
    head, _, body = bytes(sent).partition(b"\r\n\r\n")
    return int(head.split()[1]), body
