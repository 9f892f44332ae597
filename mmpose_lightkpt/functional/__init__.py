"""The formulas, in numpy alone: the one home of each.

- :mod:`.bin_peaks`, :mod:`.heatmap_peaks`: how MMPose decodes SimCC and
  heatmaps
- :mod:`.calibration`: whether scores are probabilities
- :mod:`.bins`: SimCC's labels, decode and flip
- :mod:`.heatmap`: kernels on the cells of a grid
- :mod:`.integral`: means of maps, without the softmax's bias
- :mod:`.integral_targets`: maps with a given mean
- :mod:`.kernel_size`: how wide a kernel is, by the person's size
- :mod:`.legacy_accuracy`: a number of old logs, with its faults
- :mod:`.movenet`: MoveNet's decode
- :mod:`.movenet_targets`: MoveNet's training targets
- :mod:`.person_areas`: how much of a crop its person covers
- :mod:`.one_euro`: smoothing of a video's keypoints
- :mod:`.movenet_multi`, :mod:`.movenet_peaks`,
  :mod:`.movenet_multi_margins`: MoveNet's decode of several people
- :mod:`.movenet_boxes`: targets of their boxes
- :mod:`.regression`: coordinates and their sigmas
- :mod:`.smart_crop`: where to look for a person in the next frame
- :mod:`.oks`, :mod:`.pck`: similarity and accuracy of keypoints

Training targets, metrics and the board all call these same lines.
"""
