"""Published releases by their code."""

from __future__ import annotations

from django.http import Http404

from assessments.benchmarks.models import BenchmarkRelease


def release_named(code: str) -> BenchmarkRelease:
    """Return a published release by its code; releases are public, and all of them published.

    This is all that most answers of the API ask of the database. The query is written out because
    composing it took longer than running it and than the rest of the view.
    """
    for release in BenchmarkRelease.objects.raw(_RELEASE_NAMED, [code]):
        return release
    raise Http404


# Without the document, which is large and kept by its hash.
_RELEASE_NAMED = (
    "SELECT id, code, series, wave_id, revision, sha256, published_at "
    "FROM assessments_benchmarkrelease WHERE code = %s"
)
