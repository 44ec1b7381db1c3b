"""A Problem becomes a page, a fragment or problem+json (RFC 9457): the only map from kinds to HTTP status."""

import structlog
from flask import Flask, Response, g, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from kernel.problems import Kind, Problem
from kernel.text import msg
from recobro.web.pages import render_error
from recobro.web.translations import spell, spell_problem

STATUS = {
    Kind.INVALID: 422,
    Kind.FORBIDDEN: 403,
    Kind.MISSING: 404,
    Kind.CONFLICT: 409,
    Kind.TOO_MANY: 429,
    Kind.UNAVAILABLE: 503,
}
_SENTENCES = {
    400: msg("La petición no se entiende. Vuelve atrás e inténtalo otra vez."),
    404: msg("Esa página no existe o no es tuya."),
    405: msg("Eso no se puede hacer desde aquí."),
    413: msg("El archivo pesa más de {limit} MB. Divídelo en partes."),
    429: msg("Demasiados intentos. Espera un poco y vuelve a probar."),
}
log = structlog.get_logger()


def answer(status: int, code: str, sentence: str, *, title: str = "") -> ResponseReturnValue:
    """One refusal in the shape the asker reads."""
    g.failed = True
    if request.path.startswith("/api/") or request.accept_mimetypes.best == "application/json":
        body = {
            "type": f"urn:recobro:problem:{code}", "title": sentence, "status": status, "code": code,
            "request_id": g.request_id,
        }  # fmt: skip
        response: Response = jsonify(body)
        response.status_code = status
        response.mimetype = "application/problem+json"
        return response
    if request.headers.get("HX-Request"):
        return render_template("pages/errors/toast.html", sentence=sentence), status
    return render_error(status, sentence, title=title), status


def install(app: Flask) -> None:
    """Answer every refusal and every bug."""

    @app.errorhandler(Problem)
    def refused(problem: Problem) -> ResponseReturnValue:
        return answer(STATUS[problem.kind], problem.code, spell_problem(problem))

    @app.errorhandler(CSRFError)
    def stale(_error: CSRFError) -> ResponseReturnValue:
        return answer(400, "stale_form", spell(msg("La página estuvo abierta demasiado tiempo. Recárgala y repite.")))

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        status = error.code or 500
        if status < 400:
            return error
        return answer(
            status, f"http_{status}", spell(_SENTENCES.get(status, _SENTENCES[400]), limit=app.config["MOST_UPLOAD_MB"])
        )

    @app.errorhandler(DataError)
    def unfit(error: DataError) -> ResponseReturnValue:
        """A number, a day or a text that no column can hold, where nothing refused it before."""
        log.warning("data refused", path=request.path, request_id=g.get("request_id"), exc_info=error)
        return answer(422, "unfit", spell(msg("Un dato es demasiado grande o no tiene la forma debida. Corrígelo.")))

    @app.errorhandler(Exception)
    def bug(error: Exception) -> ResponseReturnValue:
        log.error("request failed", path=request.path, request_id=g.get("request_id"), exc_info=error)
        if app.testing and app.config.get("PROPAGATE_EXCEPTIONS"):
            raise error
        return answer(500, "bug", spell(msg("Algo falló de nuestro lado. Nada de lo que hiciste se guardó a medias.")))
