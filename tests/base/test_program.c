/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files beside the running program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/program.h"

static void beside_itself(void **state)
{
	char dir[4096], path[4096];
	(void)state;
	assert_int_equal(program_path("", dir, sizeof dir), 0);
	assert_int_equal(dir[0], '/');
	assert_int_equal(program_path("test_program", path, sizeof path), 0);
	assert_memory_equal(path, dir, strlen(dir));
	assert_int_equal(access(path, X_OK), 0); /* that is us */
}

static void too_small(void **state)
{
	char path[4] = "xyz";
	(void)state;
	assert_int_equal(program_path("a", path, sizeof path), WEIR_E(TOOBIG));
	assert_string_equal(path, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(beside_itself),
		cmocka_unit_test(too_small),
	};
	return cmocka_run_group_tests_name("base/program", tests, NULL, NULL);
}
