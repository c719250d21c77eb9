/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weir sql: asks the flow database. A running instance answers through <data>/control.sock (HTTP; it knows us by our
 * uid); when none runs, the database is opened here, for this one question. Read-only either way.
 */
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/budget.h"
#include "app/datadir.h"
#include "app/help.h"
#include "store/store.h"

#define SQL_TEXT_MAX   ((size_t)1 << 20)
#define SQL_TIMEOUT_MS 300000u

struct sql_options {
	const char *format, *data, *engine, *query;
};

static void usage(FILE *out)
{
	static const struct help_option options[] = {
		{.name = "format",
		 .argument = "FORMAT",
		 .help = "any format of ClickHouse: PrettyCompact (default on a terminal), TSVWithNames (default else), "
			 "JSONEachRow, CSVWithNames, Parquet, Vertical, …"},
		DATADIR_HELP,
		{.name = "engine",
		 .argument = "FILE",
		 .help = "libchdb.so, when no instance runs (default: the usual places)"},
	};
	fputs("Usage: weir sql [OPTION]… QUERY\n"
	      "       weir sql [OPTION]… -        (the query from standard input)\n\n"
	      "Asks the flow database: through the instance that runs on the data folder, or by itself.\n\n",
	      out);
	help_options(out, options, sizeof options / sizeof options[0]);
	fputs("\nExample: weir sql \"SELECT server_name, sum(bytes_c2s + bytes_s2c) AS bytes FROM flows\n"
	      "                   GROUP BY server_name ORDER BY bytes DESC LIMIT 10\"\n",
	      out);
}

/* --- a running instance --- */

static size_t on_body(char *bytes, size_t size, size_t n, void *out)
{
	text_add(out, bytes, size * n);
	return ((struct text *)out)->failed ? 0 : size * n;
}

/* The sentence in an RFC 9457 answer. */
static void problem_of(const struct text *answer, long status, struct errmsg *e)
{
	json_t *root = json_loadb(text_str(answer), answer->len, 0, NULL);
	const char *detail = json_string_value(json_object_get(root, "detail"));
	if (!detail)
		detail = json_string_value(json_object_get(root, "title"));
	if (detail)
		err_set(e, WEIR_E(INVALID), "%s", detail);
	else
		err_set(e, WEIR_E(INVALID), "the running weir answered with HTTP status %ld", status);
	json_decref(root);
}

static int post(const char *socket, const char *body, struct text *out, struct errmsg *e)
{
	CURL *c = curl_easy_init();
	struct curl_slist *headers = curl_slist_append(NULL, "Content-Type: application/json");
	long status = 0;
	int err = 0;

	if (!c || !headers) {
		curl_easy_cleanup(c);
		curl_slist_free_all(headers);
		return WEIR_E(NOMEM);
	}
	curl_easy_setopt(c, CURLOPT_URL, "http://localhost/api/v1/sql");
	curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, socket);
	curl_easy_setopt(c, CURLOPT_PROXY, "");
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(c, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(c, CURLOPT_TIMEOUT_MS, (long)SQL_TIMEOUT_MS);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, out);
	CURLcode rc = curl_easy_perform(c);
	curl_easy_getinfo(c, CURLINFO_RESPONSE_CODE, &status);
	if (rc == CURLE_COULDNT_CONNECT)
		err = WEIR_E(NOTFOUND);
	else if (rc != CURLE_OK)
		err = err_set(e, WEIR_E(IO), "the running weir did not answer: %s", curl_easy_strerror(rc));
	else if (status != 200) {
		err = WEIR_E(INVALID);
		problem_of(out, status, e);
	}
	curl_easy_cleanup(c);
	curl_slist_free_all(headers);
	return err;
}

/* WEIR_E(NOTFOUND): none runs. */
static int ask_instance(const char *dir, const struct sql_options *o, struct text *out, struct errmsg *e)
{
	char path[64];
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return WEIR_E(NOTFOUND);
	/* Through the folder's descriptor: a socket's path has 108 bytes only. */
	snprintf(path, sizeof path, "/proc/self/fd/%d/control.sock", fd);
	json_t *json = json_pack("{s:s, s:s}", "query", o->query, "format", o->format);
	char *body = json ? json_dumps(json, JSON_COMPACT) : NULL;
	int err = body ? post(path, body, out, e) : err_set(e, WEIR_E(INVALID), "the query must be UTF-8 text");
	free(body);
	json_decref(json);
	close(fd);
	return err;
}

/* --- none runs --- */

static int ask_here(const char *dir, const struct sql_options *o, struct text *out, struct errmsg *e)
{
	struct store_options options = {
		.data_dir = dir, .engine_path = o->engine, .query_only = true, .memory_bytes = budget_default()};
	struct store_query q = {.sql = o->query, .format = o->format, .readonly = true, .timeout_ms = SQL_TIMEOUT_MS};
	struct store *store = NULL;
	int err = store_open(&options, &store, e);

	if (!err)
		err = store_query(store, &q, out, e);
	store_close(store);
	return err;
}

/* --- command line --- */

static int read_query(struct text *query, struct errmsg *e)
{
	char buf[4096];
	size_t n;

	query->cap = SQL_TEXT_MAX;
	while ((n = fread(buf, 1, sizeof buf, stdin)) > 0)
		text_add(query, buf, n);
	if (query->failed || ferror(stdin))
		return err_set(e, WEIR_E(TOOBIG), "the query could not be read, or is longer than 1 MiB");
	return 0;
}

/* 0; 1: --help was printed; 2: asked wrongly. */
static int options_read(int argc, char **argv, struct sql_options *o)
{
	static const struct option longs[] = {
		{"format", required_argument, NULL, 'f'},
		{"data", required_argument, NULL, 'd'},
		{"engine", required_argument, NULL, 'e'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int c;

	o->format = isatty(STDOUT_FILENO) ? "PrettyCompactMonoBlock" : "TSVWithNames";
	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (c) {
		case 'f':
			o->format = optarg;
			break;
		case 'd':
			o->data = optarg;
			break;
		case 'e':
			o->engine = optarg;
			break;
		case 'h':
			usage(stdout);
			return 1;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind != argc - 1) {
		usage(stderr);
		return 2;
	}
	o->query = argv[optind];
	return 0;
}

int cmd_sql(int argc, char **argv)
{
	struct sql_options o = {0};
	struct text from_stdin = TEXT_INIT, answer = TEXT_INIT;
	struct errmsg e = {{0}};
	char dir[512];
	int err = options_read(argc, argv, &o);

	if (err)
		return err == 1 ? 0 : 2;
	if (strcmp(o.query, "-") == 0) {
		err = read_query(&from_stdin, &e);
		o.query = text_str(&from_stdin);
	}
	if (!err)
		err = datadir_path(o.data, dir, sizeof dir, &e);
	if (!err)
		err = ask_instance(dir, &o, &answer, &e);
	if (err == WEIR_E(NOTFOUND))
		err = ask_here(dir, &o, &answer, &e);
	if (!err && fwrite(text_str(&answer), 1, answer.len, stdout) != answer.len)
		err = err_set(&e, WEIR_E(IO), "can't write the answer: %s", strerror(errno));
	if (err)
		fprintf(stderr, "weir sql: %s\n", e.text[0] ? e.text : err_text(err));
	text_free(&from_stdin);
	text_free(&answer);
	return err ? 1 : 0;
}
