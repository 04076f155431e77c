"""Content-Encoding: of what apps send, and of what providers answer without having been asked."""
import gzip
import json
import zlib

import pytest

from proc import MIB, peak_rss, rss
from sim.cloud import CHAT, COMPLETIONS, EMBEDDINGS, RESPONSES, status

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
    assert peak_rss(daemon) - before < 40 * MIB
