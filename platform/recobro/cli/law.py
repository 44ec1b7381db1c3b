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


@click.group("law", help=msg("Pregunta a las reglas de un lugar: hechos en JSON, respuesta en JSON."))
def law() -> None:
    """Questions to the law."""


def _command(question: Question) -> click.Command:
    @click.command(question.name, help=msg("Responde a los hechos de un archivo, un objeto JSON o una lista de ellos."))
    @click.option("--facts", type=click.File("r", encoding="utf-8"), required=True,
                  help=msg("El archivo de los hechos; «-» es la entrada."))  # fmt: skip
    def command(facts: IO[str]) -> None:
        told = _told(facts)
        answers = [_answered(question, one) for one in (told if isinstance(told, list) else [told])]
        for answer in answers:
            click.echo(json.dumps(answer, ensure_ascii=False, sort_keys=True))
        sys.exit(2 if any("error" in answer for answer in answers) else 0)

    return command


def _told(facts: IO[str]) -> Any:
    content = facts.read(MOST_SIGNS + 1)
    if len(content) > MOST_SIGNS:
        raise Invalid(msg("Los hechos ocupan más de {limit} MB. Divide el archivo."), limit=MOST_SIGNS >> 20)
    try:
        return json.loads(content)
    except ValueError as error:
        raise Invalid(msg("Eso no es JSON: {reason}."), reason=error) from error


def _answered(question: Question, told: object) -> dict[str, Any]:
    try:
        return question.ask(told, spoken)
    except Problem as problem:
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
