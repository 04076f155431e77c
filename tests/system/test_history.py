"""A conversation with tools that goes from a cloud to Ollama and back, for each shape of a history:
what the cloud wants back comes back byte for byte, ids are made to fit, and what cannot be made is
told in the log."""
import json
import re

import pytest

from ledger import both, truth
from messages import HEAD, MODEL, said, whole_message, with_claude
from sim import Cloud, DeepSeek, Gemini, Mistral, OpenRouter, Xai
from sim import anthropic as a
from sim import ollama as o
from sim.cloud import call, ok, ok_tools, status
from sim.clouds import KEY
from sim.ollama import THINKING, Ollama

CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
USER = {"role": "user", "content": "What shall I wear in Malmö? <é>"}
THEN = {"role": "user", "content": "And tomorrow?"}
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
NAMES = ("weather", "coat")
TOOLS = [{"type": "function", "function": {"name": n, "parameters": SCHEMA}} for n in NAMES]
FROM_CLOUD = [call("weather", {"city": "Malmö"}, "call_rain"), call("weather", {"city": "Lund"}, "call_sun")]
FROM_OLLAMA = o.call("coat", {"city": "Malmö"}, "call_ab12cd34")
LOCAL_THOUGHT, END = "It may rain.", "The yellow one."
DEAD = status(503)
ONCE = {"retry.attempts": "1", "breaker.failures": "0"}
LOCAL = {"x-understudy-route": "ollama"}


@pytest.fixture
def serve():
    """serve(Gemini) -> one that is stopped at the end."""
    servers = []

    def make(kind):
        servers.append(kind())
        return servers[-1]

    yield make
    for server in servers:
        server.stop()
        assert server.violations == []


@pytest.fixture
def thinker():
    server = Ollama([THINKING])
    yield server
    server.stop()
    assert server.violations == []


def with_cloud(start, cloud, ollama, settings=None, name=None):
    """A daemon whose first provider is that one, by its name of the presets or as any."""
    name = name or cloud.name
    env = {f"UNDERSTUDY_PROVIDER_{name.upper()}_API_KEY": KEY}
    return start(None, ollama, {f"provider.{name}.base_url": cloud.base_url, "route.priority": f"{name}, ollama",
                                f"provider.{name}.type": "openai", **ONCE, **(settings or {})}, env=env)


def ask(daemon, cloud, messages, streamed, headers=(), **more):
    """The raw answer, and the bytes of the request: escapes and blanks as no writer of ours has them."""
    body = {"model": cloud.models[0], "messages": messages, "tools": TOOLS, "stream": streamed, **more}
    body = json.dumps(body, indent=1).encode()
    return daemon.post(CHAT, body, headers), body


def message_of(answer):
    """The message as an app keeps it: all that came, also members that it does not know."""
    if "event-stream" not in answer.header("content-type"):
        return answer.json["choices"][0]["message"]
    assert answer.complete and answer.events[-1] == "[DONE]", answer
    message = {"role": "assistant", "content": ""}
    deltas = [choice["delta"] for event in answer.events[:-1] if isinstance(event, dict)
              for choice in event["choices"]]
    for delta in deltas:
        for name in ("content", "reasoning_content"):
            if delta.get(name):
                message[name] = message.get(name, "") + delta[name]
        for part in delta.get("tool_calls") or []:
            add_call(message.setdefault("tool_calls", []), part)
    return message


def add_call(calls, part):
    part = {**part, "function": dict(part["function"])}
    index = part.pop("index")
    if index == len(calls):
        calls.append(part)
    else:
        calls[index]["function"]["arguments"] += part["function"]["arguments"]


def results(message):
    return [{"role": "tool", "tool_call_id": one["id"], "content": one["function"]["name"] + ": 4 °C"}
            for one in message["tool_calls"]]


