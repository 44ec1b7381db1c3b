"""Templates keep the strict policy, speak through gettext, and name what they draw."""

import re
from pathlib import Path

import pytest

from recobro.web import icons

ROOT = Path(__file__).parents[2] / "templates"
STATIC = Path(icons.__file__).parent / "static"
PAGES = sorted(p for p in ROOT.rglob("*.html") if p.parent.name not in ("letters", "emails"))
# The only places where markup made by our own Python is put in unescaped.
SAFE = frozenset[str]()

FORBIDDEN = {
    "a style attribute": r"<[a-zA-Z][^>]*\sstyle\s*=",
    "an inline handler": r"<[a-zA-Z][^>]*\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "js: in an htmx value": r"hx-[\w:-]+\s*=\s*[\"']\s*js:",
    "a bracket filter in hx-trigger": r"hx-trigger[^\"']*=\s*[\"'][^\"']*\[",
    "an inline script": r"<script(?![^>]*\bsrc=)[^>]*>",
    "a style element": r"<style\b",
    "autoescape switched off": r"autoescape\s+false",
    "an unknown link target": r"target\s*=\s*[\"']_blank[\"'](?![^>]*noopener)",
}


def source(path: Path) -> str:
    """A template without its comments."""
    return re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def label(path: Path) -> str:
    """A template's name."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_has(what: str) -> None:
    found = [label(p) for p in PAGES if re.search(FORBIDDEN[what], source(p), flags=re.IGNORECASE)]
    assert found == []


def test_nothing_is_marked_safe_outside_the_list() -> None:
    found = {label(p) for p in PAGES if re.search(r"\|\s*safe\b|Markup\(", source(p))}
    assert found <= SAFE


def test_every_icon_that_is_named_is_in_the_sprite() -> None:
    called = r"(?<![\w.])(?:icon|draw)\(\s*\"([a-z0-9-]+)\""
    missing = {
        (label(p), name) for p in PAGES for name in re.findall(called, source(p)) if name not in icons.drawings()
    }
    assert missing == set()


def test_every_button_that_is_only_an_icon_has_a_name() -> None:
    unnamed = []
    for path in PAGES:
        for tag in re.findall(r"<(?:button|a)\b[^>]*class=\"[^\"]*icon-button[^>]*>", source(path)):
            if "aria-label" not in tag:
                unnamed.append((label(path), tag[:80]))
        for arguments in re.findall(r"icon_button\(([^)]*)", source(path)):
            if "macro" not in arguments and re.match(r"\s*(\"\"|''|,|$)", arguments):
                unnamed.append((label(path), arguments[:80]))
    assert unnamed == []


def test_every_class_that_is_named_has_its_style() -> None:
    """Or a script asks for it. Classes made of words, `tag-{{ tone }}`, are left to the eye."""
    known = "".join(p.read_text(encoding="utf-8") for p in STATIC.rglob("*") if p.suffix in (".css", ".js"))
    known += "".join(p.read_text(encoding="utf-8") for p in ROOT.rglob("*.css"))
    bare = []
    for path in PAGES:
        text = re.sub(r"\{\{.*?\}\}", "{", re.sub(r"\{%.*?%\}", " ", source(path), flags=re.DOTALL), flags=re.DOTALL)
        names = {name for names in re.findall(r"\sclass=\"([^\"]*)\"", text) for name in names.split()}
        bare += [
            (label(path), name)
            for name in sorted(names)
            if "{" not in name and not re.search(rf"\.{re.escape(name)}(?![\w-])", known)
        ]
    assert bare == []


def test_every_image_has_its_words() -> None:
    assert [label(p) for p in PAGES if re.search(r"<img(?![^>]*\balt=)[^>]*>", source(p))] == []


def test_every_form_that_posts_carries_the_token() -> None:
    bare = []
    for path in PAGES:
        for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", source(path), flags=re.DOTALL):
            if "csrf_token" not in form:
                bare.append((label(path), form[:80]))
    assert bare == []


def test_macros_read_arguments_and_nothing_else() -> None:
    """A component can be shown alone: no page, no request, no session inside."""
    reached = r"\{[{%][^}%]*\b(page|request|session|current_user|g|config)\.\w"
    found = [label(p) for p in PAGES if p.parent.name == "components" and re.search(reached, source(p))]
    assert found == []


def test_inherited_headers_say_so() -> None:
    """In htmx 4 an attribute is inherited only with `:inherited`; without it the CSRF header is silently lost."""
    assert [label(p) for p in PAGES if re.search(r"hx-headers(?!:inherited)\s*=", source(p))] == []


def test_every_component_lists_its_macros_on_top() -> None:
    for path in sorted((ROOT / "components").glob("*.html")):
        text = path.read_text(encoding="utf-8")
        reference = re.match(r"\{#.*?#\}", text, flags=re.DOTALL)
        assert reference, label(path)
        body = text[reference.end() :]
        alone = [
            name
            for name in re.findall(r"\{% macro (\w+)\(", body)
            if len(re.findall(rf"(?<![\w.]){name}\(", body)) == 1 and not re.search(rf"\b{name}\b", reference[0])
        ]
        assert alone == [], label(path)
