/* Signed notes (C2SP signed-note v1.0.0): a text, a blank line, lines of signatures. */
#include "evidence/checkpoint.h"

#include "crypt/digest.h"
#include "crypt/key.h"
#include "crypt/signature.h"
#include "text/base64.h"
#include "text/utf8.h"

#include <string.h>

#define TYPE_ED25519 1
#define ID_BYTES     4u
#define KEY_LINE     (1 + NOTE_ED25519_KEY_BYTES)
/* A signature line of any algorithm: ML-DSA-44 is the longest that is spoken of. */
#define SIGNATURE_TEXT_MAX 8192u

static const slice dash = SLICE_INIT("\xe2\x80\x94 ");

static bool is_space(uint32_t point)
{
	return point == ' ' || point == 0x85 || point == 0xa0 || point == 0x1680 ||
	       (point >= 0x2000 && point <= 0x200a) || point == 0x2028 || point == 0x2029 || point == 0x202f ||
	       point == 0x205f || point == 0x3000;
}

static bool is_name(slice name)
{
	const char *end = name.len ? name.ptr + name.len : name.ptr;
	for (const char *at = name.ptr; at < end;) {
		uint32_t point;
		unsigned length = utf8_read(at, end, &point);
		if (length == 0 || point < 0x20 || point == 0x7f || point == '+' || is_space(point))
			return false;
		at += length;
	}
	return name.len > 0;
}

/* UTF-8, and of control characters only the newline. */
static bool is_note_text(slice text)
{
	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.ptr[i] < 0x20 && text.ptr[i] != '\n')
			return false;
	return utf8_valid(text);
}

