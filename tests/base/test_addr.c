/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Addresses, prefixes, MACs, times: text forms both ways, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/addr.h"
#include "base/clock.h"

static void addresses(void **state)
{
	static const char *const good[] = {"10.0.0.1", "255.255.255.255", "::1", "2001:db8::1", "fe80::1:2:3", "::"};
	static const char *const bad[] = {"", "10.0.0", "10.0.0.256", "g::1", "1.2.3.4.5", "10.0.0.1 "};
	struct addr a;
	char text[ADDR_TEXT_MAX];
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(addr_parse(good[i], &a), 0);
		assert_int_equal(addr_format(&a, text), strlen(good[i]));
		assert_string_equal(text, good[i]);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_true(addr_parse(bad[i], &a) < 0);
	assert_int_equal(addr_parse("::ffff:10.0.0.1", &a), 0);
	assert_true(addr_is_v4(&a));
	assert_int_equal(addr_v4_number(&a), 0x0a000001);
}

static void prefixes(void **state)
{
	static const struct {
		const char *prefix, *addr;
		bool inside;
	} cases[] = {
		{"10.0.0.0/8", "10.255.0.1", true},
		{"10.0.0.0/8", "11.0.0.0", false},
		{"0.0.0.0/0", "1.2.3.4", true},
		{"0.0.0.0/0", "2001::1", false},
		{"::/0", "1.2.3.4", true},
		{"fd00::/8", "fdab::1", true},
		{"10.0.0.1", "10.0.0.1", true},
		{"10.0.0.1", "10.0.0.2", false},
		{"192.168.1.128/25", "192.168.1.127", false},
		{"192.168.1.128/25", "192.168.1.200", true},
	};
	static const char *const bad[] = {"10.0.0.1/8",  "10.0.0.0/33", "fd00::/129", "10.0.0.0/",
					  "10.0.0.0/-1", "10.0.0.0/8x", "/8"};
	struct prefix p;
	struct addr a;
	char text[ADDR_TEXT_MAX + 4];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		assert_int_equal(prefix_parse(cases[i].prefix, &p), 0);
		assert_int_equal(addr_parse(cases[i].addr, &a), 0);
		if (prefix_contains(&p, &a) != cases[i].inside)
			fail_msg("%s in %s", cases[i].addr, cases[i].prefix);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (prefix_parse(bad[i], &p) == 0)
			fail_msg("%s was taken", bad[i]);
	prefix_parse("172.16.0.0/12", &p);
	prefix_format(&p, text);
	assert_string_equal(text, "172.16.0.0/12");
}

static void kinds_of_address(void **state)
{
	struct addr a;
	(void)state;
	addr_parse("224.0.0.251", &a);
	assert_true(addr_is_multicast(&a));
	addr_parse("ff02::1", &a);
	assert_true(addr_is_multicast(&a));
	addr_parse("255.255.255.255", &a);
	assert_true(addr_is_broadcast(&a) && !addr_is_multicast(&a));
	addr_parse("127.3.0.1", &a);
	assert_true(addr_is_loopback(&a));
	addr_parse("::1", &a);
	assert_true(addr_is_loopback(&a));
	addr_parse("240.0.0.1", &a);
	assert_false(addr_is_multicast(&a));
}

static void macs(void **state)
{
	struct mac m;
	char text[MAC_TEXT_MAX];
	(void)state;
	assert_int_equal(mac_parse("00:1A:2b:3c:4D:5e", &m), 0);
	mac_format(&m, text);
	assert_string_equal(text, "00:1a:2b:3c:4d:5e");
	assert_int_equal(mac_parse("00-1a-2b-3c-4d-5e", &m), 0);
	assert_true(mac_parse("00:1a:2b:3c:4d", &m) < 0);
	assert_true(mac_parse("00:1a:2b:3c:4d:5e:6f", &m) < 0);
	assert_true(mac_parse("", &m) < 0);
}

static void times(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-11-24T07:53:15.123456Z", 1795506795123456000ull},
		{"2026-11-24T09:53:15.123456+02:00", 1795506795123456000ull},
		{"2000-02-29T23:59:59.999999999Z", 951868799999999999ull},
	};
	static const char *const bad[] = {
		"2026-02-30T00:00:00Z",  "2026-11-24",           "2026-11-24T25:00:00Z",     "2026-11-24T07:53:15",
		"2026-11-24T07:53:15.Z", "1969-12-31T23:59:59Z", "2026-11-24T07:53:15+0200", "x"};
	char text[RFC3339_TEXT_MAX];
	uint64_t ns;
	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		assert_int_equal(rfc3339_parse(good[i].text, &ns), 0);
		assert_int_equal(ns, good[i].ns);
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (rfc3339_parse(bad[i], &ns) == 0)
			fail_msg("%s was taken", bad[i]);
	rfc3339_format(1795506795123456789ull, text);
	assert_string_equal(text, "2026-11-24T07:53:15.123456Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(addresses), cmocka_unit_test(prefixes),
					   cmocka_unit_test(kinds_of_address), cmocka_unit_test(macs),
					   cmocka_unit_test(times)};
	return cmocka_run_group_tests_name("base/addr", tests, NULL, NULL);
}
