"""What OpenAI says of a request's body, to /v1/responses and to /v1/chat/completions: its own words.

Members and types: the official SDK's (openai 3.54.0 for Python, 2026-11). The words of refusals are
those that users have posted in public threads of 2025 and 2026. A Cloud asks this where it is made
with strict=True: other providers of the same API take what this one refuses.
"""
import base64
import json
import re

from .ollama_check import is_a

NUMBER = (int, float)
NAMES = {int: "an integer", NUMBER: "a decimal", str: "a string", bool: "a boolean",
         list: "an array of objects", dict: "an object"}
NAME = r"^[a-zA-Z0-9_-]+$"
EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh", "max"]
COMMON = {"model": str, "stream": bool, "temperature": NUMBER, "top_p": NUMBER, "metadata": dict,
          "store": bool, "user": str, "service_tier": str, "parallel_tool_calls": bool,
          "tools": list, "tool_choice": (str, dict), "stream_options": dict, "top_logprobs": int,
          "prompt_cache_key": str, "prompt_cache_retention": str, "prompt_cache_options": dict,
          "safety_identifier": str, "moderation": dict}
RESPONSES = {**COMMON, "input": (str, list), "instructions": str, "max_output_tokens": int,
             "max_tool_calls": int, "reasoning": dict, "text": dict, "include": list,
             "previous_response_id": str, "conversation": (str, dict), "background": bool,
             "background_options": dict, "truncation": str, "prompt": dict, "access_programs": dict,
             "context_management": list, "image": dict,
             "client_metadata": dict}  # of codex 0.171.0, which the SDK does not know
CHAT = {**COMMON, "messages": list, "max_tokens": int, "max_completion_tokens": int, "n": int,
        "stop": (str, list), "seed": int, "frequency_penalty": NUMBER, "presence_penalty": NUMBER,
        "logit_bias": dict, "logprobs": bool, "response_format": dict, "reasoning_effort": str,
        "verbosity": str, "modalities": list, "audio": dict, "prediction": dict,
        "web_search_options": dict, "functions": list, "function_call": (str, dict)}
ITEM = {"type": str, "id": str, "status": str}
ITEMS = {
    "message": {**ITEM, "role": str, "content": (str, list), "phase": str},
    "function_call": {**ITEM, "call_id": str, "name": str, "arguments": str, "namespace": str},
    "function_call_output": {**ITEM, "call_id": str, "output": (str, list), "name": str,
                             "namespace": str},
    "custom_tool_call": {**ITEM, "call_id": str, "name": str, "input": str, "namespace": str},
    "custom_tool_call_output": {**ITEM, "call_id": str, "output": (str, list), "name": str},
    "reasoning": {**ITEM, "summary": list, "content": list, "encrypted_content": str},
    "item_reference": {"type": str, "id": str},
}
# Those of its own tools, which go by unread here.
OTHERS = re.compile(r"(web_search|file_search|computer|image_generation|code_interpreter|local_shell|"
                    r"shell|apply_patch|mcp|tool_search|compaction|additional_tools|program)\w*")
ITEM_WANTS = {"message": ["role", "content"], "function_call": ["call_id", "name", "arguments"],
              "function_call_output": ["call_id", "output"], "item_reference": ["id"],
              "custom_tool_call": ["call_id", "name", "input"], "reasoning": ["summary"],
              "custom_tool_call_output": ["call_id", "output"]}
PREFIX = {"message": "msg", "function_call": "fc", "reasoning": "rs", "custom_tool_call": "ctc"}
OF_USER = {"input_text": {"text": str}, "input_image": {"image_url": str, "file_id": str, "detail": str},
           "input_file": {"file_data": str, "file_id": str, "file_url": str, "filename": str,
                          "detail": str}}
OF_ASSISTANT = {"output_text": {"text": str, "annotations": list, "logprobs": list},
                "refusal": {"refusal": str}}
CACHE = {"prompt_cache_breakpoint": dict}
FUNCTION = {"type": str, "name": str, "description": str, "parameters": dict, "strict": bool,
            "defer_loading": bool, "output_schema": dict, "allowed_callers": list}
CUSTOM = {"type": str, "name": str, "description": str, "format": dict, "defer_loading": bool,
          "allowed_callers": list}
MESSAGE = {"role": str, "content": (str, list), "name": str, "tool_calls": list, "tool_call_id": str,
           "refusal": str, "audio": dict, "function_call": dict}
PARTS = {"text": {"text": str}, "image_url": {"image_url": dict}, "input_audio": {"input_audio": dict},
         "file": {"file": dict}, "refusal": {"refusal": str}}


