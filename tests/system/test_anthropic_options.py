"""What a model of Anthropic's refuses by its name is left out, asked for once more, and named."""
import pytest

from ledger import truth
from sim import anthropic as a

CHAT = "/v1/chat/completions"
HI = {"role": "user", "content": "Hi"}
SETTINGS = {"route.priority": "anthropic", "provider.anthropic.model": "claude-sonnet-5-5"}


def daemon_of(start, claude):
    return start(None, None, {"provider.anthropic.base_url": claude.url, **SETTINGS},
                 env={"UNDERSTUDY_PROVIDER_ANTHROPIC_API_KEY": "sk-ant-own"})


@pytest.mark.parametrize("more, words, dropped", [
    ({"temperature": 0.3}, "temperature: Extra inputs are not permitted", "temperature"),
    ({"temperature": 0.3}, "`temperature` is deprecated for this model.", "temperature"),
    ({"reasoning_effort": "low"}, "adaptive thinking is not supported on this model",
     "reasoning_effort"),
    ({"reasoning_effort": "low"}, "This model does not support the effort parameter.",
     "reasoning_effort"),
])
def test_an_option_that_is_refused(start, claude, more, words, dropped):
    claude.script(a.error(400, words), a.ok("fine"))
    answer = daemon_of(start, claude).post(CHAT, {"model": "gpt-4", "messages": [HI], **more})
    assert answer.status == 200 and answer.json["choices"][0]["message"]["content"] == "fine"
    assert answer.header("x-understudy-dropped") == dropped
    assert truth(answer)["fallback"] is None and len(claude.chats) == 2
    first, second = (request.json for request in claude.chats)
    assert {k for k in first if k not in second} in ({"temperature"}, {"thinking", "output_config"})


def test_another_refusal_is_told(start, claude):
    claude.script(a.error(400, "max_tokens: 99999 > 64000, which is the maximum allowed"))
    answer = daemon_of(start, claude).post(CHAT, {"model": "gpt-4", "messages": [HI],
                                                 "temperature": 0.3, "max_tokens": 99999})
    assert answer.status == 400 and "64000" in answer.error["message"] and len(claude.chats) == 1
