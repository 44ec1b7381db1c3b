"""One case from the client's file to the month's remittance: a year's main job in one go, day by day."""

import hashlib
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from pypdf import PdfReader

from kernel.problems import Problem
from legal.matters.service import open_matter
from recobro.agreements import service as agreements
from recobro.desk.outcomes import Outcome
from recobro.files import read_file
from recobro.ledger.queries import proofs
from recobro.ledger.verification import verify
from recobro.notices import printing
from recobro.notices.tables import PrintBatch
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.site import Site, running_site
from tests.support.stories import Story, a_file, a_story, pesos

FILE = a_file(("A-2231", "09/11/2025", "61440,18"), ("A-2232", "23/11/2025", "8559,82"))
DEBTOR = "pagos@tornillo.example"


@pytest.fixture
def site(database_urls: object, tmp_path: Path) -> Iterator[Site]:
    with running_site(tmp_path) as running:
        yield running


@pytest.fixture
def story(site: Site) -> Iterator[Story]:
    with a_story(site, "2026-01-12") as told:
        yield told


def test_one_case_from_the_file_to_the_remittance(story: Story, site: Site) -> None:
    # Monday 12 January: the client sends its file.
    placement = story.upload("cartera_enero.csv", FILE)
    assert (placement.state, placement.totals) == ("committed", {"MXN": {"count": 2, "sum": 70_000_00}})
    assert story.upload("cartera_enero.csv", FILE).id == placement.id
    case = story.only_case()
    assert (case.balance, case.debt_count, case.stage) == (70_000_00, 2, "notices")
    assert [mail.subject for mail in site.mails_to(DEBTOR)] == [
        f"Aceros Ficticios: su cuenta, referencia {case.number}"
    ]

    # A week later the second notice, another week later a letter.
    story.on("2026-01-19")
    assert len(site.mails_to(DEBTOR)) == 2
    story.on("2026-01-26")
    assert story.notices(case.id) == ["cordial-1 email sent", "second-2 email sent", "firm-3 letter queued"]
    assert "61,440.18" in printed_letters(story)

    # Nobody answered: a collector calls.
    story.on("2026-02-03")
    taken = story.take_next()
    assert taken is not None
    assert (taken.id, taken.stage, taken.queue_reason) == (case.id, "calls", "Terminaron los avisos: toca llamar")
    story.on("2026-02-03", hour=23)
    with pytest.raises(Problem, match=r"(?i)hora|ma[nñ]ana|espera"):
        story.call(case.id, Outcome.RIGHT_PARTY)
    story.on("2026-02-04")
    story.take_next()
    story.call(case.id, Outcome.RIGHT_PARTY, "Pagará el viernes")
    story.promise(case.id, pesos("70000"), due="2026-02-06")
    assert story.take_next() is None

    # The word is not kept; two days of grace, then the case is on top of the queue.
    story.on("2026-02-08")
    assert story.take_next() is None
    story.on("2026-02-09")
    taken = story.take_next()
    assert taken is not None
    assert (taken.queue_reason, taken.queue_priority) == ("Promesa rota", 800)

    # A plan beyond what the client allows waits for the client.
    story.call(case.id, Outcome.RIGHT_PARTY, "Pide una quita y cinco pagos")
    plan = story.offer(case.id, count=5, first="2026-02-10", discount_bp=1500)
    assert story.agreement(plan).state == "awaiting_approval"
    assert len(story.agreement(plan).approval_reasons) == 2
    story.run()
    assert len(site.mails_to(DEBTOR)) == 2
    story.on("2026-02-10")
    with story.as_(Role.CLIENT_APPROVER) as work:
        agreements.approve(work, plan)
    story.run()

    # The debtor opens the link of the mail, says what only they know, and signs.
    phone = Pages(site.app)
    link = door_in(site.mails_to(DEBTOR)[-1].text)
    assert "70,000" not in phone.get(link).get_text()
    assert "70,000" not in phone.post(link, {"answer": "XXXX"}, status=422).get_text()
    home = phone.post(link, {"answer": "a0001"}).get_text()
    assert "59,500.00" in home
    assert "11,900.00" in phone.get("/debtor/agreement").get_text()
    phone.post("/debtor/agreement", {"agree": "y", "signatory": "Luis Demo, compras"})
    story.run()
    signed = story.agreement(plan)
    assert (signed.state, story.case(case.id).stage) == ("active", "negotiation")
    assert signed_pdf(story, signed.file_id, signed.file_sha256).count(signed.number)

    # The first payment comes; the month is closed and the client is paid.
    story.receive(case.id, pesos("11900"), reference="SPEI 1")
    story.on("2026-03-05")
    february, document = story.close_month("2026-02-28")
    assert (february.collected, february.commission, february.tax) == (11_900_00, 2_380_00, 380_80)
    assert february.net == 9_139_20
    story.pay_over(february.id)
    again, same = story.close_month("2026-02-28")
    assert (again.id, same) == (february.id, document)

    # The second by transfer; one more by mistake, taken back; the third straight to the client.
    story.on("2026-03-09").receive(case.id, pesos("11900"), reference="SPEI 2")
    mistaken = story.on("2026-03-11").receive(case.id, pesos("2000"), reference="SPEI 3")
    assert story.case(case.id).balance == 44_200_00
    story.on("2026-03-12").take_back(mistaken, "Era de otro deudor")
    assert story.case(case.id).balance == 46_200_00
    story.on("2026-04-09").receive(case.id, pesos("11900"), direct=True)
    march, _ = story.close_month("2026-03-31")
    assert (march.collected, march.net) == (11_900_00, 9_139_20)
    assert story.agreement(plan).state == "active"

    # The fourth does not come: three days of grace, then the plan is broken and a person decides.
    story.on("2026-05-13")
    assert story.agreement(plan).state == "active"
    story.on("2026-05-14")
    assert story.agreement(plan).state == "broken"
    taken = story.take_next()
    assert taken is not None
    assert (taken.id, taken.stage, taken.queue_reason, taken.balance) == (case.id, "calls", "Convenio roto", 34_300_00)

    # The case goes to a lawyer with all that happened.
    matter = story.hand_over(case.id, "No volvió a contestar")
    assert (story.case(case.id).stage, story.take_next()) == ("legal", None)
    assert "A-2231" in dossier(story, matter)

    # The accounts hold, a closed month stays what it was, and the client sees the figures.
    assert story.close_month("2026-02-28")[1] == document
    with story.looking() as work:
        assert verify(work.session, work.agency_id).faults == []
        (proof,) = proofs(work)
        assert proof.holds
    portal = Pages(site.app, story.people[Role.CLIENT_VIEWER]).get("/portal").get_text(" ", strip=True)
    assert "35,700" in portal
    assert "34,300" in portal


