"""Requests so large that they are read while they come: what is said of them is what is said of small ones."""
import gzip
import json
import random

import pytest

from sim.cloud import call, ok, ok_tools, status

CHAT, MESSAGES = "/v1/chat/completions", "/v1/messages"
NOISE = random.Random(11).randbytes(300_000).hex()  # which no packing makes small
IMAGE = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{NOISE}"}}
LONG = "caf\u00e9 \U0001f600 \"\\ " * 30_000


def chat(*more, **members):
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}, IMAGE, *more]}], "model": "gpt-4",
            **members}


def cut(data, least=1, most=60_000):
    """The bytes in pieces of any length."""
    at, lengths = 0, random.Random(11)
    while at < len(data):
        length = lengths.randint(least, most)
        yield data[at:at + length]
        at += length


def send(daemon, path, data, chunked, headers=()):
    """As it comes from a slow network; the answer."""
    with daemon.connect() as client:
        fields = [("Host", "127.0.0.1"), ("Content-Type", "application/json"), *headers,
                  ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(data)))]
        client.send(f"POST {path} HTTP/1.1\r\n".encode() + b"".join(f"{n}: {v}\r\n".encode() for n, v in fields) + b"\r\n")
        for piece in cut(data):
            client.send(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        if chunked:
            client.send(b"0\r\n\r\n")
        return client.response()


BODIES = {
    "an image": json.dumps(chat()),
    "text with escapes and beyond ASCII": json.dumps(chat({"type": "text", "text": LONG}), ensure_ascii=False),
    "text in escapes": json.dumps(chat({"type": "text", "text": LONG})),
    "the model behind the messages": json.dumps({"stream": False, **chat(), "model": "openai:gpt-4"}),
    "blanks": json.dumps(chat(), indent=8) + " " * 100_000,
}


@pytest.mark.parametrize("chunked", [False, True], ids=["with a length", "in chunks"])
@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_it_arrives_byte_for_byte(start, cloud, ollama, body, chunked):
    answer = send(start(cloud, ollama), CHAT, body.encode(), chunked)
    assert answer.status == 200 and answer.header("x-understudy-provider") == "openai"
    (sent,) = cloud.chats
    assert sent.body == body.replace("openai:", "").encode()


def test_the_fallback_gets_it_too(start, cloud, ollama):
    cloud.script(status(401))
    answer = send(start(cloud, ollama), CHAT, json.dumps({"messages": [{"role": "user", "content": LONG}], "model": "m"}).encode(), False)
    assert answer.header("x-understudy-provider") == "ollama"
    assert ollama.chats[-1].json["messages"][-1]["content"] == LONG


REFUSED = {
    "the last byte is missing": (CHAT, json.dumps(chat())[:-1], "not valid JSON: ',' or '}' is expected at byte END, where the text ends"),
    "one byte too many": (CHAT, json.dumps(chat()) + "}", "something follows the end of the value at byte LAST"),
    "a broken byte in the middle": (CHAT, json.dumps(chat()).replace(NOISE[300_000:], "\x01" + NOISE[300_001:]), "a control byte in a string"),
    "a second model": (CHAT, json.dumps(chat())[:-1] + ',"model":"other"}', "model is in the request twice: send it once"),
    "no messages": (CHAT, json.dumps({"model": "m", "x": NOISE}), "messages is missing"),
    "a message that Messages does not take": (
        MESSAGES, json.dumps({"model": "claude-sim", "max_tokens": 9, "messages": [{"role": "user", "content": NOISE}, {"role": "user"}]}),
        "messages[1]: its content is neither a text nor an array of blocks"),
}


@pytest.mark.parametrize("path, body, says", REFUSED.values(), ids=list(REFUSED))
def test_what_is_wrong_is_told(start, cloud, ollama, path, body, says):
    answer = send(start(cloud, ollama), path, body.encode(), False)
    assert answer.status == 400
    assert says.replace("END", str(len(body))).replace("LAST", str(len(body) - 1)) in answer.error["message"]
    assert cloud.requests == [] and ollama.chats == []


def test_a_packed_one_is_read_when_it_is_unpacked(start, cloud, ollama):
    body = json.dumps(chat()).encode()
    packed = gzip.compress(body)
    assert len(packed) > 250_000
    answer = send(start(cloud, ollama), CHAT, packed, False, [("Content-Encoding", "gzip")])
    assert answer.status == 200 and cloud.chats[0].body == body


def test_a_run_with_tools_reads_it_anew(start, cloud, ollama, tool_server):
    tool_server.tool("today", "rain")
    cloud.script(ok_tools(call("weather__today", {})), ok("It rains."))
    daemon = start(cloud, ollama, tool_server.settings("weather", "today"))
    answer = send(daemon, CHAT, json.dumps(chat()).encode(), False, [("x-understudy-tools", "weather")])
    assert answer.content == "It rains." and answer.header("x-understudy-tools") == "weather__today=1"
    assert [sent.json["messages"][0] for sent in cloud.chats] == chat()["messages"] * 2


def test_who_hangs_up_in_the_middle_leaves_nothing(start, cloud, ollama):
    daemon = start(cloud, ollama)
    body = json.dumps(chat()).encode()
    for part in (100, 70_000, 300_000, len(body) - 1):
        client = daemon.connect()
        client.send(b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n" % (CHAT.encode(), len(body)) + body[:part])
        client.close()
    assert send(daemon, CHAT, body, False).status == 200
    assert len(cloud.chats) == 1
