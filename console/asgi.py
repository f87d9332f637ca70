"""Where HTTP and sockets meet the apps."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "console.settings")

from django.core.asgi import get_asgi_application

http = get_asgi_application()

from channels.auth import AuthMiddlewareStack  # noqa: E402
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import OriginValidator  # noqa: E402
from django.conf import settings  # noqa: E402

from console.routing import nowhere, sockets  # noqa: E402

# The full origin is compared, port and scheme too: AllowedHostsOriginValidator looks at the host name only.
application = ProtocolTypeRouter(
    {
        "http": http,
        "websocket": OriginValidator(AuthMiddlewareStack(URLRouter([*sockets, nowhere])), settings.ORIGINS),
    }
)
