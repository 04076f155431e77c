# OpenAI Python SDK
# needs: openai==3.54.0
from openai import OpenAI

from ask import BASE_URL, KEY, MODEL, QUESTION, tell

client = OpenAI(base_url=BASE_URL, api_key=KEY)
messages = [{"role": "user", "content": QUESTION}]


def whole():
    return client.chat.completions.create(model=MODEL, messages=messages).choices[0].message.content


def stream():
    chunks = client.chat.completions.create(model=MODEL, messages=messages, stream=True)
    return "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)


tell("whole", whole)
tell("stream", stream)
