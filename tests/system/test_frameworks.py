"""LangChain and pydantic-ai hold a conversation with tools in which the cloud dies.

Wants the packages of tests/requirements-frameworks.txt: `make test-frameworks`.
"""
import asyncio
import os

import openai
import pytest

import talk
from daemon import CLIENT_KEY, PATIENCE
from sim import ollama as o
from sim.cloud import call, ok, ok_tools
from talk import (ADVICE, ANSWER, ASKS, BEGUN, CUT_CALL, CUT_TEXT, DEAD, FROM_OLLAMA,
                  QUESTION, SECOND, SYSTEM, THIRD, Advice, check_heard)

os.environ["LANGSMITH_TRACING"] = "false"
pytest.importorskip("langchain_openai", reason="not installed: make test-frameworks")
pytest.importorskip("pydantic_ai", reason="not installed: make test-frameworks")
from langchain_core.messages import HumanMessage, SystemMessage, ToolMessage  # noqa: E402
from langchain_core.tools import tool  # noqa: E402
from langchain_openai import ChatOpenAI  # noqa: E402
from pydantic_ai import Agent, NativeOutput  # noqa: E402
from pydantic_ai.exceptions import ModelAPIError  # noqa: E402
from pydantic_ai.models.openai import OpenAIChatModel  # noqa: E402
from pydantic_ai.providers.openai import OpenAIProvider  # noqa: E402

ON = {"route.continue_stream": "yes"}
PATIENT = {"breaker.failures": "0"}
BROKEN = pytest.mark.parametrize("broken", [CUT_TEXT, CUT_CALL],
                                 ids=["in a text", "in a tool call"])


# ---- LangChain


class Lang:
    """LangChain's model, with the tools, and four ways to ask it. Its own connections would outlive
    the test."""

    def __init__(self, daemon, **options):
        self.wire = openai.DefaultHttpxClient(timeout=3 * PATIENCE)
        self.options = {"model": "gpt-4", "api_key": CLIENT_KEY, "base_url": daemon.base_url,
                        "http_client": self.wire, "stream_usage": True, **options}
        daemon.close_at_end(self.wire)

    def plain(self, **more):
        return ChatOpenAI(**self.options, **more)

    def bound(self, **more):
        return self.plain(**more).bind_tools([tool(talk.weather), tool(talk.coat)])

    def invoke(self, messages):
        return self.bound().invoke(messages)

    def stream(self, messages):
        return gather(self.bound().stream(messages))

    def ainvoke(self, messages):
        return asyncio.run(self._with_async(lambda model: model.ainvoke(messages)))

    def astream(self, messages):
        async def collect(model):
            return gather([chunk async for chunk in model.astream(messages)])

        return asyncio.run(self._with_async(collect))

    def retried(self, messages):
        """By what LangChain itself offers; the answer is streamed inside of it."""
        return self.bound(streaming=True).with_retry(
            retry_if_exception_type=(openai.APIError,), wait_exponential_jitter=False,
            stop_after_attempt=2).invoke(messages)

    async def _with_async(self, ask):
        async with openai.DefaultAsyncHttpxClient(timeout=3 * PATIENCE) as wire:
            return await ask(self.bound(http_async_client=wire))


def gather(chunks):
    """A stream's message."""
    whole = None
    for chunk in chunks:
        whole = chunk if whole is None else whole + chunk
    return whole


every_way = pytest.mark.parametrize("ask", ["invoke", "stream", "ainvoke", "astream"])
every_stream = pytest.mark.parametrize("ask", ["stream", "astream"])
BEGINNING = [SystemMessage(SYSTEM), HumanMessage(QUESTION)]


def turn(model, ask, messages):
    """Asks, runs the tools that are asked for, and returns the longer conversation."""
    message = getattr(model, ask)(messages)
    tools = {"weather": talk.weather, "coat": talk.coat}
    results = [ToolMessage(tools[c["name"]](**c["args"]), tool_call_id=c["id"])
               for c in message.tool_calls]
    return [*messages, message, *results]


