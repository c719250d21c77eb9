/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/program.h"
#include "store/engine_path.h"

#define START_TIMEOUT_MS 40000 /* it waits 15 s for a predecessor's lock */
#define STOP_TIMEOUT_MS  15000u
#define STATUS_FD        3

extern char **environ;

/* --- where things are --- */

static int find_program(const char *asked, struct process *p, struct errmsg *e)
{
	if (asked)
		snprintf(p->program, sizeof p->program, "%s", asked);
	else
		(void)program_path("weir-store", p->program, sizeof p->program);
	if (access(p->program, X_OK) == 0)
		return 0;
	return err_set(e, WEIR_E(UNAVAILABLE), "%s can't be run: %s; it belongs beside weir (or use --store none)",
		       p->program, strerror(errno));
}

int process_init(const struct process_options *o, struct process *ret_process, struct errmsg *e)
{
	struct process p = {.dir_fd = -1, .memory_bytes = o->memory_bytes};
	int err = find_program(o->store_program, &p, e);

	if (!err)
		err = engine_path_find(o->engine_path, p.library, sizeof p.library, e);
	if (err)
		return err;
	snprintf(p.dir, sizeof p.dir, "%s/engine", o->data_dir);
	if (mkdir(p.dir, 0700) != 0 && errno != EEXIST)
		return err_set(e, WEIR_E(IO), "can't make %s: %s", p.dir, strerror(errno));
	p.dir_fd = open(p.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (p.dir_fd < 0 || fchmod(p.dir_fd, 0700) != 0) {
		err = err_set(e, WEIR_E(IO), "can't use %s: %s", p.dir, strerror(errno));
		process_free(&p);
		return err;
	}
	*ret_process = p;
	return 0;
}

void process_server(const struct process *p, struct ch_server *ret_server)
{
	*ret_server = (struct ch_server){.base = "http://weir-store/", .database = "weir"};
	snprintf(ret_server->unix_path, sizeof ret_server->unix_path, "/proc/self/fd/%d/store.sock", p->dir_fd);
}

/* --- start --- */

static int spawn(struct process *p, int status_fd, struct errmsg *e)
{
	char memory[32], parent[32];
	char *argv[] = {p->program, (char[]){"--dir"},       p->dir,        (char[]){"--engine"},
			p->library, (char[]){"--memory"},    memory,        (char[]){"--parent"},
			parent,     (char[]){"--status-fd"}, (char[]){"3"}, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;

	snprintf(memory, sizeof memory, "%llu", (unsigned long long)p->memory_bytes);
	snprintf(parent, sizeof parent, "%ld", (long)getpid());
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&files, status_fd, STATUS_FD);
	posix_spawnattr_init(&attr);
	/* A process group of its own: Ctrl-C is for weir, which still has rows to hand over. */
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	int rc = posix_spawn(&p->pid, p->program, &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	if (rc == 0)
		return 0;
	p->pid = 0;
	return err_set(e, WEIR_E(UNAVAILABLE), "can't start %s: %s", p->program, strerror(rc));
}

/* One line: "R", or "E-2001 sentence". */
static int read_status(struct process *p, int fd, struct errmsg *e)
{
	uint64_t due = clock_monotonic_ns() + START_TIMEOUT_MS * NS_PER_MS;
	char line[600] = {0}, why[120];
	size_t n = 0;

	while (n < sizeof line - 1 && !memchr(line, '\n', n)) {
		uint64_t now = clock_monotonic_ns();
		struct pollfd ready = {.fd = fd, .events = POLLIN};
		if (now >= due || poll(&ready, 1, (int)((due - now) / NS_PER_MS) + 1) == 0)
			return err_set(e, WEIR_E(TIMEOUT), "the database engine did not start in %d s",
				       START_TIMEOUT_MS / 1000);
		ssize_t got = read(fd, line + n, sizeof line - 1 - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (line[0] == 'R')
		return 0;
	line[strcspn(line, "\n")] = '\0';
	char *sentence = strchr(line, ' ');
	if (line[0] == 'E' && sentence)
		return err_set(e, (int)strtol(line + 1, NULL, 10), "%s", sentence + 1);
	bool alive = process_alive(p, why);
	return err_set(e, WEIR_E(UNAVAILABLE), "the database engine did not start: %s",
		       alive ? "it closed its status" : why);
}

int process_start(struct process *p, struct errmsg *e)
{
	int ends[2], high;

	if (pipe2(ends, O_CLOEXEC) != 0)
		return err_set(e, WEIR_E(IO), "pipe: %s", strerror(errno));
	/* Not 3 itself: dup2 of a descriptor onto itself would leave it close-on-exec. */
	high = fcntl(ends[1], F_DUPFD_CLOEXEC, STATUS_FD + 1);
	close(ends[1]);
	int err = high < 0 ? WEIR_E(IO) : spawn(p, high, e);
	if (high >= 0)
		close(high);
	if (!err)
		err = read_status(p, ends[0], e);
	close(ends[0]);
	if (err)
		process_stop(p);
	return err;
}

/* --- life and end --- */

bool process_alive(struct process *p, char why[120])
{
	int status;

	why[0] = '\0';
	if (!p->pid) {
		snprintf(why, 120, "it is not running");
		return false;
	}
	pid_t r = waitpid(p->pid, &status, WNOHANG);
	if (r == 0)
		return true;
	if (r == p->pid && WIFSIGNALED(status))
		snprintf(why, 120, "it was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else if (r == p->pid)
		snprintf(why, 120, "it ended with status %d", WEXITSTATUS(status));
	else
		snprintf(why, 120, "it is gone");
	p->pid = 0;
	return false;
}

void process_stop(struct process *p)
{
	char why[120];

	if (p->pid && process_alive(p, why)) {
		kill(p->pid, SIGTERM);
		for (unsigned waited = 0; process_alive(p, why) && waited < STOP_TIMEOUT_MS; waited += 10)
			nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
	}
	if (p->pid) {
		kill(p->pid, SIGKILL);
		while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
			;
		p->pid = 0;
	}
}

void process_free(struct process *p)
{
	process_stop(p);
	if (p->dir_fd >= 0)
		close(p->dir_fd);
	p->dir_fd = -1;
}
