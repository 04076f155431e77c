"""A server of raw sockets, one thread a connection, that records what it receives.

What it answers is a reply: a function of (peer, request). It may send any bytes, wait, close or
reset, so that every way in which a server can fail can be played.
"""
import json
import select
import socket
import ssl
import struct
import threading
import time
from pathlib import Path

TLS = Path(__file__).parent / "tls"
RECV = 1 << 16


class HungUp(Exception):
    """The client closed its connection, or the server is being stopped."""


class Gate:
    """Where a reply waits until the test opens it. `reached` tells the test that it waits."""

    def __init__(self):
        self.reached = threading.Event()
        self._open = threading.Event()

    def open(self):
        self._open.set()

    def is_open(self):
        return self._open.is_set()

    def wait_reached(self, seconds=30):
        assert self.reached.wait(seconds), "the reply has not come to its gate"


class Request:
    """One request as it came, and what became of it."""

    def __init__(self, method, target, version, headers, connection, number_on_connection):
        self.method, self.target, self.version = method, target, version
        self.path = target.split("?")[0]
        self.headers = headers  # (name, value) in the order of the wire
        self.connection = connection  # counted from 1
        self.number_on_connection = number_on_connection  # > 1: a kept connection
        self.body = b""
        self.at = time.monotonic()
        self.sent = 0  # bytes of the reply so far
        self.answered = threading.Event()  # the reply has ended, in whatever way
        self.hung_up = threading.Event()  # the client left before that
        self.hung_up_at = None

    def header(self, name, default=None):
        values = self.all(name)
        return values[0] if values else default

    def all(self, name):
        return [v for n, v in self.headers if n.lower() == name.lower()]

    @property
    def json(self):
        return json.loads(self.body)

    def wants_stream(self):
        try:
            return bool(self.json.get("stream"))
        except (ValueError, AttributeError):
            return False

    def __repr__(self):
        return f"<{self.method} {self.target} {self.body[:200]!r}>"


