"""Tools over HTTP."""

from typing import Any

import pytest

from annotate.domain import citing, preparing
from annotate.domain import running as runs
from tests import model_server
from tests.api.calls import JUDGEMENT, Api
from tests.cast import ATTRIBUTES, make_assistance, make_cast, make_document, make_pair
from workers import running

pytestmark = pytest.mark.django_db
MATHS = {"kind": "maths", "input": {"expression": "1 + 1 = 2"}}


def test_a_run_is_asked_for_read_and_cited() -> None:
    cast = make_cast()
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES, engine="imported")
    api = Api(cast.ana, "annotate")
    own = api.post("campaigns/bench/claims").json()["id"]
    refused = api.post(f"claims/{own}/judgement", JUDGEMENT)
    assert (refused.status_code, refused.json()["fields"]) == (422, {"evidence": str(citing.MISSING["maths"])})
    asked = api.post(f"claims/{own}/tools", MATHS)
    assert (asked.status_code, asked.json()["status"], asked.json()["number"]) == (201, "waiting", 1)
    cited = JUDGEMENT | {"evidence": [asked.json()["id"]]}
    assert api.post(f"claims/{own}/judgement", cited).status_code == 422
    work = runs.lease()
    assert work is not None
    runs.record(work=work, status="finished", output={"holds": True}, version="v1")
    run = api.get(f"claims/{own}/tools").json()["runs"][0]
    assert (run["status"], run["output"], len(run["sha256"])) == ("finished", {"holds": True}, 64)
    assert api.post(f"claims/{own}/judgement", cited).status_code == 200
    assert api.get(f"claims/{own}").json()["judgement"]["evidence"] == [run["id"]]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kind": "maths"},
        {"kind": 1, "input": {}},
        {"kind": "ouija", "input": {}},
        {"kind": "search", "input": {}},
        {"kind": "code", "input": {}},
    ],
)
def test_what_is_no_run_is_refused(body: dict[str, object]) -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    api = Api(cast.ana)
    own = api.post("campaigns/bench/claims").json()["id"]
    assert api.post(f"claims/{own}/tools", body).status_code == 422


def test_a_factual_pair_needs_a_search_that_was_made() -> None:
    cast = make_cast()
    make_document(cast.campaign, text="The year 2100 will be no leap year.")
    facts = ATTRIBUTES | {"task_category": "information seeking"}
    make_assistance(make_pair(cast.campaign), "attributes", facts, engine="imported")
    api = Api(cast.ana, "annotate")
    own = api.post("campaigns/bench/claims").json()["id"]
    refused = api.post(f"claims/{own}/judgement", JUDGEMENT)
    assert (refused.status_code, refused.json()["fields"]) == (422, {"evidence": citing.MISSING["search"]})
    assert api.get(f"claims/{own}/tools").json()["search"] == ["documents"]
    web = api.post(f"claims/{own}/tools", {"kind": "search", "input": {"query": "2100", "where": "web"}})
    local = api.post(f"claims/{own}/tools", {"kind": "search", "input": {"query": "is 2100 a leap year?"}})
    assert (web.status_code, local.json()["input"]["where"]) == (201, "documents")
    assert running.run_one()
    assert api.post(f"claims/{own}/judgement", JUDGEMENT).status_code == 422, "what was refused satisfies nothing"
    assert running.run_one()
    one, other = api.get(f"claims/{own}/tools").json()["runs"]
    assert (one["status"], other["status"]) == ("refused", "finished")
    assert [result["snippet"] for result in other["output"]["results"]] == ["The year 2100 will be no leap year."]
    assert other["finished"]
    assert api.post(f"claims/{own}/judgement", JUDGEMENT | {"evidence": [other["id"]]}).status_code == 200


