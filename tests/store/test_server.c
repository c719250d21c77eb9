/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir-store's server and the ClickHouse client against each other, with a stand-in engine; and the server against rude peers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "fake_engine.h"
#include "store/client.h"
#include "store/engine/server.h"

static char dir[64];
static struct ch_server where, where_tcp;
static struct server_listener by_uid, by_key;

static int listen_tcp(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(fd, (struct sockaddr *)&a, sizeof a) != 0 || getsockname(fd, (struct sockaddr *)&a, &len) != 0)
		return -1;
	snprintf(where_tcp.base, sizeof where_tcp.base, "http://127.0.0.1:%u/", ntohs(a.sin_port));
	return fd;
}

static int group_setup(void **state)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	struct errmsg e;
	(void)state;
	strcpy(dir, "/tmp/weir-server-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(where.unix_path, sizeof where.unix_path, "%s/s", dir);
	strcpy(where.base, "http://weir-store/");
	strcpy(where.database, "weir");
	where_tcp = where;
	where_tcp.unix_path[0] = '\0';
	snprintf(a.sun_path, sizeof a.sun_path, "%s", where.unix_path);
	by_uid.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(by_uid.fd, (struct sockaddr *)&a, sizeof a) != 0)
		return -1;
	by_key = (struct server_listener){.fd = listen_tcp(), .key = "open sesame"};
	return server_listen(&by_uid, &e) | server_listen(&by_key, &e);
}

static int group_teardown(void **state)
{
	(void)state;
	unlink(where.unix_path);
	rmdir(dir);
	return 0;
}

static int ask(const struct ch_server *at, const struct ch_request *r, struct text *out, int *code, struct errmsg *e)
{
	struct ch_client *c;
	struct ch_failure failure = {0};
	assert_int_equal(ch_client_new(at, &c), 0);
	int err = ch_ask(c, r, out, &failure, e);
	if (code)
		*code = failure.code;
	ch_client_free(c);
	return err;
}

static void statement(void **state)
{
	char id[] = "id", value[] = "a&b=c %\xc3\xa4\\t'\"";
	struct sql_param item = {.value = value};
	struct sql_params params = {&item, 1};
	struct ch_request r = {.sql = "SELECT {id:String} -- 100% & more",
			       .params = &params,
			       .format = "JSON",
			       .query_id = "q 1",
			       .settings = {{"max_threads", "1"}, {"log_comment", "x=y&z"}}};
	struct text out = TEXT_INIT;
	struct errmsg e;
	(void)state;
	strcpy(item.name, id);
	assert_int_equal(ask(&where, &r, &out, NULL, &e), 0);
	assert_string_equal(text_str(&out), "sql=SELECT {id:String} -- 100% & more;db=weir;format=JSON;id=q 1;"
					    "max_threads=1;log_comment=x=y&z;{id}=a&b=c %\xc3\xa4\\t'\"");
	text_free(&out);
	r.no_database = true;
	assert_int_equal(ask(&where, &r, &out, NULL, &e), 0);
	assert_non_null(strstr(text_str(&out), ";db=-;"));
	text_free(&out);
}

static void rows(void **state)
{
	size_t n = 5u << 20;
	char *body = malloc(n), want[80];
	struct ch_request r = {.sql = "INSERT INTO flows (a) FORMAT RowBinary",
			       .rows = body,
			       .rows_len = n,
			       .settings = {{"insert_deduplication_token", "t"}}};
	struct text out = TEXT_INIT;
	struct errmsg e;
	(void)state;
	for (size_t i = 0; i < n; i++)
		body[i] = (char)(i * 2654435761u >> 13);
	assert_int_equal(ask(&where, &r, &out, NULL, &e), 0);
	snprintf(want, sizeof want, "rows %zu %" PRIx64, n, hash_stable(body, n));
	assert_string_equal(text_str(&out), want);
	text_free(&out);
	free(body);
}

static void errors(void **state)
{
	static const struct {
		const char *sql;
		int code, err;
	} cases[] = {
		{"ERROR 62", 62, WEIR_E(INVALID)},       {"ERROR 159", 159, WEIR_E(TIMEOUT)},
		{"ERROR 164", 164, WEIR_E(DENIED)},      {"ERROR 241", 241, WEIR_E(NOMEM)},
		{"ERROR 243", 243, WEIR_E(FULL)},        {"ERROR 396", 396, WEIR_E(TOOBIG)},
		{"ERROR 516", 516, WEIR_E(UNAVAILABLE)}, {"ERROR 12345", 12345, WEIR_E(INVALID)},
	};
	struct text out = TEXT_INIT;
	struct errmsg e;
	(void)state;
	text_puts(&out, "before");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct ch_request r = {.sql = cases[i].sql};
		int code;
		assert_int_equal(ask(&where, &r, &out, &code, &e), cases[i].err);
		assert_int_equal(code, cases[i].code);
		assert_string_equal(e.text, "as asked. (SOME_NAME)");
		assert_string_equal(text_str(&out), "before");
	}
	struct ch_request r = {.sql = "SELECT file('x')", .settings = {{"readonly", "1"}}};
	int code;
	assert_int_equal(ask(&where, &r, &out, &code, &e), WEIR_E(DENIED));
	assert_int_equal(code, 164);
	text_free(&out);
}

