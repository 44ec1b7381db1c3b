"""Texts that agencies write: Liquid with strict limits, given plain values only, its output cleaned.

The author of a template is not trusted either: no includes, no `safe`, loops and output bounded (python-liquid).
"""

from collections.abc import Mapping
from decimal import Decimal

import nh3
from liquid import Environment, StrictUndefined
from liquid.exceptions import LiquidError

from kernel.problems import Invalid
from kernel.text import msg


class _Limited(Environment):
    loop_iteration_limit = 10_000
    output_stream_limit = 200_000
    context_depth_limit = 20
    local_namespace_limit = 200_000


class TemplateRefused(Invalid):
    """A template that cannot be rendered: a wrong tag, an unknown field, or over a limit."""

    code = "templates.refused"


_PLAIN = (str, int, bool, Decimal, type(None))
_TAGS = {"p", "br", "b", "strong", "i", "em", "u", "ul", "ol", "li", "a", "h1", "h2", "h3", "table", "thead", "tbody",
         "tr", "th", "td", "blockquote", "div", "span", "hr"}  # fmt: skip


def _environment(*, escape: bool) -> Environment:
    environment = _Limited(autoescape=escape, undefined=StrictUndefined)
    for name in ("safe",):
        environment.filters.pop(name, None)
    for name in ("include", "render", "layout"):
        environment.tags.pop(name, None)
    return environment


_TEXT = _environment(escape=False)
_HTML = _environment(escape=True)


def render_text(template: str, values: Mapping[str, object], *, html: bool = False) -> str:
    """A template filled with plain values (texts, numbers, lists and mappings of them). `html` escapes each value."""
    _check_plain(values)
    try:
        return (_HTML if html else _TEXT).from_string(template).render(**values)
    except LiquidError as error:
        raise TemplateRefused(msg("La plantilla no se puede usar: {why}"), why=str(error).split("\n")[0]) from error


def clean_html(html: str) -> str:
    """What remains of a text when only harmless elements and http(s), mailto and tel links may stay."""
    return nh3.clean(
        html, tags=_TAGS, attributes={"a": {"href"}}, url_schemes={"http", "https", "mailto", "tel"}, link_rel=None
    )


def _check_plain(value: object) -> None:
    if isinstance(value, Mapping):
        for item in value.values():
            _check_plain(item)
    elif isinstance(value, list | tuple):
        for item in value:
            _check_plain(item)
    elif not isinstance(value, _PLAIN):
        raise TypeError(f"A template gets plain values only, not {type(value).__name__}.")
