#include "cedar/escape.h"

#include <string.h>

/* One character of a literal. */
struct unit {
	char bytes[4];
	unsigned length;   /* 0: a wildcard */
	size_t next;       /* where the following one starts */
};

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static void encode(struct unit *unit, unsigned point)
{
	if (point < 0x80) {
		unit->bytes[0] = (char)point;
		unit->length = 1;
	} else if (point < 0x800) {
		unit->bytes[0] = (char)(0xc0 | point >> 6);
		unit->bytes[1] = (char)(0x80 | (point & 0x3f));
		unit->length = 2;
	} else if (point < 0x10000) {
		unit->bytes[0] = (char)(0xe0 | point >> 12);
		unit->bytes[1] = (char)(0x80 | (point >> 6 & 0x3f));
		unit->bytes[2] = (char)(0x80 | (point & 0x3f));
		unit->length = 3;
	} else {
		unit->bytes[0] = (char)(0xf0 | point >> 18);
		unit->bytes[1] = (char)(0x80 | (point >> 12 & 0x3f));
		unit->bytes[2] = (char)(0x80 | (point >> 6 & 0x3f));
		unit->bytes[3] = (char)(0x80 | (point & 0x3f));
		unit->length = 4;
	}
}

/* `at` stands after `\x`: two digits, up to 7f. */
static bool read_x(slice text, size_t at, struct unit *unit)
{
	if (at + 2 > text.len)
		return false;
	int high = hex_digit(text.ptr[at]), low = hex_digit(text.ptr[at + 1]);
	if (high < 0 || high > 7 || low < 0)
		return false;
	encode(unit, (unsigned)(high * 16 + low));
	unit->next = at + 2;
	return true;
}

