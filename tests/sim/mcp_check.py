"""What a correct client of MCP sends: every message and every header field, era by era.

Specification, pages basic, basic/transports, basic/lifecycle and server/tools of 2026-07-28, 2025-11-25 and
2025-06-18; and what the official SDKs demand (mcp 2.3.0, @modelcontextprotocol/sdk 1.32.2). Where a server
must take what it does not expect, this one does not: it would be ours.
"""
import base64
import re

MODERN, LATEST, OLD = "2026-07-28", "2025-11-25", "2025-06-18"
META = "io.modelcontextprotocol/"
SENTINEL = re.compile(r"=\?base64\?(.*)\?=")
# Whatever carries a key, or is between an app and the daemon.
FOREIGN = re.compile(r"(?i)x-understudy-.*|x-api-key|api-key|cookie|origin|referer|traceparent|x-request-id|anthropic-.*|openai-.*")


class Wrong(Exception):
    pass


def need(truth, what):
    if not truth:
        raise Wrong(what)


def decode(value):
    """The value of a header field that may hold anything."""
    match = SENTINEL.fullmatch(value or "")
    return base64.b64decode(match[1], validate=True).decode() if match else value


def check_message(message):
    """JSON-RPC 2.0, one message. Gives its kind: request, notification or reply."""
    need(isinstance(message, dict), f"not one message: {message!r}")
    need(message.get("jsonrpc") == "2.0", "jsonrpc is not 2.0")
    if "method" not in message:
        need("id" in message and ("result" in message) != ("error" in message), f"no message: {message!r}")
        need(set(message) <= {"jsonrpc", "id", "result", "error"}, f"members of a reply: {sorted(message)}")
        return "reply"
    need(set(message) <= {"jsonrpc", "id", "method", "params"}, f"members: {sorted(message)}")
    need(isinstance(message["method"], str), "method is no string")
    need(isinstance(message.get("params", {}), dict), "params is no object")
    if "id" not in message:
        need(message["method"].startswith("notifications/"), f"{message['method']} without an id")
        return "notification"
    need(type(message["id"]) in (int, str), f"id {message['id']!r}")
    need(not message["method"].startswith("notifications/"), f"{message['method']} with an id")
    return "request"


def check_implementation(info, at):
    need(isinstance(info, dict) and isinstance(info.get("name"), str) and isinstance(info.get("version"), str)
         and info["name"] and info["version"], f"{at}: {info!r} has no name and version")


def check_envelope(message):
    """params._meta of a request of the modern era."""
    meta = message.get("params", {}).get("_meta")
    need(isinstance(meta, dict), "no params._meta")
    for key in ("protocolVersion", "clientInfo", "clientCapabilities"):
        need(META + key in meta, f"_meta has no {META}{key}")
    need(meta[META + "protocolVersion"] == MODERN, f"_meta version {meta[META + 'protocolVersion']!r}")
    need(isinstance(meta[META + "clientCapabilities"], dict), "_meta capabilities are no object")
    check_implementation(meta[META + "clientInfo"], "_meta")


def check_params(message, tools, cursors):
    """tools: by name, those that were listed. cursors: those that were given."""
    params = {k: v for k, v in message.get("params", {}).items() if k != "_meta"}
    if message["method"] == "tools/list":
        need(set(params) <= {"cursor"}, f"params of tools/list: {sorted(params)}")
        need("cursor" not in params or params["cursor"] in cursors, f"a cursor that nobody gave: {params.get('cursor')!r}")
    elif message["method"] == "tools/call":
        need(set(params) <= {"name", "arguments"}, f"params of tools/call: {sorted(params)}")
        need(params.get("name") in tools, f"a call of {params.get('name')!r}, which was not listed")
        need(isinstance(params.get("arguments", {}), dict), f"arguments {params.get('arguments')!r}")


def check_initialize(message):
    params = message.get("params", {})
    need(params.get("protocolVersion") in (LATEST, OLD), f"initialize with {params.get('protocolVersion')!r}")
    need(isinstance(params.get("capabilities"), dict), "initialize without capabilities")
    check_implementation(params.get("clientInfo"), "initialize")


# ---- HTTP


def once(request, name):
    values = request.all(name)
    need(len(values) < 2, f"{name} more than once")
    return values[0] if values else None


def check_fields(request):
    """Of any POST."""
    need(once(request, "content-type") == "application/json", f"Content-Type {request.header('content-type')}")
    accept = [part.split(";")[0].strip() for part in (once(request, "accept") or "").split(",")]
    need({"application/json", "text/event-stream"} <= set(accept), f"Accept {accept}")
    foreign = [name for name, _ in request.headers if FOREIGN.fullmatch(name)]
    need(not foreign, f"fields that are none of its business: {foreign}")


def check_modern_fields(request, message, tools):
    method, params = message["method"], message.get("params", {})
    need(once(request, "mcp-protocol-version") == MODERN, f"MCP-Protocol-Version {request.header('mcp-protocol-version')}")
    need(once(request, "mcp-session-id") is None, "Mcp-Session-Id, where there are no sessions")
    need(once(request, "mcp-method") == method, f"Mcp-Method {request.header('mcp-method')} for {method}")
    name = decode(once(request, "mcp-name"))
    need(name == (params.get("name") if method == "tools/call" else None), f"Mcp-Name {name!r}")
    sent = {n.lower().removeprefix("mcp-param-"): decode(v) for n, v in request.headers if n.lower().startswith("mcp-param-")}
    wanted = {}
    for key, value in (params.get("arguments") or {}).items() if method == "tools/call" else ():
        schema = tools[params["name"]].schema.get("properties", {}).get(key, {})
        if "x-mcp-header" in schema and value is not None:
            wanted[schema["x-mcp-header"].lower()] = str(value).lower() if isinstance(value, bool) else str(value)
    need(sent == wanted, f"Mcp-Param fields {sent}, not {wanted}")


def check_session_fields(request, message, session):
    """session: what initialize has agreed on; None in initialize itself."""
    version = once(request, "mcp-protocol-version")
    if session is None:
        need(version in (None, LATEST, OLD), f"MCP-Protocol-Version {version} with initialize")
        need(once(request, "mcp-session-id") is None, "Mcp-Session-Id with initialize")
    else:
        need(version == session.version, f"MCP-Protocol-Version {version} where {session.version} was agreed on")
