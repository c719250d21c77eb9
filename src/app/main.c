/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir: picks the verb. */
#include <stdio.h>
#include <string.h>

#include "app/app.h"

static const struct {
	const char *verb, *help;
	int (*run)(int argc, char **argv);
} commands[] = {
#define X(verb, help) {#verb, help, cmd_##verb},
	WEIR_COMMANDS(X)
#undef X
};

static void usage(FILE *out)
{
	fputs("Weir sees a network and says what is going on in it.\n\nUsage: weir COMMAND [OPTION]…\n\nCommands:\n",
	      out);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		fprintf(out, "  %-9s %s\n", commands[i].verb, commands[i].help);
	fputs("\n`weir COMMAND --help` tells the options of a command.\n", out);
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0 || strcmp(verb, "help") == 0) {
		usage(stdout);
		return 0;
	}
	if (strcmp(verb, "--version") == 0 || strcmp(verb, "-V") == 0)
		verb = "version";
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(verb, commands[i].verb) == 0)
			return commands[i].run(argc - 1, argv + 1);
	if (*verb)
		fprintf(stderr, "weir: there is no command “%s”\n\n", verb);
	usage(stderr);
	return 2;
}
