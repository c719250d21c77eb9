/* SPDX-License-Identifier: GPL-3.0-or-later */
/* weir doctor: what is missing or misconfigured on this host, and the command that mends it. Each check is one function and one row. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/capability.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "app/app.h"
#include "app/datadir.h"
#include "base/program.h"
#include "capture/capture.h"
#include "enrich/enrich.h"
#include "store/engine_path.h"

enum verdict { GOOD, NOTE, BAD };

struct finding {
	char text[300];
	char mend[300]; /* command or advice; "" none */
};

struct doctor {
	const char *interface; /* NULL: the default one */
	const char *data;
};

static enum verdict say(struct finding *f, enum verdict v, const char *text, const char *mend)
{
	snprintf(f->text, sizeof f->text, "%s", text);
	snprintf(f->mend, sizeof f->mend, "%s", mend);
	return v;
}

static enum verdict check_opener(const struct doctor *d, struct finding *f)
{
	struct vfs_cap_data caps;
	char path[512], mend[600];

	(void)d;
	if (program_path("weir-open", path, sizeof path) != 0 || access(path, X_OK) != 0)
		return say(f, BAD, "weir-open is missing beside weir: live capture will not work", "make");
	if (geteuid() == 0)
		return say(f, GOOD, "live capture: we are root", "");
	ssize_t n = getxattr(path, "security.capability", &caps, sizeof caps);
	uint32_t need = 1u << CAP_NET_RAW;
	if (n > 0 && (caps.data[0].permitted & need) == need)
		return say(f, GOOD, "live capture: weir-open has cap_net_raw", "");
	snprintf(mend, sizeof mend, "sudo setcap cap_net_raw=ep %s", path);
	return say(f, BAD, "weir-open may not open capture sockets: cap_net_raw is missing", mend);
}

static enum verdict check_interface(const struct doctor *d, struct finding *f)
{
	char name[16], text[200];
	if (d->interface)
		snprintf(name, sizeof name, "%s", d->interface);
	else if (capture_default_interface(name) != 0)
		return say(f, NOTE, "there is no default route: `weir run` needs -i NAME", "ip link");
	if (if_nametoindex(name) == 0) {
		snprintf(text, sizeof text, "there is no interface %s", name);
		return say(f, BAD, text, "ip link");
	}
	snprintf(text, sizeof text, "interface: %s", name);
	return say(f, GOOD, text, "");
}

/* Offloads that join packets before we see them: then packet counts and sizes are not those of the wire. */
static enum verdict check_offloads(const struct doctor *d, struct finding *f)
{
	static const struct {
		uint32_t command;
		const char *name;
	} offloads[] = {{ETHTOOL_GGRO, "gro"}, {ETHTOOL_GTSO, "tso"}, {ETHTOOL_GGSO, "gso"}};
	char name[16], on[64] = "", mend[200] = "", text[200];
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (d->interface)
		snprintf(name, sizeof name, "%s", d->interface);
	else if (capture_default_interface(name) != 0)
		name[0] = '\0';
	for (size_t i = 0; fd >= 0 && name[0] && i < sizeof offloads / sizeof offloads[0]; i++) {
		struct ethtool_value value = {.cmd = offloads[i].command};
		struct ifreq ifr = {.ifr_data = (char *)&value};
		snprintf(ifr.ifr_name, sizeof ifr.ifr_name, "%s", name);
		if (ioctl(fd, SIOCETHTOOL, &ifr) == 0 && value.data) {
			strcat(strcat(on, on[0] ? ", " : ""), offloads[i].name);
			snprintf(mend + strlen(mend), sizeof mend - strlen(mend), " %s off", offloads[i].name);
		}
	}
	if (fd >= 0)
		close(fd);
	if (!on[0])
		return say(f, GOOD, "no offload joins packets before capture", "");
	snprintf(text, sizeof text,
		 "%s joins packets before capture (%s): bytes are right, packet counts and sizes are not the wire's",
		 name, on);
	memmove(mend + strlen("sudo ethtool -K ") + strlen(name), mend, strlen(mend) + 1);
	memcpy(mend, "sudo ethtool -K ", strlen("sudo ethtool -K "));
	memcpy(mend + strlen("sudo ethtool -K "), name, strlen(name));
	return say(f, NOTE, text, mend);
}

