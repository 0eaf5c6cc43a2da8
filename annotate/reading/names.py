"""Names for people of what the wire calls by one word: values of attributes, kinds of help, of evidence, of rules."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NAMES: dict[str, Promise] = {
    # the five attributes
    "task_category": _("task category"),
    "objectivity": _("objectivity"),
    "controversiality": _("controversiality"),
    "desired_attributes": _("wanted qualities"),
    "annotation_guideline": _("guideline"),
    "information seeking": _("information seeking"),
    "reasoning": _("reasoning"),
    "planning": _("planning"),
    "editing": _("editing"),
    "coding & debugging": _("coding & debugging"),
    "math": _("math"),
    "role playing": _("role playing"),
    "data analysis": _("data analysis"),
    "creative writing": _("creative writing"),
    "advice seeking": _("advice seeking"),
    "brainstorming": _("brainstorming"),
    "others": _("others"),
    "objective": _("objective"),
    "subjective": _("subjective"),
    "low": _("low"),
    "medium": _("medium"),
    "high": _("high"),
    # kinds of help and of evidence
    "attributes": _("attributes"),
    "reward": _("reward"),
    "embed": _("embed"),
    "differences": _("differences"),
    "judge": _("judge"),
    "preverify": _("verification beforehand"),
    "search": _("search"),
    "code": _("code"),
    "maths": _("maths"),
    "llm": _("assistant"),
}


def name_of(value: str) -> str:
    """What people call it; a word that is not known stays as it is."""
    return str(NAMES.get(value, value))
