"""Facts for the page of /status as a test wants them: the daemon's own page, served beside status.json and
events that are pretended. And what is in them: exchange(), facts()."""
import json
import queue
import threading
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

START = datetime.now(timezone.utc) - timedelta(minutes=5)
CLASSES = {"network": "the provider could not be reached", "timeout": "the provider did not answer in time",
           "protocol": "the provider's answer was broken or cut off", "server": "the provider reported a fault of its own",
           "rate_limit": "the provider asks to send less", "auth": "the provider refused the key, or could not be trusted",
           "quota": "the account at the provider is used up", "model": "the provider does not have the model",
           "context": "the conversation is longer than the model can read", "policy": "the provider refused the content",
           "request": "the provider calls the request invalid", "redirect": "the provider sent us elsewhere",
           "skipped": "the provider was not tried", "cancelled": "the client went away"}
WORDS = {"classes": CLASSES, "reasons": {"attempts": "all its tries are used up"},
         "skips": {"skipped-breaker": "its breaker is open after repeated failures", "skipped-offline": "the machine is offline"}}


def stamp(seconds):
    """RFC 3339 of so many seconds after START."""
    return (START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def attempt(provider, start_ms, ms, word="ok", status=200, **more):
    return {"provider": provider, "model": f"{provider}-m", "key": 1, "status": status, "class": word, "start_ms": start_ms,
            "ms": ms, "wait_ms": 0, "queued_ms": 0, "hedge": False, "reason": None, **more}


def exchange(n, *attempts, **more):
    """The nth; its provider and its times are those of the last attempt."""
    attempts = list(attempts) or [attempt("openai", 0, 900)]
    last = attempts[-1]
    return {"id": f"{n:016x}", "time": stamp(n), "path": "/v1/chat/completions", "asked": "gpt-4o", "client": None,
            "provider": last["provider"], "model": last["model"], "class": last["class"], "status": last["status"] or 502,
            "stream": True, "fallback": None, "ttft_ms": last["start_ms"] + last["ms"] // 3,
            "duration_ms": last["start_ms"] + last["ms"], "prompt_tokens": 120, "completion_tokens": 300,
            "cached_tokens": None, "local": last["provider"] == "ollama", "attempts": attempts, "attempts_left_out": 0,
            "tools": [], **more}


def provider(name, **more):
    return {"name": name, "state": "ready", "type": "openai", "base_url": f"https://api.{name}.example/v1", "is_local": False, "in_route": True,
            "in_messages": False, "can_be_tried": True, "skipped": None, "says": "can be tried", "breaker": "closed",
            "retry_in_ms": 0, "inflight": 0, "max_inflight": 0,
            "keys": [{"n": 1, "set_aside": False, "class": None, "until": None}], "attempts": {"ok": 3}, "last_error": None,
            "last_success": stamp(0), "usual_ttft_ms": 420, **more}


def bucket(minutes_ago, step_s=60, **more):
    step = timedelta(seconds=step_s)
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    at = epoch + (datetime.now(timezone.utc) - timedelta(minutes=minutes_ago) - epoch) // step * step
    return {"time": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "requests": 4, "fallbacks": 1, "errors": 0, "local": 1, "cloud": 3,
            "prompt_tokens": {"local": 50, "cloud": 400}, "completion_tokens": {"local": 90, "cloud": 700},
            "ttft_p50_ms": 420, "ttft_p95_ms": 1300, **more}


def facts(exchanges=(), **more):
    hour = [bucket(n) for n in range(40, 0, -3)] if exchanges else []
    day = [bucket(15 * n, 900) for n in range(60, 0, -4)] if exchanges else []
    total = bucket(0, requests=sum(b["requests"] for b in hour))
    return {"version": "0.1.0", "status": "serving", "online": True, "local": False, "uptime_ms": 65000,
            "requests": len(exchanges), "retries": 2, "fallbacks": 1, "inflight": 0, "open_streams": 0,
            "providers": [provider("openai"), provider("ollama", type="ollama", is_local=True, base_url="http://127.0.0.1:11434")],
            "standin": {"provider": "ollama", "model": "llama3.2:3b", "why": "it is the first of the installed models that can chat"},
            "hour": {"step_s": 60, "total": total, "buckets": hour}, "day": {"step_s": 900, "total": total, "buckets": day},
            "words": WORDS, "exchanges": list(exchanges), **more}


class Stage:
    """page: the answer of a daemon to a browser's GET /status. Set `facts`; send() goes to all open streams; cut()
    ends them. While `away` is set every connection ends without an answer, with
    `no_events` that for the events is 404. `token`: what is asked for."""

    def __init__(self, page, told=None):
        self.page, self.facts, self.token, self.away, self.no_events = page, told or facts(), None, False, False
        self.asked, self.streams, self.retry_ms = [], [], 100
        stage = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                stage.asked.append((self.path, dict(self.headers)))
                stage.answer(self)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/status"

    def answer(self, request):
        if self.away:
            return
        if request.path == "/status":
            kept = [(n, v) for n, v in self.page.headers if n.lower() not in ("connection", "date", "content-length")]
            return self.reply(request, 200, kept, self.page.body)
        if self.token and request.headers.get("Authorization") != f"Bearer {self.token}":
            return self.reply(request, 401, [("Content-Type", "application/json")], b'{"error":{"message":"a token is needed"}}')
        if request.path == "/status.json":
            return self.reply(request, 200, [("Content-Type", "application/json")], json.dumps(self.facts).encode())
        if request.path == "/status/events" and not self.no_events:
            return self.stream(request)
        return self.reply(request, 404, [], b"")

    @staticmethod
    def reply(request, status, headers, body):
        request.send_response(status)
        for name, value in [*headers, ("Content-Length", str(len(body)))]:
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)

    def stream(self, request):
        request.send_response(200)
        request.send_header("Content-Type", "text/event-stream")
        request.end_headers()
        mine = queue.Queue()
        self.streams.append(mine)
        text = f"retry: {self.retry_ms}\n\n"
        while text is not None:
            try:
                request.wfile.write(text.encode())
                request.wfile.flush()
                text = mine.get()
            except OSError:
                break
        self.streams.remove(mine)

    def send(self, event, data, id=None):
        text = (f"id: {id}\n" if id else "") + f"event: {event}\ndata: {json.dumps(data)}\n\n"
        for stream in list(self.streams):
            stream.put(text)

    def tell(self, told):
        """An exchange that ended."""
        self.send("exchange", told, told["id"])

    def cut(self):
        for stream in list(self.streams):
            stream.put(None)

    def stop(self):
        self.cut()
        self.server.shutdown()
        self.server.server_close()
