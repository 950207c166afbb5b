/* No note and no verifier key crashes the reader; a key that is read is written again as the same text. */
#include "fuzz.h"

#include "evidence/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	slice input = slice_from(bytes, length), body;
	struct checkpoint checkpoint;
	struct note_key key, known;
	struct buffer text;
	struct fault why;
	bool verified;
	enum error code = note_key_parse(SLICE("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"),
					 &known, &why);
	assert(code == E_OK);
	code = note_verify(input, &known, 1, &body, &verified, &why);
	assert(code == E_OK ? verified : code == E_SYNTAX || code == E_SIGNATURE);
	if (note_body(input, &body, &why) == E_OK)
		(void)!checkpoint_parse(body, &checkpoint, &why);
	if (note_key_parse(input, &key, &why) == E_OK) {
		buffer_init(&text, length + 1);
		note_key_format(&key, &text);
		assert(slice_equal(buffer_slice(&text), input));
		buffer_free(&text);
	}
	return 0;
}
