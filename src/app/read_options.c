/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The options of `weir read`: one table, of which getopt_long's and the help are made.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "app/help.h"
#include "app/read.h"

/*  id          name           argument   help */
#define READ_OPTIONS(X)                                                                                     \
	X(FORMAT,      "format",      "FORMAT",  "table (default), json (one object a line) or csv")        \
	X(FILTER,      "filter",      "FILTER",  "print only flows that match, such as "                    \
						 "'client_ip in 10.0.0.0/8 and app = TLS and bytes > 1MB'") \
	X(FIELDS,      "fields",      "A,B,…",   "print these fields (--fields help lists them)")           \
	X(TOP,         "top",         "N",       "print only the N rows with the most bytes; as a table "   \
						 "the largest first, else still in order of their end")     \
	X(SUMMARY,     "summary",     NULL,      "print only the sums of the captures")                     \
	X(BPF,         "bpf",         "FILTER",  "read only packets that match, as in pcap-filter(7)")      \
	X(NO_TIMEOUTS, "no-timeouts", NULL,      "a flow ends only with the capture: never by silence, "    \
						 "age or a closed connection")                              \
	X(NO_DPI,      "no-dpi",      NULL,      "do not tell applications")                                \
	X(IGNORE_VLAN, "ignore-vlan", NULL,      "packets of any VLAN may be of one flow")                  \
	X(MAX_FLOWS,   "max-flows",   "N",       "most flows at a time (default: 1048576); past it the "    \
						 "idlest end early")                                        \
	X(QUIET,       "quiet",       NULL,      "no progress on the terminal")

enum option_id {
	OPTION_BASE = 256, /* above every character */
#define X(id, name, argument, help) OPTION_##id,
	READ_OPTIONS(X)
#undef X
};

static const struct help_option options[] = {
#define X(id, option, arg, text) {.name = option, .argument = arg, .help = text},
	READ_OPTIONS(X)
#undef X
};
#define OPTION_COUNT (sizeof options / sizeof options[0])

static const char hint[] = "Try 'weir read --help'.\n";

static void print_help(void)
{
	puts("Usage: weir read [OPTION]… FILE…\n\n"
	     "Prints the flows of capture files (pcap, pcapng, also gzip or zstd), of folders of them, or of\n"
	     "standard input (-). A flow of more than five minutes is printed as several rows that add up.\n");
	help_options(stdout, options, OPTION_COUNT);
	puts("\nExit status: 0 when all was read; 1 when a capture is damaged, cut off or unreadable (what was\n"
	     "good is printed); 2 for a wrong option or filter.");
}

static void print_fields(void)
{
	for (uint32_t i = 0; i < flow_field_table.count; i++) {
		const struct field_def *f = &flow_field_table.fields[i];
		if (!(f->flags & FIELD_EITHER))
			printf("  %-18s %s\n", f->name, f->help);
	}
	puts("\nIn filters also:");
	for (uint32_t i = 0; i < flow_field_table.count; i++) {
		const struct field_def *f = &flow_field_table.fields[i];
		if (f->flags & FIELD_EITHER)
			printf("  %-18s %s\n", f->name, f->help);
	}
}

static int usage_error(const char *what, const char *value, const char *expected)
{
	fprintf(stderr, "weir read: %s%s%s%s%s\n%s", what, value ? " \"" : "", value ? value : "",
		value ? "\": " : ": ", expected, hint);
	return WEIR_E(INVALID);
}

static int parse_format(struct read_options *o, const char *s)
{
	static const char *const formats[] = {"table", "json", "csv"};
	for (unsigned i = 0; i < 3; i++)
		if (strcmp(s, formats[i]) == 0) {
			o->format = (enum read_format)i;
			return 0;
		}
	return usage_error("--format", s, "expected table, json or csv");
}

static int parse_number(const char *option, const char *s, uint32_t max, uint32_t *ret)
{
	char expected[60], *end;
	unsigned long long n = strtoull(s, &end, 10);

	if (*s >= '0' && *s <= '9' && !*end && n >= 1 && n <= max) {
		*ret = (uint32_t)n;
		return 0;
	}
	snprintf(expected, sizeof expected, "expected a number from 1 to %u", max);
	return usage_error(option, s, expected);
}

