/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spool: in order, over restarts, bounded; what is damaged is set aside and never stops the rest. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "store/spool.h"

static char dir[64];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/weir-spool-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[100];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static char body[5000];

static struct spool_batch batch(unsigned n)
{
	struct spool_batch b = {.row_count = n,
				.received_ms = 1000 + n,
				.columns = "`a`, b",
				.columns_len = 6,
				.rows = body,
				.rows_len = 100 + n};
	memset(body, (int)n, sizeof body);
	snprintf(b.token, sizeof b.token, "%032x", n);
	return b;
}

static void put(struct spool *s, unsigned n)
{
	struct spool_batch b = batch(n);
	struct errmsg e;
	assert_int_equal(spool_put(s, &b, &e), 0);
}

static void expect(struct spool *s, unsigned n)
{
	struct text hold = TEXT_INIT;
	struct spool_batch got, want = batch(n);
	struct errmsg e;
	assert_int_equal(spool_oldest(s, &hold, &got, &e), 0);
	assert_string_equal(got.token, want.token);
	assert_int_equal(got.row_count, n);
	assert_int_equal(got.received_ms, want.received_ms);
	assert_int_equal(got.columns_len, 6);
	assert_memory_equal(got.columns, "`a`, b", 6);
	assert_int_equal(got.rows_len, want.rows_len);
	assert_memory_equal(got.rows, want.rows, want.rows_len);
	text_free(&hold);
}

static unsigned files_ending(const char *ending)
{
	char path[100];
	unsigned n = 0;
	snprintf(path, sizeof path, "%s/spool", dir);
	DIR *d = opendir(path);
	assert_non_null(d);
	for (const struct dirent *e; (e = readdir(d));)
		n += strstr(e->d_name, ending) != NULL;
	closedir(d);
	return n;
}

static void in_order(void **state)
{
	struct spool s;
	struct errmsg e;
	(void)state;
	assert_int_equal(spool_open(dir, 1 << 20, &s, &e), 0);
	assert_true(spool_is_empty(&s));
	for (unsigned i = 1; i <= 150; i++)
		put(&s, i);
	assert_int_equal(s.rows, 150 * 151 / 2);
	assert_int_equal(s.oldest_ms, 1001);
	for (unsigned i = 1; i <= 70; i++) {
		expect(&s, i);
		spool_done(&s, false);
	}
	put(&s, 151);
	spool_close(&s);
	/* another life */
	assert_int_equal(spool_open(dir, 1 << 20, &s, &e), 0);
	assert_int_equal(s.oldest_ms, 1071);
	put(&s, 152);
	for (unsigned i = 71; i <= 152; i++) {
		expect(&s, i);
		spool_done(&s, false);
	}
	assert_true(spool_is_empty(&s));
	assert_int_equal(s.bytes, 0);
	assert_int_equal(s.rows, 0);
	assert_int_equal(files_ending(".batch"), 0);
	spool_close(&s);
}

static void cap(void **state)
{
	struct spool s;
	struct errmsg e;
	struct spool_batch b = batch(1);
	(void)state;
	assert_int_equal(spool_open(dir, 1000, &s, &e), 0);
	unsigned n = 0;
	while (n < 100 && spool_put(&s, &b, &e) == 0)
		n++;
	assert_int_equal(n, 5); /* of 72 + 6 + 101 bytes */
	assert_int_equal(spool_put(&s, &b, &e), WEIR_E(FULL));
	assert_non_null(strstr(e.text, "limit"));
	assert_int_equal(files_ending(".new"), 0);
	spool_done(&s, false);
	assert_int_equal(spool_put(&s, &b, &e), 0);
	spool_close(&s);
}

static void damage_file(unsigned number, off_t at, bool cut)
{
	char path[120];
	snprintf(path, sizeof path, "%s/spool/%012u.batch", dir, number);
	int fd = open(path, O_WRONLY);
	assert_true(fd >= 0);
	if (cut)
		assert_int_equal(ftruncate(fd, at), 0);
	else
		assert_int_equal(pwrite(fd, "\xff", 1, at), 1);
	close(fd);
}

