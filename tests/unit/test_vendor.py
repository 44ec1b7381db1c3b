"""What came from others is as it was fetched, and no page asks another host."""

import json
import re
from pathlib import Path

import pytest

from recobro.web import icons, vendor
from recobro.web.assets import STATIC

TEMPLATES = Path(__file__).parents[2] / "templates"


def test_the_copies_are_what_the_lock_says() -> None:
    if not vendor.FRONTEND.is_dir():
        pytest.skip("frontend/ is only in the source tree")
    assert vendor.differences() == []


def test_a_changed_copy_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "vendor/x-1").mkdir(parents=True)
    (tmp_path / "vendor/x-1/x.js").write_text("one", encoding="utf-8")
    (tmp_path / "icons.svg").write_text("<svg/>", encoding="utf-8")
    monkeypatch.setattr(vendor, "STATIC", tmp_path)
    monkeypatch.setattr(vendor, "LOCK", tmp_path / "lock.json")
    locked = {**vendor.hashes(), "vendor/x-1/gone.js": "0"}
    versions = json.loads((vendor.FRONTEND / "package.json").read_text(encoding="utf-8"))["dependencies"]
    (tmp_path / "lock.json").write_text(json.dumps({"versions": versions, "sha256": locked}), encoding="utf-8")
    (tmp_path / "vendor/x-1/x.js").write_text("two", encoding="utf-8")
    assert vendor.differences() == ["vendor/x-1/gone.js: missing", "vendor/x-1/x.js: changed"]


def test_every_package_has_its_licence() -> None:
    folders = [p for p in (STATIC / "vendor").iterdir() if p.is_dir()]
    assert folders
    assert [p.name for p in folders if not (p / "LICENSE").is_file()] == []


def test_tabler_lies_in_its_layer() -> None:
    [sheet] = STATIC.glob("vendor/tabler-*/tabler.css")
    text = sheet.read_text(encoding="utf-8")
    assert text.startswith("@layer vendor {")
    assert "@charset" not in text


def test_nothing_we_serve_names_another_host() -> None:
    ours = [p for p in STATIC.rglob("*") if p.suffix in (".css", ".js") and "vendor" not in p.parts]
    found = {
        p.name: hit
        for p in ours
        if (hit := re.findall(r"(?:url\(|from |import |fetch\()\s*[\"']?(?:https?:)?//", p.read_text(encoding="utf-8")))
    }
    assert found == {}


def test_addresses_of_vendored_files_exist() -> None:
    texts = [*TEMPLATES.rglob("*.html"), *STATIC.rglob("*.css"), *STATIC.glob("js/*.js")]
    named = {hit for p in texts for hit in re.findall(r"/static/(vendor/[\w./-]+)", p.read_text(encoding="utf-8"))}
    assert sorted(name for name in named if not (STATIC / name).is_file()) == []


def test_an_icon_is_decoration_unless_it_has_a_name() -> None:
    assert 'aria-hidden="true"' in icons.icon("phone", inline=True)
    assert 'aria-label="Teléfono &lt;1&gt;"' in icons.icon("phone", label="Teléfono <1>", inline=True)


def test_an_icon_that_is_not_in_the_sprite_is_refused() -> None:
    with pytest.raises(LookupError, match=r"icons\.txt"):
        icons.icon("no-such-icon")


def test_our_class_names_are_not_tablers() -> None:
    def classes(text: str) -> set[str]:
        return set(re.findall(r"\.([a-zA-Z][\w-]*)", re.sub(r"url\([^)]*\)|/\*.*?\*/", "", text, flags=re.DOTALL)))

    [tabler] = STATIC.glob("vendor/tabler-*/tabler.css")
    ours = set().union(*(classes(p.read_text(encoding="utf-8")) for p in STATIC.glob("css/**/*.css")))
    assert sorted(ours & classes(tabler.read_text(encoding="utf-8"))) == []
