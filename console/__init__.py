"""The composition root: settings, URLs, sockets, Celery, the `up` command. It imports every app; no app imports it."""
