"""Whom a row of a file means, where debtors are already here: by the client's number, by an invoice, by tax id.

A table of such rows has the columns of `WHO`; `find` fills in the debtor, the debt and the case, or `who` says why not.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import text

from kernel.text import msg
from recobro.intake.checks.rows import Plan
from recobro.intake.columns.normalise import reference_norm, without_zeros
from recobro.intake.issues import Issue
from recobro.intake.staged.sameness import WITHOUT_ZEROS
from recobro.intake.staged.staging import Findings
from recobro.intake.tables import Placement
from tenants.work import Work

_UNKNOWN = ("fin_unknown", "recall_unknown", "nobody")
NAMES = ("customer_ref", "reference", "tax_id")
# `who`: empty when found; else the code of the issue.
WHO = """line bigint NOT NULL, customer_ref_norm text NOT NULL, reference_norm text NOT NULL, tax_id_norm text NOT NULL,
  shown text NOT NULL, debtor_id uuid, debt_id uuid, case_id uuid, who text NOT NULL DEFAULT ''"""
_BY_NUMBER = """
UPDATE {table} t SET debtor_id = d.id
FROM (SELECT customer_ref_norm, min(coalesce(merged_into, id)::text)::uuid AS id FROM debtors
      WHERE agency_id = :agency AND client_id = :client AND customer_ref_norm <> ''
      GROUP BY 1 HAVING count(DISTINCT coalesce(merged_into, id)) = 1) d
WHERE t.customer_ref_norm = d.customer_ref_norm
"""
_BY_INVOICE = """
UPDATE {table} t SET debt_id = d.id, debtor_id = coalesce(t.debtor_id, d.debtor_id),
       who = CASE WHEN t.debtor_id <> d.debtor_id THEN 'two_debtors' ELSE '' END
FROM (SELECT b.reference_norm, min(b.id::text)::uuid AS id,
             min(coalesce(o.merged_into, b.debtor_id)::text)::uuid AS debtor_id
      FROM debts b JOIN debtors o ON o.agency_id = b.agency_id AND o.id = b.debtor_id
      WHERE b.agency_id = :agency AND b.client_id = :client
        AND b.reference_norm IN (SELECT reference_norm FROM {table} WHERE reference_norm <> '')
      GROUP BY 1 HAVING count(*) = 1) d
WHERE t.reference_norm = d.reference_norm
"""
_BY_TAX_ID = """
UPDATE {table} t SET debtor_id = d.id, who = CASE WHEN d.id IS NULL THEN 'several_debtors' ELSE '' END
FROM (SELECT tax_id_norm, CASE WHEN count(DISTINCT coalesce(merged_into, id)) = 1
                               THEN min(coalesce(merged_into, id)::text)::uuid END AS id,
             min(customer_ref_norm) AS customer_ref_norm
      FROM debtors WHERE agency_id = :agency AND client_id = :client AND tax_id_norm <> '' GROUP BY 1) d
WHERE t.tax_id_norm = d.tax_id_norm AND t.debtor_id IS NULL
  AND (t.customer_ref_norm = '' OR d.customer_ref_norm = '')
"""
# The tax id of a row that names its debtor in another way too must not be of somebody else.
_OTHER_TAX_ID = """
UPDATE {table} t SET who = 'two_debtors'
FROM (SELECT tax_id_norm, array_agg(coalesce(merged_into, id)) AS ids
      FROM debtors WHERE agency_id = :agency AND client_id = :client AND tax_id_norm <> '' GROUP BY 1) d
