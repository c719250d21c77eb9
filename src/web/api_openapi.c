/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "web/routes.h"
#include "web/schemas.h"

int api_openapi_get(struct web_request *r)
{
	openapi_write(&r->out);
	return 0;
}
