/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The store with the real engine: rows in, rows out, the schema, read-only questions, clear errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "live.h"
#include "store/client.h"
#include "store/retention.h"
#include "store/schema.h"

#define NEEDS_ENGINE()                  \
	do {                            \
		if (!live_has_engine()) \
			skip();         \
	} while (0)

static void run(struct store *s, const char *sql)
{
	struct store_query q = {.sql = sql};
	struct errmsg e = {{0}};
	int err = store_query(s, &q, NULL, &e);
	if (err)
		print_message("%s: %s\n", sql, e.text);
	assert_int_equal(err, 0);
}

static void writes_and_reads(void **state)
{
	const uint64_t n = 200000;
	uint64_t packets = 0;
	struct store_stats stats;
	(void)state;
	NEEDS_ENGINE();
	struct store_options o = live_options();
	struct store *s = live_open(&o);
	struct flow_reader a = store_reader(s, "a", true), b = store_reader(s, "b", true);
	live_write(&a, 0, n / 2);
	live_write(&b, n / 2, n / 2);
	assert_int_equal(store_flush(s, 20000), 0);
	live_expect_rows(s, 0, n);
	for (uint64_t i = 0; i < n; i++)
		packets += i % 1000 + 2;
	assert_int_equal(live_number(s, "SELECT sum(packets_c2s + packets_s2c) FROM flows"), packets);
	assert_int_equal(live_number(s, "SELECT uniqExact(_partition_id) FROM flows"), 1);
	assert_in_range(live_number(s, "SELECT dateDiff('second', max(received_at), now64(3))"
				       " FROM flows"),
			0, 30);
	store_stats(s, &stats);
	assert_true(stats.up);
	assert_string_equal(stats.problem, "");
	assert_int_equal(stats.rows_written, n);
	assert_int_equal(stats.rows_queued + stats.rows_dropped + stats.rows_spooled + stats.lag_ms, 0);
	store_close(s);
	s = live_open(&o);
	live_expect_rows(s, 0, n);
	store_close(s);
}

/* Every stored field comes back as it was. */
static void fields(void **state)
{
	static const char *const want[][2] = {
		{"flow_id", "18446744073709551615"},
		{"toString(client_ip)", "::ffff:10.0.6.79"},
		{"toString(server_ip)", "::ffff:8.8.4.4"},
		{"server_port", "443"},
		{"protocol", "6"},
		{"end_reason", "idle"},
		{"tcp_state", "closed"},
		{"tcp_flags_c2s", "27"},
		{"server_country", "US"},
		{"client_country", "\\0\\0"},
		{"server_asn", "15169"},
		{"server_as_name", "GOOGLE"},
		{"client_latency_us", "123"},
		{"server_name", "dns.example"},
		{"client_mac", "2199034444748"},
		{"interface", "test0"},
		{"direction", "local-remote"},
		{"risks", "[]"},
		{"wire_bytes_s2c", "200"},
	};
	struct text sql = TEXT_INIT, out = TEXT_INIT, expect = TEXT_INIT;
	struct errmsg e;
	(void)state;
	NEEDS_ENGINE();
	struct store_options o = live_options();
	struct store *s = live_open(&o);
	struct flow_reader reader = store_reader(s, "test0", true);
	struct flow_event ev[2] = {live_event(UINT64_MAX), live_event(1)};
	ev[1].kind = FLOW_EVENT_UPDATE; /* no row */
	reader.on_events(reader.ctx, ev, 2);
	assert_int_equal(store_flush(s, 10000), 0);
	text_puts(&sql, "SELECT ");
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		text_printf(&sql, "%s%s", i ? ", " : "", want[i][0]);
		text_printf(&expect, "%s%s", i ? "\t" : "", want[i][1]);
	}
	text_puts(&sql, " FROM flows");
	struct store_query q = {.sql = text_str(&sql), .format = "TSV"};
	assert_int_equal(store_query(s, &q, &out, &e), 0);
	text_puts(&expect, "\n");
	assert_string_equal(text_str(&out), text_str(&expect));
	text_free(&sql);
	text_free(&out);
	text_free(&expect);
	store_close(s);
}

/* Without anybody's flush, a row is there within five seconds; the first look tells of the lag. */
static void soon(void **state)
{
	struct store_stats stats;
	(void)state;
	NEEDS_ENGINE();
	struct store_options o = live_options();
	struct store *s = live_open(&o);
	struct flow_reader reader = store_reader(s, "test0", false);
	live_write(&reader, 0, 10);
	usleep(300000);
	store_stats(s, &stats);
	assert_in_range(stats.lag_ms, 250, 1500);
	uint64_t start = clock_monotonic_ns();
	while (live_number(s, "SELECT count() FROM flows") != 10)
		assert_true(clock_monotonic_ns() - start < 5 * NS_PER_S);
	store_close(s);
}

