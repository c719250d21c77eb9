/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Health: each interface's capture and drops, the store, memory; what is wrong, in words, with the advice. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/model.h"
#include "web/ask.h"
#include "web/health.h"
#include "web/json_out.h"
#include "web/lists.h"

/* Problems are rows: when a check says yes, its text and advice are shown. */
struct picture {
	struct observer_stats stats;
	struct model_totals totals;
	struct store_stats store;
	bool store_none;
};

#define HEALTH_CHECKS(X)                                                                                              \
	X(p->stats.kernel_drops > 0, "warning", "the kernel dropped packets before weir saw them",                     \
	  "give more workers (--workers), or a filter that leaves out what you don't need (--filter)")                    \
	X(p->stats.bucket[BUCKET_no_slot].packets > 0, "warning", "the flow table was full; packets were counted but not kept as flows", \
	  "raise --memory")                                                                                            \
	X(p->stats.evicted > 0, "notice", "flows were ended early to make room for new ones", "raise --memory")        \
	X(p->stats.dpi_no_state > 0, "notice", "some flows went without application recognition: its memory was full", \
	  "raise --memory")                                                                                            \
	X(p->totals.hosts_refused > 0, "notice", "the host table was full", "raise --memory")                          \
	X(!p->store_none && !p->store.up, "error", "the database does not answer; rows wait on disk",                  \
	  "look at the log; `weir doctor` checks the engine")                                                          \
	X(p->store.rows_dropped > 0, "error", "rows were lost because the spool was full",                             \
	  "free disk space, then restart weir")                                                                        \
	X(p->store.lag_ms > 10000, "warning", "the database is more than 10 s behind", "give it more memory or a faster disk")

static void problems_out(struct text *t, const struct picture *p, const char *interface)
{
#define X(condition, severity_, text_, advice_)          \
	if (condition) {                                 \
		json_open(t, '{');                       \
		json_key_str(t, "severity", severity_);  \
		json_key_str(t, "text", text_);          \
		json_key_str(t, "advice", advice_);      \
		json_key_str(t, "interface", interface); \
		json_close(t, '}');                      \
	}
	HEALTH_CHECKS(X)
#undef X
}

static void picture_answer(struct observer *o, void *ctx)
{
	struct picture *p = ctx;
	observer_stats(o, &p->stats);
	model_totals(observer_model(o), &p->totals);
}

static void interface_out(struct text *t, const struct web_interface *i, const struct picture *p)
{
	const struct observer_stats *s = &p->stats;
	json_open(t, '{');
	json_key_str(t, "name", i->name);
	json_key_str(t, "kind", i->is_file ? "file" : "live");
	json_key_str(t, "state", i->state(i->ctx));
	json_key_u64(t, "workers", i->workers);
#define X(member) json_key_u64(t, #member, s->member);
	X(packets)
	X(wire_bytes)
	X(kernel_drops)
	X(kernel_freezes)
	X(fragments)
	X(tags_restored)
	X(time_back)
	X(flows_live)
	X(flows_total)
	X(evicted)
	X(dpi_calls)
	X(dpi_no_state)
	X(slots)
	X(slots_used)
	X(pool_bytes)
	X(pool_cap)
#undef X
	json_key_u64(t, "hosts", p->totals.hosts);
	json_key_u64(t, "hosts_evicted", p->totals.hosts_evicted);
	json_key_u64(t, "flow_packets", p->totals.packets);
	json_key_u64(t, "flow_wire_bytes", p->totals.wire_bytes);
	buckets_out(t, s);
	json_close(t, '}');
}

static uint64_t resident_bytes(void)
{
	unsigned long long size = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "re");
	if (!f)
		return 0;
	if (fscanf(f, "%llu %llu", &size, &resident) != 2)
		resident = 0;
	fclose(f);
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void store_out(struct text *t, const struct picture *p)
{
	json_key(t, "store");
	json_open(t, '{');
	json_key_bool(t, "none", p->store_none);
	json_key_bool(t, "up", p->store.up);
	json_key_str_opt(t, "problem", p->store.problem);
	json_key_str_opt(t, "version", p->store.version);
#define X(member) json_key_u64(t, #member, p->store.member);
	X(rows_written)
	X(batches)
	X(rows_queued)
	X(rows_spooled)
	X(spool_bytes)
	X(rows_dropped)
	X(lag_ms)
	X(disk_bytes)
	X(rows_stored)
#undef X
	json_close(t, '}');
}

int health_object(struct text *out, const struct web *w)
{
	const struct web_options *o = web_options_of(w);
	struct text problems = TEXT_INIT;
	struct picture p = {.store_none = store_is_none(o->store)};

	store_stats(o->store, &p.store);
	text_putc(&problems, '[');
	json_open(out, '{');
	json_key(out, "interfaces");
	json_open(out, '[');
	for (unsigned i = 0; i < o->interface_count; i++) {
		if (ask_once(o->interfaces[i].observer, picture_answer, &p) != 0)
			continue;
		interface_out(out, &o->interfaces[i], &p);
		problems_out(&problems, &p, o->interfaces[i].name);
	}
	json_close(out, ']');
	store_out(out, &p);
	json_key(out, "memory");
	json_open(out, '{');
	json_key_u64(out, "resident_bytes", resident_bytes());
	json_close(out, '}');
	json_key_u64(out, "stream_clients", web_stream_count(w));
	json_key_str(out, "version", o->version);
	text_putc(&problems, ']');
	json_key(out, "problems");
	text_add(out, text_str(&problems), problems.len);
	json_close(out, '}');
	text_free(&problems);
	return 0;
}

int api_health_get(struct web_request *r)
{
	return health_object(&r->out, r->web);
}
