"""MoveNet's rules as loops over pixels: the rival, and a second opinion."""

import math

import numpy as np


def naive_decode(center, heatmaps, regression, offsets, stride=4, c=1.8):
    """Decode (1, C, H, W) maps; keypoints (1, 1, K, 2) in input pixels."""
    _, joints, height, width = heatmaps.shape
    best, cy, cx = -1.0, 0, 0
    for y in range(height):
        for x in range(width):
            far = math.hypot(y - height / 2, x - width / 2) + c
            if center[0, 0, y, x] / far > best:
                best, cy, cx = center[0, 0, y, x] / far, y, x
    keypoints = np.zeros((1, 1, joints, 2))
    for k in range(joints):
        rx = cx + regression[0, 2 * k, cy, cx]
        ry = cy + regression[0, 2 * k + 1, cy, cx]
        best, px, py = -1.0, 0, 0
        for y in range(height):
            for x in range(width):
                far = math.hypot(y - ry, x - rx) + c
                if heatmaps[0, k, y, x] / far > best:
                    best, px, py = heatmaps[0, k, y, x] / far, x, y
        keypoints[0, 0, k] = (
            px + offsets[0, 2 * k, py, px],
            py + offsets[0, 2 * k + 1, py, px],
        )
    return keypoints * stride


def naive_heatmaps(points, visible, grid, sigma_cells=1.5):
    """Draw every person's Gaussians pixel by pixel, (K, H, W)."""
    people, joints = visible.shape
    maps = np.zeros((joints, grid[1], grid[0]), np.float32)
    for p in range(people):
        for k in range(joints):
            px, py = np.rint(points[p, k])
            for y in range(grid[1]):
                for x in range(grid[0]):
                    far = (x - px) ** 2 + (y - py) ** 2
                    value = math.exp(-far / (2 * sigma_cells**2))
                    maps[k, y, x] = max(maps[k, y, x], value)
    return maps
