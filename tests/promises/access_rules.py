"""What each actor gets at each address: the table that the access matrix is checked against."""

from __future__ import annotations

from collections.abc import Callable, Mapping

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
SAFE = {"GET", "HEAD"}
ACTORS = (
    *("visitor", "stranger", "viewer", "contributor", "owner", "other_owner"),
    *("operator", "superuser"),
)
OWNERS = ("here", "there", "absent")
STAFF = {"operator", "superuser"}
MEMBERS = ("viewer", "contributor", "owner")
ANSWERERS, OWNER = ("contributor", "owner"), ("owner",)

Statuses = set[int]
Rule = Callable[[str, str], Statuses]  # method and role ("foreign": none here) to statuses


def public(read: int = 200) -> Rule:
    """Anyone reads; nobody writes."""
    return lambda method, role: {read} if method in SAFE else {405}


def api(read: int = 200) -> Rule:
    """As above; a browser may ask beforehand."""
    return lambda method, role: (
        {read} if method in SAFE else {204} if method == "OPTIONS" else {405}
    )


def private(
    *,
    read: tuple[str, ...] = (),
    write: Mapping[str, int] | None = None,
    visitor: int = 302,
    page: int = 200,
) -> Rule:
    """`read` and `write` name who may, and the status of a write; all others find nothing.

    A visitor is sent to sign in, whatever is asked for.
    """

    def statuses(method: str, role: str) -> Statuses:
        if role == "visitor" and (visitor == 302 or method in SAFE):
            return {visitor}
        if method in SAFE and read:
            return {page if role in read else 404}
        if method == "POST" and write is not None:
            return {write.get(role, 404)}
        return {405}

    return statuses


def signed_in(*, write: Mapping[str, int] | None = None, otherwise: int = 200) -> Rule:
    """Every account has this page, of its own things; `otherwise` is the page with an error."""

    def statuses(method: str, role: str) -> Statuses:
        if role == "visitor":
            return {302}
        if method in SAFE:
            return {200}
        if method == "POST" and write is not None:
            return {write.get(role, otherwise)}
        return {405}

    return statuses


def bearer(method: str, role: str) -> Statuses:
    """Whoever holds the link reads it; nobody here has the address it was sent to."""
    return {200} if method in {"GET", "HEAD", "POST"} else {405}


READS = {"GET": 200}
FORM = {"GET": 200, "POST": 200, "PUT": 200}  # allauth takes a PUT for a post


def allauth(
    visitor: Mapping[str, int],
    account: Mapping[str, int],
    *,
    redirect: bool = False,
    sign_in: bool = False,
) -> Rule:
    """Pages of allauth, by what a visitor and an account get; OPTIONS shows nothing.

    With `redirect` an account is sent elsewhere, with `sign_in` a visitor to sign in.
    """

    def statuses(method: str, role: str) -> Statuses:
        if (sign_in and role == "visitor") or (redirect and role != "visitor"):
            return {302}
        known = visitor if role == "visitor" else account
        return (
            {200} if method == "OPTIONS" else {known.get("GET" if method in SAFE else method, 405)}
        )

    return statuses


def operators(reads: Statuses, writes: Statuses | None = None) -> Rule:
    """Pages of the operators' site: whoever is no operator is sent to sign in."""

    def statuses(method: str, role: str) -> Statuses:
        if role not in STAFF:
            return {302}
        return reads if method in SAFE or writes is None else writes

    return statuses


def stewards(method: str, role: str) -> Statuses:
    """Nobody here is a steward, so nothing is here; `tests/assessments` has those who are."""
    return {404}


def _log_in(method: str, role: str) -> Statuses:
    """An account without rights is refused; sending it to sign in again would lead nowhere."""
    if role in STAFF:
        return {200, 302} if method not in {"PATCH", "DELETE"} else {405}
    return {302} if role == "visitor" else {403}


def tables(
    name: str,
    staff: set[str],
    *,
    changes: bool = False,
    adds: bool = False,
    deletes: bool = False,
    freezes: bool = False,
) -> dict[str, Rule]:
    """The pages of one table: `staff` reads them, and the rest says what else may happen.

    A row that `freezes` is changed until something hangs on it.

    Nothing is said of an object that is not there: the list says so on the next page.
    """

    def page(reads: Statuses, writes: Statuses, rights: set[str]) -> Rule:
        def statuses(method: str, role: str) -> Statuses:
            if role not in STAFF:
                return {302}
            if role not in rights:
                return {302, 403}
            return reads if method != "POST" else writes

        return statuses

    app, _, model = name.partition("_")
    nobody: set[str] = set()
    changed = {200, 302} if changes else {302, 403}
    return {
        f"admin:{name}_changelist": page({200}, {200}, staff),
        f"admin:{name}_history": page({200, 302}, {200, 302}, staff),
        f"admin:{name}_change": page({200, 302}, changed | ({403} if freezes else set()), staff),
        f"admin:{name}_add": page({200}, {200, 302}, staff if adds else nobody),
        f"admin:{name}_delete": page({200, 302}, {200, 302}, staff if deletes else nobody),
        f"admin/{app}/{model}/<path:object_id>/": operators({302}),
    }


