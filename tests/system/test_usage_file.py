"""[log] usage_file: one JSON line an exchange, in the words of the log and of /status.json."""
import json
import os
import re
import resource
import shutil
import socket
import stat

import pytest

from daemon import CLOUD_KEY, wait_until
from messages import MODEL, TO_OPENAI, ask, with_claude
from sim import anthropic as a
from sim import cloud as c
from sim.cloud import ok, status

WORDS = ["id", "provider", "model", "class", "attempts", "fallback", "status", "stream",
         "prompt_tokens", "completion_tokens", "cached_tokens", "tool_calls", "client", "ttft_ms", "duration_ms"]
TRY = ["provider", "model", "key", "status", "class", "start_ms", "ms", "wait_ms"]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "usage.jsonl"


def read(path, count):
    """The first so many lines, once they are there."""
    def whole():
        return path.exists() and path.read_text().count("\n") >= count

    wait_until(whole, f"{count} lines in {path.name}")
    return [json.loads(line) for line in path.read_text().splitlines()]


def with_file(path, **more):
    return {"log.usage_file": str(path), **more}


@pytest.mark.sample
def test_one_line_an_exchange_with_the_words_of_the_log(start, cloud, ollama, path):
    cloud.script(ok("fine", usage={"prompt_tokens": 5, "completion_tokens": 7,
                                   "total_tokens": 12}), status(503))
    daemon = start(cloud, ollama, with_file(path))
    daemon.chat("a secret thing")
    daemon.chat("another", stream=True)
    daemon.chat(n=0, model=None, messages=None)
    lines = read(path, 3)
    first, second, third = lines
    for line in lines:
        assert set(WORDS) <= set(line) and re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["time"])
    assert (first["provider"], first["model"], first["class"], first["status"], first["stream"]) \
        == ("openai", "gpt-4", "ok", 200, False)
    assert (first["prompt_tokens"], first["completion_tokens"]) == (5, 7)
    assert first["fallback"] is None and first["duration_ms"] >= first["ttft_ms"] >= 0
    assert (second["provider"], second["model"], second["fallback"]) == (
        "ollama", "ministral-3:3b", "server")
    assert second["stream"] is True
    assert third["status"] == 400 and third["class"] == "request"
    assert first["id"] == daemon.exchange(1)["id"] and second["id"] == daemon.exchange(2)["id"]
    text = path.read_text()
    assert "secret" not in text and CLOUD_KEY not in text


def test_each_line_has_its_attempts(start, cloud, ollama, path):
    cloud.script(status(503))
    daemon = start(cloud, ollama, with_file(path))
    daemon.chat()
    (line,) = read(path, 1)
    tries = line["attempts"]
    assert all(set(TRY) <= set(t) for t in tries)
    assert [(t["provider"], t["model"], t["key"], t["status"], t["class"]) for t in tries] == [
        *[("openai", "gpt-4", None, 503, "server")] * 3, ("ollama", "ministral-3:3b", None, 200, "ok")]
    assert [t["start_ms"] for t in tries] == sorted(t["start_ms"] for t in tries)
    assert all(t["start_ms"] + t["ms"] <= line["duration_ms"] for t in tries)
    assert [t["wait_ms"] > 0 for t in tries] == [True, True, False, False]
    assert [line] == json.loads(daemon.get("/status.json").text)["exchanges"]


def test_a_name_that_would_talk_to_a_terminal_is_escaped(start, cloud, ollama, path):
    model = "a\u202eb\U000e0041"
    start(cloud, ollama, with_file(path)).chat(model=model)
    (line,) = read(path, 1)
    assert line["asked"] == model
    assert all(c == "\n" or c.isprintable() for c in path.read_text()) and path.read_text().count("\n") == 1


def test_calls_of_tools_are_counted(start, cloud, ollama, path):
    """Whole and streamed, passed on and translated."""
    cloud.script(c.ok_tools(c.call("f", {}), c.call("g", {}, id="call_2")))
    daemon = start(cloud, ollama, with_file(path, **TO_OPENAI))
    tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
    for streamed in (False, True):
        assert daemon.chat(stream=streamed, tools=[tool]).status == 200
        assert ask(daemon, stream=streamed, tools=[{"name": "f", "input_schema": {"type": "object"}}]).status == 200
    assert [line["tool_calls"] for line in read(path, 4)] == [2] * 4


