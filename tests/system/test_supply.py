"""The supply chain: builds that can be repeated, what is in the program, the tarball of a release."""
import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile

import pytest
from spdx_tools.spdx.model import RelationshipType
from spdx_tools.spdx.parser.parse_anything import parse_file
from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

from daemon import BINARY, ROOT

VERSION = re.search(r"^VERSION *= *(\S+)$", (ROOT / "Makefile").read_text(), re.M)[1]
LIBRARIES = {"inih", "jansson", "libcurl", "libmicrohttpd", "zlib"}
is_clone = pytest.mark.skipif(not (ROOT / ".git").exists() or not shutil.which("git"), reason="no clone of the repository")


def environment(**more):
    """That of a person's shell: no make around it, no compiler's cache that would answer for the second build."""
    kept = {k: v for k, v in os.environ.items()
            if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "BUILD", "SOURCE_DATE_EPOCH")}
    return {**kept, "CCACHE_DISABLE": "1", **more}


def run(*words, cwd=ROOT, umask=0o022, **env):
    done = subprocess.run([str(w) for w in words], cwd=cwd, env=environment(**env), text=True,
                          capture_output=True, preexec_fn=lambda: os.umask(umask))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_two_builds_in_two_folders_on_two_days_are_equal(tmp_path):
    built = []
    for folder, day, env in (("a", "1700000000", {"TZ": "UTC", "LC_ALL": "C"}),
                             ("somewhere/else/b", "1800000000", {"TZ": "Asia/Tokyo", "LC_ALL": "C.UTF-8"})):
        tree = tmp_path / folder
        for part in ("include", "src", "conf", "docs", "man", "systemd", "completions", "packaging"):
            if (ROOT / part).exists():
                shutil.copytree(ROOT / part, tree / part)
        for part in ("Makefile", "README.md", "CHANGELOG.md", "LICENSE", "tools/deps", "tools/sbom",
                     "tools/web-page"):
            (tree / part).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / part, tree / part)
        for file in tree.rglob("*"):
            os.utime(file, (int(day), int(day)))
        umask = 0o022 if folder == "a" else 0o077
        run("make", "-j2", "all", "sbom", "install", f"DESTDIR={tree}/root", cwd=tree, umask=umask,
            SOURCE_DATE_EPOCH="1700000000", **env)
        built.append({p.relative_to(tree): (sha256(p), oct(p.stat().st_mode))
                      for p in tree.glob("root/**/*") if p.is_file()})
        built[-1]["sbom"] = sha256(tree / "build/understudy.spdx.json")
        program = (tree / "build/understudy").read_bytes()
        assert str(tmp_path).encode() not in program
    assert built[0] == built[1] and len(built[0]) > 10


@pytest.fixture(scope="module")
def bill(tmp_path_factory):
    file = tmp_path_factory.mktemp("sbom") / "understudy.spdx.json"
    file.write_text(run("tools/sbom", VERSION, BINARY, SOURCE_DATE_EPOCH="1700000000"))
    return file


def test_the_sbom_is_valid_spdx(bill):
    document = parse_file(str(bill))
    assert validate_full_spdx_document(document) == []
    assert document.creation_info.created.timestamp() == 1700000000


def test_the_sbom_names_every_library_that_the_program_is_linked_to(bill):
    document = parse_file(str(bill))
    assert {p.name for p in document.packages} == {"understudy", *LIBRARIES}
    needed = re.findall(r"NEEDED.*\[lib(\w+)\.so", subprocess.run(["readelf", "-d", BINARY], text=True,
                                                                 capture_output=True, check=True).stdout)
    known = {"inih": "inih", "jansson": "jansson", "curl": "libcurl", "microhttpd": "libmicrohttpd", "z": "zlib"}
    # libc, and what the sanitizers bring, are the compiler's.
    assert {known[n] for n in needed if n in known} == LIBRARIES
    assert not [n for n in needed if n not in known and n not in ("c", "m", "asan", "ubsan", "tsan", "gcc_s")]
    for package in document.packages:
        assert package.version and package.license_declared
        if package.name == "libcurl":
            found = run("pkg-config", "--modversion", "libcurl").strip()
            assert f"cpe:2.3:a:haxx:libcurl:{found}:*:*:*:*:*:*:*" in [r.locator for r in package.external_references]
    links = {r.related_spdx_element_id for r in document.relationships
             if r.relationship_type == RelationshipType.DYNAMIC_LINK}
    assert links == {f"SPDXRef-Package-{n}" for n in LIBRARIES}


def test_the_sbom_has_the_checksums_of_what_was_built(bill):
    files = {f["fileName"]: f["checksums"][1]["checksumValue"] for f in json.loads(bill.read_text())["files"]}
    assert files["./understudy"] == sha256(BINARY)
    for name in ("src/shell/daemon/main.c", "include/banned.h", "Makefile"):
        assert files[f"./{name}"] == sha256(ROOT / name)
    sources = [p for p in (ROOT / "src").rglob("*.c")]
    assert all(f"./{p.relative_to(ROOT)}" in files for p in sources)


@is_clone
def test_the_tarball_of_a_release_can_be_repeated_and_checked(tmp_path):
    for name, umask in (("a", 0o022), ("b", 0o077)):
        run("make", "dist", f"BUILD={tmp_path / name}", umask=umask)
    tarball = f"dist/understudy-{VERSION}.tar.gz"
    assert sha256(tmp_path / "a" / tarball) == sha256(tmp_path / "b" / tarball)
    assert f"understudy-{VERSION}.tar.gz: OK" in run("sha256sum", "-c", "SHA256SUMS", cwd=tmp_path / "a/dist")
    committed = run("git", "ls-tree", "-r", "--name-only", "HEAD").splitlines()
    with tarfile.open(tmp_path / "a" / tarball) as archive:
        members = [m for m in archive if not m.isdir()]
    assert {m.name for m in members} == {f"understudy-{VERSION}/{n}" for n in committed}
    assert {(m.uid, m.gid, m.mode & 0o022) for m in members} == {(0, 0, 0)}


@pytest.mark.parametrize("file, words", [
    ("debian/changelog", f"understudy ({VERSION}-"), ("rpm/understudy.spec", f"\nVersion:        {VERSION}\n"),
    ("arch/PKGBUILD", f"\npkgver={VERSION}\n"), ("nix/package.nix", f'version = "{VERSION}";'),
    ("homebrew/understudy.rb", f'version "{VERSION}"')])
def test_the_packages_are_of_this_version(file, words):
    assert words in (ROOT / "packaging" / file).read_text()
