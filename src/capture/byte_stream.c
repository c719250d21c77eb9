/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/byte_stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "capture/map_guard.h"

#define WINDOW_BYTES ((size_t)4 << 20)
#define WINDOW_MAX   ((size_t)64 << 20)
#define INPUT_BYTES  ((size_t)256 << 10)
#define DROP_BYTES   ((size_t)8 << 20) /* of a mapped file, when read */

enum packing { PLAIN, GZIP, ZSTD };

struct byte_stream {
	int fd;
	enum packing packing;
	/* mapped */
	uint8_t *map;
	size_t map_size, map_dropped; /* dropped: pages before it were given back */
	_Atomic bool cut;             /* the file became shorter than it was mapped */
	/* window */
	uint8_t *window;
	size_t size, hold, pos, end;
	uint64_t base; /* stream offset of window[0] */
	bool input_end, full, damaged;
	/* packed input */
	uint8_t *input;
	size_t input_at, input_len;
	uint64_t file_done, file_size;
	z_stream gz;
	ZSTD_DStream *zs;
	bool gz_open, frame_open;
};

/* --- opening --- */

static enum packing packing_of(const uint8_t *p, size_t n)
{
	if (n >= 2 && p[0] == 0x1f && p[1] == 0x8b) /* RFC 1952 2.3.1 */
		return GZIP;
	if (n >= 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0) /* RFC 8878 3.1.1 */
		return ZSTD;
	return PLAIN;
}

static int input_fill(struct byte_stream *s)
{
	ssize_t n;
	if (s->input_at < s->input_len)
		return 0;
	do
		n = read(s->fd, s->input, INPUT_BYTES);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		s->damaged = true;
	s->input_at = 0;
	s->input_len = n > 0 ? (size_t)n : 0;
	s->file_done += s->input_len;
	return n > 0 ? 0 : WEIR_E(NOTFOUND);
}

static int window_open(struct byte_stream *s)
{
	s->window = malloc(WINDOW_BYTES);
	s->input = malloc(INPUT_BYTES);
	s->size = WINDOW_BYTES;
	if (!s->window || !s->input)
		return WEIR_E(NOMEM);
	if (input_fill(s) != 0)
		return 0; /* empty input: the reader says so */
	s->packing = packing_of(s->input, s->input_len);
	if (s->packing == GZIP)
		s->gz_open = inflateInit2(&s->gz, 15 + 16) == Z_OK;
	if (s->packing == ZSTD)
		s->zs = ZSTD_createDStream();
	return (s->packing == GZIP && !s->gz_open) || (s->packing == ZSTD && !s->zs) ? WEIR_E(NOMEM) : 0;
}

/* Map a plain regular file; false: use the window. */
static bool map_open(struct byte_stream *s, const struct stat *st)
{
	uint8_t magic[4];
	if (!S_ISREG(st->st_mode) || st->st_size == 0 || pread(s->fd, magic, 4, 0) != 4 ||
	    packing_of(magic, 4) != PLAIN)
		return false;
	void *map = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_PRIVATE, s->fd, 0);
	if (map == MAP_FAILED)
		return false;
	if (!map_guard_add(map, (size_t)st->st_size, &s->cut)) {
		munmap(map, (size_t)st->st_size);
		return false;
	}
	madvise(map, (size_t)st->st_size, MADV_SEQUENTIAL);
	s->map = map;
	s->map_size = (size_t)st->st_size;
	return true;
}

int bytes_open(const char *path, struct byte_stream **ret, struct errmsg *e)
{
	struct stat st;
	struct byte_stream *s = calloc(1, sizeof *s);
	int err = 0;

	if (!s)
		return WEIR_E(NOMEM);
	s->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
	if (s->fd < 0 || fstat(s->fd, &st) != 0) {
		err = err_set(e, errno == ENOENT ? WEIR_E(NOTFOUND) : WEIR_E(IO), "can't read %s: %s", path,
			      strerror(errno));
	} else if (S_ISDIR(st.st_mode)) {
		err = err_set(e, WEIR_E(INVALID), "%s is a folder", path);
	} else {
		s->file_size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
		if (!map_open(s, &st))
			err = window_open(s);
	}
	if (err) {
		bytes_close(s);
		return err;
	}
	*ret = s;
	return 0;
}

void bytes_close(struct byte_stream *s)
{
	if (!s)
		return;
	if (s->map) {
		map_guard_remove(s->map);
		munmap(s->map, s->map_size);
	}
	if (s->gz_open)
		inflateEnd(&s->gz);
	ZSTD_freeDStream(s->zs);
	free(s->window);
	free(s->input);
	if (s->fd > STDIN_FILENO)
		close(s->fd);
	free(s);
}

/* --- filling the window --- */

/* The steps and fills return the bytes they added at window[end]; the fills set input_end when there will be no more. */

