"""What Anthropic's Messages API says of a request, in its own words, in both of its versions.

Members and types: the official SDKs' (anthropic 2.14.0 for Python, 2026-11); what 2026-10-21 refuses
and 2023-06-01 takes: the API's own guide to the newer version. The words of refusals are those that
users have posted in public threads of 2025 and 2026. Where the API is silent about what means
nothing, so is this; it is never milder.
"""
import base64
import binascii
import json
import re

from .ollama_check import is_a

OLDER, NEWER = VERSIONS = ("2023-06-01", "2026-10-21")
SAMPLING = ("temperature", "top_p", "top_k")  # only in the older one
NUMBER = (int, float)
NAMES = {int: "a valid integer", NUMBER: "a valid number", str: "a valid string", bool:
         "a valid boolean", list: "a valid list", dict: "a valid dictionary"}
SIGNATURE = r"[A-Za-z0-9+/]+=*"  # who signs, knows it; nobody else makes one of these letters
ID, TOOL_NAME = r"^[a-zA-Z0-9_-]+$", r"^[a-zA-Z0-9_-]{1,128}$"
BODY = {"model": str, "max_tokens": int, "messages": list, "system": (str, list), "stream": bool,
        "stop_sequences": list, "temperature": NUMBER, "top_p": NUMBER, "top_k": int, "tools": list,
        "tool_choice": dict, "thinking": dict, "output_config": dict, "metadata": dict,
        "service_tier": str, "container": (str, dict), "context_management": dict,
        "mcp_servers": list, "cache_control": dict, "inference_geo": str, "speed": str,
        "diagnostics": dict}
COUNTED = {k: BODY[k] for k in ("model", "messages", "system", "tools", "tool_choice", "thinking",
                                "output_config", "cache_control", "speed", "context_management",
                                "mcp_servers")}
# Members that go with a header only: half of the pair is a 400.
WANTS_BETA = {"context_management": "context-management", "mcp_servers": "mcp-client"}
CACHE = {"cache_control": dict}
BLOCKS = {
    "text": {"text": str, "citations": list, **CACHE},
    "image": {"source": dict, "transformations": dict, **CACHE},
    "document": {"source": dict, "title": str, "context": str, "citations": dict, **CACHE},
    "search_result": {"content": list, "source": str, "title": str, "citations": dict, **CACHE},
    "thinking": {"thinking": str, "signature": str},
    "redacted_thinking": {"data": str},
    "tool_use": {"id": str, "name": str, "input": dict, "caller": dict, "toolset_name": str, **CACHE},
    "tool_result": {"tool_use_id": str, "content": (str, list), "is_error": bool,
                    "toolset_name": str, **CACHE},
    "server_tool_use": {"id": str, "name": str, "input": dict, "caller": dict, **CACHE},
    "web_search_tool_result": {"tool_use_id": str, "content": (list, dict), "caller": dict, **CACHE},
}
REQUIRED = {"text": ["text"], "image": ["source"], "document": ["source"],
            "search_result": ["content", "source", "title"], "thinking": ["thinking", "signature"],
            "redacted_thinking": ["data"], "tool_use": ["id", "name", "input"],
            "tool_result": ["tool_use_id"], "server_tool_use": ["id", "name", "input"],
            "web_search_tool_result": ["tool_use_id", "content"]}
ONLY_OF = {"tool_result": "user", "image": "user", "search_result": "user",
           "tool_use": "assistant", "thinking": "assistant", "redacted_thinking": "assistant",
           "server_tool_use": "assistant", "web_search_tool_result": "assistant"}
IN_RESULTS = ("text", "image", "document", "search_result")
SOURCES = {"image": {"base64": ["media_type", "data"], "url": ["url"], "file": ["file_id"]},
           "document": {"base64": ["media_type", "data"], "text": ["media_type", "data"],
                        "content": ["content"], "url": ["url"], "file": ["file_id"]}}
