"""Addresses of the members app: one list per area."""

from django.urls import path

from members.views import account

app_name = "members"

account_urls = [
    path("login/", account.login, name="account_login"),
    path("logout/", account.logout, name="account_logout"),
    path("password/", account.password, name="account_password"),
    path("notices/", account.notices, name="account_notices"),
    path("notices/<int:pk>/open/", account.open_notice, name="account_open_notice"),
]

urlpatterns = [*account_urls]
