# Claude Code (command line)
# npm: @anthropic-ai/claude-code@2.1.332
# speaks: messages
from ask import CLAUDE, KEY, QUESTION, ROOT, program, tell


def ask():
    return program("claude", "-p", QUESTION, "--model", CLAUDE, env={
        "ANTHROPIC_BASE_URL": ROOT, "ANTHROPIC_AUTH_TOKEN": KEY, "CLAUDE_CONFIG_DIR": "HOME/.claude",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1"})


tell("stream", ask)
