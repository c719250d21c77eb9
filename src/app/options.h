/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The settings of `weir run`: one table of which command line, help and (later) configuration file are made.
 */
#ifndef WEIR_APP_OPTIONS_H
#define WEIR_APP_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define OPTION_LIST_MAX 32

enum option_kind { OPTION_TEXT, OPTION_LIST, OPTION_NUMBER, OPTION_BYTES, OPTION_FLAG };

/*  member           kind     long name          argument   default  help */
#define RUN_OPTIONS(X)                                                                                                      \
	X(interface,      LIST,   "interface",       "NAME",    NULL, "look at this interface; may be given several times (default: the one with the default route)") \
	X(workers,        NUMBER, "workers",         "N",       "1",  "worker threads for each live interface")             \
	X(bpf,            TEXT,   "filter",          "BPF",     NULL, "capture only what this pcap-filter(7) expression matches") \
	X(replay,         TEXT,   "replay",          "MODE",    "as-is", "files: as-is (own time, at full speed), now (shifted to now, at their own pace), loop (now, again and again)") \
	X(listen,         TEXT,   "listen",          "ADDR:PORT", NULL, "where the page is served (default: 127.0.0.1:3000, or the next free port)") \
	X(tls_cert,       TEXT,   "tls-cert",        "FILE",    NULL, "certificate chain (PEM) for HTTPS")                   \
	X(tls_key,        TEXT,   "tls-key",         "FILE",    NULL, "its private key (PEM; default: in the same file)")    \
	X(insecure_http,  FLAG,   "insecure-http",   NULL,      NULL, "allow plain HTTP on other addresses than loopback (behind a proxy that does TLS)") \
	X(data,           TEXT,   "data",            "DIR",     NULL, "where everything is kept (default: /var/lib/weir for root, $XDG_STATE_HOME/weir else)") \
	X(store,          TEXT,   "store",           "URL",     NULL, "none, or clickhouse://user:password@host:8123/database (default: the embedded engine)") \
	X(engine,         TEXT,   "engine",          "FILE",    NULL, "libchdb.so of the embedded engine (default: the usual places)") \
	X(memory,         BYTES,  "memory",          "SIZE",    NULL, "bound of weir's own memory (default: a quarter of the machine)") \
	X(store_memory,   BYTES,  "store-memory",    "SIZE",    NULL, "bound of the embedded engine's memory (default: a quarter of the machine, at least 512 MB)") \
	X(retention_days, NUMBER, "retention-days",  "N",       "30", "keep flows so many days after they were received")   \
	X(retention_disk, NUMBER, "retention-disk",  "PERCENT", "50", "share of the disk that the database may fill")        \
	X(local,          LIST,   "local",           "PREFIX",  NULL, "a further local network (private ones are local anyway); may be given several times") \
	X(idle_timeout,   NUMBER, "idle-timeout",    "SECONDS", "0",  "end a flow after so long without a packet; 0: by protocol") \
	X(ignore_vlan,    FLAG,   "ignore-vlan",     NULL,      NULL, "VLAN tags don't tell flows apart (mirror ports that tag one way)") \
	X(ui,             TEXT,   "ui",              "DIR",     NULL, "folder of the built page (default: beside the program)") \
	X(log_level,      TEXT,   "log-level",       "LEVEL",   "info", "error, warning, info or debug")

struct option_list {
	const char *item[OPTION_LIST_MAX];
	unsigned count;
};

#define OPTION_TYPE_TEXT   const char *
#define OPTION_TYPE_LIST   struct option_list
#define OPTION_TYPE_NUMBER uint64_t
#define OPTION_TYPE_BYTES  uint64_t
#define OPTION_TYPE_FLAG   bool

struct run_options {
#define X(member, kind, name, argument, fallback, help) OPTION_TYPE_##kind member;
	RUN_OPTIONS(X)
#undef X
	const char *const *files; /* what is left of argv */
	unsigned file_count;
};

/* Fill *o from argv (strings are borrowed). 0; 1 when --help was printed; WEIR_E(INVALID) with the reason in e. */
int options_parse(int argc, char **argv, struct run_options *o, struct errmsg *e);

#endif
