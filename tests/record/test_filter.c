/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The filter language: its grammar by the cases in tests/filter, what it picks by a fixed row, its bounds, its SQL. That matcher and
 * SQL agree is tested in filter_property.c.
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

#include "base/clock.h"
#include "random_rows.h"
#include "record/filter.h"
#include "record/names.h"

/* --- grammar --- */

static FILE *open_cases(const char *name)
{
	static const char *const tries[] = {"tests/filter", "../tests/filter"};
	const char *root = getenv("WEIR_SOURCE");
	char path[600];

	for (unsigned i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "%s%s%s/%s", i == 2 && root ? root : "", i == 2 ? "/" : "", tries[i % 2],
			 name);
		FILE *f = fopen(path, "r");
		if (f)
			return f;
	}
	fail_msg("no tests/filter/%s here; run it in the source or the build folder, or set WEIR_SOURCE", name);
	return NULL;
}

/* \t \n \xNN of the first line, in place; every other backslash is the filter's own. */
static void unescape(char *s)
{
	char *out = s;
	for (; *s; s++) {
		unsigned x;
		if (s[0] == '\\' && s[1] == 't' && (out[0] = '\t'))
			s++, out++;
		else if (s[0] == '\\' && s[1] == 'n' && (out[0] = '\n'))
			s++, out++;
		else if (s[0] == '\\' && s[1] == 'x' && sscanf(s + 2, "%2x", &x) == 1)
			*out++ = (char)x, s += 3;
		else
			*out++ = *s;
	}
	*out = '\0';
}

static void check_accepted(const char *name, unsigned line, const char *text, const char *want)
{
	struct filter *f = NULL;
	struct filter_error e;
	struct text t = TEXT_INIT;

	if (filter_parse(&flow_field_table, text, &f, &e) < 0)
		fail_msg("%s:%u: %s: %s", name, line, text, e.text);
	filter_print(f, &t);
	if (strcmp(text_str(&t), want) != 0)
		fail_msg("%s:%u: canonical form is %s, not %s", name, line, text_str(&t), want);
	text_free(&t);
	filter_free(f);
}

static struct filter_error check_rejected(const char *name, unsigned line, const char *text, const char *want)
{
	struct filter *f = (struct filter *)1;
	struct filter_error e;
	char got[200];

	if (filter_parse(&flow_field_table, text, &f, &e) != WEIR_E(SYNTAX))
		fail_msg("%s:%u: %s was accepted", name, line, text);
	assert_ptr_equal(f, (void *)1); /* untouched on failure */
	snprintf(got, sizeof got, "%u %s", e.column, e.expected);
	if (strcmp(got, want) != 0)
		fail_msg("%s:%u: error is %s, not %s", name, line, got, want);
	return e;
}

static unsigned run_cases(const char *name)
{
	FILE *f = open_cases(name);
	char text[1000] = "", line[1000];
	struct filter_error e = {0};
	unsigned number = 0, cases = 0;

	while (fgets(line, sizeof line, f)) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		bool answer = *text && strchr("=!~", line[0]) && line[0] && line[1] == ' ';
		if (answer && line[0] == '=')
			check_accepted(name, number, text, line + 2);
		else if (answer && line[0] == '!')
			e = check_rejected(name, number, text, line + 2);
		else if (answer && strcmp(e.text, line + 2) != 0)
			fail_msg("%s:%u: the sentence is: %s", name, number, e.text);
		cases += answer;
		if (!line[0])
			text[0] = '\0';
		else if (!answer && line[0] != '#' && !*text) {
			strcpy(text, line);
			unescape(text);
		} else if (!answer && line[0] != '#')
			fail_msg("%s:%u: neither a case nor its answer", name, number);
	}
	fclose(f);
	return cases;
}

static void accepts(void **state)
{
	(void)state;
	assert_true(run_cases("accept.txt") >= 30);
}

