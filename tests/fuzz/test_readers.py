"""Every reader under a fuzzer that is shown to find a planted bug: nothing but refusals comes out of them."""

from random import Random

import pytest

from recobro.intake.files import headings
from tests.fuzz import planted
from tests.fuzz.engine import fuzz
from tests.fuzz.readers import READERS

SECONDS = 0.7


def test_the_fuzzer_finds_a_bug_that_chance_does_not() -> None:
    seeds = [b"a;bcdef;c", b"one;two;three"]

    found = fuzz(planted.read, seeds, seconds=20, watched="fuzz/planted")

    assert found.crash is not None
    assert isinstance(found.crash.error, KeyError)
    assert found.kept > 2
    random = Random(1)
    for _ in range(2 * found.tried):
        data = bytearray(random.choice(seeds))
        data[random.randrange(len(data))] = random.randrange(256)
        planted.read(bytes(data))


def test_the_fuzzer_finds_a_bug_planted_in_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = headings._names

    def broken(cells: list[str]) -> tuple[str, ...]:
        if any("=" in cell for cell in cells):
            raise IndexError("planted")
        return whole(cells)

    monkeypatch.setattr(headings, "_names", broken)
    reader = READERS["text"]

    found = fuzz(reader.run, reader.seeds, seconds=20, watched="recobro/intake", words=reader.words)

    assert found.crash is not None
    assert isinstance(found.crash.error, IndexError)


@pytest.mark.parametrize("name", READERS)
def test_nothing_but_refusals_comes_out_of_a_reader(name: str) -> None:
    reader = READERS[name]

    found = fuzz(reader.run, reader.seeds, seconds=SECONDS, watched="recobro/intake", words=reader.words)

    assert found.crash is None, found.crash
    assert found.tried > 0
