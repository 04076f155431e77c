# llm (command line)
# needs: llm==0.32.1
import sys
from pathlib import Path

from ask import BASE_URL, KEY, MODEL, QUESTION, program, tell

LLM = Path(sys.executable).parent / "llm"
MODELS = f"""- model_id: understudy
  model_name: {MODEL}
  api_base: {BASE_URL}
"""


def ask(*options):
    return program(str(LLM), "-m", "understudy", "--key", KEY, *options, QUESTION,
                   env={"LLM_USER_PATH": "HOME/llm"},
                   files={"llm/extra-openai-models.yaml": MODELS})


tell("whole", lambda: ask("--no-stream"))
tell("stream", ask)
