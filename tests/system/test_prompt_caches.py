"""A provider's prompt cache is kept: what it is known by arrives as the app sent it, and a conversation
stays with the provider that has it while that one works."""
import hashlib
import json

import pytest

from daemon import CLOUD_KEY
from ledger import both, from_cloud, truth
from messages import HEAD, OWN_KEY, with_claude
from sim import Cloud, Gate
from sim import anthropic as a
from sim.cloud import held, ok, ok_response, openai_error, status, stream
from sim.world import Clock

CHAT, MESSAGES, RESPONSES = "/v1/chat/completions", "/v1/messages", "/v1/responses"
TURNS = 6
# By these headers one or another cloud, or a gateway before it, knows a conversation again.
SESSION = [("session_id", "0199-a"), ("conversation_id", "0199-b"), ("x-session-affinity", "s-1"), ("x-session-id", "s-2"),
           ("x-grok-conv-id", "c-1"), ("x-claude-code-session-id", "cc-1"), ("x-client-request-id", "r-1"),
           ("originator", "codex_cli_rs"), ("helicone-session-id", "h-1"), ("X-Mixed-Case", "Kept")]
# What a body is known by; escapes, blanks and numbers as no writer of ours has them.
KNOWN_BY = (b'"prompt_cache_key" : "k\\u00e9y", "prompt_cache_retention":"24h","safety_identifier":"u-1",\n"user":"u", "seed": 1.0,'
            b'"metadata":{"a":"\\/"}')
CACHED = b'"cache_control":{ "type":"ephemeral","ttl":"1h" }'
CHAT_BODY = (b'{"model":"gpt-4", %s , "messages":[{"role":"system","content":[{"type":"text","text":"S\\u00e9", %s}]},'
             b'{"role":"user","content":"Hi"}],"stream":%%s}\n' % (KNOWN_BY, CACHED))
RESPONSES_BODY = b'{"model":"gpt-4", %s , "store":false,"input":"H\\u0069","stream":%%s}' % KNOWN_BY
MESSAGES_BODY = (b'{"model":"claude-sonnet-5-5","max_tokens":9,"metadata":{"user_id":"u\\u002d1"}, %s,"system":[{"type":"text","text":'
                 b'"S\\u00e9", %s}],"messages":[{"role":"user","content":[{"type":"text","text":"Hi",%s}]}],"stream":%%s}'
                 % (CACHED, CACHED, CACHED))


@pytest.fixture
def second():
    server = Cloud()
    yield server
    server.stop()


def three(start, cloud, second, ollama, settings=None, **more):
    """Two clouds, and Ollama behind them."""
    return start(cloud, ollama, {"provider.second.type": "openai", "provider.second.base_url": second.url + "/v1",
                                 "provider.second.api_key": "none", "route.priority": "openai, second, ollama",
                                 **(settings or {})}, **more)


def digest(body, headers):
    """Of the body's bytes, and of these fields in their order."""
    named = [f"{name.lower()}: {value}\n" for name, value in headers if name.lower() in {n.lower() for n, _ in SESSION}]
    return hashlib.sha256(body + "".join(named).encode()).hexdigest()


def as_asked(body, streamed):
    return body % (b"true" if streamed else b"false")


@both
@pytest.mark.parametrize("path, body, reply", [(CHAT, CHAT_BODY, ok("fine")), (RESPONSES, RESPONSES_BODY, ok_response("fine"))],
                         ids=["chat", "responses"])
def test_a_cloud_gets_what_its_cache_goes_by(start, cloud, ollama, path, body, reply, streamed):
    """Also the second time, after a try that failed."""
    cloud.script(status(503), reply, path=path)
    body = as_asked(body, streamed)
    answer = start(cloud, ollama).post(path, body, SESSION)
    assert answer.status == 200, answer.text
    asked = cloud.to(path)
    assert [digest(r.body, r.headers) for r in asked] == [digest(body, SESSION)] * 2
    assert {r.header("authorization") for r in asked} == {"Bearer " + CLOUD_KEY}


@both
def test_anthropic_gets_what_its_cache_goes_by(start, claude, ollama, streamed):
    claude.script(a.overloaded(), a.ok("fine"))
    daemon = with_claude(start, claude, ollama)
    body = as_asked(MESSAGES_BODY, streamed)
    answer = daemon.post(MESSAGES, body, [*HEAD.items(), *SESSION])
    assert answer.status == 200, answer.text
    assert [digest(r.body, r.headers) for r in claude.chats] == [digest(body, SESSION)] * 2
    assert {r.header("x-api-key") for r in claude.chats} == {OWN_KEY}


def test_the_next_cloud_gets_it_too(start, cloud, second, ollama):
    cloud.script(status(401))
    daemon = three(start, cloud, second, ollama)
    body = as_asked(CHAT_BODY, False)
    assert daemon.post(CHAT, body, SESSION).header("x-understudy-provider") == "second"
    assert [digest(r.body, r.headers) for r in (*cloud.chats, *second.chats)] == [digest(body, SESSION)] * 2


