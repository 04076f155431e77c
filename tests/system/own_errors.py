"""Every error that the daemon makes: how an app comes by it, and what the official SDKs must raise.

They would retry most of these; each must have been asked for once.
"""
import signal
import threading
from dataclasses import dataclass, field, replace
from typing import Callable, Optional, Union

from apps import HI
from daemon import CLIENT_KEY, PATIENCE, wait_until
from faults import inside_a_choice
from ledger import ms
from sim import reply
from sim import ollama as o
from sim.cloud import (COMPLETIONS, EMBEDDINGS, RESPONSES, cut_stream, events, openai_error,
                       responses_events, silent, stall_stream, status, stream, stream_error_mid, texts)

CHAT = "chat.completions.create"
ASK = {"model": "gpt-4", "messages": HI}
STREAM = {**ASK, "stream": True}
CLASSES = {400: "BadRequestError", 401: "AuthenticationError", 403: "PermissionDeniedError",
           404: "NotFoundError", 409: "ConflictError", 422: "UnprocessableEntityError",
           429: "RateLimitError"}


@dataclass
class Row:
    """told: status (None = by an event of a stream), type and code. before: what is done first; may
    return headers for the app to send. during: done while the app waits for its answer."""
    name: str
    told: tuple
    says: Optional[str]
    method: str = CHAT
    what: Union[dict, str, None] = None
    base: str = "{url}/v1"
    headers: dict = field(default_factory=dict)
    settings: dict = field(default_factory=dict)
    cloud: Optional[Callable] = None
    ollama: Optional[Callable] = None
    path: str = "/v1/chat/completions"
    before: Optional[Callable] = None
    during: Optional[Callable] = None
    exchange: bool = True  # it gets as far as to be one, and has a line in the log

    def asks(self):
        """What the app asks for, one after the other."""
        if self.method == CHAT and self.what is None:
            return [ASK] if self.during else [ASK, STREAM]
        return [self.what]


# ---- what has to be done first


def a_request_under_way(daemon, cloud, ollama):
    cloud.script(silent())
    daemon.connect().request("POST", "/v1/chat/completions", ASK)
    cloud.wait_for_requests(1)


def idle_connections(count):
    def before(daemon, cloud, ollama):
        for _ in range(count):
            daemon.connect()
        wait_until(lambda: daemon.inbound_sockets() == count, "they are there")

    return before


def a_place_taken_at_ollama(daemon, cloud, ollama):
    ollama.script(silent())
    daemon.connect().request("POST", "/v1/chat/completions", ASK, {"x-understudy-route": "ollama"})
    ollama.wait_for_requests(1, o.CHAT)


def a_failure(daemon, cloud, ollama):
    assert daemon.chat().status >= 500
    daemon.exchange()


def a_request_seen_before(daemon, cloud, ollama):
    """As a provider's base_url that leads back to the daemon would send it."""
    assert daemon.chat().status == 200
    return {"via": cloud.requests[-1].header("via")}


def a_stop(daemon, cloud, ollama):
    cloud.wait_for_requests(1)
    daemon.signal(signal.SIGTERM)


def a_stop_in_mid_stream(daemon, cloud, ollama):
    wait_until(lambda: daemon.metric("open_streams") == 1, "the stream has begun")
    daemon.signal(signal.SIGTERM)


def all_that_the_client_may(daemon, cloud, ollama):
    assert daemon.chat(headers=OF_A_CLIENT).status == 200


# ---- refused before anybody is asked

INVALID, OVERLOADED = "invalid_request_error", "overloaded"
LONG = {**ASK, "messages": [{"role": "user", "content": "long " * 1000}]}


OF_A_CLIENT = {"x-api-key": "a-token-of-ours"}
ONE_CLIENT = {"server.tokens": "another", "token.app.secret": "a-token-of-ours"}


def refused(*args, **more):
    return Row(*args, **more, exchange=False)


NO_TOKEN = refused("no token", (401, INVALID, "invalid_api_key"), "server.tokens",
                   settings={"server.tokens": "a-token-of-ours"})
OTHER_V = refused("a base URL with another version", (404, INVALID, "unknown_url"), "below /v1/",
                  base="{url}/v2")
