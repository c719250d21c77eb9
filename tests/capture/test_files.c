/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Capture files: every variant of pcap and pcapng, packed and plain, in order, from folders and pipes, filtered, and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/capture.h"
#include "capture/file_make.h"

#define S UINT64_C(1000000000)

/* --- what a file gives --- */

struct got {
	struct packet_view view[64]; /* data: first byte only is kept, in `first` */
	uint8_t first[64];
	uint64_t frames, bytes, checksum;
	int errors[8];
	unsigned error_count;
	char text[480];
};

static void got_frame(struct got *g, const struct packet_view *v)
{
	for (uint32_t i = 0; i < v->caplen; i++) /* touches every byte: views must be good until the next call */
		g->checksum = g->checksum * 31 + v->data[i];
	if (g->frames < 64) {
		g->view[g->frames] = *v;
		g->first[g->frames] = v->caplen ? v->data[0] : 0;
	}
	g->frames++;
	g->bytes += v->wirelen;
}

static void read_all(struct capture *c, struct got *g, unsigned max)
{
	struct packet_view views[CAPTURE_VECTOR];
	struct errmsg e = {{0}};
	int n;
	while ((n = capture_next(c, views, max, 0, &e)) != WEIR_E(NOTFOUND)) {
		assert_true(n != 0 && n <= (int)max);
		if (n < 0) {
			assert_true(g->error_count < 8);
			g->errors[g->error_count++] = n;
			snprintf(g->text, sizeof g->text, "%s", e.text);
		}
		for (int i = 0; i < n; i++)
			got_frame(g, &views[i]);
	}
}

static struct got read_files(const char *const *paths, unsigned count, const char *filter)
{
	struct got g = {0};
	struct capture *c;
	struct capture_stats s;
	struct errmsg e = {{0}};
	if (capture_open_files(paths, count, filter, &c, &e) != 0)
		fail_msg("%s", e.text);
	assert_string_equal(capture_state(c), "file");
	read_all(c, &g, CAPTURE_VECTOR);
	capture_stats(c, &s);
	assert_int_equal(s.packets, g.frames);
	assert_int_equal(s.bytes, g.bytes);
	capture_close(c);
	return g;
}

static struct got read_one(const char *path)
{
	return read_files(&path, 1, NULL);
}

static void expect_frame(const struct got *g, unsigned i, uint64_t ts, uint32_t caplen, uint32_t wirelen, unsigned link,
			 uint8_t first)
{
	assert_int_equal(g->view[i].ts_ns, ts);
	assert_int_equal(g->view[i].caplen, caplen);
	assert_int_equal(g->view[i].wirelen, wirelen);
	assert_int_equal(g->view[i].link_type, link);
	assert_int_equal(g->first[i], first);
	assert_false(g->view[i].vlan_restored);
}

/* --- formats --- */

static void pcap_variants(void **state)
{
	static const struct {
		uint32_t magic;
		uint64_t unit;
	} kinds[] = {{0xa1b2c3d4, 1000}, {0xa1b23c4d, 1}, {0xa1b2cd34, 1000}};
	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		uint32_t magic = kinds[i / 2].magic;
		struct made m = {.big = i % 2};
		pcap_header(&m, magic, 0xf0000001); /* FCS bits above the link type */
		for (uint32_t f = 0; f < 3; f++) {
			bool modified = magic == 0xa1b2cd34;
			pcap_frame(&m, 1000 + f, 999, modified ? 0 : 60 + f, 1500, (uint8_t)(7 + f));
			if (!modified)
				continue;
			/* the modified header: 8 more bytes before the frame */
			m.bytes.len -= 8;
			put32(&m, 60 + f);
			put32(&m, 1500);
			put64(&m, 0);
			for (uint32_t b = 0; b < 60 + f; b++)
				put8(&m, (uint8_t)(7 + f));
		}
		struct got g = read_one(made_write(&m, "a.pcap", AS_IS));
		assert_int_equal(g.frames, 3);
		assert_int_equal(g.error_count, 0);
		for (uint32_t f = 0; f < 3; f++)
			expect_frame(&g, f, (1000 + f) * S + 999 * kinds[i / 2].unit, 60 + f, 1500, LINK_ETHERNET,
				     (uint8_t)(7 + f));
		text_free(&m.bytes);
	}
}

