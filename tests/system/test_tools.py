"""Tools that the daemon runs: who asks for them, what a model sees of them, what the app gets."""
import gzip
import json

import anthropic
import pytest

from daemon import wait_until
from sim import anthropic as a
from sim import ollama as o
from sim import Gate
from sim import responses as rs
from sim.cloud import RESPONSES, call, cut_stream, event, ok, ok_tools, status, stream, whole
from sim.mcp import ToolError
from sim.reply import silent
from switch import Switch

CHAT, MESSAGES, API_CHAT = "/v1/chat/completions", "/v1/messages", "/api/chat"
ASK = {"x-understudy-tools": "weather"}
OSLO = {"city": "Oslo"}
TODAY = call("weather__today", OSLO)


@pytest.fixture
def weather(tool_server):
    """A server with two tools, of which one counts its calls."""
    tool_server.tool("today", lambda a: f"rain in {a.get('city')}")
    tool_server.tool("alerts", "none")
    return tool_server


@pytest.fixture
def begin(start, cloud, ollama, weather):
    """A daemon with [tool weather]."""

    def begin(settings=None, allow="today", **more):
        return start(cloud, ollama, {**weather.settings("weather", allow), "retry.attempts": 2, **(settings or {})}, **more)

    return begin


def chats(server):
    """What it was asked in POSTs of chat."""
    return [q.json for q in server.requests if q.method == "POST" and q.path in (CHAT, RESPONSES, MESSAGES, API_CHAT)]


# ---- one request of each dialect, whole and streamed

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}}
OWN = {"openai": {"type": "function", "function": {"name": "mine", "parameters": SCHEMA}},
       "anthropic": {"name": "mine", "input_schema": SCHEMA},
       "ollama": {"type": "function", "function": {"name": "mine", "description": "Mine.", "parameters": SCHEMA}},
       "responses": {"type": "function", "name": "mine", "parameters": SCHEMA}}


def body_of(dialect, streamed, **more):
    messages = [{"role": "user", "content": "What is it like?"}]
    return {"openai": lambda: {"model": "gpt-4", "messages": messages, "stream": streamed, **more},
            "anthropic": lambda: {"model": "claude-sim", "max_tokens": 100, "messages": messages, "stream": streamed, **more},
            "ollama": lambda: {"model": "gpt-4", "messages": messages, "stream": streamed, **more},
            "responses": lambda: {"model": "gpt-4", "input": "What is it like?", "stream": streamed, **more}}[dialect]()


PATHS = {"openai": CHAT, "anthropic": MESSAGES, "ollama": API_CHAT, "responses": RESPONSES}


def told(dialect, answer):
    """(text, calls by name, usage in, usage out) of what the app got, streamed or whole."""
    if (answer.header("content-type") or "").startswith("application/json"):
        return {"openai": whole_openai, "anthropic": whole_anthropic, "ollama": whole_ollama, "responses": whole_responses}[dialect](answer.json)
    if dialect == "ollama":
        lines = [json.loads(line) for line in answer.text.splitlines()]
        assert [line["done"] for line in lines].count(True) == 1 and lines[-1]["done"]
        calls = [c["function"]["name"] for line in lines for c in line["message"].get("tool_calls", [])]
        return "".join(line["message"].get("content", "") for line in lines), calls, lines[-1]["prompt_eval_count"], lines[-1]["eval_count"]
    events = [e for e in answer.events if not isinstance(e, tuple)]
    if dialect == "responses":
        assert [e["sequence_number"] for e in events] == list(range(len(events)))
        assert [e["type"] for e in events].count("response.completed") == 1 and events[-1]["type"] == "response.completed"
        assert "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta") == whole_responses(events[-1]["response"])[0]
        return whole_responses(events[-1]["response"])
    if dialect == "anthropic":
        kinds = [e["type"] for e in events if e["type"] != "ping"]
        assert kinds[0] == "message_start" and kinds[-1] == "message_stop" and kinds.count("message_start") == 1
        starts = [e for e in events if e["type"] == "content_block_start"]
        assert [e["index"] for e in starts] == list(range(len(starts)))
        text = "".join(e["delta"].get("text", "") for e in events if e["type"] == "content_block_delta")
        usage = next(e for e in events if e["type"] == "message_delta")["usage"]
        return text, [e["content_block"]["name"] for e in starts if e["content_block"]["type"] == "tool_use"], usage["input_tokens"], usage["output_tokens"]
    assert answer.text.endswith("data: [DONE]\n\n")
    events = [e for e in events if e != "[DONE]"]
    assert len({e["id"] for e in events}) == 1
    deltas = [c["delta"] for e in events for c in e["choices"]]
    calls = [c["function"]["name"] for d in deltas for c in d.get("tool_calls") or [] if c.get("id")]
    finishes = [c["finish_reason"] for e in events for c in e["choices"] if c.get("finish_reason")]
    assert finishes == ["tool_calls" if calls else "stop"]
    usage = ([e["usage"] for e in events if e.get("usage")] or [{"prompt_tokens": None, "completion_tokens": None}])[-1]
    return "".join(d.get("content") or "" for d in deltas), calls, usage["prompt_tokens"], usage["completion_tokens"]


