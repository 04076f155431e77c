"""docs/clients.md: how a client is set up there is how its program in tests/clients is, which runs it.

The programs write the address, the key and the models as names of their own; with these put in, each word
of the page's code stands in the program, and each of these values behind the same word."""
import re
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
PAGE = (TESTS.parent / "docs/clients.md").read_text()

# What stands on the page, by its part and its name there -> the programs that are set up so.
PROGRAMS = {
    ("Messages", "Claude Code"): ["claude_code_cli.py"],
    ("Messages", "Anthropic SDK for Python"): ["anthropic_python.py", "anthropic_python_2023.py"],
    ("Messages", "Anthropic SDK for Node"): ["anthropic_node.mjs"],
    ("Messages", "LangChain"): ["langchain_anthropic_client.py"],
    ("Messages", "opencode"): ["opencode_anthropic.py"],
    ("Responses", "Codex"): ["codex_cli.py"],
    ("Responses", "opencode"): ["opencode_responses.py"],
    ("Responses", "OpenAI Agents SDK"): ["openai_agents_responses.py"],
    ("chat completions", "OpenAI SDK for Python"): ["openai_python.py", "openai_responses_python.py"],
    ("chat completions", "OpenAI SDK for Node"): ["openai_node.mjs", "openai_responses_node.mjs"],
    ("chat completions", "OpenAI Agents SDK"): ["openai_agents.py"],
    ("chat completions", "Vercel AI SDK"): ["vercel_ai.mjs"],
    ("chat completions", "LangChain for Python"): ["langchain.py"],
    ("chat completions", "LangChain for JavaScript"): ["langchain_js.mjs"],
    ("chat completions", "LlamaIndex"): ["llamaindex.py"],
    ("chat completions", "pydantic-ai"): ["pydanticai.py"],
    ("chat completions", "Haystack"): ["haystack_client.py"],
    ("chat completions", "smolagents"): ["smolagents_client.py"],
    ("chat completions", "instructor"): ["instructor_client.py"],
    ("chat completions", "LiteLLM"): ["litellm_client.py"],
    ("chat completions", "aider"): ["aider_cli.py"],
    ("chat completions", "opencode"): ["opencode_cli.py"],
    ("chat completions", "llm"): ["llm_cli.py"],
    ("chat completions", "shell-gpt"): ["shell_gpt.py"],
    ("Ollama's own API", "Ollama library for Python"): ["ollama_python.py"],
    ("Ollama's own API", "Ollama library for Node"): ["ollama_node.mjs"],
    ("Ollama's own API", "LangChain"): ["langchain_ollama_client.py"],
}


def blocks():
    """(part, name) -> the code that the page has for it."""
    found = {}
    for part in PAGE.split("\n## ")[1:]:
        title = part.partition("\n")[0].removeprefix("Apps that speak ").removeprefix("Anthropic's ")
        for name, text in re.findall(r"(?ms)^\*\*(.+?)\*\*(.*?)(?=^\*\*|\Z)", part):
            fenced = re.findall(r"(?ms)^```\w+\n(.*?)^```", text.partition("\n\n\n")[0])
            found[title, name] = "\n".join(fenced[:1] or re.findall(r"`([^`]+)`", text.partition("\n\n")[0]))
        for name, text in re.findall(r"(?m)^\| ([^|]+?) \| (.+) \|$", part):
            if "`" in text:
                found[title, name] = re.findall(r"`([^`]+)`", text)[0]
    return found


BLOCKS = blocks()


def plain(code):
    """With the names that the programs have for what is the same everywhere; without comments."""
    code = re.sub(r"(?m)(^|\s)(#|//) .*$", "", code).replace("...", "BASE_URL")
    for text, name in [("http://127.0.0.1:11411/v1", "BASE_URL"), ("http://127.0.0.1:11411", "ROOT"),
                       (r"claude-sonnet-[\d-]+", "CLAUDE"), (r"\bgpt-\d\b", "MODEL"), (r"\bany\b", "KEY")]:
        code = re.sub(text, name, code)
    return code


def words(code):
    return set(re.findall(r"[A-Za-z][\w-]{2,}", code))


def pairs(code):
    return set(re.findall(r"([\w-]+)\W{1,6}(BASE_URL|ROOT|KEY|MODEL|CLAUDE)\b", code))


@pytest.mark.parametrize("where", PROGRAMS, ids=": ".join)
def test_what_the_page_sets_is_what_is_run(where):
    told = plain(BLOCKS[where])
    for file in PROGRAMS[where]:
        run = plain((TESTS / "clients" / file).read_text())
        assert words(told) - {"const", "export"} <= words(run), file
        assert pairs(told) <= pairs(run), file


def test_no_client_is_forgotten():
    assert set(BLOCKS) == set(PROGRAMS)
    programs = {f.name for f in (TESTS / "clients").glob("*.*") if f.stem != "ask"}
    assert programs - {f for files in PROGRAMS.values() for f in files} == {"home_assistant.py"}
