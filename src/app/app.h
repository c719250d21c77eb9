/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The subcommands of weir: one table, one function each (src/app/<name>.c), called by main with argv[0] being the subcommand's
 * own name. Each prints its --help, and returns the exit status: 0 fine, 1 it failed, 2 it was asked wrongly.
 */
#ifndef WEIR_APP_APP_H
#define WEIR_APP_APP_H

/*  name     what it does, in the list of `weir --help` */
#define WEIR_COMMANDS(X)                                                           \
	X(run,     "watch an interface or a capture, with the page in a browser") \
	X(read,    "print the flows of capture files")                            \
	X(sql,     "ask the flow database")                                       \
	X(doctor,  "say what is missing or misconfigured on this host")           \
	X(user,    "list and change who may log in")                              \
	X(version, "print the versions of weir and its engines")

#define X(name, help) int cmd_##name(int argc, char **argv);
WEIR_COMMANDS(X)
#undef X

#endif
