"""The sources of a client: made, changed, put to rest; an address's token, and what a source is known by."""

import base64
import hashlib
import hmac
import re
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from recobro.intake.kinds.registry import KINDS
from recobro.intake.tables import IntakeSource
from recobro.wiring import outside
from tenants.service import client_by_id
from tenants.work import Work

LOCAL_PART = "carga"
MOST_SENDERS = 50
MOST_SOURCES = 50
_FOLDER = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_OWN_PARTS = frozenset({"processing", "done", "refused", "acknowledgements"})
_SENDER = re.compile(r"[^@\s<>,;\"]{0,64}@[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?", re.IGNORECASE)


class SourceRefused(Invalid):
    """A source cannot be like that; the sentence says why."""

    code = "intake.source_refused"


class FolderTaken(Conflict):
    """Another source of the client has that folder."""

    code = "intake.folder_taken"


def open_source(work: Work, source_id: UUID) -> IntakeSource:
    """One source of the principal's; missing and foreign are the same."""
    found = work.session.scalar(
        select(IntakeSource).where(IntakeSource.agency_id == work.agency_id, IntakeSource.id == source_id)
    )
    if found is None:
        raise NotFound(msg("Esa fuente no existe o no es tuya."))
    return found


def add_folder(
    work: Work, *, client_id: UUID, name: str, folder: str, auto_confirm: bool, file_kind: str = "placement"
) -> UUID:
    """A watched folder of a client, of that name below the client's own; you get the source's id."""
    if not _FOLDER.fullmatch(folder) or folder in _OWN_PARTS:
        raise SourceRefused(
            msg("La carpeta lleva solo minúsculas sin acento, números y guiones, y empieza con letra o número.")
        )
    taken = select(IntakeSource.id).where(
        IntakeSource.agency_id == work.agency_id,
        IntakeSource.client_id == client_id,
        IntakeSource.folder == folder,
    )
    if work.session.scalar(taken) is not None:
        raise FolderTaken(msg("El cliente ya tiene una fuente con la carpeta «{folder}»."), folder=folder)
    return _add(work, IntakeSource(kind="folder", folder=folder), client_id, name, file_kind, auto_confirm)


def add_email(
    work: Work,
    *,
    client_id: UUID,
    name: str,
    senders: Sequence[str],
    auto_confirm: bool,
    file_kind: str = "placement",
) -> UUID:
    """An email address of a client, which takes files from these senders (addresses, or `@domain`) alone."""
    return _add(
        work, IntakeSource(kind="email", senders=checked_senders(senders)), client_id, name, file_kind, auto_confirm
    )


def _add(work: Work, source: IntakeSource, client_id: UUID, name: str, file_kind: str, auto_confirm: bool) -> UUID:
    client = client_by_id(work, client_id)
    count = work.session.scalar(
        select(func.count()).where(IntakeSource.agency_id == work.agency_id, IntakeSource.client_id == client_id)
    )
    if (count or 0) >= MOST_SOURCES:
        raise SourceRefused(msg("El cliente ya tiene {count} fuentes, que es el máximo."), count=MOST_SOURCES)
    source.agency_id, source.client_id, source.id = work.agency_id, client.id, new_id()
    source.created_at, source.created_by = work.now(), work.principal.name
    if source.kind == "email":
        source.token_sha256 = digest(token_of(source.id))
    _set(source, name, file_kind, auto_confirm)
    work.add(source)
    work.flush()
    work.audit("source.created", client_id=client.id, kind=source.kind, name=source.name)
    return source.id


def change(
    work: Work,
    source_id: UUID,
    *,
    name: str,
    auto_confirm: bool,
    senders: Sequence[str] = (),
    file_kind: str = "placement",
) -> IntakeSource:
    """Another name, kind of file, senders, or leave to confirm by itself. Its folder and address stay."""
    source = open_source(work, source_id)
    _set(source, name, file_kind, auto_confirm)
    if source.kind == "email":
        source.senders = checked_senders(senders)
    work.flush()
    work.audit("source.changed", client_id=source.client_id, kind=source.kind, name=source.name)
    return source


def set_active(work: Work, source_id: UUID, *, active: bool) -> IntakeSource:
    """Let a source take files, or not any more; what it took stays."""
    source = open_source(work, source_id)
    source.active = active
    work.flush()
    act = "source.activated" if active else "source.deactivated"
    work.audit(act, client_id=source.client_id, kind=source.kind, name=source.name)
    return source


def ask_look(work: Work, source_id: UUID) -> None:
    """Have a folder looked at now."""
    source = open_source(work, source_id)
    if source.kind == "folder" and source.active:
        work.outbox.add("intake.look_in_folder", source_id=source.id)


def _set(source: IntakeSource, name: str, file_kind: str, auto_confirm: bool) -> None:
    plain = " ".join(name.split())[:80]
    if not plain:
        raise SourceRefused(msg("Escribe un nombre para la fuente."))
    if file_kind not in KINDS:
        raise SourceRefused(msg("Elige qué traen los archivos."))
    source.name, source.file_kind, source.auto_confirm = plain, file_kind, auto_confirm


def checked_senders(senders: Sequence[str]) -> list[str]:
    """The senders in small letters, each once; refused when one is no address, or none is left."""
    found: list[str] = []
    for sender in senders:
        plain = sender.strip().lower()
        if not plain:
            continue
        if not _SENDER.fullmatch(plain):
            raise SourceRefused(
                msg("«{sender}» no es un correo ni un dominio como @cliente.example."), sender=plain[:80]
            )
        if plain not in found:
            found.append(plain)
    if not found:
        raise SourceRefused(msg("Di desde qué correos se aceptan archivos."))
    if len(found) > MOST_SENDERS:
        raise SourceRefused(msg("Son demasiados remitentes: usa el dominio, como @cliente.example."))
    return found


def may_send(source: IntakeSource, address: str) -> bool:
    """Whether files from an address are taken."""
    plain = address.strip().lower()
    return plain in source.senders or (plain.count("@") == 1 and f"@{plain.partition('@')[2]}" in source.senders)


def token_of(source_id: UUID) -> str:
    """The token of a source's address: nobody can guess it, and it is kept nowhere. 100 bits, letters and digits."""
    mac = hmac.new(
        outside().settings.signing_secret().encode(), f"recobro/intake/1|{source_id}".encode(), hashlib.sha256
    )
    return base64.b32encode(mac.digest()).decode().lower()[:20]


def digest(token: str) -> str:
    """What the database keeps of a token."""
    return hashlib.sha256(token.lower().encode()).hexdigest()


def address_of(source: IntakeSource) -> str:
    """The address to which files are sent."""
    return f"{LOCAL_PART}+{token_of(source.id)}@{outside().settings.mail_domain}"


def token_in(address: str) -> str:
    """The token an address of ours holds; nothing when it is not one."""
    local, _, domain = address.strip().lower().rpartition("@")
    name, _, token = local.partition("+")
    ours = name == LOCAL_PART and domain == outside().settings.mail_domain.lower()
    return token if ours else ""
