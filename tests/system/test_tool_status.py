"""What /status and `check` tell of the servers of tools."""
import json
import subprocess

import pytest

from daemon import BINARY, PATIENCE, environment, wait_until
from sim import mcp, reply as r


def tool_servers_of(daemon):
    return {s["name"]: s for s in daemon.get("/status.json").json["tool_servers"]}


def settled(daemon):
    """Once each has answered, or not."""
    wait_until(lambda: all(s["state"] != "asked" for s in tool_servers_of(daemon).values()), "a state of each")
    return tool_servers_of(daemon)


@pytest.fixture
def checked(folder, cloud, ollama):
    """checked(server=..., ...) -> the object that `check --json` prints, and the lines of `check`; with [tool NAME] of each."""
    def check(settings):
        ini = folder / "check.ini"
        providers = {"provider.openai.base_url": cloud.url + "/v1", "provider.ollama.base_url": ollama.url,
                     "server.listen": f"unix:{folder}/none.sock", "connectivity.check_url": ""}
        ini.write_text("")
        flags = [word for k, v in {**providers, **settings}.items() for word in ("-s", f"{k}={v}")]

        def run(*more):
            return subprocess.run([BINARY, "check", "-c", ini, *flags, *more], capture_output=True, text=True, timeout=6 * PATIENCE,
                                  env=environment(folder, {"OPENAI_API_KEY": "sk-cloud", "NO_COLOR": "1"}))

        told = run("--json")
        lines = run()
        assert "level=" not in told.stderr + lines.stderr
        assert "sk-tool" not in told.stdout + told.stderr + lines.stdout + lines.stderr
        return json.loads(told.stdout), lines.stdout
    return check


def only(found, name):
    report, lines = found
    tool = next(t for t in report["tools"] if t["name"] == name)
    findings = [(f["what"], f["to_do"]) for f in report["findings"] if f["about"] == name]
    line = next(line for line in lines.splitlines() if line.startswith(f"tool {name}: "))
    return tool, findings, line


# ---- /status


def test_a_server_that_is_there_and_one_that_is_not(start, cloud, ollama, tool_servers, folder):
    weather, notes = tool_servers(era="handshake"), tool_servers(socket=folder / "n.sock")
    for name in ("today", "week", "alarm"):
        weather.tool(name, "sunny")
    notes.stop_listening()
    daemon = start(cloud, ollama, {**weather.settings("weather", allow="today, week"), **notes.settings("notes")})
    told = settled(daemon)
    assert told["weather"] == {"name": "weather", "state": "ready", "url": weather.address, "is_local": True, "era": "2025-11-25",
                               "listed": 3, "tools": 2, "why": None}
    assert (told["notes"]["state"], told["notes"]["tools"]) == ("down", 0)
    assert told["notes"]["why"].startswith("it was not reached: ")
    text = daemon.get("/status").text
    assert f"\nweather (tools) {weather.address}\n  offers 2 of its 3 tools; MCP 2025-11-25\n" in text
    assert f"\nnotes (tools) unix:{folder}/n.sock\n  offers nothing: it was not reached: " in text


def test_one_that_allows_nothing_is_not_asked(start, cloud, ollama, tool_server):
    tool_server.tool("today", "sunny")
    daemon = start(cloud, ollama, {"tool.weather.url": tool_server.address})
    assert settled(daemon)["weather"]["state"] == "off"
    assert tool_server.requests == []


# ---- check


def test_all_of_it_is_well(checked, tool_server):
    tool_server.tool("today", "sunny")
    tool_server.tool("week", "sunny")
    tool_server.key = "sk-tool"
    tool, findings, line = only(checked(tool_server.settings("weather", allow="today", api_key="sk-tool")), "weather")
    assert tool == {"name": "weather", "url": tool_server.address, "local": True, "reachable": True, "era": "2026-07-28",
                    "message": None, "listed": 2, "allowed": 1,
                    "tools": [{"name": "today", "allowed": True}, {"name": "week", "allowed": False}]}
    assert findings == []
    assert line == "tool weather: 2 tools, 1 of them allowed; MCP 2026-07-28"


def test_a_socket_and_the_older_era(checked, tool_servers, folder):
    server = tool_servers(era="handshake", version="2025-06-18", socket=folder / "t.sock")
    server.tool("today", "sunny")
    tool, findings, line = only(checked(server.settings("notes")), "notes")
    assert (tool["url"], tool["era"], tool["allowed"], findings) == (f"unix:{folder}/t.sock", "2025-06-18", 1, [])


def test_without_an_allow_its_names_are_told(checked, tool_server):
    tool_server.tool("today", "sunny")
    tool_server.tool("week", "sunny")
    tool, findings, line = only(checked({"tool.weather.url": tool_server.address}), "weather")
    assert (tool["listed"], tool["allowed"]) == (2, 0)
    assert findings == [("none of its tools is allowed", "name some in [tool weather] allow, or * for all: today, week")]
    assert line.endswith("; none of its tools is allowed: name some in [tool weather] allow, or * for all: today, week")


def test_a_name_that_it_has_not(checked, tool_server):
    tool_server.tool("today", "sunny")
    _, findings, _ = only(checked(tool_server.settings("weather", allow="tody")), "weather")
    assert findings == [('it has no tool "tody", which its allow names', "write today into [tool weather] allow")]


@pytest.mark.parametrize("reply, what, to_do", [
    (r.status(401), "answered with status 401", "put a key that it takes into [tool weather] api_key"),
    (r.status(404), "status 404", "mend [tool weather] url: the path of most servers is /mcp"),
    (r.status(500), "answered with status 500", "look into the log of the server of [tool weather]"),
    (r.redirect("http://127.0.0.1:1/mcp"), "redirects to http://127.0.0.1:1/mcp (status 302)",
     "write the address that it sends to into [tool weather] url"),
    (r.html_200(), "not MCP", "mend [tool weather] url: the path of most servers is /mcp"),
    (r.close_before_answer(), "before it answered", "look into the log of the server of [tool weather]"),
], ids=["401", "404", "500", "redirect", "html", "closed"])
def test_what_is_wrong_is_told_with_what_helps(checked, tool_server, reply, what, to_do):
    tool_server.script("*", reply)
    tool, findings, line = only(checked(tool_server.settings("weather")), "weather")
    assert not tool["reachable"] and what in tool["message"]
    assert len(findings) == 1 and what in findings[0][0] and findings[0][1] == to_do
    assert what in line and line.endswith(f"; {to_do}")


def test_a_server_that_does_not_run(checked, tool_servers, folder):
    http, lines = tool_servers(), tool_servers(socket=folder / "t.sock")
    http.stop_listening()
    lines.stop_listening()
    found = checked({**http.settings("weather"), **lines.settings("notes")})
    assert only(found, "weather")[1][0][1] == "start its server, or mend [tool weather] url"
    assert only(found, "notes")[1][0][1] == "start what makes the socket of [tool notes], or mend its url"


def test_one_that_is_wrong_does_not_change_the_status(checked, tool_server):
    """The route can answer without tools."""
    tool_server.script("*", r.status(500))
    assert checked(tool_server.settings("weather"))[0]["can_answer"]
