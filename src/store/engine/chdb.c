/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libchdb: ClickHouse as a library. Its npm package ships no header, so the few functions used are declared here
 * (chdb.h of chdb-core 26.5) and found by dlsym.
 *
 * A connection is a session. One is made for each statement (1 ms) and closed after it, so that settings never
 * leak; one more is held open, for the engine lives as long as there is a connection.
 *
 * Measured with 26.5: session settings given at connect are ignored, so they are SET; query ids can't be chosen,
 * so ours goes into the setting log_comment, where KILL QUERY … WHERE Settings['log_comment'] = … finds it.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "store/engine/engine.h"

typedef struct chdb_conn **chdb_connection;
struct chdb_result;

/*  symbol                       result                arguments */
#define CHDB_FUNCTIONS(X)                                                                          \
	X(chdb_connect, chdb_connection, (int argc, char **argv))                                  \
	X(chdb_close_conn, void, (chdb_connection))                                                \
	X(chdb_set_signal_handlers_enabled, void, (int enabled))                                   \
	X(chdb_query_n, struct chdb_result *,                                                      \
	  (struct chdb_conn *, const char *sql, size_t, const char *format, size_t))               \
	X(chdb_query_with_params_n, struct chdb_result *,                                          \
	  (struct chdb_conn *, const char *sql, size_t, const char *format, size_t,                \
	   const char *const *names, const size_t *name_lens, const char *const *values,           \
	   const size_t *value_lens, size_t count))                                                \
	X(chdb_destroy_query_result, void, (struct chdb_result *))                                 \
	X(chdb_result_buffer, char *, (struct chdb_result *))                                      \
	X(chdb_result_length, size_t, (struct chdb_result *))                                      \
	X(chdb_result_error, const char *, (struct chdb_result *))                                 \
	X(chdb_result_rows_read, uint64_t, (struct chdb_result *))                                 \
	X(chdb_result_bytes_read, uint64_t, (struct chdb_result *))                                \
	X(chdb_result_rows_written, uint64_t, (struct chdb_result *))

static struct {
#define X(name, result, args) result(*name) args;
	CHDB_FUNCTIONS(X)
#undef X
	char data_arg[4200], memory_arg[64];
	unsigned threads;
	chdb_connection held;
	pthread_mutex_t connect_lock;
} chdb = {.connect_lock = PTHREAD_MUTEX_INITIALIZER};

/* Settings of every session, before those of the request. JIT breaks under MemoryDenyWriteExecute. */
#define BASE_SETTINGS                                                                              \
	"SET compile_expressions=0, compile_aggregate_expressions=0, compile_sort_description=0, " \
	"max_threads=%u"

static int bind_function(void *library, const char *name, void *slot, const char *path, struct errmsg *e)
{
	void *found = dlsym(library, name);
	if (!found)
		return err_set(e, WEIR_E(UNAVAILABLE),
			       "%s is no usable libchdb: it has no function %s; Weir needs version 26.5 or newer "
			       "(scripts/install-deps fetches it)",
			       path, name);
	memcpy(slot, &found, sizeof found);
	return 0;
}

