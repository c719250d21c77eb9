/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A filter in its canonical form: words lower case, one space, parentheses only where the grammar needs them, values
 * in quotes only where they would not be one word.
 */
#include <string.h>

#include "record/filter_tree.h"

static bool is_plain(const char *s)
{
	if (!*s || strchr("=!<>~\"'", *s))
		return false;
	for (; *s; s++)
		if ((uint8_t)*s <= ' ' || *s == 0x7f || strchr("(),", *s))
			return false;
	return true;
}

static void print_value(const char *s, struct text *t)
{
	if (is_plain(s)) {
		text_puts(t, s);
		return;
	}
	text_putc(t, '"');
	for (; *s; s++) {
		/* A backslash needs one of its own only where it would be taken for an escape. */
		if (*s == '"' || (*s == '\\' && (!s[1] || strchr("\"'\\", s[1]))))
			text_putc(t, '\\');
		text_putc(t, *s);
	}
	text_putc(t, '"');
}

static void print_compare(const struct filter_node *n, struct text *t)
{
	bool list = n->text_count > 1;

	text_puts(t, n->field->name);
	text_putc(t, ' ');
	text_puts(t, filter_op_text(n->op));
	text_puts(t, list ? " (" : " ");
	for (uint32_t i = 0; i < n->text_count; i++) {
		if (i)
			text_puts(t, ", ");
		print_value(n->texts[i], t);
	}
	if (list)
		text_putc(t, ')');
}

static void print_node(const struct filter_node *n, struct text *t);

/* In parentheses when it binds less than what is around it. */
static void print_inner(const struct filter_node *n, bool parentheses, struct text *t)
{
	if (parentheses)
		text_putc(t, '(');
	print_node(n, t);
	if (parentheses)
		text_putc(t, ')');
}

static void print_node(const struct filter_node *n, struct text *t)
{
	if (n->kind == FILTER_COMPARE) {
		print_compare(n, t);
	} else if (n->kind == FILTER_NOT) {
		text_puts(t, "not ");
		print_inner(n->child, n->child->kind == FILTER_AND || n->child->kind == FILTER_OR, t);
	} else {
		for (const struct filter_node *c = n->child; c; c = c->next) {
			if (c != n->child)
				text_puts(t, n->kind == FILTER_AND ? " and " : " or ");
			print_inner(c, c->kind == FILTER_OR || c->kind == n->kind, t);
		}
	}
}

void filter_print(const struct filter *f, struct text *t)
{
	if (!filter_is_empty(f))
		print_node(f->root, t);
}
