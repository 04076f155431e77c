"""What an application does with the official client."""

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
