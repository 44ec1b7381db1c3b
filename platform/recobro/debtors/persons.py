"""Who is one person to the law: contacts with them count together, under all clients of an agency."""

from uuid import UUID

from sqlalchemy import text

from recobro.debtors.rules import GENERIC_TAX_IDS
from tenants.work import Work

_FOLLOW = """
UPDATE contact_attempts a SET person_key = k.key
FROM (SELECT id, CASE WHEN tax_id_norm <> '' AND NOT tax_id_norm = ANY(CAST(:generic AS text[]))
                      THEN country || ':' || tax_id_norm ELSE 'debtor:' || id END AS key
      FROM debtors WHERE agency_id = :agency AND id = ANY(CAST(:ids AS uuid[]))) k
JOIN debtors m ON m.agency_id = :agency AND (m.id = k.id OR m.merged_into = k.id)
WHERE a.agency_id = :agency AND a.debtor_id = m.id AND a.person_key <> k.key
"""


def person_key(country: str, tax_id_norm: str, debtor_id: object) -> str:
    """The same for one person under all clients of the agency; without a tax id, each debtor is a person."""
    if tax_id_norm and tax_id_norm not in GENERIC_TAX_IDS:
        return f"{country}:{tax_id_norm}"
    return f"debtor:{debtor_id}"


def contacts_follow(work: Work, debtor_ids: list[UUID]) -> None:
    """Count the contacts with debtors whose tax id or country was corrected as contacts with who they are now: no limit
    of the law begins anew."""
    if debtor_ids:
        parameters = {"agency": work.agency_id, "ids": debtor_ids, "generic": sorted(GENERIC_TAX_IDS)}
        work.session.execute(text(_FOLLOW), parameters)
