"""That the pretended MCP server is like a real one: met by the official SDK, without the daemon in between;
and that it notes what no correct client sends."""
import asyncio
import json
import socket

import pytest

from rawclient import RawClient
from sim import McpServer, mcp, reply as r

META = {f"io.modelcontextprotocol/{k}": v for k, v in {
    "protocolVersion": "2026-07-28", "clientInfo": {"name": "test", "version": "1"}, "clientCapabilities": {}}.items()}
HEAD = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
MODERN = {**HEAD, "MCP-Protocol-Version": "2026-07-28"}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}, "where": {"type": "string", "x-mcp-header": "Where"}}}


def message(method, params=None, id=1, meta=META):
    params = {**(params or {}), **({"_meta": meta} if meta else {})}
    return {"jsonrpc": "2.0", **({"id": id} if id is not None else {}), "method": method, **({"params": params} if params else {})}


def post(server, body, headers=MODERN, path="/mcp", method="POST", **more):
    with RawClient(("127.0.0.1", server.port), 10) as client:
        return client.request(method, path, body, {**headers, **{k.replace("_", "-"): v for k, v in more.items()}}).response(method)


def asked(server, method, params=None, **more):
    """A right request of the modern era."""
    name = {"Mcp-Name": params["name"]} if method == "tools/call" else {}
    return post(server, message(method, params), {**MODERN, "Mcp-Method": method, **name}, **more)


