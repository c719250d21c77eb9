/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The spool: batches on disk that the database has not taken yet, one file each, in order of their numbers.
 *
 *   <data>/spool/000000000042.batch     written whole to .new, fsync, rename
 *
 *   file    ┌ "WEIRSPL1" │ rows u32 │ columns u32 │ received_ms u64 │ body u64 │ checksum u64 │ token 32 ┐
 *           │ column names (text)                                                                       │
 *           └ rows (RowBinary in that order of columns)                                                 ┘
 *           numbers little endian; checksum: XXH3 of names, xor XXH3 of rows
 *
 * The columns travel with the rows, so that a later version of the program can still replay them. Bounded by cap
 * bytes. A damaged file is set aside as .damaged. One thread, but for the counters, which anyone may read.
 */
#ifndef WEIR_STORE_SPOOL_H
#define WEIR_STORE_SPOOL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

#define BATCH_TOKEN_LEN 32
#define SPOOL_ASIDE_MAX 16 /* files set aside; further ones are removed */

struct spool_batch {
	char token[BATCH_TOKEN_LEN + 1];
	uint32_t row_count;
	uint64_t received_ms;
	const char *columns;
	size_t columns_len;
	const char *rows;
	size_t rows_len;
};

struct spool_file {
	uint64_t number, bytes, received_ms;
	uint32_t row_count;
};

struct spool {
	char dir[1024];
	uint64_t cap, next;
	struct spool_file *files; /* oldest first, from `first` on */
	uint32_t first, count, room, aside;
	_Atomic uint64_t bytes, rows, oldest_ms; /* of what waits */
	_Atomic uint64_t damaged;
};

/* Makes the folder, finds what is there. */
int spool_open(const char *data_dir, uint64_t cap, struct spool *ret_spool, struct errmsg *e);
void spool_close(struct spool *s);
/* 0; WEIR_E(FULL) past the cap or without disk space; WEIR_E(IO). */
int spool_put(struct spool *s, const struct spool_batch *b, struct errmsg *e);
static inline bool spool_is_empty(const struct spool *s)
{
	return s->first == s->count;
}
/* The oldest; its texts lie in hold, which is the caller's. WEIR_E(NOTFOUND) when there is none; damaged ones are
 * set aside on the way. */
int spool_oldest(struct spool *s, struct text *hold, struct spool_batch *ret_batch, struct errmsg *e);
/* The oldest is in the database, or aside is said: then it is kept as .refused, for a person to look at. */
void spool_done(struct spool *s, bool aside);

/* Pure: what a file's bytes say. WEIR_E(CORRUPT) or WEIR_E(TRUNCATED). */
int spool_parse(const void *bytes, size_t len, struct spool_batch *ret_batch);

#endif
