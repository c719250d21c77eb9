/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Enrich as a whole: MaxMind's test databases against ../shared/data/geoip/expected.tsv (skipped where
 * that is not), broken files, local networks, usual places.
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

#include "enrich/enrich.h"

static char geoip[512]; /* "" when ../shared is not there */

static void find_shared(void)
{
	static const char *const tries[] = {"../shared/data/geoip", "../../shared/data/geoip",
					    "/work/shared/data/geoip"};
	const char *env = getenv("WEIR_SHARED");
	if (env) {
		(void)snprintf(geoip, sizeof(geoip), "%s/data/geoip", env);
		if (access(geoip, R_OK) == 0)
			return;
	}
	for (unsigned i = 0; i < 3; i++)
		if (access(tries[i], R_OK) == 0) {
			(void)snprintf(geoip, sizeof(geoip), "%s", tries[i]);
			return;
		}
	geoip[0] = 0;
}

static struct enrich *open_with(const char *country, const char *asn)
{
	struct enrich *en = NULL;
	struct errmsg e = {""};
	struct enrich_options o = {.country_mmdb = country, .asn_file = asn};
	int rc = enrich_open(&o, &en, &e);
	if (rc < 0)
		print_message("%s\n", e.text);
	assert_int_equal(rc, 0);
	return en;
}

static const char *in_geoip(const char *name)
{
	static char path[2][1024];
	static unsigned turn;
	turn ^= 1;
	(void)snprintf(path[turn], sizeof(path[turn]), "%s/%s", geoip, name);
	return path[turn];
}

/* One line of expected.tsv: database, network, address, country, city, latitude, longitude, ASN,
 * organisation. */
static int check_line(struct enrich *en, char **field, bool asn)
{
	struct addr a;
	assert_int_equal(addr_parse(field[2], &a), 0);
	if (asn) {
		const char *name = NULL;
		uint32_t number = enrich_asn(en, &a, &name);
		assert_int_equal(number, strtoul(field[7], NULL, 10));
		assert_string_equal(name ? name : "", field[8]);
		return 1;
	}
	char country[3] = "";
	bool known = enrich_country(en, &a, country);
	if (enrich_is_local(en, &a)) { /* a local address has no country, whatever the database says */
		assert_false(known);
		return 0;
	}
	assert_string_equal(country, field[3]);
	assert_int_equal(known, field[3][0] != 0);
	return 1;
}

static int check_database(const char *database, bool asn)
{
	struct enrich *en = asn ? open_with(in_geoip("GeoLite2-Country-Test.mmdb"), in_geoip(database))
				: open_with(in_geoip(database), in_geoip("GeoLite2-ASN-Test.mmdb"));
	FILE *f = fopen(in_geoip("expected.tsv"), "r");
	assert_non_null(f);
	char line[1024];
	int checked = 0;
	while (fgets(line, sizeof(line), f)) {
		char *field[9], *p = line;
		line[strcspn(line, "\n")] = 0;
		for (unsigned i = 0; i < 9; i++)
			field[i] = p ? strsep(&p, "\t") : (char[]){""};
		if (strcmp(field[0], database) == 0)
			checked += check_line(en, field, asn);
	}
	(void)fclose(f);
	enrich_close(en);
	return checked;
}

static void test_expected(void **state)
{
	(void)state;
	if (!geoip[0])
		skip();
	assert_true(check_database("GeoLite2-Country-Test.mmdb", false) > 200);
	assert_true(check_database("GeoLite2-City-Test.mmdb", false) > 200);
	assert_true(check_database("GeoLite2-ASN-Test.mmdb", true) > 600);
}

/* A damaged file is refused, or gives nothing; never a crash and never a wrong-looking answer. */
static void test_broken_mmdb(void **state)
{
	(void)state;
	static const char *const files[] = {
		"GeoIP2-City-Test-Broken-Double-Format.mmdb",
		"GeoIP2-City-Test-Invalid-Node-Count.mmdb",
		"MaxMind-DB-no-ipv4-search-tree.mmdb",
		"MaxMind-DB-test-broken-pointers-24.mmdb",
	};
	if (!geoip[0])
		skip();
	for (unsigned i = 0; i < 4; i++) {
		struct enrich *en = NULL;
		struct errmsg e = {""};
		struct enrich_options o = {.country_mmdb = in_geoip(files[i]), .asn_file = in_geoip(files[i])};
		if (enrich_open(&o, &en, &e) < 0) {
			assert_true(strstr(e.text, files[i]) != NULL);
			continue;
		}
		for (uint32_t n = 1; n < 60000; n++) {
			uint32_t number = __builtin_bswap32(n * 71573u);
			struct addr a = addr_from_v4(&number);
			char country[2];
			const char *name;
			bool known = enrich_country(en, &a, country);
			assert_int_equal(known, country[0] != 0);
			(void)enrich_asn(en, &a, &name);
			a.b[10] = 0x20;
			a.b[0] = (uint8_t)n;
			(void)enrich_country(en, &a, country);
		}
		enrich_close(en);
	}
}

