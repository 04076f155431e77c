"""The command line and the settings: what is in effect, where it came from, what is wrong with it."""
import json
import re
import subprocess

import pytest

from daemon import BINARY, ROOT, WRAPPER
from sim.cloud import openai_error, status
from sim.net import closed_port
from sim.ollama import EMBEDDING, Model

SECRET = "sk-very-secret"


class Program:
    """Runs the program in a folder and an environment of its own."""

    def __init__(self, home):
        self.home = home

    def __call__(self, *words, env=None, ini=None):
        if ini is not None:
            words = ("-c", str(self.write("settings.ini", ini)), *words)
        return subprocess.run([*WRAPPER, str(BINARY), *map(str, words)], capture_output=True,
                              text=True, timeout=120, cwd=self.home,
                              env={"HOME": str(self.home), **(env or {})})

    def write(self, name, text):
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def origins(self, *words, **more):
        """{"section.key": (value, origin)} of `config`, which must succeed."""
        done = self(*words, "config", **more)
        assert done.returncode == 0, done.stderr
        return read_listing(done.stdout)

    def errors(self, *words, **more):
        """What it says before it ends with 2, without its name in front."""
        done = self(*words, **more)
        assert (done.returncode, done.stdout) == (2, "")
        return [l.removeprefix("understudy: ") for l in done.stderr.splitlines()]


def read_listing(text):
    found, section = {}, None
    for line in text.splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line:
            key, value, origin = re.fullmatch(r"(\S+)\s+= (.*?)\s+; (.*)", line).groups()
            found[f"{section}.{key}"] = (value, origin)
    return found


@pytest.fixture
def run(tmp_path):
    return Program(tmp_path)


# ---- usage


def test_help_and_version(run):
    done = run("-h")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.startswith("usage: understudy [-c FILE] [-s SECTION.KEY=VALUE]... [COMMAND]")
    for word in ("serve", "check", "config", "explain", "--json", "--defaults", "-V"):
        assert word in done.stdout
    for word in ("help", "--help"):
        assert run(word).stdout == done.stdout
    done = run("-V")
    assert re.fullmatch(r"understudy \d+\.\d+\.\d+\n", done.stdout) and done.returncode == 0
    for word in ("-v", "version", "--version"):
        assert (run(word).stdout, run(word).returncode) == (done.stdout, 0)


@pytest.mark.parametrize("words, says", [
    (["-x"], "unknown option: -x"), (["--listen=1"], "unknown option: --listen=1"),
    (["-c"], "a value is missing behind: -c"), (["-s"], "a value is missing behind: -s"),
    (["start"], "unknown command: start"), (["config", "x", "y"], "one argument too many: x"),
])
def test_what_is_not_understood_ends_with_2(run, words, says):
    (error,) = run.errors(*words)
    assert says in error


# ---- config: what is in effect, and where it came from


@pytest.mark.sample
def test_every_setting_tells_where_it_came_from(run):
    ini = f"[server]\nmax_body = 1M\n\n[provider openai]\napi_key = {SECRET}\nheader.X-Team = blue\n"
    env = {"UNDERSTUDY_RETRY_ATTEMPTS": "4", "LLM_RETRY_MIN_WAIT": "2s", "OLLAMA_MODEL": "m:1"}
    found = run.origins("-s", "retry.max_wait=20s", ini=ini, env=env)
    file = str(run.home / "settings.ini")
    assert found["server.max_body"] == ("1M", f"{file}:2")
    assert found["provider openai.api_key"] == ("****", f"{file}:5")
    assert found["provider openai.header.X-Team"] == ("blue", f"{file}:6")
    assert found["retry.attempts"] == ("4", "env UNDERSTUDY_RETRY_ATTEMPTS")
    assert found["retry.min_wait"] == ("2s", "env LLM_RETRY_MIN_WAIT")
    assert found["provider ollama.model"] == ("m:1", "env OLLAMA_MODEL")
    assert found["retry.max_wait"] == ("20s", "flag")
    assert found["retry.multiplier"] == ("1.0", "default")


