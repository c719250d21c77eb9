/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which worker gets a frame: a classic BPF program for PACKET_FANOUT_CBPF (packet(7)). It hashes the unordered pair of IP addresses, so both directions and all
 * fragments of a conversation reach one worker. VLAN tags, PPPoE, MPLS and SNAP are looked through as the decoder does; what has no IP goes to worker 0.
 * The program is built, not written as a table, so that no jump is counted by hand.
 */
#ifndef WEIR_CAPTURE_FANOUT_BPF_H
#define WEIR_CAPTURE_FANOUT_BPF_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

#define FANOUT_PROGRAM_MAX 400

/* ethernet: frames begin with an Ethernet header; else with the network layer. seed: any number, the same for all workers of an interface.
 * Returns the number of instructions. */
unsigned fanout_program(struct sock_filter out[FANOUT_PROGRAM_MAX], bool ethernet, uint32_t seed);

#endif
