/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/help.h"

#include <string.h>

#include "base/text.h"

#define WIDTH        100u
#define LEFT_LEAST   16u
#define LEFT_LONGEST 26u /* a longer head has a line of its own */

/* Columns, not bytes: continuation bytes of UTF-8 take none. */
static size_t columns(const char *s, size_t n)
{
	size_t c = 0;
	for (size_t i = 0; i < n; i++)
		c += ((unsigned char)s[i] & 0xc0) != 0x80;
	return c;
}

/* The option as typed; returns its width. */
static size_t head_make(const struct help_option *o, char *out, size_t size)
{
	int n = o->letter ? snprintf(out, size, "-%c, ", o->letter) : 0;
	n += snprintf(out + n, size - (size_t)n, "--%s%s%s", o->name, o->argument ? " " : "",
		      o->argument ? o->argument : "");
	return columns(out, (size_t)n);
}

/* The words of a text from column `left` on. */
static void wrap(FILE *out, const char *s, size_t left)
{
	size_t at = left;

	for (bool first = true; *s; first = false) {
		size_t n = strcspn(s, " "), wide = columns(s, n);
		if (!first && at + 1 + wide > WIDTH) {
			fprintf(out, "\n%*s", (int)left, "");
			at = left;
		} else if (!first) {
			fputc(' ', out);
			at++;
		}
		fwrite(s, 1, n, out);
		at += wide;
		s += n + (s[n] == ' ');
	}
	fputc('\n', out);
}

static void option_write(FILE *out, const struct help_option *o, size_t left)
{
	struct text help = TEXT_INIT;
	char head[64];
	size_t n = head_make(o, head, sizeof head);

	fprintf(out, "  %s", head);
	if (n + 4 > left)
		fprintf(out, "\n%*s", (int)left, "");
	else
		fprintf(out, "%*s", (int)(left - n - 2), "");
	text_puts(&help, o->help);
	if (o->fallback)
		text_printf(&help, " (default: %s)", o->fallback);
	wrap(out, text_str(&help), left);
	text_free(&help);
}

void help_options(FILE *out, const struct help_option *options, size_t count)
{
	static const struct help_option self = {.name = "help", .letter = 'h', .help = "print this help"};
	size_t left = LEFT_LEAST;
	char head[64];

	for (size_t i = 0; i < count; i++) {
		size_t n = head_make(&options[i], head, sizeof head) + 4;
		if (n > left && n <= LEFT_LONGEST)
			left = n;
	}
	for (size_t i = 0; i < count; i++)
		option_write(out, &options[i], left);
	option_write(out, &self, left);
}
