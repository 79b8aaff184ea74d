"""Addresses under ``/<language>/account/``: our own pages, and allauth's with our forms.

allauth's names carry no namespace, since it looks for them by ``account_login`` and the like. Our forms are given
here, before its own list, so that it keeps every other address.
"""

from allauth.account import views as allauth_views
from django.urls import include, path, re_path

from portal.accounts import views
from portal.accounts.forms import signing_in

own = [
    path("", views.profile, name="profile"),
    path("data/", views.export, name="export"),
    path("erase/", views.erase, name="erase"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("login/", allauth_views.LoginView.as_view(form_class=signing_in.SignInForm), name="account_login"),
    path("signup/", views.SignUpView.as_view(), name="account_signup"),
    path("email/", views.AddressView.as_view(), name="account_email"),
    path(
        "reauthenticate/",
        allauth_views.ReauthenticateView.as_view(form_class=signing_in.ReauthenticateForm),
        name="account_reauthenticate",
    ),
    path(
        "password/change/",
        allauth_views.PasswordChangeView.as_view(form_class=signing_in.ChangePasswordForm),
        name="account_change_password",
    ),
    path(
        "password/set/",
        allauth_views.PasswordSetView.as_view(form_class=signing_in.SetPasswordForm),
        name="account_set_password",
    ),
    path(
        "password/reset/",
        allauth_views.PasswordResetView.as_view(form_class=signing_in.ResetPasswordForm),
        name="account_reset_password",
    ),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        allauth_views.PasswordResetFromKeyView.as_view(form_class=signing_in.ResetPasswordKeyForm),
        name="account_reset_password_from_key",
    ),
    path("", include("allauth.account.urls")),
]
