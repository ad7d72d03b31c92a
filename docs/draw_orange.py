#!/usr/bin/env python3
"""Draws docs/images/orange.png, the picture that the README explains: an orange with a leaf on a wooden table.

    python3 docs/draw_orange.py            (needs numpy and Pillow)

Everything is computed: a sphere under one lamp, its skin roughened by small pits, the table's grain by layered
noise, a soft shadow from a lamp of finite size. The same call gives the same bytes.
"""
import os

import numpy as np
from PIL import Image

SIZE, OVERSAMPLING = 448, 2
N = SIZE * OVERSAMPLING
RANDOM = np.random.default_rng(7)


def noise(width, height, cells_x, cells_y):
    """Smooth noise in -1..1: random numbers on a lattice, joined by cubic steps."""
    lattice = RANDOM.uniform(-1, 1, (cells_y + 2, cells_x + 2))
    y, x = np.mgrid[0:height, 0:width]
    gx, gy = x * cells_x / width, y * cells_y / height
    ix, iy = gx.astype(int), gy.astype(int)
    fx, fy = gx - ix, gy - iy
    fx, fy = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy)
    top = lattice[iy, ix] * (1 - fx) + lattice[iy, ix + 1] * fx
    bottom = lattice[iy + 1, ix] * (1 - fx) + lattice[iy + 1, ix + 1] * fx
    return top * (1 - fy) + bottom * fy


def table():
    """Planks seen from above at a slant, darker towards the back."""
    y, x = np.mgrid[0:N, 0:N] / N
    depth = 0.35 + y
    grain = sum(noise(N, N, 4 * 2**k, 24 * 2**k) / 2**k for k in range(4))
    planks = np.floor((x - 0.5) / depth * 5 + 0.3)
    tint = 0.06 * np.sin(planks * 12.9898)
    seam = np.abs((x - 0.5) / depth * 5 + 0.3 - np.round((x - 0.5) / depth * 5 + 0.3)) < 0.012
    shade = (0.62 + 0.09 * grain + tint) * (0.55 + 0.5 * y)
    shade = np.where(seam & (y > 0.02), shade * 0.5, shade)
    return shade[..., None] * np.array([0.72, 0.48, 0.30])


def orange(picture):
    """The fruit and its shadow, over the table."""
    y, x = np.mgrid[0:N, 0:N] / N
    cx, cy, r = 0.5, 0.50, 0.30
    # Shadow: a blurred ellipse away from the lamp.
    d = np.hypot((x - cx - 0.10) / 0.36, (y - cy - 0.27) / 0.13)
    picture *= (1 - 0.72 / (1 + np.exp((d - 1) * 7)))[..., None]

    u, v = (x - cx) / r, (y - cy) / r
    inside = u * u + v * v < 1
    z = np.sqrt(np.clip(1 - u * u - v * v, 0, 1))
    pits = sum(noise(N, N, c, c) for c in (110, 190, 260)) / 3
    gy, gx = np.gradient(pits)
    normal = np.stack([u + 1.1 * gx, v + 1.1 * gy, z], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    lamp = np.array([-0.45, -0.65, 0.62])
    lamp /= np.linalg.norm(lamp)
    diffuse = np.clip(normal @ lamp, 0, 1)
    half = lamp + np.array([0, 0, 1.0])
    half /= np.linalg.norm(half)
    gloss = np.clip(normal @ half, 0, 1) ** 38
    bounce = np.clip(v, 0, 1) * 0.16
    base = np.array([1.0, 0.50, 0.06]) * (1 + 0.06 * noise(N, N, 7, 7))[..., None]
    skin = base * (0.20 + 0.86 * diffuse + bounce)[..., None] + gloss[..., None] * 0.42
    skin *= (0.72 + 0.28 * np.clip(z * 2.2, 0, 1))[..., None]
    # The stem's dimple near the top.
    sx, sy = cx + 0.03, cy - 0.235
    stem = np.hypot((x - sx) / 0.022, (y - sy) / 0.012)
    skin *= (1 - 0.45 * np.exp(-((np.hypot((x - sx) / 0.07, (y - sy) / 0.035)) ** 2)))[..., None]
    skin = np.where((stem < 1)[..., None], np.array([0.30, 0.33, 0.12]) * (0.7 + 0.3 * (1 - stem))[..., None], skin)
    edge = np.clip((1 - np.hypot(u, v)) * N * r / 2, 0, 1)[..., None]
    return np.where(inside[..., None], skin * edge + picture * (1 - edge), picture)


def leaf(picture):
    """A leaf from the stem to the right."""
    y, x = np.mgrid[0:N, 0:N] / N
    angle = -0.42
    dx, dy = x - 0.545, y - 0.262
    a, b = dx * np.cos(angle) + dy * np.sin(angle), -dx * np.sin(angle) + dy * np.cos(angle)
    t = np.clip(a / 0.27, 0, 1)
    half_width = 0.062 * np.sin(np.pi * t**0.8) ** 0.9
    inside = (a > 0) & (a < 0.27) & (np.abs(b) < half_width)
    veins = 0.5 + 0.5 * np.cos((a - 0.6 * np.abs(b)) * 240)
    green = np.array([0.16, 0.42, 0.12]) * (0.85 + 0.25 * veins + 2.2 * np.clip(-b, -0.1, 0.1) + 0.1 * noise(N, N, 60, 60))[..., None]
    green = np.where((np.abs(b) < 0.0035)[..., None], green * 1.45, green)
    return np.where(inside[..., None], green, picture)


def main():
    picture = leaf(orange(table()))
    picture = picture.reshape(SIZE, OVERSAMPLING, SIZE, OVERSAMPLING, 3).mean((1, 3))
    pixels = (255 * np.clip(picture, 0, 1) ** (1 / 1.25) + 0.5).astype(np.uint8)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "images", "orange.png")
    Image.fromarray(pixels).save(path)
    print(path)


if __name__ == "__main__":
    main()