def two_turns(daemon, cloud, ollama, streamed, **more):
    """The cloud asks for the weather and dies, Ollama asks for a coat; the conversation so far."""
    cloud.script(type(cloud).ok_tools(*FROM_CLOUD), DEAD, type(cloud).ok(END))
    ollama.script(o.lines({"thinking": LOCAL_THOUGHT}, {"tool_calls": [FROM_OLLAMA]})
                  if streamed and more else o.tools(FROM_OLLAMA))
    messages = [USER]
    for expected in (cloud.name, "ollama"):
        answer, _ = ask(daemon, cloud, messages, streamed, **more)
        assert answer.status == 200 and answer.header("x-understudy-provider") == expected, answer.text
        message = message_of(answer)
        messages = [*messages, message, *results(message)]
    return messages


def from_first(cloud, attempts=1):
    return {"provider": cloud.name, "model": cloud.models[0], "attempts": f"{cloud.name}={attempts}", "fallback": None}


def hints(daemon, number):
    """The lines that say what to do about a history, once so many exchanges have ended."""
    daemon.exchange(number)
    return daemon.log(event="history")


class OpenAi(Cloud):
    """OpenAI itself, which looks at what it is asked."""

    name, base, models = "openai", "/v1", ["gpt-4"]
    ok, ok_tools = staticmethod(ok), staticmethod(ok_tools)

    def __init__(self):
        super().__init__(strict=True)
        self.base_url = self.url + self.base


@both
@pytest.mark.parametrize("kind", [OpenAi, OpenRouter, Xai], ids=lambda k: k.name)
def test_a_turn_of_ollama_goes_back_to_the_cloud_byte_for_byte(start, serve, ollama, kind, streamed):
    cloud = serve(kind)
    daemon = with_cloud(start, cloud, ollama)
    messages = two_turns(daemon, cloud, ollama, streamed)
    answer, sent = ask(daemon, cloud, messages, streamed)
    assert answer.content == END and truth(answer) == from_first(cloud)
    assert cloud.chats[-1].body == sent and hints(daemon, 3) == []


# ---- Mistral: ids of nine letters and digits


@both
def test_mistral_gets_ids_that_it_takes(start, serve, ollama, streamed):
    cloud = serve(Mistral)
    daemon = with_cloud(start, cloud, ollama)
    messages = two_turns(daemon, cloud, ollama, streamed)
    assert [m["tool_call_id"] for m in messages if m["role"] == "tool"] == ["Sim000000", "Sim000001", "call_ab12cd34"]
    answer, sent = ask(daemon, cloud, messages, streamed)
    assert answer.content == END and truth(answer) == from_first(cloud)
    assert answer.header("x-understudy-dropped") is None
    got = cloud.chats[-1].body
    (made,) = {m["id"] for m in json.loads(got)["messages"][4]["tool_calls"]}
    assert re.fullmatch("[A-Za-z0-9]{9}", made) and got == sent.replace(b"call_ab12cd34", made.encode())
    # The next request has the same, whatever came behind it.
    ask(daemon, cloud, [*messages, {"role": "assistant", "content": END}, THEN], streamed)
    assert cloud.chats[-1].body.count(made.encode()) == 2


def test_mistral_is_known_by_its_name_alone(start, serve, ollama):
    """Behind another name and host its own refusal comes through, and the log says what to do."""
    cloud = serve(Mistral)
    daemon = with_cloud(start, cloud, ollama, name="work")
    message = {"role": "assistant", "content": None, "tool_calls": [FROM_CLOUD[0]]}
    answer, sent = ask(daemon, cloud, [USER, message, *results(message)], False)
    assert answer.status == 400 and answer.json["code"] == "3280" and cloud.chats[-1].body == sent
    (line,) = hints(daemon, 1)
    assert line["provider"] == "work" and "api.mistral.ai" in line["message"] and line["class"] == "request"


MESSAGES_BODY = {"max_tokens": 50, "tools": [{"name": n, "input_schema": SCHEMA} for n in NAMES], "messages": [
    USER, {"role": "assistant", "content": [a.tool_use("weather", {"city": "Malmö"}, "toolu_01A"),
                                            a.tool_use("weather", {"city": "Lund"}, "toolu_01B")]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_01A", "content": "rain"},
                                 {"type": "tool_result", "tool_use_id": "toolu_01B", "content": "sun"}]}]}
RESPONSES_BODY = {"input": [USER, {"type": "function_call", "call_id": "call_rain", "name": "weather", "arguments": "{}"},
                            {"type": "function_call_output", "call_id": "call_rain", "output": "rain"}]}
