/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/schema.h"

#include <stdlib.h>
#include <string.h>

#include "base/version.h"
#include "record/field.h"

#define ASK_TIMEOUT_MS 60000u

#define RECEIVED_AT   "received_at"
#define RECEIVED_TYPE "DateTime64(3, 'UTC')"

/* What brings version n to n + 1, from [1] on: statements, NULL-terminated. Version 1 is the first. */
static const char *const *const steps[SCHEMA_VERSION + 1] = {NULL};

static bool is_stored(const struct field_def *f)
{
	return (f->flags & FIELD_STORED) && f->get;
}

/* Delta for what grows from row to row, T64 for counters, of which most are small. */
static const char *codec_of(const struct field_def *f)
{
	switch (f->kind) {
	case FIELD_TIME:
	case FIELD_ID:
		return "CODEC(Delta(8), ZSTD(1))";
	case FIELD_UINT64:
	case FIELD_UINT32:
		return "CODEC(T64, ZSTD(1))";
	default:
		return "CODEC(ZSTD(1))";
	}
}

static void column_sql(const struct field_def *f, struct text *out)
{
	text_printf(out, "`%s` %s %s", f->name, field_kind_column(f->kind), codec_of(f));
}

void schema_flows_sql(struct text *out)
{
	text_puts(out, "CREATE TABLE IF NOT EXISTS flows (");
	for (uint32_t i = 0; i < flow_field_table.count; i++) {
		if (!is_stored(&flow_field_table.fields[i]))
			continue;
		column_sql(&flow_field_table.fields[i], out);
		text_puts(out, ", ");
	}
	text_puts(out,
		  RECEIVED_AT " " RECEIVED_TYPE " CODEC(Delta(8), ZSTD(1)), "
			      "INDEX by_flow flow_id TYPE bloom_filter(0.01) GRANULARITY 1, "
			      "INDEX by_server server_ip TYPE bloom_filter(0.01) GRANULARITY 1, "
			      "INDEX by_community community_id TYPE bloom_filter(0.01) GRANULARITY 1, "
			      "INDEX by_time (first_seen, last_seen) TYPE minmax GRANULARITY 1"
			      ") ENGINE = MergeTree PARTITION BY toDate(" RECEIVED_AT ") "
			      "ORDER BY (toStartOfFiveMinutes(first_seen), client_ip, server_ip, flow_id, slice_no) "
			      "SETTINGS non_replicated_deduplication_window = 10000");
}

void schema_columns(struct text *out)
{
	for (uint32_t i = 0; i < flow_field_table.count; i++)
		if (is_stored(&flow_field_table.fields[i]))
			text_printf(out, "`%s`, ", flow_field_table.fields[i].name);
	text_puts(out, RECEIVED_AT);
}

void schema_row(struct text *out, const struct flow_row *row, uint64_t received_ms)
{
	struct field_value v;
	uint8_t b[8];

	for (uint32_t i = 0; i < flow_field_table.count; i++) {
		const struct field_def *f = &flow_field_table.fields[i];
		if (!is_stored(f))
			continue;
		f->get(row, &v);
		field_rowbinary(out, &v);
	}
	for (unsigned i = 0; i < 8; i++)
		b[i] = (uint8_t)(received_ms >> (8 * i));
	text_add(out, b, 8);
}

/* --- in the database --- */

static int run(struct ch_client *c, const char *sql, struct errmsg *e)
{
	struct ch_request r = {.sql = sql, .timeout_ms = ASK_TIMEOUT_MS};
	return ch_ask(c, &r, NULL, NULL, e);
}

static int database_prepare(struct ch_client *c, const char *name, struct errmsg *e)
{
	struct sql_param item = {.name = "db", .value = NULL};
	struct sql_params params = {&item, 1};
	struct ch_request r = {.sql = "SELECT count() FROM system.databases WHERE name = {db:String} FORMAT TSVRaw",
			       .params = &params,
			       .no_database = true,
			       .timeout_ms = ASK_TIMEOUT_MS};
	struct text answer = TEXT_INIT, sql = TEXT_INIT;

	item.value = strdup(name);
	if (!item.value)
		return WEIR_E(NOMEM);
	int err = ch_ask(c, &r, &answer, NULL, e);
	/* Asked for only when it is not there: a user of a server may lack the right to make one. */
	if (!err && strtoul(text_str(&answer), NULL, 10) == 0) {
		text_printf(&sql, "CREATE DATABASE IF NOT EXISTS `%s`", name);
		r = (struct ch_request){.sql = text_str(&sql), .no_database = true, .timeout_ms = ASK_TIMEOUT_MS};
		err = ch_ask(c, &r, NULL, NULL, e);
	}
	text_free(&answer);
	text_free(&sql);
	free(item.value);
	return err;
}

