# Ollama Python library
# needs: ollama==0.6.3
# speaks: ollama
# requests: 5
from ollama import Client

from ask import ABOUT, MODEL, PARAMETERS, QUESTION, RESULT, ROOT, TOOL, tell

client = Client(host=ROOT)
tools = [{"type": "function", "function": {"name": TOOL, "description": ABOUT, "parameters": PARAMETERS}}]


def ask(**more):
    return client.chat(MODEL, [{"role": "user", "content": QUESTION}], **more)


def with_tools():
    assert MODEL in {model.model.removesuffix(":latest") for model in client.list().models}
    assert "tools" in client.show(MODEL).capabilities
    messages = [{"role": "user", "content": QUESTION}]
    messages.append(client.chat(MODEL, messages, tools=tools).message)
    calls = messages[-1].tool_calls
    assert [(c.function.name, c.function.arguments) for c in calls] == [(TOOL, {"area": "kitchen"})]
    messages += [{"role": "tool", "content": RESULT, "tool_name": TOOL}]
    return client.chat(MODEL, messages, tools=tools).message.content


tell("whole", lambda: ask().message.content)
tell("stream", lambda: "".join(part.message.content or "" for part in ask(stream=True)))
tell("stream", lambda: "".join(part.response for part in client.generate(MODEL, QUESTION, stream=True)))
tell("whole", with_tools)
