/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fields: how every output asks an entity (a flow row, a host) for a value by name.
 *
 * Each entity has one X-macro table (flow_fields.h, model/host_fields.h) from which come: this array
 * of definitions, JSON keys, filter fields, ClickHouse columns, TypeScript types, the page's columns
 * and the reference.
 *
 * A value may be absent. Columns of the database hold no NULL: what stands for "absent" there is fixed by
 * kind and flags, so that a filter means the same in memory and in SQL:
 *   TEXT, WORD, CODE2, UINTS  absent when empty
 *   MAC                       absent when zero
 *   others                    always present, unless FIELD_ZERO_ABSENT or FIELD_TCP_ONLY says otherwise
 * Everything here is pure; any thread.
 */
#ifndef WEIR_RECORD_FIELD_H
#define WEIR_RECORD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/addr.h"
#include "base/text.h"

/*  kind      ClickHouse column type            TypeScript */
#define FIELD_KINDS(X)                                               \
	X(UINT8,  "UInt8",                    "number")              \
	X(UINT16, "UInt16",                   "number")              \
	X(UINT32, "UInt32",                   "number")              \
	X(UINT64, "UInt64",                   "number")              \
	X(ID,     "UInt64",                   "string") /* beyond JavaScript: text in JSON */ \
	X(BOOL,   "Bool",                     "boolean")             \
	X(TIME,   "DateTime64(6, 'UTC')",     "string")              \
	X(ADDR,   "IPv6",                     "string")              \
	X(MAC,    "UInt64",                   "string")              \
	X(TEXT,   "String",                   "string")              \
	X(WORD,   "LowCardinality(String)",   "string") /* text of few different values */ \
	X(CODE2,  "FixedString(2)",           "string") /* country */ \
	X(UINTS,  "Array(UInt16)",            "number[]")
enum field_kind {
#define X(id, ch, ts) FIELD_##id,
	FIELD_KINDS(X)
#undef X
		FIELD_KIND_MAX
};

struct field_value {
	bool present;
	enum field_kind kind;
	union {
		uint64_t u; /* UINTn, ID, BOOL, TIME (ns), MAC (as a number) */
		struct addr addr;
		struct {
			const char *s; /* TEXT, WORD, CODE2: borrowed from the entity or from scratch */
			uint32_t n;
		} text;
		struct {
			const uint16_t *v;
			uint32_t n;
		} uints;
	};
	char scratch[80]; /* for texts made on the fly */
	uint16_t uints_room[64];
};

enum field_flags {
	FIELD_STORED = 1,  /* a column of the database table */
	FIELD_PRINTED = 2, /* in `weir read` rows */
	FIELD_LIVE = 4,    /* on the page's live lists */
	FIELD_SUMMABLE = 8,
	/* Fields without a column of their own, made from `parts`: */
	FIELD_EITHER = 16, /* matches when either part does (ip port host country asn mac); no get */
	FIELD_SUM = 32,    /* the sum of two parts (bytes, packets) */
	FIELD_SPAN = 1024, /* milliseconds from the first part, a time, to the second */
	/* What values mean: */
	FIELD_APP = 64,          /* "Master.Application": equals the master, the application or the whole */
	FIELD_KEY = 128,         /* part of what tells rows apart */
	FIELD_ZERO_ABSENT = 256, /* a stored 0 means absent (latency, AS number, HTTP status) */
	FIELD_TCP_ONLY = 512,    /* present only when the entity's field `protocol` is 6 */
	FIELD_US = 2048,         /* UNIT_DURATION counted in microseconds (nanoseconds else) */
	FIELD_MS = 4096,         /* UNIT_DURATION counted in milliseconds */
};

#define FIELD_PARTS_MAX 4

struct field_def {
	const char *name;
	enum field_kind kind;
	uint32_t flags;
	enum unit_kind unit;
	const char *group; /* "basic", "tls", … : named column sets */
	const char *label; /* column head */
	const char *help;
	/* Write the value of the entity into *v (present false: absent). NULL for EITHER. For SUM it sums. */
	void (*get)(const void *entity, struct field_value *v);
	/* Names of other fields, NULL past the last; two for SUM and SPAN. Those of EITHER may be of several
	 * kinds (host: addresses and names): parts that can't take the value asked for are left out. */
	const char *parts[FIELD_PARTS_MAX];
};

struct field_table {
	const char *entity; /* "flow", "host" */
	const struct field_def *fields;
	uint32_t count;
};

/* By exact name; NULL when there is none. */
const struct field_def *field_find(const struct field_table *t, const char *name, size_t len);
/* The known name nearest to what was typed, for "did you mean"; NULL when nothing is near. */
const char *field_nearest(const struct field_table *t, const char *name, size_t len);

/* "bytes", "ns", "us", "ms", "bits_per_s" or "": what a number of the field counts. Static storage. */
const char *field_unit(const struct field_def *f);
/* "uint8" … "uints" and "UInt8" … "Array(UInt16)" and "number" …. Static storage. */
const char *field_kind_name(enum field_kind kind);
const char *field_kind_column(enum field_kind kind);
const char *field_kind_typescript(enum field_kind kind);

/* --- what getters use: set *v, absent where said --- */
void field_set_number(struct field_value *v, enum field_kind kind, uint64_t u, bool present);
void field_set_addr(struct field_value *v, const struct addr *a);
void field_set_mac(struct field_value *v, const struct mac *m);                            /* zero: absent */
void field_set_text(struct field_value *v, enum field_kind kind, const char *s, size_t n); /* empty: absent */
void field_set_word(struct field_value *v, const char *s);                                 /* NULL, "": absent */
void field_set_code2(struct field_value *v, const char two[2]);                            /* zero: absent */
/* The numbers of the bits set; 0: absent. Bit 0 stands for nothing and is left out. */
void field_set_bits(struct field_value *v, uint64_t bits);

/* Append the value as JSON; absent gives null. Times are RFC 3339, ids decimal strings. */
void field_json(struct text *t, const struct field_value *v);
/* Append the value as plain text (CSV cell, table cell): addresses, RFC 3339 times, numbers; empty
 * when absent. Text is raw bytes: whoever shows it escapes it (text_csv_field, text_printable). */
void field_plain(struct text *t, const struct field_value *v);
/* Append the value in ClickHouse's RowBinary for its kind; absent gives the type's default. */
void field_rowbinary(struct text *t, const struct field_value *v);
/* Order of two values of the same field: <0, 0, >0; absent sorts below present. */
int field_cmp(const struct field_value *a, const struct field_value *b);

/* The flow entity: fields of struct flow_row. */
extern const struct field_table flow_field_table;

#endif
