"""A conversation with tools, of an app of Anthropic's API, that begins at the cloud, goes on locally and
ends at the cloud: what one has said is a legal history for the other. (Chat: test_conversation.py;
Responses and Ollama's own: test_a_conversation_that_changes_sides, in the files of their dialects.)"""
import pytest

from ledger import both
from messages import HI, MODEL, ONCE, TOOL, with_claude
from official import claude_app
from sim import anthropic as a
from sim import cloud as c
from sim import ollama as o

ROME, MALMO = {"city": "Rome"}, {"city": "Malmö <&>"}


def turn(app, messages, streamed):
    """Asks, answers the calls, and returns the longer conversation."""
    asked = {"model": MODEL, "max_tokens": 500, "messages": messages, "tools": [TOOL],
             "thinking": {"type": "adaptive"}}
    if streamed:
        with app.messages.stream(**asked) as events:
            message = events.get_final_message()
    else:
        message = app.messages.create(**asked)
    results = [{"type": "tool_result", "tool_use_id": b.id, "content": f"rain in {b.input['city']}"}
               for b in message.content if b.type == "tool_use"]
    said = [*messages, {"role": "assistant", "content": [b.to_dict() for b in message.content]}]
    return [*said, {"role": "user", "content": results}] if results else said


@both
@pytest.mark.parametrize("other", ["ollama", "openai"])
def test_it_changes_sides_twice(start, claude, cloud, ollama, other, streamed):
    claude.script(a.ok_tools(a.tool_use("weather", ROME, "toolu_01Rome"), first=("Let me see.",)),
                  a.overloaded(), a.ok("Rain in both."))
    ollama.models = [o.THINKING]
    ollama.script(o.tools(o.call("weather", MALMO, "call_ab12cd34")))
    cloud.script(c.ok_tools(c.call("weather", MALMO, "call_ab12cd34")))
    daemon = with_claude(start, claude, ollama, {**ONCE, "route.messages": f"anthropic, {other}",
                                                 "provider.ollama.model": "auto"}, cloud=cloud)
    app = claude_app(daemon.url)
    daemon.close_at_end(app)
    messages = [HI]
    for _ in range(3):
        messages = turn(app, messages, streamed)
    assert messages[-1]["content"][0]["text"] == "Rain in both." and app.requests == 3
    # The local one has read what the cloud had said, and what came of it.
    heard = (ollama if other == "ollama" else cloud).chats[-1].json["messages"]
    roles = [m["role"] for m in heard]
    assert roles == ["user", "assistant", "tool"] and heard[1]["content"] == "Let me see."
    assert "Rome" in str(heard[1]["tool_calls"]) and "rain in Rome" in str(heard[2])
    # And the cloud gets all of it back: its own as it was, the other's with an id that it takes.
    last = claude.chats[-1].json["messages"]
    uses = [b for m in last for b in m["content"] if isinstance(b, dict) and b["type"] == "tool_use"]
    results = [b for m in last for b in m["content"] if isinstance(b, dict) and b["type"] == "tool_result"]
    assert [(u["name"], u["input"]) for u in uses] == [("weather", ROME), ("weather", MALMO)]
    assert [r["tool_use_id"] for r in results] == [u["id"] for u in uses]
    assert uses[0]["id"] == "toolu_01Rome" and len({u["id"] for u in uses}) == 2