MEDIA = {("image", "base64"): ("image/jpeg", "image/png", "image/gif", "image/webp"),
         ("document", "base64"): ("application/pdf",), ("document", "text"): ("text/plain",)}
TOOL = {"name": str, "description": str, "input_schema": dict, "type": str, "strict": bool,
        "defer_loading": bool, "eager_input_streaming": bool, "input_examples": list,
        "allowed_callers": list, **CACHE}
CHOICES = {"auto": ["disable_parallel_tool_use"], "any": ["disable_parallel_tool_use"],
           "tool": ["name", "disable_parallel_tool_use"], "none": []}
THINKING = {"enabled": ["budget_tokens", "display"], "adaptive": ["display"], "disabled": [],
            "between_tools": []}
SERVER_TOOL = re.compile(r"(web_search|web_fetch|bash|text_editor|code_execution|memory|computer|"
                         r"browser|tool_search)\w*_\d{8}")
DOCS = "Please consult our documentation at https://docs.claude.com/en/docs/build-with-claude/" \
       "extended-thinking"


class Refused(Exception):
    """A status, a type and a text; `violation` when no correct client would have asked so."""

    def __init__(self, text, status=400, kind="invalid_request_error", violation=True):
        super().__init__(text)
        self.text, self.status, self.kind, self.violation = text, status, kind, violation


def one_of(values):
    *most, last = [f"'{v}'" for v in values]
    return f"{', '.join(most)} or {last}" if most else last


def typed(path, value, kind):
    if not is_a(value, kind):
        first = kind if kind in NAMES else kind[0]
        raise Refused(f"{path}: Input should be {NAMES.get(kind, NAMES.get(first))}")


def members(path, value, known, required=()):
    typed(path or "request", value, dict)
    at = path + "." if path else ""
    for name in required:
        if value.get(name) is None:
            raise Refused(f"{at}{name}: Field required")
    for name, member in value.items():
        if name not in known:
            raise Refused(f"{at}{name}: Extra inputs are not permitted")
        if member is not None or name in required:
            typed(at + name, member, known[name])


def chosen(path, value, known):
    if value not in known:
        raise Refused(f"{path}: Input should be {one_of(known)}")


def check_cache(path, thing):
    control = thing.get("cache_control")
    if control:
        members(f"{path}.cache_control", control, {"type": str, "ttl": str}, ["type"])
        chosen(f"{path}.cache_control.type", control["type"], ["ephemeral"])
        chosen(f"{path}.cache_control.ttl", control.get("ttl", "5m"), ["5m", "1h"])


# ---- messages


def check_source(path, kind, source):
    tag = source.get("type")
    if tag not in SOURCES[kind]:
        raise Refused(f"{path}.source: Input tag '{tag}' found using 'type' does not match any of "
                      f"the expected tags: {', '.join(repr(t) for t in SOURCES[kind])}")
    path, wanted = f"{path}.source.{tag}", SOURCES[kind][tag]
    known = {"type": str, **{n: (str, list) if n == "content" else str for n in wanted}}
    members(path, source, known, wanted)
    if (kind, tag) in MEDIA:
        chosen(f"{path}.media_type", source["media_type"], MEDIA[kind, tag])
    if tag == "base64":
        try:
            assert base64.b64decode(source["data"], validate=True)
        except (binascii.Error, AssertionError, ValueError):
            raise Refused(f"{path}.data: Invalid base64 data") from None


