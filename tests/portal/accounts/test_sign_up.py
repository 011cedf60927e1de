"""The way in, with allauth as it is: sign-up, code, sign-in, invitation, a second person."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import reverse

from portal.accounts.models import Membership, Organisation, Role, User
from tests.factories import PASSWORD, MembershipFactory, UserFactory
from tests.mail import outbox

pytestmark = pytest.mark.django_db


def sign_up(client: Client, email: str, name: str = "Ada Okoye", then: str = "") -> Any:
    return client.post(
        reverse("account_signup"),
        {
            "email": email,
            "name": name,
            "password1": PASSWORD,
            "password2": PASSWORD,
            **({"next": then} if then else {}),
        },
    )


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password})


def code_in_mail() -> str:
    found = re.search(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", str(outbox()[-1].body), re.M)
    assert found, outbox()[-1].body
    return found[1]


def enter_code(client: Client) -> Any:
    return client.post(reverse("account_email_verification_sent"), {"code": code_in_mail()})


def test_from_sign_up_to_two_members(settings: Any) -> None:
    settings.SITE_URL = "https://portal.example"
    ada = Client()

    asked = sign_up(ada, "Ada@example.org")
    assert asked["Location"] == reverse("account_email_verification_sent")
    assert ada.get(reverse("accounts:account")).status_code == 302  # not signed in yet
    assert enter_code(ada).status_code == 302
    assert User.objects.get().email == "ada@example.org"
    assert User.objects.get().name == "Ada Okoye"
    assert EmailAddress.objects.get().verified is True

    ada.post(reverse("account_logout"))
    assert ada.get(reverse("accounts:account")).status_code == 302
    assert sign_in(ada, "ADA@example.org").status_code == 302
    ada.post(reverse("accounts:organisation_new"), {"name": "Registry", "country": "KE"})
    organisation = Organisation.objects.get()
    ada.post(
        reverse("accounts:invite", args=[organisation.pk]),
        {"email": "kofi@example.org", "role": Role.CONTRIBUTOR},
    )
    found = re.search(r"https://portal\.example(/invitations/[\w-]+/)", str(outbox()[-1].body))
    assert found
    invitation = found[1]

    kofi = Client()
    page = kofi.get(invitation).content.decode()
    assert f'href="{reverse("account_signup")}?next={invitation}"' in page
    offered = kofi.get(f"{reverse('account_signup')}?next={invitation}").content.decode()
    assert f'value="{invitation}"' in offered  # the form carries the way back
    sign_up(kofi, "kofi@example.org", "Kofi Mensah", then=invitation)
    assert enter_code(kofi)["Location"] == invitation
    assert kofi.post(invitation)["Location"] == reverse(
        "accounts:organisation", args=[organisation.pk]
    )

    roles = Membership.objects.order_by("pk").values_list("user__name", "role")
    assert list(roles) == [("Ada Okoye", Role.OWNER), ("Kofi Mensah", Role.CONTRIBUTOR)]


def test_a_person_with_an_account_comes_back_after_signing_in() -> None:
    owner = MembershipFactory()
    UserFactory(email="kofi@example.org")
    client = Client()
    client.force_login(owner.user)
    client.post(
        reverse("accounts:invite", args=[owner.organisation.pk]),
        {"email": "kofi@example.org", "role": Role.VIEWER},
    )
    found = re.search(r"/invitations/[\w-]+/", str(outbox()[-1].body))
    assert found

    response = Client().post(
        reverse("account_login"),
        {"login": "kofi@example.org", "password": PASSWORD, "next": found[0]},
    )

    assert response["Location"] == found[0]


def test_signing_in_leads_nowhere_else() -> None:
    UserFactory(email="ada@example.org")

    response = Client().post(
        reverse("account_login"),
        {"login": "ada@example.org", "password": PASSWORD, "next": "https://evil.example/"},
    )

    assert "evil.example" not in response["Location"]


def test_a_wrong_code_confirms_nothing() -> None:
    client = Client()
    sign_up(client, "ada@example.org")

    client.post(reverse("account_email_verification_sent"), {"code": "AAAAAA"})

    assert EmailAddress.objects.get().verified is False
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("view", "data", "sentences"),
    [
        ("account_login", {}, ["Enter your e-mail address.", "Enter your password."]),
        (
            "account_login",
            {"login": "nobody@example.org", "password": "wrong"},
            ["The address or the password is wrong. Check both."],
        ),
        (
            "account_signup",
            {"email": "nobody"},
            [
                "Enter your name.",
                "Enter an e-mail address such as name@example.org.",
                "Choose a password.",
                "Enter the same password again.",
            ],
        ),
        ("account_reset_password", {}, ["Enter your e-mail address."]),
    ],
)
def test_what_is_missing_or_wrong_is_said_at_the_top_and_beside_it(
    view: str, data: dict[str, str], sentences: list[str]
) -> None:
    response = Client().post(reverse(view), data)
    html = response.content.decode()

    assert "<title>Error: " in html
    assert "There is a problem" in html
    for sentence in sentences:
        assert sentence in html
    assert "This field is required" not in html
    # The browser's own bubbles would keep all of this from being seen.
    assert html.count("<form") == html.count(" novalidate")


def test_signing_in_and_up_says_no_more_than_there_is_to_know() -> None:
    client = Client()
    sign_up(client, "new@example.org")
    page = client.post(
        reverse("account_email_verification_sent"), {"code": code_in_mail()}, follow=True
    )

    assert [str(message) for message in page.context["messages"]] == [
        "new@example.org is confirmed."
    ]


def test_sign_up_answers_alike_whether_or_not_the_address_has_an_account() -> None:
    UserFactory(email="known@example.org")
    answers = []
    for email in ("known@example.org", "fresh@example.org"):
        client = Client()
        response = sign_up(client, email)
        page = client.get(response["Location"]).content.decode()
        # The address typed in is repeated to whoever typed it, and each form has its token.
        page = re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", page).replace(email, "…")
        answers.append((response.status_code, response["Location"], page))

    assert answers[0] == answers[1]
    assert [message.to for message in outbox()] == [["known@example.org"], ["fresh@example.org"]]
    assert outbox()[0].subject.startswith("You already have an account")
    assert User.objects.filter(email="known@example.org").count() == 1


def test_sign_in_and_reset_answer_alike_whether_or_not_the_address_has_an_account() -> None:
    UserFactory(email="known@example.org")
    sign_ins, resets = [], []
    for email in ("known@example.org", "fresh@example.org"):
        response = sign_in(Client(), email, "a wrong long password")
        sign_ins.append((response.status_code, response.context["form"].non_field_errors()))
        client = Client()
        response = client.post(reverse("account_reset_password"), {"email": email})
        resets.append((response.status_code, response["Location"]))

    assert sign_ins[0] == sign_ins[1]
    assert resets[0] == resets[1]
    assert outbox()[0].subject.startswith("Choose a new password")
    assert outbox()[1].subject.startswith("No account with this address")


def test_an_unverified_address_does_not_sign_in() -> None:
    UserFactory(email="ada@example.org", verified=False)
    client = Client()

    sign_in(client, "ada@example.org")

    assert client.get(reverse("accounts:account")).status_code == 302
    assert outbox()[0].subject == "Your code for the Carbon Markets Infrastructure portal"


def test_guessing_is_limited() -> None:
    UserFactory(email="ada@example.org")

    for _ in range(5):
        sign_in(Client(), "ada@example.org", "a wrong long password")
    client = Client()
    response = sign_in(client, "ada@example.org")

    assert "Too many attempts with a wrong password" in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_session_id_changes_at_sign_in() -> None:
    UserFactory(email="ada@example.org")
    client = Client()
    session = client.session
    session["planted"] = True
    session.save()
    before = str(session.session_key)
    client.cookies["sessionid"] = before

    sign_in(client, "ada@example.org")

    assert client.session.session_key != before
    thief = Client()
    thief.cookies["sessionid"] = before
    assert thief.get(reverse("accounts:account")).status_code == 302


def test_a_closed_account_is_out_at_once() -> None:
    user = UserFactory()
    client = Client()
    client.force_login(user)
    assert client.get(reverse("accounts:account")).status_code == 200

    User.objects.update(is_active=False)

    assert client.get(reverse("accounts:account")).status_code == 302


@pytest.mark.parametrize("name", ["account_login", "account_signup", "account_reset_password"])
def test_fields_are_named_by_labels_alone(name: str) -> None:
    page = Client().get(reverse(name)).content.decode()

    assert "placeholder=" not in page
    assert "style=" not in page  # the content security policy would drop it
    assert "E-mail address" in page


def test_a_password_has_twelve_characters() -> None:
    assert "At least 12 characters." in Client().get(reverse("account_signup")).content.decode()

    refused = Client().post(
        reverse("account_signup"),
        {
            "name": "Ada",
            "email": "a@example.org",
            "password1": "kl3n8sdp2vq",
            "password2": "kl3n8sdp2vq",
        },
    )

    assert "This password is too short." in refused.content.decode()
    assert User.objects.count() == 0


def test_one_address_offers_nothing_that_cannot_be_done_with_it(client: Client) -> None:
    person = UserFactory(email="ada@example.org")
    client.force_login(person)

    one = client.get(reverse("account_email")).content.decode()
    assert "You sign in as <strong>ada@example.org</strong>" in one
    assert "Remove it" not in one

    EmailAddress.objects.create(user=person, email="ada@example.com", verified=True)
    assert "Remove it" in client.get(reverse("account_email")).content.decode()


def test_adding_an_address_asks_for_a_code_before_it_counts() -> None:
    user = UserFactory(email="ada@example.org")
    client = Client()
    client.force_login(user)

    client.post(reverse("account_email"), {"action_add": "1", "email": "ada@other.example"})
    assert not EmailAddress.objects.filter(email="ada@other.example", verified=True).exists()
    enter_code(client)

    assert EmailAddress.objects.filter(user=user, email="ada@other.example", verified=True).exists()


def test_signing_out_takes_a_post() -> None:
    client = Client()
    client.force_login(UserFactory())

    assert client.get(reverse("account_logout")).status_code == 200
    assert client.get(reverse("accounts:account")).status_code == 200
    client.post(reverse("account_logout"))
    assert client.get(reverse("accounts:account")).status_code == 302


def test_a_new_password_through_the_mail_ends_other_sessions(settings: Any) -> None:
    settings.SITE_URL = "https://portal.example"
    user = UserFactory(email="ada@example.org")
    elsewhere = Client()
    elsewhere.force_login(user)
    client = Client()

    client.post(
        reverse("account_reset_password"), {"email": "ada@example.org"}, HTTP_HOST="localhost"
    )
    found = re.search(r"https://portal\.example(/\S+)", str(outbox()[0].body))
    assert found
    form = client.get(found[1])["Location"]
    client.post(form, {"password1": "another long password", "password2": "another long password"})

    assert sign_in(Client(), "ada@example.org", "another long password").status_code == 302
    assert elsewhere.get(reverse("accounts:account")).status_code == 302
    assert "The password of your account was reset." in str(outbox()[-1].body)
    assert outbox()[-1].to == ["ada@example.org"]
