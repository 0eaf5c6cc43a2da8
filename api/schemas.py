"""What each call takes and answers, for the OpenAPI document. Written down, not derived; nothing runs per request."""

from collections.abc import Callable
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema

from annotate.domain.disclosure import BEFORE_A_MODEL
from annotate.domain.leases import CAUSES
from annotate.domain.protocol import SHOWN_CHOICES
from annotate.domain.rules import MOST_RULES, REQUIRABLE
from annotate.domain.tools import CODE_LANGUAGES, PLACES
from annotate.models.campaign import Purpose
from annotate.models.tools import RunStatus, ToolKind
from curation.attributes import ATTRIBUTES as NAMES
from curation.attributes import CLOSED, FREE

Schema = dict[str, Any]
View = TypeVar("View", bound=Callable[..., Any])


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.authentication.BearerToken"
    name = "bearer"

    def get_security_definition(self, auto_schema: Any) -> Schema:
        return {"type": "http", "scheme": "bearer"}


TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
NUMBER: Schema = {"type": "number"}
YES_NO: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
ANYTHING: Schema = {"type": "object", "additionalProperties": True}
LEVEL: Schema = {"type": "integer", "minimum": 1, "maximum": 3}


def maybe(schema: Schema) -> Schema:
    return {**schema, "nullable": True}


def many(schema: Schema) -> Schema:
    return {"type": "array", "items": schema}


def thing(required: str = "", **fields: Schema) -> Schema:
    """An object with these fields; `required` names the ones that are always there ("*": all)."""
    names = list(fields) if required == "*" else required.split()
    return {"type": "object", "properties": fields} | ({"required": names} if names else {})


