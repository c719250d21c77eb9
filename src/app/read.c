/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weir read: the flows of captures on standard output, without any server. See read.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/read.h"
#include "base/clock.h"

#define SORT_MEMORY       ((size_t)64 << 20)
#define META_POOL         ((size_t)256 << 20)
#define DPI_POOL          ((size_t)256 << 20)
#define PROGRESS_AFTER_NS (NS_PER_S)

struct reader {
	struct read_options options;
	struct capture *capture;
	struct slab slab;
	struct flow_worker *worker;
	struct enrich *enrich;
	struct read_rows rows;
	struct printer *printer;
	struct sorter *sorter;
	struct top *top;
	uint64_t first_ns, last_ns; /* of packets */
	uint64_t started_ns, progress_ns;
	bool show_progress, progress_shown;
	bool damaged;
};

static void complain(struct reader *r, const char *text)
{
	if (r->progress_shown)
		fputs("\r\033[K", stderr);
	r->progress_shown = false;
	fprintf(stderr, "weir read: %s\n", text);
}

/* --- rows --- */

static int take_row(void *ctx, const struct flow_row *row, struct errmsg *e)
{
	struct reader *r = ctx;
	struct sort_key key = {
		.last_ns = row->last_ns, .key = *row->key, .flow_id = row->flow_id, .slice_no = row->slice_no};
	size_t len;

	if (r->top) {
		key.rank = row->count.bytes[0] + row->count.bytes[1];
		if (!top_wants(r->top, &key))
			return 0;
	}
	const char *text = printer_row(r->printer, row, &len);
	if (!text)
		return err_set(e, WEIR_E(NOMEM), "out of memory");
	key.len = (uint32_t)len;
	if (!r->top)
		return sorter_add(r->sorter, &key, text, e);
	int err = top_add(r->top, &key, text);
	return err < 0 ? err_set(e, err, "out of memory") : 0;
}

static int print_rows(struct reader *r, struct errmsg *e)
{
	int err = 0;

	if (r->top)
		err = top_finish(r->top, r->options.format == READ_TABLE, r->sorter, e);
	if (err < 0)
		return err;
	printer_begin(r->printer);
	err = sorter_finish(r->sorter, printer_emit, r->printer, e);
	if (err == WEIR_E(IO) && ferror(stdout))
		err_set(e, err, "can't write to standard output");
	return err;
}

/* Below a table, for people: what the rows add up to, and what is in none of them. */
static void print_foot(struct reader *r, struct text *out)
{
	const struct read_totals *t = &r->rows.totals;

	text_putc(out, '\n');
	print_count(out, t->flows);
	text_puts(out, t->flows == 1 ? " flow, " : " flows, ");
	print_count(out, t->count.packets[0] + t->count.packets[1]);
	text_puts(out, " packets, ");
	print_bytes(out, t->count.bytes[0] + t->count.bytes[1]);
	for (int b = BUCKET_NONE + 1; b < BUCKET_MAX; b++) {
		uint64_t n = atomic_load_explicit(&r->slab.counters.bucket[b].packets, memory_order_relaxed);
		if (!n)
			continue;
		text_puts(out, "; ");
		print_count(out, n);
		text_printf(out, " packets in no flow: %s", packet_bucket_name((enum packet_bucket)b));
	}
	text_putc(out, '\n');
}

static void print_sums(struct reader *r, struct text *out)
{
	struct capture_stats stats = {0};

	capture_stats(r->capture, &stats);
	struct read_summary s = {
		.counters = &r->slab.counters,
		.drops = stats.kernel_drops,
		.first_ns = r->first_ns,
		.last_ns = r->last_ns,
		.elapsed_ns = clock_monotonic_ns() - r->started_ns,
		.matched = r->options.filter ? &r->rows.totals : NULL,
	};
	read_summary_print(&s, r->options.format, out);
}

/* --- reading --- */

static void on_tick(void *ctx, uint64_t now_ns)
{
	struct reader *r = ctx;
	(void)now_ns;
	read_rows_drain(&r->rows);
}

static void note_times(struct reader *r, const struct packet_view *views, int n)
{
	for (int i = 0; i < n; i++) {
		if (views[i].ts_ns < r->first_ns)
			r->first_ns = views[i].ts_ns;
		if (views[i].ts_ns > r->last_ns)
			r->last_ns = views[i].ts_ns;
	}
}

/* Twice a second, once it has taken a while. */
static void progress(struct reader *r)
{
	uint64_t now = clock_monotonic_ns();
	struct capture_stats s = {0};
	struct text t = TEXT_INIT;

	if (now < r->progress_ns)
		return;
	r->progress_ns = now + NS_PER_S / 2;
	capture_stats(r->capture, &s);
	text_puts(&t, "\r\033[Kreading: ");
	print_count(&t, s.packets);
	text_puts(&t, " packets, ");
	print_bytes(&t, s.bytes);
	if (s.bytes_total)
		text_printf(&t, ", %" PRIu64 " %%", s.bytes_done * 100 / s.bytes_total);
	fputs(text_str(&t), stderr);
	r->progress_shown = true;
	text_free(&t);
}

