"""An HTTP client of raw sockets: sends any bytes, and tells exactly how an answer ended."""
import json
import socket
import struct
import time


class Response:
    """version, status, reason, headers (in order), body; framing: length, chunked, close or none;
    complete: the body ended as its framing says. interim: the 1xx before it."""

    def __init__(self):
        self.version, self.status, self.reason, self.headers = None, None, "", []
        self.body, self.framing, self.complete, self.interim = b"", None, False, []
        self.chunk_times = []

    def header(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        return self.json["error"]

    @property
    def events(self):
        return sse_events(self.body)

    @property
    def content(self):
        """The text of a chat answer or a completion, streamed or whole."""
        if (self.header("content-type") or "").startswith("text/event-stream"):
            return stream_content(self.events)
        choice = self.json["choices"][0]
        return choice["text"] if "text" in choice else choice["message"]["content"]

    def __repr__(self):
        return f"<{self.status} {self.headers} {self.body[:300]!r} complete={self.complete}>"


def sse_events(body):
    """The data of each whole event, JSON decoded where it is; comments as (': text',)."""
    events = []
    *blocks, rest = body.decode().replace("\r\n", "\n").split("\n\n")
    for block in [*blocks, rest.rpartition("\n")[0] if rest.startswith(":") else ""]:
        data = [l[5:].removeprefix(" ") for l in block.split("\n") if l.startswith("data:")]
        comments = [l for l in block.split("\n") if l.startswith(":")]
        events += [(c,) for c in comments]
        if data:
            joined = "\n".join(data)
            try:
                events.append(json.loads(joined))
            except ValueError:
                events.append(joined)
    return events


def stream_content(events):
    choices = [c for e in events if isinstance(e, dict) for c in e.get("choices", [])]
    return "".join(c["text"] if "text" in c else c["delta"].get("content") or "" for c in choices)


class RawClient:
    """One connection, to (host, port) or the path of a socket."""

    def __init__(self, address, seconds=60):
        if isinstance(address, str):
            self.sock = socket.socket(socket.AF_UNIX)
            self.sock.settimeout(seconds)
            self.sock.connect(address)
            self.host = "localhost"
        else:
            self.sock = socket.create_connection(address, seconds)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.host = f"{address[0]}:{address[1]}"
        self.buffer = bytearray()

    def send(self, data):
        self.sock.sendall(data)

    def request(self, method, path, body=b"", headers=(), host=None):
        """Sends a whole request. Headers may repeat; a Content-Length is added when missing."""
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        elif isinstance(body, str):
            body = body.encode()
        headers = list(headers.items()) if isinstance(headers, dict) else list(headers)
        names = {n.lower() for n, _ in headers}
        if "host" not in names:
            headers.insert(0, ("Host", host or self.host))
        if body and "content-type" not in names:
            headers.append(("Content-Type", "application/json"))
        if (body or method == "POST") and not names & {"content-length", "transfer-encoding"}:
            headers.append(("Content-Length", str(len(body))))
        head = f"{method} {path} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in headers)
        self.send(head.encode("latin-1") + b"\r\n" + body)
        return self

    def response(self, method="POST"):
        """Reads one answer to its end."""
        response = self.head()
        self.finish(response, method)
        return response

    def head(self):
        response = Response()
        while True:
            line = self._line()
            response.version, _, rest = line.partition(" ")
            status, _, response.reason = rest.partition(" ")
            response.status, response.headers = int(status), []
            while field := self._line():
                name, _, value = field.partition(":")
                response.headers.append((name, value.strip()))
            if response.status >= 200:
                return response
            response.interim.append((response.status, response.headers))

    def finish(self, response, method="POST"):
        length = response.header("content-length")
        if method == "HEAD" or response.status in (204, 304):
            response.framing, response.complete = "none", True
        elif (response.header("transfer-encoding") or "").lower() == "chunked":
            response.framing = "chunked"
            while self.chunk(response):
                pass
        elif length is not None:
            response.framing = "length"
            response.body = self._take(int(length))
            response.complete = len(response.body) == int(length)
        else:
            response.framing = "close"
            while self._more():
                pass
            response.body, response.complete = bytes(self.buffer), True
            self.buffer.clear()

    def chunk(self, response):
        """Reads one chunk into the response; False at the end of the body, good or bad."""
        try:
            size = int(self._line().split(";")[0], 16)
        except (ConnectionError, ValueError):
            return False
        data = self._take(size + 2)
        response.body += data[:size]
        response.chunk_times.append(time.monotonic())
        if size == 0 and data == b"\r\n":
            response.complete = True
        return size > 0 and data.endswith(b"\r\n") and len(data) == size + 2

    def read_until(self, response, text):
        """Reads chunks until the body holds the text."""
        while text.encode() not in response.body:
            assert self.chunk(response), f"it ended before {text!r}: {response}"

    def at_end(self):
        """Whether the other side has closed, with nothing left to read. Waits for that."""
        return not self.buffer and not self._more()

    def _more(self):
        try:
            data = self.sock.recv(1 << 16)
        except ConnectionError:
            return False
        self.buffer += data
        return bool(data)

    def _line(self):
        while (end := self.buffer.find(b"\n")) < 0:
            if not self._more():
                raise ConnectionError(f"closed in mid-line: {bytes(self.buffer)!r}")
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 1]
        return line.rstrip(b"\r").decode("latin-1")

    def _take(self, count):
        while len(self.buffer) < count and self._more():
            pass
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def close(self):
        self.sock.close()

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
