/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "record/names.h"

#include <stdio.h>

static struct name_tables registered;

void names_register(const struct name_tables *tables)
{
	registered = *tables;
}

const struct name_tables *names(void)
{
	return &registered;
}

static const char *app_word(uint16_t id)
{
	const char *s = id < NAMES_APPS_MAX ? registered.app[id] : NULL;
	return s ? s : "Unknown";
}

size_t app_format(uint16_t master, uint16_t protocol, char out[80])
{
	int n;

	/* As ndpi_protocol2name(): the carrier first where it is another one, alone where it is all we know. */
	if (master && protocol && master != protocol)
		n = snprintf(out, 80, "%s.%s", app_word(master), app_word(protocol));
	else
		n = snprintf(out, 80, "%s", app_word(protocol ? protocol : master));
	return n < 0 ? 0 : n > 79 ? 79 : (size_t)n;
}
