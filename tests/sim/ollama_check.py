"""What a real Ollama says of a request's body: the types of api.ChatRequest (api/types.go, 0.33).

Go's decoder passes over members that it does not know. This one refuses them: a translation that
sends one says something that nobody hears.
"""
import base64
import binascii
import re

NUMBER = (int, float)
OPTIONS = {
    **dict.fromkeys("num_ctx num_batch num_gpu main_gpu num_thread num_keep seed num_predict top_k "
                    "repeat_last_n draft_num_predict".split(), int),
    **dict.fromkeys("top_p min_p typical_p temperature repeat_penalty presence_penalty "
                    "frequency_penalty".split(), NUMBER),
    "use_mmap": bool,
    "stop": list,
}
CHAT = {"model": str, "messages": list, "stream": bool, "format": (str, dict), "options": dict,
        "keep_alive": (int, float, str), "tools": list, "think": (bool, str), "truncate": bool,
        "shift": bool, "logprobs": bool, "top_logprobs": int, "_debug_render_only": bool}
GENERATE = {**{k: v for k, v in CHAT.items() if k not in ("messages", "tools")},
            "prompt": str, "suffix": str, "system": str, "template": str, "raw": bool,
            "images": list, "context": list}
MESSAGE = {"role": str, "content": str, "thinking": str, "images": list, "tool_calls": list,
           "tool_name": str, "tool_call_id": str}
CALL = {"id": str, "function": dict}
FUNCTION_CALL = {"index": int, "name": str, "arguments": dict}
TOOL = {"type": str, "function": dict}
FUNCTION = {"name": str, "description": str, "parameters": dict}
SCHEMA = {"type": (str, list), "$defs": dict, "items": dict, "required": list, "properties": dict}
PROPERTY = {"anyOf": list, "type": (str, list), "items": (dict, list), "description": str,
            "enum": list, "properties": dict, "required": list}
TYPES = ("string", "number", "integer", "boolean", "object", "array", "null")
DURATION = re.compile(r"-?(\d+(\.\d+)?(ns|us|ms|s|m|h))+|0")


class Refused(Exception):
    """A status and a text; `violation` when no correct client would have asked so."""

    def __init__(self, status, text, violation=True):
        super().__init__(text)
        self.status, self.text, self.violation = status, text, violation


def is_a(value, kind):
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if isinstance(value, bool) and bool not in kinds:
        return False
    return isinstance(value, kinds)


def members(what, value, known, status=400):
    if not isinstance(value, dict):
        raise Refused(400, f"json: cannot unmarshal into Go value of type api.{what}")
    for name, member in value.items():
        if name not in known:
            raise Refused(400, f"{what}: {name} is not known")
        if not is_a(member, known[name]):
            raise Refused(status, f"json: cannot unmarshal {type(member).__name__} into Go struct "
                                  f"field {what}.{name}")


def check_options(options):
    members("Options", options, OPTIONS, 500)
    if not all(isinstance(s, str) for s in options.get("stop", [])):
        raise Refused(500, 'option "stop" must be of type []string')


def check_common(body):
    if not body.get("model"):
        raise Refused(400, "model is required")
    check_options(body.get("options", {}))
    keep = body.get("keep_alive", "0")
    if isinstance(keep, str) and not DURATION.fullmatch(keep):
        raise Refused(400, f'time: invalid duration "{keep}"')
    if isinstance(body.get("format"), str) and body["format"] not in ("", "json"):
        raise Refused(500, f"invalid format: {body['format']!r}")
    if isinstance(body.get("think"), str) and body["think"] not in ("low", "medium", "high", "max"):
        raise Refused(400, "invalid think value")
    if not 0 <= body.get("top_logprobs", 0) <= 20:
        raise Refused(400, "top_logprobs must be between 0 and 20")


def check_message(message):
    members("Message", message, MESSAGE)
    if message.get("role") not in ("system", "user", "assistant", "tool"):
        raise Refused(400, f"a template drops the role {message.get('role')!r} without a word")
    for image in message.get("images", []):
        try:
            base64.b64decode(image, validate=True)
        except (binascii.Error, TypeError, ValueError):
            raise Refused(400, "illegal base64 data at input byte 4") from None
    for call in message.get("tool_calls", []):
        members("ToolCall", call, CALL)
        members("ToolCallFunction", call.get("function"), FUNCTION_CALL)
        if not call["function"].get("name"):
            raise Refused(400, "a tool call without a name")


def check_types(schema):
    types = schema.get("type", [])
    for name in [types] if isinstance(types, str) else types:
        if name not in TYPES:
            raise Refused(400, f"JSON schema error at #: unrecognized type {name}")


def check_tool(tool):
    members("Tool", tool, TOOL)
    function = tool.get("function")
    members("ToolFunction", function, FUNCTION)
    if not function.get("name"):
        raise Refused(400, "a tool without a name")
    parameters = function.get("parameters", {})
    members("ToolFunctionParameters", parameters, SCHEMA)
    if not isinstance(parameters.get("properties"), dict):  # with a Jinja template
        raise Refused(400, "JSON schema error at #: properties must be an object")
    check_types(parameters)
    for schema in parameters["properties"].values():
        members("ToolProperty", schema, PROPERTY)
        check_types(schema)


def check_chat(body):
    members("ChatRequest", body, CHAT)
    check_common(body)
    for message in body.get("messages", []):
        check_message(message)
    for tool in body.get("tools", []):
        check_tool(tool)


def check_generate(body):
    members("GenerateRequest", body, GENERATE)
    check_common(body)


def check_ability(model, body):
    """Refusals that a correct client may meet: it cannot always know what the model can do."""
    images = any(m.get("images") for m in body.get("messages", []))
    if "completion" not in model.capabilities:
        raise Refused(400, f'"{model.name}" does not support chat', False)
    if body.get("tools") and "tools" not in model.capabilities:
        raise Refused(400, f"registry.ollama.ai/library/{model.name} does not support tools", False)
    if body.get("think") and "thinking" not in model.capabilities:
        raise Refused(400, f'"{model.name}" does not support thinking', False)
    if images and "vision" not in model.capabilities:
        raise Refused(500, "image input is not supported", False)
