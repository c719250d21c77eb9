/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * nDPI's names, copied once at start into record/names.h's tables, from a module made and freed for that.
 */
#include "flow/dpi_types.h"

#include <stdlib.h>
#include <string.h>

#include "record/names.h"

/* Kept for the life of the process; the tables point here. A name that does not fit is left out and shown as a number. */
static char text[64 << 10];
static size_t text_used;

static const char *keep(const char *s)
{
	size_t n = s ? strlen(s) + 1 : 0;
	if (n == 0 || n > sizeof text - text_used)
		return NULL;
	char *at = memcpy(text + text_used, s, n);
	text_used += n;
	return at;
}

static void fill_apps(struct name_tables *t, struct ndpi_detection_module_struct *m)
{
	uint32_t n = (uint32_t)ndpi_get_num_supported_protocols(m);

	for (uint32_t i = 0; i < n && i < NAMES_APPS_MAX; i++) {
		ndpi_protocol p;
		memset(&p, 0, sizeof p);
		NDPI_APP(p) = (uint16_t)i;
		t->app[i] = keep(ndpi_get_proto_name(m, (uint16_t)i));
		t->app_category[i] = (uint8_t)ndpi_get_proto_category(m, p);
	}
}

static void fill_risks(struct name_tables *t)
{
	for (uint32_t i = 1; i < NDPI_MAX_RISK && i < NAMES_RISKS_MAX; i++) {
		ndpi_risk_info *info = ndpi_risk2severity((ndpi_risk_enum)i);
		uint16_t client, server;
		t->risk[i].name = keep(ndpi_risk2str((ndpi_risk_enum)i));
		t->risk[i].severity = info ? keep(ndpi_severity2str(info->severity)) : NULL;
		t->risk[i].score = ndpi_risk2score((ndpi_risk)1 << i, &client, &server);
	}
}

int flow_register_names(struct errmsg *e)
{
	static struct name_tables t;
	struct ndpi_detection_module_struct *m = dpi_module_create();

	if (!m)
		return err_set(e, WEIR_E(UNAVAILABLE), "nDPI %s can't start (is there memory?)", ndpi_revision());
	text_used = 0;
	fill_apps(&t, m);
	for (uint32_t i = 0; i < sizeof t.category / sizeof t.category[0] && i < NDPI_PROTOCOL_NUM_CATEGORIES; i++)
		t.category[i] = keep(ndpi_category_get_name(m, (ndpi_protocol_category_t)i));
	for (uint32_t i = 0; i < sizeof t.breed / sizeof t.breed[0] && i < NUM_BREEDS; i++)
		t.breed[i] = keep(ndpi_get_proto_breed_name(m, (ndpi_protocol_breed_t)i));
	for (uint32_t i = 0; i < sizeof t.confidence / sizeof t.confidence[0] && i < NDPI_CONFIDENCE_MAX; i++)
		t.confidence[i] = keep(ndpi_confidence_get_name((ndpi_confidence_t)i));
	fill_risks(&t);
	names_register(&t);
	ndpi_exit_detection_module(m);
	return 0;
}