WHERE t.tax_id_norm = d.tax_id_norm AND t.debtor_id <> ALL (d.ids)
"""
_NOBODY = "UPDATE {table} SET who = 'nobody' WHERE debtor_id IS NULL AND who = ''"
_CASES = """
UPDATE {table} t SET case_id = c.id FROM cases c
WHERE c.agency_id = :agency AND c.client_id = :client AND c.debtor_id = t.debtor_id AND t.who = ''
"""
_TOLD = "SELECT line, who, shown, customer_ref_norm, reference_norm FROM {table} WHERE who <> '' ORDER BY line"
_NO_SUCH_INVOICE = """
SELECT line, reference_norm FROM {table} WHERE who = '' AND reference_norm <> '' AND debt_id IS NULL ORDER BY line
"""


# What is told of a row that means nobody: by the invoice's number, or by the client's own of its debtor.
_PROBABLE = f"""
SELECT bare, min(shown) AS shown FROM (
  SELECT {WITHOUT_ZEROS.format(one="reference_norm")} AS bare, reference AS shown FROM debts
  WHERE :by_invoice AND agency_id = :agency AND client_id = :client
    AND {WITHOUT_ZEROS.format(one="reference_norm")} = ANY(CAST(:numbers AS text[]))
  UNION ALL
  SELECT {WITHOUT_ZEROS.format(one="customer_ref_norm")}, customer_ref FROM debtors
  WHERE :by_debtor AND agency_id = :agency AND client_id = :client
    AND {WITHOUT_ZEROS.format(one="customer_ref_norm")} = ANY(CAST(:numbers AS text[]))
) f GROUP BY bare HAVING count(*) = 1
"""  # noqa: S608


def offered(
    work: Work, placement: Placement, issues: Sequence[Issue], *, names: Collection[str] = ("reference",)
) -> list[Issue]:
    """The same, and where an invoice (or a debtor, where `names` says so) is not here but one whose number differs only
    in zeros in front is, that one is named (`fin_unknown` becomes `fin_unknown_zeros`)."""
    bare = {one.line: without_zeros(reference_norm(one.value)) for one in issues if one.code in _UNKNOWN and one.value}
    if not bare:
        return list(issues)
    parameters = {"agency": work.agency_id, "client": placement.client_id, "numbers": sorted(set(bare.values())),
                  "by_invoice": "reference" in names, "by_debtor": "customer_ref" in names}  # fmt: skip
    found = {row.bare: row.shown for row in work.session.execute(text(_PROBABLE), parameters)}
    return [
        replace(one, code=f"{one.code}_zeros", details={**one.details, "probable": found[bare[one.line]]})
        if one.code in _UNKNOWN and bare.get(one.line) in found else one
        for one in issues
    ]  # fmt: skip


def lacking(used: Collection[str], more: Sequence[str] = ()) -> list[str]:
    """What is missing where no column says whom a row is about."""
    if {*NAMES, *more} & set(used):
        return []
    return [msg("Falta decir a quién se refiere: número de cliente, identificación fiscal o número de factura.")]


def fresh(work: Work, tables: Sequence[str], create: str) -> None:
    """The connection's tables anew."""
    for table in tables:
        work.session.execute(text(f"DROP TABLE IF EXISTS pg_temp.{table}"))
    work.session.execute(text(create))


def copy_in(work: Work, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Put rows into a table of the connection; None is nothing."""
    connection: Any = work.session.connection().connection.driver_connection
    names = ", ".join(columns)
    with connection.cursor() as cursor, cursor.copy(f"COPY pg_temp.{table} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def find(work: Work, placement: Placement, plan: Plan, findings: Findings, table: str) -> None:
    """Find the debtor, debt and case of every row; what means nobody, or two, is noted and stays out."""
    parameters = {"agency": work.agency_id, "client": placement.client_id}
    run = work.session.execute
    run(text(f"ANALYZE pg_temp.{table}"))
    for statement in (_BY_NUMBER, _BY_INVOICE, _BY_TAX_ID, _OTHER_TAX_ID):
        run(text(statement.format(table=table)), parameters)
    run(text(_NOBODY.format(table=table)))
    run(text(_CASES.format(table=table)), parameters)
    told: dict[str, list[Issue]] = {name: [] for name in NAMES}
    for row in run(text(_TOLD.format(table=table))):
        kind = "conflict" if row.who == "two_debtors" else "rejected"
        name = "customer_ref" if row.customer_ref_norm else "reference" if row.reference_norm else "tax_id"
        told[name].append(Issue(kind, row.who, row.line, plan.column(name), row.shown))
    for name, issues in told.items():
        for issue in offered(work, placement, issues, names=(name,)):
            findings.note(issue)
    for row in run(text(_NO_SUCH_INVOICE.format(table=table))):
        findings.note(Issue("warned", "reference_unknown", row.line, "", row.reference_norm))
