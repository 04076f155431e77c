"""Every target of `make fuzz` holds for what it begins with. Without libFuzzer, so that each run of the tests sees it."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

from daemon import BINARY

FUZZ = Path(__file__).resolve().parent.parent / "fuzz"
TARGETS = sorted(path.stem for path in FUZZ.glob("fuzz_*.c"))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    subprocess.run([sys.executable, "-B", FUZZ / "seeds.py", folder], check=True, timeout=60)
    return folder


@pytest.mark.parametrize("target", TARGETS)
def test_the_seeds_hold(corpus, target):
    seeds = sorted((corpus / target).iterdir())
    assert seeds, "it begins with nothing"
    run = subprocess.run([BINARY.parent / "tests/fuzz" / target, *seeds], stderr=subprocess.PIPE, text=True, timeout=300)
    assert run.returncode == 0, run.stderr[-1000:]
