"""`understudy usage`: what the lines that a daemon wrote add up to."""
import collections
import gzip
import json
import subprocess

import pytest

from daemon import BINARY, WRAPPER
from sim.cloud import ok, status

KEYS = ["day", "provider", "model", "client"]
SUMS = ["requests", "fallbacks", "prompt_tokens", "completion_tokens", "cached_tokens"]
SPREAD = ["ttft_p50_ms", "ttft_p99_ms"]
TOKENS = "[token kids]\nsecret = tok-of-kids\n[token mail]\nsecret = tok-of-mail\n"
CACHED = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12, "prompt_tokens_details": {"cached_tokens": 5}}


def usage(*words, stdin=None, ini=None, home="/"):
    before = ["-c", str(ini)] if ini else []
    return subprocess.run([*WRAPPER, str(BINARY), *before, "usage", *map(str, words)], input=stdin,
                          capture_output=True, text=True, timeout=120, env={"HOME": str(home)})


def rows(*words, **more):
    done = usage("--json", *words, **more)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "usage.jsonl"


@pytest.fixture
def written(start, cloud, ollama, path):
    """Four exchanges of two clients, of which the last fell back; and the settings that say so."""
    cloud.script(*[ok("fine", usage=CACHED)] * 3, status(503))
    ini = f"[log]\nusage_file = {path}\n{TOKENS}"
    daemon = start(cloud, ollama, ini=ini)
    daemon.ini.chmod(0o600)
    daemon.opens = {"x-api-key": "tok-of-mail"}
    for n, token in enumerate(["tok-of-kids", "tok-of-mail", "tok-of-mail", "tok-of-mail"], 1):
        assert daemon.chat(stream=n % 2 == 0, headers={"Authorization": f"Bearer {token}"}).status == 200
        daemon.exchange(n)
    return daemon.ini


def summed(path, keys):
    """The same by other means."""
    groups = collections.defaultdict(list)
    for line in map(json.loads, path.read_text().splitlines()):
        line["day"] = line["time"][:10]
        groups[tuple(line.get(key) for key in keys)].append(line)
    return [dict(zip(keys, group)) | {
        "requests": len(lines), "fallbacks": sum(bool(l.get("fallback")) for l in lines),
        **{name: sum(l.get(name) or 0 for l in lines) for name in SUMS[2:]},
        **percentiles(sorted(l["ttft_ms"] for l in lines))} for group, lines in sorted(groups.items())]


def percentiles(values):
    return {f"ttft_p{p}_ms": values[-(-len(values) * p // 100) - 1] for p in (50, 99)}


@pytest.mark.sample
def test_what_the_daemon_wrote_is_added_up(written, path):
    found = rows(ini=written)
    assert found == summed(path, KEYS)
    assert [list(row) for row in found] == [KEYS + SUMS + SPREAD] * 3
    assert [(r["provider"], r["client"], r["requests"], r["fallbacks"], r["cached_tokens"]) for r in found] == [
        ("ollama", "mail", 1, 1, 0), ("openai", "kids", 1, 0, 5), ("openai", "mail", 2, 0, 10)]
    done = usage(ini=written)
    assert done.returncode == 0 and done.stdout.splitlines()[-1].split()[:3] == ["total", "4", "1"]


@pytest.mark.parametrize("by", ["client", "provider,day", "model", "day"])
def test_by_keeps_these_keys_only(written, path, by):
    assert rows("--by", by, ini=written) == summed(path, by.split(","))


def test_rotated_files_are_named(written, path):
    lines = path.read_text().splitlines(keepends=True)
    packed, plain = path.with_suffix(".jsonl.2.gz"), path.with_suffix(".jsonl.1")
    packed.write_bytes(gzip.compress(lines[0].encode()))
    plain.write_text("".join(lines[1:3]))
    path.write_text(lines[3])
    assert [r["requests"] for r in rows("--by", "day", packed, plain, path)] == [4]
    assert [r["requests"] for r in rows("--by", "day", "-", stdin="".join(lines))] == [4]


def test_since(written, path):
    old = json.loads(path.read_text().splitlines()[0]) | {"time": "2020-02-29T12:00:00Z"}
    with path.open("a") as file:
        file.write(json.dumps(old) + "\n")
    assert sum(r["requests"] for r in rows(ini=written)) == 5
    for since in ("7d", "12h", old["time"].replace("12", "13", 1), "2020-03-01"):
        assert sum(r["requests"] for r in rows("--since", since, ini=written)) == 4
    assert sum(r["requests"] for r in rows("--since", "2020-02-29", ini=written)) == 5


def test_broken_lines_are_counted_and_fail_nothing(written, path):
    with path.open("a") as file:
        file.write('{"time":"2026-\nhello\n\n')
    done = usage("--json", ini=written)
    assert done.returncode == 0 and sum(r["requests"] for r in json.loads(done.stdout)) == 4
    assert "2 of 6 lines" in done.stderr and "line 5" in done.stderr


@pytest.mark.parametrize("words, told", [
    ((), "[log] usage_file"), (("--by", "month", "x"), "day, provider, model, client"),
    (("--since", "7", "x"), "7d"), (("--jsno", "x"), 'did you mean "--json"')])
def test_wrong_usage_says_what_to_do(tmp_path, words, told):
    done = usage(*words, home=tmp_path)
    assert (done.returncode, done.stdout) == (2, "") and told in done.stderr


def test_a_file_that_cannot_be_read_is_an_error(tmp_path):
    done = usage(tmp_path / "none")
    assert (done.returncode, done.stdout) == (1, "") and "none: No such file" in done.stderr
