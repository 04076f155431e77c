"""What an app of Anthropic's API asks beside messages: counting, models, the root, other paths."""
import pytest

from messages import ASKED, HEAD, HI, MODEL, OWN_KEY, ask, problem, said, with_claude
from official import claude_app
from sim import Cloud, reply
from sim import anthropic as a

COUNT, MODELS = a.COUNT, a.MODELS
COUNTED = {"model": MODEL, "messages": [HI]}


# ---- counting


def count(daemon, headers=HEAD, path=COUNT, **more):
    return daemon.post(path, {**COUNTED, **more}, headers)


@pytest.mark.parametrize("path", [COUNT, COUNT + "?beta=true"])
def test_anthropic_counts(start, claude, ollama, path):
    claude.script(reply.status(200, a.OWN, {"input_tokens": 4321}), path=COUNT)
    answer = count(with_claude(start, claude, ollama), path=path)
    assert (answer.status, answer.json) == (200, {"input_tokens": 4321})
    assert answer.header("x-understudy-provider") == "anthropic"
    assert claude.counts[0].target == path and claude.counts[0].json == COUNTED


@pytest.mark.parametrize("fault", [a.overloaded(), a.error(500), a.rate_limit(), a.wrong_key(),
                                   a.billing(), reply.reset_before_answer(), reply.html_200(),
                                   reply.empty_200(), reply.status(200, body={"id": "x"})],
                         ids=["529", "500", "429", "401", "402", "reset", "a hotel's page", "nothing",
                              "something else"])
def test_when_it_cannot_we_estimate(start, claude, ollama, fault):
    claude.script(fault, path=COUNT)
    daemon = with_claude(start, claude, ollama)
    few = count(daemon)
    many = count(daemon, messages=[{"role": "user", "content": "word " * 1000}], system="Be terse.")
    assert few.status == many.status == 200
    assert 1 <= few.json["input_tokens"] < 50
    assert 600 < many.json["input_tokens"] < 3000
    assert few.header("x-understudy-provider") == "estimate"
    assert len(claude.counts) <= 2 and ollama.chats == []  # one try each


def test_without_a_cloud_we_estimate(start, ollama):
    answer = count(start(None, ollama, {"route.messages": "ollama"}))
    assert answer.status == 200 and answer.json["input_tokens"] > 0
    assert answer.header("x-understudy-provider") == "estimate"


def test_what_is_the_apps_is_told(start, claude, ollama):
    claude.script(a.error(400, "messages: at least one message is required"), path=COUNT)
    answer = count(with_claude(start, claude, ollama))
    assert answer.status == 400
    assert problem(answer)["message"] == "messages: at least one message is required"


def test_the_official_client_counts(start, claude, ollama):
    claude.refuse()
    daemon = with_claude(start, claude, ollama)
    app = claude_app(daemon.url)
    daemon.close_at_end(app)
    assert app.messages.count_tokens(**COUNTED).input_tokens > 0 and app.requests == 1
    start.unsent = 1


# ---- models


def test_models_in_anthropics_shape(start, claude, ollama):
    answer = with_claude(start, claude, ollama, {"route.priority": "ollama"}).get(MODELS, HEAD)
    body = answer.json
    assert {"data", "has_more", "first_id", "last_id"} <= set(body)
    ids = [m["id"] for m in body["data"]]
    assert set(claude.models) <= set(ids) and any("ministral-3:3b" in i for i in ids)
    assert (body["first_id"], body["last_id"], body["has_more"]) == (ids[0], ids[-1], False)
    for one in body["data"]:
        assert one["type"] == "model" and one["display_name"] and one["created_at"]


@pytest.mark.parametrize("query", ["", "?limit=1000", "?limit=20&after_id=x"])
def test_the_query_of_a_list_is_no_matter(start, claude, ollama, query):
    answer = with_claude(start, claude, ollama).get(MODELS + query, HEAD)
    assert answer.status == 200 and answer.json["data"]


def test_the_official_client_lists_models(start, claude, ollama):
    cloud = Cloud()
    daemon = with_claude(start, claude, ollama, {"route.priority": "openai, ollama"}, cloud=cloud)
    app = claude_app(daemon.url)
    daemon.close_at_end(app)
    ids = [m.id for m in app.models.list()]
    assert set(claude.models) <= set(ids) and {"gpt-4", "openai:gpt-4"} & set(ids)
    cloud.stop()


def test_all_of_a_long_list_come(start, claude, ollama):
    """Anthropic's has pages of 20."""
    claude.models = [f"claude-{n}" for n in range(120)]
    answer = with_claude(start, claude, ollama).get(MODELS, HEAD)
    assert set(claude.models) <= {m["id"] for m in answer.json["data"]}
    assert [q.target for q in claude.to(MODELS)] == [MODELS + "?limit=1000"]


