/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Job threads: handlers may wait for an observer (milliseconds) or the database (seconds), so they run beside the server's epoll thread.
 * One queue, FIFO, bounded; SQL jobs may occupy all threads but one, so that the live page never waits for a long query.
 */
#include <stdlib.h>
#include <string.h>

#include "web/server.h"

#define JOB_THREADS 4
#define JOBS_MAX    256

struct web_jobs {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct web_request *head, **tail;
	unsigned queued, slow_running;
	bool stopping;
	unsigned threads;
	pthread_t thread[JOB_THREADS];
};

static bool is_slow(const struct web_request *r)
{
	return strncmp(r->route->path, "/sql", 4) == 0;
}

/* First job that may run now, unlinked; NULL when there is none. Lock held. */
static struct web_request *job_pick(struct web_jobs *j)
{
	for (struct web_request **at = &j->head; *at; at = &(*at)->next) {
		struct web_request *r = *at;
		if (is_slow(r) && j->slow_running >= JOB_THREADS - 1)
			continue;
		*at = r->next;
		if (!*at)
			j->tail = at;
		j->queued--;
		return r;
	}
	return NULL;
}

static void job_run(struct web_request *r)
{
	int err = session_authorise(r);
	if (!err)
		err = r->route->handler(r);
	if (err)
		request_fail(r, err);
	r->state = REQUEST_DONE;
	MHD_resume_connection(r->connection); /* r may be gone from here on */
}

static void *job_thread(void *arg)
{
	struct web_jobs *j = arg;

	pthread_mutex_lock(&j->lock);
	while (!j->stopping) {
		struct web_request *r = job_pick(j);
		if (!r) {
			pthread_cond_wait(&j->wake, &j->lock);
			continue;
		}
		bool slow = is_slow(r);
		j->slow_running += slow;
		pthread_mutex_unlock(&j->lock);
		job_run(r);
		pthread_mutex_lock(&j->lock);
		j->slow_running -= slow;
		if (slow)
			pthread_cond_signal(&j->wake);
	}
	pthread_mutex_unlock(&j->lock);
	return NULL;
}

int jobs_start(struct web *w, struct errmsg *e)
{
	struct web_jobs *j = calloc(1, sizeof *j);
	if (!j)
		return WEIR_E(NOMEM);
	w->jobs = j;
	pthread_mutex_init(&j->lock, NULL);
	pthread_cond_init(&j->wake, NULL);
	j->tail = &j->head;
	for (; j->threads < JOB_THREADS; j->threads++)
		if (pthread_create(&j->thread[j->threads], NULL, job_thread, j) != 0)
			return err_set(e, WEIR_E(NOMEM), "can't start the page's threads");
	return 0;
}

void jobs_stop(struct web *w)
{
	struct web_jobs *j = w->jobs;
	if (!j)
		return;
	pthread_mutex_lock(&j->lock);
	j->stopping = true;
	pthread_cond_broadcast(&j->wake);
	pthread_mutex_unlock(&j->lock);
	for (unsigned i = 0; i < j->threads; i++)
		pthread_join(j->thread[i], NULL);
	for (struct web_request *r = j->head, *next; r; r = next) {
		next = r->next;
		r->status = 503;
		err_set(&r->error, 0, "weir is stopping");
		request_fail(r, WEIR_E(UNAVAILABLE));
		r->state = REQUEST_DONE;
		MHD_resume_connection(r->connection);
	}
	pthread_mutex_destroy(&j->lock);
	pthread_cond_destroy(&j->wake);
	free(j);
	w->jobs = NULL;
}

bool jobs_put(struct web *w, struct web_request *r)
{
	struct web_jobs *j = w->jobs;
	bool ok = false;

	pthread_mutex_lock(&j->lock);
	if (j->queued < JOBS_MAX && !j->stopping) {
		r->next = NULL;
		*j->tail = r;
		j->tail = &r->next;
		j->queued++;
		ok = true;
		pthread_cond_signal(&j->wake);
	}
	pthread_mutex_unlock(&j->lock);
	return ok;
}
