"""Agencies' texts: what a letter needs works; objects, files and exhaustion are out of reach, at once."""

import time
from decimal import Decimal

import pytest

from recobro.adapters.liquid_text import TemplateRefused, clean_html, render_text

VALUES = {
    "name": "Luis <b>Demo</b>", "amount": "$61,440.18", "count": 2, "rate": Decimal("0.16"), "early": True,
    "invoices": ["A-1", "A-2"], "debtor": {"name": "Luis"},
}  # fmt: skip


def test_a_letter_is_filled() -> None:
    template = (
        "{% if early %}Hola{% else %}Estimado{% endif %}, {{ debtor.name | upcase }}: {{ invoices | join: ', ' }}"
        " por {{ amount }}{% for one in invoices %} [{{ one }}]{% endfor %}{% assign x = 'fin' %} {{ x | capitalize }}"
    )
    assert render_text(template, VALUES) == "Hola, LUIS: A-1, A-2 por $61,440.18 [A-1] [A-2] Fin"


def test_a_value_is_escaped_in_html_and_not_in_text() -> None:
    assert render_text("{{ name }}", VALUES, html=True) == "Luis &lt;b&gt;Demo&lt;/b&gt;"
    assert render_text("{{ name }}", VALUES) == "Luis <b>Demo</b>"


def test_an_object_is_never_a_value() -> None:
    with pytest.raises(TypeError):
        render_text("{{ clock }}", {"clock": object()})


ATTACKS = {
    "an attribute": "{{ debtor.__class__ }}",
    "a class of a text": "{{ name.__class__ }}",
    "a name nobody gave": "{{ secret }}",
    "a file": "{% include '/etc/passwd' %}",
    "another template": "{% render 'x' %}",
    "unescaped": "{{ name | safe }}",
    "a long loop": "{% for a in (1..20000) %}x{% endfor %}",
    "loops in loops": "{% for a in (1..999) %}{% for b in (1..999) %}x{% endfor %}{% endfor %}",
    "a long text": "{% for a in (1..9999) %}{{ '" + "x" * 40 + "' }}{% endfor %}",
    "a doubled name": "{% assign a='xxxxxxxxxx' %}{% for i in (1..30) %}{% assign a=a|append:a %}{% endfor %}{{ a }}",
    "a doubled capture": "{% capture a %}xx{% endcapture %}{% for i in (1..40) %}{% capture a %}{{a}}{{a}}"
                         "{% endcapture %}{% endfor %}{{ a }}",
    "a joined range": "{{ (1..100000000) | join: 'x' }}",
    "the size of a range": "{{ (1..100000000) | size }}",
    "a text that swells": "{{ 'xx'" + " | replace: 'x', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'" * 6 + " }}",
    "a chain of appends": "{% assign a = 'x' %}{% for i in (1..13) %}{% assign a = a | append: a %}{% endfor %}{{ a"
                          + " | append: a" * 4000 + " }}",
    "a great power": "{% assign a = 99 %}{% for i in (1..40) %}{% assign a = a | times: a %}{% endfor %}{{ a }}",
    "a wide date": "{{ '2026' | date: '%1000000000d' }}",
    "a table row": "{% tablerow i in (1..100000) %}x{% endtablerow %}",
    "deep blocks": "{% if true %}" * 500 + "{% endif %}" * 500,
    "half a tag": "{{ name",
    "an unknown tag": "{% system 'ls' %}",
    "a long template": "x" * 50_001,
}  # fmt: skip


@pytest.mark.parametrize("what", ATTACKS)
@pytest.mark.parametrize("html", [False, True])
def test_a_template_cannot_reach_or_exhaust_anything(what: str, html: bool) -> None:
    began = time.process_time()
    with pytest.raises(TemplateRefused):
        render_text(ATTACKS[what], VALUES, html=html)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("<p>Hola <b>Luis</b></p>", "<p>Hola <b>Luis</b></p>"),
        ("<script>alert(1)</script>Hola", "Hola"),
        ('<img src=x onerror="alert(1)">Hola', "Hola"),
        ('<p style="position:fixed" onclick="x()">Hola</p>', "<p>Hola</p>"),
        ('<a href="javascript:alert(1)">Ver</a>', "<a>Ver</a>"),
        ('<a href="https://example.com/" target="_top">Ver</a>', '<a href="https://example.com/">Ver</a>'),
        ("<svg><script>alert(1)</script></svg><iframe src=//x></iframe>Hola", "Hola"),
    ],
)
def test_html_is_cleaned_to_what_is_harmless(written: str, left: str) -> None:
    assert clean_html(written) == left
