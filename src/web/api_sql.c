/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The SQL page and `weir sql`: a query in a session of its own with limits and readonly=1; the answer as a Frame or in any ClickHouse format.
 * Also: a flow that is over, read back from its slices.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web/json_out.h"
#include "web/lists.h"

#define SQL_TIMEOUT_MS 60000
#define SQL_MAX_ROWS   10000

static int query(struct web_request *r, const char *sql, const struct sql_params *params, const char *format,
		 uint32_t max_rows, struct text *out)
{
	struct store_query q = {.sql = sql,
				.params = params,
				.format = format,
				.readonly = true,
				.timeout_ms = SQL_TIMEOUT_MS,
				.max_rows = max_rows};
	struct store *store = web_options_of(r->web)->store;
	if (store_is_none(store))
		return err_set(&r->error, WEIR_E(UNAVAILABLE),
			       "there is no database: weir runs with --store none; start it without that option");
	return store_query(store, &q, out, &r->error);
}

/* ClickHouse's JSONCompact answer as a Frame. Type names stay ClickHouse's. */
static int frame_of_answer(struct web_request *r, const struct text *answer)
{
	size_t i;
	json_t *column;
	json_error_t problem;
	json_t *root = json_loadb(text_str(answer), answer->len, 0, &problem);
	if (!root)
		return err_set(&r->error, WEIR_E(INTERNAL), "the database's answer can't be read: %s", problem.text);
	json_open(&r->out, '{');
	json_key(&r->out, "columns");
	json_open(&r->out, '[');
	json_array_foreach(json_object_get(root, "meta"), i, column)
	{
		const char *name = json_string_member(column, "name");
		const struct field_def *f = name ? field_find(&flow_field_table, name, strlen(name)) : NULL;
		json_open(&r->out, '{');
		json_key_str(&r->out, "name", name);
		json_key_str(&r->out, "kind", f ? kind_name(f->kind) : "text");
		json_key_str(&r->out, "type", json_string_member(column, "type"));
		json_key_str(&r->out, "unit", f ? unit_name(f) : "");
		json_key_str(&r->out, "label", name);
		json_key_str(&r->out, "help", f ? f->help : "");
		json_key_str(&r->out, "group", "");
		json_close(&r->out, '}');
	}
	json_close(&r->out, ']');
	json_key(&r->out, "rows");
	char *rows = json_dumps(json_object_get(root, "data"), JSON_COMPACT | JSON_ENCODE_ANY);
	text_puts(&r->out, rows ? rows : "[]");
	free(rows);
	json_key_u64(&r->out, "total", (uint64_t)json_integer_value(json_object_get(root, "rows")));
	json_t *statistics = json_object_get(root, "statistics");
	json_key_u64(&r->out, "elapsed_us",
		     (uint64_t)(json_number_value(json_object_get(statistics, "elapsed")) * 1e6));
	json_key_u64(&r->out, "rows_read", (uint64_t)json_integer_value(json_object_get(statistics, "rows_read")));
	json_close(&r->out, '}');
	json_decref(root);
	return 0;
}

static const char *type_of_format(const char *format)
{
	if (strncmp(format, "JSON", 4) == 0)
		return "application/json";
	if (strncmp(format, "CSV", 3) == 0)
		return "text/csv; charset=utf-8";
	return strcmp(format, "Parquet") == 0 ? "application/vnd.apache.parquet" : "text/plain; charset=utf-8";
}

int api_sql_post(struct web_request *r)
{
	struct text answer = TEXT_INIT;
	json_t *body = request_json(r);
	if (!body)
		return WEIR_E(INVALID);
	const char *sql = json_string_member(body, "query"), *format = json_string_member(body, "format");
	json_int_t wanted = json_integer_value(json_object_get(body, "max_rows"));
	uint32_t max_rows = wanted > 0 && wanted < SQL_MAX_ROWS ? (uint32_t)wanted : SQL_MAX_ROWS;
	int err;

	if (!sql || !*sql)
		err = err_set(&r->error, WEIR_E(INVALID), "query is needed: the text of a SELECT");
	else if (format) {
		r->content_type = type_of_format(format);
		err = query(r, sql, NULL, format, r->is_control ? 0 : max_rows, &r->out);
	} else {
		err = query(r, sql, NULL, "JSONCompact", max_rows, &answer);
		if (!err)
			err = frame_of_answer(r, &answer);
	}
	text_free(&answer);
	json_decref(body);
	return err;
}

