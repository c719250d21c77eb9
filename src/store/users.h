/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Users and settings, in SQLite (<data>/settings.db, mode 0600). Passwords are kept as argon2id hashes only (RFC 9106: 19 MiB, 2 passes, 1 lane).
 * Any thread (one connection behind a mutex).
 */
#ifndef WEIR_STORE_USERS_H
#define WEIR_STORE_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

#define USER_NAME_MAX 64
#define PASSWORD_MIN  12

struct users;

struct user {
	char name[USER_NAME_MAX];
	char role[16]; /* "admin", "operator", "viewer" */
	bool must_change_password;
	uint64_t created_ns, last_login_ns;
};

/* Opens or creates the database. When there is no user yet, makes "admin" with a one-time password, written to one_time (else one_time is ""). WEIR_E(VERSION) for a newer one. */
int users_open(const char *data_dir, struct users **ret, char one_time[32], struct errmsg *e);
void users_close(struct users *u);

/* 0 and *ret_user when the password is right; WEIR_E(UNAUTH) for a wrong name or password, in the same time for both. Records last_login. */
int users_check(struct users *u, const char *name, const char *password, struct user *ret_user);
/* must_change: the user has to set another at the next log-in. WEIR_E(INVALID) when shorter than PASSWORD_MIN. */
int users_set_password(struct users *u, const char *name, const char *password, bool must_change, struct errmsg *e);
int users_add(struct users *u, const char *name, const char *role, const char *password, bool must_change,
	      struct errmsg *e);
int users_remove(struct users *u, const char *name, struct errmsg *e);
int users_find(struct users *u, const char *name, struct user *ret_user);
int users_list(struct users *u, void (*each)(void *ctx, const struct user *user), void *ctx);

/* Settings by key; value copied to buf (NUL-terminated). WEIR_E(NOTFOUND) when unset. */
int settings_get(struct users *u, const char *key, char *buf, size_t size);
int settings_set(struct users *u, const char *key, const char *value, struct errmsg *e);

/* A fresh random password of 20 characters, no look-alikes. */
void password_make(char out[32]);

#endif
