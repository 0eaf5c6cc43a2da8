"""What calls about engines answer, for the OpenAPI document (api/schemas.py)."""

from annotate.domain.provenance import BESIDE, REVEALED
from annotate.domain.watching import HEALTH
from api.schemas import (
    ANYTHING,
    CLAIM_ID,
    NUMBER,
    PAIR_ID,
    SLUG,
    TEXT,
    TIME,
    WHOLE,
    YES_NO,
    Schema,
    call,
    many,
    maybe,
    thing,
)

DEPTH = {"waiting": WHOLE, "running": WHOLE, "failed": WHOLE, "done": WHOLE, "to_do": WHOLE}
SPEED = {"per_minute": NUMBER, "seconds_left": maybe(WHOLE)}
TODAY = thing(
    "*",
    rows=WHOLE,
    tokens=WHOLE,
    tokens_a_day=maybe(WHOLE),
    money=NUMBER,
    money_a_day=maybe(NUMBER),
    spent=YES_NO,
)
ENGINE = thing(
    "*",
    kind=TEXT,
    engine=TEXT,
    model=TEXT,
    health={"type": "string", "enum": list(HEALTH)},
    **DEPTH,
    **SPEED,
    held=WHOLE,
    behind=many(TEXT),
    over_minutes=WHOLE,
    minutes=many(WHOLE),
    answered=maybe(TIME),
    taken=maybe(TIME),
    error=maybe(thing("*", text=TEXT, pair=WHOLE, parked=YES_NO, due=TIME)),
    tokens=thing("*", read=WHOLE, written=WHOLE, padded=WHOLE, seconds=WHOLE),
    today=maybe(TODAY),
    ever=thing("*", rows=WHOLE, tokens=WHOLE, money=NUMBER),
)
FAILURE = thing("*", kind=TEXT, engine=TEXT, error=TEXT, attempts=WHOLE, row=WHOLE, rows=WHOLE, pairs=many(WHOLE))
CARD = thing(
    "*",
    kind=TEXT,
    engine=TEXT,
    model=TEXT,
    revision=TEXT,
    prompt_version=TEXT,
    current=YES_NO,
    sees=many(TEXT),
    settings=ANYTHING,
    about=ANYTHING,
    answers=WHOLE,
    tokens_read=WHOLE,
    tokens_written=WHOLE,
    tokens_padded=WHOLE,
    milliseconds=WHOLE,
    first=WHOLE,
    clear=WHOLE,
    at=maybe(TIME),
)
WATCHED = thing("*", at=TIME, **DEPTH, **SPEED, engines=many(ENGINE), failures=many(FAILURE), cards=many(CARD))


def _pieces(shown: Schema) -> Schema:
    return many(
        thing(
            "*",
            kind=TEXT,
            engine=TEXT,
            model=TEXT,
            revision=TEXT,
            prompt_version=TEXT,
            settings=ANYTHING,
            tokens_read=maybe(WHOLE),
            tokens_written=maybe(WHOLE),
            milliseconds=maybe(WHOLE),
            finished=TIME,
            shown=shown,
        )
    )


HOW: Schema = {"type": "string", "enum": [BESIDE, REVEALED]}
MINE: Schema = {"type": "string", "enum": ["", BESIDE, REVEALED]}
TOLD = thing("*", told=YES_NO, assistance=_pieces(MINE))
SETTLED = thing("*", settled=YES_NO, assistance=_pieces(many(thing("*", verdict=WHOLE, how=HOW))))

engines = call("engines", {200: WATCHED}, errors=(404,), parameters=[SLUG])
provenance = call("claim_provenance", {200: TOLD}, errors=(404,), parameters=[CLAIM_ID])
pair_provenance = call("pair_provenance", {200: SETTLED}, errors=(404,), parameters=[SLUG, PAIR_ID])
