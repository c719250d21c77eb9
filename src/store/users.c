/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/users.h"

#include <argon2.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "base/clock.h"

#define SCHEMA_VERSION 1

/* RFC 9106 names 64 MiB for constrained machines; OWASP's minimum for interactive log-in is 19 MiB, 2 passes, 1 lane. */
#define ARGON_MEMORY_KIB 19456
#define ARGON_PASSES     2
#define ARGON_LANES      1
#define ARGON_SALT       16
#define ARGON_HASH       32
#define HASH_TEXT_MAX    128

struct users {
	sqlite3 *db;
	pthread_mutex_t lock;
	char decoy[HASH_TEXT_MAX]; /* checked for names that don't exist, so that time tells nothing */
};

static const char schema[] =
	"CREATE TABLE users (name TEXT PRIMARY KEY, role TEXT NOT NULL, hash TEXT NOT NULL,"
	" must_change INTEGER NOT NULL, created_ns INTEGER NOT NULL, last_login_ns INTEGER NOT NULL DEFAULT 0) STRICT;"
	"CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;"
	"PRAGMA user_version = 1;";

void password_make(char out[32])
{
	static const char set[] = "abcdefghijkmnpqrstuvwxyz23456789"; /* 32 of them: five bits each, no look-alikes */
	uint8_t raw[20];
	if (getrandom(raw, sizeof raw, 0) != (ssize_t)sizeof raw)
		abort(); /* never a guessable password */
	for (size_t i = 0; i < sizeof raw; i++)
		out[i] = set[raw[i] & 31];
	out[sizeof raw] = '\0';
}

static int hash_make(const char *password, char out[HASH_TEXT_MAX])
{
	uint8_t salt[ARGON_SALT];
	if (getrandom(salt, sizeof salt, 0) != (ssize_t)sizeof salt)
		abort();
	int r = argon2id_hash_encoded(ARGON_PASSES, ARGON_MEMORY_KIB, ARGON_LANES, password, strlen(password), salt,
				      sizeof salt, ARGON_HASH, out, HASH_TEXT_MAX);
	return r == ARGON2_OK ? 0 : WEIR_E(NOMEM);
}

/* --- statements: text parameters by position, then step --- */

static sqlite3_stmt *prepare(struct users *u, const char *sql, const char *const *texts)
{
	sqlite3_stmt *s = NULL;
	if (sqlite3_prepare_v2(u->db, sql, -1, &s, NULL) != SQLITE_OK)
		return NULL;
	for (int i = 0; texts && texts[i]; i++)
		sqlite3_bind_text(s, i + 1, texts[i], -1, SQLITE_TRANSIENT);
	return s;
}

/* Run a statement without result. *ret_changed: rows (may be NULL). */
static int run(struct users *u, const char *sql, const char *const *texts, int *ret_changed, struct errmsg *e)
{
	sqlite3_stmt *s = prepare(u, sql, texts);
	int r = s ? sqlite3_step(s) : SQLITE_ERROR;
	int err = 0;
	if (r == SQLITE_CONSTRAINT)
		err = WEIR_E(EXISTS);
	else if (r != SQLITE_DONE)
		err = err_set(e, r == SQLITE_FULL ? WEIR_E(FULL) : WEIR_E(IO), "the settings can't be written: %s",
			      sqlite3_errmsg(u->db));
	if (ret_changed)
		*ret_changed = sqlite3_changes(u->db);
	sqlite3_finalize(s);
	return err;
}

static void user_read(sqlite3_stmt *s, struct user *user)
{
	snprintf(user->name, sizeof user->name, "%s", (const char *)sqlite3_column_text(s, 0));
	snprintf(user->role, sizeof user->role, "%s", (const char *)sqlite3_column_text(s, 1));
	user->must_change_password = sqlite3_column_int(s, 2) != 0;
	user->created_ns = (uint64_t)sqlite3_column_int64(s, 3);
	user->last_login_ns = (uint64_t)sqlite3_column_int64(s, 4);
}

#define USER_COLUMNS "name, role, must_change, created_ns, last_login_ns"

/* --- opening --- */

static int64_t number(struct users *u, const char *sql)
{
	sqlite3_stmt *s = prepare(u, sql, NULL);
	int64_t v = s && sqlite3_step(s) == SQLITE_ROW ? sqlite3_column_int64(s, 0) : -1;
	sqlite3_finalize(s);
	return v;
}

