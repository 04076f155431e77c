"""What an event of a stream costs in each dialect, passed on and translated, beside one of chat.

A cloud of our own answers in the dialect of the path, an event each EVERY_MS for each stream; what counts
is the CPU time of the daemon, begin and end of the streams included.
"""

import asyncio
import json
import multiprocessing
import statistics
import time

from processes import SETTLE_S, cpu_us, fail, start_understudy

STREAMS, EVENTS, EVERY_MS = 60, 150, 20
MODEL = "m:1b"
HI = [{"role": "user", "content": "Hi"}]
TEXT = "word %d of it "

# app: path, body beside model and stream
APPS = {
    "chat": ("/v1/chat/completions", {"messages": HI}),
    "Messages": ("/v1/messages", {"messages": HI, "max_tokens": 1000}),
    "Responses": ("/v1/responses", {"input": HI}),
    "Ollama": ("/api/chat", {"messages": HI}),
}
PROVIDERS = {"chat": "openai", "Messages": "anthropic", "Ollama": "local"}
# A provider of chat that has /responses is asked there.
LEFT_OUT = {("Responses", "chat")}
# How much an event may cost, in events of chat that are passed on.
BOUNDS = {"passed on": 1.1, "translated": 3.0}


# ---- the cloud, in a process of its own


def sse(data, name=None):
    return (f"event: {name}\n" if name else "").encode() + b"data: " + json.dumps(data).encode() + b"\n\n"


def chat_events():
    def event(delta, finish=None):
        return sse({"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1760000000,
                    "model": MODEL, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    return ([event({"role": "assistant", "content": ""})], lambda n: event({"content": TEXT % n}),
            [event({}, "stop"), b"data: [DONE]\n\n"])


def messages_events():
    begin = {"type": "message_start", "message": {
        "id": "msg_1", "type": "message", "role": "assistant", "model": MODEL, "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": {"input_tokens": 9, "output_tokens": 1}}}
    block = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn", "stop_sequence": None},
           "usage": {"output_tokens": 5}}

    def named(data):
        return sse(data, data["type"])

    return ([named(begin), named(block)],
            lambda n: named({"type": "content_block_delta", "index": 0,
                             "delta": {"type": "text_delta", "text": TEXT % n}}),
            [named({"type": "content_block_stop", "index": 0}), named(end),
             named({"type": "message_stop"})])


def ollama_events():
    def line(text, **more):
        return json.dumps({"model": MODEL, "created_at": "2026-11-28T10:00:00Z", "message": {
            "role": "assistant", "content": text}, "done": False, **more}).encode() + b"\n"

    return ([], lambda n: line(TEXT % n),
            [line("", done=True, done_reason="stop", prompt_eval_count=9, eval_count=5)])


STREAMED = {"/v1/chat/completions": ("text/event-stream", chat_events()),
            "/v1/messages": ("text/event-stream", messages_events()),
            "/api/chat": ("application/x-ndjson", ollama_events())}
WHOLE = {
    "/api/tags": {"models": [{"name": MODEL, "model": MODEL, "digest": "d", "capabilities": ["completion"],
                              "details": {"context_length": 8192}}]},
    "/api/ps": {"models": []}, "/api/version": {"version": "0.33.0"}, "/api/show": {},
    "/api/generate": {"model": MODEL, "response": "", "done": True}}


async def read_request(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = next((int(line.split(":")[1]) for line in head.split("\r\n")
                   if line.lower().startswith("content-length:")), 0)
    await reader.readexactly(length)
    return head.split()[1].partition("?")[0]


async def answer_one(writer, path):
    if path not in STREAMED:
        body = json.dumps(WHOLE.get(path, {})).encode()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
                     % (len(body), body))
        return
    kind, (begin, event, end) = STREAMED[path]
    writer.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
    due = time.monotonic()
    for data in begin:
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))
    for number in range(EVENTS):
        data = event(number)
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))
        due += EVERY_MS / 1000
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    for data in end:
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))
    writer.write(b"0\r\n\r\n")


async def serve_client(reader, writer):
    try:
        while True:
            await answer_one(writer, await read_request(reader))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def run_cloud(port):
    async def main():
        server = await asyncio.start_server(serve_client, "127.0.0.1", 0, backlog=1024)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


class DialectCloud:
    """As processes.Cloud where a daemon is started."""

    def __init__(self):
        mine, its = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=run_cloud, args=(its,), daemon=True)
        self.process.start()
        self.port = mine.recv()
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.process.kill()
        self.process.join()


# ---- the apps


async def one_stream(port, app, provider):
    path, more = APPS[app]
    body = json.dumps({"model": MODEL, "stream": True, **more}).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
                 f"x-understudy-route: {provider}\r\nConnection: close\r\n"
                 f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.read(-1)
    writer.close()
    return answer


async def all_streams(port, app, provider):
    answers = await asyncio.gather(*[one_stream(port, app, provider) for _ in range(STREAMS)])
    for answer in answers:
        if not all(f'word {n} of it '.encode() in answer for n in (0, EVENTS // 2, EVENTS - 1)):
            fail(f"{app} by {provider}: {answer[-400:]!r}")


def cost(proxy, app, provider):
    """CPU us an event."""
    before = cpu_us(proxy.pid)
    asyncio.run(all_streams(proxy.port, app, provider))
    time.sleep(SETTLE_S)
    return (cpu_us(proxy.pid) - before) / (STREAMS * EVENTS)


def measure(bench, table, rounds):
    """Prints a row for each pair. One after the other, chat among them in each round, so that what the machine
    does beside it is the same for all."""
    cloud = DialectCloud()
    proxy = start_understudy(cloud, bench.folder, "warning", DIALECTS_INI.format(cloud=cloud.port))
    pairs = [(app, by) for app in APPS for by in PROVIDERS if (app, by) not in LEFT_OUT]
    figures = {pair: [] for pair in pairs}
    try:
        for number in range(rounds + 1):  # the first one warms up
            for pair in pairs:
                figure = cost(proxy, pair[0], PROVIDERS[pair[1]])
                if number:
                    figures[pair].append(figure)
    finally:
        proxy.stop()
        cloud.stop()
    print(f"\n{STREAMS} streams, {EVENTS} events, one each {EVERY_MS} ms{'':<14}{'CPU us an event':>18}"
          f"{'to chat passed on':>22}", flush=True)
    base = figures["chat", "chat"]
    for app, by in pairs:
        way = "passed on" if app == by else "translated"
        ratios = sorted(ours / chat for ours, chat in zip(figures[app, by], base))
        print(f"  {by + ' -> ' + app + ', ' + way:<55}{statistics.median(figures[app, by]):>18.1f}"
              f"{statistics.median(ratios):>10.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}), at most {BOUNDS[way]}",
              flush=True)
        table.keep("dialects", f"{by} -> {app}", way, {"understudy": ratios}, "{:.2f}")


DIALECTS_INI = """
[provider anthropic]
base_url = http://127.0.0.1:{cloud}
api_key = x
model = m:1b

[provider local]
type = ollama
base_url = http://127.0.0.1:{cloud}
model = m:1b
max_inflight = 0
"""
