/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir-open: what it opens, whom it serves, what it answers to nonsense, and the words for a missing capability. Needs root; else skipped. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/if_packet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "capture/capture.h"
#include "capture/live_net.h"
#include "capture/open.h"

static bool permitted;
static char built[300] = WEIR_BUILD_ROOT "/weir-open", folder[200], copy[300];

#define NEED_ROOT()             \
	do {                    \
		(void)state;    \
		if (!permitted) \
			skip(); \
	} while (0)

/* --- it opens --- */

static void capture_through_it(void **state)
{
	struct weir_open *o = NULL;
	struct errmsg e = {{0}};
	struct packet_view views[CAPTURE_VECTOR];
	struct capture *c;
	uint8_t frame[FRAME_BYTES + 64];
	int n = 0;
	NEED_ROOT();
	assert_int_equal(weir_open_start(&o, &e), 0);
	assert_non_null(o);
	struct capture_live_options options = {
		.interface = "wtest0", .workers = 1, .ring_bytes = 1 << 20, .opener_fd = weir_open_fd(o)};
	if (capture_open_live(&options, &c, &e) != 0)
		fail_msg("%s", e.text);
	int sender = net_sender("wtest1");
	net_send(sender, frame, frame_make(frame, FRAME_V4, 1, false, 77));
	close(sender);
	for (int i = 0; i < 20 && n == 0; i++)
		n = capture_next(c, views, CAPTURE_VECTOR, 50, &e);
	assert_int_equal(n, 1);
	assert_int_equal(frame_id(views[0].data, views[0].caplen), 77);
	/* The interface goes and comes: the new socket comes from weir-open, too. */
	assert_true(net_ip("link del wtest0"));
	for (int i = 0; i < 100 && strcmp(capture_state(c), "gone"); i++)
		assert_int_equal(capture_next(c, views, CAPTURE_VECTOR, 20, &e), 0);
	net_pair_make();
	for (int i = 0; i < 100 && strcmp(capture_state(c), "up"); i++)
		assert_int_equal(capture_next(c, views, CAPTURE_VECTOR, 20, &e), 0);
	assert_string_equal(capture_state(c), "up");
	capture_close(c);
	options.interface = "nowhere";
	assert_int_equal(capture_open_live(&options, &c, &e), WEIR_E(NOTFOUND));
	weir_open_stop(o);
}

static void a_socket_hears_nothing_yet(void **state)
{
	struct weir_open *o;
	struct errmsg e;
	struct open_reply reply;
	uint8_t frame[FRAME_BYTES + 64];
	int fd;
	NEED_ROOT();
	assert_int_equal(weir_open_start(&o, &e), 0);
	assert_int_equal(open_capture_socket(weir_open_fd(o), "wtest0", &fd, &reply, &e), 0);
	int sender = net_sender("wtest1");
	net_send(sender, frame, frame_make(frame, FRAME_V4, 1, false, 77));
	close(sender);
	usleep(20000);
	assert_int_equal(recv(fd, frame, sizeof frame, MSG_DONTWAIT), -1);
	struct sockaddr_ll address;
	socklen_t n = sizeof address;
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &n), 0);
	assert_int_equal(address.sll_ifindex, reply.ifindex);
	assert_int_equal(reply.hardware, 1);
	close(fd);
	weir_open_stop(o);
}

/* --- it serves its parent only --- */

