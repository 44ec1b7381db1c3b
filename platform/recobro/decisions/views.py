"""Every page of decisions: the list, one decision, the report of a period."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from flask import Response, g, request, url_for
from flask.typing import ResponseReturnValue

from kernel.problems import Invalid, NotAllowed
from kernel.text import msg
from legal.policies.service import own_policies
from legal.rules.decision import Verdict
from legal.rules.facts import Channel
from recobro.decisions import decision_views, export, queries, report_views
from recobro.decisions.blueprint import bp
from recobro.decisions.queries import DecisionFilter, DecisionRow
from recobro.decisions.words import MOMENTS, rule_title
from recobro.notices.words import CHANNELS, PURPOSES, VERDICTS
from recobro.web.jinja import locale, number
from recobro.web.lists import Chip, Pager, Tab, chips, url_with
from recobro.web.pages import render
from recobro.web.readings import asked_span
from recobro.web.security import needs
from recobro.web.translations import spell
from tenants.roles import Permission, Role, allows
from tenants.work import tenant_work

# Their pages are of this blueprint too.
__all__ = ["bp", "decision_views", "report_views"]

_LAST_PAGE = 100_000


@dataclass(frozen=True)
class DecisionsPage:
    """A list of decisions: verdicts as views, filters, rows."""

    tabs: list[Tab]
    chips: list[Chip]
    rows: Sequence[DecisionRow]
    words: Mapping[str, str]
    titles: Mapping[str, str]
    pager: Pager
    filter_fields: list[tuple[str, str, list[tuple[str, str]], str]]
    kept: Mapping[str, str]
    csv_url: str
    jsonl_url: str
    limits: tuple[int, int]


def words() -> dict[str, str]:
    """The words of verdicts, moments, channels and purposes, spelled."""
    known = {**PURPOSES, **CHANNELS, **VERDICTS, **MOMENTS}
    return {code: spell(label) for code, label in known.items()}


@bp.get("/decisions")
@needs(Permission.SEE_DECISIONS)
def list_decisions() -> ResponseReturnValue:
    """What the gate answered, the newest first; the filter is all in the address."""
    args = {name: value for name, value in request.args.items() if value}
    wanted = _filter(args)
    found = queries.list_decisions(g.work, wanted)
    there = queries.choices(g.work)
    own = {rule.id: rule.title for rule in own_policies(g.work).rules}
    titles = {rule: rule_title(rule, own) for rule in there.rules}
    path, said, clients = url_for("decisions.list_decisions"), words(), {str(i): name for i, name in there.clients}
    may_export = allows(Role(g.principal.role), Permission.EXPORT)
    return render(
        "pages/decisions/list.html",
        DecisionsPage(
            tabs=_tabs(path, args),
            chips=chips(path, args, _said(args, said, titles, clients, found.rows)),
            rows=found.rows,
            words=said,
            titles=titles,
            pager=_pager(path, args, len(found.rows), found.total, found.next_cursor),
            filter_fields=_fields(args, said, titles, clients, there.people),
            kept={name: value for name, value in args.items() if name in ("verdict", "case")},
            csv_url=url_with(url_for("decisions.export_csv"), args, after=None, n=None) if may_export else "",
            jsonl_url=url_with(url_for("decisions.export_jsonl"), args, after=None, n=None) if may_export else "",
            limits=(export.CSV_LIMIT, export.JSONL_LIMIT),
        ),
    )


def _tabs(path: str, args: Mapping[str, str]) -> list[Tab]:
    current = args.get("verdict", "")

    def tab(label: str, code: str) -> Tab:
        return Tab(spell(label), url_with(path, args, verdict=code, after=None, n=None), None, code == current)

    return [tab(msg("Todas"), ""), *(tab(label, code) for code, label in VERDICTS.items())]


def _said(
    args: Mapping[str, str], said: Mapping[str, str], titles: Mapping[str, str], clients: Mapping[str, str],
    rows: Sequence[DecisionRow],
) -> dict[str, tuple[str, str]]:  # fmt: skip
    """The filters in force in words."""
    case = rows[0].case_number if rows and args.get("case") else "…"
    rule = args.get("rule", "")
    return {
        "case": (spell(msg("Caso")), case),
        "rule": (spell(msg("Regla")), titles.get(rule, rule)),
        "moment": (spell(msg("Momento")), said.get(args.get("moment", ""), "")),
        "channel": (spell(msg("Canal")), said.get(args.get("channel", ""), "")),
        "asked": (spell(msg("Pedida por")), args.get("asked", "")),
        "client": (spell(msg("Cliente")), clients.get(args.get("client", ""), "")),
        "q": (spell(msg("Contiene")), args.get("q", "")),
        "from": (spell(msg("Desde")), args.get("from", "")),
        "to": (spell(msg("Hasta")), args.get("to", "")),
    }


def _fields(
    args: Mapping[str, str], said: Mapping[str, str], titles: Mapping[str, str], clients: Mapping[str, str],
    people: Sequence[str],
) -> list[tuple[str, str, list[tuple[str, str]], str]]:  # fmt: skip
    rules = sorted(((rule, f"{title} ({rule})") for rule, title in titles.items()), key=lambda pair: pair[1])
    names = dict.fromkeys((*people, args.get("asked", "")))
    return [
        ("rule", spell(msg("Regla que lo impidió")), rules, args.get("rule", "")),
        ("channel", spell(msg("Canal")), [(c.value, said[c.value]) for c in Channel if c.value in said],
         args.get("channel", "")),
        ("moment", spell(msg("Momento")), [(code, said[code]) for code in MOMENTS], args.get("moment", "")),
        ("client", spell(msg("Cliente")), list(clients.items()), args.get("client", "")),
        ("asked", spell(msg("Pedida por")), [(name, name) for name in names if name], args.get("asked", "")),
        ("q", spell(msg("Deudor o número de caso")), [], args.get("q", "")),
        ("from", spell(msg("Desde (año-mes-día)")), [], args.get("from", "")),
        ("to", spell(msg("Hasta (año-mes-día)")), [], args.get("to", "")),
    ]  # fmt: skip


def _pager(path: str, args: Mapping[str, str], count: int, total: int | None, next_cursor: str | None) -> Pager:
    first = min(int(args["n"]), _LAST_PAGE) if args.get("n", "").isdecimal() else 1
    later = url_with(path, args, after=next_cursor, n=str(first + count)) if next_cursor else ""
    earlier = url_with(path, args, after=None, n=None) if args.get("after") else ""
    return Pager(first if count else 0, first + count - 1 if count else 0, total, earlier, later)


def _filter(args: Mapping[str, str]) -> DecisionFilter:
    first, last = asked_span(args)
    try:
        return DecisionFilter(
            verdict=Verdict(args["verdict"]).value if args.get("verdict") else "",
            moment=_one_of(args.get("moment", ""), MOMENTS),
            channel=Channel(args["channel"]).value if args.get("channel") else "",
            rule=args.get("rule", ""),
            asked_by=args.get("asked", ""),
            client=UUID(args["client"]) if args.get("client") else None,
            case=UUID(args["case"]) if args.get("case") else None,
            text=args.get("q", ""),
            first=first,
            last=last,
            after=args.get("after", ""),
        )
    except ValueError as error:
        raise Invalid(msg("Ese filtro no se entiende; vuelve a la lista y elige de nuevo.")) from error


def _one_of(code: str, known: Mapping[str, str]) -> str:
    if code and code not in known:
        raise ValueError(code)
    return code


@bp.get("/decisions.csv")
@needs(Permission.SEE_DECISIONS)
def export_csv() -> ResponseReturnValue:
    """The filtered decisions as a table for spreadsheets, formulas defused."""
    lines = export.csv_lines(
        partial(tenant_work, g.principal),
        _wanted_whole(),
        head=[spell(heading) for heading in export.HEADINGS],
        words=words(),
        delimiter=";" if locale() in ("es_CO", "es_ES") else ",",
        end=spell(
            msg("Hasta aquí: son las {count} más recientes. Acota los días para ver las demás."),
            count=number(export.CSV_LIMIT),
        ),
    )
    return _streamed(lines, "decisiones.csv", "text/csv")


@bp.get("/decisions.jsonl")
@needs(Permission.SEE_DECISIONS)
def export_jsonl() -> ResponseReturnValue:
    """The filtered decisions whole, with their hashes, one a line."""
    lines = export.json_lines(partial(tenant_work, g.principal), _wanted_whole())
    return _streamed(lines, "decisiones.jsonl", "application/x-ndjson")


def _wanted_whole() -> DecisionFilter:
    """The filter of the address from its first row, noted in the audit."""
    if not allows(Role(g.principal.role), Permission.EXPORT):
        raise NotAllowed(msg("Tu rol no descarga listas."))
    args = {name: value for name, value in request.args.items() if value and name not in ("after", "n")}
    wanted = _filter(args)
    g.work.audit("decisions.exported", wanted="&".join(f"{name}={value}" for name, value in args.items()))
    return wanted


def _streamed(lines: Iterator[str], name: str, media_type: str) -> Response:
    return Response(
        (line.encode() for line in lines),
        mimetype=media_type,
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )
