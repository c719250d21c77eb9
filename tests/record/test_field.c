/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The flow fields: the table's own order, the names that checks outside rely on, and how each kind of value is written and ordered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "random_rows.h"
#include "record/field.h"

static const struct field_def *find(const char *name)
{
	return field_find(&flow_field_table, name, strlen(name));
}

static void fixed_names_are_printed(void **state)
{
	static const char names[] =
		"client_ip server_ip client_port server_port ip_version protocol app app_category packets_c2s packets_s2c "
		"wire_bytes_c2s wire_bytes_s2c bytes_c2s bytes_s2c first_seen last_seen flow_id slice_no vlan_id community_id risks "
		"score tcp_flags_c2s tcp_flags_s2c client_latency_us server_latency_us dns_query http_host http_url http_method "
		"http_status http_user_agent tls_sni tls_version tls_alpn ja3_client ja3_server ja4_client hassh_client "
		"hassh_server ssh_client ssh_server";
	char copy[sizeof names];
	unsigned count = 0;

	(void)state;
	strcpy(copy, names);
	for (char *name = strtok(copy, " "); name; name = strtok(NULL, " "), count++) {
		const struct field_def *f = find(name);
		if (!f)
			fail_msg("there is no field %s", name);
		if (!(f->flags & FIELD_PRINTED) || !(f->flags & FIELD_STORED))
			fail_msg("%s is not printed or not stored", name);
	}
	assert_int_equal(count, 42);
}

static void table_is_sound(void **state)
{
	const struct field_table *t = &flow_field_table;

	(void)state;
	assert_string_equal(t->entity, "flow");
	for (uint32_t i = 0; i < t->count; i++) {
		const struct field_def *f = &t->fields[i];
		assert_ptr_equal(find(f->name), f); /* no name twice */
		assert_true(strlen(f->help) > 3 && strlen(f->label) > 0 && strlen(f->group) > 0);
		assert_int_equal(f->get == NULL, (f->flags & FIELD_EITHER) != 0);
		unsigned parts = 0;
		while (parts < FIELD_PARTS_MAX && f->parts[parts]) {
			assert_non_null(find(f->parts[parts]));
			assert_int_equal(find(f->parts[parts])->flags & (FIELD_EITHER | FIELD_SUM | FIELD_SPAN), 0);
			parts++;
		}
		if (f->flags & (FIELD_SUM | FIELD_SPAN))
			assert_int_equal(parts, 2);
		else if (f->flags & FIELD_EITHER)
			assert_true(parts >= 2);
		else
			assert_int_equal(parts, 0);
		/* One without a column of its own is not stored. */
		assert_true(!parts || !(f->flags & FIELD_STORED));
	}
}

static void getters_keep_their_kind(void **state)
{
	struct random r = {42};

	(void)state;
	random_register_names();
	for (unsigned n = 0; n < 200; n++) {
		struct flow_row row = random_row(&r, n);
		for (uint32_t i = 0; i < flow_field_table.count; i++) {
			const struct field_def *f = &flow_field_table.fields[i];
			struct field_value v, a, b;
			if (!f->get)
				continue;
			f->get(&row, &v);
			assert_int_equal(v.kind, f->kind);
			if (!(f->flags & FIELD_SUM))
				continue;
			find(f->parts[0])->get(&row, &a);
			find(f->parts[1])->get(&row, &b);
			assert_true(v.u == a.u + b.u);
		}
		random_row_free(&row);
	}
}

/* --- writing --- */

static void check_written(struct field_value *v, const char *plain, const char *json, const void *binary, size_t n)
{
	struct text t = TEXT_INIT;

	field_plain(&t, v);
	assert_string_equal(text_str(&t), plain);
	text_clear(&t);
	field_json(&t, v);
	assert_string_equal(text_str(&t), json);
	text_clear(&t);
	field_rowbinary(&t, v);
	assert_int_equal(t.len, n);
	assert_memory_equal(t.buf, binary, n);
	text_free(&t);
}

static void writes_numbers(void **state)
{
	struct field_value v;

	(void)state;
	field_set_number(&v, FIELD_UINT8, 200, true);
	check_written(&v, "200", "200", "\xc8", 1);
	field_set_number(&v, FIELD_UINT16, 0x1234, true);
	check_written(&v, "4660", "4660", "\x34\x12", 2);
	field_set_number(&v, FIELD_UINT32, 0x12345678, true);
	check_written(&v, "305419896", "305419896", "\x78\x56\x34\x12", 4);
	field_set_number(&v, FIELD_UINT64, UINT64_MAX, true);
	check_written(&v, "18446744073709551615", "18446744073709551615", "\xff\xff\xff\xff\xff\xff\xff\xff", 8);
	field_set_number(&v, FIELD_ID, 9007199254740993, true);
	check_written(&v, "9007199254740993", "\"9007199254740993\"", "\x01\0\0\0\0\0\x20\0", 8);
	field_set_number(&v, FIELD_BOOL, 1, true);
	check_written(&v, "true", "true", "\1", 1);
	/* 2023-11-14T22:13:20.123456789Z: the database has microseconds */
	field_set_number(&v, FIELD_TIME, 1700000000123456789, true);
	check_written(&v, "2023-11-14T22:13:20.123456Z", "\"2023-11-14T22:13:20.123456Z\"",
		      "\x40\x22\x20\x18\x24\x0a\x06\0", 8);
	field_set_number(&v, FIELD_UINT32, 7, false); /* absent: the default */
	check_written(&v, "", "null", "\0\0\0\0", 4);
}

