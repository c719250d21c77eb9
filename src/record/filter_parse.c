/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From the text of a filter to its tree: a lexer of six tokens and a parser by recursive descent, one function a rule
 * of the grammar in filter.h. Text comes from outside (a URL, a command line): length, depth and numbers are bounded.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "record/filter_tree.h"

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_QUOTED, TOKEN_OPEN, TOKEN_CLOSE, TOKEN_COMMA, TOKEN_OP, TOKEN_BAD };

struct token {
	enum token_kind kind;
	enum filter_op op;
	const char *s; /* in the text; of QUOTED without its quotes */
	size_t n;
	const char *at; /* where the token begins */
};

struct parser {
	const char *text, *pos;
	struct token token;
	unsigned depth, values, regexes;
	struct filter *filter;
	struct filter_error *error;
};

/* --- errors --- */

static int fail(struct parser *p, const char *at, const char *expected, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int fail(struct parser *p, const char *at, const char *expected, const char *fmt, ...)
{
	struct filter_error *e = p->error;
	va_list ap;

	if (!e)
		return WEIR_E(SYNTAX);
	e->column = 1;
	for (const char *c = p->text; c < at; c++)
		e->column += ((uint8_t)*c & 0xc0) != 0x80; /* UTF-8: bytes that begin a character */
	snprintf(e->expected, sizeof e->expected, "%s", expected);
	int n = snprintf(e->text, sizeof e->text, "column %u: ", e->column);
	va_start(ap, fmt);
	vsnprintf(e->text + n, sizeof e->text - (size_t)n, fmt, ap);
	va_end(ap);
	return WEIR_E(SYNTAX);
}

static int fail_expected(struct parser *p, const char *expected)
{
	const struct token *t = &p->token;
	int n = t->n < 60 ? (int)t->n : 60;

	if (t->kind == TOKEN_END)
		return fail(p, t->at, expected, "expected %s, but the filter ends here", expected);
	return fail(p, t->at, expected, "expected %s, not \"%.*s\"", expected, n, t->s);
}

/* --- tokens --- */

/* Inside a word; a value may hold more than a name. */
static bool is_word(char c, bool value)
{
	if ((uint8_t)c <= ' ' || c == 0x7f || strchr("(),", c))
		return false;
	return value || !strchr("=!<>~\"'", c);
}

static void lex_quoted(struct parser *p, char quote)
{
	const char *s = p->pos + 1, *c = s;

	while (*c && *c != quote)
		c += *c == '\\' && c[1] ? 2 : 1;
	p->token.kind = *c ? TOKEN_QUOTED : TOKEN_BAD;
	p->token.s = s;
	p->token.n = (size_t)(c - s);
	p->pos = *c ? c + 1 : c;
}

static void lex_op(struct parser *p)
{
	/* "<=" stands before "<" in the table. */
	for (int op = FILTER_EQ; op <= FILTER_MATCH; op++) {
		size_t n = strlen(filter_op_text((enum filter_op)op));
		if (strncmp(p->pos, filter_op_text((enum filter_op)op), n) == 0) {
			p->token.kind = TOKEN_OP;
			p->token.op = (enum filter_op)op;
			p->token.n = n;
			break;
		}
	}
	p->pos += p->token.n;
}

static void advance(struct parser *p, bool value)
{
	while (*p->pos == ' ' || *p->pos == '\t' || *p->pos == '\n' || *p->pos == '\r')
		p->pos++;
	p->token = (struct token){.kind = TOKEN_BAD, .s = p->pos, .n = 1, .at = p->pos};
	char c = *p->pos;
	if (!c) {
		p->token.kind = TOKEN_END;
		p->token.n = 0;
	} else if (c == '(' || c == ')' || c == ',') {
		p->token.kind = c == '(' ? TOKEN_OPEN : c == ')' ? TOKEN_CLOSE : TOKEN_COMMA;
		p->pos++;
	} else if (c == '"' || c == '\'') {
		lex_quoted(p, c);
	} else if (strchr("=!<>~", c)) {
		lex_op(p);
	} else if (is_word(c, value)) {
		while (*p->pos && is_word(*p->pos, value))
			p->pos++;
		p->token.kind = TOKEN_WORD;
		p->token.n = (size_t)(p->pos - p->token.s);
	} else {
		p->pos++;
	}
}

static bool at_keyword(const struct parser *p, const char *word)
{
	const struct token *t = &p->token;
	return t->kind == TOKEN_WORD && strlen(word) == t->n && strncasecmp(t->s, word, t->n) == 0;
}

/* A copy of a word, or of a quoted text without its escapes. */
static char *token_text(const struct token *t, size_t *ret_len)
{
	char *out = malloc(t->n + 1);
	size_t n = 0;

	if (!out)
		return NULL;
	for (size_t i = 0; i < t->n; i++) {
		if (t->kind == TOKEN_QUOTED && t->s[i] == '\\' && i + 1 < t->n && strchr("\"'\\", t->s[i + 1]))
			i++;
		out[n++] = t->s[i];
	}
	out[n] = '\0';
	*ret_len = n;
	return out;
}

/* --- nodes --- */

static void node_free(struct filter_node *n)
{
	while (n) {
		struct filter_node *next = n->next;
		node_free(n->child); /* at most FILTER_DEPTH_MAX deep */
		for (uint32_t i = 0; i < n->leaf_count; i++) {
			for (uint32_t k = 0; k < n->leaf[i].count; k++)
				filter_value_free(&n->leaf[i].values[k]);
			free(n->leaf[i].values);
		}
		for (uint32_t i = 0; i < n->text_count; i++)
			free(n->texts[i]);
		free(n->texts);
		free(n);
		n = next;
	}
}

static struct filter_node *node_new(enum filter_node_kind kind)
{
	struct filter_node *n = calloc(1, sizeof *n);
	if (n)
		n->kind = kind;
	return n;
}

/* --- compare --- */

/* The fields really looked at: the field itself, or the parts of an either-side one that know the operator. */
static void add_leaves(struct parser *p, struct filter_node *n)
{
	const struct field_def *f = n->field;

	if (!(f->flags & FIELD_EITHER)) {
		n->leaf[n->leaf_count++].field = f;
		return;
	}
	for (unsigned i = 0; i < FIELD_PARTS_MAX && f->parts[i]; i++) {
		const struct field_def *part = field_find(p->filter->table, f->parts[i], strlen(f->parts[i]));
		if (part && filter_op_fits(part, n->op))
			n->leaf[n->leaf_count++].field = part;
	}
}

static int add_leaf_value(struct parser *p, struct filter_node *n, struct filter_leaf *leaf, const char *text,
			  size_t len, struct errmsg *why)
{
	struct filter_value v;
	int err = filter_value_parse(leaf->field, n->op, text, len, &v, why);

	if (err < 0)
		return err;
	if (v.regex && ++p->regexes > FILTER_REGEX_MAX * FIELD_PARTS_MAX) {
		filter_value_free(&v);
		return err_set(why, WEIR_E(TOOBIG), "more than %d regular expressions", FILTER_REGEX_MAX);
	}
	struct filter_value *grown = realloc(leaf->values, (leaf->count + 1) * sizeof *grown);
	if (!grown) {
		filter_value_free(&v);
		return WEIR_E(NOMEM);
	}
	leaf->values = grown;
	leaf->values[leaf->count++] = v;
	return 0;
}

static int fail_value(struct parser *p, const struct filter_node *n, const struct errmsg *why)
{
	char expected[160];
	filter_value_expected(n->field, n->op, expected);
	if (why->text[0])
		return fail(p, p->token.at, expected, "bad regular expression: %.200s", why->text);
	return fail_expected(p, expected);
}

/* Take the token as a value of every leaf that can take it; one must. */
static int parse_value(struct parser *p, struct filter_node *n)
{
	struct errmsg why = {""};
	unsigned taken = 0;
	size_t len;

	if (p->token.kind == TOKEN_BAD && (*p->token.at == '"' || *p->token.at == '\''))
		return fail(p, p->token.at, "a closing quote", "this quote is not closed");
	if (p->token.kind != TOKEN_WORD && p->token.kind != TOKEN_QUOTED)
		return fail_value(p, n, &why);
	if (++p->values > FILTER_VALUES_MAX)
		return fail(p, p->token.at, "fewer values", "more than %d values", FILTER_VALUES_MAX);
	char **texts = realloc(n->texts, (n->text_count + 1) * sizeof *texts);
	if (!texts)
		return WEIR_E(NOMEM);
	n->texts = texts;
	char *text = n->texts[n->text_count] = token_text(&p->token, &len);
	if (!text)
		return WEIR_E(NOMEM);
	n->text_count++;
	for (uint32_t i = 0; i < n->leaf_count; i++) {
		int err = add_leaf_value(p, n, &n->leaf[i], text, len, &why);
		if (err == WEIR_E(NOMEM) || err == WEIR_E(TOOBIG))
			return err == WEIR_E(TOOBIG) ? fail_value(p, n, &why) : err;
		taken += err == 0;
	}
	if (!taken)
		return fail_value(p, n, &why);
	advance(p, false);
	return 0;
}

static int parse_list(struct parser *p, struct filter_node *n)
{
	do {
		advance(p, true);
		int err = parse_value(p, n);
		if (err < 0)
			return err;
	} while (p->token.kind == TOKEN_COMMA);
	if (p->token.kind != TOKEN_CLOSE)
		return fail_expected(p, "\",\" or \")\"");
	advance(p, false);
	return 0;
}

static int parse_field(struct parser *p, const struct field_def **ret)
{
	const struct token *t = &p->token;

	if (t->kind != TOKEN_WORD)
		return fail_expected(p, "a field name, \"not\" or \"(\"");
	const struct field_def *f = field_find(p->filter->table, t->s, t->n);
	if (!f) {
		const char *near = field_nearest(p->filter->table, t->s, t->n);
		return fail(p, t->at, "a field name", "there is no field \"%.*s\"%s%s%s", t->n < 60 ? (int)t->n : 60,
			    t->s, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	}
	*ret = f;
	advance(p, false);
	return 0;
}

/* The operators that a field, or one of its parts, takes: "one of = != in". */
static int fail_op(struct parser *p, const struct field_def *f)
{
	char expected[160];
	size_t n = (size_t)snprintf(expected, sizeof expected, "one of");

	for (int op = 0; op < FILTER_OP_MAX; op++)
		if (filter_op_fits(f, (enum filter_op)op))
			n += (size_t)snprintf(expected + n, sizeof expected - n, " %s",
					      filter_op_text((enum filter_op)op));
	snprintf(expected + n, sizeof expected - n, " after %.60s", f->name);
	return fail_expected(p, expected);
}

static int parse_compare(struct parser *p, struct filter_node **ret)
{
	const struct field_def *field = NULL;
	int err = parse_field(p, &field);

	if (err < 0)
		return err;
	enum filter_op op = p->token.op;
	if (at_keyword(p, "in"))
		op = FILTER_IN;
	else if (at_keyword(p, "contains"))
		op = FILTER_CONTAINS;
	else if (p->token.kind != TOKEN_OP)
		return fail_op(p, field);
	if (!filter_op_fits(field, op))
		return fail_op(p, field);
	struct filter_node *n = node_new(FILTER_COMPARE);
	if (!n)
		return WEIR_E(NOMEM);
	*ret = n; /* the caller frees it, also after an error */
	n->field = field;
	n->op = op;
	add_leaves(p, n);
	advance(p, true);
	return op == FILTER_IN && p->token.kind == TOKEN_OPEN ? parse_list(p, n) : parse_value(p, n);
}

/* --- and, or, not, ( ) --- */

static int parse_or(struct parser *p, struct filter_node **ret);

static int parse_unary(struct parser *p, struct filter_node **ret)
{
	int err;
	bool negated = at_keyword(p, "not");

	if (!negated && p->token.kind != TOKEN_OPEN)
		return parse_compare(p, ret);
	if (++p->depth > FILTER_DEPTH_MAX)
		return fail(p, p->token.at, "less depth", "nested more than %d deep", FILTER_DEPTH_MAX);
	advance(p, false);
	if (negated) {
		*ret = node_new(FILTER_NOT);
		err = *ret ? parse_unary(p, &(*ret)->child) : WEIR_E(NOMEM);
	} else {
		err = parse_or(p, ret);
		if (err == 0 && p->token.kind != TOKEN_CLOSE)
			err = fail_expected(p, "\"and\", \"or\" or \")\"");
		if (err == 0)
			advance(p, false);
	}
	p->depth--;
	return err;
}

/* One or more of what `operand` reads, joined by a word; several become one node with as many children. */
static int parse_chain(struct parser *p, const char *word, enum filter_node_kind kind,
		       int (*operand)(struct parser *, struct filter_node **), struct filter_node **ret)
{
	struct filter_node *first = NULL;
	int err = operand(p, &first);

	*ret = first;
	if (err < 0 || !at_keyword(p, word))
		return err;
	struct filter_node *chain = node_new(kind);
	if (!chain)
		return WEIR_E(NOMEM);
	*ret = chain;
	chain->child = first;
	for (struct filter_node *last = first; err == 0 && at_keyword(p, word); last = last->next) {
		advance(p, false);
		err = operand(p, &last->next);
		if (!last->next)
			break;
	}
	return err;
}

static int parse_and(struct parser *p, struct filter_node **ret)
{
	return parse_chain(p, "and", FILTER_AND, parse_unary, ret);
}

static int parse_or(struct parser *p, struct filter_node **ret)
{
	return parse_chain(p, "or", FILTER_OR, parse_and, ret);
}

static int parse_all(struct parser *p)
{
	advance(p, false);
	if (p->token.kind == TOKEN_END)
		return 0;
	int err = parse_or(p, &p->filter->root);
	if (err == 0 && p->token.kind != TOKEN_END)
		err = fail_expected(p, "\"and\", \"or\" or the end of the filter");
	return err;
}

int filter_parse(const struct field_table *table, const char *text, struct filter **ret_filter,
		 struct filter_error *ret_error)
{
	struct filter *f = calloc(1, sizeof *f);
	struct parser p = {.text = text ? text : "", .pos = text ? text : "", .filter = f, .error = ret_error};
	int err = WEIR_E(NOMEM);

	if (f) {
		f->table = table;
		f->protocol = field_find(table, "protocol", strlen("protocol"));
		if (strnlen(p.text, FILTER_TEXT_MAX + 1) > FILTER_TEXT_MAX)
			err = fail(&p, p.text, "a shorter filter", "the filter is longer than %d bytes",
				   FILTER_TEXT_MAX);
		else
			err = parse_all(&p);
	}
	if (err < 0)
		filter_free(f);
	else
		*ret_filter = f;
	return err;
}

void filter_free(struct filter *f)
{
	if (f)
		node_free(f->root);
	free(f);
}

bool filter_is_empty(const struct filter *f)
{
	return !f || !f->root;
}
