"""A cloud that fails in its own time, and a real Ollama that stands in."""
import json
import urllib.request

import pytest

from answers import ask
from sim import Cloud
from sim.cloud import cut_stream, status

HELLO = "Hello from the tiny scripted model. Caf\u00e9 \U0001F600 ready!"
# Leaves the last turn open where it is the assistant's.
OPEN = """{{- range $i, $_ := .Messages }}{{- $last := eq (len (slice $.Messages $i)) 1 }}
{{- if and $last (eq .Role "assistant") }}<|assistant|>{{ .Content }}
{{- else }}<|{{ .Role }}|>{{ .Content }}<|end|>{{ if $last }}<|go|>{{ end }}{{ end }}{{ end }}"""


@pytest.fixture
def cloud():
    server = Cloud()
    yield server
    server.stop()


@pytest.fixture
def open_model(real):
    """A model of this test's own, for as long as it runs."""
    name = "understudy-test-open"
    real.get("/api/create", {"model": name, "from": "scripted", "template": OPEN, "stream": False,
                             "parameters": {"temperature": 0}})
    yield name
    gone = urllib.request.Request(real.url + "/api/delete", json.dumps({"model": name}).encode(),
                                  method="DELETE")
    urllib.request.urlopen(gone, timeout=60).close()


@pytest.mark.models("scripted")
def test_what_is_warmed_up_is_what_is_asked(start, cloud, real, recorder):
    """Another window would have the model loaded twice."""
    cloud.script(status(503))
    real.get("/api/generate", {"model": "scripted", "keep_alive": 0, "stream": False})
    daemon = start(cloud, recorder.url, {"provider.ollama.model": "scripted", "retry.attempts": 3,
                                         "retry.min_wait": "300ms", "retry.max_wait": "300ms"})
    assert ask(daemon, False).content == HELLO
    (load,) = recorder.loads
    (chat,) = recorder.chats
    assert load["options"]["num_ctx"] == chat["options"]["num_ctx"]
    assert load["keep_alive"] == chat["keep_alive"] and load["model"] == chat["model"]
    assert daemon.wait_for_log(event="warm_up")["loaded"] == "true"


@pytest.mark.models("scripted")
def test_what_is_loaded_is_not_loaded_anew(start, real, recorder):
    real.get("/api/generate", {"model": "scripted", "keep_alive": 0, "stream": False})
    real.get("/api/generate", {"model": "scripted", "stream": False,
                               "options": {"num_ctx": 3072}})
    daemon = start(None, recorder.url, {"provider.ollama.model": "scripted",
                                        "provider.ollama.warm_up": "no", "retry.attempts": 1})
    assert ask(daemon, False).content == HELLO
    shown = [m for m in real.get("/api/ps")["models"] if m["name"].startswith("scripted:")]
    if shown:  # of models that share their weights only one is shown
        assert recorder.chats[0]["options"]["num_ctx"] == shown[0]["context_length"] == 3072


GO_ON = {"route.continue_stream": "yes", "retry.attempts": 1, "provider.ollama.warm_up": "no"}


def joined(daemon):
    answer = daemon.chat(stream=True)
    assert answer.status == 200 and answer.events[-1] == "[DONE]", answer.events
    assert [e for e in answer.events if isinstance(e, tuple)] == [
        (": understudy continued on ollama",)]
    return answer.content


@pytest.mark.models("scripted")
@pytest.mark.parametrize("sent", ["Hello", "Hello from the t", HELLO[:-1]])
def test_a_broken_stream_is_gone_on_with_anew(start, cloud, real, sent):
    """The template of scripted ends the assistant's turn: it is asked anew, nothing comes twice."""
    cloud.script(cut_stream(sent))
    assert joined(start(cloud, real.url, {"provider.ollama.model": "scripted", **GO_ON})) == HELLO


@pytest.mark.models("scripted")
def test_a_broken_stream_is_gone_on_with_from_where_it_stopped(start, cloud, recorder, open_model):
    """After any other text the model says its own from the start."""
    sent = "Once upon a time: <&> \u00e9\n"
    cloud.script(cut_stream(sent))
    daemon = start(cloud, recorder.url, {"provider.ollama.model": open_model, **GO_ON})
    assert joined(daemon) == sent + HELLO
    assert recorder.chats[-1]["messages"][-1] == {"role": "assistant", "content": sent}


@pytest.mark.models("scripted-jinja")
def test_a_text_that_is_repeated_is_sent_once(start, cloud, recorder, real):
    """0.33 renders the model's own Jinja template with the turn open, and says the text again."""
    if real.version < (0, 30):
        pytest.skip("this Ollama reads no Jinja template")
    sent = "Once upon a time: <&> \u00e9\n"
    cloud.script(cut_stream(sent))
    daemon = start(cloud, recorder.url, {"provider.ollama.model": "scripted-jinja", **GO_ON})
    assert joined(daemon) == sent + HELLO
    assert recorder.chats[-1]["messages"][-1] == {"role": "assistant", "content": sent}
