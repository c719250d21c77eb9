/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a request to weir-store: refused, or every text of it is whole; a statement made of it keeps rows and text
 * apart; and what the guard lets through a read-only session holds no second statement.
 */
#include <stdlib.h>
#include <string.h>

#include "store/engine/guard.h"
#include "store/engine/statement.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look_at(const struct http_request *r)
{
	size_t sum = strlen(r->path) + 1 + (r->user ? strlen(r->user) + 1 : 0) + (r->key ? strlen(r->key) + 1 : 0);
	for (unsigned i = 0; i < r->param_count; i++)
		sum += strlen(r->params[i].name) + strlen(r->params[i].value) + 2;
	if (sum > r->arena_used)
		abort(); /* texts overlap */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct http_request r;
	struct statement s;
	long head = http_parse((const char *)data, size, &r);

	guard_readonly((const char *)data, size);
	if (head <= 0)
		return 0;
	if ((size_t)head > size)
		abort();
	look_at(&r);
	if (statement_begin(&r, &s) &&
	    statement_finish(&r, (const char *)data + head, s.has_rows ? 0 : size - (size_t)head, 5, &s)) {
		if (s.has_rows && !strstr(s.query.sql, "FROM INFILE '/proc/self/fd/5' "))
			abort();
		if (strlen(s.query.sql) > s.query.sql_len)
			abort();
	}
	statement_free(&s);
	http_free(&r);
	return 0;
}
