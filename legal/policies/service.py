"""Setting an agency's own policies, and the pack by which its contacts are decided."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select, text

from kernel.problems import Conflict, NotFound
from kernel.text import msg
from legal.policies.tables import AgencyPolicies
from legal.rules.decision import canonical
from legal.rules.facts import ContactFacts
from legal.rules.packs.loading import Pack, pack_of
from legal.rules.packs.schema import Rule
from legal.rules.policies import as_json, digest_of, own_rules, pack_with
from tenants.work import Work

_KEPT = "agency_policies"


@dataclass(frozen=True, eq=False)
class Own:
    """An agency's own rules of one version; version 0 is none."""

    version: int
    digest: str
    rules: tuple[Rule, ...]


class ChangedMeanwhile(Conflict):
    """Somebody else set another version while this one was being written."""

    code = "law.policies_changed"


_NONE = Own(0, digest_of(()), ())


def own_policies(work: Work) -> Own:
    """The policies that hold now; read once in a work."""
    kept = work.session.info.get(_KEPT)
    if isinstance(kept, Own):
        return kept
    row = work.session.execute(
        select(AgencyPolicies.version, AgencyPolicies.digest, AgencyPolicies.rules)
        .where(AgencyPolicies.agency_id == work.agency_id)
        .order_by(AgencyPolicies.version.desc())
        .limit(1)
    ).one_or_none()
    found = _read(row.version, row.digest, canonical(row.rules)) if row else _NONE
    work.session.info[_KEPT] = found
    return found


def pack_for(work: Work, facts: ContactFacts) -> Pack:
    """The rules by which a contact of this agency with this debtor is decided: those of the place and its own."""
    pack, own = pack_of(facts.country, facts.region, facts.locality), own_policies(work)
    return _stacked(pack, own) if own.rules else pack


def set_by(work: Work, rule_id: str) -> tuple[str, datetime] | None:
    """Who set one of the policies that hold now as it is, and when; None where it is no own policy."""
    rows = work.session.execute(
        select(AgencyPolicies.rules, AgencyPolicies.set_by, AgencyPolicies.at)
        .where(AgencyPolicies.agency_id == work.agency_id)
        .order_by(AgencyPolicies.version.desc())
    )
    found, held = None, None
    for rules, by, at in rows:
        rule = next((one for one in rules if one["id"] == rule_id), None)
        if rule is None or rule != (held or rule):
            break
        found, held = (by, at), rule
    return found


def set_policies(work: Work, rules: Sequence[Rule], *, why: str, change: str, based_on: int) -> Own:
    """Keep a new version. `based_on` is the version that was changed; another one meanwhile is a Conflict.

    `change` says in words what is new; both it and `why` stay in the history and in the audit.
    """
    checked = own_rules(as_json(rules))
    # One at a time: the next one finds what this one kept.
    key = {"key": f"{work.agency_id} policies"}
    work.session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 11))"), key)
    work.session.info.pop(_KEPT, None)
    before = own_policies(work)
    if before.version != based_on:
        raise ChangedMeanwhile(msg("Otra persona cambió las políticas; mira cómo quedaron y vuelve a intentarlo."))
    digest = digest_of(checked)
    work.add(
        AgencyPolicies(
            agency_id=work.agency_id,
            version=before.version + 1,
            rules=as_json(checked),
            digest=digest,
            why=why,
            change=change,
            at=work.now(),
            set_by=work.principal.name,
            set_by_id=work.principal.person_id,
        )
    )
    work.flush()
    work.session.info.pop(_KEPT, None)
    work.audit("law.policies_set", version=before.version + 1, change=change, why=why, digest=digest)
    return own_policies(work)


@contextmanager
def trying(work: Work, rules: Sequence[Rule]) -> Iterator[None]:
    """As if these were the policies, for what is asked inside; nothing is kept."""
    before = own_policies(work)
    checked = own_rules(as_json(rules))
    work.session.info[_KEPT] = Own(before.version + 1, digest_of(checked), checked)
    try:
        yield
    finally:
        work.session.info[_KEPT] = before


def versions(work: Work, *, limit: int = 50) -> list[AgencyPolicies]:
    """What was set when, by whom and why, the newest first."""
    return list(
        work.session.scalars(
            select(AgencyPolicies)
            .where(AgencyPolicies.agency_id == work.agency_id)
            .order_by(AgencyPolicies.version.desc())
            .limit(limit)
        )
    )


def rules_with(work: Work, digest: str) -> tuple[Rule, ...]:
    """The own rules of that digest, whenever they held; for deciding again as it was decided."""
    if digest == _NONE.digest:
        return ()
    row = work.session.execute(
        select(AgencyPolicies.version, AgencyPolicies.rules)
        .where(AgencyPolicies.agency_id == work.agency_id, AgencyPolicies.digest == digest)
        .order_by(AgencyPolicies.version)
        .limit(1)
    ).one_or_none()
    if row is None:
        raise NotFound(msg("No están las políticas de esa huella."))
    return _read(row.version, digest, canonical(row.rules)).rules


@lru_cache(maxsize=1024)
def _read(version: int, digest: str, rules: bytes) -> Own:
    return Own(version, digest, own_rules(json.loads(rules)))


@lru_cache(maxsize=1024)
def _stacked(pack: Pack, own: Own) -> Pack:
    return pack_with(pack, own.rules)