OLLAMA_BODY = {"messages": [USER, {"role": "assistant", "content": "", "tool_calls": [
    {"function": {"name": "weather", "arguments": {"city": "Malmö"}}}]},
    {"role": "tool", "tool_name": "weather", "content": "rain"}]}


APPS = [(MESSAGES, MESSAGES_BODY, HEAD), (RESPONSES, RESPONSES_BODY, ()), ("/api/chat", OLLAMA_BODY, ())]
APP_NAMES = ["messages", "responses", "ollama"]


@both
@pytest.mark.parametrize("path, body, headers", APPS, ids=APP_NAMES)
def test_mistral_gets_such_ids_in_translations_too(start, serve, ollama, path, body, headers, streamed):
    cloud = serve(Mistral)
    daemon = with_cloud(start, cloud, ollama, {"route.messages": "mistral", "provider.mistral.responses": "no",
                                               "provider.mistral.model": cloud.models[0]})
    answer = daemon.post(path, {"model": cloud.models[0], "stream": streamed, **body}, headers)
    assert answer.status == 200 and answer.header("x-understudy-provider") == "mistral", answer.text
    messages = cloud.chats[-1].json["messages"]
    asked = [one["id"] for m in messages for one in m.get("tool_calls", [])]
    given = [m["tool_call_id"] for m in messages if m["role"] == "tool"]
    assert asked == given and asked and all(re.fullmatch("[A-Za-z0-9]{9}", one) for one in asked)
    assert len(set(asked)) == len(asked)


# ---- Gemini: signatures


@both
def test_gemini_gets_its_signatures_back(start, serve, ollama, streamed):
    cloud = serve(Gemini)
    daemon = with_cloud(start, cloud, ollama)
    cloud.script(Gemini.ok_tools(*FROM_CLOUD), Gemini.ok(END))
    message = message_of(ask(daemon, cloud, [USER], streamed)[0])
    assert message["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": Gemini.SIGNATURE}}
    answer, sent = ask(daemon, cloud, [USER, message, *results(message)], streamed)
    assert answer.content == END and truth(answer) == from_first(cloud) and cloud.chats[-1].body == sent


@both
def test_nobody_can_sign_for_gemini_and_the_log_says_so(start, serve, ollama, streamed):
    cloud = serve(Gemini)
    daemon = with_cloud(start, cloud, ollama)
    messages = two_turns(daemon, cloud, ollama, streamed)
    answer, sent = ask(daemon, cloud, messages, streamed)
    assert answer.status == 400 and isinstance(answer.json, list) and "thought_signature" in answer.text
    assert truth(answer) == from_first(cloud) and cloud.chats[-1].body == sent
    (line,) = hints(daemon, 3)
    assert "only Gemini can sign" in line["message"] and line["status"] == "400"
    assert daemon.exchange(3)["class"] == "request"
    # What the line says to do: Ollama ends the turn, and from the next message on Gemini takes it.
    ollama.script(o.text(END))
    ended, _ = ask(daemon, cloud, messages, streamed, LOCAL)
    answer, _ = ask(daemon, cloud, [*messages, message_of(ended), THEN], streamed)
    assert answer.content == END and truth(answer) == from_first(cloud)


@both
@pytest.mark.parametrize("path, body, headers", APPS, ids=APP_NAMES)
def test_gemini_takes_the_tools_of_a_translated_conversation(start, serve, ollama, path, body, headers, streamed):
    """No other dialect has a place for signatures: Google has a word for that."""
    cloud = serve(Gemini)
    daemon = with_cloud(start, cloud, ollama, {"route.messages": "gemini", "provider.gemini.responses": "no",
                                               "provider.gemini.model": cloud.models[0]})
    answer = daemon.post(path, {"model": cloud.models[0], "stream": streamed, **body}, headers)
    assert answer.status == 200 and answer.header("x-understudy-attempts") == "gemini=1", answer.text
    (calls,) = [m["tool_calls"] for m in cloud.chats[-1].json["messages"] if "tool_calls" in m]
    assert ["extra_content" in one for one in calls] == [True] + [False] * (len(calls) - 1)


# ---- DeepSeek: reasoning_content


