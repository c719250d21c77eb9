/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every capture of shared/data/pcap: as many frames and bytes on the wire as capinfos counted, the same packed, and at a vector of one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/capture.h"

static char pcap_folder[300];

struct sums {
	uint64_t packets, bytes, checksum;
	uint64_t first_ns;
	uint64_t errors; /* no padding: compared by memory */
};

static struct sums sums_of(const char *path, unsigned vector)
{
	struct packet_view views[CAPTURE_VECTOR];
	struct sums s = {0};
	struct capture *c;
	struct errmsg e = {{0}};
	int n;

	if (capture_open_files(&path, 1, NULL, &c, &e) != 0)
		fail_msg("%s", e.text);
	while ((n = capture_next(c, views, vector, 0, &e)) != WEIR_E(NOTFOUND)) {
		s.errors += n < 0;
		for (int i = 0; i < n; i++) {
			if (s.packets++ == 0)
				s.first_ns = views[i].ts_ns;
			s.bytes += views[i].wirelen;
			s.checksum = s.checksum * 1000003 + views[i].ts_ns + views[i].caplen;
			for (uint32_t b = 0; b < views[i].caplen; b++)
				s.checksum = s.checksum * 31 + views[i].data[b];
		}
	}
	capture_close(c);
	return s;
}

/* Column n of a tab-separated line, from 0. */
static bool column(const char *line, unsigned n, char *out, size_t size)
{
	for (; n && line; n--)
		line = strchr(line, '\t') ? strchr(line, '\t') + 1 : NULL;
	if (!line)
		return false;
	snprintf(out, size, "%.*s", (int)strcspn(line, "\t\n"), line);
	return true;
}

static unsigned each_capture(void (*check)(const char *path, uint64_t packets, uint64_t bytes))
{
	char path[700], line[4000], name[200], packets[30], bytes[30];
	unsigned n = 0;
	snprintf(path, sizeof path, "%s/expected.tsv", pcap_folder);
	FILE *f = fopen(path, "re");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof line, f));
	while (fgets(line, sizeof line, f)) {
		assert_true(column(line, 0, name, sizeof name) && column(line, 7, packets, sizeof packets) &&
			    column(line, 8, bytes, sizeof bytes));
		snprintf(path, sizeof path, "%s/%s", pcap_folder, name);
		check(path, strtoull(packets, NULL, 10), strtoull(bytes, NULL, 10));
		n++;
	}
	fclose(f);
	return n;
}

static void check_sums(const char *path, uint64_t packets, uint64_t bytes)
{
	struct sums s = sums_of(path, CAPTURE_VECTOR);
	if (s.packets != packets || s.bytes != bytes)
		fail_msg("%s: %llu packets, %llu bytes; capinfos says %llu and %llu", path,
			 (unsigned long long)s.packets, (unsigned long long)s.bytes, (unsigned long long)packets,
			 (unsigned long long)bytes);
	assert_int_equal(s.errors, 0);
}

static void check_vector_of_one(const char *path, uint64_t packets, uint64_t bytes)
{
	struct sums whole = sums_of(path, CAPTURE_VECTOR), one = sums_of(path, 1);
	(void)packets;
	(void)bytes;
	assert_memory_equal(&whole, &one, sizeof one);
}

static void check_packed(const char *path, uint64_t packets, uint64_t bytes)
{
	static const char *const tools[] = {"gzip -1", "zstd -1 -q"};
	char command[900], packed[64];
	(void)packets;
	(void)bytes;
	struct sums plain = sums_of(path, CAPTURE_VECTOR);
	for (int i = 0; i < 2; i++) {
		snprintf(packed, sizeof packed, "/tmp/weir-corpus-%d", (int)getpid());
		snprintf(command, sizeof command, "%s <'%s' >%s", tools[i], path, packed);
		assert_int_equal(system(command), 0);
		struct sums s = sums_of(packed, CAPTURE_VECTOR);
		unlink(packed);
		assert_memory_equal(&plain, &s, sizeof s);
	}
}

static void as_capinfos_counts(void **state)
{
	(void)state;
	if (access(pcap_folder, R_OK) != 0)
		skip();
	assert_true(each_capture(check_sums) >= 241);
}

static void the_vector_does_not_matter(void **state)
{
	(void)state;
	if (access(pcap_folder, R_OK) != 0)
		skip();
	each_capture(check_vector_of_one);
}

static void packing_does_not_matter(void **state)
{
	(void)state;
	if (access(pcap_folder, R_OK) != 0)
		skip();
	each_capture(check_packed);
}

/* All captures of a folder are one stream. */
static void a_folder_is_the_sum(void **state)
{
	char path[400];
	(void)state;
	if (access(pcap_folder, R_OK) != 0)
		skip();
	snprintf(path, sizeof path, "%s/linktype", pcap_folder);
	struct sums s = sums_of(path, CAPTURE_VECTOR);
	assert_int_equal(s.packets, 26 + 10 + 6 + 12 + 10 + 13 + 6 + 33 + 3);
	assert_int_equal(s.errors, 0);
	assert_int_equal(s.first_ns, 1213470754490746000ull); /* the oldest: icmp-frame-relay.pcap */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_capinfos_counts), cmocka_unit_test(the_vector_does_not_matter),
		cmocka_unit_test(packing_does_not_matter), cmocka_unit_test(a_folder_is_the_sum)};
	const char *shared = getenv("WEIR_SHARED");
	snprintf(pcap_folder, sizeof pcap_folder, "%s/data/pcap", shared ? shared : WEIR_SOURCE_ROOT "/../shared");
	return cmocka_run_group_tests_name("capture/corpus", tests, NULL, NULL);
}