class Lines:
    """A client of a socket."""

    def __init__(self, server):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(str(server.socket))
        self.file = self.sock.makefile("rb")

    def send(self, *messages):
        self.sock.sendall(b"".join(json.dumps(m).encode() + b"\n" for m in messages))
        return self

    def read(self):
        return json.loads(self.file.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()
        self.sock.close()


# ---- the official client


def all_of(client_of):
    """What the SDK's client sees: names in order, and what three calls give."""
    sdk = pytest.importorskip("mcp")

    async def talk():
        async with client_of(sdk) as client:
            listed, cursor = [], None
            while True:
                page = await client.list_tools(cursor=cursor)
                listed += [t.name for t in page.tools]
                cursor = page.next_cursor
                if not cursor:
                    break
            added = await client.call_tool("add", {"a": 1, "where": "Malmö"})
            failed = await client.call_tool("fails", {})
            wide = await client.call_tool("wide", {})
            return listed, added, failed, wide

    return asyncio.run(asyncio.wait_for(talk(), 30))


def furnish(server):
    def fails(_):
        raise mcp.ToolError("no such city")

    server.tool("add", lambda a: a["a"] + 1, schema=SCHEMA)
    server.tool("fails", fails)
    server.tool("wide", [mcp.text("hi"), mcp.image(), mcp.audio(), mcp.resource("note"), mcp.resource(), mcp.link()])
    server.page = 2


@pytest.mark.parametrize("answers", ["json", "events"])
@pytest.mark.parametrize("options", [{"era": "modern"}, {"era": "handshake"}, {"era": "handshake", "version": "2025-06-18"},
                                     {"era": "handshake", "sessions": False}], ids=lambda o: " ".join(map(str, o.values())))
def test_the_official_client_is_content(tool_servers, options, answers):
    server = tool_servers(**options)
    server.answers = answers
    furnish(server)
    listed, added, failed, wide = all_of(lambda sdk: sdk.Client(server.address))
    assert listed == ["add", "fails", "wide"]
    assert (added.content[0].text, added.is_error) == ("2", False)
    assert (failed.content[0].text, failed.is_error) == ("no such city", True)
    assert [part.type for part in wide.content] == ["text", "image", "audio", "resource", "resource", "resource_link"]
    assert server.arguments("add") == [{"a": 1, "where": "Malmö"}]
    assert server.methods().count("tools/list") >= 2


# ---- what it does by itself


def test_modern_json(tool_server):
    tool_server.tool("today", lambda a: f"sunny in {a['city']}")
    answer = asked(tool_server, "tools/call", {"name": "today", "arguments": {"city": "Rome"}})
    assert answer.status == 200 and answer.header("content-type") == "application/json"
    assert answer.json["result"] == {"resultType": "complete", "content": [{"type": "text", "text": "sunny in Rome"}], "isError": False}
    assert tool_server.calls == [("today", {"city": "Rome"})]


def test_events_bring_notices_and_questions_first(tool_server):
    tool_server.answers = "events"
    tool_server.tool("today", "sunny")
    tool_server.change_list()
    tool_server.asks = "ping"
    answer = asked(tool_server, "tools/call", {"name": "today"})
    assert answer.header("content-type") == "text/event-stream"
    said = [json.loads(line[6:]) for line in answer.body.decode().splitlines() if line.startswith("data: ") and line[6:].strip()]
    assert [m.get("method") for m in said] == ["notifications/tools/list_changed", "ping", None]
    assert said[-1]["result"]["content"] == [{"type": "text", "text": "sunny"}]


def test_pages_that_never_end(tool_server):
    tool_server.tool("today", "sunny")
    tool_server.endless, cursor = True, None
    for _ in range(3):
        answer = asked(tool_server, "tools/list", {"cursor": cursor} if cursor else None)
        cursor = answer.json["result"]["nextCursor"]
    assert cursor


def test_a_session_from_begin_to_end(tool_servers):
    server = tool_servers(era="handshake")
    server.tool("today", "sunny")
    begin = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    opened = post(server, message("initialize", begin, meta=None), HEAD)
    session = {**HEAD, "Mcp-Session-Id": opened.header("mcp-session-id"), "MCP-Protocol-Version": "2025-11-25"}
    assert opened.json["result"]["protocolVersion"] == "2025-11-25"
    assert post(server, message("notifications/initialized", id=None, meta=None), session).status == 202
    assert post(server, message("tools/list", id=2, meta=None), session).json["result"]["tools"][0]["name"] == "today"
    server.forget_sessions()
    assert post(server, message("tools/list", id=3, meta=None), session).status == 404


@pytest.mark.parametrize("refuses, status, code", [(400, 400, -32000), (404, 404, -32000), (405, 405, -32000),
                                                   (-32600, 400, -32600), (-32601, 400, -32601)])
def test_the_older_refuse_the_modern(tool_servers, refuses, status, code):
    server = tool_servers(era="handshake")
    server.refuses = refuses
    answer = asked(server, "tools/list")
    assert (answer.status, answer.json["error"]["code"]) == (status, code)


@pytest.mark.parametrize("era", ["modern", "handshake"])
def test_lines(tool_servers, folder, era):
    server = tool_servers(era=era, socket=folder / "t.sock")
    server.greeting = b"Server runs.\n"
    server.tool("today", "sunny")
    meta = META if era == "modern" else None
    with Lines(server) as lines:
        assert lines.file.readline() == b"Server runs.\n"
        if era == "handshake":
            assert lines.send(message("tools/list", id=9)).read()["error"]["code"] == -32000
            begin = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
            assert lines.send(message("initialize", begin, 0, None)).read()["result"]["protocolVersion"] == "2025-11-25"
            lines.send(message("notifications/initialized", id=None, meta=None))
            server.wait_for_method("notifications/initialized")
        assert lines.send(message("tools/list", id=1, meta=meta)).read()["result"]["tools"][0]["name"] == "today"
        server.change_list()
        assert lines.read()["method"] == "notifications/tools/list_changed"
        lines.send(message("tools/call", {"name": "today"}, 2, meta))
        assert lines.read()["result"]["content"][0]["text"] == "sunny"
    assert server.calls == [("today", {})]


def test_a_call_that_hangs_holds_no_other_line_up(tool_servers, folder):
    server = tool_servers(socket=folder / "t.sock")
    server.tool("slow", broken=r.silent())
    server.tool("today", "sunny")
    with Lines(server) as lines:
        lines.send(message("tools/call", {"name": "slow"}, 1), message("tools/call", {"name": "today"}, 2))
        assert lines.read()["id"] == 2
    assert [name for name, _ in server.calls] == ["slow", "today"]


def test_half_a_line(tool_servers, folder):
    server = tool_servers(socket=folder / "t.sock")
    server.tool("today", "sunny", broken=mcp.half_answer())
    with Lines(server) as lines:
        half = lines.send(message("tools/call", {"name": "today"})).file.read()
    assert half.startswith(b'{"jsonrpc"') and not half.endswith(b"}")


def test_a_large_answer_is_right(tool_server):
    tool_server.tool("big", broken=mcp.large_answer(3 << 20))
    answer = asked(tool_server, "tools/call", {"name": "big"})
    assert len(answer.json["result"]["content"][0]["text"]) == 3 << 20


def test_scripts_keys_and_paths(tool_server):
    tool_server.tool("today", "sunny")
    tool_server.script("tools/list", r.status(500), None)
    assert [asked(tool_server, "tools/list").status for _ in range(2)] == [500, 200]
    tool_server.key = "sk"
    assert asked(tool_server, "tools/list").status == 401
    assert asked(tool_server, "tools/list", Authorization="Bearer sk").status == 200
    assert asked(tool_server, "tools/list", path="/other").status == 404
    assert post(tool_server, b"", method="GET", Authorization="Bearer sk").status == 405


CALL = ("tools/call", {"name": "today", "arguments": {}})


@pytest.mark.parametrize("what, send", [
    ("jsonrpc", lambda s: post(s, {"id": 1, "method": "tools/list"}, Mcp_Method="tools/list")),
    ("no params._meta", lambda s: post(s, message("tools/list", meta=None), Mcp_Method="tools/list")),
    ("clientInfo", lambda s: post(s, message("tools/list", meta={k: v for k, v in META.items() if "Info" not in k}),
                                  Mcp_Method="tools/list")),
    ("Mcp-Method", lambda s: post(s, message("tools/list"))),
    ("Mcp-Name", lambda s: post(s, message(*CALL), Mcp_Method="tools/call")),
    ("MCP-Protocol-Version", lambda s: post(s, message("tools/list"), HEAD, Mcp_Method="tools/list")),
    ("Accept", lambda s: asked(s, "tools/list", Accept="application/json")),
    ("Content-Type", lambda s: post(s, message("tools/list"), {**MODERN, "Content-Type": "text/plain"}, Mcp_Method="tools/list")),
    ("none of its business", lambda s: asked(s, "tools/list", x_api_key="sk-cloud")),
    ("none of its business", lambda s: asked(s, "tools/list", x_understudy_tools="weather")),
    ("Mcp-Session-Id", lambda s: asked(s, "tools/list", Mcp_Session_Id="1")),
    ("not listed", lambda s: asked(s, "tools/call", {"name": "other"})),
    ("arguments", lambda s: asked(s, "tools/call", {"name": "today", "arguments": "{}"})),
    ("cursor", lambda s: asked(s, "tools/list", {"cursor": "made up"})),
    ("initialize", lambda s: asked(s, "initialize")),
    ("not one message", lambda s: post(s, [message("tools/list")], Mcp_Method="tools/list")),
    ("Mcp-Param", lambda s: asked(s, "tools/call", {"name": "routed", "arguments": {"where": "eu"}})),
    ("Mcp-Param", lambda s: asked(s, "tools/call", {"name": "today"}, Mcp_Param_Where="eu")),
], ids=lambda v: v if isinstance(v, str) else "")
def test_what_is_wrong_is_noted(tool_server, what, send):
    tool_server.tool("today", "sunny")
    tool_server.tool("routed", "sunny", schema=SCHEMA)
    assert send(tool_server).status == 400
    assert len(tool_server.violations) == 1 and what in tool_server.violations[0], tool_server.violations
    assert tool_server.calls == []
    tool_server.violations = []


@pytest.mark.parametrize("what, messages", [
    ("before initialize", [message("tools/list", meta=None)]),
    ("before notifications/initialized", ["begin", message("tools/list", id=2, meta=None)]),
    ("twice in a session", ["begin", message("notifications/initialized", id=None, meta=None), message("tools/list", id=1, meta=None)]),
    ("initialized twice", ["begin"] + 2 * [message("notifications/initialized", id=None, meta=None)]),
    ("initialize twice", ["begin", "begin"]),
], ids=lambda v: v if isinstance(v, str) else "")
def test_a_wrong_session_is_noted(tool_servers, folder, what, messages):
    server = tool_servers(era="handshake", socket=folder / "t.sock")
    begin = message("initialize", {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}, 1, None)
    with Lines(server) as lines:
        for number, one in enumerate(messages, 1):
            lines.send(begin if one == "begin" else one)
            server.wait_for(lambda: len(server.requests) == number and server.requests[-1].answered.is_set())
    assert len(server.violations) == 1 and what in server.violations[0], server.violations
    server.violations = []
