"""The web server, for `manage.py serve` and for systemd alike. HOST, PORT and WEB_WORKERS come from the environment."""

import atexit
import gc
import os

wsgi_app = "config.wsgi"
bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))

# One request at a time per process: `config.postgres` cuts off a call that a frozen database leaves unanswered for
# 6 seconds, and what is stuck elsewhere is killed and replaced after `timeout` seconds, which threads inside one
# process would not be. A dozen photos in one go take ten. Slow uploads are nginx's to hold back.
worker_class = "sync"
timeout = 30
graceful_timeout = 5
max_requests = 5_000  # a process that leaks memory is replaced; not all at the same moment
max_requests_jitter = 500

preload_app = True  # Django is imported once and shared
control_socket_disable = True  # no file under the home folder, which may be read-only
accesslog = None  # nginx writes it; addresses of visitors are not for this program to keep
loglevel = "warning"


def when_ready(_server: object) -> None:
    """Put what is loaded out of the collector's sight before processes are forked.

    Some 430,000 objects live as long as the process; looking through them all took 60 to 280 ms of one request in
    some hundred, and copied their memory for each process.
    """
    gc.collect()
    gc.freeze()
    atexit.register(gc.unfreeze)  # else libraries complain at the end of what they were never given back
