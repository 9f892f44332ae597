"""Draw skeletons on photographs; all work is in mmpose_lightkpt.demo.

Only a checkpoint needs MMPose, whose import takes seconds.
"""

import os
import sys

if not any(word.startswith('--checkpoint') for word in sys.argv):
    os.environ.setdefault('LIGHTKPT_REGISTER', '0')

from mmpose_lightkpt.demo import main  # noqa: E402

if __name__ == '__main__':
    sys.exit(main())
