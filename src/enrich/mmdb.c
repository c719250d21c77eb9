/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libmaxminddb behind two questions. Strings in the file are not NUL-terminated; AS names are therefore
 * copied once each into blocks that live as long as the database, found again by a map from their hash.
 */
#include "enrich/mmdb.h"

#include <maxminddb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/map.h"

#define NAMES_MAX    131072u /* more AS names than there are ASes with a name today */
#define NAME_LEN_MAX 255u

struct mmdb {
	MMDB_s db;
	pthread_mutex_t lock; /* for what follows */
	struct map index;
	char **names;
	uint32_t count, room;
};

struct name_key {
	const char *s;
	uint32_t n;
};

static bool name_equal(const void *ctx, uint32_t value, const void *key)
{
	const struct mmdb *m = ctx;
	const struct name_key *k = key;
	return strlen(m->names[value]) == k->n && memcmp(m->names[value], k->s, k->n) == 0;
}

static int names_grow(struct mmdb *m)
{
	if (m->count < m->room)
		return 0;
	if (m->count >= NAMES_MAX)
		return WEIR_E(NOMEM);
	uint32_t room = m->room ? m->room * 2 : 256;
	char **bigger = realloc(m->names, room * sizeof(*bigger));
	if (!bigger)
		return WEIR_E(NOMEM);
	m->names = bigger;
	m->room = room;
	return 0;
}

/* The one copy of a name; NULL when the set is full. */
static const char *name_keep(struct mmdb *m, const char *s, uint32_t n)
{
	if (n > NAME_LEN_MAX)
		for (n = NAME_LEN_MAX; n > 0 && (s[n] & 0xc0) == 0x80;)
			n--; /* not within a UTF-8 character */
	if (n == 0 || memchr(s, 0, n))
		return NULL;
	struct name_key key = {s, n};
	uint64_t hash = hash_bytes(s, n);
	const char *found = NULL;
	pthread_mutex_lock(&m->lock);
	uint32_t at = map_get(&m->index, hash, &key, name_equal, m);
	if (at != MAP_NONE) {
		found = m->names[at];
	} else if (names_grow(m) == 0) {
		char *copy = strndup(s, n);
		if (copy && map_put(&m->index, hash, m->count) == 0)
			found = m->names[m->count++] = copy;
		else
			free(copy);
	}
	pthread_mutex_unlock(&m->lock);
	return found;
}

int mmdb_open(const char *path, struct mmdb **ret, struct errmsg *e)
{
	struct mmdb *m = calloc(1, sizeof(*m));
	if (!m || map_init(&m->index, NAMES_MAX) < 0) {
		free(m);
		return err_set(e, WEIR_E(NOMEM), "no memory to open %s", path);
	}
	int rc = MMDB_open(path, MMDB_MODE_MMAP, &m->db);
	if (rc != MMDB_SUCCESS) {
		map_free(&m->index);
		free(m);
		return err_set(e, rc == MMDB_FILE_OPEN_ERROR ? WEIR_E(NOTFOUND) : WEIR_E(CORRUPT), "can't use %s: %s",
			       path, MMDB_strerror(rc));
	}
	pthread_mutex_init(&m->lock, NULL);
	*ret = m;
	return 0;
}

void mmdb_close(struct mmdb *m)
{
	if (!m)
		return;
	MMDB_close(&m->db);
	for (uint32_t i = 0; i < m->count; i++)
		free(m->names[i]);
	free(m->names);
	map_free(&m->index);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

static bool look_up(const struct mmdb *m, const struct addr *a, MMDB_entry_s *ret_entry)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} at;
	memset(&at, 0, sizeof(at));
	if (addr_is_v4(a)) {
		at.v4.sin_family = AF_INET;
		memcpy(&at.v4.sin_addr, a->b + 12, 4);
	} else {
		if (m->db.metadata.ip_version != 6)
			return false;
		at.v6.sin6_family = AF_INET6;
		memcpy(&at.v6.sin6_addr, a->b, 16);
	}
	int rc = MMDB_SUCCESS;
	MMDB_lookup_result_s r = MMDB_lookup_sockaddr(&m->db, &at.sa, &rc);
	if (rc != MMDB_SUCCESS || !r.found_entry)
		return false;
	*ret_entry = r.entry;
	return true;
}

static bool get_text(MMDB_entry_s *entry, const char *const *path, MMDB_entry_data_s *d)
{
	return MMDB_aget_value(entry, d, path) == MMDB_SUCCESS && d->has_data && d->type == MMDB_DATA_TYPE_UTF8_STRING;
}

bool mmdb_country(const struct mmdb *m, const struct addr *a, char out[2])
{
	/* Where the country stands: GeoLite2; the flat npm files; then the country that the network is
	 * registered in. */
	static const char *const paths[][3] = {
		{"country", "iso_code", NULL},
		{"country_code", NULL, NULL},
		{"registered_country", "iso_code", NULL},
	};
	MMDB_entry_s entry;
	MMDB_entry_data_s d;
	if (!look_up(m, a, &entry))
		return false;
	for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		if (!get_text(&entry, paths[i], &d) || d.data_size != 2)
			continue;
		const char *s = d.utf8_string;
		if (s[0] < 'A' || s[0] > 'Z' || s[1] < 'A' || s[1] > 'Z')
			continue;
		memcpy(out, s, 2);
		return true;
	}
	return false;
}

uint32_t mmdb_asn(struct mmdb *m, const struct addr *a, const char **ret_name)
{
	static const char *const number_paths[][2] = {{"autonomous_system_number", NULL}, {"asn", NULL}};
	static const char *const name_paths[][2] = {{"autonomous_system_organization", NULL}, {"as_name", NULL}};
	MMDB_entry_s entry;
	MMDB_entry_data_s d;
	if (!look_up(m, a, &entry))
		return 0;
	uint32_t asn = 0;
	for (unsigned i = 0; i < 2 && !asn; i++)
		if (MMDB_aget_value(&entry, &d, number_paths[i]) == MMDB_SUCCESS && d.has_data &&
		    d.type == MMDB_DATA_TYPE_UINT32)
			asn = d.uint32;
	for (unsigned i = 0; asn && i < 2; i++)
		if (get_text(&entry, name_paths[i], &d)) {
			*ret_name = name_keep(m, d.utf8_string, d.data_size);
			break;
		}
	return asn;
}

uint64_t mmdb_nodes(const struct mmdb *m)
{
	return m->db.metadata.node_count;
}

const char *mmdb_type(const struct mmdb *m)
{
	return m->db.metadata.database_type ? m->db.metadata.database_type : "";
}
