"""A head or body that two readers could read differently is refused, and the connection with it.

Behind every request lies a second one: were it answered, it would have been smuggled in.
"""
import re

import pytest

from daemon import PATIENCE, parse_line
from sim.cloud import raw

BODY = b'{"model":"gpt-4","messages":[{"role":"user","content":"Hi"}]}'
LENGTH = b"Content-Length: %d" % len(BODY)
HOST, TYPE = b"Host: localhost", b"Content-Type: application/json"
CHUNKED = b"Transfer-Encoding: chunked"
AS_CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)
SECOND = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHAT = b"POST /v1/chat/completions HTTP/1.1"
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


def head(*fields, line=CHAT, first=(HOST, TYPE)):
    return b"\r\n".join([line, *first, *fields]) + b"\r\n\r\n"


def with_length(*fields, body=BODY, **more):
    return head(LENGTH, *fields, **more) + body


def with_chunks(*fields, body=AS_CHUNKS, **more):
    return head(*fields, CHUNKED, **more) + body


def target(text, method=b"POST"):
    return with_length(line=method + b" " + text + b" HTTP/1.1")


def version(text):
    return with_length(line=b"POST /v1/chat/completions " + text)


def host(*values):
    return with_length(*[b"Host: " + v for v in values], first=[TYPE])


