/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RE2 (github.com/google/re2) for C: the few calls that filters need. RE2 takes time linear in the text, whatever
 * the pattern, so a pattern from outside can't hang a thread. A regex is immutable: any number of threads may match.
 */
#ifndef WEIR_RECORD_REGEX_RE2_H
#define WEIR_RECORD_REGEX_RE2_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

struct regex;

/* Memory of one compiled pattern with its automata. */
#define REGEX_MEMORY_MAX (1 << 20)

/* NULL when the pattern is bad, too large or memory is short; why[0..why_size) says so. "." takes line breaks, case counts. */
struct regex *regex_compile(const char *pattern, size_t len, char *why, size_t why_size);
/* Whether the pattern is found anywhere in s[0..n). */
bool regex_search(const struct regex *re, const char *s, size_t n);
void regex_free(struct regex *re); /* NULL: no-op */

#ifdef __cplusplus
}
#endif

#endif
