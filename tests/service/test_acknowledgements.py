"""Signed acknowledgements: what they say, that their signatures hold, that a changed byte is noticed, who gets them."""

import base64
import hashlib
import json
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import pkcs12
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from sqlalchemy import select, update

from kernel.ids import new_id
from recobro.adapters import signed_json, signed_pdf
from recobro.adapters.signed_json import SignatureRefused
from recobro.adapters.signing import KeyRefused, SigningKeys, fingerprint, subject
from recobro.cases.tables import Debt
from recobro.cli import verifying
from recobro.config import Settings
from recobro.files import file_row, read_file
from recobro.intake import committing, previewing, service
from recobro.intake.doors import mails
from recobro.intake.receipts import acknowledging, proving
from recobro.intake.repair import repairing
from recobro.intake.tables import Placement
from recobro.wiring import outside, wire
from tenants.audit import AuditRow
from tenants.context import Principal, job_principal
from tenants.outbox import OutboxRow
from tenants.roles import Role
from tenants.work import Work, tenant_work
from tests.support.database import SECRET
from tests.support.smtp import a_mailbox
from tests.support.world import World
from worker.run_now import run_pending

HEAD = "RFC,Razón social,Folio,F. Vencimiento,Saldo\n"
GOOD = HEAD + 'FTF190312AB4,Ferretería El Tornillo Feliz,A-1,27/09/2025,"61,440.18"\n'
BAD = GOOD + "ABA200101XY1,Abarrotes La Prueba,B-1,31/02/2025,250.50\n"


@pytest.fixture(autouse=True, scope="module")
def root(database_urls: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """Files and keys in a folder of their own."""
    wire(Settings(data=tmp_path_factory.getbasetemp() / "acknowledged", secret=SECRET), database_urls[0])


def committed(
    world: World, text: str = BAD, *, principal: Principal | None = None, client_id: UUID | None = None
) -> UUID:
    client_id = client_id or world.client()
    with world.work(principal or job_principal(world.agency_id)) as work:
        found = service.receive(work, client_id=client_id, name="cartera.csv", file=BytesIO(text.encode()))
        previewing.preview(work, found.placement_id)
        service.confirm(work, found.placement_id)
    committing.commit(world.work, found.placement_id)
    return found.placement_id


def acknowledged(world: World, placement_id: UUID) -> tuple[bytes, bytes]:
    """Its JSON and its PDF."""
    with world.work() as work:
        acknowledging.acknowledge(work, placement_id)
    with world.work() as work:
        placement = service.open_placement(work, placement_id)
        assert placement.acknowledgement_data_id is not None
        assert placement.acknowledgement_file_id is not None
        return read_file(work, placement.acknowledgement_data_id)[1], read_file(
            work, placement.acknowledgement_file_id
        )[1]


def verdict_on(work: Work, data: bytes) -> proving.Verdict:
    return proving.match(work, proving.read(data), data)


def test_the_json_says_the_sums_and_its_signature_holds_by_the_letter_of_the_standard(world: World) -> None:
    placement_id = committed(world)

    data, _ = acknowledged(world, placement_id)

    told = json.loads(data)
    assert told["totals"] == {"MXN": {"count": 1, "sum": 6144018}}
    assert (told["version"], told["replaces"], told["rows"], told["created"], told["kind"]) == (
        1,
        None,
        2,
        1,
        "placement",
    )
    assert [(one["line"], one["column"]) for one in told["rejected"]] == [(3, "F. Vencimiento")]
    assert told["sha256"] == hashlib.sha256(BAD.encode()).hexdigest()
    assert told["received_at"] <= told["committed_at"]
    # Without any word of ours: RFC 7515 with detached payload, RFC 8785 for names that are ASCII.
    signature = told.pop("signature")
    payload = json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    signed = signature["protected"].encode() + b"." + base64.urlsafe_b64encode(payload).rstrip(b"=")
    header = json.loads(base64.urlsafe_b64decode(signature["protected"] + "=="))
    raw = base64.urlsafe_b64decode(signature["signature"] + "==")
    certificate = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0]))
    key = certificate.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    halves = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key.verify(encode_dss_signature(*halves), signed, ec.ECDSA(hashes.SHA256()))
    assert subject(certificate) == "Despacho Ejemplo"


def test_the_pdf_is_signed_as_a_whole_and_carries_the_json(world: World) -> None:
    data, paper = acknowledged(world, committed(world))

    [one] = PdfFileReader(BytesIO(paper)).embedded_signatures
    status = validate_pdf_signature(one, ValidationContext(trust_roots=[one.signer_cert]))
    assert status.bottom_line
    assert status.coverage is SignatureCoverageLevel.ENTIRE_FILE
    assert one.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"
    seen = signed_pdf.read(paper)
    assert seen.inside == data
    assert seen.reason.startswith("Acuse de carga P-")


