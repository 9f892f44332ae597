"""Export models to ncnn; all work is in mmpose_lightkpt.export."""

import sys

from mmpose_lightkpt.export import main

if __name__ == '__main__':
    sys.exit(main())