static void slow_and_big(void **state)
{
	struct ch_request r = {.sql = "SLEEP 600", .timeout_ms = 100};
	struct text out = {.cap = 1 << 20};
	struct errmsg e;
	(void)state;
	uint64_t start = clock_monotonic_ns();
	assert_int_equal(ask(&where, &r, &out, NULL, &e), WEIR_E(TIMEOUT));
	assert_true(clock_monotonic_ns() - start < 500 * NS_PER_MS);
	r = (struct ch_request){.sql = "BIG 1000"};
	assert_int_equal(ask(&where, &r, &out, NULL, &e), 0);
	assert_int_equal(out.len, 16000);
	r.sql = "BIG 100000";
	assert_int_equal(ask(&where, &r, &out, NULL, &e), WEIR_E(TOOBIG));
	text_free(&out);
}

static void nobody_there(void **state)
{
	struct ch_server other = where;
	struct ch_request r = {.sql = "SELECT 1"};
	struct errmsg e;
	int code;
	(void)state;
	strcat(other.unix_path, "-none");
	assert_int_equal(ask(&other, &r, NULL, &code, &e), WEIR_E(UNAVAILABLE));
	assert_int_equal(code, 0);
	assert_non_null(strstr(e.text, "does not answer"));
}

static void key(void **state)
{
	struct ch_request r = {.sql = "SELECT 1"};
	struct text out = TEXT_INIT;
	struct errmsg e;
	int code;
	(void)state;
	assert_int_equal(ask(&where_tcp, &r, &out, &code, &e), WEIR_E(UNAVAILABLE));
	assert_int_equal(code, 516);
	strcpy(where_tcp.password, "open sesam");
	assert_int_equal(ask(&where_tcp, &r, &out, &code, &e), WEIR_E(UNAVAILABLE));
	strcpy(where_tcp.password, "open sesame");
	strcpy(where_tcp.user, "me");
	assert_int_equal(ask(&where_tcp, &r, &out, &code, &e), 0);
	text_free(&out);
}

/* --- rude peers: a plain socket --- */

