/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page's TypeScript types from the tables of schemas and routes. */
#include <string.h>

#include "base/text.h"
#include "web/routes.h"
#include "web/schemas.h"

static void type_name(struct text *t, const char *type)
{
	static const char *const map[][2] = {
		{"integer", "number"},
		{"time", "string"},
		{"any", "unknown"},
		{"map", "Record<string, unknown>"},
		{"Row", "Value[]"},
		{"Point", "number[]"},
		{"FieldMap", "Record<string, FieldMeta>"},
	};
	char item[64];
	size_t len = strlen(type);
	bool list = len > 2 && strcmp(type + len - 2, "[]") == 0;

	if (list)
		len -= 2;
	memcpy(item, type, len);
	item[len] = '\0';
	const char *name = item;
	for (size_t i = 0; i < sizeof map / sizeof map[0]; i++)
		if (strcmp(item, map[i][0]) == 0)
			name = map[i][1];
	text_puts(t, name);
	if (list)
		text_puts(t, "[]");
}

void ts_types_write(struct text *t)
{
	text_puts(
		t,
		"// SPDX-License-Identifier: GPL-3.0-or-later\n"
		"// Made by weir-gen from src/web/schemas.h and src/web/routes.h; do not edit.\n\n"
		"/** A cell of a Frame; null: absent. */\nexport type Value = string | number | boolean | number[] | null;\n");
	for (unsigned i = 0; i < web_schema_member_count; i++) {
		const struct schema_member *m = &web_schema_members[i];
		if (i == 0 || strcmp(m->schema, m[-1].schema) != 0)
			text_printf(t, "\nexport interface %s {\n", m->schema);
		text_printf(t, "  /** %s */\n  %s%s: ", m->help, m->member, m->required ? "" : "?");
		type_name(t, m->type);
		text_puts(t, ";\n");
		if (i + 1 == web_schema_member_count || strcmp(m->schema, m[1].schema) != 0)
			text_puts(t, "}\n");
	}
	text_puts(t, "\n/** Routes below /api/v1. */\nexport const routes = {\n");
	for (unsigned i = 0; i < web_route_count; i++)
		text_printf(t, "  %s: { method: '%s', path: '%s' },\n", web_routes[i].id, web_routes[i].method,
			    web_routes[i].path);
	text_puts(t, "} as const;\n");
}
