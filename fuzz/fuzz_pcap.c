/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Any bytes as a capture file: pcap, pcapng, packed or not. Whatever comes, each view lies in readable memory, a file ends, an error has words; and the
 * same bytes give the same frames through a mapping, through the window of a pipe, and one at a time.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/capture.h"

#define FRAMES_MAX 200000u

struct sums {
	uint64_t frames, wire, bytes, errors;
};

static void check(bool good)
{
	if (!good)
		abort();
}

static struct sums read_all(const char *path, unsigned vector, const char *filter)
{
	struct packet_view views[CAPTURE_VECTOR];
	struct sums s = {0};
	struct capture *c;
	struct errmsg e = {{0}};
	int n = capture_open_files(&path, 1, filter, &c, &e);

	if (n != 0) {
		check(e.text[0] != '\0');
		s.errors = 1;
		return s;
	}
	while (s.frames < FRAMES_MAX && (n = capture_next(c, views, vector, 0, &e)) != WEIR_E(NOTFOUND)) {
		check(n != 0 && n <= (int)vector && (n > 0 || e.text[0]));
		s.errors += n < 0;
		for (int i = 0; i < n; i++) {
			check(views[i].wirelen >= views[i].caplen);
			s.frames++;
			s.wire += views[i].wirelen;
			for (uint32_t b = 0; b < views[i].caplen; b++)
				s.bytes = s.bytes * 31 + views[i].data[b];
		}
	}
	check(s.errors <= 1);
	capture_close(c);
	return s;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	int fd = memfd_create("fuzz", MFD_CLOEXEC), pair[2];

	if (fd < 0 || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	struct sums whole = read_all(path, CAPTURE_VECTOR, NULL), one = read_all(path, 1, NULL);
	check(memcmp(&whole, &one, sizeof one) == 0);
	check(read_all(path, CAPTURE_VECTOR, "ip or ip6 or arp").frames <= whole.frames);
	/* A pipe holds 64 KiB: what fits is read as from standard input. */
	if (size && size <= 60000 && whole.frames < FRAMES_MAX) {
		int saved = dup(STDIN_FILENO);
		check(pipe(pair) == 0 && write(pair[1], data, size) == (ssize_t)size);
		close(pair[1]);
		dup2(pair[0], STDIN_FILENO);
		close(pair[0]);
		struct sums piped = read_all("-", CAPTURE_VECTOR, NULL);
		check(memcmp(&whole, &piped, sizeof piped) == 0);
		if (saved >= 0) {
			dup2(saved, STDIN_FILENO);
			close(saved);
		}
	}
	close(fd);
	return 0;
}
