# Anthropic Python SDK as it was before 2.0: the API's older version, its key in x-api-key
# needs: anthropic==1.17.0
# speaks: messages
# requests: 2
from anthropic import Anthropic

from ask import CLAUDE, KEY, QUESTION, ROOT, tell

client = Anthropic(base_url=ROOT, api_key=KEY)
asked = {"model": CLAUDE, "max_tokens": 500, "messages": [{"role": "user", "content": QUESTION}]}


def stream():
    with client.messages.stream(**asked) as events:
        return events.get_final_text()


tell("whole", lambda: client.messages.create(**asked).content[0].text)
tell("stream", stream)