MESSAGES = many(thing("*", role=TEXT, content=TEXT))
ATTRIBUTES = thing(
    "*",
    task_category=TEXT,
    objectivity=TEXT,
    controversiality=TEXT,
    desired_attributes=TEXT,
    annotation_guideline=TEXT,
    written_by=TEXT,
)
CHECKS = many(thing("item", item=TEXT, left=maybe(YES_NO), right=maybe(YES_NO)))
OPINION = thing(
    "choice confidence",
    choice={"type": "string", "enum": list(SHOWN_CHOICES)},
    strength=maybe(LEVEL),
    confidence=LEVEL,
    reason=TEXT,
    evidence=many(WHOLE),
    attested=maybe(YES_NO),
)
JUDGED = {**OPINION, "properties": {**OPINION["properties"], "checks": CHECKS}}
CORRECTED: Schema = {"type": "object", "additionalProperties": thing("*", was=TEXT, value=TEXT)}
CORRECTION = thing("*", id=WHOLE, attribute=TEXT, was=TEXT, value=TEXT, created=TIME)
CLOSED_ATTRIBUTES: dict[str, Schema] = {
    name: {"type": "string", "enum": list(values)} for name, values in CLOSED.items()
}
PAIR = thing(
    "*",
    id=WHOLE,
    conversation=MESSAGES,
    left=MESSAGES,
    right=MESSAGES,
    attributes=maybe(ATTRIBUTES),
    corrected=CORRECTED,
    wanted=many(TEXT),
    differences=maybe(many(thing("*", left=TEXT, right=TEXT, what=TEXT))),
    missing=many(TEXT),
    masked=YES_NO,
    own_names=maybe(thing("*", left=many(TEXT), right=many(TEXT))),
)
KIND: Schema = {"type": "string", "enum": list(ToolKind.values)}
TOOL_INPUT = thing(
    language={"type": "string", "enum": list(CODE_LANGUAGES)},
    code=TEXT,
    block=TEXT,
    expression=TEXT,
    other=TEXT,
    answer={"type": "string", "enum": ["both", "left", "right"]},
    query=TEXT,
    where={"type": "string", "enum": ["", *PLACES]},
    question=TEXT,
    fresh={"type": "string", "enum": ["", "yes"]},
)
TOOL_INPUT["properties"]["with"] = TEXT | {"description": f"some of {', '.join(BEFORE_A_MODEL)}, blanks between"}
BLOCK = thing("*", name=TEXT, side=TEXT, number=WHOLE, language=TEXT, begins=TEXT)
RUN = thing(
    "*",
    id=WHOLE,
    number=WHOLE,
    name=TEXT,
    adopts=TEXT,
    kind=KIND,
    input=ANYTHING,
    status={"type": "string", "enum": ["waiting", *filter(None, RunStatus.values)]},
    output=maybe(ANYTHING),
    version=TEXT,
    environment=TEXT,
    milliseconds=maybe(WHOLE),
    finished=maybe(TIME),
    sha256=TEXT,
)
CLAIM = thing(
    "*",
    id=WHOLE,
    campaign=thing("*", slug=TEXT, name=TEXT),
    pair=PAIR,
    stage={"type": "string", "enum": ["judgement", "verdict", "done", "abandoned"]},
    expires=TIME,
    held_seconds=WHOLE,
    protocol=thing("*", name=TEXT, version=WHOLE, text=TEXT, rules=many(TEXT), attestation=TEXT),
    judgement=maybe({**JUDGED, "properties": {**JUDGED["properties"], "waived": many(KIND), "lifted": many(KIND)}}),
    revealed=maybe(ANYTHING),
    purpose={"type": "string", "enum": list(Purpose.values)},
    feedback=maybe(thing("*", right=YES_NO, first_right=YES_NO, choice=TEXT, explanation=TEXT)),
)
ATTEMPT = thing("*", number=WHOLE, right=WHOLE, asked=WHOLE, percent=WHOLE, passed=YES_NO, finished=TIME)
STANDING = thing(
    "*",
    pairs=WHOLE,
    percent=WHOLE,
    needed=YES_NO,
    qualified=maybe(TIME),
    attempts=many(ATTEMPT),
    under_way=maybe(thing("*", number=WHOLE, done=WHOLE, asked=WHOLE)),
    attempts_left=WHOLE,
)
RULE = thing(
    "when text requires",
    when=thing("", **{name: many({"type": "string", "enum": list(known)}) for name, known in CLOSED.items()}),
    text=TEXT,
    requires=many({"type": "string", "enum": list(REQUIRABLE)}),
)
RULES: Schema = {**many(RULE), "maxItems": MOST_RULES}
PROTOCOL = thing(
    "*",
    id=WHOLE,
    name=TEXT,
    version=WHOLE,
    created=TIME,
    by=TEXT,
    edited=maybe(TIME),
    edited_by=TEXT,
    edits=WHOLE,
    claims=WHOLE,
    held=WHOLE,
    in_force=YES_NO,
    draft=YES_NO,
    text=TEXT,
    rules=RULES,
    attestation=TEXT,
)
NEXT: Schema = {"type": "string", "enum": ["verdict", "done"]}
ERROR = thing("*", error=TEXT, kept=TEXT, fields={"type": "object", "additionalProperties": TEXT})
GOLD = thing(
    "*",
    cursor=WHOLE,
    pair_id=WHOLE,
    campaign=TEXT,
    prompt=MESSAGES,
    chosen=MESSAGES,
    rejected=MESSAGES,
    label=TEXT,
    margin=NUMBER,
    strength=NUMBER,
    votes={"type": "object", "additionalProperties": WHOLE},
    soft_label=NUMBER,
    confidence=NUMBER,
    origin=TEXT,
    attributes=ATTRIBUTES,
    corrected=thing("*", **dict.fromkeys(NAMES, TEXT)),
    provenance=ANYTHING,
    created=TIME,
)
RELEASE = thing(
    "*",
    id=WHOLE,
    campaign=TEXT,
    version=TEXT,
    state={"type": "string", "enum": ["wanted", "building", "frozen", "failed"]},
    requested=TIME,
    frozen=maybe(TIME),
    error=TEXT,
    manifest=maybe(ANYTHING),
    url=TEXT,
    files={"type": "object", "additionalProperties": TEXT},
)
AGREEMENT = thing("*", pairs=WHOLE, agreed=WHOLE, percent=maybe(NUMBER))
FIGURE = thing("*", value=maybe(NUMBER), low=maybe(NUMBER), high=maybe(NUMBER), items=WHOLE, computed=TIME)
FIGURES = {"type": "object", "additionalProperties": FIGURE}  # by coefficient
STATS = thing(
    "*",
    progress=ANYTHING,
    agreement=thing("*", judgements=AGREEMENT, verdicts=AGREEMENT),
    figures=thing("*", judgements=FIGURES, verdicts=FIGURES),
    throughput=many(thing("*", day=TEXT, judgements=WHOLE, verdicts=WHOLE, settled=WHOLE)),
)
IMPORTED = thing(
    "*",
    new=WHOLE,
    duplicate=WHOLE,
    rejected=WHOLE,
    contradictions=WHOLE,
    errors=many(thing("*", line=WHOLE, reason=TEXT)),
)

