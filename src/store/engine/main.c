/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * weir-store: ClickHouse's engine in a process of its own, behind a part of ClickHouse's HTTP (statement.h) on a
 * Unix socket. The only program that loads libchdb: a crash or a memory peak of the engine never touches capture.
 *
 *   weir-store --dir DIR --engine LIBCHDB [--memory BYTES] [--threads N] [--parent PID] [--status-fd N]
 *              [--listen 127.0.0.1:PORT --key-file FILE]
 *
 * DIR (mode 0700) holds lock, store.sock (mode 0600) and db/. When it serves it writes "R\n" to the status
 * descriptor, or "E" and a sentence when it can't. It dies with its parent; SIGTERM: it finishes what runs, closes
 * the engine, leaves.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "store/engine/engine.h"
#include "store/engine/sandbox.h"
#include "store/engine/server.h"

#define LOCK_WAIT_MS   15000u /* a predecessor may still be finishing */
#define FINISH_WAIT_MS 10000u
#define DESCRIPTORS    16384u

struct options {
	struct engine_options engine;
	const char *dir, *listen, *key_file;
	long parent;
	int status_fd;
};

static int options_read(int argc, char **argv, struct options *o, struct errmsg *e)
{
	static const struct option longs[] = {
		{"dir", 1, NULL, 'd'},     {"engine", 1, NULL, 'e'},   {"memory", 1, NULL, 'm'},
		{"threads", 1, NULL, 't'}, {"parent", 1, NULL, 'p'},   {"status-fd", 1, NULL, 's'},
		{"listen", 1, NULL, 'l'},  {"key-file", 1, NULL, 'k'}, {0},
	};
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	int c;

	*o = (struct options){.status_fd = -1, .engine = {.memory_bytes = 1ull << 30}};
	o->engine.threads = cores > 1 ? (unsigned)cores / 2 : 1;
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'd':
			o->dir = optarg;
			break;
		case 'e':
			o->engine.library = optarg;
			break;
		case 'm':
			o->engine.memory_bytes = strtoull(optarg, NULL, 10);
			break;
		case 't':
			o->engine.threads = (unsigned)strtoul(optarg, NULL, 10);
			break;
		case 'p':
			o->parent = strtol(optarg, NULL, 10);
			break;
		case 's':
			o->status_fd = (int)strtol(optarg, NULL, 10);
			break;
		case 'l':
			o->listen = optarg;
			break;
		case 'k':
			o->key_file = optarg;
			break;
		default:
			return err_set(e, WEIR_E(INVALID), "weir-store is started by weir; it has no use by hand");
		}
	}
	if (!o->dir || !o->engine.library || o->engine.library[0] != '/' || optind != argc)
		return err_set(e, WEIR_E(INVALID), "--dir and --engine (an absolute path) are needed");
	if (!o->listen != !o->key_file)
		return err_set(e, WEIR_E(INVALID), "--listen needs --key-file, and the other way round");
	return 0;
}

/* Nothing of weir's but the standard streams and the status descriptor; its signals blocked, for main waits for them. */
static int process_prepare(const struct options *o, struct errmsg *e)
{
	struct rlimit files = {DESCRIPTORS, DESCRIPTORS};
	sigset_t signals;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (o->parent && getppid() != o->parent)
		return err_set(e, WEIR_E(UNAVAILABLE), "the parent is gone");
	for (int fd = 3; fd < 1024; fd++)
		if (fd != o->status_fd)
			close(fd);
	if (o->status_fd >= 0)
		fcntl(o->status_fd, F_SETFD, FD_CLOEXEC);
	sigfillset(&signals);
	pthread_sigmask(SIG_SETMASK, &signals, NULL);
	setpriority(PRIO_PROCESS, 0, 10);
	umask(077);
	struct rlimit had;
	if (getrlimit(RLIMIT_NOFILE, &had) == 0 && had.rlim_max < files.rlim_max)
		files.rlim_cur = files.rlim_max = had.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	return 0;
}