@every_way
def test_langchain_is_answered_by_ollama_after_a_turn_of_the_cloud(start, cloud, ollama, ask):
    cloud.script(ASKS, DEAD)
    ollama.script(o.tools(FROM_OLLAMA), o.text(ANSWER))
    model = Lang(start(cloud, ollama, PATIENT))
    second = turn(model, ask, BEGINNING)
    third = turn(model, ask, second)
    assert [(c["id"], c["args"]) for c in second[2].tool_calls] == [
        ("call_rome", {"city": "Rome"}), ("call_malmo", {"city": "Malmö"})]
    end = turn(model, ask, third)[-1]
    assert end.content == ANSWER and end.usage_metadata["output_tokens"] == 4
    assert len(cloud.chats) == 1 + 3 + 3 and len(ollama.chats) == 2
    check_heard(ollama.chats[0], SECOND)
    check_heard(ollama.chats[1], THIRD)


@every_way
def test_langchain_is_answered_by_the_cloud_after_a_turn_of_ollama(start, cloud, ollama, ask):
    ollama.script(o.tools(FROM_OLLAMA))
    model = Lang(start(cloud, ollama, PATIENT))
    cloud.script(ASKS, DEAD, DEAD, DEAD, ok(ANSWER))
    third = turn(model, ask, turn(model, ask, BEGINNING))
    assert turn(model, ask, third)[-1].content == ANSWER and len(ollama.chats) == 1
    sent = cloud.chats[-1].json["messages"]
    assert [m["tool_call_id"] for m in sent if m["role"] == "tool"] == [
        "call_rome", "call_malmo", "call_ab12cd34"]
    assert sent[-2]["tool_calls"][0]["id"] == "call_ab12cd34"


@every_way
def test_langchain_meets_a_cloud_that_refuses_to_connect(start, cloud, ollama, ask):
    start.unsent = 3
    cloud.script(ASKS)
    ollama.script(o.text(ANSWER))
    model = Lang(start(cloud, ollama))
    second = turn(model, ask, BEGINNING)
    cloud.refuse()
    assert turn(model, ask, second)[-1].content == ANSWER
    check_heard(ollama.chats[0], SECOND)


@BROKEN
@every_stream
def test_langchain_raises_when_a_stream_breaks(start, cloud, ollama, ask, broken):
    cloud.script(ASKS, broken, DEAD)
    ollama.script(o.tools(FROM_OLLAMA), o.text(ANSWER))
    model = Lang(start(cloud, ollama, PATIENT))
    second = turn(model, ask, BEGINNING)
    with pytest.raises(openai.APIError) as raised:
        turn(model, ask, second)
    assert raised.value.code == "stream_incomplete" and ollama.chats == []
    third = turn(model, ask, second)
    check_heard(ollama.chats[0], SECOND)
    assert turn(model, ask, third)[-1].content == ANSWER


@BROKEN
def test_langchains_own_next_try_gets_the_right_answer(start, cloud, ollama, broken):
    """Its retry sees the error only because the stream does not end as a whole one would."""
    cloud.script(ASKS, broken, DEAD)
    ollama.script(o.tools(FROM_OLLAMA), o.text(ANSWER))
    model = Lang(start(cloud, ollama, PATIENT))
    second = turn(model, "retried", BEGINNING)
    third = turn(model, "retried", second)
    assert turn(model, "retried", third)[-1].content == ANSWER
    check_heard(ollama.chats[0], SECOND)
    check_heard(ollama.chats[1], THIRD)


@every_stream
def test_langchain_sees_one_stream_that_is_gone_on_with(start, cloud, ollama, ask):
    cloud.script(ASKS, CUT_TEXT)
    ollama.script(talk.go_on)
    model = Lang(start(cloud, ollama, ON))
    assert turn(model, ask, turn(model, ask, BEGINNING))[-1].content == ANSWER
    check_heard(ollama.chats[0], [*SECOND, {"role": "assistant", "content": BEGUN}])


def test_langchain_parses_what_ollama_answers_into_a_schema(start, cloud, ollama):
    cloud.script(DEAD)
    ollama.script(o.text(ADVICE.model_dump_json()))
    model = Lang(start(cloud, ollama), model="gpt-4o").plain().with_structured_output(
        Advice, method="json_schema")
    assert model.invoke(BEGINNING) == ADVICE
    sent = cloud.chats[-1].json["response_format"]["json_schema"]["schema"]
    assert ollama.chats[0].json["format"] == sent and set(sent["properties"]) == {"city", "coats"}


# ---- pydantic-ai: it holds the whole conversation by itself


def run(daemon, **options):
    return asyncio.run(with_agent(daemon, lambda agent: agent.run(QUESTION), **options)).output


def run_stream(daemon, **options):
    async def collect(agent):
        async with agent.run_stream(QUESTION) as result:
            return "".join([text async for text in result.stream_text(delta=True)])

    return asyncio.run(with_agent(daemon, collect, **options))