static size_t gzip_step(struct byte_stream *s, size_t room)
{
	s->gz.next_in = s->input + s->input_at;
	s->gz.avail_in = (uInt)(s->input_len - s->input_at);
	s->gz.next_out = s->window + s->end;
	s->gz.avail_out = (uInt)room;
	int result = inflate(&s->gz, Z_NO_FLUSH);
	s->frame_open = result != Z_STREAM_END;
	s->input_at = s->input_len - s->gz.avail_in;
	if (result == Z_STREAM_END)
		inflateReset(&s->gz); /* several members one after another (RFC 1952 2.2) */
	else if (result != Z_OK && result != Z_BUF_ERROR)
		s->damaged = s->input_end = true;
	return room - s->gz.avail_out;
}

static size_t zstd_step(struct byte_stream *s, size_t room)
{
	ZSTD_inBuffer in = {s->input, s->input_len, s->input_at};
	ZSTD_outBuffer out = {s->window + s->end, room, 0};
	size_t result = ZSTD_decompressStream(s->zs, &out, &in);
	s->input_at = in.pos;
	s->frame_open = result != 0;
	if (ZSTD_isError(result))
		s->damaged = s->input_end = true;
	return out.pos;
}

static size_t fill_plain(struct byte_stream *s, size_t room)
{
	if (input_fill(s) != 0) {
		s->input_end = true;
		return 0;
	}
	size_t n = s->input_len - s->input_at < room ? s->input_len - s->input_at : room;
	memcpy(s->window + s->end, s->input + s->input_at, n);
	s->input_at += n;
	return n;
}

/* The decompressors may hold output back after their last input: they are asked until they give nothing more. */
static size_t fill_packed(struct byte_stream *s, size_t room)
{
	bool more = input_fill(s) == 0;
	size_t n = !more && !s->frame_open ? 0 : s->packing == GZIP ? gzip_step(s, room) : zstd_step(s, room);

	if (!more && n == 0) {
		s->input_end = true;
		s->damaged = s->damaged || s->frame_open;
	}
	return n;
}

/* Nothing is held: move the rest to the front, and let the window grow when a single block is larger than it. */
static bool window_compact(struct byte_stream *s, size_t want)
{
	memmove(s->window, s->window + s->pos, s->end - s->pos);
	s->base += s->pos;
	s->end -= s->pos;
	s->pos = s->hold = 0;
	if (want <= s->size)
		return true;
	if (want > WINDOW_MAX)
		return false;
	uint8_t *larger = realloc(s->window, want + WINDOW_BYTES);
	if (!larger)
		return false;
	s->window = larger;
	s->size = want + WINDOW_BYTES;
	return true;
}

static void window_fill(struct byte_stream *s, size_t want)
{
	while (s->end - s->pos < want && !s->input_end) {
		if (s->pos + want > s->size) {
			if (s->hold != s->pos) {
				s->full = true;
				return;
			}
			if (!window_compact(s, want))
				return;
		}
		size_t room = s->size - s->end;
		s->end += s->packing == PLAIN ? fill_plain(s, room) : fill_packed(s, room);
	}
}

/* --- reading --- */

const uint8_t *bytes_peek(struct byte_stream *s, size_t n, size_t *ret_left)
{
	size_t limit = s->map ? s->map_size : s->end;
	if (!s->map && s->end - s->pos < n) {
		window_fill(s, n);
		limit = s->end;
	}
	*ret_left = limit - s->pos;
	if (*ret_left < n)
		return NULL;
	return (s->map ? s->map : s->window) + s->pos;
}

void bytes_skip(struct byte_stream *s, size_t n)
{
	s->pos += n;
}

void bytes_release(struct byte_stream *s)
{
	s->hold = s->pos;
	s->full = false;
	if (s->map && s->pos - s->map_dropped >= DROP_BYTES) {
		/* A file of any size takes a few megabytes of us; the system's page cache keeps what it likes. */
		size_t until = s->pos & ~(size_t)0xffff;
		madvise(s->map + s->map_dropped, until - s->map_dropped, MADV_DONTNEED);
		s->map_dropped = until;
	}
}

bool bytes_is_full(const struct byte_stream *s)
{
	return s->full;
}

bool bytes_is_cut(const struct byte_stream *s)
{
	return atomic_load_explicit(&s->cut, memory_order_relaxed);
}

void bytes_look_for_cut(struct byte_stream *s)
{
	struct stat st;
	if (s->map && fstat(s->fd, &st) == 0 && (uint64_t)st.st_size < s->map_size)
		atomic_store(&s->cut, true);
}

bool bytes_is_damaged(const struct byte_stream *s)
{
	return s->damaged;
}

uint64_t bytes_position(const struct byte_stream *s)
{
	return s->base + s->pos;
}

void bytes_progress(const struct byte_stream *s, uint64_t *ret_done, uint64_t *ret_total)
{
	*ret_done = s->map ? s->pos : s->file_done;
	*ret_total = s->file_size;
}
