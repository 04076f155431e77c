#!/usr/bin/env python3
"""Pictures of what the terminal shows, as SVG: docs/pictures/demo.svg and watch.svg.

Both are drawn from the real output: of `make demo`, and of `understudy watch` while a scripted app asks
a pretended cloud that fails now and then.
"""
import os
import pty
import re
import subprocess
import sys
import tempfile
import textwrap
import time
from contextlib import ExitStack
from pathlib import Path
from xml.sax.saxutils import escape

TESTS = Path(__file__).resolve().parent
sys.path[:0] = [str(TESTS), str(TESTS / "system")]

from daemon import BINARY, Daemon, wait_until  # noqa: E402
from sim import Cloud, Ollama  # noqa: E402
from sim.cloud import cut_stream, ok, openai_error, status, stream  # noqa: E402
from terminal import pieces  # noqa: E402

PICTURES = TESTS.parent / "docs/pictures"
COLUMNS = 118
# What SGR says, as the palette of a dark terminal; bold and the default are the same here.
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "2": "#8b949e"}
TEXT, GROUND, PROMPT = "#e6edf3", "#0d1117", "#79c0ff"
WIDTH, HEIGHT, MARGIN = 8.4, 20, 16  # of a character of 14 px, of a line, around all
SGR = re.compile(r"\033\[([\d;]*)m")


def shown(line):
    """A carriage return has the line written over from its beginning."""
    return re.sub(r"\033\[\d*K", "", line.rsplit("\r", 1)[-1])


def run_on_terminal(command, env, until=None):
    """All that it prints to a terminal; until: called meanwhile, then the command is ended."""
    leader, follower = pty.openpty()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=follower, stderr=follower, env=env)
    os.close(follower)
    said = bytearray()
    if until:
        until(lambda: said.extend(os.read(leader, 65536)))
        child.terminate()
    said += b"".join(pieces(leader))
    child.wait()
    os.close(leader)
    return "\n".join(shown(line) for line in said.decode().replace("\r\n", "\n").split("\n"))


def spans(line):
    """(colour, text) of one line with its SGR codes."""
    colour, at = TEXT, 0
    for code in SGR.finditer(line):
        yield colour, line[at:code.start()]
        colour, at = next((COLOURS[c] for c in code[1].split(";") if c in COLOURS), TEXT), code.end()
    yield colour, line[at:]


def wrap(line):
    if len(SGR.sub("", line)) <= COLUMNS:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    return textwrap.wrap(line, COLUMNS, subsequent_indent=indent, drop_whitespace=False)


def draw(path, prompt, text, title):
    lines = [piece for line in text.rstrip("\n").split("\n") for piece in wrap(line)]
    rows = [f'<tspan fill="{PROMPT}">$ </tspan><tspan fill="{TEXT}">{escape(prompt)}</tspan>']
    rows += ["".join(f'<tspan fill="{colour}">{escape(part)}</tspan>' for colour, part in spans(line) if part)
             for line in lines]
    width = int(2 * MARGIN + WIDTH * COLUMNS)
    height = 2 * MARGIN + HEIGHT * len(rows)
    body = "\n".join(f'<text x="{MARGIN}" y="{MARGIN + HEIGHT * i + 15}" xml:space="preserve">{row}</text>'
                     for i, row in enumerate(rows))
    path.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">\n'
        f'<title>{escape(title)}</title>\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="{GROUND}"/>\n'
        f'<g font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, \'DejaVu Sans Mono\', monospace" '
        f'font-size="14">\n{body}\n</g>\n</svg>\n')
    print(f"{path.relative_to(TESTS.parent)}: {path.stat().st_size} bytes")


def environment(**more):
    kept = {name: os.environ[name] for name in ("PATH", "BUILD", "HOME") if name in os.environ}
    return {**kept, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "TZ": "UTC", **more}


def demo():
    said = run_on_terminal([sys.executable, str(TESTS / "demo.py")], environment())
    draw(PICTURES / "demo.svg", "make demo", said, "What make demo prints: nine ways in which a cloud "
         "fails, who answers, after which waits, and what the app gets")


def ask_this_and_that(daemon, cloud):
    """An app's morning; a pause between, as people have it."""
    scripts = [
        (ok("Paris."), {}), (stream("Par", "is."), {"stream": True}), (status(503), {}),
        (cut_stream("Par", "is"), {"stream": True}), (openai_error(429, "rate_limit_exceeded", "slow down"), {}),
        (status(500), {}), (status(500), {}), (status(500), {}), (ok("Paris."), {"model": "ministral-3:3b"}),
    ]
    for script, more in scripts:
        cloud.script(script)
        daemon.chat(**{"model": "gpt-4o-mini", **more})
        time.sleep(0.6)


def watch():
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cloud, ollama = Cloud(), Ollama()
        stack.callback(cloud.stop)
        stack.callback(ollama.stop)
        (folder / "run").mkdir()
        runtime = {"XDG_RUNTIME_DIR": str(folder / "run")}
        daemon = Daemon(folder / "d", cloud, ollama, {"retry.attempts": "1", "breaker.failures": "3",
                                                      "breaker.open_for": "1h"}, env={**runtime, "TZ": "UTC"})
        stack.callback(daemon.kill)

        def until(read):
            read()  # the first line: it watches
            ask_this_and_that(daemon, cloud)
            wait_until(lambda: daemon.get("/status.json").json["requests"] == 9, "all have ended")
            time.sleep(0.5)  # it looks a few times a second

        said = run_on_terminal([str(BINARY), "watch"], environment(**runtime), until)
        draw(PICTURES / "watch.svg", "understudy watch", said, "What understudy watch prints: a line for "
             "each exchange, in green, yellow or red, and one for each change of what is going on")


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for picture in sys.argv[1:] or ["demo", "watch"]:
        {"demo": demo, "watch": watch}[picture]()