class Refused(Exception):
    """A text, the member it is about, and a code."""

    def __init__(self, text, param=None, code=None):
        super().__init__(text)
        self.text, self.param, self.code = text, param, code


def said(values):
    *most, last = [f"'{v}'" for v in values]
    return f"{', '.join(most)}{',' if len(most) > 1 else ''} and {last}" if most else last


def typed(path, value, kind):
    if not is_a(value, kind):
        name = NAMES.get(kind) or "one of " + " or ".join(NAMES[k] for k in kind)
        raise Refused(f"Invalid type for '{path}': expected {name}, but got "
                      f"{NAMES.get(type(value), 'null')} instead.", path, "invalid_type")


def members(path, value, known, required=()):
    typed(path or "body", value, dict)
    at = path + "." if path else ""
    for name in required:
        if value.get(name) is None:
            raise Refused(f"Missing required parameter: '{at}{name}'.", at + name,
                          "missing_required_parameter")
    for name, member in value.items():
        if name not in known:
            raise Refused(f"Unknown parameter: '{at}{name}'.", at + name, "unknown_parameter")
        if member is not None:
            typed(at + name, member, known[name])


def chosen(path, value, known):
    if value not in known:
        raise Refused(f"Invalid value: '{value}'. Supported values are: {said(known)}.", path,
                      "invalid_value")


def named(path, name):
    if not re.fullmatch(NAME, name):
        raise Refused(f"Invalid '{path}': string does not match pattern. Expected a string that "
                      f"matches the pattern '{NAME}'.", path, "invalid_value")
    if len(name) > 64:
        raise Refused(f"Invalid '{path}': string too long. Expected a string with maximum length 64, "
                      f"but got a string with length {len(name)} instead.", path,
                      "string_above_max_length")


def check_common(body):
    for name, most in (("temperature", 2), ("top_p", 1)):
        value = body.get(name)
        if value is not None and not 0 <= value <= most:
            more = value > most
            raise Refused(f"Invalid '{name}': decimal {'above maximum' if more else 'below minimum'} "
                          f"value. Expected a value {'<=' if more else '>='} {most if more else 0}, "
                          f"but got {value} instead.", name,
                          f"decimal_{'above_max' if more else 'below_min'}_value")
    for name, value in (body.get("metadata") or {}).items():
        typed(f"metadata.{name}", value, str)


def check_schema(path, format, wants):
    members(path, format, {"name": str, "schema": dict, "strict": bool, "description": str,
                           **({"type": str} if "type" in wants else {})}, wants)
    named(f"{path}.name", format["name"])
    if format.get("strict"):
        check_closed(format["name"], format["schema"])


def check_closed(name, schema):
    """strict wants every object to be closed, and to require all that it has."""
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            if schema.get("additionalProperties") is not False:
                raise Refused(f"Invalid schema for response_format '{name}': In context=(), "
                              "'additionalProperties' is required to be supplied and to be false.",
                              "text.format.schema", "invalid_json_schema")
            if set(schema.get("properties", {})) != set(schema.get("required", [])):
                raise Refused(f"Invalid schema for response_format '{name}': In context=(), "
                              "'required' is required to be supplied and to be an array including "
                              "every key in properties.", "text.format.schema",
                              "invalid_json_schema")
        for inner in schema.values():
            check_closed(name, inner)
    elif isinstance(schema, list):
        for inner in schema:
            check_closed(name, inner)


# ---- responses


def check_content(path, item):
    role, content = item["role"], item["content"]
    chosen(f"{path}.role", role, ["assistant", "system", "developer", "user"])
    if isinstance(content, str):
        return
    known = OF_ASSISTANT if role == "assistant" else OF_USER
    for index, part in enumerate(content):
        at = f"{path}.content[{index}]"
        typed(at, part, dict)
        chosen(f"{at}.type", part.get("type"), list(known))
        only = list(known[part["type"]])[0]
        members(at, part, {"type": str, **known[part["type"]], **CACHE},
                [only] if part["type"] in ("input_text", "output_text", "refusal") else [])
        if part["type"] == "input_image" and not part.get("file_id"):
            check_url(f"{at}.image_url", part.get("image_url") or "")


def check_url(path, url):
    if url.startswith("data:"):
        try:
            assert base64.b64decode(url.partition(";base64,")[2], validate=True)
        except (AssertionError, ValueError):
            raise Refused("Invalid base64 image_url.", path, "invalid_base64_image") from None
    elif not url.startswith(("http://", "https://")):
        raise Refused(f"Invalid '{path}'. Expected a valid URL, but got a value with an invalid "
                      "format.", path, "invalid_value")


