from django.urls import path

from portal.accounts import views

app_name = "accounts"

urlpatterns = [
    path("account/", views.account, name="account"),
    path("organisations/new/", views.organisation_new, name="organisation_new"),
    path("organisations/<uuid:organisation_id>/", views.organisation, name="organisation"),
    path(
        "organisations/<uuid:organisation_id>/edit/",
        views.organisation_edit,
        name="organisation_edit",
    ),
    path("organisations/<uuid:organisation_id>/invite/", views.invite, name="invite"),
    path(
        "organisations/<uuid:organisation_id>/invitations/<uuid:invitation_id>/revoke/",
        views.revoke,
        name="revoke",
    ),
    path(
        "organisations/<uuid:organisation_id>/members/<int:membership_id>/",
        views.member,
        name="member",
    ),
    path(
        "organisations/<uuid:organisation_id>/members/<int:membership_id>/remove/",
        views.member_remove,
        name="member_remove",
    ),
    path("organisations/<uuid:organisation_id>/leave/", views.leave, name="leave"),
    path("invitations/<str:token>/", views.invitation, name="invitation"),
]
