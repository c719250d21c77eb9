/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is the database there? Watching it, starting the embedded engine again with back-off, its figures. Writer's thread. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/schema.h"
#include "store/writer.h"

#define BACK_OFF_MIN_NS (200 * NS_PER_MS)
#define BACK_OFF_MAX_NS (30 * NS_PER_S)
#define FIGURES_NS      (10 * NS_PER_S)
#define ASK_TIMEOUT_MS  10000u

static void set_up(struct writer *w, bool up)
{
	w->up = up;
	pthread_mutex_lock(&w->lock);
	w->stats.up = up;
	if (up)
		w->stats.problem[0] = '\0';
	pthread_mutex_unlock(&w->lock);
}

void engine_lost(struct writer *w, const char *why)
{
	char text[240];

	if (w->up)
		log_warning("store", "the database does not take rows (%s); they wait on disk", why);
	set_up(w, false);
	snprintf(text, sizeof text, "%.239s", why);
	writer_problem(w, text);
	w->retry_ns = clock_monotonic_ns() + w->back_off_ns;
	w->back_off_ns = w->back_off_ns * 2 < BACK_OFF_MAX_NS ? w->back_off_ns * 2 : BACK_OFF_MAX_NS;
	if (w->back_off_ns < BACK_OFF_MIN_NS)
		w->back_off_ns = BACK_OFF_MIN_NS;
}

static void engine_try(struct writer *w)
{
	struct errmsg e = {{0}};
	char why[120];
	int err = 0;

	if (w->process && !process_alive(w->process, why)) {
		log_info("store", "starting the database engine again");
		err = process_start(w->process, &e);
	}
	if (!err)
		err = schema_prepare(w->client, &e);
	if (err) {
		engine_lost(w, e.text[0] ? e.text : err_text(err));
		return;
	}
	log_info("store", "the database takes rows again");
	set_up(w, true);
	w->told_dropped = false;
	w->figures_due_ns = 0;
}

void engine_watch(struct writer *w)
{
	char why[120], text[240];

	if (w->up && w->process && !process_alive(w->process, why)) {
		snprintf(text, sizeof text, "the database engine died: %s", why);
		engine_lost(w, text);
	}
	if (!w->up && clock_monotonic_ns() >= w->retry_ns)
		engine_try(w);
}

void engine_figures(struct writer *w)
{
	struct ch_request r = {.sql = "SELECT sum(rows), sum(bytes_on_disk), version() FROM system.parts "
				      "WHERE active AND database = currentDatabase() AND table = 'flows' FORMAT TSVRaw",
			       .timeout_ms = ASK_TIMEOUT_MS};
	struct text answer = TEXT_INIT;
	uint64_t now = clock_monotonic_ns();
	char *end;

	if (!w->up || now < w->figures_due_ns)
		return;
	w->figures_due_ns = now + FIGURES_NS;
	if (ch_ask(w->client, &r, &answer, NULL, NULL) == 0 && answer.len) {
		pthread_mutex_lock(&w->lock);
		w->stats.rows_stored = strtoull(text_str(&answer), &end, 10);
		w->stats.disk_bytes = strtoull(end, &end, 10);
		if (*end == '\t')
			snprintf(w->stats.version, sizeof w->stats.version, "%.*s", (int)strcspn(end + 1, "\n"),
				 end + 1);
		pthread_mutex_unlock(&w->lock);
		w->back_off_ns = 0; /* it really answers */
	}
	text_free(&answer);
}
