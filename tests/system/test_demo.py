"""tests/demo.py: the README's first command."""
import os
import re
import subprocess
import sys

import pytest

import demo
from daemon import BINARY, ROOT, SLOW


def test_the_demo_shows_nine_right_answers():
    done = subprocess.run([sys.executable, "-B", str(ROOT / "tests/demo.py"), "--quick"], text=True,
                          capture_output=True, timeout=60 * SLOW, cwd="/",
                          env={**os.environ, "BUILD": str(BINARY.parent)})
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    lines = done.stdout.splitlines()
    assert "\033" not in done.stdout and "WRONG" not in done.stdout
    for case in demo.CASES:
        (line,) = [l for l in lines if l.startswith(f"  {demo.name_of(case, True)}  ")]
        assert f"  {case.attempts}  " in line and case.answer in line and case.error in line
    assert re.fullmatch(r"9 of 9 are right, in \d+ s\.", lines[-2])
    assert lines[-1].startswith("Next: ")


@pytest.mark.parametrize("wrong", [
    {"provider": "ollama"}, {"attempts": "openai=2"}, {"waits": [1]}, {"waits": []},
    {"seconds": 0.002}, {"seconds": 1000.0}, {"answer": "Paris"}, {"error": "cut off"},
], ids=str)
def test_the_demo_knows_a_wrong_answer(wrong):
    case = demo.CASES[1]
    right = demo.Seen("openai", "openai=3", [1, 2], 0.01, demo.CLOUD, "")
    assert demo.is_right(case, right, quick=True)
    assert not demo.is_right(case, right._replace(**wrong), quick=True)


def test_the_demo_wants_the_error_of_a_cut_stream():
    case = next(c for c in demo.CASES if c.error == "cut off")
    seen = demo.Seen("openai", "openai=1", [], 0.01, demo.BEGUN, "the answer was cut off")
    assert demo.is_right(case, seen, quick=False)
    assert not demo.is_right(case, seen._replace(error=""), quick=False)
