"""The files of a ZIP: what they are called, what is left out, and what is refused before it can hurt."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from recobro.intake.files import archives, reading
from recobro.intake.files.archives import ArchiveRefused, members
from recobro.intake.sheet import FileRefused


def packed(*files: tuple[str | zipfile.ZipInfo, bytes]) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            archive.writestr(name, data)
    out.seek(0)
    return out


def renamed(source: io.BytesIO, old: bytes, new: bytes) -> io.BytesIO:
    assert len(old) == len(new)
    return io.BytesIO(source.getvalue().replace(old, new))


def listed(source: io.BytesIO) -> list[tuple[str, bytes]]:
    return [(name, file.read()) for name, file in members(source)]


def test_files_come_with_their_folders_and_what_systems_add_is_left_out() -> None:
    source = packed(
        ("mayo/", b""), ("mayo/A 1.xml", b"<a/>"), ("__MACOSX/mayo/._A 1.xml", b"x"), ("mayo/.DS_Store", b"x"),
        ("Thumbs.db", b"x"), ("mayo/._B.xml", b"x"), ("B.csv", b"a;b\n" * 3),
    )  # fmt: skip

    assert listed(source) == [("B.csv", b"a;b\n" * 3), ("mayo/A 1.xml", b"<a/>")]


def test_a_workbook_inside_is_a_file_and_a_zip_inside_is_refused() -> None:
    book = packed(("[Content_Types].xml", b"<Types/>"), ("xl/workbook.xml", b"<workbook/>")).getvalue()
    sheet = packed(("mimetype", b"application/vnd.oasis.opendocument.spreadsheet"), ("content.xml", b"<x/>")).getvalue()

    assert [name for name, _ in members(packed(("c.xlsx", book), ("c.ods", sheet)))] == ["c.ods", "c.xlsx"]
    with pytest.raises(ArchiveRefused, match=r"«inner.zip» es otro ZIP"):
        listed(packed(("a.csv", b"a"), ("inner.zip", packed(("b.csv", b"b")).getvalue())))


@pytest.mark.parametrize("name", ["../../etc/x", "a/../../b", "/etc/x", "C:/x.xml", "..\\..\\x", "\\\\host\\x"])
def test_a_path_that_leads_out_of_the_zip_is_refused(name: str) -> None:
    with pytest.raises(ArchiveRefused, match="señala fuera"):
        listed(packed((name, b"x")))


def test_backslashes_between_folders_are_folders() -> None:
    assert [name for name, _ in listed(packed(("enero\\F1.xml", b"x")))] == ["enero/F1.xml"]


def test_links_and_passwords_are_refused() -> None:
    link = zipfile.ZipInfo("F1.xml")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    locked = bytearray(packed(("a.csv", b"a")).getvalue())
    locked[locked.find(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(ArchiveRefused, match="enlace"):
        listed(packed((link, b"/etc/passwd")))
    with pytest.raises(ArchiveRefused, match="contraseña"):
        listed(io.BytesIO(bytes(locked)))


@pytest.mark.parametrize("encoding", ["utf-8", "cp850"])
def test_names_in_the_encodings_of_other_systems_are_read(encoding: str) -> None:
    name = "Año Á.csv".encode(encoding)
    source = renamed(packed(("x" * len(name), b"a")), b"x" * len(name), name)

    assert [found for found, _ in listed(source)] == ["Año Á.csv"]


def test_a_name_that_says_utf_8_and_is_not_is_refused_and_signs_that_cannot_be_seen_are_replaced() -> None:
    marked = packed(("ññ.csv", b"a"))

    with pytest.raises(ArchiveRefused, match="dañado"):
        listed(renamed(marked, "ññ".encode(), b"\xff\xfe\xff\xfe"))
    assert listed(renamed(packed(("aXb.csv", b"a")), b"aXb", b"a\x07b"))[0][0] == "a\ufffdb.csv"
    assert listed(renamed(packed(("aX", b"a")), b"aX", b"\0X"))[0][0] == "\ufffdX"


def test_too_many_files_and_too_big_a_directory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ArchiveRefused, match="el máximo es 2000"):
        listed(packed(*((f"{number}.xml", b"") for number in range(2_001))))
    monkeypatch.setattr(archives, "MOST_DIRECTORY", 4_000)
    with pytest.raises(ArchiveRefused, match="más de 2000 archivos"):
        listed(packed(*((f"{number}.xml", b"") for number in range(200))))


def test_what_grows_beyond_the_limit_is_refused_whatever_it_declares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_INFLATED", 1 << 20)
    honest = packed(("a.csv", b"0" * (700 << 10)), ("b.csv", b"0" * (700 << 10)))
    lying = bytearray(packed(("a.csv", b"0" * (3 << 20))).getvalue())
    at = lying.find(b"PK\x01\x02")
    lying[at + 24 : at + 28] = (10).to_bytes(4, "little")

    for source in (honest, io.BytesIO(bytes(lying))):
        with pytest.raises(ArchiveRefused, match="crece a más de 1 MB"):
            listed(source)


def overlapping(copies: int, size: int) -> io.BytesIO:
    """Every entry of the directory points to the same packed data: small outside, `copies` times as big inside."""
    one = packed(("aaaa.csv", b"0" * size)).getvalue()
    at = one.find(b"PK\x01\x02")
    end = one.find(b"PK\x05\x06")
    directory = b"".join(one[at:end].replace(b"aaaa", f"{number:04d}".encode()) for number in range(copies))
    tail = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, copies, copies, len(directory), at, 0)
    return io.BytesIO(one[:at] + directory + tail)


def test_entries_that_share_their_data_are_counted_each_time() -> None:
    with pytest.raises(ArchiveRefused, match="crece a más de 256 MB"):
        listed(overlapping(copies=400, size=1 << 20))


def _broken() -> Iterator[bytes]:
    whole = packed(("a.csv", b"a;b\n" * 100), ("b.csv", b"c" * 50)).getvalue()
    at = whole.find(b"PK\x01\x02")
    yield whole[:-5]
    yield b"PK\x03\x04"
    yield whole[:40] + bytes(1) + whole[41:]
    yield whole[: at + 42] + (1 << 30).to_bytes(4, "little") + whole[at + 46 :]
    yield whole[: at + 16] + zlib.crc32(b"other").to_bytes(4, "little") + whole[at + 20 :]
    yield whole[: at + 10] + (12).to_bytes(2, "little") + whole[at + 12 :]
    yield whole[: at + 20] + (3).to_bytes(4, "little") + whole[at + 24 :]


@pytest.mark.parametrize("number", range(7))
def test_a_damaged_zip_is_refused_with_a_sentence(number: int) -> None:
    with pytest.raises(ArchiveRefused, match="dañado"):
        listed(io.BytesIO(list(_broken())[number]))


def test_an_empty_zip_is_refused() -> None:
    with pytest.raises(ArchiveRefused, match="ningún archivo"):
        listed(packed())


def test_the_file_may_be_one_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(packed(("a.csv", b"a" * (3 << 20))).getvalue())

    with path.open("rb") as source:
        assert [(name, len(file.read())) for name, file in members(source)] == [("a.csv", 3 << 20)]


def test_a_note_about_the_files_is_no_sheet() -> None:
    sheet = b"Factura,Saldo\n1,2.00\n"
    layout = reading.detect(packed(("LEEME - importante.txt", b"Hola"), ("enero.csv", sheet)), "a.zip")

    assert (layout.kind, layout.members, layout.columns) == ("bundle", (("enero.csv", 0),), ("Factura", "Saldo"))
    with pytest.raises(FileRefused, match="ninguna hoja"):
        reading.detect(packed(("readme.txt", b"a"), ("README.md", b"b")), "a.zip")
