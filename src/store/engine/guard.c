/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/engine/guard.h"

#include <string.h>
#include <strings.h>

#include "store/engine/lex.h"

static const char *const openings[] = {"SELECT", "WITH", "SHOW", "DESCRIBE", "DESC", "EXPLAIN", "EXISTS"};

/* Functions that read or reach what is not in the database; "*" stands for any ending. */
static const char *const outside[] = {
	"file*",    "url*",       "s3*",     "gcs",        "oss",         "cosn",       "hdfs*",   "azure*",
	"iceberg*", "deltaLake*", "hudi*",   "paimon*",    "ytsaurus",    "filesystem", "remote*", "cluster*",
	"mysql",    "postgresql", "mongodb", "redis",      "sqlite",      "odbc",       "jdbc",    "executable*",
	"python",   "arrow*",     "input",   "dictionary", "prometheus*", "catboost*",  "loop",
};

static bool matches(const struct lex_token *t, const char *pattern)
{
	size_t n = strlen(pattern);
	if (pattern[n - 1] == '*')
		return t->n >= n - 1 && strncasecmp(t->s, pattern, n - 1) == 0;
	return t->n == n && strncasecmp(t->s, pattern, n) == 0;
}

static bool is_outside(const struct lex_token *t)
{
	if (t->kind != LEX_WORD && t->kind != LEX_NAME)
		return false;
	for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++)
		if (matches(t, outside[i]))
			return true;
	return false;
}

static bool is_opening(const struct lex_token *t)
{
	for (size_t i = 0; i < sizeof openings / sizeof openings[0]; i++)
		if (lex_is(t, openings[i]))
			return true;
	return lex_is_mark(t, '(');
}

const char *guard_readonly(const char *sql, size_t len)
{
	struct lex l = {sql, sql + len};
	struct lex_token t = lex_next(&l), before = {LEX_END, NULL, 0};

	if (t.kind == LEX_END)
		return "There is no statement";
	if (!is_opening(&t))
		return "Only SELECT, WITH, SHOW, DESCRIBE, EXISTS and EXPLAIN may be asked here";
	for (; t.kind != LEX_END; before = t, t = lex_next(&l)) {
		if (t.kind == LEX_STRANGE)
			return "The statement has an unclosed quote or comment, or characters outside quotes that "
			       "are not plain ASCII";
		if (before.kind == LEX_MARK && *before.s == ';')
			return "Only one statement may be asked at a time";
		if (lex_is(&t, "OUTFILE") || lex_is(&t, "INFILE"))
			return "Files can't be read or written here; choose a format to download the answer instead";
		if (lex_is_mark(&t, '(') && is_outside(&before))
			return "Functions that reach outside the database can't be used here";
		/* A name with escapes could spell any of them. */
		if (t.kind == LEX_NAME && memchr(t.s, '\\', t.n))
			return "Quoted names with escapes can't be used here";
	}
	return NULL;
}
