"""[model NAME] whose NAME ends in *: a line for all the dated names of one model."""
import pytest

from sim import ollama as o
from sim.cloud import status

INI = """
[model claude-haiku-*]
ollama = small:1b
openai = gpt-4o-mini
capabilities = completion, tools, vision
context = 200K

[model claude-haiku-4-5*]
ollama = middle:3b

[model claude-haiku-4-5-20251001]
ollama = exact:8b
context = 64000

[model gpt-*]
ollama = small:1b
"""
MODELS = [o.Model("small:1b"), o.Model("middle:3b"), o.Model("exact:8b"), o.Model()]


@pytest.mark.parametrize("asked, at_cloud, at_ollama", [
    ("claude-haiku-4-5-20251001", "gpt-4o-mini", "exact:8b"),  # the whole name first, what it lacks from the others
    ("claude-haiku-4-5", "gpt-4o-mini", "middle:3b"),  # a longer one before a shorter
    ("claude-haiku-4-5-latest", "gpt-4o-mini", "middle:3b"),
    ("claude-haiku-3", "gpt-4o-mini", "small:1b"),
    ("claude-haiku-", "gpt-4o-mini", "small:1b"),  # nothing is a rest, too
    ("claude-haiku", "claude-haiku", "ministral-3:3b"),
    ("Claude-haiku-3", "Claude-haiku-3", "ministral-3:3b"),
    ("my-claude-haiku-3", "my-claude-haiku-3", "ministral-3:3b"),
    ("claude-haiku-*", "gpt-4o-mini", "small:1b"),
    ("openai:claude-haiku-3", "claude-haiku-3", "small:1b"),  # a prefix takes the rest as it is
])
def test_the_nearest_line_counts(start, cloud, ollama, asked, at_cloud, at_ollama):
    ollama.models = MODELS
    cloud.script(status(503))
    daemon = start(cloud, ollama, {"retry.attempts": 1}, ini=INI)
    answer = daemon.chat(model=asked)
    assert answer.header("x-understudy-provider") == "ollama"
    assert [c.json["model"] for c in cloud.chats] == [at_cloud]
    assert [c.json["model"] for c in ollama.chats] == [at_ollama]


def test_apps_of_another_dialect_are_served_by_it(start, cloud, ollama):
    """The dated names of Claude Code's titles and probes."""
    ollama.models = MODELS
    daemon = start(cloud, ollama, {"route.messages": "openai, ollama"}, ini=INI)
    body = {"model": "claude-haiku-4-5-20251001", "max_tokens": 9, "messages": [{"role": "user", "content": "Hi"}]}
    answer = daemon.post("/v1/messages", body, {"anthropic-version": "2023-06-01"})
    assert answer.header("x-understudy-model") == "gpt-4o-mini"
    cloud.script(status(401))
    assert daemon.post("/v1/messages", body).header("x-understudy-model") == "exact:8b"


def test_a_stars_line_tells_what_such_a_model_can(start, cloud, ollama):
    cloud.models = ["claude-haiku-4-5", "claude-haiku-4-5-20251001", "gpt-4"]
    daemon = start(cloud, ollama, ini=INI)

    def shown(name):
        told = daemon.post("/api/show", {"model": name}).json
        (length,) = [v for k, v in told["model_info"].items() if k.endswith(".context_length")]
        return told["capabilities"], length

    assert shown("claude-haiku-4-5") == (["completion", "tools", "vision"], 204800)
    assert shown("claude-haiku-4-5-20251001") == (["completion", "tools", "vision"], 64000)
    assert shown("gpt-4") == (["completion", "tools"], 128000)


@pytest.mark.parametrize("ini, said", [
    ("[model a*b]\nollama = x\n", None),
    ("[model *]\nollama = x\n", None),
    ("[model x*]\ncapabilities = vison\n", 'did you mean "vision"?'),
    ("[model x*]\ncontext = many\n", "allowed: a number of tokens such as 8192 or 8K"),
    ("[model x*]\ngorq = y\n", 'did you mean "groq"?'),
])
def test_a_wrong_one_is_an_error(start, cloud, ollama, ini, said):
    daemon = start(cloud, ollama, ini=ini, wait=not said)
    if said:
        assert daemon.wait_exit() == 2 and said in daemon.log_text()
        daemon.stop(2)
