# OpenAI Agents SDK
# needs: openai-agents==0.20.0
from agents import Agent, OpenAIChatCompletionsModel, Runner, set_tracing_disabled
from openai import AsyncOpenAI

from ask import BASE_URL, KEY, MODEL, QUESTION, tell

set_tracing_disabled(True)


def agent():
    client = AsyncOpenAI(base_url=BASE_URL, api_key=KEY)
    return Agent(name="a", model=OpenAIChatCompletionsModel(model=MODEL, openai_client=client))


async def stream():
    run = Runner.run_streamed(agent(), QUESTION)
    async for _ in run.stream_events():
        pass
    return run.final_output


tell("whole", lambda: Runner.run_sync(agent(), QUESTION).final_output)
tell("stream", stream)
