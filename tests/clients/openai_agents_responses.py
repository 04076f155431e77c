# OpenAI Agents SDK, Responses (its default)
# needs: openai-agents==0.24.0
# speaks: responses
# requests: 4
from agents import Agent, OpenAIResponsesModel, Runner, function_tool, set_tracing_disabled
from openai import AsyncOpenAI

from ask import BASE_URL, KEY, MODEL, QUESTION, RESULT, tell

set_tracing_disabled(True)


@function_tool
def GetLiveContext(area: str) -> str:
    """The state of the home."""
    assert area == "kitchen"
    return RESULT


def agent(*tools):
    client = AsyncOpenAI(base_url=BASE_URL, api_key=KEY)
    return Agent(name="a", model=OpenAIResponsesModel(model=MODEL, openai_client=client),
                 tools=list(tools))


async def stream():
    run = Runner.run_streamed(agent(), QUESTION)
    async for _ in run.stream_events():
        pass
    return run.final_output


tell("whole", lambda: Runner.run_sync(agent(), QUESTION).final_output)
tell("stream", stream)
tell("whole", lambda: Runner.run_sync(agent(GetLiveContext), QUESTION).final_output)
