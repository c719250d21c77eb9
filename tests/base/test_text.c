/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/err.h"
#include "base/text.h"

#define EXPECT(call, want)                               \
	do {                                             \
		text_clear(&t);                          \
		call;                                    \
		assert_string_equal(text_str(&t), want); \
	} while (0)

static void encodings(void **state)
{
	struct text t = TEXT_INIT;
	(void)state;
	EXPECT(text_json_string(&t, "a\"\\\n\x01\x7f", 6), "\"a\\\"\\\\\\n\\u0001\\u007f\"");
	EXPECT(text_json_string(&t, "\xc3\xa4\xff\xe2\x80\xa8", 6), "\"\xc3\xa4\xef\xbf\xbd\\u2028\"");
	EXPECT(text_json_string(&t, "\xed\xa0\x80", 3), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""); /* a surrogate */
	EXPECT(text_csv_field(&t, "a,b", 3), "\"a,b\"");
	EXPECT(text_csv_field(&t, "say \"x\"", 7), "\"say \"\"x\"\"\"");
	EXPECT(text_csv_field(&t, "=1+1", 4), "\"'=1+1\"");
	EXPECT(text_csv_field(&t, "-5", 2), "-5");
	EXPECT(text_csv_field(&t, "@SUM(A1)", 8), "\"'@SUM(A1)\"");
	EXPECT(text_printable(&t, "a\x1b[31m\xc2\x9b", 8), "a\\x1b[31m\\xc2\\x9b");
	EXPECT(text_url(&t, "a b/\xc3\xa4", 6), "a%20b%2F%C3%A4");
	EXPECT(text_base64(&t, "abcd", 4), "YWJjZA==");
	EXPECT(text_hex(&t, "\x00\xff", 2), "00ff");
	EXPECT(text_u64(&t, UINT64_MAX), "18446744073709551615");
	EXPECT(text_double(&t, 0.1), "0.1");
	EXPECT(text_double(&t, 1.0 / 0.0), "null");
	text_free(&t);
}

static void a_cap_marks_it_failed(void **state)
{
	struct text t = {.cap = 10};
	(void)state;
	text_puts(&t, "12345");
	assert_false(t.failed);
	text_puts(&t, "123456");
	assert_true(t.failed);
	text_puts(&t, "x");
	assert_string_equal(text_str(&t), "12345");
	text_free(&t);
}

static void long_printf(void **state)
{
	struct text t = TEXT_INIT;
	(void)state;
	text_printf(&t, "%0500d", 7);
	assert_int_equal(t.len, 500);
	assert_int_equal(t.buf[499], '7');
	text_free(&t);
}

static void units(void **state)
{
	static const struct {
		const char *text;
		enum unit_kind kind;
		double value; /* < 0: refused */
	} cases[] = {
		{"1MB", UNIT_BYTES, 1e6},     {"1MiB", UNIT_BYTES, 1048576}, {"1.5kB", UNIT_BYTES, 1500},
		{"7", UNIT_BYTES, 7},         {"200ms", UNIT_DURATION, 2e8}, {"1h", UNIT_DURATION, 3.6e12},
		{"10Mbit/s", UNIT_RATE, 1e7}, {"1 MB", UNIT_BYTES, 1e6},     {"1MB", UNIT_DURATION, -1},
		{"MB", UNIT_BYTES, -1},       {"", UNIT_NONE, -1},           {"inf", UNIT_NONE, -1},
		{"0x10", UNIT_NONE, -1},      {"nan", UNIT_NONE, -1},        {"1e3", UNIT_NONE, 1000},
		{"1 apple", UNIT_BYTES, -1},
	};
	double v;
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int err = unit_parse(cases[i].text, strlen(cases[i].text), cases[i].kind, &v);
		if ((cases[i].value < 0) != (err != 0) || (!err && (v < cases[i].value || v > cases[i].value)))
			fail_msg("“%s”: %d %g", cases[i].text, err, v);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(encodings), cmocka_unit_test(a_cap_marks_it_failed),
					   cmocka_unit_test(long_printf), cmocka_unit_test(units)};
	return cmocka_run_group_tests_name("base/text", tests, NULL, NULL);
}