/* `at` stands after `\u`: one to six digits in braces, underscores between them allowed. */
static bool read_u(slice text, size_t at, struct unit *unit)
{
	unsigned point = 0, digits = 0;
	if (at >= text.len || text.ptr[at] != '{')
		return false;
	for (at++; at < text.len && text.ptr[at] != '}'; at++) {
		if (text.ptr[at] == '_' && digits > 0)
			continue;
		if (hex_digit(text.ptr[at]) < 0 || ++digits > 6)
			return false;
		point = point * 16 + (unsigned)hex_digit(text.ptr[at]);
	}
	if (at >= text.len || digits == 0 || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
		return false;
	encode(unit, point);
	unit->next = at + 1;
	return true;
}

static bool read_escape(slice text, size_t at, bool is_pattern, struct unit *unit)
{
	static const char from[] = "nrt\\0'\"", to[] = "\n\r\t\\\0'\"";
	if (at >= text.len)
		return false;
	char c = text.ptr[at];
	if (c == 'x')
		return read_x(text, at + 1, unit);
	if (c == 'u')
		return read_u(text, at + 1, unit);
	const char *found = c ? strchr(from, c) : NULL;
	if (!found && !(is_pattern && c == '*'))
		return false;
	encode(unit, (unsigned char)(found ? to[found - from] : '*'));
	unit->next = at + 1;
	return true;
}

static bool read_unit(slice text, size_t at, bool is_pattern, struct unit *unit)
{
	char c = text.ptr[at];
	*unit = (struct unit){.next = at + 1};
	if (c == '\\')
		return read_escape(text, at + 1, is_pattern, unit);
	if (c == '\r')
		return false;
	if (c == '*' && is_pattern)
		return true;
	unit->bytes[0] = c;
	unit->length = 1;
	return true;
}

enum error string_unescape(struct arena *arena, slice quoted, slice *ret_text, size_t *ret_bad)
{
	slice inner = slice_sub(quoted, 1, quoted.len - 1);
	if (slice_find_byte(inner, '\\', 0) == SIZE_MAX && slice_find_byte(inner, '\r', 0) == SIZE_MAX) {
		*ret_text = inner;
		return E_OK;
	}
	char *bytes = arena_alloc(arena, inner.len);
	size_t length = 0;
	if (!bytes)
		return E_MEMORY;
	for (size_t at = 0; at < inner.len;) {
		struct unit unit;
		if (!read_unit(inner, at, false, &unit)) {
			*ret_bad = at + 1;
			return E_SYNTAX;
		}
		memcpy(bytes + length, unit.bytes, unit.length);
		length += unit.length;
		at = unit.next;
	}
	*ret_text = (slice){bytes, length};
	return E_OK;
}

enum error pattern_unescape(struct arena *arena, slice quoted, struct pattern *ret_pattern, size_t *ret_bad)
{
	slice inner = slice_sub(quoted, 1, quoted.len - 1);
	struct pattern_part *parts = ARENA_ARRAY(arena, inner.len, struct pattern_part);
	char *bytes = arena_alloc(arena, inner.len);
	size_t length = 0, count = 0;
	if (!parts || !bytes)
		return E_MEMORY;
	for (size_t at = 0; at < inner.len;) {
		struct unit unit;
		if (!read_unit(inner, at, true, &unit)) {
			*ret_bad = at + 1;
			return E_SYNTAX;
		}
		at = unit.next;
		if (unit.length == 0) {
			parts[count++] = (struct pattern_part){.is_wildcard = true};
			continue;
		}
		if (count == 0 || parts[count - 1].is_wildcard)
			parts[count++] = (struct pattern_part){.literal = {bytes + length, 0}};
		memcpy(bytes + length, unit.bytes, unit.length);
		length += unit.length;
		parts[count - 1].literal.len += unit.length;
	}
	*ret_pattern = (struct pattern){parts, count};
	return E_OK;
}

bool pattern_join(struct arena *arena, struct pattern *pattern)
{
	struct pattern_part *parts = ARENA_ARRAY(arena, pattern->count, struct pattern_part);
	size_t bytes = 0, count = 0;
	for (size_t i = 0; i < pattern->count; i++)
		bytes += pattern->parts[i].literal.len;
	char *text = arena_alloc(arena, bytes);
	if (!parts || !text)
		return false;
	for (size_t i = 0; i < pattern->count; i++) {
		const struct pattern_part *part = &pattern->parts[i];
		if (!part->is_wildcard && part->literal.len == 0)
			continue;
		if (part->is_wildcard) {
			parts[count++] = (struct pattern_part){.is_wildcard = true};
			continue;
		}
		if (count == 0 || parts[count - 1].is_wildcard)
			parts[count++] = (struct pattern_part){.literal = {text, 0}};
		memcpy(text, part->literal.ptr, part->literal.len);
		text += part->literal.len;
		parts[count - 1].literal.len += part->literal.len;
	}
	*pattern = (struct pattern){parts, count};
	return true;
}

/* First place at or after `from` where the bytes stand; SIZE_MAX: none. */
static size_t find_from(slice text, size_t from, slice bytes)
{
	if (bytes.len > text.len - from)
		return SIZE_MAX;
	const char *found = memmem(text.ptr + from, text.len - from, bytes.ptr, bytes.len);
	return found ? (size_t)(found - text.ptr) : SIZE_MAX;
}

bool pattern_matches(const struct pattern *pattern, slice text)
{
	size_t at = 0, first = 0, last = pattern->count;
	const struct pattern_part *parts = pattern->parts;
	if (last == 0)
		return text.len == 0;
	if (!parts[0].is_wildcard) {
		if (!slice_starts_with(text, parts[0].literal))
			return false;
		at = parts[0].literal.len;
		first = 1;
		if (last == 1)
			return at == text.len;
	}
	/* The last literal must stand at the end and may not overlap what the first took. */
	if (!parts[last - 1].is_wildcard) {
		slice tail = parts[last - 1].literal;
		if (tail.len > text.len - at || !slice_ends_with(text, tail))
			return false;
		text.len -= tail.len;
		last--;
	}
	/* Between wildcards the leftmost place of each literal leaves most room for the others. */
	for (size_t i = first; i < last; i++) {
		if (parts[i].is_wildcard)
			continue;
		at = find_from(text, at, parts[i].literal);
		if (at == SIZE_MAX)
			return false;
		at += parts[i].literal.len;
	}
	return true;
}