/* All packets of all files. What is damaged is said and counted as such; the rest is read. */
static void read_all(struct reader *r)
{
	struct packet_view views[CAPTURE_VECTOR];
	struct errmsg e = {""};
	unsigned rounds = 0;

	while (!r->rows.err) {
		int n = capture_next(r->capture, views, CAPTURE_VECTOR, 0, &e);
		if (n == WEIR_E(NOTFOUND))
			break;
		if (n < 0) {
			r->damaged = true;
			complain(r, e.text[0] ? e.text : err_text(n));
			if (n != WEIR_E(TRUNCATED) && n != WEIR_E(CORRUPT))
				break;
			continue;
		}
		note_times(r, views, n);
		flow_worker_packets(r->worker, views, (unsigned)n);
		read_rows_drain(&r->rows);
		if (r->show_progress && ++rounds % 64 == 0)
			progress(r);
	}
	flow_worker_finish(r->worker);
	read_rows_drain(&r->rows);
	if (r->progress_shown)
		fputs("\r\033[K", stderr);
}

/* --- start and end --- */

static int open_rows(struct reader *r, struct errmsg *e)
{
	const struct read_options *o = &r->options;

	r->rows.slab = &r->slab;
	if (read_rows_init(&r->rows) < 0)
		return err_set(e, WEIR_E(NOMEM), "out of memory");
	r->rows.filter = o->filter;
	r->rows.make_rows = !o->summary || o->filter;
	if (r->rows.make_rows) {
		struct errmsg why = {""};
		if (enrich_open(&(struct enrich_options){0}, &r->enrich, &why) < 0)
			return err_set(e, WEIR_E(UNAVAILABLE), "%s", why.text);
		r->rows.enrich = r->enrich;
	}
	if (o->summary)
		return 0;
	r->rows.on_row = take_row;
	r->rows.ctx = r;
	if (printer_create(o, &r->printer) < 0 || sorter_create(SORT_MEMORY, &r->sorter) < 0 ||
	    (o->top && top_create(o->top, &r->top) < 0))
		return err_set(e, WEIR_E(NOMEM), "out of memory");
	return 0;
}

static int open_all(struct reader *r, const char *const *files, unsigned count, struct errmsg *e)
{
	struct flow_options flow = r->options.flow;
	int err = flow_register_names(e);

	if (err < 0 || (err = capture_open_files(files, count, r->options.bpf, &r->capture, e)) < 0)
		return err;
	if ((err = slab_init(&r->slab, r->options.max_flows, META_POOL)) < 0)
		return err_set(e, err, "no memory for %u flows; try a smaller --max-flows", r->options.max_flows);
	flow.dpi_bytes = DPI_POOL;
	if ((err = flow_worker_create(&flow, &r->slab, &r->worker, e)) < 0 || (err = open_rows(r, e)) < 0)
		return err;
	flow_worker_on_tick(r->worker, on_tick, r);
	r->first_ns = UINT64_MAX;
	r->started_ns = clock_monotonic_ns();
	r->show_progress = !r->options.quiet && isatty(STDERR_FILENO);
	r->progress_ns = r->started_ns + PROGRESS_AFTER_NS;
	return 0;
}

static void close_all(struct reader *r)
{
	top_free(r->top);
	sorter_free(r->sorter);
	printer_free(r->printer);
	read_rows_free(&r->rows);
	if (r->enrich)
		enrich_close(r->enrich);
	if (r->worker)
		flow_worker_free(r->worker);
	slab_free(&r->slab);
	if (r->capture)
		capture_close(r->capture);
	read_options_free(&r->options);
}

static int print_all(struct reader *r, struct errmsg *e)
{
	struct text t = TEXT_INIT;
	int err = r->rows.err;

	if (err < 0)
		*e = r->rows.errmsg;
	else if (!r->options.summary)
		err = print_rows(r, e);
	if (err == 0 && r->options.summary)
		print_sums(r, &t);
	else if (err == 0 && r->options.format == READ_TABLE)
		print_foot(r, &t);
	fputs(text_str(&t), stdout);
	text_free(&t);
	if (err == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		err = err_set(e, WEIR_E(IO), "can't write to standard output");
	return err;
}

int cmd_read(int argc, char **argv)
{
	struct reader *r = calloc(1, sizeof *r);
	struct errmsg e = {""};
	int status;

	if (!r) {
		fputs("weir read: out of memory\n", stderr);
		return 1;
	}
	if (read_options_parse(argc, argv, &r->options, &status) != 0) {
		free(r);
		return status;
	}
	int err = open_all(r, (const char *const *)argv + optind, (unsigned)(argc - optind), &e);
	if (err == 0) {
		read_all(r);
		err = print_all(r, &e);
	}
	if (err < 0)
		complain(r, e.text[0] ? e.text : err_text(err));
	status = err < 0 || r->damaged;
	close_all(r);
	free(r);
	return status;
}
