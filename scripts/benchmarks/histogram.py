#!/usr/bin/env python3
"""p50 and p99 in milliseconds of what a histogram observed between two pages of metrics.

Interpolated within its buckets.

histogram.py NAME BEFORE AFTER
"""
import re
import sys


def buckets(path, name):
    line = re.compile(rf'^{name}_bucket{{(?:.*,)?le="([^"]+)"}} (\d+)$', re.M)
    with open(path) as file:
        return {float(bound): int(count) for bound, count in line.findall(file.read())}


def quantile(fraction, counts):
    need = fraction * counts[-1][1]
    low, below = 0.0, 0
    for bound, count in counts:
        if count >= need and count > below:
            return low if bound == float("inf") else low + (bound - low) * (need - below) / (count - below)
        low, below = bound, count
    return low


before, after = (buckets(path, sys.argv[1]) for path in sys.argv[2:4])
counts = [(bound, after[bound] - before.get(bound, 0)) for bound in sorted(after)]
if not counts or counts[-1][1] == 0:
    sys.exit(f"histogram.py: {sys.argv[1]} has observed nothing")
print(f"{1000 * quantile(0.5, counts):.0f} {1000 * quantile(0.99, counts):.0f}")
