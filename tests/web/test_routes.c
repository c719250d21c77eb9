/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The route table: matching, captures, and what is generated from it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <string.h>

#include "web/routes.h"
#include "web/schemas.h"

static void finds_by_method_and_path(void **state)
{
	char captures[WEB_CAPTURES_MAX][128];
	bool known;
	(void)state;
	const struct route *r = route_find("GET", "/flows", captures, &known);
	assert_non_null(r);
	assert_string_equal(r->id, "flows_get");
	assert_string_equal(route_find("POST", "/session", captures, &known)->id, "session_post");
	assert_string_equal(route_find("DELETE", "/session", captures, &known)->id, "session_delete");
}

static void captures_path_parameters(void **state)
{
	char captures[WEB_CAPTURES_MAX][128];
	bool known;
	(void)state;
	assert_string_equal(route_find("GET", "/flows/1234", captures, &known)->id, "flow_get");
	assert_string_equal(captures[0], "1234");
	assert_string_equal(route_find("GET", "/hosts/2001:db8::1", captures, &known)->id, "host_get");
	assert_string_equal(captures[0], "2001:db8::1");
}

static void refuses_what_is_not_there(void **state)
{
	static const char *const paths[] = {"/",         "",       "/flow",     "/flows/",      "/flows/1/2",
					    "/flows/..", "/Flows", "/flows//1", "/sql/../flows"};
	char captures[WEB_CAPTURES_MAX][128];
	bool known;
	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
		const struct route *r = route_find("GET", paths[i], captures, &known);
		if (strcmp(paths[i], "/flows/..") == 0)
			assert_string_equal(captures[0], ".."); /* an id that is no number: its handler refuses it */
		else
			assert_null(r);
	}
	assert_null(route_find("PUT", "/flows", captures, &known));
	assert_true(known);
}

static void a_long_capture_is_refused(void **state)
{
	char captures[WEB_CAPTURES_MAX][128], path[400] = "/hosts/";
	bool known;
	(void)state;
	memset(path + 7, 'a', 200);
	path[207] = '\0';
	assert_null(route_find("GET", path, captures, &known));
}

static void openapi_is_json_and_complete(void **state)
{
	struct text t = TEXT_INIT;
	json_error_t e;
	(void)state;
	openapi_write(&t);
	json_t *root = json_loadb(text_str(&t), t.len, JSON_REJECT_DUPLICATES, &e);
	if (!root)
		fail_msg("%s at %d: %.80s", e.text, e.position, text_str(&t) + (e.position > 40 ? e.position - 40 : 0));
	json_t *paths = json_object_get(root, "paths"),
	       *schemas = json_object_get(json_object_get(root, "components"), "schemas");
	for (unsigned i = 0; i < web_route_count; i++) {
		json_t *path = json_object_get(paths, web_routes[i].path);
		assert_non_null(path);
		char method[8] = {0};
		for (unsigned c = 0; web_routes[i].method[c]; c++)
			method[c] = (char)(web_routes[i].method[c] | 32);
		assert_non_null(json_object_get(path, method));
		const char *answer = web_routes[i].answer;
		if (strcmp(answer, "EventStream") != 0 && strcmp(answer, "OpenApi") != 0)
			assert_non_null(json_object_get(schemas, answer));
	}
	json_decref(root);
	text_free(&t);
}

/* Every type a member names is a plain one or a schema of the table. */
static void schema_types_exist(void **state)
{
	static const char *const plain[] = {"string", "integer", "number", "boolean", "time",
					    "any",    "map",     "Row",    "Point",   "FieldMap"};
	(void)state;
	for (unsigned i = 0; i < web_schema_member_count; i++) {
		char type[64];
		strcpy(type, web_schema_members[i].type);
		if (strlen(type) > 2 && strcmp(type + strlen(type) - 2, "[]") == 0)
			type[strlen(type) - 2] = '\0';
		bool found = false;
		for (size_t p = 0; p < sizeof plain / sizeof plain[0]; p++)
			found = found || strcmp(type, plain[p]) == 0;
		for (unsigned k = 0; k < web_schema_member_count; k++)
			found = found || strcmp(type, web_schema_members[k].schema) == 0;
		if (!found)
			fail_msg("%s.%s: unknown type %s", web_schema_members[i].schema, web_schema_members[i].member,
				 type);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_by_method_and_path),     cmocka_unit_test(captures_path_parameters),
		cmocka_unit_test(refuses_what_is_not_there),    cmocka_unit_test(a_long_capture_is_refused),
		cmocka_unit_test(openapi_is_json_and_complete), cmocka_unit_test(schema_types_exist),
	};
	return cmocka_run_group_tests_name("web/routes", tests, NULL, NULL);
}
