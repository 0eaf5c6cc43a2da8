"""Programs run as they are written, and not at all where there is no sandbox."""

import os
import shutil
from pathlib import Path

import pytest

from tests.workers.tools.boxes import stdout
from workers.tools import FAILED, FINISHED, REFUSED, code, sandbox

pytestmark = pytest.mark.usefixtures("boxed")
PROGRAMS = {
    "python": "import sys\nprint(6 * 7, sys.stdin.read())\nprint('oh', file=sys.stderr)",
    "javascript": "console.log(6 * 7, require('fs').readFileSync(0, 'utf8')); console.error('oh')",
    "shell": "echo $((6 * 7)) $(cat); echo oh >&2",
}


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_program_runs_and_says_what_it_wrote(language: str) -> None:
    outcome = code.run(language, PROGRAMS[language], stdin="in")
    assert (outcome.status, outcome.output["exit"], outcome.output["note"]) == (FINISHED, 0, "")
    assert (stdout(outcome), outcome.output["stderr"]) == ("42 in\n", "oh\n")
    assert outcome.milliseconds > 0
    assert outcome.version
    assert "bubblewrap" in outcome.environment


@pytest.mark.parametrize(
    ("language", "program", "says"),
    [
        ("python", "1 / 0", "ZeroDivisionError"),
        ("javascript", "throw new Error('oh')", "oh"),
        ("shell", "echo oh >&2; exit 3", "oh"),
        ("python", "this is no Python", "SyntaxError"),
    ],
)
def test_a_program_that_fails_is_shown_as_failed(language: str, program: str, says: str) -> None:
    outcome = code.run(language, program)
    assert outcome.status == FAILED
    assert outcome.output["exit"]
    assert says in outcome.output["stderr"]


@pytest.mark.parametrize("language", PROGRAMS)
def test_the_same_again_gives_the_same(language: str) -> None:
    programs = {"python": "print({'b', 'a', 'c'}, hash('x'))\nopen('/tmp/f', 'x')\n1 / 0"}
    program = programs.get(language, PROGRAMS[language])
    first, second = code.run(language, program), code.run(language, program)
    assert first.output == second.output
    assert (first.status, first.version, first.environment) == (second.status, second.version, second.environment)


@pytest.mark.without_sandbox
def test_without_bubblewrap_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name, **_: None if name == "bwrap" else f"/usr/bin/{name}")
    sandbox.version.cache_clear()
    outcome = code.run("python", f"open('{tmp_path}/ran', 'w')")
    sandbox.version.cache_clear()
    assert outcome.status == REFUSED
    assert "bubblewrap is not installed" in outcome.output["note"]
    assert not (tmp_path / "ran").exists()


@pytest.mark.without_sandbox
def test_where_no_namespace_can_be_made_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    fake = tmp_path / "bwrap"
    fake.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2; exit 1\n")
    fake.chmod(0o755)
    tmp_path.chmod(0o755)
    real = shutil.which
    monkeypatch.setattr(shutil, "which", lambda name, **given: str(fake) if name == "bwrap" else real(name, **given))
    monkeypatch.setattr(sandbox, "version", lambda: "bubblewrap 0.0")
    monkeypatch.setattr(sandbox, "NOBODY", os.getuid() or 0)
    outcome = code.run("shell", "echo ran")
    assert outcome.status == REFUSED
    assert "No permissions" in outcome.output["note"]
    assert "stdout" not in outcome.output


@pytest.mark.without_sandbox
def test_a_language_we_have_not_is_refused() -> None:
    assert code.run("perl", "print 1").status == REFUSED


def test_a_program_cannot_pretend_to_be_the_sandbox() -> None:
    outcome = code.run("shell", "echo 'bwrap: no namespace' >&2; echo '{\"exit-code\": 0}' >&4; exit 1")
    assert (outcome.status, outcome.output["exit"]) == (FAILED, 1)
