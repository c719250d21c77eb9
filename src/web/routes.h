/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one table of API routes: server, OpenAPI, TypeScript types, reference and the check of requests come from it.
 *
 * {name} in a path is a path parameter. role: who may. A route marked OPEN needs no log-in.
 */
#ifndef WEIR_WEB_ROUTES_H
#define WEIR_WEB_ROUTES_H

#include "web/request.h"

/*  id               method    path                     role      answer            summary */
#define WEB_ROUTES(X)                                                                                                               \
	X(session_get,     "GET",    "/session",              NONE,     Session,          "Who is logged in")                         \
	X(session_post,    "POST",   "/session",              NONE,     Session,          "Log in")                                   \
	X(session_delete,  "DELETE", "/session",              VIEWER,   Ok,               "Log out")                                  \
	X(password_post,   "POST",   "/session/password",     VIEWER,   Ok,               "Change one's own password")                \
	X(interfaces_get,  "GET",    "/interfaces",           VIEWER,   Interfaces,       "Interfaces and capture files looked at")   \
	X(fields_get,      "GET",    "/fields",               VIEWER,   Fields,           "Fields of an entity, with help")           \
	X(filter_get,      "GET",    "/filter",               VIEWER,   FilterCheck,      "Is this filter text valid?")               \
	X(overview_get,    "GET",    "/overview",             VIEWER,   Overview,         "The picture of one interface now")         \
	X(series_get,      "GET",    "/series",               VIEWER,   Series,           "One-second series of the last hour")       \
	X(flows_get,       "GET",    "/flows",                VIEWER,   Frame,            "Live flows: filtered, sorted, paged")      \
	X(flow_get,        "GET",    "/flows/{flow_id}",      VIEWER,   FlowDetail,       "One flow in every detail, live or stored") \
	X(hosts_get,       "GET",    "/hosts",                VIEWER,   Frame,            "Hosts: filtered, sorted, paged")           \
	X(host_get,        "GET",    "/hosts/{ip}",           VIEWER,   HostDetail,       "One host")                                 \
	X(applications_get,"GET",    "/applications",         VIEWER,   Frame,            "Applications seen")                        \
	X(facets_get,      "GET",    "/facets",               VIEWER,   Facets,           "Top values of some fields of live flows")  \
	X(health_get,      "GET",    "/health",               VIEWER,   Health,           "Capture, drops, store, memory; what is wrong, in words") \
	X(sql_schema_get,  "GET",    "/sql/schema",           ADMIN,    SqlSchema,        "Tables and columns of the database")       \
	X(sql_post,        "POST",   "/sql",                  ADMIN,    Frame,            "Run a read-only query")                    \
	X(stream_get,      "GET",    "/stream",               VIEWER,   EventStream,      "Server-sent events: overview, series, flows, hosts, health") \
	X(openapi_get,     "GET",    "/openapi.json",         NONE,     OpenApi,          "This API as OpenAPI 3.1")

/*  route            name         in      type       required  help */
#define WEB_PARAMS(X)                                                                                                                \
	X(fields_get,      entity,      query,  string,    0, "flow or host; default flow")                                            \
	X(filter_get,      entity,      query,  string,    0, "flow or host; default flow")                                            \
	X(filter_get,      filter,      query,  string,    1, "Text of the filter language")                                           \
	X(overview_get,    interface,   query,  string,    0, "Interface name; default: the first")                                    \
	X(series_get,      interface,   query,  string,    0, "Interface name; default: the first")                                    \
	X(series_get,      after,       query,  integer,   0, "Only seconds after this one (epoch seconds)")                           \
	X(series_get,      max,         query,  integer,   0, "At most so many seconds, the newest; 1 to 3600")                        \
	X(flows_get,       interface,   query,  string,    0, "Interface name; default: the first")                                    \
	X(flows_get,       filter,      query,  string,    0, "Text of the filter language")                                           \
	X(flows_get,       sort,        query,  string,    0, "Field name; a minus before it sorts descending")                        \
	X(flows_get,       limit,       query,  integer,   0, "Rows of the page, 1 to 1000; default 100")                              \
	X(flows_get,       offset,      query,  integer,   0, "Rows to skip")                                                          \
	X(flows_get,       fields,      query,  string,    0, "Columns, comma separated; default: the basic set")                      \
	X(flow_get,        flow_id,     path,   string,    1, "Flow id (decimal)")                                                     \
	X(flow_get,        interface,   query,  string,    0, "Interface name; default: all are searched")                             \
	X(hosts_get,       interface,   query,  string,    0, "Interface name; default: the first")                                    \
	X(hosts_get,       filter,      query,  string,    0, "Text of the filter language")                                           \
	X(hosts_get,       sort,        query,  string,    0, "Field name; a minus before it sorts descending")                        \
	X(hosts_get,       limit,       query,  integer,   0, "Rows of the page, 1 to 1000; default 100")                              \
	X(hosts_get,       offset,      query,  integer,   0, "Rows to skip")                                                          \
	X(hosts_get,       fields,      query,  string,    0, "Columns, comma separated; default: all")                                \
	X(host_get,        ip,          path,   string,    1, "IP address")                                                            \
	X(host_get,        interface,   query,  string,    0, "Interface name; default: the first")                                    \
	X(applications_get,interface,   query,  string,    0, "Interface name; default: the first")                                    \
	X(facets_get,      interface,   query,  string,    0, "Interface name; default: the first")                                    \
	X(facets_get,      filter,      query,  string,    0, "Text of the filter language")                                           \
	X(facets_get,      fields,      query,  string,    0, "Fields, comma separated; at most 8")                                    \
	X(stream_get,      interface,   query,  string,    0, "Interface name; default: the first")                                    \
	X(stream_get,      topics,      query,  string,    0, "Of overview,series,flows,hosts,health; comma separated")                \
	X(stream_get,      flows,       query,  string,    0, "Query string of /flows for the topic flows (percent-encoded)")          \
	X(stream_get,      hosts,       query,  string,    0, "Query string of /hosts for the topic hosts (percent-encoded)")

struct route {
	const char *id, *method, *path, *answer, *summary;
	enum web_role role;
	int (*handler)(struct web_request *r);
};

extern const struct route web_routes[];
extern const unsigned web_route_count;

/* Find the route for method and path (below /api/v1), filling captures. *ret_path_known: another method would do (405 instead of 404). */
const struct route *route_find(const char *method, const char *path, char captures[WEB_CAPTURES_MAX][128],
			       bool *ret_path_known);

#define X(id, method, path, role, answer, summary) int api_##id(struct web_request *r);
WEB_ROUTES(X)
#undef X

#endif
