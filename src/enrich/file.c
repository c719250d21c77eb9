/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "enrich/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int file_read(const char *path, size_t max, struct file_bytes *ret, struct errmsg *e)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(e, errno == ENOENT ? WEIR_E(NOTFOUND) : WEIR_E(IO), "can't open %s: %s", path,
			       strerror(errno));
	struct stat st;
	int rc = 0;
	struct file_bytes f = {"", 0};
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		rc = err_set(e, WEIR_E(INVALID), "%s is no plain file", path);
	else if ((uint64_t)st.st_size > max)
		rc = err_set(e, WEIR_E(TOOBIG), "%s has %lld bytes, more than the %zu allowed", path,
			     (long long)st.st_size, max);
	else if (st.st_size > 0) {
		void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
		if (map == MAP_FAILED)
			rc = err_set(e, WEIR_E(IO), "can't map %s: %s", path, strerror(errno));
		else
			f = (struct file_bytes){map, (size_t)st.st_size};
	}
	close(fd);
	if (rc == 0)
		*ret = f;
	return rc;
}

void file_release(struct file_bytes *f)
{
	if (f->len)
		munmap((void *)(uintptr_t)f->data, f->len);
	*f = (struct file_bytes){"", 0};
}

int file_path(char *out, size_t size, const char *dir, const char *name)
{
	int n = snprintf(out, size, "%s/%s", dir, name);
	return n < 0 || (size_t)n >= size ? WEIR_E(TOOBIG) : 0;
}
