/* Numbers between text and double: nearest on the way in, shortest and in the form of ECMAScript on the way out. */
#ifndef TIPSTAFF_TEXT_JSON_NUMBER_H
#define TIPSTAFF_TEXT_JSON_NUMBER_H

#include "base/slice.h"

#define JSON_NUMBER_LITERAL_MAX 1100u /* the longest exact decimal of a double has 1077 digits and a point */
#define JSON_NUMBER_TEXT_MAX 32u      /* what json_number_write may need */

/* `literal` must follow the grammar of RFC 8259. False: infinite, or longer than JSON_NUMBER_LITERAL_MAX. */
bool json_number_read(slice literal, double *ret_value);
/*
 * The shortest text that reads back as `value`, as Number.prototype.toString writes it (ECMA-262 6.1.6.1.20, RFC 8785
 * 3.2.2.3). `value` must be finite; -0 gives "0". Returns the length.
 */
size_t json_number_write(char to[JSON_NUMBER_TEXT_MAX], double value);

#endif
