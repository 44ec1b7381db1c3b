"""One colour for each state of a thing, everywhere; the word always stands beside it."""

# Tones: "" neutral, info moving, ok good end, warn needs somebody, neg broken or forbidden, legal in court.
TONES = {
    # a case's stages
    "received": "",
    "notices": "info",
    "calls": "info",
    "negotiation": "info",
    "legal": "legal",
    "closed": "",
    # flags beside the stage
    "dispute": "warn",
    "complaint": "warn",
    "hardship": "warn",
    "hold": "warn",
    "breathing_space": "warn",
    "pleads_barred": "warn",
    # promises, agreements, instalments
    "open": "info",
    "promised": "info",
    "kept": "ok",
    "partly_kept": "warn",
    "broken": "neg",
    "draft": "",
    "proposed": "info",
    "offered": "info",
    "awaiting_approval": "warn",
    "approved": "info",
    "rejected": "neg",
    "accepted": "ok",
    "signed": "ok",
    "active": "ok",
    "completed": "ok",
    "cancelled": "",
    "expired": "",
    "due": "info",
    "late": "neg",
    "missed": "neg",
    # notices and calls
    "queued": "",
    "held": "warn",
    "sending": "info",
    "sent": "info",
    "delivered": "ok",
    "bounced": "neg",
    "unknown": "warn",
    "failed": "neg",
    # placements and jobs
    "uploaded": "info",
    "mapping": "info",
    "previewed": "info",
    "running": "info",
    "done": "ok",
    "undone": "",
    "discarded": "",
    "waiting": "",
    # money
    "pending": "warn",
    "succeeded": "ok",
    "paid": "ok",
    "settled": "ok",
    "posted": "ok",
    "reversed": "neg",
    "refunded": "",
    "unapplied": "warn",
    # the gate
    "allow": "ok",
    "wait": "warn",
    "deny": "neg",
    # matters and handoffs
    "incomplete": "warn",
    "returned": "warn",
    "in_court": "legal",
    # people
    "invited": "info",
    "suspended": "neg",
    "locked": "warn",
}


def tone_of(state: str) -> str:
    """The tone of a state; one we do not know is neutral."""
    return TONES.get(state, "")
