"""Compute a campaign's model assistance here and now, with a progress bar: of this database, or of another Assay's."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm

from annotate.domain import assistance, judges, progress, wanting
from annotate.domain.campaigns import get_or_create_campaign
from workers.draining import drain
from workers.helping import Helper
from workers.remote import Refused, Server
from workers.stopping import Stopped


class Command(BaseCommand):
    help = "Compute model assistance in the foreground; Ctrl-C gives rows back, run again it goes on where it was."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--campaign", required=True, metavar="SLUG")
        parser.add_argument("--kind", choices=list(settings.ASSISTANCE_MODELS), help="one kind; all of them without it")
        parser.add_argument("--anew", action="store_true", help="compute it anew, beside what is there; needs --kind")
        parser.add_argument("--remote", metavar="URL", help="help the Assay there over its API; no database is touched")
        parser.add_argument("--token-file", metavar="FILE", help="with --remote: holds a token with the scope assist")
        parser.add_argument("--stay", action="store_true", help="with --remote: wait for more work until told to stop")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remote"]:
            self._help(options)
            return
        if options["anew"] and not options["kind"]:
            raise CommandError("--anew needs --kind: say what is to be computed anew.")
        campaign = get_or_create_campaign(slug=options["campaign"])
        if options["anew"]:
            wanting.want_anew(campaign=campaign, kind=options["kind"], actor=None)
        kinds = [options["kind"]] if options["kind"] else assistance.in_turn(settings.ASSISTANCE_KINDS)
        problems: list[str] = []
        try:
            for kind in kinds:
                problems += self._work(campaign, kind, quiet=options["verbosity"] == 0)
        except KeyboardInterrupt:
            raise CommandError("Stopped. What was recorded stays; the rest waits for the next time.") from None
        if problems:
            raise CommandError("\n".join(problems))

    def _help(self, options: dict[str, Any]) -> None:
        """Of the kinds that are due there, with the models of the settings here."""
        if options["anew"] or not options["token_file"]:
            raise CommandError("--remote needs --token-file, and computes nothing anew.")
        token = Path(options["token_file"]).read_text().strip()
        kinds = [options["kind"]] if options["kind"] else settings.ASSISTANCE_KINDS
        server = Server(options["remote"], token=token, campaign=options["campaign"])
        helper = Helper(server, kinds, quiet=options["verbosity"] == 0)
        try:
            helper.work(stay=options["stay"])
        except Stopped:
            self.stdout.write("Stopped. What was returned stays; the rest went back.")
        except Refused as error:
            raise CommandError(str(error)) from None
        finally:
            for kind, drained in helper.done.items():
                self.stdout.write(f"{kind}: {drained.done} done, {drained.failed} failed, {drained.lost} lost")
        if problems := [f"{kind}: {drained.error}" for kind, drained in helper.done.items() if drained.error]:
            raise CommandError("\n".join(problems))

    def _work(self, campaign: Any, kind: str, *, quiet: bool) -> list[str]:
        """Want the kind for every pair, do all that is due, and say what stayed undone."""
        wanting.want(campaign=campaign, kind=kind)
        total = progress.to_do(kind=kind, campaign=campaign)
        error = ""
        with tqdm(total=total, unit=" pairs", desc=kind, disable=quiet) as bar:
            while assistance.is_due(kind=kind, campaign=campaign):
                drained = drain(kind=kind, campaign=campaign)
                bar.update(drained.done)
                error = error or drained.error
                if not (drained.done or drained.failed):
                    break
        progress.fold()
        return self._tell(campaign, kind, error)

    def _tell(self, campaign: Any, kind: str, error: str) -> list[str]:
        counts = progress.progress(campaign=campaign).get(kind, {})
        waiting = counts.get("wanted", 0) + counts.get("leased", 0)
        self.stdout.write(f"{kind}: {counts.get('done', 0)} done, {waiting} waiting, {counts.get('parked', 0)} parked")
        if waiting and not error and kind in assistance.AFTER:
            self.stdout.write(f"{kind}: pairs wait for {' and '.join(assistance.AFTER[kind])} first")
        if kind == "judge":
            self._tell_bias(campaign)
        return [f"{kind}: {error}"] if error else []

    def _tell_bias(self, campaign: Any) -> None:
        for one in judges.bias(campaign=campaign):
            if one["clear"]:
                self.stdout.write(
                    f"judge {one['engine']} ({one['model']}): the candidate that stood first won {one['first']} of "
                    f"{one['clear']} clear verdicts, {one['share']:.0%}"
                )
