/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The bytes of one capture file: mapped when it is plain, else a window over what gzip, zstd or a pipe delivers.
 *
 *      window:   [ held by views │ read, not yet parsed │ room ]
 *                hold            pos                    end
 *
 * Pointers handed out stay valid until bytes_release(): the window never moves or overwrites what lies between hold and end.
 * One thread.
 */
#ifndef WEIR_CAPTURE_BYTE_STREAM_H
#define WEIR_CAPTURE_BYTE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct byte_stream;

/* path "-": standard input. gzip and zstd are recognised by their first bytes. */
int bytes_open(const char *path, struct byte_stream **ret, struct errmsg *e);
void bytes_close(struct byte_stream *s);

/* n bytes at the read position, which stays. NULL: *ret_left bytes are left before the end of the input; or the window is full of held
 * bytes (bytes_is_full()): release first. */
const uint8_t *bytes_peek(struct byte_stream *s, size_t n, size_t *ret_left);
/* Step over n bytes that were peeked. */
void bytes_skip(struct byte_stream *s, size_t n);
/* Nothing handed out so far is needed any more. */
void bytes_release(struct byte_stream *s);
bool bytes_is_full(const struct byte_stream *s);
/* The compressed data itself is damaged (set once the good part was delivered). */
bool bytes_is_damaged(const struct byte_stream *s);
/* Somebody cut the file short while it was read: what was parsed since may be zeros. */
bool bytes_is_cut(const struct byte_stream *s);
/* Called where zeros were read that are hardly a frame: the last page of a file that was cut ends in zeros and raises no signal. */
void bytes_look_for_cut(struct byte_stream *s);
/* Position in the (uncompressed) bytes, for messages; and progress in the file as it is on disk (total 0: a pipe). */
uint64_t bytes_position(const struct byte_stream *s);
void bytes_progress(const struct byte_stream *s, uint64_t *ret_done, uint64_t *ret_total);

#endif
