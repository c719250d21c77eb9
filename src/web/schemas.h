/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The shapes of the API's answers: one row a member. OpenAPI's schemas and the page's TypeScript types are made from it.
 *
 * Types: string, integer, number, boolean, time (RFC 3339), any, Name (a schema of this table), Name[] or string[] (lists), map (object of any values),
 * FieldMap (object of FieldMeta by field name). required: 0 means that the member is left out when there is nothing to say.
 */
#ifndef WEIR_WEB_SCHEMAS_H
#define WEIR_WEB_SCHEMAS_H

/*  schema         member                  type            required  help */
#define WEB_SCHEMAS(X)                                                                                                         \
	X(Problem,      type,                   "string",        1, "about:blank")                                             \
	X(Problem,      title,                  "string",        1, "What kind of error, in words")                            \
	X(Problem,      status,                 "integer",       1, "HTTP status")                                             \
	X(Problem,      detail,                 "string",        0, "What failed and what to do about it")                     \
	X(Problem,      request_id,             "string",        1, "Finds the request in the log")                            \
	X(Problem,      column,                 "integer",       0, "Filters: where it went wrong, from 1")                    \
	X(Problem,      expected,               "string",        0, "Filters: what was expected there")                        \
	X(Ok,           ok,                     "boolean",       1, "true")                                                    \
	X(Session,      user,                   "string",        1, "Name")                                                    \
	X(Session,      role,                   "string",        1, "viewer, operator or admin")                               \
	X(Session,      must_change_password,   "boolean",       1, "Nothing else is answered until it is changed")            \
	X(Session,      csrf,                   "string",        1, "Send as X-CSRF-Token with requests that change something") \
	X(Session,      version,                "string",        1, "Weir's version")                                          \
	X(Interface,    name,                   "string",        1, "Name")                                                    \
	X(Interface,    id,                     "integer",       1, "Number in this process")                                  \
	X(Interface,    kind,                   "string",        1, "live or file")                                            \
	X(Interface,    state,                  "string",        1, "up, down, gone, file or finished")                        \
	X(Interface,    workers,                "integer",       1, "Worker threads")                                          \
	X(Interfaces,   interfaces,             "Interface[]",   1, "All of them")                                             \
	X(Field,        name,                   "string",        1, "Name in filters, columns and the database")               \
	X(Field,        kind,                   "string",        1, "Kind of value")                                           \
	X(Field,        unit,                   "string",        1, "Unit, or empty")                                          \
	X(Field,        group,                  "string",        1, "Column set")                                              \
	X(Field,        label,                  "string",        1, "Column head")                                             \
	X(Field,        help,                   "string",        1, "What it means")                                           \
	X(Field,        operators,              "string[]",      1, "Operators of the filter language")                        \
	X(Field,        column,                 "boolean",       1, "Can be shown; false: only in filters")                    \
	X(Field,        live,                   "boolean",       1, "On live lists")                                           \
	X(Field,        stored,                 "boolean",       1, "A column of the database")                                \
	X(Field,        summable,               "boolean",       1, "Adds up over rows")                                       \
	X(Fields,       entity,                 "string",        1, "flow or host")                                            \
	X(Fields,       fields,                 "Field[]",       1, "In the table's order")                                    \
	X(FilterCheck,  ok,                     "boolean",       1, "The text is a filter")                                    \
	X(FilterCheck,  column,                 "integer",       0, "Where it went wrong, from 1")                             \
	X(FilterCheck,  expected,               "string",        0, "What was expected there")                                 \
	X(FilterCheck,  text,                   "string",        0, "The whole sentence")                                      \
	X(Totals,       packets,                "integer",       1, "Packets of all flows")                                    \
	X(Totals,       wire_bytes,             "integer",       1, "Frame bytes of all flows")                                \
	X(Totals,       bytes,                  "integer",       1, "IP bytes of all flows")                                   \
	X(Totals,       flows_live,             "integer",       1, "Flows now")                                               \
	X(Totals,       flows_total,            "integer",       1, "Flows since start")                                       \
	X(Totals,       hosts,                  "integer",       1, "Hosts known")                                             \
	X(Totals,       hosts_local,            "integer",       1, "Of them local")                                           \
	X(Totals,       risky_flows,            "integer",       1, "Live flows with risks")                                   \
	X(Totals,       apps,                   "integer",       1, "Applications seen")                                       \
	X(Rates,        bits_in,                "integer",       1, "To local hosts, over the last full second")               \
	X(Rates,        bits_out,               "integer",       1, "From local hosts")                                        \
	X(Rates,        packets_per_s,          "integer",       1, "Packets")                                                 \
	X(Rates,        flows_per_s,            "integer",       1, "Flows begun")                                             \
	X(Peak,         value,                  "integer",       1, "Bits per second")                                         \
	X(Peak,         ts,                     "time",          1, "When")                                                    \
	X(Peaks,        bits_in,                "Peak",          1, "In")                                                      \
	X(Peaks,        bits_out,               "Peak",          1, "Out")                                                     \
	X(Bucket,       name,                   "string",        1, "Reason")                                                  \
	X(Bucket,       help,                   "string",        1, "Reason in words")                                         \
	X(Bucket,       packets,                "integer",       1, "Packets")                                                 \
	X(Bucket,       wire_bytes,             "integer",       1, "Frame bytes")                                             \
	X(Drops,        kernel,                 "integer",       1, "Lost before weir saw them")                               \
	X(Drops,        received,               "integer",       1, "Packets received")                                        \
	X(Drops,        received_wire_bytes,    "integer",       1, "Frame bytes received")                                    \
	X(Drops,        since,                  "time",          1, "First packet")                                            \
	X(Drops,        buckets,                "Bucket[]",      1, "Frames that belong to no flow, by reason")                \
	X(TopHost,      ip,                     "string",        1, "Address")                                                 \
	X(TopHost,      name,                   "string",        0, "Best known name")                                         \
	X(TopHost,      is_local,               "boolean",       1, "In a local network")                                      \
	X(TopHost,      country,                "string",        0, "ISO 3166 code")                                           \
	X(TopHost,      bits_per_s,             "integer",       1, "Both directions, last full second")                       \
	X(TopHost,      bytes,                  "integer",       1, "Both directions")                                         \
	X(TopApp,       app,                    "string",        1, "Master.Application")                                      \
	X(TopApp,       category,               "string",        0, "Category")                                                \
	X(TopApp,       bits_per_s,             "integer",       1, "Last full second")                                        \
	X(TopApp,       bytes,                  "integer",       1, "IP bytes")                                                \
	X(RiskyHost,    ip,                     "string",        1, "Address")                                                 \
	X(RiskyHost,    name,                   "string",        0, "Best known name")                                         \
	X(RiskyHost,    is_local,               "boolean",       1, "In a local network")                                      \
	X(RiskyHost,    country,                "string",        0, "ISO 3166 code")                                           \
	X(RiskyHost,    score,                  "integer",       1, "Sum over its live flows")                                 \
	X(RiskyHost,    flows,                  "integer",       1, "Live flows with risks")                                   \
	X(RiskyHost,    risk,                   "string",        0, "The worst risk, in words")                                \
	X(NewHost,      ip,                     "string",        1, "Address")                                                 \
	X(NewHost,      name,                   "string",        0, "Best known name")                                         \
	X(NewHost,      is_local,               "boolean",       1, "In a local network")                                      \
	X(NewHost,      country,                "string",        0, "ISO 3166 code")                                           \
	X(NewHost,      vendor,                 "string",        0, "Maker of its network card")                               \
	X(NewHost,      first_seen,             "time",          1, "Since ever, not since the restart")                       \
	X(StoreHead,    none,                   "boolean",       1, "Weir runs without a database")                            \
	X(StoreHead,    up,                     "boolean",       1, "The database answers")                                    \
	X(StoreHead,    lag_ms,                 "integer",       1, "Age of the oldest row that is not yet in it")             \
	X(StoreHead,    problem,                "string",        0, "What is wrong, in words")                                 \
	X(Overview,     now,                    "time",          1, "Time of the picture (packet time)")                       \
	X(Overview,     interface,              "string",        1, "Interface")                                               \
	X(Overview,     kind,                   "string",        1, "live or file")                                            \
	X(Overview,     state,                  "string",        1, "up, down, gone, file or finished")                        \
	X(Overview,     totals,                 "Totals",        1, "Counts")                                                  \
	X(Overview,     rates,                  "Rates",         1, "Rates over the last full second")                         \
	X(Overview,     peaks,                  "Peaks",         1, "Highest rates of the last hour")                          \
	X(Overview,     drops,                  "Drops",         1, "Losses and frames outside flows")                         \
	X(Overview,     top_hosts,              "TopHost[]",     1, "Talkers")                                                 \
	X(Overview,     top_apps,               "TopApp[]",      1, "Applications")                                            \
	X(Overview,     risky,                  "RiskyHost[]",   1, "Hosts with risks")                                        \
	X(Overview,     newest,                 "NewHost[]",     1, "Newest local hosts")                                      \
	X(Overview,     store,                  "StoreHead",     1, "Database")                                                \
	X(Series,       step_s,                 "integer",       1, "1")                                                       \
	X(Series,       points,                 "Point[]",       1, "[ts_s, bits_in, bits_out, bits_internal, packets, flows_new, flows_live, drops], oldest first") \
	X(Column,       name,                   "string",        1, "Field name")                                              \
	X(Column,       kind,                   "string",        1, "Kind of value")                                           \
	X(Column,       unit,                   "string",        1, "Unit, or empty")                                          \
	X(Column,       label,                  "string",        1, "Column head")                                             \
	X(Column,       help,                   "string",        1, "What it means")                                           \
	X(Column,       group,                  "string",        1, "Column set")                                              \
	X(Column,       type,                   "string",        0, "SQL: the database's type")                                \
	X(Sum,          packets,                "integer",       1, "Packets")                                                 \
	X(Sum,          bytes,                  "integer",       1, "IP bytes")                                                \
	X(Sum,          wire_bytes,             "integer",       1, "Frame bytes")                                             \
	X(Frame,        columns,                "Column[]",      1, "Columns")                                                 \
	X(Frame,        rows,                   "Row[]",         1, "Rows: values in the columns' order; null: absent")        \
	X(Frame,        total,                  "integer",       1, "Rows that match, over all pages")                         \
	X(Frame,        sum,                    "Sum",           0, "Over all that match")                                     \
	X(Frame,        now,                    "time",          0, "Time of the picture")                                     \
	X(Frame,        elapsed_us,             "integer",       0, "SQL: time the database took")                             \
	X(Frame,        rows_read,              "integer",       0, "SQL: rows the database read")                             \
	X(FieldMeta,    label,                  "string",        1, "Label")                                                   \
	X(FieldMeta,    help,                   "string",        1, "What it means")                                           \
	X(FieldMeta,    group,                  "string",        1, "Group")                                                   \
	X(FieldMeta,    unit,                   "string",        1, "Unit")                                                    \
	X(FieldMeta,    kind,                   "string",        1, "Kind of value")                                           \
	X(FlowDetail,   live,                   "boolean",       1, "false: it ended and comes from the database")             \
	X(FlowDetail,   flow,                   "map",           1, "Fields that are present, by name")                        \
	X(FlowDetail,   meta,                   "FieldMap",      1, "Label, help, group and unit of each field")               \
	X(AppBytes,     app,                    "string",        1, "Application, or others")                                  \
	X(AppBytes,     bytes,                  "integer",       1, "IP bytes")                                                \
	X(Peer,         ip,                     "string",        1, "Address")                                                 \
	X(Peer,         name,                   "string",        0, "Best known name")                                         \
	X(Peer,         bytes,                  "integer",       1, "IP bytes of live flows")                                  \
	X(Peer,         flows,                  "integer",       1, "Live flows")                                              \
	X(HostDetail,   host,                   "map",           1, "Fields that are present, by name")                        \
	X(HostDetail,   apps,                   "AppBytes[]",    1, "Applications by bytes")                                   \
	X(HostDetail,   flows,                  "Frame",         1, "Its largest live flows")                                  \
	X(HostDetail,   peers,                  "Peer[]",        1, "Who it talks to now")                                     \
	X(FacetValue,   value,                  "string",        1, "Value")                                                   \
	X(FacetValue,   flows,                  "integer",       1, "Flows")                                                   \
	X(FacetValue,   bytes,                  "integer",       1, "IP bytes")                                                \
	X(Facet,        field,                  "string",        1, "Field")                                                   \
	X(Facet,        label,                  "string",        1, "Its label")                                               \
	X(Facet,        distinct,               "integer",       1, "Different values")                                        \
	X(Facet,        values,                 "FacetValue[]",  1, "Top values by flows")                                     \
	X(Facets,       facets,                 "Facet[]",       1, "In the order asked for")                                  \
	X(HealthProblem, severity,              "string",        1, "error, warning or notice")                                \
	X(HealthProblem, text,                  "string",        1, "What is wrong")                                           \
	X(HealthProblem, advice,                "string",        1, "What to do")                                              \
	X(HealthProblem, interface,             "string",        1, "Where")                                                   \
	X(Memory,       resident_bytes,         "integer",       1, "Weir's own resident memory")                              \
	X(Health,       interfaces,             "map[]",         1, "Counters of each interface; buckets as in Overview")      \
	X(Health,       store,                  "map",           1, "The writer's counters")                                   \
	X(Health,       memory,                 "Memory",        1, "Memory")                                                  \
	X(Health,       stream_clients,         "integer",       1, "Open live streams")                                       \
	X(Health,       version,                "string",        1, "Weir's version")                                          \
	X(Health,       problems,               "HealthProblem[]", 1, "What is wrong, in words")                               \
	X(SqlColumn,    name,                   "string",        1, "Column")                                                  \
	X(SqlColumn,    type,                   "string",        1, "Type")                                                    \
	X(SqlColumn,    help,                   "string",        1, "What it means")                                           \
	X(SqlTable,     name,                   "string",        1, "Table")                                                   \
	X(SqlTable,     columns,                "SqlColumn[]",   1, "Columns")                                                 \
	X(SqlSchema,    tables,                 "SqlTable[]",    1, "Tables")

/*  route           member     type       required  help */
#define WEB_BODIES(X)                                                                                                   \
	X(session_post,  username,  "string",  1, "Name")                                                               \
	X(session_post,  password,  "string",  1, "Password")                                                           \
	X(password_post, old,       "string",  1, "The present password")                                               \
	X(password_post, new,       "string",  1, "The new one, at least 12 characters")                                \
	X(sql_post,      query,     "string",  1, "A SELECT")                                                           \
	X(sql_post,      format,    "string",  0, "A ClickHouse format; without it the answer is a Frame")              \
	X(sql_post,      max_rows,  "integer", 0, "At most so many rows; 10,000 at most")

struct schema_member {
	const char *schema, *member, *type, *help;
	int required;
};

extern const struct schema_member web_schema_members[];
extern const unsigned web_schema_member_count;
extern const struct schema_member web_body_members[]; /* schema is the route's id */
extern const unsigned web_body_member_count;

struct text;
/* OpenAPI 3.1 of the whole API. */
void openapi_write(struct text *out);
/* ui/src/generated/api.ts */
void ts_types_write(struct text *out);

#endif
