/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Sessions: who is logged in. A random 256-bit token in a cookie (HttpOnly, SameSite=Strict); we keep only its hash. Bounded: at most 256 sessions, the oldest
 * goes. State-changing requests need the session's CSRF token in X-CSRF-Token. Log-in attempts are limited by address and by account:
 * after five failures each further one doubles the wait (OWASP ASVS 2.2.1).
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/clock.h"
#include "base/hash.h"
#include "web/json_out.h"
#include "web/server.h"

#define SESSIONS_MAX    256
#define SESSION_IDLE_NS (12ull * 3600 * NS_PER_S)
#define THROTTLES_MAX   1024
#define FREE_FAILURES   5
#define WAIT_MAX_S      900
#define COOKIE          "weir_session"

struct web_session {
	uint8_t token[32]; /* all zero: free */
	char csrf[33];
	char user[USER_NAME_MAX];
	uint64_t seen_ns; /* monotonic */
};

struct throttle {
	uint64_t key;
	uint64_t until_ns, last_ns;
	unsigned failures;
};

struct web_sessions {
	pthread_mutex_t lock;
	struct web_session session[SESSIONS_MAX];
	struct throttle throttle[THROTTLES_MAX];
};

static enum web_role role_of(const char *name)
{
	if (strcmp(name, "admin") == 0)
		return ROLE_ADMIN;
	return strcmp(name, "operator") == 0 ? ROLE_OPERATOR : ROLE_VIEWER;
}

static void random_hex(char *out, size_t bytes)
{
	uint8_t raw[32];
	if (getrandom(raw, bytes, 0) != (ssize_t)bytes)
		abort(); /* no randomness, no log-in: never fall back to something guessable */
	for (size_t i = 0; i < bytes; i++)
		snprintf(out + 2 * i, 3, "%02x", raw[i]);
}

int sessions_open(struct web *w, struct errmsg *e)
{
	(void)e;
	w->sessions = calloc(1, sizeof *w->sessions);
	if (!w->sessions)
		return WEIR_E(NOMEM);
	pthread_mutex_init(&w->sessions->lock, NULL);
	return 0;
}

void sessions_close(struct web *w)
{
	if (!w->sessions)
		return;
	pthread_mutex_destroy(&w->sessions->lock);
	free(w->sessions);
	w->sessions = NULL;
}

/* The token as kept: XXH3 would do against guessing 256 random bits, but a keyed 2 × 64-bit pair keeps a memory leak from handing out cookies. */
static void token_seal(const char *text, uint8_t out[32])
{
	char twice[72];
	uint64_t h;
	memset(out, 0, 32);
	for (int i = 0; i < 4; i++) {
		int n = snprintf(twice, sizeof twice, "%d%.64s", i, text);
		h = hash_bytes(twice, (size_t)n);
		memcpy(out + 8 * i, &h, 8);
	}
}

/* Session of a token, or NULL. Lock held. Compared in constant time. */
static struct web_session *session_find(struct web_sessions *s, const char *token)
{
	static const uint8_t zero[32];
	uint8_t sealed[32];
	uint64_t now = clock_monotonic_ns();

	if (strlen(token) != 64)
		return NULL;
	token_seal(token, sealed);
	for (int i = 0; i < SESSIONS_MAX; i++) {
		struct web_session *session = &s->session[i];
		unsigned diff = 0;
		for (int b = 0; b < 32; b++)
			diff |= (unsigned)(session->token[b] ^ sealed[b]);
		if (diff || memcmp(session->token, zero, 32) == 0)
			continue;
		if (now - session->seen_ns > SESSION_IDLE_NS) {
			memset(session, 0, sizeof *session);
			return NULL;
		}
		session->seen_ns = now;
		return session;
	}
	return NULL;
}

static bool csrf_ok(const struct web_request *r, const char *csrf)
{
	const char *sent = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, "X-CSRF-Token");
	unsigned diff = 0;
	if (strcmp(r->method, "GET") == 0)
		return true;
	if (!sent || strlen(sent) != 32)
		return false;
	for (int i = 0; i < 32; i++)
		diff |= (unsigned)(sent[i] ^ csrf[i]);
	return diff == 0;
}