static uint32_t read_id(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static void write_id(unsigned char *bytes, uint32_t id)
{
	for (unsigned i = 0; i < ID_BYTES; i++)
		bytes[i] = (unsigned char)(id >> (24 - 8 * i));
}

enum error note_key_make(slice name, const unsigned char key[NOTE_ED25519_KEY_BYTES], struct note_key *ret_key,
			 struct fault *why)
{
	struct buffer bytes;
	struct sha256 digest;
	if (!is_name(name) || name.len > NOTE_NAME_BYTES_MAX)
		return FAIL(why, E_INVALID, "not the name of a note's signer");
	buffer_init(&bytes, NOTE_NAME_BYTES_MAX + 2 + NOTE_ED25519_KEY_BYTES);
	buffer_add(&bytes, name);
	buffer_add(&bytes, SLICE("\n\1"));
	buffer_add(&bytes, slice_from(key, NOTE_ED25519_KEY_BYTES));
	enum error code = buffer_check(&bytes, why);
	if (code == E_OK)
		code = sha256_once(&digest, buffer_slice(&bytes), why);
	buffer_free(&bytes);
	TRY(code);
	*ret_key = (struct note_key){.name = name, .id = read_id(digest.bytes)};
	memcpy(ret_key->key, key, NOTE_ED25519_KEY_BYTES);
	return E_OK;
}

static void format_id(char hex[2 * ID_BYTES], uint32_t id)
{
	unsigned char bytes[ID_BYTES];
	write_id(bytes, id);
	hex_write(hex, slice_from(bytes, ID_BYTES));
}

enum error note_key_parse(slice text, struct note_key *ret_key, struct fault *why)
{
	slice rest = text;
	slice name = slice_cut(&rest, '+'), id = slice_cut(&rest, '+');
	char key[BASE64_BYTES(BASE64_TEXT_BYTES(KEY_LINE))], hex[2 * ID_BYTES];
	size_t length;
	if (rest.ptr == NULL || rest.len == 0)
		return FAIL(why, E_SYNTAX, "a verifier key is name+hash+key");
	if (rest.len > BASE64_TEXT_BYTES(KEY_LINE) || base64_read(key, &length, rest, NULL) != E_OK || length == 0)
		return FAIL(why, E_SYNTAX, "the key of a verifier key cannot be read");
	if (key[0] != TYPE_ED25519)
		return FAIL(why, E_UNSUPPORTED, "a verifier key of type %u; only Ed25519 (1) is known",
			    (unsigned)(unsigned char)key[0]);
	if (length != KEY_LINE)
		return FAIL(why, E_SYNTAX, "an Ed25519 key of %zu bytes", length - 1);
	if (note_key_make(name, (unsigned char *)key + 1, ret_key, why) != E_OK)
		return FAIL(why, E_SYNTAX, "a verifier key without a name");
	format_id(hex, ret_key->id);
	if (!slice_equal(id, slice_from(hex, sizeof(hex))))
		return FAIL(why, E_SYNTAX, "the hash of a verifier key is not its own");
	return E_OK;
}

void note_key_format(const struct note_key *key, struct buffer *ret_text)
{
	char hex[2 * ID_BYTES], line[KEY_LINE];
	format_id(hex, key->id);
	line[0] = TYPE_ED25519;
	memcpy(line + 1, key->key, NOTE_ED25519_KEY_BYTES);
	buffer_add(ret_text, key->name);
	buffer_add_byte(ret_text, '+');
	buffer_add(ret_text, slice_from(hex, sizeof(hex)));
	buffer_add_byte(ret_text, '+');
	base64_add(ret_text, slice_from(line, sizeof(line)));
}

enum error note_encode(slice body, const struct note_key *key,
		       const unsigned char signature[NOTE_ED25519_SIGNATURE_BYTES], struct buffer *ret_note,
		       struct fault *why)
{
	unsigned char bytes[ID_BYTES + NOTE_ED25519_SIGNATURE_BYTES];
	if (!slice_ends_with(body, SLICE("\n")) || !is_note_text(body))
		return FAIL(why, E_INVALID, "not the text of a note");
	write_id(bytes, key->id);
	memcpy(bytes + ID_BYTES, signature, NOTE_ED25519_SIGNATURE_BYTES);
	buffer_add(ret_note, body);
	buffer_add_byte(ret_note, '\n');
	buffer_add(ret_note, dash);
	buffer_add(ret_note, key->name);
	buffer_add_byte(ret_note, ' ');
	base64_add(ret_note, slice_from(bytes, sizeof(bytes)));
	buffer_add_byte(ret_note, '\n');
	return buffer_check(ret_note, why);
}

/* The text ends at the last blank line. */
static enum error split(slice note, slice *ret_body, slice *ret_signatures, struct fault *why)
{
	if (note.len > NOTE_BYTES_MAX || !is_note_text(note) || !slice_ends_with(note, SLICE("\n")))
		return FAIL(why, E_SYNTAX, "not a signed note");
	for (size_t at = note.len - 1; at > 0; at--)
		if (note.ptr[at] == '\n' && note.ptr[at - 1] == '\n') {
			*ret_body = slice_sub(note, 0, at);
			*ret_signatures = slice_from_offset(note, at + 1);
			return ret_signatures->len ? E_OK : FAIL(why, E_SYNTAX, "a note without signatures");
		}
	return FAIL(why, E_SYNTAX, "a note without signatures");
}

struct note_signature {
	slice name;
	uint32_t id;
	slice bytes;
	char room[BASE64_BYTES(SIGNATURE_TEXT_MAX)];
};

static enum error read_signature(slice line, struct note_signature *ret, struct fault *why)
{
	size_t length;
	if (!slice_starts_with(line, dash))
		return FAIL(why, E_SYNTAX, "a signature line that does not begin with a dash");
	slice rest = slice_from_offset(line, dash.len);
	ret->name = slice_cut(&rest, ' ');
	if (!is_name(ret->name) || rest.len > SIGNATURE_TEXT_MAX ||
	    base64_read(ret->room, &length, rest, NULL) != E_OK || length <= ID_BYTES)
		return FAIL(why, E_SYNTAX, "a signature line that cannot be read");
	ret->id = read_id((unsigned char *)ret->room);
	ret->bytes = slice_from(ret->room + ID_BYTES, length - ID_BYTES);
	return E_OK;
}

static enum error verify_one(const struct note_key *key, slice body, slice signature, struct fault *why)
{
	struct key *imported;
	TRY(key_import(&imported,
		       &(struct key_numbers){.type = KEY_ED25519, .x = slice_from(key->key, NOTE_ED25519_KEY_BYTES)},
		       why));
	enum error code = signature_verify(imported, SIGNATURE_EDDSA, body, signature, why);
	key_free(imported);
	if (code != E_OK)
		return FAIL(why, E_SIGNATURE, "the signature of %.*s does not verify", SLICE_ARG(key->name));
	return E_OK;
}

enum error note_verify(slice note, const struct note_key *keys, size_t key_count, slice *ret_body, bool *ret_verified,
		       struct fault *why)
{
	slice signatures;
	struct note_signature signature;
	size_t count = 0, verified = 0;
	for (size_t k = 0; ret_verified && k < key_count; k++)
		ret_verified[k] = false;
	TRY(split(note, ret_body, &signatures, why));
	while (signatures.len > 0) {
		slice line = slice_cut(&signatures, '\n');
		if (++count > NOTE_SIGNATURES_MAX)
			return FAIL(why, E_SYNTAX, "more than %u signatures", NOTE_SIGNATURES_MAX);
		TRY(read_signature(line, &signature, why));
		for (size_t k = 0; k < key_count; k++) {
			if (keys[k].id != signature.id || !slice_equal(keys[k].name, signature.name))
				continue;
			TRY(verify_one(&keys[k], *ret_body, signature.bytes, why));
			if (ret_verified)
				ret_verified[k] = true;
			verified++;
		}
	}
	if (verified == 0)
		return FAIL(why, E_SIGNATURE, "no known key signed this note");
	return E_OK;
}

enum error note_body(slice note, slice *ret_body, struct fault *why)
{
	slice signatures;
	return split(note, ret_body, &signatures, why);
}
