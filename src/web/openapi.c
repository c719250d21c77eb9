/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenAPI 3.1 from the tables of routes, parameters and schemas. */
#include <string.h>

#include "base/version.h"
#include "web/json_out.h"
#include "web/routes.h"
#include "web/schemas.h"

const struct schema_member web_schema_members[] = {
#define X(schema, member, type, required, help) {#schema, #member, type, help, required},
	WEB_SCHEMAS(X)
#undef X
};
const unsigned web_schema_member_count = sizeof web_schema_members / sizeof web_schema_members[0];

const struct schema_member web_body_members[] = {
#define X(route, member, type, required, help) {#route, #member, type, help, required},
	WEB_BODIES(X)
#undef X
};
const unsigned web_body_member_count = sizeof web_body_members / sizeof web_body_members[0];

static const struct param {
	const char *route, *name, *in, *type, *help;
	int required;
} params[] = {
#define X(route, name, in, type, required, help) {#route, #name, #in, #type, help, required},
	WEB_PARAMS(X)
#undef X
};

static void type_write(struct text *t, const char *type);

static void items_write(struct text *t, const char *type, size_t len)
{
	char item[64];
	memcpy(item, type, len);
	item[len] = '\0';
	json_key_str(t, "type", "array");
	json_key(t, "items");
	json_open(t, '{');
	type_write(t, item);
	json_close(t, '}');
}

/* Members of the schema object for a type name of the tables. */
static void type_write(struct text *t, const char *type)
{
	static const char *const plain[] = {"string", "integer", "number", "boolean"};
	size_t len = strlen(type);

	if (len > 2 && strcmp(type + len - 2, "[]") == 0) {
		items_write(t, type, len - 2);
		return;
	}
	for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
		if (strcmp(type, plain[i]) == 0) {
			json_key_str(t, "type", type);
			return;
		}
	}
	if (strcmp(type, "time") == 0) {
		json_key_str(t, "type", "string");
		json_key_str(t, "format", "date-time");
	} else if (strcmp(type, "map") == 0) {
		json_key_str(t, "type", "object");
	} else if (strcmp(type, "Row") == 0 || strcmp(type, "Point") == 0) {
		json_key_str(t, "type", "array");
	} else if (strcmp(type, "FieldMap") == 0) {
		json_key_str(t, "type", "object");
		text_puts(t, ",\"additionalProperties\":{\"$ref\":\"#/components/schemas/FieldMeta\"}");
	} else if (strcmp(type, "any") != 0) {
		json_key(t, "$ref");
		json_comma(t);
		text_printf(t, "\"#/components/schemas/%s\"", type);
	}
}

/* An object schema of consecutive members with the same owner; returns the index behind them. */
static unsigned object_write(struct text *t, const struct schema_member *m, unsigned at, unsigned count)
{
	const char *owner = m[at].schema;
	unsigned end = at;
	while (end < count && strcmp(m[end].schema, owner) == 0)
		end++;
	json_open(t, '{');
	json_key_str(t, "type", "object");
	json_key(t, "required");
	json_open(t, '[');
	for (unsigned i = at; i < end; i++)
		if (m[i].required)
			json_str(t, m[i].member);
	json_close(t, ']');
	json_key(t, "properties");
	json_open(t, '{');
	for (unsigned i = at; i < end; i++) {
		json_key(t, m[i].member);
		json_open(t, '{');
		type_write(t, m[i].type);
		json_key_str(t, "description", m[i].help);
		json_close(t, '}');
	}
	json_close(t, '}');
	json_close(t, '}');
	return end;
}

static void params_write(struct text *t, const struct route *r)
{
	json_key(t, "parameters");
	json_open(t, '[');
	for (size_t i = 0; i < sizeof params / sizeof params[0]; i++) {
		if (strcmp(params[i].route, r->id) != 0)
			continue;
		json_open(t, '{');
		json_key_str(t, "name", params[i].name);
		json_key_str(t, "in", params[i].in);
		json_key_bool(t, "required", params[i].required);
		json_key_str(t, "description", params[i].help);
		json_key(t, "schema");
		json_open(t, '{');
		json_key_str(t, "type", params[i].type);
		json_close(t, '}');
		json_close(t, '}');
	}
	json_close(t, ']');
}

static void body_write(struct text *t, const struct route *r)
{
	for (unsigned i = 0; i < web_body_member_count; i++) {
		if (strcmp(web_body_members[i].schema, r->id) != 0)
			continue;
		json_key(t, "requestBody");
		text_puts(t, "{\"required\":true,\"content\":{\"application/json\":{\"schema\":");
		object_write(t, web_body_members, i, web_body_member_count);
		text_puts(t, "}}}");
		return;
	}
}

static void answers_write(struct text *t, const struct route *r)
{
	json_key(t, "responses");
	text_puts(t, "{\"200\":{\"description\":\"OK\",\"content\":");
	if (strcmp(r->answer, "EventStream") == 0)
		text_puts(t, "{\"text/event-stream\":{\"schema\":{\"type\":\"string\"}}}");
	else if (strcmp(r->answer, "OpenApi") == 0)
		text_puts(t, "{\"application/json\":{\"schema\":{\"type\":\"object\"}}}");
	else
		text_printf(t, "{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/%s\"}}}", r->answer);
	text_puts(t, "},\"default\":{\"description\":\"Error (RFC 9457)\",\"content\":{\"application/problem+json\":"
		     "{\"schema\":{\"$ref\":\"#/components/schemas/Problem\"}}}}}");
}

static void operation_write(struct text *t, const struct route *r)
{
	for (const char *m = r->method; *m; m++)
		text_putc(t, (char)(*m | 32));
	text_puts(t, "\":");
	text_putc(t, '{');
	json_key_str(t, "operationId", r->id);
	json_key_str(t, "summary", r->summary);
	if (r->role == ROLE_NONE)
		text_puts(t, ",\"security\":[]");
	params_write(t, r);
	body_write(t, r);
	answers_write(t, r);
	json_close(t, '}');
}

static void paths_write(struct text *t)
{
	json_key(t, "paths");
	json_open(t, '{');
	for (unsigned i = 0; i < web_route_count; i++) {
		bool first = i == 0 || strcmp(web_routes[i].path, web_routes[i - 1].path) != 0;
		if (first) {
			if (i)
				json_close(t, '}');
			json_key(t, web_routes[i].path);
			json_open(t, '{');
		}
		json_comma(t);
		text_putc(t, '"');
		operation_write(t, &web_routes[i]);
	}
	json_close(t, '}');
	json_close(t, '}');
}

void openapi_write(struct text *t)
{
	json_open(t, '{');
	json_key_str(t, "openapi", "3.1.0");
	json_key(t, "info");
	text_puts(t, "{\"title\":\"Weir\",\"version\":\"" WEIR_VERSION "\",\"license\":{\"name\":\"GPL-3.0-or-later\","
		     "\"identifier\":\"GPL-3.0-or-later\"}}");
	text_puts(t, ",\"servers\":[{\"url\":\"/api/v1\"}],\"security\":[{\"session\":[]}]");
	paths_write(t);
	json_key(t, "components");
	text_puts(
		t,
		"{\"securitySchemes\":{\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"weir_session\"}},"
		"\"schemas\":{");
	for (unsigned i = 0; i < web_schema_member_count;) {
		json_key(t, web_schema_members[i].schema);
		i = object_write(t, web_schema_members, i, web_schema_member_count);
	}
	text_puts(t, "}}");
	json_close(t, '}');
}
