"""The operations on placements, for programs: the same services as the pages, under a key's walls."""

import json
from importlib.metadata import version
from typing import Any
from uuid import UUID

from flask import Response, g, request
from flask.typing import ResponseReturnValue

from kernel.problems import Conflict, Invalid, NotAllowed
from kernel.text import msg
from recobro.api import answers, contact_views, forms, openapi
from recobro.api.blueprint import bp, once, scoped
from recobro.api.key_views import keys_bp
from recobro.api.schemas import ConfirmIn, DecisionIn, PlacementIn
from recobro.intake import previewing, queries, render, service
from recobro.intake.declared import agrees
from recobro.intake.doors import arrivals
from recobro.intake.kinds.registry import KINDS
from recobro.intake.lifecycle import OPEN, State
from recobro.intake.repair import repairing
from recobro.intake.staged import deciding
from recobro.intake.tables import Placement
from recobro.intake.undo import putting_back, undoing
from recobro.intake.words import sentence
from recobro.web.exports import csv_answer
from recobro.web.jinja import locale
from recobro.web.security import public
from recobro.web.translations import spell
from recobro.wiring import outside
from tenants.context import Kind
from tenants.roles import Permission
from tenants.service import client_by_id

__all__ = ["blueprints", "contact_views"]
blueprints = (bp, keys_bp)
_MOST_PAGE = 100


class TotalsDisagree(Conflict):
    """The placement does not make what the client declares."""

    code = "intake.totals_disagree"


class OutcomeChanged(Conflict):
    """Confirming would no longer do what the preview said."""

    code = "intake.outcome_changed"


class AnothersDraft(Conflict):
    """The placement waits for whoever brought it, and the request does not say that it means that one."""

    code = "intake.anothers_draft"


_ANOTHERS = msg("Este archivo ya lo subió {by}: es la {number} y espera a que se confirme ahí. No cambió nada.")


@bp.get("/openapi.json")
@public
def openapi_document() -> ResponseReturnValue:
    """What there is, for programs that write programs."""
    told = openapi.document(outside().settings.address, version("recobro"))
    return Response(json.dumps(told, ensure_ascii=False), mimetype="application/json")


@bp.post("/placements")
@scoped(Permission.UPLOAD_PLACEMENTS)
@once
def create_placement() -> tuple[dict[str, Any], int]:
    """Take a file in, preview it, and confirm it when that was asked and nothing is in doubt."""
    given, file = forms.placement_in()
    if given.kind not in KINDS:
        raise Invalid(msg("«{kind}» no es un tipo de archivo ({known})."), kind=given.kind[:40], known=", ".join(KINDS))
    client_id = _client(given.client)
    if client_id is None:
        raise Invalid(msg("Falta decir de qué cliente es (client)."))
    found = service.receive(g.work, client_id=client_id, name=given.file_name, file=file, kind=given.kind, source="api")
    placement = service.open_placement(g.work, found.placement_id)
    if found.earlier:
        return answers.whole(g.work, placement, locale(), earlier=True), 200
    if found.draft and not given.dry_run and not _own(placement):
        whose = sentence(_ANOTHERS, {"by": placement.created_by, "number": placement.number}, locale())
        return answers.whole(g.work, placement, locale(), earlier=True, waiting=whose), 200
    wish(placement, given)
    if _by_job(placement):
        if given.dry_run:
            raise Invalid(msg("Un archivo así se revisa por un trabajo, no al momento: mándalo sin dry_run."))
        service.plan_of(placement, client_by_id(g.work, client_id))
        g.work.outbox.add("intake.settle", placement_id=placement.id, confirm=given.confirm)
        return answers.whole(g.work, placement, locale(), earlier=found.draft), 202
    told = _settled(placement, given, found.draft)
    return told, 200 if found.draft or given.dry_run else 201


def _own(placement: Placement) -> bool:
    """Whether this key brought it, or one of its name before it: a key that is made anew goes on."""
    return bool(placement.source == "api" and placement.created_by == g.principal.name)


def _by_job(placement: Placement) -> bool:
    """Whether a job finds out what it would do: it is big, or depends on what a client's key may not see."""
    hidden = KINDS[placement.kind].by_job or deciding.of(placement).takes
    unseen = g.principal.kind is Kind.CLIENT and hidden
    return placement.row_count > previewing.PREVIEW_AT_ONCE or unseen


def _settled(placement: Placement, given: PlacementIn, draft: bool) -> dict[str, Any]:
    outcome, (template, details) = arrivals.settle(
        g.work, placement, alone=given.confirm and not given.dry_run, columns_known=True
    )
    # Without `confirm` it waits for its own reason, which needs no word; unless it could not even be previewed.
    told = template and (given.confirm or outcome == arrivals.NOTHING or not placement.counts)
    waiting = sentence(template, details, locale()) if told else None
    answer = answers.whole(g.work, placement, locale(), earlier=draft, waiting=waiting)
    if given.dry_run:
        # What is not kept has no number: it will be another placement's.
        g.failed = True
        return {**answer, "id": None, "placement": None}
    return answer


