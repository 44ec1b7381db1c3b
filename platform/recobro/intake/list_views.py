"""The list of placements, with its filters."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from kernel.problems import Invalid
from kernel.text import msg
from recobro.intake import finding, promises, render
from recobro.intake.blueprint import both
from recobro.intake.kinds.kind import done_by
from recobro.intake.kinds.registry import KINDS
from recobro.intake.lifecycle import LABELS
from recobro.intake.repair import quarantine
from recobro.web.lists import Chip, Head, Pager, chips, url_with
from recobro.web.pages import render as draw
from recobro.web.translations import spell
from tenants.context import Kind
from tenants.roles import Permission, Role, allows
from tenants.tables import Client


@dataclass(frozen=True)
class ListPage:
    """The placements one may see: what each does, and the word for its state."""

    heads: list[Head]
    rows: Sequence[tuple[finding.PlacementRow, str, str, str]]
    pager: Pager
    chips: Sequence[Chip]
    filter_fields: Sequence[tuple[str, str, list[tuple[str, str]], str]]
    may_upload: bool
    by_client: bool
    waiting: int


@both("", Permission.SEE_PLACEMENTS)
def list_placements() -> ResponseReturnValue:
    """The placements that a filter leaves, the newest first."""
    args = {name: value for name, value in request.args.items() if value}
    by_client = g.principal.kind is not Kind.CLIENT
    page = finding.list_placements(g.work, _filter(by_client=by_client), after=args.get("after", ""))
    path = url_for(".list_placements")
    first = int(args["from"]) if args.get("from", "").isdecimal() else 1
    last = first + len(page.rows) - 1
    more = url_with(path, args, after=page.next_cursor, **{"from": str(last + 1)}) if page.next_cursor else ""
    total = None if page.next_cursor or first > 1 else len(page.rows)
    back = url_with(path, args, after=None, **{"from": None}) if first > 1 else ""
    fields = _fields(by_client=by_client)
    return draw(
        "pages/placements/list.html",
        ListPage(
            heads=_heads(by_client=by_client),
            rows=[
                (row, spell(KINDS[row.kind].label), render.made(row.kind, row.counts) if done_by(row.counts) else "—",
                 promises.state_word(row.state, row.stayed))
                for row in page.rows
            ],
            pager=Pager(first if page.rows else 0, last, total, back, more),
            chips=chips(path, args, {name: (label, dict(options).get(args.get(name, ""), args.get(name, "")))
                                     for name, label, options in fields}),
            filter_fields=[(name, label, options, args.get(name, "")) for name, label, options in fields],
            may_upload=allows(Role(g.principal.role), Permission.UPLOAD_PLACEMENTS),
            by_client=by_client,
            waiting=quarantine.count_waiting(g.work),
        ),
    )  # fmt: skip


def _filter(*, by_client: bool) -> finding.PlacementFilter:
    args = request.args
    try:
        client = UUID(args["client"]) if by_client and args.get("client") else None
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error
    return finding.PlacementFilter(client, args.get("kind", ""), args.get("state", ""), args.get("q", ""))


def _fields(*, by_client: bool) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What can be chosen: argument, label, choices (none: words)."""
    clients = g.work.session.execute(
        select(Client.id, Client.name).where(Client.agency_id == g.work.agency_id).order_by(Client.name)
    )
    of_clients = [("client", spell(msg("Cliente")), [(str(i), name) for i, name in clients])] if by_client else []
    return [
        *of_clients,
        ("kind", spell(msg("Qué trae")), [(kind.name, spell(kind.label)) for kind in KINDS.values()]),
        ("state", spell(msg("Estado")), [(state.value, spell(label)) for state, label in LABELS.items()]),
        ("q", spell(msg("Número o archivo")), []),
    ]


def _heads(*, by_client: bool) -> list[Head]:
    return [
        Head(spell(msg("Carga"))),
        *([Head(spell(msg("Cliente")))] if by_client else []),
        Head(spell(msg("Archivo"))),
        Head(spell(msg("Estado"))),
        Head(spell(msg("Qué hace"))),
        Head(spell(msg("Suma")), num=True),
        Head(spell(msg("Rechazadas")), num=True),
        Head(spell(msg("Recibida"))),
    ]
