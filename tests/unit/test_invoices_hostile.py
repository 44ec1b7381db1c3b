"""Hostile and broken invoices: a document or a refusal with a sentence, never anything else, never slow."""

import re
import zlib
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from recobro.intake.files.invoices import xml
from recobro.intake.files.invoices.document import InvoiceRefused, Kind, Owed
from recobro.intake.files.invoices.reading import read_invoice
from tests.support import invoice_samples as samples

BODY = samples.ubl(head="")
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ja">' + "".join(
    f'<!ENTITY {after} "{f"&{before};" * 10}">' for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)
SAMPLES = {
    "cfdi": samples.cfdi().encode(),
    "complement": samples.complement().encode(),
    "ubl": samples.ubl().encode(),
    "attached": samples.attached_document(samples.dian()).encode(),
    "cii": samples.cii().encode(),
    "facturae": samples.facturae().encode(),
    "utf-16": samples.cfdi().replace("UTF-8", "UTF-16").encode("utf-16"),
    "pdf": samples.pdf({"factur-x.xml": samples.cii().encode()}),
}


def refusal(data: bytes) -> str:
    """The sentence of the refusal."""
    with pytest.raises(InvoiceRefused) as caught:
        read_invoice(data, "hostil.xml")
    return caught.value.message


@pytest.mark.parametrize(
    "prolog",
    [
        LAUGHS + "]>",
        '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY % f SYSTEM "http://127.0.0.1:9/x.dtd"> %f;]>',
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
        "<!-- antes --><?algo?> <!DOCTYPE x>",
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be"])
def test_a_document_type_is_refused_in_any_encoding(prolog: str, encoding: str) -> None:
    text = '<?xml version="1.0"?>' + prolog + BODY.replace("F-100", "&f;")
    assert "DOCTYPE" in refusal(text.encode(encoding))


def test_a_document_type_inside_a_wrapped_document_or_a_pdf_is_refused() -> None:
    hostile = '<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + BODY.replace("F-100", "&f;")
    assert "DOCTYPE" in refusal(samples.attached_document(hostile).encode())
    assert "DOCTYPE" in refusal(samples.pdf({"factur-x.xml": hostile.encode()}))


def test_a_doctype_written_in_a_text_or_a_comment_harms_nobody() -> None:
    kept = samples.ubl(seller_name="&lt;!DOCTYPE html&gt;").replace(
        "<cac:TaxTotal>", "<!-- <!DOCTYPE x> --><cac:TaxTotal>"
    )
    assert read_invoice(kept.encode(), "x.xml")[0].seller.name == "<!DOCTYPE html>"


def test_an_undefined_entity_and_an_inclusion_are_never_followed(tmp_path: Path) -> None:
    secret = tmp_path / "secreto.txt"
    secret.write_text("no me leas", encoding="utf-8")
    assert "línea" in refusal(BODY.replace("F-100", "&secreto;").encode())
    link = f'<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="{secret.as_uri()}" parse="text"/>'
    (found,) = read_invoice(samples.ubl(seller_name=f"Aceros {link}").encode(), "../../etc/passwd")
    assert found.seller.name == "Aceros"


def test_a_path_as_a_name_is_only_text() -> None:
    assert "../../etc/passwd" in refusal_named(b"<a/>", "../../etc/passwd")
    assert len(refusal_named(b"<a/>", "x" * 10_000)) < 300
    assert "{0.__class__}" in refusal_named(b"<a/>", "{0.__class__}")


def refusal_named(data: bytes, name: str) -> str:
    """The sentence of the refusal of a file with a name."""
    with pytest.raises(InvoiceRefused) as caught:
        read_invoice(data, name)
    return caught.value.message


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (BODY.replace("F-100", "F\0-100").encode(), "bytes nulos"),
        (b"<" + b"\0" * 501, "bytes nulos"),
        (BODY.encode()[:-200], "incompleto en la línea"),
        (b"<", "incompleto"),
        (b"<?xml", "incompleto"),
        (BODY.replace("F-100", "&#xD800;").encode(), "línea"),
        (BODY.encode().replace(b"F-100", b"\xed\xa0\x80"), "UTF-8"),
        (BODY.replace("F-100", "\ud800").encode("utf-16", "surrogatepass"), "UTF-16"),
        (samples.ubl().encode("latin-1"), "UTF-8"),
        (samples.ubl(head='<?xml version="1.0" encoding="UTF-7"?>').encode(), "UTF-7"),
        (samples.ubl(head='<?xml version="1.0" encoding="EBCDIC-ES"?>').encode(), "EBCDIC-ES"),
        (samples.ubl(head="").encode("utf-32"), "UTF-32"),
        (b"\xff\xfe<", "UTF-16"),
        (b"<a>" * 300_000, "anida|cientos de miles"),
        (b"<a>" * 250 + b"</a>" * 250, "anida"),
        (b"<a>" * 240, "anida|incompleto"),
        (b"<a" + b' b=""' * 10 + b"/>", "incompleto"),
        (b"<!-- sin cerrar", "incompleto"),
        (b"   \n ", "no es un XML"),
        (b"\xef\xbb\xbf  ", "vacío"),
    ],
)
def test_what_is_not_a_sound_xml_is_refused_with_its_reason(data: bytes, words: str) -> None:
    sentence = refusal(data)
    assert re.search(words, sentence), sentence


