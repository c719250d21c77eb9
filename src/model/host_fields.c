/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/host_fields.h"

#include <string.h>

#include "model/model.h"
#include "record/names.h"

static const char *name_source(const struct host *h)
{
	static const char *const sources[] = {
#define X(id, name, help) name,
		NAME_SOURCES(X)
#undef X
	};
	return h->name_source < NAME_SOURCE_MAX ? sources[h->name_source] : NULL;
}

static const char *cast(const struct host *h)
{
	static const char *const casts[] = {
#define X(id, name) name,
		FLOW_CASTS(X)
#undef X
	};
	return h->cast < CAST_MAX ? casts[h->cast] : NULL;
}

static void top_app(struct field_value *v, const struct host *h)
{
	unsigned top = 0;
	for (unsigned i = 1; i < HOST_APPS; i++)
		if (h->apps[i].bytes > h->apps[top].bytes)
			top = i;
	size_t n = h->apps[top].bytes ? app_format(h->apps[top].master, h->apps[top].protocol, v->scratch) : 0;
	field_set_text(v, FIELD_WORD, v->scratch, n);
}

/* The helpers of the table; `kind` is the field's own. */
#define NUMBER(x)  field_set_number(v, kind, x, true)
#define NUMBER0(x) field_set_number(v, kind, x, (x) != 0)
#define ADDR(x)    field_set_addr(v, x)
#define MACADDR(x) field_set_mac(v, x)
#define WORD(x)    field_set_word(v, x)
#define TEXT(x)    field_set_text(v, kind, x, strlen(x))
#define CODE2(x)   field_set_code2(v, x)
#define BITS(x)    field_set_bits(v, x)

#define X(name, kind_, flags, unit, group, label, help, getter, ...)      \
	static void get_##name(const void *entity, struct field_value *v) \
	{                                                                 \
		const struct host *h = entity;                            \
		const enum field_kind kind = FIELD_##kind_;               \
		(void)h;                                                  \
		v->kind = kind;                                           \
		v->present = false;                                       \
		getter;                                                   \
	}
HOST_FIELDS(X)
#undef X

static const struct field_def fields[] = {
#define X(name_, kind_, flags_, unit_, group_, label_, help_, getter, ...) \
	{                                                                  \
		.name = #name_,                                            \
		.kind = FIELD_##kind_,                                     \
		.flags = flags_,                                           \
		.unit = UNIT_##unit_,                                      \
		.group = group_,                                           \
		.label = label_,                                           \
		.help = help_,                                             \
		.get = (flags_)&FIELD_EITHER ? NULL : get_##name_,         \
		.parts = {__VA_ARGS__},                                    \
	},
	HOST_FIELDS(X)
#undef X
};

const struct field_table host_field_table = {"host", fields, sizeof(fields) / sizeof(fields[0])};
