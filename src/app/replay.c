/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/replay.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"

#define WAIT_MAX_NS (100 * NS_PER_MS)

int replay_mode_parse(const char *text, enum replay_mode *ret)
{
	static const char *const names[] = {"as-is", "now", "loop"};
	for (int i = 0; i < 3; i++) {
		if (strcmp(text, names[i]) == 0) {
			*ret = (enum replay_mode)i;
			return 0;
		}
	}
	return WEIR_E(INVALID);
}

int replay_open(struct replay *r, struct errmsg *e)
{
	return capture_open_files(r->files, r->file_count, r->bpf, &r->capture, e);
}

void replay_close(struct replay *r)
{
	if (r->capture)
		capture_close(r->capture);
	r->capture = NULL;
}

static void sleep_ns(uint64_t ns)
{
	struct timespec t = {.tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S)};
	nanosleep(&t, NULL);
}

/* Start the next turn: read the files again, shifted behind what was sent. */
static int turn_begin(struct replay *r, struct errmsg *e)
{
	replay_close(r);
	r->shift_known = false;
	r->seam = true;
	return replay_open(r, e);
}

/* Fill the held vector from the files; 0 when there is some, else what capture_next() said. */
static int hold_more(struct replay *r, struct errmsg *e)
{
	int n = capture_next(r->capture, r->held, CAPTURE_VECTOR, 0, e);
	if (n <= 0)
		return n ? n : WEIR_E(AGAIN);
	r->held_at = 0;
	r->held_count = (unsigned)n;
	if (!r->shift_known) {
		/* The first turn starts now; a later one at the second after the last frame, or now when that is past. */
		uint64_t start = clock_real_ns(), next = (r->last_ns / NS_PER_S + 1) * NS_PER_S;
		if (r->seam && next > start)
			start = next;
		r->shift_ns = (int64_t)(start - r->held[0].ts_ns);
		r->shift_known = true;
	}
	for (int i = 0; i < n; i++)
		r->held[i].ts_ns += (uint64_t)r->shift_ns;
	return 0;
}

/* Hand out what is due; sleeps at most WAIT_MAX_NS for the next frame. */
static int hand_due(struct replay *r, struct packet_view *views, unsigned max)
{
	uint64_t now = clock_real_ns(), due = r->held[r->held_at].ts_ns;
	unsigned n = 0;

	if (due > now) {
		uint64_t wait = due - now;
		if (!atomic_load_explicit(r->stopping, memory_order_relaxed))
			sleep_ns(wait < WAIT_MAX_NS ? wait : WAIT_MAX_NS);
		if (wait > WAIT_MAX_NS)
			return 0;
		now = clock_real_ns();
	}
	while (r->held_at < r->held_count && n < max && r->held[r->held_at].ts_ns <= now) {
		views[n] = r->held[r->held_at++];
		r->last_ns = views[n].ts_ns > r->last_ns ? views[n].ts_ns : r->last_ns;
		n++;
	}
	return (int)n;
}

int replay_next(struct replay *r, struct packet_view *views, unsigned max, bool *ret_seam, struct errmsg *e)
{
	*ret_seam = false;
	if (r->mode == REPLAY_AS_IS)
		return capture_next(r->capture, views, max, 0, e);
	if (r->held_at == r->held_count) {
		int err = hold_more(r, e);
		if (err == WEIR_E(NOTFOUND) && r->mode == REPLAY_LOOP) {
			err = turn_begin(r, e);
			*ret_seam = true;
			return err;
		}
		if (err)
			return err == WEIR_E(AGAIN) ? 0 : err;
	}
	return hand_due(r, views, max);
}
