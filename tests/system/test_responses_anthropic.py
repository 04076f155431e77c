"""POST /v1/responses, answered by a provider of type anthropic."""
from ledger import both
from messages import MODEL, with_claude
from official import whole_response
from sim import anthropic as a
from test_responses_translated import CUSTOM, FUNCTION, PATCH, ask


@both
def test_anthropic_answers(start, claude, ollama, streamed):
    claude.script(a.answer(a.thinking("Let me see."), "I look.",
                           a.tool_use("weather", {"city": "Malmö"}, "toolu_01A"),
                           a.tool_use("apply_patch", {"input": PATCH}, "toolu_01B"), stop="tool_use"))
    daemon = with_claude(start, claude, ollama, {"route.priority": "anthropic",
                                                 "provider.anthropic.model": MODEL})
    response = whole_response(ask(daemon, stream=streamed, tools=[FUNCTION, CUSTOM]))
    assert [i["type"] for i in response["output"]] == ["reasoning", "message", "function_call",
                                                       "custom_tool_call"]
    assert response["output"][3]["input"] == PATCH
    assert claude.chats[0].json["tools"][1]["name"] == "apply_patch"
    usage = response["usage"]
    assert usage["input_tokens"] == 16 and usage["input_tokens_details"]["cached_tokens"] == 4


@both
def test_a_refusal_is_incomplete(start, claude, ollama, streamed):
    claude.script(a.refusal("I cannot."))
    daemon = with_claude(start, claude, ollama, {"route.priority": "anthropic, ollama",
                                                 "provider.anthropic.model": MODEL})
    response = whole_response(ask(daemon, stream=streamed))
    assert response["status"] == "incomplete" and ollama.chats == []
    assert response["incomplete_details"]["reason"] == "content_filter"
