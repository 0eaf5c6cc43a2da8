"""How well people agree, of a campaign or of any file of votes."""

import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from annotate.domain import opinions
from curation.agreement.reading import BadFile, read_truth, read_votes

FEW_PAIRS = 10


class Command(BaseCommand):
    help = "Agreement between people (percent, Cohen, Fleiss, Krippendorff, Gwet), majority and Dawid-Skene."

    def add_arguments(self, parser: CommandParser) -> None:
        source = parser.add_mutually_exclusive_group(required=True)
        source.add_argument("--campaign", metavar="SLUG", help="judgements before any reveal, and verdicts")
        source.add_argument("--votes", type=Path, metavar="FILE", help="CSV with the columns task,worker,label")
        parser.add_argument(
            "--truth", type=Path, metavar="FILE", help="CSV with task,label; in a campaign tasks are pair ids"
        )
        parser.add_argument("--difficulty", action="store_true", help="also GLAD: ability and difficulty; slow")
        parser.add_argument("--json", action="store_true", help="all figures as one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            truth = read_truth(options["truth"]) if options["truth"] else None
            found = self._of_file(truth, options) if options["votes"] else self._of_campaign(truth, options)
        except BadFile as error:
            raise CommandError(str(error)) from None
        if options["json"]:
            self.stdout.write(json.dumps(found, indent=1, ensure_ascii=False, allow_nan=False))
            return
        self._tell(found)
        if found.get("verdicts"):
            self.stdout.write("\nVerdicts, after the reveal:")
            self._tell(found["verdicts"])

    def _of_file(self, truth: Mapping[str, str] | None, options: dict[str, Any]) -> dict[str, Any]:
        from workers.agreement import of_votes

        votes = read_votes(options["votes"])
        if truth is not None:
            self._check(truth, tasks=votes.tasks, labels=votes.labels)
        return of_votes(votes, truth, difficulty=options["difficulty"])

    def _of_campaign(self, truth: Mapping[str, str] | None, options: dict[str, Any]) -> dict[str, Any]:
        from workers.agreement import of_opinions

        campaign = opinions.named(options["campaign"])
        if campaign is None:
            raise CommandError(f"There is no campaign {options['campaign']!r}.")
        said = list(opinions.of_campaign(campaign=campaign, fact="judgements"))
        if truth is not None:
            self._check(truth, tasks={str(one.pair_id) for one in said}, labels={one.choice for one in said})
        found = of_opinions(said, truth, difficulty=options["difficulty"])
        if found is None:
            raise CommandError(f"Nobody has judged a pair of {campaign.slug} yet.")
        verdicts = opinions.of_campaign(campaign=campaign, fact="verdicts")
        return found | {"verdicts": of_opinions(verdicts, truth, difficulty=options["difficulty"])}

    def _check(self, truth: Mapping[str, str], *, tasks: Any, labels: Any) -> None:
        """Refuse a truth of other tasks; say it where labels are spelt otherwise."""
        known = truth.keys() & set(tasks)
        if not known:
            raise CommandError("No task of the truth has a vote: are the tasks named the same in both?")
        if strange := sorted({truth[task] for task in known} - set(labels)):
            self.stderr.write(f"Labels of the truth that nobody gave: {', '.join(strange[:10])}")

    def _tell(self, found: dict[str, Any]) -> None:
        """Figures a line, with their intervals."""
        limits = found["intervals"]
        self.stdout.write(f"{found['tasks']} tasks, {found['workers']} workers, {found['votes']} votes")
        self._line("percent agreement", found["percent_agreement"], limits["percent_agreement"])
        self._line("Fleiss' kappa", found["fleiss_kappa"], [None, None])
        self._line("Fleiss, missing cells", found["fleiss_generalised"], limits["fleiss_generalised"])
        self._line("Krippendorff's alpha", found["krippendorff_alpha"]["nominal"], limits["krippendorff_alpha"])
        self._line("Gwet's AC1", found["gwet_ac1"], limits["gwet_ac1"])
        self._line("Brennan-Prediger", found["brennan_prediger"], limits["brennan_prediger"])
        if ordinal := found.get("ordinal"):
            alpha, ac2 = ordinal["krippendorff_alpha"], ordinal["gwet_ac2"]
            self._line("alpha on signed strength", alpha["ordinal"], [alpha["low"], alpha["high"]])
            self._line("AC2 on signed strength", ac2["value"], [ac2["low"], ac2["high"]])
        own = found["self_agreement"]
        if own["repeated"]:
            self._line(f"self-agreement ({own['repeated']} repeated)", own["value"], [own["low"], own["high"]])
        self._people(found["cohen_kappa"] or {}, limits["cohen_kappa"])
        self._shares("majority", found["majority"]["distribution"], found["majority"]["accuracy"])
        self.stdout.write(f"  ties: {found['majority']['ties']} tasks")
        self._shares("Dawid-Skene", found["dawid_skene"]["class_priors"], found["dawid_skene"]["accuracy"])
        if glad := found.get("glad"):
            self._line("GLAD: accuracy", glad["accuracy"], [None, None])

    def _people(self, kappas: Mapping[str, float | None], limits: Mapping[str, list[float | None]]) -> None:
        """Each two people where they are few, else the middle and both ends."""
        if len(kappas) <= FEW_PAIRS:
            for pair, kappa in kappas.items():
                self._line(f"Cohen's kappa {pair}", kappa, limits[pair])
        elif known := sorted(kappa for kappa in kappas.values() if kappa is not None):
            self.stdout.write(
                f"Cohen's kappa of {len(known)} pairs of people: median {median(known):.4f}, "
                f"lowest {known[0]:.4f}, highest {known[-1]:.4f}; each by --json"
            )

    def _line(self, name: str, value: float | None, limits: list[float | None]) -> None:
        told = "not defined" if value is None else f"{value:.4f}"
        between = "" if None in limits or value is None else f"  ({limits[0]:.4f} to {limits[1]:.4f})"
        self.stdout.write(f"{name:32} {told}{between}")

    def _shares(self, name: str, shares: Mapping[str, float], accuracy: float | None) -> None:
        told = ", ".join(f"{label} {share:.4f}" for label, share in shares.items())
        right = "" if accuracy is None else f"; accuracy {accuracy:.4f}"
        self.stdout.write(f"{name}: {told}{right}")
