/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ClickHouse's errors: which of ours they are, whether to try again, and how a person reads them. */
#include <stdlib.h>
#include <string.h>

#include "store/client.h"

/*  number, Weir's error */
#define CH_ERRORS(X)                                                                               \
	X(159, TIMEOUT)      /* TIMEOUT_EXCEEDED */                                                \
	X(160, TOOBIG)       /* TOO_SLOW, estimated */                                             \
	X(158, TOOBIG)       /* TOO_MANY_ROWS */                                                   \
	X(307, TOOBIG)       /* TOO_MANY_BYTES */                                                  \
	X(396, TOOBIG)       /* TOO_MANY_ROWS_OR_BYTES */                                          \
	X(164, DENIED)       /* READONLY */                                                        \
	X(497, DENIED)       /* ACCESS_DENIED */                                                   \
	X(192, UNAVAILABLE)  /* UNKNOWN_USER */                                                    \
	X(193, UNAVAILABLE)  /* WRONG_PASSWORD */                                                  \
	X(194, UNAVAILABLE)  /* REQUIRED_PASSWORD */                                               \
	X(516, UNAVAILABLE)  /* AUTHENTICATION_FAILED */                                           \
	X(241, NOMEM)        /* MEMORY_LIMIT_EXCEEDED */                                           \
	X(243, FULL)         /* NOT_ENOUGH_SPACE */                                                \
	X(202, BUSY)         /* TOO_MANY_SIMULTANEOUS_QUERIES */

/* Errors that lie in the rows themselves: sent again, they fail again. */
static const int bad_data[] = {6, 26, 27, 32, 33, 38, 41, 53, 72, 117, 131, 349};

int ch_error_code(int code)
{
	switch (code) {
#define X(number, name) \
	case number:    \
		return WEIR_E(name);
		CH_ERRORS(X)
#undef X
	default:
		return WEIR_E(INVALID);
	}
}

bool ch_error_may_pass(int code)
{
	for (size_t i = 0; i < sizeof bad_data / sizeof bad_data[0]; i++)
		if (bad_data[i] == code)
			return false;
	return true;
}

static const char *skip_prefix(const char *s)
{
	char *end;
	for (;;) {
		if (strncmp(s, "Code: ", 6) != 0)
			return s;
		(void)strtol(s + 6, &end, 10);
		const char *colon = strstr(end, "xception: ");
		if (!colon || colon - end > 40)
			return s;
		s = colon + 10;
	}
}

void ch_error_text(const char *body, size_t len, struct text *out)
{
	const char *s = skip_prefix(body);
	size_t n = len - (size_t)(s - body);
	/* "… (SYNTAX_ERROR) (version 26.5.1.1)", "…, e.what() = DB::Exception": say nothing here. */
	const char *version = strstr(s, " (version "), *what = strstr(s, ", e.what() = ");

	if (version)
		n = (size_t)(version - s);
	if (what && (size_t)(what - s) < n)
		n = (size_t)(what - s);
	while (n && (s[n - 1] == '\n' || s[n - 1] == ' '))
		n--;
	text_add(out, s, n);
}
