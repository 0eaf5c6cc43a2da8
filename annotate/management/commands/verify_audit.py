"""Check that the facts, their audit events, the guards and the release files still fit together."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotate.domain.verification import CHECKS


class Command(BaseCommand):
    help = "Verify the audit trail; prints what was checked and every finding, and exits with 1 where there is one."

    def handle(self, *args: Any, **options: Any) -> None:
        found = 0
        for name, check in CHECKS.items():
            findings = 0
            for finding in check():
                findings += 1
                self.stderr.write(f"  {name}: {finding}")
            found += findings
            self.stdout.write(f"{'ok  ' if not findings else 'FAIL'} {name}" + (f" ({findings})" if findings else ""))
        if found:
            raise CommandError(f"{found} findings.")
        self.stdout.write(f"{len(CHECKS)} checks, no finding.")
