"""Files of contact data and corrections: what is new is added, what changed is shown, what we corrected is asked."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel.problems import Invalid
from legal.records import service as records
from legal.records.tables import ContactAttempt
from legal.rules.facts import Channel
from recobro.cases.tables import Case, CaseEvent, Debt
from recobro.debtors.facts import note_fact, sources_of
from recobro.debtors.tables import ContactPoint, Debtor
from recobro.intake import committing, queries
from recobro.intake.tables import Placement
from recobro.intake.undo import undoing
from recobro.notices.gathering import gather_one
from tests.service.test_intake import bring as place
from tests.service.test_intake import shown
from tests.service.test_intake import wired as wired
from tests.support.files import brought, previewed
from tests.support.world import World

pytestmark = pytest.mark.usefixtures("wired")

PORTFOLIO = """No cliente,Deudor,RFC,Folio,Vencimiento,Saldo,Tel 1,Correo,Ciudad
100,Aceros Ficticios SA,AFI010101AB1,A-1,17/09/2026,100.00,442 555 0142,pagos@ficticios.example,Querétaro
200,Llantas Modelo SA,LMO010101AB2,B-1,17/09/2026,200.00,442 555 0143,,León
"""


@pytest.fixture
def client_id(world: World) -> UUID:
    found = world.client()
    place(world, found, PORTFOLIO)
    return found


def keep(world: World, client_id: UUID, text: str, **options: Any) -> Placement:
    return brought(world, client_id, text, kind="maintenance", **options)


def debtor(world: World, number: str) -> Debtor:
    with world.work() as work:
        return work.session.scalars(select(Debtor).where(Debtor.customer_ref == number)).one()


def codes(world: World, placement: Placement) -> list[tuple[int, str, str]]:
    with world.work() as work:
        return [(one.line, one.kind, one.code) for one in queries.issues(work, placement.id)]


def test_new_contact_data_is_added_and_what_is_there_is_left(world: World, client_id: UUID) -> None:
    placement = keep(
        world, client_id,
        "No cliente,Telefono,Correo,Contacto\n100,4425550142,nuevo@ficticios.example,Luis Demo\n200,442 555 0150,,\n",
    )  # fmt: skip

    assert (placement.state, placement.counts["created"], placement.counts["changed"]) == ("committed", 2, 0)
    with world.work() as work:
        points = work.session.execute(
            select(ContactPoint.value, ContactPoint.person_name, ContactPoint.source).where(
                ContactPoint.placement_id == placement.id
            )
        ).all()
        assert sorted(tuple(one) for one in points) == [
            ("+524425550150", "", "client"), ("nuevo@ficticios.example", "Luis Demo", "client"),
        ]  # fmt: skip
        titles = work.session.scalars(select(CaseEvent.title).where(CaseEvent.ref_id == placement.id)).all()
        assert titles == ["El cliente actualizó datos en la carga {number}"] * 2


def test_a_row_names_its_debtor_by_number_by_invoice_or_by_tax_id(world: World, client_id: UUID) -> None:
    placement = keep(
        world, client_id,
        "No cliente,Factura,RFC,Ciudad\n100,,,Puebla\n,b-1,,Toluca\n,,AFI010101AB1,Puebla\n,,XXX010101XX1,Mérida\n"
        "100,B-1,,Celaya\n",
    )  # fmt: skip

    assert placement.counts["changed"] == 2
    assert (debtor(world, "100").city, debtor(world, "200").city) == ("Puebla", "Toluca")
    kinds = {(line, code) for line, _, code in codes(world, placement)}
    assert {(5, "nobody"), (6, "two_debtors")} <= kinds


def test_changed_fields_are_kept_with_their_source(world: World, client_id: UUID) -> None:
    placement = keep(
        world, client_id,
        "No cliente,Nombre,RFC,Estado,Idioma,Fecha de nacimiento\n"
        "100,Aceros Ficticios del Bajío SA,AFI010101AB9,Baja California,inglés,22/03/1980\n",
    )  # fmt: skip

    found = debtor(world, "100")
    assert (found.name, found.name_norm) == ("Aceros Ficticios del Bajío SA", "ACEROS FICTICIOS DEL BAJÍO SA")
    assert (found.tax_id_norm, found.region, found.time_zone) == ("AFI010101AB9", "Baja California", "America/Tijuana")
    assert (found.locale, found.birth_year) == ("en", 1980)
    assert placement.counts["changed"] == 5
    with world.work() as work:
        source = sources_of(work, [found])[found.id]["region"]
        assert (source.kind, source.ref, source.line) == ("client", placement.id, 2)


def test_a_debts_day_and_concept_change_where_its_invoice_is_named(world: World, client_id: UUID) -> None:
    keep(world, client_id, "Factura,Vencimiento,Concepto\nA-1,30/09/2026,Acero en rollo\n")

    with world.work() as work:
        debt = work.session.scalars(select(Debt).where(Debt.reference == "A-1")).one()
        assert (debt.due_on, debt.concept) == (date(2026, 9, 30), "Acero en rollo")
        case = work.session.scalars(select(Case).where(Case.id == debt.case_id)).one()
        assert case.oldest_due_on == date(2026, 9, 30)


def test_what_a_collector_corrected_stays_unless_a_person_takes_theirs(world: World, client_id: UUID) -> None:
    found = debtor(world, "100")
    with world.work() as work:
        mine = work.session.scalars(select(Debtor).where(Debtor.id == found.id)).one()
        mine.city = "Corregidora"
        note_fact(work, found.id, "city", "Corregidora", "collector")

    text = "No cliente,Ciudad\n100,Guadalajara\n200,Toluca\n"
    kept = keep(world, client_id, text)
    assert (kept.counts["changed"], kept.counts["conflicts"], kept.counts["ours"]) == (1, 1, {"city": 1})
    assert codes(world, kept) == [(2, "conflict", "ours_city")]
    assert debtor(world, "100").city == "Corregidora"

    taken = keep(world, client_id, text, theirs=["city"])
    assert (taken.counts["changed"], taken.counts["conflicts"], taken.counts["ours"]) == (1, 0, {"city": 1})
    assert debtor(world, "100").city == "Guadalajara"


def test_the_clients_own_earlier_word_is_changed_without_asking(world: World, client_id: UUID) -> None:
    keep(world, client_id, "No cliente,Ciudad\n100,Puebla\n")

    again = keep(world, client_id, "No cliente,Ciudad\n100,Toluca\n")

    assert (again.counts["changed"], again.counts["conflicts"]) == (1, 0)


def test_a_phone_is_retired_by_a_column_or_a_word_and_a_proven_one_is_asked(world: World, client_id: UUID) -> None:
    with world.work() as work:
        point = work.session.scalars(select(ContactPoint).where(ContactPoint.value == "+524425550143")).one()
        point.quality = "verified"

    placement = keep(
        world, client_id,
        "No cliente,Teléfono,Movimiento,Teléfono anterior\n100,4425550199,alta,4425550142\n200,4425550143,baja,\n",
    )  # fmt: skip

    assert (placement.counts["created"], placement.counts["changed"], placement.counts["ours"]) == (1, 1, {"phone": 1})
    with world.work() as work:
        quality = dict(work.session.execute(select(ContactPoint.value, ContactPoint.quality)).all())
    assert quality["+524425550142"] == "wrong"
    assert quality["+524425550143"] == "verified"
    assert quality["+524425550199"] == "unknown"


def test_a_tax_id_another_debtor_has_is_not_taken(world: World, client_id: UUID) -> None:
    placement = previewed(world, client_id, "No cliente,RFC\n200,AFI010101AB1\n", kind="maintenance")

    assert (placement.counts["changed"], placement.counts["conflicts"]) == (0, 1)
    assert (2, "conflict", "two_debtors") in codes(world, placement)


def test_amounts_do_not_change_and_say_so(world: World, client_id: UUID) -> None:
    placement = keep(world, client_id, "No cliente,Saldo,Ciudad\n100,5.00,Puebla\n")

    assert ["warned", "balance_ignored", 1] in placement.counts["causes"]
    with world.work() as work:
        assert work.session.scalars(select(Debt.balance).where(Debt.reference == "A-1")).one() == 100_00


def test_two_rows_that_disagree_count_the_first(world: World, client_id: UUID) -> None:
    placement = keep(world, client_id, "No cliente,Ciudad\n100,Puebla\n100,Toluca\n100,Puebla\n")

    assert (placement.counts["changed"], placement.counts["conflicts"], placement.counts["unchanged"]) == (1, 1, 1)
    assert debtor(world, "100").city == "Puebla"


def test_the_same_data_again_changes_nothing(world: World, client_id: UUID) -> None:
    text = "No cliente,Ciudad,Telefono\n100,Puebla,442 555 0177\n"
    keep(world, client_id, text)

    again = previewed(world, client_id, text + "\n", kind="maintenance")

    assert (again.counts["created"], again.counts["changed"], again.counts["unchanged"]) == (0, 0, 1)


def test_a_commit_run_twice_is_done_once(world: World, client_id: UUID) -> None:
    placement = keep(world, client_id, "No cliente,Ciudad\n100,Puebla\n")

    committing.commit(world.work, placement.id)

    with world.work() as work:
        assert len(work.session.scalars(select(CaseEvent.id).where(CaseEvent.ref_id == placement.id)).all()) == 1
    assert shown(world, placement.id).state == "committed"


def test_a_file_that_tells_nothing_new_or_of_nobody_is_refused(world: World, client_id: UUID) -> None:
    with pytest.raises(Invalid, match="dato nuevo"):
        previewed(world, client_id, "No cliente,Otra cosa\n100,x\n", kind="maintenance")
    with pytest.raises(Invalid, match="a quién se refiere"):
        previewed(world, client_id, "Ciudad,Otra cosa\nPuebla,x\n", kind="maintenance")


def test_a_row_of_which_nothing_can_be_used_is_not_already_there(world: World, client_id: UUID) -> None:
    placement = previewed(
        world, client_id,
        "No cliente,Telefono,Correo,Nombre\n100,123,mal,\n200,99,otro@x.example,\n200,99,,Llantas Modelo SA\n",
        kind="maintenance",
    )  # fmt: skip

    assert (placement.counts["rejected"], placement.counts["unchanged"], placement.counts["created"]) == (1, 1, 1)
    assert codes(world, placement) == [
        (2, "rejected", "told_unusable"), (3, "warned", "bad_phone"), (4, "warned", "bad_phone"),
    ]  # fmt: skip


def test_a_row_whose_number_and_tax_id_are_of_two_debtors_changes_nothing(world: World, client_id: UUID) -> None:
    placement = keep(
        world, client_id,
        "No cliente,RFC,Correo,Ciudad\n200,AFI010101AB1,nuevo@ficticios.example,Puebla\n"
        "100,AFI010101AB1,,Celaya\n200,LMO010101AB9,,Toluca\n",
    )  # fmt: skip

    assert [one for one in codes(world, placement) if one[1] != "warned"] == [(2, "conflict", "two_debtors")]
    assert placement.counts["created"] == 0
    assert (debtor(world, "100").city, debtor(world, "200").city) == ("Celaya", "Toluca")
    assert debtor(world, "200").tax_id == "LMO010101AB9"


@pytest.mark.parametrize(
    ("number", "told"), [("300", "No cliente,RFC\n300,TPR010101AB9\n"), ("100", "No cliente,Pais\n100,CO\n")]
)
def test_contacts_stay_counted_when_a_tax_id_or_country_is_corrected_and_put_back(
    world: World, client_id: UUID, number: str, told: str
) -> None:
    def key() -> str:
        with world.work() as work:
            return gather_one(work, case_id).person_key

    def counted() -> list[str]:
        with world.work() as work:
            return list(work.session.scalars(select(ContactAttempt.person_key)))

    place(world, client_id, PORTFOLIO.splitlines()[0] + "\n300,Tornillos Prueba SA,,C-1,17/09/2026,300.00,,,León\n")
    with world.work() as work:
        case_id = work.session.scalars(select(Case.id).where(Case.debtor_id == debtor(world, number).id)).one()
        facts = gather_one(work, case_id)
        records.note_contact(
            work, client_id=client_id, case_id=case_id, debtor_id=facts.debtor.id, person_key=facts.person_key,
            channel=Channel.PHONE, at=work.now(), conversation=True,
        )  # fmt: skip
    before = key()
    placement = keep(world, client_id, told)

    assert key() != before
    assert counted() == [key()]

    with world.work() as work:
        undoing.ask_undo(work, placement.id)
    undoing.undo(world.work, placement.id)
    assert counted() == [before] == [key()]
