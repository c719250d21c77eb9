/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir-gen: prints what is made from the tables, at build time: weir-gen openapi|types|fields */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "model/model.h"
#include "record/field.h"
#include "web/schemas.h"

/* docs/reference/fields.md */
static void fields_write(struct text *t)
{
	const struct field_table *tables[] = {&flow_field_table, &host_field_table};
	text_puts(
		t,
		"# Fields\n\nMade by `weir-gen fields` from the field tables; the names hold in filters, columns, JSON and SQL.\n");
	for (int i = 0; i < 2; i++) {
		text_printf(t, "\n## Fields of a %s\n\n| name | label | group | meaning |\n| --- | --- | --- | --- |\n",
			    tables[i]->entity);
		for (uint32_t f = 0; f < tables[i]->count; f++)
			text_printf(t, "| `%s` | %s | %s | %s |\n", tables[i]->fields[f].name,
				    tables[i]->fields[f].label, tables[i]->fields[f].group, tables[i]->fields[f].help);
	}
}

static const struct {
	const char *name;
	void (*write)(struct text *t);
} outputs[] = {{"openapi", openapi_write}, {"types", ts_types_write}, {"fields", fields_write}};

int main(int argc, char **argv)
{
	struct text t = TEXT_INIT;
	for (size_t i = 0; argc == 2 && i < sizeof outputs / sizeof outputs[0]; i++) {
		if (strcmp(argv[1], outputs[i].name) != 0)
			continue;
		outputs[i].write(&t);
		size_t n = fwrite(text_str(&t), 1, t.len, stdout);
		return n == t.len && fflush(stdout) == 0 ? 0 : 1;
	}
	fputs("Usage: weir-gen openapi|types|fields\n", stderr);
	return 2;
}
