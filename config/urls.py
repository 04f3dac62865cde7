"""Every address of the site: one include per app."""

from django.urls import include, path

urlpatterns = [
    path("account/", include("members.urls")),
    path("", include("cases.urls")),
]