int engine_load(const struct engine_options *o, struct errmsg *e)
{
	void *library = dlopen(o->library, RTLD_NOW | RTLD_LOCAL);
	int err = 0;

	if (!library)
		return err_set(e, WEIR_E(UNAVAILABLE),
			       "the database engine can't be loaded (%s); scripts/install-deps fetches it, --engine "
			       "names another place, --store none does without",
			       dlerror());
#define X(name, result, args) \
	if (!err)             \
		err = bind_function(library, #name, &chdb.name, o->library, e);
	CHDB_FUNCTIONS(X)
#undef X
	if (!err)
		chdb.chdb_set_signal_handlers_enabled(0);
	return err;
}

static chdb_connection session_new(void)
{
	char *argv[] = {(char[]){"clickhouse"}, chdb.data_arg, chdb.memory_arg, NULL};
	pthread_mutex_lock(&chdb.connect_lock);
	chdb_connection c = chdb.chdb_connect(3, argv);
	pthread_mutex_unlock(&chdb.connect_lock);
	return c;
}

static void session_close(chdb_connection c)
{
	pthread_mutex_lock(&chdb.connect_lock);
	chdb.chdb_close_conn(c);
	pthread_mutex_unlock(&chdb.connect_lock);
}

int engine_open(const struct engine_options *o, struct errmsg *e)
{
	snprintf(chdb.data_arg, sizeof chdb.data_arg, "--path=%s", o->data);
	snprintf(chdb.memory_arg, sizeof chdb.memory_arg, "--max_server_memory_usage=%llu",
		 (unsigned long long)o->memory_bytes);
	chdb.threads = o->threads;
	chdb.held = session_new();
	if (!chdb.held)
		return err_set(e, WEIR_E(UNAVAILABLE),
			       "the database engine did not start on %s; is the folder writable and the disk not full?",
			       o->data);
	return 0;
}

/* 'text' with ClickHouse's escapes. */
static void add_quoted(struct text *t, const char *s)
{
	text_putc(t, '\'');
	for (; *s; s++) {
		if (*s == '\'' || *s == '\\')
			text_putc(t, '\\');
		text_putc(t, *s);
	}
	text_putc(t, '\'');
}

/* One SET for all; readonly last, for after it nothing can be set. */
static void settings_text(const struct engine_query *q, struct text *t)
{
	const char *readonly = NULL;

	text_printf(t, BASE_SETTINGS, chdb.threads);
	if (q->query_id) {
		text_puts(t, ", log_comment=");
		add_quoted(t, q->query_id);
	}
	for (unsigned i = 0; i < q->setting_count; i++) {
		if (strcmp(q->settings[i].name, "readonly") == 0) {
			readonly = q->settings[i].value;
			continue;
		}
		text_printf(t, ", %s=", q->settings[i].name);
		add_quoted(t, q->settings[i].value);
	}
	if (readonly) {
		text_puts(t, ", readonly=");
		add_quoted(t, readonly);
	}
}

static void take_result(struct chdb_result *r, struct engine_answer *a)
{
	*a = (struct engine_answer){.held = r};
	if (!r) {
		a->code = 1;
		a->error = "Code: 1. DB::Exception: The engine gave no answer.";
		return;
	}
	a->error = chdb.chdb_result_error(r);
	if (a->error) {
		a->code = strncmp(a->error, "Code: ", 6) == 0 ? atoi(a->error + 6) : 0;
		if (a->code <= 0)
			a->code = 1001; /* STD_EXCEPTION */
		return;
	}
	a->body = chdb.chdb_result_buffer(r);
	a->len = chdb.chdb_result_length(r);
	a->rows_read = chdb.chdb_result_rows_read(r);
	a->bytes_read = chdb.chdb_result_bytes_read(r);
	a->rows_written = chdb.chdb_result_rows_written(r);
}

static bool run_plain(chdb_connection c, const struct text *sql, struct engine_answer *a)
{
	take_result(chdb.chdb_query_n(*c, text_str(sql), sql->len, "TSV", 3), a);
	if (a->code)
		return false;
	engine_answer_free(a);
	return true;
}

/* Database and settings of the request. */
static bool session_prepare(chdb_connection c, const struct engine_query *q, struct engine_answer *a)
{
	struct text t = TEXT_INIT;
	bool ok = true;

	if (q->database) {
		text_printf(&t, "USE `%s`", q->database);
		ok = run_plain(c, &t, a);
		text_clear(&t);
	}
	if (ok) {
		settings_text(q, &t);
		ok = run_plain(c, &t, a);
	}
	text_free(&t);
	return ok;
}

static struct chdb_result *run_with_params(chdb_connection c, const struct engine_query *q)
{
	size_t n = q->param_count;
	const char **texts = calloc(2 * n, sizeof *texts);
	size_t *lens = calloc(2 * n, sizeof *lens);
	struct chdb_result *r = NULL;

	if (texts && lens) {
		for (size_t i = 0; i < n; i++) {
			texts[i] = q->params[i].name;
			lens[i] = strlen(texts[i]);
			texts[n + i] = q->params[i].value;
			lens[n + i] = strlen(texts[n + i]);
		}
		r = chdb.chdb_query_with_params_n(*c, q->sql, q->sql_len, q->format, strlen(q->format), texts, lens,
						  texts + n, lens + n, n);
	}
	free(texts);
	free(lens);
	return r;
}

void engine_run(const struct engine_query *q, struct engine_answer *ret_answer)
{
	chdb_connection c = session_new();

	if (!c) {
		take_result(NULL, ret_answer);
		return;
	}
	if (session_prepare(c, q, ret_answer)) {
		if (q->param_count)
			take_result(run_with_params(c, q), ret_answer);
		else
			take_result(chdb.chdb_query_n(*c, q->sql, q->sql_len, q->format, strlen(q->format)),
				    ret_answer);
	}
	session_close(c);
}

void engine_answer_free(struct engine_answer *a)
{
	if (a->held)
		chdb.chdb_destroy_query_result(a->held);
	*a = (struct engine_answer){0};
}

void engine_close(void)
{
	if (chdb.held)
		session_close(chdb.held);
	chdb.held = NULL;
}
