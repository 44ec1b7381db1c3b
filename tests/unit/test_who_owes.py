"""Whether a person or a firm owes is read, never supposed: where nothing says it, the stricter law stands."""

import pytest

from recobro.intake.checks.parties import Home, reader
from recobro.intake.columns.fields import FIELDS_OF
from recobro.intake.columns.mapping import guess
from recobro.intake.columns.normalise import debtor_kind
from recobro.intake.columns.profiles import profile
from recobro.intake.sheet import Row


@pytest.mark.parametrize(
    ("name", "tax_id", "country", "told", "kind"),
    [
        ("Elena Inventado Boceto", "9001234568", "CO", "", "person"),
        ("Elena Inventado Boceto", "", "CO", "", "person"),
        ("Café Ficticio S.A.S.", "9001234568", "CO", "", "firm"),
        ("Café Ficticio, S.A.S. en liquidación", "", "CO", "", "firm"),
        ("Ferretería El Tornillo Feliz", "", "CO", "", "person"),
        ("Transportes Demo", "123456789", "US", "", "person"),
        ("Demo Hauling LLC", "123456789", "US", "", "firm"),
        ("Ana S. Demo", "", "MX", "", "person"),
        ("Aceros Ficticios, S.A. de C.V.", "", "MX", "", "firm"),
        ("Aceros Ficticios", "EJE010203AB5", "MX", "", "firm"),
        ("Luis Demo", "DEMO850101AB1", "MX", "", "person"),
        ("Bollería Ficticia", "B12345674", "ES", "", "firm"),
        ("Bollería Ficticia", "ESB12345674", "ES", "", "firm"),
        ("Luis Demo", "12345678Z", "ES", "", "person"),
        ("Elena Inventado Boceto", "9001234568", "CO", "Persona natural", "person"),
        ("Ferretería El Tornillo Feliz", "9001234568", "CO", "Persona jurídica", "firm"),
        ("Ferretería El Tornillo Feliz", "9001234568", "CO", "Empresa", "firm"),
        ("Café Ficticio S.A.S.", "", "CO", "no dice", "firm"),
    ],
)
def test_who_owes_is_what_file_number_or_name_say_and_else_a_person(
    name: str, tax_id: str, country: str, told: str, kind: str
) -> None:
    assert debtor_kind(name, tax_id, country, told) == kind


def choices(*columns: tuple[str, tuple[str, ...]]) -> list[str]:
    rows = [Row(2 + at, list(cells)) for at, cells in enumerate(zip(*(cells for _, cells in columns), strict=True))]
    profiles, _ = profile(rows, len(columns))
    return [choice.field for choice in guess([name for name, _ in columns], profiles)]


def test_a_column_of_types_is_who_owes_where_its_values_say_so() -> None:
    assert choices(("Tipo", ("Persona", "Empresa", "Empresa"))) == ["debtor_kind"]
    assert choices(("Tipo de cliente", ("Persona física", "Persona moral", "Persona física"))) == ["debtor_kind"]


def test_a_column_of_types_is_the_documents_where_its_values_are() -> None:
    assert choices(("Tipo", ("Factura", "Nota de crédito", "Factura"))) == ["document_type"]


def test_a_column_of_kinds_of_customers_that_names_neither_is_not_it() -> None:
    assert choices(("Tipo de cliente", ("Oro", "Plata", "Oro"))) == [""]


def test_a_row_s_debtor_is_who_its_column_says() -> None:
    columns = {"customer_ref": 0, "debtor_name": 1, "tax_id": 2, "debtor_kind": 3}
    read = reader(columns, 4, Home("CO", "America/Bogota", "es_CO"))

    person = read(["1", "Elena Inventado Boceto", "900123456-8", "Persona", ""]).party
    firm = read(["2", "Ferretería El Tornillo Feliz", "900123456-8", "Empresa", ""]).party
    unsaid = read(["3", "Ferretería El Tornillo Feliz", "900123456-8", "", ""]).party

    assert [one.kind for one in (person, firm, unsaid) if one] == ["person", "firm", "person"]
    assert "debtor_kind" in FIELDS_OF["placement"]
