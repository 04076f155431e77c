"""What every client here does: asks, and tells as a line of JSON what came of it."""
import asyncio
import json
import os
import subprocess
import sys
import tempfile

BASE_URL = sys.argv[1]
ROOT = BASE_URL.removesuffix("/v1")  # what Anthropic's and Ollama's clients want
QUESTION = "What is the capital of France? Answer as JSON."
MODEL, CLAUDE, KEY = "gpt-4", "claude-sonnet-5-5", "any"
# A tool that the pretended providers call where it is offered.
TOOL, ABOUT, RESULT = "GetLiveContext", "The state of the home.", "light.kitchen: on"
PARAMETERS = {"type": "object", "properties": {"area": {"type": "string"}}, "required": ["area"],
              "additionalProperties": False}


def tell(how, ask):
    """how: whole or stream. ask() gives the text, or raises."""
    try:
        text = ask()
        if asyncio.iscoroutine(text):
            text = asyncio.run(text)
        print(json.dumps({"how": how, "text": text}), flush=True)
    except Exception as failed:  # whatever the client raises: that is what is looked at
        print(json.dumps({"how": how, "error": f"{type(failed).__name__}: {failed}"[:300]}), flush=True)


def program(*command, env=None, files=None, seconds=120):
    """What a command-line client prints, run in an empty home; raises where it says that it failed."""
    with tempfile.TemporaryDirectory() as home:
        for name, text in (files or {}).items():
            path = os.path.join(home, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        done = subprocess.run(
            command, cwd=home, text=True, capture_output=True, timeout=seconds,
            stdin=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "HOME": home, "TERM": "dumb", "LC_ALL": "C.UTF-8",
                 "NO_COLOR": "1", **{k: v.replace("HOME", home) for k, v in (env or {}).items()}})
        said = done.stdout + done.stderr
        if done.returncode:
            raise RuntimeError(f"exit status {done.returncode}: {said[-250:]}")
        return said
