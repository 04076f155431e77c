"""Content-Encoding: of what apps send, and of what providers answer without having been asked."""
import gzip
import json
import zlib

import pytest

from ledger import both, from_cloud, from_ollama, truth
from proc import MIB, memory_limit, peak_rss, rss
from sim import Gate, reply
from sim.cloud import (CHAT, COMPLETIONS, EMBEDDINGS, EVENT_STREAM, RESPONSES, ROLE, as_bytes,
                       completion, event, events, model, ok, responses_events, status)
from sim.reply import encode
from streams import begin, sent_as

HI = {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]}
BODY = b'{ "model": "gpt-4",  "n": 1.0, "messages": [{"role": "user", "content": "Hi"}]}'


def bare(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def gz(data):
    return gzip.compress(data)


def post(daemon, coding, data, path=CHAT, headers=()):
    fields = [("Content-Encoding", c) for c in ([coding] if isinstance(coding, str) else coding)]
    return daemon.post(path, data, [*fields, *headers])


PACKED = {
    "gzip": ("gzip", gz(BODY)),
    "in capitals": ("GZIP", gz(BODY)),
    "x-gzip": ("x-gzip", gz(BODY)),
    "deflate": ("deflate", zlib.compress(BODY)),
    "bare deflate": ("deflate", bare(BODY)),
    "members": ("gzip", gz(BODY[:20]) + gz(BODY[20:])),
    "identity": ("identity", BODY),
    "identity, gzip": ("identity, gzip", gz(BODY)),
    "two": ("deflate, gzip", gz(zlib.compress(BODY))),
    "two fields": (["deflate", "gzip"], gz(zlib.compress(BODY))),
}


@pytest.mark.parametrize("coding, data", PACKED.values(), ids=list(PACKED))
def test_a_packed_request_is_read_and_goes_on_unpacked(start, cloud, ollama, coding, data):
    answer = post(start(cloud, ollama), coding, data, headers=[("Content-Digest", "sha-256=:eA==:")])
    assert answer.status == 200 and answer.content == "cloud heard: Hi"
    (request,) = cloud.chats
    assert request.body == BODY and request.header("content-length") == str(len(BODY))
    assert request.header("content-encoding") is None and request.header("content-digest") is None


def test_ollama_gets_it_too(start, cloud, ollama):
    cloud.script(status(401))
    answer = post(start(cloud, ollama), "gzip", gz(BODY))
    assert answer.content == "ollama heard: Hi"


@pytest.mark.parametrize("path, body", [
    (COMPLETIONS, {"model": "gpt-4", "prompt": "Hi"}), (RESPONSES, {"model": "gpt-4", "input": "Hi"}),
    (EMBEDDINGS, {"model": "e", "input": "Hi"})], ids=["completions", "responses", "embeddings"])
def test_every_path_that_is_read_takes_packed_requests(start, cloud, ollama, path, body):
    data = json.dumps(body).encode()
    answer = post(start(cloud, ollama), "gzip", gz(data), path)
    assert answer.status == 200 and cloud.requests[0].body == data
    assert cloud.requests[0].header("content-encoding") is None


def test_other_paths_pass_it_on_with_its_header(start, cloud, ollama):
    cloud.script(status(200, body={}), path="/v1/audio/speech")
    packed = gz(b"{}")
    assert post(start(cloud, ollama), "zstd, gzip", packed, "/v1/audio/speech").status == 200
    assert cloud.requests[0].body == packed
    assert cloud.requests[0].header("content-encoding") == "zstd, gzip"


@pytest.mark.parametrize("path", [CHAT, COMPLETIONS, RESPONSES, EMBEDDINGS])
@pytest.mark.parametrize("coding", ["zstd", "br", "compress", "gzip, br", "gzip, gzip, gzip"])
def test_a_coding_that_is_not_read_is_415_with_those_that_are(start, cloud, ollama, path, coding):
    answer = post(start(cloud, ollama), coding, b"\x28\xb5\x2f\xfd", path)
    assert answer.status == 415 and answer.header("accept-encoding") == "gzip, deflate"
    assert answer.error["type"] == "invalid_request_error" and "gzip" in answer.error["message"]
    assert answer.header("x-should-retry") == "false" and cloud.requests == []


BAD = {"no gzip": ("gzip", BODY), "cut off": ("gzip", gz(BODY)[:-1]),
       "garbage behind": ("gzip", gz(BODY) + b"xyz"), "no deflate": ("deflate", b"\xff\xff\xff\xff"),
       "a broken byte": ("gzip", gz(BODY)[:-8] + b"\0" * 8), "one of two": ("gzip, gzip", gz(BODY))}


@pytest.mark.parametrize("coding, data", BAD.values(), ids=list(BAD))
def test_a_body_that_is_not_what_it_says_is_400(start, cloud, ollama, coding, data):
    answer = post(start(cloud, ollama), coding, data)
    assert answer.status == 400 and "Content-Encoding" in answer.error["message"]
    assert cloud.requests == []


def test_an_empty_body_is_one_without_messages(start, cloud, ollama):
    answer = post(start(cloud, ollama), "gzip", b"")
    assert answer.status == 400 and "Content-Encoding" not in answer.error["message"]


@pytest.mark.parametrize("more, status_", [(0, 200), (1, 413)])
def test_max_body_counts_what_is_unpacked(start, cloud, ollama, more, status_):
    size = 64 << 10
    body = json.dumps(HI).encode()
    body += b" " * (size + more - len(body))
    daemon = start(cloud, ollama, {"server.max_body": "64K"})
    answer = post(daemon, "gzip", gz(body))
    assert answer.status == status_
    if status_ == 413:
        assert "server.max_body" in answer.error["message"] and cloud.requests == []


def test_a_bomb_takes_no_memory(start, cloud, ollama):
    """A gigabyte in a megabyte, and a terabyte in some kilobytes."""
    packer, once = zlib.compressobj(9, wbits=31), b""
    for _ in range(1 << 10):
        once += packer.compress(b" " * (1 << 20))
    once += packer.flush()
    daemon = start(cloud, ollama, {"server.max_body": "8M"})
    daemon.chat()
    before = rss(daemon)
    for coding, data in ("gzip", once), ("gzip, gzip", gz(once)):
        answer = post(daemon, coding, data)
        assert answer.status == 413, answer
    # What was sent, and what was unpacked up to the limit.
    assert peak_rss(daemon) - before < memory_limit(40 * MIB)


# ---- what providers answer

WHOLE = encode(completion("packed"))
STREAM = b"".join(as_bytes(p) for p in (ROLE, "pac", "ked", event({}, "stop"), b"data: [DONE]\n\n"))
CODINGS = {"gzip": gz, "x-gzip": gz, "deflate": zlib.compress, "bare deflate": bare,
           "deflate, gzip": lambda data: gz(zlib.compress(data))}


def packed(coding, body, code=200, kind="application/json"):
    name = coding.removeprefix("bare ")
    return reply.status(code, [("Content-Encoding", name), ("Digest", "sha-256=eA==")],
                        CODINGS[coding](body), kind)


@pytest.mark.parametrize("coding", CODINGS)
@both
def test_a_packed_answer_is_unpacked(start, cloud, ollama, coding, streamed):
    body = STREAM if streamed else WHOLE
    cloud.script(packed(coding, body, kind=EVENT_STREAM[0][1] if streamed else "application/json"))
    answer = start(cloud, ollama).chat(stream=streamed)
    assert answer.body == body and answer.content == "packed" and answer.complete
    assert truth(answer) == from_cloud("openai=1")
    assert answer.header("content-encoding") is None and answer.header("digest") is None


def test_events_that_are_flushed_are_passed_on_at_once(start, cloud, ollama):
    gate, packer = Gate(), zlib.compressobj(wbits=31)

    def part(data):
        return packer.compress(as_bytes(data)) + packer.flush(zlib.Z_SYNC_FLUSH)

    cloud.script(reply.ending(events(part(ROLE), part("one"), gate, part("two"),
                                     part(event({}, "stop")), part(b"data: [DONE]\n\n"),
                                     headers=[*EVENT_STREAM, ("Content-Encoding", "gzip")]), "well"))
    client = begin(start(cloud, ollama))
    answer = client.head()
    client.read_until(answer, '"one"')
    gate.open()
    client.finish(answer)
    assert answer.content == "onetwo" and answer.complete and answer.header("content-encoding") is None


def test_an_unknown_coding_of_plain_JSON_is_plain_JSON(start, cloud, ollama):
    cloud.script(reply.status(200, [("Content-Encoding", "br")], WHOLE))
    answer = start(cloud, ollama).chat()
    assert answer.body == WHOLE and answer.header("content-encoding") is None


def test_gzip_that_is_plain_JSON_is_plain_JSON(start, cloud, ollama):
    cloud.script(reply.status(200, [("Content-Encoding", "gzip")], WHOLE))
    answer = start(cloud, ollama).chat()
    assert answer.body == WHOLE and answer.header("content-encoding") is None


BROKEN = {"br": ("br", b"\x0b\x02\x80{}\x03"), "broken gzip": ("gzip", gz(WHOLE)[:30] + b"\xff" * 30),
          "three": ("gzip, gzip, gzip", gz(gz(gz(WHOLE))))}


@pytest.mark.parametrize("coding, body", BROKEN.values(), ids=list(BROKEN))
@both
def test_what_cannot_be_unpacked_is_asked_for_once(start, cloud, ollama, coding, body, streamed):
    kind = EVENT_STREAM[0][1] if streamed else "application/json"
    cloud.script(reply.status(200, [("Content-Encoding", coding)], body, kind))
    answer = start(cloud, ollama).chat(stream=streamed)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "protocol")


