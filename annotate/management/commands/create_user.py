"""Make a person, or bring one up to date: role, password, token."""

import json
import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_slug
from django.db import transaction

from annotate.domain import campaigns, tokens
from annotate.domain.errors import DomainError
from annotate.models import User
from annotate.models.campaign import Role

GENERATE = ""


class Command(BaseCommand):
    help = "Make a person with a role in a campaign (made where missing); one who exists is brought up to date."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME")
        parser.add_argument("--role", required=True, choices=Role.values)
        parser.add_argument("--campaign", required=True, metavar="SLUG")
        parser.add_argument(
            "--token",
            nargs="+",
            action="extend",
            default=[],
            metavar="SCOPE",
            help=f"print a new API token, once, with these scopes: {', '.join(tokens.SCOPES)}",
        )
        parser.add_argument("--days", type=int, default=tokens.DAYS, help=f"how long the token holds ({tokens.DAYS})")
        parser.add_argument(
            "--password",
            nargs="?",
            const=GENERATE,
            metavar="TEXT",
            help="for signing in to the pages; without a TEXT one is made and printed. Without it, no sign-in",
        )
        parser.add_argument("--email", default="")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_slug(options["campaign"])
            made = self._make(options)
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from None
        except DomainError as error:
            raise CommandError(error.message) from None
        if options["json"]:
            self.stdout.write(json.dumps(made))
            return
        for name, value in made.items():
            self.stdout.write(f"{name}: {value}")

    @transaction.atomic
    def _make(self, options: dict[str, Any]) -> dict[str, str]:
        campaign = campaigns.get_or_create_campaign(slug=options["campaign"])
        user = _user(options["name"], options["email"])
        made = {"user": user.username, "campaign": campaign.slug, "role": options["role"]}
        if options["password"] is not None:
            made["password"] = _set_password(user, options["password"])
        campaigns.join(campaign=campaign, user=user, role=options["role"])
        if scopes := [scope for word in options["token"] for scope in word.replace(",", " ").split()]:
            made["token"] = tokens.issue(user=user, scopes=scopes, days=options["days"], name="create_user")
        return made


def _user(name: str, email: str) -> User:
    if user := User.objects.filter(username=name).first():
        return user
    user = User(username=name, email=email)
    user.set_unusable_password()
    user.full_clean()
    user.save()
    return user


def _set_password(user: User, given: str) -> str:
    password = given or secrets.token_urlsafe(12)
    user.set_password(password)
    user.save(update_fields=["password"])
    return password