def test_every_setting_of_the_settings_file_is_listed(run):
    keys, section = set(), None
    for line in (ROOT / "conf/understudy.ini").read_text().splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif match := re.match(r"(\w+) =", line.removeprefix(";") if line == ";api_key =" else line):
            keys.add(f"{section}.{match[1]}")
    assert len(keys) >= 60
    assert keys | {"connectivity.check_url"} == set(run.origins())


def test_flag_over_environment_over_file_over_default(run):
    ini, env = "[retry]\nattempts = 5\n", {"UNDERSTUDY_RETRY_ATTEMPTS": "6"}
    flag = ("-s", "retry.attempts=7")
    assert run.origins(*flag, ini=ini, env=env)["retry.attempts"] == ("7", "flag")
    assert run.origins(ini=ini, env=env)["retry.attempts"][0] == "6"
    assert run.origins(ini=ini)["retry.attempts"][0] == "5"
    assert run.origins()["retry.attempts"] == ("3", "default")


def test_no_secret_is_shown(run):
    ini = ("[server]\ntokens = tok-one, tok-two\n[provider openai]\nproxy = http://u:pw-three@h:1\n"
           "header.Authorization = Bearer tok-four\nheader.X-Api-Key = tok-five\n")
    done = run("config", ini=ini, env={"OPENAI_API_KEY": SECRET, "UNDERSTUDY_X": SECRET})
    assert done.returncode == 0
    for secret in (SECRET, "tok-", "pw-three"):
        assert secret not in done.stdout + done.stderr
    found = read_listing(done.stdout)
    assert found["provider openai.api_key"] == ("****", "env OPENAI_API_KEY")
    assert found["server.tokens"][0] == "****, ****"


@pytest.mark.parametrize("name, value, key, shown", [
    ("LLM_RETRY_ATTEMPTS", "2", "retry.attempts", "2"),
    ("LLM_RETRY_MIN_WAIT", "0.5", "retry.min_wait", "0.5"),
    ("LLM_RETRY_MAX_WAIT", "30", "retry.max_wait", "30"),
    ("LLM_RETRY_MULTIPLIER", "2", "retry.multiplier", "2"),
    ("OPENAI_API_KEY", "sk-x", "provider openai.api_key", "****"),
    ("OPENAI_MODEL", "gpt-4o", "provider openai.model", "gpt-4o"),
    ("OLLAMA_MODEL", "llama3.2:3b, auto", "provider ollama.model", "llama3.2:3b, auto"),
    ("PROVIDER_PRIORITY", "ollama,openai", "route.priority", "ollama, openai"),
    ("CONNECTIVITY_CHECK_URL", "http://x.test/", "connectivity.check_url", "http://x.test/"),
    ("CONNECTIVITY_TIMEOUT_MS", "100", "connectivity.timeout_ms", "100"),
    ("UNDERSTUDY_SERVER_LISTEN", "[::1]:1", "server.listen", "[::1]:1"),
    ("UNDERSTUDY_PROVIDER_OPENAI_BASE_URL", "http://x.test/v1", "provider openai.base_url",
     "http://x.test/v1"),
    ("UNDERSTUDY_LOG_FORMAT", "json", "log.format", "json"),
])
def test_names_in_the_environment(run, name, value, key, shown):
    found, origin = run.origins(env={name: value})[key]
    assert (found.replace(" ", ""), origin) == (shown.replace(" ", ""), f"env {name}")


@pytest.mark.parametrize("host, url", [
    ("10.0.0.9", "http://10.0.0.9:11434"), (":8080", "http://127.0.0.1:8080"),
    ("box:1234", "http://box:1234"), ("0.0.0.0", "http://127.0.0.1:11434"),
    ("https://ollama.test", "https://ollama.test:443"),
])
def test_every_form_of_ollama_host(run, host, url):
    found = run.origins(env={"OLLAMA_HOST": host})["provider ollama.base_url"]
    assert found[0] in (url, url.removesuffix(":443")) and found[1] == "env OLLAMA_HOST"


