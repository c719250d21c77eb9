/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The live stream (text/event-stream, WHATWG HTML 9.2): one a tab.
 *
 *   stream thread, each second:  for each stream whose last buffer was taken: build the next events ──► buffer ──► resume
 *   server thread:               copies the buffer to the socket; empty: suspend
 *
 * A slow client gets fewer updates: while its buffer is not empty nothing is built for it, so it never holds more than one tick. Lists send a snapshot
 * first, then the order of the page and only the rows that changed. A comment every 15 s keeps proxies from closing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "model/model.h"
#include "web/json_out.h"
#include "web/lists.h"
#include "web/server.h"
#include "web/stream_diff.h"

#define STREAMS_MAX    128
#define HEARTBEAT_NS   (15 * NS_PER_S)
#define SNAPSHOT_TICKS 60

enum topic { TOPIC_OVERVIEW = 1, TOPIC_SERIES = 2, TOPIC_FLOWS = 4, TOPIC_HOSTS = 8, TOPIC_HEALTH = 16 };

static const struct {
	const char *name;
	unsigned bit;
} topics[] = {
	{"overview", TOPIC_OVERVIEW}, {"series", TOPIC_SERIES}, {"flows", TOPIC_FLOWS},
	{"hosts", TOPIC_HOSTS},       {"health", TOPIC_HEALTH},
};

struct stream {
	struct web *web;
	struct MHD_Connection *connection;
	const struct web_interface *interface;
	unsigned topics;
	struct list_request flows, hosts;
	struct list_diff flows_diff, hosts_diff;
	uint64_t series_last, event_id, sent_ns, ticks;
	struct text buffer; /* being sent; guarded by the streams' lock */
	size_t sent;
	bool suspended, closed;
	struct text next; /* being built; the stream thread's alone */
	struct stream *link;
};

struct web_streams {
	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct stream *list;
	unsigned count;
	bool stopping, started;
	pthread_t thread;
};

static void stream_free(struct stream *s)
{
	list_request_free(&s->flows);
	list_request_free(&s->hosts);
	list_diff_free(&s->flows_diff);
	list_diff_free(&s->hosts_diff);
	text_free(&s->buffer);
	text_free(&s->next);
	free(s);
}

/* --- building a tick --- */

static void event_begin(struct stream *s, const char *name)
{
	text_printf(&s->next, "id: %llu\nevent: %s\ndata: ", (unsigned long long)++s->event_id, name);
}

static void event_end(struct stream *s)
{
	text_puts(&s->next, "\n\n");
}

static void list_event(struct stream *s, const char *name, struct list_request *l, struct list_diff *diff,
		       int (*frame)(struct text *, const struct web_interface *, const struct list_request *,
				    struct errmsg *))
{
	struct text whole = TEXT_INIT;
	struct errmsg e;
	if (frame(&whole, s->interface, l, &e) == 0 && !whole.failed) {
		size_t before = s->next.len;
		event_begin(s, name);
		if (list_diff_write(diff, &whole, &s->next, s->ticks % SNAPSHOT_TICKS == 0))
			event_end(s);
		else
			s->next.len = before;
	}
	text_free(&whole);
}

static void series_event(struct stream *s)
{
	size_t before = s->next.len;
	uint64_t last = s->series_last;
	event_begin(s, "series");
	text_puts(&s->next, "{\"points\":");
	int err = series_points(&s->next, s->interface, s->series_last, MODEL_SECONDS, &last);
	text_puts(&s->next, "}");
	event_end(s);
	if (err || last == s->series_last)
		s->next.len = before;
	s->series_last = last;
}

static void stream_build(struct stream *s)
{
	struct errmsg e;
	uint64_t now = clock_monotonic_ns();

	text_clear(&s->next);
	if (s->topics & TOPIC_OVERVIEW) {
		size_t before = s->next.len;
		event_begin(s, "overview");
		if (overview_object(&s->next, s->web, s->interface, &e) == 0)
			event_end(s);
		else
			s->next.len = before;
	}
	if (s->topics & TOPIC_SERIES)
		series_event(s);
	if (s->topics & TOPIC_FLOWS)
		list_event(s, "flows", &s->flows, &s->flows_diff, flows_frame);
	if (s->topics & TOPIC_HOSTS)
		list_event(s, "hosts", &s->hosts, &s->hosts_diff, hosts_frame);
	if ((s->topics & TOPIC_HEALTH) && s->ticks % 2 == 0) {
		event_begin(s, "health");
		health_object(&s->next, s->web);
		event_end(s);
	}
	if (s->next.len == 0 && now - s->sent_ns > HEARTBEAT_NS)
		text_puts(&s->next, ": hb\n\n");
	if (s->next.len)
		s->sent_ns = now;
	s->ticks++;
}