static void rejects(void **state)
{
	(void)state;
	assert_true(run_cases("reject.txt") >= 40);
}

static void empty_matches_all(void **state)
{
	static const char *const texts[] = {NULL, "", "  \t\n "};
	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct filter *f = NULL;
		struct text sql = TEXT_INIT;
		struct sql_params p = {0};
		assert_int_equal(filter_parse(&flow_field_table, texts[i], &f, NULL), 0);
		assert_true(filter_is_empty(f));
		assert_true(filter_match(f, NULL));
		assert_int_equal(filter_sql(f, "p", &sql, &p), 0);
		assert_string_equal(text_str(&sql), "1");
		text_free(&sql);
		filter_free(f);
	}
	assert_true(filter_match(NULL, NULL));
	filter_free(NULL);
}

/* --- bounds --- */

static char *repeat(const char *first, const char *s, unsigned n, const char *last)
{
	char *out = malloc(strlen(first) + n * strlen(s) + strlen(last) + 1), *p = out;
	p = stpcpy(p, first);
	for (unsigned i = 0; i < n; i++)
		p = stpcpy(p, s);
	strcpy(p, last);
	return out;
}

static void expect(char *text, int want, const char *sentence)
{
	struct filter *f = NULL;
	struct filter_error e = {0};
	int err = filter_parse(&flow_field_table, text, &f, &e);
	if (err != want || (want < 0 && !strstr(e.text, sentence)))
		fail_msg("%.40s…: %d %s", text, err, e.text);
	filter_free(f);
	free(text);
}

static void bounds(void **state)
{
	(void)state;
	expect(repeat("", "(", 64, "port = 1"), WEIR_E(SYNTAX), "but the filter ends here");
	expect(repeat("", "(", 65, "port = 1"), WEIR_E(SYNTAX), "nested more than 64 deep");
	expect(repeat("", "not ", 64, "port = 1"), 0, "");
	expect(repeat("", "not ", 65, "port = 1"), WEIR_E(SYNTAX), "nested more than 64 deep");
	/* Side by side is not deep. */
	expect(repeat("", "not (port=1) or ", 400, "port = 1"), 0, "");
	expect(repeat("port in (1", ",1", 511, ")"), 0, "");
	expect(repeat("port in (1", ",1", 512, ")"), WEIR_E(SYNTAX), "more than 512 values");
	expect(repeat("app ~ \"", "a", 1024, "\""), 0, "");
	expect(repeat("app ~ \"", "a", 1025, "\""), WEIR_E(SYNTAX), "longer than 1024 bytes");
	expect(repeat("app ~ \"", "a{1000}", 100, "\""), WEIR_E(SYNTAX), "too large");
	expect(repeat("port = 1", " ", FILTER_TEXT_MAX - 8, ""), 0, "");
	expect(repeat("port = 1", " ", FILTER_TEXT_MAX - 7, ""), WEIR_E(SYNTAX), "longer than 8192 bytes");
	expect(repeat("app ~ a", " or app ~ a", FILTER_REGEX_MAX * FIELD_PARTS_MAX, ""), WEIR_E(SYNTAX),
	       "regular expressions");
}

/* --- what is picked --- */

static struct flow_row fixed_row(struct flow_meta *m)
{
	static const char name[] = "WWW.Google.com";
	struct flow_row r = {
		.flow_id = 7, .protocol = 6, .ip_version = 4, .vlan_id = 0, .port = {50000, 443}, .interface = "eth0"};

