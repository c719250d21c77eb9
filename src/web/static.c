/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The built page. All files of ui/dist are read into memory once at start (it is small), with a gzip form and an ETag each; so no request can name a path outside. Unknown paths without a dot are the page's own
 * routes and get index.html. Files under /assets/ carry their hash in the name and are cached for ever.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/program.h"
#include "web/server.h"

#define FILES_MAX     512
#define FILE_SIZE_MAX (8u << 20)

struct page_file {
	char path[256]; /* "/assets/index-abc.js" */
	char etag[24];
	const char *type;
	struct text plain, gzip; /* gzip empty when it would not be smaller */
};

struct web_static {
	unsigned count;
	struct page_file file[FILES_MAX];
};

static const struct {
	const char *ending, *type;
} types[] = {
	{".html", "text/html; charset=utf-8"},
	{".js", "text/javascript; charset=utf-8"},
	{".css", "text/css; charset=utf-8"},
	{".svg", "image/svg+xml"},
	{".json", "application/json"},
	{".png", "image/png"},
	{".ico", "image/x-icon"},
	{".woff2", "font/woff2"},
	{".webmanifest", "application/manifest+json"},
};

static const char *type_of(const char *path)
{
	const char *dot = strrchr(path, '.');
	for (size_t i = 0; dot && i < sizeof types / sizeof types[0]; i++)
		if (strcmp(dot, types[i].ending) == 0)
			return types[i].type;
	return "application/octet-stream";
}

static void gzip_make(struct page_file *f)
{
	z_stream z = {0};
	if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY) != Z_OK)
		return;
	uLong bound = deflateBound(&z, f->plain.len);
	char *room = text_room(&f->gzip, bound);
	if (room) {
		z.next_in = (Bytef *)f->plain.buf;
		z.avail_in = (uInt)f->plain.len;
		z.next_out = (Bytef *)room;
		z.avail_out = (uInt)bound;
		if (deflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out < f->plain.len)
			f->gzip.len = z.total_out;
	}
	deflateEnd(&z);
}

static int file_load(struct web_static *s, const char *disk, const char *url)
{
	char buf[16384];
	size_t n;
	FILE *in = fopen(disk, "re");
	if (!in || s->count == FILES_MAX || strlen(url) >= sizeof s->file[0].path) {
		if (in)
			fclose(in);
		return WEIR_E(IO);
	}
	struct page_file *f = &s->file[s->count++];
	f->plain.cap = FILE_SIZE_MAX;
	while ((n = fread(buf, 1, sizeof buf, in)) > 0)
		text_add(&f->plain, buf, n);
	fclose(in);
	snprintf(f->path, sizeof f->path, "%s", url);
	f->type = type_of(url);
	snprintf(f->etag, sizeof f->etag, "\"%016llx\"",
		 (unsigned long long)hash_stable(text_str(&f->plain), f->plain.len));
	gzip_make(f);
	return 0;
}