def test_models_when_anthropic_is_down(start, claude, ollama):
    claude.refuse()
    answer = with_claude(start, claude, ollama).get(MODELS, HEAD)
    assert answer.status == 200 and [m["type"] for m in answer.json["data"]] == ["model"]


# ---- the root, and the rest


def test_a_HEAD_of_the_root(start, claude, ollama):
    answer = with_claude(start, claude, ollama).request("HEAD", "/", headers=HEAD)
    assert answer.status == 200 and answer.body == b""


@pytest.mark.parametrize("method, path", [
    ("GET", "/v1/messages/batches?limit=2"), ("POST", "/v1/messages/batches"), ("GET", "/v1/files"),
    ("DELETE", "/v1/files/file_1")])
def test_other_paths_go_to_anthropic_byte_for_byte(start, claude, ollama, method, path):
    claude.script(reply.status(200, a.OWN, b'{ "data" : [] }'), path=path.split("?")[0])
    body = b'{ "requests":[] }' if method == "POST" else b""
    answer = with_claude(start, claude, ollama).request(method, path, body, HEAD)
    assert (answer.status, answer.body) == (200, b'{ "data" : [] }')
    (request,) = claude.to(path.split("?")[0])
    assert (request.method, request.target, request.body) == (method, path, body)
    assert request.all("x-api-key") == [OWN_KEY]


def test_without_its_header_they_go_to_openai(start, claude, ollama):
    cloud = Cloud()
    cloud.script(reply.status(200, body=b"{}"), path="/v1/files")
    daemon = with_claude(start, claude, ollama, cloud=cloud)
    assert daemon.get("/v1/files").status == 200
    assert len(cloud.to("/v1/files")) == 1 and claude.to("/v1/files") == []
    cloud.stop()


@pytest.mark.parametrize("method, path, status, kind", [
    ("GET", "/v1/messages", 405, "invalid_request_error"),
    ("PUT", "/v1/messages", 405, "invalid_request_error"),
    ("GET", COUNT, 405, "invalid_request_error")])
def test_errors_of_ours_have_its_shape(start, claude, ollama, method, path, status, kind):
    answer = with_claude(start, claude, ollama).request(method, path, b"", HEAD)
    assert answer.status == status and problem(answer)["type"] == kind and answer.header("allow")


@pytest.mark.parametrize("settings, headers, status, kind", [
    ({"server.max_body": "1K"}, {}, 413, "request_too_large"),
    ({}, {"Origin": "https://page.test"}, 403, "permission_error"),
    ({}, {"x-understudy-attempts": "many"}, 400, "invalid_request_error"),
    ({}, {"Host": "evil.test"}, 403, "permission_error"),
    ({"route.messages": "anthropic", "provider.anthropic.model": "x"}, {"x-api-key": None}, 503,
     "api_error"),
])
def test_refusals_of_ours_have_its_shape(start, claude, ollama, settings, headers, status, kind):
    daemon = with_claude(start, claude, ollama, settings, key=None)
    sent = {k: v for k, v in {**HEAD, **headers}.items() if v is not None}
    answer = ask(daemon, headers=sent, system="x" * 5000)
    assert answer.status == status and problem(answer)["type"] == kind


def test_a_route_of_one_request(start, claude, ollama):
    daemon = with_claude(start, claude, ollama)
    answer = ask(daemon, headers={**HEAD, "x-understudy-route": "ollama"})
    assert said(answer) == "ollama heard: Hi" and claude.requests == []
    answer = ask(daemon, model="ollama:ministral-3:3b")
    assert said(answer) == "ollama heard: Hi" and claude.requests == []


def test_a_token_may_come_by_either_header(start, claude, ollama):
    daemon = with_claude(start, claude, ollama, {"server.tokens": "let-me-in"})
    for headers in ({"x-api-key": "let-me-in"}, {"Authorization": "Bearer let-me-in"}):
        assert said(ask(daemon, headers={**headers, "anthropic-version": "2023-06-01"})) == \
            "claude heard: Hi"
    assert {q.header("x-api-key") for q in claude.chats} == {OWN_KEY}
    assert ASKED["model"] == claude.chats[0].json["model"]


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses", "/v1/completions"])
def test_an_error_has_the_shape_of_its_path(start, path):
    """Whatever headers the app sends beside: only where no path says it they do."""
    daemon = start()
    for headers in ({}, {"anthropic-version": "2023-06-01"}):
        answer = daemon.post(path, {"messages": [HI], "input": "Hi", "prompt": "Hi"}, headers)
        assert answer.status == 502 and answer.json["error"]["type"] == "all_providers_failed"
        assert "type" not in answer.json
        assert "type" not in daemon.get(path, headers).json