OTHER_HOST = refused("another host", (403, "permission_error", "host_not_allowed"),
                     "server.allowed_hosts", base="http://localhost:{port}/v1",
                     settings={"server.allowed_hosts": "name.test"})
TOO_LARGE = refused("a body that is too large", (413, INVALID, "request_too_large"),
                    "server.max_body", what=LONG, settings={"server.max_body": "1K"})
NO_CONNECTION = refused("too many connections", (503, OVERLOADED, "max_connections"),
                        "server.max_connections", before=idle_connections(1),
                        settings={"server.max_connections": 1})
# The HTTP library does not see these any more.
CROWD = replace(NO_CONNECTION, name="far too many connections", before=idle_connections(257))
BY_THE_HEAD = [NO_TOKEN, OTHER_V, OTHER_HOST, TOO_LARGE, NO_CONNECTION, CROWD]
REFUSED = BY_THE_HEAD + [
    refused("a web page", (403, "permission_error", "origin_not_allowed"), "server.allowed_origins",
        headers={"Origin": "https://page.test"}),
    refused("another web site", (403, "permission_error", "origin_not_allowed"), "another web site",
        headers={"Sec-Fetch-Site": "cross-site"}),
    refused("a browser's text", (415, INVALID, "unsupported_media_type"), "application/json",
        headers={"Origin": "app://here", "Content-Type": "text/plain"}),
    refused("a wrong method", (405, INVALID, "method_not_supported"), "use POST",
        "chat.completions.list"),
    refused("a model to delete", (405, INVALID, "method_not_supported"), "use GET, HEAD",
        "models.delete", "gpt-4"),
    refused("an odd path", (400, INVALID, "invalid_target"), "send the plain path", "get",
        "/files//content"),
    refused("a steering header that is none", (400, INVALID, "invalid_header"), "1 to 10",
        headers={"x-understudy-attempts": "many"}),
    refused("a route that leads nowhere", (400, INVALID, "invalid_header"), "nobody",
        headers={"x-understudy-route": "nobody"}),
    refused("a body without messages", (400, INVALID, "invalid_request"), "messages",
        what={"model": "gpt-4", "messages": "Hi"}),
    refused("a head that is too large", (431, INVALID, "headers_too_large"), "16384",
        headers={"X-Large": "b" * 20000}),
    refused("a circle", (508, INVALID, "loop_detected"), "leads back here",
        before=a_request_seen_before),
    refused("too many requests", (503, OVERLOADED, "max_inflight"), "server.max_inflight",
        before=a_request_under_way, settings={"server.max_inflight": 1}),
    refused("more requests than a client may", (429, "client_rate_limit", "client_rate_limit"),
            "[token app]", headers=OF_A_CLIENT, before=all_that_the_client_may,
            settings={**ONE_CLIENT, "token.app.requests": "1/d"}),
    refused("a provider that is not the client's", (403, "permission_error", "provider_not_allowed"),
            "openai", headers={**OF_A_CLIENT, "x-understudy-route": "openai"},
            settings={**ONE_CLIENT, "token.app.route": "ollama"}),
]

SLOW_BODY = refused("a slow body", (408, "timeout", "timeout"), "body_timeout", what=LONG,
                    settings={"server.body_timeout": ms(200)})

# ---- nobody answers

UPSTREAM, ALL_FAILED, NO_PROVIDER = "upstream_error", "all_providers_failed", "no_provider"
BOTH = "All LLM providers failed. Cloud error: "
ONCE = {"retry.attempts": 1, "breaker.failures": 0}
ALONE = {**ONCE, "route.priority": "openai"}
LOCAL = {**ONCE, "route.priority": "ollama"}
BRIEF = {"provider.openai.first_byte_timeout": ms(100),
         "provider.ollama.first_byte_timeout": ms(100)}
