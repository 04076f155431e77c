"""make install and uninstall; the units."""
import os
import re
import shutil
import stat
import subprocess

import pytest

from daemon import BINARY, ROOT

SERVICE = ROOT / "systemd/understudy.service"
TOOL = ROOT / "systemd/understudy-tool@.service"
UNITS = [SERVICE, ROOT / "systemd/user/understudy.service"]
FILES = {"bin/understudy": 0o755, "lib/systemd/system/understudy.service": 0o644,
         "lib/systemd/system/understudy.socket": 0o644, "lib/systemd/system/understudy-tool@.service": 0o644,
         "lib/systemd/system/understudy-tool@.socket": 0o644, "share/doc/understudy/README.md": 0o644,
         "lib/systemd/user/understudy.service": 0o644, "share/man/man1/understudy.1": 0o644,
         "share/man/man5/understudy.ini.5": 0o644, "share/man/man7/understudy-providers.7": 0o644,
         "share/man/man8/understudy.8": 0o644, "share/bash-completion/completions/understudy": 0o644,
         "share/zsh/site-functions/_understudy": 0o644, "share/fish/vendor_completions.d/understudy.fish": 0o644,
         "share/doc/understudy/CHANGELOG.md": 0o644, "share/doc/understudy/LICENSE": 0o644,
         "lib/sysusers.d/understudy.conf": 0o644,
         **{f"share/doc/understudy/{p.name}": 0o644 for p in (ROOT / "docs").glob("*.md")},
         **{f"share/doc/understudy/scale-out/{p.name}": 0o644 for p in (ROOT / "packaging/scale-out").iterdir()},
         **{f"share/doc/understudy/observability/{p.name}": 0o644 for p in (ROOT / "docs/observability").iterdir()},
         **{f"share/doc/understudy/pictures/{p.name}": 0o644 for p in (ROOT / "docs/pictures").iterdir()}}
has_analyze = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd-analyze: apt install systemd")


def own_make():
    """The environment of a make that is not part of the one that runs the tests."""
    return {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}


def make(target, **variables):
    """With what is built already, and by a user with a narrow umask."""
    words = [f"{k}={v}" for k, v in {"BUILD": BINARY.parent, **variables}.items()]
    done = subprocess.run(["make", "-C", ROOT, "-o", "all", target, *words], env=own_make(), text=True,
                          capture_output=True, preexec_fn=lambda: os.umask(0o077))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == ""


def files(below):
    return {str(p.relative_to(below)): stat.S_IMODE(p.stat().st_mode)
            for p in below.rglob("*") if not p.is_dir()}


@pytest.mark.parametrize("where", [{}, {"prefix": "/usr"}, {"PREFIX": "/opt/understudy"}],
                         ids=lambda where: " ".join(map("=".join, where.items())) or "usual")
def test_every_file_has_its_place_and_rights(tmp_path, where):
    variables = {"DESTDIR": tmp_path, **where}
    make("install", **variables)
    at = next(iter(where.values()), "/usr/local").lstrip("/")
    assert files(tmp_path) == {**{f"{at}/{name}": mode for name, mode in FILES.items()},
                               "etc/understudy/understudy.ini": 0o644}
    unit, own, socket = ((tmp_path / at / "lib/systemd" / name).read_text()
                         for name in ("system/understudy.service", "user/understudy.service", "system/understudy.socket"))
    # What stands in the units is where things will be, DESTDIR is not.
    for text in (unit, own):
        assert f"ExecStart=/{at}/bin/understudy\n" in text and str(tmp_path) not in text
    for text in (unit, own, socket):
        assert f"Documentation=file:/{at}/share/doc/understudy/README.md\n" in text
    assert subprocess.run([tmp_path / at / "bin/understudy", "-V"], text=True,
                          capture_output=True).stdout.startswith("understudy ")
    make("uninstall", **variables)
    assert files(tmp_path) == {} and not (tmp_path / "etc/understudy").exists()


DIRECTORIES = {"bindir": "understudy", "docdir": "README.md", "mandir": "man1/understudy.1",
               "unitdir": "understudy.service", "userunitdir": "understudy.service", "sysusersdir": "understudy.conf",
               "bashcompletiondir": "understudy", "zshcompletiondir": "_understudy",
               "fishcompletiondir": "understudy.fish"}


def test_a_packager_says_where_each_kind_goes(tmp_path):
    """One folder for each variable, and nothing outside of them; anybody may enter."""
    make("install", DESTDIR=tmp_path, prefix="/elsewhere", sysconfdir="/settings",
         **{name: f"/at/{name}" for name in DIRECTORIES})
    for name, file in DIRECTORIES.items():
        assert (tmp_path / "at" / name / file).is_file()
    assert not (tmp_path / "elsewhere").exists() and (tmp_path / "settings/understudy").exists()
    assert {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "at").rglob("*") if p.is_dir()} == {0o755}


