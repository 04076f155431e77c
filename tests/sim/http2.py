"""A pretended cloud that offers HTTP/2 in the TLS handshake (ALPN), and HTTP/1.1 after it.

The replies are those of cloud.py and reply.py: what they send as HTTP/1.1 is put into the frames of a
stream. `rst` and `goaway` are what only HTTP/2 has.
"""
import queue
import selectors
import socket
import ssl
import threading
import time

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import (ConnectionTerminated, DataReceived, RequestReceived, StreamEnded,
                       StreamReset)
from h2.exceptions import ProtocolError

from .cloud import Cloud
from .net import HungUp, Request

NO_ERROR, INTERNAL_ERROR, REFUSED_STREAM, CANCEL = 0, 2, 7, 8
NOT_IN_HTTP2 = {"connection", "transfer-encoding", "keep-alive"}


class Http2Cloud(Cloud):
    def __init__(self):
        super().__init__("good")
        self.tls.set_alpn_protocols(["h2", "http/1.1"])
        self.protocols = []  # of the connections, in their order

    def _talk(self, peer, reader):
        self.protocols.append(peer.sock.selected_alpn_protocol())
        if self.protocols[-1] == "h2":
            Connection(self, peer).run()
        else:
            super()._talk(peer, reader)


class Connection:
    """One thread has the socket and the state of the protocol, the replies are threads of their
    own and have it do things."""

    def __init__(self, server, peer):
        self.server, self.peer, self.sock = server, peer, peer.sock
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="latin-1"))
        self.streams, self.count, self.dead = {}, 0, False
        self._wishes = queue.SimpleQueue()
        self._bell, self._hears = socket.socketpair()

    def run(self):
        self.sock.setblocking(False)
        self.h2.initiate_connection()
        waiting = selectors.DefaultSelector()
        waiting.register(self.sock, selectors.EVENT_READ)
        waiting.register(self._hears, selectors.EVENT_READ)
        try:
            while not self.server.stopping and not self.dead:
                self.flush()
                waiting.select(0.05)
                self._read()
                self._fulfil()
        except (OSError, ProtocolError):
            pass
        finally:
            self.dead = True
            for stream in self.streams.values():
                stream.leave()
            self._fulfil()
            waiting.close()
            self._bell.close()
            self._hears.close()

    def do(self, what):
        """From another thread: has what() done here, and returns what it returns."""
        answer = queue.SimpleQueue()
        self._wishes.put((what, answer))
        try:
            self._bell.send(b"!")
        except OSError:
            raise HungUp from None
        while True:
            try:
                done, value = answer.get(timeout=0.1)
                break
            except queue.Empty:
                if self.dead:
                    raise HungUp from None
        if not done:
            raise HungUp from value
        return value

    def _fulfil(self):
        while True:
            try:
                what, answer = self._wishes.get_nowait()
            except queue.Empty:
                return
            try:
                answer.put((True, None if self.dead else what()))
            except Exception as error:  # the client has ended the stream, or the connection
                answer.put((False, error))

    def flush(self):
        data = self.h2.data_to_send()
        while data:
            try:
                data = data[self.sock.send(data):]
            except (ssl.SSLWantWriteError, BlockingIOError):
                time.sleep(0.001)

    def _read(self):
        try:
            self._hears.recv(4096, socket.MSG_DONTWAIT)
        except BlockingIOError:
            pass
        while True:
            try:
                data = self.sock.recv(1 << 16)
            except (ssl.SSLWantReadError, BlockingIOError):
                return
            if not data:
                self.dead = True
                return
            for event in self.h2.receive_data(data):
                self._take(event)

    def _take(self, event):
        if isinstance(event, RequestReceived):
            self.count += 1
            self.streams[event.stream_id] = Stream(self, event)
        elif isinstance(event, DataReceived):
            self.streams[event.stream_id].request.body += event.data
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            self.streams[event.stream_id].start()
        elif isinstance(event, StreamReset):
            self.streams[event.stream_id].leave()
        elif isinstance(event, ConnectionTerminated):
            self.dead = True


