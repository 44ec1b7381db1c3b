"""The names of jobs in the code and the functions that do them are the same names."""

import ast
from collections.abc import Iterator

import pytest

from tests.support.sources import nodes
from worker import registry
from worker.queues import Queue


def names_in_the_code() -> Iterator[tuple[str, str]]:
    """Each first argument of `….outbox.add(…)`, with its place."""
    for name, every in nodes().items():
        for node in every:
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "add"
                and isinstance(node.func.value, ast.Attribute)
                and node.func.value.attr == "outbox"
                and node.args
                and isinstance(node.args[0], ast.Constant)
            ):
                yield str(node.args[0].value), f"{name}:{node.lineno}"


def test_every_job_that_is_named_is_done_by_somebody() -> None:
    known = registry.jobs()
    orphans = {f"{name} ({place})" for name, place in names_in_the_code() if name not in known}

    assert not orphans


def test_every_job_takes_its_identifiers_by_name() -> None:
    registry.check()


def test_every_job_is_on_a_queue_that_a_worker_serves() -> None:
    from worker.cli import worker

    served = {choice for option in worker.params for choice in getattr(option.type, "choices", ())}

    assert {queue.value for queue in Queue} == served
    assert {found.queue for found in registry.jobs().values()} <= set(Queue)


def test_names_are_a_feature_and_a_verb() -> None:
    assert all(name.count(".") == 1 and name.islower() for name in registry.jobs())


def test_a_job_nobody_does_is_told_at_the_start() -> None:
    with pytest.raises(RuntimeError, match="nobody does notices"):
        registry.check(["notices.fly"])