def whole_openai(body):
    choice = body["choices"][0]
    calls = [c["function"]["name"] for c in choice["message"].get("tool_calls") or []]
    assert choice["finish_reason"] == ("tool_calls" if calls else "stop")
    return choice["message"]["content"] or "", calls, body["usage"]["prompt_tokens"], body["usage"]["completion_tokens"]


def whole_anthropic(body):
    calls = [b["name"] for b in body["content"] if b["type"] == "tool_use"]
    assert body["stop_reason"] == ("tool_use" if calls else "end_turn")
    return "".join(b.get("text", "") for b in body["content"]), calls, body["usage"]["input_tokens"], body["usage"]["output_tokens"]


def whole_ollama(body):
    return body["message"]["content"], [c["function"]["name"] for c in body["message"].get("tool_calls") or []], body["prompt_eval_count"], body["eval_count"]


def whole_responses(body):
    text = "".join(p["text"] for i in body["output"] if i["type"] == "message" for p in i["content"])
    return text, [i["name"] for i in body["output"] if i["type"] == "function_call"], body["usage"]["input_tokens"], body["usage"]["output_tokens"]


def as_told(dialect, text=None, *calls):
    """A reply of a provider that speaks the dialect: a text, then calls (name, arguments)."""
    if dialect == "openai":
        def reply(peer, request):
            made = [call(name, arguments, f"call_{n}") for n, (name, arguments) in enumerate(calls)]
            if not request.wants_stream():
                whole(text, calls=made or None, finish="tool_calls" if made else "stop")(peer, request)
                return
            pieces = [event({"tool_calls": [{**c, "index": n}]}) for n, c in enumerate(made)]
            stream(*([text] if text else []), *pieces, finish="tool_calls" if made else "stop", usage={"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12})(peer, request)
        return reply
    if dialect == "anthropic":
        made = [a.tool_use(name, arguments, f"toolu_{n}") for n, (name, arguments) in enumerate(calls)]
        return a.answer(*([text] if text else []), *made, stop="tool_use" if made else "end_turn")
    if dialect == "ollama":
        def reply(peer, request):
            message = {"role": "assistant", "content": text or ""}
            if calls:
                message["tool_calls"] = [o.call(name, arguments, f"call_{n}") for n, (name, arguments) in enumerate(calls)]
            (o.lines(message) if o.streams(request) else o.whole(message))(peer, request)
        return reply
    made = [rs.function_call(name, arguments, f"call_{n}", f"fc_{n}") for n, (name, arguments) in enumerate(calls)]
    return rs.ok(*([text] if text else []), *made)


# Dialect of the app, of the provider that answers, and how that is set up.
WAYS = [("openai", "openai"), ("anthropic", "anthropic"), ("responses", "responses"), ("ollama", "ollama"),
        ("openai", "ollama"), ("anthropic", "ollama"), ("responses", "ollama"), ("responses", "openai"), ("ollama", "openai"),
        ("openai", "anthropic"), ("anthropic", "openai")]


@pytest.fixture
def stage_for(start, cloud, claude, ollama, weather):
    """stage_for(provider's dialect) -> daemon, server: all that is asked goes to that one."""

    def stage_for(spoken, settings=None, **more):
        server = {"openai": cloud, "responses": cloud, "anthropic": claude, "ollama": ollama}[spoken]
        name = {"openai": "openai", "responses": "openai", "anthropic": "anthropic", "ollama": "ollama"}[spoken]
        return start(cloud, ollama, {
            **weather.settings("weather", "today"), "route.priority": name, "route.messages": name, "provider.anthropic.base_url": claude.url,
            "provider.anthropic.api_key": "sk-ant", "provider.anthropic.model": "claude-sim", "provider.openai.responses": "yes" if spoken == "responses" else "no",
            **(settings or {})}, **more), server

    return stage_for


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("app, spoken", WAYS, ids=["-".join(way) for way in WAYS])
def test_a_tool_is_run_between_two_rounds(stage_for, weather, app, spoken, streamed):
    daemon, server = stage_for(spoken)
    path = PATHS[spoken]
    server.script(as_told(spoken, "Let me see. ", ("weather__today", OSLO)), as_told(spoken, "It rains."), path=path)
    answer = daemon.post(PATHS[app], body_of(app, streamed, **({"stream_options": {"include_usage": True}} if app == "openai" and streamed else {})), ASK)
    assert answer.status == 200 and answer.complete
    text, calls, prompt, completion = told(app, answer)
    assert text == "Let me see. It rains." and calls == []
    assert weather.arguments("today") == [OSLO]
    first, second = chats(server)
    assert "weather__today" in json.dumps(first) and "rain in Oslo" not in json.dumps(first)
    assert "rain in Oslo" in json.dumps(second) and "weather__today" in json.dumps(second)
    assert (prompt, completion) == sums_of(app, spoken) if spoken != "ollama" else prompt > 0
    if not streamed:
        assert answer.header("x-understudy-tools") == "weather__today=1"
    elif app != "ollama":
        assert ": understudy tools weather__today=1\n" in answer.text
    assert answer.header("x-understudy-id") and "weather__" not in answer.text.replace(": understudy tools weather__today=1\n", "")


def sums_of(app, spoken):
    """Of two rounds. To others Anthropic's prompt is all of it, cached or not."""
    if spoken != "anthropic":
        return 18, 6
    read = a.USAGE["input_tokens"] + (app != "anthropic") * (a.USAGE["cache_creation_input_tokens"] + a.USAGE["cache_read_input_tokens"])
    return 2 * read, 2 * a.USAGE["output_tokens"]


@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
@pytest.mark.parametrize("app, spoken", WAYS[:4], ids=[way[0] for way in WAYS[:4]])
def test_a_turn_with_both_is_the_apps(stage_for, weather, app, spoken, streamed):
    daemon, server = stage_for(spoken)
    server.script(as_told(spoken, None, ("weather__today", OSLO), ("mine", {})), path=PATHS[spoken])
    answer = daemon.post(PATHS[app], body_of(app, streamed, tools=[OWN[app]]), ASK)
    assert answer.status == 200 and told(app, answer)[1] == ["mine"]
    assert weather.calls == [] and len(chats(server)) == 1
    assert "mine" in json.dumps(chats(server)[0]["tools"]) and "weather__today" in json.dumps(chats(server)[0]["tools"])


# ---- who asks

def test_a_heartbeat_of_a_round_goes_out(begin, cloud, weather):
    gate = Gate()
    cloud.script(ok_tools(TODAY), stream("dr", gate, "y"))
    client = begin({"server.heartbeat": "50ms"}).connect()
    client.request("POST", CHAT, body_of("openai", True), headers=list(ASK.items()))
    answer = client.head()
    gate.wait_reached()
    client.read_until(answer, "dr")
    client.read_until(answer, ": understudy")
    gate.open()
    client.finish(answer)
    assert answer.complete and answer.content == "dry" and answer.events[-1] == "[DONE]"


def test_nobody_asks_and_nothing_changes(begin, cloud, weather):
    cloud.script(ok("x"))
    daemon = begin()
    assert daemon.chat().status == 200
    assert "tools" not in cloud.requests[-1].json and weather.count("today") == 0


def test_the_body_asks(begin, cloud, weather):
    cloud.script(ok_tools(TODAY), ok("It rains."))
    daemon = begin()
    answer = daemon.chat(tools=[{"type": "mcp", "server_label": "weather"}])
    assert answer.content == "It rains." and answer.header("x-understudy-tools") == "weather__today=1"
    assert [t["function"]["name"] for t in cloud.requests[0].json["tools"]] == ["weather__today"]


def test_the_body_may_be_packed(begin, cloud, weather):
    cloud.script(ok_tools(TODAY), ok("It rains."))
    daemon = begin()
    body = json.dumps(body_of("openai", False, tools=[{"type": "mcp", "server_label": "weather"}])).encode()
    answer = daemon.post(CHAT, gzip.compress(body), {"Content-Encoding": "gzip", "Content-Type": "application/json"})
    assert answer.content == "It rains." and weather.count("today") == 1
    assert cloud.requests[0].header("content-encoding") is None


def test_a_token_asks(begin, cloud, weather, start):
    start.unsent = None  # its metrics want the token, too
    cloud.script(ok_tools(TODAY), ok("It rains."), ok("Nothing."))
    daemon = begin({"token.desk.secret": "tok", "token.desk.tools": "weather"})
    headers = {"Authorization": "Bearer tok"}
    assert daemon.chat(headers=headers).header("x-understudy-tools") == "weather__today=1"
    assert daemon.chat(headers={**headers, "x-understudy-tools": "none"}).content == "Nothing."
    assert "tools" not in cloud.requests[-1].json
    assert "tok" not in str([q.headers for q in weather.requests])


@pytest.mark.parametrize("tools, words", [
    ([{"type": "mcp", "server_label": "wether"}], "there is no [tool wether]"),
    ([{"type": "mcp", "server_label": "weather", "server_url": "http://127.0.0.1:1/mcp"}], "server_url"),
    ([{"type": "mcp"}], "server_label"),
    ([{"type": "mcp", "server_label": "weather"}, {"type": "function", "function": {"name": "weather__today"}}], "weather__today"),
])
def test_what_cannot_be_asked_is_400(begin, cloud, weather, tools, words):
    daemon = begin()
    answer = daemon.chat(tools=tools)
    assert answer.status == 400 and words in answer.error["message"] and answer.header("x-should-retry") == "false"
    assert cloud.requests == [] and weather.calls == []
    wait_until(lambda: [l["status"] for l in daemon.log(event="exchange")] == ["400"], "it is in the log")


def test_a_server_is_refused_also_where_there_is_no_tool(start, cloud, ollama):
    daemon = start(cloud, ollama)
    for tool, words in (({"server_url": "http://127.0.0.1:1/mcp"}, "server_url"), ({"server_label": "x"}, "nor any other [tool NAME]")):
        answer = daemon.chat(tools=[{"type": "mcp", **tool}])
        assert answer.status == 400 and words in answer.error["message"]
    answer = daemon.chat(headers=ASK)
    assert answer.status == 400 and "nor any other [tool NAME]" in answer.error["message"]
    assert cloud.requests == []


def test_an_empty_body_is_400(begin, cloud):
    daemon = begin()
    for path in (CHAT, MESSAGES, API_CHAT):
        assert daemon.post(path, {}, ASK).status == 400, path
    assert cloud.requests == [] and daemon.get("/healthz").status == 200


def test_a_tool_that_the_provider_runs_stays(stage_for, weather):
    """In Responses {"type": "mcp"} is OpenAI's own."""
    daemon, server = stage_for("responses")
    hosted = {"type": "mcp", "server_label": "deepwiki", "server_url": "https://mcp.example/mcp", "require_approval": "never"}
    server.script(as_told("responses", "Let me see. ", ("weather__today", OSLO)), as_told("responses", "It rains."), path=RESPONSES)
    answer = daemon.post(RESPONSES, body_of("responses", False, tools=[hosted]), ASK)
    assert told("responses", answer)[0] == "Let me see. It rains." and weather.count("today") == 1
    assert [q["tools"][0] for q in chats(server)] == [hosted, hosted]


def test_an_unknown_name_in_the_header_is_400(begin, cloud):
    answer = begin().chat(headers={"x-understudy-tools": "weather, wether"})
    assert answer.status == 400 and "there is no [tool wether] in the settings; there are: weather" in answer.error["message"]
    assert cloud.requests == []


def test_names_of_the_apps_are_its_own_where_nobody_asks(begin, cloud):
    cloud.script(ok_tools(TODAY))
    answer = begin().chat(tools=[{"type": "function", "function": {"name": "weather__today"}}])
    assert answer.json["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "weather__today"


# ---- what can go wrong with a tool

def test_a_server_that_is_down_takes_its_tools_only(begin, cloud, weather):
    weather.stop_listening()
    cloud.script(ok("Without."))
    daemon = begin()
    answer = daemon.chat(headers=ASK)
    assert answer.content == "Without." and answer.header("x-understudy-dropped") == "tool:weather"
    assert daemon.wait_for_log(event="exchange")["dropped"] == "tool:weather"
    assert "tools" not in cloud.requests[0].json


def test_what_a_server_that_is_down_has_is_never_the_apps(begin, cloud, weather):
    weather.stop_listening()
    cloud.script(ok_tools(TODAY), ok("Sorry."))
    answer = begin().chat(headers=ASK)
    assert answer.content == "Sorry." and "weather__" not in answer.text
    assert cloud.requests[1].json["messages"][-1]["content"] == "[tool error] no such tool"


def test_the_wish_stays_here(begin, cloud, weather):
    """Neither the cloud nor a tool's server gets a header, a key or a token that is not its own."""
    cloud.script(ok_tools(TODAY), ok("It rains."))
    begin({"provider.openai.api_key": "sk-cloud-key"}).chat(headers={**ASK, "Authorization": "Bearer sk-of-the-app", "Cookie": "c=1"})
    assert [q.header("x-understudy-tools") for q in cloud.requests] == [None, None]
    assert [h for q in weather.requests for h in q.headers if "sk-" in str(h) or h[0].lower() in ("cookie", "traceparent")] == []


def test_a_web_page_cannot_ask(begin, cloud, weather):
    answer = begin().chat(headers={**ASK, "Origin": "https://evil.example"})
    assert answer.status == 403 and cloud.requests == [] and weather.calls == []


def test_what_is_not_allowed_is_not_offered(begin, cloud, weather):
    cloud.script(ok_tools(call("weather__alerts", {})), ok("Sorry."))
    answer = begin().chat(headers=ASK)
    assert answer.content == "Sorry." and weather.calls == []
    assert [t["function"]["name"] for t in cloud.requests[0].json["tools"]] == ["weather__today"]
    assert cloud.requests[1].json["messages"][-1]["content"] == "[tool error] no such tool"


def test_nothing_is_allowed_by_default(start, cloud, ollama, weather):
    cloud.script(ok("x"))
    daemon = start(cloud, ollama, {"tool.weather.url": weather.address})
    assert daemon.chat(headers=ASK).header("x-understudy-dropped") == "tool:weather"


def test_a_server_without_the_tools_that_are_allowed_is_told_in_the_log(begin, cloud):
    cloud.script(ok("x"))
    daemon = begin(allow="todya")
    said = daemon.wait_for_log(event="tool_server")
    assert (said["tool"], said["message"]) == ("weather", "it has none of the tools that are allowed")
    assert daemon.chat(headers=ASK).header("x-understudy-dropped") == "tool:weather"


def fails():
    raise ToolError("no such city")


@pytest.mark.parametrize("answer, broken, words", [
    (lambda a: fails(), None, "no such city"), ("", "hang", "did not answer"), ("", "status", "500"),
])
def test_a_call_that_fails_is_told_to_the_model(begin, cloud, weather, answer, broken, words):
    weather.tool("today", answer, broken={"hang": silent(), "status": status(500), None: None}[broken])
    cloud.script(ok_tools(TODAY), ok("I do not know."))
    daemon = begin({"tool.weather.timeout": "300ms"})
    reply = daemon.chat(headers=ASK)
    assert reply.content == "I do not know." and reply.header("x-understudy-tools") == "weather__today=1"
    message = cloud.requests[1].json["messages"][-1]
    assert message["role"] == "tool" and message["content"].startswith("[tool error] ") and words in message["content"]
    assert weather.count("today") == 1


def test_a_long_result_is_cut(begin, cloud, weather):
    weather.tool("today", "x" * 100000)
    cloud.script(ok_tools(TODAY), ok("Long."))
    daemon = begin({"tools.max_result": "1K"})
    assert daemon.chat(headers=ASK).content == "Long."
    content = cloud.requests[1].json["messages"][-1]["content"]
    assert content.startswith("x" * 900) and len(content) < 1200 and not content.endswith("x")


def test_rounds_have_an_end(begin, cloud, weather):
    cloud.script(ok_tools(TODAY), ok_tools(TODAY), ok("Enough."))
    daemon = begin({"tools.max_iterations": 2})
    answer = daemon.chat(headers=ASK, tool_choice="auto", parallel_tool_calls=True)
    assert answer.content == "Enough." and weather.count("today") == 2
    assert [("tools" in q.json, "tool_choice" in q.json, "parallel_tool_calls" in q.json) for q in cloud.requests] == [
        (True, True, True), (True, True, True), (False, False, False)]
    assert answer.header("x-understudy-attempts") == "openai=3"


def test_a_tool_that_had_to_be_called_was(begin, cloud, weather):
    cloud.script(ok_tools(TODAY), ok("Done."))
    assert begin().chat(headers=ASK, tool_choice="required").content == "Done."
    assert [q.json.get("tool_choice") for q in cloud.requests] == ["required", None]


# ---- fallback

@pytest.mark.parametrize("streamed", [False, True], ids=["whole", "stream"])
def test_a_fallback_goes_on_with_what_was_run(begin, cloud, ollama, weather, streamed):
    cloud.script(ok_tools(TODAY), status(503), status(503))
    ollama.script(o.tools(o.call("weather__today", {"city": "Bergen"})), o.text("Both rain."))
    daemon = begin()
    answer = daemon.chat(headers=ASK, stream=streamed)
    assert answer.content == "Both rain."
    assert weather.arguments("today") == [OSLO, {"city": "Bergen"}]
    first, second = chats(ollama)
    assert "rain in Oslo" in json.dumps(first) and "rain in Bergen" in json.dumps(second)
    assert len(cloud.requests) == 3  # the third round stays with Ollama
    assert answer.header("x-understudy-provider") == "ollama"
    assert answer.header("x-understudy-fallback") == "server"
    if not streamed:
        assert answer.header("x-understudy-attempts") == "openai=3, ollama=2"
        assert answer.header("x-understudy-tools") == "weather__today=2"


def test_all_fail_after_a_call(begin, cloud, ollama, weather):
    cloud.script(ok_tools(TODAY), status(503))
    ollama.script(status(500))
    for streamed in (False, True):
        cloud.script(ok_tools(TODAY), status(503))
        answer = begin().chat(headers=ASK, stream=streamed)
        assert answer.status == 502 and answer.error["type"] == "all_providers_failed", streamed


def test_a_stream_that_breaks_runs_nothing(begin, cloud, weather):
    piece = event({"tool_calls": [{**TODAY, "index": 0}]})
    cloud.script(cut_stream("Let me see. ", piece))
    answer = begin({"route.priority": "openai", "retry.attempts": 1}).chat(headers=ASK, stream=True)
    assert not answer.complete and "Let me see." in answer.text and '"error"' in answer.text and "[DONE]" not in answer.text
    assert weather.calls == []


# ---- what is told of it

def test_one_line_tells_of_all_rounds(begin, cloud, weather, tmp_path):
    usage = tmp_path / "usage.jsonl"
    cloud.script(ok_tools(TODAY), ok("It rains."))
    daemon = begin({"log.usage_file": str(usage)})
    answer = daemon.chat(headers=ASK)
    wait_until(lambda: daemon.log(event="exchange"), "the exchange is logged")
    [line] = daemon.log(event="exchange")
    assert line["tools"] == "weather__today=1" and line["attempts"] == "openai=2" and line["prompt_tokens"] == "18"
    [record] = [json.loads(l) for l in usage.read_text().splitlines()]
    [tool] = record["tools"]
    assert (tool["name"], tool["ok"], tool["end"]) == ("weather__today", True, "ok") and tool["ms"] >= 0
    assert len(record["attempts"]) == 2 and record["prompt_tokens"] == 18 and record["tool_calls"] == 0
    assert daemon.get("/status.json").json["exchanges"][0]["tools"] == record["tools"]
    assert daemon.metric("tool_calls_total", tool="weather__today", result="ok") == 1
    assert daemon.metric("tool_duration_seconds_count") == 1
    assert daemon.metric("requests_total", provider="openai", code="200", fallback="no", client="") == 1
    assert daemon.metric("tokens_total", provider="openai", model="gpt-4", kind="prompt", client="") == 18
    assert daemon.log(event="exchange")[0]["id"] == answer.header("x-understudy-id")
    assert "Oslo" not in daemon.log_text() and "rain in" not in daemon.log_text()


def test_local_on_bars_servers_out_there(start, cloud, ollama, tmp_path):
    switch = Switch(tmp_path)
    daemon = start(cloud, ollama, {"tool.far.url": "http://tools.example:8001/mcp", "tool.far.allow": "*"}, env=switch.env)
    switch.set("on")
    cloud.script(ok("Here."))
    answer = daemon.chat(headers={"x-understudy-tools": "far"})
    assert answer.content == "Here." and answer.header("x-understudy-dropped") == "tool:far"


# ---- official clients

def test_the_anthropic_sdk_takes_it_for_one_stream(stage_for, weather):
    daemon, claude = stage_for("anthropic")
    claude.script(as_told("anthropic", "Let me see. ", ("weather__today", OSLO)), as_told("anthropic", "It rains."), path=MESSAGES)
    client = anthropic.Anthropic(api_key="sk", base_url=daemon.base_url.removesuffix("/v1"), default_headers=ASK)
    with client.messages.stream(model="claude-sim", max_tokens=100, messages=[{"role": "user", "content": "hi"}]) as events:
        message = events.get_final_message()
    assert "".join(b.text for b in message.content) == "Let me see. It rains." and message.stop_reason == "end_turn"
    client.close()


def test_the_openai_sdk_runs_its_own_tools_beside_ours(begin, cloud, weather):
    cloud.script(ok_tools(TODAY), ok_tools(call("mine", {"n": 1}, "call_9")))
    client = begin().openai(default_headers=ASK)
    answer = client.chat.completions.create(model="gpt-4", messages=[{"role": "user", "content": "hi"}], tools=[OWN["openai"]])
    assert [c.function.name for c in answer.choices[0].message.tool_calls] == ["mine"] and weather.count("today") == 1
