/* ipaddr: one address with a prefix. Host bits are kept and count in equality. */
#include "cedar/extension.h"

#include <string.h>

/* The longest form of an IPv6 address with its prefix. */
#define TEXT_BYTES_MAX 43u

static bool parse_v4(slice text, unsigned char address[16])
{
	for (int i = 0; i < 4; i++) {
		slice part = slice_cut(&text, '.');
		uint64_t number;
		if (part.len > 3 || !slice_to_u64(part, &number) || number > 255 || (text.ptr == NULL) != (i == 3))
			return false;
		address[i] = (unsigned char)number;
	}
	return true;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Groups of one to four hex digits between colons; the number of groups, or -1. The empty text has none. */
static int parse_groups(slice text, unsigned char *address)
{
	int count = 0;
	if (text.len == 0)
		return 0;
	do {
		slice part = slice_cut(&text, ':');
		unsigned group = 0;
		if (part.len == 0 || part.len > 4 || count == 8)
			return -1;
		for (size_t i = 0; i < part.len; i++) {
			if (hex_digit(part.ptr[i]) < 0)
				return -1;
			group = group * 16 + (unsigned)hex_digit(part.ptr[i]);
		}
		address[2 * count] = (unsigned char)(group >> 8);
		address[2 * count + 1] = (unsigned char)group;
		count++;
	} while (text.ptr);
	return count;
}

static bool parse_v6(slice text, unsigned char address[16])
{
	size_t gap = slice_find(text, SLICE("::"));
	if (gap == SIZE_MAX)
		return parse_groups(text, address) == 8;
	unsigned char tail[16] = {0};
	int before = parse_groups(slice_sub(text, 0, gap), address);
	int after = parse_groups(slice_from_offset(text, gap + 2), tail);
	if (before < 0 || after < 0 || before + after > 7)
		return false;
	memset(address + 2 * before, 0, 16 - 2 * (size_t)before);
	memcpy(address + 16 - 2 * after, tail, 2 * (size_t)after);
	return true;
}

static enum error parse_prefix(slice text, unsigned limit, unsigned char *ret_prefix, struct fault *why)
{
	uint64_t number;
	if (text.len > (limit == 32 ? 2 : 3) || !slice_to_u64(text, &number) || number > limit)
		return FAIL(why, E_INVALID, "error parsing prefix `%.*s`", SLICE_ARG(text));
	*ret_prefix = (unsigned char)number;
	return E_OK;
}

enum error ip_parse(slice text, struct cedar_ip *ret_ip, struct fault *why)
{
	struct cedar_ip ip = {0};
	slice prefix = text;
	if (text.len > TEXT_BYTES_MAX)
		return FAIL(why, E_INVALID, "invalid IP address: longer than %u bytes", TEXT_BYTES_MAX);
	slice address = slice_cut(&prefix, '/');
	if (!parse_v4(address, ip.address)) {
		memset(ip.address, 0, sizeof(ip.address));
		ip.is_v6 = true;
		if (!parse_v6(address, ip.address))
			return FAIL(why, E_INVALID, "invalid IP address: %.*s", SLICE_ARG(text));
	}
	unsigned limit = ip.is_v6 ? 128 : 32;
	ip.prefix = (unsigned char)limit;
	if (prefix.ptr)
		TRY(parse_prefix(prefix, limit, &ip.prefix, why));
	*ret_ip = ip;
	return E_OK;
}

/* RFC 5952: lower case, the longest run of at least two zero groups shortened, the first of equals. */
static void write_v6(struct buffer *out, const unsigned char address[16])
{
	unsigned groups[8];
	int best = -1, best_length = 1;
	for (int i = 0; i < 8; i++)
		groups[i] = (unsigned)address[2 * i] << 8 | address[2 * i + 1];
	for (int i = 0; i < 8; i++) {
		int length = 0;
		while (i + length < 8 && groups[i + length] == 0)
			length++;
		if (length > best_length) {
			best = i;
			best_length = length;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == best) {
			buffer_add_text(out, "::");
			i += best_length - 1;
			continue;
		}
		if (i > 0 && i != best + best_length)
			buffer_add_byte(out, ':');
		buffer_print(out, "%x", groups[i]);
	}
}

void ip_write(struct buffer *out, const struct cedar_ip *ip)
{
	if (ip->is_v6)
		write_v6(out, ip->address);
	else
		buffer_print(out, "%u.%u.%u.%u", ip->address[0], ip->address[1], ip->address[2], ip->address[3]);
	buffer_print(out, "/%u", ip->prefix);
}

/* The first or last address of the range that prefix and address name. */
static void edge(const struct cedar_ip *ip, bool last, unsigned char ret_address[16])
{
	unsigned bits = ip->is_v6 ? 128 : 32;
	memcpy(ret_address, ip->address, 16);
	for (unsigned bit = ip->prefix; bit < bits; bit++) {
		unsigned char flag = (unsigned char)(0x80u >> bit % 8);
		if (last)
			ret_address[bit / 8] |= flag;
		else
			ret_address[bit / 8] &= (unsigned char)~flag;
	}
}

bool ip_is_in_range(const struct cedar_ip *ip, const struct cedar_ip *range)
{
	unsigned char first[16], last[16], range_first[16], range_last[16];
	if (ip->is_v6 != range->is_v6)
		return false;
	edge(ip, false, first);
	edge(ip, true, last);
	edge(range, false, range_first);
	edge(range, true, range_last);
	return memcmp(range_first, first, 16) <= 0 && memcmp(last, range_last, 16) <= 0;
}

bool ip_is_loopback(const struct cedar_ip *ip)
{
	static const struct cedar_ip v4 = {.address = {127}, .prefix = 8};
	static const struct cedar_ip v6 = {.address = {[15] = 1}, .prefix = 128, .is_v6 = true};
	return ip_is_in_range(ip, ip->is_v6 ? &v6 : &v4);
}

bool ip_is_multicast(const struct cedar_ip *ip)
{
	static const struct cedar_ip v4 = {.address = {224}, .prefix = 4};
	static const struct cedar_ip v6 = {.address = {0xff}, .prefix = 8, .is_v6 = true};
	return ip_is_in_range(ip, ip->is_v6 ? &v6 : &v4);
}
