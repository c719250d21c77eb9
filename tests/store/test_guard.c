/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a read-only session may say, and every way around it that chDB 26.5 was seen to leave open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "store/engine/guard.h"
#include "store/engine/lex.h"

static void allowed(void **state)
{
	static const char *const fine[] = {
		"SELECT 1",
		"select count() from flows where app = 'TLS' -- a comment; SELECT 2\n",
		"WITH x AS (SELECT 1) SELECT * FROM x;",
		"(SELECT 1) UNION ALL (SELECT 2) ; ",
		"SELECT 'it''s; \\' INTO OUTFILE file(''x'')' AS s",
		"SELECT `client_ip`, \"server_ip\" FROM flows",
		"SHOW TABLES",
		"DESCRIBE TABLE flows",
		"EXPLAIN SELECT 1",
		"EXISTS TABLE flows",
		"/* file('x') */ SELECT number FROM numbers(10) FORMAT CSV",
		"SELECT profile(1)",
		"SELECT file FROM flows", /* a column, no function */
		"SELECT 'M\xc3\xbcnchen'",
	};
	(void)state;
	for (size_t i = 0; i < sizeof fine / sizeof fine[0]; i++) {
		const char *why = guard_readonly(fine[i], strlen(fine[i]));
		if (why)
			print_message("%s: %s\n", fine[i], why);
		assert_null(why);
	}
}

static void not_allowed(void **state)
{
	static const char *const bad[] = {
		"",
		"  -- nothing",
		"INSERT INTO flows SELECT 1",
		"SET readonly = 0",
		"KILL QUERY WHERE 1",
		"DROP TABLE flows",
		"USE system",
		"SELECT 1; SELECT 2",
		"SELECT 1;;SELECT 2",
		"SELECT 1 INTO OUTFILE '/tmp/x'",
		"SELECT 1 into/**/outfile '/tmp/x'",
		"SELECT file('/etc/passwd')",
		"SELECT file ('/etc/passwd')",
		"SELECT file/* */\n('/etc/passwd')",
		"SELECT `file`('/etc/passwd')",
		"SELECT \"file\"('/etc/passwd')",
		"SELECT `fi\\x6ce`('/etc/passwd')",
		"DESCRIBE TABLE file('/etc/passwd')",
		"DESC (SELECT * FROM url('http://127.0.0.1/'))",
		"SELECT * FROM s3('http://x/')",
		"SELECT * FROM fileCluster('c', 'x')",
		"SELECT * FROM REMOTE('127.0.0.1', system, one)",
		"SELECT * FROM executable('id', 'TSV', 'a String')",
		"SELECT $tag$it's$tag$ INTO OUTFILE '/tmp/x'",
		"SELECT \xe2\x80\x98x\xe2\x80\x99",
		"SELECT 'open",
		"SELECT /* open",
		"SELECT \"open",
		"SELECT 'a\\",
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (!guard_readonly(bad[i], strlen(bad[i])))
			print_message("let through: %s\n", bad[i]);
		assert_non_null(guard_readonly(bad[i], strlen(bad[i])));
	}
	assert_non_null(guard_readonly("SELECT 1\0", 9));
}

static void words(void **state)
{
	static const char text[] = "SELECT a1,'x\\'y''z' # note\n`q``r` --\r\n#! more\n1.5";
	struct lex l = {text, text + sizeof text - 1};
	static const struct {
		enum lex_kind kind;
		const char *s;
	} want[] = {
		{LEX_WORD, "SELECT"},     {LEX_WORD, "a1"},   {LEX_MARK, ","},
		{LEX_STRING, "x\\'y''z"}, {LEX_NAME, "q``r"}, {LEX_WORD, "1"},
		{LEX_MARK, "."},          {LEX_WORD, "5"},    {LEX_END, ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
		struct lex_token t = lex_next(&l);
		assert_int_equal(t.kind, want[i].kind);
		assert_int_equal(t.n, strlen(want[i].s));
		assert_memory_equal(t.s, want[i].s, t.n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allowed),
		cmocka_unit_test(not_allowed),
		cmocka_unit_test(words),
	};
	return cmocka_run_group_tests_name("store/guard", tests, NULL, NULL);
}
