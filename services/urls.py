"""Addresses of the services app: one list per area."""

from django.urls import include, path

from services.views import matter

app_name = "services"

matter_urls = [
    path("", matter.list_, name="matter_list"),
    path("new/", matter.receive, name="matter_receive"),
    path("<int:pk>/", matter.detail, name="matter_detail"),
    path("<int:pk>/<slug:kind>/", matter.step, name="matter_step"),
]

urlpatterns = [
    path("matters/", include(matter_urls)),
]
