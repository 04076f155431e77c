"""A collector of OpenTelemetry that looks at every byte of what it is sent.

    collector.script(status(503), took())     the replies to come, the last one stays

Names, types and values: opentelemetry-proto v1.10, trace/v1/trace.proto, common/v1/common.proto,
resource/v1/resource.proto and collector/trace/v1/trace_service.proto, in the JSON of
docs/specification.md ("JSON Protobuf Encoding"): lowerCamelCase, ids in hex, enums as numbers, 64 bits
as strings. Where a receiver must take what it does not know, this one does not: it would be ours.
"""
import json
import re

from .net import Script, Server
from .reply import status

NS = re.compile(r"[1-9][0-9]{18}")
INT64 = re.compile(r"-?(0|[1-9][0-9]*)")


class Wrong(Exception):
    pass


def need(truth, what):
    if not truth:
        raise Wrong(what)


def hexes(digits):
    pattern = re.compile(f"[0-9a-f]{{{digits}}}")
    return lambda v, at: need(isinstance(v, str) and pattern.fullmatch(v) and set(v) != {"0"}, f"{at}: {v!r} is no id")


def text(v, at):
    need(isinstance(v, str) and v, f"{at}: {v!r} is no text")


def nanoseconds(v, at):
    need(isinstance(v, str) and NS.fullmatch(v), f"{at}: {v!r} is no time since 1970 in ns, as a string")


def one_of(*values):
    return lambda v, at: need(type(v) is int and v in values, f"{at}: {v!r} is none of {values}")


def int64(v, at):
    need(isinstance(v, str) and INT64.fullmatch(v), f"{at}: {v!r} is no integer as a string")


def real(v, at):
    need(type(v) in (int, float), f"{at}: {v!r} is no number")


def truth(v, at):
    need(type(v) is bool, f"{at}: {v!r} is neither true nor false")


def many(check):
    def all_of(v, at):
        need(isinstance(v, list) and v, f"{at}: {v!r} is no array with something in it")
        for i, item in enumerate(v):
            check(item, f"{at}[{i}]")
    return all_of


def an_object(fields, required):
    def check(v, at):
        need(isinstance(v, dict), f"{at}: {v!r} is no object")
        need(set(v) <= set(fields), f"{at}: unknown {sorted(set(v) - set(fields))}")
        need(set(required) <= set(v), f"{at}: no {sorted(set(required) - set(v))}")
        for name, value in v.items():
            fields[name](value, f"{at}.{name}")
    return check


def any_value(v, at):
    an_object({"stringValue": text, "intValue": int64, "doubleValue": real, "boolValue": truth}, ())(v, at)
    need(len(v) == 1, f"{at}: {v!r} is not one value")


def attributes(v, at):
    many(an_object({"key": text, "value": any_value}, ("key", "value")))(v, at)
    keys = [a["key"] for a in v]
    need(len(keys) == len(set(keys)), f"{at}: a key twice in {keys}")


SPAN = an_object({"traceId": hexes(32), "spanId": hexes(16), "parentSpanId": hexes(16), "name": text, "kind": one_of(1, 2, 3),
                  "startTimeUnixNano": nanoseconds, "endTimeUnixNano": nanoseconds, "attributes": attributes,
                  "status": an_object({"code": one_of(2)}, ("code",))},
                 ("traceId", "spanId", "name", "kind", "startTimeUnixNano", "endTimeUnixNano", "attributes"))
SCOPE_SPANS = an_object({"scope": an_object({"name": text, "version": text}, ("name", "version")), "spans": many(SPAN)},
                        ("scope", "spans"))
RESOURCE_SPANS = an_object({"resource": an_object({"attributes": attributes}, ("attributes",)),
                            "scopeSpans": many(SCOPE_SPANS)}, ("resource", "scopeSpans"))
REQUEST = an_object({"resourceSpans": many(RESOURCE_SPANS)}, ("resourceSpans",))


class Span:
    """One span; span["gen_ai.request.model"] is that attribute, None where it has none."""

    def __init__(self, json_span):
        self.trace, self.id, self.parent = json_span["traceId"], json_span["spanId"], json_span.get("parentSpanId")
        self.name, self.kind = json_span["name"], {1: "internal", 2: "server", 3: "client"}[json_span["kind"]]
        self.begin, self.end = int(json_span["startTimeUnixNano"]), int(json_span["endTimeUnixNano"])
        self.is_error = "status" in json_span
        self.attributes = values(json_span["attributes"])

    def __getitem__(self, key):
        return self.attributes.get(key)

    def __repr__(self):
        return f"<{self.kind} {self.name} {self.attributes}>"


def values(list_of_attributes):
    read = {"intValue": int, "stringValue": str, "doubleValue": float, "boolValue": bool}
    return {a["key"]: read[kind](v) for a in list_of_attributes for kind, v in a["value"].items()}


def took(rejected=0, message=""):
    """An ExportTraceServiceResponse: the spans are taken, but for so many."""
    reply = status(200, body={"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": message}} if rejected else {})
    reply.takes = True
    return reply


class Collector(Server):
    """`spans` are those that it has taken, `violations` what was wrong with any request."""

    is_provider = False

    def __init__(self, **options):
        self.violations, self.resources, self.spans = [], [], []
        self._script = Script()
        super().__init__(**options)

    def script(self, *replies):
        self._script.set(replies)

    def choose(self, request):
        return None

    def answer(self, request):
        reply = self._script.next() or took()
        self._look_at(request, getattr(reply, "takes", False))
        return reply

    def _look_at(self, request, takes):
        try:
            need(request.method == "POST", f"method {request.method}")
            need(request.header("content-type") == "application/json", f"type {request.header('content-type')}")
            body = json.loads(request.body)
            REQUEST(body, "body")
        except (Wrong, ValueError) as wrong:
            self.violations.append(f"{wrong}: {request.body[:500]!r}")
            return
        for resource in body["resourceSpans"] if takes else []:
            self.resources.append(values(resource["resource"]["attributes"]))
            for scope in resource["scopeSpans"]:
                self.spans += [Span(s) for s in scope["spans"]]

    def wait_for_spans(self, count):
        """As many at least; by then all of the requests that they came in."""
        self.wait_for(lambda: len(self.spans) >= count or self.violations, what=f"span {count}")
        assert self.violations == []
        return list(self.spans)
