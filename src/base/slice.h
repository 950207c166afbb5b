/* A borrowed view of bytes: pointer and length, never NUL-terminated, never owned. */
#ifndef TIPSTAFF_BASE_SLICE_H
#define TIPSTAFF_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The one typedef of the house. `ptr` may be NULL only where `len` is 0. NUL is a legal byte inside. */
typedef struct slice {
	const char *ptr;
	size_t len;
} slice;

/* A slice of a string literal, and the same as a constant initializer. */
#define SLICE(literal) ((slice){"" literal, sizeof(literal) - 1})
#define SLICE_INIT(literal) {"" literal, sizeof(literal) - 1}

/* For printf: `printf("%.*s", SLICE_ARG(s))`. Cuts at INT_MAX. */
#define SLICE_ARG(s) ((s).len > 0x7fffffff ? 0x7fffffff : (int)(s).len), ((s).ptr ? (s).ptr : "")

/* A view of a C string; NULL gives the empty slice. */
static inline slice slice_of(const char *text)
{
	return (slice){text, text ? strlen(text) : 0};
}
static inline slice slice_from(const void *ptr, size_t len)
{
	return (slice){(const char *)ptr, len};
}

static inline bool slice_equal(slice a, slice b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}
/* Byte order, shorter first on a tie: <0, 0, >0. */
static inline int slice_compare(slice a, slice b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
	return order ? order : (a.len > b.len) - (a.len < b.len);
}
/* ASCII case is folded, all other bytes must be the same. */
bool slice_equal_fold(slice a, slice b);
/* Equal, in time that depends on the lengths only. For secrets and digests. */
bool slice_equal_constant_time(slice a, slice b);
bool slice_starts_with(slice text, slice prefix);
bool slice_ends_with(slice text, slice suffix);

/* The bytes from `start` up to `end`; both are clamped to the slice. */
slice slice_sub(slice text, size_t start, size_t end);
slice slice_from_offset(slice text, size_t start);
/* Position of the first `byte` at or after `start`; SIZE_MAX where there is none. */
size_t slice_find_byte(slice text, char byte, size_t start);
/* How often the byte is there. */
size_t slice_count_byte(slice text, char byte);
/* Position of the first `needle`; SIZE_MAX where there is none. */
size_t slice_find(slice text, slice needle);

/*
 * Cuts `*rest` at the first `byte`: the part before it is returned, `*rest` becomes the part after it.
 * Where there is no such byte, all of it is returned and `*rest` becomes empty with ptr NULL.
 */
slice slice_cut(slice *rest, char byte);
/* Without spaces and tabs at both ends. */
slice slice_trim(slice text);

/* Decimal digits only, no sign, no leading zero but "0" itself; false leaves `*ret_value` as it was. */
bool slice_to_u64(slice text, uint64_t *ret_value);
/* As above with an optional leading '-'. */
bool slice_to_i64(slice text, int64_t *ret_value);

#endif