CACHED = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
CACHES = {"openai": {**CACHED, "prompt_tokens_details": {"cached_tokens": 5}},
          "deepseek": {**CACHED, "prompt_cache_hit_tokens": 5, "prompt_cache_miss_tokens": 4},
          "moonshot": {**CACHED, "cached_tokens": 5}}


def told_cached(daemon, path, number=1):
    daemon.exchange(number)
    assert daemon.metric("tokens_total", kind="cached") == 5 * number
    return [line["cached_tokens"] for line in read(path, number)]


@pytest.mark.parametrize("usage", CACHES.values(), ids=CACHES.keys())
@pytest.mark.sample
def test_what_came_from_a_prompt_cache_is_told(start, cloud, ollama, path, usage):
    """Whole and streamed, passed on and translated."""
    cloud.script(ok("fine", usage=usage))
    daemon = start(cloud, ollama, with_file(path, **TO_OPENAI))
    daemon.chat()
    daemon.chat(stream=True, stream_options={"include_usage": True})
    for streamed in (False, True):
        assert ask(daemon, stream=streamed).status == 200
    assert told_cached(daemon, path, 4) == [5] * 4


def test_so_it_is_by_an_anthropic(start, claude, path):
    usage = {"input_tokens": 4, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 5, "output_tokens": 3}
    claude.script(a.ok("fine", usage=usage))
    daemon = with_claude(start, claude, settings=with_file(path, **{"route.priority": "anthropic",
                                                                    "provider.anthropic.model": MODEL}))
    for streamed in (False, True):
        assert ask(daemon, stream=streamed).status == 200
        assert daemon.chat(stream=streamed).status == 200
    assert told_cached(daemon, path, 4) == [5] * 4
    assert read(path, 4)[0]["prompt_tokens"] == 9


def test_so_it_is_by_responses(start, cloud, path):
    cloud.script(c.ok_response("fine", cached=5), path="/v1/responses")
    daemon = start(cloud, None, with_file(path))
    for streamed in (False, True):
        assert daemon.post("/v1/responses", {"model": "gpt-4", "input": "Hi", "stream": streamed}).status == 200
    assert told_cached(daemon, path, 2) == [5] * 2


def test_nothing_is_told_where_the_provider_does_not(start, cloud, ollama, path):
    daemon = start(cloud, ollama, with_file(path))
    daemon.chat()
    assert read(path, 1)[0]["cached_tokens"] is None and "cached_tokens" not in daemon.exchange()


def test_it_is_written_whatever_the_level_of_the_log(start, cloud, ollama, path):
    quiet = start(cloud, ollama, {"server.listen": f"unix:{path.parent}/s",
                                  **with_file(path, **{"log.level": "error"})}, wait=False)
    with socket.socket(socket.AF_UNIX) as sock:
        wait_until(lambda: sock.connect_ex(f"{path.parent}/s") == 0, "it listens")
        body = b'{"model":"gpt-4","messages":[{"role":"user","content":"Hi"}]}'
        sock.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
                     % len(body) + body)
        assert sock.recv(100).startswith(b"HTTP/1.1 200")
        assert read(path, 1)[0]["status"] == 200
    quiet.stop()


