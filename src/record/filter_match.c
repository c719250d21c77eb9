/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Matching an entity against a filter's tree, in memory. What is decided here must be decided the same in
 * filter_sql.c; tests/record/filter_property.c compares the two.
 */
#include <string.h>

#include "base/clock.h"
#include "record/filter_tree.h"

/* a is any text, b is in lower case already. */
static bool equal_lower(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (filter_lower(a[i]) != b[i])
			return false;
	return true;
}

static bool text_equal(const struct field_value *v, const struct filter_value *want)
{
	return v->text.n == want->text_len && equal_lower(v->text.s, want->text, want->text_len);
}

static bool text_contains(const struct field_value *v, const struct filter_value *want)
{
	for (size_t i = 0; i + want->text_len <= v->text.n; i++)
		if (equal_lower(v->text.s + i, want->text, want->text_len))
			return true;
	return false;
}

/* "tls" equals TLS, TLS.Google and X.TLS. */
static bool app_equal(const struct field_value *v, const struct filter_value *want)
{
	size_t n = want->text_len, all = v->text.n;
	const char *s = v->text.s;

	if (!n || n > all)
		return false;
	if (n == all)
		return equal_lower(s, want->text, n);
	return (s[n] == '.' && equal_lower(s, want->text, n)) ||
	       (s[all - n - 1] == '.' && equal_lower(s + all - n, want->text, n));
}

static bool uints_have(const struct field_value *v, uint64_t u)
{
	for (uint32_t i = 0; i < v->uints.n; i++)
		if (v->uints.v[i] == u)
			return true;
	return false;
}

static bool value_equal(const struct field_def *f, const struct field_value *v, const struct filter_value *want)
{
	switch (f->kind) {
	case FIELD_ADDR:
		return addr_cmp(&v->addr, &want->low) >= 0 && addr_cmp(&v->addr, &want->high) <= 0;
	case FIELD_TEXT:
	case FIELD_WORD:
		return f->flags & FIELD_APP ? app_equal(v, want) : text_equal(v, want);
	case FIELD_CODE2:
		return v->text.n == 2 && memcmp(v->text.s, want->text, 2) == 0;
	case FIELD_UINTS:
		return uints_have(v, want->u);
	case FIELD_TIME:
		return v->u / NS_PER_US == want->u;
	default:
		return v->u == want->u;
	}
}

/* Order of the value and what is asked for: <0, 0, >0. */
static int value_order(const struct field_def *f, const struct field_value *v, const struct filter_value *want)
{
	if (f->kind == FIELD_ADDR)
		return addr_cmp(&v->addr, &want->low);
	uint64_t u = f->kind == FIELD_TIME ? v->u / NS_PER_US : v->u;
	return u < want->u ? -1 : u > want->u;
}

static bool value_meets(const struct field_def *f, enum filter_op op, const struct field_value *v,
			const struct filter_value *want)
{
	switch (op) {
	case FILTER_LT:
		return value_order(f, v, want) < 0;
	case FILTER_LE:
		return value_order(f, v, want) <= 0;
	case FILTER_GT:
		return value_order(f, v, want) > 0;
	case FILTER_GE:
		return value_order(f, v, want) >= 0;
	case FILTER_MATCH:
		return regex_search(want->regex, v->text.s, v->text.n);
	case FILTER_CONTAINS:
		return f->kind == FIELD_UINTS ? uints_have(v, want->u) : text_contains(v, want);
	default:
		return value_equal(f, v, want);
	}
}

static bool compare_matches(const struct filter_node *n, const void *entity)
{
	const bool differ = n->op == FILTER_NE;
	struct field_value v;
	bool any_present = false;

	for (uint32_t i = 0; i < n->leaf_count; i++) {
		const struct filter_leaf *leaf = &n->leaf[i];
		if (!leaf->count)
			continue; /* a part that can't take any of the values */
		leaf->field->get(entity, &v);
		if (!v.present)
			continue;
		any_present = true;
		for (uint32_t k = 0; k < leaf->count; k++)
			if (value_meets(leaf->field, n->op, &v, &leaf->values[k]))
				return !differ;
	}
	return differ && any_present;
}

static bool node_matches(const struct filter_node *n, const void *entity)
{
	if (n->kind == FILTER_COMPARE)
		return compare_matches(n, entity);
	if (n->kind == FILTER_NOT)
		return !node_matches(n->child, entity);
	for (const struct filter_node *c = n->child; c; c = c->next)
		if (node_matches(c, entity) != (n->kind == FILTER_AND))
			return n->kind == FILTER_OR;
	return n->kind == FILTER_AND;
}

bool filter_match(const struct filter *f, const void *entity)
{
	return filter_is_empty(f) || node_matches(f->root, entity);
}
