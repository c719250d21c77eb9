/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "enrich/asn_ranges.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"

#define MAGIC    "WEIRASN1"
#define ENTRY4   16u
#define ENTRY6   40u
#define FILE_MAX ((off_t)1 << 31)

/* Numbers at places that asn_ranges_load() has checked. */
static uint32_t le32_at(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap32(v);
#endif
	return v;
}

/* Each entry after the one before, its end not before its start, its name inside the strings. */
static int check4(struct cursor c, uint32_t n, uint32_t strings_size, const char *what, struct errmsg *e)
{
	uint64_t next = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t start = cursor_le32(&c), end = cursor_le32(&c);
		cursor_skip(&c, 4);
		uint32_t name = cursor_le32(&c);
		if (start < next || end < start)
			return err_set(e, WEIR_E(CORRUPT), "%s is damaged: IPv4 range %u is out of order", what, i);
		if (name >= strings_size)
			return err_set(e, WEIR_E(CORRUPT), "%s is damaged: name of IPv4 range %u lies outside", what,
				       i);
		next = (uint64_t)end + 1;
	}
	return 0;
}

static int check6(struct cursor c, uint32_t n, uint32_t strings_size, const char *what, struct errmsg *e)
{
	const uint8_t *last = NULL;
	for (uint32_t i = 0; i < n; i++) {
		const uint8_t *start = cursor_bytes(&c, 16), *end = cursor_bytes(&c, 16);
		cursor_skip(&c, 4);
		uint32_t name = cursor_le32(&c);
		if (!start || !end || memcmp(end, start, 16) < 0 || (last && memcmp(start, last, 16) <= 0))
			return err_set(e, WEIR_E(CORRUPT), "%s is damaged: IPv6 range %u is out of order", what, i);
		if (name >= strings_size)
			return err_set(e, WEIR_E(CORRUPT), "%s is damaged: name of IPv6 range %u lies outside", what,
				       i);
		last = end;
	}
	return 0;
}

int asn_ranges_load(const void *data, size_t len, const char *what, struct asn_ranges *ret, struct errmsg *e)
{
	struct cursor c = cursor_of(data, len);
	const uint8_t *magic = cursor_bytes(&c, 8);
	uint32_t n4 = cursor_le32(&c), n6 = cursor_le32(&c);
	uint32_t strings_size = cursor_le32(&c);
	cursor_skip(&c, 4);
	if (!magic || memcmp(magic, MAGIC, 8) != 0)
		return err_set(e, WEIR_E(CORRUPT), "%s is no file of ASN ranges (no %s at its start)", what, MAGIC);
	if (!cursor_ok(&c))
		return err_set(e, WEIR_E(TRUNCATED), "%s is damaged: it ends within its header", what);
	uint64_t want = (uint64_t)n4 * ENTRY4 + (uint64_t)n6 * ENTRY6 + strings_size;
	if (want != cursor_left(&c))
		return err_set(e, WEIR_E(CORRUPT), "%s is damaged: its header announces %llu bytes, %zu are there",
			       what, (unsigned long long)want, cursor_left(&c));
	struct cursor c4 = cursor_sub(&c, (size_t)n4 * ENTRY4), c6 = cursor_sub(&c, (size_t)n6 * ENTRY6);
	const uint8_t *strings = cursor_bytes(&c, strings_size);
	if ((strings_size == 0 && n4 + n6 > 0) || (strings_size > 0 && strings[strings_size - 1] != 0))
		return err_set(e, WEIR_E(CORRUPT), "%s is damaged: its names don't end with a NUL", what);
	int rc = check4(c4, n4, strings_size, what, e);
	if (rc == 0)
		rc = check6(c6, n6, strings_size, what, e);
	if (rc < 0)
		return rc;
	*ret = (struct asn_ranges){
		.v4 = c4.start, .v6 = c6.start, .strings = (const char *)strings, .n4 = n4, .n6 = n6};
	return 0;
}

bool asn_ranges_is(const char *path)
{
	char head[8] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	ssize_t n = read(fd, head, sizeof(head));
	close(fd);
	return n == 8 && memcmp(head, MAGIC, 8) == 0;
}

int asn_ranges_open(const char *path, struct asn_ranges *ret, struct errmsg *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno == ENOENT ? WEIR_E(NOTFOUND) : WEIR_E(IO), "can't open %s: %s", path,
			       strerror(errno));
	struct stat st;
	void *map = MAP_FAILED;
	if (fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size <= FILE_MAX)
		map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (map == MAP_FAILED)
		return err_set(e, WEIR_E(CORRUPT), "can't map %s: it is empty, too large or no plain file", path);
	size_t len = (size_t)st.st_size;
	int rc = asn_ranges_load(map, len, path, ret, e);
	if (rc < 0) {
		munmap(map, len);
		return rc;
	}
	ret->map = map;
	ret->map_len = len;
	/* The check touched every page; let go of them, look-ups fetch the few that they need. */
	(void)madvise(map, len, MADV_DONTNEED);
	(void)madvise(map, len, MADV_RANDOM);
	return 0;
}

void asn_ranges_close(struct asn_ranges *r)
{
	if (r->map)
		munmap(r->map, r->map_len);
	*r = (struct asn_ranges){0};
}

/* The last entry whose start is not after the key; n when there is none. Sizes and keys differ, the search
 * doesn't. */
static uint32_t last_not_after(const uint8_t *base, uint32_t n, uint32_t size, const struct addr *a, bool v4)
{
	uint32_t lo = 0, hi = n, number = v4 ? addr_v4_number(a) : 0;
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		const uint8_t *p = base + (size_t)mid * size;
		bool after = v4 ? le32_at(p) > number : memcmp(p, a->b, 16) > 0;
		if (after)
			hi = mid;
		else
			lo = mid + 1;
	}
	return lo ? lo - 1 : n;
}

uint32_t asn_ranges_find(const struct asn_ranges *r, const struct addr *a, const char **ret_name)
{
	bool v4 = addr_is_v4(a);
	uint32_t n = v4 ? r->n4 : r->n6, size = v4 ? ENTRY4 : ENTRY6;
	const uint8_t *base = v4 ? r->v4 : r->v6;
	uint32_t at = last_not_after(base, n, size, a, v4);
	if (at >= n)
		return 0;
	const uint8_t *p = base + (size_t)at * size;
	bool inside = v4 ? addr_v4_number(a) <= le32_at(p + 4) : memcmp(a->b, p + 16, 16) <= 0;
	if (!inside)
		return 0;
	uint32_t asn = le32_at(p + size - 8);
	const char *name = r->strings + le32_at(p + size - 4);
	if (asn && *name)
		*ret_name = name;
	return asn;
}
