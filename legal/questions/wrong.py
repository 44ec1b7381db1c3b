"""What is refused of the facts of a question: always with the field, in one language."""

from kernel.problems import Problem
from kernel.text import msg
from legal.rules.facts import EARLIER as EARLIER
from legal.rules.facts import UnknownFact as UnknownFact


def wrong(field: str, sentence: str, **details: object) -> Problem:
    """A refusal of the fact at that path, with a sentence that may name the `{field}`."""
    return UnknownFact(sentence, field=field, **details)


LATER = msg("El dato «{field}» ({day}) es posterior al día por el que se pregunta ({on}).")
NOT_KNOWN = msg("El dato «{field}» no puede ser «{value}»: se admiten {known}.")
TOO_FAR = msg("El dato «{field}» no puede ser «{value}»: es un día entre 1900 y 2200.")
NO_OFFSET = msg("El dato «{field}» no dice desfase: di la zona del deudor («zones») o el desfase.")
SKIPPED = msg("El dato «{field}» ({value}) no es una hora de {zone}: el reloj la salta ese día. Di el desfase.")
TWICE = msg("El dato «{field}» ({value}) pasa dos veces en {zone}: el reloj se atrasa ese día. Di el desfase.")
