/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Interfaces, fields of entities, filter check, applications. */
#include <string.h>

#include "model/model.h"
#include "record/names.h"
#include "web/ask.h"
#include "web/json_out.h"
#include "web/lists.h"

int api_interfaces_get(struct web_request *r)
{
	const struct web_options *o = web_options_of(r->web);

	json_open(&r->out, '{');
	json_key(&r->out, "interfaces");
	json_open(&r->out, '[');
	for (unsigned i = 0; i < o->interface_count; i++) {
		const struct web_interface *w = &o->interfaces[i];
		json_open(&r->out, '{');
		json_key_str(&r->out, "name", w->name);
		json_key_u64(&r->out, "id", observer_id(w->observer));
		json_key_str(&r->out, "kind", w->is_file ? "file" : "live");
		json_key_str(&r->out, "state", w->state(w->ctx));
		json_key_u64(&r->out, "workers", w->workers);
		json_close(&r->out, '}');
	}
	json_close(&r->out, ']');
	json_close(&r->out, '}');
	return 0;
}

/* --- fields --- */

static const struct field_table *entity_table(struct web_request *r)
{
	const char *entity = request_query(r, "entity");
	if (!entity || strcmp(entity, "flow") == 0)
		return &flow_field_table;
	if (strcmp(entity, "host") == 0)
		return &host_field_table;
	err_set(&r->error, WEIR_E(INVALID), "entity must be flow or host");
	return NULL;
}

static void operators_out(struct text *t, const struct field_def *f)
{
	static const char *const numbers[] = {"=", "!=", "<", "<=", ">", ">=", "in", NULL};
	static const char *const texts[] = {"=", "!=", "contains", "~", "in", NULL};
	static const char *const sets[] = {"=", "!=", "in", "contains", NULL};
	const char *const *ops = numbers;

	if (f->kind == FIELD_TEXT || f->kind == FIELD_WORD || f->kind == FIELD_CODE2)
		ops = texts;
	else if (f->kind == FIELD_ADDR || f->kind == FIELD_MAC || f->kind == FIELD_UINTS || f->kind == FIELD_BOOL)
		ops = sets;
	json_key(t, "operators");
	json_open(t, '[');
	for (; *ops; ops++)
		json_str(t, *ops);
	json_close(t, ']');
}

int api_fields_get(struct web_request *r)
{
	const struct field_table *table = entity_table(r);
	if (!table)
		return WEIR_E(INVALID);
	json_open(&r->out, '{');
	json_key_str(&r->out, "entity", table->entity);
	json_key(&r->out, "fields");
	json_open(&r->out, '[');
	for (uint32_t i = 0; i < table->count; i++) {
		const struct field_def *f = &table->fields[i];
		json_open(&r->out, '{');
		json_key_str(&r->out, "name", f->name);
		json_key_str(&r->out, "kind", kind_name(f->kind));
		json_key_str(&r->out, "unit", unit_name(f));
		json_key_str(&r->out, "group", f->group);
		json_key_str(&r->out, "label", f->label);
		json_key_str(&r->out, "help", f->help);
		operators_out(&r->out, f);
		json_key_bool(&r->out, "column", f->get != NULL);
		json_key_bool(&r->out, "live", f->flags & FIELD_LIVE);
		json_key_bool(&r->out, "stored", f->flags & FIELD_STORED);
		json_key_bool(&r->out, "summable", f->flags & FIELD_SUMMABLE);
		json_close(&r->out, '}');
	}
	json_close(&r->out, ']');
	json_close(&r->out, '}');
	return 0;
}

int api_filter_get(struct web_request *r)
{
	struct filter *filter;
	const struct field_table *table = entity_table(r);
	if (!table)
		return WEIR_E(INVALID);
	int err = request_filter(r, table, request_query(r, "filter"), &filter);
	filter_free(filter);
	json_open(&r->out, '{');
	json_key_bool(&r->out, "ok", err == 0);
	if (err) {
		json_key_u64(&r->out, "column", r->error_column);
		json_key_str(&r->out, "expected", r->error_expected);
		json_key_str(&r->out, "text", r->error.text);
	}
	json_close(&r->out, '}');
	return 0;
}

/* --- applications --- */

static const struct {
	const char *name, *kind, *unit, *label, *help;
} app_columns[] = {
	{"app", "word", "", "Application", "Master and application protocol, as nDPI names them"},
	{"app_category", "word", "", "Category", "What kind of application it is"},
	{"bits_per_s", "uint64", "bits_per_s", "Rate", "Over the last full second"},
	{"bytes", "uint64", "bytes", "Bytes", "IP bytes since start"},
	{"packets", "uint64", "packets", "Packets", "Packets since start"},
	{"flows_live", "uint32", "", "Live flows", "Flows of this application now"},
	{"flows_total", "uint64", "", "Flows", "Flows since start"},
};

static void applications_answer(struct observer *o, void *ctx)
{
	struct text *t = ctx;
	struct model *m = observer_model(o);
	char app[80];

	json_key(t, "rows");
	json_open(t, '[');
	for (uint32_t i = 0; i < model_app_count(m); i++) {
		const struct app_stats *a = model_app(m, i);
		app_format(a->master, a->protocol, app);
		json_open(t, '[');
		json_str(t, app);
		json_str(t, names()->category[names()->app_category[a->protocol % NAMES_APPS_MAX] % 128]);
		json_u64(t, a->bits_per_s);
		json_u64(t, a->bytes);
		json_u64(t, a->packets);
		json_u64(t, a->flows_live);
		json_u64(t, a->flows_total);
		json_close(t, ']');
	}
	json_close(t, ']');
	json_key_u64(t, "total", model_app_count(m));
	json_key_time(t, "now", observer_now(o));
}

int api_applications_get(struct web_request *r)
{
	const struct web_interface *i = request_interface(r);
	if (!i)
		return WEIR_E(NOTFOUND);
	json_open(&r->out, '{');
	json_key(&r->out, "columns");
	json_open(&r->out, '[');
	for (size_t c = 0; c < sizeof app_columns / sizeof app_columns[0]; c++) {
		json_open(&r->out, '{');
		json_key_str(&r->out, "name", app_columns[c].name);
		json_key_str(&r->out, "kind", app_columns[c].kind);
		json_key_str(&r->out, "unit", app_columns[c].unit);
		json_key_str(&r->out, "label", app_columns[c].label);
		json_key_str(&r->out, "help", app_columns[c].help);
		json_key_str(&r->out, "group", "basic");
		json_close(&r->out, '}');
	}
	json_close(&r->out, ']');
	int err = ask_once(i->observer, applications_answer, &r->out);
	json_close(&r->out, '}');
	return err ? err_set(&r->error, err, "this interface has stopped") : 0;
}