async def with_agent(daemon, ask, headers=None, **options):
    async with openai.AsyncOpenAI(base_url=daemon.base_url, api_key=CLIENT_KEY, default_headers=headers,
                                  timeout=3 * PATIENCE) as client:
        model = OpenAIChatModel("gpt-4", provider=OpenAIProvider(openai_client=client))
        return await ask(Agent(model, system_prompt=SYSTEM, tools=[talk.weather, talk.coat],
                               **options))


every_run = pytest.mark.parametrize("ask", [run, run_stream], ids=["run", "run_stream"])


@every_run
def test_an_agent_goes_on_with_ollama_after_a_turn_of_the_cloud(start, cloud, ollama, ask):
    cloud.script(ASKS, DEAD)
    ollama.script(o.tools(FROM_OLLAMA), o.text(ANSWER))
    assert ask(start(cloud, ollama, PATIENT)) == ANSWER
    assert len(cloud.chats) == 1 + 3 + 3 and len(ollama.chats) == 2
    check_heard(ollama.chats[0], SECOND)
    check_heard(ollama.chats[1], THIRD)


@every_run
def test_an_agent_runs_its_own_tools_beside_the_daemons(start, cloud, ollama, tool_server, ask):
    """The second round of the daemon's tool and the agent's own are answered by Ollama."""
    tool_server.tool("today", "sunny")
    cloud.script(ok_tools(call("sky__today", {})), DEAD)
    ollama.script(o.tools(FROM_OLLAMA), o.text(ANSWER))
    daemon = start(cloud, ollama, {**PATIENT, **tool_server.settings("sky")})
    assert ask(daemon, headers={"x-understudy-tools": "sky"}) == ANSWER
    assert tool_server.count("today") == 1
    assert [[m["tool_name"] for m in q.json["messages"] if m["role"] == "tool"] for q in ollama.chats] == [["sky__today"], ["coat"]]


@every_run
def test_an_agent_goes_on_with_the_cloud_after_a_turn_of_ollama(start, cloud, ollama, ask):
    cloud.script(ASKS, DEAD, DEAD, DEAD, ok(ANSWER))
    ollama.script(o.tools(FROM_OLLAMA))
    assert ask(start(cloud, ollama, PATIENT)) == ANSWER and len(ollama.chats) == 1
    sent = cloud.chats[-1].json["messages"]
    assert [m["tool_call_id"] for m in sent if m["role"] == "tool"] == [
        "call_rome", "call_malmo", "call_ab12cd34"]


@BROKEN
def test_an_agents_run_raises_when_a_stream_breaks(start, cloud, ollama, broken):
    cloud.script(ASKS, broken, ASKS, DEAD)
    ollama.script(o.tools(FROM_OLLAMA), o.text(ANSWER))
    daemon = start(cloud, ollama, PATIENT)
    with pytest.raises(ModelAPIError) as raised:
        run_stream(daemon)
    assert raised.value.__cause__.code == "stream_incomplete" and ollama.chats == []
    assert run_stream(daemon) == ANSWER
    check_heard(ollama.chats[0], SECOND)
    check_heard(ollama.chats[1], THIRD)


def test_an_agent_sees_one_stream_that_is_gone_on_with(start, cloud, ollama):
    cloud.script(ASKS, CUT_TEXT)
    ollama.script(talk.go_on)
    assert run_stream(start(cloud, ollama, ON)) == ANSWER
    check_heard(ollama.chats[0], [*SECOND, {"role": "assistant", "content": BEGUN}])


def test_an_agent_parses_what_ollama_answers_into_a_schema(start, cloud, ollama):
    cloud.script(ASKS, DEAD)
    ollama.script(o.text(ADVICE.model_dump_json()))
    assert run(start(cloud, ollama), output_type=NativeOutput(Advice)) == ADVICE
    check_heard(ollama.chats[0], SECOND)
    assert set(ollama.chats[0].json["format"]["properties"]) == {"city", "coats"}


def test_an_agent_takes_the_answer_as_a_tool_call(start, cloud, ollama):
    """Its default for a schema: the answer is the argument of one more tool."""
    cloud.script(ASKS, DEAD)
    ollama.script(o.tools(o.call("final_result", ADVICE.model_dump())))
    assert run(start(cloud, ollama), output_type=Advice) == ADVICE
    assert [t["function"]["name"] for t in ollama.chats[0].json["tools"]] == [
        "weather", "coat", "final_result"]
