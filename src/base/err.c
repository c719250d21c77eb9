/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/err.h"

#include <stdio.h>

static const struct {
	const char *name, *text;
	int http;
} errors[] = {
#define X(name, http, text) {#name, text, http},
	WEIR_ERRORS(X)
#undef X
};

/* Index into the table, or -1. */
static int error_index(int code)
{
	int i = WEIR_ERR_BASE - 1 - code;
	return i >= 0 && i < (int)(sizeof errors / sizeof errors[0]) ? i : -1;
}

int err_set(struct errmsg *e, int code, const char *fmt, ...)
{
	if (e) {
		va_list ap;
		va_start(ap, fmt);
		vsnprintf(e->text, sizeof e->text, fmt, ap);
		va_end(ap);
	}
	return code;
}

const char *err_name(int code)
{
	int i = error_index(code);
	return code >= 0 ? "OK" : i < 0 ? "UNKNOWN" : errors[i].name;
}

const char *err_text(int code)
{
	int i = error_index(code);
	return code >= 0 ? "success" : i < 0 ? "unknown error" : errors[i].text;
}

int err_http_status(int code)
{
	int i = error_index(code);
	return code >= 0 ? 200 : i < 0 ? 500 : errors[i].http;
}
