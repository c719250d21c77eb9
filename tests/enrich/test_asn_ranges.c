/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The compiled ASN ranges: every boundary of a small file, and every way to damage it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enrich/asn_ranges.h"

static const char names[] = "\0GOOGLE\0CLOUDFLARENET"; /* offsets 0, 1, 8 */
#define N4   3u
#define N6   2u
#define SIZE (24u + N4 * 16u + N6 * 40u + sizeof(names))

static void put32(uint8_t **p, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++)
		*(*p)++ = (uint8_t)(v >> (8 * i));
}

static void put_addr(uint8_t **p, const char *text)
{
	struct addr a;
	assert_int_equal(addr_parse(text, &a), 0);
	memcpy(*p, a.b, 16);
	*p += 16;
}

static void make(uint8_t out[SIZE])
{
	static const uint32_t v4[N4][4] = {{0x01000000, 0x010000ff, 13335, 8},
					   {0x01000100, 0x010001ff, 9999, 0},
					   {0x08080800, 0x080808ff, 15169, 1}};
	uint8_t *p = out;
	memcpy(p, "WEIRASN1", 8);
	p += 8;
	put32(&p, N4);
	put32(&p, N6);
	put32(&p, sizeof(names));
	put32(&p, 0);
	for (unsigned i = 0; i < N4; i++)
		for (unsigned k = 0; k < 4; k++)
			put32(&p, v4[i][k]);
	put_addr(&p, "2001:4860::");
	put_addr(&p, "2001:4860:ffff:ffff:ffff:ffff:ffff:ffff");
	put32(&p, 15169);
	put32(&p, 1);
	put_addr(&p, "2606:4700::");
	put_addr(&p, "2606:4700:ffff:ffff:ffff:ffff:ffff:ffff");
	put32(&p, 13335);
	put32(&p, 8);
	memcpy(p, names, sizeof(names));
	assert_ptr_equal(p + sizeof(names), out + SIZE);
}

static void test_find(void **state)
{
	(void)state;
	static const struct {
		const char *addr;
		uint32_t asn;
		const char *name;
	} cases[] = {
		{"0.255.255.255", 0, NULL},
		{"1.0.0.0", 13335, "CLOUDFLARENET"},
		{"1.0.0.255", 13335, "CLOUDFLARENET"},
		{"1.0.1.0", 9999, NULL},
		{"1.0.1.255", 9999, NULL},
		{"1.0.2.0", 0, NULL},
		{"8.8.7.255", 0, NULL},
		{"8.8.8.8", 15169, "GOOGLE"},
		{"8.8.9.0", 0, NULL},
		{"255.255.255.255", 0, NULL},
		{"::", 0, NULL},
		{"2001:4860::", 15169, "GOOGLE"},
		{"2001:4860:ffff:ffff:ffff:ffff:ffff:ffff", 15169, "GOOGLE"},
		{"2001:4861::", 0, NULL},
		{"2606:4700::1111", 13335, "CLOUDFLARENET"},
		{"ff02::1", 0, NULL},
	};
	uint8_t file[SIZE];
	struct asn_ranges r;
	make(file);
	assert_int_equal(asn_ranges_load(file, SIZE, "test", &r, NULL), 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr a;
		const char *name = NULL;
		assert_int_equal(addr_parse(cases[i].addr, &a), 0);
		if (asn_ranges_find(&r, &a, &name) != cases[i].asn)
			fail_msg("%s", cases[i].addr);
		assert_int_equal(name != NULL, cases[i].name != NULL);
		if (name)
			assert_string_equal(name, cases[i].name);
	}
}

static void test_every_truncation_is_refused(void **state)
{
	(void)state;
	uint8_t file[SIZE + 1];
	struct asn_ranges r;
	make(file);
	for (size_t n = 0; n < SIZE; n++) {
		uint8_t *exact = malloc(n ? n : 1); /* so that the address sanitizer sees a read past it */
		assert_non_null(exact);
		memcpy(exact, file, n);
		assert_true(asn_ranges_load(exact, n, "test", &r, NULL) < 0);
		free(exact);
	}
	file[SIZE] = 0;
	assert_int_equal(asn_ranges_load(file, SIZE + 1, "test", &r, NULL), WEIR_E(CORRUPT));
}

static void damage(size_t at, uint32_t v, const char *expected)
{
	uint8_t file[SIZE], *p = file + at;
	struct asn_ranges r;
	struct errmsg e = {""};
	make(file);
	put32(&p, v);
	assert_int_equal(asn_ranges_load(file, SIZE, "some/file", &r, &e), WEIR_E(CORRUPT));
	assert_non_null(strstr(e.text, "some/file"));
	if (!strstr(e.text, expected))
		fail_msg("%s", e.text);
}

static void test_damage_is_named(void **state)
{
	(void)state;
	damage(0, 0, "WEIRASN1");
	damage(8, 0xffffffff, "announces");
	damage(12, 0x10000000, "announces");
	damage(24 + 4, 0, "IPv4 range 0 is out of order");
	damage(24 + 16, 0x010000ff, "IPv4 range 1 is out of order");
	damage(24 + 12, sizeof(names), "name of IPv4 range 0");
	damage(24 + N4 * 16 + 40, 0, "IPv6 range 1 is out of order");
	damage(24 + N4 * 16 + 36, 0xffffffff, "name of IPv6 range 0");
	damage(SIZE - 4, 0x41414141, "NUL");
}

static void test_open(void **state)
{
	(void)state;
	char path[] = "/tmp/weir-asn-XXXXXX";
	uint8_t file[SIZE];
	make(file);
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, file, SIZE), SIZE);
	struct asn_ranges r = {0};
	assert_true(asn_ranges_is(path));
	assert_int_equal(asn_ranges_open(path, &r, NULL), 0);
	const uint8_t google[4] = {8, 8, 8, 8};
	struct addr a = addr_from_v4(google);
	const char *name = NULL;
	assert_int_equal(asn_ranges_find(&r, &a, &name), 15169);
	assert_string_equal(name, "GOOGLE");
	asn_ranges_close(&r);
	assert_int_equal(ftruncate(fd, 0), 0);
	struct errmsg e = {""};
	assert_int_equal(asn_ranges_open(path, &r, &e), WEIR_E(CORRUPT));
	assert_false(asn_ranges_is(path));
	(void)close(fd);
	(void)unlink(path);
	assert_int_equal(asn_ranges_open(path, &r, &e), WEIR_E(NOTFOUND));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_every_truncation_is_refused),
		cmocka_unit_test(test_damage_is_named),
		cmocka_unit_test(test_open),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
