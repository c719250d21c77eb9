#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""datagram.py ADDR PORT: sends what it reads as one UDP datagram (however large) and waits a moment for an answer."""
import socket
import sys

family, kind, _, _, address = socket.getaddrinfo(sys.argv[1], int(sys.argv[2]), type=socket.SOCK_DGRAM)[0]
with socket.socket(family, kind) as s:
    s.connect(address)
    s.settimeout(0.5)
    s.send(sys.stdin.buffer.read())
    try:
        print(len(s.recv(65535)))
    except OSError as error:
        print(error)