def test_a_packed_answer_that_is_cut_is_a_cut_answer(start, cloud, ollama):
    cloud.script(reply.status(200, [("Content-Encoding", "gzip")], gz(WHOLE)[:-9]), ok("again"))
    answer = start(cloud, ollama).chat()
    assert answer.content == "again" and truth(answer) == from_cloud("openai=2")


@pytest.mark.parametrize("path", [CHAT, RESPONSES, "/v1/files"])
def test_a_packed_error_is_read_and_passed_on_unpacked(start, cloud, ollama, path):
    told = encode({"error": {"message": "You are out of money.", "code": "insufficient_quota"}})
    cloud.script(packed("gzip", told, 429), path=path)
    daemon = start(cloud, ollama, {"route.priority": "openai"})
    answer = daemon.post(path, {"model": "gpt-4", "messages": HI["messages"], "input": "Hi"})
    assert answer.status == 429 and answer.body == told
    assert answer.header("content-encoding") is None
    assert daemon.exchange()["class"] == "quota"


@pytest.mark.parametrize("code, class_", [(401, "auth"), (429, "rate_limit"), (503, "server")])
def test_a_packed_error_in_plain_words_keeps_its_class(start, cloud, ollama, code, class_):
    cloud.script(packed("gzip", b"No way.", code, kind="text/plain"))
    daemon = start(cloud, ollama, {"retry.attempts": 1})
    assert truth(daemon.chat()) == from_ollama("openai=1, ollama=1", class_)


