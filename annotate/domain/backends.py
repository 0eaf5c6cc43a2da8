"""Which models answer for a kind of assistance, as the operator's settings name them: one line each, several at once.

    REWARD_MODEL=/models/skywork-8b
    JUDGE_MODEL="qwen = openai+http://gpu-1:8000/v1#Qwen3-32B samples=3 temperature=0.7 tokens_a_day=50000000
                 llama = openai+http://gpu-2:8000/v1#Llama-3.3-70B samples=3 temperature=0.7"

A line is a model, a name before it where there are several, and options after it. Lines may also be parted by `;`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models import Q

from annotate.models.assistance import DEFAULT

__all__ = ["DEFAULT", "Backend", "base", "names", "of_kind", "parsed"]

NAMED = re.compile(r"(?P<name>[a-z][a-z0-9-]{0,31})\s*=\s*(?P<rest>.+)")
OPTION = re.compile(r"\s+(?P<key>[a-z_]+)=(?P<value>\S+)$")
EXTERNAL = "external:"
IN_FLIGHT = 64  # requests to a server, unless its line says otherwise
BUDGET: dict[str, Callable[[str], Any]] = {
    "tokens_a_day": int,  # read and written together
    "money_a_day": float,
    "price_in": float,  # of a million tokens read, in the currency of money_a_day
    "price_out": float,
}
OPTIONS: dict[str, Callable[[str], Any]] = {
    **BUDGET,
    "concurrency": int,
    "samples": int,
    "examples": int,  # gold pairs that a judge is shown
    "temperature": float,
    "seed": int,
    "max_tokens": int,
    "token_budget": int,
    "timeout": float,
    "device": str,
    "revision": str,
    "tokenizer": str,
    "key": str,  # the environment variable that holds this server's key
}


@dataclass(frozen=True, slots=True)
class Backend:
    """One line: `name` is what Assistance.engine says, `model` as docs/engines.md has it."""

    name: str
    model: str
    options: dict[str, Any]

    @property
    def external(self) -> bool:
        """Only workers outside answer this line, over the API; ours leave its rows alone."""
        return self.model == EXTERNAL

    def at_once(self, usual: int) -> int:
        """How many rows are worth leasing together: enough to keep a server's requests in flight."""
        served = re.match(r"(openai|sglang)\+", self.model)
        return max(usual, 2 * self.options.get("concurrency", IN_FLIGHT)) if served else usual

    @property
    def budget(self) -> dict[str, Any]:
        return {key: self.options[key] for key in BUDGET if key in self.options}


def of_kind(kind: str) -> dict[str, Backend]:
    """The back ends of a kind by name, in the order of the settings."""
    return parsed(settings.ASSISTANCE_MODELS[kind], kind)


def names(kind: str) -> list[str]:
    return list(of_kind(kind)) if kind in settings.ASSISTANCE_MODELS else [DEFAULT]


def base(engine: str) -> str:
    """The name of the line behind Assistance.engine: `qwen` of `qwen.3`."""
    return engine.partition(".")[0]


def of_line(engine: str) -> Q:
    """Rows that this line of the settings answers: its own, and what is computed anew by it."""
    return Q(engine=engine) | Q(engine__startswith=f"{engine}.")


@lru_cache(maxsize=64)
def parsed(text: str, kind: str) -> dict[str, Backend]:
    """Raises ImproperlyConfigured, with the line that is wrong."""
    lines = [line.strip() for line in re.split(r"[;\n]", text) if line.strip()] or [""]
    found = [_line(line, kind) for line in lines]
    if len({backend.name for backend in found}) < len(found):
        raise ImproperlyConfigured(f"{kind.upper()}_MODEL: of several lines each needs a name of its own: {text!r}")
    return {backend.name: backend for backend in found}


def _line(line: str, kind: str) -> Backend:
    named = NAMED.fullmatch(line)
    name, rest = (named["name"], named["rest"]) if named else (DEFAULT, line)
    options: dict[str, Any] = {}
    while found := OPTION.search(rest):
        options[found["key"]] = _value(found["key"], found["value"], line, kind)
        rest = rest[: found.start()]
    return Backend(name, rest.strip(), options)


def _value(key: str, value: str, line: str, kind: str) -> Any:
    if key not in OPTIONS:
        raise ImproperlyConfigured(f"{kind.upper()}_MODEL: no option {key} in {line!r}; there are {', '.join(OPTIONS)}")
    try:
        found = OPTIONS[key](value)
    except ValueError:
        raise ImproperlyConfigured(f"{kind.upper()}_MODEL: {key}={value} is no number in {line!r}") from None
    if not isinstance(found, str) and found < 0:
        raise ImproperlyConfigured(f"{kind.upper()}_MODEL: {key}={value} is below nothing in {line!r}")
    return found
