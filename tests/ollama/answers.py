"""An answer as an app with the official client gets it, streamed or whole, in one form."""
from dataclasses import dataclass, field

import pytest

both = pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
HI = [{"role": "user", "content": "Hi"}]


def tool(name, **properties):
    return {"type": "function", "function": {
        "name": name, "description": f"Does {name}.",
        "parameters": {"type": "object", "additionalProperties": False,
                       "properties": {n: {"type": t} for n, t in properties.items()},
                       "required": list(properties)}}}


WEATHER, TIME = tool("get_weather", city="string"), tool("get_time", zone="string")


@dataclass
class Answer:
    content: str = ""
    reasoning: str = ""
    calls: list = field(default_factory=list)
    logprobs: list = field(default_factory=list)
    finish: str = None
    usage: object = None
    model: str = None
    headers: dict = None
    id: str = None


def whole(raw):
    parsed = raw.parse()
    choice = parsed.choices[0]
    extra = choice.message.model_extra or {}
    assert extra.get("reasoning") == extra.get("reasoning_content")
    return Answer(choice.message.content or "", extra.get("reasoning") or "",
                  [(c.id, c.function.name, c.function.arguments)
                   for c in choice.message.tool_calls or []],
                  list(choice.logprobs.content) if choice.logprobs else [],
                  choice.finish_reason, parsed.usage, parsed.model, raw.headers, parsed.id)


def take(answer, choice):
    delta = choice.delta
    extra = delta.model_extra or {}
    assert answer.finish is None, "something comes after the finish"
    answer.content += delta.content or ""
    answer.reasoning += extra.get("reasoning") or ""
    for call in delta.tool_calls or []:
        assert call.index == len(answer.calls)
        answer.calls.append((call.id, call.function.name, call.function.arguments))
    answer.logprobs += choice.logprobs.content if choice.logprobs else []
    answer.finish = choice.finish_reason


def streamed_answer(raw):
    answer, ids = Answer(headers=raw.headers), set()
    for number, chunk in enumerate(raw.parse()):
        ids.add((chunk.id, chunk.created, chunk.model))
        if chunk.choices:
            assert (chunk.choices[0].delta.role == "assistant") == (number == 0)
            take(answer, chunk.choices[0])
        else:
            answer.usage = chunk.usage
    assert len(ids) == 1
    answer.id, _, answer.model = ids.pop()
    return answer


def ask(daemon, streamed, messages=None, **more):
    if streamed:
        more = {"stream_options": {"include_usage": True}, **more}
    raw = daemon.openai(max_retries=0).chat.completions.with_raw_response.create(
        **{"model": "gpt-4", "messages": messages or HI, "stream": streamed, **more})
    return streamed_answer(raw) if streamed else whole(raw)
