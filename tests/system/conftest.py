"""Fixtures: `cloud`, `strict`, `claude`, `ollama`, `collector`, `provider`, `endless` (pretended providers), `tool_server`, `tool_servers`
(of tools) and `start` (daemons)."""
import os
import shutil
import sys
import tempfile
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]
# A proxy of this machine has nothing to do with loopback.
for name in [n for n in os.environ if n.lower().endswith("_proxy")]:
    del os.environ[name]

from browser import chromium, stage, viewer  # noqa: E402,F401
from daemon import Daemon  # noqa: E402
from ledger import balance  # noqa: E402
from sim import Anthropic, Cloud, Collector, McpServer, Ollama  # noqa: E402
from sim.net import Server  # noqa: E402
from soak.world import EndlessCloud, Provider  # noqa: E402
from switch import Switch  # noqa: E402


def pytest_addoption(parser):
    parser.addoption("--words", default="", help="run the tests whose names hold one of these")


def pytest_collection_modifyitems(config, items):
    words = config.getoption("--words").split()
    if words:
        items[:] = [i for i in items if any(w in i.nodeid for w in words)]


def pytest_generate_tests(metafunc):
    """BOTH_WAYS in a module: its daemons speak to providers over a wire, and once more by libcurl's transfers."""
    if getattr(metafunc.module, "BOTH_WAYS", False) and "start" in metafunc.fixturenames:
        metafunc.parametrize("start", ["wire", "libcurl"], indirect=True)


@pytest.fixture
def cloud():
    server = Cloud()
    yield server
    server.stop()
    assert server.violations == []


@pytest.fixture
def strict():
    """A cloud that looks at what it is asked as the real one does."""
    server = Cloud(strict=True)
    yield server
    server.stop()
    assert server.violations == []


@pytest.fixture
def claude():
    """Set `claude.violations = []` at the end of a test that provokes some."""
    server = Anthropic()
    yield server
    server.stop()
    assert server.violations == []


@pytest.fixture
def ollama():
    """Set `ollama.violations = []` at the end of a test that provokes some."""
    server = Ollama()
    yield server
    server.stop()
    assert server.violations == []


@pytest.fixture
def collector():
    server = Collector()
    yield server
    server.stop()
    assert server.violations == []


@pytest.fixture
def tool_servers():
    """tool_servers(era="handshake", ...) -> McpServer. Set its `violations = []` at the end of a test that provokes some."""
    servers = []

    def make(**options):
        servers.append(McpServer(**options))
        return servers[-1]

    yield make
    for server in servers:
        server.stop()
    assert [v for server in servers for v in server.violations] == []


@pytest.fixture
def tool_server(tool_servers):
    """One of the modern era, over HTTP."""
    return tool_servers()


@pytest.fixture
def provider():
    """The provider of the soak; it keeps no books."""
    provider = Provider()
    yield provider
    provider.stop()


@pytest.fixture
def endless():
    """A cloud whose streams go on until its end(); it keeps no books."""
    cloud = EndlessCloud()
    yield cloud
    cloud.stop()


@pytest.fixture
def folder():
    """Short: the path of a socket is 107 bytes at most. Others may look into it."""
    path = Path(tempfile.mkdtemp(prefix="us-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def switch(folder):
    """`understudy local` for daemons that are started with env=switch.env."""
    return Switch(folder)


class Starter:
    """start(cloud, ollama, {settings}, env=..., ini=...) -> Daemon

    unsent: the attempts that a test has kept from reaching any provider; None: their number is not
    known, so that the books cannot be balanced."""

    def __init__(self, folder, by="wire"):
        self.folder, self.daemons, self.unsent = folder, [], 0
        self._by = by

    def __call__(self, *args, **options):
        self.daemons.append(Daemon(self.folder / f"d{len(self.daemons)}", *args, by=self._by, **options))
        return self.daemons[-1]

    def stop(self):
        failures = []
        for daemon in self.daemons:
            try:
                daemon.stop()
            except AssertionError as failure:
                failures.append(failure)
        if failures:
            raise failures[0]


@pytest.fixture
def start(request, tmp_path):
    """Starts daemons; at the end of the test each is stopped, and must have lived a clean life.
    A test may stop one itself."""
    starter = Starter(tmp_path, getattr(request, "param", "wire"))
    yield starter
    starter.stop()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup():
    Server.started.clear()


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    """What the daemons count must be what the pretended providers have received."""
    result = yield
    starter = pyfuncitem.funcargs.get("start")
    if starter and starter.unsent is not None:
        balance(starter.daemons, Server.started, starter.unsent)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """A failure shows what the daemons said."""
    report = yield
    starter = getattr(item, "funcargs", {}).get("start")
    if report.failed and starter:
        report.sections += [(f"log of {d.folder.name}", d.log_text()) for d in starter.daemons]
    return report
