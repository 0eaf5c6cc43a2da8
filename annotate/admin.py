"""For the operator: every table to look into. What is append-only, or has its rules in the domain, is read-only."""

from typing import TYPE_CHECKING, Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Model
from django.http import HttpRequest

from annotate import models
from annotate.domain import campaigns

admin.site.site_header = admin.site.site_title = "Assay"
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one sign-in, rate-limited
admin.site.enable_nav_sidebar = False

admin.site.register(models.User, UserAdmin)


if TYPE_CHECKING:
    Table = admin.ModelAdmin[Any]
else:
    Table = admin.ModelAdmin


class Facts(Table):
    """Rows to read: nobody adds, changes or deletes one here."""

    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    actions = None

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(models.Campaign)
class CampaignAdmin(Facts):
    list_display = ("slug", "name", "purpose", "overlap", "reveal", "protocol", "created")
    list_select_related = ("protocol",)
    search_fields = ("=id", "slug", "name")


@admin.register(models.Membership)
class MembershipAdmin(Table):
    """Added and changed through the domain, so that the audit knows; never deleted: deactivate the user instead."""

    list_display = ("user", "campaign", "role", "qualified", "created")
    list_select_related = ("user", "campaign")
    list_filter = ("role",)
    search_fields = ("=id", "user__username", "campaign__slug")
    fields = ("campaign", "user", "role")
    autocomplete_fields = ("campaign", "user")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("campaign", "user") if obj else ()

    def save_model(self, request: HttpRequest, obj: models.Membership, form: Any, change: bool) -> None:
        assert isinstance(request.user, models.User)
        obj.pk = campaigns.join(campaign=obj.campaign, user=obj.user, role=obj.role, actor=request.user).pk

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(models.Protocol)
class ProtocolAdmin(Facts):
    """A version is added, never changed: people may have worked under it."""

    list_display = ("name", "version", "created")
    search_fields = ("=id", "name")
    fields = ("name", "version", "text", "rules")

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(request.user.is_superuser)


@admin.register(models.Invitation)
class InvitationAdmin(Facts):
    list_display = ("id", "campaign", "role", "note", "invited_by", "expires", "accepted_by")
    list_select_related = ("campaign", "invited_by", "accepted_by")
    search_fields = ("=id", "note", "campaign__slug")
    exclude = ("digest",)


@admin.register(models.Token)
class TokenAdmin(Facts):
    list_display = ("id", "user", "name", "scopes", "expires", "revoked")
    list_select_related = ("user",)
    search_fields = ("=id", "name", "user__username")
    exclude = ("digest",)


@admin.register(models.Pair)
class PairAdmin(Facts):
    list_display = ("id", "campaign", "source", "source_id", "created")
    list_select_related = ("campaign",)
    search_fields = ("=id", "source_id")
    exclude = ("digest",)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("conversation", "response_a", "response_b", "extra")


@admin.register(models.QueueEntry)
class QueueEntryAdmin(Facts):
    list_display = ("pair_id", "campaign_id", "state", "seats", "free", "lane", "turn")
    search_fields = ("=pair__id",)


@admin.register(models.QueueCursor)
class QueueCursorAdmin(Facts):
    list_display = ("id", "campaign_id", "user_id", "lane", "turn", "pair_id", "swept")
    search_fields = ("=id",)


@admin.register(models.Assistance)
class AssistanceAdmin(Facts):
    list_display = ("id", "pair_id", "kind", "engine", "state", "model", "revision", "attempts", "finished")
    search_fields = ("=id", "=pair__id")
    exclude = ("blob", "lease")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("blob")


@admin.register(models.Claim)
class ClaimAdmin(Facts):
    list_display = (
        "id",
        "pair_id",
        "annotator",
        "seat",
        "round",
        "claimed",
        "expires",
        "finished",
        "abandoned",
        "cause",
    )
    list_select_related = ("annotator",)
    search_fields = ("=id", "=pair__id", "annotator__username")


@admin.register(models.Judgement)
class JudgementAdmin(Facts):
    list_display = ("claim_id", "choice", "strength", "confidence", "surplus", "created")
    search_fields = ("=claim__id", "=claim__pair__id")


@admin.register(models.Reveal)
class RevealAdmin(Facts):
    list_display = ("judgement_id", "digest", "created")
    search_fields = ("=judgement__claim__id", "digest")


@admin.register(models.Verdict)
class VerdictAdmin(Facts):
    list_display = ("judgement_id", "pair_id", "choice", "strength", "changed", "surplus", "policy", "created")
    search_fields = ("=judgement__claim__id", "=pair__id")