static int database_open(struct users *u, const char *path, struct errmsg *e)
{
	mode_t old = umask(0077);
	int r = sqlite3_open_v2(path, &u->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX, NULL);
	umask(old);
	if (r != SQLITE_OK)
		return err_set(e, WEIR_E(IO), "can't open %s: %s", path, u->db ? sqlite3_errmsg(u->db) : "no memory");
	sqlite3_busy_timeout(u->db, 5000);
	if (sqlite3_exec(u->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON", NULL,
			 NULL, NULL) != SQLITE_OK)
		return err_set(e, WEIR_E(CORRUPT),
			       "%s is damaged (%s); restore it from a backup, or move it away to start anew", path,
			       sqlite3_errmsg(u->db));
	int64_t version = number(u, "PRAGMA user_version");
	if (version > SCHEMA_VERSION)
		return err_set(e, WEIR_E(VERSION),
			       "%s was made by a newer weir (version %lld, this one knows %d); upgrade weir", path,
			       (long long)version, SCHEMA_VERSION);
	if (version == 0 && sqlite3_exec(u->db, schema, NULL, NULL, NULL) != SQLITE_OK)
		return err_set(e, WEIR_E(IO), "can't write %s: %s", path, sqlite3_errmsg(u->db));
	return 0;
}

int users_open(const char *data_dir, struct users **ret, char one_time[32], struct errmsg *e)
{
	char path[1024];
	struct users *u = calloc(1, sizeof *u);

	if (!u)
		return WEIR_E(NOMEM);
	pthread_mutex_init(&u->lock, NULL);
	snprintf(path, sizeof path, "%s/settings.db", data_dir);
	one_time[0] = '\0';
	int err = database_open(u, path, e);
	if (!err)
		err = hash_make("nobody has this password", u->decoy);
	if (!err && number(u, "SELECT count(*) FROM users") == 0) {
		password_make(one_time);
		err = users_add(u, "admin", "admin", one_time, true, e);
	}
	if (err) {
		users_close(u);
		return err;
	}
	*ret = u;
	return 0;
}

void users_close(struct users *u)
{
	if (!u)
		return;
	sqlite3_close(u->db);
	pthread_mutex_destroy(&u->lock);
	free(u);
}

/* --- users --- */

static int find_locked(struct users *u, const char *name, struct user *ret_user, char hash[HASH_TEXT_MAX])
{
	sqlite3_stmt *s = prepare(u, "SELECT " USER_COLUMNS ", hash FROM users WHERE name = ?",
				  (const char *const[]){name, NULL});
	int err = WEIR_E(NOTFOUND);
	if (s && sqlite3_step(s) == SQLITE_ROW) {
		user_read(s, ret_user);
		if (hash)
			snprintf(hash, HASH_TEXT_MAX, "%s", (const char *)sqlite3_column_text(s, 5));
		err = 0;
	}
	sqlite3_finalize(s);
	return err;
}

int users_find(struct users *u, const char *name, struct user *ret_user)
{
	pthread_mutex_lock(&u->lock);
	int err = find_locked(u, name, ret_user, NULL);
	pthread_mutex_unlock(&u->lock);
	return err;
}

int users_check(struct users *u, const char *name, const char *password, struct user *ret_user)
{
	char hash[HASH_TEXT_MAX], now[24];
	struct user user;

	pthread_mutex_lock(&u->lock);
	bool known = find_locked(u, name, &user, hash) == 0;
	pthread_mutex_unlock(&u->lock);
	bool right = argon2id_verify(known ? hash : u->decoy, password, strlen(password)) == ARGON2_OK;
	if (!known || !right)
		return WEIR_E(UNAUTH);
	snprintf(now, sizeof now, "%llu", (unsigned long long)clock_real_ns());
	pthread_mutex_lock(&u->lock);
	run(u, "UPDATE users SET last_login_ns = CAST(? AS INTEGER) WHERE name = ?",
	    (const char *const[]){now, name, NULL}, NULL, NULL);
	pthread_mutex_unlock(&u->lock);
	*ret_user = user;
	return 0;
}

static int password_ok(const char *password, struct errmsg *e)
{
	size_t n = strlen(password);
	if (n < PASSWORD_MIN)
		return err_set(e, WEIR_E(INVALID), "a password needs at least %d characters", PASSWORD_MIN);
	return n > 256 ? err_set(e, WEIR_E(INVALID), "a password may have at most 256 characters") : 0;
}

