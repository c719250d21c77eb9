/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/log.h"

#define MAGIC    "WEIRSPL1"
#define HEAD_LEN 72u
#define PATH_LEN 1100

/* --- the file's form --- */

static uint64_t cursor_le64(struct cursor *c)
{
	uint64_t low = cursor_le32(c);
	return low | (uint64_t)cursor_le32(c) << 32;
}

static bool head_parse(struct cursor *c, struct spool_batch *b, uint64_t *ret_body, uint64_t *ret_checksum)
{
	char magic[8];

	cursor_copy(c, magic, sizeof magic);
	b->row_count = cursor_le32(c);
	b->columns_len = cursor_le32(c);
	b->received_ms = cursor_le64(c);
	*ret_body = cursor_le64(c);
	*ret_checksum = cursor_le64(c);
	cursor_copy(c, b->token, BATCH_TOKEN_LEN);
	b->token[BATCH_TOKEN_LEN] = '\0';
	return cursor_ok(c) && memcmp(magic, MAGIC, sizeof magic) == 0;
}

static uint64_t checksum_of(const struct spool_batch *b)
{
	return hash_stable(b->columns, b->columns_len) ^ hash_stable(b->rows, b->rows_len);
}

int spool_parse(const void *bytes, size_t len, struct spool_batch *ret_batch)
{
	struct cursor c = cursor_of(bytes, len);
	struct spool_batch b = {0};
	uint64_t body, checksum;

	if (!head_parse(&c, &b, &body, &checksum))
		return len < HEAD_LEN ? WEIR_E(TRUNCATED) : WEIR_E(CORRUPT);
	b.columns = (const char *)cursor_bytes(&c, b.columns_len);
	b.rows_len = body;
	b.rows = (const char *)cursor_bytes(&c, b.rows_len);
	if (!cursor_ok(&c))
		return WEIR_E(TRUNCATED);
	if (cursor_left(&c) || checksum != checksum_of(&b) || strspn(b.token, "0123456789abcdef") != BATCH_TOKEN_LEN)
		return WEIR_E(CORRUPT);
	*ret_batch = b;
	return 0;
}

static void put_le(uint8_t **p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		*(*p)++ = (uint8_t)(v >> (8 * i));
}

static void head_make(const struct spool_batch *b, uint8_t head[HEAD_LEN])
{
	uint8_t *p = head;
	memcpy(p, MAGIC, 8);
	p += 8;
	put_le(&p, b->row_count, 4);
	put_le(&p, b->columns_len, 4);
	put_le(&p, b->received_ms, 8);
	put_le(&p, b->rows_len, 8);
	put_le(&p, checksum_of(b), 8);
	memcpy(p, b->token, BATCH_TOKEN_LEN);
}

/* --- files --- */

static void path_of(const struct spool *s, uint64_t number, const char *ending, char out[PATH_LEN])
{
	snprintf(out, PATH_LEN, "%s/%012" PRIu64 "%s", s->dir, number, ending);
}

static void count_again(struct spool *s)
{
	uint64_t bytes = 0, rows = 0, oldest = 0;
	for (uint32_t i = s->first; i < s->count; i++) {
		const struct spool_file *f = &s->files[i];
		bytes += f->bytes;
		rows += f->row_count;
		if (f->received_ms && (!oldest || f->received_ms < oldest))
			oldest = f->received_ms;
	}
	atomic_store(&s->bytes, bytes);
	atomic_store(&s->rows, rows);
	atomic_store(&s->oldest_ms, oldest);
}

static int file_add(struct spool *s, const struct spool_file *f)
{
	if (s->count == s->room) {
		memmove(s->files, s->files + s->first, (s->count - s->first) * sizeof *s->files);
		s->count -= s->first;
		s->first = 0;
	}
	if (s->count == s->room) {
		uint32_t room = s->room ? s->room * 2 : 64;
		struct spool_file *files = realloc(s->files, room * sizeof *files);
		if (!files)
			return WEIR_E(NOMEM);
		s->files = files;
		s->room = room;
	}
	s->files[s->count++] = *f;
	count_again(s);
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const struct spool_file *x = a, *y = b;
	return x->number < y->number ? -1 : x->number > y->number;
}

/* What the file's head says, for the counters; the rest is read when its turn comes. */
static void file_look(const struct spool *s, struct spool_file *f)
{
	struct spool_batch b = {0};
	uint64_t body, checksum;
	uint8_t head[HEAD_LEN];
	char path[PATH_LEN];

	path_of(s, f->number, ".batch", path);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	struct stat st;
	if (fstat(fd, &st) == 0)
		f->bytes = (uint64_t)st.st_size;
	ssize_t n = read(fd, head, sizeof head);
	close(fd);
	struct cursor c = cursor_of(head, n > 0 ? (size_t)n : 0);
	if (head_parse(&c, &b, &body, &checksum)) {
		f->row_count = b.row_count;
		f->received_ms = b.received_ms;
	}
}

static int find_files(struct spool *s, struct errmsg *e)
{
	DIR *d = opendir(s->dir);
	const struct dirent *entry;
	int err = 0;

	if (!d)
		return err_set(e, WEIR_E(IO), "can't read %s: %s", s->dir, strerror(errno));
	while (!err && (entry = readdir(d))) {
		struct spool_file f = {0};
		char *end, path[PATH_LEN + 256];
		f.number = strtoull(entry->d_name, &end, 10);
		if (end == entry->d_name)
			continue;
		if (f.number >= s->next) /* numbers are never used again, not even those set aside */
			s->next = f.number + 1;
		if (strcmp(end, ".new") == 0) { /* its writer died: the batch was not promised to anyone */
			snprintf(path, sizeof path, "%s/%s", s->dir, entry->d_name);
			unlink(path);
		} else if (strcmp(end, ".batch") == 0) {
			file_look(s, &f);
			err = file_add(s, &f);
		} else {
			s->aside++;
		}
	}
	closedir(d);
	if (!err && s->count)
		qsort(s->files, s->count, sizeof *s->files, by_number);
	return err;
}

