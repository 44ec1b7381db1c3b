"""A strategy as data: steps in order, each so many days after the one before. Pure; pydantic checks what is stored."""

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from kernel.text import msg
from legal.rules.facts import Channel
from recobro.notices.templates import TEMPLATES


class StepKind(StrEnum):
    """What a step does."""

    NOTICE = "notice"
    QUEUE = "queue"


class Step(BaseModel):
    """One step. A notice goes by `channel`, or by `fallback` when that cannot be used; a queue step asks a person."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: StepKind
    after_days: Annotated[int, Field(ge=0, le=365)]
    template: str = ""
    channel: Literal[Channel.EMAIL, Channel.LETTER] = Channel.EMAIL
    fallback: Literal[Channel.EMAIL, Channel.LETTER] | None = None
    priority: Annotated[int, Field(ge=0, le=1000)] = 100

    @model_validator(mode="after")
    def _whole(self) -> "Step":
        if self.kind is StepKind.QUEUE:
            return self
        template = TEMPLATES.get(self.template)
        if template is None or not set(self.channels) <= set(template.channels):
            raise ValueError(f"there is no text {self.template!r} for {', '.join(self.channels)}")
        return self

    @cached_property
    def channels(self) -> tuple[Channel, ...]:
        """The channels of a notice, in the order they are tried."""
        wanted = (self.channel, self.fallback)
        return tuple(dict.fromkeys(Channel(channel) for channel in wanted if channel is not None))


class Ladder(BaseModel):
    """The steps of one version of a strategy. Balances up to `tolerance` (minor units) are left in peace."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: Annotated[tuple[Step, ...], Field(min_length=1, max_length=40)]
    tolerance: Annotated[int, Field(ge=0)] = 0


DEFAULT_NAME = msg("Escalera de avisos")
DEFAULT = Ladder(
    steps=(
        Step(kind=StepKind.NOTICE, after_days=0, template="cordial-1", fallback=Channel.LETTER),
        Step(kind=StepKind.NOTICE, after_days=7, template="second-2", fallback=Channel.LETTER),
        Step(kind=StepKind.NOTICE, after_days=7, template="firm-3", channel=Channel.LETTER, fallback=Channel.EMAIL),
        Step(kind=StepKind.QUEUE, after_days=7),
    )
)
"""Cordial first, options second, firm third, each a week after the other; a week later a person calls."""