EXPECTED: Mapping[str, Rule] = {
    "home": public(),
    "health": public(),
    "verify": public(),
    "verify_code": public(),
    # accounts
    "accounts:account": signed_in(write={}, otherwise=302),
    "accounts:organisation_new": signed_in(write={}, otherwise=302),
    "accounts:organisation": private(read=MEMBERS),
    "accounts:organisation_edit": private(read=OWNER, write={"owner": 302}),
    "accounts:invite": private(read=OWNER, write={"owner": 302}),
    "accounts:revoke": private(write={"owner": 302}),
    "accounts:member": private(read=OWNER, write={"owner": 302}),
    "accounts:member_remove": private(write={"owner": 302}),
    # The only owner cannot leave, and is told so.
    "accounts:leave": private(
        read=MEMBERS, write={"viewer": 302, "contributor": 302, "owner": 200}
    ),
    "accounts:invitation": bearer,
    # publications
    "publications:library": public(),
    "publications:publication": public(),
    "publications:edition": public(),
    "publications:cite": public(),
    "publications:cite_edition": public(),
    "publications:provision": public(302),
    "publications:cite_provision": public(),
    "publications:roadmap": public(),
    "publications:members": public(),
    "publications:glossary": public(),
    # assessments
    "assessments:home": signed_in(),
    # The organisation stands in the form: one that is not the person's own is no choice there.
    "assessments:start": signed_in(write={"contributor": 302, "owner": 302}),
    "assessments:tasks": private(read=MEMBERS),
    "assessments:item": private(read=MEMBERS, write=dict.fromkeys(ANSWERERS, 302)),
    "assessments:check": private(read=MEMBERS, write={"owner": 302}),
    "assessments:result": private(read=MEMBERS),
    "assessments:result_json": private(read=MEMBERS),
    "assessments:report": private(read=MEMBERS, write=dict.fromkeys(ANSWERERS, 302)),
    "assessments:report_state": private(read=MEMBERS, visitor=404),
    "assessments:report_file": private(read=MEMBERS),
    # Taking back a submission: what is open leads to its tasks.
    "assessments:withdraw": private(read=MEMBERS, write={"owner": 200}),
    **{
        f"assessments:{name}": stewards
        for name in (
            *("stewardship", "audit", "candidate", "candidate_state", "steward_release", "note"),
            *("steward_organisations", "steward_organisation", "webhooks", "webhook_end"),
        )
    },
    "assessments:benchmarks": public(),
    "assessments:release_method": public(),
    "assessments:method": public(),
    "assessments:questionnaires": public(),
    "assessments:questionnaire": public(),
    "assessments:edition_json": public(),
    "assessments:instrument_schema": public(),
    "assessments:result_schema": public(),
    "assessments:release_schema": public(),
    "assessments:item_address": public(302),
    # the API
    "api:root": api(),
    "api:docs": public(),
    "api:schema": api(),
    "api:index": api(),
    "api:releases": api(),
    "api:latest": api(307),
    "api:latest-below": api(307),
    "api:release": api(),
    "api:release-cohorts": api(),
    "api:release-observations": api(),
    "api:release-data": api(),
    "api:release-structure": api(),
    "api:release-package": api(),
    "api:release-descriptor": api(),
    "api:release-file": api(),
    "api:resolve": api(),
    "api:cohort-data": api(),
    "api:publications": api(),
    "api:publication": api(),
    "api:provisions": api(),
    "api:provision": api(),
    "api:members": api(),
    "api:instruments": api(),
    "api:instrument": api(),
    "api:items": api(),
    "api:codes": api(),
    "api:countries": api(),
    "api:code-list": api(),
    "api:missing": api(404),
    # allauth
    "account_login": allauth(FORM, {}, redirect=True),
    "account_signup": allauth(FORM, {}, redirect=True),
    "account_logout": allauth({"GET": 302, "POST": 302}, {"GET": 200, "POST": 302}),
    "account_inactive": allauth(READS, READS),
    "account_reauthenticate": allauth({}, FORM, sign_in=True),
    "account_email": allauth({}, {"GET": 200, "POST": 302, "PUT": 302}, sign_in=True),
    "account_email_verification_sent": allauth({}, {}, redirect=True, sign_in=True),
    "account_change_password": allauth({}, FORM, sign_in=True),
    "account_set_password": allauth({}, {}, redirect=True, sign_in=True),
    "account_reset_password": allauth(FORM, FORM),
    "account_confirm_login_code": allauth({}, {}, redirect=True, sign_in=True),
    "account_reset_password_from_key_done": allauth(READS, READS),
    # A key that does not fit says so, whatever the method.
    "account_reset_password_from_key": lambda method, role: {200},
    "account_reset_password_done": allauth(READS, READS),
    # operators
    "admin:index": operators({200}),
    "admin_jobs": operators({200, 405}, {302, 405}),
    "admin:login": _log_in,
    "admin:logout": operators({405}, {200, 302, 405}),
    "admin:password_change": operators({200}, {200, 405}),
    "admin:password_change_done": operators({200}, {200, 405}),
    "admin:autocomplete": operators({403}, {200, 405}),
    "admin:jsi18n": operators({200}, {200, 405}),
    "admin:view_on_site": operators({404}),
    "admin:app_list": operators({200}),
    "admin/(?P<url>.*)$": operators({404}),
    **tables("accounts_user", STAFF, changes=True),
    **tables("accounts_organisation", STAFF),
    **tables("accounts_invitation", STAFF),
    **tables("publications_publication", {"superuser"}),
    **tables("publications_edition", {"superuser"}),
    **tables("publications_provision", {"superuser"}),
    **tables("publications_memberorganisation", {"superuser"}),
    **tables("assessments_wave", {"superuser"}, changes=True, adds=True, freezes=True),
    **tables("auth_group", {"superuser"}, changes=True, adds=True, deletes=True),
}
