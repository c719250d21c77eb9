/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facets: the top values of some fields over the live flows that match a filter. A bounded table a field;
 * a value past the bound is not counted, and the answer says so by distinct standing at its cap.
 */
#include <stdlib.h>

#include "base/clock.h"
#include "base/hash.h"
#include "observer/observer_internal.h"

#define DISTINCT_MAX       4096u
#define CELLS              8192u /* twice as many, so that looking ends soon */
#define ROWS_BETWEEN_LOOKS 32u

struct facet_cell {
	uint64_t hash; /* of the value; two values with the same 64 bits would be one: not in this life */
	uint64_t flows, bytes;
	char text[128];
	bool used;
};

struct facet_table {
	struct facet_cell *cells;
	uint32_t distinct;
};

struct facets {
	struct question question; /* first: step() gets this */
	const struct filter *filter;
	const struct field_def *const *fields;
	unsigned count;
	struct facet_table tables[FACET_FIELDS_MAX];
	struct facet *out;
	struct text scratch;
	struct flow_row row;
	uint32_t position;
};

static uint64_t value_hash(const struct field_value *v)
{
	switch (v->kind) {
	case FIELD_ADDR:
		return hash_bytes(v->addr.b, sizeof(v->addr.b));
	case FIELD_TEXT:
	case FIELD_WORD:
	case FIELD_CODE2:
		return hash_bytes(v->text.s, v->text.n);
	case FIELD_UINTS:
		return hash_bytes(v->uints.v, v->uints.n * sizeof(*v->uints.v));
	default:
		return hash_bytes(&v->u, sizeof(v->u));
	}
}

static struct facet_cell *cell_of(struct facets *f, struct facet_table *t, const struct field_value *v)
{
	uint64_t hash = value_hash(v);
	uint32_t at = (uint32_t)hash % CELLS;
	for (; t->cells[at].used; at = (at + 1) % CELLS)
		if (t->cells[at].hash == hash)
			return &t->cells[at];
	if (t->distinct == DISTINCT_MAX)
		return NULL;
	t->distinct++;
	struct facet_cell *c = &t->cells[at];
	*c = (struct facet_cell){.hash = hash, .used = true};
	text_clear(&f->scratch);
	field_plain(&f->scratch, v);
	size_t n = f->scratch.len < sizeof(c->text) ? f->scratch.len : sizeof(c->text) - 1;
	while (n < f->scratch.len && n > 0 && (text_str(&f->scratch)[n] & 0xc0) == 0x80)
		n--; /* not within a UTF-8 character */
	memcpy(c->text, text_str(&f->scratch), n);
	return c;
}

static void count_row(struct facets *f)
{
	uint64_t bytes = f->row.count.bytes[0] + f->row.count.bytes[1];
	struct field_value v;
	for (unsigned i = 0; i < f->count; i++) {
		f->fields[i]->get(&f->row, &v);
		struct facet_cell *c = v.present ? cell_of(f, &f->tables[i], &v) : NULL;
		if (c) {
			c->flows++;
			c->bytes += bytes;
		}
	}
}

/* More flows first, then more bytes, then by text, so that equal ones don't jump. */
static bool cell_before(const struct facet_cell *a, const struct facet_value *b)
{
	if (a->flows != b->flows)
		return a->flows > b->flows;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes;
	return strcmp(a->text, b->text) < 0;
}

static void pick_top(const struct facet_table *t, const struct field_def *field, struct facet *out)
{
	*out = (struct facet){.field = field, .distinct = t->distinct};
	for (uint32_t i = 0; i < CELLS; i++) {
		const struct facet_cell *c = &t->cells[i];
		if (!c->used)
			continue;
		uint32_t at = out->count;
		while (at > 0 && cell_before(c, &out->value[at - 1]))
			at--;
		if (at == FACET_VALUES_MAX)
			continue;
		if (out->count < FACET_VALUES_MAX)
			out->count++;
		memmove(&out->value[at + 1], &out->value[at], (out->count - 1 - at) * sizeof(out->value[0]));
		out->value[at].flows = c->flows;
		out->value[at].bytes = c->bytes;
		memcpy(out->value[at].text, c->text, sizeof(c->text));
	}
}

static bool facets_step(struct question *q, struct observer *o)
{
	struct facets *f = (struct facets *)(void *)q;
	uint64_t until = clock_monotonic_ns() + PORTION_NS * 4 / 5;
	uint32_t limit = observer_flow_high(o);
	while (f->position < limit) {
		for (unsigned i = 0; i < ROWS_BETWEEN_LOOKS && f->position < limit; i++) {
			flow_prefetch(o, f->position + 16, 0);
			flow_prefetch(o, f->position + 8, 1);
			if (observer_flow_row(o, f->position++, &f->row) &&
			    (!f->filter || filter_match(f->filter, &f->row)))
				count_row(f);
		}
		if (clock_monotonic_ns() >= until)
			return false;
	}
	for (unsigned i = 0; i < f->count; i++)
		pick_top(&f->tables[i], f->fields[i], &f->out[i]);
	return true;
}

int observer_facets(struct observer *o, const struct filter *filter, const struct field_def *const *fields,
		    unsigned count, struct facet *ret_facets, struct errmsg *e)
{
	struct facets f = {.question = {.step = facets_step},
			   .filter = filter,
			   .fields = fields,
			   .count = count,
			   .out = ret_facets};
	int rc = 0;
	if (count == 0 || count > FACET_FIELDS_MAX)
		return err_set(e, WEIR_E(INVALID), "ask for 1 to %u fields", FACET_FIELDS_MAX);
	for (unsigned i = 0; i < count && rc == 0; i++) {
		if (!fields[i]->get)
			rc = err_set(e, WEIR_E(INVALID), "\"%s\" has no values of its own: ask for one of its parts",
				     fields[i]->name);
		else if (!(f.tables[i].cells = calloc(CELLS, sizeof(struct facet_cell))))
			rc = err_set(e, WEIR_E(NOMEM), "no memory for facets");
	}
	if (rc == 0 && (rc = observer_ask(o, &f.question)) < 0)
		(void)err_set(e, rc, "the observer of %s has stopped", observer_interface(o));
	for (unsigned i = 0; i < count; i++)
		free(f.tables[i].cells);
	text_free(&f.scratch);
	return rc;
}
