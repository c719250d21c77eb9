/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses of servers, and ClickHouse's errors for a person. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/client.h"

static void urls(void **state)
{
	struct ch_server s;
	struct errmsg e;
	(void)state;
	assert_int_equal(
		ch_server_parse("clickhouse://me:p%40ss%3Aw@db.example.org:9000/net_1?tls=1&ca=/etc/ca.pem", &s, &e),
		0);
	assert_string_equal(s.base, "https://db.example.org:9000/");
	assert_string_equal(s.user, "me");
	assert_string_equal(s.password, "p@ss:w");
	assert_string_equal(s.database, "net_1");
	assert_string_equal(s.ca_file, "/etc/ca.pem");
	assert_string_equal(s.unix_path, "");
	assert_int_equal(ch_server_parse("clickhouse://localhost", &s, &e), 0);
	assert_string_equal(s.base, "http://localhost:8123/");
	assert_string_equal(s.database, "weir");
	assert_string_equal(s.user, "");
	assert_int_equal(ch_server_parse("clickhouse://[::1]:1/?tls=0", &s, &e), 0);
	assert_string_equal(s.base, "http://[::1]:1/");
	assert_int_equal(ch_server_parse("clickhouse://[::1]/", &s, &e), 0);
	assert_string_equal(s.base, "http://[::1]:8123/");
	assert_int_equal(ch_server_parse("clickhouse://h?tls=1", &s, &e), 0);
	assert_string_equal(s.base, "https://h:8443/");
}

static void password_file(void **state)
{
	char path[] = "/tmp/weir-key-XXXXXX", url[100];
	struct ch_server s;
	struct errmsg e;
	(void)state;
	int fd = mkstemp(path);
	assert_int_equal(write(fd, "from file\n", 10), 10);
	close(fd);
	snprintf(url, sizeof url, "clickhouse://me@h/d?password_file=%s", path);
	assert_int_equal(ch_server_parse(url, &s, &e), 0);
	assert_string_equal(s.password, "from file");
	unlink(path);
	assert_int_equal(ch_server_parse(url, &s, &e), WEIR_E(IO));
}

static void bad_urls(void **state)
{
	static const char *const bad[] = {
		"",
		"http://h",
		"clickhouse:/h",
		"clickhouse://",
		"clickhouse://:8123",
		"clickhouse://h:0",
		"clickhouse://h:65536",
		"clickhouse://h:12x",
		"clickhouse://h:+1",
		"clickhouse://h/a-b",
		"clickhouse://h/a%60",
		"clickhouse://h?tlss=1",
		"clickhouse://a b",
		"clickhouse://me%0d%0aX:y@h",
		"clickhouse://me%zz@h",
		"clickhouse://h?ca=%",
		"clickhouse://[::1",
		"clickhouse://h%2f",
	};
	struct ch_server s;
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct errmsg e = {{0}};
		if (ch_server_parse(bad[i], &s, &e) != WEIR_E(INVALID))
			print_message("taken: %s\n", bad[i]);
		assert_int_equal(ch_server_parse(bad[i], &s, &e), WEIR_E(INVALID));
		assert_non_null(strstr(e.text, "--store"));
	}
}

static void error_texts(void **state)
{
	static const struct {
		const char *raw, *want;
	} cases[] = {
		{"Code: 47. DB::Exception: Unknown identifier `x`. (UNKNOWN_IDENTIFIER) (version 26.5.1.1)\n",
		 "Unknown identifier `x`. (UNKNOWN_IDENTIFIER)"},
		{"Code: 76. DB::Exception: Code: 76. DB::ErrnoException: Can't open. (X) (version 1). (X) (version 1)",
		 "Can't open. (X)"},
		{"Code: 62, e.displayText() = DB::Exception: Syntax error: failed, e.what() = DB::Exception",
		 "Syntax error: failed"},
		{"plain text\n", "plain text"},
		{"", ""},
		{"Code: ", "Code:"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct text out = TEXT_INIT;
		ch_error_text(cases[i].raw, strlen(cases[i].raw), &out);
		assert_string_equal(text_str(&out), cases[i].want);
		text_free(&out);
	}
	assert_true(ch_error_may_pass(0));
	assert_true(ch_error_may_pass(241));
	assert_true(ch_error_may_pass(60));
	assert_false(ch_error_may_pass(33));
	assert_false(ch_error_may_pass(53));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(urls),
		cmocka_unit_test(password_file),
		cmocka_unit_test(bad_urls),
		cmocka_unit_test(error_texts),
	};
	return cmocka_run_group_tests_name("store/client", tests, NULL, NULL);
}
