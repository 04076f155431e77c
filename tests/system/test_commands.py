"""The commands beside serve: what they print, and their exit status."""
import json
import re
import subprocess

import pytest

from daemon import BINARY, CLOUD_KEY, WRAPPER
from sim.cloud import status
from sim.net import closed_port
from sim.ollama import EMBEDDING, TEXT_ONLY
from sim.world import libcurl_says


@pytest.fixture
def run(tmp_path):
    def run(*words, cloud=None, ollama=None, env=None, **settings):
        settings = {"provider.openai.base_url": f"{cloud.url if cloud else closed}/v1",
                    "provider.ollama.base_url": ollama.url if ollama else closed,
                    **{k.replace("__", "."): v for k, v in settings.items()}}
        flags = [word for k, v in settings.items() for word in ("-s", f"{k}={v}")]
        return subprocess.run([*WRAPPER, str(BINARY), *flags, *words], capture_output=True,
                              text=True, timeout=120,
                              env={"HOME": str(tmp_path), "OPENAI_API_KEY": CLOUD_KEY,
                                             **(env or {})})

    sock = closed_port()
    closed = "http://127.0.0.1:%d" % sock.getsockname()[1]
    yield run
    sock.close()


@pytest.mark.sample
def test_check_tells_what_is_there(run, cloud, ollama):
    done = run("check", cloud=cloud, ollama=ollama)
    openai, local, route = done.stdout.splitlines()
    assert openai.startswith("openai: reachable in ")
    assert openai.endswith(" ms, key accepted (from OPENAI_API_KEY), 2 models")
    assert "version 0.33.0, 1 model: ministral-3:3b (context 262144; completion, tools, " \
           "vision); a fallback uses ministral-3:3b" in local
    assert route == "route (openai, ollama): can answer"
    assert (done.returncode, done.stderr) == (0, "")
    # Nothing that costs, and the key went to its owner only.
    assert cloud.chats == [] and ollama.chats == [] and ollama.loads == []
    assert [q.header("authorization") for q in cloud.requests] == [f"Bearer {CLOUD_KEY}"]


def test_check_tells_which_models_of_the_settings_are_not_there(run, cloud, ollama):
    more = {"model o1.openai": "gpt-4", "model gpt-4.openai": "gpt-4o-mimi", "model o1.ollama": "ministral-3:3"}
    done = run("check", cloud=cloud, ollama=ollama, **more)
    openai, local, _ = done.stdout.splitlines()
    assert openai.endswith(", 2 models; not in its list: gpt-4o-mimi (of [model gpt-4] openai)")
    assert local.endswith("; not in its list: ministral-3:3 (of [model o1] ollama); no other model stands in for it: `ollama pull "
                          "ministral-3:3`, or mend the name there") and done.returncode == 0
    providers = json.loads(run("check", "--json", cloud=cloud, ollama=ollama, **more).stdout)["providers"]
    assert [p["not_listed"] for p in providers] == [["gpt-4o-mimi (of [model gpt-4] openai)"],
                                                    ["ministral-3:3 (of [model o1] ollama)"]]


def test_check_looks_at_each_model_of_an_older_ollama(run, cloud, ollama):
    ollama.generation, ollama.models = "0.24", [TEXT_ONLY, EMBEDDING]
    done = run("check", cloud=cloud, ollama=ollama)
    assert "plain:1b (context 8192; completion), embedder:latest (context 2048; embedding); " \
           "a fallback uses plain:1b, for tools none, for images none" in done.stdout
    assert done.returncode == 0


def test_check_with_nobody_who_can_answer(run, cloud):
    cloud.script(status(401), path="/v1/models")
    done = run("check", cloud=cloud)
    openai, local, route = done.stdout.splitlines()
    assert " ms, key refused, HTTP 401; the key is from " in openai
    assert re.fullmatch(r"ollama: not reachable: Ollama is not running at 127\.0\.0\.1:\d+; "
                        "start it with `ollama serve`", local)
    assert route == "route (openai, ollama): cannot answer"
    assert done.returncode == 1
    assert CLOUD_KEY not in done.stdout + done.stderr


def test_check_asks_only_the_route_whether_it_can_answer(run, cloud):
    done = run("check", cloud=cloud, route__priority="ollama")
    assert "openai (not in the route): reachable" in done.stdout
    assert done.returncode == 1


def test_check_when_only_the_fallback_is_there(run, ollama):
    done = run("check", ollama=ollama)
    assert "openai: not reachable" in done.stdout and done.returncode == 0
    assert done.stdout.endswith("route (openai, ollama): can answer, but only by ollama\n")


