"""The acknowledgement of a committed placement for both sides: one file of JSON, one PDF with it inside, both signed.

A batch that follows makes another version, which names the one before; what was handed out is never changed.
"""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from kernel.money import exponent
from kernel.text import msg
from recobro.adapters.signing import SigningKey
from recobro.documents import render_document
from recobro.files import keep_stream
from recobro.intake import queries
from recobro.intake.lifecycle import State
from recobro.intake.tables import Placement
from recobro.intake.words import sentence
from recobro.wiring import outside
from tenants.roles import Role
from tenants.service import agency_of, client_by_id
from tenants.tables import Agency, Client, File, Membership
from tenants.work import Work

FORM = "recobro.acknowledgement/1"
KIND = "acknowledgement"
# Of each list of rows the first ones are named; their number is in `counts`.
MOST_LINES = 200
_LISTS = ("rejected", "conflicts", "decided", "warned", "held", "no_debts")


@dataclass(frozen=True)
class Previous:
    """The version before: its number and the SHA-256 of its JSON."""

    version: int
    sha256: str


def version_of(placement: Placement) -> int:
    """Which version of its acknowledgement a placement is at: one for each batch that was placed."""
    return int(placement.counts.get("batches", 1))


def file_name(placement: Placement, version: int, ending: str) -> str:
    """What a version's file is called."""
    return f"acuse-{placement.number}{f'-v{version}' if version > 1 else ''}.{ending}"


def acknowledge(work: Work, placement_id: UUID) -> None:
    """Keep the acknowledgement of a committed placement as signed JSON and PDF, once, and let both sides be told."""
    placement = work.session.scalar(
        select(Placement).where(Placement.agency_id == work.agency_id, Placement.id == placement_id).with_for_update()
    )
    if placement is None or placement.state != State.COMMITTED or placement.acknowledgement_file_id is not None:
        return
    agency, client = agency_of(work), client_by_id(work, placement.client_id)
    key = outside().keys.key_of(agency.agency_id, slug=agency.slug, legal_name=agency.legal_name, at=work.now())
    version, before = version_of(placement), previous(work, placement)
    data = _signed_json(work, placement, agency, client, key)
    paper = _signed_pdf(work, placement, agency, client, key, data, before)
    placement.acknowledgement_data_id = _keep(work, placement, version, "json", "application/json", data)
    placement.acknowledgement_file_id = _keep(work, placement, version, "pdf", "application/pdf", paper)
    work.flush()
    work.audit(
        "placement.acknowledged", placement_id=placement.id, version=version, certificate=key.fingerprint,
        sha256=hashlib.sha256(data).hexdigest(),
    )  # fmt: skip
    for member_id in recipients(work, placement):
        work.outbox.add("intake.mail_acknowledgement", placement_id=placement.id, member_id=member_id, version=version)


def previous(work: Work, placement: Placement) -> Previous | None:
    """The last version before the one a placement is at, if one was made."""
    for version in range(version_of(placement) - 1, 0, -1):
        found = kept(work, placement, version, "json")
        if found is not None:
            return Previous(version, found.sha256)
    return None


def kept(work: Work, placement: Placement, version: int, ending: str) -> File | None:
    """The file of one version, `json` or `pdf`, if it was made."""
    return work.session.scalar(
        select(File).where(
            File.agency_id == work.agency_id,
            File.client_id == placement.client_id,
            File.kind == KIND,
            File.name == file_name(placement, version, ending),
        )
    )


def content(work: Work, placement: Placement, agency: Agency, client: Client) -> dict[str, Any]:
    """What the JSON says, before it is signed: DESIGN 10's answer, who and when, and the sums (minor units)."""

    def spoken(template: str, details: Any) -> str:
        return sentence(template, details, client.locale)

    told = queries.answer(work, placement, spoken)
    before = previous(work, placement)
    return {
        **told,
        **{name: told[name][:MOST_LINES] for name in _LISTS},
        "form": FORM,
        "version": version_of(placement),
        "replaces": {"version": before.version, "sha256": before.sha256} if before else None,
        "placement_id": str(placement.id),
        "kind": placement.kind,
        "source": placement.source,
        "agency": {"id": str(agency.agency_id), "name": agency.legal_name, "tax_id": agency.tax_id},
        "client": {"id": str(client.id), "name": client.legal_name, "tax_id": client.tax_id},
        "file_name": placement.file_name,
        "sha256": placement.sha256,
        "received_at": _instant(placement.created_at),
        "received_by": placement.created_by,
        "committed_at": _instant(placement.committed_at),
        "committed_by": placement.committed_by,
        "declared_why": placement.confirmed.get("why", ""),
        "counts": {name: value for name, value in placement.counts.items() if isinstance(value, int)},
        # Sums are in minor units: 12345 with 2 is 123.45.
        "minor_units": {code: exponent(code) for code in sorted({*told["totals"], *told["file"], *told["declared"]})},
    }  # fmt: skip


def _instant(at: datetime | None) -> str:
    assert at is not None
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _signed_json(work: Work, placement: Placement, agency: Agency, client: Client, key: SigningKey) -> bytes:
    from recobro.adapters import signed_json

    return signed_json.sign(content(work, placement, agency, client), key)


def _signed_pdf(
    work: Work, placement: Placement, agency: Agency, client: Client, key: SigningKey, data: bytes,
    before: Previous | None,
) -> bytes:  # fmt: skip
    # pyHanko takes its time to be imported; only this job pays for it.
    from recobro.adapters import signed_pdf

    version = version_of(placement)
    rendered = render_document(
        "documents/acknowledgement.html", agency=agency, client=None, title=placement.number, locale=client.locale,
        home=client.currency, zone=ZoneInfo(agency.time_zone), receipt=queries.receipt(work, placement, client),
        version=version, before=before, signer=key.name, certificate=key.fingerprint,
    )  # fmt: skip
    whole = signed_pdf.put_inside(rendered, name=file_name(placement, version, "json"), content=data)
    reason = sentence(_REASON, {"number": placement.number, "version": version}, client.locale)
    return signed_pdf.sign(whole, key, reason=reason, at=work.now())


_REASON = msg("Acuse de carga {number}, versión {version}")


def _keep(work: Work, placement: Placement, version: int, ending: str, media_type: str, data: bytes) -> UUID:
    return keep_stream(
        work, name=file_name(placement, version, ending), media_type=media_type, source=BytesIO(data),
        client_id=placement.client_id, kind=KIND, visibility="client",
    ).id  # fmt: skip


def recipients(work: Work, placement: Placement) -> list[UUID]:
    """Whom the acknowledgement is sent to (memberships): who brought the file, and where that was not one of the
    client's own people, those of the client's who may bring files."""
    members = work.session.scalars(
        select(Membership)
        .where(
            Membership.agency_id == work.agency_id,
            Membership.status == "active",
            (Membership.client_id == placement.client_id) | (Membership.kind == "staff"),
        )
        .order_by(Membership.id)
    ).all()
    brought = [one for one in members if one.name == placement.created_by]
    theirs = [one for one in brought if one.kind == "client"]
    if theirs:
        return [one.id for one in theirs]
    may_bring = [one for one in members if one.role in (Role.CLIENT_UPLOADER, Role.CLIENT_ADMIN)]
    return [one.id for one in [*brought, *may_bring]]
