"""The `recobro` command. Each subcommand is one line in COMMANDS and is imported when it is used."""

import json
import sys
from importlib import import_module

import click

from kernel.problems import Problem
from kernel.text import msg
from recobro.cli.words import Refused, RefusedConfiguration, as_json, language, spoken
from recobro.config import Misconfigured

# Name -> `module:function`. The order is the order of the help. Modules are named, not imported: the command line stays
# quick, and `worker` stays unknown to the product, as jobs are.
COMMANDS = {
    "demo": "recobro.cli.running:demo",
    "up": "recobro.cli.running:up",
    "serve": "recobro.cli.serving:serve",
    "worker": "worker.cli:worker",
    "relay": "worker.cli:relay",
    "cron": "worker.cli:cron",
    "doctor": "recobro.cli.doctor:doctor",
    "db": "recobro.cli.database:db",
    "mailbox": "recobro.cli.receiving:mailbox",
    "law": "recobro.cli.law:law",
    "import": "recobro.cli.importing:import_file",
    "undo": "recobro.cli.undoing:undo",
    "agency": "recobro.cli.agencies:agency",
    "client": "recobro.cli.agencies:client",
    "user": "recobro.cli.users:user",
    "clock": "recobro.cli.clock:clock",
    "ledger": "recobro.cli.verifying:ledger",
    "audit": "recobro.cli.verifying:audit",
    "verify": "recobro.cli.verifying:verify",
    "backup": "recobro.cli.safekeeping:backup",
    "restore": "recobro.cli.safekeeping:restore",
}


_ANSWERS_JSON = "recobro.cli.json"


class Commands(click.Group):
    """A group whose commands are imported when they are asked for; a Problem ends one with its sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """The names, in the order of the list."""
        return [*COMMANDS]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, speaking the reader's language."""
        if cmd_name not in COMMANDS:
            return None
        module, _, function = COMMANDS[cmd_name].partition(":")
        command = getattr(import_module(module), function)
        assert isinstance(command, click.Command)
        if language() != "es_MX":
            _translate(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command, and whether it is asked to answer in JSON."""
        ctx.meta[_ANSWERS_JSON] = "--json" in args
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a refusal is told in its own words, to programs too."""
        try:
            return super().invoke(ctx)
        except Misconfigured as problem:
            raise _told(ctx, RefusedConfiguration(problem)) from problem
        except Problem as problem:
            raise _told(ctx, Refused(problem)) from problem
        except Refused as refused:
            raise _told(ctx, refused) from refused


def _told(ctx: click.Context, refused: Refused) -> Refused:
    """The refusal, once it is written where a program that asked for JSON reads."""
    if ctx.meta.get(_ANSWERS_JSON):
        click.echo(json.dumps(as_json(refused.problem), ensure_ascii=False, indent=2))
    return refused


def _translate(command: click.Command) -> None:
    command.help = spoken(command.help) if command.help else None
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.help:
            parameter.help = spoken(parameter.help)
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            _translate(inner)


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    help=msg("Recobro: la plataforma abierta para despachos de cobranza."),
)
@click.version_option(package_name="recobro", message="%(prog)s %(version)s")
def main() -> None:
    """The whole command line."""


if __name__ == "__main__":
    main(prog_name="recobro", args=sys.argv[1:])
