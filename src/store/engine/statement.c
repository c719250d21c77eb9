/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/engine/statement.h"

#include <stdlib.h>
#include <string.h>

#include "store/engine/guard.h"
#include "store/engine/lex.h"

#define NAME_MAX_LEN   128
#define DEFAULT_FORMAT "TabSeparated"

enum param_use { USE_SETTING, USE_PARAM, USE_NOTHING, USE_REFUSED };

static bool refuse(struct statement *s, int code, const char *why)
{
	s->code = code;
	s->error = why;
	return false;
}

static bool is_name(const char *s)
{
	size_t n = 0;
	for (; s[n]; n++) {
		bool letter = (s[n] | 32) >= 'a' && (s[n] | 32) <= 'z';
		if (!letter && s[n] != '_' && !(n > 0 && s[n] >= '0' && s[n] <= '9'))
			return false;
	}
	return n > 0 && n <= NAME_MAX_LEN;
}

static bool is_one_of(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (strcmp(name, *list) == 0)
			return true;
	return false;
}

static enum param_use use_of(const struct http_param *p)
{
	static const char *const taken[] = {"query",
					    "database",
					    "default_format",
					    "query_id",
					    "user",
					    "password",
					    "quota_key",
					    "wait_end_of_query",
					    "buffer_size",
					    "session_timeout",
					    "add_http_cors_header",
					    "send_progress_in_http_headers",
					    NULL};
	static const char *const refused[] = {"session_id", "compress", "decompress", NULL};

	if (strncmp(p->name, "param_", 6) == 0)
		return USE_PARAM;
	if (is_one_of(p->name, taken))
		return USE_NOTHING;
	if (is_one_of(p->name, refused))
		return *p->value && strcmp(p->value, "0") != 0 ? USE_REFUSED : USE_NOTHING;
	return USE_SETTING;
}

/* Two passes over the parameters, so that settings stand before parameters in one array. */
static bool sort_params(const struct http_request *r, struct statement *s)
{
	s->pairs = calloc(r->param_count + 2, sizeof *s->pairs);
	if (!s->pairs)
		return refuse(s, CH_NO_MEMORY, "No memory for the request's parameters");
	unsigned n = 0;
	for (unsigned i = 0; i < r->param_count; i++) {
		const struct http_param *p = &r->params[i];
		enum param_use use = use_of(p);
		if (use == USE_REFUSED)
			return refuse(s, CH_NOT_IMPLEMENTED, "Sessions and compression are not supported here");
		if (use != USE_SETTING)
			continue;
		if (!is_name(p->name))
			return refuse(s, CH_UNKNOWN_SETTING, "A setting's name is letters, digits and underscores");
		s->pairs[n++] = (struct engine_pair){p->name, p->value};
	}
	if (strcmp(r->method, "GET") == 0)
		s->pairs[n++] = (struct engine_pair){"readonly", "1"};
	s->query.settings = s->pairs;
	s->query.setting_count = n;
	s->query.params = s->pairs + n;
	for (unsigned i = 0; i < r->param_count; i++) {
		const struct http_param *p = &r->params[i];
		if (use_of(p) != USE_PARAM)
			continue;
		if (!is_name(p->name))
			return refuse(s, CH_BAD_ARGUMENTS, "A parameter's name is letters, digits and underscores");
		s->pairs[n++] = (struct engine_pair){p->name + 6, p->value};
		s->query.param_count++;
	}
	return true;
}

static bool is_insert(const char *sql)
{
	struct lex l = {sql, sql + strlen(sql)};
	struct lex_token t = lex_next(&l);
	return lex_is(&t, "INSERT");
}