/* --- threads --- */

/* Put what was built into the stream's buffer and let the server send it. Lock held. */
static void stream_hand_over(struct stream *s)
{
	if (s->next.len == 0 || s->next.failed)
		return;
	struct text taken = s->buffer;
	s->buffer = s->next;
	s->next = taken;
	s->sent = 0;
	if (s->suspended) {
		s->suspended = false;
		MHD_resume_connection(s->connection);
	}
}

/* Remove closed streams. Lock held. */
static void streams_sweep(struct web_streams *all)
{
	for (struct stream **at = &all->list; *at;) {
		struct stream *s = *at;
		if (!s->closed) {
			at = &s->link;
			continue;
		}
		*at = s->link;
		all->count--;
		stream_free(s);
	}
}

/* Only this thread removes streams, so it may walk the list without the lock while it builds; new ones are put at the head. */
static void streams_tick(struct web_streams *all)
{
	pthread_mutex_lock(&all->lock);
	streams_sweep(all);
	struct stream *s = all->list;
	pthread_mutex_unlock(&all->lock);
	for (; s; s = s->link) {
		pthread_mutex_lock(&all->lock);
		bool ready = !s->closed && s->sent == s->buffer.len;
		pthread_mutex_unlock(&all->lock);
		if (!ready)
			continue;
		stream_build(s);
		pthread_mutex_lock(&all->lock);
		if (!s->closed)
			stream_hand_over(s);
		pthread_mutex_unlock(&all->lock);
	}
}

static void *streams_thread(void *arg)
{
	struct web_streams *all = arg;
	struct timespec at;

	pthread_mutex_lock(&all->lock);
	clock_gettime(CLOCK_MONOTONIC, &at);
	while (!all->stopping) {
		at.tv_sec++;
		while (!all->stopping && pthread_cond_timedwait(&all->wake, &all->lock, &at) == 0)
			;
		if (all->stopping)
			break;
		pthread_mutex_unlock(&all->lock);
		streams_tick(all);
		pthread_mutex_lock(&all->lock);
		struct timespec now;
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec > at.tv_sec)
			at = now; /* we are late: skip, don't catch up */
	}
	pthread_mutex_unlock(&all->lock);
	return NULL;
}

int streams_start(struct web *w, struct errmsg *e)
{
	pthread_condattr_t attr;
	struct web_streams *all = calloc(1, sizeof *all);
	if (!all)
		return WEIR_E(NOMEM);
	w->streams = all;
	pthread_mutex_init(&all->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&all->wake, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&all->thread, NULL, streams_thread, all) != 0)
		return err_set(e, WEIR_E(NOMEM), "can't start the stream thread");
	all->started = true;
	return 0;
}

/* Stops building and ends every stream; the structures go in streams_free() after the server has let go of its connections. */
void streams_stop(struct web *w)
{
	struct web_streams *all = w->streams;
	if (!all || !all->started)
		return;
	pthread_mutex_lock(&all->lock);
	all->stopping = true;
	pthread_cond_signal(&all->wake);
	pthread_mutex_unlock(&all->lock);
	pthread_join(all->thread, NULL);
	all->started = false;
	pthread_mutex_lock(&all->lock);
	for (struct stream *s = all->list; s; s = s->link) {
		if (s->suspended) {
			s->suspended = false;
			MHD_resume_connection(s->connection);
		}
	}
	pthread_mutex_unlock(&all->lock);
}

void streams_free(struct web *w)
{
	struct web_streams *all = w->streams;
	if (!all)
		return;
	for (struct stream *s = all->list, *next; s; s = next) {
		next = s->link;
		stream_free(s);
	}
	pthread_mutex_destroy(&all->lock);
	pthread_cond_destroy(&all->wake);
	free(all);
	w->streams = NULL;
}

unsigned web_stream_count(const struct web *w)
{
	unsigned n;
	pthread_mutex_lock(&w->streams->lock);
	n = w->streams->count;
	pthread_mutex_unlock(&w->streams->lock);
	return n;
}

