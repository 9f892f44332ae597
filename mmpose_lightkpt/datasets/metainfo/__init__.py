"""Data set metadata that MMPose has no file for (MMEngine config files)."""
