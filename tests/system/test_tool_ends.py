"""Tools that the daemon runs: how an exchange ends that cannot go on. Never as half an answer without an error."""
import gzip
import json
import signal

import pytest

from daemon import wait_until
from sim import responses as rs
from sim.cloud import RESPONSES, call, event, ok, ok_tools, stall_stream
from sim.net import Gate
from sim.reply import held
from test_tools import ASK, CHAT, OSLO, PATHS, TODAY, as_told, begin, body_of, stage_for, weather  # noqa: F401

PIECE = event({"tool_calls": [{**TODAY, "index": 0}]})
STALLED = {"openai": stall_stream(PIECE), "responses": rs.cut(rs.function_call("weather__today", OSLO, "call_0", "fc_0"), how="stall")}


# ---- the daemon stops

@pytest.mark.parametrize("before", [0, 1], ids=["first", "second"])
@pytest.mark.parametrize("spoken", STALLED)
def test_a_stop_is_told_where_nothing_but_a_call_has_come(stage_for, weather, spoken, before):
    """The app has nothing of such a round, which else is asked once more: no longer, as the time to drain is over."""
    daemon, server = stage_for(spoken, {"server.drain_timeout": "100ms", "retry.attempts": 1})
    server.script(*[as_told(spoken, None, ("weather__today", OSLO))] * before, STALLED[spoken], path=PATHS[spoken])
    client = daemon.connect()
    client.request("POST", PATHS[spoken], body_of(spoken, True), ASK)
    wait_until(lambda: [q for q in server.requests if q.path == PATHS[spoken]][before:] and server.requests[-1].sent, "the round has begun")
    daemon.signal(signal.SIGTERM)
    answer = client.response()
    assert answer.status == 503 and answer.error["code"] == "shutting_down" and answer.header("Retry-After") == "1"
    assert daemon.wait_exit() == 0
    assert [l["status"] for l in daemon.log(event="exchange")] == ["503"]
    assert len([q for q in server.requests if q.path == PATHS[spoken]]) == before + 1


# ---- more than can be taken apart

@pytest.mark.parametrize("begins", ["Let me see.", None], ids=["told", "untold"])
def test_a_stream_with_too_many_calls_ends_with_an_error(begin, cloud, weather, begins):
    cloud.script(as_told("openai", begins, *[("weather__today", OSLO)] * 1100))
    daemon = begin({"route.priority": "openai", "retry.attempts": 1})
    answer = daemon.chat(headers=ASK, stream=True)
    assert answer.status == 200 and not answer.complete and "[DONE]" not in answer.text
    assert "calls too many tools" in [e for e in answer.events if isinstance(e, dict)][-1]["error"]["message"]
    assert weather.calls == []


# ---- no memory for it

def test_a_packed_body_that_has_no_room_is_503(begin, cloud, weather):
    """It stays as it came: the second look at it is no error of the app's."""
    gate = Gate()
    cloud.script(held(gate, ok("Late.")))
    daemon = begin({"server.max_body": "100K", "server.max_body_total": "120K", "route.priority": "openai"})
    body = {**body_of("openai", False), "user": "x" * 80000}
    client = daemon.connect()
    client.request("POST", CHAT, body)
    gate.wait_reached()
    packed = gzip.compress(json.dumps(body).encode())
    for _ in range(3):
        answer = daemon.post(CHAT, packed, {**ASK, "Content-Encoding": "gzip", "Content-Type": "application/json"})
        assert answer.status == 503 and answer.error["code"] == "max_body_total" and answer.header("Retry-After") == "1"
    gate.open()
    assert client.response().content == "Late."
    cloud.script(ok_tools(call("weather__today", OSLO)), ok("It rains."))
    assert daemon.chat(headers=ASK).content == "It rains."
