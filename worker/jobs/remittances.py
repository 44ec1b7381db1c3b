"""A closed period's documents."""

from uuid import UUID

from recobro.files import keep_file
from recobro.remittances import render
from recobro.remittances.service import open_remittance
from tenants.work import Work
from worker.queues import Queue
from worker.registry import job

_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@job("remittances.documents", queue=Queue.DOCUMENTS, timeout_s=300)
def documents(work: Work, *, remittance_id: str) -> None:
    """Make the statement's PDF, XLSX and CSV, once."""
    remittance = open_remittance(work, UUID(remittance_id), lock=True)
    if remittance.pdf_file_id is not None:
        return
    made = {
        "pdf": ("application/pdf", render.pdf(work, remittance)),
        "xlsx": (_SHEET, render.xlsx_file(work, remittance)),
        "csv": ("text/csv", render.csv_file(work, remittance)),
    }
    for ending, (media_type, data) in made.items():
        kept = keep_file(
            work, name=f"{remittance.number}.{ending}", media_type=media_type, data=data,
            client_id=remittance.client_id, visibility="client",
        )  # fmt: skip
        setattr(remittance, f"{ending}_file_id", kept.id)
        if ending == "pdf":
            remittance.pdf_sha256 = kept.sha256