KEY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, description="1 to 64 printable characters")
SLUG = OpenApiParameter("slug", str, OpenApiParameter.PATH, description="the campaign")
CLAIM_ID = OpenApiParameter("claim_id", int, OpenApiParameter.PATH, description="a claim of one's own")
PAIR_ID = OpenApiParameter("pair_id", int, OpenApiParameter.PATH, description="a pair of the campaign")
RELEASE_ID = OpenApiParameter("release_id", int, OpenApiParameter.PATH)
NAME = OpenApiParameter("name", str, OpenApiParameter.PATH, description="as in the manifest, or manifest.json")
AFTER = OpenApiParameter("after", int, description="the cursor of the last row seen")
PROTOCOL_ID = OpenApiParameter("protocol_id", int, OpenApiParameter.PATH, description="the id of a version")
STRATA = OpenApiParameter("strata", bool, description="equal, undecidable and broken pairs instead of gold")
RANGE = OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="one range of bytes")
NONE_MATCH = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)

WORDS = {
    400: "not JSON",
    401: "no token, or one that is unknown, expired or revoked",
    403: "the token's scopes or the person's role do not allow this",
    404: "no such thing, or not for this person",
    409: "the facts have moved on",
    410: "the seat was given away",
    413: "too long",
    416: "nothing of this range is there",
    422: "what was sent is not acceptable; `fields` says where",
}


def call(
    operation: str, answers: dict[Any, Any], *, errors: tuple[int, ...], parameters: list[Any], request: Any = None
) -> Callable[[View], View]:
    failed = {code: OpenApiResponse(ERROR, WORDS[code]) for code in (401, 403, *errors)}
    return extend_schema(
        operation_id=operation, parameters=parameters, request=request, responses={**answers, **failed}
    )


def body(schema: Schema) -> dict[str, Schema]:
    return {"application/json": schema}