def test_a_packed_stream_of_responses_is_unpacked(start, cloud, ollama):
    body = b"".join(responses_events("a b"))
    cloud.script(packed("gzip", body, kind=EVENT_STREAM[0][1]), path=RESPONSES)
    answer = start(cloud, ollama).post(RESPONSES, {"model": "gpt-4", "input": "Hi", "stream": True})
    assert answer.body == body and answer.header("content-encoding") is None


def test_what_is_not_read_is_passed_on_packed(start, cloud, ollama):
    cloud.script(packed("gzip", b"{}"), path="/v1/files")
    answer = start(cloud, ollama).post("/v1/files", {})
    assert answer.body == gz(b"{}") and answer.header("content-encoding") == "gzip"


def test_packed_lists_of_models_are_read(start, cloud, ollama):
    cloud.script(packed("gzip", encode({"object": "list", "data": [model("gpt-packed")]})),
                 path="/v1/models")
    assert "gpt-packed" in [m["id"] for m in start(cloud, ollama).get("/v1/models").json["data"]]


# ---- heads that no stream has

UNFIT = {
    "a part": [("Content-Range", "bytes 0-9/99"), *EVENT_STREAM],
    "a web page": [("Content-Type", "text/html")],
    "an image": [("Content-Type", "image/png")],
}


@pytest.mark.parametrize("what", UNFIT)
def test_a_stream_whose_head_is_unfit_is_refused_at_its_head(start, cloud, ollama, what):
    """Not at its end, when the app has it: nothing of it goes out, and its end is not waited for."""
    gate = Gate()

    def unfit(peer, request):
        peer.send(reply.head(206 if what == "a part" else 200,
                             [("Transfer-Encoding", "chunked")] +
                             [h for h in UNFIT[what] if h[0] != "Transfer-Encoding"]))
        peer.send(reply.chunk(STREAM))
        peer.wait(gate)

    cloud.script(unfit)
    answer = start(cloud, ollama, {"retry.attempts": 1}).chat(stream=True)
    assert truth(answer) == from_ollama("openai=1, ollama=1", "protocol")
    assert answer.content == "ollama heard: Hi" and b"packed" not in answer.body and answer.complete
    gate.open()


def test_done_with_more_blanks_is_done(start, cloud, ollama):
    cloud.script(sent_as(STREAM.replace(b"data: [DONE]", b"data:  [DONE] "), ending="stall"))
    daemon = start(cloud, ollama, {"provider.openai.idle_timeout": "10m"})
    answer = daemon.chat(stream=True)
    assert answer.complete and daemon.exchange()["class"] == "ok"
