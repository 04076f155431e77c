"""Bytes that were right once, changed by a random generator: what a fuzzer of the whole daemon sends.

    Mutator(random.Random("7:3")).change(b'{"a":1}')

The same generator makes the same bytes again.
"""
import re

NUMBERS = [b"0", b"-0", b"-1", b"1e999", b"9223372036854775807", b"9223372036854775808", b"4294967296", b"0.1",
           b"00", b"NaN", b"1" * 400]
WORDS = [b"null", b"true", b'""', b"[]", b"{}", b"[DONE]", b"data:", b"event: error\n", b"\n\n", b"\r\n\r\n", b"\r", b"\0",
         b"\xff", b"\xf0\x9f\x8e\xad", b"\xed\xa0\x80", b"\\ud800", b"\\u0000", b'"', b"\\", b"{" * 300, b"[" * 300, b",",
         b"messages", b"content", b"tool_calls", b"error", b"type", b"index", b"delta", b"stream", b"usage", b"finish_reason"]
LINES = [b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Transfer-Encoding: chunked",
         b"Transfer-Encoding: gzip, chunked", b"Content-Encoding: gzip", b"Content-Encoding: zstd, x", b"Connection: close",
         b"Connection: keep-alive, upgrade", b"Retry-After: 0", b"Retry-After: -3", b"Retry-After: Sun Nov  6 08:49:37 2094",
         b"Content-Type: text/event-stream", b"Content-Type: application/x-ndjson", b"Content-Type: text/html",
         b"Content-Type: application/json; charset=utf-16", b"X-Long: " + b"x" * 9000, b"X-\xff: \x01", b" folded", b":",
         b"Expect: 100-continue", b"Host: elsewhere.test", b"Origin: http://evil.test", b"x-understudy-route: ollama,,nobody",
         b"traceparent: 00-" + b"f" * 32 + b"-1-zz", b"Authorization: Basic " + b"=" * 70, b"x-ratelimit-reset: 1e9"]
NUMBER = re.compile(rb"-?\d+(?:\.\d+)?")
TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|-?\d+')


class Mutator:
    def __init__(self, rng):
        self.rng = rng

    def change(self, data, other=b"", most=4):
        """`data` after one to `most` changes; `other` may lend it a piece."""
        for _ in range(self.rng.randint(1, most)):
            data = self.rng.choice((self._flip, self._cut, self._repeat, self._put, self._number, self._token,
                                    self._lend))(data, other)
        return data

    def _place(self, data):
        return self.rng.randint(0, len(data))

    def _span(self, data, longest=40):
        start = self._place(data)
        return start, min(len(data), start + self.rng.choice((1, 1, 2, self.rng.randint(1, longest))))

    def _flip(self, data, _):
        if not data:
            return data
        at = self.rng.randrange(len(data))
        return data[:at] + bytes([data[at] ^ 1 << self.rng.randrange(8)]) + data[at + 1:]

    def _cut(self, data, _):
        start, end = self._span(data)
        return data[:start] if self.rng.random() < 0.1 else data[:start] + data[end:]

    def _repeat(self, data, _):
        start, end = self._span(data, 400)
        return data[:end] + data[start:end] * self.rng.choice((1, 2, 60)) + data[end:]

    def _put(self, data, _):
        at = self._place(data)
        return data[:at] + self.rng.choice(WORDS) + data[at:]

    def _lend(self, data, other):
        start, end = self._span(other, 200)
        at = self._place(data)
        return data[:at] + other[start:end] + data[at:]

    def _exchange(self, pattern, data, choices):
        found = list(pattern.finditer(data))
        if not found:
            return data
        match = self.rng.choice(found)
        return data[:match.start()] + self.rng.choice(choices) + data[match.end():]

    def _number(self, data, _):
        return self._exchange(NUMBER, data, NUMBERS)

    def _token(self, data, _):
        return self._exchange(TOKEN, data, NUMBERS + WORDS)

    def head(self, data):
        """A message whose head has a line more, less or twice."""
        lines, end, body = data.partition(b"\r\n\r\n")
        lines = lines.split(b"\r\n")
        at = self.rng.randrange(len(lines))
        kind = self.rng.randrange(3)
        if kind == 0:
            lines.insert(at + 1, self.rng.choice(LINES))
        elif kind == 1:
            lines.insert(at, lines[at])
        else:
            del lines[at]
        return b"\r\n".join(lines) + end + body

    def pieces(self, data):
        """`data` as it may come off a network: whole, in halves, or in many small pieces."""
        step = self.rng.choice((len(data) or 1, len(data) // 2 + 1, self.rng.randint(1, 2000)))
        step = max(step, len(data) // 40 + 1)
        return [data[at:at + step] for at in range(0, len(data), step)]
