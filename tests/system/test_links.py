"""tools/check-links: what it takes for a link that leads nowhere, and what not."""
import subprocess

import pytest

from daemon import ROOT

HERE = """# A page

## Keys (`[provider NAME]`)

## What it's for: [links](other.md) & "more"

## Keys (`[provider NAME]`)

<a id="by-hand"></a>
"""
GOOD = {
    "a file": "[x](docs/here.md)",
    "a folder": "[x](docs/)",
    "a heading with code in it": "[x](docs/here.md#keys-provider-name)",
    "the second of that name": "[x](docs/here.md#keys-provider-name-1)",
    "a heading with a link and signs": "[x](docs/here.md#what-its-for-links--more)",
    "an id that is written": "[x](docs/here.md#by-hand)",
    "a heading of its own": "# One\n\n[x](#one)",
    "a name for a link": "[x][far]\n\n[far]: docs/here.md",
    "another place": "[x](https://example.com/a(b?c=d#e) <https://example.com> [m](mailto:a@b.example)",
    "code": "`[x](gone.md)` and\n\n```\n[x](gone.md)\n```",
    "a comment": "<!-- [x](gone.md) -->",
    "a page of the forge": "[x](../../compare/v1...v2)",
}
BAD = {
    "a file that is gone": ("[x](docs/gone.md)", "1: the link to 'docs/gone.md' is not there"),
    "on its line, behind code": ("```\na\n```\n\n[x](gone.md)", "5: the link to 'gone.md' is not there"),
    "a heading that is gone": ("[x](docs/here.md#gone)", "has no heading #gone"),
    "a heading inside of code": ("```\n# One\n```\n[x](#one)", "has no heading #one"),
    "one of a file without headings": ("[x](LICENSE#a)", "has no heading #a"),
    "a picture": ("![x](docs/gone.png)", "is not there"),
    "a picture in HTML": ('<img src="docs/gone.png" alt="x">', "is not there"),
    "the second source of a picture": ('<source media="(x)" srcset="gone.png">', "is not there"),
    "a link around a picture": ("[![x](LICENSE)](gone.md)", "'gone.md' is not there"),
    "out of the project": ("[x](../secret.md)", "leads out of the project"),
    "nothing": ("[x]()", "leads nowhere"),
    "a name that nothing has": ("[x][far]", "leads nowhere"),
    "a name for what is gone": ("[far]: gone.md", "is not there"),
    "no host": ("[x](https:///a)", "is no address"),
    "another scheme": ("[x](htp://example.com)", "is no address"),
    "a port that is none": ("[x](https://example.com:port/)", "is no address"),
    "mail without a host": ("[x](mailto:me)", "is no address"),
    "a blank in an address": ("<https://example.com/a b>", "is no address"),
}


def findings(folder, text, leads="[h](docs/here.md)"):
    (folder / "docs").mkdir()
    (folder / "docs/here.md").write_text(HERE)
    (folder / "docs/other.md").write_text("")
    (folder / "LICENSE").write_text("# a\n")
    (folder / "README.md").write_text(f"{text}\n\n{leads} [o](docs/other.md)\n")
    done = subprocess.run([ROOT / "tools/check-links", folder], text=True, capture_output=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_it_has_nothing_against(tmp_path, text):
    assert findings(tmp_path, text) == ""


@pytest.mark.parametrize("text, told", BAD.values(), ids=BAD)
def test_it_finds(tmp_path, text, told):
    said = findings(tmp_path, text)
    assert said.startswith("README.md:") and told in said and said.count("\n") == 1


def test_a_page_that_the_README_does_not_lead_to(tmp_path):
    assert findings(tmp_path, "", leads="") == "docs/here.md: README.md has no link to it\n"


def test_the_links_of_the_project():
    done = subprocess.run([ROOT / "tools/check-links"], text=True, capture_output=True)
    assert (done.stdout, done.stderr) == ("", "")
