"""Fixtures: `real` (the Ollama that $OLLAMA_HOST names), `recorder` (between the daemon and it) and,
from the system tests, `start`."""
import importlib.util
import os
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "ollama"), str(TESTS / "system"), str(TESTS)]
HOST = os.environ.get("OLLAMA_HOST", "")  # before anything reads or drops it

spec = importlib.util.spec_from_file_location("system_conftest", TESTS / "system/conftest.py")
system = importlib.util.module_from_spec(spec)
spec.loader.exec_module(system)
start, pytest_runtest_makereport = system.start, system.pytest_runtest_makereport

from real import Real, Recorder  # noqa: E402


@pytest.fixture(scope="session")
def real():
    if not HOST:
        pytest.skip("OLLAMA_HOST names no Ollama to test against")
    return Real(HOST)


@pytest.fixture(autouse=True)
def needs_models(request, real):
    """@pytest.mark.models("scripted", ...): skips where one is not installed."""
    for mark in request.node.iter_markers("models"):
        missing = [m for m in mark.args if not real.has(m)]
        if missing:
            pytest.skip(f"the Ollama at {real.url} has no {', '.join(missing)}")


@pytest.fixture
def recorder(real):
    server = Recorder(real)
    yield server
    server.stop()


@pytest.fixture
def answering(start, real):
    """answering("scripted", {settings}) -> a daemon whose cloud is dead, and whose fallback is that
    model of the real Ollama."""
    def begin(model, settings=None, ollama=None):
        return start(None, ollama or real.url,
                     {"provider.ollama.model": model, "retry.attempts": 1,
                      "provider.ollama.warm_up": "no", **(settings or {})})
    return begin


def pytest_configure(config):
    config.addinivalue_line("markers", "models(names): needs these models")