/* 0 in *ret_version: there is none yet. */
static int version_read(struct ch_client *c, uint32_t *ret_version, struct errmsg *e)
{
	struct ch_request r = {.sql = "SELECT max(version) FROM weir_schema FORMAT TSVRaw",
			       .timeout_ms = ASK_TIMEOUT_MS};
	struct text answer = TEXT_INIT;
	int err = run(c,
		      "CREATE TABLE IF NOT EXISTS weir_schema (version UInt32, program String, applied_at DateTime) "
		      "ENGINE = MergeTree ORDER BY version",
		      e);
	if (!err)
		err = ch_ask(c, &r, &answer, NULL, e);
	if (!err)
		*ret_version = (uint32_t)strtoul(text_str(&answer), NULL, 10);
	text_free(&answer);
	return err;
}

static int version_write(struct ch_client *c, uint32_t version, struct errmsg *e)
{
	struct text sql = TEXT_INIT;
	text_printf(&sql, "INSERT INTO weir_schema SELECT %u, 'weir " WEIR_VERSION "', now()", version);
	int err = run(c, text_str(&sql), e);
	text_free(&sql);
	return err;
}

static int migrate(struct ch_client *c, uint32_t from, struct errmsg *e)
{
	int err = 0;
	for (uint32_t v = from; !err && v < SCHEMA_VERSION; v++) {
		for (const char *const *sql = steps[v]; !err && sql && *sql; sql++)
			err = run(c, *sql, e);
		if (!err)
			err = version_write(c, v + 1, e);
	}
	return err;
}

/* The type of a column in the answer "name<TAB>type<LF>…"; NULL: not there. */
static const char *type_in(const char *answer, const char *name, size_t *ret_len)
{
	size_t n = strlen(name);
	for (const char *line = answer; line && *line; line = strchr(line, '\n'), line += line != NULL) {
		if (strncmp(line, name, n) == 0 && line[n] == '\t') {
			*ret_len = strcspn(line + n + 1, "\n");
			return line + n + 1;
		}
	}
	return NULL;
}

static int column_check(struct ch_client *c, const struct field_def *f, const char *answer, struct errmsg *e)
{
	const char *want = field_kind_column(f->kind);
	size_t len = 0;
	const char *type = type_in(answer, f->name, &len);

	if (type && len == strlen(want) && memcmp(type, want, len) == 0)
		return 0;
	if (type)
		return err_set(
			e, WEIR_E(UNSUPPORTED),
			"column %s of table flows is %.*s in the database and %s in this program; use the program "
			"that made it, or another database",
			f->name, (int)len, type, want);
	struct text sql = TEXT_INIT;
	text_puts(&sql, "ALTER TABLE flows ADD COLUMN IF NOT EXISTS ");
	column_sql(f, &sql);
	int err = run(c, text_str(&sql), e);
	text_free(&sql);
	return err;
}

static int columns_check(struct ch_client *c, struct errmsg *e)
{
	struct ch_request r = {.sql = "SELECT name, type FROM system.columns WHERE database = currentDatabase() AND "
				      "table = 'flows' FORMAT TSVRaw",
			       .timeout_ms = ASK_TIMEOUT_MS};
	struct text answer = TEXT_INIT;
	int err = ch_ask(c, &r, &answer, NULL, e);

	for (uint32_t i = 0; !err && i < flow_field_table.count; i++)
		if (is_stored(&flow_field_table.fields[i]))
			err = column_check(c, &flow_field_table.fields[i], text_str(&answer), e);
	text_free(&answer);
	return err;
}

int schema_prepare(struct ch_client *c, struct errmsg *e)
{
	struct text sql = TEXT_INIT;
	uint32_t version = 0;
	int err = database_prepare(c, ch_client_database(c), e);

	if (!err)
		err = version_read(c, &version, e);
	if (!err && version > SCHEMA_VERSION)
		err = err_set(
			e, WEIR_E(VERSION),
			"the flow database has schema version %u, and this program knows %u at most: use the newer "
			"program, or another folder (--data)",
			version, SCHEMA_VERSION);
	if (!err) {
		schema_flows_sql(&sql);
		err = run(c, text_str(&sql), e);
	}
	if (!err && version == 0)
		err = version_write(c, SCHEMA_VERSION, e);
	else if (!err)
		err = migrate(c, version, e);
	if (!err)
		err = columns_check(c, e);
	text_free(&sql);
	return err;
}
