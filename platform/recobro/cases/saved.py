"""Views of the list of cases that a person keeps under a name."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select

from kernel.ids import new_id
from kernel.problems import Conflict, Invalid, NotFound
from kernel.text import msg
from recobro.cases.tables import SavedView
from tenants.work import Work

MOST = 12
NAME_LENGTH = 40
QUERY_LENGTH = 600


def views_of(work: Work) -> Sequence[SavedView]:
    """The principal's own views, the oldest first."""
    return work.session.scalars(
        select(SavedView)
        .where(SavedView.agency_id == work.agency_id, SavedView.person_id == work.principal.person_id)
        .order_by(SavedView.created_at, SavedView.id)
    ).all()


def keep(work: Work, *, name: str, query: str) -> UUID:
    """Keep a list's filters under a name of one's own; a name that is taken gets the new filters. Twelve at most."""
    name = " ".join(name.split())
    person_id = work.principal.person_id
    if not name or len(name) > NAME_LENGTH:
        raise Invalid(msg("Ponle a la vista un nombre de hasta {limit} letras."), limit=NAME_LENGTH)
    if person_id is None or not query or len(query) > QUERY_LENGTH:
        raise Invalid(msg("No hay filtros que guardar. Filtra la lista y vuelve a intentarlo."))
    own = views_of(work)
    for view in own:
        if view.name == name:
            view.query = query
            return view.id
    if len(own) >= MOST:
        raise Conflict(msg("Ya tienes {limit} vistas. Borra alguna para guardar otra."), limit=MOST)
    view = SavedView(
        agency_id=work.agency_id, id=new_id(), person_id=person_id, name=name, query=query, created_at=work.now()
    )
    work.add(view)
    work.flush()
    return view.id


def forget(work: Work, view_id: UUID) -> None:
    """Remove one of the principal's own views; anybody else's is as missing as one that never was."""
    gone = work.session.scalar(
        delete(SavedView)
        .where(
            SavedView.agency_id == work.agency_id,
            SavedView.id == view_id,
            SavedView.person_id == work.principal.person_id,
        )
        .returning(SavedView.id)
    )
    if gone is None:
        raise NotFound(msg("Esa vista no existe o no es tuya."))
