"""Addresses of the members app: one list per area."""

from django.urls import path

from members.views import account, audit

app_name = "members"

account_urls = [
    path("", account.profile, name="account_profile"),
    path("first-password/<str:uid>/<str:token>/", account.first_password, name="account_first_password"),
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("password/", account.password, name="account_password"),
    path("notices/", account.notices, name="account_notices"),
    path("notices/<int:pk>/open/", account.open_notice, name="account_open_notice"),
]

audit_urls = [
    path("audit/", audit.log, name="audit_log"),
]

urlpatterns = [*account_urls, *audit_urls]
