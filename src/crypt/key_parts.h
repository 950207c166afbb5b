/* What a key is made of; for the files of this folder only. */
#ifndef TIPSTAFF_CRYPT_KEY_PARTS_H
#define TIPSTAFF_CRYPT_KEY_PARTS_H

#include "crypt/key.h"
#include "crypt/secret.h"

#include <openssl/evp.h>

struct key {
	enum key_type type;
	bool private;
	unsigned pinned;         /* enum signature_algorithm; 0: whatever fits the type */
	EVP_PKEY *pair;          /* NULL for KEY_SYMMETRIC */
	struct secret symmetric;
};

/* Bytes of one coordinate of a curve, 0 where the type is none. */
size_t key_coordinate_bytes(enum key_type type);

#endif
