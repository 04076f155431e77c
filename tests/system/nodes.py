"""The official Node SDKs, unmodified: node with tests/node/app.mjs, one process for many tests.

Whoever imports this is skipped without node and the packages of tests/node (`make test-node`).
"""
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from daemon import BINARY, CLIENT_KEY, PATIENCE, ROOT

NODE_SDK = Path(os.environ.get("NODE_SDK", BINARY.parent / "node")).resolve()
if not (NODE_SDK / "done").exists():
    pytest.skip("no Node SDK: make test-node" if shutil.which("node") and shutil.which("npm") else
                "no node: apt install nodejs npm, then make test-node", allow_module_level=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the application is, beside the packages: that is where node looks for them."""
    path = tmp_path_factory.mktemp("node")
    for script in (ROOT / "tests/node").glob("*.mjs"):
        shutil.copy(script, path)
    (path / "node_modules").symlink_to(NODE_SDK / "node_modules")
    return path


class Node:
    """node with tests/node/app.mjs: one process for many tests, as it takes its time to start."""

    def __init__(self, folder):
        self.command, self.process = ["node", str(folder / "app.mjs")], None

    def do(self, doing, **more):
        """{"answer"} or {"raised"}, and how many requests that took."""
        self.process = self.process or subprocess.Popen(
            self.command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.process.stdin.write(json.dumps({"do": doing, **more}) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())
        except BaseException:
            self.stop()
            raise

    def stop(self):
        process, self.process = self.process, None
        if process:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def node(folder):
    one = Node(folder)
    yield one
    one.stop()


class App:
    """An application: a client, and connections of its own. sdk: openai, anthropic or ollama."""
    other = "APIError"

    def __init__(self, node, daemon, base_url=None, headers=(), stall=False, sdk="openai", **options):
        self.do = node.do
        address = {"openai": ("baseURL", daemon.url + "/v1"), "anthropic": ("baseURL", daemon.url),
                   "ollama": ("host", daemon.url)}[sdk]
        options = {address[0]: base_url or address[1], "apiKey": CLIENT_KEY,
                   "timeout": 3000 * PATIENCE, **options}
        self.get("open", sdk=sdk, options=options, headers=dict(headers), stall=stall)
        if hasattr(daemon, "close_at_end"):
            daemon.close_at_end(self)

    def get(self, doing, **more):
        return self.do(doing, **more)["answer"]

    def call(self, method, what=None):
        return self.get("call", method=method, what=what)

    def ask(self, method, what):
        """What is raised, as own_errors.check() wants it."""
        came = self.do("call", method=method, what=what)
        return {**came["raised"], "requests": came["requests"]}

    def close(self):
        self.get("close")


@pytest.fixture
def app(node):
    return lambda *args, **options: App(node, *args, **options)