static int peer(void)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(a.sun_path, sizeof a.sun_path, "%s", where.unix_path);
	assert_int_equal(connect(fd, (struct sockaddr *)&a, sizeof a), 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

/* Everything until the server closes, or nothing comes for so long. */
static void hear(int fd, char *buf, size_t size, int wait_ms)
{
	size_t n = 0;
	struct pollfd p = {.fd = fd, .events = POLLIN};
	ssize_t got = 1;
	while (n < size - 1 && got > 0 && poll(&p, 1, wait_ms) == 1)
		if ((got = recv(fd, buf + n, size - 1 - n, 0)) > 0)
			n += (size_t)got;
	buf[n] = '\0';
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;
	for (; (text = strstr(text, what)); text++)
		n++;
	return n;
}

static void pieces_and_pipelines(void **state)
{
	static const char one[] = "POST /?query=A HTTP/1.1\r\nContent-Length: 2\r\n\r\nBC";
	char buf[8192];
	(void)state;
	int fd = peer();
	for (const char *p = one; *p; p++) {
		assert_int_equal(send(fd, p, 1, MSG_NOSIGNAL), 1);
		usleep(500);
	}
	hear(fd, buf, sizeof buf, 300);
	assert_non_null(strstr(buf, "sql=ABC;"));
	for (int i = 0; i < 5; i++)
		say(fd, one);
	say(fd, "GET /ping HTTP/1.1\r\nConnection: close\r\n\r\n");
	hear(fd, buf, sizeof buf, 2000);
	assert_int_equal(count(buf, "sql=ABC;"), 5);
	assert_int_equal(count(buf, "Ok."), 1);
	close(fd);
}

static void nonsense(void **state)
{
	static const struct {
		const char *text, *answer;
	} cases[] = {
		{"\r\n\r\n", "400"},
		{"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "501"},
		{"PUT / HTTP/1.1\r\n\r\n", "501"},
		{"POST / HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", "413"},
		{"POST /?query=INSERT+INTO+t+FORMAT+CSV HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n", "413"},
		{"GET /%%% HTTP/1.1\r\n\r\n", "400"},
	};
	char buf[4096];
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		int fd = peer();
		say(fd, cases[i].text);
		hear(fd, buf, sizeof buf, 2000);
		if (strncmp(buf, "HTTP/1.1 ", 9) != 0 || strncmp(buf + 9, cases[i].answer, 3) != 0)
			print_message("%s -> %s\n", cases[i].text, buf);
		assert_memory_equal(buf + 9, cases[i].answer, 3);
		close(fd);
	}
	/* leaves in the middle of its rows, then of its head */
	int fd = peer();
	say(fd, "POST /?query=INSERT+INTO+t+FORMAT+CSV HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc");
	close(fd);
	fd = peer();
	say(fd, "POST /?que");
	close(fd);
	fd = peer();
	say(fd, "GET /ping HTTP/1.0\r\n\r\n");
	hear(fd, buf, sizeof buf, 2000);
	assert_non_null(strstr(buf, "Ok."));
	close(fd);
}

static void many_connections(void **state)
{
	int fd[SERVER_CONNECTIONS_MAX + 8];
	unsigned refused = 0, served = 0;
	char buf[512];
	(void)state;
	for (size_t i = 0; i < sizeof fd / sizeof fd[0]; i++)
		fd[i] = peer();
	for (size_t i = 0; i < sizeof fd / sizeof fd[0]; i++) {
		(void)!send(fd[i], "GET /ping HTTP/1.1\r\n\r\n", 22, MSG_NOSIGNAL);
		hear(fd[i], buf, sizeof buf, 200);
		refused += strncmp(buf, "HTTP/1.1 503", 12) == 0;
		served += strncmp(buf, "HTTP/1.1 200", 12) == 0;
	}
	for (size_t i = 0; i < sizeof fd / sizeof fd[0]; i++)
		close(fd[i]);
	assert_int_equal(refused + served, sizeof fd / sizeof fd[0]);
	assert_in_range(refused, 8, 12); /* others of this test may not have left yet */
	usleep(100000);
	struct ch_request r = {.sql = "SELECT 1"};
	struct errmsg e;
	assert_int_equal(ask(&where, &r, NULL, NULL, &e), 0);
}

static void *sleeper(void *arg)
{
	struct ch_request r = {.sql = "SLEEP 300"};
	struct errmsg e;
	assert_int_equal(ask(&where, &r, NULL, NULL, &e), 0);
	return arg;
}

static void side_by_side(void **state)
{
	pthread_t t[6];
	(void)state;
	uint64_t start = clock_monotonic_ns();
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(pthread_create(&t[i], NULL, sleeper, NULL), 0);
	for (unsigned i = 0; i < 6; i++)
		pthread_join(t[i], NULL);
	assert_true(clock_monotonic_ns() - start < 1200 * NS_PER_MS);
	assert_true(atomic_load(&fake_engine_most) >= 4);
}

/* Another user gets through the file's mode here, and is refused by its uid. */
static void other_uid(void **state)
{
	char buf[512] = "";
	int status;
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(chmod(dir, 0777), 0);
	assert_int_equal(chmod(where.unix_path, 0777), 0);
	pid_t pid = fork();
	if (pid == 0) {
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(3);
		struct sockaddr_un a = {.sun_family = AF_UNIX};
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);
		snprintf(a.sun_path, sizeof a.sun_path, "%s", where.unix_path);
		if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
			_exit(4);
		ssize_t n = send(fd, "GET /ping HTTP/1.1\r\n\r\n", 22, MSG_NOSIGNAL);
		n = recv(fd, buf, sizeof buf - 1, MSG_WAITALL);
		_exit(n > 0 && strncmp(buf, "HTTP/1.1 403", 12) == 0 && strstr(buf, "another user") ? 0 : 5);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

/* Last: nothing is taken any more. */
static void stops(void **state)
{
	pthread_t t;
	(void)state;
	assert_int_equal(pthread_create(&t, NULL, sleeper, NULL), 0);
	usleep(100000);
	assert_false(server_stop(20)); /* it still sleeps */
	assert_true(server_stop(2000));
	pthread_join(t, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(statement),
		cmocka_unit_test(rows),
		cmocka_unit_test(errors),
		cmocka_unit_test(slow_and_big),
		cmocka_unit_test(nobody_there),
		cmocka_unit_test(key),
		cmocka_unit_test(pieces_and_pipelines),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(many_connections),
		cmocka_unit_test(side_by_side),
		cmocka_unit_test(other_uid),
		cmocka_unit_test(stops),
	};
	return cmocka_run_group_tests_name("store/server", tests, group_setup, group_teardown);
}