	memset(m, 0, sizeof *m);
	m->app_master = 3;
	m->app_protocol = 5;
	m->risks = 1ull << 12 | 1ull << 15;
	m->risk_score = 60;
	m->text[META_tls_sni].len = (uint16_t)strlen(name);
	memcpy(m->bytes, name, strlen(name));
	r.meta = m;
	addr_parse("10.0.0.1", &r.addr[0]);
	addr_parse("2001:db8::7", &r.addr[1]);
	r.count.bytes[0] = 600000;
	r.count.bytes[1] = 400001;
	r.count.packets[0] = 3;
	r.first_ns = 1700000000123456789;
	r.last_ns = r.first_ns + 5 * NS_PER_S;
	r.client_latency_us = 1500;
	r.tcp_flags[0] = 0;
	memcpy(r.derived.country[1], "DE", 2);
	r.derived.asn[1] = 15169;
	return r;
}

static void picks(void **state)
{
	static const struct {
		const char *text;
		bool want;
	} cases[] = {
		/* app: master, application, whole */
		{"app = TLS", true},
		{"app = tls", true},
		{"app = google", true},
		{"app = TLS.Google", true},
		{"app = TLS.", false},
		{"app = T", false},
		{"app = Goo", false},
		{"app != DNS", true},
		{"app != Google", false},
		{"app in (DNS, Google)", true},
		{"app contains s.g", true},
		{"app ~ ^TLS", true},
		{"app ~ ^tls", false},
		/* sums and units */
		{"bytes > 1MB", true},
		{"bytes > 1000001", false},
		{"bytes = 1000001", true},
		{"bytes < 1MiB", true},
		{"bytes_c2s = 600kB", true},
		{"packets = 3", true},
		{"client_latency_us = 1.5ms", true},
		{"client_latency_us = 1500", true},
		{"client_latency_us > 1.5ms", false},
		{"duration = 5s", true},
		{"duration >= 5001", false},
		/* either side */
		{"ip = 10.0.0.1", true},
		{"ip in 2001:db8::/32", true},
		{"ip = 10.0.0.2", false},
		{"ip != 10.0.0.1", false},
		{"ip != 10.0.0.2", true},
		{"port = 443", true},
		{"port = 50000", true},
		{"port < 1024", true},
		{"port < 443", false},
		{"country = de", true},
		{"country = US", false},
		{"country != US", true},
		{"country != DE", false},
		{"asn = 15169", true},
		{"asn = 0", false},
		{"asn < 100", false},
		{"mac = 00:00:00:00:00:00", false},
		{"mac != 00:00:00:00:00:01", false},
		{"host = www.google.com", true},
		{"host contains google", true},
		{"host in 10.0.0.0/8", true},
		{"host = 10.0.0.1", true},
		{"host = 10.0.0.9", false},
		{"host != 10.0.0.9", true},
		{"host != 10.0.0.1", false},
		{"host ~ \\.com$", true},
		{"host in (a, 10.0.0.0/8)", true},
		/* prefixes */
		{"client_ip in 10.0.0.0/8", true},
		{"client_ip = 10.0.0.0/30", true},
		{"client_ip in 0.0.0.0/0", true},
		{"server_ip in 0.0.0.0/0", false},
		{"client_ip in ::/0", true},
		{"server_ip in 2001:db8::/127", false},
		{"client_ip >= 10.0.0.1", true},
		{"client_ip > 10.0.0.1", false},
		/* absent matches no comparison */
		{"client_country = US", false},
		{"client_country != US", false},
		{"not client_country = US", true},
		{"server_latency_us = 0", false},
		{"server_latency_us < 10", false},
		{"server_latency_us != 3", false},
		{"http_status = 0", false},
		{"vlan_id = 0", false},
		{"vlan_id != 3", false},
		{"dns_query = \"\"", false},
		{"dns_query != a", false},
		{"dns_query ~ .*", false},
		{"dns_query contains \"\"", false},
		{"tls_sni contains \"\"", true},
		{"tls_sni = \"\"", false},
		{"tcp_flags_c2s = 0", true}, /* a null scan has flags: none */
		/* text */
		{"tls_sni = www.google.COM", true},
		{"tls_sni != www.google.com", false},
		{"tls_sni contains GOOGLE", true},
		{"tls_sni ~ google", false},
		{"tls_sni ~ \"(?i)google\"", true},
		{"tls_sni in (a, WWW.google.com)", true},
		/* arrays */
		{"risks = 12", true},
		{"risks != 12", false},
		{"risks != 3", true},
		{"risks in (3, 15)", true},
		{"risks contains 15", true},
		{"risks contains 3", false},
		/* time: microseconds */
		{"first_seen = 2023-11-14T22:13:20.123456Z", true},
		{"first_seen = 2023-11-14T22:13:20.123456999Z", true},
		{"first_seen > 2023-11-14T22:13:20.123456Z", false},
		{"first_seen = 2023-11-14T23:13:20.123456+01:00", true},
		/* structure */
		{"port = 1 or port = 443 and app = TLS", true},
		{"(port = 1 or port = 443) and app = DNS", false},
		{"port = 443 or port = 1 and app = DNS", true},
		{"not port = 443 or app = TLS", true},
		{"not (port = 443 and app = TLS)", false},
		{"not not port = 443", true},
	};
	struct flow_meta *m = malloc(sizeof *m + 64);
	struct flow_row row = fixed_row(m);

	(void)state;
	random_register_names();
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct filter *f = NULL;
		struct filter_error e;
		if (filter_parse(&flow_field_table, cases[i].text, &f, &e) < 0)
			fail_msg("%s: %s", cases[i].text, e.text);
		if (filter_match(f, &row) != cases[i].want)
			fail_msg("%s: %s", cases[i].text, cases[i].want ? "left out" : "picked");
		filter_free(f);
	}
	row.protocol = 17; /* then there are no TCP flags */
	struct filter *f = NULL;
	assert_int_equal(filter_parse(&flow_field_table, "tcp_flags_c2s = 0", &f, NULL), 0);
	assert_false(filter_match(f, &row));
	filter_free(f);
	free(m);
}

