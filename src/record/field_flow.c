/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The flow entity: one getter a field, and the array of definitions, both made from flow_fields.h.
 */
#include "record/field.h"
#include "record/flow_fields.h"
#include "record/flow_row.h"
#include "record/names.h"

static uint64_t span_ms(const struct flow_row *r)
{
	/* In microseconds first, as the database holds times: both must say the same. */
	uint64_t first = r->first_ns / 1000, last = r->last_ns / 1000;
	return last > first ? (last - first) / 1000 : 0;
}

static void community_id(struct field_value *v, const struct flow_row *r)
{
	size_t n = r->key ? community_id_format(r->key, v->scratch) : 0;
	field_set_text(v, FIELD_TEXT, v->scratch, n);
}

static void app_name(struct field_value *v, const struct flow_row *r)
{
	uint16_t master = r->meta ? r->meta->app_master : 0;
	uint16_t protocol = r->meta ? r->meta->app_protocol : 0;
	field_set_text(v, FIELD_WORD, v->scratch, app_format(master, protocol, v->scratch));
}

/* An application's own name; NULL for none. */
static const char *app_part(uint16_t id)
{
	return id && id < NAMES_APPS_MAX ? names()->app[id] : NULL;
}

static const char *app_category(const struct flow_row *r)
{
	const struct name_tables *n = names();
	uint16_t c = r->meta ? r->meta->app_category : 0;
	return c < sizeof n->category / sizeof n->category[0] ? n->category[c] : NULL;
}

static const char *app_breed(const struct flow_row *r)
{
	const struct name_tables *n = names();
	if (!r->meta || r->meta->app_breed >= sizeof n->breed / sizeof n->breed[0])
		return NULL;
	return n->breed[r->meta->app_breed];
}

static const char *tcp_state(const struct flow_row *r)
{
	static const char *const state[] = {
#define X(id, name, help) name,
		TCP_STATES(X)
#undef X
	};
	return r->tcp_state < TCP_STATE_MAX ? state[r->tcp_state] : NULL;
}

static const char *end_reason(const struct flow_row *r)
{
	static const char *const reason[] = {
#define X(id, name, help) name,
		FLOW_END_REASONS(X)
#undef X
	};
	return r->end_reason < FLOW_ENDED_MAX ? reason[r->end_reason] : NULL;
}

static const char *direction(const struct flow_row *r)
{
	static const char *const words[2][2] = {{"remote-remote", "remote-local"}, {"local-remote", "local-local"}};
	if (addr_is_broadcast(&r->addr[1]))
		return "broadcast";
	if (addr_is_multicast(&r->addr[1]))
		return "multicast";
	return words[r->derived.is_local[0] != 0][r->derived.is_local[1] != 0];
}

/* What the client itself asked for tells more than any name learnt for the address. */
static void server_name(struct field_value *v, const struct flow_row *r)
{
	uint16_t n;
	const char *s = flow_meta_text(r->meta, META_tls_sni, &n);
	if (!s)
		s = flow_meta_text(r->meta, META_http_host, &n);
	if (s)
		field_set_text(v, FIELD_WORD, s, n);
	else
		field_set_word(v, r->derived.name[1]);
}

/* The helpers of the table; `kind` is the field's own. */
#define NUMBER(x)     field_set_number(v, kind, x, true)
#define NUMBER0(x)    field_set_number(v, kind, x, (x) != 0)
#define TCP_NUMBER(x) field_set_number(v, kind, x, r->protocol == 6)
#define ADDR(x)       field_set_addr(v, x)
#define MACADDR(x)    field_set_mac(v, x)
#define WORD(x)       field_set_word(v, x)
#define CODE2(x)      field_set_code2(v, x)
#define BITS(x)       field_set_bits(v, x)
#define META(which)                                                        \
	do {                                                               \
		uint16_t n;                                                \
		const char *s = flow_meta_text(r->meta, META_##which, &n); \
		field_set_text(v, kind, s, n);                             \
	} while (0)

/* Fields without a getter of their own (EITHER) get an empty one, left out of the array. */
#define X(name, kind_, flags, unit, group, label, help, getter, ...)      \
	static void get_##name(const void *entity, struct field_value *v) \
	{                                                                 \
		const struct flow_row *r = entity;                        \
		const enum field_kind kind = FIELD_##kind_;               \
		(void)r;                                                  \
		v->kind = kind;                                           \
		v->present = false;                                       \
		getter;                                                   \
	}
FLOW_FIELDS(X)
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
	FLOW_FIELDS(X)
#undef X
};

const struct field_table flow_field_table = {"flow", fields, sizeof fields / sizeof fields[0]};