@both
def test_deepseek_gets_its_thoughts_back(start, serve, ollama, streamed):
    cloud = serve(DeepSeek)
    daemon = with_cloud(start, cloud, ollama)
    cloud.script(DeepSeek.ok_tools(*FROM_CLOUD), DeepSeek.ok(END))
    message = message_of(ask(daemon, cloud, [USER], streamed)[0])
    assert message["reasoning_content"] == DeepSeek.THOUGHT
    answer, sent = ask(daemon, cloud, [USER, message, *results(message)], streamed)
    assert answer.content == END and truth(answer) == from_first(cloud) and cloud.chats[-1].body == sent


@both
def test_a_turn_without_thoughts_is_refused_by_deepseek_and_the_log_says_so(start, serve, ollama, streamed):
    cloud = serve(DeepSeek)
    daemon = with_cloud(start, cloud, ollama)
    messages = two_turns(daemon, cloud, ollama, streamed)
    assert ollama.chats[0].json["messages"][1]["thinking"] == DeepSeek.THOUGHT
    answer, _ = ask(daemon, cloud, messages, streamed)
    assert answer.status == 400 and "must be passed back" in answer.error["message"]
    assert truth(answer) == from_first(cloud) and daemon.exchange(3)["class"] == "request"
    (line,) = hints(daemon, 3)
    assert "thinking: {type: disabled}" in line["message"] and "may be empty" in line["message"]
    # Both of what the line says to do.
    answer, _ = ask(daemon, cloud, messages, streamed, thinking={"type": "disabled"})
    assert answer.content == END
    filled = [{"reasoning_content": "", **m} if m.get("tool_calls") else m for m in messages]
    assert ask(daemon, cloud, filled, streamed)[0].content == END


def test_a_turn_of_a_model_that_thinks_is_taken(start, serve, thinker):
    cloud = serve(DeepSeek)
    daemon = with_cloud(start, cloud, thinker)
    messages = two_turns(daemon, cloud, thinker, True, reasoning_effort="high")
    assert messages[4]["reasoning_content"] == LOCAL_THOUGHT
    answer, sent = ask(daemon, cloud, messages, True)
    assert answer.content == END and cloud.chats[-1].body == sent and hints(daemon, 3) == []


# ---- Anthropic: signed thoughts


def ask_claude(daemon, messages, streamed):
    body = {"model": MODEL, "max_tokens": 2000, "stream": streamed, "thinking": {"type": "adaptive"},
            "tools": MESSAGES_BODY["tools"], "messages": messages}
    body = json.dumps(body, indent=1).encode()
    return daemon.post(MESSAGES, body, HEAD), body


