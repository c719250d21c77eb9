/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app/options.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/help.h"
#include "base/text.h"

static const struct option_def {
	const char *name, *argument, *fallback, *help;
	enum option_kind kind;
	size_t offset;
} defs[] = {
#define X(member, kind, name, argument, fallback, help) \
	{name, argument, fallback, help, OPTION_##kind, offsetof(struct run_options, member)},
	RUN_OPTIONS(X)
#undef X
};
#define DEF_COUNT (sizeof defs / sizeof defs[0])

static void usage(void)
{
	struct help_option lines[DEF_COUNT];

	for (size_t i = 0; i < DEF_COUNT; i++)
		lines[i] = (struct help_option){.name = defs[i].name,
						.letter = i == 0 ? 'i' : '\0', /* interface */
						.argument = defs[i].argument,
						.help = defs[i].help,
						.fallback = defs[i].fallback};
	puts("Usage: weir run [OPTION]… [-i INTERFACE]… [FILE…]\n\n"
	     "Looks at live interfaces, or at capture files (pcap, pcapng; gzip, zstd; - for standard input;\n"
	     "folders), and serves the page that shows who talks to whom. Without interface and file: the\n"
	     "interface with the default route.\n");
	help_options(stdout, lines, DEF_COUNT);
}

static int number_parse(const struct option_def *d, const char *value, uint64_t *ret, struct errmsg *e)
{
	double v;
	enum unit_kind unit = d->kind == OPTION_BYTES ? UNIT_BYTES : UNIT_NONE;
	if (unit_parse(value, strlen(value), unit, &v) != 0 || v < 0 || v > 9e18)
		return err_set(e, WEIR_E(INVALID), "--%s %s: a %s is expected", d->name, value,
			       unit == UNIT_BYTES ? "size such as 2GiB" : "whole number");
	*ret = (uint64_t)v;
	return 0;
}

static int option_set(const struct option_def *d, const char *value, struct run_options *o, struct errmsg *e)
{
	void *at = (char *)o + d->offset;
	struct option_list *list = at;

	switch (d->kind) {
	case OPTION_TEXT:
		*(const char **)at = value;
		return 0;
	case OPTION_FLAG:
		*(bool *)at = true;
		return 0;
	case OPTION_LIST:
		if (list->count == OPTION_LIST_MAX)
			return err_set(e, WEIR_E(TOOBIG), "--%s: at most %d", d->name, OPTION_LIST_MAX);
		list->item[list->count++] = value;
		return 0;
	case OPTION_NUMBER:
	case OPTION_BYTES:
		return number_parse(d, value, at, e);
	}
	return WEIR_E(INTERNAL);
}

int options_parse(int argc, char **argv, struct run_options *o, struct errmsg *e)
{
	struct option longs[DEF_COUNT + 2] = {{0}};
	int c, index = 0, err = 0;

	memset(o, 0, sizeof *o);
	for (size_t i = 0; i < DEF_COUNT; i++) {
		longs[i] = (struct option){defs[i].name, defs[i].argument ? required_argument : no_argument, NULL, 256};
		if (defs[i].fallback && (err = option_set(&defs[i], defs[i].fallback, o, e)) != 0)
			return err;
	}
	longs[DEF_COUNT] = (struct option){"help", no_argument, NULL, 'h'};
	opterr = 0;
	while (!err && (c = getopt_long(argc, argv, "i:h", longs, &index)) != -1) {
		if (c == 'h') {
			usage();
			return 1;
		}
		if (c == 'i')
			err = option_set(&defs[0], optarg, o, e);
		else if (c == 256)
			err = option_set(&defs[index], optarg, o, e);
		else
			err = err_set(e, WEIR_E(INVALID),
				      "%s: unknown option, or its value is missing; `weir run --help` lists them",
				      argv[optind - 1]);
	}
	o->files = (const char *const *)(argv + optind);
	o->file_count = (unsigned)(argc - optind);
	return err;
}
