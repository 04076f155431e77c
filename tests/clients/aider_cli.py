# aider (command line)
# needs: aider-chat==0.86.2
import sys
from pathlib import Path

from ask import BASE_URL, KEY, MODEL, QUESTION, program, tell

AIDER = Path(sys.executable).parent / "aider"


def ask(*options):
    return program(
        str(AIDER), "--model", "openai/" + MODEL, "--openai-api-base", BASE_URL,
        "--openai-api-key", KEY, "--no-git", "--yes-always", "--no-check-update", "--no-pretty",
        "--no-show-model-warnings", "--no-show-release-notes", "--analytics-disable",
        "--no-detect-urls", "--chat-mode", "ask", *options, "--message", QUESTION)


tell("whole", lambda: ask("--no-stream"))
tell("stream", ask)
