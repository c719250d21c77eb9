/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One interface of `weir run`: its workers with their captures and slabs, its observer, and the state that is kept over restarts.
 */
#ifndef WEIR_APP_INTERFACE_H
#define WEIR_APP_INTERFACE_H

#include <pthread.h>
#include <stdatomic.h>

#include "app/options.h"
#include "app/replay.h"
#include "capture/capture.h"
#include "enrich/enrich.h"
#include "flow/flow.h"
#include "observer/observer.h"
#include "store/store.h"

#define WORKERS_MAX   64  /* an interface */
#define WORKERS_TOTAL 128 /* all interfaces; they number flows in 7 bits */

struct interface;

struct worker {
	struct interface *of;
	unsigned number;
	struct slab slab;
	struct flow_worker *flow;
	struct capture *capture; /* live */
	struct replay replay;    /* files */
	pthread_t thread;
	bool slab_ready, running;
	_Atomic int finished;
	uint64_t stats_due_ns;
	uint64_t last_tick_ns;
};

struct interface {
	char name[64];
	uint32_t id;
	bool is_file;
	enum replay_mode mode;
	unsigned worker_count;
	struct worker *workers;
	struct observer *observer;
	_Atomic int stopping;
	_Atomic uint64_t damaged; /* files that were cut or corrupt */
	char problem[240];
};

struct interface_options {
	const char *name;         /* interface, or what the page calls the files */
	const char *const *files; /* NULL: live */
	unsigned file_count;
	const struct run_options *run;
	unsigned interface_count; /* in the process: shares the budget */
	uint64_t memory;
	const struct enrich *enrich;
	struct store *store;
	const char *state_dir; /* <data>/state: what is kept over restarts */
	int opener_fd;         /* connection to weir-open, or -1 */
};

/* Opens captures and makes workers and observer; nothing runs yet. */
int interface_create(const struct interface_options *options, uint32_t id, struct interface **ret, struct errmsg *e);
int interface_start(struct interface *i, struct errmsg *e);
/* Workers end their flows, the observer hands the last rows to its readers; then joined. Saves the state. */
void interface_stop(struct interface *i, const char *state_dir);
void interface_free(struct interface *i);
/* "up", "down", "gone", "file", "finished"; for struct web_interface. */
const char *interface_state(void *interface);
/* Save hosts' first-seen, names and MACs: to a temporary file, fsync, rename. */
int interface_save(struct interface *i, const char *state_dir, struct errmsg *e);

#endif
