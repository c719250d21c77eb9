#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""wan.py NAMESPACE NAMESPACE: a far link between two namespaces of ours.

Makes a TUN device `wan` in each and carries packets between them, with the
delay of the remote network (by its address, 4 to 90 ms one way), a common
rate, and the loss of a few packets. Kernels without netem have no other way.
"""
import ctypes
import fcntl
import heapq
import os
import random
import select
import struct
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 1, 0x1000
RATE = 24_000_000 / 8  # bytes a second
QUEUE_S = 0.25  # what would wait longer is dropped
LOSS = 0.004
libc = ctypes.CDLL(None, use_errno=True)


def tun(namespace):
    with open(f"/run/netns/{namespace}") as net:
        if libc.setns(net.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"wan", IFF_TUN | IFF_NO_PI))
    return fd


def delay_of(remote):
    """One-way seconds, always the same for a network."""
    return 0.004 + (sum(remote[:2]) * 7919 % 997) / 997 * 0.04 + (0.045 if remote[0] % 5 == 0 else 0)


def main():
    home, away = (tun(name) for name in sys.argv[1:3])
    other = {home: away, away: home}
    busy_until = {home: 0.0, away: 0.0}
    waiting, number = [], 0
    rng = random.Random(3)
    poll = select.poll()
    for fd in other:
        poll.register(fd, select.POLLIN)
    print("up", flush=True)
    while True:
        now = time.monotonic()
        while waiting and waiting[0][0] <= now:
            _, _, fd, packet = heapq.heappop(waiting)
            try:
                os.write(fd, packet)
            except OSError:
                pass
        timeout = max(0, (waiting[0][0] - now) * 1000) if waiting else 1000
        for fd, _ in poll.poll(timeout):
            for _ in range(64):
                try:
                    packet = os.read(fd, 2000)
                except BlockingIOError:
                    break
                now = time.monotonic()
                four = packet[0] >> 4 == 4
                start = (16 if four else 24) if fd == home else (12 if four else 8)
                begin = max(now, busy_until[fd])
                if begin - now > QUEUE_S or (len(packet) > 200 and rng.random() < LOSS):
                    continue
                busy_until[fd] = begin + len(packet) / RATE
                number += 1
                heapq.heappush(waiting, (busy_until[fd] + delay_of(packet[start : start + 4]), number, other[fd], packet))


if __name__ == "__main__":
    main()
