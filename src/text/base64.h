/* Base64 and hex (RFC 4648), strictly: every byte string has exactly one text, and only that is read. */
#ifndef TIPSTAFF_TEXT_BASE64_H
#define TIPSTAFF_TEXT_BASE64_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

/* Room for the text of `length` bytes, and for the bytes of a text of `length` characters (an upper bound). */
#define BASE64URL_TEXT_BYTES(length) (((length) * 4 + 2) / 3)
#define BASE64_TEXT_BYTES(length)    (((length) + 2) / 3 * 4)
#define BASE64_BYTES(length)         ((length) / 4 * 3 + 3)

/* base64url without padding (RFC 4648 5, RFC 7515 2). `to` has BASE64URL_TEXT_BYTES. Returns the length. */
size_t base64url_write(char *to, slice bytes);
/* base64 with padding (RFC 4648 4). `to` has BASE64_TEXT_BYTES. Returns the length. */
size_t base64_write(char *to, slice bytes);
void base64url_add(struct buffer *buffer, slice bytes);
void base64_add(struct buffer *buffer, slice bytes);

/*
 * Reads all of `text` into `to`, which has BASE64_BYTES of its length, and gives the length in `*ret_length`.
 * E_SYNTAX: a foreign character (also space and line break), padding that is missing or too much, a length that no
 * bytes have, or unused bits that are not zero.
 */
MUST_USE enum error base64url_read(char *to, size_t *ret_length, slice text, struct fault *why);
MUST_USE enum error base64_read(char *to, size_t *ret_length, slice text, struct fault *why);
/* As above into the arena. Also E_MEMORY. */
MUST_USE enum error base64url_read_arena(slice *ret_bytes, slice text, struct arena *arena, struct fault *why);
MUST_USE enum error base64_read_arena(slice *ret_bytes, slice text, struct arena *arena, struct fault *why);

/* Lower case. `to` has twice the bytes. Returns the length. */
size_t hex_write(char *to, slice bytes);
void hex_add(struct buffer *buffer, slice bytes);
/* Both cases; `to` has half of the text. E_SYNTAX: an odd length or a character that is no hex digit. */
MUST_USE enum error hex_read(char *to, slice text, struct fault *why);

#endif