def wish(placement: Placement, given: PlacementIn) -> None:
    """Keep what the program says of its file."""
    columns = service.layout_of(placement).columns
    unknown = [name for name in (*given.columns, *given.readings) if name not in columns]
    if unknown:
        raise Invalid(msg("El archivo no tiene la columna «{name}»."), name=unknown[0])
    service.choose(
        g.work,
        placement.id,
        fields={columns.index(name): field for name, field in given.columns.items()},
        readings={columns.index(name): reading for name, reading in given.readings.items()},
        as_of=given.as_of,
        unpaid=given.unpaid,
    )
    if given.conflicts:
        deciding.keep(placement, deciding.everything(given.conflicts), {})
    if given.declared:
        placement.declared = {code: total.model_dump() for code, total in given.declared.items()}


def _client(wanted: str) -> UUID | None:
    """A client by id or short name; a client's own key means its client, and only that."""
    if not wanted:
        own: UUID | None = g.principal.client_id
        return own
    return answers.client_named(g.work, wanted)


@bp.get("/placements")
@scoped(Permission.SEE_PLACEMENTS)
def list_placements() -> ResponseReturnValue:
    """Placements, the newest first, by cursor."""
    args = request.args
    limit = args.get("limit", "50")
    if not limit.isdecimal() or not 1 <= int(limit[:6]) <= _MOST_PAGE:
        raise Invalid(msg("limit va de 1 a {most}."), most=_MOST_PAGE)
    return answers.listed(
        g.work, client_id=_client(args.get("client", "")), state=args.get("state", ""), kind=args.get("kind", ""),
        cursor=args.get("cursor", ""), limit=int(limit),
    )  # fmt: skip


@bp.get("/placements/<prefixed('pl'):placement_id>")
@scoped(Permission.SEE_PLACEMENTS)
def show_placement(placement_id: UUID) -> ResponseReturnValue:
    """One placement: where it stands, and what it did or would do."""
    return answers.whole(g.work, service.open_placement(g.work, placement_id), locale())


@bp.post("/placements/<prefixed('pl'):placement_id>/confirm")
@scoped(Permission.UPLOAD_PLACEMENTS)
@once
def confirm_placement(placement_id: UUID) -> tuple[dict[str, Any], int]:
    """Let a previewed placement become debts, by a job; refused while its control totals do not agree. One that another
    brought (a person, a folder, another key) is confirmed only for who names that one in `created_by`."""
    placement = service.open_placement(g.work, placement_id)
    given = forms.json_of(ConfirmIn) if request.content_length else ConfirmIn()
    if placement.state in OPEN:
        if not _own(placement) and given.created_by != placement.created_by:
            raise AnothersDraft(
                msg("La carga {number} la trajo {by}: espera a quien la trajo, o nómbralo en created_by."),
                number=placement.number, by=placement.created_by,
            )  # fmt: skip
        if placement.state == State.UPLOADED:
            previewing.preview(g.work, placement_id)
        if agrees(placement) is False:
            raise TotalsDisagree(msg("Los totales del archivo no son los que declara el cliente."))
    if not previewing.confirm_as_shown(g.work, placement_id):
        raise OutcomeChanged(msg("Otra carga cambió lo que esta haría. Estas son las cifras de ahora."))
    return answers.whole(g.work, placement, locale()), 202


@bp.post("/placements/<prefixed('pl'):placement_id>/decide")
@scoped(Permission.UPLOAD_PLACEMENTS)
@once
def decide_conflicts(placement_id: UUID) -> tuple[dict[str, Any], int]:
    """Say what holds of rows in conflict; the answer is what the file would do now, or 202 while a job finds out."""
    given = forms.json_of(DecisionIn)
    words = {"open": "", deciding.KEEP: deciding.KEEP, deciding.TAKE: deciding.TAKE}
    ready = repairing.decide(
        g.work, placement_id, causes={code: words[said] for code, said in given.causes.items()},
        lines={line: words[said] for line, said in given.lines.items()},
    )  # fmt: skip
    placement = service.open_placement(g.work, placement_id)
    return answers.whole(g.work, placement, locale()), 200 if ready else 202


@bp.post("/placements/<prefixed('pl'):placement_id>/undo")
@scoped(Permission.UPLOAD_PLACEMENTS)
@once
def undo_placement(placement_id: UUID) -> tuple[dict[str, Any], int]:
    """Let a job take away what nobody has touched, of files of every kind; the answer names what stays, and why. For an
    agency's keys."""
    if g.principal.kind is Kind.CLIENT:
        raise NotAllowed(msg("Una carga la deshace la agencia: pídesela."))
    placement = service.open_placement(g.work, placement_id)
    if placement.kind == "placement" or placement.state != State.COMMITTED:
        told = answers.undo(undoing.look(g.work, placement_id), locale())
    else:
        told = answers.put_back(putting_back.look(g.work, placement), locale())
    undoing.ask_undo(g.work, placement_id)
    return answers.whole(g.work, placement, locale(), undo=told), 202


@bp.get("/placements/<prefixed('pl'):placement_id>/errors.csv")
@scoped(Permission.SEE_PLACEMENTS)
def placement_errors(placement_id: UUID) -> ResponseReturnValue:
    """Every row that did not go in, or went in with a warning, with reason and remedy; formulas defused."""
    placement = service.open_placement(g.work, placement_id)
    heads = (msg("Fila"), msg("Columna"), msg("Valor"), msg("Motivo"), msg("Cómo se corrige"))
    told = (queries.told(issue) for issue in queries.issues(g.work, placement_id))
    return csv_answer(
        f"{placement.number}.csv",
        [spell(word) for word in heads],
        (
            (line.line, line.column, line.value, render.sentence(line), spell(line.mend) if line.mend else "")
            for line in told
        ),
    )
