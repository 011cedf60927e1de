"""The operators' page of jobs."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from portal.jobs import actions, queries


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def jobs(request: HttpRequest) -> HttpResponse:
    """Show what waits, runs or has failed; a post queues a failed job again.

    The map of the site puts it behind the sign-in of the operators' site.
    """
    if request.method == "POST":
        try:
            actions.queue_again(
                kind=request.POST.get("kind", ""),
                tag=request.POST.get("job", ""),
                by=cast("actions.Person", request.user),
                at=now(),
            )
        except actions.NotAnOperator as exc:
            raise PermissionDenied from exc
        except actions.NotFailed as exc:
            messages.info(request, str(exc))
        else:
            messages.success(request, _("The job is queued again."))
        return redirect("admin_jobs")
    tables = queries.job_tables()
    return render(request, "jobs/jobs.html", {"tables": tables, "shown": queries.SHOWN})
