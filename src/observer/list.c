/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "observer/list.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define ROWS_BETWEEN_LOOKS 32u
#define TEXT_KEY_BYTES     40u

static uint32_t words_of(enum field_kind kind)
{
	switch (kind) {
	case FIELD_TEXT:
	case FIELD_WORD:
	case FIELD_UINTS:
		return LIST_KEY_WORDS;
	case FIELD_ADDR:
		return 3;
	default:
		return 2;
	}
}

int list_begin(struct list_run *run, const struct list_source *source, const struct list_query *query, struct errmsg *e)
{
	const struct field_def *sort = field_find(source->table, query->sort, strlen(query->sort));
	if (!sort || !sort->get) {
		const char *near = field_nearest(source->table, query->sort, strlen(query->sort));
		return err_set(e, WEIR_E(INVALID), "a list of %ss can't be sorted by \"%.60s\"%s%s%s",
			       source->table->entity, query->sort, near && !sort ? "; did you mean \"" : "",
			       near && !sort ? near : "", near && !sort ? "\"?" : "");
	}
	if (query->limit > LIST_LIMIT_MAX || query->offset > LIST_DEPTH_MAX - query->limit)
		return err_set(e, WEIR_E(INVALID),
			       "a page has at most %u rows and ends at row %u: narrow the filter instead",
			       LIST_LIMIT_MAX, LIST_DEPTH_MAX);
	*run = (struct list_run){.source = *source, .query = *query, .sort = sort, .words = words_of(sort->kind)};
	run->depth = query->offset + query->limit;
	return 0;
}

void list_end(struct list_run *run)
{
	free(run->heap);
	run->heap = NULL;
}

/* Bytes as big-endian words, so that comparing words compares bytes. */
static void key_of_bytes(uint64_t *words, const void *bytes, size_t n, size_t max)
{
	uint8_t room[TEXT_KEY_BYTES] = {0};
	memcpy(room, bytes, n < max ? n : max);
	for (size_t i = 0; i < max / 8; i++) {
		uint64_t w;
		memcpy(&w, room + i * 8, 8);
		words[i] = __builtin_bswap64(w);
	}
}

/* The first word says present or not: absent sorts below present. */
static void key_of(const struct field_value *v, struct list_entry *entry)
{
	memset(entry->key, 0, sizeof(entry->key));
	entry->text_len = 0;
	if (!v->present)
		return;
	entry->key[0] = 1;
	switch (v->kind) {
	case FIELD_ADDR:
		key_of_bytes(entry->key + 1, v->addr.b, 16, 16);
		break;
	case FIELD_TEXT:
	case FIELD_WORD:
		entry->text_len = v->text.n;
		key_of_bytes(entry->key + 1, v->text.s, v->text.n, TEXT_KEY_BYTES);
		break;
	case FIELD_CODE2:
		entry->key[1] = (uint64_t)(uint8_t)v->text.s[0] << 8 | (uint8_t)v->text.s[1];
		break;
	case FIELD_UINTS:
		for (uint32_t i = 0; i < v->uints.n && i < TEXT_KEY_BYTES / 2; i++)
			entry->key[1 + i / 4] |= (uint64_t)v->uints.v[i] << (48 - 16 * (i % 4));
		break;
	default:
		entry->key[1] = v->u;
	}
}

/* Texts that agree in the bytes of their keys: look at the whole of them again. */
static int compare_whole(struct list_run *run, const struct list_entry *a, const struct list_entry *b)
{
	struct field_value va, vb;
	uint64_t id_a = 0, id_b = 0;
	const void *ea = run->source.entity(run->source.ctx, a->number, 0, &id_a);
	const void *eb = run->source.entity(run->source.ctx, b->number, 1, &id_b);
	if (!ea || !eb || id_a != a->id || id_b != b->id)
		return 0;
	run->sort->get(ea, &va);
	run->sort->get(eb, &vb);
	return field_cmp(&va, &vb);
}

/* True when a stands before b on the page. */
static bool before(struct list_run *run, const struct list_entry *a, const struct list_entry *b)
{
	for (uint32_t i = 0; i < run->words; i++)
		if (a->key[i] != b->key[i])
			return (a->key[i] < b->key[i]) == run->query.ascending;
	if (a->text_len > TEXT_KEY_BYTES || b->text_len > TEXT_KEY_BYTES) {
		int d = compare_whole(run, a, b);
		if (d)
			return (d < 0) == run->query.ascending;
	}
	return a->id < b->id;
}