claims = call("claim", {201: CLAIM, 200: CLAIM, 204: None}, errors=(404, 422), parameters=[SLUG, KEY])
practice_claims = call("practise", {201: CLAIM, 200: CLAIM}, errors=(404,), parameters=[SLUG])
qualification_claims = call("qualify", {201: CLAIM, 200: CLAIM, 204: None}, errors=(404, 409), parameters=[SLUG])
begin = call("begin_attempt", {200: STANDING}, errors=(404, 409), parameters=[SLUG])
qualification = call("read_qualification", {200: STANDING}, errors=(404,), parameters=[SLUG])
one_claim = call("read_claim", {200: CLAIM}, errors=(404,), parameters=[CLAIM_ID])
judgement = call(
    "judge",
    {200: thing("next revealed", next=NEXT, revealed=ANYTHING, surplus=YES_NO)},
    errors=(400, 404, 409, 413, 422),
    parameters=[CLAIM_ID, KEY],
    request=body({**JUDGED, "required": ["choice", "confidence", "reason"]}),
)
verdict = call(
    "decide",
    {200: thing("next changed", next=NEXT, changed=YES_NO, surplus=YES_NO)},
    errors=(400, 404, 409, 413, 422),
    parameters=[CLAIM_ID, KEY],
    request=body(OPINION),
)
abandon = call(
    "abandon",
    {200: thing("*", stage=TEXT)},
    errors=(400, 404, 409, 422),
    parameters=[CLAIM_ID],
    request=body(thing("*", cause={"type": "string", "maxLength": 40, "description": f"such as {', '.join(CAUSES)}"})),
)
renew = call("renew", {200: thing("*", expires=TIME)}, errors=(404, 410), parameters=[CLAIM_ID])
NOW_CORRECTED = thing(
    "*",
    attributes=maybe(ATTRIBUTES),
    corrected=CORRECTED,
    wanted=many(TEXT),
    rules=many(TEXT),
    corrections=many(CORRECTION),
)
corrections = call("list_corrections", {200: NOW_CORRECTED}, errors=(404,), parameters=[CLAIM_ID])
correct = call(
    "correct",
    {200: NOW_CORRECTED},
    errors=(400, 404, 409, 410, 413, 422),
    parameters=[CLAIM_ID],
    request=body(thing("*", attributes=thing("", **CLOSED_ATTRIBUTES, **dict.fromkeys(FREE, TEXT)))),
)
runs = call(
    "list_runs",
    {200: thing("*", runs=many(RUN), ahead=many(RUN), blocks=many(BLOCK), search=many(TEXT), assistant=YES_NO)},
    errors=(404,),
    parameters=[CLAIM_ID],
)
ask_tool = call(
    "ask_tool",
    {201: RUN},
    errors=(400, 404, 410, 413, 422),
    parameters=[CLAIM_ID],
    request=body(thing("*", kind=KIND, input=TOOL_INPUT)),
)
pairs = call(
    "import_pairs",
    {200: IMPORTED},
    errors=(404, 422),
    parameters=[SLUG, OpenApiParameter("Content-Encoding", str, OpenApiParameter.HEADER, enum=["gzip", "zstd"])],
    request={"application/x-ndjson": {"type": "string", "description": "one pair a line (docs/import.md)"}},
)
gold = call(
    "stream_gold",
    {(200, "application/x-ndjson"): GOLD},
    errors=(404, 422),
    parameters=[SLUG, AFTER, STRATA],
)
stats = call("stats", {200: STATS}, errors=(404,), parameters=[SLUG])
protocols = call("list_protocols", {200: thing("*", protocols=many(PROTOCOL))}, errors=(404,), parameters=[SLUG])
write_protocol = call(
    "write_protocol",
    {201: PROTOCOL, 200: PROTOCOL},
    errors=(400, 404, 409, 413, 422),
    parameters=[SLUG],
    request=body(
        thing(
            "text",
            text=TEXT,
            rules=RULES,
            attestation=TEXT,
            after={**WHOLE, "description": "the id of the newest version that the writer read"},
        )
    ),
)
force_protocol = call(
    "force_protocol",
    {200: PROTOCOL},
    errors=(400, 404, 409, 422),
    parameters=[SLUG, PROTOCOL_ID],
    request=body(thing(instead_of={**WHOLE, "description": "the id of the version that was read as in force"})),
)
releases = call("list_releases", {200: thing("*", releases=many(RELEASE))}, errors=(404,), parameters=[SLUG])
ask = call(
    "freeze_release",
    {201: RELEASE},
    errors=(400, 404, 409, 422),
    parameters=[SLUG],
    request=body(thing("*", version={"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$"})),
)
one_release = call("read_release", {200: RELEASE}, errors=(404,), parameters=[RELEASE_ID])
BYTES: Schema = {"type": "string", "format": "binary"}
release_file = call(
    "read_release_file",
    {
        (200, "application/octet-stream"): BYTES,
        (206, "application/octet-stream"): BYTES,
        304: None,
        416: None,
    },
    errors=(404,),
    parameters=[RELEASE_ID, NAME, RANGE, NONE_MATCH],
)
