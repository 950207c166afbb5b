#include "analysis/like.h"

#include "analysis/limits.h"

#include <string.h>

#define WORDS (ANALYSIS_TEXT_BITS_MAX / 64u)
#define STAR UINT32_MAX /* in the place of a code point: any run of them */

/* One pattern: its positions are bits `first` up to `first + count`, the last one means that all is matched. */
struct track {
	const uint32_t *symbols;
	uint32_t first;
	uint32_t count;
	bool is_wanted;
};

/* Where each pattern can be, after some text. */
struct state {
	uint64_t bits[WORDS];
	uint32_t before; /* the state one code point earlier */
	uint32_t symbol; /* that code point */
};

struct walk {
	struct arena *arena;
	struct track *tracks;
	size_t track_count;
	uint32_t *alphabet;
	size_t alphabet_count;
	struct state *states;
	uint32_t *slots; /* numbers of states, plus one */
	uint32_t state_count;
};

#define SLOTS (2u * ANALYSIS_TEXT_STATES_MAX)

static size_t decode(slice text, size_t at, uint32_t *ret_symbol)
{
	unsigned char lead = (unsigned char)text.ptr[at];
	size_t length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t symbol = length == 1 ? lead : lead & (0x7fu >> length);
	for (size_t i = 1; i < length && at + i < text.len; i++)
		symbol = symbol << 6 | ((unsigned char)text.ptr[at + i] & 0x3fu);
	*ret_symbol = symbol;
	return length;
}

static size_t encode(uint32_t symbol, char *to)
{
	if (symbol < 0x80) {
		to[0] = (char)symbol;
		return 1;
	}
	size_t length = symbol < 0x800 ? 2 : symbol < 0x10000 ? 3 : 4;
	static const unsigned char leads[5] = {0, 0, 0xc0, 0xe0, 0xf0};
	for (size_t i = length; i-- > 1; symbol >>= 6)
		to[i] = (char)(0x80 | (symbol & 0x3f));
	to[0] = (char)(leads[length] | symbol);
	return length;
}

static bool add_track(struct walk *walk, const struct like_wish *wish, uint32_t *bits)
{
	struct pattern_part whole = {.literal = wish->text};
	struct pattern text = {&whole, 1};
	const struct pattern *pattern = wish->pattern ? wish->pattern : &text;
	struct track *track = &walk->tracks[walk->track_count++];
	size_t size = 0;
	for (size_t i = 0; i < pattern->count; i++)
		size += pattern->parts[i].is_wildcard ? 1 : pattern->parts[i].literal.len;
	uint32_t *symbols = size < ANALYSIS_TEXT_BITS_MAX ? ARENA_ARRAY(walk->arena, size + 1, uint32_t) : NULL;
	if (!symbols)
		return false;
	*track = (struct track){.symbols = symbols, .first = *bits, .is_wanted = wish->is_wanted};
	for (size_t i = 0; i < pattern->count; i++) {
		slice literal = pattern->parts[i].literal;
		if (pattern->parts[i].is_wildcard)
			symbols[track->count++] = STAR;
		for (size_t at = 0; !pattern->parts[i].is_wildcard && at < literal.len;)
			at += decode(literal, at, &symbols[track->count++]);
	}
	*bits += track->count + 1;
	return *bits <= ANALYSIS_TEXT_BITS_MAX;
}

static bool alphabet_has(const struct walk *walk, uint32_t symbol)
{
	for (size_t i = 0; i < walk->alphabet_count; i++)
		if (walk->alphabet[i] == symbol)
			return true;
	return false;
}

/* Every code point that some pattern names, and one that none does. */
static bool make_alphabet(struct walk *walk)
{
	size_t size = 1;
	for (size_t i = 0; i < walk->track_count; i++)
		size += walk->tracks[i].count;
	walk->alphabet = ARENA_ARRAY(walk->arena, size, uint32_t);
	if (!walk->alphabet)
		return false;
	for (size_t i = 0; i < walk->track_count; i++)
		for (uint32_t j = 0; j < walk->tracks[i].count; j++) {
			uint32_t symbol = walk->tracks[i].symbols[j];
			if (symbol != STAR && !alphabet_has(walk, symbol))
				walk->alphabet[walk->alphabet_count++] = symbol;
		}
	uint32_t other = 'x';
	while (alphabet_has(walk, other))
		other++;
	walk->alphabet[walk->alphabet_count++] = other;
	return true;
}

static bool get(const struct state *state, uint32_t bit)
{
	return state->bits[bit / 64] >> (bit % 64) & 1;
}

