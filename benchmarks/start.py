"""The second start of the whole of Highwater, to the first rendered page; and what its processes hold in memory.

    python -m benchmarks.start

The ratio is against the broker alone on a data folder of the same age, which nobody can start without.
"""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks import broker
from tests import chromium, stack


def megabytes(pid: int) -> tuple[int, int]:
    """(RSS, PSS): what is shared between our processes counts in each RSS, and once over all PSS."""
    figures = dict(line.split()[:2] for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:])
    return int(figures["Rss:"]) // 1024, int(figures["Pss:"]) // 1024


def children(pid: int) -> list[tuple[int, str]]:
    """Every process below `pid`, with its command."""
    found = []
    table = subprocess.run(["ps", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 2) for line in table.splitlines()]
    below = {pid}
    for child, parent, command in rows:  # parents have smaller pids on a machine that has not wrapped
        if int(parent) in below:
            below.add(int(child))
            found.append((int(child), command))
    return found


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="highwater-bench-") as folder, chromium.launched() as browser:
        data = Path(folder)
        with stack.running(data=data) as first:
            time.sleep(20)  # the class-data archive is made once, beside the first run
            print(f"first start, new folder: {first.seconds:.1f} s to the link")
        begun = time.monotonic()
        with stack.running(data=data) as second:
            page = browser.new_page()
            stack.sign_in(page, second)
            page.wait_for_selector("h1")
            rendered = time.monotonic() - begun
            time.sleep(30)
            total = [0, 0]
            for pid, command in [(second.pid, "manage.py up"), *children(second.pid)]:
                if "kafka.Kafka" in command:
                    continue
                rss, pss = megabytes(pid)
                total = [total[0] + rss, total[1] + pss]
                print(f"  {rss:4} MB RSS {pss:4} MB PSS  {command[-90:]}")
            print(f"all of ours without broker and demo: {total[0]} MB RSS (goal <= 450), {total[1]} MB PSS")
        begun = time.monotonic()
        with broker.running():
            alone = time.monotonic() - begun
        print(f"second start to the first rendered page: {rendered:.1f} s (goal <= 12)")
        print(f"a bare broker, format and start: {alone:.1f} s; whole / bare broker = {rendered / alone:.1f}")


if __name__ == "__main__":
    main()