static void pcapng_variants(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct made m = {.big = big};
		ng_section(&m);
		ng_unknown(&m);
		ng_interface(&m, LINK_ETHERNET, 100, -1, 0);        /* microseconds */
		ng_interface(&m, LINK_RAW, 0, 9, 50);               /* nanoseconds, 50 s on */
		ng_interface(&m, LINK_LINUX_SLL, 0, 0x80 | 10, -3); /* 1/1024 s, 3 s back */
		ng_enhanced(&m, 0, 5000001, 61, 90, 1);
		ng_enhanced(&m, 1, 7 * S + 3, 20, 20, 2);
		ng_enhanced(&m, 2, 10 * 1024 + 512, 33, 33, 3);
		ng_obsolete(&m, 1, 9 * S, 21, 22, 4);
		ng_simple(&m, 200, 100, 5); /* cut at the snap length */
		ng_simple(&m, 7, 7, 6);
		m.big = !m.big; /* a second section, of another byte order, begins anew */
		ng_section(&m);
		ng_interface(&m, LINK_LINUX_SLL2, 0, 3, 0);
		ng_unknown(&m);
		ng_enhanced(&m, 0, 1234567, 40, 41, 7);
		struct got g = read_one(made_write(&m, "a.pcapng", AS_IS));
		assert_int_equal(g.error_count, 0);
		assert_int_equal(g.frames, 7);
		expect_frame(&g, 0, 5 * S + 1000, 61, 90, LINK_ETHERNET, 1);
		expect_frame(&g, 1, 57 * S + 3, 20, 20, LINK_RAW, 2);
		expect_frame(&g, 2, 7 * S + S / 2, 33, 33, LINK_LINUX_SLL, 3);
		expect_frame(&g, 3, 59 * S, 21, 22, LINK_RAW, 4);
		expect_frame(&g, 4, 59 * S, 100, 200, LINK_ETHERNET, 5); /* no time of its own */
		expect_frame(&g, 5, 59 * S, 7, 7, LINK_ETHERNET, 6);
		expect_frame(&g, 6, 1234 * S + 567000000, 40, 41, LINK_LINUX_SLL2, 7);
		text_free(&m.bytes);
	}
}

static void a_shorter_original_length_is_corrected(void **state)
{
	struct made m = {0};
	struct capture_stats s;
	struct capture *c;
	struct got g = {0};
	(void)state;
	pcap_header(&m, 0xa1b2c3d4, 1);
	pcap_frame(&m, 1, 0, 60, 10, 1);
	pcap_frame(&m, 1, 0, 60, 60, 1);
	const char *path = made_write(&m, "short.pcap", AS_IS);
	assert_int_equal(capture_open_files(&path, 1, NULL, &c, NULL), 0);
	read_all(c, &g, CAPTURE_VECTOR);
	capture_stats(c, &s);
	assert_int_equal(g.bytes, 120);
	assert_int_equal(s.length_corrected, 1);
	assert_int_equal(s.bytes_done, s.bytes_total);
	capture_close(c);
	text_free(&m.bytes);
}

/* --- packing, pipes --- */

/* Larger than the window, frames of all sizes, hard to pack. */
static void make_large(struct made *m, uint32_t frames)
{
	srand(5);
	pcap_header(m, 0xa1b2c3d4, 1);
	for (uint32_t i = 0; i < frames; i++) {
		uint32_t n = i % 1000 == 7 ? 200000 : (uint32_t)rand() % 3000;
		pcap_frame(m, 1000 + i, 0, n, n, 0);
		for (uint32_t b = 0; b < n; b += 1 + (uint32_t)rand() % 8)
			m->bytes.buf[m->bytes.len - n + b] = (char)rand();
	}
}

