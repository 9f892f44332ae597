"""Merge benchmark records; all work is in mmpose_lightkpt.report.

Reports need no MMPose, so it is not imported here.
"""

import os
import sys

os.environ.setdefault('LIGHTKPT_REGISTER', '0')

from mmpose_lightkpt.report import main  # noqa: E402

if __name__ == '__main__':
    sys.exit(main())