int users_set_password(struct users *u, const char *name, const char *password, bool must_change, struct errmsg *e)
{
	char hash[HASH_TEXT_MAX];
	int changed = 0, err = password_ok(password, e);
	if (!err)
		err = hash_make(password, hash);
	if (err)
		return err;
	pthread_mutex_lock(&u->lock);
	err = run(u, "UPDATE users SET hash = ?, must_change = CAST(? AS INTEGER) WHERE name = ?",
		  (const char *const[]){hash, must_change ? "1" : "0", name, NULL}, &changed, e);
	pthread_mutex_unlock(&u->lock);
	return err ? err : changed ? 0 : err_set(e, WEIR_E(NOTFOUND), "there is no user %s", name);
}

static bool name_ok(const char *name)
{
	size_t n = strlen(name);
	if (n == 0 || n >= USER_NAME_MAX)
		return false;
	for (; *name; name++)
		if ((unsigned char)*name <= ' ' || *name == 0x7f || *name == '/')
			return false;
	return true;
}

int users_add(struct users *u, const char *name, const char *role, const char *password, bool must_change,
	      struct errmsg *e)
{
	char hash[HASH_TEXT_MAX], now[24];
	bool role_known = strcmp(role, "admin") == 0 || strcmp(role, "operator") == 0 || strcmp(role, "viewer") == 0;
	int err = password_ok(password, e);

	if (!name_ok(name))
		err = err_set(e, WEIR_E(INVALID), "a user name has 1 to %d characters, no blanks and no slash",
			      USER_NAME_MAX - 1);
	else if (!role_known)
		err = err_set(e, WEIR_E(INVALID), "there is no role %s: admin, operator or viewer", role);
	if (!err)
		err = hash_make(password, hash);
	if (err)
		return err;
	snprintf(now, sizeof now, "%llu", (unsigned long long)clock_real_ns());
	pthread_mutex_lock(&u->lock);
	err = run(
		u,
		"INSERT INTO users (name, role, hash, must_change, created_ns) VALUES (?, ?, ?, CAST(? AS INTEGER), CAST(? AS INTEGER))",
		(const char *const[]){name, role, hash, must_change ? "1" : "0", now, NULL}, NULL, e);
	pthread_mutex_unlock(&u->lock);
	return err == WEIR_E(EXISTS) ? err_set(e, err, "there is a user %s already", name) : err;
}

/* The last administrator can't be removed: nobody could then add another. */
int users_remove(struct users *u, const char *name, struct errmsg *e)
{
	int changed = 0;
	struct user user;
	pthread_mutex_lock(&u->lock);
	int err = find_locked(u, name, &user, NULL);
	if (err)
		err_set(e, err, "there is no user %s", name);
	else if (strcmp(user.role, "admin") == 0 && number(u, "SELECT count(*) FROM users WHERE role = 'admin'") == 1)
		err = err_set(e, WEIR_E(DENIED), "%s is the last administrator; add another first", name);
	else
		err = run(u, "DELETE FROM users WHERE name = ?", (const char *const[]){name, NULL}, &changed, e);
	pthread_mutex_unlock(&u->lock);
	return err;
}

int users_list(struct users *u, void (*each)(void *ctx, const struct user *user), void *ctx)
{
	pthread_mutex_lock(&u->lock);
	sqlite3_stmt *s = prepare(u, "SELECT " USER_COLUMNS " FROM users ORDER BY name", NULL);
	struct user user;
	while (s && sqlite3_step(s) == SQLITE_ROW) {
		user_read(s, &user);
		each(ctx, &user);
	}
	sqlite3_finalize(s);
	pthread_mutex_unlock(&u->lock);
	return 0;
}

/* --- settings --- */

int settings_get(struct users *u, const char *key, char *buf, size_t size)
{
	int err = WEIR_E(NOTFOUND);
	pthread_mutex_lock(&u->lock);
	sqlite3_stmt *s = prepare(u, "SELECT value FROM settings WHERE key = ?", (const char *const[]){key, NULL});
	if (s && sqlite3_step(s) == SQLITE_ROW) {
		int n = snprintf(buf, size, "%s", (const char *)sqlite3_column_text(s, 0));
		err = n >= 0 && (size_t)n < size ? 0 : WEIR_E(TOOBIG);
	}
	sqlite3_finalize(s);
	pthread_mutex_unlock(&u->lock);
	return err;
}

int settings_set(struct users *u, const char *key, const char *value, struct errmsg *e)
{
	pthread_mutex_lock(&u->lock);
	int err = run(
		u,
		"INSERT INTO settings (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		(const char *const[]){key, value, NULL}, NULL, e);
	pthread_mutex_unlock(&u->lock);
	return err;
}
