# shell-gpt (command line)
# needs: shell-gpt==1.5.1 click==8.1.8
import sys
from pathlib import Path

from ask import BASE_URL, KEY, MODEL, QUESTION, program, tell

SGPT = Path(sys.executable).parent / "sgpt"


def ask(*options):
    return program(str(SGPT), "--no-cache", "--no-md", "--model", MODEL, *options, QUESTION,
                   env={"API_BASE_URL": BASE_URL, "OPENAI_API_KEY": KEY, "USE_LITELLM": "false"})


tell("stream", ask)
