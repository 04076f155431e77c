"""A strict pretended MCP server: of both eras, over HTTP and, as lines, on a unix socket.

    tools = McpServer()                                  modern (2026-07-28): at tools.address, http://127.0.0.1:PORT/mcp
    tools = McpServer(era="handshake")                   2025-11-25; version="2025-06-18"; sessions=False: gives no id
    tools = McpServer(socket=folder / "t.sock")          at tools.address, unix:...; of either era
    tools.tool("today", "sunny")                         what it gives: a text,
    tools.tool("add", lambda a: a["x"] + a["y"])         or made of the arguments: a text, a number; a list of parts
                                                         (image(), resource() ...); a dict: the result as it is; or it
                                                         raises ToolError (isError) or RpcError (an error of JSON-RPC)
    tools.tool("slow", broken=r.silent())                broken: a reply of sim.reply, in place of any answer
    start(cloud, ollama, tools.settings("weather"))      [tool weather], which allows all of them

    tools.calls                                          [(name, arguments)] as they came, those that broke, too
    tools.count("today"), tools.arguments("today")       of one: how many, and each one's arguments
    tools.methods()                                      ["tools/list", "tools/call" ...]: of all requests it has read
    tools.violations                                     what a correct client does not send; [] at the end of a test

    tools.answers = "events"                             over HTTP: as an event stream, not JSON
    tools.page = 2                                       tools a page; tools.endless = True: there is always a next one
    tools.key = "sk"                                     401 without Authorization: Bearer sk
    tools.script("tools/list", r.status(500), None)      the next answers to that method ("*": to any, whatever it
                                                         says); None: as it should; the last one stays
    tools.notice = "notifications/tools/list_changed"    goes before the next answer (on events and lines; on a socket
    tools.change_list()                                  at once, with change_list)
    tools.asks = "ping"                                  asks the client that before its next answer; tools.replies
    tools.refuses = 404                                  how the handshake era answers the modern: 400 (-32000), 404, 405, or
                                                         (with 400) one of the codes -32600, -32601, -32602, -32000
    tools.forget_sessions()                              404 for every session so far
    tools.greeting = b"Server runs.\\n"                  on a socket: not JSON, before anything else
    tools.stop_listening(); tools.refuse()               nobody is there

Breaks that are not in sim.reply: half_answer(), large_answer(), wrong_id(), no_message(). All but statuses, pages and
redirects work on sockets, too.
"""
import json
import os
import socket
import threading
import uuid
from dataclasses import dataclass, field

from . import mcp_check as check, reply as r
from .mcp_check import LATEST, META, MODERN, Wrong, need
from .net import HungUp, Peer, Request, Server

EVENTS = [("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache"), ("Transfer-Encoding", "chunked")]
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
LIST_CHANGED = "notifications/tools/list_changed"


class ToolError(Exception):
    """The tool was called and says that it failed."""


class RpcError(Exception):
    def __init__(self, code, message, **data):
        super().__init__(message)
        self.error = {"code": code, "message": message, **({"data": data} if data else {})}


@dataclass
class Tool:
    name: str
    answer: object
    description: str
    schema: dict
    broken: object = None
    more: dict = field(default_factory=dict)


@dataclass
class Session:
    """One client's, from initialize on; on a socket its connection."""
    id: str
    version: str = None  # None: not agreed on yet
    ready: bool = False  # notifications/initialized has come
    used: set = field(default_factory=set)  # ids of requests


# ---- parts of a result


def text(words):
    return {"type": "text", "text": words}


def image(data=PIXEL):
    return {"type": "image", "data": data, "mimeType": "image/png"}


def audio(data="UklGRiQAAABXQVZF"):
    return {"type": "audio", "data": data, "mimeType": "audio/wav"}


def resource(words=None, uri="file:///notes/today.txt", blob="aGVsbG8="):
    """With words a text, else bytes."""
    body = {"mimeType": "text/plain", "text": words} if words is not None else {"mimeType": "application/pdf", "blob": blob}
    return {"type": "resource", "resource": {"uri": uri, **body}}


