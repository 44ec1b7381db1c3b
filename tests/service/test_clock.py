"""The agency's clock as a request of a running product reads it: from the database, once."""

from kernel.ids import new_id
from recobro.intake.tables import IntakeMap
from tenants.context import job_principal
from tenants.work import tenant_work
from tests.support.world import make_world


def test_the_time_is_told_while_a_row_is_half_filled_in(database_urls: tuple[str, str]) -> None:
    world = make_world("MX")
    client_id = world.client()
    with tenant_work(job_principal(world.agency_id)) as work:
        said = IntakeMap(agency_id=work.agency_id, client_id=client_id, id=new_id(), headings_sha256="0" * 64)
        work.add(said)

        said.kind, said.name, said.fields, said.forgotten = "placement", "", [], False
        said.changed_at, said.changed_by = work.now(), "Sofía Ejemplo"
        work.flush()
