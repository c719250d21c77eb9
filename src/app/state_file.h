/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model's state on disk: <state_dir>/<interface>.hosts.jsonl, replaced whole by rename, so that a crash leaves the old or the new one. */
#ifndef WEIR_APP_STATE_FILE_H
#define WEIR_APP_STATE_FILE_H

#include "base/err.h"
#include "base/text.h"

struct model;

int state_write(const char *dir, const char *interface, const struct text *content, struct errmsg *e);
/* 0 when there is no file yet. A damaged file is set aside as .damaged with a warning: the program goes on without it. */
int state_restore(struct model *m, const char *dir, const char *interface, struct errmsg *e);

#endif
