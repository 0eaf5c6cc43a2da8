"""A person's own API tokens: issued with scopes, shown once, revoked."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from annotate.domain import tokens
from annotate.forms.tokens import TokenForm
from annotate.models import Token
from annotate.views.requests import SignedIn


@require_http_methods(["GET", "POST"])
@login_required
def own_tokens(request: SignedIn) -> HttpResponse:
    """A new token is in the answer to its own POST and nowhere else: only its hash is stored."""
    form, text = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        text, form = tokens.issue(user=request.user, **form.cleaned_data), TokenForm()
    rows = Token.objects.filter(user=request.user, revoked__isnull=True).order_by("-pk")
    shown = {
        "form": form,
        "text": text,
        "now": timezone.now(),
        "tokens": list(rows.values("pk", "name", "scopes", "created", "expires")),
    }
    return render(request, "tokens.html", shown, status=422 if form.errors else 200)


@require_POST
@login_required
def revoke(request: SignedIn, token_id: int) -> HttpResponse:
    token = get_object_or_404(Token, pk=token_id, user=request.user)
    tokens.revoke(token=token, actor=request.user)
    messages.success(request, _("The token no longer works."))
    return redirect("tokens")