def used(message):
    uses = [b["id"] for b in message["content"] if b["type"] == "tool_use"]
    return [{"role": "assistant", "content": message["content"]},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": i, "content": "rain"} for i in uses]}]


SIGNED = a.thinking("They ask for the weather.")
USE = a.tool_use("weather", {"city": "Malmö"}, "toolu_01A")


def two_turns_of_claude(start, claude, thinker, streamed):
    claude.script(a.ok_tools(USE, first=[SIGNED]), a.overloaded(), a.ok(END))
    thinker.script(o.lines({"thinking": LOCAL_THOUGHT}, {"tool_calls": [FROM_OLLAMA]}) if streamed
                   else o.whole({"thinking": LOCAL_THOUGHT, "content": "", "tool_calls": [FROM_OLLAMA]}))
    daemon = with_claude(start, claude, thinker, ONCE)
    messages = [USER]
    for expected in ("anthropic", "ollama"):
        answer, _ = ask_claude(daemon, messages, streamed)
        assert answer.header("x-understudy-provider") == expected, answer.text
        messages += used(whole_message(answer))
    return daemon, messages


@both
def test_claude_gets_its_thoughts_back_and_not_those_of_another(start, claude, thinker, streamed):
    """The app's bytes go first; they are refused for the thought that nobody signed."""
    daemon, messages = two_turns_of_claude(start, claude, thinker, streamed)
    assert messages[3]["content"][0] == {"type": "thinking", "thinking": LOCAL_THOUGHT, "signature": ""}
    answer, sent = ask_claude(daemon, messages, streamed)
    assert said(answer) == END and answer.header("x-understudy-provider") == "anthropic"
    assert answer.header("x-understudy-attempts") == "anthropic=2"
    assert answer.header("x-understudy-dropped") == "messages.thinking"
    first, second = claude.chats[-2:]
    assert first.body == sent and second.json["messages"][:3] == messages[:3]
    assert second.json["messages"][3]["content"] == messages[3]["content"][1:]
    assert SIGNED in second.json["messages"][1]["content"] and hints(daemon, 3) == []


def test_a_thought_that_another_has_signed_is_left_out(start, claude, ollama):
    daemon = with_claude(start, claude, ollama, ONCE)
    foreign = {**SIGNED, "signature": "of another model"}
    messages = [USER, *used({"content": [foreign, USE]})]
    assert said(ask_claude(daemon, messages, False)[0]) == "claude heard: "
    assert [len(c.json["messages"][1]["content"]) for c in claude.chats] == [2, 1]


def test_an_id_that_claude_would_refuse_fits(start, claude, ollama):
    """As Kimi makes them; all else stays as it came."""
    daemon = with_claude(start, claude, ollama, ONCE)
    use = a.tool_use("weather", {"city": "Malmö"}, "functions.weather:0")
    answer, sent = ask_claude(daemon, [USER, *used({"content": [use]})], False)
    assert answer.status == 200 and answer.header("x-understudy-attempts") == "anthropic=1"
    made = claude.chats[-1].json["messages"][1]["content"][0]["id"].encode()
    assert claude.chats[-1].body == sent.replace(b"functions.weather:0", made)


# ---- members that a cloud refuses by their names


def refuses(words, *names):
    """A cloud's reply: refuses messages that have one of these members."""

    def reply(peer, request):
        found = [n for m in request.json["messages"] for n in names if n in m]
        answer = status(400, body={"error": {"message": words % found[0], "type": "invalid_request_error"}}) \
            if found else ok(END)
        answer(peer, request)

    return reply


@both
def test_thoughts_of_another_are_left_out_where_they_are_refused(start, cloud, ollama, streamed):
    cloud.script(refuses("'messages.1' : property '%s' is unsupported", "reasoning_content", "reasoning"))
    daemon = start(cloud, ollama, ONCE)
    thought = {"role": "assistant", "content": "Hello.", "reasoning_content": "Hm.", "reasoning": "Hm."}
    answer = daemon.post(CHAT, {"model": "gpt-4", "stream": streamed, "messages": [USER, thought, THEN]})
    assert answer.content == END and truth(answer)["attempts"] == "openai=3"
    assert answer.header("x-understudy-dropped") == "messages.reasoning_content, messages.reasoning"
    assert cloud.chats[-1].json["messages"] == [USER, {"role": "assistant", "content": "Hello."}, THEN]


def test_what_is_refused_for_another_reason_is_asked_once(start, cloud, ollama):
    cloud.script(status(400, body={"error": {"message": "property 'logprobs' is unsupported"}}))
    daemon = start(cloud, ollama, ONCE)
    thought = {"role": "assistant", "content": "Hello.", "reasoning_content": "Hm."}
    answer = daemon.post(CHAT, {"model": "gpt-4", "messages": [USER, thought, THEN]})
    assert answer.status == 400 and len(cloud.chats) == 1


def test_a_thought_that_nobody_kept_is_left_out_of_responses(start, cloud, ollama):
    item = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": None}

    def reply(peer, request):
        if item in request.json["input"]:
            status(404, body={"error": {"message": "Item with id 'rs_1' not found. Items are not persisted when `store` "
                                                   "is set to false.", "type": "invalid_request_error"}})(peer, request)
        else:
            cloud._answer(request)(peer, request)

    cloud.script(reply, path=RESPONSES)
    daemon = start(cloud, ollama, ONCE)
    answer = daemon.post(RESPONSES, {"model": "gpt-4", "store": False, "input": [USER, item, THEN]})
    assert answer.status == 200 and answer.header("x-understudy-dropped") == "input.reasoning", answer.text
    assert [len(r.json["input"]) for r in cloud.to(RESPONSES)] == [3, 2]
