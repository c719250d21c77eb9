/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions of one step: run a function on the observer's thread and wait for it. */
#ifndef WEIR_WEB_ASK_H
#define WEIR_WEB_ASK_H

#include "observer/observer.h"

struct ask_once {
	struct question question;
	void (*answer)(struct observer *o, void *ctx);
	void *ctx;
};

static inline bool ask_once_step(struct question *q, struct observer *o)
{
	struct ask_once *once = (struct ask_once *)(void *)q; /* question is its first member */
	once->answer(o, once->ctx);
	return true;
}

/* answer(o, ctx) runs on the observer's thread; at most some 100 µs of work. 0 or WEIR_E(UNAVAILABLE). */
static inline int ask_once(struct observer *o, void (*answer)(struct observer *o, void *ctx), void *ctx)
{
	struct ask_once once = {.question = {.step = ask_once_step}, .answer = answer, .ctx = ctx};
	return observer_ask(o, &once.question);
}

#endif