REFUSED = {
    "Content-Length and Transfer-Encoding": head(b"Content-Length: 6", CHUNKED) + b"0\r\n\r\n",
    "Transfer-Encoding and Content-Length": head(CHUNKED, b"Content-Length: 6") + b"0\r\n\r\n",
    "two lengths": head(b"Content-Length: 5", b"Content-Length: 0") + b"{}   ",
    "twice the same length": with_length(LENGTH),
    "a list of lengths": head(b"Content-Length: 5, 5") + b"{}   ",
    "a length with a plus": head(b"Content-Length: +5") + b"{}   ",
    "a length with a minus": head(b"Content-Length: -5") + b"{}   ",
    "a length in hexadecimal": head(b"Content-Length: 0x5") + b"{}   ",
    "a length and a word": head(b"Content-Length: 5 x") + b"{}   ",
    "a length of 2^64": head(b"Content-Length: 18446744073709551616") + b"{}   ",
    "a length of 2^64 + 2": head(b"Content-Length: 18446744073709551618") + b"{}",
    "an empty length": head(b"Content-Length:") + b"{}   ",
    "an unknown coding": head(b"Transfer-Encoding: xchunked") + AS_CHUNKS,
    "gzip before chunked": head(b"Transfer-Encoding: gzip, chunked") + AS_CHUNKS,
    "chunked, then identity": head(CHUNKED, b"Transfer-Encoding: identity") + AS_CHUNKS,
    "identity, then chunked": head(b"Transfer-Encoding: identity", CHUNKED) + AS_CHUNKS,
    "chunked twice": head(CHUNKED, CHUNKED) + AS_CHUNKS,
    "a vertical tab before chunked": head(b"Transfer-Encoding: \x0bchunked") + AS_CHUNKS,
    "a blank before the colon of the length": head(b"Content-Length : %d" % len(BODY)) + BODY,
    "a blank before the colon of the coding": head(b"Transfer-Encoding : chunked") + AS_CHUNKS,
    "a tab before the colon": with_length(b"X-A\t: 1"),
    "a folded line": with_length(b"X-A: 1\r\n 2"),
    "a folded line with a length": head(b"X-A: 1\r\n Content-Length: 0", LENGTH) + BODY,
    "a folded line by a tab": with_length(b"X-A: 1\r\n\tContent-Length: 0"),
    "a blank before the first header": with_length(first=[b" " + HOST, HOST, TYPE]),
    "a carriage return in a value": with_length(b"X-A: 1\rContent-Length: 0"),
    "a carriage return in a name": with_length(b"X\r-A: 1"),
    "a NUL in a value": with_length(b"X-A: 1\x002"),
    "a NUL in a name": with_length(b"X\x00-A: 1"),
    "a control character in a value": with_length(b"X-A: 1\x012"),
    "a DEL in a value": with_length(b"X-A: 1\x7f2"),
    "an empty name": with_length(b": 1"),
    "a line without a colon": with_length(b"X-A"),
    "a name with a byte that is not ASCII": with_length(b"X-\xe9: 1"),
    "a name in brackets": with_length(b"(X-A): 1"),
    "two hosts": host(b"localhost", b"localhost"),
    "two different hosts": host(b"localhost", b"evil.test"),
    "a line that ends in LF": with_length(b"X-A: 1\nX-B: 2"),
    "lines that end in LF": with_length().replace(b"\r\n", b"\n"),
    "a last line that ends in LF": with_length(b"X-A: 1").replace(b"1\r\n\r\n", b"1\n\r\n"),
    "an end of the head in LF": with_length().replace(b"\r\n\r\n", b"\r\n\n"),
    "a first line that ends in LF": with_length().replace(b"1.1\r\n", b"1.1\n"),
    "no host": host(),
    "an empty host": host(b""),
    "an absolute target": target(b"http://localhost/v1/chat/completions"),
    "an absolute target of another": target(b"http://evil.test/v1/chat/completions"),
    "an authority as target": target(b"evil.test:443"),
    "an asterisk as target": target(b"*"),
    "a target without a slash": target(b"v1/chat/completions"),
    "an escaped NUL in the path": target(b"/v1/chat%00/completions"),
    "an escaped line end in the path": target(b"/v1/x%0d%0aX-Evil:1"),
    "escaped dots": target(b"/v1/%2e%2e/v1/chat/completions"),
    "escaped dots in capitals": target(b"/v1/%2E%2E/v1/chat/completions"),
    "dots": target(b"/v1/../v1/chat/completions"),
    "a dot": target(b"/v1/./chat/completions"),
    "two slashes first": target(b"//v1/chat/completions"),
    "two slashes": target(b"/v1//chat/completions"),
    "a backslash": target(b"/v1\\chat/completions"),
    "an escaped NUL in the query": target(b"/v1/chat/completions?%00"),
    "half an escape": target(b"/v1/x?a=%4"),
    "no escape": target(b"/v1/x?a=%zz"),
    "a byte in the target that is not ASCII": target(b"/v1/\xe9"),
    "Transfer-Encoding in HTTP/1.0": with_chunks(
        line=b"POST /v1/chat/completions HTTP/1.0"),
    "HTTP/1.2": version(b"HTTP/1.2"),
    "HTTP/2.0": version(b"HTTP/2.0"),
    "HTTP/0.9 as a word": version(b"HTTP/0.9"),
    "http/1.1 in small letters": version(b"http/1.1"),
    "junk as version": version(b"JUNK"),
    "a body with GET": with_length(line=b"GET /v1/models HTTP/1.1"),
    "a chunked body with GET": with_chunks(line=b"GET /v1/models HTTP/1.1"),
    "a body with HEAD": with_length(line=b"HEAD /healthz HTTP/1.1"),
    "two Authorizations": with_length(b"Authorization: Bearer a", b"Authorization: Bearer b"),
    "two content types": with_length(b"Content-Type: text/plain"),
    "two Origins": with_length(b"Origin: app://a", b"Origin: app://b"),
    "a method that is no token": with_length(line=b"PO(ST /v1/chat/completions HTTP/1.1"),
    "a chunk size in C's hexadecimal": with_chunks(body=b"0x5\r\n{}   \r\n0\r\n\r\n"),
    "a blank before the chunk size": with_chunks(body=b" 5\r\n{}   \r\n0\r\n\r\n"),
    "a chunk size with a minus": with_chunks(body=b"-5\r\n{}   \r\n0\r\n\r\n"),
    "a chunk size with a plus": with_chunks(body=b"+5\r\n{}   \r\n0\r\n\r\n"),
    "no chunk size": with_chunks(body=b"\r\n{}   \r\n0\r\n\r\n"),
    "a chunk size beyond 2^64": with_chunks(body=b"10000000000000005\r\n{}   \r\n0\r\n\r\n"),
    "a chunk without its line end": with_chunks(body=b"5\r\n{}   0\r\n\r\n"),
    "a chunk that is longer than its size": with_chunks(body=b"2\r\n{}   \r\n0\r\n\r\n"),
}


