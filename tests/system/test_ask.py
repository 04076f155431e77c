"""`understudy ask`: one chat from the command line, through the daemon or without one."""
import json
import os
import pty
import re
import signal
import subprocess

import pytest

from daemon import BINARY, CLOUD_KEY, DEFAULTS, FAST, PATIENCE, WRAPPER, environment
from sim.cloud import cut_stream, ok, status, stream
from sim.net import Gate, closed_port
from terminal import pieces


class Asker:
    """Runs `understudy ask`. With a daemon, its address is in the settings, and no provider is: whatever is
    answered came through it."""

    def __init__(self, folder):
        self.folder, self.sock = folder, closed_port()
        self.closed = "127.0.0.1:%d" % self.sock.getsockname()[1]

    def command(self, *words, cloud=None, ollama=None, daemon=None, **settings):
        listen = self.closed
        if daemon:
            listen = daemon.address if isinstance(daemon.address, str) else "%s:%d" % daemon.address
        url = [getattr(p, "url", "http://127.0.0.1:1") for p in (cloud, ollama)]
        chosen = {**DEFAULTS, **FAST, "server.listen": listen, "provider.openai.base_url": url[0] + "/v1",
                  "provider.ollama.base_url": url[1],
                  **{k.replace("__", "."): v for k, v in settings.items()}}
        flags = [word for k, v in chosen.items() for word in ("-s", f"{k}={v}")]
        return [*WRAPPER, str(BINARY), *flags, "ask", *words]

    def environment(self):
        return environment(self.folder, {"OPENAI_API_KEY": CLOUD_KEY})

    def __call__(self, *words, input=None, **where):
        return subprocess.run(self.command(*words, **where), input=input, capture_output=True,
                              stdin=subprocess.DEVNULL if input is None else None,
                              timeout=10 * PATIENCE, env=self.environment())

    def begin(self, *words, **where):
        """As from a terminal: a shell that starts the tests in the background has them ignore SIGINT."""
        return subprocess.Popen(self.command(*words, **where), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment(),
                                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


@pytest.fixture
def ask(tmp_path):
    asker = Asker(tmp_path)
    yield asker
    asker.sock.close()


def told(done):
    """Code, standard output, standard error."""
    return done.returncode, done.stdout.decode(), done.stderr.decode()


def asked(provider):
    return provider.chats[-1].json["messages"]


# ---- through the daemon

@pytest.mark.sample
def test_it_is_answered_through_the_daemon(ask, start, cloud, ollama):
    daemon = start(cloud, ollama)
    code, out, err = told(ask("Hi", daemon=daemon))
    assert (code, out) == (0, "cloud heard: Hi\n")
    assert err == f"understudy: answered by openai ({cloud.chats[0].json['model']})\n"
    assert daemon.exchange()["stream"] == "true"
    assert asked(cloud) == [{"role": "user", "content": "Hi"}]


def test_a_fallback_is_told_with_its_reason(ask, start, cloud, ollama):
    daemon = start(cloud, ollama)
    cloud.script(status(429))
    code, out, err = told(ask("Hi", daemon=daemon))
    assert (code, out) == (0, "ollama heard: Hi\n")
    assert err == ("understudy: answered by ollama (ministral-3:3b), and not by openai, the first of the route: rate_limit, the "
                   "provider asks to send less; tries: openai=1, ollama=1\n")


@pytest.mark.parametrize("words, input, messages", [
    (["Hi"], None, [("user", "Hi")]),
    (["Hi"], b"", [("user", "Hi")]),
    (["Hi"], b" \n", [("user", "Hi")]),
    ([], b"a file\nof two lines\n", [("user", "a file\nof two lines\n")]),
    (["-"], b"a file", [("user", "a file")]),
    (["What is this?"], b"a file\n", [("user", "What is this?\n\na file\n")]),
    (["-s", "Be brief.", "Hi"], None, [("system", "Be brief."), ("user", "Hi")]),
    (["what", "is", "this?"], None, [("user", "what is this?")]),
    (["-", "is", "a", "dash"], b"", [("user", "- is a dash")]),
    (["Hi", "--system=Be brief."], None, [("system", "Be brief."), ("user", "Hi")]),
    (["--", "-m"], None, [("user", "-m")]),
    (['a "b" \\ \U0001f98a'], None, [("user", 'a "b" \\ \U0001f98a')]),
])
def test_what_is_asked(ask, start, cloud, ollama, words, input, messages):
    daemon = start(cloud, ollama)
    assert ask(*words, input=input, daemon=daemon).returncode == 0
    assert [(m["role"], m["content"]) for m in asked(cloud)] == messages


def test_a_model_is_named_as_an_app_would(ask, start, cloud, ollama):
    daemon = start(cloud, ollama)
    code, _, err = told(ask("-m", "gpt-other", "Hi", daemon=daemon))
    assert (code, cloud.chats[-1].json["model"]) == (0, "gpt-other") and "(gpt-other)" in err
    code, out, err = told(ask("-mollama:ministral-3:3b", "Hi", daemon=daemon))
    assert (code, out) == (0, "ollama heard: Hi\n") and "answered by ollama (ministral-3:3b)\n" in err


def test_json_has_all_of_it(ask, start, cloud, ollama):
    daemon = start(cloud, ollama)
    cloud.script(stream("one ", "two", usage={"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}))
    code, out, _ = told(ask("--json", "Hi", daemon=daemon))
    found = json.loads(out)
    usage = found.pop("usage")
    assert (code, found) == (0, {"text": "one two", "provider": "openai", "model": cloud.chats[0].json["model"],
                                 "fallback": None})
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (3, 2, 5)
    cloud.script(status(503))
    found = json.loads(ask("--json", "Hi", daemon=daemon).stdout)
    assert (found["provider"], found["fallback"]) == ("ollama", "server")
    assert found["usage"]["completion_tokens"] > 0


@pytest.mark.parametrize("key, secrets", [("server.tokens", "tok-first, tok-second"),
                                          ("token.app.secret", "tok-named")])
def test_it_shows_the_first_token_of_the_settings(ask, start, cloud, ollama, key, secrets):
    first = secrets.partition(",")[0]
    daemon = start(cloud, ollama, {key: secrets})
    daemon.opens = {"x-api-key": first}
    code, _, err = told(ask("Hi", daemon=daemon))
    assert code == 1 and err.startswith("understudy: no answer: HTTP 401: ")
    assert "; no settings file was found, which would hold a token: name the daemon's by -c FILE" in err
    code, out, err = told(ask("Hi", daemon=daemon, **{key.replace(".", "__"): secrets}))
    assert (code, out) == (0, "cloud heard: Hi\n") and first not in err
    assert first not in str(cloud.chats[0].headers)


def test_a_daemon_at_a_path(ask, start, cloud, ollama, tmp_path):
    daemon = start(cloud, ollama, {"server.listen": f"unix:{tmp_path}/understudy.sock"})
    assert told(ask("Hi", daemon=daemon, server__listen=f"unix:{tmp_path}/understudy.sock"))[:2] == \
        (0, "cloud heard: Hi\n")
    assert daemon.exchange()


def test_text_comes_out_as_it_comes_in(ask, start, cloud, ollama):
    gate = Gate()
    daemon = start(cloud, ollama)
    cloud.script(stream("one ", gate, "two"))
    process = ask.begin("Hi", daemon=daemon)
    assert process.stdout.read(4) == b"one "
    gate.open()
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, out) == (0, b"two\n") and b"answered by openai" in err


def test_a_long_standard_input(ask, start, cloud, ollama):
    """10 MB, more than any pipe or socket holds at once."""
    daemon = start(cloud, ollama)
    text = ("\u00e4\"\n\\" * 2_000_000)
    cloud.script(ok("read it"))
    assert told(ask("Sum up:", input=text.encode(), daemon=daemon))[:2] == (0, "read it\n")
    assert asked(cloud)[0]["content"] == "Sum up:\n\n" + text


# ---- what is not whole

@pytest.mark.parametrize("reply, out, words", [
    (cut_stream("half"), "half\n", "the answer is not whole: "),
    (stream("half", finish="length"), "half\n", "the answer is not whole: the model's limit of tokens was reached"),
    (stream("half", finish="content_filter"), "half\n",
     "the answer is not whole: the provider's filter of content ended it"),
    (status(400, body=b'{"error": {"message": "That \\u001b[2J is wrong."}}'), "",
     "no answer: HTTP 400: That  [2J is wrong."),
])
def test_an_answer_that_is_not_whole_is_told_by_its_status(ask, start, cloud, ollama, reply, out, words):
    daemon = start(cloud, ollama)
    cloud.script(reply)
    code, found, err = told(ask("Hi", daemon=daemon))
    assert (code, found) == (1, out) and words in err
    cloud.script(reply)
    code, found, err = told(ask("--json", "Hi", daemon=daemon))
    assert (code, found) == (1, "") and words in err


def test_all_have_failed(ask, start, cloud, ollama):
    daemon = start(cloud, ollama)
    cloud.script(status(429))
    ollama.script(status(503))
    code, out, err = told(ask("Hi", daemon=daemon))
    assert (code, out) == (1, "")
    assert err.startswith("understudy: no answer: HTTP 50") and "All LLM providers failed" in err


def test_the_daemon_dies_in_the_middle(ask, start, cloud, ollama):
    gate = Gate()
    daemon = start(cloud, ollama)
    cloud.script(stream("half", gate))
    process = ask.begin("Hi", daemon=daemon)
    assert process.stdout.read(4) == b"half"
    start.unsent = None  # what it counted died with it
    daemon.kill()
    out, err = process.communicate(timeout=PATIENCE)
    gate.open()
    assert (process.returncode, out) == (1, b"\n")
    assert re.search(rb"the answer is not whole: the daemon at [\d.:]+ broke off", err)
    daemon.stop(-signal.SIGKILL)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_interrupts_it_hears_so(ask, start, cloud, ollama, number):
    gate = Gate()
    daemon = start(cloud, ollama)
    cloud.script(stream("half", gate))
    process = ask.begin("Hi", daemon=daemon)
    assert process.stdout.read(4) == b"half"
    process.send_signal(number)
    _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == -number and b"stopped: the answer is not whole" in err
    assert daemon.exchange()["class"] == "cancelled"
    gate.open()


def test_nobody_reads_it_any_more(ask, start, cloud, ollama):
    gate, rest = Gate(), Gate()
    daemon = start(cloud, ollama)
    cloud.script(stream("half", gate, *["more"] * 10, rest, "end"))
    process = ask.begin("Hi", daemon=daemon)
    assert process.stdout.read(4) == b"half"
    process.stdout.close()
    gate.open()
    assert process.wait(PATIENCE) == 1
    assert b"standard output cannot be written (Broken pipe): the answer is not whole" in process.stderr.read()
    process.stderr.close()
    assert daemon.exchange()["class"] == "cancelled"
    rest.open()


# ---- what cannot be asked

@pytest.mark.parametrize("words, input, why", [
    ([], None, "there is nothing to ask: TEXT is needed, or standard input"),
    ([], b" \n\t\n", "there is nothing to ask"),
    ([""], b"", "there is nothing to ask"),
    (["Hi"], b"a\0b", "standard input holds a NUL at byte 2: only text can be asked"),
    (["Hi"], b"ab\xff", "standard input is no UTF-8 from byte 3 on"),
    ([b"\xff"], None, "TEXT is no UTF-8 from byte 1 on"),
    (["Hi", "-s", b"\xc0"], None, "SYSTEM is no UTF-8 from byte 1 on"),
    (["-s", "provider.openai.model=x", "Hi"], None, "behind `ask` -s is what the model is told first: for a setting "
     "write --set provider.openai.model=x, or -s before `ask`"),
])
def test_what_is_no_question_is_wrong_usage(ask, cloud, words, input, why):
    code, out, err = told(ask(*words, input=input, cloud=cloud))
    assert (code, out) == (2, "") and err.startswith("understudy: ask: " + why)
    assert cloud.requests == []


def test_more_than_a_request_may_have(ask):
    code, _, err = told(ask(input=b"x" * 70_000, server__max_body="64K"))
    assert code == 2 and "standard input is longer than 65536 bytes" in err


# ---- without a daemon

@pytest.mark.sample
def test_without_a_daemon_it_asks_by_itself(ask, cloud, ollama):
    code, out, err = told(ask("Hi", cloud=cloud, ollama=ollama))
    assert (code, out) == (0, "cloud heard: Hi\n")
    assert re.fullmatch(r"understudy: answered by openai \(gpt-4\); asked without the daemon: at 127\.0\.0\.1:\d+ "
                        r"nobody listens there; start it with .*\n", err)
    assert cloud.chats[0].header("authorization") == f"Bearer {CLOUD_KEY}"


def test_by_itself_it_adds_to_the_usage_file_and_never_makes_it(ask, cloud, ollama, tmp_path):
    path = tmp_path / "usage.jsonl"
    assert told(ask("Hi", cloud=cloud, ollama=ollama, log__usage_file=path))[:2] == (0, "cloud heard: Hi\n")
    assert not path.exists()
    path.touch(0o640)
    assert ask("Hi", cloud=cloud, ollama=ollama, log__usage_file=path).returncode == 0
    assert [json.loads(line)["provider"] for line in path.read_text().splitlines()] == ["openai"]
    assert path.stat().st_mode & 0o777 == 0o640


def test_at_debug_it_tells_what_it_does(ask, cloud, ollama):
    code, out, err = told(ask("Hi", cloud=cloud, ollama=ollama, log__level="debug"))
    assert (code, out) == (0, "cloud heard: Hi\n")
    assert "level=debug" in err and "understudy: answered by openai (gpt-4)" in err


def test_a_cloud_without_a_default_model_is_not_asked_for_none(ask, cloud, ollama):
    groq = {"route.priority": "groq, ollama", "provider.groq.base_url": cloud.url + "/v1", "provider.groq.api_key": "none-of-yours"}
    code, out, err = told(ask("Hi", cloud=cloud, ollama=ollama, **groq))
    assert (code, out) == (2, "") and cloud.requests == []
    assert "understudy: ask: groq is asked first and has no default model: name one by -m MODEL, or set model in [provider groq]" in err
    assert told(ask("-m", "llama", "Hi", cloud=cloud, ollama=ollama, **groq))[:2] == (0, "cloud heard: Hi\n")


def test_by_itself_it_retries_and_falls_back(ask, cloud, ollama):
    cloud.script(status(503))
    code, out, err = told(ask("Hi", cloud=cloud, ollama=ollama))
    assert (code, out) == (0, "ollama heard: Hi\n") and len(cloud.chats) == 3
    assert "answered by ollama (ministral-3:3b), and not by openai, the first of the route: server" in err
    assert "tries: openai=3, ollama=1" in err
    found = json.loads(ask("--json", "Hi", cloud=cloud, ollama=ollama).stdout)
    assert (found["provider"], found["fallback"], found["text"]) == ("ollama", "server", "ollama heard: Hi")


def test_by_itself_with_nobody_there(ask):
    code, out, err = told(ask("Hi"))
    assert (code, out) == (1, "") and "All LLM providers failed" in err and "ollama serve" in err


def test_by_itself_a_stream_that_breaks(ask, cloud, ollama):
    cloud.script(cut_stream("half"))
    code, out, err = told(ask("Hi", cloud=cloud, ollama=ollama))
    assert (code, out) == (1, "half\n") and "the answer is not whole" in err


def test_by_itself_nobody_reads_it(ask, cloud, ollama):
    gate = Gate()
    cloud.script(stream("half", gate, *["more"] * 10, end="hold"))
    process = ask.begin("Hi", cloud=cloud, ollama=ollama)
    assert process.stdout.read(4) == b"half"
    process.stdout.close()
    gate.open()
    assert process.wait(PATIENCE) == 1
    assert b"Broken pipe" in process.stderr.read()
    process.stderr.close()


def test_what_answers_there_is_no_daemon(ask, cloud, ollama, strict):
    code, out, err = told(ask("Hi", cloud=cloud, ollama=ollama, server__listen=strict.url.removeprefix("http://")))
    assert (code, out) == (0, "cloud heard: Hi\n") and "is no answer of understudy to GET /readyz" in err


# ---- on a terminal

def test_a_terminal_is_not_commanded(ask, cloud, ollama):
    """And is not waited for as standard input."""
    cloud.script(stream("red \x1b[31m, bell \a, \u009b2J, tab \t, \u00e4\r\nend"))
    master, slave = pty.openpty()
    process = subprocess.Popen(ask.command("Hi", cloud=cloud, ollama=ollama), stdin=slave, stdout=slave,
                               stderr=subprocess.DEVNULL, env=ask.environment())
    os.close(slave)
    raw = b"".join(pieces(master))
    os.close(master)
    assert process.wait(PATIENCE) == 0
    assert raw.decode() == "red ?[31m, bell ?, ?2J, tab \t, \u00e4\r\nend\r\n"


def test_a_terminal_and_no_text_is_wrong_usage(ask):
    master, slave = pty.openpty()
    done = subprocess.run(ask.command(), stdin=slave, capture_output=True, timeout=PATIENCE, env=ask.environment())
    os.close(slave)
    os.close(master)
    assert done.returncode == 2 and b"TEXT is needed" in done.stderr