/* --- schema --- */

static void schema_text(void **state)
{
	struct text ddl = TEXT_INIT, columns = TEXT_INIT, row = TEXT_INIT;
	char column[100];
	(void)state;
	schema_flows_sql(&ddl);
	schema_columns(&columns);
	for (uint32_t i = 0; i < flow_field_table.count; i++) {
		const struct field_def *f = &flow_field_table.fields[i];
		snprintf(column, sizeof column, "`%s`", f->name);
		bool stored = (f->flags & FIELD_STORED) && f->get;
		assert_int_equal(strstr(text_str(&columns), column) != NULL, stored);
		snprintf(column, sizeof column, "`%s` %s ", f->name, field_kind_column(f->kind));
		assert_int_equal(strstr(text_str(&ddl), column) != NULL, stored);
	}
	assert_non_null(strstr(text_str(&ddl), "non_replicated_deduplication_window"));
	struct flow_event ev = live_event(1);
	schema_row(&row, &ev.row, 0x0102030405060708ull);
	assert_memory_equal(row.buf + row.len - 8, "\x08\x07\x06\x05\x04\x03\x02\x01", 8);
	text_free(&ddl);
	text_free(&columns);
	text_free(&row);
}

static void newer_is_refused(void **state)
{
	struct store *s;
	struct errmsg e;
	(void)state;
	NEEDS_ENGINE();
	struct store_options o = live_options();
	s = live_open(&o);
	assert_int_equal(live_number(s, "SELECT max(version) FROM weir_schema"), SCHEMA_VERSION);
	run(s, "INSERT INTO weir_schema SELECT 99, 'weir of tomorrow', now()");
	store_close(s);
	assert_int_equal(store_open(&o, &s, &e), WEIR_E(VERSION));
	assert_non_null(strstr(e.text, "99"));
	assert_non_null(strstr(e.text, "newer"));
}

/* A database of before a field was added gets its column; one with another type is refused. */
static void columns_follow(void **state)
{
	struct store *s;
	struct errmsg e;
	(void)state;
	NEEDS_ENGINE();
	struct store_options o = live_options();
	s = live_open(&o);
	struct flow_reader reader = store_reader(s, "test0", true);
	live_write(&reader, 0, 100);
	assert_int_equal(store_flush(s, 10000), 0);
	run(s, "ALTER TABLE flows DROP COLUMN ssh_server SETTINGS mutations_sync = 2");
	run(s, "ALTER TABLE flows DROP COLUMN vlan_id SETTINGS mutations_sync = 2");
	store_close(s);
	s = live_open(&o);
	reader = store_reader(s, "test0", true);
	live_write(&reader, 100, 100);
	assert_int_equal(store_flush(s, 10000), 0);
	live_expect_rows(s, 0, 200);
	assert_int_equal(live_number(s, "SELECT countIf(vlan_id = 0) FROM flows"), 100);
	run(s, "ALTER TABLE flows MODIFY COLUMN vlan_id UInt64 SETTINGS mutations_sync = 2");
	store_close(s);
	assert_int_equal(store_open(&o, &s, &e), WEIR_E(UNSUPPORTED));
	assert_non_null(strstr(e.text, "vlan_id of table flows is UInt64 in the database and UInt16"));
}

/* --- questions --- */

static int asked(struct store *s, const char *sql, bool readonly, struct text *out, struct errmsg *e)
{
	struct store_query q = {
		.sql = sql, .readonly = readonly, .format = "TSVRaw", .timeout_ms = 2000, .max_rows = 7};
	text_clear(out);
	e->text[0] = '\0';
	return store_query(s, &q, out, e);
}

