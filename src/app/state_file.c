/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/state_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "model/model.h"

#define STATE_MAX ((size_t)512 << 20)

/* Interface and file names may hold slashes: they become underscores. */
static void state_path(const char *dir, const char *interface, const char *ending, char out[1024])
{
	char safe[128];
	snprintf(safe, sizeof safe, "%s", interface);
	for (char *p = safe; *p; p++)
		if (*p == '/' || *p == '.')
			*p = '_';
	snprintf(out, 1024, "%s/%s.hosts.jsonl%s", dir, safe, ending);
}

static int write_whole(int fd, const char *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		buf += n;
		len -= (size_t)n;
	}
	return 0;
}

int state_write(const char *dir, const char *interface, const struct text *content, struct errmsg *e)
{
	char temp[1024], final[1024];

	state_path(dir, interface, ".new", temp);
	state_path(dir, interface, "", final);
	if (content->failed)
		return err_set(e, WEIR_E(NOMEM), "no memory to save the state of %s", interface);
	int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return err_set(e, WEIR_E(IO), "can't write %s: %s", temp, strerror(errno));
	bool ok = write_whole(fd, text_str(content), content->len) == 0 && fsync(fd) == 0;
	int why = errno;
	close(fd);
	if (ok && rename(temp, final) == 0)
		return 0;
	if (ok)
		why = errno;
	unlink(temp);
	return err_set(e, why == ENOSPC ? WEIR_E(FULL) : WEIR_E(IO), "can't save %s: %s", final, strerror(why));
}

static int file_read(const char *path, struct text *out)
{
	char buf[65536];
	size_t n;
	FILE *f = fopen(path, "re");
	if (!f)
		return WEIR_E(NOTFOUND);
	out->cap = STATE_MAX;
	while ((n = fread(buf, 1, sizeof buf, f)) > 0)
		text_add(out, buf, n);
	bool bad = ferror(f) || out->failed;
	fclose(f);
	return bad ? WEIR_E(IO) : 0;
}

int state_restore(struct model *m, const char *dir, const char *interface, struct errmsg *e)
{
	char path[1024], aside[1024];
	struct text content = TEXT_INIT;

	state_path(dir, interface, "", path);
	int err = file_read(path, &content);
	if (!err)
		err = model_restore(m, text_str(&content), content.len, e);
	text_free(&content);
	if (err && err != WEIR_E(NOTFOUND)) {
		state_path(dir, interface, ".damaged", aside);
		rename(path, aside);
		log_warning("state", "%s could not be read (%s); it is kept as %s and weir starts without it", path,
			    e->text[0] ? e->text : err_text(err), aside);
	}
	return 0;
}
