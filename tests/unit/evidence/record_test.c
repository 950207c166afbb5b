#include "evidence/record.h"

#include "base/memory.h"
#include "text/cbor.h"
#include "text/json_writer.h"

#include "check.h"
#include "random_record.h"
#include "read_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES (1024u * 1024u)

static const char digest_bytes[] = "0123456789abcdef0123456789abcdef";

static struct record a_decision(void)
{
	static const slice chain[] = {SLICE_INIT("human:alice"), SLICE_INIT("agent:bot")};
	static const slice facts[] = {SLICE_INIT("risk = 12"), SLICE_INIT("env = prod")};
	slice digest = slice_from(digest_bytes, 32);
	return (struct record){.kind = RECORD_DECISION,
			       .id = SLICE("d_01JK4ZB0XWQ8R2N5T7V9Y3C6FA"),
			       .time_ns = 1700000000123456789u,
			       .node = SLICE("n1"),
			       .decision = RECORD_PERMIT,
			       .reason = SLICE("policy_permit"),
			       .mode = RECORD_DELEGATED,
			       .depth = 1,
			       .agent = SLICE("agent:bot"),
			       .owner = SLICE("human:bob"),
			       .on_behalf_of = SLICE("human:alice"),
			       .chain = {chain, 2},
			       .purpose = SLICE("support"),
			       .trigger = SLICE("tools/call"),
			       .tool = SLICE("crm.read"),
			       .action = SLICE("call"),
			       .target = SLICE("customer:88"),
			       .arguments_sha256 = digest,
			       .policy_set = digest,
			       .facts = {facts, 2},
			       .latency_us = 3};
}

static slice encode(const struct record *record, struct buffer *bytes)
{
	struct fault why;
	buffer_init(bytes, RECORD_BYTES_MAX + 1024);
	CHECK_OK(record_encode(record, bytes, &why), why);
	return buffer_slice(bytes);
}

static enum error decode(slice bytes, struct record *record)
{
	struct arena arena;
	arena_init(&arena, ARENA_BYTES);
	enum error code = record_decode(bytes, record, &arena, NULL);
	arena_free(&arena);
	return code;
}

TEST(a_record_comes_back_as_it_went_and_encodes_to_the_same_bytes)
{
	struct record record = a_decision(), back;
	struct buffer bytes, again;
	struct arena arena;
	struct fault why;
	arena_init(&arena, ARENA_BYTES);
	slice first = encode(&record, &bytes);
	CHECK_OK(record_decode(first, &back, &arena, &why), why);
	CHECK_INT(back.decision, RECORD_PERMIT);
	CHECK_INT(back.mode, RECORD_DELEGATED);
	CHECK_INT(back.chain.count, 2);
	CHECK_SLICE(back.chain.items[1], SLICE("agent:bot"));
	CHECK_SLICE(back.target, SLICE("customer:88"));
	CHECK_SLICE(back.arguments_sha256, record.arguments_sha256);
	CHECK_INT(back.time_ns, record.time_ns);
	CHECK_SLICE(encode(&back, &again), first);
	CHECK_INT(record_peek_kind(first), RECORD_DECISION);
	buffer_free(&bytes);
	buffer_free(&again);
	arena_free(&arena);
}

TEST(a_zeroed_decision_is_a_denial_that_still_shows_every_required_field)
{
	struct record record = {.kind = RECORD_DECISION, .id = SLICE("d_1")}, back;
	struct buffer bytes;
	struct arena arena;
	struct fault why;
	size_t count, required = 0;
	const struct record_field *fields = record_fields(&count);
	arena_init(&arena, ARENA_BYTES);
	slice encoded = encode(&record, &bytes);
	CHECK_OK(record_decode(encoded, &back, &arena, &why), why);
	CHECK_INT(back.decision, RECORD_DENY);
	CHECK_INT(back.enforcement, RECORD_OBSERVED);
	for (size_t i = 0; i < count; i++)
		if (fields[i].required & RECORD_IN(RECORD_DECISION)) {
			CHECK(record_has(&back, &fields[i]));
			required++;
		}
	struct cbor_reader reader;
	uint64_t entries;
	cbor_reader_init(&reader, encoded);
	CHECK_OK(cbor_read_map(&reader, &entries, &why), why);
	CHECK_INT(entries, required + 1);
	buffer_free(&bytes);
	arena_free(&arena);
}