bool statement_begin(const struct http_request *r, struct statement *s)
{
	const char *sql = http_param(r, "query"), *format = http_param(r, "default_format");

	*s = (struct statement){0};
	s->query.database = http_param(r, "database");
	s->query.query_id = http_param(r, "query_id");
	s->query.format = format ? format : DEFAULT_FORMAT;
	if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "POST") != 0)
		return refuse(s, CH_NOT_IMPLEMENTED, "Only GET and POST are understood");
	if (strcmp(r->path, "/") != 0)
		return refuse(s, CH_BAD_ARGUMENTS, "There is nothing at this path; use /?query=…");
	if (s->query.database && !is_name(s->query.database))
		return refuse(s, CH_BAD_ARGUMENTS, "A database's name is letters, digits and underscores");
	if (!is_name(s->query.format))
		return refuse(s, CH_BAD_ARGUMENTS, "A format's name is letters, digits and underscores");
	s->has_rows = sql && r->content_length > 0 && is_insert(sql);
	return sort_params(r, s);
}

/* 0: no; else the level that is asked for. */
static bool is_readonly(const struct statement *s)
{
	for (unsigned i = 0; i < s->query.setting_count; i++)
		if (strcmp(s->pairs[i].name, "readonly") == 0 && strcmp(s->pairs[i].value, "0") != 0)
			return true;
	return false;
}

/* INSERT INTO t (…) [SETTINGS …] FORMAT F  →  INSERT INTO t (…) FROM INFILE '…' [SETTINGS …] FORMAT F */
static bool add_infile(const char *sql, int fd, struct statement *s)
{
	struct lex l = {sql, sql + strlen(sql)};
	const char *at = NULL;
	int depth = 0;

	for (struct lex_token t = lex_next(&l); t.kind != LEX_END; t = lex_next(&l)) {
		depth += lex_is_mark(&t, '(') - lex_is_mark(&t, ')');
		if (t.kind == LEX_STRANGE || lex_is_mark(&t, ';'))
			return refuse(s, CH_SYNTAX_ERROR, "The INSERT can't be read");
		if (depth == 0 && (lex_is(&t, "VALUES") || lex_is(&t, "SELECT") || lex_is(&t, "INFILE")))
			return refuse(s, CH_SYNTAX_ERROR,
				      "An INSERT with rows in its body ends with FORMAT and its name");
		if (depth == 0 && !at && (lex_is(&t, "SETTINGS") || lex_is(&t, "FORMAT")))
			at = t.s;
	}
	if (!at)
		return refuse(s, CH_SYNTAX_ERROR, "An INSERT with rows in its body ends with FORMAT and its name");
	text_add(&s->sql, sql, (size_t)(at - sql));
	text_printf(&s->sql, "FROM INFILE '/proc/self/fd/%d' ", fd);
	text_puts(&s->sql, at);
	return true;
}

bool statement_finish(const struct http_request *r, const char *body, size_t len, int rows_fd, struct statement *s)
{
	const char *sql = http_param(r, "query"), *why;

	if (s->has_rows) {
		if (!add_infile(sql, rows_fd, s))
			return false;
	} else {
		text_puts(&s->sql, sql ? sql : "");
		text_add(&s->sql, body, len);
	}
	if (s->sql.failed)
		return refuse(s, CH_NO_MEMORY, "No memory for the statement");
	s->query.sql = text_str(&s->sql);
	s->query.sql_len = s->sql.len;
	why = is_readonly(s) ? guard_readonly(s->query.sql, s->query.sql_len) : NULL;
	return why ? refuse(s, CH_READONLY, why) : true;
}

void statement_free(struct statement *s)
{
	text_free(&s->sql);
	free(s->pairs);
	*s = (struct statement){0};
}

int statement_http_status(int code)
{
	static const struct {
		short code, status;
	} known[] = {
		{6, 400},   {26, 400},  {27, 400},  {36, 400},  {41, 400},  {53, 400},  {62, 400},
		{72, 400},  {117, 400}, {456, 400}, {457, 400}, {46, 404},  {47, 404},  {50, 404},
		{56, 404},  {60, 404},  {73, 404},  {81, 404},  {115, 404}, {160, 413}, {164, 403},
		{194, 403}, {497, 403}, {516, 403}, {48, 501},
	};
	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].code == code)
			return known[i].status;
	return 500;
}
