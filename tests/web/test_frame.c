/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Query strings inside a subscription, and what a tick of a live list carries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "web/frame.h"
#include "web/stream_diff.h"

static void query_values_are_decoded(void **state)
{
	char out[64];
	(void)state;
	assert_true(query_string_value("filter=a%3Db+c&sort=-bytes", "sort", out, sizeof out));
	assert_string_equal(out, "-bytes");
	assert_true(query_string_value("filter=a%3Db+c&sort=-bytes", "filter", out, sizeof out));
	assert_string_equal(out, "a=b c");
	assert_false(query_string_value("filters=1", "filter", out, sizeof out));
	assert_false(query_string_value("", "filter", out, sizeof out));
	assert_true(query_string_value("filter=%zz%4", "filter", out, sizeof out));
	assert_string_equal(out, "%zz%4");
	assert_false(query_string_value("filter=123456789", "filter", out, 5));
}

static bool tick(struct list_diff *d, const char *frame, struct text *out, bool snapshot)
{
	struct text whole = TEXT_INIT;
	text_puts(&whole, frame);
	text_clear(out);
	bool written = list_diff_write(d, &whole, out, snapshot);
	text_free(&whole);
	return written;
}

static void a_tick_carries_only_what_changed(void **state)
{
	struct list_diff d = {0};
	struct text out = TEXT_INIT;
	(void)state;
	assert_true(tick(&d, "{\"columns\":[],\"rows\":[[\"1\",5],[\"2\",\"]\\\"\"]],\"total\":2}", &out, false));
	assert_string_equal(text_str(&out), "{\"columns\":[],\"rows\":[[\"1\",5],[\"2\",\"]\\\"\"]],\"total\":2}");
	assert_false(tick(&d, "{\"columns\":[],\"rows\":[[\"1\",5],[\"2\",\"]\\\"\"]],\"total\":2}", &out, false));
	assert_true(tick(&d, "{\"columns\":[],\"rows\":[[\"2\",\"]\\\"\"],[\"1\",6]],\"total\":2}", &out, false));
	assert_string_equal(text_str(&out), "{\"order\":[\"2\",\"1\"],\"changed\":[[\"1\",6]],\"total\":2}");
	assert_true(tick(&d, "{\"columns\":[],\"rows\":[],\"total\":0}", &out, false));
	assert_string_equal(text_str(&out), "{\"order\":[],\"changed\":[],\"total\":0}");
	assert_true(tick(&d, "{\"columns\":[],\"rows\":[[\"1\",6]],\"total\":1}", &out, true));
	assert_string_equal(text_str(&out), "{\"columns\":[],\"rows\":[[\"1\",6]],\"total\":1}");
	list_diff_free(&d);
	text_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(query_values_are_decoded),
		cmocka_unit_test(a_tick_carries_only_what_changed),
	};
	return cmocka_run_group_tests_name("web/frame", tests, NULL, NULL);
}