struct pipe_job {
	const struct made *made;
	int fd;
};

static void *feed(void *arg)
{
	const struct pipe_job *job = arg;
	FILE *f = fdopen(job->fd, "w");
	fwrite(text_str(&job->made->bytes), 1, job->made->bytes.len, f);
	fclose(f);
	return NULL;
}

static struct got read_pipe(const struct made *m)
{
	struct pipe_job job = {.made = m};
	int pair[2], saved = dup(STDIN_FILENO);
	pthread_t t;
	assert_int_equal(pipe(pair), 0);
	dup2(pair[0], STDIN_FILENO);
	close(pair[0]);
	job.fd = pair[1];
	pthread_create(&t, NULL, feed, &job);
	struct got g = read_one("-");
	pthread_join(t, NULL);
	dup2(saved, STDIN_FILENO);
	close(saved);
	return g;
}

static void packed_and_piped_are_the_same(void **state)
{
	struct made m = {0};
	(void)state;
	make_large(&m, 3500);
	struct got plain = read_one(made_write(&m, "large.pcap", AS_IS)), other;
	assert_int_equal(plain.frames, 3500);
	assert_int_equal(plain.error_count, 0);
	for (int i = 0; i < 3; i++) {
		other = i == 0   ? read_one(made_write(&m, "large.gz", GZIPPED))
			: i == 1 ? read_one(made_write(&m, "large.zst", ZSTD_PACKED))
				 : read_pipe(&m);
		assert_int_equal(other.frames, plain.frames);
		assert_int_equal(other.bytes, plain.bytes);
		assert_int_equal(other.checksum, plain.checksum);
		assert_int_equal(other.error_count, 0);
	}
	text_free(&m.bytes);
}

/* Very packable data: a small input holds much output, also after its last byte was read. */
static void packed_tails_are_not_lost(void **state)
{
	struct made m = {0};
	(void)state;
	pcap_header(&m, 0xa1b2c3d4, 1);
	for (uint32_t i = 0; i < 200; i++)
		pcap_frame(&m, i, 0, 100000, 100000, 0);
	for (int i = 0; i < 2; i++) {
		struct got g = read_one(made_write(&m, i ? "zeros.zst" : "zeros.gz", i ? ZSTD_PACKED : GZIPPED));
		assert_int_equal(g.frames, 200);
		assert_int_equal(g.error_count, 0);
	}
	text_free(&m.bytes);
}

static void members_one_after_another(void **state)
{
	struct made a = {0}, b = {0}, joined = {0};
	char buf[2][20000];
	(void)state;
	pcap_header(&a, 0xa1b2c3d4, 1);
	pcap_frame(&a, 1, 0, 60, 60, 1);
	pcap_frame(&b, 2, 0, 61, 61, 2);
	for (int kind = 0; kind < 2; kind++) {
		text_clear(&joined.bytes);
		for (int i = 0; i < 2; i++) {
			FILE *f = fopen(made_write(i ? &b : &a, "part", kind ? ZSTD_PACKED : GZIPPED), "rbe");
			put_bytes(&joined, buf[i], fread(buf[i], 1, sizeof buf[i], f));
			fclose(f);
		}
		struct got g = read_one(made_write(&joined, "joined", AS_IS));
		assert_int_equal(g.frames, 2);
		assert_int_equal(g.error_count, 0);
	}
	text_free(&a.bytes);
	text_free(&b.bytes);
	text_free(&joined.bytes);
}

/* --- several files --- */

static const char *frame_at(const char *name, uint32_t seconds, enum packing packing)
{
	struct made m = {0};
	pcap_header(&m, 0xa1b2c3d4, 1);
	pcap_frame(&m, seconds, 0, 60, 60, (uint8_t)seconds);
	pcap_frame(&m, seconds + 1, 0, 60, 60, (uint8_t)seconds);
	const char *path = made_write(&m, name, packing);
	text_free(&m.bytes);
	return path;
}

