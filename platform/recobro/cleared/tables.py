"""The tokens by which another system holds a cleared contact, and what became of each."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from tenants.columns import Base, ClientOwned, Walls, client_table, index, ref, unique


class ContactToken(ClientOwned, Base):
    """A contact the gate cleared for another system: it may begin until `expires_at`. Only the token's hash is kept.

    The attempt was counted when the token was issued. `outcome` is empty until the token is returned: not_made takes
    the attempt back, made says what came of it; one that never comes back stays an attempt and a conversation.
    """

    __tablename__ = "contact_tokens"
    __walls__ = Walls(staff="riu", staff_changes=("returned_at", "outcome", "connected", "conversation", "started_at",
                                                  "ended_at"))  # fmt: skip
    __table_args__ = client_table(
        ref("cases", "case_id"),
        ref("debtors", "debtor_id"),
        ref("decisions", "decision_id"),
        ref("contact_attempts", "attempt_id"),
        unique("token_sha256"),
        CheckConstraint("outcome IN ('', 'made', 'not_made')", name="outcome"),
        CheckConstraint("(outcome = '') = (returned_at IS NULL)", name="returned"),
        CheckConstraint("expires_at > issued_at", name="expires"),
        index("ix_contact_tokens__case", "case_id"),
    )

    case_id: Mapped[UUID]
    debtor_id: Mapped[UUID]
    decision_id: Mapped[UUID]
    attempt_id: Mapped[UUID]
    channel: Mapped[str]
    token_sha256: Mapped[str]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    issued_to: Mapped[str]
    returned_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    connected: Mapped[bool | None]
    conversation: Mapped[bool] = mapped_column(default=False)
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