def check_block(path, block, allowed):
    """Returns its type."""
    typed(path, block, dict)
    tag = block.get("type")
    if tag not in allowed:
        raise Refused(f"{path}: Input tag '{tag}' found using 'type' does not match any of the "
                      f"expected tags: {', '.join(repr(t) for t in allowed)}")
    members(f"{path}.{tag}", block, {"type": str, **BLOCKS[tag]}, REQUIRED[tag])
    check_cache(f"{path}.{tag}", block)
    if tag == "thinking" and not re.fullmatch(SIGNATURE, block["signature"]):
        raise Refused(f"{path}: Invalid `signature` in `thinking` block", violation=False)
    if tag in SOURCES:
        check_source(f"{path}.{tag}", tag, block["source"])
    if tag == "tool_result" and isinstance(block.get("content"), list):
        for number, inner in enumerate(block["content"]):
            check_block(f"{path}.{tag}.content.{number}", inner, IN_RESULTS)
    for name in ("id", "tool_use_id"):
        if name in BLOCKS[tag] and not re.fullmatch(ID, block[name]):
            raise Refused(f"{path}.{tag}.{name}: String should match pattern '{ID}'")
    return tag


def check_texts(where, blocks):
    for block in blocks:
        if block["type"] == "text" and block["text"] == "":
            raise Refused(f"{where}: text content blocks must be non-empty")
        if block["type"] == "text" and not block["text"].strip():
            raise Refused(f"{where}: text content blocks must contain non-whitespace text")


def blocks_of(message):
    """Its content as blocks."""
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def check_message(number, message, last, beta):
    path = f"messages.{number}"
    more = {"output_config": dict} if "per-turn-control" in beta else {}  # of Claude Code 2.1.332
    members(path, message, {"role": str, "content": (str, list), **more}, ["role"])
    role = message["role"]
    if role != "system":  # which models of 2026 take in mid-conversation
        chosen(f"{path}.role", role, ["user", "assistant"])
    if message.get("content") is None:
        raise Refused(f"{path}.content: Field required")
    if not message["content"] and not (last and role == "assistant"):
        raise Refused(f"{path}: all messages must have non-empty content except for the optional "
                      "final assistant message")
    if isinstance(message["content"], str):
        return
    for index, block in enumerate(message["content"]):
        tag = check_block(f"{path}.content.{index}", block,
                          ["text"] if role == "system" else list(BLOCKS))
        if ONLY_OF.get(tag, role) != role:
            raise Refused(f"{path}: `{tag}` blocks can only be in `{ONLY_OF[tag]}` messages")
    check_texts("messages", message["content"])


def turns(messages):
    """(number, role, blocks): messages of one role that follow each other are one turn."""
    found = []
    for number, message in enumerate(messages):
        if message["role"] == "system":
            continue
        if found and found[-1][1] == message["role"]:
            found[-1][2].extend(blocks_of(message))
        else:
            found.append((number, message["role"], list(blocks_of(message))))
    return found


def check_pairs(messages):
    """Each call has its result at the beginning of what comes next, each result its call."""
    seen, calls, asked_at = set(), [], None
    for number, role, blocks in turns(messages):
        answered = []
        for block in blocks:
            if block["type"] != "tool_result":
                break
            answered.append(block["tool_use_id"])
        if missing := [c for c in calls if c not in answered]:
            raise Refused(f"messages.{asked_at}: `tool_use` ids were found without `tool_result` "
                          f"blocks immediately after: {', '.join(missing)}. Each `tool_use` block "
                          "must have a corresponding `tool_result` block in the next message.")
        for index, block in enumerate(blocks):
            if block["type"] == "tool_result" and block["tool_use_id"] not in calls:
                raise Refused(f"messages.{number}.content.{index}: unexpected `tool_use_id` found "
                              f"in `tool_result` blocks: {block['tool_use_id']}. Each `tool_result` "
                              "block must have a corresponding `tool_use` block in the previous "
                              "message.")
        if len(set(answered)) != len(answered):
            raise Refused(f"messages.{number}: each tool_use must have a single result. Found "
                          f"multiple `tool_result` blocks with id: {answered[-1]}")
        calls, asked_at = [b["id"] for b in blocks if b["type"] == "tool_use"], number
        if seen & set(calls) or len(set(calls)) != len(calls):
            raise Refused("messages: `tool_use` ids must be unique")
        seen |= set(calls)
    if calls:
        raise Refused(f"messages.{asked_at}: `tool_use` ids were found without `tool_result` blocks "
                      f"immediately after: {', '.join(calls)}. Each `tool_use` block must have a "
                      "corresponding `tool_result` block in the next message.")


