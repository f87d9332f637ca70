"""A person at the console, over HTTP and sockets as their browser would."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from typing import Any

import requests
from websockets import Origin
from websockets.sync.client import ClientConnection, connect

from clusters.names import encode
from tests.stack import Stack

CLUSTER = "local"
FINAL = ("done", "partly", "failed", "refused", "stale", "expired")


class Console:
    def __init__(self, stack: Stack) -> None:
        self.url = stack.url
        self._cookies = requests.Session()
        self._cookies.get(stack.link)
        answer = self._cookies.post(stack.link, {"csrfmiddlewaretoken": self._cookies.cookies["csrftoken"]})
        assert "account/login" not in answer.url, "the link did not sign in"

    def get(self, path: str, timeout: float = 30) -> requests.Response:
        return requests.get(self.url + path, cookies=self._cookies.cookies, timeout=timeout)

    def post(self, path: str, timeout: float = 30, **fields: Any) -> requests.Response:
        """A form."""
        token = {"csrfmiddlewaretoken": self._cookies.cookies["csrftoken"]}
        return requests.post(
            self.url + path, token | fields, cookies=self._cookies.cookies, timeout=timeout, allow_redirects=False
        )

    def ask(self, path: str, body: Any = None, timeout: float = 30) -> requests.Response:
        """The API: a GET, or a POST of `body`."""
        if body is None:
            return self.get(f"/api/v1{path}", timeout)
        headers = {"X-CSRFToken": str(self._cookies.cookies["csrftoken"])}
        cookies = self._cookies.cookies
        return requests.post(f"{self.url}/api/v1{path}", json=body, headers=headers, cookies=cookies, timeout=timeout)

    # --- changes ---

    def plan(self, kind: str, **params: Any) -> requests.Response:
        return self.ask(f"/clusters/{CLUSTER}/changes", {"kind": kind, "params": params})

    def plan_reset(self, group: str, offset: int) -> str:
        """The id of the change."""
        answer = self.plan("groups.reset_offsets", group=group, to="offset", value=offset)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def confirm(self, change: str) -> requests.Response:
        return self.ask(f"/changes/{change}/confirm", {"typed": ""})

    def change(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.ask(f"/changes/{id}").json()
        return found

    # --- what is seen ---

    def snapshot_of(self, group: str) -> dict[str, Any] | None:
        answer = self.ask(f"/clusters/{CLUSTER}/groups/{encode(group)}")
        return answer.json() if answer.status_code == 200 else None

    def state(self) -> tuple[str, str]:
        """What stands above every page of the cluster: (chip, sentence); empty when all is well."""
        page = self.get(f"/c/{CLUSTER}/").text
        chip = re.search(r'<span class="chip[^"]*">([^<]+)</span><p>(.*?)</p>', page.partition('id="state"')[2])
        well = page.partition('id="state"')[2].partition("</div>")[0]
        return (chip[1], unescape(re.sub(r"<[^>]+>", "", chip[2]))) if chip and "chip" in well else ("", "")

    @contextmanager
    def socket(self, path: str) -> Iterator[Socket]:
        """Raises websockets.exceptions.InvalidStatus when it is refused."""
        cookie = f"sessionid={self._cookies.cookies['sessionid']}"
        address, headers = f"ws{self.url[4:]}/ws/c/{CLUSTER}{path}", {"Cookie": cookie}
        # max_queue: what nobody reads for a while must not keep the library from answering pings
        with connect(address, origin=Origin(self.url), additional_headers=headers, max_queue=None) as link:
            yield Socket(link)


class Socket:
    def __init__(self, link: ClientConnection) -> None:
        self._link = link

    def say(self, **message: Any) -> None:
        self._link.send(json.dumps(message))

    def hear(self, true: Callable[[dict[str, Any]], Any], seconds: float = 20) -> dict[str, Any]:
        """The next message for which `true` holds. Frames of a tail are paid for with a credit each."""
        deadline = time.monotonic() + seconds
        while True:
            message: dict[str, Any] = json.loads(self._link.recv(max(0.0, deadline - time.monotonic())))
            if message["t"] == "frame":
                self.say(t="more", n=1)
            if true(message):
                return message
