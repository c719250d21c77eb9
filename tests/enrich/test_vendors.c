/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MAC vendors and service names: parsing, prefixes of three lengths, the real files where they are
 * installed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "enrich/services.h"
#include "enrich/vendors.h"

static const char *vendor(const struct vendors *v, const char *text)
{
	struct mac m;
	assert_int_equal(mac_parse(text, &m), 0);
	const char *name = vendors_find(v, &m);
	return name ? name : "-";
}

static void test_csv(void **state)
{
	(void)state;
	static const char csv[] = "Registry,Assignment,Organization Name,Organization Address\r\n"
				  "MA-L,0050C2,IEEE Registration Authority,\"445, Hoes Lane\n2nd line\"\r\n"
				  "IAB,0050C27D5,DEUTA-WERKE GmbH,Paffrather Strasse 140\n"
				  "MA-M,0055DA1,\"Shinko Technos co.,ltd.\",x\n"
				  "MA-L,001EFC,\"JSC \"\"MASSA-K\"\" \",x\n"
				  "MA-L,XYZXYZ,No Hex,x\n"
				  "MA-L,12345,Five Digits,x\n"
				  "MA-L,3C5AB4,Google last line without newline";
	struct vendors v = {0};
	assert_int_equal(vendors_parse(&v, csv, sizeof(csv) - 1), 0);
	vendors_sort(&v);
	assert_int_equal(vendors_count(&v), 5);
	assert_int_equal(v.refused, 3); /* head, no hex, five digits */
	assert_string_equal(vendor(&v, "00:50:c2:00:00:01"), "IEEE Registration Authority");
	assert_string_equal(vendor(&v, "00:50:c2:7d:5f:ff"), "DEUTA-WERKE GmbH"); /* the longest prefix wins */
	assert_string_equal(vendor(&v, "00:50:c2:7d:6f:ff"), "IEEE Registration Authority");
	assert_string_equal(vendor(&v, "00:55:da:1f:00:00"), "Shinko Technos co.,ltd.");
	assert_string_equal(vendor(&v, "00:55:da:2f:00:00"), "-");
	assert_string_equal(vendor(&v, "00:1e:fc:00:00:00"), "JSC \"MASSA-K\"");
	assert_string_equal(vendor(&v, "3c:5a:b4:ff:ff:ff"), "Google last line without newline");
	assert_string_equal(vendor(&v, "3d:5a:b4:ff:ff:ff"), "-"); /* group address */
	assert_string_equal(vendor(&v, "3e:5a:b4:ff:ff:ff"), "-"); /* locally administered */
	vendors_free(&v);
}

static void test_ieee_data(void **state)
{
	(void)state;
	if (access("/usr/share/ieee-data/oui.csv", R_OK) != 0)
		skip();
	struct vendors v;
	uint64_t before = clock_thread_cpu_ns();
	assert_int_equal(vendors_load(&v, "/usr/share/ieee-data", NULL), 0);
	uint64_t ms = (clock_thread_cpu_ns() - before) / NS_PER_MS;
	print_message("%u MAC vendors loaded in %llu ms, %zu bytes of names\n", vendors_count(&v),
		      (unsigned long long)ms, v.names.len);
	assert_true(vendors_count(&v) > 40000);
	assert_string_equal(vendor(&v, "00:00:0c:01:02:03"), "Cisco Systems, Inc");
	assert_string_equal(vendor(&v, "b8:27:eb:01:02:03"), "Raspberry Pi Foundation");
	vendors_free(&v);
	struct errmsg e = {""};
	assert_int_equal(vendors_load(&v, "/nonexistent", &e), WEIR_E(NOTFOUND));
	assert_non_null(strstr(e.text, "/nonexistent"));
}

static void test_services(void **state)
{
	(void)state;
	static const char text[] = "# head\n\nssh\t\t22/tcp\t\t\t# SSH Remote Login Protocol\n"
				   "domain 53/udp\ndomain 53/tcp\nhttps 443/tcp\nhttps2 443/tcp\n"
				   "bad x/tcp\nworse 70000/tcp\nnone 1/xyz\nlast 9/sctp";
	struct services s = {0};
	assert_int_equal(services_parse(&s, text, sizeof(text) - 1), 0);
	assert_int_equal(s.count, 5);
	assert_int_equal(s.refused, 3);
	assert_string_equal(services_find(&s, 6, 22), "ssh");
	assert_string_equal(services_find(&s, 17, 53), "domain");
	assert_string_equal(services_find(&s, 6, 443), "https"); /* the first one in the file */
	assert_string_equal(services_find(&s, 132, 9), "last");
	assert_null(services_find(&s, 17, 22));
	assert_null(services_find(&s, 6, 65535));
	services_free(&s);
	if (access("/etc/services", R_OK) == 0) {
		assert_int_equal(services_load(&s, "/etc/services", NULL), 0);
		assert_string_equal(services_find(&s, 6, 22), "ssh");
		services_free(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_ieee_data),
		cmocka_unit_test(test_services),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