/* Runs weir-open with fd 3 as given (-1: none); its exit status. */
static int run_with(int fd, bool grandchild)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		if (grandchild && fork() != 0) {
			wait(&status);
			_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 99);
		}
		if (fd >= 0)
			dup2(fd, OPEN_FD);
		else
			close(OPEN_FD);
		close(STDERR_FILENO); /* its usage line */
		execl(built, "weir-open", (char *)NULL);
		_exit(98);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void it_serves_its_parent_only(void **state)
{
	int pair[2];
	NEED_ROOT();
	assert_int_equal(run_with(-1, false), 2);
	int file = dup(STDIN_FILENO); /* no socket at all */
	assert_int_equal(run_with(file, false), 2);
	close(file);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	assert_int_equal(run_with(pair[1], false), 2); /* another kind of socket */
	close(pair[0]);
	close(pair[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
	assert_int_equal(run_with(pair[1], true), 2); /* made by somebody else than its parent */
	close(pair[0]);
	assert_int_equal(run_with(pair[1], false), 0); /* ours, closed at once: it ends in peace */
	close(pair[1]);
}

static void nonsense_ends_it(void **state)
{
	struct weir_open *o;
	struct errmsg e;
	struct open_reply reply = {0};
	char junk[64] = "junk";
	NEED_ROOT();
	for (size_t n = 1; n < sizeof junk; n += 20) {
		assert_int_equal(weir_open_start(&o, &e), 0);
		assert_int_equal(send(weir_open_fd(o), junk, n, 0), n);
		assert_int_equal(recv(weir_open_fd(o), &reply, sizeof reply, 0), sizeof reply);
		assert_int_equal(reply.step, OPEN_STEP_REQUEST);
		assert_int_equal(recv(weir_open_fd(o), &reply, sizeof reply, 0), 0); /* it has ended */
		weir_open_stop(o);
	}
	/* A name that is not terminated, and ones that no interface can have. */
	static const char *const names[] = {"0123456789abcdef", "a/b", "a b", "..", "", "a:1"};
	assert_int_equal(weir_open_start(&o, &e), 0);
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		struct open_request request = {.magic = OPEN_MAGIC};
		memcpy(request.interface, names[i], strnlen(names[i], 16));
		assert_int_equal(send(weir_open_fd(o), &request, sizeof request, 0), sizeof request);
		assert_int_equal(recv(weir_open_fd(o), &reply, sizeof reply, 0), sizeof reply);
		assert_int_equal(reply.step, OPEN_STEP_NAME);
	}
	weir_open_stop(o);
}

/* What is left of root's privileges. */
static void it_keeps_one_capability(void **state)
{
	struct weir_open *o;
	struct errmsg e;
	struct open_reply reply;
	char path[64], line[200];
	int fd;
	struct {
		int fd;
		pid_t pid;
	} known;
	unsigned found = 0;
	NEED_ROOT();
	assert_int_equal(weir_open_start(&o, &e), 0);
	assert_int_equal(open_capture_socket(weir_open_fd(o), "wtest0", &fd, &reply, &e), 0); /* so it has begun */
	assert_int_equal(reply.missing_caps, 0);
	close(fd);
	memcpy(&known, o, sizeof known); /* open_client.c's struct weir_open */
	snprintf(path, sizeof path, "/proc/%d/status", (int)known.pid);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	while (fgets(line, sizeof line, f)) {
		unsigned long long caps;
		if (sscanf(line, "CapPrm: %llx", &caps) == 1 || sscanf(line, "CapEff: %llx", &caps) == 1) {
			assert_int_equal(caps, 1u << 13);
			found++;
		}
		if (sscanf(line, "CapBnd: %llx", &caps) == 1 || sscanf(line, "CapAmb: %llx", &caps) == 1 ||
		    sscanf(line, "CapInh: %llx", &caps) == 1)
			assert_int_equal(caps, 0);
		found += strncmp(line, "NoNewPrivs:\t1", 13) == 0;
	}
	fclose(f);
	assert_int_equal(found, 3);
	weir_open_stop(o);
}

/* --- an unprivileged weir --- */

/* As nobody: what capture_open_live() says. Exit status of the child: 0 opened, 1 DENIED, 2 anything else; its words in text. */
static int as_nobody(const char *opener, char text[480])
{
	int pair[2], status;
	assert_int_equal(pipe(pair), 0);
	pid_t pid = fork();
	if (pid == 0) {
		struct weir_open *o = NULL;
		struct capture *c;
		struct errmsg e = {{0}};
		setenv("WEIR_OPEN", opener, 1);
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(9);
		int err = weir_open_start(&o, &e);
		struct capture_live_options options = {.interface = "wtest0",
						       .workers = 2,
						       .ring_bytes = 1 << 20,
						       .opener_fd = o ? weir_open_fd(o) : -1};
		if (!err)
			err = capture_open_live(&options, &c, &e);
		(void)!write(pair[1], e.text, sizeof e.text);
		_exit(err == 0 ? 0 : err == WEIR_E(DENIED) ? 1 : 2);
	}
	close(pair[1]);
	memset(text, 0, 480);
	(void)!read(pair[0], text, 479);
	close(pair[0]);
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void without_privilege(void **state)
{
	char text[480], command[700];
	NEED_ROOT();
	assert_int_equal(as_nobody("/nonexistent/weir-open", text), 1);
	assert_non_null(strstr(text, "CAP_NET_RAW"));
	assert_int_equal(as_nobody(copy, text), 1);
	assert_non_null(strstr(text, "CAP_NET_RAW"));
	assert_non_null(strstr(text, "sudo setcap cap_net_raw=ep"));
	assert_non_null(strstr(text, copy));
	/* The command that it names, and then it works. */
	snprintf(command, sizeof command, "PATH=$PATH:/usr/sbin:/sbin setcap cap_net_raw=ep '%s' 2>/dev/null", copy);
	if (system(command) != 0)
		skip(); /* a file system without extended attributes */
	assert_int_equal(as_nobody(copy, text), 0);
}

static int clean(void **state)
{
	(void)state;
	unlink(copy);
	rmdir(folder);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(capture_through_it),        cmocka_unit_test(a_socket_hears_nothing_yet),
		cmocka_unit_test(it_serves_its_parent_only), cmocka_unit_test(nonsense_ends_it),
		cmocka_unit_test(it_keeps_one_capability),   cmocka_unit_test(without_privilege),
	};
	char command[700];
	signal(SIGPIPE, SIG_IGN);
	snprintf(folder, sizeof folder, "/tmp/weir-open-test-%d", (int)getpid());
	snprintf(copy, sizeof copy, "%s/weir-open", folder);
	(void)mkdir(folder, 0755);
	snprintf(command, sizeof command, "cp '%s' '%s' 2>/dev/null", built, copy);
	permitted = access(built, X_OK) == 0 && system(command) == 0 && net_enter();
	setenv("WEIR_OPEN", built, 1);
	return cmocka_run_group_tests_name("capture/open", tests, NULL, clean);
}
