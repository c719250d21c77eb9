/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weir run: wires everything: data folder, store, interfaces, page; then waits for a signal.
 *
 * Order matters: weir-store and weir-open are started before any thread is made (they are forked); capture starts last, when the page can already be asked.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "app/app.h"
#include "app/budget.h"
#include "app/datadir.h"
#include "app/interface.h"
#include "app/options.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/version.h"
#include "capture/open.h"
#include "web/web.h"

#define SAVE_EVERY_NS (60 * NS_PER_S)

struct run {
	struct run_options options;
	char data_dir[512], state_dir[544], control[544];
	int lock_fd;
	struct store *store;
	struct users *users;
	struct enrich *enrich;
	struct weir_open *opener;
	struct interface *interfaces[WEB_INTERFACES_MAX];
	struct web_interface shown[WEB_INTERFACES_MAX];
	unsigned interface_count;
	struct web *web;
	struct prefix local[OPTION_LIST_MAX];
	char one_time[32], default_interface[16];
};

/* One instance a data folder: an flock that the kernel lets go when we die. */
static int data_lock(struct run *r, struct errmsg *e)
{
	char path[560];
	snprintf(path, sizeof path, "%s/lock", r->data_dir);
	r->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (r->lock_fd < 0)
		return err_set(e, WEIR_E(IO), "can't write in %s: %s; choose another folder with --data", r->data_dir,
			       strerror(errno));
	if (flock(r->lock_fd, LOCK_EX | LOCK_NB) != 0)
		return err_set(e, WEIR_E(BUSY),
			       "another weir runs on %s; stop it, or choose another folder with --data", r->data_dir);
	return 0;
}

static int data_open(struct run *r, struct errmsg *e)
{
	int err = datadir_open(r->options.data, r->data_dir, sizeof r->data_dir, e);
	if (!err)
		err = data_lock(r, e);
	if (err)
		return err;
	snprintf(r->state_dir, sizeof r->state_dir, "%s/state", r->data_dir);
	snprintf(r->control, sizeof r->control, "%s/control.sock", r->data_dir);
	if (mkdir(r->state_dir, 0700) != 0 && errno != EEXIST)
		return err_set(e, WEIR_E(IO), "can't make %s: %s", r->state_dir, strerror(errno));
	return users_open(r->data_dir, &r->users, r->one_time, e);
}

static int store_begin(struct run *r, struct errmsg *e)
{
	const struct run_options *o = &r->options;
	uint64_t cap = o->store_memory ? o->store_memory : budget_default();
	struct store_options options = {
		.url = o->store,
		.data_dir = r->data_dir,
		.engine_path = o->engine,
		.memory_bytes = cap < (512ull << 20) ? 512ull << 20 : cap,
		.retention_days = (uint32_t)o->retention_days,
		.disk_share_percent = (uint32_t)o->retention_disk,
	};
	return store_open(&options, &r->store, e);
}

static int enrich_begin(struct run *r, struct errmsg *e)
{
	const struct option_list *local = &r->options.local;
	for (unsigned i = 0; i < local->count; i++)
		if (prefix_parse(local->item[i], &r->local[i]) != 0)
			return err_set(e, WEIR_E(INVALID), "--local %s: write a prefix such as 10.0.0.0/8",
				       local->item[i]);
	struct enrich_options options = {.local = r->local, .local_count = local->count};
	return enrich_open(&options, &r->enrich, e);
}

/* --- interfaces --- */

static int interface_add(struct run *r, const char *name, unsigned total, struct errmsg *e)
{
	const struct run_options *o = &r->options;
	bool file = o->file_count > 0;
	struct interface_options options = {
		.name = name,
		.files = file ? o->files : NULL,
		.file_count = o->file_count,
		.run = o,
		.interface_count = total,
		.memory = o->memory ? o->memory : budget_default(),
		.enrich = r->enrich,
		.store = r->store,
		.state_dir = r->state_dir,
		.opener_fd = r->opener ? weir_open_fd(r->opener) : -1,
	};
	unsigned n = r->interface_count;
	int err = interface_create(&options, n, &r->interfaces[n], e);
	if (err)
		return err;
	r->shown[n] = (struct web_interface){.observer = r->interfaces[n]->observer,
					     .name = r->interfaces[n]->name,
					     .is_file = file,
					     .workers = r->interfaces[n]->worker_count,
					     .state = interface_state,
					     .ctx = r->interfaces[n]};
	r->interface_count++;
	return 0;
}

/* What the page calls a set of files: the base name of the first, and how many more. */
static void files_name(const struct run_options *o, char out[64])
{
	const char *slash = strrchr(o->files[0], '/');
	const char *base = strcmp(o->files[0], "-") == 0 ? "standard input"
			   : slash && slash[1]           ? slash + 1
							 : o->files[0];
	if (o->file_count == 1)
		snprintf(out, 64, "%.60s", base);
	else
		snprintf(out, 64, "%.44s and %u more", base, o->file_count - 1);
}

