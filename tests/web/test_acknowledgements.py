"""The signed acknowledgement on the pages of both sides, and `recobro verify acknowledgement`."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner
from flask import Flask

from recobro.adapters import signed_json, signed_pdf
from recobro.cli import verifying
from recobro.intake import committing, previewing, service
from recobro.intake.receipts import acknowledging
from tenants.roles import Role
from tests.support.pages import Pages
from tests.support.world import World

GOOD = (
    "RFC,Razón social,Folio,F. Vencimiento,Saldo\n"
    'FTF190312AB4,Ferretería El Tornillo Feliz,A-1,27/09/2025,"61,440.18"\n'
)


def acknowledged(world: World, client_id: UUID) -> UUID:
    with world.work() as work:
        found = service.receive(work, client_id=client_id, name="cartera.csv", file=BytesIO(GOOD.encode()))
        previewing.preview(work, found.placement_id)
        service.confirm(work, found.placement_id)
    committing.commit(world.work, found.placement_id)
    with world.work() as work:
        acknowledging.acknowledge(work, found.placement_id)
    return found.placement_id


def test_both_sides_have_it_in_both_forms_and_a_stranger_has_none(app: Flask, world: World) -> None:
    mine, other = world.client(), world.client("otra", name="Otra Ficticia")
    placement_id = acknowledged(world, mine)
    staff = Pages(app, world.principal(Role.SUPERVISOR))
    client = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=mine))
    stranger = Pages(app, world.principal(Role.CLIENT_UPLOADER, client_id=other))

    for pages, room in ((staff, ""), (client, "/portal")):
        path = f"{room}/placements/{placement_id}"
        links = {one["href"] for one in pages.get(path).select("a[href*=acknowledgement]")}
        assert links == {f"{path}/acknowledgement.pdf", f"{path}/acknowledgement.json"}
        data = pages.raw("GET", f"{path}/acknowledgement.json")
        assert data.headers["Content-Disposition"].startswith("attachment; filename=acuse-P-")
        assert signed_json.read(data.data).content["placement_id"] == str(placement_id)
        assert signed_pdf.read(pages.raw("GET", f"{path}/acknowledgement.pdf").data).inside == data.data
        assert pages.raw("GET", f"{path}/acknowledgement.pdf?version=2").status_code == 303
    for ending in ("pdf", "json"):
        stranger.get(f"/portal/placements/{placement_id}/acknowledgement.{ending}", status=404)


def test_the_command_says_whether_it_holds(
    app: Flask, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    placement_id = acknowledged(world, world.client())
    path = f"/placements/{placement_id}/acknowledgement"
    pages = Pages(app, world.principal(Role.SUPERVISOR))
    monkeypatch.setenv("RECOBRO_DATA", str(tmp_path / "nothing"))
    for ending in ("pdf", "json"):
        data = pages.raw("GET", f"{path}.{ending}").data
        file = tmp_path / f"acuse.{ending}"
        file.write_bytes(data)
        code, told = verified(file)
        assert (code, told["holds"], told["signature"], told["agrees"]) == (0, True, True, None)
        assert (told["signer"], told["totals"]) == ("Despacho Ejemplo", {"MXN": {"count": 1, "sum": 6144018}})
        file.write_bytes(data.replace(b"F", b"G", 1) if ending == "json" else data[:-40] + b"!" + data[-39:])
        code, told = verified(file)
        assert (code, told["holds"], told["signature"]) == (1, False, False)
        assert told["sentence"]
    assert not (tmp_path / "nothing").exists()


def verified(file: Path) -> tuple[int, dict[str, Any]]:
    ran = CliRunner().invoke(verifying.verify, ["acknowledgement", str(file), "--json"])
    return ran.exit_code, json.loads(ran.stdout)
