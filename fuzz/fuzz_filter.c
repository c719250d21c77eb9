/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any text as a filter: it is refused with a column inside the text, or its canonical form is taken again, means the same and is its own
 * canonical form; SQL and matching hold for whatever was taken.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/filter.h"
#include "record/flow_row.h"

static void check(bool good)
{
	if (!good)
		abort();
}

static struct flow_row fixed_row(void)
{
	static struct flow_key key;
	struct flow_row row = {.protocol = 6, .ip_version = 4, .port = {50000, 443}, .key = &key, .interface = "eth0"};

	addr_parse("10.0.0.1", &row.addr[0]);
	addr_parse("2001:db8::7", &row.addr[1]);
	memcpy(row.derived.country[1], "DE", 2);
	row.derived.name[0] = "www.example.org";
	row.count.bytes[0] = 1000000;
	return row;
}

static void check_accepted(const struct filter *f)
{
	struct flow_row row = fixed_row();
	struct text a = TEXT_INIT, b = TEXT_INIT, sql = TEXT_INIT;
	struct sql_params params = {0};
	struct filter *again = NULL;

	filter_print(f, &a);
	if (a.len <= FILTER_TEXT_MAX) { /* quotes and spaces may have made it longer */
		check(filter_parse(&flow_field_table, text_str(&a), &again, NULL) == 0);
		filter_print(again, &b);
		check(strcmp(text_str(&a), text_str(&b)) == 0);
		check(filter_match(f, &row) == filter_match(again, &row));
	}
	int err = filter_sql(f, "f", &sql, &params);
	check(err == (filter_not_stored(f) ? WEIR_E(UNSUPPORTED) : 0));
	sql_params_free(&params);
	filter_free(again);
	text_free(&a);
	text_free(&b);
	text_free(&sql);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	struct filter *f = NULL;
	struct filter_error e = {0};

	memcpy(text, data, size);
	text[size] = '\0';
	if (filter_parse(&flow_field_table, text, &f, &e) == 0)
		check_accepted(f);
	else
		check(e.column >= 1 && e.column <= strlen(text) + 1 && e.text[0] && e.expected[0]);
	filter_free(f);
	free(text);
	return 0;
}
