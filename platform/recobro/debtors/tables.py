"""Debtors and their contact points."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref


class Debtor(ClientOwned, Base):
    """Who owes one client: a firm or a person. `*_norm` columns are what search, sort and matching use.

    `merged_into` is the debtor that stands for this one since a person found that both are one.
    """

    __tablename__ = "debtors"
    __walls__ = Walls(
        staff="riu",
        client="r",
        counsel="r",
        counsel_by="id IN (SELECT c.debtor_id FROM cases c)",
        debtor="r",
        debtor_by="id IN (SELECT c.debtor_id FROM cases c)",
        owner=True,
    )
    __table_args__ = client_table(
        ref("debtors", "merged_into"),
        CheckConstraint("kind IN ('firm', 'person')", name="kind"),
        CheckConstraint("merged_into <> id", name="merged_into"),
        index("ix_debtors__merged", "merged_into", where=text("merged_into IS NOT NULL")),
        index("ix_debtors__customer_ref", "client_id", "customer_ref_norm"),
        index("ix_debtors__tax_id", "tax_id_norm", where=text("tax_id_norm <> ''")),
        index("ix_debtors__name", "name_norm"),
        in_sets=True,
    )

    kind: Mapped[str]
    name: Mapped[str]
    name_norm: Mapped[str]
    customer_ref: Mapped[str] = mapped_column(default="")
    customer_ref_norm: Mapped[str] = mapped_column(default="")
    tax_id: Mapped[str] = mapped_column(default="")
    tax_id_norm: Mapped[str] = mapped_column(default="")
    country: Mapped[str]
    region: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    time_zone: Mapped[str]
    locale: Mapped[str]
    birth_year: Mapped[int | None]
    placement_id: Mapped[UUID | None]
    merged_into: Mapped[UUID | None]
    created_at: Mapped[datetime]


class DebtorFact(ClientOwned, Base):
    """Where a debtor's field got another value from: what it says, from whom, since when. Insert only.

    There is none for what a debtor came with: the source of that is its own placement. `ref_id` is the placement, the
    merge or whatever else told it, as `source` says; `line` is the line of the file.
    """

    __tablename__ = "debtor_facts"
    __walls__ = Walls(staff="ri")
    __table_args__ = client_table(
        ref("debtors", "debtor_id"),
        CheckConstraint("source IN ('client', 'debtor', 'collector', 'search', 'merge')", name="source"),
        index("ix_debtor_facts__debtor", "debtor_id", text("at DESC")),
        whose="debtors",
    )

    debtor_id: Mapped[UUID]
    field: Mapped[str]
    value: Mapped[str]
    source: Mapped[str]
    ref_id: Mapped[UUID | None]
    line: Mapped[int | None]
    by: Mapped[str]
    at: Mapped[datetime]


# Qualities of a contact point that leads nowhere.
USELESS = ("wrong", "bounced")


class ContactPoint(ClientOwned, Base):
    """A phone, email address or postal address of a debtor, with where it came from, what it allows and how good it is.

    `consent` is what the debtor said about this channel: granted, unknown, refused; `consent_by` is `client` where only
    the client says so. `quality` is what contact showed.
    """

    __tablename__ = "contact_points"
    __walls__ = Walls(staff="riu", debtor="r", debtor_by="debtor_id IN (SELECT c.debtor_id FROM cases c)", owner=True)
    __table_args__ = client_table(
        ref("debtors", "debtor_id", in_sets=True),
        CheckConstraint("channel IN ('phone', 'email', 'postal')", name="channel"),
        CheckConstraint("consent IN ('granted', 'unknown', 'refused')", name="consent"),
        CheckConstraint("quality IN ('unknown', 'verified', 'no_answer', 'wrong', 'bounced')", name="quality"),
        CheckConstraint("source IN ('client', 'debtor', 'collector', 'search')", name="source"),
        index("ix_contact_points__debtor", "debtor_id"),
        index("ix_contact_points__value", "value_norm"),
        whose="debtors",
    )

    debtor_id: Mapped[UUID]
    channel: Mapped[str]
    value: Mapped[str]
    value_norm: Mapped[str]
    person_name: Mapped[str] = mapped_column(default="")
    person_role: Mapped[str] = mapped_column(default="debtor")
    source: Mapped[str] = mapped_column(default="client")
    consent: Mapped[str] = mapped_column(default="unknown")
    consent_at: Mapped[datetime | None]
    consent_by: Mapped[str | None]
    quality: Mapped[str] = mapped_column(default="unknown")
    last_outcome: Mapped[str] = mapped_column(default="")
    last_used_at: Mapped[datetime | None]
    placement_id: Mapped[UUID | None]
    created_at: Mapped[datetime]


class SearchWord(Base):
    """One word by which a debtor is found: upper case and without accents, kept by triggers on what it came from.

    Phones stand here twice, as people dial them (`phone`) and backwards (`phone_end`), so that both their beginning
    and their end are the beginning of a word. `source_id` is the debtor or the contact point it was read from. It has
    no foreign key: only the triggers write it, and a check for each word doubled the time of a placement.
    """

    __tablename__ = "search_words"
    __walls__ = Walls(staff="r", client="r", client_where="kind = 'name'", owner=True)
    __table_args__ = (CheckConstraint("kind IN ('name', 'contact', 'phone', 'phone_end', 'email')", name="kind"),)

    agency_id: Mapped[UUID] = mapped_column(primary_key=True)
    # In the order of its bytes, whatever the database's own order: a beginning is then a range of the key.
    word: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    source_id: Mapped[UUID] = mapped_column(primary_key=True)
    client_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
