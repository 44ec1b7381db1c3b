"""Backups are unpacked into their folder and nowhere else."""

import io
import tarfile
from pathlib import Path

import pytest

from recobro.cli.safekeeping import unpack


def packed(*members: tuple[tarfile.TarInfo, bytes]) -> io.BytesIO:
    """A tar file with these members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for member, data in members:
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    out.seek(0)
    return out


def link(name: str, target: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, target
    return member


def test_files_come_out_as_they_went_in(tmp_path: Path) -> None:
    with tarfile.open(fileobj=packed((tarfile.TarInfo("files/a/letter.pdf"), b"%PDF"))) as archive:
        unpack(archive, tmp_path)
    assert (tmp_path / "files/a/letter.pdf").read_bytes() == b"%PDF"


@pytest.mark.parametrize(
    "member", [tarfile.TarInfo("../elsewhere"), tarfile.TarInfo("/tmp/elsewhere"), link("files", "/etc")]
)
def test_what_would_be_written_elsewhere_is_refused(tmp_path: Path, member: tarfile.TarInfo) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    with tarfile.open(fileobj=packed((member, b""))) as archive, pytest.raises(tarfile.TarError):
        unpack(archive, inside)
    assert [path.name for path in tmp_path.rglob("*")] == ["inside"]