static void readonly(void **state)
{
	static const char *const denied[] = {
		"SELECT file('/etc/passwd')",
		"SELECT * FROM file('/etc/passwd', 'LineAsString')",
		"SELECT * FROM url('http://127.0.0.1:9/', 'LineAsString')",
		"SELECT 1 INTO OUTFILE '/tmp/weir-outfile'",
		"DESCRIBE file('/etc/passwd')",
		"INSERT INTO flows (flow_id) VALUES (1)",
		"DROP TABLE flows",
		"SET max_execution_time = 0",
		"SELECT 1; DROP TABLE flows",
		"KILL QUERY WHERE 1",
		"SELECT * FROM default.`/etc/passwd`",
		"SELECT 1 SETTINGS readonly = 0",
		"SELECT 1 SETTINGS max_execution_time = 1000",
	};
	struct text out = TEXT_INIT;
	struct errmsg e;
	(void)state;
	NEEDS_ENGINE();
	struct store_options o = live_options();
	struct store *s = live_open(&o);
	for (size_t i = 0; i < sizeof denied / sizeof denied[0]; i++) {
		int err = asked(s, denied[i], true, &out, &e);
		if (err != WEIR_E(DENIED))
			print_message("%s: %d %s %s\n", denied[i], err, e.text, text_str(&out));
		assert_int_equal(err, WEIR_E(DENIED));
		assert_int_equal(out.len, 0);
	}
	assert_int_equal(access("/tmp/weir-outfile", F_OK), -1);
	assert_int_equal(asked(s, "SELECT number FROM numbers(100)", true, &out, &e), 0);
	assert_string_equal(text_str(&out), "0\n1\n2\n3\n4\n5\n6\n");
	assert_int_equal(asked(s, "SELECT bad", true, &out, &e), WEIR_E(INVALID));
	assert_non_null(strstr(e.text, "UNKNOWN_IDENTIFIER"));
	uint64_t start = clock_monotonic_ns();
	assert_int_equal(asked(s, "SELECT count() FROM numbers(1000000000000)", true, &out, &e), WEIR_E(TIMEOUT));
	assert_in_range((clock_monotonic_ns() - start) / NS_PER_MS, 1500, 3900);
	assert_int_equal(asked(s, "SELECT groupArray(number) FROM numbers(1000000000)", true, &out, &e), WEIR_E(NOMEM));
	/* settings of one question don't reach the next */
	assert_int_equal(live_number(s, "SELECT getSetting('readonly')"), 0);
	assert_int_equal(live_number(s, "SELECT getSetting('compile_expressions')"), 0);
	text_free(&out);
	store_close(s);
}

/* What the guard does not see, the fence holds: asked without readonly, the engine still can't reach out. */
static void fence(void **state)
{
	struct text out = TEXT_INIT;
	struct errmsg e;
	(void)state;
	NEEDS_ENGINE();
	struct store_options o = live_options();
	struct store *s = live_open(&o);
	int err = asked(s, "SELECT file('/etc/passwd')", false, &out, &e);
	store_close(s);
	if (err == 0) {
		text_free(&out);
		skip(); /* a kernel without Landlock */
	}
	assert_non_null(strstr(e.text, "Permission denied"));
	text_free(&out);
}

static void *long_query(void *arg)
{
	struct store_query q = {.sql = "SELECT count() FROM numbers(1000000000000) WHERE cityHash64(number) = 1",
				.readonly = true,
				.timeout_ms = 30000,
				.query_id = "to-be-cancelled"};
	struct errmsg e;
	return (void *)(intptr_t)store_query(arg, &q, NULL, &e);
}

static void cancelled(void **state)
{
	pthread_t t;
	void *result;
	struct errmsg e;
	(void)state;
	NEEDS_ENGINE();
	struct store_options o = live_options();
	struct store *s = live_open(&o);
	assert_int_equal(pthread_create(&t, NULL, long_query, s), 0);
	while (live_number(s,
			   "SELECT count() FROM system.processes WHERE Settings['log_comment'] = 'to-be-cancelled'") ==
	       0)
		usleep(20000);
	uint64_t start = clock_monotonic_ns();
	assert_int_equal(store_cancel(s, "no such query", &e), 0);
	assert_int_equal(store_cancel(s, "to-be-cancelled", &e), 0);
	pthread_join(t, &result);
	assert_true(clock_monotonic_ns() - start < NS_PER_S);
	assert_int_equal((int)(intptr_t)result, WEIR_E(INVALID));
	store_close(s);
}

/* --- retention --- */

static void retention(void **state)
{
	struct ch_server server = {.base = "http://weir-store/", .database = "weir"};
	struct ch_client *c;
	struct errmsg e = {{0}};
	struct retention r = {.days = 30};
	(void)state;
	NEEDS_ENGINE();
	struct store_options o = live_options();
	o.retention_days = UINT32_MAX; /* the store's own does nothing */
	struct store *s = live_open(&o);
	snprintf(server.unix_path, sizeof server.unix_path, "%s/engine/store.sock", live_dir());
	assert_int_equal(ch_client_new(&server, &c), 0);
	run(s, "SYSTEM STOP MERGES");
	/* days -40 … -1, and today in two parts */
	run(s, "INSERT INTO flows (flow_id, community_id, received_at) SELECT number, randomPrintableASCII(200),"
	       " toDateTime64(now('UTC') - toIntervalDay(40 - intDiv(number, 1000)), 3) FROM numbers(40000)"
	       " SETTINGS max_partitions_per_insert_block = 100");
	run(s,
	    "INSERT INTO flows (flow_id, community_id, received_at) SELECT number, randomPrintableASCII(200), now64(3) FROM numbers(40000, 3000)");
	run(s,
	    "INSERT INTO flows (flow_id, community_id, received_at) SELECT number, randomPrintableASCII(200), now64(3) FROM numbers(43000, 3000)");
	assert_int_equal(retention_enforce(c, &r, &e), 10);
	assert_int_equal(live_number(s, "SELECT min(flow_id) FROM flows"), 10000); /* 30 days and today */
	assert_int_equal(retention_enforce(c, &r, &e), 0);
	uint64_t day = live_number(
		s, "SELECT max(bytes_on_disk) FROM system.parts WHERE active AND table = 'flows' AND rows = 1000");
	r.bytes_max = live_number(s, "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND table = 'flows'") -
		      3 * day / 2;
	assert_int_equal(retention_enforce(c, &r, &e), 2);
	assert_int_equal(live_number(s, "SELECT min(flow_id) FROM flows"), 12000);
	r.bytes_max = 4 * day; /* less than today alone: older days go, today's parts the next time */
	assert_int_equal(retention_enforce(c, &r, &e), 28);
	assert_int_equal(live_number(s, "SELECT min(flow_id) FROM flows"), 40000);
	assert_int_equal(retention_enforce(c, &r, &e), 1);
	assert_int_equal(live_number(s, "SELECT min(flow_id) FROM flows"), 43000);
	assert_int_equal(live_number(s, "SELECT count() FROM flows"), 3000);
	assert_int_equal(retention_enforce(c, &r, &e), 0);
	ch_client_free(c);
	store_close(s);
}

