# Codex (command line)
# npm: @openai/codex@0.171.0
# speaks: responses
from ask import BASE_URL, KEY, QUESTION, program, tell

SETTINGS = f"""model = "gpt-5"
model_provider = "understudy"

[model_providers.understudy]
name = "understudy"
base_url = "{BASE_URL}"
env_key = "OPENAI_API_KEY"
wire_api = "responses"
"""


def ask():
    return program("codex", "exec", "--skip-git-repo-check", QUESTION,
                   files={".codex/config.toml": SETTINGS}, env={"OPENAI_API_KEY": KEY})


tell("stream", ask)
