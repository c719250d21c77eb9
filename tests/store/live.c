/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static char dir[64];

int live_setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/weir-store-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

int live_teardown(void **state)
{
	char command[100];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

const char *live_dir(void)
{
	return dir;
}

bool live_has_engine(void)
{
	return access(WEIR_SOURCE_ROOT "/.deps/chdb/libchdb.so", R_OK) == 0;
}

struct store_options live_options(void)
{
	return (struct store_options){.data_dir = dir,
				      .engine_path = WEIR_SOURCE_ROOT "/.deps/chdb/libchdb.so",
				      .store_program = WEIR_BUILD_ROOT "/weir-store",
				      .memory_bytes = 1u << 30};
}

struct store *live_open(const struct store_options *o)
{
	struct store *s = NULL;
	struct errmsg e = {{0}};
	int err = store_open(o, &s, &e);
	if (err)
		print_message("store_open: %s\n", e.text);
	assert_int_equal(err, 0);
	return s;
}

struct flow_event live_event(uint64_t n)
{
	static const struct flow_key key = {.protocol = 6};
	struct flow_event ev = {.kind = FLOW_EVENT_END};
	struct flow_row *r = &ev.row;
	uint32_t host = (uint32_t)__builtin_bswap32(0x0a000000u | (uint32_t)(n % 5000));
	r->flow_id = n;
	r->ended = 1;
	r->end_reason = FLOW_ENDED_IDLE;
	r->tcp_state = TCP_STATE_CLOSED;
	r->tcp_flags[0] = 27;
	r->ip_version = 4;
	r->protocol = 6;
	r->vlan_id = (uint16_t)(n % 4000);
	r->port[0] = (uint16_t)(n * 7);
	r->port[1] = 443;
	r->addr[0] = addr_from_v4(&host);
	r->addr[1] = addr_from_v4("\x08\x08\x04\x04");
	memcpy(r->mac[0].b, "\x02\x00\x00\xaa\xbb\xcc", 6);
	r->first_ns = 1700000000000000000ull + n * 1000000;
	r->last_ns = r->first_ns + 5 * NS_PER_S;
	r->count = (struct flow_counters){{n % 1000, 2}, {n % 1000 * 100, 200}, {n % 1000 * 86, 172}};
	r->client_latency_us = 123;
	r->key = &key;
	r->interface = "test0";
	r->derived.asn[1] = 15169;
	r->derived.as_name[1] = "GOOGLE";
	memcpy(r->derived.country[1], "US", 2);
	r->derived.is_local[0] = 1;
	r->derived.name[1] = "dns.example";
	return ev;
}

void live_write(struct flow_reader *reader, uint64_t first, uint64_t count)
{
	struct flow_event events[64];
	while (count) {
		unsigned n = count < 64 ? (unsigned)count : 64;
		for (unsigned i = 0; i < n; i++)
			events[i] = live_event(first++);
		reader->on_events(reader->ctx, events, n);
		count -= n;
	}
}

uint64_t live_number(struct store *s, const char *sql)
{
	struct text out = TEXT_INIT;
	struct errmsg e = {{0}};
	struct store_query q = {.sql = sql, .format = "TSVRaw"};
	int err = store_query(s, &q, &out, &e);
	if (err)
		print_message("%s: %s\n", sql, e.text);
	assert_int_equal(err, 0);
	uint64_t n = strtoull(text_str(&out), NULL, 10);
	text_free(&out);
	return n;
}

void live_expect_rows(struct store *s, uint64_t first, uint64_t count)
{
	assert_int_equal(live_number(s, "SELECT count() FROM flows"), count);
	assert_int_equal(live_number(s, "SELECT uniqExact(flow_id) FROM flows"), count);
	assert_int_equal(live_number(s, "SELECT min(flow_id) FROM flows"), first);
	assert_int_equal(live_number(s, "SELECT max(flow_id) FROM flows"), first + count - 1);
}

pid_t live_engine_pid(void)
{
	char path[300], line[300];
	pid_t found = 0;
	DIR *d = opendir("/proc");
	for (const struct dirent *e; d && (e = readdir(d));) {
		int pid = atoi(e->d_name), parent;
		snprintf(path, sizeof path, "/proc/%s/stat", e->d_name);
		FILE *f = pid ? fopen(path, "r") : NULL;
		if (f && fgets(line, sizeof line, f) && strstr(line, "(weir-store)") &&
		    sscanf(strrchr(line, ')'), ") %*c %d", &parent) == 1 && parent == getpid() && !strstr(line, ") Z"))
			found = pid;
		if (f)
			fclose(f);
	}
	closedir(d);
	return found;
}
