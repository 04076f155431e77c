"""Who is asked in which order: the lines of the README, typed as they stand there."""
import re

import pytest

import messages
from daemon import ROOT
from sim import Cloud
from sim import ollama as o
from sim.cloud import ok, status

ROWS = re.findall(r"^\| `(.*?)PROVIDER_PRIORITY=(\S+)` \| (.*?) \|$", (ROOT / "README.md").read_text(), re.M)
KEYS = {order: dict(word.split("=") for word in keys.split()) for keys, order, _ in ROWS}
CLOUDS = ("groq", "openrouter")
BOTH = pytest.mark.parametrize("streamed", [False, True])


@pytest.fixture
def clouds():
    """The presets of the README's line, pretended."""
    servers = {name: Cloud() for name in CLOUDS}
    yield servers
    for server in servers.values():
        server.stop()


def begin(start, order, cloud, ollama, clouds=None, claude=None):
    assert order in KEYS, "not a line of the README"
    addresses = {f"UNDERSTUDY_PROVIDER_{n.upper()}_BASE_URL": s.url + "/v1" for n, s in (clouds or {}).items()}
    if claude:
        addresses["UNDERSTUDY_PROVIDER_ANTHROPIC_BASE_URL"] = claude.url
    return start(cloud, ollama, {"retry.attempts": 1},
                 env={"PROVIDER_PRIORITY": order, **KEYS[order], **addresses})


def by(answer):
    return answer.header("x-understudy-provider"), answer.header("x-understudy-attempts")


def test_the_readme_has_a_line_for_each():
    assert list(KEYS) == ["openai,ollama", "ollama,openai", "openai", "ollama", "groq,openrouter,ollama",
                          "anthropic,ollama"]
    assert len(KEYS["groq,openrouter,ollama"]) == 2


@BOTH
def test_cloud_first(start, cloud, ollama, streamed):
    cloud.script(ok("far"), status(503))
    daemon = begin(start, "openai,ollama", cloud, ollama)
    assert by(daemon.chat(stream=streamed)) == ("openai", "openai=1")
    assert by(daemon.chat(stream=streamed)) == ("ollama", "openai=1, ollama=1")


@BOTH
def test_local_first_with_a_cloud_behind(start, cloud, ollama, streamed):
    ollama.script(o.text("At home."), o.error(500, "the sim is broken"))
    daemon = begin(start, "ollama,openai", cloud, ollama)
    first = daemon.chat(stream=streamed)
    assert (first.content, *by(first)) == ("At home.", "ollama", "ollama=1")
    assert cloud.requests == []
    second = daemon.chat(stream=streamed)
    assert (second.content, *by(second)) == ("cloud heard: Hi", "openai", "ollama=1, openai=1")
    assert second.header("x-understudy-fallback") == "server"


@BOTH
def test_cloud_only(start, cloud, ollama, streamed):
    cloud.script(ok("far"), status(503))
    daemon = begin(start, "openai", cloud, ollama)
    assert by(daemon.chat(stream=streamed)) == ("openai", "openai=1")
    assert daemon.chat(stream=streamed).status == 503
    assert ollama.requests == []


@BOTH
def test_local_only(start, cloud, ollama, claude, streamed):
    """Also where an app brings a key that Anthropic would take."""
    ollama.script(o.text("At home."), o.text("At home."), o.error(500, "the sim is broken"))
    daemon = begin(start, "ollama", cloud, ollama, claude=claude)
    assert by(daemon.chat(stream=streamed)) == ("ollama", "ollama=1")
    assert by(messages.ask(daemon, stream=streamed)) == ("ollama", "ollama=1")
    assert daemon.chat(stream=streamed).status == 500
    assert cloud.requests == [] and claude.requests == []


@BOTH
def test_claude_for_all_apps(start, cloud, ollama, claude, streamed):
    daemon = begin(start, "anthropic,ollama", cloud, ollama, claude=claude)
    answer = daemon.chat(stream=streamed)
    assert (answer.content, *by(answer)) == ("claude heard: Hi", "anthropic", "anthropic=1")
    assert claude.requests[-1].json["model"] == KEYS["anthropic,ollama"]["UNDERSTUDY_PROVIDER_ANTHROPIC_MODEL"]
    assert cloud.requests == []


def test_apps_of_anthropic_have_an_order_of_their_own(start, cloud, ollama, claude):
    daemon = begin(start, "openai", cloud, ollama, claude=claude)
    assert by(messages.ask(daemon)) == ("anthropic", "anthropic=1")


@BOTH
def test_one_cloud_behind_another(start, cloud, ollama, clouds, streamed):
    clouds["groq"].script(ok("one"), status(503))
    clouds["openrouter"].script(ok("two"), status(503))
    daemon = begin(start, "groq,openrouter,ollama", cloud, ollama, clouds)
    answers = [daemon.chat(stream=streamed, headers={"Authorization": "Bearer of-the-app"}) for _ in range(3)]
    assert [by(a) for a in answers] == [("groq", "groq=1"), ("openrouter", "groq=1, openrouter=1"),
                                        ("ollama", "groq=1, openrouter=1, ollama=1")]
    for name in CLOUDS:
        assert {r.header("authorization") for r in clouds[name].requests} == {"Bearer ..."}
    assert cloud.requests == []


def test_a_models_line_says_what_it_is_called_there(start, cloud, ollama, clouds):
    (line,) = re.findall(r"`\[model (\S+)\]` with `(\w+) = (\S+)`", (ROOT / "README.md").read_text())
    asked, provider, there = line
    ini = f"[model {asked}]\n{provider} = {there}\n"
    daemon = start(cloud, ollama, env={"PROVIDER_PRIORITY": "groq", "GROQ_API_KEY": "k",
                                       "UNDERSTUDY_PROVIDER_GROQ_BASE_URL": clouds["groq"].url + "/v1"}, ini=ini)
    daemon.chat(model=asked)
    assert [c.json["model"] for c in clouds["groq"].chats] == [there]
