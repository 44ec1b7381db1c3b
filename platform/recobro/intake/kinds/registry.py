"""Every kind of file by its name."""

from collections.abc import Mapping

from recobro.intake.kinds.consent import CONSENT
from recobro.intake.kinds.documents import DOCUMENTS
from recobro.intake.kinds.financial import FINANCIAL
from recobro.intake.kinds.kind import FileKind
from recobro.intake.kinds.maintenance import MAINTENANCE
from recobro.intake.kinds.placement import PLACEMENT
from recobro.intake.kinds.recall import RECALL

KINDS: Mapping[str, FileKind] = {
    kind.name: kind for kind in (PLACEMENT, FINANCIAL, MAINTENANCE, RECALL, CONSENT, DOCUMENTS)
}
