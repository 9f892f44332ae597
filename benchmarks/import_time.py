"""What importing the board's part costs beyond numpy and ncnn themselves.

Fresh processes import numpy and ncnn alone, or the benchmark with all that
its workers need as well; the difference of the medians is ours. The time of
the processor is told beside that of the clock, which other load lengthens.
The limit on a board is half a second:
    python benchmarks/import_time.py --repeats 20
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import time

BARE = 'import numpy, ncnn'
OURS = (
    f'{BARE}, mmpose_lightkpt.benchmark, mmpose_lightkpt.deploy.timing, '
    'mmpose_lightkpt.deploy.parity'
)


def measure(code):
    """Seconds by the clock and of the processor of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.perf_counter()
    subprocess.run(
        [sys.executable, '-c', code],
        env=dict(os.environ, LIGHTKPT_REGISTER='0'),
        check=True,
    )
    wall = time.perf_counter() - begin
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, sum(after[:2]) - sum(before[:2])


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument('--repeats', type=int, default=10)
    repeats = max(1, parser.parse_args().repeats)
    measure(OURS)  # writes the bytecode
    found = {BARE: [], OURS: []}
    for _ in range(repeats):
        for code, times in found.items():
            times.append(measure(code))
    for i, name in enumerate(('clock', 'processor')):
        bare, ours = (
            statistics.median(times[i] for times in found[code])
            for code in (BARE, OURS)
        )
        print(
            f'{name:10} numpy and ncnn {bare:.3f} s, '
            f'with ours {ours:.3f} s: {ours - bare:.3f} s beyond'
        )


if __name__ == '__main__':
    main()
