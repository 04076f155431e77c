"""GET /v1/models beyond the plain list (test_endpoints.py): how often the clouds are asked, whose
names carry a prefix, and that a model is told by the one who has it."""
import openai
import pytest

from sim import Cloud, Gate
from sim import ollama as o
from sim.cloud import openai_error, status

MODELS = "/v1/models"
CLOUDS, LOCAL = ["gpt-4", "gpt-4o-mini"], ["ollama:ministral-3:3b"]


@pytest.fixture(autouse=True)
def not_in_the_books(start):
    """Asking the owner of a model for it is not told as an attempt."""
    start.unsent = None


@pytest.fixture
def second():
    server = Cloud()
    server.models = ["mixtral", "gpt-4"]
    yield server
    server.stop()


def two(second, **more):
    return {"route.priority": "openai, groq, ollama", "provider.groq.type": "openai",
            "provider.groq.base_url": second.url + "/v1", "provider.groq.api_key": "gsk-1", **more}


def ids(daemon, **headers):
    answer = daemon.get(MODELS, headers)
    assert answer.status == 200
    return [m["id"] for m in answer.json["data"]]


def test_codex_finds_its_own_list_beside_it(start, cloud, ollama):
    """It asks with its version, and fails without a top-level models."""
    daemon = start(cloud, ollama)
    answer = daemon.get(MODELS + "?client_version=0.46.0").json
    assert answer["models"] == [] and [m["id"] for m in answer["data"]] == CLOUDS + LOCAL
    assert "models" not in daemon.get(MODELS).json


def test_an_app_of_anthropics_finds_its_own_shape(start, cloud, ollama):
    """It names the version of its API; Claude Code reads id and display_name."""
    daemon = start(cloud, ollama)
    version = {"anthropic-version": "2023-06-01"}
    page = daemon.get(MODELS + "?limit=1000", version).json
    assert [m["id"] for m in page["data"]] == CLOUDS + LOCAL
    assert all(m["type"] == "model" and m["display_name"] and m["created_at"] for m in page["data"])
    assert (page["has_more"], page["first_id"], page["last_id"]) == (False, CLOUDS[0], LOCAL[0])
    one = daemon.get(f"{MODELS}/{LOCAL[0]}", version).json
    assert (one["type"], one["id"]) == ("model", LOCAL[0])


# ---- how often the clouds are asked


def test_an_app_that_polls_does_not_hammer_the_cloud(start, cloud, ollama):
    daemon = start(cloud, ollama)
    for _ in range(20):
        assert ids(daemon) == CLOUDS + LOCAL
    assert len(cloud.to(MODELS)) == 1


def test_a_list_of_another_key_is_asked_for(start, cloud, ollama):
    daemon = start(cloud, ollama, {"provider.openai.api_key": ""})
    for key in ("sk-1", "sk-2", "sk-1"):
        assert ids(daemon, Authorization=f"Bearer {key}") == CLOUDS + LOCAL
    assert [q.header("authorization") for q in cloud.to(MODELS)] == ["Bearer sk-1", "Bearer sk-2"]


def test_a_list_that_failed_is_asked_for_again(start, cloud, ollama):
    listed = status(200, body={"object": "list", "data": [{"id": "x"}]})
    cloud.script(status(500), status(200, body=b"{}"), listed, path=MODELS)
    daemon = start(cloud, ollama)
    assert [ids(daemon) for _ in range(4)] == [LOCAL, LOCAL, ["x"] + LOCAL, ["x"] + LOCAL]
    assert len(cloud.to(MODELS)) == 3


# ---- the client


def test_a_slow_cloud_does_not_keep_the_client_from_leaving(start, cloud, ollama):
    gate = Gate()
    cloud.script(lambda peer, request: peer.wait(gate), path=MODELS)
    client = start(cloud, ollama).connect()
    client.request("GET", MODELS)
    gate.wait_reached()
    client.close()
    (sent,) = cloud.wait_for_requests(1, MODELS)
    assert sent.hung_up.wait(5)
    gate.open()


# ---- names


def test_other_clouds_carry_a_prefix_even_where_the_first_is_not_asked(start, cloud, ollama, second):
    daemon = start(cloud, ollama, two(second, **{"provider.openai.api_key": ""}))
    assert ids(daemon) == ["groq:mixtral", "groq:gpt-4"] + LOCAL
    assert cloud.to(MODELS) == []


@pytest.mark.sample
def test_each_listed_name_is_answered_by_its_owner(start, cloud, ollama, second):
    client = start(cloud, ollama, two(second)).openai(max_retries=0)
    listed = [m.id for m in client.models.list()]
    assert listed == CLOUDS + ["groq:mixtral", "groq:gpt-4"] + LOCAL
    assert [client.models.retrieve(name).id for name in listed] == listed
    assert [q.path for q in second.requests] == [MODELS] + [f"{MODELS}/{m}" for m in second.models]
    assert second.requests[-1].header("authorization") == "Bearer gsk-1"
    for name in listed:
        client.chat.completions.create(model=name, messages=[{"role": "user", "content": "Hi"}])
    assert [q.json["model"] for q in second.chats] == second.models
    assert [q.json["model"] for q in cloud.chats] == cloud.models


@pytest.mark.parametrize("name", ["openai:gpt-4", "openai%3Agpt-4", "openai%3agpt-4"])
def test_the_first_clouds_name_may_be_said(start, cloud, ollama, name):
    answer = start(cloud, ollama).get(f"{MODELS}/{name}")
    assert answer.status == 200 and answer.json["id"] == "openai:gpt-4"
    assert cloud.requests[0].path == f"{MODELS}/gpt-4"


def test_an_error_of_the_owner_comes_in_its_words(start, cloud, ollama, second):
    second.script(openai_error(403, "no_access", "not for you"), path=f"{MODELS}/x")
    daemon = start(cloud, ollama, two(second))
    answer = daemon.get(f"{MODELS}/groq:x")
    assert (answer.status, answer.error["code"]) == (403, "no_access")
    assert answer.header("x-should-retry") == "false" and cloud.requests == []
    with pytest.raises(openai.NotFoundError):
        daemon.openai().models.retrieve("groq:nothing")


def test_an_owner_that_cannot_be_asked_is_an_error(start, cloud, ollama, second):
    daemon = start(cloud, ollama, two(second, **{"provider.groq.api_key": ""}))
    assert daemon.get(f"{MODELS}/groq:x").status == 502 and second.requests == []
    second.script(status(200, body=b"<html>"), path=f"{MODELS}/x")
    assert start(cloud, ollama, two(second)).get(f"{MODELS}/groq:x").status == 502


def test_what_is_no_providers_name_is_the_clouds_business(start, cloud, ollama):
    answer = start(cloud, ollama).get(f"{MODELS}/ft:gpt-4:me")
    assert answer.status == 404 and cloud.requests[0].target == f"{MODELS}/ft:gpt-4:me"


def test_an_entry_is_marked_by_its_owner(start, cloud, ollama):
    ollama.models = [o.Model(), o.EMBEDDING]
    listed = start(cloud, ollama).get(MODELS).json["data"]
    assert [m["owned_by"] for m in listed] == ["openai", "openai", "ollama", "ollama"]
