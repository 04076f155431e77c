"""Answers of OpenAI's Responses API, whole and as events, in every way in which they can end.

The order and the members of the events: the API's documentation and streams that users have posted
(2026-11), checked by the official SDK in test_sim_responses.py. For scripts of a Cloud with
path=RESPONSES.
"""
import json

from . import reply as r
from .cloud import EVENT_STREAM, MODEL, events, named, response

ID = "resp_sim"


# ---- items


def message(text, id="msg_1"):
    return {"id": id, "type": "message", "status": "completed", "role": "assistant", "content": [
        {"type": "output_text", "text": text, "annotations": [], "logprobs": []}]}


def reasoning(summary, id="rs_1"):
    return {"id": id, "type": "reasoning", "summary": [{"type": "summary_text", "text": summary}],
            "status": "completed", "encrypted_content": None}


def function_call(name, arguments, call_id="call_1", id="fc_1", **more):
    return {"id": id, "type": "function_call", "status": "completed", "call_id": call_id,
            "name": name, "arguments": json.dumps(arguments), **more}


def custom_call(name, input, call_id="call_2", id="ctc_1", **more):
    return {"id": id, "type": "custom_tool_call", "status": "completed", "call_id": call_id,
            "name": name, "input": input, **more}


def as_items(items):
    return [message(i, f"msg_{n}") if isinstance(i, str) else i for n, i in enumerate(items, 1)]


# ---- whole


USAGE = {"input_tokens": 9, "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 0},
         "output_tokens": 3, "output_tokens_details": {"reasoning_tokens": 1}, "total_tokens": 12}


def answer(items, model=MODEL, status="completed", **more):
    return {**response("", model, ID, status), "output": as_items(items), "background": False,
            "previous_response_id": None, "reasoning": {"effort": None, "summary": None},
            "store": True, "text": {"format": {"type": "text"}}, "truncation": "disabled",
            "usage": USAGE if status in ("completed", "incomplete") else None, **more}


LIMIT = {"incomplete_details": {"reason": "max_output_tokens"}}
FILTER = {"incomplete_details": {"reason": "content_filter"}}
FAILURE = {"code": "server_error", "message": "The server had an error while processing your request."}


# ---- events


def pieces(text, size=6):
    return [text[i:i + size] for i in range(0, len(text), size)]


def of_message(at, item):
    (part,) = item["content"]
    at = {"item_id": item["id"], "output_index": at, "content_index": 0}
    yield {"type": "response.content_part.added", **at, "part": {**part, "text": ""}}
    for piece in pieces(part["text"]):
        yield {"type": "response.output_text.delta", **at, "delta": piece, "logprobs": []}
    yield {"type": "response.output_text.done", **at, "text": part["text"], "logprobs": []}
    yield {"type": "response.content_part.done", **at, "part": part}


def of_reasoning(at, item):
    for number, part in enumerate(item["summary"]):
        where = {"item_id": item["id"], "output_index": at, "summary_index": number}
        yield {"type": "response.reasoning_summary_part.added", **where, "part": {**part, "text": ""}}
        for piece in pieces(part["text"]):
            yield {"type": "response.reasoning_summary_text.delta", **where, "delta": piece}
        yield {"type": "response.reasoning_summary_text.done", **where, "text": part["text"]}
        yield {"type": "response.reasoning_summary_part.done", **where, "part": part}


def of_call(at, item):
    kind, member = (("function_call_arguments", "arguments") if item["type"] == "function_call" else
                    ("custom_tool_call_input", "input"))
    where = {"item_id": item["id"], "output_index": at}
    for piece in pieces(item[member]):
        yield {"type": f"response.{kind}.delta", **where, "delta": piece}
    yield {"type": f"response.{kind}.done", **where, member: item[member]}


WRITERS = {"message": of_message, "reasoning": of_reasoning, "function_call": of_call,
           "custom_tool_call": of_call}
BEGUN = {"message": {"content": [], "status": "in_progress"}, "reasoning": {"summary": []},
         "function_call": {"arguments": "", "status": "in_progress"},
         "custom_tool_call": {"input": "", "status": "in_progress"}}


def of_items(items):
    for at, item in enumerate(items):
        yield {"type": "response.output_item.added", "output_index": at,
               "item": {**item, **BEGUN[item["type"]]}}
        yield from WRITERS[item["type"]](at, item)
        yield {"type": "response.output_item.done", "output_index": at, "item": item}


def numbered(found):
    return [{**e, "sequence_number": n} for n, e in enumerate(found)]


def events_of(*items, model=MODEL, status="completed", **more):
    """All events of a whole stream, as objects. status: completed, incomplete, failed; None: it ends
    behind the items."""
    items = as_items(items)
    begun = answer([], model, "in_progress")
    found = [{"type": "response.created", "response": begun},
             {"type": "response.in_progress", "response": begun}, *of_items(items)]
    if status:
        found.append({"type": f"response.{status}", "response": answer(items, model, status, **more)})
    return numbered(found)


def body_of(*items, **more):
    return b"".join(named(e) for e in events_of(*items, **more))


# ---- replies


def ok(*items, status="completed", **more):
    """Answers with these items (text = a message), streamed or whole, as the request asks."""

    def reply(peer, request):
        model = request.json["model"]
        if request.wants_stream():
            events(*[named(e) for e in events_of(*items, model=model, status=status, **more)])(
                peer, request)
            peer.send(b"0\r\n\r\n")
        else:
            r.status(200, [("x-request-id", "req_sim")], answer(items, model, status, **more))(
                peer, request)

    return reply


def incomplete(*items, details=LIMIT):
    return ok(*items, status="incomplete", **details)


def failed(*items, error=None):
    """It breaks off there, and says so: the last event is response.failed."""
    return ok(*items, status="failed", error=error or FAILURE)


def error_event(*items, code="server_error", text=FAILURE["message"]):
    """The older way: an event of type error, and the end."""

    def reply(peer, request):
        found = events_of(*items, model=request.json["model"], status=None)
        found.append({"type": "error", "code": code, "message": text, "param": None,
                      "sequence_number": len(found)})
        events(*[named(e) for e in found])(peer, request)
        peer.send(b"0\r\n\r\n")

    return reply


def cut(*items, leave=1, how="close"):
    """Breaks `leave` events before the end: by FIN (close), RST (reset), silence (stall), or with a
    body that ends well."""

    def reply(peer, request):
        found = events_of(*items, model=request.json["model"])
        r.ending(events(*[named(e) for e in found[:-leave]], headers=EVENT_STREAM), how)(peer, request)

    return reply


def cut_at(count, body, how="close"):
    """The first so many bytes of a stream."""
    return r.ending(events(body[:count]), how)
