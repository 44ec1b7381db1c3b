"""The local store of files: whole or not at all, by agency, and nowhere else."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest

from kernel.ids import new_id
from kernel.problems import NotFound
from recobro.adapters.files_local import LocalFiles


def test_a_file_is_kept_under_its_agency_with_its_hash(tmp_path: Path) -> None:
    files, agency, other, file_id = LocalFiles(tmp_path), new_id(), new_id(), new_id()

    sha256 = files.store(agency, file_id, b"hola")

    assert sha256 == hashlib.sha256(b"hola").hexdigest()
    assert (tmp_path / str(agency) / str(file_id)).read_bytes() == b"hola"
    assert (files.exists(agency, file_id), files.exists(other, file_id)) == (True, False)
    with files.open(agency, file_id) as source:
        assert source.read(2) == b"ho"
    with pytest.raises(NotFound):
        files.read(other, file_id)


def test_a_big_file_is_copied_in_blocks_and_hashed_on_the_way(tmp_path: Path) -> None:
    files, agency, file_id = LocalFiles(tmp_path), new_id(), new_id()
    data = bytes(range(256)) * 10_000

    sha256, size = files.store_from(agency, file_id, io.BytesIO(data))

    assert (sha256, size) == (hashlib.sha256(data).hexdigest(), len(data))
    assert files.read(agency, file_id) == data


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a", "..", "\0"])
def test_a_path_cannot_escape(tmp_path: Path, name: Any) -> None:
    files = LocalFiles(tmp_path)
    for agency, file_id in ((name, new_id()), (new_id(), name)):
        with pytest.raises(ValueError, match="UUID"):
            files.store(agency, file_id, b"x")
        with pytest.raises(ValueError, match="UUID"):
            files.read(agency, file_id)
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    files, agency, file_id = LocalFiles(tmp_path), new_id(), new_id()
    (tmp_path / str(agency) / str(file_id)).mkdir(parents=True)

    with pytest.raises(OSError):
        files.store(agency, file_id, b"x")

    assert [path.name for path in (tmp_path / str(agency)).iterdir()] == [str(file_id)]
