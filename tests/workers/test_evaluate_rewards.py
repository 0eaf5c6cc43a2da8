"""`manage.py evaluate_rewards`: figures without a database and, with --scores, without torch."""

import json
import os
import re
import subprocess
import sys
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotate.models import BenchmarkResult
from tests.cast import make_cast
from tests.curation.benchmarks.small import Row, write
from tests.workers.engines import tiny

ROOT = Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def evaluate(*arguments: object) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("evaluate_rewards", *map(str, arguments), stdout=out, stderr=err, verbosity=0)
    return out.getvalue(), err.getvalue()


def refused(*arguments: object) -> str:
    with pytest.raises(CommandError) as error:
        evaluate(*arguments)
    return str(error.value)


def four(id: str, prompt: str) -> Row:
    return {
        "id": id, "prompt": prompt, "chosen": [f"{prompt} yes"], "rejected": ["no", "perhaps not at all", "never " * 9],
        "num_correct": 1, "subset": "Factuality",
    }  # fmt: skip


def best(uid: str, losers: int) -> Row:
    conversation = [{"role": "user", "content": f"Ask {uid}"}, {"role": "assistant", "content": "Hm"}]
    return {
        "bon_uid": uid, "conversation_input": [*conversation, {"role": "user", "content": "Well?"}],
        "bon_best": {"answer": "The best"}, "loser_list": [{"answer": f"Loser {n}" * n} for n in range(losers)],
        "category_path": "BoN_set/Harmlessness/S1",
    }  # fmt: skip


def test_the_example_of_the_docs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = (ROOT / "docs" / "benchmarks.md").read_text()
    blocks = dict(BLOCK.findall(page))
    assert set(blocks) == {"pairs.jsonl", "scores.jsonl", "told", "printed", "verdicts.jsonl", "judged"}
    for name in ("pairs.jsonl", "scores.jsonl", "verdicts.jsonl"):
        (tmp_path / name).write_text(blocks[name])
    monkeypatch.chdir(tmp_path)
    lines = [line.split()[2:] for line in re.findall(r"^    (python manage\.py .*)$", page, re.MULTILINE)]
    assert len(lines) == 3
    for line, wanted in zip(lines, ("told", "printed", "judged"), strict=True):
        out = StringIO()
        call_command(*line, stdout=out, stderr=StringIO())
        assert out.getvalue() == blocks[wanted], line


def test_details_and_notes(tmp_path: Path) -> None:
    data = write(tmp_path / "d.jsonl", [four("a", "p"), four("b", "q")])
    scores = write(tmp_path / "s.jsonl", [{"id": "a", "scores": [2, 1, 0, 0]}, {"id": "b", "scores": [1, 1, 0, 0]}])
    out, err = evaluate("rewardbench2", data, "--scores", scores, "--json", "--details")
    told = json.loads(out)
    assert {key: told[key] for key in ("n", "overall", "macro", "ties", "subsets")} == {
        "n": 2, "overall": 75.0, "macro": 75.0, "ties": 1, "subsets": {"Factuality": 75.0},
    }  # fmt: skip
    assert told["official"] == told["mean"] == "mean of the six subsets"
    assert (
        told["notes"]
        == err.splitlines()
        == ["No data for Precise IF, Math, Safety, Focus, Ties: the total is of the rest alone."]
    )
    plain, _ = evaluate("rewardbench2", data, "--scores", scores)
    assert plain == (
        "RewardBench 2: 2 items, 1 comparisons with equal scores\n"
        "official: mean of the six subsets   75.00\n"
        "  Factuality                        75.00\n"
    )


def test_a_model_scores_every_response_once_and_its_file_gives_the_same_figures(tmp_path: Path) -> None:
    """Odd and even numbers of responses; each score is the model's own of that response alone."""
    model = tiny.reward_model(tmp_path / "model", shape="llama", bos=True)
    data = write(tmp_path / "S1.json", [best("1", 2), best("2", 3), best("3", 4)])
    saved = tmp_path / "scores.jsonl"
    told, _ = evaluate("rmb", data, "--model", model, "--save", saved, "--json")
    again, _ = evaluate("rmb", data, "--scores", saved, "--json")
    assert told == again
    lines = [json.loads(line) for line in saved.read_text().splitlines()]
    assert [(line["id"], len(line["scores"])) for line in lines] == [("1", 3), ("2", 4), ("3", 5)]
    for line, row in zip(lines, json.loads(data.read_text()), strict=True):
        answers = [row["bon_best"], *row["loser_list"]]
        alone = [score(model, [*row["conversation_input"], said(one["answer"])]) for one in answers]
        assert line["scores"] == pytest.approx(alone, abs=1e-4)
        assert len(set(line["scores"])) == len(answers)


