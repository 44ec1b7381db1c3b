"""Texts that agencies write: Liquid with strict limits, given plain values only, its output cleaned.

The author of a template is not trusted either: python-liquid bounds loops and output, not what one filter makes of one
value, so only filters that cannot swell are left, each bounded here.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache, wraps
from typing import Any

import nh3
from liquid import BoundTemplate, Environment, StrictUndefined
from liquid.exceptions import FilterError, LiquidError

from kernel.problems import Invalid
from kernel.text import msg

_LONGEST_TEMPLATE = 50_000
_LONGEST_TEXT = 200_000
_LONGEST_ARGUMENT = 10_000


class _Limited(Environment):
    loop_iteration_limit = 10_000
    output_stream_limit = _LONGEST_TEXT
    context_depth_limit = 20
    local_namespace_limit = 200_000


class TemplateRefused(Invalid):
    """A template that cannot be rendered: a wrong tag, an unknown field, or over a limit."""

    code = "templates.refused"


_PLAIN = (str, int, bool, Decimal, type(None))
_TAGS = {"p", "br", "b", "strong", "i", "em", "u", "ul", "ol", "li", "a", "h1", "h2", "h3", "table", "thead", "tbody",
         "tr", "th", "td", "blockquote", "div", "span", "hr"}  # fmt: skip


_FILTERS = ("append", "capitalize", "default", "downcase", "escape", "first", "join", "last", "newline_to_br",
            "prepend", "remove", "size", "squish", "strip", "strip_newlines", "truncate", "truncatewords",
            "upcase")  # fmt: skip
_TAGS_OF_LIQUID = ("#", "assign", "break", "capture", "case", "comment", "content", "continue", "cycle", "echo", "for",
                   "if", "illegal", "output", "unless")  # fmt: skip


def _bounded(shape: Callable[..., Any]) -> Callable[..., Any]:
    """A filter that refuses ranges and long arguments, and whose answer is no longer than a whole text may be."""

    @wraps(shape)
    def bounded(value: Any, *arguments: Any, **named: Any) -> Any:
        if any(isinstance(one, range) for one in (value, *arguments)):
            raise FilterError("a range of numbers cannot be filtered", token=None)
        if any(isinstance(one, str) and len(one) > _LONGEST_ARGUMENT for one in arguments):
            raise FilterError("a filter's argument is too long", token=None)
        answer = shape(value, *arguments, **named)
        if isinstance(answer, str) and len(answer) > _LONGEST_TEXT:
            raise FilterError("a filter's answer is too long", token=None)
        return answer

    return bounded


def _environment(*, escape: bool) -> Environment:
    environment = _Limited(autoescape=escape, undefined=StrictUndefined)
    environment.filters = {name: _bounded(environment.filters[name]) for name in _FILTERS}
    environment.tags = {name: tag for name, tag in environment.tags.items() if name in _TAGS_OF_LIQUID}
    return environment


_TEXT = _environment(escape=False)
_HTML = _environment(escape=True)


def render_text(template: str, values: Mapping[str, object], *, html: bool = False) -> str:
    """A template filled with plain values (texts, numbers, lists and mappings of them). `html` escapes each value."""
    _check_plain(values)
    if len(template) > _LONGEST_TEMPLATE:
        raise TemplateRefused(
            msg("La plantilla es demasiado larga: caben {limit} caracteres."), limit=_LONGEST_TEMPLATE
        )
    try:
        return _parsed(template, html).render(**values)
    except (LiquidError, ValueError, TypeError, ArithmeticError, RecursionError) as error:
        raise TemplateRefused(msg("La plantilla no se puede usar: {why}"), why=str(error).split("\n")[0]) from error


@lru_cache(maxsize=256)
def _parsed(template: str, html: bool) -> BoundTemplate:
    # A run writes hundreds of notices from the same few texts.
    return (_HTML if html else _TEXT).from_string(template)


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
