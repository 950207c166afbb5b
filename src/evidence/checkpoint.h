/*
 * The log's signed statement of its size and root: C2SP signed-note v1.0.0 with a tlog-checkpoint v1.0.0 body.
 *
 * Signing itself is done elsewhere (the signer holds the key): checkpoint_body gives the text to sign, note_encode
 * puts the signature under it. Only Ed25519 (type 0x01) is known; other signatures in a note are passed over.
 */
#ifndef TIPSTAFF_EVIDENCE_CHECKPOINT_H
#define TIPSTAFF_EVIDENCE_CHECKPOINT_H

#include "base/buffer.h"
#include "evidence/merkle.h"

#define NOTE_ED25519_KEY_BYTES 32u
#define NOTE_ED25519_SIGNATURE_BYTES 64u
/* Signed notes are small; a stranger's is not read beyond this. */
#define NOTE_BYTES_MAX (64u * 1024u)
/* The specification: at least 16 must be accepted. */
#define NOTE_SIGNATURES_MAX 100u
#define NOTE_NAME_BYTES_MAX 255u

/* Who signs: a name without spaces and plus signs, and a public key. */
struct note_key {
	slice name;
	uint32_t id; /* first four bytes (big-endian) of SHA-256(name LF type key) */
	unsigned char key[NOTE_ED25519_KEY_BYTES];
};

/* The first line names the log, then size and root. Extension lines are allowed and passed over. */
struct checkpoint {
	slice origin;
	uint64_t size;
	struct merkle_hash root;
};

/* E_INVALID: the name is empty or holds a space, a plus sign or a control character. */
MUST_USE enum error note_key_make(slice name, const unsigned char key[NOTE_ED25519_KEY_BYTES], struct note_key *ret_key,
				  struct fault *why);
/* "name+hash+base64". E_SYNTAX: not such a text, or its hash is not that of the key.  E_UNSUPPORTED: not Ed25519. */
MUST_USE enum error note_key_parse(slice text, struct note_key *ret_key, struct fault *why);
void note_key_format(const struct note_key *key, struct buffer *ret_text);

/*
 * Appends body, blank line and signature line.
 * E_INVALID: `body` does not end with a newline, is not UTF-8, or holds another control character.
 */
MUST_USE enum error note_encode(slice body, const struct note_key *key,
				const unsigned char signature[NOTE_ED25519_SIGNATURE_BYTES], struct buffer *ret_note,
				struct fault *why);
/*
 * Checks the note's form and every signature that one of `keys` made. `*ret_body` points into `note`;
 * `ret_verified[i]` (may be NULL) tells whether keys[i] signed.
 * E_SYNTAX: malformed.  E_SIGNATURE: a known key's signature does not verify, or no known key signed.
 */
MUST_USE enum error note_verify(slice note, const struct note_key *keys, size_t key_count, slice *ret_body,
				bool *ret_verified, struct fault *why);

/* The body without a look at the signatures. E_SYNTAX. */
MUST_USE enum error note_body(slice note, slice *ret_body, struct fault *why);

void checkpoint_body(const struct checkpoint *checkpoint, struct buffer *ret_body);
/* E_SYNTAX: not the body of a checkpoint. The origin points into `body`. */
MUST_USE enum error checkpoint_parse(slice body, struct checkpoint *ret_checkpoint, struct fault *why);
/* note_verify with one key and checkpoint_parse; the origin must be the key's name. E_SYNTAX, E_SIGNATURE. */
MUST_USE enum error checkpoint_verify(slice note, const struct note_key *key, struct checkpoint *ret_checkpoint,
				      struct fault *why);

#endif
