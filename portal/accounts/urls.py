"""Addresses under ``/<language>/account/``: our own pages, and allauth's with our forms.

allauth's names carry no namespace, since it looks for them by ``account_login`` and the like. Our forms are given
here, before its own list, so that it keeps every other address.
"""

from allauth.account import views as allauth_views
from django.urls import include, path, re_path

from portal.accounts import views
from portal.accounts.forms import signing_in
from portal.accounts.views import addresses, passkeys, security

own = [
    path("", views.profile, name="profile"),
    path("data/", views.export, name="export"),
    path("erase/", views.erase, name="erase"),
    path("email/withdraw/", addresses.withdraw, name="address_withdraw"),
    path("email/confirm/<str:token>/", addresses.confirm, name="address_confirm"),
    path("email/approve/<str:token>/", addresses.approve, name="address_approve"),
    path("security/factors/<int:pk>/remove/", security.remove, name="factor_remove"),
    path("security/sessions/", security.sessions, name="sessions"),
    path("security/sessions/end/", security.end_other_sessions, name="sessions_end"),
    path("security/sessions/<slug:code>/end/", security.end_session, name="session_end"),
]

# Second factors, under the names by which allauth looks for them; its other pages are not ours.
factors = [
    path("", security.overview, name="mfa_index"),
    path("give/", passkeys.GiveFactorView.as_view(), name="mfa_authenticate"),
    path("again/", passkeys.GiveFactorAgainView.as_view(), name="mfa_reauthenticate"),
    path("again/passkey/", passkeys.GivePasskeyAgainView.as_view(), name="mfa_reauthenticate_webauthn"),
    path("app/", security.add_app, name="mfa_activate_totp"),
    path("passkey/", passkeys.add, name="mfa_add_webauthn"),
    path("passkey/sign-in/", passkeys.SignInByPasskeyView.as_view(), name="mfa_login_webauthn"),
    path("codes/", security.codes, name="mfa_view_recovery_codes"),
    path("codes/new/", security.make_codes, name="mfa_generate_recovery_codes"),
    path("codes/download/", security.download_codes, name="mfa_download_recovery_codes"),
]

urlpatterns = [
    path("", include((own, "accounts"))),
    path("login/", allauth_views.LoginView.as_view(form_class=signing_in.SignInForm), name="account_login"),
    path("signup/", views.SignUpView.as_view(), name="account_signup"),
    path("email/", addresses.change, name="account_email"),
    path("security/", include(factors)),
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
