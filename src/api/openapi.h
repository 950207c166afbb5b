/* The description of the HTTP interface (OpenAPI 3.1), made from the tables of routes and kinds so that it cannot drift. */
#ifndef TIPSTAFF_API_OPENAPI_H
#define TIPSTAFF_API_OPENAPI_H

#include "base/buffer.h"

#define OPENAPI_BYTES_MAX (1024u * 1024u)

/* `issuer` is the base URL of this server. A write that does not fit marks the buffer as failed. */
void openapi_write(struct buffer *out, slice issuer);

#endif