def test_the_long_name_wins_over_the_plain_one(run):
    env = {"LLM_RETRY_ATTEMPTS": "2", "UNDERSTUDY_RETRY_ATTEMPTS": "6"}
    assert run.origins(env=env)["retry.attempts"] == ("6", "env UNDERSTUDY_RETRY_ATTEMPTS")


def test_the_apps_base_url_is_never_read(run):
    with_it = run("config", env={"OPENAI_BASE_URL": "http://127.0.0.1:11411/v1"})
    assert with_it.stdout == run("config").stdout and with_it.stderr == ""


def test_an_unknown_variable_of_ours_is_a_warning(run):
    done = run("config", env={"UNDERSTUDY_RETRY_ATEMPTS": "2", "UNRELATED_X": "1"})
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line.startswith("understudy: warning: env UNDERSTUDY_RETRY_ATEMPTS: ")


def test_names_with_dots_and_blanks(run):
    found = run.origins("-s", "model gpt-4.1.ollama=llama3.2:3b", "-s", "model.gpt-4.openai=o1",
                        "-s", "provider.near.type=openai", "-s", "provider.near.api_key=none",
                        "-s", "provider.near.base_url=http://127.0.0.1:8000/v1",
                        env={"UNDERSTUDY_MODEL_GPT_4_1_HEDGE_AFTER": "3s"})
    assert found["model gpt-4.1.ollama"] == ("llama3.2:3b", "flag")
    assert found["model gpt-4.openai"] == ("o1", "flag")
    assert found["provider near.base_url"] == ("http://127.0.0.1:8000/v1", "flag")


def test_the_defaults_are_the_file_in_conf_and_mean_nothing_new(run):
    done = run("config", "--defaults", env={"UNDERSTUDY_RETRY_ATTEMPTS": "9"})
    assert done.stdout == (ROOT / "conf/understudy.ini").read_text()
    assert (done.returncode, done.stderr) == (0, "")
    with_it, without = run.origins(ini=done.stdout), run.origins()
    assert {k: v for k, (v, _) in with_it.items()} == {k: v for k, (v, _) in without.items()}


def test_what_was_changed_alone_and_as_json(run):
    ini = f"[retry]\nattempts = 2\n[provider openai]\napi_key = {SECRET}\n"
    done = run("config", "--changed", ini=ini)
    file = str(run.home / "settings.ini")
    assert read_listing(done.stdout) == {"retry.attempts": ("2", f"{file}:2"),
                                         "provider openai.api_key": ("****", f"{file}:4")}
    done = run("config", "--changed", "--json", ini=ini)
    assert json.loads(done.stdout) == {
        "retry": {"attempts": {"value": "2", "origin": f"{file}:2"}},
        "provider openai": {"api_key": {"value": "****", "origin": f"{file}:4"}}}
    done = run("config", "--json", ini=ini)
    told = {f"{section}.{key}": (m["value"], m["origin"])
            for section, keys in json.loads(done.stdout).items() for key, m in keys.items()}
    assert told == run.origins(ini=ini)


@pytest.mark.parametrize("mode, warned", [(0o644, True), (0o640, False), (0o600, False)])
def test_a_key_written_out_where_others_can_read_it_is_a_warning(run, mode, warned):
    path = run.write("settings.ini", f"[provider openai]\napi_key = {SECRET}\n")
    path.chmod(mode)
    done = run("-c", path, "config")
    assert done.returncode == 0 and SECRET not in done.stdout + done.stderr
    assert (f"warning: {path}:2: [provider openai] api_key: the secret itself is in a file that "
            f"others can read; better: chmod 600 {path}" in done.stderr) is warned
    assert warned or done.stderr == ""


@pytest.mark.parametrize("file, folder, said", [
    (0o600, 0o700, None), (0o606, 0o700, "others can write to {file}, and so"),
    (0o600, 0o777, "others can write to the folder of {file}, and so"), (0o600, 0o1777, None)])