@admin.register(models.AttributeCorrection)
class AttributeCorrectionAdmin(Facts):
    list_display = ("id", "claim_id", "attribute", "created")
    search_fields = ("=id", "=claim__id")


@admin.register(models.ToolRun)
class ToolRunAdmin(Facts):
    list_display = ("id", "claim_id", "pair_id", "kind", "number", "state", "status", "milliseconds", "asked")
    search_fields = ("=id", "=claim__id", "=pair__id")
    exclude = ("lease",)


@admin.register(models.KnownAnswer)
class KnownAnswerAdmin(Facts):
    list_display = ("id", "pair_id", "purpose", "choice", "origin", "added_by", "created", "retired")
    list_select_related = ("added_by",)
    search_fields = ("=id", "=pair__id")


@admin.register(models.Attempt)
class AttemptAdmin(Facts):
    list_display = ("id", "campaign", "user", "number", "right", "asked", "percent", "passed", "started", "finished")
    list_select_related = ("campaign", "user")
    search_fields = ("=id", "user__username", "campaign__slug")


@admin.register(models.Prepared)
class PreparedAdmin(Facts):
    list_display = ("campaign_id", "pair_id")
    search_fields = ("=campaign__id",)


@admin.register(models.Document)
class DocumentAdmin(Facts):
    list_display = ("id", "campaign_id", "title", "source", "characters", "created", "retired")
    search_fields = ("=id", "title", "source")
    exclude = ("digest",)


@admin.register(models.Passage)
class PassageAdmin(Facts):
    list_display = ("id", "document_id", "number")
    search_fields = ("=id", "=document__id")
    exclude = ("terms",)


@admin.register(models.Adjudication)
class AdjudicationAdmin(Facts):
    list_display = ("id", "pair_id", "reviewer", "choice", "strength", "cause", "created")
    list_select_related = ("reviewer",)
    search_fields = ("=id", "=pair__id", "reviewer__username")


@admin.register(models.Gold)
class GoldAdmin(Facts):
    list_display = ("id", "pair_id", "campaign_id", "label", "strength", "votes", "origin", "supersedes_id", "created")
    search_fields = ("=id", "=pair__id")


@admin.register(models.Release)
class ReleaseAdmin(Facts):
    list_display = ("id", "campaign", "version", "state", "requested", "frozen")
    list_select_related = ("campaign",)
    search_fields = ("=id", "version", "campaign__slug")
    exclude = ("lease",)


@admin.register(models.ReleaseRow)
class ReleaseRowAdmin(Facts):
    list_display = ("id", "release_id", "gold_id")
    search_fields = ("=id", "=release__id", "=gold__id")


@admin.register(models.BenchmarkResult)
class BenchmarkResultAdmin(Facts):
    list_display = ("id", "benchmark", "model", "overall", "macro", "n", "complete", "answered", "recorded")
    list_filter = ("benchmark", "complete")
    search_fields = ("=id", "model")


@admin.register(models.AuditEvent)
class AuditEventAdmin(Facts):
    list_display = ("id", "at", "actor", "verb", "campaign_id", "pair_id", "data")
    list_select_related = ("actor",)
    search_fields = ("=id", "verb", "=pair_id", "=campaign_id")


@admin.register(models.Tally)
class TallyAdmin(Facts):
    list_display = ("pair_id", "campaign_id", "judged", "decided", "settled", "reward", "task_category", "week")
    search_fields = ("=pair__id", "=campaign__id")


@admin.register(models.Figure)
class FigureAdmin(Facts):
    list_display = ("campaign_id", "fact", "dimension", "slice", "coefficient", "value", "low", "high", "items")
    search_fields = ("=campaign__id", "fact", "dimension", "slice", "coefficient")


@admin.register(models.TallyMark)
class TallyMarkAdmin(Facts):
    list_display = ("campaign_id", "upto", "busy", "looked", "swept")
    search_fields = ("=campaign__id",)


@admin.register(models.AssistanceCount)
class AssistanceCountAdmin(Facts):
    list_display = ("campaign", "kind", "engine", "state", "model", "minute", "rows", "arrived")
    list_select_related = ("campaign",)
    list_filter = ("kind", "state")
    search_fields = ("=id", "engine", "campaign__slug")


@admin.register(models.ModelCard)
class ModelCardAdmin(Facts):
    list_display = ("model", "revision", "kept")
    search_fields = ("=id", "model", "revision")


@admin.register(models.Spend)
class SpendAdmin(Facts):
    list_display = ("id", "day", "kind", "engine", "rows", "tokens_read", "tokens_written", "money")
    search_fields = ("=id", "kind", "engine")


@admin.register(models.Answering)
class AnsweringAdmin(Facts):
    list_display = ("run_id", "stop")
    search_fields = ("=run__id",)
