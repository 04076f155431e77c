"""Replies of any HTTP server, whole and broken. Each is a function of (peer, request)."""
import gzip as gzip_module
import json as json_module
from http import HTTPStatus

from .net import Gate


def head(status, headers, reason=None):
    if reason is None:
        try:
            reason = HTTPStatus(status).phrase
        except ValueError:
            reason = "Status"
    lines = [f"HTTP/1.1 {status} {reason}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def pairs(headers):
    return list(headers.items()) if isinstance(headers, dict) else list(headers or [])


def encode(body):
    if isinstance(body, (dict, list)):
        return json_module.dumps(body).encode()
    return body.encode() if isinstance(body, str) else body


def message(status, body=b"", headers=(), kind="application/json"):
    """A whole message with its length, as bytes."""
    body, headers = encode(body), pairs(headers)
    names = {name.lower() for name, _ in headers}
    if "content-type" not in names and body:
        headers.insert(0, ("Content-Type", kind))
    if "content-length" not in names and "transfer-encoding" not in names and status != 204:
        headers.append(("Content-Length", str(len(body))))
    return head(status, headers) + body


def raw(*parts, close=False):
    """Sends bytes; a Gate is waited for, a number is a pause in seconds."""

    def reply(peer, request):
        for part in parts:
            if isinstance(part, Gate):
                peer.wait(part)
            elif isinstance(part, (int, float)):
                peer.pause(part)
            else:
                peer.send(part)
        if close:
            peer.close()

    return reply


def status(code, headers=(), body=b"", kind="application/json"):
    return raw(message(code, body, headers, kind))


def held(gate, then):
    """Answers when the test opens the gate."""

    def reply(peer, request):
        peer.wait(gate)
        then(peer, request)

    return reply


def slow(then, piece=1, delay=0.0):
    """Sends a reply in pieces of so many bytes, with a pause before each."""

    def reply(peer, request):
        peer.piece, peer.delay = piece, delay
        then(peer, request)

    return reply


def closing(then):
    """Closes after the reply without having announced it: a kept connection dies while idle."""

    def reply(peer, request):
        then(peer, request)
        peer.close()

    return reply


def early(then):
    """Answers as soon as the head is there, before the body is read, and closes."""

    def reply(peer, request):
        then(peer, request)
        peer.linger()

    reply.early = True
    return reply


def silent():
    """Never answers."""
    return lambda peer, request: peer.wait()


def close_before_answer():
    return lambda peer, request: peer.close()


def reset_before_answer():
    return lambda peer, request: peer.reset()


def cut_headers(how="close"):
    """Ends in the middle of the head."""
    return ending(raw(b"HTTP/1.1 200 OK\r\nContent-Type: applic"), how)


def ending(then, how):
    """Does `then`, and ends the connection: close (FIN), reset (RST), stall (never); or well: the
    chunked body as it should."""

    def reply(peer, request):
        then(peer, request)
        end(peer, how)

    return reply


def end(peer, how):
    if how == "well":
        peer.send(b"0\r\n\r\n")
    elif how == "close":
        peer.close()
    elif how == "reset":
        # What was sent has to arrive first: RST throws away what waits in the kernel.
        peer.pause(0.1)
        peer.reset()
    elif how == "stall":
        peer.wait()
    elif how is not None:
        raise ValueError(how)


def cut_body(body=b'{"id": "chatcmpl-1", "object"', announced=5000, how="close", headers=()):
    """Announces a longer body than it sends."""
    fields = [("Content-Type", "application/json"), ("Content-Length", str(announced))]
    return ending(raw(head(200, fields + pairs(headers)) + body), how)


def bad_chunk(kind="application/json", first=b""):
    """A chunk whose size is no number."""
    fields = [("Content-Type", kind), ("Transfer-Encoding", "chunked")]
    return raw(head(200, fields) + first + b"zz\r\n{}\r\n0\r\n\r\n", close=True)


def redirect(to, code=302):
    return status(code, [("Location", to)], "<a>moved</a>", "text/html")


def redirect_302(to):
    return redirect(to)


def html_200(text="<!doctype html><title>Sign in to the hotel's network</title>"):
    return status(200, body=text, kind="text/html; charset=utf-8")


def empty_200():
    return status(200, [("Content-Type", "application/json")])


def no_content_204():
    return status(204)


def gzipped(body, headers=()):
    """A compressed body that nobody asked for."""
    data = gzip_module.compress(encode(body))
    return status(200, [("Content-Encoding", "gzip"), *pairs(headers)], data)


def informational(count, then, code=103):
    """So many 1xx heads before the answer."""

    def reply(peer, request):
        peer.send(head(code, [("Link", "</x>; rel=preload")], "Early Hints") * count)
        then(peer, request)

    return reply


def big_header(size, body=b"{}"):
    return status(200, [("X-Big", "b" * size)], body)


def chunk(data):
    return b"%x\r\n%s\r\n" % (len(data), data)
