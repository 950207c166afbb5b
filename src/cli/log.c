/* `tipstaff log verify`: holds the evidence log, or a copy of it, against itself; needs no server and no network. */
#include "cli/remote.h"
#include "cli/printed.h"
#include "cli/screen.h"
#include "cli/verb.h"
#include "daemon/files.h"
#include "store/log_verify.h"
#include "text/base64.h"

#include <string.h>

/* What is verified, and with which key. */
struct proof {
	struct arena arena;
	slice directory;
	slice key_text; /* --key: the log's public key or a file that holds it */
	struct note_key key;
	bool has_key;
	bool json;
	struct log_verify_report report;
};

static slice without_line_end(slice text)
{
	while (text.len > 0 && (text.ptr[text.len - 1] == '\n' || text.ptr[text.len - 1] == '\r'))
		text.len--;
	return text;
}

/*
 * The text of the key itself has plus signs; otherwise it names a file. A key beside a copy is not looked for: whoever
 * changed the copy could have put it there.
 */
static enum error find_key(struct proof *proof, struct fault *why)
{
	slice text = proof->key_text;
	if (text.len > 0 && slice_find_byte(text, '+', 0) == SIZE_MAX)
		TRY(files_read(proof->key_text, NOTE_BYTES_MAX, &proof->arena, &text, why));
	if (text.len == 0)
		return E_OK;
	TRY(note_key_parse(without_line_end(text), &proof->key, why));
	proof->has_key = true;
	return E_OK;
}

/* Without --dir: the log of `up` with its public key. */
static enum error find_directory(struct proof *proof, struct fault *why)
{
	slice unread;
	if (proof->directory.len > 0)
		return E_OK;
	slice data = remote_data_dir(&proof->arena);
	if (!data.ptr)
		return FAIL(why, E_USAGE, "where is the log? use --dir DIR");
	proof->directory = files_join(&proof->arena, data, "log");
	slice key = files_join(&proof->arena, data, "log.pub");
	if (!proof->directory.ptr || !key.ptr)
		return FAIL(why, E_MEMORY, "no memory for a path");
	if (proof->key_text.len == 0 && files_read(key, NOTE_BYTES_MAX, &proof->arena, &unread, NULL) == E_OK)
		proof->key_text = key;
	return E_OK;
}

static void print_text(const struct proof *proof, enum error code, const struct fault *why)
{
	const struct log_verify_report *report = &proof->report;
	char root[2 * sizeof(report->root)];
	slice hex = slice_from(root, hex_write(root, slice_from(&report->root, sizeof(report->root))));
	if (code == E_OK) {
		printf("verified  %llu records, %llu segment%s, %llu checkpoint%s%s\n", (unsigned long long)report->count,
		       (unsigned long long)report->segment_count, report->segment_count == 1 ? "" : "s",
		       (unsigned long long)report->checkpoint_count, report->checkpoint_count == 1 ? "" : "s",
		       proof->has_key ? ", signatures checked" : " (signatures not checked: no --key)");
		printf("root      %.*s\n", SLICE_ARG(hex));
		if (report->torn_tail)
			printf("note      the last write was never finished; nothing that was acknowledged is missing\n");
		return;
	}
	if (code != E_CORRUPT && code != E_SIGNATURE) {
		screen_fault(stderr, why);
		return;
	}
	printf("DAMAGED   ");
	screen_text(stdout, slice_of(report->sentence[0] ? report->sentence : fault_sentence(why)));
	printf("\n");
	if (report->bad_file[0])
		printf("where     %s, from byte %llu on: record %llu and what follows cannot be trusted\n", report->bad_file,
		       (unsigned long long)report->bad_offset, (unsigned long long)report->bad_index);
	printf("verified  the %llu records before it\n", (unsigned long long)report->count);
}

static void print_json(const struct proof *proof, enum error code, const struct fault *why)
{
	const struct log_verify_report *report = &proof->report;
	char root[2 * sizeof(report->root)];
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	json_begin_object(writer);
	json_put_bool(writer, "verified", code == E_OK);
	json_put_u64(writer, "records", report->count);
	json_put_u64(writer, "segments", report->segment_count);
	json_put_u64(writer, "checkpoints", report->checkpoint_count);
	json_put_u64(writer, "bytes", report->bytes);
	json_put_bool(writer, "signatures_checked", proof->has_key);
	json_put_bool(writer, "torn_tail", report->torn_tail);
	if (code == E_OK) {
		size_t length = hex_write(root, slice_from(&report->root, sizeof(report->root)));
		json_put_string(writer, "root", slice_from(root, length));
	} else {
		json_put_text(writer, "error", error_name(code));
		json_put_text(writer, "detail", report->sentence[0] ? report->sentence : fault_sentence(why));
		json_put_text(writer, "bad_file", report->bad_file[0] ? report->bad_file : NULL);
		json_put_u64(writer, "bad_index", report->bad_index);
		json_put_u64(writer, "bad_offset", report->bad_offset);
	}
	json_end_object(writer);
	printed_end(&printed, E_OK, NULL);
}

int verb_log(const struct verb *verb, int count, char **words)
{
	struct proof proof = {.json = false};
	struct option_words given;
	struct fault why = {.code = E_OK};
	const struct option_row options[] = {
		{"dir", OPTION_TEXT, &proof.directory, "DIR", "the log or a copy of it (that of `up`)"},
		{"key", OPTION_TEXT, &proof.key_text, "KEY|FILE", "the log's public key: checks signatures too"},
		{"json", OPTION_FLAG, &proof.json, NULL, "print JSON"},
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 1, 1, &given);
	if (go != OPTIONS_GO)
		return go;
	if (strcmp(given.items[0], "verify") != 0)
		return options_usage(verb, "unknown word \"%s\"; did you mean \"verify\"?", given.items[0]);
	arena_init(&proof.arena, 1u << 20);
	enum error code = find_directory(&proof, &why);
	if (code == E_OK)
		code = find_key(&proof, &why);
	if (code == E_OK) {
		struct log_verify_options wanted = {.directory = proof.directory, .key = proof.has_key ? &proof.key : NULL};
		code = log_verify(&wanted, &proof.report, &why);
	}
	if (proof.json)
		print_json(&proof, code, &why);
	else
		print_text(&proof, code, &why);
	arena_free(&proof.arena);
	return error_exit(code);
}
