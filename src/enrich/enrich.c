/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sources together. Country and ASN files are opened at once (mapped, so cheap); vendors and services
 * are read on first need, published by one release store, so that look-ups take no lock once they are
 * there.
 */
#include "enrich/enrich.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "enrich/asn_ranges.h"
#include "enrich/mmdb.h"
#include "enrich/places.h"
#include "enrich/services.h"
#include "enrich/vendors.h"

#define DEFAULT_OUI_DIR "/usr/share/ieee-data"
#define SERVICES_FILE   "/etc/services"

/* What is read on first need. */
struct lazy {
	pthread_mutex_t lock;
	_Atomic bool vendors_ready, services_ready;
	struct vendors vendors;
	struct services services;
	struct errmsg vendors_problem, services_problem;
};

struct enrich {
	struct mmdb *country, *asn_mmdb;
	struct asn_ranges asn;
	char country_path[PATH_MAX], asn_path[PATH_MAX];
	struct errmsg country_problem, asn_problem;
	char oui_dir[PATH_MAX];
	struct network *local;
	uint32_t local_count;
	struct lazy *lazy;
};

/* A prefix as two words and a mask, so that a look at all of them costs nanoseconds: each new flow takes
 * two. */
struct network {
	uint64_t bits[2], mask[2];
};

/* RFC 1918, 4193 (ULA), 3927 and 4291 (link-local), 1122 (loopback, "this network"), 6598 (shared address
 * space of carrier NAT). */
static const char *const always_local[] = {
	"10.0.0.0/8",  "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "169.254.0.0/16", "fe80::/10",
	"127.0.0.0/8", "::1/128",       "0.0.0.0/8",      "::/128",   "100.64.0.0/10",
};
#define ALWAYS_LOCAL (sizeof(always_local) / sizeof(always_local[0]))

static void words_of(const struct addr *a, uint64_t ret_words[2])
{
	memcpy(ret_words, a->b, 16);
	ret_words[0] = __builtin_bswap64(ret_words[0]);
	ret_words[1] = __builtin_bswap64(ret_words[1]);
}

static uint64_t mask_of(unsigned bits)
{
	return bits == 0 ? 0 : bits >= 64 ? UINT64_MAX : ~(UINT64_MAX >> bits);
}

static struct network network_of(const struct prefix *p)
{
	struct network n;
	words_of(&p->addr, n.bits);
	n.mask[0] = mask_of(p->len);
	n.mask[1] = mask_of(p->len > 64 ? p->len - 64u : 0);
	return n;
}

static int set_local(struct enrich *en, const struct enrich_options *o)
{
	en->local = calloc(ALWAYS_LOCAL + o->local_count, sizeof(*en->local));
	if (!en->local)
		return WEIR_E(NOMEM);
	for (unsigned i = 0; i < ALWAYS_LOCAL; i++) {
		struct prefix p;
		if (prefix_parse(always_local[i], &p) < 0)
			return WEIR_E(INTERNAL);
		en->local[en->local_count++] = network_of(&p);
	}
	for (uint32_t i = 0; i < o->local_count; i++)
		en->local[en->local_count++] = network_of(&o->local[i]);
	return 0;
}

static int copy_path(char out[PATH_MAX], const char *path, struct errmsg *e)
{
	if (strlen(path) >= PATH_MAX)
		return err_set(e, WEIR_E(TOOBIG), "the path %.60s… is too long", path);
	memcpy(out, path, strlen(path) + 1);
	return 0;
}

/* A file that the user names must work; what is only found in the usual places may fail, and the status
 * says so. */
static int open_country(struct enrich *en, const struct enrich_options *o, struct errmsg *e)
{
	int rc;
	if (o->country_mmdb) {
		rc = copy_path(en->country_path, o->country_mmdb, e);
		return rc < 0 ? rc : mmdb_open(en->country_path, &en->country, e);
	}
	rc = places_find(GEO_COUNTRY, en->country_path, &en->country_problem);
	if (rc == 0)
		rc = mmdb_open(en->country_path, &en->country, &en->country_problem);
	if (rc == WEIR_E(CORRUPT))
		log_warning("enrich", "%s", en->country_problem.text);
	return 0;
}

static int open_asn_at(struct enrich *en, struct errmsg *e)
{
	size_t len = strlen(en->asn_path);
	if (len >= 5 && strcmp(en->asn_path + len - 5, ".mmdb") == 0)
		return mmdb_open(en->asn_path, &en->asn_mmdb, e);
	return asn_ranges_open(en->asn_path, &en->asn, e);
}

static int open_asn(struct enrich *en, const struct enrich_options *o, struct errmsg *e)
{
	int rc;
	if (o->asn_file) {
		rc = copy_path(en->asn_path, o->asn_file, e);
		return rc < 0 ? rc : open_asn_at(en, e);
	}
	rc = places_find(GEO_ASN, en->asn_path, &en->asn_problem);
	if (rc == 0)
		rc = open_asn_at(en, &en->asn_problem);
	if (rc == WEIR_E(CORRUPT))
		log_warning("enrich", "%s", en->asn_problem.text);
	return 0;
}

int enrich_open(const struct enrich_options *options, struct enrich **ret, struct errmsg *e)
{
	struct enrich *en = calloc(1, sizeof(*en));
	if (!en || !(en->lazy = calloc(1, sizeof(*en->lazy)))) {
		free(en);
		return err_set(e, WEIR_E(NOMEM), "no memory for the country and ASN data");
	}
	pthread_mutex_init(&en->lazy->lock, NULL);
	int rc = copy_path(en->oui_dir, options->oui_dir ? options->oui_dir : DEFAULT_OUI_DIR, e);
	if (rc == 0)
		rc = set_local(en, options);
	if (rc == 0)
		rc = open_country(en, options, e);
	if (rc == 0)
		rc = open_asn(en, options, e);
	if (rc < 0) {
		enrich_close(en);
		return rc;
	}
	*ret = en;
	return 0;
}