def check_item(path, item):
    typed(path, item, dict)
    kind = item.get("type", "message" if "role" in item else None)
    if kind is None or kind not in ITEMS and not OTHERS.fullmatch(kind):
        raise Refused(f"Invalid value: '{kind}'. Supported values are: {said(ITEMS)}.", path,
                      "invalid_value")
    if kind not in ITEMS:
        return kind
    members(path, item, ITEMS[kind], ITEM_WANTS[kind])
    prefix = PREFIX.get(kind)
    if prefix and item.get("id") and not item["id"].startswith(prefix):
        raise Refused(f"Invalid '{path}.id': '{item['id']}'. Expected an ID that begins with "
                      f"'{prefix}'.", f"{path}.id", "invalid_value")
    if kind == "message":
        check_content(path, item)
    if "name" in ITEM_WANTS[kind]:
        named(f"{path}.name", item["name"])
    return kind


def check_items(items):
    calls, outputs = [], []
    for number, item in enumerate(items):
        kind = check_item(f"input[{number}]", item)
        if kind in ("function_call", "custom_tool_call"):
            calls.append(item["call_id"])
        elif kind in ("function_call_output", "custom_tool_call_output"):
            outputs.append(item["call_id"])
            if item["call_id"] not in calls:
                raise Refused("No tool call found for function call output with call_id "
                              f"{item['call_id']}.", "input")
    for call in calls:
        if call not in outputs:
            raise Refused(f"No tool output found for function call {call}.", "input")


def check_tool(path, tool, inside=False):
    typed(path, tool, dict)
    kind = tool.get("type")
    if kind == "function":
        members(path, tool, FUNCTION, ["name"])
        named(f"{path}.name", tool["name"])
    elif kind == "custom":
        members(path, tool, CUSTOM, ["name"])
        named(f"{path}.name", tool["name"])
        format = tool.get("format") or {"type": "text"}
        chosen(f"{path}.format.type", format.get("type"), ["text", "grammar"])
        grammar = {"definition": str, "syntax": str} if format["type"] == "grammar" else {}
        members(f"{path}.format", format, {"type": str, **grammar}, list(grammar))
        chosen(f"{path}.format.syntax", format.get("syntax", "lark"), ["lark", "regex"])
    elif kind == "namespace" and not inside:
        members(path, tool, {"type": str, "name": str, "description": str, "tools": list},
                ["name", "description", "tools"])
        for number, inner in enumerate(tool["tools"]):
            check_tool(f"{path}.tools[{number}]", inner, True)
    elif not kind or not OTHERS.fullmatch(kind):
        chosen(f"{path}.type", kind, ["function", "custom", "namespace"])


def check_text(text):
    members("text", text, {"format": dict, "verbosity": str})
    format = text.get("format") or {"type": "text"}
    chosen("text.format.type", format.get("type"), ["json_object", "json_schema", "text"])
    if format["type"] == "json_schema":
        check_schema("text.format", format, ["type", "name", "schema"])


def check_responses(body):
    members("", body, RESPONSES, ["model"])
    if body.get("input") in (None, "", []) and not (body.get("previous_response_id") or
                                                    body.get("prompt") or body.get("conversation")):
        raise Refused("One of 'input' or 'previous_response_id' or 'prompt' or 'conversation' must "
                      "be provided.", "input", "missing_required_parameter")
    check_common(body)
    if body.get("max_output_tokens") is not None and body["max_output_tokens"] < 16:
        raise Refused("Invalid 'max_output_tokens': integer below minimum value. Expected a value "
                      f">= 16, but got {body['max_output_tokens']} instead.", "max_output_tokens",
                      "integer_below_min_value")
    if isinstance(body.get("input"), list):
        check_items(body["input"])
    for number, tool in enumerate(body.get("tools") or []):
        check_tool(f"tools[{number}]", tool)
    check_text(body.get("text") or {})
    members("reasoning", body.get("reasoning") or {},
            {"effort": str, "summary": str, "generate_summary": str, "context": str})
    effort = (body.get("reasoning") or {}).get("effort")
    if effort is not None:
        chosen("reasoning.effort", effort, EFFORTS)


# ---- chat


def check_call(path, call):
    members(path, call, {"id": str, "type": str, "function": dict, "custom": dict}, ["id", "type"])
    if call["type"] == "function":
        members(f"{path}.function", call.get("function"), {"name": str, "arguments": str},
                ["name", "arguments"])
        named(f"{path}.function.name", call["function"]["name"])
        json.loads(call["function"]["arguments"])
    else:
        chosen(f"{path}.type", call["type"], ["function", "custom"])


