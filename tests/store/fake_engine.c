/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fake_engine.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "store/engine/engine.h"

static _Atomic unsigned running;
_Atomic unsigned fake_engine_most;

int engine_load(const struct engine_options *o, struct errmsg *e)
{
	(void)o;
	(void)e;
	return 0;
}

int engine_open(const struct engine_options *o, struct errmsg *e)
{
	(void)o;
	(void)e;
	return 0;
}

/* "rows 1234 89abcdef": length and hash of what lies in the file of FROM INFILE. */
static void rows_of(const struct engine_query *q, struct text *t)
{
	char path[64], buf[65536];
	struct text rows = TEXT_INIT;
	const char *at = strstr(q->sql, "/proc/self/fd/");
	ssize_t n;
	snprintf(path, sizeof path, "%.*s", (int)strcspn(at, "'"), at);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 && (n = read(fd, buf, sizeof buf)) > 0)
		text_add(&rows, buf, (size_t)n);
	if (fd >= 0)
		close(fd);
	text_printf(t, "rows %zu %" PRIx64, rows.len, hash_stable(text_str(&rows), rows.len));
	text_free(&rows);
}

static void echo(const struct engine_query *q, struct text *t)
{
	text_printf(t, "sql=%s;db=%s;format=%s;id=%s", q->sql, q->database ? q->database : "-", q->format,
		    q->query_id ? q->query_id : "-");
	for (unsigned i = 0; i < q->setting_count; i++)
		text_printf(t, ";%s=%s", q->settings[i].name, q->settings[i].value);
	for (unsigned i = 0; i < q->param_count; i++)
		text_printf(t, ";{%s}=%s", q->params[i].name, q->params[i].value);
}

void engine_run(const struct engine_query *q, struct engine_answer *a)
{
	struct text t = TEXT_INIT;
	unsigned now = atomic_fetch_add(&running, 1) + 1, most = atomic_load(&fake_engine_most);

	while (now > most && !atomic_compare_exchange_weak(&fake_engine_most, &most, now))
		;
	*a = (struct engine_answer){.rows_read = 1, .bytes_read = 2, .rows_written = 3};
	if (strncmp(q->sql, "SLEEP ", 6) == 0)
		usleep((useconds_t)(atoi(q->sql + 6) * 1000));
	if (strncmp(q->sql, "ERROR ", 6) == 0) {
		a->code = atoi(q->sql + 6);
		text_printf(&t, "Code: %d. DB::Exception: as asked. (SOME_NAME) (version 26.5.1.1)", a->code);
	} else if (strncmp(q->sql, "BIG ", 4) == 0) {
		for (int n = atoi(q->sql + 4); n > 0; n--)
			text_puts(&t, "0123456789abcde\n");
	} else if (strstr(q->sql, "FROM INFILE")) {
		rows_of(q, &t);
	} else {
		echo(q, &t);
	}
	a->held = t.buf;
	if (a->code) {
		a->error = t.buf;
	} else {
		a->body = t.buf;
		a->len = t.len;
	}
	atomic_fetch_sub(&running, 1);
}

void engine_answer_free(struct engine_answer *a)
{
	free(a->held);
	*a = (struct engine_answer){0};
}

void engine_close(void)
{
}