def check_messages(messages, beta):
    if not messages:
        raise Refused("messages: at least one message is required")
    for number, message in enumerate(messages):
        check_message(number, message, number == len(messages) - 1, beta)
    if [m["role"] for m in messages if m["role"] != "system"][:1] != ["user"]:
        raise Refused('messages: first message must use the "user" role')
    check_pairs(messages)
    last = blocks_of(messages[-1])
    if messages[-1]["role"] == "assistant" and last and last[-1]["type"] == "text" and \
            last[-1]["text"] != last[-1]["text"].rstrip():
        raise Refused("messages: final assistant content cannot end with trailing whitespace")


# ---- the rest


def check_tools(tools):
    for number, tool in enumerate(tools):
        if SERVER_TOOL.fullmatch(str(tool.get("type"))):
            continue
        path = f"tools.{number}.custom"
        members(path, tool, TOOL, ["name", "input_schema"])
        chosen(f"{path}.type", tool.get("type", "custom"), ["custom"])
        check_cache(path, tool)
        if not re.fullmatch(TOOL_NAME, tool["name"]):
            raise Refused(f"{path}.name: String should match pattern '{TOOL_NAME}'")
        schema = tool["input_schema"]
        if "type" not in schema:
            raise Refused(f"{path}.input_schema.type: Field required")
        chosen(f"{path}.input_schema.type", schema["type"], ["object"])
        if {"oneOf", "allOf", "anyOf"} & set(schema):
            raise Refused(f"{path}.input_schema: input_schema does not support oneOf, allOf, or "
                          "anyOf at the top level")
    names = [t["name"] for t in tools]
    if len(set(names)) != len(names):
        raise Refused("tools: Tool names must be unique.")


def check_choice(body):
    choice, tools = body.get("tool_choice"), body.get("tools")
    if choice is None:
        return
    chosen("tool_choice.type", choice.get("type"), list(CHOICES))
    known = {"type": str, "name": str, "disable_parallel_tool_use": bool}
    allowed = CHOICES[choice["type"]]
    members(f"tool_choice.{choice['type']}", choice, {k: v for k, v in known.items()
                                                     if k == "type" or k in allowed},
            ["name"] if choice["type"] == "tool" else [])
    if not tools:
        raise Refused("tool_choice may only be specified while providing tools.")
    if choice["type"] == "tool" and choice["name"] not in [t["name"] for t in tools]:
        raise Refused(f"Tool '{choice['name']}' not found in provided tools")


def check_thinking(body, beta):
    thinking = body.get("thinking")
    if thinking is None:
        return
    chosen("thinking.type", thinking.get("type"), list(THINKING))
    kind = thinking["type"]
    known = {"type": str, "budget_tokens": int, "display": str, "block_binding": dict}
    allowed = ["type", *THINKING[kind], *(["block_binding"] if beta else [])]
    members(f"thinking.{kind}", thinking, {k: known[k] for k in allowed},
            ["budget_tokens"] if kind == "enabled" else [])
    if kind == "enabled" and thinking["budget_tokens"] < 1024:
        raise Refused("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024")
    if kind == "enabled" and body.get("max_tokens", 1 << 20) <= thinking["budget_tokens"]:
        raise Refused(f"`max_tokens` must be greater than `thinking.budget_tokens`. {DOCS}"
                      "#max-tokens-and-context-window-size")
    if kind in ("enabled", "adaptive"):
        if body.get("temperature", 1) != 1:
            raise Refused("`temperature` may only be set to 1 when thinking is enabled. "
                          f"{DOCS}#important-considerations-when-using-extended-thinking")
        if body.get("top_p", 1) < 0.95:
            raise Refused("`top_p` must be greater than or equal to 0.95 or unset when thinking is "
                          f"enabled. {DOCS}#important-considerations-when-using-extended-thinking")
        if "top_k" in body:
            raise Refused("`top_k` must be unset when thinking is enabled. "
                          f"{DOCS}#important-considerations-when-using-extended-thinking")
        if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
            raise Refused("Thinking may not be enabled when tool_choice forces tool use.")


