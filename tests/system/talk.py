"""A conversation with tools, and what of it must have arrived at whom.

The cloud asks for the weather of two cities at once, Ollama for a coat, and somebody says the end.
"""
import json

from pydantic import BaseModel

from sim import ollama as o
from sim.cloud import call, cut_stream, event, ok_tools, status

SYSTEM, QUESTION = "You are terse.", "What shall I wear in Rome & Malmö? <é>"
WEATHER = {"Rome": "21 °C, \"dry\"", "Malmö": "4 °C, rain"}
COAT = "the yellow one"
ANSWER = "In Malmö: the yellow one. In Rome: nothing special."
ABOUT_WEATHER, ABOUT_COAT = "Tells the weather of a city.", "Finds a coat."

FROM_CLOUD = [call("weather", {"city": "Rome"}, "call_rome"),
              call("weather", {"city": "Malmö"}, "call_malmo")]
FROM_OLLAMA = o.call("coat", {"degrees": 4, "rain": True}, "call_ab12cd34")
ASKS = ok_tools(*FROM_CLOUD)
DEAD = status(503)
# A stream that dies in a text, and one that dies in a tool call.
BEGUN = ANSWER[:14]
CUT_TEXT = cut_stream(ANSWER[:7], BEGUN[7:])
CUT_CALL = cut_stream(event({"tool_calls": [{"index": 0, "id": "call_x", "type": "function",
                                             "function": {"name": "coat", "arguments": ""}}]}),
                      event({"tool_calls": [{"index": 0, "function": {"arguments": '{"degr'}}]}))


def weather(city: str) -> str:
    """Tells the weather of a city."""
    return WEATHER[city]


def coat(degrees: int, rain: bool) -> str:
    """Finds a coat."""
    assert degrees == 4 and rain is True
    return COAT


def tool(name, description, properties):
    schema = {"type": "object", "properties": {k: {"type": v} for k, v in properties.items()},
              "required": list(properties), "additionalProperties": False}
    return {"type": "function", "function": {"name": name, "description": description,
                                             "parameters": schema, "strict": True}}


# As an app offers them.
OFFERED = [tool("weather", ABOUT_WEATHER, {"city": "string"}),
           tool("coat", ABOUT_COAT, {"degrees": "integer", "rain": "boolean"})]


class Advice(BaseModel):
    city: str
    coats: list[str]


ADVICE = Advice(city="Malmö", coats=["yellow", "other"])


def run_tool(name, arguments):
    return {"weather": weather, "coat": coat}[name](**json.loads(arguments))


def without_nones(message):
    return {k: v for k, v in message.items() if v not in (None, "", [])}


# ---- what Ollama must have been asked


def local_call(one, index):
    function = one["function"]
    arguments = function["arguments"]
    if isinstance(arguments, str):
        arguments = json.loads(arguments)
    return {"id": one["id"], "function": {"index": index, "name": function["name"],
                                          "arguments": arguments}}


def local_result(id, name, content):
    return {"role": "tool", "tool_call_id": id, "tool_name": name, "content": content}


FIRST = [{"role": "system", "content": SYSTEM}, {"role": "user", "content": QUESTION}]
SECOND = [*FIRST,
          {"role": "assistant", "tool_calls": [local_call(c, i) for i, c in enumerate(FROM_CLOUD)]},
          local_result("call_rome", "weather", WEATHER["Rome"]),
          local_result("call_malmo", "weather", WEATHER["Malmö"])]
THIRD = [*SECOND,
         {"role": "assistant", "tool_calls": [local_call(FROM_OLLAMA, 0)]},
         local_result("call_ab12cd34", "coat", COAT)]


def heard(request):
    """The messages of a request to Ollama. Members that are empty say nothing."""
    return [without_nones(m) for m in request.json["messages"]]


def parameters(tool):
    function = tool["function"]
    properties = function["parameters"]["properties"]
    return (function["name"], function["description"],
            {name: schema["type"] for name, schema in properties.items()},
            sorted(function["parameters"]["required"]))


TOOLS = [("weather", ABOUT_WEATHER, {"city": "string"}, ["city"]),
         ("coat", ABOUT_COAT, {"degrees": "integer", "rain": "boolean"}, ["degrees", "rain"])]


def check_heard(request, messages):
    assert heard(request) == messages
    assert [parameters(tool) for tool in request.json["tools"]] == TOOLS


def go_on(peer, request):
    """An Ollama that goes on from what has been said so far."""
    last = request.json["messages"][-1]
    assert last == {"role": "assistant", "content": BEGUN}
    o.text(ANSWER[len(BEGUN):])(peer, request)