static enum verdict check_engine(const struct doctor *d, struct finding *f)
{
	char path[512], text[400];
	struct errmsg e = {{0}};
	(void)d;
	if (engine_path_find(NULL, path, sizeof path, &e) != 0)
		return say(f, BAD, e.text[0] ? e.text : "libchdb.so is missing: no history (--store none works)",
			   "scripts/install-deps --run");
	snprintf(text, sizeof text, "database engine: %.350s", path);
	return say(f, GOOD, text, "");
}

static enum verdict check_data(const struct doctor *d, struct finding *f)
{
	char dir[512], text[300];
	struct errmsg e = {{0}};
	struct statvfs v;
	if (datadir_open(d->data, dir, sizeof dir, &e) != 0)
		return say(f, BAD, e.text, "choose a folder with --data DIR");
	if (access(dir, W_OK) != 0 || statvfs(dir, &v) != 0)
		return say(f, BAD, "the data folder can't be written", "choose a folder with --data DIR");
	double free_gb = (double)v.f_bavail * (double)v.f_frsize / 1e9;
	snprintf(text, sizeof text, "data folder: %.200s (%.1f GB free)", dir, free_gb);
	return say(f, free_gb < 1 ? NOTE : GOOD, text, free_gb < 1 ? "free some disk space" : "");
}

static enum verdict check_enrich(const struct doctor *d, struct finding *f)
{
	struct enrich *en = NULL;
	struct enrich_status status[4];
	struct errmsg e = {{0}};
	struct enrich_options options = {0};
	enum verdict v = GOOD;
	(void)d;
	if (enrich_open(&options, &en, &e) != 0)
		return say(f, BAD, e.text, "scripts/install-deps --run");
	unsigned n = enrich_status(en, status);
	say(f, GOOD, "country, AS, vendor and service names are there", "");
	for (unsigned i = 0; i < n; i++) {
		if (!status[i].problem)
			continue;
		snprintf(f->text, sizeof f->text, "%s: %s", status[i].name, status[i].problem);
		snprintf(f->mend, sizeof f->mend, "scripts/install-deps --run");
		v = NOTE;
	}
	enrich_close(en);
	return v;
}

static enum verdict check_page(const struct doctor *d, struct finding *f)
{
	char path[512];
	(void)d;
	if (program_path("../ui/dist/index.html", path, sizeof path) == 0 && access(path, R_OK) == 0)
		return say(f, GOOD, "the page is built", "");
	if (program_path("../share/weir/ui/index.html", path, sizeof path) == 0 && access(path, R_OK) == 0)
		return say(f, GOOD, "the page is installed", "");
	return say(f, BAD, "the page is not built", "make");
}

static const struct {
	const char *name;
	enum verdict (*check)(const struct doctor *d, struct finding *f);
} checks[] = {
	{"capture", check_opener}, {"interface", check_interface}, {"offloads", check_offloads},
	{"engine", check_engine},  {"data", check_data},           {"names", check_enrich},
	{"page", check_page},
};

static void usage(FILE *out)
{
	static const struct help_option options[] = {
		{.name = "interface",
		 .letter = 'i',
		 .argument = "NAME",
		 .help = "look at this one (default: the one with the default route)"},
		DATADIR_HELP,
	};
	fputs("Usage: weir doctor [OPTION]…\n\n"
	      "Checks this host and says what is missing or misconfigured, and the command that mends it.\n\n",
	      out);
	help_options(out, options, sizeof options / sizeof options[0]);
	fputs("\nExit status: 0 when all is well, 1 when something is bad, 2 for a wrong option.\n", out);
}

int cmd_doctor(int argc, char **argv)
{
	static const struct option longs[] = {{"interface", required_argument, NULL, 'i'},
					      {"data", required_argument, NULL, 'd'},
					      {"help", no_argument, NULL, 'h'},
					      {0}};
	static const char *const marks[] = {"ok  ", "note", "BAD "};
	struct doctor d = {0};
	struct finding f;
	int c, bad = 0;

	while ((c = getopt_long(argc, argv, "i:h", longs, NULL)) != -1) {
		if (c == 'i')
			d.interface = optarg;
		else if (c == 'd')
			d.data = optarg;
		else {
			usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	}
	for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
		memset(&f, 0, sizeof f);
		enum verdict v = checks[i].check(&d, &f);
		printf("%s  %-10s %s\n", marks[v], checks[i].name, f.text);
		if (f.mend[0])
			printf("                 → %s\n", f.mend);
		bad += v == BAD;
	}
	return bad ? 1 : 0;
}