static void damaged(void **state)
{
	struct spool s;
	struct errmsg e;
	struct text hold = TEXT_INIT;
	struct spool_batch b;
	(void)state;
	assert_int_equal(spool_open(dir, 1 << 20, &s, &e), 0);
	for (unsigned i = 1; i <= 6; i++)
		put(&s, i);
	spool_close(&s);
	damage_file(1, 0, false);  /* magic */
	damage_file(2, 90, false); /* rows */
	damage_file(3, 80, true);  /* cut in the rows */
	damage_file(4, 10, true);  /* cut in the head */
	damage_file(5, 40, false); /* token */
	assert_int_equal(spool_open(dir, 1 << 20, &s, &e), 0);
	expect(&s, 6);
	assert_int_equal(s.damaged, 5);
	assert_int_equal(files_ending(".damaged"), 5);
	spool_done(&s, true);
	assert_int_equal(files_ending(".refused"), 1);
	assert_int_equal(spool_oldest(&s, &hold, &b, &e), WEIR_E(NOTFOUND));
	for (unsigned i = 0; i < 2 * SPOOL_ASIDE_MAX; i++) {
		put(&s, 7);
		spool_done(&s, true);
	}
	assert_int_equal(files_ending(".refused") + files_ending(".damaged"), SPOOL_ASIDE_MAX);
	spool_close(&s);
	text_free(&hold);
}

static void no_space(void **state)
{
	struct spool s;
	struct errmsg e;
	struct spool_batch b = batch(1);
	(void)state;
	if (mount("weir", dir, "tmpfs", 0, "size=64k") != 0)
		skip(); /* needs root */
	assert_int_equal(spool_open(dir, 1 << 20, &s, &e), 0);
	b.rows_len = sizeof body;
	int err = 0;
	for (unsigned i = 0; i < 100 && !err; i++)
		err = spool_put(&s, &b, &e);
	unsigned left = files_ending(".new");
	spool_close(&s);
	assert_int_equal(umount(dir), 0);
	assert_int_equal(err, WEIR_E(FULL));
	assert_non_null(strstr(e.text, "free some disk space"));
	assert_int_equal(left, 0);
}

/* No prefix of a file, and no file with a byte changed, is taken for a whole one. */
static void parse(void **state)
{
	struct spool s;
	struct errmsg e;
	struct text hold = TEXT_INIT;
	struct spool_batch b;
	(void)state;
	assert_int_equal(spool_open(dir, 1 << 20, &s, &e), 0);
	put(&s, 9);
	assert_int_equal(spool_oldest(&s, &hold, &b, &e), 0);
	for (size_t n = 0; n < hold.len; n++) {
		char *part = malloc(n + 1); /* exact size, for the sanitizer */
		memcpy(part, hold.buf, n);
		assert_true(spool_parse(part, n, &b) < 0);
		free(part);
	}
	for (size_t n = 0; n < hold.len; n++) {
		if (n >= 8 && n < 24 && (n < 12 || n >= 16))
			continue; /* the two counts for people are not covered */
		if (n >= 40 && n < 72)
			continue; /* the token only has to look like one */
		hold.buf[n] ^= 1;
		assert_true(spool_parse(hold.buf, hold.len, &b) < 0);
		hold.buf[n] ^= 1;
	}
	assert_int_equal(spool_parse(hold.buf, hold.len, &b), 0);
	text_free(&hold);
	spool_close(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(in_order, setup, teardown),
		cmocka_unit_test_setup_teardown(cap, setup, teardown),
		cmocka_unit_test_setup_teardown(damaged, setup, teardown),
		cmocka_unit_test_setup_teardown(no_space, setup, teardown),
		cmocka_unit_test_setup_teardown(parse, setup, teardown),
	};
	return cmocka_run_group_tests_name("store/spool", tests, NULL, NULL);
}
