/* A blocking connection, plain or TLS, of the command line's HTTP client. */
#ifndef TIPSTAFF_CLI_WIRE_H
#define TIPSTAFF_CLI_WIRE_H

#include "base/error.h"
#include "base/slice.h"

struct wire;

/* Connects. `timeout_s` holds for each read and write. E_UPSTREAM: refused, unknown host, certificate.  E_MEMORY. */
MUST_USE enum error wire_connect(const char *host, const char *port, bool tls, int timeout_s, struct wire **ret_wire,
				 struct fault *why);
/* 0: no timeout. */
void wire_set_timeout(struct wire *wire, int timeout_s);
/* E_CLOSED: the other side is gone.  E_TIMEOUT. */
MUST_USE enum error wire_send(struct wire *wire, slice bytes, struct fault *why);
/* At least one byte, at most `room`. E_CLOSED: the end.  E_TIMEOUT. */
MUST_USE enum error wire_receive(struct wire *wire, char *at, size_t room, size_t *ret_count, struct fault *why);
void wire_free(struct wire *wire);

#endif
