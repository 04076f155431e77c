# smolagents
# needs: smolagents[openai]==1.26.0
from smolagents import OpenAIServerModel

from ask import BASE_URL, KEY, MODEL, QUESTION, tell

model = OpenAIServerModel(MODEL, api_base=BASE_URL, api_key=KEY)
messages = [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
tell("whole", lambda: model.generate(messages).content)
tell("stream", lambda: "".join(p.content or "" for p in model.generate_stream(messages)))