def check_numbers(body):
    if body.get("max_tokens", 1) < 1:
        raise Refused("max_tokens: Input should be greater than or equal to 1")
    for name in ("temperature", "top_p"):
        if not 0 <= (1 if body.get(name) is None else body[name]) <= 1:
            raise Refused(f"{name}: range: 0..1")
    if body.get("top_k") is not None and body["top_k"] < 0:
        raise Refused("top_k: Input should be greater than or equal to 0")
    if body.get("temperature") is not None and body.get("top_p") is not None:
        raise Refused("`temperature` and `top_p` cannot both be specified for this model. Please "
                      "use only one.")
    for number, stop in enumerate(body.get("stop_sequences") or []):
        typed(f"stop_sequences.{number}", stop, str)
        if not stop.strip():
            raise Refused("stop_sequences: each stop sequence must contain non-whitespace")


def check_output(config):
    members("output_config", config, {"effort": str, "format": dict})
    if config.get("effort") is not None:
        chosen("output_config.effort", config["effort"], ["low", "medium", "high", "xhigh", "max"])
    if config.get("format"):
        members("output_config.format", config["format"], {"type": str, "schema": dict},
                ["type", "schema"])
        chosen("output_config.format.type", config["format"]["type"], ["json_schema"])
        check_closed("output_config.format.schema", config["format"]["schema"])


def check_closed(path, schema):
    """Structured outputs want every object to be closed."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
            raise Refused(f"{path}: For 'object' type, 'additionalProperties' must be explicitly "
                          "set to false")
        for name, inner in schema.items():
            if name != "enum":
                check_closed(path, inner)
    elif isinstance(schema, list):
        for inner in schema:
            check_closed(path, inner)


def check_system(system):
    if isinstance(system, list):
        for number, block in enumerate(system):
            check_block(f"system.{number}", block, ["text"])
        check_texts("system", system)


def check_beta(body, beta):
    for name, header in WANTS_BETA.items():
        if body.get(name) is not None and header not in beta:
            raise Refused(f"{name}: Extra inputs are not permitted")


def check_newer(body):
    """What 2026-10-21 refuses and the older version takes."""
    for number, message in enumerate(body["messages"]):
        for index, block in enumerate(blocks_of(message)):
            path = f"messages.{number}.content.{index}"
            if block["type"] == "document" and message["role"] == "assistant":
                raise Refused(f"{path}: `document` blocks can only be in `user` messages")
            if block["type"] == "text" and message["role"] == "user" and block.get("citations"):
                raise Refused(f"{path}.text.citations: Extra inputs are not permitted")


def check(body, beta="", counting=False, version=OLDER):
    """The body of /v1/messages, or, counting, of count_tokens. beta: its anthropic-beta header."""
    required = ["model", *([] if counting else ["max_tokens"]), "messages"]
    known = COUNTED if counting else BODY
    members("", body, {k: v for k, v in known.items() if version == OLDER or k not in SAMPLING},
            required)
    check_beta(body, beta)
    check_system(body.get("system"))
    check_messages(body["messages"], beta)
    check_tools(body.get("tools") or [])
    check_choice(body)
    check_numbers(body)
    check_thinking(body, beta)
    check_output(body.get("output_config") or {})
    if version == NEWER:
        check_newer(body)
    members("metadata", body.get("metadata") or {}, {"user_id": str})
    cached = json.dumps(body).count('"cache_control": {')
    if cached > 4:
        raise Refused(f"A maximum of 4 blocks with cache_control may be provided. Found {cached}.")