ONE_PLACE = {"provider.ollama.max_inflight": 1}
# What a provider says of a next try is not for the app.
ASKED_AGAIN = {"x-should-retry": "true", "Retry-After": "1"}
SLOW_DOWN = reply.status(429, {"Retry-After": "20"}, {"error": "slow down"})
FAILED = [
    Row("both fail", (502, ALL_FAILED, "server"), BOTH, settings=ONCE, cloud=status(503),
        ollama=o.failed()),
    Row("both are silent", (504, ALL_FAILED, "timeout"), BOTH, settings={**ONCE, **BRIEF},
        cloud=silent(), ollama=silent()),
    Row("both ask to wait", (503, ALL_FAILED, "rate_limit"), BOTH, settings=ONCE, cloud=SLOW_DOWN,
        ollama=SLOW_DOWN),
    Row("no place at Ollama", (503, ALL_FAILED, "skipped-no-room"), BOTH, cloud=status(401),
        settings={**ONCE, **ONE_PLACE}, headers={"x-understudy-deadline": ms(200)},
        before=a_place_taken_at_ollama),
    Row("no place", (503, NO_PROVIDER, NO_PROVIDER), "ollama", settings={**LOCAL, **ONE_PLACE},
        headers={"x-understudy-deadline": ms(200)}, before=a_place_taken_at_ollama),
    Row("no key", (503, NO_PROVIDER, NO_PROVIDER), "api_key", settings={
        **ALONE, "server.tokens": CLIENT_KEY, "provider.openai.api_key": None}),
    Row("an open breaker", (503, NO_PROVIDER, NO_PROVIDER), "breaker", cloud=status(503),
        settings={**ALONE, "breaker.failures": 1, "breaker.open_for": "60s"}, before=a_failure),
    Row("a silent cloud", (504, UPSTREAM, "timeout"), "first_byte_timeout", cloud=silent(),
        settings={**ALONE, **BRIEF}),
    Row("the deadline", (504, UPSTREAM, "timeout"), "time for this exchange", cloud=silent(),
        settings=ALONE, headers={"x-understudy-deadline": ms(200)}),
    Row("a reset", (502, UPSTREAM, "network"), "reset", cloud=reply.reset_before_answer(),
        settings=ALONE),
    Row("a web page for an answer", (502, UPSTREAM, "protocol"), "web page",
        cloud=reply.html_200(), settings=ALONE),
    Row("a redirect", (502, UPSTREAM, "redirect"), "elsewhere",
        cloud=reply.redirect("http://127.0.0.1:1/"), settings=ALONE),
    Row("Ollama alone fails", (500, "api_error", "server"), "runner", ollama=o.failed(),
        settings=LOCAL),
    Row("Ollama alone is full", (503, "api_error", "server"), "busy", ollama=o.busy(),
        settings=LOCAL),
    Row("Ollama alone asks to wait", (429, INVALID, "rate_limit"), "slow down", ollama=SLOW_DOWN,
        settings=LOCAL),
    Row("Ollama alone lacks the model", (404, "not_found_error", "model_not_found"), "not found",
        ollama=o.error(404, "model 'x' not found"), settings=LOCAL),
    Row("nobody lists models", (502, UPSTREAM, "network"), "no provider", "models.list",
        cloud=status(500), path="/v1/models", settings=ALONE, exchange=False),
    Row("a local model that is not there", (404, INVALID, "model_not_found"), "ollama pull",
        "models.retrieve", "ollama:nothing", exchange=False),
    Row("completions", (502, ALL_FAILED, "server"), BOTH, "completions.create",
        {"model": "gpt-4", "prompt": "Hi"}, cloud=status(503), path=COMPLETIONS,
        ollama=o.failed(), settings=ONCE),
    Row("responses", (502, UPSTREAM, "network"), "reset", "responses.create",
        {"model": "gpt-4", "input": "Hi"}, cloud=reply.reset_before_answer(), path=RESPONSES,
        settings=ALONE),
    Row("embeddings", (502, UPSTREAM, "network"), "reset", "embeddings.create",
        {"model": "e", "input": "Hi"}, cloud=reply.reset_before_answer(), path=EMBEDDINGS,
        settings=ONCE),
    Row("a stop", (503, "shutting_down", "shutting_down"), "stopping", cloud=silent(),
        during=a_stop, settings={"server.drain_timeout": ms(50)}),
]

# ---- a stream breaks

BROKEN = "stream_incomplete"
RESPOND = {"model": "gpt-4", "input": "Hi", "stream": True}


def response(name, says, ending, **more):
    """One that breaks off after its second event."""
    return Row(name, (None, UPSTREAM, BROKEN), says, "responses.create", RESPOND, path=RESPONSES,
               cloud=reply.ending(events(*responses_events("a b")[:2]), ending), **more)