# What the library refuses before we see it.
OTHERWISE = {"a length of 2^64": b"413", "a length of 2^64 + 2": b"413",
             "a chunk size beyond 2^64": b"413", "HTTP/2.0": b"505", "HTTP/0.9 as a word": b"505"}


def everything(client):
    """All bytes until the other side closes."""
    data = b""
    while True:
        try:
            more = client.sock.recv(1 << 16)
        except ConnectionError:
            return data
        if not more:
            return data
        data += more


@pytest.mark.parametrize("name", REFUSED)
def test_refused_closed_and_no_provider_hears_of_it(start, cloud, ollama, name):
    daemon = start(cloud, ollama)
    client = daemon.connect(PATIENCE)
    client.send(REFUSED[name] + SECOND)
    data = everything(client)
    statuses = STATUS.findall(data)
    status = OTHERWISE.get(name, b"400")
    # libmicrohttpd 0.9.75 says some of its own refusals twice before it closes.
    assert statuses in ([status], [status, status]), data
    assert cloud.requests == [] and ollama.chats == []
    assert daemon.get("/healthz").status == 200


@pytest.mark.parametrize("line", [b"POST /v1/chat/completions HTTP/1.1 HTTP/1.1",
                                  b"POST /v1/chat /completions HTTP/1.1"])
def test_a_blank_in_the_target_closes_the_connection(start, cloud, ollama, line):
    """The library's business: 0.9 says nothing, 1.0 says 400."""
    client = start(cloud, ollama).connect(PATIENCE)
    client.send(with_length(line=line) + SECOND)
    data = everything(client)
    assert data == b"" or STATUS.findall(data) == [b"400"]
    assert cloud.requests == []


@pytest.mark.parametrize("step", [1, 7, 100])
def test_a_head_in_pieces_is_read_like_one_in_a_piece(start, cloud, ollama, step):
    client = start(cloud, ollama).connect(PATIENCE)
    fields = [b"X-%d:%s%s" % (i, b" \t "[: i % 4], b"v" * (i * 7)) for i in range(30)]
    sent = with_length(b"X-Empty:", *fields)
    for at in range(0, len(sent), step):
        client.send(sent[at : at + step])
    assert client.response().content == "cloud heard: Hi"
    assert [cloud.chats[0].header(f"x-{i}") for i in range(30)] == ["v" * (i * 7) for i in range(30)]


@pytest.mark.parametrize("name", ["evil.test", "127.0.0.1.evil.test", "localhost:99999", "0.0.0.0",
                                  "[::ffff:127.0.0.1]", "localhost.evil.test", "[::]",
                                  "localhost@evil.test", "evil.test:80", "2130706433"])
@pytest.mark.sample
def test_another_host_is_refused_and_closed(start, cloud, ollama, name):
    client = start(cloud, ollama).connect()
    client.send(host(name.encode()) + SECOND)
    data = everything(client)
    assert STATUS.findall(data) == [b"403"] and b"server.allowed_hosts" in data
    assert cloud.requests == []


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST.", "127.0.0.1", "[::1]", "LocalHost:{}",
                                  "127.0.0.1:{}", "[::1]:{}"])
def test_our_own_names_are_served(start, cloud, ollama, name):
    daemon = start(cloud, ollama)
    name = name.format(daemon.address[1])
    assert daemon.request("GET", "/v1/models", headers={"Host": name}).status == 200


def test_a_configured_host_is_served(start, cloud, ollama):
    daemon = start(cloud, ollama, {"server.allowed_hosts": "llm.example, box"})
    port = daemon.address[1]
    hosts = ["llm.example", "LLM.example.", "box", f"box:{port}", "box:1", "localhost", "a.box"]
    assert [daemon.get("/metrics", {"Host": h}).status for h in hosts] == [
        200, 200, 200, 200, 200, 403, 403]
    # The address that it listens on stays.
    assert daemon.get("/metrics").status == 200


