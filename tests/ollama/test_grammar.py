"""Random requests: the server reads each translation without a complaint."""
import json
import os
import subprocess
import urllib.error

import pytest

from daemon import BINARY, ROOT

PROGRAM = BINARY.parent / "tests/core/dialect/test_dialect_property"
CASES = 300


@pytest.mark.models("scripted-think")
def test_every_translation_is_read(real, tmp_path):
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} is not built")
    lines = tmp_path / "requests"
    subprocess.run([PROGRAM], check=True, cwd=ROOT, stdout=subprocess.DEVNULL,
                   env={**os.environ, "PROPERTY_CASES": str(CASES), "PROPERTY_DUMP": str(lines)})
    requests = [json.loads(line) for line in lines.read_bytes().split(b"\0") if line]
    assert len(requests) == CASES
    for request in requests:
        request["model"] = "scripted-think"
        try:
            assert "<|" in real.prompt(request)
        except urllib.error.HTTPError as refused:
            pytest.fail(f"{refused.read().decode()} of {json.dumps(request)}")