/* Load the cookie's session into the request; leaves it anonymous when there is none. */
static void session_load(struct web_request *r)
{
	struct web_sessions *s = r->web->sessions;
	struct user user;
	const char *cookie = MHD_lookup_connection_value(r->connection, MHD_COOKIE_KIND, COOKIE);

	if (!cookie)
		return;
	pthread_mutex_lock(&s->lock);
	struct web_session *session = session_find(s, cookie);
	if (session) {
		snprintf(r->user, sizeof r->user, "%s", session->user);
		snprintf(r->csrf, sizeof r->csrf, "%s", session->csrf);
		snprintf(r->session_token, sizeof r->session_token, "%s", cookie);
	}
	pthread_mutex_unlock(&s->lock);
	if (!session)
		return;
	if (users_find(r->web->options.users, r->user, &user) != 0) {
		r->user[0] = '\0'; /* removed meanwhile */
		return;
	}
	r->role = role_of(user.role);
	r->must_change_password = user.must_change_password;
}

int session_authorise(struct web_request *r)
{
	if (r->is_control) {
		r->role = ROLE_ADMIN;
		snprintf(r->user, sizeof r->user, "%s", "control socket");
		return 0;
	}
	session_load(r);
	if (r->route->role == ROLE_NONE)
		return 0;
	if (r->role == ROLE_NONE)
		return err_set(&r->error, WEIR_E(UNAUTH), "log in first (POST /api/v1/session)");
	if (!csrf_ok(r, r->csrf))
		return err_set(&r->error, WEIR_E(DENIED),
			       "the header X-CSRF-Token is missing or wrong; take it from GET /api/v1/session");
	if (r->must_change_password && strncmp(r->route->path, "/session", 8) != 0)
		return err_set(&r->error, WEIR_E(DENIED), "choose a password of your own first");
	if (r->role < r->route->role)
		return err_set(&r->error, WEIR_E(DENIED), "this needs an administrator");
	return 0;
}

/* --- log-in --- */

static struct throttle *throttle_of(struct web_sessions *s, uint64_t key)
{
	struct throttle *oldest = &s->throttle[0];
	for (int i = 0; i < THROTTLES_MAX; i++) {
		if (s->throttle[i].key == key)
			return &s->throttle[i];
		if (s->throttle[i].last_ns < oldest->last_ns)
			oldest = &s->throttle[i];
	}
	*oldest = (struct throttle){.key = key};
	return oldest;
}

static uint64_t throttle_key(char kind, const char *what)
{
	char buf[160];
	int n = snprintf(buf, sizeof buf, "%c%s", kind, what);
	return hash_bytes(buf, (size_t)n) | 1;
}

/* Seconds to wait before another attempt is taken; 0: go ahead. */
static unsigned login_wait(struct web_sessions *s, const char *peer, const char *user)
{
	uint64_t now = clock_monotonic_ns(), until = 0;
	pthread_mutex_lock(&s->lock);
	struct throttle *by_peer = throttle_of(s, throttle_key('p', peer));
	until = by_peer->until_ns;
	by_peer->last_ns = now;
	struct throttle *by_user = throttle_of(s, throttle_key('u', user));
	by_user->last_ns = now;
	if (by_user->until_ns > until)
		until = by_user->until_ns;
	pthread_mutex_unlock(&s->lock);
	return until > now ? (unsigned)((until - now) / NS_PER_S) + 1 : 0;
}

static void login_record(struct web_sessions *s, const char *peer, const char *user, bool ok)
{
	uint64_t now = clock_monotonic_ns();
	uint64_t keys[2] = {throttle_key('p', peer), throttle_key('u', user)};

	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < 2; i++) {
		struct throttle *t = throttle_of(s, keys[i]);
		t->last_ns = now;
		if (ok) {
			t->failures = 0;
			t->until_ns = 0;
			continue;
		}
		if (++t->failures < FREE_FAILURES)
			continue;
		unsigned shift = t->failures - FREE_FAILURES < 10 ? t->failures - FREE_FAILURES : 10;
		uint64_t wait = 1ull << shift;
		t->until_ns = now + (wait > WAIT_MAX_S ? WAIT_MAX_S : wait) * NS_PER_S;
	}
	pthread_mutex_unlock(&s->lock);
}

static void session_make(struct web_request *r, const struct user *user)
{
	struct web_sessions *s = r->web->sessions;
	char token[65], csrf[33];
	struct web_session *slot = &s->session[0];

	random_hex(token, 32);
	random_hex(csrf, 16);
	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < SESSIONS_MAX; i++)
		if (s->session[i].seen_ns < slot->seen_ns)
			slot = &s->session[i];
	token_seal(token, slot->token);
	snprintf(slot->csrf, sizeof slot->csrf, "%s", csrf);
	snprintf(slot->user, sizeof slot->user, "%s", user->name);
	slot->seen_ns = clock_monotonic_ns();
	pthread_mutex_unlock(&s->lock);
	snprintf(r->user, sizeof r->user, "%s", user->name);
	snprintf(r->csrf, sizeof r->csrf, "%s", csrf);
	r->role = role_of(user->role);
	r->must_change_password = user->must_change_password;
	snprintf(r->set_cookie, sizeof r->set_cookie, COOKIE "=%s; Path=/; HttpOnly; SameSite=Strict%s", token,
		 r->web->options.tls_cert ? "; Secure" : "");
}

