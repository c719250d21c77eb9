/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes the large captures of the benchmark from small ones, the same bytes every time (fixed seed).
 *
 *     make_inputs OUT-DIR CAPTURE…
 *
 *   mix.pcap   all Ethernet captures again and again, every turn with other IPv4 addresses: about 550 k packets
 *   long.pcap  100 long TCP flows of 60-byte frames, both directions, in random order: 4 M packets
 *   tiny.pcap  1 M flows: half SYN probes (one packet), half DNS (query and response): 1.5 M packets
 *
 * TCP and DNS frames are taken from the captures and given other addresses and ports. Frames are 10 us apart, so that no time-out of any tool that
 * is compared ends a flow early: what is compared is the work, with everything in memory.
 */
#include <pcap/pcap.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	MIX_PACKETS = 550000,
	LONG_PACKETS = 4000000,
	LONG_FLOWS = 100,
	TINY_FLOWS = 1000000,
};

struct frame {
	uint32_t len;
	uint8_t *data;
};

static struct frame *frames;
static size_t frame_count, frame_room;
static uint64_t random_state = 0x9e3779b97f4a7c15;

/* splitmix64 (Steele, Lea, Flood 2014): small, and the same everywhere. */
static uint64_t random_next(void)
{
	uint64_t z = (random_state += 0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

static void die(const char *what, const char *which)
{
	fprintf(stderr, "make_inputs: %s %s\n", what, which);
	exit(1);
}

/* Whole frames of Ethernet captures; others are left out. */
static void load(const char *path)
{
	char e[PCAP_ERRBUF_SIZE];
	pcap_t *p = pcap_open_offline(path, e);
	struct pcap_pkthdr *h;
	const u_char *data;

	if (!p || pcap_datalink(p) != DLT_EN10MB) {
		if (p)
			pcap_close(p);
		return;
	}
	while (pcap_next_ex(p, &h, &data) == 1) {
		if (h->caplen != h->len || h->len < 14 || h->len > 9000)
			continue;
		if (frame_count == frame_room) {
			frame_room = frame_room ? frame_room * 2 : 65536;
			frames = realloc(frames, frame_room * sizeof *frames);
			if (!frames)
				die("no memory for", path);
		}
		struct frame *f = &frames[frame_count++];
		f->len = h->len;
		f->data = malloc(h->len);
		if (!f->data)
			die("no memory for", path);
		memcpy(f->data, data, h->len);
	}
	pcap_close(p);
}

struct out {
	FILE *f;
	uint64_t us;
};

static struct out out_open(const char *dir, const char *name)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/%s", dir, name);
	struct out o = {fopen(path, "w"), 1600000000ull * 1000000};
	const uint32_t header[6] = {0xa1b2c3d4, 4u << 16 | 2, 0, 0, 262144, 1};
	if (!o.f || fwrite(header, sizeof header, 1, o.f) != 1)
		die("can't write", path);
	return o;
}

static void out_frame(struct out *o, const uint8_t *data, uint32_t len)
{
	uint32_t h[4] = {(uint32_t)(o->us / 1000000), (uint32_t)(o->us % 1000000), len, len};
	fwrite(h, sizeof h, 1, o->f);
	fwrite(data, len, 1, o->f);
	o->us += 10;
}

static void out_close(struct out *o)
{
	if (ferror(o->f) || fclose(o->f))
		die("can't write", "(disk full?)");
}

static int is_ipv4(const uint8_t *d, uint32_t len, uint8_t protocol)
{
	return len >= 42 && d[12] == 8 && d[13] == 0 && d[14] == 0x45 && d[23] == protocol;
}

static void make_mix(const char *dir)
{
	struct out o = out_open(dir, "mix.pcap");
	uint8_t copy[9000];

	for (uint32_t made = 0, turn = 0; made < MIX_PACKETS && frame_count; turn++)
		for (size_t i = 0; i < frame_count && made < MIX_PACKETS; i++, made++) {
			memcpy(copy, frames[i].data, frames[i].len);
			if (turn && frames[i].len >= 34 && copy[12] == 8 && copy[13] == 0) {
				copy[27] ^= (uint8_t)turn; /* second byte of both addresses */
				copy[31] ^= (uint8_t)turn;
			}
			out_frame(&o, copy, frames[i].len);
		}
	out_close(&o);
}

/* First frame of the captures for which the test holds. */
static const struct frame *find(int (*test)(const uint8_t *d, uint32_t len))
{
	for (size_t i = 0; i < frame_count; i++)
		if (test(frames[i].data, frames[i].len))
			return &frames[i];
	die("the captures have no", "TCP SYN or DNS query and response over IPv4");
	return NULL;
}

static int is_syn(const uint8_t *d, uint32_t len)
{
	return is_ipv4(d, len, 6) && len >= 60 && d[47] == 2;
}

static int is_query(const uint8_t *d, uint32_t len)
{
	return is_ipv4(d, len, 17) && len > 60 && d[36] == 0 && d[37] == 53 && !(d[44] & 0x80);
}

static int is_response(const uint8_t *d, uint32_t len)
{
	return is_ipv4(d, len, 17) && len > 60 && d[34] == 0 && d[35] == 53 && (d[44] & 0x80);
}

static void set_ends(uint8_t *d, uint32_t source, uint32_t destination, uint16_t sport, uint16_t dport)
{
	for (int i = 0; i < 4; i++) {
		d[26 + i] = (uint8_t)(source >> (24 - 8 * i));
		d[30 + i] = (uint8_t)(destination >> (24 - 8 * i));
	}
	d[34] = (uint8_t)(sport >> 8), d[35] = (uint8_t)sport;
	d[36] = (uint8_t)(dport >> 8), d[37] = (uint8_t)dport;
}

/* A 60-byte TCP frame without payload from the SYN. */
static void make_long(const char *dir)
{
	struct out o = out_open(dir, "long.pcap");
	const struct frame *syn = find(is_syn);
	uint8_t f[60];
	uint32_t seq[LONG_FLOWS][2] = {{0}};

	for (uint32_t made = 0; made < LONG_PACKETS; made++) {
		uint32_t flow = made < 2 * LONG_FLOWS ? made % LONG_FLOWS : (uint32_t)(random_next() % LONG_FLOWS);
		int back = made < LONG_FLOWS ? 0 : made < 2 * LONG_FLOWS ? 1 : (int)(random_next() & 1);
		uint8_t flags = made < LONG_FLOWS ? 2 : made < 2 * LONG_FLOWS ? 18 : 16;
		uint32_t client = 0x0a000001 + flow, server = 0xc0000201 + flow % 7;
		memcpy(f, syn->data, 60);
		f[16] = 0, f[17] = 46; /* 20 + 20 + 6 bytes of payload */
		if (back)
			set_ends(f, server, client, 8443, (uint16_t)(40000 + flow));
		else
			set_ends(f, client, server, (uint16_t)(40000 + flow), 8443);
		uint32_t s = seq[flow][back], a = seq[flow][!back];
		for (int i = 0; i < 4; i++) {
			f[38 + i] = (uint8_t)(s >> (24 - 8 * i));
			f[42 + i] = (uint8_t)(a >> (24 - 8 * i));
		}
		f[46] = 0x50;
		f[47] = flags;
		if (flags & 2)
			f[17] = 40;
		seq[flow][back] += flags & 2 ? 1 : 6;
		out_frame(&o, f, 60);
	}
	out_close(&o);
}

static void make_tiny(const char *dir)
{
	struct out o = out_open(dir, "tiny.pcap");
	const struct frame *syn = find(is_syn), *query = find(is_query), *response = find(is_response);
	uint8_t f[9000];

	for (uint32_t i = 0; i < TINY_FLOWS; i++) {
		uint64_t r = random_next();
		uint32_t client = 0x0a000000 | (uint32_t)(r & 0xffffff), server = (uint32_t)(r >> 32) | 0x20000000;
		uint16_t port = (uint16_t)(1024 + (r >> 24 & 0x7fff));
		if (i & 1) {
			static const uint16_t probed[8] = {22, 23, 80, 443, 445, 3389, 5900, 8080};
			memcpy(f, syn->data, syn->len);
			set_ends(f, client, server, port, probed[r >> 40 & 7]);
			out_frame(&o, f, syn->len);
			continue;
		}
		memcpy(f, query->data, query->len);
		set_ends(f, client, 0xc0000235 + (i & 3), port, 53);
		out_frame(&o, f, query->len);
		memcpy(f, response->data, response->len);
		set_ends(f, 0xc0000235 + (i & 3), client, 53, port);
		out_frame(&o, f, response->len);
	}
	out_close(&o);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		die("usage:", "make_inputs OUT-DIR CAPTURE…");
	for (int i = 2; i < argc; i++)
		load(argv[i]);
	if (!frame_count)
		die("no Ethernet frames in", argv[2]);
	make_mix(argv[1]);
	make_long(argv[1]);
	make_tiny(argv[1]);
	return 0;
}