def test_settings_that_others_can_change_are_a_warning(run, tmp_path, file, folder, said):
    path = tmp_path / "own" / "settings.ini"
    path.parent.mkdir()
    path.write_text("[retry]\nattempts = 2\n")
    path.chmod(file)
    path.parent.chmod(folder)
    done = run("-c", path, "config")
    assert done.returncode == 0
    assert done.stderr.startswith("understudy: warning: " + said.format(file=path)) if said \
        else done.stderr == ""


def test_a_usage_file_that_others_can_read_is_a_warning(run, tmp_path):
    path = tmp_path / "usage.jsonl"
    path.touch(0o600)
    assert run("-s", f"log.usage_file={path}", "config").stderr == ""
    path.chmod(0o644)
    assert f"[log] usage_file: others can read {path}" in run("-s", f"log.usage_file={path}", "config").stderr


def test_a_key_on_the_command_line_is_a_warning(run):
    done = run("-s", f"provider.openai.api_key={SECRET}", "config")
    assert "warning: -s provider.openai.api_key: " in done.stderr
    assert done.returncode == 0 and SECRET not in done.stdout + done.stderr


@pytest.mark.parametrize("ini, says", [
    ("[provider box]\ntype = openai\nbase_url = http://box:1\n",
     "[provider box] is in no route: it is asked only for box:MODEL; for all other models set [route] priority = "
     "openai, ollama, box"),
    ("[provider ollama]\nmodel = olama:m:3b\n", 'did you mean "ollama:m:3b"?'),
])
def test_what_was_most_likely_not_meant_is_a_warning(run, ini, says):
    done = run("config", ini=ini)
    assert done.returncode == 0 and says in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("name", ["ollama", "openai", "groq"])
def test_the_name_of_a_provider_as_a_section_is_an_error_with_the_right_word(run, name):
    (error,) = run.errors("config", ini=f"[{name}]\nmodel = x\n")
    assert f'unknown section "{name}"' in error and f'did you mean "provider {name}"?' in error


@pytest.mark.parametrize("key, says", [
    (f'"{SECRET}"', "quotes around"), (f"OPENAI_API_KEY={SECRET}", "NAME= before"),
    (f" {SECRET}", "blanks around"), (f"{SECRET} \n", "blanks around")])
def test_a_key_file_with_more_than_the_key_is_an_error(run, key, says):
    path = run.write("key", key)
    path.chmod(0o600)
    (error,) = run.errors("config", env={"OPENAI_API_KEY": f"file:{path}"})
    assert says in error and SECRET not in error


# ---- which file


def test_the_order_in_which_files_are_looked_for(run):
    def wait():
        value, origin = run.origins(*flag, env=env)["retry.min_wait"]
        return value, origin.rpartition(":")[0]

    flag, env = (), {}
    files = [run.write(name, f"[retry]\nmin_wait = {i}ms\n") for i, name in enumerate(
        [".config/understudy/understudy.ini", "xdg/understudy/understudy.ini", "env.ini", "c.ini"])]
    assert wait() == ("0ms", str(files[0]))
    env["XDG_CONFIG_HOME"] = str(run.home / "xdg")
    assert wait() == ("1ms", str(files[1]))
    env["UNDERSTUDY_CONFIG"] = str(files[2])
    assert wait() == ("2ms", str(files[2]))
    flag = ("-c", files[3])
    assert wait() == ("3ms", str(files[3]))


@pytest.mark.parametrize("name", ["nothing.ini", "."])
def test_a_file_that_was_named_must_be_there(run, name):
    path = run.home / name
    for error in (run.errors("-c", path, "config"),
                  run.errors("config", env={"UNDERSTUDY_CONFIG": str(path)})):
        assert len(error) == 1 and error[0].startswith(f"{path}: ")


# ---- what is wrong with it


