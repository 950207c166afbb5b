/* Times, durations and ULIDs that are read come out again as the same value. */
#include "fuzz.h"

#include "text/time.h"
#include "text/ulid.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	slice text = slice_from(bytes, length);
	int64_t value, again;
	if (time_parse_ns(&value, text, NULL) == E_OK) {
		struct time_text written = time_format_ns(value);
		enum error error = time_parse_ns(&again, time_slice(&written), NULL);
		assert(error == E_OK && again == value);
	}
	if (time_parse_ms(&value, text, NULL) == E_OK && value >= -62167219200000 && value <= 253402300799999) {
		struct time_text written = time_format_ms(value);
		enum error error = time_parse_ms(&again, time_slice(&written), NULL);
		assert(error == E_OK && again == value);
	}
	if (time_parse_duration_ms(&value, text, NULL) == E_OK) {
		struct time_text written = time_format_duration(value);
		enum error error = time_parse_duration_ms(&again, time_slice(&written), NULL);
		assert(error == E_OK && again == value);
	}
	if (ulid_parse(text, SLICE("d"), &value, NULL) == E_OK)
		assert(value >= 0 && value <= ULID_TIME_MS_MAX && length == 28);
	return 0;
}