def printed_letters(story: Story) -> str:
    """The supervisor prints what waits, and posts it; you get the text of the batch."""
    with story.as_(Role.SUPERVISOR) as work:
        batch_id = printing.make_batch(work).id
    story.run()
    with story.as_(Role.SUPERVISOR) as work:
        batch = work.session.get_one(PrintBatch, (story.world.agency_id, batch_id))
        assert (batch.state, batch.letters) == ("ready", 1)
        assert batch.file_id is not None
        pdf = read_file(work, batch.file_id)[1]
        assert printing.mark_posted(work, batch_id, on=story.today) == 1
    return text_of(pdf)


def door_in(text: str) -> str:
    """The path of the debtor's door in a mail."""
    found = re.search(r"https?://[^/\s]+(/d/[\w-]+)", text)
    assert found, text
    return found[1]


def signed_pdf(story: Story, file_id: object, sha256: str) -> str:
    with story.looking() as work:
        _, data = read_file(work, file_id)  # type: ignore[arg-type]
    assert hashlib.sha256(data).hexdigest() == sha256
    return text_of(data)


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def dossier(story: Story, matter_id: UUID) -> str:
    """The text of a matter's dossier."""
    with story.as_(Role.COUNSEL) as work:
        matter = open_matter(work, matter_id)
        assert matter.state == "accepted"
        assert matter.dossier_file_id is not None
        return text_of(read_file(work, matter.dossier_file_id)[1])