def said(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def score(folder: Path, messages: list[dict[str, str]]) -> float:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder, num_labels=1, dtype=torch.float32)
    plain = [{"role": one["role"], "content": one["content"]} for one in messages]
    text = tokenizer.apply_chat_template(plain, tokenize=False).removeprefix(tokenizer.bos_token)
    with torch.no_grad():
        return float(network(**tokenizer(text, return_tensors="pt")).logits[0][0])


def test_one_response_that_cannot_be_scored_leaves_no_figure(tmp_path: Path) -> None:
    data = write(tmp_path / "d.jsonl", [four("a", "p"), four("b", "please fail here")])
    why = refused("rewardbench2", data, "--model", "fake:", "--save", tmp_path / "s.jsonl")
    assert why == f"{data}, row 2: 'b' cannot be scored: The conversation says that it fails."
    assert not (tmp_path / "s.jsonl").exists()
    no_text = write(tmp_path / "n.jsonl", [four("a", "p") | {"chosen": [None]}])
    assert "row 1: chosen holds something that is no text" in refused("rewardbench2", no_text, "--model", "fake:")


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    data = write(tmp_path / "d.jsonl", [four("a", "p")])
    scores = write(tmp_path / "s.jsonl", [{"id": "a", "scores": [1, 2]}])
    assert refused("rewardbench2", data, "--scores", scores) == f"{scores}, line 1: 2 scores, but 'a' has 4 responses"
    assert "There is no benchmark 'glue'" in refused("glue", data, "--scores", scores)
    assert "there is no such file" in refused("rmb", tmp_path / "no", "--scores", scores)
    assert refused("rewardbench2", data, "--model", "fake:missing") == "ModelMissing: There is no model fake:missing."
    assert "publishes no rule for verdicts" in refused(
        "rewardbench2", data, "--verdicts", write(tmp_path / "v.jsonl", [{"id": "a", "verdicts": ["A>B"]}])
    )
    assert "--save keeps what --model scored" in refused("rewardbench2", data, "--scores", scores, "--save", "x")
    assert "There is no folder for" in refused(
        "rewardbench2", data, "--model", "fake:", "--save", tmp_path / "no" / "s.jsonl"
    )
    assert "one of the arguments --scores --verdicts --model is required" in refused("rewardbench2", data)


PROBE = """
import sys
from django.core.management import execute_from_command_line
execute_from_command_line(["manage.py", "evaluate_rewards", *sys.argv[1:]])
sys.exit(f"imported: {heavy}" if (heavy := {"torch", "transformers"} & set(sys.modules)) else 0)
"""


def test_scores_need_neither_torch_nor_a_database(tmp_path: Path) -> None:
    data = write(tmp_path / "d.jsonl", [four("a", "p")])
    scores = write(tmp_path / "s.jsonl", [{"id": "a", "scores": [1, 0, 0, 0]}])
    environment: dict[str, Any] = {"ASSAY_HOME": str(tmp_path / "home"), "DJANGO_SETTINGS_MODULE": "config.settings"}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, "rewardbench2", data, "--scores", scores, "--json"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["overall"] == 100.0
    assert [path.name for path in (tmp_path / "home").rglob("*.sqlite3*")] == []


@pytest.mark.django_db
def test_a_result_is_recorded_where_that_is_asked_for(tmp_path: Path) -> None:
    cast = make_cast()
    data = write(tmp_path / "d.jsonl", [four("a", "p")])
    scores = write(tmp_path / "our-rm.jsonl", [{"id": "a", "scores": [1, 0, 0, 0]}])
    _, err = evaluate("rewardbench2", data, "--scores", scores, "--json", "--record", "--by", "mira")
    result = BenchmarkResult.objects.get()
    assert err.splitlines()[-1] == f"Recorded as result {result.pk} of our-rm."
    assert (result.benchmark, result.model, result.answered, result.n) == ("rewardbench2", "our-rm", "scores", 1)
    assert (result.overall, result.complete, result.recorded_by) == (100.0, False, cast.mira)
    assert result.data == sha256(data.read_bytes()).hexdigest()
    assert result.answers == sha256(scores.read_bytes()).hexdigest()
    assert result.report["missing"] == ["Precise IF", "Math", "Safety", "Focus", "Ties"]
    assert "recorded already" in refused("rewardbench2", data, "--scores", scores, "--record")
    evaluate("rewardbench2", data, "--model", "fake:", "--record", "fake-rm", "--save", tmp_path / "s.jsonl")
    made = BenchmarkResult.objects.latest("pk")
    assert (made.model, made.revision, made.answered) == ("fake-rm", "1", "model")
    assert made.answers == sha256((tmp_path / "s.jsonl").read_bytes()).hexdigest()
    assert "nobody named" in refused("rewardbench2", data, "--scores", scores, "--record", "x", "--by", "zoe")
    assert "give --record" in refused("rewardbench2", data, "--scores", scores, "--by", "mira")
