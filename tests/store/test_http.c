/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir-store's request heads: what ClickHouse's clients send is understood, what could be read in two ways is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/engine/http.h"

static struct http_request parse(const char *text)
{
	struct http_request r;
	assert_int_equal(http_parse(text, strlen(text), &r), (long)strlen(text));
	return r;
}

static void refused(const char *text, int status)
{
	struct http_request r;
	long n = http_parse(text, strlen(text), &r);
	if (n != -status)
		print_message("%s\n", text);
	assert_int_equal(n, -status);
}

static void understands(void **state)
{
	(void)state;
	struct http_request r = parse(
		"POST /?query=SELECT%201&a=b+c&empty=&bare&param_x=%C3%A4%3D%26&a=last HTTP/1.1\r\n"
		"Host: x\r\nContent-Length: 42\r\nx-clickhouse-user: me\r\n"
		"X-ClickHouse-Key:  s3 cret \r\nExpect: 100-continue\r\n\r\n");
	assert_string_equal(r.method, "POST");
	assert_string_equal(r.path, "/");
	assert_string_equal(http_param(&r, "query"), "SELECT 1");
	assert_string_equal(http_param(&r, "a"), "last");
	assert_string_equal(r.params[1].value, "b c");
	assert_string_equal(http_param(&r, "empty"), "");
	assert_string_equal(http_param(&r, "bare"), "");
	assert_string_equal(http_param(&r, "param_x"), "\xc3\xa4=&");
	assert_null(http_param(&r, "other"));
	assert_int_equal(r.param_count, 6);
	assert_int_equal(r.content_length, 42);
	assert_string_equal(r.user, "me");
	assert_string_equal(r.key, "s3 cret");
	assert_true(r.keep_alive);
	assert_true(r.expect_continue);
	http_free(&r);
	r = parse("GET /ping HTTP/1.0\r\n\r\n");
	assert_string_equal(r.path, "/ping");
	assert_false(r.keep_alive);
	assert_int_equal(r.content_length, 0);
	http_free(&r);
	r = parse("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
	assert_false(r.keep_alive);
	http_free(&r);
}

/* Many parameters without "=" take the most room of the arena. */
static void bare_params(void **state)
{
	char text[4000] = "GET /?";
	struct http_request r;
	(void)state;
	for (unsigned i = 0; i < HTTP_PARAMS_MAX; i++)
		strcat(text, i ? "&a" : "a");
	strcat(text, " HTTP/1.1\r\n\r\n");
	r = parse(text);
	assert_int_equal(r.param_count, HTTP_PARAMS_MAX);
	assert_string_equal(r.params[HTTP_PARAMS_MAX - 1].value, "");
	http_free(&r);
	char *more = strstr(text, " HTTP");
	memmove(more + 2, more, strlen(more) + 1);
	memcpy(more, "&a", 2);
	refused(text, 414);
}

static void waits_for_more(void **state)
{
	static const char text[] = "POST /?a=1 HTTP/1.1\r\nContent-Length: 3\r\n\r\n";
	struct http_request r;
	(void)state;
	for (size_t n = 0; n < sizeof text - 1; n++)
		assert_int_equal(http_parse(text, n, &r), 0);
	assert_int_equal(http_parse(text, sizeof text - 1, &r), (long)sizeof text - 1);
	http_free(&r);
}

static void refuses(void **state)
{
	static const struct {
		const char *text;
		int status;
	} bad[] = {
		{"GET / HTTP/2.0\r\n\r\n", 505},
		{"GET / HTTP/1.2\r\n\r\n", 505},
		{"GET / ICAP/1.0\r\n\r\n", 400},
		{"GET /\r\n\r\n", 400},
		{"GET http://x/ HTTP/1.1\r\n\r\n", 400},
		{"get / HTTP/1.1\r\n\r\n", 400},
		{"GETGETGETGET / HTTP/1.1\r\n\r\n", 400},
		{"GET /%0 HTTP/1.1\r\n\r\n", 400},
		{"GET /%zz HTTP/1.1\r\n\r\n", 400},
		{"GET /?a=%00 HTTP/1.1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nContent-Length: 1 2\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nContent-Length: 9999999999999999999\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nContent-Length:\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", 501},
		{"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nA : b\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nno colon\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\n: b\r\n\r\n", 400},
		{"GET / HTTP/1.1\r\nExpect: a miracle\r\n\r\n", 400},
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		refused(bad[i].text, bad[i].status);
}

static void bounds(void **state)
{
	struct http_request r;
	(void)state;
	char *big = malloc(HTTP_HEAD_MAX + 10);
	assert_non_null(big);
	memset(big, 'a', HTTP_HEAD_MAX + 10);
	memcpy(big, "GET /?", 6);
	assert_int_equal(http_parse(big, HTTP_HEAD_MAX - 1, &r), 0);
	assert_int_equal(http_parse(big, HTTP_HEAD_MAX, &r), -431);
	free(big);
	char many[4000] = "GET / HTTP/1.1\r\n";
	for (unsigned i = 0; i <= HTTP_HEADERS_MAX; i++)
		strcat(many, "A: b\r\n");
	strcat(many, "\r\n");
	refused(many, 431);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(understands), cmocka_unit_test(bare_params), cmocka_unit_test(waits_for_more),
		cmocka_unit_test(refuses),     cmocka_unit_test(bounds),
	};
	return cmocka_run_group_tests_name("store/http", tests, NULL, NULL);
}