@pytest.mark.sample
def test_all_errors_are_told_at_once_each_with_its_place_and_cure(run):
    ini = ("[retry]\natempts = 2\nmin_wait = soon\njitter = 2\nattempts = 2\nattempts = 3\n"
           "[serverr]\nlisten = 1\n[provider openai]\nbase_url = ftp://x\nca_fil = x\n"
           "[route]\npriority = openai, lama\n")
    file = run.home / "settings.ini"
    for command in ("config", "serve", "check"):
        errors = run.errors(command, "-s", "log.level=loud", ini=ini,
                            env={"UNDERSTUDY_BREAKER_FAILURES": "-1"})
        for start, *words in [
                (f"{file}:2: ", '"atempts"', "allowed: attempts", 'did you mean "attempts"?'),
                (f"{file}:3: ", "[retry] min_wait", '"soon"', "a duration such as 250ms"),
                (f"{file}:4: ", "[retry] jitter", '"2"', "from 0 to 1"),
                (f"{file}:6: ", "attempts", "line 5"),
                (f"{file}:7: ", '"serverr"', 'did you mean "server"?'),
                (f"{file}:10: ", "base_url", "http://"),
                (f"{file}:11: ", '"ca_fil"', 'did you mean "ca_file"?'),
                (f"{file}:13: ", '"lama"'),
                ("env UNDERSTUDY_BREAKER_FAILURES: ", '"-1"'),
                ("-s log.level: ", '"loud"', "error, warning, info or debug")]:
            (error,) = [e for e in errors if e.startswith(start)]
            assert all(word in error for word in words), error
        assert len(errors) == 10, errors


def test_a_line_too_long_for_the_parser_is_told(run):
    (error,) = run.errors("config", ini="[log]\nlevel = info\nformat = " + "x" * 70000 + "\n")
    assert error.startswith(f"{run.home}/settings.ini:3: ") and len(error) < 300


def test_a_header_of_4000_bytes_is_taken_whole(run, start, cloud, ollama):
    value = "v" * 3990 + "0123456789"
    ini = f"[provider openai]\nheader.X-Long = {value}\n"
    assert run.origins(ini=ini)["provider openai.header.X-Long"][0] == value
    start(cloud, ollama, ini=ini).chat()
    assert cloud.chats[0].header("x-long") == value


@pytest.mark.parametrize("ini", ["\ufeff[retry]\r\nattempts = 2\r\n", "[retry]\nattempts=2",
                                 "; c\n# c\n[retry]\nattempts : 2 ; two\n"])
def test_files_of_other_editors_are_read(run, ini):
    assert run.origins(ini=ini)["retry.attempts"][0] == "2"


@pytest.mark.parametrize("flag, says", [
    ("retry", "not a setting"), ("retry.attempts", "not a setting"), ("=", "not a setting"),
    ("retry.=1", "not a setting"), (".x=1", "unknown section"), ("x.y=1", "unknown section"),
    ("provider.hedge_after.type=openai", "not the name of a provider"),
    ("provider.all.type=openai", "not the name of a provider"),
    ("server.listen=0.0.0.0:1", "reachable from other machines"),
])
def test_flags_that_are_wrong(run, flag, says):
    (error,) = run.errors("-s", flag, "config")
    assert error.startswith("-s ") and says in error and "allowed: " in error


# ---- check


@pytest.fixture
def check(run):
    """check(cloud, ollama) -> what it ended with; None: nothing listens there."""
    sock = closed_port()
    closed = "http://127.0.0.1:%d" % sock.getsockname()[1]

    def check(cloud, ollama, *words):
        return run("-s", f"provider.openai.base_url={getattr(cloud, 'url', closed)}/v1",
                   "-s", f"provider.ollama.base_url={getattr(ollama, 'url', closed)}",
                   *words, env={"OPENAI_API_KEY": SECRET})

    yield check
    sock.close()


def test_check_when_all_is_well(check, cloud, ollama):
    done = check(cloud, ollama, "check")
    assert done.returncode == 0 and done.stderr == ""
    assert done.stdout.endswith("route (openai, ollama): can answer\n")


