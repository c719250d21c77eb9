/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Questions and answers: a list under a lock, a bell (futex) that wakes a sleeping observer, and a futex
 * in each question that wakes who asked.
 *
 *      asker                         observer
 *        │ append under lock ──────►  (sees mail.any between two batches)
 *        │ ring the bell if asleep     step(), step(), … each ≤ 200 µs; turn about with the others
 *        │ wait on question.state ◄──  state = ANSWERED, wake
 *
 * After an answer the events get as much time as it took before the next one, when they have work.
 */
#include <linux/futex.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "observer/observer_internal.h"

enum { QUESTION_OPEN, QUESTION_ANSWERED, QUESTION_REFUSED };

static void futex_wait(_Atomic uint32_t *word, uint32_t value, const struct timespec *limit)
{
	(void)syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, limit, NULL, 0);
}

static void futex_wake(void *word)
{
	(void)syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int mailbox_init(struct mailbox *m)
{
	*m = (struct mailbox){0};
	return pthread_mutex_init(&m->lock, NULL) == 0 ? 0 : WEIR_E(NOMEM);
}

void mailbox_free(struct mailbox *m)
{
	pthread_mutex_destroy(&m->lock);
}

static void ring_bell(struct mailbox *m)
{
	atomic_fetch_add(&m->bell, 1);
	if (atomic_load(&m->asleep))
		futex_wake(&m->bell);
}

void mailbox_wake(struct mailbox *m)
{
	ring_bell(m);
}

void mailbox_sleep(struct mailbox *m, uint64_t ns)
{
	uint32_t heard = atomic_load(&m->bell);
	atomic_store(&m->asleep, true);
	if (!atomic_load(&m->any)) {
		struct timespec limit = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
		futex_wait(&m->bell, heard, &limit);
	}
	atomic_store(&m->asleep, false);
}

int observer_ask(struct observer *o, struct question *q)
{
	struct mailbox *m = &o->mail;
	q->next = NULL;
	atomic_store(&q->state, QUESTION_OPEN);
	pthread_mutex_lock(&m->lock);
	bool closed = m->closed || !o->started;
	if (!closed) {
		if (m->tail)
			m->tail->next = q;
		else
			m->head = q;
		m->tail = q;
		atomic_store(&m->any, true);
	}
	pthread_mutex_unlock(&m->lock);
	if (closed)
		return WEIR_E(UNAVAILABLE);
	ring_bell(m);
	int state;
	while ((state = atomic_load_explicit(&q->state, memory_order_acquire)) == QUESTION_OPEN)
		futex_wait((_Atomic uint32_t *)&q->state, QUESTION_OPEN, NULL);
	return state == QUESTION_ANSWERED ? 0 : WEIR_E(UNAVAILABLE);
}

static struct question *question_pop(struct mailbox *m)
{
	pthread_mutex_lock(&m->lock);
	struct question *q = m->head;
	if (q) {
		m->head = q->next;
		if (!m->head)
			m->tail = NULL;
	}
	atomic_store(&m->any, m->head != NULL);
	pthread_mutex_unlock(&m->lock);
	return q;
}

/* Not done yet: to the end of the line. */
static void question_put_back(struct mailbox *m, struct question *q)
{
	pthread_mutex_lock(&m->lock);
	q->next = NULL;
	if (m->tail)
		m->tail->next = q;
	else
		m->head = q;
	m->tail = q;
	atomic_store(&m->any, true);
	pthread_mutex_unlock(&m->lock);
}

/* The question lies on the asker's stack: after the store it may be gone, so only its address is used to
 * wake. */
static void question_close(struct question *q, int state)
{
	_Atomic int *word = &q->state;
	atomic_store_explicit(word, state, memory_order_release);
	futex_wake(word);
}

bool questions_step(struct observer *o)
{
	if (!atomic_load_explicit(&o->mail.any, memory_order_acquire))
		return false;
	struct question *q = question_pop(&o->mail);
	if (!q)
		return false;
	uint64_t began = clock_monotonic_ns();
	bool done = q->step(q, o);
	o->question_debt_ns = clock_monotonic_ns() - began;
	if (done) {
		atomic_fetch_add_explicit(&o->published.questions, 1, memory_order_relaxed);
		question_close(q, QUESTION_ANSWERED);
	} else {
		question_put_back(&o->mail, q);
	}
	return true;
}

void questions_close(struct observer *o)
{
	pthread_mutex_lock(&o->mail.lock);
	o->mail.closed = true;
	struct question *q = o->mail.head, *next;
	o->mail.head = o->mail.tail = NULL;
	atomic_store(&o->mail.any, false);
	pthread_mutex_unlock(&o->mail.lock);
	for (; q; q = next) {
		next = q->next;
		question_close(q, QUESTION_REFUSED);
	}
}
