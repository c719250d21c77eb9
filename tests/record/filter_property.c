/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The property that the filter language promises: over the same rows, the matcher in memory and the SQL in ClickHouse pick the same
 * ones. 10,000 random filters over 300 random rows, in the embedded engine (libchdb.so); skipped where that is not installed.
 *
 *   WEIR_FILTERS=n  so many filters     WEIR_SEED=n  other ones
 *
 * The rows go in as RowBinary, so that its writer is tested with them. Filters go out by the hundred: one column of a query each.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "random_rows.h"
#include "record/filter.h"

#define ROWS  300
#define BATCH 100

/* --- the engine --- */

static struct {
	void **(*connect)(int argc, char **argv);
	void (*close_conn)(void **conn);
	void *(*query)(void *conn, const char *query, const char *format);
	void *(*query_with_params)(void *conn, const char *query, const char *format, const char *const *names,
				   const char *const *values, size_t count);
	char *(*result_buffer)(void *result);
	size_t (*result_length)(void *result);
	const char *(*result_error)(void *result);
	void (*destroy_query_result)(void *result);
	void **conn;
} engine;

static const char *engine_missing(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return "libchdb.so can't be loaded under a sanitizer";
#endif
	static const char *const tries[] = {".deps/chdb/libchdb.so", "../.deps/chdb/libchdb.so",
					    "/usr/lib/weir/libchdb.so"};
	const char *path = getenv("WEIR_CHDB");

	for (unsigned i = 0; !path && i < 3; i++)
		if (access(tries[i], R_OK) == 0)
			path = tries[i];
	if (!path)
		return "libchdb.so is not installed (scripts/install-deps)";
	char *full = realpath(path, NULL);
	void *lib = full ? dlopen(full, RTLD_NOW | RTLD_LOCAL) : NULL;
	free(full);
	if (!lib)
		fail_msg("%s: %s", path, dlerror());
#define SYMBOL(name) assert_non_null(*(void **)&engine.name = dlsym(lib, "chdb_" #name))
	SYMBOL(connect);
	SYMBOL(close_conn);
	SYMBOL(query);
	SYMBOL(query_with_params);
	SYMBOL(result_buffer);
	SYMBOL(result_length);
	SYMBOL(result_error);
	SYMBOL(destroy_query_result);
	char program[] = "clickhouse";
	engine.conn = engine.connect(1, (char *[]){program});
	assert_non_null(engine.conn);
	return NULL;
}

static void *must(void *result, const char *what)
{
	const char *error = result ? engine.result_error(result) : "no result";
	if (error)
		fail_msg("%.2000s\n%.4000s", error, what);
	return result;
}

static void run(const char *query)
{
	engine.destroy_query_result(must(engine.query(*engine.conn, query, "TSV"), query));
}

/* --- the rows --- */

static struct flow_row rows[ROWS];

static void make_rows(struct random *r)
{
	struct text create = TEXT_INIT, data = TEXT_INIT;
	struct field_value v;
	char insert[200];

	random_register_names();
	text_puts(&create, "CREATE TABLE flows (");
	for (uint32_t i = 0; i < flow_field_table.count; i++) {
		const struct field_def *f = &flow_field_table.fields[i];
		if (f->flags & FIELD_STORED)
			text_printf(&create, "`%s` %s, ", f->name, field_kind_column(f->kind));
	}
	/* Ordered by what filters ask for, so that pruning by index is tested too. */
	text_puts(
		&create,
		"row UInt32) ENGINE = MergeTree ORDER BY (client_ip, app, first_seen) SETTINGS index_granularity = 8");
	run(text_str(&create));
	for (uint32_t n = 0; n < ROWS; n++) {
		rows[n] = random_row(r, random_next(r));
		for (uint32_t i = 0; i < flow_field_table.count; i++) {
			const struct field_def *f = &flow_field_table.fields[i];
			if (!(f->flags & FIELD_STORED))
				continue;
			f->get(&rows[n], &v);
			assert_int_equal(v.kind, f->kind);
			field_rowbinary(&data, &v);
		}
		text_add(&data, &n, 4);
	}
	int fd = memfd_create("rows", 0);
	assert_int_equal(write(fd, data.buf, data.len), (ssize_t)data.len);
	snprintf(insert, sizeof insert, "INSERT INTO flows FROM INFILE '/proc/self/fd/%d' FORMAT RowBinary", fd);
	run(insert);
	close(fd);
	text_free(&create);
	text_free(&data);
}