BAD_KEY = openai_error(401, "invalid_api_key", f"Incorrect API key provided: {SECRET}")


@pytest.mark.parametrize("name, cloud_says, models, code, wanted", [
    ("the key is refused", BAD_KEY, None, 0, {"key": "refused"}),
    ("the cloud is busy", status(503), None, 0, {"status": 503}),
    ("nothing installed fits", None, [EMBEDDING], 0, {"key": "accepted"}),
    ("nothing is installed", None, [], 0, {"key": "accepted"}),
    ("neither can answer", BAD_KEY, [EMBEDDING], 1, {"key": "refused"}),
])
def test_check_as_json_and_for_people(check, cloud, ollama, name, cloud_says, models, code, wanted):
    if cloud_says:
        cloud.script(cloud_says, path="/v1/models")
    if models is not None:
        ollama.models = models
    done, text = check(cloud, ollama, "check", "--json"), check(cloud, ollama, "check")
    assert done.returncode == text.returncode == code
    told = json.loads(done.stdout)
    assert told["can_answer"] is (code == 0)
    assert wanted.items() <= told["providers"][0].items()
    assert SECRET not in done.stdout + done.stderr + text.stdout + text.stderr
    assert len(text.stdout.splitlines()) == 3
    assert cloud.chats == [] and ollama.chats == []


def test_check_says_that_the_model_asked_for_is_missing(check, cloud, ollama):
    ollama.models = [Model("other:1b", ("completion",), 8192)]
    done = check(cloud, ollama, "-s", "provider.ollama.model=ministral-3:3b", "check")
    assert "no Ollama model that may answer is installed; try `ollama pull ministral-3:3b`" \
        in done.stdout
    done = check(cloud, ollama, "-s", "provider.ollama.model=ministral-3:3b, auto", "check")
    assert "a fallback uses other:1b" in done.stdout and done.returncode == 0


def test_check_with_neither_is_1(check):
    done = check(None, None, "check")
    assert done.returncode == 1 and done.stdout.count("not reachable") == 2


# ---- explain


@pytest.mark.parametrize("word, failure, then", [
    ("connect-refused", "network", "waits 750ms to 1s"), ("dns", "network", "attempts used up"),
    ("reset", "network", "waits 1.5s to 2s"), ("stall", "timeout", "its share of the deadline"),
    ("408", "timeout", "attempts used up"), ("503", "server", "attempts used up"),
    ("505", "server", "not retried"), ("cut", "protocol", "attempts used up"),
    ("429", "rate_limit", "not retried"), ("401", "auth", "not retried"),
    ("certificate", "auth", "not retried"), ("402", "quota", "not retried"),
    ("model", "model", "not retried"), ("context", "context", "ollama"),
    ("301", "redirect", "not retried"), ("400", "request", "The client gets this answer"),
    ("501", "request", "The client gets this answer"), ("policy", "policy", "The client gets"),
    ("offline", "skipped", "is not tried: the machine is offline"),
    ("breaker", "skipped", "is not tried"), ("no-key", "skipped", "is not tried"),
])
def test_explain(run, word, failure, then):
    done = run("explain", word)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{word}: class {failure}, ")
    assert then in done.stdout
    falls_back = failure not in ("request", "policy")
    begun = "is under way already" if word == "stall" else "is asked at once"
    assert (f"ollama  {begun}" in done.stdout) is falls_back


def test_explain_goes_by_the_settings_in_effect(run):
    env = {"LLM_RETRY_ATTEMPTS": "2", "UNDERSTUDY_RETRY_JITTER": "0", "PROVIDER_PRIORITY": "openai"}
    done = run("explain", "503", env=env)
    assert "try 1 fails: waits 1s" in done.stdout and "try 3" not in done.stdout
    assert "ollama" not in done.stdout


def test_explain_alone_lists_the_words(run):
    done = run("explain")
    assert done.returncode == 2 and done.stdout == ""
    for word in ("connect-refused", "stall", "offline", "rate-limit", "certificate"):
        assert f"  {word} " in done.stderr
