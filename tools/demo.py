"""Draw skeletons on photographs; all work is in mmpose_lightkpt.demo."""

import sys

from mmpose_lightkpt.demo import main

if __name__ == '__main__':
    sys.exit(main())