TEST(an_effect_that_nobody_saw_is_unknown_and_never_ok)
{
	struct record record = {.kind = RECORD_EFFECT, .id = SLICE("e_1"), .decision_id = SLICE("d_1")};
	struct buffer bytes, text;
	struct json_writer writer;
	encode(&record, &bytes);
	buffer_init(&text, 4096);
	json_writer_init(&writer, &text, JSON_COMPACT);
	record_to_json(&record, &writer);
	CHECK(slice_find(buffer_slice(&text), SLICE("\"outcome\":\"unknown\"")) != SIZE_MAX);
	buffer_free(&bytes);
	buffer_free(&text);
}

TEST(json_uses_the_words_of_the_field)
{
	struct record record = a_decision();
	struct buffer text;
	struct json_writer writer;
	struct fault why;
	static const slice expected[] = {
		SLICE_INIT("\"decision\":\"PERMIT\""),
		SLICE_INIT("\"on_behalf_of\":\"human:alice\""),
		SLICE_INIT("\"mode\":\"delegated\""),
		SLICE_INIT("\"enforcement\":\"observed\""),
		SLICE_INIT("\"facts\":[\"risk = 12\","),
		SLICE_INIT("\"time\":\"2023-11-14T22:13:20.123456789Z\""),
		SLICE_INIT("\"arguments_sha256\":\"3031323334"),
	};
	buffer_init(&text, 65536);
	json_writer_init(&writer, &text, JSON_COMPACT);
	record_to_json(&record, &writer);
	CHECK_OK(json_writer_end(&writer, &why), why);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (slice_find(buffer_slice(&text), expected[i]) == SIZE_MAX)
			CHECK_SLICE(buffer_slice(&text), expected[i]);
	buffer_free(&text);
}

TEST(what_must_not_be_written_is_refused_and_leaves_nothing_behind)
{
	static const slice many[RECORD_TEXTS_MAX + 1];
	static char long_text[RECORD_BYTES_MAX + 1];
	memset(long_text, 'x', sizeof(long_text));
	struct buffer bytes;
	buffer_init(&bytes, 4 * RECORD_BYTES_MAX);
	buffer_add_text(&bytes, "before");
	struct record record = a_decision();
	record.kind = RECORD_NONE;
	CHECK_ERROR(record_encode(&record, &bytes, NULL), E_INVALID);
	record = a_decision();
	record.id = SLICE("");
	CHECK_ERROR(record_encode(&record, &bytes, NULL), E_INVALID);
	record = a_decision();
	record.decision = RECORD_DECISION_COUNT;
	CHECK_ERROR(record_encode(&record, &bytes, NULL), E_INVALID);
	record = a_decision();
	record.policy_set = SLICE("short");
	CHECK_ERROR(record_encode(&record, &bytes, NULL), E_INVALID);
	record = a_decision();
	record.agent = SLICE("\xff");
	CHECK_ERROR(record_encode(&record, &bytes, NULL), E_INVALID);
	record = a_decision();
	record.facts = (struct record_texts){many, RECORD_TEXTS_MAX + 1};
	CHECK_ERROR(record_encode(&record, &bytes, NULL), E_LIMIT);
	record = a_decision();
	record.missing = slice_from(long_text, sizeof(long_text));
	CHECK_ERROR(record_encode(&record, &bytes, NULL), E_LIMIT);
	CHECK_SLICE(buffer_slice(&bytes), SLICE("before"));
	buffer_free(&bytes);
}

TEST(no_single_changed_or_missing_byte_makes_a_decoder_crash)
{
	struct record record = a_decision(), back;
	struct buffer bytes;
	slice encoded = encode(&record, &bytes);
	for (size_t length = 0; length < encoded.len; length++)
		CHECK(decode(slice_sub(encoded, 0, length), &back) == E_CORRUPT);
	for (size_t i = 0; i < encoded.len; i++)
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes.ptr[i] ^= (char)(1 << bit);
			enum error code = decode(encoded, &back);
			CHECK(code == E_OK || code == E_CORRUPT || code == E_UNSUPPORTED);
			bytes.ptr[i] ^= (char)(1 << bit);
		}
	buffer_free(&bytes);
}

