"""Every address of the site: one include per app."""

urlpatterns = []
