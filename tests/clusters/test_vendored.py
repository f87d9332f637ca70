from __future__ import annotations

import hashlib
import re
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "static" / "vendor"
ROWS = re.findall(r"^\| (\S+\.(?:js|css)) .*`([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text(), re.M)


def test_everything_vendored_is_the_one_that_was_written_down():
    assert {file.name for file in VENDOR.iterdir() if file.suffix in (".js", ".css")} == {name for name, _ in ROWS}
    for name, digest in ROWS:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name