/* --- SQL --- */

static void sql_binds_values(void **state)
{
	struct filter *f = NULL;
	struct text sql = TEXT_INIT;
	struct sql_params p = {0};

	(void)state;
	assert_int_equal(filter_parse(&flow_field_table, "http_url = \"'; DROP TABLE flows; --\\t\" or port in (1, 2)",
				      &f, NULL),
			 0);
	assert_int_equal(filter_sql(f, "x", &sql, &p), 0);
	assert_null(strstr(text_str(&sql), "DROP"));
	assert_non_null(strstr(text_str(&sql), "lower(`http_url`) = {x1:String}"));
	assert_int_equal(p.count, 5);
	assert_string_equal(p.items[0].name, "x1");
	assert_string_equal(p.items[0].value, "'; drop table flows; --\\\\t"); /* escaped as TSV */
	assert_string_equal(p.items[4].value, "2");
	assert_null(filter_not_stored(f));
	sql_params_free(&p);
	text_free(&sql);
	filter_free(f);
}

static void sql_refuses_live_fields(void **state)
{
	static const char *const texts[] = {"bits_per_s > 1", "port = 1 or not (bits_per_s_c2s = 1)"};
	static const char *const names_[] = {"bits_per_s", "bits_per_s_c2s"};
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct filter *f = NULL;
		struct text sql = TEXT_INIT;
		struct sql_params p = {0};
		assert_int_equal(filter_parse(&flow_field_table, texts[i], &f, NULL), 0);
		assert_int_equal(filter_sql(f, "x", &sql, &p), WEIR_E(UNSUPPORTED));
		assert_string_equal(filter_not_stored(f), names_[i]);
		assert_int_equal(sql.len, 0);
		filter_free(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accepts),
		cmocka_unit_test(rejects),
		cmocka_unit_test(empty_matches_all),
		cmocka_unit_test(bounds),
		cmocka_unit_test(picks),
		cmocka_unit_test(sql_binds_values),
		cmocka_unit_test(sql_refuses_live_fields),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
