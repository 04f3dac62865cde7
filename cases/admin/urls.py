"""Addresses of the data desk: this app sees all tables, so here all are registered."""

from members.admin import desk

app_name = "admin"
urlpatterns = desk.get_urls()