/* --- what can be wrong --- */

static void refused(const struct store_options *o, int code, const char *says)
{
	struct store *s = NULL;
	struct errmsg e = {{0}};
	int err = store_open(o, &s, &e);
	if (err != code || !strstr(e.text, says))
		print_message("%d: %s\n", err, e.text);
	assert_int_equal(err, code);
	assert_non_null(strstr(e.text, says));
	assert_null(s);
	assert_int_equal(live_engine_pid(), 0);
}

static void no_engine(void **state)
{
	char path[128];
	(void)state;
	struct store_options o = live_options();
	o.engine_path = "/nonexistent/libchdb.so";
	refused(&o, WEIR_E(NOTFOUND), "/nonexistent/libchdb.so");
	snprintf(path, sizeof path, "%s/libchdb.so", live_dir());
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs("not a library", f);
	fclose(f);
	o.engine_path = path;
	refused(&o, WEIR_E(UNAVAILABLE), "can't be loaded");
	o.engine_path = "/lib/x86_64-linux-gnu/libm.so.6";
	refused(&o, WEIR_E(UNAVAILABLE), "no usable libchdb");
	o = live_options();
	o.engine_path = path;
	o.store_program = "/nonexistent/weir-store";
	refused(&o, WEIR_E(UNAVAILABLE), "/nonexistent/weir-store");
	o = (struct store_options){.url = "mysql://x", .data_dir = live_dir()};
	refused(&o, WEIR_E(INVALID), "clickhouse://");
}

static void bad_folder(void **state)
{
	(void)state;
	NEEDS_ENGINE();
	struct store_options o = live_options();
	o.query_only = true;
	refused(&o, WEIR_E(NOTFOUND), "no flow database");
	o.query_only = false;
	o.data_dir = "/nonexistent";
	refused(&o, WEIR_E(IO), "/nonexistent");
}

static void none(void **state)
{
	struct store *s;
	struct store_stats stats;
	struct errmsg e;
	struct text out = TEXT_INIT;
	struct store_query q = {.sql = "SELECT 1"};
	(void)state;
	struct store_options o = {.url = "none", .data_dir = live_dir()};
	assert_int_equal(store_open(&o, &s, &e), 0);
	assert_true(store_is_none(s));
	struct flow_reader reader = store_reader(s, "a", true);
	assert_null(reader.on_events);
	store_stats(s, &stats);
	assert_false(stats.up);
	assert_int_equal(store_flush(s, 1000), 0);
	assert_int_equal(store_query(s, &q, &out, &e), WEIR_E(UNAVAILABLE));
	assert_non_null(strstr(e.text, "--store none"));
	store_close(s);
}

static void private_files(void **state)
{
	char path[128];
	struct stat st;
	(void)state;
	NEEDS_ENGINE();
	struct store_options o = live_options();
	struct store *s = live_open(&o);
	snprintf(path, sizeof path, "%s/engine", live_dir());
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	strcat(path, "/store.sock");
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	store_close(s);
	assert_int_equal(live_engine_pid(), 0);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, live_setup, live_teardown)
	const struct CMUnitTest tests[] = {
		TEST(writes_and_reads), TEST(fields),     TEST(soon),  TEST(schema_text),   TEST(newer_is_refused),
		TEST(columns_follow),   TEST(readonly),   TEST(fence), TEST(cancelled),     TEST(retention),
		TEST(no_engine),        TEST(bad_folder), TEST(none),  TEST(private_files),
	};
	return cmocka_run_group_tests_name("store/store", tests, NULL, NULL);
}
