"""Words that are written in one place and read in several languages."""

import re
from typing import TypeVar

S = TypeVar("S", bound=str)

# After a word, and before none: `../` and `a..b` are names of files.
_TWO_STOPS = re.compile(r"(?<=\w)\.\.(?![./\\\w])")


def msg(text: str) -> str:
    """Mark a Spanish sentence for the catalogues; it is translated where it is shown. Fields are `{named}`."""
    return text


def one_stop(sentence: S) -> S:
    """A filled sentence with one full stop where a name that ends in one (`S.A. de C.V.`) met another."""
    return type(sentence)(_TWO_STOPS.sub(".", sentence)) if ".." in sentence else sentence
