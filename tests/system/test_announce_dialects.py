"""[route] announce, in the dialects other than OpenAI's, and who is never announced."""
import test_responses_translated as responses
from ledger import both
from messages import ask, said, with_claude
from sim import anthropic as a
from sim import cloud as c
from test_announce import PREFIX, SUFFIX, either


@both
@either
def test_in_messages(start, claude, ollama, settings, text, streamed):
    claude.script(a.overloaded())
    assert said(ask(with_claude(start, claude, ollama, settings), stream=streamed)) == text


@both
@either
def test_in_responses(start, cloud, ollama, settings, text, streamed):
    cloud.script(c.status(503), path=c.RESPONSES)
    assert responses.said(responses.ask(start(cloud, ollama, settings), stream=streamed)) == text


@both
def test_the_first_provider_is_not_announced(start, cloud, claude, ollama, streamed):
    daemon = with_claude(start, claude, ollama, PREFIX, cloud=cloud)
    assert daemon.chat(stream=streamed).content == "cloud heard: Hi"
    assert said(ask(daemon, stream=streamed)) == "claude heard: Hi"


@both
def test_never_with_tools(start, cloud, claude, ollama, streamed):
    claude.script(a.overloaded())
    cloud.script(c.status(503), path=None)
    daemon = with_claude(start, claude, ollama, SUFFIX, cloud=cloud)
    tool = {"name": "f", "input_schema": {"type": "object"}}
    assert said(ask(daemon, stream=streamed, tools=[tool])) == "ollama heard: Hi"
    assert responses.said(responses.ask(daemon, stream=streamed, tools=[responses.FUNCTION])) == \
        "ollama heard: Hi"