int spool_open(const char *data_dir, uint64_t cap, struct spool *ret_spool, struct errmsg *e)
{
	struct spool *s = ret_spool;

	*s = (struct spool){.cap = cap, .next = 1};
	snprintf(s->dir, sizeof s->dir, "%s/spool", data_dir);
	if (mkdir(s->dir, 0700) != 0 && errno != EEXIST)
		return err_set(e, WEIR_E(IO), "can't make %s: %s", s->dir, strerror(errno));
	return find_files(s, e);
}

void spool_close(struct spool *s)
{
	free(s->files);
	s->files = NULL;
	s->first = s->count = s->room = 0;
}

/* --- in --- */

static int write_parts(int fd, struct iovec *part, unsigned parts)
{
	while (parts) {
		ssize_t n = writev(fd, part, (int)parts);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		while (parts && (size_t)n >= part->iov_len) {
			n -= (ssize_t)part->iov_len;
			part++;
			parts--;
		}
		if (parts) {
			part->iov_base = (char *)part->iov_base + n;
			part->iov_len -= (size_t)n;
		}
	}
	return 0;
}

static void sync_dir(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0) {
		if (fsync(fd) != 0)
			log_debug("store", "fsync %s: %s", dir, strerror(errno));
		close(fd);
	}
}

static int write_file(struct spool *s, const struct spool_batch *b, uint64_t number, struct errmsg *e)
{
	char temp[PATH_LEN], final[PATH_LEN];
	uint8_t head[HEAD_LEN];
	struct iovec parts[] = {
		{head, sizeof head},
		{(void *)(uintptr_t)b->columns, b->columns_len},
		{(void *)(uintptr_t)b->rows, b->rows_len},
	};

	path_of(s, number, ".new", temp);
	path_of(s, number, ".batch", final);
	head_make(b, head);
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write_parts(fd, parts, 3) == 0 && fsync(fd) == 0;
	int why = errno;
	if (fd >= 0)
		close(fd);
	if (ok && rename(temp, final) != 0) {
		ok = false;
		why = errno;
	}
	if (ok) {
		sync_dir(s->dir);
		return 0;
	}
	unlink(temp);
	bool full = why == ENOSPC || why == EDQUOT;
	return err_set(e, full ? WEIR_E(FULL) : WEIR_E(IO), "can't write to the spool %s: %s%s", s->dir, strerror(why),
		       full ? "; free some disk space" : "");
}

int spool_put(struct spool *s, const struct spool_batch *b, struct errmsg *e)
{
	struct spool_file f = {.number = s->next,
			       .bytes = HEAD_LEN + b->columns_len + b->rows_len,
			       .received_ms = b->received_ms,
			       .row_count = b->row_count};

	if (atomic_load(&s->bytes) + f.bytes > s->cap)
		return err_set(e, WEIR_E(FULL), "the spool %s holds its limit of %" PRIu64 " MiB", s->dir,
			       s->cap >> 20);
	int err = write_file(s, b, f.number, e);
	if (err)
		return err;
	s->next++;
	return file_add(s, &f);
}

/* --- out --- */

static int read_file(const char *path, uint64_t bytes, struct text *hold)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? WEIR_E(NOTFOUND) : WEIR_E(IO);
	text_clear(hold);
	hold->cap = bytes + 2;
	char *room = text_room(hold, bytes);
	size_t n = 0;
	ssize_t got = 1;
	while (room && n < bytes && (got = read(fd, room + n, bytes - n)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		n += (size_t)got;
	}
	close(fd);
	if (!room)
		return WEIR_E(NOMEM);
	hold->len = n;
	return got < 0 ? WEIR_E(IO) : 0;
}

static void set_aside(struct spool *s, const char *ending)
{
	char path[PATH_LEN], aside[PATH_LEN];
	path_of(s, s->files[s->first].number, ".batch", path);
	path_of(s, s->files[s->first].number, ending, aside);
	if (s->aside >= SPOOL_ASIDE_MAX || rename(path, aside) != 0) {
		unlink(path);
		log_warning("store", "a spooled batch of %u rows is removed: enough of them are kept already",
			    s->files[s->first].row_count);
		return;
	}
	s->aside++;
	log_warning("store", "a spooled batch of %u rows is kept as %s", s->files[s->first].row_count, aside);
}

int spool_oldest(struct spool *s, struct text *hold, struct spool_batch *ret_batch, struct errmsg *e)
{
	char path[PATH_LEN];

	while (!spool_is_empty(s)) {
		const struct spool_file *f = &s->files[s->first];
		path_of(s, f->number, ".batch", path);
		int err = read_file(path, f->bytes, hold);
		if (err == WEIR_E(NOMEM) || err == WEIR_E(IO))
			return err_set(e, err, "can't read %s: %s", path, err_text(err));
		if (!err && spool_parse(hold->buf, hold->len, ret_batch) == 0)
			return 0;
		set_aside(s, ".damaged");
		atomic_fetch_add(&s->damaged, 1);
		s->first++;
		count_again(s);
	}
	return WEIR_E(NOTFOUND);
}

void spool_done(struct spool *s, bool aside)
{
	char path[PATH_LEN];

	if (spool_is_empty(s))
		return;
	if (aside) {
		set_aside(s, ".refused");
	} else {
		path_of(s, s->files[s->first].number, ".batch", path);
		unlink(path);
	}
	s->first++;
	count_again(s);
}