@pytest.mark.parametrize("there, code, end", [
    ("both", 0, "can answer"), ("ollama", 3, "can answer, but only by ollama"),
    ("cloud", 3, "can answer, but only by openai"), ("none", 1, "cannot answer")])
def test_check_strict_wants_both_sides(run, cloud, ollama, there, code, end):
    sides = {"cloud": cloud if there in ("both", "cloud") else None,
             "ollama": ollama if there in ("both", "ollama") else None}
    done = run("check", "--strict", **sides)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (code, f"route (openai, ollama): {end}")
    told = run("check", "--json", "--strict", **sides)
    assert told.returncode == code
    assert json.loads(told.stdout)["one_side"] is (code == 3)


def test_check_tells_of_a_proxy_that_is_not_read(run, ollama):
    far = {"provider__openai__base_url": "http://192.0.2.1:1/v1",
           "provider__openai__connect_timeout": "50ms"}
    done = run("check", ollama=ollama, env={"HTTPS_PROXY": "http://u:pass@p:1"}, **far)
    assert "not reachable: " in done.stdout
    assert "; HTTPS_PROXY is set, but not read: set [provider openai] proxy\n" in done.stdout
    assert "pass" not in done.stdout + done.stderr
    assert "PROXY" not in run("check", ollama=ollama, **far).stdout


def test_check_as_json(run, cloud, ollama):
    done = run("check", "--json", cloud=cloud, ollama=ollama)
    told = json.loads(done.stdout)
    assert told["can_answer"] is True and told["route"] == ["openai", "ollama"]
    openai, local = told["providers"]
    assert (openai["key"], openai["models"], openai["status"]) == ("accepted", 2, 200)
    assert local["fallback"]["images"] == "ministral-3:3b"
    assert local["candidates"][0]["context_length"] == 262144
    assert CLOUD_KEY not in done.stdout


def test_check_local_asks_the_daemon_and_whoever_is_near(run, start, cloud, ollama):
    address = "%s:%d" % start(cloud, ollama).address
    # The pretended cloud is near, too: here it stands for one that is not.
    settings = {"server__listen": address, "provider__openai__base_url": "https://192.0.2.1:1/v1"}
    done = run("check", "--local", ollama=ollama, **settings)
    served, local, verdict = done.stdout.splitlines()
    assert served == f"daemon: serves at {address} and is ready"
    assert local.startswith("ollama: reachable in ") and "a fallback uses ministral-3:3b" in local
    assert (verdict, done.returncode, done.stderr) == ("this machine: can answer, without the cloud too", 0, "")
    told = json.loads(run("check", "--local", "--json", ollama=ollama, **settings).stdout)
    assert (told["can_answer"], told["without_cloud"], told["daemon"]["state"]) == (True, True, "ready")
    assert [p["name"] for p in told["providers"]] == ["ollama"]
    # Without an Ollama the daemon can still answer, so a container is healthy.
    done = run("check", "--local", **settings)
    assert done.returncode == 0 and done.stdout.endswith("only by the cloud, which was not asked\n")
    assert run("check", "--local", "--strict", **settings).returncode == 3
    assert run("check", "--local", "--strict", ollama=ollama, **settings).returncode == 0


def test_check_local_without_a_daemon(run, ollama):
    with closed_port() as nobody:
        address = "127.0.0.1:%d" % nobody.getsockname()[1]
        done = run("check", "--local", ollama=ollama, server__listen=address)
    assert done.returncode == 1
    assert done.stdout.startswith(f"daemon: does not answer at {address}: nobody listens there; start it")
    assert done.stdout.endswith("this machine: cannot answer\n")


def test_check_local_of_what_is_no_daemon(run, cloud):
    done = run("check", "--local", server__listen=cloud.url.removeprefix("http://"))
    assert done.returncode == 1 and done.stdout.startswith("daemon: is not what answers at ")


@pytest.mark.parametrize("version, code", [("8.11.1", 1), ("8.12.0", 0)])
def test_check_refuses_a_library_with_a_known_fault(run, cloud, ollama, version, code):
    """One that somebody built by hand: the preloaded one lies where no distribution puts any."""
    env = libcurl_says(version)
    done = run("check", cloud=cloud, ollama=ollama, env=env)
    told = json.loads(run("check", "--json", cloud=cloud, ollama=ollama, env=env).stdout)["libraries"][0]
    assert done.returncode == code
    assert (told["name"], told["version"]) == ("libcurl", version)
    assert [a["verdict"] for a in told["advisories"] if a["id"] == "CVE-2025-0665"] == ["refused"] * code
    if code:
        assert done.stdout.startswith("libcurl 8.11.1: CVE-2025-0665: a descriptor is closed twice, and may be")
        assert "; refused: take 8.12.0 or newer: https://curl.se/docs/CVE-2025-0665.html\n" in done.stdout
        assert run("check", "--local", env=env).stdout.startswith("daemon: ")  # of health it says nothing
    assert done.stdout.endswith("route (openai, ollama): can answer\n")


