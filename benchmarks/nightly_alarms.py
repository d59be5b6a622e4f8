"""How often does a night without change raise an alarm, and how large a change is seen? Needs baselines of all domains.

python -m benchmarks.nightly_alarms --more 4     # four more nights, four minutes each: 20 clean ones, then the planted
python -m benchmarks.nightly_alarms --more 0     # writes benchmarks/nightly_alarms.md when all are there
"""

from __future__ import annotations

import argparse
from pathlib import Path


def main() -> None:
    """Go on with the nights; with all of them there, write the table."""
    # Imported here, as throughput sessions are processes that import this module: 40 MiB more than those of a night.
    from benchmarks import alarms
    from steepness.nightly.night import read_nights

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("results/nightly-alarms"))
    parser.add_argument("--more", type=int, default=1, help="nights to run now")
    parser.add_argument("--clean", type=int, default=20, help="nights before the planted ones")
    parser.add_argument("--draws", type=int, default=2000)
    options = parser.parse_args()
    alarms.add_nights(options.folder, options.more, options.clean)
    nights, clean = [alarms.judged_again(n) for n in read_nights(options.folder)], options.clean
    if len(nights) >= clean + len(alarms.NIGHTS_PLANTED):
        alarms.TABLE.write_text(alarms.table(nights[:clean], nights[clean:], options.draws))
        print(alarms.TABLE)


if __name__ == "__main__":
    main()
