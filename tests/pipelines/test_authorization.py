"""A search server that wants to know who asks, as Elasticsearch 8 and 9 do."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

HEADER = "ApiKey c2VjcmV0OmhlYWRlcg=="
NOBODY = {"type": "security_exception", "reason": "missing authentication credentials for REST request"}
NO_RIGHT = {"type": "security_exception", "reason": "action [indices:data/read/search] is unauthorized for API key"}
FOUND = {"hits": {"total": {"value": 0, "relation": "eq"}, "hits": []}}


class Server(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append(self.headers["authorization"])
        status, body = self.server.answers[self.headers["authorization"]]
        self.send_response(status)
        if status == 302:
            self.send_header("location", f"http://localhost:{self.server.server_port}/elsewhere")
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        self.server.heard.append(f"redirected with {self.headers['authorization']}")
        self.send_error(404)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(cluster, settings):
    with HTTPServer(("127.0.0.1", 0), Server) as server:
        server.heard = []
        server.answers = {
            None: (401, json.dumps({"error": NOBODY, "status": 401})),
            HEADER: (200, json.dumps(FOUND)),
            "ApiKey other": (403, json.dumps({"error": NO_RIGHT, "status": 403})),
            "Basic plain": (401, "Unauthorized"),
            "Basic moved": (302, ""),
        }
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.LOGS = {cluster.slug: f"http://127.0.0.1:{server.server_port}"}
        yield server
        server.shutdown()


def page(viewer, cluster) -> str:
    return viewer.get(f"/c/{cluster.slug}/logs/").content.decode()


def test_it_is_told_who_asks_and_nobody_else_is(viewer, cluster, settings, server):
    settings.LOGS_AUTHORIZATIONS = {cluster.slug: HEADER, "another": "Basic plain"}
    answer = page(viewer, cluster)
    assert "0 lines" in answer and HEADER not in answer
    assert server.heard == [HEADER]


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("", "401 security_exception: missing authentication credentials for REST request."),
        ("ApiKey other", "403 security_exception: action [indices:data/read/search] is unauthorized for API key."),
        ("Basic plain", "401 Unauthorized."),
    ],
)
def test_who_is_refused_reads_the_servers_words(viewer, cluster, settings, server, header, says):
    settings.LOGS_AUTHORIZATIONS = {cluster.slug: header} if header else {}
    answer = page(viewer, cluster)
    assert f"The search server refused: {says} HIGHWATER_LOGS_AUTHORIZATION says who asks." in answer
    assert not header or header not in answer


def test_another_address_is_not_told_who_asks(viewer, cluster, settings, server):
    settings.LOGS_AUTHORIZATIONS = {cluster.slug: "Basic moved"}
    assert "The search server refused: 302 and said nothing more." in page(viewer, cluster)
    assert server.heard == ["Basic moved"]