void enrich_close(struct enrich *en)
{
	if (!en)
		return;
	mmdb_close(en->country);
	mmdb_close(en->asn_mmdb);
	asn_ranges_close(&en->asn);
	vendors_free(&en->lazy->vendors);
	services_free(&en->lazy->services);
	pthread_mutex_destroy(&en->lazy->lock);
	free(en->lazy);
	free(en->local);
	free(en);
}

bool enrich_country(const struct enrich *en, const struct addr *a, char out[2])
{
	memset(out, 0, 2);
	return en->country && !enrich_is_local(en, a) && mmdb_country(en->country, a, out);
}

uint32_t enrich_asn(const struct enrich *en, const struct addr *a, const char **ret_name)
{
	*ret_name = NULL;
	if (en->asn_mmdb)
		return mmdb_asn(en->asn_mmdb, a, ret_name);
	return en->asn.n4 + en->asn.n6 ? asn_ranges_find(&en->asn, a, ret_name) : 0;
}

static const struct vendors *vendors_ready(const struct enrich *en)
{
	struct lazy *z = en->lazy;
	if (!atomic_load_explicit(&z->vendors_ready, memory_order_acquire)) {
		pthread_mutex_lock(&z->lock);
		if (!atomic_load_explicit(&z->vendors_ready, memory_order_relaxed)) {
			if (vendors_load(&z->vendors, en->oui_dir, &z->vendors_problem) < 0)
				log_info("enrich", "%s", z->vendors_problem.text);
			atomic_store_explicit(&z->vendors_ready, true, memory_order_release);
		}
		pthread_mutex_unlock(&z->lock);
	}
	return &z->vendors;
}

static const struct services *services_ready(const struct enrich *en)
{
	struct lazy *z = en->lazy;
	if (!atomic_load_explicit(&z->services_ready, memory_order_acquire)) {
		pthread_mutex_lock(&z->lock);
		if (!atomic_load_explicit(&z->services_ready, memory_order_relaxed)) {
			if (services_load(&z->services, SERVICES_FILE, &z->services_problem) < 0)
				log_info("enrich", "%s", z->services_problem.text);
			atomic_store_explicit(&z->services_ready, true, memory_order_release);
		}
		pthread_mutex_unlock(&z->lock);
	}
	return &z->services;
}

const char *enrich_vendor(const struct enrich *en, const struct mac *m)
{
	return vendors_find(vendors_ready(en), m);
}

const char *enrich_service(const struct enrich *en, uint8_t protocol, uint16_t port)
{
	return services_find(services_ready(en), protocol, port);
}

bool enrich_is_local(const struct enrich *en, const struct addr *a)
{
	uint64_t words[2];
	words_of(a, words);
	for (uint32_t i = 0; i < en->local_count; i++) {
		const struct network *n = &en->local[i];
		if ((((words[0] & n->mask[0]) ^ n->bits[0]) | ((words[1] & n->mask[1]) ^ n->bits[1])) == 0)
			return true;
	}
	return false;
}

void enrich_end(const struct enrich *en, const struct addr *a, struct enrich_end *ret)
{
	*ret = (struct enrich_end){0};
	ret->is_local = enrich_is_local(en, a);
	if (!ret->is_local && en->country)
		(void)mmdb_country(en->country, a, ret->country);
	if (!ret->is_local)
		ret->asn = enrich_asn(en, a, &ret->as_name);
}

void enrich_row(const struct enrich *en, struct flow_row *row)
{
	struct flow_derived *d = &row->derived;
	*d = (struct flow_derived){0};
	for (unsigned side = 0; side < 2; side++) {
		struct enrich_end end;
		enrich_end(en, &row->addr[side], &end);
		d->asn[side] = end.asn;
		d->as_name[side] = end.as_name;
		memcpy(d->country[side], end.country, 2);
		d->is_local[side] = end.is_local;
		d->vendor[side] = enrich_vendor(en, &row->mac[side]);
	}
	d->cast = addr_is_broadcast(&row->addr[1])   ? CAST_BROADCAST
		  : addr_is_multicast(&row->addr[1]) ? CAST_MULTICAST
						     : CAST_UNICAST;
}

unsigned enrich_status(const struct enrich *en, struct enrich_status out[4])
{
	const struct vendors *v = vendors_ready(en);
	const struct services *s = services_ready(en);
	const struct lazy *z = en->lazy;
	uint64_t asns = en->asn_mmdb ? mmdb_nodes(en->asn_mmdb) : (uint64_t)en->asn.n4 + en->asn.n6;
#define PROBLEM(m) ((m).text[0] ? (m).text : NULL)
	out[0] = (struct enrich_status){"country", en->country_path, PROBLEM(en->country_problem),
					en->country ? mmdb_nodes(en->country) : 0};
	out[1] = (struct enrich_status){"ASN", en->asn_path, PROBLEM(en->asn_problem), asns};
	out[2] = (struct enrich_status){"MAC vendors", en->oui_dir, PROBLEM(z->vendors_problem), vendors_count(v)};
	out[3] = (struct enrich_status){"services", SERVICES_FILE, PROBLEM(z->services_problem), s->count};
#undef PROBLEM
	return 4;
}
