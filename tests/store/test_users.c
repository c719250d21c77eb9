/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Users and settings in SQLite. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "store/users.h"

static char dir[64];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/weir-users-XXXXXX");
	return mkdtemp(dir) ? 0 : -1;
}

static int teardown(void **state)
{
	char command[100];
	(void)state;
	snprintf(command, sizeof command, "rm -rf %s", dir);
	return system(command);
}

static struct users *open_users(char one_time[32])
{
	struct users *u = NULL;
	struct errmsg e = {{0}};
	int err = users_open(dir, &u, one_time, &e);
	if (err)
		print_message("%s\n", e.text);
	assert_int_equal(err, 0);
	return u;
}

/* Run SQL on the file behind the program's back. */
static void sql(const char *text)
{
	char path[100];
	sqlite3 *db;
	snprintf(path, sizeof path, "%s/settings.db", dir);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void first_start(void **state)
{
	char one_time[32], again[32], path[100];
	struct user user;
	struct stat st;
	(void)state;
	struct users *u = open_users(one_time);
	assert_int_equal(strlen(one_time), 20);
	assert_int_equal(users_check(u, "admin", one_time, &user), 0);
	assert_string_equal(user.role, "admin");
	assert_true(user.must_change_password);
	snprintf(path, sizeof path, "%s/settings.db", dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	users_close(u);
	u = open_users(again);
	assert_string_equal(again, "");
	assert_int_equal(users_check(u, "admin", one_time, &user), 0);
	assert_true(user.last_login_ns > 0);
	users_close(u);
	password_make(again);
	assert_string_not_equal(again, one_time);
}

static void passwords(void **state)
{
	char one_time[32];
	struct user user;
	struct errmsg e;
	(void)state;
	struct users *u = open_users(one_time);
	assert_int_equal(users_check(u, "admin", "wrong password", &user), WEIR_E(UNAUTH));
	assert_int_equal(users_check(u, "nobody", one_time, &user), WEIR_E(UNAUTH));
	assert_int_equal(users_check(u, "nobody", "nobody has this password", &user), WEIR_E(UNAUTH));
	assert_int_equal(users_check(u, "' OR 1=1 --", "x", &user), WEIR_E(UNAUTH));
	assert_int_equal(users_set_password(u, "admin", "short", false, &e), WEIR_E(INVALID));
	assert_int_equal(users_set_password(u, "nobody", "long enough 123", false, &e), WEIR_E(NOTFOUND));
	assert_int_equal(users_set_password(u, "admin", "long enough 123", false, &e), 0);
	assert_int_equal(users_check(u, "admin", one_time, &user), WEIR_E(UNAUTH));
	assert_int_equal(users_check(u, "admin", "long enough 123", &user), 0);
	assert_false(user.must_change_password);
	users_close(u);
}

/* A name that does not exist takes as long as a wrong password. */
static void same_time(void **state)
{
	char one_time[32];
	struct user user;
	uint64_t spent[2] = {0, 0};
	(void)state;
	struct users *u = open_users(one_time);
	for (unsigned i = 0; i < 10; i++) {
		uint64_t start = clock_thread_cpu_ns();
		users_check(u, i % 2 ? "admin" : "nobody", "wrong password", &user);
		spent[i % 2] += clock_thread_cpu_ns() - start;
	}
	assert_true(spent[0] * 2 > spent[1]);
	assert_true(spent[1] * 2 > spent[0]);
	users_close(u);
}

static void count_user(void *ctx, const struct user *user)
{
	char *names = ctx;
	strcat(names, user->name);
	strcat(names, " ");
}

static void several(void **state)
{
	char one_time[32], names[200] = "";
	struct user user;
	struct errmsg e;
	(void)state;
	struct users *u = open_users(one_time);
	assert_int_equal(users_add(u, "vera", "viewer", "long enough 123", false, &e), 0);
	assert_int_equal(users_add(u, "vera", "viewer", "long enough 123", false, &e), WEIR_E(EXISTS));
	assert_int_equal(users_add(u, "x", "king", "long enough 123", false, &e), WEIR_E(INVALID));
	assert_int_equal(users_add(u, "a b", "viewer", "long enough 123", false, &e), WEIR_E(INVALID));
	assert_int_equal(users_add(u, "", "viewer", "long enough 123", false, &e), WEIR_E(INVALID));
	assert_int_equal(users_find(u, "vera", &user), 0);
	assert_string_equal(user.role, "viewer");
	assert_int_equal(users_list(u, count_user, names), 0);
	assert_string_equal(names, "admin vera ");
	assert_int_equal(users_remove(u, "admin", &e), WEIR_E(DENIED));
	assert_int_equal(users_remove(u, "vera", &e), 0);
	assert_int_equal(users_remove(u, "vera", &e), WEIR_E(NOTFOUND));
	assert_int_equal(users_find(u, "vera", &user), WEIR_E(NOTFOUND));
	users_close(u);
}

static void settings(void **state)
{
	char one_time[32], value[16];
	struct errmsg e;
	(void)state;
	struct users *u = open_users(one_time);
	assert_int_equal(settings_get(u, "a", value, sizeof value), WEIR_E(NOTFOUND));
	assert_int_equal(settings_set(u, "a", "one", &e), 0);
	assert_int_equal(settings_set(u, "a", "two'; DROP", &e), 0);
	users_close(u);
	u = open_users(one_time);
	assert_int_equal(settings_get(u, "a", value, sizeof value), 0);
	assert_string_equal(value, "two'; DROP");
	assert_int_equal(settings_get(u, "a", value, 4), WEIR_E(TOOBIG));
	users_close(u);
}

static void newer_and_damaged(void **state)
{
	char one_time[32], path[100];
	struct users *u = open_users(one_time);
	struct errmsg e;
	(void)state;
	users_close(u);
	sql("PRAGMA user_version = 99");
	assert_int_equal(users_open(dir, &u, one_time, &e), WEIR_E(VERSION));
	assert_non_null(strstr(e.text, "newer"));
	snprintf(path, sizeof path, "%s/settings.db", dir);
	FILE *f = fopen(path, "r+");
	assert_non_null(f);
	fputs("this is no database at all, whatever its name says", f);
	fclose(f);
	assert_int_equal(users_open(dir, &u, one_time, &e), WEIR_E(CORRUPT));
	assert_non_null(strstr(e.text, "damaged"));
	assert_int_equal(users_open("/nonexistent", &u, one_time, &e), WEIR_E(IO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(first_start, setup, teardown),
		cmocka_unit_test_setup_teardown(passwords, setup, teardown),
		cmocka_unit_test_setup_teardown(same_time, setup, teardown),
		cmocka_unit_test_setup_teardown(several, setup, teardown),
		cmocka_unit_test_setup_teardown(settings, setup, teardown),
		cmocka_unit_test_setup_teardown(newer_and_damaged, setup, teardown),
	};
	return cmocka_run_group_tests_name("store/users", tests, NULL, NULL);
}