def link(uri="file:///notes/today.txt", name="today.txt"):
    return {"type": "resource_link", "uri": uri, "name": name, "mimeType": "text/plain"}


def structured(value, *parts):
    """A result with structuredContent beside parts."""
    return {"content": list(parts), "structuredContent": value, "isError": False}


# ---- breaks


def half_answer(how="close"):
    """The beginning of a right answer, then the end of the connection."""
    return lambda peer, request: peer.send_half(request, how)


def large_answer(size=200 << 20, step=1 << 20):
    """A right answer of so many bytes of text."""
    return lambda peer, request: peer.send_large(request, size, step)


def wrong_id(id=4711):
    """An answer to a request that nobody made."""
    return lambda peer, request: peer.send_message(request, {"jsonrpc": "2.0", "id": id, "result": {"content": []}})


def no_message(body={"tools": []}):
    """JSON, and no JSON-RPC."""
    return lambda peer, request: peer.send_message(request, body)


class _Talk(Peer):
    """What an answer is sent by; how is known here, so that breaks need not know it."""

    lines = False

    def send_message(self, request, message):
        raw = json.dumps(message, ensure_ascii=False).encode()
        if self.lines:
            self.send(raw + b"\n")
        elif request.events:
            self.send(r.head(200, EVENTS + request.more) + b"".join(r.chunk(event(m)) for m in [*request.before, message]))
            self.send(b"0\r\n\r\n")
        else:
            self.send(r.message(200, raw, request.more))

    def send_half(self, request, how):
        raw = json.dumps(request.right()).encode()
        raw = raw[: len(raw) // 2]
        if self.lines:
            self.send(raw)
        elif request.events:
            self.send(r.head(200, EVENTS) + r.chunk(b"event: message\ndata: " + raw))
        else:
            self.send(r.head(200, [("Content-Type", "application/json"), ("Content-Length", str(2 * len(raw) + 1))]) + raw)
        r.end(self, how)

    def send_large(self, request, size, step):
        before, _, behind = json.dumps({"jsonrpc": "2.0", "id": request.json["id"],
                                        "result": {"resultType": "complete", "content": [text("@")]}}).partition("@")
        before, behind = before.encode(), behind.encode()
        if not self.lines:
            self.send(r.head(200, [("Content-Type", "application/json"),
                                   ("Content-Length", str(len(before) + size + len(behind)))]))
        self.send(before)
        for at in range(0, size, step):
            self.send(b"x" * min(step, size - at))
        self.send(behind + (b"\n" if self.lines else b""))


def event(message):
    """As the SDKs write it: one with a name, and before it a comment, and an id without data."""
    if message is None:
        return b": ping\r\n\r\nid: 0\r\ndata: \r\n\r\n"
    return b"event: message\r\ndata: " + json.dumps(message).encode() + b"\r\n\r\n"


class _Line(Request):
    """A line of a socket, in the place of an HTTP request."""

    def __init__(self, line, connection, number):
        super().__init__("LINE", "", "", [], connection, number)
        self.body = line


class _LinePeer(_Talk):
    """Several answers at a time may be on their way."""

    lines = True

    def __init__(self, server, sock, number, lock):
        super().__init__(server, sock, number)
        self.lock = lock

    def send(self, data):
        with self.lock:
            super().send(data)


class McpServer(Server):
    is_provider = False

    def __init__(self, era="modern", version=None, socket=None, path="/mcp", sessions=True, **where):
        self.era, self.version, self.path, self.socket = era, version or (MODERN if era == "modern" else LATEST), path, socket
        self.has_sessions, self.answers, self.page, self.endless, self.key = sessions, "json", 1000, False, None
        self.notice, self.asks, self.refuses, self.greeting, self.ttl_ms = None, None, 400, b"", 0
        self.tools, self.calls, self.violations, self.replies, self.cancelled = {}, [], [], [], []
        self._sessions, self._gone, self._cursors, self._scripts, self._lock = {}, set(), set(), {}, threading.RLock()
        self._lines = {}  # on a socket: connection -> its peer
        super().__init__(**where)

    # ---- for tests

    @property
    def address(self):
        return f"unix:{self.socket}" if self.socket else self.url + self.path

    def settings(self, name, allow="*", **more):
        """Of [tool name], as start() takes them."""
        return {f"tool.{name}.{k}": v for k, v in {"url": self.address, "allow": allow, **more}.items()}

    def tool(self, name, answer="", broken=None, description=None, schema=None, **more):
        """more: other members of the tool in the list."""
        schema = schema or {"type": "object", "properties": {"city": {"type": "string"}}}
        with self._lock:
            self.tools[name] = Tool(name, answer, description or f"Tells {name}.", schema, broken, more)

    def remove(self, name):
        with self._lock:
            del self.tools[name]

    def script(self, method, *replies):
        with self._lock:
            self._scripts[method] = list(replies)

    def arguments(self, name):
        return [arguments for called, arguments in list(self.calls) if called == name]

    def count(self, name):
        return len(self.arguments(name))

    def methods(self):
        return [json.loads(q.body).get("method") for q in list(self.requests) if q.body]

    def wait_for_calls(self, count, name=None):
        self.wait_for(lambda: len(self.calls if name is None else self.arguments(name)) >= count, what=f"call {count}")

    def wait_for_method(self, method, count=1):
        self.wait_for(lambda: self.methods().count(method) >= count, what=f"{method} {count}")

    def forget_sessions(self):
        with self._lock:
            self._gone |= set(self._sessions)
            self._sessions.clear()

    def change_list(self):
        """Says that the list is another one: on sockets now, else before the next answer."""
        self.notice = None if self._lines else LIST_CHANGED
        for peer in list(self._lines.values()):
            peer.send_message(None, {"jsonrpc": "2.0", "method": LIST_CHANGED})

    def stop_listening(self):
        """Nobody is there any more, until accept_again()."""
        self.refuse()

    # ---- a socket in place of a port

    def _bind(self):
        if not self.socket:
            return super()._bind()
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        sock = socket.socket(socket.AF_UNIX)
        sock.bind(str(self.socket))
        return sock

    def refuse(self):
        if not self.socket:
            super().refuse()
            return
        self._close_listener()
        self.drop_connections()
        os.unlink(self.socket)

    def accept_again(self):
        if self.socket:
            self._listen()
        else:
            super().accept_again()

    def _talk(self, peer, reader):
        if not self.socket:
            peer.__class__ = _Talk
            super()._talk(peer, reader)
            return
        lock, session, number = threading.Lock(), Session(f"connection {peer.number}"), 0
        self._lines[peer.number] = _LinePeer(self, peer.sock, peer.number, lock)
        self._lines[peer.number].request = _Line(b"", peer.number, 0)  # what it says unasked
        try:
            if self.greeting:
                peer.sock.sendall(self.greeting)
            while True:
                while (end := reader.buffer.find(b"\n")) < 0:
                    reader._more()
                line = bytes(reader.buffer[:end])
                del reader.buffer[: end + 1]
                number += 1
                request = _Line(line, peer.number, number)
                answering = _LinePeer(self, peer.sock, peer.number, lock)
                answering.request = request
                self.requests.append(request)
                self.notify()
                self._start(self._answer_line, answering, request, session)
        finally:
            del self._lines[peer.number]

    def _answer_line(self, peer, request, session):
        try:
            reply = self._reply_to(request, session)
            if reply:
                reply(peer, request)
        except (HungUp, OSError):
            pass
        finally:
            request.answered.set()
            self.notify()

    # ---- answering

    def choose(self, request):
        return None

    def answer(self, request):
        """Over HTTP."""
        session = self._sessions.get(request.header("mcp-session-id"))
        if request.path != self.path:
            return r.status(404, body="Not Found", kind="text/plain")
        if self.key and request.header("authorization") != f"Bearer {self.key}":
            return r.status(401, [("WWW-Authenticate", 'Bearer error="invalid_token"')], {"error": "invalid_token"})
        if request.method == "DELETE" and session:
            del self._sessions[session.id]
            return r.status(200)
        if request.method != "POST":
            return r.status(405, [("Allow", "POST")])
        return self._reply_to(request, session) or r.status(202)

    def _reply_to(self, request, session):
        """The reply, None where there is none to give: to a notification, and to a reply."""
        request.events, request.more, request.before = self.answers == "events", [], []
        try:
            message = json.loads(request.body)
            kind = check.check_message(message)
            if kind == "reply":
                with self._lock:
                    self.replies.append(message)
                return None
            if not self.socket:
                check.check_fields(request)
            broken = self._scripted("*")
            if broken:
                request.right = lambda: {"jsonrpc": "2.0", "id": message.get("id"), "result": {}}
                return broken
            if self.era == "modern":
                return self._modern(request, message, kind)
            return self._handshake(request, message, kind, session)
        except RpcError as refused:
            return self._error(message.get("id"), refused.error, 400)
        except (Wrong, ValueError) as wrong:
            with self._lock:
                self.violations.append(f"{wrong}: {request.body[:500]!r}")
            return self._error(None, {"code": -32600, "message": f"Invalid Request: {wrong}"}, 400)

    def _modern(self, request, message, kind):
        if kind == "notification":
            need(message["method"] == "notifications/cancelled" and self.socket, f"{message['method']} in the modern era")
            self.cancelled.append(message["params"]["requestId"])
            return None
        need(message["method"] != "initialize", "initialize in the modern era")
        check.check_envelope(message)
        check.check_params(message, self.tools, self._cursors)
        if not self.socket:
            check.check_modern_fields(request, message, self.tools)
        return self._serve_method(request, message)

    def _handshake(self, request, message, kind, session):
        method = message["method"]
        if request.header("mcp-protocol-version") == MODERN or (
                META + "protocolVersion" in message.get("params", {}).get("_meta", {}) and not (session and session.ready)):
            return self._refuse_modern(message)
        if method == "initialize":
            return self._initialize(request, message, session)
        if not self.socket and self.has_sessions and session is None:
            gone = request.header("mcp-session-id") in self._gone
            need(gone, f"{method} in no session")
            return self._error(None, {"code": -32001, "message": "Session not found"}, 404)
        session = session or self._sessions.get(None)
        need(session and session.version, f"{method} before initialize")
        if not self.socket:
            check.check_session_fields(request, message, session)
        if method == "notifications/initialized":
            need(not session.ready, "initialized twice")
            session.ready = True
            return None
        if method == "notifications/cancelled":
            self.cancelled.append(message["params"]["requestId"])
            return None
        need(kind == "request", f"{method} of a client")
        need(session.ready, f"{method} before notifications/initialized")
        with self._lock:
            need(message["id"] not in session.used, f"id {message['id']} twice in a session")
            session.used.add(message["id"])
        check.check_params(message, self.tools, self._cursors)
        return self._serve_method(request, message)

    def _initialize(self, request, message, session):
        check.check_initialize(message)
        scripted = self._scripted("initialize")
        if scripted:
            return scripted
        if self.socket:
            need(session.version is None, "initialize twice")
        else:
            check.check_session_fields(request, message, None)
            session = Session(uuid.uuid4().hex if self.has_sessions else None)
            self._sessions[session.id] = session
            request.more = [("Mcp-Session-Id", session.id)] if session.id else []
        session.version, session.used = self.version, {message["id"]}
        return self._message({"jsonrpc": "2.0", "id": message["id"], "result": {
            "protocolVersion": self.version, "capabilities": {"tools": {"listChanged": True}},
            "serverInfo": {"name": "sim", "version": "1"}}})

    def _refuse_modern(self, message):
        code = self.refuses if self.refuses < 0 else -32000
        error = {"code": code, "message": f"Bad Request: Unsupported protocol version: {MODERN} (supported versions: {self.version})"}
        return self._error(message.get("id"), error, self.refuses if self.refuses > 0 else 400)

    def _scripted(self, method):
        with self._lock:
            replies = self._scripts.get(method)
            if replies:
                return replies.pop(0) if len(replies) > 1 else replies[0]
        return None

    def _serve_method(self, request, message):
        method, params = message["method"], message.get("params", {})
        tool = self.tools[params["name"]] if method == "tools/call" else None
        if tool:
            with self._lock:
                self.calls.append((tool.name, params.get("arguments", {})))
            self.notify()
        request.right = lambda: self._answer_of(message, tool)
        broken = self._scripted(method) or (tool and tool.broken)
        if broken:
            return broken
        request.before = [None, *self._asides()]
        answer = self._answer_of(message, tool)
        if "error" in answer and answer["error"]["code"] == -32601 and not self.socket:
            return self._error(message["id"], answer["error"], 404)

        def reply(peer, request):
            for aside in request.before if self.socket else ():
                if aside:
                    peer.send_message(request, aside)
            peer.send_message(request, answer)

        return reply

    def _asides(self):
        """What goes before an answer, once; in JSON there is no place for it."""
        asides = []
        if not self.socket and self.answers != "events":
            return asides
        with self._lock:
            if self.notice:
                asides.append({"jsonrpc": "2.0", "method": self.notice})
            if self.asks:
                asides.append({"jsonrpc": "2.0", "id": "server-1", "method": self.asks, "params": {}})
            self.notice, self.asks = None, None
        return asides

    def _answer_of(self, message, tool):
        answer = {"jsonrpc": "2.0", "id": message["id"]}
        try:
            if message["method"] == "tools/list":
                return {**answer, "result": self._list(message.get("params", {}).get("cursor"))}
            if tool:
                return {**answer, "result": self._result(tool, message["params"].get("arguments", {}))}
            if message["method"] == "server/discover" and self.era == "modern":
                return {**answer, "result": {"supportedVersions": [MODERN], "capabilities": {"tools": {"listChanged": True}},
                                             "resultType": "complete", "ttlMs": 0, "cacheScope": "private"}}
            if message["method"] == "ping":
                return {**answer, "result": {}}
            raise RpcError(-32601, f"Method not found: {message['method']}")
        except RpcError as failed:
            return {**answer, "error": failed.error}

    def _list(self, cursor):
        begin = int(cursor.removeprefix("from ")) if cursor else 0
        with self._lock:
            tools = list(self.tools.values())
            end = begin + self.page
            result = {"tools": [{"name": t.name, "description": t.description, "inputSchema": t.schema, **t.more}
                                for t in tools[begin:end]]}
            if end < len(tools) or self.endless:
                result["nextCursor"] = f"from {end}"
                self._cursors.add(result["nextCursor"])
        if self.era == "modern":
            result.update(resultType="complete", ttlMs=self.ttl_ms, cacheScope="private")
        return result

    def _result(self, tool, arguments):
        more = {"resultType": "complete"} if self.era == "modern" else {}
        try:
            given = tool.answer(arguments) if callable(tool.answer) else tool.answer
        except ToolError as failed:
            return {"content": [text(str(failed))], "isError": True, **more}
        if isinstance(given, dict):
            return {**more, **given}
        return {"content": given if isinstance(given, list) else [text(str(given))], "isError": False, **more}

    def _message(self, message):
        return lambda peer, request: peer.send_message(request, message)

    def _error(self, id, error, status):
        body = {"jsonrpc": "2.0", "id": id, "error": error}
        return self._message(body) if self.socket else r.status(status, body=body)