static void writes_addresses(void **state)
{
	struct field_value v;
	struct mac m = {{0, 0x11, 0x22, 0xaa, 0xbb, 0xcc}};
	struct addr a;

	(void)state;
	addr_parse("10.0.0.1", &a);
	field_set_addr(&v, &a);
	check_written(&v, "10.0.0.1", "\"10.0.0.1\"", "\0\0\0\0\0\0\0\0\0\0\xff\xff\x0a\0\0\1", 16);
	addr_parse("2001:db8::1", &a);
	field_set_addr(&v, &a);
	check_written(&v, "2001:db8::1", "\"2001:db8::1\"", "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16);
	field_set_mac(&v, &m);
	check_written(&v, "00:11:22:aa:bb:cc", "\"00:11:22:aa:bb:cc\"", "\xcc\xbb\xaa\x22\x11\0\0\0", 8);
	field_set_mac(&v, &(struct mac){{0}});
	assert_false(v.present);
}

static void writes_texts(void **state)
{
	struct field_value v;
	char *big = malloc(300);

	(void)state;
	field_set_text(&v, FIELD_TEXT, "a\"b", 3);
	check_written(&v, "a\"b", "\"a\\\"b\"", "\3a\"b", 4);
	field_set_text(&v, FIELD_TEXT, "", 0);
	check_written(&v, "", "null", "\0", 1);
	field_set_word(&v, NULL);
	assert_false(v.present);
	field_set_code2(&v, "DE");
	check_written(&v, "DE", "\"DE\"", "DE", 2);
	field_set_code2(&v, "\0\0");
	check_written(&v, "", "null", "\0\0", 2);
	/* LEB128: 300 is ac 02 */
	memset(big, 'x', 300);
	field_set_text(&v, FIELD_TEXT, big, 300);
	struct text t = TEXT_INIT;
	field_rowbinary(&t, &v);
	assert_int_equal(t.len, 302);
	assert_memory_equal(t.buf, "\xac\x02xx", 4);
	text_free(&t);
	free(big);
}

static void writes_bits(void **state)
{
	struct field_value v;

	(void)state;
	field_set_bits(&v, 1ull << 12 | 1ull << 63 | 1);
	check_written(&v, "12 63", "[12,63]", "\2\x0c\0\x3f\0", 5);
	field_set_bits(&v, 1); /* risk 0 means none */
	check_written(&v, "", "null", "\0", 1);
	field_set_bits(&v, UINT64_MAX);
	assert_int_equal(v.uints.n, 63);
}

/* --- order --- */

static void orders(void **state)
{
	struct field_value a, b;

	(void)state;
	field_set_number(&a, FIELD_UINT64, 1, true);
	field_set_number(&b, FIELD_UINT64, UINT64_MAX, true);
	assert_true(field_cmp(&a, &b) < 0 && field_cmp(&b, &a) > 0 && field_cmp(&a, &a) == 0);
	b.present = false; /* absent is below all */
	assert_true(field_cmp(&a, &b) > 0 && field_cmp(&b, &a) < 0 && field_cmp(&b, &b) == 0);
	field_set_text(&a, FIELD_TEXT, "ab", 2);
	field_set_text(&b, FIELD_TEXT, "abc", 3);
	assert_true(field_cmp(&a, &b) < 0 && field_cmp(&b, &a) > 0);
	field_set_text(&b, FIELD_TEXT, "b", 1);
	assert_true(field_cmp(&a, &b) < 0);
	field_set_bits(&a, 2 | 4);
	field_set_bits(&b, 2 | 8);
	assert_true(field_cmp(&a, &b) < 0 && field_cmp(&b, &a) > 0);
}

/* --- names --- */

static void check_nearest(const char *typed, const char *want)
{
	const char *near = field_nearest(&flow_field_table, typed, strlen(typed));
	if (!near != !want || (want && strcmp(near, want) != 0))
		fail_msg("%s: %s, not %s", typed, near ? near : "nothing", want ? want : "nothing");
}

static void finds_the_nearest(void **state)
{
	char long_name[100];

	(void)state;
	check_nearest("client_pi", "client_ip");
	check_nearest("Client_IP", "client_ip");
	check_nearest("byts", "bytes");
	check_nearest("sni", "tls_sni");
	check_nearest("user_agent", "http_user_agent");
	check_nearest("xyzzy", NULL);
	check_nearest("", NULL);
	memset(long_name, 'a', sizeof long_name);
	assert_null(field_nearest(&flow_field_table, long_name, sizeof long_name));
	assert_null(find("client_i"));
	assert_null(field_find(&flow_field_table, "client_ipx", 8));
	assert_non_null(field_find(&flow_field_table, "client_ipx", 9));
}

static void units(void **state)
{
	(void)state;
	assert_string_equal(field_unit(find("client_latency_us")), "us");
	assert_string_equal(field_unit(find("duration")), "ms");
	assert_string_equal(field_unit(find("bytes")), "bytes");
	assert_string_equal(field_unit(find("bits_per_s")), "bits_per_s");
	assert_string_equal(field_unit(find("app")), "");
	assert_string_equal(field_kind_name(FIELD_UINTS), "uints");
	assert_string_equal(field_kind_column(FIELD_UINTS), "Array(UInt16)");
	assert_string_equal(field_kind_typescript(FIELD_ID), "string");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_names_are_printed),
		cmocka_unit_test(table_is_sound),
		cmocka_unit_test(getters_keep_their_kind),
		cmocka_unit_test(writes_numbers),
		cmocka_unit_test(writes_addresses),
		cmocka_unit_test(writes_texts),
		cmocka_unit_test(writes_bits),
		cmocka_unit_test(orders),
		cmocka_unit_test(finds_the_nearest),
		cmocka_unit_test(units),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