def test_what_ran_ahead_is_listed_and_cited_by_its_id() -> None:
    cast = make_cast()
    code = [{"role": "assistant", "content": "```python\nprint(1)\n```"}]
    pair = make_pair(cast.campaign, response_a=code)
    coding = ATTRIBUTES | {"task_category": "coding & debugging"}
    make_assistance(pair, "attributes", coding, engine="imported")
    preparing.want(pair_id=pair.pk, attributes=coding)
    api = Api(cast.ana, "annotate")
    own = api.post("campaigns/bench/claims").json()["id"]
    ahead = api.get(f"claims/{own}/tools").json()["ahead"]
    assert [(run["name"], run["status"], run["adopts"]) for run in ahead] == [("P1", "waiting", "")]
    cited = JUDGEMENT | {"evidence": [ahead[0]["id"]]}
    assert api.post(f"claims/{own}/judgement", cited).status_code == 422, "it has not run yet"
    work = runs.lease()
    assert work is not None
    runs.record(work=work, status="finished", output={"stdout": "1\n"}, version="v1")
    assert api.post(f"claims/{own}/judgement", JUDGEMENT).status_code == 422, "nobody cited it"
    assert api.post(f"claims/{own}/judgement", cited).status_code == 200
    listed = api.get(f"claims/{own}/tools").json()
    assert [(run["name"], run["adopts"]) for run in listed["runs"]] == [("E1", "P1")]
    assert listed["ahead"] == []
    assert api.get(f"claims/{own}").json()["judgement"]["evidence"] == [listed["runs"][0]["id"]]


def test_the_runs_of_somebody_else_are_missing() -> None:
    cast = make_cast()
    make_pair(cast.campaign)
    own = Api(cast.ana).post("campaigns/bench/claims").json()["id"]
    for user in (cast.ben, cast.rita, cast.mira, cast.stranger):
        assert Api(user).get(f"claims/{own}/tools").status_code == 404
        assert Api(user).post(f"claims/{own}/tools", MATHS).status_code == 404


LLM = {"kind": "llm", "input": {"question": "Which is right?", "with": "conversation left right"}}


@pytest.mark.parametrize(
    ("category", "kind"), [("coding & debugging", "code"), ("math", "maths"), ("information seeking", "search")]
)
def test_an_answer_of_a_model_is_evidence_and_never_enough(category: str, kind: str, settings: Any) -> None:
    cast = make_cast()
    make_document(cast.campaign)
    make_assistance(make_pair(cast.campaign), "attributes", ATTRIBUTES | {"task_category": category}, engine="imported")
    api = Api(cast.ana, "annotate")
    own = api.post("campaigns/bench/claims").json()["id"]
    assert api.get(f"claims/{own}/tools").json()["assistant"] is False
    assert api.post(f"claims/{own}/tools", LLM).json()["fields"] == {"kind": "no assistant is set up here"}
    with model_server.serving(model_server.Model(model_server.says("The left ", "one."))) as model:
        settings.ASSISTANT_URL, settings.ASSISTANT_MODEL = model.url, "some/model"
        assert api.get(f"claims/{own}/tools").json()["assistant"] is True
        asked = api.post(f"claims/{own}/tools", LLM)
        assert (asked.status_code, asked.json()["status"]) == (201, "waiting")
        assert api.post(f"claims/{own}/tools", LLM).json()["fields"] == {"kind": "one at a time"}
        work = running.lease_question()
        assert work is not None
        running.answer(work)
    run = api.get(f"claims/{own}/tools").json()["runs"][0]
    assert (run["status"], run["output"]["answer"]) == ("finished", "The left one.")
    assert run["input"]["with"] == ["conversation", "left", "right"]
    for evidence in ([], [run["id"]]):
        refused = api.post(f"claims/{own}/judgement", JUDGEMENT | {"evidence": evidence})
        assert (refused.status_code, refused.json()["fields"]) == (422, {"evidence": str(citing.MISSING[kind])})
    given = {"code": {"language": "python", "code": "1"}, "maths": {"expression": "1"}, "search": {"query": "leap"}}
    api.post(f"claims/{own}/tools", {"kind": kind, "input": given[kind]})
    done = runs.lease()
    assert done is not None
    runs.record(work=done, status="finished", output={})
    assert api.post(f"claims/{own}/judgement", JUDGEMENT | {"evidence": [run["id"]]}).status_code == 200


@pytest.mark.parametrize(
    ("input", "field"),
    [({}, "question"), ({"question": "x", "with": "reveal"}, "with"), ({"question": "x", "with": ["left"]}, "with")],
)
def test_what_is_no_question_is_refused(input: dict[str, object], field: str, settings: Any) -> None:
    settings.ASSISTANT_URL, settings.ASSISTANT_MODEL = "http://127.0.0.1:1", "m"
    cast = make_cast()
    make_pair(cast.campaign)
    api = Api(cast.ana)
    own = api.post("campaigns/bench/claims").json()["id"]
    refused = api.post(f"claims/{own}/tools", {"kind": "llm", "input": input})
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {field})