/* --- the server's side --- */

static ssize_t stream_read(void *ctx, uint64_t pos, char *buf, size_t max)
{
	struct stream *s = ctx;
	struct web_streams *all = s->web->streams;
	ssize_t n = 0;
	(void)pos;

	pthread_mutex_lock(&all->lock);
	if (all->stopping) {
		n = MHD_CONTENT_READER_END_OF_STREAM;
	} else if (s->sent < s->buffer.len) {
		size_t left = s->buffer.len - s->sent;
		n = (ssize_t)(left < max ? left : max);
		memcpy(buf, s->buffer.buf + s->sent, (size_t)n);
		s->sent += (size_t)n;
	} else {
		s->suspended = true;
		MHD_suspend_connection(s->connection);
	}
	pthread_mutex_unlock(&all->lock);
	return n;
}

static void stream_closed(void *ctx)
{
	struct stream *s = ctx;
	struct web_streams *all = s->web->streams;
	pthread_mutex_lock(&all->lock);
	s->closed = true;
	pthread_mutex_unlock(&all->lock);
}

static unsigned topics_parse(const char *text)
{
	unsigned set = 0;
	for (size_t i = 0; text && i < sizeof topics / sizeof topics[0]; i++) {
		const char *at = strstr(text, topics[i].name);
		if (at)
			set |= topics[i].bit;
	}
	return text && *text ? set : TOPIC_OVERVIEW | TOPIC_SERIES;
}

/* Checks the subscription in a job thread, so that errors come as problems and not as a broken stream. The handler leaves the stream in r. */
int api_stream_get(struct web_request *r)
{
	const struct web_interface *i = request_interface(r);
	struct stream *s = i ? calloc(1, sizeof *s) : NULL;
	if (!s)
		return i ? WEIR_E(NOMEM) : WEIR_E(NOTFOUND);
	s->web = r->web;
	s->interface = i;
	s->topics = topics_parse(request_query(r, "topics"));
	s->sent_ns = clock_monotonic_ns();
	const char *flows = request_query(r, "flows"), *hosts = request_query(r, "hosts");
	int err = 0;
	if (s->topics & TOPIC_FLOWS)
		err = list_request_parse(r, flows ? flows : "", &flow_field_table, FLOW_DEFAULT_COLUMNS, "flow_id",
					 "-bits_per_s", &s->flows);
	if (!err && (s->topics & TOPIC_HOSTS))
		err = list_request_parse(r, hosts ? hosts : "", &host_field_table, HOST_DEFAULT_COLUMNS, "ip",
					 "-bits_per_s", &s->hosts);
	if (err) {
		stream_free(s);
		return err;
	}
	text_puts(&s->buffer, "retry: 2000\nevent: hello\ndata: ");
	json_open(&s->buffer, '{');
	json_key_str(&s->buffer, "interface", i->name);
	json_close(&s->buffer, '}');
	text_puts(&s->buffer, "\n\n");
	stream_build(s); /* the first picture comes at once, not after a second */
	text_add(&s->buffer, text_str(&s->next), s->next.len);
	r->stream = s;
	return 0;
}

enum MHD_Result stream_attach(struct web *w, struct web_request *r)
{
	struct stream *s = r->stream;
	struct web_streams *all = w->streams;

	r->stream = NULL;
	s->connection = r->connection;
	pthread_mutex_lock(&all->lock);
	bool full = all->count >= STREAMS_MAX;
	if (!full) {
		s->link = all->list;
		all->list = s;
		all->count++;
	}
	pthread_mutex_unlock(&all->lock);
	if (full) {
		stream_free(s);
		return MHD_NO;
	}
	struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 16384, stream_read, s,
									  stream_closed);
	if (!response) {
		stream_closed(s);
		return MHD_NO;
	}
	response_secure(response);
	MHD_add_response_header(response, "Content-Type", "text/event-stream; charset=utf-8");
	MHD_add_response_header(response, "Cache-Control", "no-store");
	MHD_add_response_header(response, "X-Accel-Buffering", "no");
	enum MHD_Result result = MHD_queue_response(r->connection, 200, response);
	MHD_destroy_response(response);
	return result;
}

void stream_abandon(struct stream *s)
{
	if (s)
		stream_free(s);
}