static int parse_filter(struct read_options *o, const char *s)
{
	struct filter_error e;

	filter_free(o->filter);
	o->filter = NULL;
	int err = filter_parse(&flow_field_table, s, &o->filter, &e);
	if (err == WEIR_E(SYNTAX)) {
		fprintf(stderr, "weir read: --filter: %s\n", e.text);
		if (!strpbrk(s, "\n\t") && e.column < 200)
			fprintf(stderr, "  %s\n  %*s^\n", s, (int)e.column - 1, "");
	} else if (err < 0) {
		fprintf(stderr, "weir read: --filter: %s\n", err_text(err));
	}
	return err;
}

static int parse_fields(struct read_options *o, const char *s)
{
	o->field_count = 0;
	for (size_t n; *s; s += n + (s[n] == ',')) {
		n = strcspn(s, ",");
		const struct field_def *f = field_find(&flow_field_table, s, n);
		char name[64];
		snprintf(name, sizeof name, "%.*s", (int)(n < 60 ? n : 60), s);
		if (!f) {
			const char *near = field_nearest(&flow_field_table, s, n);
			char text[120];
			snprintf(text, sizeof text, "there is no such field%s%s%s", near ? "; did you mean " : "",
				 near ? near : "", near ? "?" : "");
			return usage_error("--fields", name, text);
		}
		if (!f->get)
			return usage_error("--fields", name, "that one is for filters only: it stands for two fields");
		if (o->field_count == READ_FIELDS_MAX)
			return usage_error("--fields", NULL, "too many fields");
		o->fields[o->field_count++] = f;
	}
	return o->field_count ? 0 : usage_error("--fields", NULL, "expected names of fields with commas between");
}

/* 1: done, leave with 0. */
static int take_option(struct read_options *o, int id, char *argument)
{
	switch (id) {
	case OPTION_FORMAT:
		return parse_format(o, argument);
	case OPTION_FILTER:
		return parse_filter(o, argument);
	case OPTION_FIELDS:
		if (strcmp(argument, "help") == 0)
			return print_fields(), 1;
		return parse_fields(o, argument);
	case OPTION_TOP:
		return parse_number("--top", argument, READ_TOP_MAX, &o->top);
	case OPTION_MAX_FLOWS:
		return parse_number("--max-flows", argument, 1u << 26, &o->max_flows);
	case OPTION_SUMMARY:
		o->summary = true;
		return 0;
	case OPTION_BPF:
		o->bpf = argument;
		return 0;
	case OPTION_NO_TIMEOUTS:
		o->flow.no_timeouts = o->flow.no_end_on_fin = true;
		return 0;
	case OPTION_NO_DPI:
		o->flow.no_dpi = true;
		return 0;
	case OPTION_IGNORE_VLAN:
		o->flow.ignore_vlan = true;
		return 0;
	case OPTION_QUIET:
		o->quiet = true;
		return 0;
	case 'h':
		return print_help(), 1;
	default: /* getopt_long has said what is wrong */
		fputs(hint, stderr);
		return WEIR_E(INVALID);
	}
}

int read_options_parse(int argc, char **argv, struct read_options *ret, int *ret_exit)
{
	struct option longs[OPTION_COUNT + 2] = {0};
	int id, err = 0;

	*ret = (struct read_options){.max_flows = 1u << 20};
	for (size_t i = 0; i < OPTION_COUNT; i++)
		longs[i] = (struct option){options[i].name, options[i].argument ? required_argument : no_argument, NULL,
					   OPTION_BASE + 1 + (int)i};
	longs[OPTION_COUNT] = (struct option){"help", no_argument, NULL, 'h'};
	char program[] = "weir read", *verb = argv[0];
	argv[0] = program; /* what getopt_long names in its messages */
	optind = 0;
	while (err == 0 && (id = getopt_long(argc, argv, "h", longs, NULL)) != -1)
		err = take_option(ret, id, optarg);
	argv[0] = verb;
	if (err == 0 && optind == argc)
		err = usage_error("no capture", NULL, "name at least one file, a folder, or - for standard input");
	if (err == 0 && ret->summary && (ret->top || ret->field_count))
		err = usage_error("--summary", NULL, "goes with neither --top nor --fields");
	if (err)
		read_options_free(ret);
	*ret_exit = err < 0 ? 2 : 0;
	return err;
}

void read_options_free(struct read_options *o)
{
	filter_free(o->filter);
	o->filter = NULL;
}
