"""The rows of a table as cards know them."""

from recobro.web.lists import Head
from recobro.web.rows import labelled


def test_each_cell_is_told_its_columns_name_and_an_empty_one_that_it_says_nothing() -> None:
    rows = '<tr>\n<td class="pick"></td><td>Luis Demo</td><td class="num">—</td><th scope="row">  </th></tr><tr><td>'
    told = labelled(rows, [Head("Deudor"), "Saldo & más", ""], select=True)
    assert told == (
        '<tr>\n<td class="pick" data-empty></td><td data-label="Deudor">Luis Demo</td>'
        '<td class="num" data-label="Saldo &amp; más" data-empty>—</td><th scope="row" data-empty>  </th></tr><tr><td>'
    )


def test_a_wide_cell_takes_the_names_of_as_many_columns() -> None:
    assert labelled('<tr><td colspan="2">a</td><td>b</td></tr>', ["Uno", "Dos", "Tres"]) == (
        '<tr><td colspan="2" data-label="Uno">a</td><td data-label="Tres">b</td></tr>'
    )
