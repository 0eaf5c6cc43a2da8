from django.urls import path, re_path, register_converter
from django.urls.converters import IntConverter, StringConverter
from drf_spectacular.views import SpectacularAPIView
from rest_framework.negotiation import DefaultContentNegotiation

from api import assistance, campaigns, claims, engines, learning, protocols, releases
from api.nothing import Nothing


class Id(IntConverter):
    """A whole number that every database can hold: a longer one is no address."""

    regex = "[0-9]{1,18}"


class Lease(StringConverter):
    """As annotate.domain.assistance names a lease."""

    regex = "[0-9a-f]{32}"


register_converter(Id, "id")
register_converter(Lease, "lease")
LEASE = "campaigns/<slug:slug>/assistance/leases/<lease:lease>"

urlpatterns = [
    path("campaigns/<slug:slug>/pairs", campaigns.Pairs.as_view(), name="api-pairs"),
    path("campaigns/<slug:slug>/claims", claims.Claims.as_view(), name="api-claims"),
    path("campaigns/<slug:slug>/practice/claims", learning.PracticeClaims.as_view(), name="api-practice"),
    path("campaigns/<slug:slug>/qualification", learning.Qualification.as_view(), name="api-qualification"),
    path(
        "campaigns/<slug:slug>/qualification/claims",
        learning.QualificationClaims.as_view(),
        name="api-qualification-claims",
    ),
    path("campaigns/<slug:slug>/gold", campaigns.GoldStream.as_view(), name="api-gold"),
    path("campaigns/<slug:slug>/stats", campaigns.Stats.as_view(), name="api-stats"),
    path("campaigns/<slug:slug>/engines", engines.Engines.as_view(), name="api-engines"),
    path(
        "campaigns/<slug:slug>/pairs/<id:pair_id>/provenance",
        engines.PairProvenance.as_view(),
        name="api-pair-provenance",
    ),
    path("campaigns/<slug:slug>/protocols", protocols.Protocols.as_view(), name="api-protocols"),
    path(
        "campaigns/<slug:slug>/protocols/<id:protocol_id>/force",
        protocols.ForceProtocol.as_view(),
        name="api-force-protocol",
    ),
    path("campaigns/<slug:slug>/releases", releases.Releases.as_view(), name="api-releases"),
    path("campaigns/<slug:slug>/assistance", assistance.Progress.as_view(), name="api-assistance"),
    path("campaigns/<slug:slug>/assistance/leases", assistance.Leases.as_view(), name="api-leases"),
    path(f"{LEASE}/renew", assistance.RenewLease.as_view(), name="api-renew-lease"),
    path(f"{LEASE}/results", assistance.Results.as_view(), name="api-results"),
    path(f"{LEASE}/release", assistance.Release.as_view(), name="api-release-lease"),
    path("claims/<id:claim_id>", claims.OneClaim.as_view(), name="api-claim"),
    path("claims/<id:claim_id>/judgement", claims.Judgement.as_view(), name="api-judgement"),
    path("claims/<id:claim_id>/verdict", claims.Verdict.as_view(), name="api-verdict"),
    path("claims/<id:claim_id>/abandon", claims.Abandon.as_view(), name="api-abandon"),
    path("claims/<id:claim_id>/renew", claims.Renew.as_view(), name="api-renew"),
    path("claims/<id:claim_id>/corrections", claims.Corrections.as_view(), name="api-corrections"),
    path("claims/<id:claim_id>/provenance", engines.Provenance.as_view(), name="api-provenance"),
    path("claims/<id:claim_id>/tools", claims.Tools.as_view(), name="api-tools"),
    path("releases/<id:release_id>", releases.OneRelease.as_view(), name="api-release"),
    path("releases/<id:release_id>/files/<str:name>", releases.ReleaseFile.as_view(), name="api-release-file"),
    path(
        "schema/",
        SpectacularAPIView.as_view(content_negotiation_class=DefaultContentNegotiation),
        name="api-schema",
    ),
    re_path("", Nothing.as_view()),
]