/* The heap's root is the entry that stands last. */
static void sift_up(struct list_run *run, uint32_t at)
{
	struct list_entry moving = run->heap[at];
	while (at > 0) {
		uint32_t parent = (at - 1) / 2;
		if (!before(run, &run->heap[parent], &moving))
			break;
		run->heap[at] = run->heap[parent];
		at = parent;
	}
	run->heap[at] = moving;
}

static void sift_down(struct list_run *run, uint32_t count)
{
	struct list_entry moving = run->heap[0];
	uint32_t at = 0;
	for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
		if (child + 1 < count && before(run, &run->heap[child], &run->heap[child + 1]))
			child++;
		if (!before(run, &moving, &run->heap[child]))
			break;
		run->heap[at] = run->heap[child];
	}
	run->heap[at] = moving;
}

static bool heap_room(struct list_run *run)
{
	if (run->count < run->room)
		return true;
	uint32_t room = run->room ? run->room * 2 : 128;
	struct list_entry *bigger = realloc(run->heap, room * sizeof(*bigger));
	if (!bigger) {
		run->error = WEIR_E(NOMEM);
		return false;
	}
	run->heap = bigger;
	run->room = room;
	return true;
}

static void offer(struct list_run *run, const void *entity, uint32_t number, uint64_t id)
{
	struct list_entry entry;
	struct field_value v;
	run->sort->get(entity, &v);
	key_of(&v, &entry);
	entry.number = number;
	entry.id = id;
	if (run->count < run->depth) {
		if (!heap_room(run))
			return;
		run->heap[run->count++] = entry;
		sift_up(run, run->count - 1);
	} else if (run->depth > 0 && before(run, &entry, &run->heap[0])) {
		run->heap[0] = entry;
		sift_down(run, run->count);
	}
}

static void scan_one(struct list_run *run)
{
	const struct list_source *s = &run->source;
	uint32_t number = run->position++;
	if (s->prefetch) {
		if (number + 16 < s->limit)
			s->prefetch(s->ctx, number + 16, 0);
		if (number + 8 < s->limit)
			s->prefetch(s->ctx, number + 8, 1);
	}
	uint64_t id;
	const void *entity = s->entity(s->ctx, number, 0, &id);
	if (!entity || (run->query.filter && !filter_match(run->query.filter, entity)))
		return;
	run->total++;
	if (s->matched)
		s->matched(s->ctx, entity);
	offer(run, entity, number, id);
}

static void emit_one(struct list_run *run)
{
	const struct list_entry *entry = &run->heap[run->position++];
	uint64_t id;
	const void *entity = run->source.entity(run->source.ctx, entry->number, 0, &id);
	if (entity && id == entry->id)
		run->source.emit(run->source.ctx, entity);
}

/* One small piece of work of the phase; moves to the next phase when this one has none left. */
static void piece(struct list_run *run)
{
	switch (run->phase) {
	case LIST_SCAN:
		if (run->position < run->source.limit) {
			scan_one(run);
		} else {
			run->phase = LIST_SORT;
			run->sorted = run->count;
		}
		break;
	case LIST_SORT: /* heap sort: the last one goes to the end, again and again */
		if (run->sorted > 1) {
			struct list_entry last = run->heap[0];
			run->heap[0] = run->heap[--run->sorted];
			sift_down(run, run->sorted);
			run->heap[run->sorted] = last;
		} else {
			run->phase = LIST_EMIT;
			run->position = run->query.offset;
		}
		break;
	case LIST_EMIT:
		if (run->position < run->count)
			emit_one(run);
		else
			run->phase = LIST_DONE;
		break;
	case LIST_DONE:
		break;
	}
}

bool list_step(struct list_run *run, uint64_t budget_ns)
{
	uint64_t until = clock_monotonic_ns() + budget_ns;
	do {
		for (unsigned i = 0; i < ROWS_BETWEEN_LOOKS && run->phase != LIST_DONE && !run->error; i++)
			piece(run);
	} while (run->phase != LIST_DONE && !run->error && clock_monotonic_ns() < until);
	return run->phase == LIST_DONE || run->error;
}
