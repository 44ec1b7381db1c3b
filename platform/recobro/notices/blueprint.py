"""The blueprint that the notices' pages share, and how they hand out kept files."""

from uuid import UUID

from flask import Blueprint, Response, g

from recobro.files import read_file

bp = Blueprint("notices", __name__)


def download(file_id: UUID) -> Response:
    """A kept file as a download."""
    file, data = read_file(g.work, file_id)
    return Response(
        data, mimetype=file.media_type, headers={"Content-Disposition": f'attachment; filename="{file.name}"'}
    )