/* Sets the position, and those behind it that need no code point. */
static void put(struct state *state, const struct track *track, uint32_t position)
{
	for (;; position++) {
		uint32_t bit = track->first + position;
		state->bits[bit / 64] |= (uint64_t)1 << (bit % 64);
		if (position == track->count || track->symbols[position] != STAR)
			return;
	}
}

static void advance(const struct walk *walk, const struct state *from, uint32_t symbol, struct state *to)
{
	for (size_t i = 0; i < walk->track_count; i++) {
		const struct track *track = &walk->tracks[i];
		for (uint32_t position = 0; position < track->count; position++) {
			if (!get(from, track->first + position))
				continue;
			if (track->symbols[position] == STAR)
				put(to, track, position);
			else if (track->symbols[position] == symbol)
				put(to, track, position + 1);
		}
	}
}

/* Can nothing that follows make it fit? */
static bool is_dead(const struct walk *walk, const struct state *state)
{
	for (size_t i = 0; i < walk->track_count; i++) {
		const struct track *track = &walk->tracks[i];
		bool alive = false;
		for (uint32_t position = 0; position <= track->count; position++)
			alive = alive || get(state, track->first + position);
		if (track->is_wanted && !alive)
			return true;
	}
	return false;
}

static bool is_goal(const struct walk *walk, const struct state *state)
{
	for (size_t i = 0; i < walk->track_count; i++)
		if (get(state, walk->tracks[i].first + walk->tracks[i].count) != walk->tracks[i].is_wanted)
			return false;
	return true;
}

/* False: there are too many. */
static bool add_state(struct walk *walk, const struct state *state)
{
	uint64_t hash = 0;
	for (size_t i = 0; i < WORDS; i++)
		hash = (hash ^ state->bits[i]) * 0x9e3779b97f4a7c15u ^ hash >> 31;
	uint32_t at = (uint32_t)(hash >> 32) % SLOTS;
	for (; walk->slots[at]; at = (at + 1) % SLOTS)
		if (memcmp(walk->states[walk->slots[at] - 1].bits, state->bits, sizeof(state->bits)) == 0)
			return true;
	if (walk->state_count == ANALYSIS_TEXT_STATES_MAX)
		return false;
	walk->states[walk->state_count++] = *state;
	walk->slots[at] = walk->state_count;
	return true;
}

static enum like_answer give_text(const struct walk *walk, uint32_t number, slice *ret_text)
{
	size_t length = 0, at = 0;
	for (uint32_t i = number; i != 0; i = walk->states[i].before)
		length++;
	char *bytes = arena_alloc(walk->arena, 4 * length + 1);
	uint32_t *symbols = ARENA_ARRAY(walk->arena, length + 1, uint32_t);
	if (!bytes || !symbols)
		return LIKE_UNKNOWN;
	for (uint32_t i = number, j = (uint32_t)length; i != 0; i = walk->states[i].before)
		symbols[--j] = walk->states[i].symbol;
	for (size_t i = 0; i < length; i++)
		at += encode(symbols[i], bytes + at);
	*ret_text = slice_from(bytes, at);
	return LIKE_FOUND;
}

enum like_answer like_find(struct arena *arena, const struct like_wish *wishes, size_t count, slice *ret_text)
{
	struct walk walk = {.arena = arena};
	struct state start = {.before = 0};
	uint32_t bits = 0;
	walk.tracks = ARENA_ARRAY(arena, count + 1, struct track);
	walk.states = ARENA_ARRAY(arena, ANALYSIS_TEXT_STATES_MAX, struct state);
	walk.slots = ARENA_ARRAY(arena, SLOTS, uint32_t);
	if (!walk.tracks || !walk.states || !walk.slots)
		return LIKE_UNKNOWN;
	for (size_t i = 0; i < count; i++)
		if (!add_track(&walk, &wishes[i], &bits))
			return LIKE_UNKNOWN;
	if (!make_alphabet(&walk))
		return LIKE_UNKNOWN;
	for (size_t i = 0; i < count; i++)
		put(&start, &walk.tracks[i], 0);
	if (!add_state(&walk, &start))
		return LIKE_UNKNOWN;
	for (uint32_t at = 0; at < walk.state_count; at++) {
		if (is_goal(&walk, &walk.states[at]))
			return give_text(&walk, at, ret_text);
		for (size_t i = 0; i < walk.alphabet_count; i++) {
			struct state next = {.before = at, .symbol = walk.alphabet[i]};
			advance(&walk, &walk.states[at], walk.alphabet[i], &next);
			if (!is_dead(&walk, &next) && !add_state(&walk, &next))
				return LIKE_UNKNOWN;
		}
	}
	return LIKE_NONE;
}
