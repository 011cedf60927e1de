"""A market with a published release, the people in it, and everything it shows to everybody.

The release is two years old. Others go on submitting, revising, leaving and changing hands in the
period that is open now; all of it through the site's own forms.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.core.cache import caches
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now

from assessments.answering.models import Assessment, Response, Wave
from assessments.benchmarks import queries
from assessments.benchmarks.models import BenchmarkRelease
from assessments.reports import actions as answering
from assessments.reports import actions as building
from assessments.reports.models import Report
from assessments.submissions import actions as submissions_actions
from portal.accounts.models import Organisation, Role, User
from portal.api import base
from portal.web import pages
from tests.assessments.market import market_of, organisations, released, wave
from tests.factories import AssessmentFactory, MembershipFactory, WaveFactory, answer, steward
from tests.promises.addresses import addresses
from tests.promises.counts import count

YEAR = now().year - 2
REGION = "sub-saharan-africa"
# Forms carry a token that is masked anew for each page.
TOKEN = re.compile(rb'name="csrfmiddlewaretoken" value="[^"]*"')
# Pages of one's own, and answers about the moment.
EVERY = count(10, 1)  # of the withheld cohorts, which are many and alike
NOT_PUBLIC = ("account", "accounts:", "admin", "health")
SUBMITTER = {"name": "Ada", "position": "Director", "statement": "on"}

Answer = tuple[int, dict[str, str], bytes]  # status, headers, body


@dataclass(slots=True, kw_only=True)
class Market:
    release: BenchmarkRelease
    respondent: Assessment  # counted in the release, with a finished report
    report: Report
    open: Wave
    steward: User
    counted: list[Assessment]
    newcomers: list[Organisation]
    clients: dict[str, Client] = field(default_factory=dict)

    def owner_of(self, organisation: Organisation) -> Client:
        """Return the browser of an owner, who is signed in."""
        key = str(organisation.pk)
        if key not in self.clients:
            self.clients[key] = Client()
            self.clients[key].force_login(
                MembershipFactory(organisation=organisation, role=Role.OWNER).user
            )
        return self.clients[key]


def build() -> Market:
    """Fill an empty database."""
    call_command("load_content", verbosity=0)
    closed = wave(YEAR)
    counted = [
        *(each for rating in (1, 2, 3) for each in market_of(8, closed, rating=rating)),
        *market_of(14, closed, rating=3, respondent_type="SB", region="South Asia"),
        *market_of(3, closed, respondent_type="VB"),
    ]
    respondent = _respondent(closed)
    release = released(closed, at=datetime(YEAR + 1, 2, 1, tzinfo=UTC))
    report = answering.queue_report(
        result=respondent.results.get(),
        names_organisation=True,
        requested_by=respondent.created_by,
        at=now(),
    )
    building.build_report(report_id=report.pk, clock=now)
    report.refresh_from_db()
    assert (report.state, report.release) == (Report.State.READY, release)
    return Market(
        release=release,
        respondent=respondent,
        report=report,
        open=WaveFactory(code=f"{YEAR + 2}-W1"),
        steward=steward(),
        counted=counted,
        newcomers=organisations(12),
    )


def _respondent(closed: Wave) -> Assessment:
    """Return a submission of last time with its answers and their result."""
    [organisation] = organisations(1)
    membership = MembershipFactory(organisation=organisation)
    assessment: Assessment = AssessmentFactory(
        organisation=organisation,
        wave=closed,
        created_by=membership.user,
        consents_to_benchmark=True,
    )
    answer(assessment)
    submissions_actions.submit_assessment(
        assessment=assessment,
        submitted_as="Ada, Director",
        names_organisation=True,
        by=membership.user,
        at=datetime(YEAR, 6, 1, tzinfo=UTC),
    )
    Report.objects.all().delete()  # it was of no release
    assessment.refresh_from_db()
    return assessment


# What everybody reads


def everything(market: Market) -> dict[str, Answer]:
    """Return all that is shown to a visitor, and to the respondent of itself, as if just started.

    Every address of the site is read, and those of figures with their cohorts and forms.
    """
    restart()
    visitor, respondent = Client(), Client()
    respondent.force_login(market.respondent.created_by)
    read = {path: _answer(visitor, path) for path in public_paths(market.release)}
    return read | {path: _answer(respondent, path) for path in own_paths(market)}


def restart() -> None:
    """Forget what a process keeps, and its count of requests."""
    pages.forget()
    base._built.cache_clear()
    queries.text_hashed.cache_clear()
    queries.document_hashed.cache_clear()
    caches["default"].clear()


def changed(before: dict[str, Answer], after: dict[str, Answer]) -> list[str]:
    return [path for path in before | after if before.get(path) != after.get(path)]


def _answer(client: Client, path: str) -> Answer:
    caches["default"].clear()
    response = client.get(path)
    body = response.getvalue()
    # A page that nobody keeps expires as it is sent.
    headers = {name: value for name, value in response.headers.items() if name != "Expires"}
    return response.status_code, headers, TOKEN.sub(b"", body)


def public_paths(release: BenchmarkRelease) -> list[str]:
    plain = [
        address.path(_values(release))
        for address in addresses()
        if not address.name.startswith(NOT_PUBLIC)
    ]
    return [*plain, *_figures(release)]


def _values(release: BenchmarkRelease) -> dict[str, str]:
    """Return what fills the parameters of the public addresses."""
    version = release.edition.version
    nothing = "00000000-0000-4000-8000-000000000000"
    private = ("assessment_id", "report_id", "organisation_id", "subscription_id")
    return {
        **dict.fromkeys(private, nothing),
        **dict.fromkeys(("wave_id", "candidate_id", "note_id", "number"), "1"),
        "slug": "companion-information-security",
        "form": "bib",
        "label": "IS-R01",
        "dimension": "IS",
        "name": f"cmi-maturity-{version}",
        "version": version,
        "release": release.code,
        "cohort": "all",
        "code_list": "regions",
        "rest": "/cohorts",
        "code": "cmi-maturity",
        "file": "data.csv",
    }


def _figures(release: BenchmarkRelease) -> Iterator[str]:
    """Yield the addresses of figures in every form, and of cohorts, published or withheld."""
    at = f"/api/v1/releases/{release.code}"
    for form in ("csv", "json", "sdmx-csv", "sdmx-json"):
        yield f"{at}/data?format={form}"
    for name in ("data.csv", "cohorts.csv", "measures.csv", "release.json"):
        yield f"{at}/{name}"
    yield f"{at}/observations?limit=500"
    yield f"{at}/resolve?type=RG&region={REGION}"
    yield f"{at}/resolve?type=VB&market=both&measure=EG"
    for number, (cohort, status) in enumerate(cohorts_of(release).items()):
        if status != "published" and number % EVERY:
            continue
        yield f"{at}/cohorts/{cohort}/data"
        yield f"/benchmarks/?cohort={cohort.replace('+', '%2B')}"
    yield "/benchmarks/?cohort=type:RG&view=supported"


def cohorts_of(release: BenchmarkRelease) -> dict[str, str]:
    """Return the status of every cohort in the catalogue."""
    document = json.loads(release.document)
    return {cohort["id"]: cohort["status"] for cohort in document["cohorts"]}


def own_paths(market: Market) -> list[str]:
    named = ("tasks", "result", "result_json", "report", "withdraw")
    of_report = ("report_state", "report_file")
    return [
        *(reverse(f"assessments:{name}", args=[market.respondent.pk]) for name in named),
        *(reverse(f"assessments:{name}", args=[market.report.pk]) for name in of_report),
        reverse("verify_code", args=[market.report.verification_code]),
    ]


# What others do meanwhile


def do_something(market: Market, dice: random.Random) -> str:
    """Let somebody else do one thing, and return what it was."""
    step = dice.choice((submit, submit, revise, take_back, leave, change_hands, lose_verification))
    return step(market, dice)


def submit(market: Market, dice: random.Random) -> str:
    organisation = dice.choice(market.newcomers)
    submitted_by(market, organisation, rating=dice.randint(0, 4))
    return "submitted"


def revise(market: Market, dice: random.Random) -> str:
    """Submit once more in the same period."""
    organisation = dice.choice(market.counted).organisation
    for _ in range(2):
        submitted_by(market, organisation, rating=dice.randint(0, 4))
    return "revised"


def submitted_by(
    market: Market,
    organisation: Organisation,
    *,
    rating: int | Callable[[], int],
) -> Assessment:
    """Start, answer and submit through the site; only the answers are stored in bulk."""
    client = market.owner_of(organisation)
    form = {
        "organisation": str(organisation.pk),
        "respondent_type": "RG",
        "is_main_role": "on",
        "market": "voluntary",
        "country": "KE",
        "size_band": "10-49",
        "wave": str(market.open.pk),
        "modules": ["EG", "TI", "IS", "IN", "DM"],
        "consents_to_benchmark": "on",
    }
    started = client.post(reverse("assessments:start"), form)
    assessment = Assessment.objects.get(organisation=organisation, submitted_at=None)
    assert started.status_code == 302
    rows = answer(assessment, note="So it is.")
    for row in rows:
        row.rating = rating() if callable(rating) else rating
    Response.objects.bulk_update(rows, ["rating"])
    path = reverse("assessments:check", args=[assessment.pk])
    assert client.post(path, SUBMITTER).status_code == 302
    assessment.refresh_from_db()
    return assessment


def take_back(market: Market, dice: random.Random) -> str:
    """Take back what was submitted in the present period, once."""
    rows = Assessment.objects.submitted().filter(wave=market.open, withdrawals=None)
    row = rows.order_by("submitted_at").first()
    if row is None:
        return change_hands(market, dice)  # nobody is left to
    _withdraw(market, row, dice.choice(("KEEP", "ERASE")))
    return "took back"


def leave(market: Market, dice: random.Random) -> str:
    """Leave the release: what was counted in it is deleted."""
    staying = [each for each in market.counted if not each.withdrawals.exists()]
    if not staying:
        return change_hands(market, dice)  # nobody is left to
    _withdraw(market, dice.choice(staying), "ERASE")
    return "left"


def _withdraw(market: Market, assessment: Assessment, scope: str) -> None:
    client = market.owner_of(assessment.organisation)
    path = reverse("assessments:withdraw", args=[assessment.pk])
    assert client.post(path, {"scope": scope, "sure": "on"}).status_code == 302


def change_hands(market: Market, dice: random.Random) -> str:
    """Have another owner and adviser confirmed."""
    organisation = dice.choice(market.counted).organisation
    organisation.refresh_from_db()
    if organisation.verified_at:
        _decide(market, organisation, {"reason": "It was sold."})
    details = {
        "name": organisation.name,
        "country": "KE",
        "ultimate_owner": f"Owner {dice.randint(1, 3)}",
        "adviser": f"Adviser {dice.randint(1, 3)}",
        "evidence": "The register.",
    }
    _decide(market, organisation, details)
    return "changed hands"


def lose_verification(market: Market, dice: random.Random) -> str:
    organisation = dice.choice([each.organisation for each in market.counted])
    organisation.refresh_from_db()
    if not organisation.verified_at:
        return change_hands(market, dice)
    _decide(market, organisation, {"reason": "It is not what it says."})
    return "lost verification"


def _decide(market: Market, organisation: Organisation, form: dict[str, str]) -> None:
    if "steward" not in market.clients:
        market.clients["steward"] = Client()
        market.clients["steward"].force_login(market.steward)
    path = reverse("assessments:steward_organisation", args=[organisation.pk])
    assert market.clients["steward"].post(path, form).status_code == 302


def close(market: Market) -> None:
    """Let the present period end: yesterday was its last day."""
    today: date = now().date()
    Wave.objects.filter(pk=market.open.pk).update(closes_date=today - timedelta(days=1))
    market.open.refresh_from_db()
