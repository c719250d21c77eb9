/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A hierarchical timer wheel over numbered items (flow slots), after Varghese and Lauck (SOSP 1987).
 *
 * One second a tick, two levels of 256: up to 65,536 s ahead; later times are clamped. An item has at most one timer. Links are in
 * an array by item number, so adding, moving and removing touch one line and allocate nothing. One thread.
 * Moving time by any gap costs at most one turn of each level: gaps are jumped, not walked.
 */
#ifndef WEIR_BASE_WHEEL_H
#define WEIR_BASE_WHEEL_H

#include <stdint.h>

#define WHEEL_SLOTS 256u
#define WHEEL_NONE  UINT32_MAX

struct wheel_link {
	uint32_t next, prev; /* item + 1, or a bucket (high bit set); 0: none. So untouched memory means: not armed */
	uint32_t due;        /* seconds; meaning is the caller's epoch */
};

struct wheel {
	struct wheel_link *links; /* by item; the caller's or ours */
	uint32_t items;
	uint32_t now;                        /* seconds */
	uint32_t heads[2 * WHEEL_SLOTS + 1]; /* level 0, level 1, and the list that is firing */
	uint32_t armed[3];                   /* timers in each of them */
};

/* items: highest item number + 1. Link memory is reserved and touched only as used. 0 or WEIR_E(NOMEM). */
int wheel_init(struct wheel *w, uint32_t items, uint32_t now);
void wheel_free(struct wheel *w);
/* Arm or move the timer of item to due (seconds). A time not after now fires at the next advance. */
void wheel_set(struct wheel *w, uint32_t item, uint32_t due);
void wheel_clear(struct wheel *w, uint32_t item);
/* Move time to now and call fire(ctx, item) once for each due item, in order of due second, then of item number within
 * a second (so that replays are identical). fire may set or clear any timer. Time never goes back. */
void wheel_advance(struct wheel *w, uint32_t now, void (*fire)(void *ctx, uint32_t item), void *ctx);

#endif
