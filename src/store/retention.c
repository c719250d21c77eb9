/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/retention.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"

#define TIMEOUT_MS 60000u
#define DROPS_MAX  64 /* a turn; the next comes in a minute */

static int ask(struct ch_client *c, const char *sql, struct text *out, struct errmsg *e)
{
	struct ch_request r = {.sql = sql, .timeout_ms = TIMEOUT_MS};
	return ch_ask(c, &r, out, NULL, e);
}

/* Cut the next field off a line of TSV. */
static char *next_field(char **rest)
{
	char *field = *rest, *end = field + strcspn(field, "\t\n");
	*rest = *end ? end + 1 : end;
	*end = '\0';
	return field;
}

static bool is_plain(const char *s)
{
	return *s && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

static int drop(struct ch_client *c, const char *what, const char *name, struct errmsg *e)
{
	char sql[300];

	if (!is_plain(name))
		return err_set(e, WEIR_E(CORRUPT), "a %s of table flows has the strange name %.60s", what, name);
	snprintf(sql, sizeof sql, "ALTER TABLE flows DROP %s '%.200s'", what, name);
	return ask(c, sql, NULL, e);
}

/* The first day that is kept; false when it lies before 1970. Here, not in SQL, where dates wrap around. */
static bool oldest_day(uint32_t days, char out[16])
{
	int64_t at = (int64_t)(clock_real_ns() / NS_PER_S) - (int64_t)days * 86400;
	time_t t = (time_t)at;
	struct tm tm;
	return at >= 0 && gmtime_r(&t, &tm) && strftime(out, 16, "%Y%m%d", &tm) == 8;
}

/* Days that lie wholly before the oldest instant kept. A partition's id is its day: 20261124. */
static int drop_old(struct ch_client *c, uint32_t days, struct errmsg *e)
{
	struct text answer = TEXT_INIT;
	char sql[500], limit[16];
	int dropped = 0;

	if (!oldest_day(days, limit))
		return 0;
	snprintf(
		sql, sizeof sql,
		"SELECT partition_id FROM system.parts WHERE active AND database = currentDatabase() AND table = 'flows' "
		"AND match(partition_id, '^[0-9]{8}$') AND partition_id < '%s' "
		"GROUP BY partition_id ORDER BY partition_id LIMIT %d FORMAT TSVRaw",
		limit, DROPS_MAX);
	int err = ask(c, sql, &answer, e);
	for (char *rest = answer.buf; !err && rest && *rest;) {
		const char *day = next_field(&rest);
		err = drop(c, "PARTITION ID", day, e);
		if (!err) {
			log_info("store", "flows received on %s were removed: older than %u days", day, days);
			dropped++;
		}
	}
	text_free(&answer);
	return err ? err : dropped;
}

/* The oldest first until the rest fits: a day while there are several, a part of the day else. */
static int drop_large(struct ch_client *c, uint64_t bytes_max, struct errmsg *e)
{
	struct text answer = TEXT_INIT;
	uint64_t total = 0;
	int dropped = 0;
	int err = ask(c,
		      "SELECT partition_id, name, bytes_on_disk, max(partition_id) OVER (), sum(bytes_on_disk) OVER () "
		      "FROM system.parts WHERE active AND database = currentDatabase() AND table = 'flows' "
		      "ORDER BY partition_id, min_block_number FORMAT TSVRaw",
		      &answer, e);
	char gone[128] = "";

	for (char *rest = answer.buf; !err && rest && *rest && dropped < DROPS_MAX;) {
		const char *day = next_field(&rest), *part = next_field(&rest);
		uint64_t bytes = strtoull(next_field(&rest), NULL, 10);
		bool youngest = strcmp(day, next_field(&rest)) == 0;
		uint64_t all = strtoull(next_field(&rest), NULL, 10);
		if (!dropped)
			total = all;
		if (strcmp(day, gone) == 0) { /* went with its day */
			total -= bytes;
			continue;
		}
		if (total <= bytes_max || (youngest && gone[0]))
			break; /* the youngest day is touched only when it is alone */
		err = youngest ? drop(c, "PART", part, e) : drop(c, "PARTITION ID", day, e);
		if (!err) {
			log_warning("store",
				    "flows received on %s were removed: the database fills more than its share of "
				    "the disk (%" PRIu64 " of %" PRIu64 " MB)",
				    day, total / 1000000, bytes_max / 1000000);
			snprintf(gone, sizeof gone, "%s", youngest ? "" : day);
			total -= bytes;
			dropped++;
		}
	}
	text_free(&answer);
	return err ? err : dropped;
}

int retention_enforce(struct ch_client *c, const struct retention *r, struct errmsg *e)
{
	int old = r->days ? drop_old(c, r->days, e) : 0;
	int large = old >= 0 && r->bytes_max ? drop_large(c, r->bytes_max, e) : 0;
	return old < 0 ? old : large < 0 ? large : old + large;
}
