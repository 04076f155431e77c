"""The manual pages: whole, and such that both readers of them find nothing to complain of."""
import re
import shutil
import subprocess

import pytest

from daemon import BINARY, ROOT

PAGES = sorted((ROOT / "man").glob("*.[1-8]"))


def plain(page):
    """A page's text without fonts and escapes."""
    text = re.sub(r"\\f[BIR]", "", page.read_text())
    for escape, sign in (("\\-", "-"), ("\\(aq", "'"), ("\\(ga", "`"), ("\\(ti", "~"), ("\\e", "\\")):
        text = text.replace(escape, sign)
    return text


def output(*words):
    return subprocess.run([BINARY, *words], text=True, capture_output=True, check=True).stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.parametrize("reader", [["mandoc", "-Tlint"], ["groff", "-man", "-ww", "-z"]], ids=lambda r: r[0])
def test_a_page_is_clean(page, reader):
    if not shutil.which(reader[0]):
        pytest.skip(f"no {reader[0]}: apt install {reader[0]}")
    done = subprocess.run([*reader, page], text=True, capture_output=True)
    assert (done.stdout + done.stderr, done.returncode) == ("", 0)


def test_the_commands_and_their_options_are_told():
    page = plain(ROOT / "man/understudy.1")
    told = re.findall(r"^  (?:  )?(--[\w-]+|\w+)", output("-h"), re.M)
    assert {"serve", "check", "--json", "--strict", "explain", "--header"} <= set(told)
    for word in told:
        assert re.search(rf'^(\.SS "?)?{re.escape(word)}\b', page, re.M), word


def test_every_variable_that_is_read_is_told():
    page = plain(ROOT / "man/understudy.1")
    read = {name for source in (ROOT / "src").rglob("*.c")
            for name in re.findall(r'getenv\("(\w+)"\)', source.read_text())}
    assert {"UNDERSTUDY_CONFIG", "NOTIFY_SOCKET"} <= read
    for name in read:
        assert re.search(rf"\b{name}\b", page), name


def test_every_setting_is_told_with_its_section():
    page, section = plain(ROOT / "man/understudy.ini.5"), None
    assert len(re.findall(r"^;?\w+ =", (ROOT / "conf/understudy.ini").read_text(), re.M)) > 60
    for line in (ROOT / "conf/understudy.ini").read_text().splitlines():
        if match := re.match(r";?\[(\w+)", line):
            section = match[1]
        elif (match := re.match(r";?(\w+) =", line)) and section != "model" and match[1] != "retry_attempts":
            part = page.split(f'\n.SH [{section}')[-1] if section == "log" else \
                re.search(rf'\n\.SH "?\[{section}.*?(?=\n\.SH)', page, re.S)[0]
            assert re.search(rf'^\.SS {match[1]}$', part, re.M), f"{section}.{match[1]}"
