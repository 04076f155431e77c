# Haystack
# needs: haystack-ai==3.4.1
from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.utils import Secret

from ask import BASE_URL, KEY, MODEL, QUESTION, tell


def generator(callback=None):
    return OpenAIChatGenerator(api_base_url=BASE_URL, api_key=Secret.from_token(KEY), model=MODEL,
                               streaming_callback=callback)


messages = [ChatMessage.from_user(QUESTION)]
tell("whole", lambda: generator().run(messages)["replies"][0].text)
tell("stream", lambda: generator(lambda chunk: None).run(messages)["replies"][0].text)