/* One engine a folder. All paths below are relative to it, so that the socket's fits into a sockaddr_un. */
static int dir_enter(const struct options *o, struct errmsg *e)
{
	if (chdir(o->dir) != 0)
		return err_set(e, WEIR_E(IO), "can't enter %s: %s", o->dir, strerror(errno));
	int fd = open("lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, WEIR_E(IO), "can't write in %s: %s", o->dir, strerror(errno));
	for (unsigned waited = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; waited += 50) {
		if (waited >= LOCK_WAIT_MS)
			return err_set(e, WEIR_E(BUSY), "another engine has %s open; stop the other weir first",
				       o->dir);
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	}
	if (mkdir("db", 0700) != 0 && errno != EEXIST)
		return err_set(e, WEIR_E(IO), "can't make %s/db: %s", o->dir, strerror(errno));
	return 0; /* the lock is held until the process ends */
}

static int unix_socket(int *ret_fd, struct errmsg *e)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "store.sock"};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	unlink(a.sun_path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || chmod(a.sun_path, 0600) != 0)
		return err_set(e, WEIR_E(IO), "can't make store.sock: %s", strerror(errno));
	*ret_fd = fd;
	return 0;
}

static int tcp_socket(const char *where, int *ret_fd, struct errmsg *e)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	const char *colon = strrchr(where, ':');
	long port = colon ? strtol(colon + 1, NULL, 10) : 0;

	if (!colon || strncmp(where, "127.0.0.1:", 10) != 0 || port <= 0 || port > 65535)
		return err_set(e, WEIR_E(INVALID), "--listen takes 127.0.0.1:PORT only");
	a.sin_port = htons((uint16_t)port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, sizeof a) != 0)
		return err_set(e, WEIR_E(BUSY), "can't listen on %s: %s", where, strerror(errno));
	*ret_fd = fd;
	return 0;
}

static int key_read(const char *path, char key[128], struct errmsg *e)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(key, 128, f);
	if (f)
		fclose(f);
	if (!ok)
		return err_set(e, WEIR_E(IO), "can't read the key in %s", path);
	key[strcspn(key, "\r\n")] = '\0';
	return key[0] ? 0 : err_set(e, WEIR_E(INVALID), "the key in %s is empty", path);
}

static int begin(struct options *o, struct errmsg *e)
{
	static struct server_listener listeners[2];
	static char key[128];
	int err = process_prepare(o, e);

	if (!err && o->listen) {
		listeners[1].key = key;
		err = key_read(o->key_file, key, e);
	}
	if (!err)
		err = dir_enter(o, e);
	if (!err)
		err = unix_socket(&listeners[0].fd, e);
	if (!err && o->listen)
		err = tcp_socket(o->listen, &listeners[1].fd, e);
	if (!err)
		err = engine_load(&o->engine, e);
	if (!err && (err = sandbox_enter("db", o->engine.library, e)) > 0) {
		log_info("store", "this kernel has no Landlock: the engine runs without that fence");
		err = 0;
	}
	o->engine.data = "db";
	if (!err)
		err = engine_open(&o->engine, e);
	if (!err)
		err = server_listen(&listeners[0], e);
	if (!err && o->listen)
		err = server_listen(&listeners[1], e);
	return err;
}

static void tell(int fd, const char *text)
{
	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		log_warning("store", "nobody waits for our start");
	if (fd >= 0)
		close(fd);
}

static void wait_for_end(void)
{
	sigset_t signals;
	int s;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	while (sigwait(&signals, &s) != 0)
		;
}

int main(int argc, char **argv)
{
	struct errmsg e = {{0}};
	struct options o;
	char text[600];
	int err = options_read(argc, argv, &o, &e);

	if (!err)
		err = begin(&o, &e);
	if (err) {
		snprintf(text, sizeof text, "E%d %s\n", err, e.text);
		if (o.status_fd < 0)
			fprintf(stderr, "weir-store: %s\n", e.text);
		tell(o.status_fd, text);
		_exit(1);
	}
	tell(o.status_fd, "R\n");
	wait_for_end();
	if (server_stop(FINISH_WAIT_MS))
		engine_close();
	_exit(0);
}
