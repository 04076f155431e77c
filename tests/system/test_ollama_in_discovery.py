"""An app of Ollama's own API: what it asks at its start, of models of the cloud and of Ollama's, and that
nothing changes the models."""
import json

import ollama as sdk
import pytest

from ledger import both
from official import ollama_app
from sim import ollama as o

SOURCE = "ministral-3:3b"


def lines(answer):
    assert answer.header("content-type").startswith("application/x-ndjson"), answer
    return [json.loads(line) for line in answer.body.decode().splitlines()]


# ---- at its start


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("headers", [{}, {"Accept": "*/*"}, {"Accept": "application/json"}])
def test_the_root_says_what_clients_look_for(start, cloud, ollama, method, headers):
    answer = start(cloud, ollama).request(method, "/", headers=headers)
    assert answer.status == 200 and answer.body == (b"Ollama is running" if method == "GET" else b"")
    assert answer.header("content-type").startswith("text/plain")


def test_a_browser_gets_the_page(start, cloud, ollama):
    answer = start(cloud, ollama).get("/", {"Accept": "text/html,*/*;q=0.8"})
    assert answer.header("content-type").startswith("text/html")


def test_the_version_is_ollamas_own(start, cloud, ollama):
    assert start(cloud, ollama).get("/api/version").json == {"version": "0.33.0"}


def test_the_version_without_one(start, cloud, ollama):
    ollama.refuse()
    assert start(cloud, ollama).get("/api/version").json == {"version": "0.12.6"}


def test_tags(start, cloud, ollama):
    ollama.models = [o.Model(), o.Model("thinker:latest")]
    found = start(cloud, ollama).get("/api/tags").json["models"]
    names = [m["name"] for m in found]
    assert {SOURCE, "thinker:latest", *[m + ":latest" for m in cloud.models]} == \
        {n if ":" in n else n + ":latest" for n in names}
    for one in found:
        assert one["model"] == one["name"] and isinstance(one["size"], int)
        assert one["digest"] and one["modified_at"] and isinstance(one["details"], dict)


def test_a_name_that_two_have_has_its_provider(start, cloud, ollama):
    cloud.models = [SOURCE, "gpt-4"]
    names = [m["name"] for m in start(cloud, ollama).get("/api/tags").json["models"]]
    assert len(set(names)) == len(names) == 3
    assert any(n.startswith("openai:") for n in names) or any(n.startswith("ollama:") for n in names)


def test_tags_with_a_cloud_that_is_down(start, cloud, ollama):
    cloud.refuse()
    assert SOURCE in [m["name"] for m in start(cloud, ollama).get("/api/tags").json["models"]]


def test_what_runs(start, cloud, ollama):
    daemon = start(cloud, ollama)
    assert daemon.get("/api/ps").json["models"] == []
    daemon.chat(model="ollama:" + SOURCE)
    (one,) = daemon.get("/api/ps").json["models"]
    assert one["name"] == SOURCE and one["context_length"]


@pytest.mark.parametrize("name", ["gpt-4", "gpt-4:latest", "openai:gpt-4"])
def test_show_of_a_model_of_the_cloud(start, cloud, ollama, name):
    shown = start(cloud, ollama).post("/api/show", {"model": name}).json
    assert sorted(shown["capabilities"]) == ["completion", "tools"]
    info = shown["model_info"]
    assert info["general.basename"] == "gpt-4"
    assert info[info["general.architecture"] + ".context_length"] == 128000
    assert isinstance(shown["details"], dict)


def test_show_goes_by_the_settings(start, cloud, ollama):
    settings = {"model gpt-4.capabilities": "completion, tools, vision", "model gpt-4.context": "400000"}
    shown = start(cloud, ollama, settings).post("/api/show", {"model": "gpt-4"}).json
    assert sorted(shown["capabilities"]) == ["completion", "tools", "vision"]
    assert shown["model_info"][shown["model_info"]["general.architecture"] + ".context_length"] == 400000


def test_show_of_a_model_of_ollama(start, cloud, ollama):
    shown = start(cloud, ollama).post("/api/show", {"model": SOURCE}).json
    assert shown["capabilities"] == ["completion", "tools", "vision"]
    assert shown["model_info"]["sim.context_length"] == 262144


def test_show_of_nothing(start, cloud, ollama):
    answer = start(cloud, ollama).post("/api/show", {"model": "nothing"})
    assert (answer.status, answer.json) == (404, {"error": "model 'nothing' not found"})


# ---- what changes the models


ADMIN = [("POST", "/api/pull", {"model": "new"}), ("DELETE", "/api/delete", {"model": SOURCE}),
         ("POST", "/api/create", {"model": "new", "from": SOURCE}),
         ("POST", "/api/copy", {"source": SOURCE, "destination": "new"}),
         ("POST", "/api/push", {"model": SOURCE}), ("POST", "/api/blobs/sha256:00", {})]


@pytest.mark.parametrize("method, path, body", ADMIN)
def test_what_changes_the_models_is_refused(start, cloud, ollama, method, path, body):
    answer = start(cloud, ollama).request(method, path, body or b"x")
    assert answer.status == 403 and "ollama_admin" in answer.error
    assert ollama.to(path) == []


@pytest.mark.parametrize("name", ["gpt-4", SOURCE, "gpt-4:latest"])
@both
def test_a_pull_of_what_is_there_is_a_success(start, cloud, ollama, name, streamed):
    """Home Assistant pulls what it does not find."""
    answer = start(cloud, ollama).post("/api/pull", {"model": name, "stream": streamed})
    found = lines(answer) if streamed else [answer.json]
    assert found == [{"status": "success"}] and ollama.to("/api/pull") == []


# ---- the official library


def test_the_official_library_finds_the_models(start, cloud, ollama):
    daemon = start(cloud, ollama)
    app = ollama_app(daemon.url)
    daemon.close_at_end(app)
    names = {m.model.removesuffix(":latest") for m in app.list().models}
    assert names == {SOURCE, *cloud.models}
    assert app.show("gpt-4").capabilities == ["completion", "tools"]
    assert app.ps().models == []
    with pytest.raises(sdk.ResponseError) as raised:
        app.show("nothing")
    assert (raised.value.status_code, raised.value.error) == (404, "model 'nothing' not found")
    assert app.pull("gpt-4").status == "success" and app.requests == 5