static void session_end(struct web_sessions *s, const char *user, const char *keep_token, const char *only_token)
{
	uint8_t keep[32] = {0}, only[32] = {0};
	if (keep_token)
		token_seal(keep_token, keep);
	if (only_token)
		token_seal(only_token, only);
	pthread_mutex_lock(&s->lock);
	for (int i = 0; i < SESSIONS_MAX; i++) {
		struct web_session *session = &s->session[i];
		bool hit = only_token ? memcmp(session->token, only, 32) == 0
				      : strcmp(session->user, user) == 0 &&
						(!keep_token || memcmp(session->token, keep, 32) != 0);
		if (hit)
			memset(session, 0, sizeof *session);
	}
	pthread_mutex_unlock(&s->lock);
}

static const char *role_name(enum web_role role)
{
	static const char *const names[] = {"none", "viewer", "operator", "admin"};
	return names[role];
}

int api_session_get(struct web_request *r)
{
	if (r->role == ROLE_NONE)
		return err_set(&r->error, WEIR_E(UNAUTH), "nobody is logged in");
	json_open(&r->out, '{');
	json_key_str(&r->out, "user", r->user);
	json_key_str(&r->out, "role", role_name(r->role));
	json_key_bool(&r->out, "must_change_password", r->must_change_password);
	json_key_str(&r->out, "csrf", r->csrf);
	json_key_str(&r->out, "version", r->web->options.version);
	json_close(&r->out, '}');
	return 0;
}

int api_session_post(struct web_request *r)
{
	struct web_sessions *s = r->web->sessions;
	struct user user;
	json_t *body = request_json(r);
	if (!body)
		return WEIR_E(INVALID);
	const char *name = json_string_member(body, "username"), *password = json_string_member(body, "password");
	int err = 0;

	if (!name || !password) {
		err = err_set(&r->error, WEIR_E(INVALID), "username and password are needed");
	} else if ((r->retry_after_s = login_wait(s, r->peer, name)) > 0) {
		err = err_set(&r->error, WEIR_E(RATELIMIT), "too many failed log-ins; wait %u s", r->retry_after_s);
	} else if ((err = users_check(r->web->options.users, name, password, &user)) != 0) {
		login_record(s, r->peer, name, false);
		if (err == WEIR_E(UNAUTH))
			err_set(&r->error, err, "wrong name or password");
	} else {
		login_record(s, r->peer, name, true);
		session_make(r, &user);
	}
	json_decref(body);
	return err ? err : api_session_get(r);
}

int api_session_delete(struct web_request *r)
{
	session_end(r->web->sessions, NULL, NULL, r->session_token);
	snprintf(r->set_cookie, sizeof r->set_cookie, COOKIE "=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
	text_puts(&r->out, "{\"ok\":true}");
	return 0;
}

int api_password_post(struct web_request *r)
{
	struct user user;
	json_t *body = request_json(r);
	if (!body)
		return WEIR_E(INVALID);
	const char *old = json_string_member(body, "old"), *new = json_string_member(body, "new");
	int err;

	if (!old || !new)
		err = err_set(&r->error, WEIR_E(INVALID), "old and new are needed");
	else if ((r->retry_after_s = login_wait(r->web->sessions, r->peer, r->user)) > 0)
		err = err_set(&r->error, WEIR_E(RATELIMIT), "too many failed attempts; wait %u s", r->retry_after_s);
	else if (users_check(r->web->options.users, r->user, old, &user) != 0) {
		login_record(r->web->sessions, r->peer, r->user, false);
		err = err_set(&r->error, WEIR_E(DENIED), "the old password is wrong");
	} else if (strcmp(old, new) == 0)
		err = err_set(&r->error, WEIR_E(INVALID), "the new password must differ from the old one");
	else
		err = users_set_password(r->web->options.users, r->user, new, false, &r->error);
	json_decref(body);
	if (err)
		return err;
	session_end(r->web->sessions, r->user, r->session_token, NULL);
	text_puts(&r->out, "{\"ok\":true}");
	return 0;
}
