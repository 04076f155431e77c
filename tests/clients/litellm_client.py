# LiteLLM
# needs: litellm==1.110.2
import litellm

from ask import BASE_URL, KEY, MODEL, QUESTION, tell

options = {"model": "openai/" + MODEL, "api_base": BASE_URL, "api_key": KEY,
           "messages": [{"role": "user", "content": QUESTION}]}


def stream():
    return "".join(piece.choices[0].delta.content or ""
                   for piece in litellm.completion(stream=True, **options))


tell("whole", lambda: litellm.completion(**options).choices[0].message.content)
tell("stream", stream)