@pytest.mark.parametrize("words, says", [
    (["check", "--jsn"], "unknown option of check: --jsn"),
    (["explain"], "explain what?"),
    (["explain", "stal"], 'did you mean "stall"?'),
    (["explain", "429", "--header", "retry-after"], "is not of the form NAME: VALUE"),
    (["explain", "429", "--header"], "a value is missing behind: --header"),
    (["explain", "429", "503"], "one argument too many: 503"),
    (["serve", "now"], "one argument too many: now"),
    (["config", "--nothing"], "unknown option of config: --nothing"),
    (["config", "--chagned"], 'unknown option of config: --chagned; did you mean "--changed"?'),
    (["config", "--defaults", "--json"], "one argument too many: --json"),
    (["check", "--stric"], 'unknown option of check: --stric; did you mean "--strict"?'),
    (["explain", "429", "--heder=a: b"], 'did you mean "--header"?'),
    (["sreve"], 'unknown command: sreve; did you mean "serve"?'),
    (["chekc"], 'unknown command: chekc; did you mean "check"?'),
    (["start"], 'unknown command: start; did you mean "serve"?'),
    (["stop"], 'unknown command: stop; did you mean "systemctl stop understudy"?'),
    (["--port", "80"], 'unknown option: --port; did you mean "-s server.listen=127.0.0.1:PORT"?'),
    (["--listen=:80"], 'did you mean "-s server.listen=ADDRESS:PORT"?'),
    (["--verbose"], 'unknown option: --verbose; did you mean "-s log.level=debug"?'),
    (["wibble"], "unknown command: wibble (see understudy -h)"),
    (["--verison"], 'unknown option: --verison; did you mean "--version"?'),
    (["--confg=x"], 'unknown option: --confg=x; did you mean "--config"?'),
    (["version", "x"], "one argument too many: x"),
    (["check", "-s", "retry.attempts=none"], "retry.attempts"),
    (["explain", "500", "-s", "retry.attempts=none"], "retry.attempts"),
])
def test_wrong_words_and_settings_end_with_2(run, words, says):
    done = run(*words)
    assert done.returncode == 2 and done.stdout == ""
    assert says in done.stderr


@pytest.mark.parametrize("words, says", [
    (["429", "--header", "retry-after: 20"], "the provider asks to wait longer than max_wait"),
    (["connect-refused"], "try 3 fails: attempts used up"),
    (["stall"], "class timeout"),
    (["stall", "--stream"], "after 10s without content, ollama starts too"),
    (["400", '--body={"error":{"code":"context_length_exceeded"}}'], "class context"),
    (["429", "-s", "retry.on=rate_limit", "-s", "retry.jitter=0"], "waits 1s (backoff)"),
])
def test_explain_tells_the_story(run, words, says):
    done = run("explain", *words)
    assert says in done.stdout
    assert (done.returncode, done.stderr) == (0, "")


# ---- what nobody can read

@pytest.mark.parametrize("where, why", [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")])
@pytest.mark.parametrize("words", [["config"], ["config", "--defaults"], ["config", "--json"], ["usage", "-"], ["explain", "429"],
                                   ["check"], ["check", "--local"], ["version"], ["help"], ["complete", "c"], ["ask", "Hi"],
                                   ["ask", "--json", "Hi"]], ids=" ".join)
def test_what_cannot_be_printed_is_a_fault(tmp_path, cloud, ollama, words, where, why):
    flags = ["-s", "server.listen=127.0.0.1:0", "-s", f"provider.openai.base_url={cloud.url}/v1", "-s",
             f"provider.ollama.base_url={ollama.url}"]
    done = subprocess.run(["sh", "-c", f'exec "$@" {where}', "sh", *WRAPPER, str(BINARY), *(flags if words[0] != "complete" else []),
                           *words],
                          stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=120,
                          env={"HOME": str(tmp_path), "OPENAI_API_KEY": CLOUD_KEY})
    assert done.returncode == 1 and f"understudy: standard output cannot be written ({why})" in done.stderr
    assert words[0] != "ask" or cloud.chats == []