static void files_in_order_of_time(void **state)
{
	const char *paths[3] = {frame_at("x1", 30, AS_IS), frame_at("x2", 10, ZSTD_PACKED),
				frame_at("x3", 20, GZIPPED)};
	(void)state;
	struct got g = read_files(paths, 3, NULL);
	assert_int_equal(g.frames, 6);
	for (unsigned i = 1; i < 6; i++)
		assert_true(g.view[i].ts_ns > g.view[i - 1].ts_ns);
	assert_int_equal(g.first[0], 10);
}

static void folders(void **state)
{
	char folder[400], path[500];
	const char *paths[1] = {folder};
	struct capture *c;
	struct errmsg e = {{0}};
	(void)state;
	snprintf(folder, sizeof folder, "%s/folder", scratch_folder());
	mkdir(folder, 0700);
	assert_int_equal(capture_open_files(paths, 1, NULL, &c, &e), WEIR_E(NOTFOUND)); /* nothing in it */
	frame_at("folder/b.cap", 20, AS_IS);
	frame_at("folder/a.without-ending", 40, GZIPPED);
	bytes_write("no capture", 10, "folder/readme.txt");
	bytes_write("", 0, "folder/empty.pcap");
	snprintf(path, sizeof path, "%s/deeper", folder);
	mkdir(path, 0700);
	frame_at("folder/deeper/c.pcap", 1, AS_IS);
	struct got g = read_files(paths, 1, NULL);
	assert_int_equal(g.frames, 4);
	assert_int_equal(g.first[0], 20);
}

static void what_can_not_be_read(void **state)
{
	const char *path;
	struct capture *c;
	struct errmsg e = {{0}};
	(void)state;
	path = "/nonexistent/a.pcap";
	assert_int_equal(capture_open_files(&path, 1, NULL, &c, &e), WEIR_E(NOTFOUND));
	assert_non_null(strstr(e.text, path));
	path = bytes_write("hello, I am no capture file", 27, "text");
	assert_int_equal(capture_open_files(&path, 1, NULL, &c, &e), WEIR_E(UNSUPPORTED));
	assert_non_null(strstr(e.text, path));
	path = bytes_write("", 0, "empty");
	assert_int_equal(capture_open_files(&path, 1, NULL, &c, &e), WEIR_E(TRUNCATED));
	path = bytes_write("\xd4\xc3\xb2\xa1\x02", 5, "header");
	assert_int_equal(capture_open_files(&path, 1, NULL, &c, &e), WEIR_E(TRUNCATED));
}

/* --- filters --- */

static void filters(void **state)
{
	static const uint8_t udp[42] = {2, 2, 2,  2,  2, 2, 4,  4, 4, 4, 4,  4, 8, 0, 0x45, 0,    0, 28, 0, 0,
					0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 0x13, 0x88, 0, 53, 0, 8};
	struct made m = {0};
	const char *path;
	struct capture *c;
	struct errmsg e = {{0}};
	(void)state;
	ng_section(&m);
	ng_interface(&m, LINK_ETHERNET, 0, -1, 0);
	ng_interface(&m, LINK_RAW, 0, -1, 0);
	ng_interface(&m, LINK_LINUX_SLL, 0, -1, 0);
	for (uint32_t i = 0; i < 300; i++) {
		uint32_t n = i % 3 == 0 ? 42 : i % 3 == 1 ? 28 : 44;
		ng_enhanced(&m, i % 3, i, n, n, 0);
		uint8_t *data = (uint8_t *)m.bytes.buf + m.bytes.len - 4 - (n + 3) / 4 * 4;
		if (i % 2 == 0)
			memcpy(data + (i % 3 == 2 ? 16 : 0), udp + (i % 3 == 0 ? 0 : 14), i % 3 == 0 ? 42 : 28);
		if (i % 2 == 0 && i % 3 == 2)
			data[14] = 8; /* cooked: the protocol before the IP header */
	}
	path = made_write(&m, "filter.pcapng", AS_IS);
	struct got g = read_files(&path, 1, "udp port 53 and host 10.0.0.2");
	assert_int_equal(g.frames, 150);
	g = read_files(&path, 1, "tcp");
	assert_int_equal(g.frames, 0);
	assert_int_equal(capture_open_files(&path, 1, "udp port", &c, &e), WEIR_E(SYNTAX));
	assert_non_null(strstr(e.text, "udp port"));
	text_free(&m.bytes);
}

