"""The WSGI application the server loads."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["APP_PROCESS"] = "web"
application = get_wsgi_application()
# Django imports the pages at the first request; on a busy machine that took longer than a request may, and the
# process was killed over and over. The server imports this file before it forks, once for all its processes.
list(get_resolver().url_patterns)