def test_two_refusals_of_the_same_kind_do_not_share_a_connection(start, cloud, ollama):
    """What stands behind a refused body is not read as a request."""
    client = start(cloud, ollama).connect()
    client.send(with_length(b"Origin: https://evil.test") + SECOND * 3)
    assert STATUS.findall(everything(client)) == [b"403"]


@pytest.mark.parametrize("fields, status", [
    ([b"X-Long: " + b"a" * 40000], b"431"),
    ([b"X-%d: a" % i for i in range(1000)], b"431"),
    ([b"X-Name-%d-%s: a" % (i, b"n" * 200) for i in range(100)], b"431"),
], ids=["40 KB", "1000 fields", "long names"])
def test_a_head_that_is_too_large_is_told_so(start, cloud, ollama, fields, status):
    client = start(cloud, ollama).connect()
    client.send(head(*fields, LENGTH))
    assert STATUS.findall(everything(client)) == [status]
    assert cloud.requests == []


def test_a_target_that_is_too_long_is_told_so(start, cloud, ollama):
    client = start(cloud, ollama).connect()
    client.send(b"GET /v1/" + b"a" * 40000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
    assert STATUS.findall(everything(client)) == [b"414"]


def test_a_head_of_10_KB_is_served(start, cloud, ollama):
    answer = start(cloud, ollama).chat(headers={"X-Long": "a" * 10000})
    assert answer.status == 200 and cloud.chats[0].header("x-long") == "a" * 10000


@pytest.mark.parametrize("body", [
    pytest.param(AS_CHUNKS, id="one chunk"),
    pytest.param(b"".join(b"1\r\n%c\r\n" % c for c in BODY) + b"0\r\n\r\n", id="bytes"),
    pytest.param(b"%x\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(BODY), BODY), id="trailer"),
    pytest.param(b"000%x\r\n%s\r\n000\r\n\r\n" % (len(BODY), BODY), id="zeroes"),
])
def test_a_chunked_request_is_served_and_sent_on_with_a_length(start, cloud, ollama, body):
    client = start(cloud, ollama).connect()
    client.send(with_chunks(body=body) + SECOND)
    assert client.response().content == "cloud heard: Hi"
    assert client.response("GET").status == 200
    (sent,) = cloud.chats
    assert sent.body == BODY and sent.header("content-length") == str(len(BODY))
    assert sent.header("transfer-encoding") is None and sent.header("x-trailer") is None


@pytest.mark.parametrize("body", [
    pytest.param(AS_CHUNKS.replace(b"}\r\n0", b"}\n0"), id="LF behind a chunk"),
    pytest.param(AS_CHUNKS.replace(b"\r\n{", b"\n{"), id="LF behind a size"),
    pytest.param(b"%X;name=value;q=\"x\"\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY), id="extension"),
])
def test_an_odd_chunk_line_hides_no_request(start, cloud, ollama, body):
    """libmicrohttpd 0.9 takes it, and the request that goes on is framed anew; 1.0.1 refuses it and
    closes: a line that ends in LF on purpose, an extension by mistake (it counts its LF as content)."""
    client = start(cloud, ollama).connect()
    client.send(with_chunks(body=body) + SECOND + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
                b"Connection: close\r\n\r\n")
    data = everything(client)
    if STATUS.findall(data) == [b"400"]:
        assert cloud.requests == []
    else:
        assert STATUS.findall(data) == [b"200"] * 3
        assert b"cloud heard: Hi" in data and data.count(b'{"status":"ok"}') == 2
        assert [c.body for c in cloud.requests] == [BODY]


def test_Expect_gets_a_100_before_the_body(start, cloud, ollama):
    client = start(cloud, ollama).connect()
    client.send(head(LENGTH, b"Expect: 100-continue"))
    assert client._line().startswith("HTTP/1.1 100") and client._line() == ""
    client.send(BODY)
    assert client.response().content == "cloud heard: Hi"
    assert cloud.chats[0].header("expect") is None


@pytest.mark.parametrize("fields, status", [
    ([b"Content-Length: 99999999999"], 413),
    ([LENGTH, b"Origin: https://evil.test"], 403),
    ([LENGTH, b"Expect: 200-ok"], 417),
])
def test_a_refused_body_gets_no_100(start, cloud, ollama, fields, status):
    if not any(f.startswith(b"Expect") for f in fields):
        fields = [*fields, b"Expect: 100-continue"]
    client = start(cloud, ollama).connect()
    client.send(head(*fields))
    assert STATUS.findall(everything(client)) == [b"%d" % status]


def test_pipelined_requests_are_answered_in_order(start, cloud, ollama):
    client = start(cloud, ollama).connect()
    texts = [f"number {i}" for i in range(10)]
    for text in texts:
        client.request("POST", "/v1/chat/completions",
                       {"model": "gpt-4", "messages": [{"role": "user", "content": text}]})
    assert [client.response().content for _ in texts] == ["cloud heard: " + t for t in texts]


# ---- line ends that come by another way


@pytest.mark.parametrize("model", ["gpt-4\r\nX-Evil: 1", "gpt-4\nX-Evil: 1", "gpt-4\x00x"])
def test_a_model_name_with_a_line_end_makes_no_header(start, cloud, ollama, model):
    answer = start(cloud, ollama).chat(model=model)
    assert all("evil" not in name.lower() for name, _ in answer.headers)
    for request in cloud.chats:
        assert request.header("x-evil") is None and request.json["model"] == model


def test_a_line_end_in_an_Ollama_model_name_makes_no_header(start, cloud, ollama):
    answer = start(cloud, ollama).chat(model="ollama:m\r\nX-Evil: 1")
    assert answer.status >= 400 and answer.header("x-evil") is None
    ollama.violations = []


@pytest.mark.parametrize("key", ["sk-a\r\nX-Evil: 1", "sk-a\nX-Evil: 1", "sk-a\x01b"])
def test_a_key_file_with_a_line_end_is_refused(start, cloud, ollama, tmp_path, key):
    path = tmp_path / "key"
    path.write_text(key)
    path.chmod(0o600)
    daemon = start(cloud, ollama, {"provider.openai.api_key": f"file:{path}"}, wait=False)
    assert daemon.wait_exit() == 2
    daemon.stop(2)


@pytest.mark.parametrize("value", ["a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rb"])
def test_a_configured_header_with_a_line_end_is_refused(start, cloud, ollama, value):
    daemon = start(cloud, ollama, {"provider.openai.header.X-Team": value}, wait=False)
    assert daemon.wait_exit() == 2
    daemon.stop(2)


@pytest.mark.parametrize("field", [b"X-A: 1\r\n X-Evil: 1", b"X-A: 1\r\n\tX-Evil: 1",
                                   b"X-A: 1\rX-Evil: 1", b"X-A: 1\nX-Evil: 1\r\nX-B: 2"])
def test_a_line_end_in_a_header_of_the_provider_makes_no_second_answer(start, cloud, ollama, field):
    body = b'{"data":[]}'
    cloud.script(raw(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" + field +
                     b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body), path="/v1/embeddings")
    client = start(cloud, ollama).connect()
    client.request("POST", "/v1/embeddings", {"model": "e", "input": "x"}, {"Connection": "close"})
    data = everything(client)
    assert len(STATUS.findall(data)) == 1
    fields = data.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    assert all(b":" in f and not f.startswith((b" ", b"\t")) and b"\r" not in f and b"\n" not in f
               for f in fields)
    if b"\n" not in field.replace(b"\r\n", b""):
        assert not any(f.lower().startswith(b"x-evil") for f in fields)


def test_a_path_with_quotes_forges_no_line_of_the_log(start, cloud, ollama):
    daemon = start(cloud, ollama, {"log.level": "debug"})
    daemon.get('/v1/a"%20level=error%20event=forged')
    daemon.get("/healthz")
    assert all(parse_line(l["text"]).get("event") != "forged" for l in daemon.log())
