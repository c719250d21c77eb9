/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir user: users of the page. Passwords are read from the terminal (without echo) or one line of standard input, never from the command line. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "app/app.h"
#include "app/datadir.h"
#include "app/help.h"
#include "base/clock.h"
#include "store/users.h"

static void usage(FILE *out)
{
	static const struct help_option options[] = {
		DATADIR_HELP,
		{.name = "role",
		 .argument = "ROLE",
		 .help = "what the new user may do: admin, operator or viewer",
		 .fallback = "viewer"},
		{.name = "generate", .help = "make a one-time password and print it, instead of asking for one"},
	};
	fputs("Usage: weir user [OPTION]… list\n"
	      "       weir user [OPTION]… add NAME\n"
	      "       weir user [OPTION]… password NAME\n"
	      "       weir user [OPTION]… remove NAME\n\n"
	      "Lists and changes who may log in to the page. A password is asked for on the terminal, or read as one\n"
	      "line of standard input.\n\n",
	      out);
	help_options(out, options, sizeof options / sizeof options[0]);
}

/* Read a password into buf; prompts on a terminal. */
static int password_read(const char *prompt, char *buf, size_t size)
{
	struct termios old, quiet;
	bool terminal = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &old) == 0;

	if (terminal) {
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
		fputs(prompt, stderr);
	}
	char *line = fgets(buf, (int)size, stdin);
	if (terminal) {
		tcsetattr(STDIN_FILENO, TCSAFLUSH, &old);
		fputc('\n', stderr);
	}
	if (!line)
		return WEIR_E(INVALID);
	buf[strcspn(buf, "\r\n")] = '\0';
	return 0;
}

struct options {
	const char *data, *role;
	bool generate;
};

static int password_choose(const struct options *o, char password[256])
{
	if (!o->generate)
		return password_read("Password: ", password, 256);
	password_make(password);
	return 0;
}

static int verb_add(struct users *users, const char *name, const struct options *o, struct errmsg *e)
{
	char password[256];
	int err = password_choose(o, password);
	if (!err)
		err = users_add(users, name, o->role, password, o->generate, e);
	if (!err && o->generate)
		printf("password %s (to be changed at the first log-in)\n", password);
	explicit_bzero(password, sizeof password);
	return err;
}

static int verb_password(struct users *users, const char *name, const struct options *o, struct errmsg *e)
{
	char password[256];
	int err = password_choose(o, password);
	if (!err)
		err = users_set_password(users, name, password, o->generate, e);
	if (!err && o->generate)
		printf("password %s (to be changed at the next log-in)\n", password);
	explicit_bzero(password, sizeof password);
	return err;
}

static void print_user(void *ctx, const struct user *user)
{
	char when[RFC3339_TEXT_MAX] = "never";
	(void)ctx;
	if (user->last_login_ns)
		rfc3339_format(user->last_login_ns, when);
	printf("%-24s %-10s last log-in %s%s\n", user->name, user->role, when,
	       user->must_change_password ? "  (must change password)" : "");
}

static int verb_run(struct users *users, int argc, char **argv, const struct options *o, struct errmsg *e)
{
	if (argc == 1 && strcmp(argv[0], "list") == 0)
		return users_list(users, print_user, NULL);
	if (argc == 2 && strcmp(argv[0], "add") == 0)
		return verb_add(users, argv[1], o, e);
	if (argc == 2 && strcmp(argv[0], "password") == 0)
		return verb_password(users, argv[1], o, e);
	if (argc == 2 && strcmp(argv[0], "remove") == 0)
		return users_remove(users, argv[1], e);
	usage(stderr);
	return 2;
}

int cmd_user(int argc, char **argv)
{
	static const struct option longs[] = {
		{"data", required_argument, NULL, 'd'},
		{"role", required_argument, NULL, 'r'},
		{"generate", no_argument, NULL, 'g'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	struct options o = {.role = "viewer"};
	struct errmsg e = {{0}};
	struct users *users = NULL;
	char dir[512], one_time[32];
	int c;

	while ((c = getopt_long(argc, argv, "h", longs, NULL)) != -1) {
		switch (c) {
		case 'd':
			o.data = optarg;
			break;
		case 'r':
			o.role = optarg;
			break;
		case 'g':
			o.generate = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind == argc) {
		usage(stderr);
		return 2;
	}
	int err = datadir_open(o.data, dir, sizeof dir, &e);
	if (!err)
		err = users_open(dir, &users, one_time, &e);
	if (!err && one_time[0])
		printf("The first user was made: admin, password %s (to be changed at the first log-in)\n", one_time);
	if (!err)
		err = verb_run(users, argc - optind, argv + optind, &o, &e);
	users_close(users);
	if (err < 0)
		fprintf(stderr, "weir user: %s\n", e.text[0] ? e.text : err_text(err));
	return err == 0 ? 0 : err == 2 ? 2 : 1;
}
