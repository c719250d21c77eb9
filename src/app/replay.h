/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replay: a capture file's frames as they are, or shifted to now and at their own pace, once or in a loop. One worker thread.
 *
 * A turn of the loop starts where the last one ended, rounded up to the next whole second, so that nothing overlaps and sums are exact over the seam; the caller ends
 * all flows there, so that each turn has flow ids of its own.
 */
#ifndef WEIR_APP_REPLAY_H
#define WEIR_APP_REPLAY_H

#include <stdatomic.h>

#include "capture/capture.h"

enum replay_mode { REPLAY_AS_IS, REPLAY_NOW, REPLAY_LOOP };

struct replay {
	enum replay_mode mode;
	const char *const *files;
	unsigned file_count;
	const char *bpf;
	const _Atomic int *stopping; /* set by another thread: waits end at once */
	/* private */
	struct capture *capture;
	int64_t shift_ns; /* added to time stamps */
	uint64_t last_ns; /* of the frame handed out last, shifted */
	bool shift_known, seam;
	struct packet_view held[CAPTURE_VECTOR];
	unsigned held_count, held_at;
};

/* "as-is", "now", "loop"; WEIR_E(INVALID) else. */
int replay_mode_parse(const char *text, enum replay_mode *ret);
int replay_open(struct replay *r, struct errmsg *e);
void replay_close(struct replay *r);
/* Like capture_next(): frames that are due; 0 when none is due within about 100 ms (or the seam of a loop was reached: *ret_seam). */
int replay_next(struct replay *r, struct packet_view *views, unsigned max, bool *ret_seam, struct errmsg *e);

#endif
