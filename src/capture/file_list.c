/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "capture/file_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "capture/file_reader.h"

#define FILES_MAX 100000u

static int list_add(struct file_list *l, const char *path, uint64_t first_ns)
{
	if (l->count == FILES_MAX)
		return WEIR_E(TOOBIG);
	if (l->count == l->room) {
		unsigned room = l->room ? l->room * 2 : 16;
		void *more = realloc(l->file, room * sizeof *l->file);
		if (!more)
			return WEIR_E(NOMEM);
		l->file = more;
		l->room = room;
	}
	char *copy = strdup(path);
	if (!copy)
		return WEIR_E(NOMEM);
	l->file[l->count] = (struct listed_file){copy, first_ns, l->count};
	l->count++;
	return 0;
}

/* Time of a file's first frame; an error when it can't be opened as a capture. */
static int first_time(const char *path, uint64_t *ret_ns, struct errmsg *e)
{
	struct file_reader r;
	struct packet_view view;
	struct errmsg ignored;
	int err = file_reader_open(&r, path, path, e);
	if (err)
		return err;
	*ret_ns = r.format->next(&r.state, r.bytes, &view, &ignored) == 0 ? view.ts_ns : UINT64_MAX;
	file_reader_close(&r);
	return 0;
}

static int add_file(struct file_list *l, const char *path, struct errmsg *e)
{
	uint64_t first = 0; /* a pipe can't be looked into beforehand: it comes first */
	int err = strcmp(path, "-") == 0 ? 0 : first_time(path, &first, e);
	return err ? err : list_add(l, path, first);
}

static int add_folder(struct file_list *l, const char *path, struct errmsg *e)
{
	struct errmsg ignored;
	struct dirent *entry;
	char name[4096];
	unsigned before = l->count;
	int err = 0;
	DIR *d = opendir(path);

	if (!d)
		return err_set(e, WEIR_E(IO), "can't read %s: %s", path, strerror(errno));
	while (!err && (entry = readdir(d))) {
		struct stat st;
		if (entry->d_name[0] == '.' ||
		    snprintf(name, sizeof name, "%s/%s", path, entry->d_name) >= (int)sizeof name)
			continue;
		if (stat(name, &st) != 0 || !S_ISREG(st.st_mode))
			continue;
		err = add_file(l, name, &ignored);
		if (err == WEIR_E(NOMEM) || err == WEIR_E(TOOBIG))
			break;
		err = 0; /* no capture: left out */
	}
	closedir(d);
	if (!err && l->count == before)
		return err_set(e, WEIR_E(NOTFOUND), "there is no capture file in %s", path);
	return err;
}

static int by_time(const void *a, const void *b)
{
	const struct listed_file *x = a, *y = b;
	if (x->first_ns != y->first_ns)
		return x->first_ns < y->first_ns ? -1 : 1;
	return strcmp(x->path, y->path) ? strcmp(x->path, y->path) : x->number < y->number ? -1 : 1;
}

static void count_bytes(struct file_list *l)
{
	struct stat st;
	for (unsigned i = 0; i < l->count; i++) {
		if (stat(l->file[i].path, &st) != 0 || !S_ISREG(st.st_mode)) {
			l->total_bytes = 0;
			return;
		}
		l->total_bytes += (uint64_t)st.st_size;
	}
}

int file_list_make(struct file_list *l, const char *const *paths, unsigned count, struct errmsg *e)
{
	struct stat st;
	int err = 0;

	*l = (struct file_list){0};
	for (unsigned i = 0; !err && i < count; i++) {
		bool folder = strcmp(paths[i], "-") != 0 && stat(paths[i], &st) == 0 && S_ISDIR(st.st_mode);
		err = folder ? add_folder(l, paths[i], e) : add_file(l, paths[i], e);
	}
	if (err) {
		file_list_free(l);
		return err;
	}
	qsort(l->file, l->count, sizeof *l->file, by_time);
	count_bytes(l);
	return 0;
}

void file_list_free(struct file_list *l)
{
	for (unsigned i = 0; i < l->count; i++)
		free(l->file[i].path);
	free(l->file);
	*l = (struct file_list){0};
}
