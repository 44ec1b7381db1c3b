"""What a client states when it hands data over, by the kind of file. Kept with every file that is confirmed."""

from kernel.text import msg

_DEBTS = msg(
    "{client} declara que estos adeudos existen, son suyos y se pueden exigir; que sus datos son correctos, obtenidos "
    "conforme a la ley; y que puede entregarlos a la agencia, solo para cobrarlos, como prevé su aviso de privacidad."
)
_PEOPLE = msg(
    "{client} declara que estos datos son correctos, que los obtuvo conforme a la ley y que puede entregarlos a la "
    "agencia, solo para cobrar sus adeudos, como prevé su aviso de privacidad."
)
_MONEY = msg("{client} declara que esto es lo que consta en sus libros y responde de que sea correcto.")
_BY_KIND = {
    "placement": _DEBTS, "maintenance": _PEOPLE, "consent": _PEOPLE, "documents": _PEOPLE, "financial": _MONEY,
    "recall": _MONEY,
}  # fmt: skip


def statement_of(kind: str) -> str:
    """The statement as a `msg()` sentence with `{client}`."""
    return _BY_KIND[kind]
