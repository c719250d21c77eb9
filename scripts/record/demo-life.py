#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""demo-life.py TABLE SECONDS BEGIN: lets the hosts of the demo do what TABLE (demo-life.tsv)
says, until SECONDS after BEGIN (seconds since the epoch)."""
import heapq
import random
import subprocess
import sys
import time

rng = random.Random(20)
queue, number = [], 0
for line in open(sys.argv[1]):
    if line.startswith("#") or not line.strip():
        continue
    host, first, every, command = line.rstrip("\n").split("\t")
    number += 1
    heapq.heappush(queue, (float(first) + rng.random(), number, host, float(every), command))
until, begin, running = float(sys.argv[2]), float(sys.argv[3]), []
while queue and queue[0][0] < until:
    at, number, host, every, command = heapq.heappop(queue)
    time.sleep(max(0, begin + at - time.time()))
    running = [(p, c, h) for p, c, h in running if p.poll() is None]
    p = subprocess.Popen(["nsenter", f"--net=/run/netns/{host}", "--", "bash", "-c", command], stdin=subprocess.DEVNULL)
    running.append((p, command, host))
    if every:
        heapq.heappush(queue, (at + every * rng.uniform(0.9, 1.1), number, host, every, command))
time.sleep(max(0, begin + until - time.time()))
