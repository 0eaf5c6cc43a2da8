"""Run recorded runs of tools again, and say whether the same came of them."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotate.domain import opinions, replaying
from annotate.domain.replaying import Recorded
from workers.running import again

WIDTH = 12  # of a SHA-256 where people read it


class Command(BaseCommand):
    help = "Run recorded inputs of tools again and compare SHA-256s. Ends with status 1 where any differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--campaign", metavar="SLUG", help="runs of its pairs; of all campaigns without it")
        parser.add_argument("--run", type=int, metavar="ID", help="one run alone")
        parser.add_argument("--json", action="store_true", help="one JSON document with every run")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["campaign"] and opinions.named(options["campaign"]) is None:
            raise CommandError(f"There is no campaign {options['campaign']!r}.")
        found = []
        for run in replaying.recorded(campaign=options["campaign"], run_id=options["run"]):
            found.append(self._replay(run))
            if not options["json"]:
                self.stdout.write(self._line(found[-1]))
        if options["run"] and not found:
            raise CommandError(f"There is no finished run {options['run']}.")
        counts = {said: sum(one["replay"] == said for one in found) for said in ("equal", "different", "not again")}
        if options["json"]:
            self.stdout.write(json.dumps({**counts, "runs": found}, ensure_ascii=False, indent=1))
        else:
            self.stdout.write(", ".join(f"{count} {said}" for said, count in counts.items()))
        if counts["different"]:
            raise CommandError("Not all runs came to the same.", returncode=1)

    def _replay(self, run: Recorded) -> dict[str, Any]:
        shown: dict[str, Any] = {"run": run.run_id, "pair": run.pair_id, "name": run.name, "kind": run.kind}
        shown["recorded"] = run.sha256
        if run.not_again:
            return shown | {"replay": "not again", "why": run.not_again}
        outcome = again(kind=run.kind, input=run.input, campaign_id=run.campaign_id)
        sha256, differs = replaying.compare(
            run=run,
            status=outcome.status,
            output=outcome.output,
            version=outcome.version,
            environment=outcome.environment,
        )
        same = "equal" if sha256 == run.sha256 else "different"
        return shown | {"replay": same, "now": sha256, "differs": differs}

    def _line(self, one: dict[str, Any]) -> str:
        what = f"run {one['run']} ({one['kind']}, {one['name']} of pair {one['pair']})"
        if one["replay"] == "not again":
            return f"not again  {what}: {one['why']}"
        if one["replay"] == "equal":
            return f"equal      {what} {one['now'][:WIDTH]}"
        return f"different  {what} {one['recorded'][:WIDTH]} now {one['now'][:WIDTH]}: {', '.join(one['differs'])}"
