"""A real Ollama: what it has, and what it was asked for."""
import json
import threading
import urllib.error
import urllib.request
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Real:
    def __init__(self, host):
        self.url = host.rstrip("/") if "://" in host else f"http://{host}"
        self.models = {m["name"].removesuffix(":latest"): m for m in self.get("/api/tags")["models"]}
        self.version = tuple(int(n) for n in self.get("/api/version")["version"].split(".")[:2])
        self.shown = {}

    def get(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(self.url + path, data, timeout=60) as answer:
            return json.load(answer)

    def has(self, model):
        return model in self.models

    def can(self, model, what):
        if model not in self.shown:
            self.shown[model] = self.get("/api/show", {"model": model})
        return what in self.shown[model].get("capabilities", [])

    def prompt(self, chat):
        """The prompt that the server makes of a request to /api/chat."""
        answer = self.get("/api/chat", {**chat, "stream": False, "_debug_render_only": True})
        return answer["_debug_info"]["rendered_template"]


class Recorder:
    """Passes everything on to the real server, and keeps what was asked: chats, loads."""

    def __init__(self, real):
        self.chats, self.loads = [], []
        kept = {"/api/chat": self.chats, "/api/generate": self.loads}
        address = real.url.split("//")[1]

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def pass_on(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.path in kept:
                    kept[self.path].append(json.loads(body))
                upstream = HTTPConnection(address, timeout=600)
                upstream.request(self.command, self.path, body or None)
                answer = upstream.getresponse()
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.getheader("Content-Type", ""))
                self.end_headers()
                while data := answer.read1(65536):
                    self.wfile.write(data)
                    self.wfile.flush()
                upstream.close()

            do_GET = do_POST = pass_on

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = "http://127.0.0.1:%d" % self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
