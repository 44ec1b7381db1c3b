"""The questions there are, by name."""

from collections.abc import Mapping

from legal.questions.contact import CONTACT
from legal.questions.ids import IDS
from legal.questions.limitation import LIMITATION
from legal.questions.money import ALLOCATION, INTEREST
from legal.questions.notice import NOTICE
from legal.questions.question import Question
from legal.questions.route import ROUTE

_ALL = (CONTACT, INTEREST, LIMITATION, ALLOCATION, NOTICE, ROUTE, IDS)
QUESTIONS: Mapping[str, Question] = {one.name: one for one in _ALL}