class Peer:
    """The server's end of a connection."""

    def __init__(self, server, sock, number):
        self.server, self.sock, self.number = server, sock, number
        self.piece, self.delay = 0, 0.0  # > 0: bytes a write, seconds between them
        self.request = None
        self.closed = False
        self._poll = select.poll()
        self._poll.register(sock.fileno(), select.POLLRDHUP)

    def _left(self):
        if self.request and not self.request.answered.is_set() and not self.server.stopping:
            self.request.hung_up_at = time.monotonic()
            self.request.hung_up.set()
            self.server.notify()
        raise HungUp

    def send(self, data):
        step = self.piece or len(data) or 1
        try:
            for at in range(0, len(data), step):
                if self.delay and at:
                    self.pause(self.delay)
                self.sock.sendall(data[at : at + step])
                self.request.sent += len(data[at : at + step])
        except OSError:
            self._left()

    def _watch(self, ms):
        if self.server.stopping or self._poll.poll(ms):
            self._left()

    def wait(self, gate=None):
        """Waits for the gate, or for ever; ends by an exception when the client leaves."""
        if gate:
            gate.reached.set()
        while not (gate and gate.is_open()):
            self._watch(5)

    def pause(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._watch(max(1, min(20, left * 1000)))

    def close(self):
        """Ends with FIN."""
        self.closed = True
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def linger(self, seconds=0.5):
        """Ends with FIN, and reads what still comes, as real servers do: a close with unread bytes
        would be an RST, which may overtake the answer."""
        try:
            self.sock.shutdown(socket.SHUT_WR)
            self.sock.settimeout(seconds)
            while self.sock.recv(1 << 16):
                pass
        except OSError:
            pass
        self.close()

    def reset(self):
        """Ends with RST, which discards what the client has not read yet."""
        self.closed = True
        raw = socket.socket(fileno=self.sock.detach())
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()


class Reader:
    """Reads requests off a socket."""

    def __init__(self, sock):
        self.sock, self.buffer = sock, bytearray()

    def _more(self):
        data = self.sock.recv(RECV)
        if not data:
            raise HungUp
        self.buffer += data

    def line(self):
        while (end := self.buffer.find(b"\r\n")) < 0:
            self._more()
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        return line.decode("latin-1")

    def take(self, count):
        while len(self.buffer) < count:
            self._more()
        data = bytes(self.buffer[:count])
        del self.buffer[:count]
        return data

    def head(self):
        method, target, version = self.line().split(" ")
        headers = []
        while line := self.line():
            name, _, value = line.partition(":")
            headers.append((name, value.strip()))
        return method, target, version, headers

    def body(self, request):
        if (request.header("transfer-encoding") or "").lower() == "chunked":
            parts = []
            while size := int(self.line().split(";")[0], 16):
                parts.append(self.take(size))
                self.line()
            while self.line():
                pass
            return b"".join(parts)
        return self.take(int(request.header("content-length", "0")))


class Server:
    """Listens on a port of its own on 127.0.0.1 from its making until stop()."""

    started = []  # all of them
    is_provider = True  # what it is asked are attempts

    def __init__(self, tls=None, host="127.0.0.1", port=0):
        """tls: the name of a certificate in sim/tls (`good`, `expired`, `wrong-host`)."""
        self.tls, self.host = None, host
        if tls:
            self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.tls.load_cert_chain(TLS / f"{tls}.pem", TLS / "key.pem")
        self.requests = []  # whole requests, in the order of their last byte
        self.broken_requests = []  # those that ended in mid-body
        self.connections = 0
        self.stopping = False
        self._peers, self._threads = set(), []
        self._changed = threading.Condition()
        self._port, self._listener, self._placeholder = port, None, None
        self._listen()
        Server.started.append(self)

    # ---- for tests

    @property
    def port(self):
        return self._port

    @property
    def url(self):
        return f"{'https' if self.tls else 'http'}://{self.host}:{self._port}"

    def wait_for(self, condition, seconds=30, what="the condition"):
        """Waits until condition() holds; it is looked at whenever something has happened here."""
        end = time.monotonic() + seconds
        with self._changed:
            while not condition():
                left = end - time.monotonic()
                assert left > 0, f"{what} has not come; received: {self.requests}"
                self._changed.wait(min(left, 0.05))

    def wait_for_requests(self, count, path=None):
        self.wait_for(lambda: len(self.to(path)) >= count, what=f"request {count}")
        return self.to(path)

    def to(self, path=None):
        return [r for r in list(self.requests) if path is None or r.path == path]

    def refuse(self):
        """Closes the port, which stays ours: connects are refused until accept_again()."""
        self._close_listener()
        self.drop_connections()
        self._placeholder = self._bind()

    def accept_again(self):
        self._placeholder.close()
        self._listen()

    def drop_connections(self):
        with self._changed:
            peers = list(self._peers)
        for peer in peers:
            peer.close()

    def stop(self):
        self.stopping = True
        self._close_listener()
        self.drop_connections()
        if self._placeholder:
            self._placeholder.close()
        for thread in self._threads:
            thread.join(10)

    # ---- for the kinds of servers

    def choose(self, request):
        """The reply to a request of which the head is there."""
        raise NotImplementedError

    def notify(self):
        with self._changed:
            self._changed.notify_all()

    # ---- its own

    def _bind(self):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((self.host, self._port))
        return sock

    def _listen(self):
        self._listener = self._bind()
        self._port = self._listener.getsockname()[1]
        self._listener.listen(512)
        self._start(self._accept, self._listener)

    def _close_listener(self):
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()

    def _start(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener):
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            self.connections += 1
            self._start(self._serve, sock, self.connections)

    def _serve(self, sock, number):
        if sock.family == socket.AF_INET:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
        except OSError:
            sock.close()
            return
        peer = Peer(self, sock, number)
        with self._changed:
            self._peers.add(peer)
        try:
            self._talk(peer, Reader(sock))
        except (HungUp, OSError, ValueError):
            pass
        finally:
            with self._changed:
                self._peers.discard(peer)
                self._changed.notify_all()
            sock.close()

    def _talk(self, peer, reader):
        count = 0
        while not peer.closed and not self.stopping:
            count += 1
            request = Request(*reader.head(), peer.number, count)
            reply = self.choose(request)
            if not getattr(reply, "early", False):
                self._read_body(reader, request)
            peer.request, peer.piece, peer.delay = request, 0, 0.0
            self.requests.append(request)
            self.notify()
            try:
                (reply or self.answer(request))(peer, request)
            finally:
                request.answered.set()
                self.notify()
            if request.header("connection", "").lower() == "close":
                peer.close()

    def _read_body(self, reader, request):
        try:
            request.body = reader.body(request)
        except (HungUp, OSError):
            self.broken_requests.append(request)
            self.notify()
            raise

    def answer(self, request):
        """The reply where choose() gave none: made when the body is there."""
        raise NotImplementedError


class Script:
    """Replies that are used up one a request; the last one stays."""

    def __init__(self):
        self._replies, self._lock = [], threading.Lock()

    def set(self, replies):
        with self._lock:
            self._replies = list(replies)

    def next(self):
        with self._lock:
            if len(self._replies) > 1:
                return self._replies.pop(0)
            return self._replies[0] if self._replies else None


def closed_port():
    """A socket that holds a port on which connects are refused; close it at the end."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


def free_ports(count):
    """Where nobody listens, and somebody may."""
    socks = [closed_port() for _ in range(count)]
    ports = [sock.getsockname()[1] for sock in socks]
    for sock in socks:
        sock.close()
    return ports


def free_port():
    return free_ports(1)[0]


class BlackHole:
    """A port where connects get no answer at all: its backlog is full."""

    def __init__(self, host="127.0.0.1", port=0):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.socket(family)
        self._listener.bind((host, port))
        self._listener.listen(0)
        self.port = self._listener.getsockname()[1]
        self.url = f"http://{host}:{self.port}"
        self._fill = []
        for _ in range(4):
            sock = socket.socket(family)
            sock.setblocking(False)
            sock.connect_ex((host, self.port))
            self._fill.append(sock)

    def stop(self):
        for sock in [self._listener, *self._fill]:
            sock.close()
