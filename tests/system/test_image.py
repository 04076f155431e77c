"""The container's image: its root file system, as `make oci` makes it of what is built here."""
import json
import os
import re
import shutil
import subprocess
import tarfile
import urllib.request
from hashlib import sha256

import pytest

from daemon import BINARY, ROOT, wait_until
from sim.net import free_port

LARGEST = 25_000_000
plain = pytest.mark.skipif(bool(re.search("-fsanitize", (BINARY.parent / "flags").read_text())),
                           reason="a sanitizer's program is no one's image")
pytestmark = [plain, pytest.mark.skipif(os.geteuid() != 0, reason="only root may chroot")]


@pytest.fixture(scope="module")
def rootfs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("image") / "rootfs"
    subprocess.run([ROOT / "packaging/oci/rootfs", BINARY, folder], check=True, capture_output=True, text=True)
    return folder


def in_image(rootfs, *words, **env):
    """A process in the image, by its user."""
    return ["chroot", "--userspec=65532:65532", str(rootfs), "/usr/bin/understudy", *words], {"PATH": os.environ["PATH"], **env}


def test_it_is_small_and_holds_nothing_to_start_beside_the_program(rootfs):
    files = [p for p in rootfs.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) <= LARGEST
    runnable = {p.relative_to(rootfs).as_posix() for p in files if os.access(p, os.X_OK) and ".so" not in p.name}
    assert runnable == {"usr/bin/understudy"}


def test_it_runs_by_its_own_user_and_its_health_check_tells(rootfs, tmp_path):
    port = free_port()
    env = {"UNDERSTUDY_SERVER_LISTEN": f"0.0.0.0:{port}", "UNDERSTUDY_CONNECTIVITY_CHECK_URL": ""}
    check, _ = in_image(rootfs, "check", "--local")
    words, own = in_image(rootfs, **env)
    # Without tokens it does not listen for everybody, and says what to set.
    refused = subprocess.run(words, env=own, capture_output=True, text=True, timeout=60)
    assert refused.returncode == 2 and "tokens" in refused.stderr
    own["UNDERSTUDY_SERVER_TOKENS"] = "a-token"
    assert subprocess.run(check, env=own, capture_output=True, timeout=60).returncode == 1
    with (tmp_path / "log").open("w") as log:
        daemon = subprocess.Popen(words, env=own, stderr=log)
    try:
        wait_until(lambda: "listening" in (tmp_path / "log").read_text(), (tmp_path / "log").read_text)
        healthy = subprocess.run(check, env=own, capture_output=True, text=True, timeout=60)
        assert healthy.returncode == 0, healthy.stdout + healthy.stderr
        assert healthy.stdout.startswith(f"daemon: serves at 127.0.0.1:{port} and is ready\n")
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz") as answer:
            assert answer.status == 200
    finally:
        daemon.terminate()
        assert daemon.wait(60) == 0


def make_image(rootfs, target):
    subprocess.run([ROOT / "packaging/oci/image", "1.2.3", rootfs, target], check=True, capture_output=True,
                   env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
    return target


def test_the_image_can_be_made_again_to_the_same_bytes(rootfs, tmp_path):
    one, other = make_image(rootfs, tmp_path / "a.tar"), make_image(rootfs, tmp_path / "b.tar")
    assert one.read_bytes() == other.read_bytes()


def test_the_image_is_one_for_docker_and_for_oci(rootfs, tmp_path):
    with tarfile.open(make_image(rootfs, tmp_path / "image.tar")) as archive:
        content = {m.name: archive.extractfile(m).read() for m in archive}

    def blob(part):
        data = content["blobs/" + part["digest"].replace(":", "/")]
        assert (sha256(data).hexdigest(), len(data)) == (part["digest"].removeprefix("sha256:"), part["size"])
        return data

    index = json.loads(content["index.json"])
    manifest = json.loads(blob(index["manifests"][0]))
    config = json.loads(blob(manifest["config"]))
    (layer,) = manifest["layers"]
    blob(layer)
    docker = json.loads(content["manifest.json"])[0]
    assert docker["Config"].endswith(manifest["config"]["digest"].removeprefix("sha256:"))
    assert docker["Layers"] == ["blobs/" + layer["digest"].replace(":", "/")]
    assert config["config"]["User"] == "65532:65532"
    assert config["config"]["Healthcheck"]["Test"] == ["CMD", "/usr/bin/understudy", "check", "--local"]


def test_the_containerfile_makes_the_same(rootfs, tmp_path):
    """Nobody builds it here, so what both say is compared."""
    text = (ROOT / "packaging/oci/Containerfile").read_text()
    with tarfile.open(make_image(rootfs, tmp_path / "image.tar")) as archive:
        index = json.load(archive.extractfile("index.json"))
        manifest = json.load(archive.extractfile("blobs/" + index["manifests"][0]["digest"].replace(":", "/")))
        config = json.load(archive.extractfile("blobs/" + manifest["config"]["digest"].replace(":", "/")))["config"]
    assert f"\nUSER {config['User']}\n" in text
    assert f"\nENV {config['Env'][0]}\n" in text
    assert f"\nENTRYPOINT {json.dumps(config['Entrypoint'])}" in text
    assert f" CMD {json.dumps(config['Healthcheck']['Test'][1:])}\n" in text
    assert "\nFROM scratch\n" in text


@pytest.mark.skipif(not shutil.which("skopeo"), reason="no skopeo: apt install skopeo")
def test_skopeo_reads_the_image(rootfs, tmp_path):
    image = make_image(rootfs, tmp_path / "image.tar")
    for kind in ("oci-archive", "docker-archive"):
        done = subprocess.run(["skopeo", "inspect", f"{kind}:{image}"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["Os"] == "linux"