static void put_start(struct cbor_writer *writer, struct buffer *bytes, uint64_t entries, uint64_t version)
{
	buffer_clear(bytes);
	cbor_writer_init(writer, bytes);
	cbor_put_map(writer, entries);
	cbor_put_u64(writer, RECORD_KEY_VERSION);
	cbor_put_u64(writer, version);
}

TEST(records_that_are_not_ours_are_refused)
{
	struct buffer bytes;
	struct cbor_writer writer;
	struct record back;
	buffer_init(&bytes, 4096);
	put_start(&writer, &bytes, 1, RECORD_VERSION + 1);
	CHECK_ERROR(decode(buffer_slice(&bytes), &back), E_UNSUPPORTED);
	/* no kind */
	put_start(&writer, &bytes, 1, RECORD_VERSION);
	CHECK_ERROR(decode(buffer_slice(&bytes), &back), E_CORRUPT);
	/* required fields are missing */
	put_start(&writer, &bytes, 3, RECORD_VERSION);
	cbor_put_u64(&writer, RECORD_KEY_kind);
	cbor_put_u64(&writer, RECORD_EFFECT);
	cbor_put_u64(&writer, RECORD_KEY_id);
	cbor_put_text(&writer, SLICE("e_1"));
	CHECK_ERROR(decode(buffer_slice(&bytes), &back), E_CORRUPT);
	CHECK_INT(record_peek_kind(buffer_slice(&bytes)), RECORD_EFFECT);
	/* a field that nobody knows */
	put_start(&writer, &bytes, 2, RECORD_VERSION);
	cbor_put_u64(&writer, 9999);
	cbor_put_u64(&writer, 1);
	CHECK_ERROR(decode(buffer_slice(&bytes), &back), E_CORRUPT);
	CHECK_INT(record_peek_kind(buffer_slice(&bytes)), RECORD_NONE);
	CHECK_INT(record_peek_kind(SLICE("")), RECORD_NONE);
	CHECK_INT(record_peek_kind(SLICE("\xa2\x00\x01\x01\x7f..")), RECORD_NONE);
	buffer_free(&bytes);
}

TEST(a_field_that_is_empty_must_not_be_there_unless_it_is_required)
{
	struct record record = {.kind = RECORD_CALLER, .id = SLICE("u_1"), .peer = SLICE("::1")}, back;
	struct buffer bytes, forged;
	struct cbor_writer writer;
	encode(&record, &bytes);
	CHECK_ERROR(decode(buffer_slice(&bytes), &back), E_OK);
	/* The same with an empty session: one record would have two encodings. */
	buffer_init(&forged, 4096);
	put_start(&writer, &forged, 8, RECORD_VERSION);
	cbor_put_u64(&writer, RECORD_KEY_kind);
	cbor_put_u64(&writer, RECORD_CALLER);
	cbor_put_u64(&writer, RECORD_KEY_id);
	cbor_put_text(&writer, SLICE("u_1"));
	cbor_put_u64(&writer, RECORD_KEY_time_ns);
	cbor_put_u64(&writer, 0);
	cbor_put_u64(&writer, RECORD_KEY_node);
	cbor_put_text(&writer, SLICE(""));
	cbor_put_u64(&writer, RECORD_KEY_count);
	cbor_put_u64(&writer, 0);
	cbor_put_u64(&writer, RECORD_KEY_peer);
	cbor_put_text(&writer, SLICE("::1"));
	cbor_put_u64(&writer, RECORD_KEY_session);
	cbor_put_text(&writer, SLICE(""));
	CHECK_ERROR(decode(buffer_slice(&forged), &back), E_CORRUPT);
	buffer_free(&bytes);
	buffer_free(&forged);
}

TEST(without_memory_for_its_lists_a_record_is_not_half_read)
{
	struct record record = a_decision(), back;
	struct buffer bytes;
	struct arena arena;
	slice encoded = encode(&record, &bytes);
	arena_init(&arena, sizeof(slice));
	CHECK_ERROR(record_decode(encoded, &back, &arena, NULL), E_MEMORY);
	arena_free(&arena);
	/* Where it is only missing once, the other reader has it. */
	arena_init(&arena, ARENA_BYTES);
	memory_fail_at(1);
	CHECK_ERROR(record_decode(encoded, &back, &arena, NULL), E_OK);
	memory_fail_at(0);
	CHECK_SLICE(back.facts.items[1], record.facts.items[1]);
	arena_free(&arena);
	buffer_free(&bytes);
}