def test_one_changed_byte_is_noticed(world: World) -> None:
    data, paper = acknowledged(world, committed(world))
    signature = paper.index(b"/Contents <") + len(b"/Contents <")

    for at in (*range(0, len(data), 7), len(data) - 1):
        with pytest.raises(SignatureRefused):
            signed_json.read(_changed(data, at))
    # The page, the file inside, the container's own words, its signature, its padding, the last byte.
    for at in (900, len(paper) // 2, signature + 9, signature + 42, signature + 300, signature + 2400, len(paper) - 2):
        with pytest.raises(SignatureRefused):
            signed_pdf.read(_changed(paper, at))
    for hostile in (b"", b"{}", b"%PDF-1.7", b"[" * 100_000, b'{"signature":{}}', b'{"signature":1}', paper[:-300]):
        for read in (signed_json.read, signed_pdf.read):
            with pytest.raises(SignatureRefused):
                read(hostile)
    with pytest.raises(SignatureRefused):
        signed_pdf.read(paper + b"\n% more\n")


def _changed(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_the_same_acknowledgement_twice_is_one_file_and_the_same_bytes(world: World) -> None:
    placement_id = committed(world)
    first = acknowledged(world, placement_id)
    assert acknowledged(world, placement_id) == first

    with world.work() as work:
        placement = service.open_placement(work, placement_id)
        placement.acknowledgement_file_id = placement.acknowledgement_data_id = None
    assert acknowledged(world, placement_id) == first


def test_a_following_batch_makes_a_second_version_that_names_the_first(world: World) -> None:
    placement_id = committed(world)
    first, _ = acknowledged(world, placement_id)

    with world.work() as work:
        repairing.fix_cells(work, placement_id, {(3, 3): "28/02/2025"})
        repairing.reprocess(work, placement_id)
    committing.commit(world.work, placement_id)
    second, paper = acknowledged(world, placement_id)

    told = json.loads(second)
    assert told["totals"] == {"MXN": {"count": 2, "sum": 6144018 + 25050}}
    assert told["version"] == 2
    assert told["replaces"] == {"version": 1, "sha256": hashlib.sha256(first).hexdigest()}
    assert "versión 2" in signed_pdf.read(paper).reason
    with world.work() as work:
        placement = service.open_placement(work, placement_id)
        early = acknowledging.kept(work, placement, 1, "json")
        assert early is not None
        assert read_file(work, early.id)[1] == first
    with tenant_work(job_principal(world.agency_id)) as work:
        assert verdict_on(work, first).sentence.startswith("Hay un acuse más nuevo")
        assert verdict_on(work, second).holds


def test_what_was_signed_is_compared_with_the_database(world: World) -> None:
    placement_id = committed(world)
    data, paper = acknowledged(world, placement_id)
    for one in (data, paper):
        found = verifying.matched(proving.read(one), one)
        assert (found.holds, found.ours, found.agrees, found.now) == (True, True, True, found.totals)
    assert outside().keys.folder.is_relative_to(outside().settings.files_folder)  # so a backup takes it along

    with world.work() as work:
        work.session.execute(update(Debt).where(Debt.placement_id == placement_id).values(original=1, balance=1))
        found = verdict_on(work, paper)
        work.session.rollback()
    assert (found.holds, found.signature) == (False, True)
    assert "ya no suman" in found.sentence


def test_anothers_certificate_with_the_same_name_is_not_believed(world: World, tmp_path: Path) -> None:
    data, _ = acknowledged(world, committed(world))
    told = json.loads(data)
    del told["signature"]
    with world.work() as work:
        other = SigningKeys(tmp_path, "x" * 40).key_of(
            world.agency_id, slug=world.slug, legal_name="Despacho Ejemplo", at=work.now()
        )
        found = verdict_on(work, signed_json.sign(told, other))
    assert not found.holds
    assert "no es de esta instalación" in found.sentence


def test_a_client_sees_only_its_own(world: World) -> None:
    placement_id = committed(world)
    acknowledged(world, placement_id)
    stranger = world.principal(Role.CLIENT_VIEWER, client_id=world.client("otra", name="Otra Ficticia"))
    with world.work() as work:
        placement = service.open_placement(work, placement_id)
        mine = world.principal(Role.CLIENT_VIEWER, client_id=placement.client_id)
    ids = [placement.acknowledgement_file_id, placement.acknowledgement_data_id]
    for file_id in ids:
        assert file_id is not None
        with world.work(mine) as work:
            assert file_row(work, file_id).kind == "acknowledgement"
        with world.work(stranger) as work, pytest.raises(Exception, match="no existe"):
            file_row(work, file_id)


def test_it_is_mailed_once_to_who_brought_the_file_and_to_the_clients_uploaders(world: World, tmp_path: Path) -> None:
    with a_mailbox(tmp_path) as mailbox:
        client_id = world.client()
        uploader = world.principal(Role.CLIENT_UPLOADER, client_id=client_id, name="Ana Demo")
        world.principal(Role.CLIENT_ADMIN, client_id=client_id, name="Luis Demo")
        boss = world.principal(Role.SUPERVISOR, name="Eva Demo")
        acknowledged(world, committed(world, principal=uploader, client_id=client_id))
        run_pending(world.agency_id, leaving={"strategies.start"})
        assert mailbox.recipients == [f"{uploader.person_id}@example.test"]
        [message] = mailbox.messages
        assert "Acuse de la carga P-" in message["Subject"]
        [paper] = message.iter_attachments()
        assert signed_pdf.read(paper.get_content()).inside
        run_pending(world.agency_id, leaving={"strategies.start"})
        assert len(mailbox.raw) == 1
        with world.work() as work:
            told = work.session.scalars(select(AuditRow).where(AuditRow.agency_id == world.agency_id)).all()
        [mailed] = [one for one in told if one.action == "placement.acknowledgement_mailed"]
        assert '"sent"' in mailed.payload

        other = committed(world, HEAD + "ABA200101XY1,Abarrotes La Prueba,B-9,30/09/2025,10.00\n", principal=boss,
                          client_id=client_id)  # fmt: skip
        acknowledged(world, other)
        run_pending(world.agency_id, leaving={"strategies.start"})
        assert len(mailbox.raw) == 4
        with world.work() as work:
            assert mails.compose_acknowledgement(work, other, new_id(), 1) is None


def test_a_key_of_ones_own_signs_and_one_that_does_not_do_is_refused(tmp_path: Path, world: World) -> None:
    with world.work() as work:
        now = work.now()
    mine = SigningKeys(tmp_path / "a", "x" * 40)
    own = mine.key_of(world.agency_id, slug="a", legal_name="Aceros", at=now)
    assert mine.key_of(world.agency_id, slug="a", legal_name="Aceros", at=now).fingerprint == own.fingerprint
    assert mine.key_of(world.agency_id, slug="a", legal_name="Otro nombre", at=now).name == "Otro nombre"
    assert {fingerprint(one) for one in mine.certificates(world.agency_id)} > {own.fingerprint}
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "a").rglob("*.*")} == {0}
    with pytest.raises(KeyRefused):
        SigningKeys(tmp_path / "a", "y" * 40).key_of(world.agency_id, slug="a", legal_name="Aceros", at=now)

    private = rsa.generate_private_key(65537, 2048)
    path = tmp_path / "propia.p12"
    certificate = (
        x509.CertificateBuilder(own.certificate.subject, own.certificate.subject, private.public_key(), 7,
                                own.certificate.not_valid_before_utc, own.certificate.not_valid_after_utc)
        .sign(private, hashes.SHA256())
    )  # fmt: skip
    path.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"a", private, certificate, None, serialization.BestAvailableEncryption(b"pw")
        )
    )
    brought = SigningKeys(tmp_path / "b", "x" * 40, str(path), "pw")
    key = brought.key_of(world.agency_id, slug="a", legal_name="Aceros", at=now)
    data = signed_json.sign({"a": 1}, key)
    assert fingerprint(signed_json.read(data).certificate) == key.fingerprint
    with pytest.raises(KeyRefused):
        SigningKeys(tmp_path / "c", "x" * 40, str(path), "otra").key_of(
            world.agency_id, slug="a", legal_name="Aceros", at=now
        )


def test_signing_is_audited(world: World) -> None:
    placement_id = committed(world)
    acknowledged(world, placement_id)
    with world.work() as work:
        rows = work.session.scalars(select(AuditRow).where(AuditRow.agency_id == world.agency_id)).all()
        [row] = [one for one in rows if one.action == "placement.acknowledged"]
        keys = outside().keys.certificates(world.agency_id)
        assert fingerprint(keys[0]) in row.payload
        names = work.session.scalars(select(OutboxRow.name).where(OutboxRow.agency_id == world.agency_id)).all()
        assert "intake.mail_acknowledgement" not in names
        assert work.session.scalars(select(Placement.acknowledgement_data_id)).first() is not None
