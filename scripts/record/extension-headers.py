#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""extension-headers.py ADDR: sends UDP datagrams behind IPv6 hop-by-hop and destination options headers."""
import socket
import sys

PADDING = bytes([0, 0, 1, 4, 0, 0, 0, 0])  # next header and length are the kernel's, then PadN of 6 bytes
with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
    for option in (socket.IPV6_DSTOPTS, socket.IPV6_HOPOPTS):
        s.setsockopt(socket.IPPROTO_IPV6, option, PADDING)
        s.sendto(b"behind an extension header", (sys.argv[1], 7000))
