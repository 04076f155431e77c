"""Canaries: keys, tokens and words that are nobody else's, and where they must not be found."""
import json
import os
import re
from pathlib import Path

from proc import PTRACE_CONT, PTRACE_EVENT_EXIT, PTRACE_O_TRACEEXIT, PTRACE_SEIZE, WAIT_ALL, ptrace
from sim.cloud import (call, completion, cut_stream, html_200, ok_tools, openai_error,
                       reset_before_answer, status)
from sim.reply import cut_body

KEYS = ["sk-CANARY-first-0815", "sk-CANARY-second-4711"]
CLAUDE = "sk-ant-CANARY-2718"
IDLE = "gsk-CANARY-of-nobody-1618"
HEADER = "CANARY-of-a-header-3141"
TOKEN, OTHER_TOKEN = "tok-CANARY-1414", "tok-CANARY-1732"
SECRETS = [*KEYS, CLAUDE, IDLE, HEADER, TOKEN, OTHER_TOKEN]
# What is said: the user's words, what the model wrote into a call, what the tool gave back.
WORD, ARGUMENT, RESULT = "CANARY-of-the-user", "CANARY-of-a-call", "CANARY-of-a-tool"
SAID = [WORD, ARGUMENT, RESULT]

ENVIRONMENT = {"OPENAI_API_KEY": ",".join(KEYS), "ANTHROPIC_API_KEY": CLAUDE, "GROQ_API_KEY": IDLE,
               "HIDDEN": HEADER, "UNDERSTUDY_SERVER_TOKENS": f"{TOKEN}, {OTHER_TOKEN}"}

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
ARGUMENTS = {"city": ARGUMENT}
CALL = call("weather", ARGUMENTS)
TOOL = {"type": "function", "function": {"name": "weather", "description": WORD,
                                         "parameters": SCHEMA}}
TURNS = [{"role": "system", "content": WORD}, {"role": "user", "content": WORD},
         {"role": "assistant", "content": None, "tool_calls": [CALL]},
         {"role": "tool", "tool_call_id": CALL["id"], "content": RESULT}]
CLAUDES_TURNS = [
    {"role": "user", "content": WORD},
    {"role": "assistant", "content": [{"type": "tool_use", "id": "toolu_01", "name": "weather",
                                       "input": ARGUMENTS}]},
    {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "toolu_01",
                                  "content": RESULT}]}]
RESPONSES_ITEMS = [
    {"role": "user", "content": WORD},
    {"type": "function_call", "call_id": "call_1", "name": "weather",
     "arguments": json.dumps(ARGUMENTS)},
    {"type": "function_call_output", "call_id": "call_1", "output": RESULT}]
OLLAMAS_TURNS = [
    {"role": "user", "content": WORD},
    {"role": "assistant", "content": "", "tool_calls": [{"function": {"name": "weather",
                                                                      "arguments": ARGUMENTS}}]},
    {"role": "tool", "tool_name": "weather", "content": RESULT}]
ASKED = {
    "/v1/chat/completions": {"model": "gpt-4", "messages": TURNS, "tools": [TOOL]},
    "/v1/completions": {"model": "gpt-4", "prompt": WORD},
    "/v1/responses": {"model": "gpt-4", "input": RESPONSES_ITEMS, "instructions": WORD,
                      "tools": [{"type": "function", "name": "weather", "parameters": SCHEMA}]},
    "/v1/messages": {"model": "claude-sonnet-4-5", "max_tokens": 100, "system": WORD,
                     "messages": CLAUDES_TURNS,
                     "tools": [{"name": "weather", "input_schema": SCHEMA}]},
    "/api/chat": {"model": "gpt-4", "messages": OLLAMAS_TURNS, "tools": [TOOL]},
    "/api/generate": {"model": "gpt-4", "prompt": WORD, "system": WORD},
    "/v1/embeddings": {"model": "gpt-4", "input": WORD},
    "/v1/files": {"model": "gpt-4", "note": WORD},
}


def found_in(text, what=(*SECRETS, *SAID)):
    if isinstance(text, bytes):
        text = text.decode(errors="replace")
    return [canary for canary in what if canary in text]


def refusal(key, more=""):
    """As the one who sends it may be told, with the key in it, in body and head."""
    return openai_error(401, "invalid_api_key", f"Incorrect API key provided: {key}. {WORD}{more}",
                        headers=[("X-Said", f"no {key}")])


def ends(answer, keys):
    """What a provider with these two keys does with one request after the other."""
    calls = ok_tools(CALL)
    return [answer, answer, calls, calls, status(503), refusal(keys[0]), answer, cut_body(),
            cut_stream(WORD, WORD), html_200(f"<html>{WORD}"), reset_before_answer(),
            openai_error(400, None, f"{WORD} {keys[1]}"), openai_error(404, None, f"no {WORD}"),
            status(200, body=completion(WORD)), status(500, body={"error": f"{WORD} {keys[0]}"})]


# ---- what a process holds


def copies(pid, secrets):
    """Where each copy of these stands in what the process can write to, and what is before it."""
    found = []
    wanted = re.compile(b"|".join(re.escape(s.encode()) for s in secrets))
    maps = Path(f"/proc/{pid}/maps").read_text().splitlines()
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            span, mode = line.split()[:2]
            start, end = (int(x, 16) for x in span.split("-"))
            if "w" not in mode:
                continue
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except OSError:
                continue
            found += [(line.split(maxsplit=5)[-1], m[0], data[max(0, m.start() - 48):m.end() + 16])
                      for m in wanted.finditer(data)]
    return found


def copies_at_the_end(daemon, end, secrets):
    """The same in the moment in which it ends, when nothing more of it will run; end() has it end."""
    ptrace(PTRACE_SEIZE, daemon.pid, PTRACE_O_TRACEEXIT)
    end()
    while os.waitpid(daemon.pid, WAIT_ALL)[1] >> 16 != PTRACE_EVENT_EXIT:
        ptrace(PTRACE_CONT, daemon.pid)
    found = copies(daemon.pid, secrets)
    ptrace(PTRACE_CONT, daemon.pid)
    daemon.wait_exit()
    return found