def test_it_is_for_the_owner_only(start, cloud, ollama, path):
    old = os.umask(0)
    try:
        start(cloud, ollama, with_file(path)).chat()
    finally:
        os.umask(old)
    read(path, 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_lines_are_added_to_those_that_are_there(start, cloud, ollama, path):
    path.write_text('{"id":"old"}\n')
    start(cloud, ollama, with_file(path)).chat()
    assert read(path, 2)[0] == {"id": "old"}


def test_after_a_rotation_SIGHUP_begins_a_new_file_and_no_line_is_lost(start, cloud, ollama, path):
    daemon = start(cloud, ollama, with_file(path))
    daemon.chat()
    rotated = path.with_suffix(".1")
    read(path, 1)
    path.rename(rotated)
    daemon.chat()
    assert len(read(rotated, 2)) == 2 and not path.exists()
    daemon.reload()
    daemon.chat()
    assert len(read(path, 1)) == 1 and len(read(rotated, 2)) == 2


def test_after_copytruncate_lines_begin_at_the_beginning(start, cloud, ollama, path):
    daemon = start(cloud, ollama, with_file(path))
    daemon.chat()
    daemon.chat()
    before = read(path, 2)
    rotated = path.with_suffix(".1")
    shutil.copyfile(path, rotated)
    os.truncate(path, 0)
    daemon.chat()
    (after,) = read(path, 1)
    assert read(rotated, 2) == before and after["id"] == daemon.exchange(3)["id"]


def test_a_reload_turns_it_on_and_off(start, cloud, ollama, path):
    ini = "[log]\nusage_file = none\n"
    daemon = start(cloud, ollama, ini=ini)
    daemon.chat()
    daemon.exchange(1)
    for turn, text in enumerate((ini.replace("none", str(path)), ini), 1):
        daemon.reload(text)
        daemon.chat()
        daemon.exchange(turn + 1)
    assert len(read(path, 1)) == 1


@pytest.mark.parametrize("place", ["missing/usage", "."])
def test_a_file_that_cannot_be_opened_is_a_warning(start, cloud, ollama, path, place):
    daemon = start(cloud, ollama, with_file(path.parent / place))
    for _ in range(3):
        assert daemon.chat().status == 200
    daemon.exchange(3)
    (warning,) = daemon.log(event="usage_file")
    assert warning["level"] == "warning"


def test_a_full_disk_loses_lines_counts_them_and_is_one_warning(start, cloud, ollama):
    daemon = start(cloud, ollama, with_file("/dev/full"))
    assert daemon.metric("usage_dropped_total") == 0
    for _ in range(3):
        assert daemon.chat().status == 200
    daemon.exchange(3)
    warning = daemon.wait_for_log(event="usage_file")
    assert warning["level"] == "warning" and "space" in warning["error"]
    assert len(daemon.log(event="usage_file")) == 1
    assert daemon.metric("usage_dropped_total") == 3


def test_a_disk_with_room_again_gets_whole_lines_and_the_number_of_the_lost_is_told(start, cloud, ollama, path):
    daemon = start(cloud, ollama, with_file(path))
    daemon.chat()
    (whole,) = read(path, 1)
    files_may_have(daemon, path.stat().st_size + 100)
    for _ in range(3):
        assert daemon.chat().status == 200
    daemon.exchange(4)
    assert daemon.metric("usage_dropped_total") == 3
    files_may_have(daemon, resource.RLIM_INFINITY)
    daemon.chat()
    daemon.exchange(5)
    first, torn, last = path.read_text().splitlines()
    assert json.loads(first) == whole and len(torn) == 100 and json.loads(last)["id"] == daemon.exchange(5)["id"]
    lost, again = daemon.log(event="usage_file")
    assert lost["error"] and again["lost_lines"] == "3"


def files_may_have(daemon, size):
    """As on a disk with room for so many bytes; what is above goes to nobody but this file."""
    resource.prlimit(daemon.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_pipe_that_nobody_reads_blocks_nothing(start, cloud, ollama, path):
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        daemon = start(cloud, ollama, with_file(path, **{"log.level": "info"}))
        filled = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        try:
            while True:
                os.write(filled, b"x" * 4096)
        except BlockingIOError:
            pass
        finally:
            os.close(filled)
        assert daemon.chat().status == 200
        assert daemon.wait_for_log(event="usage_file")["level"] == "warning"
        assert daemon.chat().status == 200
    finally:
        os.close(reader)


def test_several_workers_write_whole_lines(start, cloud, ollama, path):
    daemon = start(cloud, ollama, with_file(path, **{"server.workers": 4}))
    clients = [daemon.connect() for _ in range(16)]
    for client in clients:
        client.request("POST", "/v1/chat/completions",
                       {"model": "gpt-4", "messages": [{"role": "user", "content": "Hi"}]})
    assert all(client.response().status == 200 for client in clients)
    assert len({line["id"] for line in read(path, 16)}) == 16


def test_a_half_line_of_an_earlier_life_is_ended_first(start, cloud, ollama, path):
    """The disk was full; whoever reads it then loses that line alone."""
    path.write_text('{"id":"half')
    daemon = start(cloud, ollama, with_file(path))
    daemon.chat()
    wait_until(lambda: path.read_text().endswith("}\n"), "the line is there")
    half, whole, end = path.read_text().split("\n")
    assert half == '{"id":"half' and json.loads(whole)["class"] == "ok" and end == ""