static int folder_load(struct web_static *s, const char *disk, const char *url, unsigned depth)
{
	char sub_disk[1024], sub_url[512];
	struct dirent *entry;
	struct stat st;
	DIR *d = opendir(disk);
	if (!d)
		return WEIR_E(NOTFOUND);
	while ((entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(sub_disk, sizeof sub_disk, "%s/%s", disk, entry->d_name);
		snprintf(sub_url, sizeof sub_url, "%s/%s", url, entry->d_name);
		if (stat(sub_disk, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode) && depth < 4)
			folder_load(s, sub_disk, sub_url, depth + 1);
		else if (S_ISREG(st.st_mode))
			file_load(s, sub_disk, sub_url);
	}
	closedir(d);
	return 0;
}

/* ui/dist of the checkout this program was built in, or the installed folder. */
static int folder_find(char out[1024])
{
	static const char *const places[] = {"../ui/dist", "../share/weir/ui", "../../ui/dist"};
	for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
		if (program_path(places[i], out, 1024) == 0 && access(out, R_OK) == 0)
			return 0;
	return WEIR_E(NOTFOUND);
}

int static_open(struct web *w, struct errmsg *e)
{
	char dir[1024];
	(void)e;
	w->files = calloc(1, sizeof *w->files);
	if (!w->files)
		return WEIR_E(NOMEM);
	if (w->options.ui_dir)
		snprintf(dir, sizeof dir, "%s", w->options.ui_dir);
	else if (folder_find(dir) != 0)
		dir[0] = '\0';
	if (!dir[0] || folder_load(w->files, dir, "", 0) != 0 || w->files->count == 0)
		log_warning("web", "the page is not built (ui/dist): run `make`; the API works without it");
	return 0;
}

void static_close(struct web *w)
{
	if (!w->files)
		return;
	for (unsigned i = 0; i < w->files->count; i++) {
		text_free(&w->files->file[i].plain);
		text_free(&w->files->file[i].gzip);
	}
	free(w->files);
	w->files = NULL;
}

static const struct page_file *file_find(const struct web_static *s, const char *path)
{
	for (unsigned i = 0; i < s->count; i++)
		if (strcmp(s->file[i].path, path) == 0)
			return &s->file[i];
	return NULL;
}

static enum MHD_Result send_text(struct web_request *r, unsigned status, const char *text)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
									MHD_RESPMEM_PERSISTENT);
	if (!response)
		return MHD_NO;
	response_secure(response);
	MHD_add_response_header(response, "Content-Type", "text/plain; charset=utf-8");
	enum MHD_Result result = MHD_queue_response(r->connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static bool header_has(struct web_request *r, const char *name, const char *part)
{
	const char *value = MHD_lookup_connection_value(r->connection, MHD_HEADER_KIND, name);
	return value && strstr(value, part);
}

static enum MHD_Result send_file(struct web_request *r, const struct page_file *f)
{
	bool same = header_has(r, "If-None-Match", f->etag);
	bool gzip = f->gzip.len && header_has(r, "Accept-Encoding", "gzip");
	const struct text *body = gzip ? &f->gzip : &f->plain;
	struct MHD_Response *response = MHD_create_response_from_buffer(same ? 0 : body->len, body->buf,
									MHD_RESPMEM_PERSISTENT);
	if (!response)
		return MHD_NO;
	response_secure(response);
	MHD_add_response_header(response, "Content-Type", f->type);
	MHD_add_response_header(response, "ETag", f->etag);
	MHD_add_response_header(response, "Vary", "Accept-Encoding");
	MHD_add_response_header(response, "Cache-Control",
				strncmp(f->path, "/assets/", 8) == 0 ? "public, max-age=31536000, immutable"
								     : "no-cache");
	if (gzip)
		MHD_add_response_header(response, "Content-Encoding", "gzip");
	enum MHD_Result result = MHD_queue_response(r->connection, same ? 304 : 200, response);
	MHD_destroy_response(response);
	return result;
}

enum MHD_Result static_serve(struct web *w, struct web_request *r)
{
	const struct page_file *f;

	if (strcmp(r->path, "/healthz") == 0)
		return send_text(r, 200, "ok\n");
	if (strcmp(r->path, "/readyz") == 0)
		return send_text(r, 200, "ready\n");
	if (strcmp(r->method, "GET") != 0 && strcmp(r->method, "HEAD") != 0)
		return send_text(r, 405, "only GET\n");
	f = file_find(w->files, strcmp(r->path, "/") == 0 ? "/index.html" : r->path);
	if (!f && !strchr(r->path, '.'))
		f = file_find(w->files, "/index.html");
	if (!f)
		return w->files->count ? send_text(r, 404, "there is no such file\n")
				       : send_text(r, 503, "the page is not built; run `make` and start weir again\n");
	return send_file(r, f);
}
