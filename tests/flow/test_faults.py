"""A small storm on the running program; `scripts/bench faults` runs a large one."""

import os
import random
from pathlib import Path

from tests.flow.storm import storm
from tests.flow.storm_script import Plan


async def test_a_small_storm_breaks_no_promise(tmp_path: Path) -> None:
    seed = int(os.environ.get("VIGIL_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
    print(f"seed {seed}")
    outcome = await storm(tmp_path, Plan(messages=90, conversations=15, kills=2, phases=1, seed=seed))

    assert outcome.faults == [], f"seed {seed}"
    assert outcome.helped >= outcome.expected / 3
