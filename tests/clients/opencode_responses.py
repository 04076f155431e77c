# opencode (command line), Responses
# npm: opencode-ai@1.18.33
# speaks: responses
import json

from ask import BASE_URL, KEY, MODEL, QUESTION, program, tell

SETTINGS = {"autoupdate": False, "share": "disabled", "provider": {"understudy": {
    "npm": "@ai-sdk/openai", "name": "understudy",
    "options": {"baseURL": BASE_URL, "apiKey": KEY}, "models": {MODEL: {"name": MODEL}}}}}


def ask():
    return program("opencode", "run", "-m", f"understudy/{MODEL}", QUESTION,
                   files={"opencode.json": json.dumps(SETTINGS)},
                   env={"OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1"})


tell("stream", ask)