def test_ten_megabytes_of_nesting_and_of_breadth_are_refused_at_once() -> None:
    ten = 10 * 1024 * 1024
    assert "cientos de miles" in refusal(b"<a>" * (ten // 3))
    assert "cientos de miles" in refusal(b"<a>" + b"<b/>" * (ten // 4) + b"</a>")
    assert "cientos de miles" in refusal(b"<a>" + b"".join(b'<b c="" d="" e=""/>' for _ in range(ten // 20)) + b"</a>")
    assert "16 MB" in refusal(b"<a>" + b" " * xml.MOST_BYTES + b"</a>")


def test_a_wrong_declaration_of_good_utf8_is_read_as_what_it_is_and_remarked() -> None:
    for declared in ("ISO-8859-1", "windows-1252", "UTF-16"):
        text = samples.ubl(head=f'<?xml version="1.0" encoding="{declared}"?>')
        (found,) = read_invoice(text.encode(), "x.xml")
        assert found.buyer.name == "Ferretería El Tornillo Feliz"
        assert [note.code for note in found.warnings] == ["encoding"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1", "windows-1252", "iso-8859-15"])
def test_every_encoding_that_invoices_use_is_read(encoding: str) -> None:
    text = samples.ubl(head=f'<?xml version="1.0" encoding="{encoding.removesuffix("-sig")}"?>')
    (found,) = read_invoice(text.encode(encoding), "x.xml")
    assert (found.buyer.name, found.warnings) == ("Ferretería El Tornillo Feliz", ())


def test_marks_that_cannot_be_seen_do_not_make_another_number() -> None:
    (found,) = read_invoice(samples.ubl(number="<cbc:ID> F-\u200b1\u202e00\ufeff </cbc:ID>").encode(), "x.xml")
    assert found.number == "F-100"


def test_a_text_of_a_million_letters_is_cut() -> None:
    (found,) = read_invoice(samples.ubl(seller_name="A" * 1_000_000).encode(), "x.xml")
    assert len(found.seller.name) == xml.MOST_TEXT
    assert "10 MB" in refusal(samples.ubl(seller_name="A" * 10_500_000).encode())


def test_a_schema_declared_as_a_namespace_is_forgiven() -> None:
    dirty = samples.cfdi().replace(" Version=", ' xmlns:schemaLocation="http://a.example http://b.example" Version=')
    assert read_invoice(dirty.encode(), "x.xml")[0].number == "A-0042"


def test_a_pdf_whose_attachment_inflates_without_end_is_refused() -> None:
    def packed(content: bytes) -> bytes:
        plain = samples.pdf({"factur-x.xml": zlib.compress(content, 1)})
        return plain.replace(b"/Type /EmbeddedFile\n", b"/Type /EmbeddedFile\n/Filter /FlateDecode\n")

    assert read_invoice(packed(SAMPLES["cii"]), "x.pdf")[0].number == "F-100"
    assert "16 MB" in refusal(packed(b"<" * (20 * 1024 * 1024)))
    assert "dañado" in refusal(packed(b"<" * (80 * 1024 * 1024)))


_TOKENS = (
    b"<", b">", b"&", b'"', b"\0", b"&#xD800;", b"&#0;", b"9" * 40, b"-", b"NaN", "٣".encode(), b"\xff",
    b"\xed\xa0\x80", b"<!DOCTYPE x>", b"]]>", b"2026-99-99", b"XXX", b"0", b"{}", b"{name}", b"%", b" ", b"</", b"/>",
    b"<![CDATA[",
)  # fmt: skip
_PIECES = st.one_of(st.sampled_from(_TOKENS), st.binary(max_size=6))
_CHANGES = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), _PIECES), min_size=1, max_size=6)


def _check(data: bytes) -> None:
    """Sound documents, or the one refusal."""
    try:
        documents = read_invoice(data, "mutada.xml")
    except InvoiceRefused:
        return
    assert documents
    for each in documents:
        assert each.identity
        assert each.reference
        assert each.verdict.reason.text
        assert all(note.text for note in each.warnings)
        assert all(settlement.paid.currency for settlement in each.settlements)
        assert (each.verdict.amount.minor > 0) == (each.verdict.owed is not Owed.NEVER)
        assert each.kind in (Kind.INVOICE, Kind.DEBIT_NOTE) or each.verdict.owed is Owed.NEVER


@pytest.mark.parametrize("kind", SAMPLES)
@settings(max_examples=20)
@given(changes=_CHANGES)
def test_a_mutated_invoice_gives_documents_or_a_refusal(kind: str, changes: list[tuple[float, int, bytes]]) -> None:
    data = SAMPLES[kind]
    for where, cut, piece in changes:
        at = int(where * len(data))
        data = data[:at] + piece + data[at + cut :]
    _check(data)


def _rearranged(data: bytes, changes: list[tuple[float, str, str]]) -> bytes:
    """The document with elements dropped, doubled, emptied, moved or given another text or attribute."""
    root = etree.fromstring(data)
    for where, action, text in changes:
        nodes = [node for node in root.iter() if node is not root]
        if not nodes:
            break
        node = nodes[int(where * (len(nodes) - 1))]
        parent = node.getparent()
        assert parent is not None
        if action == "drop":
            parent.remove(node)
        elif action == "double":
            parent.append(deepcopy(node))
        elif action == "move":
            root.append(deepcopy(node))
        elif action == "text":
            node.text = text
        elif action == "attribute" and node.attrib:
            node.set(sorted(node.attrib, key=str)[int(where * (len(node.attrib) - 1))], text)
        elif action == "bare":
            node.attrib.clear()
    return etree.tostring(root)


_VALUES = (
    "", "0", "-1", "0.0000000001", "9" * 15, "9" * 15 + ".999999999999", "-0.005", "1e9", "NaN", "XXX", "CLP", "{x}",
    "{", "%s", "2026-02-29", "9999-12-31", "19000101", "381", "384", "PUE", "E", "P", "XEXX010101000", "365 días",
)  # fmt: skip
_TEXTS = st.one_of(
    st.sampled_from(_VALUES), st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=12)
)
_ACTIONS = st.sampled_from(["drop", "double", "move", "text", "attribute", "bare"])
_REARRANGED = st.lists(st.tuples(st.floats(0, 1), _ACTIONS, _TEXTS), min_size=1, max_size=8)


@pytest.mark.parametrize("kind", ["cfdi", "complement", "ubl", "attached", "cii", "facturae"])
@settings(max_examples=30)
@given(changes=_REARRANGED)
def test_a_rearranged_invoice_gives_documents_or_a_refusal(kind: str, changes: list[tuple[float, str, str]]) -> None:
    _check(_rearranged(SAMPLES[kind], changes))


@settings(max_examples=50)
@given(
    value=st.text(max_size=30), field=st.sampled_from(["1160.00", "MXN", "2026-03-10T12:00:00", "ACF010101XY1", "PPD"])
)
def test_any_value_in_any_field_gives_a_document_or_a_refusal(value: str, field: str) -> None:
    text = samples.cfdi().replace(field, value.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;"))
    try:
        (found,) = read_invoice(text.encode("utf-8", "surrogatepass"), "x.xml")
    except InvoiceRefused:
        return
    assert found.total.currency == found.currency
