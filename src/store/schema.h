/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The database's tables, made from the one field table.
 *
 *   flows        one row a slice of a flow: the stored fields of record/flow_fields.h, and received_at
 *   weir_schema  which versions of this schema were applied, when and by which program
 *
 * A stored field that is new in the table becomes a new column by itself; everything else that changes the tables
 * takes a new SCHEMA_VERSION and a row in the list of steps (schema.c). A database of a newer version is refused.
 *
 *   partition: day of received_at, which is the same for all rows of a batch, so a batch lies in one partition,
 *              and retention by age drops whole partitions
 *   order:     five minutes of first_seen, client, server: a time range reads few granules, a client within it
 *              fewer; bloom filters for server, flow and Community ID
 *   non_replicated_deduplication_window: a batch sent twice under one token counts once
 */
#ifndef WEIR_STORE_SCHEMA_H
#define WEIR_STORE_SCHEMA_H

#include "base/text.h"
#include "record/flow_row.h"
#include "store/client.h"

#define SCHEMA_VERSION 1u

/* Create or migrate. WEIR_E(VERSION) for a newer one, WEIR_E(UNSUPPORTED) when a column is of another type. */
int schema_prepare(struct ch_client *c, struct errmsg *e);

/* "CREATE TABLE … flows" */
void schema_flows_sql(struct text *out);
/* "flow_id, slice_no, …, received_at": the columns of schema_row(), in order. */
void schema_columns(struct text *out);
/* One row in RowBinary. */
void schema_row(struct text *out, const struct flow_row *row, uint64_t received_ms);

#endif
