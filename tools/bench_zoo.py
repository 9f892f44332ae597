"""Export and time every config; all work is in mmpose_lightkpt.zoo.

Children of it export, with MMPose; timing needs none, so none is imported.
"""

import os
import sys

os.environ.setdefault('LIGHTKPT_REGISTER', '0')

from mmpose_lightkpt.zoo import main  # noqa: E402

if __name__ == '__main__':
    sys.exit(main())