def test_whoever_is_asked_beside_a_silent_one_gets_it_too(start, cloud, second, ollama):
    """With its first key, and with its next one."""
    gate = Gate()
    cloud.script(held(gate, ok("late")))
    second.script(openai_error(429, "insufficient_quota"), ok("fine"))
    daemon = three(start, cloud, second, ollama, {"route.hedge_after": "40ms", "provider.second.api_key": None},
                   env={"UNDERSTUDY_PROVIDER_SECOND_API_KEY": "sk-one,sk-two"})
    body = as_asked(CHAT_BODY, True)
    assert daemon.post(CHAT, body, SESSION).content == "fine"
    gate.open()
    assert {digest(r.body, r.headers) for r in (*cloud.chats, *second.chats)} == {digest(body, SESSION)}
    assert [r.header("authorization") for r in second.chats] == ["Bearer sk-one", "Bearer sk-two"]


def test_what_only_a_cache_goes_by_is_not_missed_at_ollama(start, cloud, ollama):
    cloud.script(status(401))
    answer = start(cloud, ollama).post(CHAT, as_asked(CHAT_BODY, False), SESSION)
    assert answer.content == "ollama heard: Hi" and answer.header("x-understudy-dropped") is None


# ---- one conversation, one cloud


def talk(daemon, messages, streamed=False, model="gpt-4"):
    """One turn more, on a connection of its own: who answered."""
    messages.append({"role": "user", "content": f"turn {len(messages)}"})
    answer = daemon.post(CHAT, {"model": model, "messages": messages, "stream": streamed, "prompt_cache_key": "k"})
    assert answer.status == 200, answer.text
    messages.append({"role": "assistant", "content": answer.content})
    return answer.header("x-understudy-provider")


@both
def test_every_turn_goes_to_the_first_while_it_works(start, cloud, second, ollama, streamed):
    """Whichever worker reads it; and each begins with the bytes of the one before."""
    daemon = three(start, cloud, second, ollama, {"server.workers": "2", "route.hedge_after": "auto"})
    messages = []
    assert [talk(daemon, messages, streamed) for _ in range(TURNS)] == ["openai"] * TURNS
    sent = [json.dumps(r.json["messages"])[:-1] for r in cloud.chats]
    assert all(later.startswith(earlier) for earlier, later in zip(sent, sent[1:]))
    assert len(cloud.chats) == TURNS and second.requests == [] and ollama.chats == []


@both
def test_a_turn_that_failed_moves_no_other(start, cloud, second, ollama, streamed):
    cloud.script(ok("a"), status(401), ok("b"), status(500), ok("c"))
    daemon = three(start, cloud, second, ollama, {"retry.attempts": "1"})
    messages = []
    assert [talk(daemon, messages, streamed) for _ in range(6)] == [
        "openai", "second", "openai", "second", "openai", "openai"]


def test_a_stream_that_broke_moves_no_other(start, cloud, second, ollama):
    cloud.script(ok("a"), stream("b", finish=None, done=False, end="reset"), ok("c"))
    daemon = three(start, cloud, second, ollama)
    messages = []
    assert [talk(daemon, messages, True) for _ in range(3)] == ["openai"] * 3
    assert len(cloud.chats) == 3 and second.requests == []


def test_a_turn_that_was_asked_beside_moves_no_other(start, cloud, second, ollama):
    """The first is silent until the second has been asked, in one turn; the next begins with it again."""
    asked = Gate()

    def silent(peer, request):
        peer.wait(asked)
        ok("late")(peer, request)

    def faster(peer, request):
        ok("fast")(peer, request)
        asked.open()

    cloud.script(ok("a"), silent, ok("c"))
    second.script(faster)
    daemon = three(start, cloud, second, ollama, {"route.hedge_after": "off", "model.slow.hedge_after": "50ms"})
    messages = []
    assert talk(daemon, messages) == "openai"
    assert talk(daemon, messages, model="slow") == "second"
    asked.open()
    assert [talk(daemon, messages) for _ in range(TURNS)] == ["openai"] * TURNS and len(second.chats) == 1


def test_an_open_breaker_moves_turns_only_until_it_shuts(start, tmp_path, cloud, second, ollama):
    clock = Clock(tmp_path)
    cloud.script(*[status(500)] * 2, ok("back"))
    daemon = three(start, cloud, second, ollama, {"retry.attempts": "1", "breaker.failures": "2", "breaker.open_for": "60s"},
                   env=clock.env)
    messages = []
    assert [talk(daemon, messages) for _ in range(4)] == ["second"] * 4 and len(cloud.chats) == 2
    clock.advance(61)
    assert [talk(daemon, messages) for _ in range(TURNS)] == ["openai"] * TURNS


def test_turns_of_one_app_do_not_move_those_of_another(start, cloud, second, ollama):
    """One conversation is refused by the first; the other goes on there."""

    def by_text(peer, request):
        refused = request.json["messages"][0]["content"] == "refused"
        (status(401) if refused else ok("fine"))(peer, request)

    cloud.script(by_text)
    daemon = three(start, cloud, second, ollama)
    one, other = [{"role": "system", "content": "refused"}], []
    for _ in range(TURNS):
        assert (talk(daemon, one), talk(daemon, other)) == ("second", "openai")
    assert truth(daemon.chat("Hi")) == from_cloud("openai=1")