def check_message(path, message):
    members(path, message, MESSAGE, ["role"])
    role = message["role"]
    chosen(f"{path}.role", role, ["system", "assistant", "user", "function", "tool", "developer"])
    if message.get("content") is None and not (message.get("tool_calls") or message.get("refusal")):
        raise Refused("Invalid value for 'content': expected a string, got null.", f"{path}.content")
    if isinstance(message.get("content"), list):
        for number, part in enumerate(message["content"]):
            at = f"{path}.content[{number}]"
            typed(at, part, dict)
            known = ["text", "refusal"] if role == "assistant" else \
                ["text"] if role != "user" else list(PARTS)
            chosen(f"{at}.type", part.get("type"), known)
            members(at, part, {"type": str, **PARTS[part["type"]], **CACHE}, PARTS[part["type"]])
            if part["type"] == "image_url":
                check_url(f"{at}.image_url.url", part["image_url"].get("url") or "")
    if role == "tool" and not message.get("tool_call_id"):
        raise Refused(f"Missing required parameter: '{path}.tool_call_id'.", f"{path}.tool_call_id",
                      "missing_required_parameter")
    if "tool_calls" in message:
        if not message["tool_calls"]:
            raise Refused(f"Invalid '{path}.tool_calls': empty array. Expected an array with minimum "
                          "length 1, but got an empty array instead.", f"{path}.tool_calls",
                          "empty_array")
        for number, call in enumerate(message["tool_calls"]):
            check_call(f"{path}.tool_calls[{number}]", call)


def check_order(messages):
    waiting = []
    for number, message in enumerate(messages):
        if message["role"] == "tool":
            if message["tool_call_id"] not in waiting:
                raise Refused("Invalid parameter: messages with role 'tool' must be a response to a "
                              "preceeding message with 'tool_calls'.", f"messages.[{number}].role")
            waiting.remove(message["tool_call_id"])
        elif waiting:
            break
        waiting += [c["id"] for c in message.get("tool_calls") or []]
    if waiting:
        raise Refused("An assistant message with 'tool_calls' must be followed by tool messages "
                      "responding to each 'tool_call_id'. The following tool_call_ids did not have "
                      f"response messages: {', '.join(waiting)}", f"messages.[{number}].role")


def check_chat(body):
    members("", body, CHAT, ["model", "messages"])
    check_common(body)
    if not body["messages"]:
        raise Refused("Invalid 'messages': empty array. Expected an array with minimum length 1, but "
                      "got an empty array instead.", "messages", "empty_array")
    for number, message in enumerate(body["messages"]):
        check_message(f"messages[{number}]", message)
    check_order(body["messages"])
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        raise Refused("Setting 'max_tokens' and 'max_completion_tokens' at the same time is not "
                      "supported.", None, "invalid_parameter_combination")
    if body.get("stream_options") is not None and not body.get("stream"):
        raise Refused("The 'stream_options' parameter is only allowed when 'stream' is enabled.",
                      "stream_options")
    for number, tool in enumerate(body.get("tools") or []):
        path = f"tools[{number}]"
        members(path, tool, {"type": str, "function": dict, "custom": dict}, ["type"])
        chosen(f"{path}.type", tool["type"], ["function", "custom"])
        if tool["type"] == "function":
            members(f"{path}.function", tool.get("function"),
                    {k: v for k, v in FUNCTION.items() if k != "type"}, ["name"])
            named(f"{path}.function.name", tool["function"]["name"])
    if body.get("tools") == []:
        raise Refused("Invalid 'tools': empty array. Expected an array with minimum length 1, but "
                      "got an empty array instead.", "tools", "empty_array")
    for name in ("tool_choice", "parallel_tool_calls"):
        if body.get(name) is not None and not body.get("tools"):
            raise Refused(f"Invalid value for '{name}': '{name}' is only allowed when 'tools' are "
                          "specified.", name)
    stops = body.get("stop") or []
    if isinstance(stops, list) and len(stops) > 4:
        raise Refused(f"Invalid 'stop': array too long. Expected an array with maximum length 4, but "
                      f"got an array with length {len(stops)} instead.", "stop",
                      "array_above_max_length")
    format = body.get("response_format") or {"type": "text"}
    chosen("response_format.type", format.get("type"), ["json_object", "json_schema", "text"])
    if format["type"] == "json_schema":
        members("response_format", format, {"type": str, "json_schema": dict}, ["json_schema"])
        check_schema("response_format.json_schema", format["json_schema"], ["name", "schema"])
    if body.get("reasoning_effort") is not None:
        chosen("reasoning_effort", body["reasoning_effort"], EFFORTS)
