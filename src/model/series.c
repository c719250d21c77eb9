/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One-second series: a second is filled by deltas and closed by the next tick. Of a gap only what fits the
 * ring is walked.
 */
#include <stdlib.h>
#include <string.h>

#include "model/model_internal.h"

#define SPREAD_MAX 5u

int series_init(struct series *s)
{
	s->ring = calloc(MODEL_SECONDS, sizeof(*s->ring));
	return s->ring ? 0 : WEIR_E(NOMEM);
}

void series_free(struct series *s)
{
	free(s->ring);
}

static void note_peak(const struct second *sec, struct model_totals *totals)
{
	if (sec->bytes_in * 8 > totals->peak_in) {
		totals->peak_in = sec->bytes_in * 8;
		totals->peak_in_ts_s = sec->ts_s;
	}
	if (sec->bytes_out * 8 > totals->peak_out) {
		totals->peak_out = sec->bytes_out * 8;
		totals->peak_out_ts_s = sec->ts_s;
	}
}

/* Append one closed second; those between it and the last one had no packets. */
static void append(struct series *s, const struct second *sec)
{
	if (s->last_s == 0 || sec->ts_s - s->last_s > MODEL_SECONDS) {
		s->first_s = sec->ts_s; /* the first one, or after a gap longer than the ring */
	} else {
		for (uint64_t t = s->last_s + 1; t < sec->ts_s; t++)
			s->ring[t % MODEL_SECONDS] = (struct second){.ts_s = t};
	}
	s->ring[sec->ts_s % MODEL_SECONDS] = *sec;
	s->last_s = sec->ts_s;
	if (s->last_s - s->first_s >= MODEL_SECONDS)
		s->first_s = s->last_s - MODEL_SECONDS + 1;
}

/* The i-th of n nearly equal parts; they add up exactly. */
static uint64_t part(uint64_t whole, uint64_t i, uint64_t n)
{
	return whole / n + (i < whole % n);
}

static void append_spread(struct series *s, uint64_t seconds, struct model_totals *totals)
{
	const struct second all = s->now;
	for (uint64_t i = 0; i < seconds; i++) {
		struct second sec = all;
		sec.ts_s = all.ts_s + i;
		sec.bytes_in = part(all.bytes_in, i, seconds);
		sec.bytes_out = part(all.bytes_out, i, seconds);
		sec.bytes_internal = part(all.bytes_internal, i, seconds);
		sec.packets = part(all.packets, i, seconds);
		sec.flows_new = (uint32_t)part(all.flows_new, i, seconds);
		sec.drops = (uint32_t)part(all.drops, i, seconds);
		append(s, &sec);
		note_peak(&sec, totals);
	}
}

void series_tick(struct series *s, uint64_t now_s, bool spread, struct model_totals *totals)
{
	uint64_t gap = now_s - s->now.ts_s;
	s->now.flows_live = totals->flows_live;
	append_spread(s, spread && gap <= SPREAD_MAX ? gap : 1, totals);
	/* The second before this one is full too; the empty ones up to it are made by it. */
	if (s->last_s < now_s - 1)
		append(s, &(struct second){.ts_s = now_s - 1, .flows_live = totals->flows_live});
	s->now = (struct second){.ts_s = now_s};
}

uint32_t model_series(const struct model *m, uint64_t after_s, struct second *out, uint32_t max)
{
	const struct series *s = &m->series;
	if (s->last_s == 0 || after_s >= s->last_s)
		return 0;
	uint64_t from = after_s + 1 > s->first_s ? after_s + 1 : s->first_s;
	if (s->last_s - from + 1 > max)
		from = s->last_s + 1 - max;
	uint32_t n = 0;
	for (uint64_t t = from; t <= s->last_s; t++)
		out[n++] = s->ring[t % MODEL_SECONDS];
	return n;
}
