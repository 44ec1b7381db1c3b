"""Files of any kind through receive, preview and commit."""

from io import BytesIO
from typing import Any
from uuid import UUID

from recobro.intake import committing, previewing, service
from recobro.intake.tables import Placement
from tests.support.world import World


def previewed(
    world: World, client_id: UUID, text: str | bytes, *, kind: str, name: str = "archivo.csv", **options: Any
) -> Placement:
    """Receive and preview a file; `options` are a person's answers."""
    data = text if isinstance(text, bytes) else text.encode()
    with world.work() as work:
        found = service.receive(work, client_id=client_id, name=name, file=BytesIO(data), kind=kind, again=True)
        service.choose(work, found.placement_id)
        placement = service.open_placement(work, found.placement_id)
        placement.options = {**placement.options, **options}
        return previewing.preview(work, found.placement_id)


def brought(
    world: World, client_id: UUID, text: str | bytes, *, kind: str, name: str = "archivo.csv", **options: Any
) -> Placement:
    """The same, confirmed and committed; you get the placement as it ended."""
    placement = previewed(world, client_id, text, kind=kind, name=name, **options)
    with world.work() as work:
        service.confirm(work, placement.id)
    committing.commit(world.work, placement.id)
    with world.work() as work:
        return service.open_placement(work, placement.id)
