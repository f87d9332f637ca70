"""A worker with an experiment, to be killed: `python -m tests.lab.consumers.orphaning <bootstrap>` tells the ids of its
children when they share the partitions."""

from __future__ import annotations

import sys
import time

from lab.consumers.settings import Settings
from tests.lab.consumers.players import a_stage

if __name__ == "__main__":
    stage = a_stage(sys.argv[1], Settings(partitions=2))
    while not stage.shared:
        time.sleep(0.05)
    stage.obey("stand", "A")
    assert stage.generator is not None
    print(stage.generator.pid, *(p.child.pid for p in stage.players.values()), flush=True)
    time.sleep(600)
