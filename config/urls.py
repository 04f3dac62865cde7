"""Every address of the site: one include per app."""

from django.contrib.auth.decorators import login_not_required
from django.urls import include, path
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

handler400 = "config.failures.bad_request"
handler500 = "config.failures.server_error"

urlpatterns = [
    path("i18n/", login_not_required(require_POST(set_language)), name="set_language"),
    path("admin/", include("cases.admin.urls")),
    path("", include("members.urls")),
    path("", include("services.urls")),
    path("", include("cases.urls")),
]
