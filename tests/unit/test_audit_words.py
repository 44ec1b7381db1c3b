"""Every act that the program notes, and every fact of one, has words."""

import ast
from collections.abc import Iterator

from recobro.people.words import ACTIONS, FACTS
from tests.support.sources import nodes

# Only the file of the audit shows these: ids of things without a name of their own, and traces.
UNNAMED = {
    "batch_id", "cost_id", "currency", "deadline_id", "debt_id", "decision_id", "entry_id",
    "file_id", "flag_id", "job_id", "notice_id", "pair_id", "request", "sha256",
}  # fmt: skip


def noted() -> Iterator[ast.Call]:
    """The calls of `audit` in the program."""
    for every in nodes().values():
        for node in every:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "audit":
                yield node


def test_every_act_has_a_sentence() -> None:
    codes = {
        str(part.value)
        for call in noted()
        for part in call.args
        if isinstance(part, ast.Constant) and "." in str(part.value)
    }
    assert len(codes) > 40
    assert codes - ACTIONS.keys() == set()


def test_every_fact_has_a_name() -> None:
    names = {word.arg for call in noted() for word in call.keywords if word.arg}
    assert names - FACTS.keys() - UNNAMED == set()
