/* Copies of values in one block of a size that is known before, for what is not to live in an arena. */
#ifndef TIPSTAFF_CEDAR_PACK_H
#define TIPSTAFF_CEDAR_PACK_H

#include "cedar/value.h"

/* Bytes that copies take: what needs to be aligned, and texts. */
struct pack_size {
	size_t aligned; /* a multiple of 8 */
	size_t text;
};

/* Where the next copy goes. The block begins with all that is aligned. */
struct packer {
	char *aligned;
	char *text;
};

void pack_size_value(struct pack_size *size, struct cedar_value value);
/* The copy, everything below included. The block must have room, as counted before. */
struct cedar_value pack_value(struct packer *packer, struct cedar_value value);
slice pack_text(struct packer *packer, slice text);

#endif
