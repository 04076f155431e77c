# opencode (command line), Anthropic
# npm: opencode-ai@1.18.33
# speaks: messages
import json

from ask import BASE_URL, CLAUDE, KEY, QUESTION, program, tell

SETTINGS = {"autoupdate": False, "share": "disabled", "provider": {"understudy": {
    "npm": "@ai-sdk/anthropic", "name": "understudy",
    "options": {"baseURL": BASE_URL, "apiKey": KEY}, "models": {CLAUDE: {"name": CLAUDE}}}}}


def ask():
    return program("opencode", "run", "-m", f"understudy/{CLAUDE}", QUESTION,
                   files={"opencode.json": json.dumps(SETTINGS)},
                   env={"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"})


tell("stream", ask)
