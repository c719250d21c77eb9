/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frame: the one shape of tables between API and page: columns with unit and type, then rows. Made from any field table.
 */
#ifndef WEIR_WEB_FRAME_H
#define WEIR_WEB_FRAME_H

#include "record/field.h"
#include "record/filter.h"
#include "web/request.h"

#define FRAME_COLUMNS_MAX 96
#define HOST_DEFAULT_COLUMNS                                                                                            \
	"ip,name,mac,vendor,is_local,country,as_name,score,risky_flows,flows_live,bits_per_s_sent,bits_per_s_received," \
	"bytes_sent,bytes_received,top_app,first_seen,last_seen"

/* What a list request asks for, checked. */
struct list_request {
	const struct field_table *table;
	const struct field_def *columns[FRAME_COLUMNS_MAX];
	unsigned column_count;
	struct filter *filter; /* NULL: all */
	const char *sort;      /* a field's name (static) */
	bool ascending;
	uint32_t offset, limit;
};

/* Names of the columns when a request names none. */
#define FLOW_DEFAULT_COLUMNS                                                                                           \
	"flow_id,client_ip,client_name,client_port,server_ip,server_name,server_port,protocol,app,app_category,score," \
	"bits_per_s_c2s,bits_per_s_s2c,bytes_c2s,bytes_s2c,first_seen,last_seen"

/* The value of a key within a query string such as "filter=a%3Db&sort=-bytes", decoded into out; false when absent. */
bool query_string_value(const char *query, const char *key, char *out, size_t size);

/* From the request's own arguments (query NULL) or from a query string (live stream). Field names that the request's fields= lacks but key_column
 * needs are added. Errors are set in the request, with column and expectation for filters. The caller frees with list_request_free(). */
int list_request_parse(struct web_request *r, const char *query, const struct field_table *table,
		       const char *default_columns, const char *key_column, const char *default_sort,
		       struct list_request *ret);
void list_request_free(struct list_request *l);

/* "columns":[…] */
void frame_columns(struct text *t, const struct field_def *const *columns, unsigned count);
/* One [ … ] of an entity. */
void frame_row(struct text *t, const struct field_def *const *columns, unsigned count, const void *entity);
/* Filter a text against a table; sets the request's error with its column. *ret NULL for an empty text. */
int request_filter(struct web_request *r, const struct field_table *table, const char *text, struct filter **ret);

/* "" "bytes" "ns" …: unit of a field as the page knows it. */
const char *unit_name(const struct field_def *f);
const char *kind_name(enum field_kind kind);

#endif