/* What went in is what is there: every field, as ClickHouse writes it. */
static void check_rowbinary(void)
{
	struct text query = TEXT_INIT;
	struct field_value v;

	text_puts(&query, "SELECT ");
	for (uint32_t i = 0; i < flow_field_table.count; i++) {
		const struct field_def *f = &flow_field_table.fields[i];
		if (!(f->flags & FIELD_STORED))
			continue;
		if (f->kind == FIELD_TIME)
			text_printf(&query, "formatDateTime(`%s`, '%%Y-%%m-%%dT%%H:%%i:%%S.%%fZ'), ", f->name);
		else if (f->kind == FIELD_UINTS)
			text_printf(&query, "arrayStringConcat(arrayMap(x -> toString(x), `%s`), ' '), ", f->name);
		else if (f->kind == FIELD_MAC)
			text_printf(&query, "if(`%s` = 0, '', MACNumToString(`%s`)), ", f->name, f->name);
		else if (f->kind == FIELD_ADDR) /* the engine shows mapped IPv4 as such */
			text_printf(&query, "replaceRegexpOne(toString(`%s`), '^::ffff:([0-9.]+)$', '\\\\1'), ",
				    f->name);
		else if (f->kind == FIELD_CODE2)
			text_printf(&query, "toStringCutToZero(`%s`), ", f->name);
		else if (f->flags & FIELD_ZERO_ABSENT)
			text_printf(&query, "if(`%s` = 0, '', toString(`%s`)), ", f->name, f->name);
		else if (f->flags & FIELD_TCP_ONLY)
			text_printf(&query, "if(protocol = 6, toString(`%s`), ''), ", f->name);
		else
			text_printf(&query, "toString(`%s`), ", f->name);
	}
	text_puts(&query, "'' FROM flows ORDER BY row");
	void *result = must(engine.query(*engine.conn, text_str(&query), "RowBinary"), text_str(&query));
	const uint8_t *p = (const uint8_t *)engine.result_buffer(result), *end = p + engine.result_length(result);
	for (uint32_t n = 0; n < ROWS; n++)
		for (uint32_t i = 0; i <= flow_field_table.count; i++) {
			const struct field_def *f = &flow_field_table.fields[i];
			if (i < flow_field_table.count && !(f->flags & FIELD_STORED))
				continue;
			struct text plain = TEXT_INIT;
			if (i < flow_field_table.count) {
				f->get(&rows[n], &v);
				field_plain(&plain, &v);
			}
			size_t len = 0;
			for (unsigned shift = 0;; shift += 7) {
				assert_true(p < end);
				len |= (size_t)(*p & 0x7f) << shift;
				if (!(*p++ & 0x80))
					break;
			}
			assert_true((size_t)(end - p) >= len);
			if (len != plain.len || (len && memcmp(p, plain.buf, len) != 0))
				fail_msg("row %u, %s: \"%.*s\" in the database, \"%s\" here", n, f->name, (int)len,
					 (const char *)p, text_str(&plain));
			p += len;
			text_free(&plain);
		}
	assert_ptr_equal(p, end);
	engine.destroy_query_result(result);
	text_free(&query);
}

/* --- the filters --- */

struct batch {
	struct text texts[BATCH];
	struct filter *filters[BATCH];
	uint32_t count;
	struct text query;
	struct sql_params params;
};

static void check_answer(struct batch *b, uint32_t i, const uint8_t *bits)
{
	struct text sql = TEXT_INIT;
	struct sql_params params = {0};

	for (uint32_t n = 0; n < ROWS; n++) {
		bool there = bits[n] == '1', here = filter_match(b->filters[i], &rows[n]);
		if (there == here)
			continue;
		filter_sql(b->filters[i], "p", &sql, &params);
		fprintf(stderr, "filter: %s\nsql: %s\n", text_str(&b->texts[i]), text_str(&sql));
		for (uint32_t k = 0; k < params.count; k++)
			fprintf(stderr, "  %s = %s\n", params.items[k].name, params.items[k].value);
		fail_msg("row %u: %s by the matcher, %s by SQL", n, here ? "picked" : "left out",
			 there ? "picked" : "left out");
	}
	text_free(&sql);
	sql_params_free(&params);
}

/* A row of the answer is a filter: a string of '0' and '1', one a row of the table. */
static void run_batch(struct batch *b)
{
	const char **names = calloc(b->params.count + 1, sizeof *names);
	const char **values = calloc(b->params.count + 1, sizeof *values);

	text_puts(&b->query, " FROM flows");
	for (uint32_t k = 0; k < b->params.count; k++) {
		names[k] = b->params.items[k].name;
		values[k] = b->params.items[k].value;
	}
	void *result = must(
		engine.query_with_params(*engine.conn, text_str(&b->query), "TSV", names, values, b->params.count),
		text_str(&b->query));
	const uint8_t *p = (const uint8_t *)engine.result_buffer(result);
	assert_int_equal(engine.result_length(result), b->count * (ROWS + 1));
	for (uint32_t i = 0; i < b->count; i++, p += ROWS + 1)
		check_answer(b, i, p);
	engine.destroy_query_result(result);
	for (uint32_t i = 0; i < b->count; i++)
		filter_free(b->filters[i]);
	b->count = 0;
	text_clear(&b->query);
	sql_params_free(&b->params);
	free(names);
	free(values);
}