/* --- damage --- */

/* Cut at every length: the frames that are whole arrive, then TRUNCATED unless the cut is between frames; and the next file is read after it. */
static void cut_anywhere(void **state)
{
	(void)state;
	for (int ng = 0; ng < 2; ng++) {
		struct made m = {0};
		size_t ends[5] = {0};
		if (ng) {
			ng_section(&m);
			ng_interface(&m, 1, 0, -1, 0);
		} else {
			pcap_header(&m, 0xa1b2c3d4, 1);
		}
		size_t begin = m.bytes.len;
		for (uint32_t i = 0; i < 4; i++) {
			if (ng)
				ng_enhanced(&m, 0, i, 50 + i, 50 + i, 1);
			else
				pcap_frame(&m, i, 0, 50 + i, 50 + i, 1);
			ends[i] = m.bytes.len;
		}
		for (size_t n = begin; n <= ends[3]; n++) {
			const char *paths[2] = {bytes_write(text_str(&m.bytes), n, "cut"),
						frame_at("whole", 4000, AS_IS)};
			unsigned whole = 0;
			while (whole < 4 && ends[whole] <= n)
				whole++;
			bool clean = n == begin || (whole && ends[whole - 1] == n);
			struct got g = read_files(paths, 2, NULL);
			assert_int_equal(g.frames, whole + 2);
			assert_int_equal(g.error_count, !clean);
			if (!clean) {
				assert_int_equal(g.errors[0], WEIR_E(TRUNCATED));
				assert_non_null(strstr(g.text, paths[0]));
			}
		}
		text_free(&m.bytes);
	}
}

static void damaged_in_the_middle(void **state)
{
	struct made m = {0};
	(void)state;
	pcap_header(&m, 0xa1b2c3d4, 1);
	for (uint32_t i = 0; i < 200; i++)
		pcap_frame(&m, i, 0, 60, 60, 1);
	memset(m.bytes.buf + 24 + 76 * 130 + 8, 0xff, 4); /* frame 131 claims 4 GB */
	struct got g = read_one(made_write(&m, "claims.pcap", AS_IS));
	assert_int_equal(g.frames, 130);
	assert_int_equal(g.error_count, 1);
	assert_int_equal(g.errors[0], WEIR_E(CORRUPT));
	assert_non_null(strstr(g.text, "frame 131"));
	text_clear(&m.bytes);
	ng_section(&m);
	ng_interface(&m, 1, 0, -1, 0);
	ng_enhanced(&m, 0, 1, 60, 60, 1);
	size_t good = m.bytes.len;
	ng_enhanced(&m, 9, 1, 60, 60, 1); /* no such interface */
	g = read_one(made_write(&m, "interface.pcapng", AS_IS));
	assert_int_equal(g.frames, 1);
	assert_int_equal(g.errors[0], WEIR_E(CORRUPT));
	m.bytes.len = good;
	ng_enhanced(&m, 0, 1, 60, 60, 1);
	m.bytes.buf[m.bytes.len - 4]++; /* the two lengths differ */
	g = read_one(made_write(&m, "lengths.pcapng", AS_IS));
	assert_int_equal(g.frames, 1);
	assert_int_equal(g.errors[0], WEIR_E(CORRUPT));
	text_free(&m.bytes);
}