CUT = [
    Row("cut", (None, UPSTREAM, BROKEN), "cut off", cloud=cut_stream("one"), what=STREAM),
    Row("stalled", (None, UPSTREAM, BROKEN), "idle_timeout", cloud=stall_stream("one"), what=STREAM,
        settings={"provider.openai.idle_timeout": ms(100)}),
    Row("the cloud's error event", (None, "server_error", None), "had an error", what=STREAM,
        cloud=stream_error_mid("one")),
    Row("the cloud's error inside a choice", (None, UPSTREAM, BROKEN), "Provider disconnected",
        what=STREAM, cloud=stream("one", inside_a_choice("delta"), finish=None)),
    Row("Ollama's error line", (None, UPSTREAM, BROKEN), "unexpected EOF", what=STREAM,
        ollama=o.error_mid("one"), settings=LOCAL),
    Row("a completion", (None, UPSTREAM, BROKEN), "cut off", "completions.create",
        {"model": "gpt-4", "prompt": "Hi", "stream": True}, path=COMPLETIONS,
        cloud=texts("one", finish=None, done=False, end="close")),
    Row("all fail behind a comment", (None, ALL_FAILED, "timeout"), BOTH, what=STREAM,
        cloud=silent(), ollama=silent(), settings={**ONCE, **BRIEF, "server.heartbeat": ms(20)}),
    Row("a stop in mid-stream", (None, UPSTREAM, BROKEN), "time for this exchange", what=STREAM,
        cloud=stall_stream("one"), during=a_stop_in_mid_stream,
        settings={"server.drain_timeout": ms(50)}),
    response("a response", "cut off", "close"),
    response("a reset response", "reset", "reset"),
    response("a response that ends too soon", "before the response was finished", "well"),
    response("a stalled response", "idle_timeout", "stall",
             settings={"provider.openai.idle_timeout": ms(100)}),
    response("a stop in mid-response", "time for this exchange", "stall",
             during=a_stop_in_mid_stream, settings={"server.drain_timeout": ms(50)}),
]


# ---- the cloud's own errors, after our tries

SAYS = "The sim says no."
RELAYED = [Row(f"the cloud's {code}", (code, "sim_error", "bad"), SAYS, settings=ALONE,
               cloud=openai_error(code, "bad", SAYS, headers=ASKED_AGAIN))
           for code in (400, 401, 403, 404, 408, 409, 422, 429, 500, 502, 503, 504)]
# A body that does not fit into the buffers on the way: the app still sends when it is refused.
HUGE = {**ASK, "messages": [{"role": "user", "content": "x" * (16 << 20)}]}
SENT_ON = [replace(row, name=f"{row.name}, while it sends", what=HUGE) for row in BY_THE_HEAD]


# ---- what an app meets


def meet(row, app_of, start, cloud, ollama):
    """app_of(daemon, base_url, headers) has ask(method, what), which tells what was raised."""
    daemon = start(cloud, ollama, row.settings)
    headers = dict(row.headers)
    if row.cloud:
        cloud.script(row.cloud, path=row.path)
    if row.ollama:
        ollama.script(row.ollama)
    if row.before:
        headers.update(row.before(daemon, cloud, ollama) or {})
    app = app_of(daemon, row.base.format(url=daemon.url, port=daemon.address[1]), headers)
    waiting = []
    if row.during:
        waiting.append(threading.Thread(target=row.during, args=(daemon, cloud, ollama)))
        waiting[0].start()
    before = len(daemon.log(event="exchange"))
    for number, what in enumerate(row.asks(), before + 1):
        check(row, app.ask(row.method, what), app.other)
        if row.exchange:
            daemon.exchange(number)
            assert len(daemon.log(event="exchange")) == number
    for thread in waiting:
        thread.join(PATIENCE)
        assert daemon.wait_exit() == 0
    daemon.close_clients()


def check(row, raised, other):
    """other: the class of statuses that have none of their own."""
    status_, type_, code = row.told
    name = CLASSES.get(status_) or ("APIError" if status_ is None else
                                    "InternalServerError" if status_ >= 500 else other)
    assert raised["requests"] == 1, raised
    assert (raised["class"], raised["status"]) == (name, status_), raised
    assert (raised["type"], raised["code"]) == (type_, code), raised
    if row.says:
        assert row.says in raised["message"] and row.says in raised["text"], raised
