"""What an application does with the official client."""
import os
import re
import subprocess

from daemon import PATIENCE, ROOT

HI = [{"role": "user", "content": "Hi"}]
CONVERSATION = [
    {"role": "system", "content": "You are terse."},
    {"role": "user", "content": "Which city?"},
    {"role": "assistant", "content": "Paris."},
    {"role": "user", "content": "And its weather? <&>\u00e9\U0001f600"},
]
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "Tells the weather.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
                       "required": ["city"]},
    },
}


def ask(client, streamed, messages=None, **more):
    """The text of the answer, streamed or whole."""
    answer = client.chat.completions.create(model="gpt-4", messages=messages or HI,
                                            stream=streamed, **more)
    if not streamed:
        return answer.choices[0].message.content
    return "".join(c.choices[0].delta.content or "" for c in answer if c.choices)


def run_readme(language, suffix, command, folder, daemon):
    """Runs the README's program in that language, which has the default address in it, from a file
    in the folder; returns what it says."""
    program, *_ = re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / "README.md").read_text(),
                            re.M | re.S)
    assert program.count("http://127.0.0.1:11411/v1\"") == 1
    file = folder / f"readme{suffix}"
    file.write_text(program.replace("http://127.0.0.1:11411", daemon.url))
    done = subprocess.run([*command, str(file)], text=True, capture_output=True, cwd=folder,
                          timeout=3 * PATIENCE, env={**os.environ, "OPENAI_API_KEY": "any"})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.rstrip("\n")
