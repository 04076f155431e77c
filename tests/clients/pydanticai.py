# pydantic-ai
# needs: pydantic-ai-slim[openai]==2.31.1
from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.openai import OpenAIProvider

from ask import BASE_URL, KEY, MODEL, QUESTION, tell


def agent():
    return Agent(OpenAIChatModel(MODEL, provider=OpenAIProvider(base_url=BASE_URL, api_key=KEY)))


async def stream():
    async with agent().run_stream(QUESTION) as run:
        return "".join([piece async for piece in run.stream_text(delta=True)])


tell("whole", lambda: agent().run_sync(QUESTION).output)
tell("stream", stream)