TEST(a_filter_finds_agents_also_where_they_only_passed_authority_on)
{
	struct record record = a_decision();
	CHECK(record_filter_matches(&(struct record_filter){0}, &record));
	CHECK(record_filter_matches(&(struct record_filter){.agent = SLICE("human:alice")}, &record));
	CHECK(record_filter_matches(&(struct record_filter){.kinds = RECORD_IN(RECORD_DECISION)}, &record));
	CHECK(record_filter_matches(&(struct record_filter){.by_mode = true, .mode = RECORD_DELEGATED}, &record));
	CHECK(!record_filter_matches(&(struct record_filter){.agent = SLICE("agent:other")}, &record));
	CHECK(!record_filter_matches(&(struct record_filter){.kinds = RECORD_IN(RECORD_EFFECT)}, &record));
	CHECK(!record_filter_matches(&(struct record_filter){.by_decision = true}, &record));
	CHECK(!record_filter_matches(&(struct record_filter){.by_mode = true}, &record));
	CHECK(!record_filter_matches(&(struct record_filter){.task = SLICE("t_1")}, &record));
	CHECK(!record_filter_matches(&(struct record_filter){.tool = SLICE("x")}, &record));
	CHECK(!record_filter_matches(&(struct record_filter){.since_ns = record.time_ns + 1}, &record));
	CHECK(!record_filter_matches(&(struct record_filter){.until_ns = record.time_ns}, &record));
}

static bool same_field(const struct record *a, const struct record *b, const struct record_field *field)
{
	const char *left = (const char *)a + field->offset, *right = (const char *)b + field->offset;
	if (field->type == RECORD_TEXT || field->type == RECORD_DIGEST)
		return slice_equal(*(const slice *)left, *(const slice *)right);
	if (field->type == RECORD_ENUM)
		return memcmp(left, right, sizeof(unsigned)) == 0;
	if (field->type != RECORD_TEXTS)
		return memcmp(left, right, sizeof(uint64_t)) == 0;
	const struct record_texts *one = (const struct record_texts *)left, *two = (const struct record_texts *)right;
	bool same = one->count == two->count;
	for (size_t i = 0; same && i < one->count; i++)
		same = slice_equal(one->items[i], two->items[i]);
	return same;
}

/* EVD-1: the schema check over random records. */
TEST(ten_thousand_random_records_lack_no_field_and_come_back_the_same)
{
	uint64_t state = 20261122;
	size_t count;
	const struct record_field *fields = record_fields(&count);
	struct buffer bytes;
	struct arena arena;
	struct fault why;
	buffer_init(&bytes, RECORD_BYTES_MAX);
	arena_init(&arena, ARENA_BYTES);
	for (int round = 0; round < 10000; round++) {
		struct record record = draw_record(&state), back;
		buffer_clear(&bytes);
		arena_reset(&arena);
		CHECK_OK(record_encode(&record, &bytes, &why), why);
		CHECK_OK(record_decode(buffer_slice(&bytes), &back, &arena, &why), why);
		CHECK_SLICE(record_peek_id(buffer_slice(&bytes)), record.id);
		for (size_t i = 0; i < count; i++) {
			CHECK(same_field(&record, &back, &fields[i]));
			CHECK(!(fields[i].required & RECORD_IN(record.kind)) || record_has(&back, &fields[i]));
		}
	}
	buffer_free(&bytes);
	arena_free(&arena);
}

TEST(the_page_about_records_names_every_key)
{
	slice page = read_file(CHECK_SOURCE_ROOT "/docs/design/record.md");
	size_t count;
	const struct record_field *fields = record_fields(&count);
	CHECK(page.ptr != NULL);
	for (size_t i = 0; i < count; i++) {
		char row[80];
		int length = snprintf(row, sizeof(row), "| %u | %s |", fields[i].key, fields[i].name);
		if (slice_find(page, slice_from(row, (size_t)length)) == SIZE_MAX)
			fail_msg("docs/design/record.md has no row %s", row);
	}
	free((void *)(uintptr_t)page.ptr);
}
