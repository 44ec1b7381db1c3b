"""What the command line says, in the reader's language."""

import os
import sys

import click

from kernel.problems import Problem


def language() -> str:
    """The language of the reader's terminal, as a locale of ours; neutral Spanish when it says none."""
    told = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "C"
    wanted = told.partition(".")[0]
    if wanted in ("C", "POSIX", "es_MX"):
        return "es_MX"
    # Babel is only worth its import when there is something to translate.
    from recobro.web.translations import best_of

    return best_of([wanted])


def spoken(text: str, **details: object) -> str:
    """A sentence marked with `msg`, in the reader's language, its `{fields}` filled."""
    chosen = language()
    if chosen != "es_MX":
        from recobro.web.translations import translations

        text = translations(chosen).gettext(text)
    return text.format(**details) if details else text


def say(text: str, **details: object) -> None:
    """Print a sentence marked with `msg`."""
    click.echo(spoken(text, **details))


def warn(text: str, **details: object) -> None:
    """Print a sentence marked with `msg` where errors go."""
    click.echo(spoken(text, **details), file=sys.stderr)


def as_json(problem: Problem) -> dict[str, str]:
    """A Problem as programs read it, as the API tells it."""
    return {
        "type": f"urn:recobro:problem:{problem.code}", "title": spoken(problem.template, **problem.details),
        "code": problem.code,
    }  # fmt: skip


class Refused(click.ClickException):
    """A Problem as the end of a command: its sentence on stderr."""

    exit_code = 1

    def __init__(self, problem: Problem) -> None:
        super().__init__(spoken(problem.template, **problem.details))
        self.problem = problem

    def show(self, file: object = None) -> None:  # noqa: ARG002 - click's signature
        """Print the sentence as it is, without click's own word before it."""
        click.echo(self.message, file=sys.stderr)


class RefusedConfiguration(Refused):
    """The environment is wrong: the exit code that service managers do not retry (sysexits EX_CONFIG)."""

    exit_code = 78
