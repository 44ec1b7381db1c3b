"""The mails on a page: a list, one mail with its text, its HTML in a closed frame, its files; and the same as JSON."""

import re
from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, abort, jsonify, render_template, request
from markupsafe import Markup, escape

from recobro.local.mail.box import Mail, MailBox
from recobro.local.mail.smtp import Conduct
from recobro.local.serving import strict
from recobro.web import formats

_PAGE = 50
_LINKS = re.compile(r"(https?://[^\s<>\"')\]]+[^\s<>\"')\].,;:!?])")


def mail_pages(box: MailBox, conduct: Conduct) -> Blueprint:
    """`/`, `/mails/<id>` and its parts, `/mails.json`, and `/_local/conduct` and `/_local/clear` for tests."""
    blueprint = Blueprint("mail", __name__)

    def one(mail_id: UUID) -> Mail:
        return box.mail(mail_id) or abort(404)

    @blueprint.get("/")
    def show_list() -> Response:
        words = request.args.get("q", "").strip()
        number = max(1, request.args.get("page", 1, type=int))
        found = box.mails(words=words)
        rows = [_row(mail) for mail in found[(number - 1) * _PAGE : number * _PAGE]]
        page = render_template(
            "mails.html", rows=rows, total=len(found), words=words, page=number, more=len(found) > number * _PAGE
        )
        return strict(Response(page))

    @blueprint.get("/mails/<uuid:mail_id>")
    def show(mail_id: UUID) -> Response:
        mail = one(mail_id)
        page = render_template(
            "mail.html", mail=mail, row=_row(mail), text=_linked(mail.text), raw=mail.message.items()
        )
        return strict(Response(page), frames="'self'")

    @blueprint.get("/mails/<uuid:mail_id>/html")
    def html(mail_id: UUID) -> Response:
        # The mail's own markup and styles, in a document that runs nothing, loads nothing and belongs to nobody.
        response = Response(Markup('<base target="_blank">') + Markup(one(mail_id).html))  # noqa: S704 - sandboxed
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; "
            "sandbox allow-popups allow-popups-to-escape-sandbox"
        )
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @blueprint.get("/mails/<uuid:mail_id>/files/<int:index>")
    def file(mail_id: UUID, index: int) -> Response:
        files = one(mail_id).files
        found = files[index] if index < len(files) else abort(404)
        return _download(found.data, found.name, found.media_type)

    @blueprint.get("/mails/<uuid:mail_id>.eml")
    def raw(mail_id: UUID) -> Response:
        return _download(one(mail_id).raw, f"{mail_id}.eml", "message/rfc822")

    @blueprint.get("/mails.json")
    def as_json() -> Response:
        found = box.mails(to=request.args.get("to", ""), words=request.args.get("q", ""))
        return jsonify([_plain(mail) for mail in found])

    @blueprint.post("/_local/conduct")
    def behave() -> Response:
        for name, value in request.get_json().items():
            if not hasattr(conduct, name):
                abort(400)
            setattr(conduct, name, value)
        return jsonify(asdict(conduct))

    @blueprint.post("/_local/clear")
    def clear() -> Response:
        request.get_json()
        box.clear()
        return jsonify([])

    return blueprint


def _row(mail: Mail) -> dict[str, Any]:
    start = " ".join((mail.text or re.sub(r"<[^>]*>", " ", mail.html)).split())
    at = mail.received_at
    return {
        "id": mail.id, "sender": mail.sender, "to": ", ".join(mail.envelope_to),
        "subject": mail.subject or "Sin asunto", "start": start[:160],
        "at": f"{formats.day(at.date(), 'es_MX')} {at:%H:%M} UTC", "files": len(mail.files),
    }  # fmt: skip


def _plain(mail: Mail) -> dict[str, Any]:
    return {
        "id": str(mail.id), "received_at": mail.received_at.isoformat(), "from": mail.envelope_from,
        "to": list(mail.envelope_to), "subject": mail.subject, "text": mail.text, "html": mail.html,
        "links": mail.links, "headers": [[name, str(value)] for name, value in mail.message.items()],
        "files": [{"name": one.name, "media_type": one.media_type, "size": len(one.data)} for one in mail.files],
    }  # fmt: skip


def _linked(text: str) -> Markup:
    """Plain text with its web addresses as links."""
    shown = Markup()
    for index, part in enumerate(_LINKS.split(text)):
        if index % 2:
            shown += Markup('<a href="{0}" target="_blank" rel="noopener noreferrer">{0}</a>').format(part)
        else:
            shown += escape(part)
    return shown


def _download(data: bytes, name: str, media_type: str) -> Response:
    response = Response(data, content_type="application/octet-stream")
    if media_type in ("application/pdf", "image/png", "image/jpeg"):
        response.content_type = media_type
    response.headers.set("Content-Disposition", "attachment", filename=name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
