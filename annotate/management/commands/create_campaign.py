"""Make a campaign."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_slug

from annotate.domain.campaigns import create_campaign
from annotate.domain.errors import DomainError
from annotate.models.campaign import RevealPolicy


class Command(BaseCommand):
    help = "Make a campaign under the default protocol."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="its name in addresses: letters, digits, - and _")
        parser.add_argument("--name", default="", help="its name for people (default: the slug)")
        parser.add_argument("--overlap", type=int, default=2, metavar="N", help="people a pair, 1 to 9 (2)")
        parser.add_argument(
            "--reveal",
            choices=RevealPolicy.values,
            default=RevealPolicy.ALWAYS.value,
            help="when the assistance's verdicts are shown after the judgement (always)",
        )
        parser.add_argument("--lease-minutes", type=int, default=30, metavar="N", help="how long a claim holds (30)")

    def handle(self, *args: Any, **options: Any) -> None:
        fields = ("slug", "name", "overlap", "reveal", "lease_minutes")
        try:
            validate_slug(options["slug"])
            campaign = create_campaign(**{name: options[name] for name in fields})
        except ValidationError:
            raise CommandError(f"{options['slug']!r} is no slug: letters, digits, - and _ only") from None
        except DomainError as error:
            raise CommandError("; ".join([error.message, *(f"{k}: {v}" for k, v in error.fields.items())])) from None
        self.stdout.write(f"{campaign.slug}: overlap {campaign.overlap}, reveal {campaign.reveal}")