static void test_refused(void **state)
{
	(void)state;
	struct enrich *en = NULL;
	struct errmsg e = {""};
	struct enrich_options o = {.country_mmdb = "/nonexistent/x.mmdb"};
	assert_int_equal(enrich_open(&o, &en, &e), WEIR_E(NOTFOUND));
	assert_non_null(strstr(e.text, "/nonexistent/x.mmdb"));
	o = (struct enrich_options){.country_mmdb = "/etc/passwd"};
	assert_int_equal(enrich_open(&o, &en, &e), WEIR_E(CORRUPT));
	o = (struct enrich_options){.asn_file = "/etc/passwd"};
	assert_int_equal(enrich_open(&o, &en, &e), WEIR_E(CORRUPT));
	assert_null(en);
}

static void test_local(void **state)
{
	(void)state;
	static const struct {
		const char *addr;
		bool local;
	} cases[] = {
		{"10.1.2.3", true},     {"172.16.0.1", true},   {"172.31.255.255", true}, {"172.32.0.0", false},
		{"192.168.7.7", true},  {"192.169.0.0", false}, {"169.254.1.1", true},    {"127.0.0.1", true},
		{"100.64.0.1", true},   {"100.128.0.1", false}, {"8.8.8.8", false},       {"0.0.0.0", true},
		{"224.0.0.251", false}, {"fd00::1", true},      {"fe80::1", true},        {"::1", true},
		{"::", true},           {"2001:db8::1", false}, {"ff02::fb", false},      {"203.0.113.9", true},
		{"203.0.114.9", false},
	};
	struct prefix extra;
	assert_int_equal(prefix_parse("203.0.113.0/24", &extra), 0);
	struct enrich *en = NULL;
	struct enrich_options o = {.local = &extra, .local_count = 1};
	assert_int_equal(enrich_open(&o, &en, NULL), 0);
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr a;
		assert_int_equal(addr_parse(cases[i].addr, &a), 0);
		if (enrich_is_local(en, &a) != cases[i].local)
			fail_msg("%s", cases[i].addr);
	}
	enrich_close(en);
}

static void test_places_and_row(void **state)
{
	(void)state;
	if (!geoip[0])
		skip();
	char dir[] = "/tmp/weir-geo-XXXXXX", link_path[600];
	assert_non_null(mkdtemp(dir));
	static const char *const files[] = {"GeoLite2-ASN-Test.mmdb", "GeoLite2-City-Test.mmdb"};
	for (unsigned i = 0; i < 2; i++) {
		char *real = realpath(in_geoip(files[i]), NULL);
		assert_non_null(real);
		(void)snprintf(link_path, sizeof(link_path), "%s/%s", dir, files[i]);
		assert_int_equal(symlink(real, link_path), 0);
		free(real);
	}
	assert_int_equal(setenv("WEIR_GEO_DIR", dir, 1), 0);
	struct enrich *en = open_with(NULL, NULL);
	assert_int_equal(unsetenv("WEIR_GEO_DIR"), 0);
	struct enrich_status st[4];
	assert_int_equal(enrich_status(en, st), 4);
	assert_non_null(strstr(st[0].path, "City-Test"));
	assert_non_null(strstr(st[1].path, "ASN-Test"));
	assert_null(st[0].problem);
	assert_null(st[1].problem);
	struct flow_row row = {0};
	assert_int_equal(addr_parse("10.0.0.5", &row.addr[0]), 0);
	assert_int_equal(addr_parse("1.0.0.1", &row.addr[1]), 0);
	enrich_row(en, &row);
	assert_int_equal(row.derived.asn[1], 15169);
	assert_string_equal(row.derived.as_name[1], "Google Inc.");
	assert_true(row.derived.is_local[0] && !row.derived.is_local[1]);
	assert_int_equal(row.derived.cast, CAST_UNICAST);
	assert_int_equal(addr_parse("ff02::fb", &row.addr[1]), 0);
	enrich_row(en, &row);
	assert_int_equal(row.derived.cast, CAST_MULTICAST);
	enrich_close(en);
	for (unsigned i = 0; i < 2; i++) {
		(void)snprintf(link_path, sizeof(link_path), "%s/%s", dir, files[i]);
		assert_int_equal(unlink(link_path), 0);
	}
	assert_int_equal(rmdir(dir), 0);
}

static void test_missing_is_told(void **state)
{
	(void)state;
	char dir[] = "/tmp/weir-geo-XXXXXX";
	assert_non_null(mkdtemp(dir));
	struct enrich *en = NULL;
	struct enrich_options o = {.oui_dir = dir};
	assert_int_equal(enrich_open(&o, &en, NULL), 0);
	struct enrich_status st[4];
	assert_int_equal(enrich_status(en, st), 4);
	assert_non_null(st[2].problem);
	assert_non_null(strstr(st[2].problem, "ieee-data"));
	assert_int_equal(st[2].entries, 0);
	struct mac m = {{0x00, 0x00, 0x0c, 1, 2, 3}};
	assert_null(enrich_vendor(en, &m));
	enrich_close(en);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	find_shared();
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expected),       cmocka_unit_test(test_broken_mmdb),
		cmocka_unit_test(test_refused),        cmocka_unit_test(test_local),
		cmocka_unit_test(test_places_and_row), cmocka_unit_test(test_missing_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
