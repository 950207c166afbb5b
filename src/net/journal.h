/*
 * The operators' log: one line per event on standard error, fixed event names, typed fields; logfmt or JSON.
 *
 * Not evidence, and never a secret: what identifies a credential is its id or digest. Lines are written whole with
 * one write(2), from any thread and process; what does not fit is cut.
 */
#ifndef TIPSTAFF_NET_JOURNAL_H
#define TIPSTAFF_NET_JOURNAL_H

#include "base/slice.h"

#include <stdarg.h>

#define JOURNAL_LINE_BYTES_MAX 2048u

/* Before the first line, once per process; `part` is the kind of process ("worker"). */
void journal_init(const char *part, bool json);
/* journal_event("upstream.refused", "server", "fs", "reason", "timeout", NULL) */
void journal_event(const char *event, ...) __attribute__((sentinel));
void journal_event_list(const char *event, va_list fields);

#endif
