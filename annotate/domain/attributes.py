"""A pair's five attributes as one person has them: what the data or a model says, and what they corrected."""

from curation.attributes import CLOSED
from curation.wanted import wanted

Attributes = dict[str, str]
Corrected = dict[str, dict[str, str]]  # {attribute: {"was", "value"}}, as Claim.corrected


def own_word(corrected: Corrected) -> Attributes:
    """What they corrected, by attribute."""
    return {name: entry["value"] for name, entry in corrected.items()}


def standing(given: Attributes | None, corrected: Corrected) -> Attributes | None:
    """The attributes as this person left them; None where nobody said anything."""
    return (given or {}) | own_word(corrected) if given or corrected else None


def held_to(given: Attributes | None, corrected: Corrected) -> Attributes | None:
    """The attributes that bring rules into force for this person, or None.

    Those that came with the data do. A model's do not, until a person corrects one of the three closed ones: who does
    has looked at all three, and as they then stand they are that person's word.
    """
    trusted = given is not None and given["written_by"] == "source"
    if trusted or corrected.keys() & CLOSED.keys():
        return standing(given, corrected)
    return standing(None, corrected)


def qualities(given: Attributes | None, corrected: Corrected) -> list[str]:
    """The wanted qualities one by one, as this person has them."""
    return list(wanted((standing(given, corrected) or {}).get("desired_attributes", "")))