static int interfaces_make(struct run *r, struct errmsg *e)
{
	struct run_options *o = &r->options;
	char name[64];
	int err = 0;

	if (o->file_count) {
		if (o->interface.count)
			return err_set(e, WEIR_E(INVALID), "give either interfaces (-i) or files, not both");
		files_name(o, name);
		return interface_add(r, name, 1, e);
	}
	if (!o->interface.count) {
		if (capture_default_interface(r->default_interface) != 0)
			return err_set(
				e, WEIR_E(NOTFOUND),
				"there is no default route, so no interface to choose; name one with -i NAME (`ip link` lists them)");
		o->interface.item[o->interface.count++] = r->default_interface;
	}
	if (o->workers < 1 || o->workers > WORKERS_MAX)
		return err_set(e, WEIR_E(INVALID), "--workers: 1 to %d", WORKERS_MAX);
	if ((unsigned)o->workers * o->interface.count > WORKERS_TOTAL)
		return err_set(e, WEIR_E(INVALID), "%u interfaces with %d workers each are more than %d workers in all",
			       o->interface.count, (int)o->workers, WORKERS_TOTAL);
	err = weir_open_start(&r->opener, e);
	for (unsigned i = 0; !err && i < o->interface.count; i++)
		err = interface_add(r, o->interface.item[i], o->interface.count, e);
	return err;
}

static int interfaces_start(struct run *r, struct errmsg *e)
{
	int err = 0;
	for (unsigned i = 0; !err && i < r->interface_count; i++)
		err = interface_start(r->interfaces[i], e);
	return err;
}

/* --- page --- */

static int page_start(struct run *r, struct errmsg *e)
{
	const struct run_options *o = &r->options;
	struct web_options options = {
		.listen = o->listen ? o->listen : "127.0.0.1:3000",
		.port_fixed = o->listen != NULL,
		.tls_cert = o->tls_cert,
		.tls_key = o->tls_key,
		.insecure_http = o->insecure_http,
		.ui_dir = o->ui,
		.control_socket = r->control,
		.version = WEIR_VERSION,
		.interfaces = r->shown,
		.interface_count = r->interface_count,
		.store = r->store,
		.users = r->users,
		.enrich = r->enrich,
	};
	return web_start(&options, &r->web, e);
}

static void greet(const struct run *r)
{
	printf("Weir is on %s\n", web_address(r->web));
	if (r->one_time[0])
		printf("First log-in: user admin, password %s (you will be asked for a new one)\n", r->one_time);
	for (unsigned i = 0; i < r->interface_count; i++)
		printf("Looking at %s\n", r->interfaces[i]->name);
	fflush(stdout);
}

/* --- life --- */

static int log_level_set(const char *name, struct errmsg *e)
{
	static const char *const names[] = {"error", "warning", "info", "debug"};
	for (int i = 0; i < 4; i++) {
		if (strcmp(name, names[i]) == 0) {
			log_set_level((enum log_level)i);
			return 0;
		}
	}
	return err_set(e, WEIR_E(INVALID), "--log-level %s: write error, warning, info or debug", name);
}

static int begin(struct run *r, struct errmsg *e)
{
	int err = log_level_set(r->options.log_level, e);
	if (!err)
		err = data_open(r, e);
	if (!err)
		err = flow_register_names(e);
	if (!err)
		err = store_begin(r, e);
	if (!err)
		err = enrich_begin(r, e);
	if (!err)
		err = interfaces_make(r, e);
	if (!err)
		err = page_start(r, e);
	if (!err)
		greet(r);
	return err ? err : interfaces_start(r, e);
}

static void save_all(struct run *r)
{
	struct errmsg e = {{0}};
	for (unsigned i = 0; i < r->interface_count; i++)
		if (interface_save(r->interfaces[i], r->state_dir, &e) != 0)
			log_warning("state", "%s", e.text);
}

/* Until SIGINT or SIGTERM. */
static void wait_for_end(struct run *r, const sigset_t *signals)
{
	uint64_t due = clock_monotonic_ns() + SAVE_EVERY_NS;
	const struct timespec second = {.tv_sec = 1};

	for (;;) {
		int s = sigtimedwait(signals, NULL, &second);
		if (s == SIGINT || s == SIGTERM)
			return;
		if (clock_monotonic_ns() >= due) {
			save_all(r);
			due = clock_monotonic_ns() + SAVE_EVERY_NS;
		}
	}
}

/* In reverse: no new flows, then the last rows into the store, then the page, then the rest. Each step accepts what was never begun. */
static void end(struct run *r, bool started)
{
	for (unsigned i = 0; started && i < r->interface_count; i++)
		interface_stop(r->interfaces[i], r->state_dir);
	web_stop(r->web);
	if (r->store)
		store_close(r->store);
	for (unsigned i = 0; i < r->interface_count; i++)
		interface_free(r->interfaces[i]);
	if (r->opener)
		weir_open_stop(r->opener);
	if (r->enrich)
		enrich_close(r->enrich);
	if (r->users)
		users_close(r->users);
	if (r->lock_fd >= 0)
		close(r->lock_fd);
}

int cmd_run(int argc, char **argv)
{
	static struct run r = {.lock_fd = -1};
	struct errmsg e = {{0}};
	sigset_t signals;
	int err = options_parse(argc, argv, &r.options, &e);

	if (err == 1)
		return 0;
	if (err) {
		fprintf(stderr, "weir run: %s\n", e.text);
		return 2;
	}
	/* Blocked before threads are made, so that only this one takes them. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	err = begin(&r, &e);
	if (err)
		fprintf(stderr, "weir run: %s\n", e.text[0] ? e.text : err_text(err));
	else
		wait_for_end(&r, &signals);
	end(&r, err == 0);
	return err ? 1 : 0;
}
