#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""trim.py IN.pcap OUT.pcap [SECONDS [WHOLE]]: makes a capture small.

Keeps the first SECONDS (300), the first WHOLE (12) frames of every flow as they are, and of the others
what lies before the payload. Original lengths stay in the packet headers, as with a snap length.
Frames that two processors stamped in the wrong order are put in the order of their times.
"""
import collections
import struct
import sys


def layers(frame):
    """The flow's key, and how many bytes come before its payload (None: keep all)."""
    kind, at = struct.unpack_from("!H", frame, 12)[0], 14
    vlan = 0
    while kind in (0x8100, 0x88A8):
        vlan, kind = struct.unpack_from("!HH", frame, at)
        at += 4
    if kind == 0x0800:
        protocol, addresses = frame[at + 9], (frame[at + 12 : at + 16], frame[at + 16 : at + 20])
        if struct.unpack_from("!H", frame, at + 6)[0] & 0x3FFF:
            return None, None
        at += (frame[at] & 15) * 4
    elif kind == 0x86DD:
        protocol, addresses = frame[at + 6], (frame[at + 8 : at + 24], frame[at + 24 : at + 40])
        at += 40
    else:
        return None, None
    if protocol not in (6, 17):
        return None, None
    ports = frame[at : at + 2], frame[at + 2 : at + 4]
    at += (frame[at + 12] >> 4) * 4 if protocol == 6 else 8
    return (vlan, protocol, *sorted(zip(addresses, ports))), at


def main():
    source, target = sys.argv[1:3]
    seconds = float(sys.argv[3]) if len(sys.argv) > 3 else 300.0
    whole = int(sys.argv[4]) if len(sys.argv) > 4 else 12
    seen = collections.Counter()
    with open(source, "rb") as data:
        header, frames = data.read(24), []
        while len(head := data.read(16)) == 16:
            s, us, kept, wire = struct.unpack("<IIII", head)
            frames.append((s, us, wire, data.read(kept)))
    frames.sort(key=lambda f: f[:2])
    first = frames[0][0] + frames[0][1] / 1e6
    with open(target, "wb") as out:
        out.write(header)
        for s, us, wire, frame in frames:
            if s + us / 1e6 - first >= seconds:
                break
            key, before = layers(frame)
            if key is not None:
                seen[key] += 1
                if seen[key] > whole:
                    frame = frame[:before]
            out.write(struct.pack("<IIII", s, us, len(frame), wire) + frame)


if __name__ == "__main__":
    main()
