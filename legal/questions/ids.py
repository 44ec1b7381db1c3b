"""Does this identifier have the form and the check digits of its kind?"""

from legal.questions.question import Answer, Facts, Question
from legal.rules.ids import HOW, IdKind, check_id


class IdsQuestion(Facts):
    """One identifier and what it is said to be."""

    kind: IdKind
    value: str


def _answer(asked: IdsQuestion) -> Answer:
    found = check_id(asked.kind, asked.value)
    return {
        "kind": found.kind.value,
        "canonical": found.canonical,
        "verdict": found.verdict.value,
        "code": found.code,
        "because": found.because,
        "deciding": [f"ids.{found.kind}"],
        "words": HOW[found.kind],
    }


IDS = Question("ids", IdsQuestion, _answer)