/* The canonical form must mean the same. */
static void check_canonical(const struct filter *f)
{
	struct text a = TEXT_INIT, b = TEXT_INIT;
	struct filter *again = NULL;
	struct filter_error e;

	filter_print(f, &a);
	if (filter_parse(&flow_field_table, text_str(&a), &again, &e) < 0)
		fail_msg("canonical form %s: %s", text_str(&a), e.text);
	filter_print(again, &b);
	assert_string_equal(text_str(&a), text_str(&b));
	for (uint32_t n = 0; n < ROWS; n++)
		if (filter_match(f, &rows[n]) != filter_match(again, &rows[n]))
			fail_msg("canonical form %s picks other rows", text_str(&a));
	filter_free(again);
	text_free(&a);
	text_free(&b);
}

static void add_filter(struct batch *b, struct random *r)
{
	struct filter_error e;
	char prefix[16];
	uint32_t i = b->count++;

	random_filter(r, rows, ROWS, &b->texts[i]);
	if (filter_parse(&flow_field_table, text_str(&b->texts[i]), &b->filters[i], &e) < 0)
		fail_msg("%s: %s", text_str(&b->texts[i]), e.text);
	check_canonical(b->filters[i]);
	text_puts(&b->query, i ? ", " : "SELECT arrayJoin([");
	snprintf(prefix, sizeof prefix, "f%u_", i);
	text_puts(&b->query, "arrayStringConcat(arrayMap(x -> if(x.2, '1', '0'), arraySort(groupArray((row, (");
	assert_int_equal(filter_sql(b->filters[i], prefix, &b->query, &b->params), 0);
	text_puts(&b->query, ") != 0)))))");
	if (i + 1 == BATCH)
		text_puts(&b->query, "])");
}

/* As the store asks: WHERE, with its pruning. */
static void check_where(struct random *r)
{
	struct text text = TEXT_INIT, query = TEXT_INIT;
	struct sql_params params = {0};
	struct filter *f = NULL;
	struct filter_error e;
	const char *names[FILTER_VALUES_MAX], *values[FILTER_VALUES_MAX];
	uint32_t want = 0;

	random_filter(r, rows, ROWS, &text);
	assert_int_equal(filter_parse(&flow_field_table, text_str(&text), &f, &e), 0);
	text_puts(&query, "SELECT count() FROM flows WHERE ");
	assert_int_equal(filter_sql(f, "w", &query, &params), 0);
	for (uint32_t k = 0; k < params.count; k++) {
		names[k] = params.items[k].name;
		values[k] = params.items[k].value;
	}
	void *result = must(
		engine.query_with_params(*engine.conn, text_str(&query), "TSV", names, values, params.count),
		text_str(&query));
	for (uint32_t n = 0; n < ROWS; n++)
		want += filter_match(f, &rows[n]);
	if (strtoul(engine.result_buffer(result), NULL, 10) != want)
		fail_msg("%s: %u rows by the matcher, %.10s by WHERE", text_str(&text), want,
			 engine.result_buffer(result));
	engine.destroy_query_result(result);
	filter_free(f);
	sql_params_free(&params);
	text_free(&text);
	text_free(&query);
}

static uint64_t setting(const char *name, uint64_t otherwise)
{
	const char *s = getenv(name);
	return s ? strtoull(s, NULL, 10) : otherwise;
}

static void matcher_and_sql_agree(void **state)
{
	const char *missing = engine_missing();
	struct random r = {setting("WEIR_SEED", 1)};
	struct batch *b = calloc(1, sizeof *b);
	uint64_t filters = setting("WEIR_FILTERS", 10000), picked = 0;

	(void)state;
	if (missing) {
		print_message("skipped: %s\n", missing);
		free(b);
		skip();
	}
	make_rows(&r);
	check_rowbinary();
	for (uint64_t done = 0; done < filters; done++) {
		add_filter(b, &r);
		for (uint32_t n = 0; n < ROWS; n++)
			picked += filter_match(b->filters[b->count - 1], &rows[n]);
		if (b->count == BATCH)
			run_batch(b);
	}
	for (unsigned i = 0; i < 500; i++)
		check_where(&r);
	print_message("%llu filters over %d rows, %llu rows picked\n", (unsigned long long)filters, ROWS,
		      (unsigned long long)picked);
	for (uint32_t i = 0; i < BATCH; i++)
		text_free(&b->texts[i]);
	text_free(&b->query);
	free(b);
	for (uint32_t n = 0; n < ROWS; n++)
		random_row_free(&rows[n]);
	engine.close_conn(engine.conn);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(matcher_and_sql_agree)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
