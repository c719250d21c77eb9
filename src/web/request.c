/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "web/request.h"

const char *request_query(const struct web_request *r, const char *name)
{
	return MHD_lookup_connection_value(r->connection, MHD_GET_ARGUMENT_KIND, name);
}

int request_query_u32(struct web_request *r, const char *name, uint32_t fallback, uint32_t max, uint32_t *ret)
{
	const char *text = request_query(r, name);
	char *end;

	if (!text) {
		*ret = fallback;
		return 0;
	}
	unsigned long long v = strtoull(text, &end, 10);
	if (end == text || *end || *text == '-' || v > max)
		return err_set(&r->error, WEIR_E(INVALID), "%s must be a whole number from 0 to %u", name, max);
	*ret = (uint32_t)v;
	return 0;
}

const struct web_interface *request_interface(struct web_request *r)
{
	const struct web_options *o = web_options_of(r->web);
	const char *name = request_query(r, "interface");

	for (unsigned i = 0; i < o->interface_count; i++)
		if (!name || !*name || strcmp(name, o->interfaces[i].name) == 0)
			return &o->interfaces[i];
	err_set(&r->error, WEIR_E(NOTFOUND), "there is no interface of that name; GET /api/v1/interfaces lists them");
	return NULL;
}

json_t *request_json(struct web_request *r)
{
	json_error_t problem;
	json_t *root = json_loadb(r->body.buf ? r->body.buf : "", r->body.len, JSON_REJECT_DUPLICATES, &problem);

	if (root && json_is_object(root))
		return root;
	json_decref(root);
	err_set(&r->error, WEIR_E(INVALID), "the body must be a JSON object: %s",
		root ? "it is something else" : problem.text);
	return NULL;
}

const char *json_string_member(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}
