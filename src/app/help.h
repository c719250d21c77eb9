/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How --help looks: the same for every command. */
#ifndef WEIR_APP_HELP_H
#define WEIR_APP_HELP_H

#include <stddef.h>
#include <stdio.h>

struct help_option {
	const char *name;     /* "format", without dashes */
	char letter;          /* short form; 0: none */
	const char *argument; /* "FORMAT"; NULL: takes none */
	const char *help;
	const char *fallback; /* named as the default; NULL: none */
};

/* Writes a line or more for each option, wrapped to 100 columns, and --help itself as the last. */
void help_options(FILE *out, const struct help_option *options, size_t count);

#endif
