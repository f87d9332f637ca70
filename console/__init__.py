"""The composition root: settings, URLs, sockets, Celery and the `up` command. It imports every app; no app imports it."""