def test_the_owners_settings_are_kept(tmp_path):
    ini = tmp_path / "etc/understudy/understudy.ini"
    ini.parent.mkdir(parents=True)
    ini.write_text("[retry]\nattempts = 7\n")
    make("install", DESTDIR=tmp_path)
    assert ini.read_text() == "[retry]\nattempts = 7\n"
    new = ini.with_name("understudy.ini.new")
    assert new.read_bytes() == (ROOT / "conf/understudy.ini").read_bytes()
    make("uninstall", DESTDIR=tmp_path)
    assert files(tmp_path) == {"etc/understudy/understudy.ini": stat.S_IMODE(ini.stat().st_mode)}


@pytest.mark.skipif(not shutil.which("systemd-sysusers"), reason="no systemd-sysusers: apt install systemd")
def test_the_users_file_makes_one_user_that_cannot_log_in(tmp_path):
    make("install", DESTDIR=tmp_path, prefix="/usr")
    (tmp_path / "etc/passwd").touch()
    done = subprocess.run(["systemd-sysusers", f"--root={tmp_path}", "understudy.conf"], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    users = [line.split(":") for line in (tmp_path / "etc/passwd").read_text().splitlines()]
    assert [(u[0], u[6]) for u in users] == [("understudy", "/usr/sbin/nologin")] and 0 < int(users[0][2]) < 1000


def analyze(*words, **env):
    done = subprocess.run(["systemd-analyze", *words], text=True, capture_output=True, env={**os.environ, **env})
    return done.returncode, done.stdout + done.stderr


def test_the_units_start_nothing_that_a_small_system_lacks():
    """Debian without procps has no /bin/kill, and said so at the first reload."""
    for unit in UNITS:
        programs = re.findall(r"^Exec\w+=-?(\S+)", unit.read_text(), re.M)
        assert set(programs) == {"/usr/local/bin/understudy", "/bin/sh"}


@has_analyze
def test_systemd_finds_no_fault_in_the_installed_units(tmp_path):
    make("install", PREFIX=tmp_path / "usr", sysconfdir=tmp_path / "etc")
    (tmp_path / "run/systemd").mkdir(parents=True)
    for mode, name in (("--system", "system/understudy.service"), ("--system", "system/understudy.socket"),
                       ("--system", "system/understudy-tool@.service"), ("--system", "system/understudy-tool@.socket"),
                       ("--user", "user/understudy.service")):
        assert analyze("--man=no", mode, "verify", str(tmp_path / "usr/lib/systemd" / name),
                       XDG_RUNTIME_DIR=str(tmp_path / "run")) == (0, "")


@has_analyze
@pytest.mark.parametrize("unit", [SERVICE, TOOL], ids=["understudy", "a tool"])
def test_the_unit_is_locked_up_well(unit):
    code, output = analyze("security", "--offline=true", "--threshold=15", str(unit))
    exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", output)
    assert code == 0 and float(exposure[1]) <= 1.5, output


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.parent.name)
def test_systemd_waits_longer_than_a_drain_takes(unit):
    defaults = subprocess.run([BINARY, "config", "--defaults"], text=True, capture_output=True)
    drain_s = int(re.search(r"^drain_timeout = (\d+)s$", defaults.stdout, re.M)[1])
    stop_s = int(re.search(r"^TimeoutStopSec=(\d+)$", unit.read_text(), re.M)[1])
    assert stop_s > drain_s + 1


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.parent.name)
def test_no_restart_cures_bad_settings(unit):
    done = subprocess.run([BINARY, "-s", "retry.attempts=none"], capture_output=True)
    prevented = re.search(r"^RestartPreventExitStatus=([\d ]+)$", unit.read_text(), re.M)[1].split()
    assert str(done.returncode) in prevented


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.parent.name)
def test_a_service_that_hangs_is_ended_and_none_is_enabled_for_others(unit):
    text = unit.read_text()
    assert re.search(r"^WatchdogSec=\d+$", text, re.M) and re.search(r"^Type=notify$", text, re.M)
    assert re.findall(r"^WantedBy=(.*)$", text, re.M) == \
        ["default.target" if unit.parent.name == "user" else "multi-user.target"]
    assert not list((ROOT / "systemd").rglob("*.preset"))


@pytest.mark.parametrize("target, needed", [
    ("all", "libmicrohttpd-dev"), ("install", "libmicrohttpd-dev"), ("docs", "libcurl4-openssl-dev"),
    ("units", "(Debian: check)"), ("check", "(Debian: check)"),
])
def test_a_machine_without_the_libraries_is_told_what_is_missing(tmp_path, target, needed):
    done = subprocess.run(["make", "-C", ROOT, target, f"BUILD={tmp_path}/build", f"DESTDIR={tmp_path}",
                           "PKG_CONFIG=false"], env=own_make(), text=True, capture_output=True)
    assert done.returncode != 0
    assert needed in done.stderr and "tools/deps install" in done.stderr
    assert "CC" not in done.stdout and "error:" not in done.stderr  # no compiler was asked
    assert not (tmp_path / "usr").exists()


def test_a_machine_without_the_compiler_is_told_so(tmp_path):
    done = subprocess.run(["make", "-C", ROOT, f"BUILD={tmp_path}/build", "CC=no-such-compiler -m64"],
                          env=own_make(), text=True, capture_output=True)
    assert done.returncode != 0 and "a C17 compiler" in done.stderr
    assert "libcurl" not in done.stderr  # only what is missing
