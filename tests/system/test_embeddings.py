"""POST /v1/embeddings: never of another model, but where the settings name one."""
import pytest

from faults import error
from ledger import from_ollama, truth
from sim import ollama as o
from sim import reply
from sim.cloud import EMBEDDINGS, status


ASKED = {"model": "text-embedding-3-small", "input": "Hi"}
NAMED = {"model text-embedding-3-small.ollama": "embedder"}


def embed(daemon, headers=(), **more):
    return daemon.post(EMBEDDINGS, {**ASKED, **more}, headers)


@pytest.fixture
def embedder(ollama):
    ollama.models = [o.Model(), o.EMBEDDING]
    return ollama


def test_the_cloud_gets_the_bytes_as_they_are(start, cloud, embedder):
    body = b'{"input":["a"],"model" : "text-embedding-3-small","dimensions":3.0}'
    answer = start(cloud, embedder, NAMED).post(EMBEDDINGS, body)
    assert answer.json["data"][0]["embedding"] == [0.25, -0.5, 0.125]
    assert cloud.requests[0].body == body and embedder.requests_to_v1 == []


def test_they_do_not_move_by_themselves(start, cloud, embedder):
    cloud.script(status(503), path=EMBEDDINGS)
    answer = embed(start(cloud, embedder))
    assert answer.status == 503 and len(cloud.requests) == 3 and embedder.requests_to_v1 == []
    assert answer.header("x-understudy-attempts") == "openai=3"


@pytest.mark.sample
def test_they_move_where_a_model_line_says_so(start, cloud, embedder):
    cloud.script(status(503), path=EMBEDDINGS)
    daemon = start(cloud, embedder, {**NAMED, "breaker.failures": 0})
    answer = daemon.openai(max_retries=0).embeddings.create(**ASKED)
    assert answer.data[0].embedding == [0.5, 0.75] and answer.model == "embedder:latest"
    (request,) = embedder.to(EMBEDDINGS)
    assert request.json["input"] == "Hi" and request.json["model"] == "embedder:latest"
    assert daemon.exchange()["fallback"] == "server"
    assert truth(embed(daemon)) == from_ollama("openai=3, ollama=1", "server", "embedder:latest")


def test_only_the_named_model_moves(start, cloud, embedder):
    cloud.script(error(401), path=EMBEDDINGS)
    answer = embed(start(cloud, embedder, NAMED), model="text-embedding-3-large")
    assert answer.status == 401 and embedder.requests_to_v1 == []


def test_several_texts(start, cloud, embedder):
    cloud.script(error(401), path=EMBEDDINGS)
    answer = embed(start(cloud, embedder, NAMED), input=["a", "b"] * 5000)
    assert len(answer.json["data"]) == 10000 and answer.status == 200


def test_ollama_may_be_named_by_a_prefix(start, cloud, embedder):
    answer = embed(start(cloud, embedder), model="ollama:embedder")
    assert answer.json["data"][0]["embedding"] == [0.5, 0.75] and cloud.requests == []


@pytest.mark.parametrize("named, says", [
    ("ministral-3:3b", "Ollama model ministral-3:3b cannot embed texts"),
    ("nomic-embed-text", "ollama pull nomic-embed-text")])
def test_a_named_model_that_cannot_is_told(start, cloud, embedder, named, says):
    cloud.script(error(401), path=EMBEDDINGS)
    answer = embed(start(cloud, embedder, {"model text-embedding-3-small.ollama": named}))
    assert answer.status == 502 and says in answer.error["attempts"][1]["message"]
    assert embedder.requests_to_v1 == []


def test_an_ollama_without_embeddings_is_told(start, cloud, embedder):
    cloud.script(error(401), path=EMBEDDINGS)
    embedder.script(reply.status(404, body="404 page not found", kind="text/plain"),
                    path=EMBEDDINGS)
    answer = embed(start(cloud, embedder, NAMED))
    assert "this Ollama has no /v1/embeddings" in answer.error["message"]


def test_an_error_of_ollama_is_told_where_all_fail(start, cloud, embedder):
    cloud.script(error(401), path=EMBEDDINGS)
    answer = embed(start(cloud, embedder, NAMED), input=[1, 2, 3])
    assert (answer.status, answer.error["type"]) == (502, "all_providers_failed")
    assert [a["class"] for a in answer.error["attempts"]] == ["auth", "request"]
    assert "Ollama error: HTTP 400: invalid input type" in answer.error["message"]


def test_what_is_no_json_is_the_clouds_business(start, cloud, embedder):
    cloud.script(status(400, body=b'{"error": {"message": "no JSON"}}'), path=EMBEDDINGS)
    answer = start(cloud, embedder, NAMED).post(EMBEDDINGS, b"{")
    assert (answer.status, answer.error["message"]) == (400, "no JSON")


def test_a_route_without_a_cloud_tells_why(start, cloud, embedder):
    answer = embed(start(cloud, embedder, {"route.priority": "ollama"}))
    assert answer.status == 503 and "does not serve this path" in answer.error["message"]
