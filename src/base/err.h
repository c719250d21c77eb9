/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Errors of the whole program: one table, negative codes, 0 is success.
 *
 * A function that can fail returns int: 0 (or a count) or one of these. Results leave by ret_ pointers,
 * which stay untouched on failure. Where a person has to read the reason, the function also takes a
 * struct errmsg * (may be NULL) and writes one sentence there: what failed and what to do about it.
 */
#ifndef WEIR_BASE_ERR_H
#define WEIR_BASE_ERR_H

#include <stdarg.h>

/*  name             HTTP  text */
#define WEIR_ERRORS(X)                                                                             \
	X(NOMEM,         503, "out of memory, or a table is at its cap")                           \
	X(INVALID,       400, "invalid value")                                                     \
	X(SYNTAX,        400, "syntax error")                                                      \
	X(NOTFOUND,      404, "not found")                                                         \
	X(EXISTS,        409, "exists already")                                                    \
	X(DENIED,        403, "not permitted")                                                     \
	X(UNAUTH,        401, "log in first")                                                      \
	X(RATELIMIT,     429, "too many requests")                                                 \
	X(TOOBIG,        413, "too large")                                                         \
	X(IO,            500, "input or output failed")                                            \
	X(TRUNCATED,     422, "input ends too early")                                              \
	X(CORRUPT,       422, "input is damaged")                                                  \
	X(UNSUPPORTED,   422, "not supported")                                                     \
	X(VERSION,       409, "made by a newer version")                                           \
	X(BUSY,          409, "in use")                                                            \
	X(UNAVAILABLE,   503, "not available now")                                                 \
	X(TIMEOUT,       504, "took too long")                                                     \
	X(FULL,          507, "no space left")                                                     \
	X(AGAIN,         503, "nothing there yet")                                                 \
	X(INTERNAL,      500, "internal error")

enum {
	WEIR_OK = 0,
	WEIR_ERR_BASE = -1000, /* below every errno, so that the two can't be mixed up */
#define X(name, http, text) WEIR_E_##name##_,
	WEIR_ERRORS(X)
#undef X
};
/* The codes count down from the base: WEIR_E_NOMEM is -1001. */
#define WEIR_E(name) (2 * WEIR_ERR_BASE - WEIR_E_##name##_)

/* One sentence for a person. */
struct errmsg {
	char text[480];
};

/* Write a printf-style sentence into e (NULL: nowhere) and return code, so that a caller can
 * `return err_set(e, WEIR_E(IO), "can't read %s: %s", …)`. */
int err_set(struct errmsg *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* "NOTFOUND" for a code of the table, "OK" for >= 0, "UNKNOWN" else. Static storage. */
const char *err_name(int code);
/* The table's text. Static storage. */
const char *err_text(int code);
/* The table's HTTP status; 500 for an unknown code, 200 for >= 0. */
int err_http_status(int code);

#endif