int api_sql_schema_get(struct web_request *r)
{
	static const char sql[] =
		"SELECT table, groupArray((name, type)) FROM (SELECT table, name, type FROM system.columns "
		"WHERE database = currentDatabase() ORDER BY table, position) GROUP BY table ORDER BY table";
	struct text answer = TEXT_INIT;
	json_error_t problem;
	size_t i, k;
	json_t *row, *column;
	int err = query(r, sql, NULL, "JSONCompact", 0, &answer);
	json_t *root = err ? NULL : json_loadb(text_str(&answer), answer.len, 0, &problem);

	text_free(&answer);
	if (!root)
		return err ? err : err_set(&r->error, WEIR_E(INTERNAL), "the database's answer can't be read");
	json_open(&r->out, '{');
	json_key(&r->out, "tables");
	json_open(&r->out, '[');
	json_array_foreach(json_object_get(root, "data"), i, row)
	{
		json_open(&r->out, '{');
		json_key_str(&r->out, "name", json_string_value(json_array_get(row, 0)));
		json_key(&r->out, "columns");
		json_open(&r->out, '[');
		json_array_foreach(json_array_get(row, 1), k, column)
		{
			const char *name = json_string_value(json_array_get(column, 0));
			const struct field_def *f = name ? field_find(&flow_field_table, name, strlen(name)) : NULL;
			json_open(&r->out, '{');
			json_key_str(&r->out, "name", name);
			json_key_str(&r->out, "type", json_string_value(json_array_get(column, 1)));
			json_key_str(&r->out, "help", f ? f->help : "");
			json_close(&r->out, '}');
		}
		json_close(&r->out, ']');
		json_close(&r->out, '}');
	}
	json_close(&r->out, ']');
	json_close(&r->out, '}');
	json_decref(root);
	return 0;
}

/* --- a flow that is over --- */

/* One aggregate a stored field: counters are summed over the slices, begin and end are the extremes, everything else is what the last slice says. */
static void select_field(struct text *sql, const struct field_def *f)
{
	if (f->flags & FIELD_SUMMABLE)
		text_printf(sql, ", sum(t.%s) AS %s", f->name, f->name);
	else if (strcmp(f->name, "first_seen") == 0)
		text_printf(sql,
			    ", formatDateTime(min(t.first_seen), '%%Y-%%m-%%dT%%H:%%i:%%S.%%fZ', 'UTC') AS first_seen");
	else if (strcmp(f->name, "last_seen") == 0)
		text_printf(sql,
			    ", formatDateTime(max(t.last_seen), '%%Y-%%m-%%dT%%H:%%i:%%S.%%fZ', 'UTC') AS last_seen");
	else if (f->kind == FIELD_ADDR)
		text_printf(sql, ", replaceRegexpOne(toString(argMax(t.%s, t.slice_no)), '^::ffff:', '') AS %s",
			    f->name, f->name);
	else if (f->kind == FIELD_ID)
		text_printf(sql, ", toString(argMax(t.%s, t.slice_no)) AS %s", f->name, f->name);
	else
		text_printf(sql, ", argMax(t.%s, t.slice_no) AS %s", f->name, f->name);
}

static bool is_empty(const json_t *v)
{
	const char *s = json_string_value(v);
	return json_is_null(v) || (s && (!*s || (s[0] == '\0'))) || (json_is_array(v) && json_array_size(v) == 0);
}

static void risks_in_words(struct text *t, const json_t *risks)
{
	uint16_t ids[64];
	uint32_t count = 0;
	size_t i;
	json_t *id;
	json_array_foreach(risks, i, id) if (count < 64) ids[count++] = (uint16_t)json_integer_value(id);
	risk_names_out(t, ids, count);
}

int stored_flow(struct web_request *r, uint64_t flow_id)
{
	struct text sql = TEXT_INIT, answer = TEXT_INIT;
	json_error_t problem;
	const char *key;
	json_t *value, *root = NULL;

	text_puts(&sql, "SELECT count() AS slices");
	for (uint32_t i = 0; i < flow_field_table.count; i++)
		if ((flow_field_table.fields[i].flags & FIELD_STORED) && flow_field_table.fields[i].get)
			select_field(&sql, &flow_field_table.fields[i]);
	text_printf(&sql,
		    " FROM flows AS t WHERE t.flow_id = %" PRIu64
		    " HAVING slices > 0 SETTINGS output_format_json_quote_64bit_integers=0",
		    flow_id);
	int err = query(r, text_str(&sql), NULL, "JSONEachRow", 1, &answer);
	if (!err && answer.len == 0)
		err = err_set(&r->error, WEIR_E(NOTFOUND), "there is no flow %" PRIu64 ", neither live nor stored",
			      flow_id);
	if (!err && !(root = json_loadb(text_str(&answer), answer.len, JSON_DISABLE_EOF_CHECK, &problem)))
		err = err_set(&r->error, WEIR_E(INTERNAL), "the database's answer can't be read: %s", problem.text);
	text_free(&sql);
	text_free(&answer);
	if (err)
		return err;
	json_key_bool(&r->out, "live", false);
	json_key(&r->out, "flow");
	json_open(&r->out, '{');
	json_object_foreach(root, key, value)
	{
		if (is_empty(value))
			continue;
		char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
		json_key(&r->out, key);
		text_puts(&r->out, text ? text : "null");
		free(text);
		if (strcmp(key, "risks") == 0)
			risks_in_words(&r->out, value);
	}
	json_close(&r->out, '}');
	json_decref(root);
	return 0;
}
