"""The law asked from the command line: `recobro law contact --facts FILE`. Needs no database."""

import json
import sys
from typing import IO, Any

import click

from kernel.problems import Invalid, Problem
from kernel.text import msg
from legal.questions.question import Question
from legal.questions.registry import QUESTIONS
from recobro.cli.law_check import check, holidays
from recobro.cli.words import spoken

MOST_SIGNS = 32 << 20


class Unreadable(Invalid):
    """The file of the facts is no JSON, or too long."""

    code = "law.no_json"


@click.group("law", help=msg("Pregunta a las reglas de un lugar: hechos en JSON, respuesta en JSON."))
def law() -> None:
    """Questions to the law."""


def _command(question: Question) -> click.Command:
    @click.command(question.name, help=msg("Responde a los hechos de un archivo, un objeto JSON o una lista de ellos."))
    @click.option("--facts", type=click.File("r", encoding="utf-8"), required=True,
                  help=msg("El archivo de los hechos; «-» es la entrada."))  # fmt: skip
    def command(facts: IO[str]) -> None:
        answers = _answers(question, facts)
        for answer in answers:
            click.echo(json.dumps(answer, ensure_ascii=False, sort_keys=True))
        if not answers:
            click.echo("[]")
        sys.exit(2 if any("error" in answer for answer in answers) else 0)

    return command


def _answers(question: Question, facts: IO[str]) -> list[dict[str, Any]]:
    """One answer for each object of facts; what cannot be read at all is one refusal."""
    try:
        told = _told(facts)
    except Problem as problem:
        return [_refusal(problem)]
    return [_answered(question, one) for one in (told if isinstance(told, list) else [told])]


def _told(facts: IO[str]) -> Any:
    try:
        content = facts.read(MOST_SIGNS + 1)
    except UnicodeDecodeError as error:
        raise Unreadable(msg("Los hechos no están en UTF-8.")) from error
    if len(content) > MOST_SIGNS:
        raise Unreadable(msg("Los hechos ocupan más de {limit} MB. Divide el archivo."), limit=MOST_SIGNS >> 20)
    try:
        told = json.loads(content)
        # Half of a pair of signs is JSON, and no text.
        json.dumps(told, ensure_ascii=False).encode()
        return told
    except UnicodeEncodeError as error:
        raise Unreadable(msg("Los hechos tienen signos que no son texto.")) from error
    except json.JSONDecodeError as error:
        sentence = msg("Eso no es JSON: falla en la línea {line}, columna {column}.")
        raise Unreadable(sentence, line=error.lineno, column=error.colno) from error
    except (ValueError, RecursionError) as error:
        raise Unreadable(msg("Eso no es JSON que se pueda leer.")) from error


def _answered(question: Question, told: object) -> dict[str, Any]:
    try:
        return question.ask(told, spoken)
    except Problem as problem:
        return _refusal(problem)


def _refusal(problem: Problem) -> dict[str, Any]:
    sentence = spoken(problem.template, **problem.details)
    return {"error": {"code": problem.code, "sentence": sentence, "field": problem.details.get("field")}}


@law.command("schema", help=msg("El JSON Schema de los hechos de una pregunta."))
@click.argument("name", type=click.Choice(list(QUESTIONS)))
def schema(name: str) -> None:
    """What a question takes."""
    click.echo(json.dumps(QUESTIONS[name].schema(), ensure_ascii=False, indent=2, sort_keys=True))


for _question in QUESTIONS.values():
    law.add_command(_command(_question))
for _own in (check, holidays):
    law.add_command(_own)
