/* UTF-8 (RFC 3629), strictly: shortest forms only, no surrogates, nothing beyond U+10FFFF. */
#ifndef TIPSTAFF_TEXT_UTF8_H
#define TIPSTAFF_TEXT_UTF8_H

#include "base/slice.h"

/* Length in bytes (1 to 4) of the character at `ptr`, which lies before `end`; 0 where it is not valid. */
unsigned utf8_length(const char *ptr, const char *end);
/* As utf8_length, and gives the code point. */
unsigned utf8_read(const char *ptr, const char *end, uint32_t *ret_point);
/* Writes `point` (not a surrogate, at most U+10FFFF) to `to` and returns the number of bytes, 1 to 4. */
unsigned utf8_write(char to[4], uint32_t point);
bool utf8_valid(slice text);

#endif
