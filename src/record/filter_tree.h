/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree of a parsed filter; private to record/filter*.c.
 *
 *   node AND ── child ─► node COMPARE ─ next ─► node NOT ─ next ─► …      any number of children: no deep chains
 *                          │ field: as written (ip)                       NOT has one
 *                          └ leaf[]: fields really looked at (client_ip, server_ip), each with the values it can take
 */
#ifndef WEIR_RECORD_FILTER_TREE_H
#define WEIR_RECORD_FILTER_TREE_H

#include "record/filter.h"
#include "record/regex_re2.h"

/*  id        text */
#define FILTER_OPS(X)            \
	X(EQ,       "=")         \
	X(NE,       "!=")        \
	X(LE,       "<=")        \
	X(LT,       "<")         \
	X(GE,       ">=")        \
	X(GT,       ">")         \
	X(MATCH,    "~")         \
	X(IN,       "in")        \
	X(CONTAINS, "contains")
enum filter_op {
#define X(id, text) FILTER_##id,
	FILTER_OPS(X)
#undef X
		FILTER_OP_MAX
};
const char *filter_op_text(enum filter_op op);

/* One value, as the kind of its leaf takes it. */
struct filter_value {
	uint64_t u;            /* numbers; times in microseconds */
	struct addr low, high; /* ADDR: first and last of the prefix */
	char *text;            /* TEXT, WORD: in lower case; CODE2: in upper case */
	uint32_t text_len;
	struct regex *regex; /* MATCH: of text, with case */
};

struct filter_leaf {
	const struct field_def *field;
	struct filter_value *values;
	uint32_t count;
};

enum filter_node_kind { FILTER_AND, FILTER_OR, FILTER_NOT, FILTER_COMPARE };

struct filter_node {
	enum filter_node_kind kind;
	struct filter_node *child, *next;
	/* COMPARE: */
	const struct field_def *field;
	enum filter_op op;
	char **texts; /* the values as written, for printing */
	uint32_t text_count;
	struct filter_leaf leaf[FIELD_PARTS_MAX];
	uint32_t leaf_count;
};

struct filter {
	const struct field_table *table;
	const struct field_def *protocol; /* for FIELD_TCP_ONLY; NULL when the entity has none */
	struct filter_node *root;         /* NULL: empty */
};

static inline char filter_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* --- filter_value.c --- */
/* Whether op can be asked of this field at all. */
bool filter_op_fits(const struct field_def *f, enum filter_op op);
/* Read text[0..n) as a value of field f (not an EITHER) for op. 0, WEIR_E(NOMEM), WEIR_E(SYNTAX) when it is none; a bad
 * regular expression also says why in e. */
int filter_value_parse(const struct field_def *f, enum filter_op op, const char *text, size_t n,
		       struct filter_value *ret, struct errmsg *e);
void filter_value_free(struct filter_value *v);
/* What filter_value_parse would have liked: "a number of bytes, such as 1MB". */
void filter_value_expected(const struct field_def *f, enum filter_op op, char out[160]);

#endif