class Stream:
    """The server's end of a stream, as replies know net.Peer."""

    def __init__(self, connection, event):
        self.connection, self.id, self.server = connection, event.stream_id, connection.server
        self.piece, self.delay, self.closed = 0, 0.0, False
        fields = [(n, v) for n, v in event.headers]
        pseudo = dict(fields)
        headers = [(n, v) for n, v in fields if not n.startswith(":")]
        headers.append(("host", pseudo[":authority"]))
        self.request = Request(pseudo[":method"], pseudo[":path"], "HTTP/2", headers,
                               connection.peer.number, connection.count)
        self._left = threading.Event()
        self._head, self._chunked, self._line, self._size = b"", None, b"", 0
        self._open = True

    # ---- the connection's thread

    def start(self):
        server = self.server
        server.requests.append(self.request)
        server.notify()
        reply = server.choose(self.request) or server.answer(self.request)
        server._start(self._answer, reply)

    def leave(self):
        if not self.request.answered.is_set() and not self.server.stopping:
            self.request.hung_up_at = time.monotonic()
            self.request.hung_up.set()
            self.server.notify()
        self._left.set()

    # ---- the reply's thread

    def _answer(self, reply):
        try:
            reply(self, self.request)
        except HungUp:
            pass
        finally:
            self.request.answered.set()
            self.server.notify()

    def _look(self):
        if self.server.stopping or self._left.is_set():
            raise HungUp

    def wait(self, gate=None):
        if gate:
            gate.reached.set()
        while not (gate and gate.is_open()):
            self._look()
            self._left.wait(0.005)

    def pause(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._look()
            self._left.wait(min(0.02, left))

    def send(self, data):
        self.request.sent += len(data)
        if self._chunked is None:
            self._head += data
            head, blank, data = self._head.partition(b"\r\n\r\n")
            if not blank:
                return
            self._begin(head.decode("latin-1").split("\r\n"))
        self._unchunk(data) if self._chunked else self._frames(data)

    def _begin(self, lines):
        fields = [(n.lower(), v.strip()) for n, _, v in (l.partition(":") for l in lines[1:])]
        named = dict(fields)
        self._chunked = named.get("transfer-encoding") == "chunked"
        self._size = int(named.get("content-length", -1))
        headers = [(":status", lines[0].split()[1])]
        headers += [(n, v) for n, v in fields if n not in NOT_IN_HTTP2]
        self.connection.do(lambda: self.connection.h2.send_headers(self.id, headers))
        if self._size == 0:
            self._finish()

    def _unchunk(self, data):
        self._line += data
        while b"\r\n" in self._line:
            size, _, rest = self._line.partition(b"\r\n")
            length = int(size, 16)
            if len(rest) < length + 2:
                return
            self._line = rest[length + 2:]
            self._frames(rest[:length]) if length else self._finish()

    def _frames(self, data):
        self._size -= len(data)
        while data:
            sent = self.connection.do(lambda: self._frame(data))
            data = data[sent:]
            if not sent:
                self.pause(0.002)  # the client's window is full
        if self._size == 0:
            self._finish()

    def _frame(self, data):
        h2 = self.connection.h2
        most = min(h2.local_flow_control_window(self.id), h2.max_outbound_frame_size, len(data))
        if most > 0:
            h2.send_data(self.id, data[:most])
        return max(most, 0)

    def _finish(self):
        self._open = False
        self.connection.do(lambda: self.connection.h2.end_stream(self.id))

    def rst(self, code):
        self._open = False
        self.connection.do(lambda: self.connection.h2.reset_stream(self.id, code))

    def goaway(self, last_stream, code=NO_ERROR):
        """Ends the connection, and says which was the last stream that it looked at."""

        def say():
            self.connection.h2.close_connection(code, last_stream_id=last_stream)
            self.connection.flush()
            self.connection.dead = True

        self.connection.do(say)

    def close(self):
        """An end of the connection, unless the answer has ended already."""
        self.closed = True
        if self._open:
            self.drop()

    def drop(self):
        def kill():
            self.connection.dead = True

        self.connection.do(kill)

    linger = close

    def reset(self):
        self.rst(INTERNAL_ERROR)


def rst(code, before=None):
    """Ends the stream by RST_STREAM, after the bytes that another reply sends."""

    def reply(peer, request):
        if before:
            before(peer, request)
        peer.rst(code)

    return reply


def goaway(before=None, unseen=False, code=NO_ERROR):
    """GOAWAY, and the connection ends. unseen: it says that it has not looked at this stream."""

    def reply(peer, request):
        if before:
            before(peer, request)
        peer.goaway(0 if unseen else peer.id, code)

    return reply
