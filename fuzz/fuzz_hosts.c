/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any bytes as saved hosts: what is restored is saved, and that text restores to the same. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "model/model.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct model *restored(const char *text, size_t len)
{
	struct model_options o = {.interface = "fuzz", .hosts_max = MODEL_HOSTS_MIN, .flows_max = 1};
	struct model *m;

	if (model_create(&o, &m) < 0)
		abort();
	if (model_restore(m, text, len, NULL) < 0) {
		model_free(m);
		return NULL;
	}
	return m;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text first = TEXT_INIT, second = TEXT_INIT;

	log_set_level(LOG_LEVEL_ERROR);
	struct model *a = restored((const char *)data, size);
	if (!a)
		return 0;
	model_save(a, &first);
	struct model *b = restored(text_str(&first), first.len);
	if (!b)
		abort();
	model_save(b, &second);
	if (first.len != second.len || memcmp(first.buf, second.buf, first.len) != 0)
		abort();
	text_free(&first);
	text_free(&second);
	model_free(a);
	model_free(b);
	return 0;
}
