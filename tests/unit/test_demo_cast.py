"""The people of the demo: invented, distinct, and always the same."""

from random import Random

import phonenumbers

from recobro.demo.cast import Debtor, debtors, invoices
from recobro.demo.files import DELIVERIES
from recobro.demo.notes import said
from recobro.demo.stars import STARS, cast_of, invoices_of
from recobro.demo.telling import FIRST, LAST
from recobro.demo.world import HOUSES
from recobro.desk.outcomes import Outcome

COUNTRIES = {firm.slug: firm.country for house in HOUSES for firm in house.firms}


def everybody(slug: str) -> list[Debtor]:
    found = [cast_of(star, COUNTRIES[star.client], place) for place, star in enumerate(STARS[slug], start=1)]
    for file in DELIVERIES[slug]:
        prefix = file.client[:3].upper()
        found += debtors(
            COUNTRIES[file.client], prefix, file.count, file.seed, start=file.start, turned=file.client == "lacteos"
        )
    return found


def test_no_two_debtors_of_an_agency_have_one_name_number_or_telephone() -> None:
    for house in HOUSES:
        cast = everybody(house.slug)
        for of in ("name", "number", "tax_id", "phone"):
            values = [getattr(debtor, of) for debtor in cast]
            assert len(set(values)) == len(values), of


def test_addresses_are_where_no_mail_arrives_and_telephones_of_the_right_form() -> None:
    for house in HOUSES:
        for debtor in everybody(house.slug):
            assert not debtor.email or debtor.email.endswith(".example")
            assert phonenumbers.is_valid_number(phonenumbers.parse(debtor.phone)), debtor.phone
            assert "555" in debtor.phone


def test_the_cast_is_the_same_every_time() -> None:
    assert [everybody(house.slug) for house in HOUSES] == [everybody(house.slug) for house in HOUSES]


def test_each_star_comes_with_a_file_and_its_invoices_have_numbers_of_their_own() -> None:
    for slug, stars in STARS.items():
        files = {(file.client, file.on): file for file in DELIVERIES[slug]}
        references: list[tuple[str, str]] = []
        for place, star in enumerate(stars, start=1):
            assert (star.client, star.placed_on) in files, star.name
            debtor = cast_of(star, COUNTRIES[star.client], place)
            references += [(star.client, line.reference) for line in invoices_of(star, debtor)]
        for file in DELIVERIES[slug]:
            cast = debtors(COUNTRIES[file.client], file.client[:3].upper(), file.count, file.seed, start=file.start)
            lines = invoices(
                cast,
                placed_on=file.on,
                smallest=file.smallest,
                largest=file.largest,
                prefix=file.client[0].upper(),
                seed=file.seed,
                first=file.start * 4 + 1,
            )
            references += [(file.client, line.reference) for line in lines]
        assert len(set(references)) == len(references)


def test_what_is_written_of_a_star_happens_on_working_days_of_the_story() -> None:
    for stars in STARS.values():
        for star in stars:
            for scene in star.scenes:
                assert max(star.placed_on, FIRST) <= scene.on <= LAST, star.name
                assert scene.on < LAST or scene.at < (10, 20), star.name
                assert scene.on.weekday() < 5, (star.name, scene.on)


def test_a_case_hears_everything_a_country_says_before_it_hears_it_again() -> None:
    for country in ("MX", "CO", "ES"):
        used: set[str] = set()
        random = Random(1)
        heard = [said(Outcome.CALL_BACK, country, random, used) for _ in range(4)]
        assert len(set(heard)) == 4
