/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From requests to statements: settings, parameters, rows in a memfd, read-only sessions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "store/engine/statement.h"

struct made {
	struct http_request r;
	struct statement s;
	bool ok;
};

static struct made make(const char *method, const char *target, const char *body)
{
	struct made m;
	char head[2000];
	int n = snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nContent-Length: %zu\r\n\r\n", method, target,
			 strlen(body));
	assert_int_equal(http_parse(head, (size_t)n, &m.r), n);
	m.ok = statement_begin(&m.r, &m.s) &&
	       statement_finish(&m.r, m.s.has_rows ? "" : body, m.s.has_rows ? 0 : strlen(body), m.s.has_rows ? 7 : -1,
				&m.s);
	return m;
}

static void drop(struct made *m)
{
	statement_free(&m->s);
	http_free(&m->r);
}

static void refused(const char *method, const char *target, const char *body, int code)
{
	struct made m = make(method, target, body);
	assert_false(m.ok);
	assert_int_equal(m.s.code, code);
	assert_true(strlen(m.s.error) > 10);
	drop(&m);
}

static void parts(void **state)
{
	struct made m = make("POST",
			     "/?query=SELECT+&database=weir&default_format=CSV&query_id=q1&max_threads=2"
			     "&param_a=5&user=x&password=y&wait_end_of_query=1&limit=3&param_b=z&compress=0",
			     "{a:UInt8}");
	(void)state;
	assert_true(m.ok);
	assert_string_equal(m.s.query.sql, "SELECT {a:UInt8}");
	assert_int_equal(m.s.query.sql_len, strlen("SELECT {a:UInt8}"));
	assert_string_equal(m.s.query.database, "weir");
	assert_string_equal(m.s.query.format, "CSV");
	assert_string_equal(m.s.query.query_id, "q1");
	assert_int_equal(m.s.query.setting_count, 2);
	assert_string_equal(m.s.query.settings[0].name, "max_threads");
	assert_string_equal(m.s.query.settings[1].name, "limit");
	assert_int_equal(m.s.query.param_count, 2);
	assert_string_equal(m.s.query.params[0].name, "a");
	assert_string_equal(m.s.query.params[1].value, "z");
	drop(&m);
	m = make("GET", "/?query=SELECT+1", "");
	assert_true(m.ok);
	assert_string_equal(m.s.query.format, "TabSeparated");
	assert_null(m.s.query.database);
	assert_string_equal(m.s.query.settings[0].name, "readonly");
	drop(&m);
}

static void rows(void **state)
{
	struct made m = make("POST", "/?query=INSERT+INTO+t+(a,b)+FORMAT+RowBinary", "xyz");
	(void)state;
	assert_true(m.ok);
	assert_true(m.s.has_rows);
	assert_string_equal(m.s.query.sql, "INSERT INTO t (a,b) FROM INFILE '/proc/self/fd/7' FORMAT RowBinary");
	drop(&m);
	m = make("POST", "/?query=/*+FORMAT+*/insert+into+t+(format,`x+FORMAT`)+SETTINGS+a='FORMAT'+format+Native",
		 "x");
	assert_true(m.ok);
	assert_string_equal(m.s.query.sql,
			    "/* FORMAT */insert into t (format,`x FORMAT`) FROM INFILE '/proc/self/fd/7' "
			    "SETTINGS a='FORMAT' format Native");
	drop(&m);
	m = make("POST", "/?query=", "INSERT INTO t VALUES (1)"); /* no rows: the text is the statement */
	assert_true(m.ok);
	assert_false(m.s.has_rows);
	drop(&m);
	refused("POST", "/?query=INSERT+INTO+t+VALUES", "(1)", CH_SYNTAX_ERROR);
	refused("POST", "/?query=INSERT+INTO+t", "x", CH_SYNTAX_ERROR);
	refused("POST", "/?query=INSERT+INTO+t+FORMAT+CSV;SELECT+1", "x", CH_SYNTAX_ERROR);
	refused("POST", "/?query=INSERT+INTO+t+SELECT+1+FORMAT+CSV", "x", CH_SYNTAX_ERROR);
}

static void refusals(void **state)
{
	(void)state;
	refused("PUT", "/?query=SELECT+1", "", CH_NOT_IMPLEMENTED);
	refused("GET", "/other?query=SELECT+1", "", CH_BAD_ARGUMENTS);
	refused("POST", "/?database=a%60b", "SELECT 1", CH_BAD_ARGUMENTS);
	refused("POST", "/?default_format=a%27", "SELECT 1", CH_BAD_ARGUMENTS);
	refused("POST", "/?a%3D1,b=2", "SELECT 1", CH_UNKNOWN_SETTING);
	refused("POST", "/?1a=2", "SELECT 1", CH_UNKNOWN_SETTING);
	refused("POST", "/?param_a-b=2", "SELECT 1", CH_BAD_ARGUMENTS);
	refused("POST", "/?session_id=x", "SELECT 1", CH_NOT_IMPLEMENTED);
	refused("POST", "/?compress=1", "SELECT 1", CH_NOT_IMPLEMENTED);
	refused("GET", "/?query=DROP+TABLE+t", "", CH_READONLY);
	refused("POST", "/?readonly=1", "SELECT file('/etc/passwd')", CH_READONLY);
	refused("POST", "/?readonly=2", "SELECT 1 INTO OUTFILE 'x'", CH_READONLY);
	refused("POST", "/?readonly=0&readonly=1", "DROP TABLE t", CH_READONLY);
	refused("POST", "/?readonly=1&readonly=0", "DROP TABLE t", CH_READONLY);
}

static void statuses(void **state)
{
	(void)state;
	assert_int_equal(statement_http_status(62), 400);
	assert_int_equal(statement_http_status(60), 404);
	assert_int_equal(statement_http_status(164), 403);
	assert_int_equal(statement_http_status(516), 403);
	assert_int_equal(statement_http_status(241), 500);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts),
		cmocka_unit_test(rows),
		cmocka_unit_test(refusals),
		cmocka_unit_test(statuses),
	};
	return cmocka_run_group_tests_name("store/statement", tests, NULL, NULL);
}