static void damaged_packing(void **state)
{
	struct made m = {0};
	(void)state;
	make_large(&m, 3000);
	for (int kind = 0; kind < 4; kind++) {
		const char *path = made_write(&m, "packed", kind % 2 ? ZSTD_PACKED : GZIPPED);
		struct stat st;
		stat(path, &st);
		if (kind < 2) { /* cut */
			assert_int_equal(truncate(path, st.st_size / 2), 0);
		} else { /* overwritten in the middle */
			FILE *f = fopen(path, "r+be");
			fseek(f, st.st_size / 2, SEEK_SET);
			fwrite("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 1, 16, f);
			fclose(f);
		}
		struct got g = read_one(path);
		assert_true(g.frames > 500 && g.frames < 3000);
		assert_int_equal(g.error_count, 1);
		assert_int_equal(g.errors[0], WEIR_E(CORRUPT));
	}
	text_free(&m.bytes);
}

/* Cut short under our hands, as by a tcpdump that writes its ring of files anew: no crash, an error, and the next file. */
static void cut_while_it_is_read(void **state)
{
	struct made m = {0};
	struct got g = {0};
	struct packet_view views[CAPTURE_VECTOR];
	struct capture *c;
	struct errmsg e = {{0}};
	(void)state;
	pcap_header(&m, 0xa1b2c3d4, 1);
	for (uint32_t i = 0; i < 1000; i++)
		pcap_frame(&m, i, 0, 1000, 1000, 1);
	const char *paths[2] = {made_write(&m, "cut-live.pcap", AS_IS), frame_at("after", 5000, AS_IS)};
	assert_int_equal(capture_open_files(paths, 2, NULL, &c, &e), 0);
	int n = capture_next(c, views, CAPTURE_VECTOR, 0, &e);
	assert_int_equal(n, CAPTURE_VECTOR);
	assert_int_equal(truncate(paths[0], 300 * 1016), 0);
	for (int i = 0; i < n; i++) /* what was handed out is still there, or zeros */
		got_frame(&g, &views[i]);
	read_all(c, &g, CAPTURE_VECTOR);
	assert_in_range(g.frames, 302, 303); /* 300 and the next file, perhaps the frame at the cut */
	assert_int_equal(g.error_count, 1);
	assert_int_equal(g.errors[0], WEIR_E(TRUNCATED));
	assert_int_equal(g.view[63].ts_ns, 63 * S);
	capture_close(c);
	text_free(&m.bytes);
}

/* Read to the end without a match: neither memory nor the window grows. */
static void nothing_matches(void **state)
{
	struct made m = {0};
	(void)state;
	make_large(&m, 4000);
	for (int i = 0; i < 3; i++) {
		const char *path = made_write(&m, "nothing", i == 0 ? AS_IS : i == 1 ? GZIPPED : ZSTD_PACKED);
		struct got g = read_files(&path, 1, "greater 500000");
		assert_int_equal(g.frames, 0);
		assert_int_equal(g.error_count, 0);
	}
	text_free(&m.bytes);
}

static int remove_scratch(void **state)
{
	(void)state;
	scratch_remove();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pcap_variants),
		cmocka_unit_test(pcapng_variants),
		cmocka_unit_test(a_shorter_original_length_is_corrected),
		cmocka_unit_test(packed_and_piped_are_the_same),
		cmocka_unit_test(packed_tails_are_not_lost),
		cmocka_unit_test(members_one_after_another),
		cmocka_unit_test(files_in_order_of_time),
		cmocka_unit_test(folders),
		cmocka_unit_test(what_can_not_be_read),
		cmocka_unit_test(filters),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(damaged_in_the_middle),
		cmocka_unit_test(damaged_packing),
		cmocka_unit_test(cut_while_it_is_read),
		cmocka_unit_test(nothing_matches),
	};
	return cmocka_run_group_tests_name("capture/files", tests, NULL, remove_scratch);
}
