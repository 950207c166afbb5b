#include "store/log_verify.h"

#include "crypt/signature.h"
#include "store/log_writer.h"

#include "folder.h"

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SEGMENT_BYTES (256u * 1024u)
#define BATCH         20u

struct signer {
	struct key *key;
	struct note_key name;
	struct key_room room;
};

static void make_signer(struct signer *signer)
{
	struct key_numbers numbers;
	struct fault why;
	CHECK_OK(key_generate(&signer->key, KEY_ED25519, &why), why);
	CHECK_OK(key_export(signer->key, false, &numbers, &signer->room, &why), why);
	CHECK_OK(note_key_make(SLICE("test"), (const unsigned char *)numbers.x.ptr, &signer->name, &why), why);
}

static void store_checkpoint(const struct folder *folder, const struct signer *signer, const struct merkle_tree *tree,
			     slice origin)
{
	struct checkpoint checkpoint = {.origin = origin, .size = tree->size};
	struct sha256_context hasher;
	struct signature signature;
	struct buffer body, note;
	struct fault why;
	CHECK_OK(sha256_context_init(&hasher, &why), why);
	merkle_root(&hasher, tree, &checkpoint.root);
	sha256_context_free(&hasher);
	buffer_init(&body, 4096);
	buffer_init(&note, 4096);
	checkpoint_body(&checkpoint, &body);
	CHECK_OK(signature_sign(signer->key, SIGNATURE_EDDSA, buffer_slice(&body), &signature, &why), why);
	CHECK_OK(note_encode(buffer_slice(&body), &signer->name, signature.bytes, &note, &why), why);
	CHECK_OK(log_checkpoint_store(folder_path(folder), buffer_slice(&note), checkpoint.size, &why), why);
	buffer_free(&body);
	buffer_free(&note);
}

/* A log of three segments; a checkpoint after every 400 records where there is a signer. */
static struct folder make_log(const struct signer *signer, unsigned count)
{
	static char text[BATCH][400];
	struct folder folder = folder_make();
	struct log_writer *writer;
	struct log_recovery recovery;
	struct fault why;
	CHECK_OK(log_writer_open(&(struct log_writer_options){.directory = folder_path(&folder),
							      .origin = SLICE("test"),
							      .segment_bytes = SEGMENT_BYTES},
				 &writer, &recovery, &why),
		 why);
	for (unsigned i = 0; i < count; i += BATCH) {
		slice records[BATCH];
		for (unsigned r = 0; r < BATCH; r++)
			records[r] = slice_from(text[r], (size_t)snprintf(text[r], sizeof(text[r]), "%0350u", i + r));
		CHECK_OK(log_append_batch(writer, records, BATCH, 1000 + i, NULL, &why), why);
		if (signer && (i + BATCH) % 400 == 0)
			store_checkpoint(&folder, signer, log_writer_tree(writer), SLICE("test"));
	}
	CHECK_OK(log_writer_prepare_next(writer, &why), why);
	log_writer_close(writer);
	return folder;
}

static enum error verify(const struct folder *folder, const struct signer *signer, struct log_verify_report *report)
{
	return log_verify(
		&(struct log_verify_options){.directory = folder_path(folder), .key = signer ? &signer->name : NULL},
		report, NULL);
}

TEST(a_log_and_a_copy_of_it_verify_with_the_public_key_alone)
{
	struct signer signer;
	struct log_verify_report report, copied;
	make_signer(&signer);
	struct folder folder = make_log(&signer, 1600);
	CHECK_ERROR(verify(&folder, &signer, &report), E_OK);
	CHECK_INT(report.count, 1600);
	CHECK_INT(report.segment_count, 3);
	CHECK_INT(report.checkpoint_count, 5);
	CHECK(!report.torn_tail);
	CHECK_SLICE(slice_of(report.origin), SLICE("test"));
	struct folder copy = folder_copy(&folder);
	CHECK_ERROR(verify(&copy, NULL, &copied), E_OK);
	CHECK(merkle_hash_equal(&report.root, &copied.root));
	struct log_verify_report part;
	CHECK_ERROR(
		log_verify(&(struct log_verify_options){.directory = folder_path(&folder), .end = 700}, &part, NULL),
		E_OK);
	CHECK(part.count >= 700 && part.count < 1600);
	folder_remove(&copy);
	folder_remove(&folder);
	key_free(signer.key);
}

TEST(one_flipped_byte_anywhere_is_found_and_placed)
{
	struct folder folder = make_log(NULL, 1600);
	struct log_verify_report report;
	for (unsigned segment = 1; segment <= 4; segment++) {
		char name[LOG_SEGMENT_NAME_BYTES];
		log_segment_name(segment, name);
		for (long at = 13; at < (long)SEGMENT_BYTES; at += 7919) {
			folder_flip(&folder, name, at);
			enum error code = verify(&folder, NULL, &report);
			folder_flip(&folder, name, at);
			/* In the empty room behind the last frame it looks like a write that was never finished. */
			if (code == E_OK && segment == 3 && report.torn_tail && report.count == 1600)
				continue;
			CHECK_INT(code, E_CORRUPT);
			CHECK_SLICE(slice_of(report.bad_file), slice_of(name));
			CHECK(report.bad_index <= 1600 && report.bad_index % BATCH == 0);
			CHECK(report.bad_offset <= (uint64_t)at);
			CHECK_INT(report.bad_index, report.count);
			CHECK(report.sentence[0] != '\0');
		}
	}
	CHECK_ERROR(verify(&folder, NULL, &report), E_OK);
	folder_remove(&folder);
}

static void zero_range(const struct folder *folder, const char *name, long offset, size_t count)
{
	static const char zeros[SEGMENT_BYTES];
	FILE *file = fopen(folder_file(folder, name), "r+b");
	CHECK(file != NULL);
	fseek(file, offset, SEEK_SET);
	CHECK_INT(fwrite(zeros, 1, count, file), count);
	CHECK_INT(fclose(file), 0);
}

TEST(a_log_cut_short_shows_against_its_checkpoints)
{
	struct signer signer;
	struct log_verify_report report;
	make_signer(&signer);
	struct folder folder = make_log(&signer, 1600);
	/* All of the last segment's frames: what is left is whole in itself. */
	zero_range(&folder, "segment-0000000003.log", 0, SEGMENT_BYTES);
	unlink(folder_file(&folder, "segment-0000000004.log"));
	CHECK_ERROR(verify(&folder, &signer, &report), E_CORRUPT);
	CHECK(report.bad_index > 1000 && report.bad_index < 1600);
	CHECK(slice_find(slice_of(report.sentence), SLICE("promises 1600")) != SIZE_MAX);
	folder_remove(&folder);
	key_free(signer.key);
}

TEST(a_log_written_anew_shows_against_its_checkpoints)
{
	struct signer signer;
	struct log_verify_report report;
	make_signer(&signer);
	/* Whole in itself, but its 400th record is another one than was signed. */
	struct folder folder = make_log(NULL, 1600);
	struct merkle_tree tree = {.size = 400};
	store_checkpoint(&folder, &signer, &tree, SLICE("test"));
	CHECK_ERROR(verify(&folder, &signer, &report), E_CORRUPT);
	CHECK_INT(report.bad_index, 0);
	folder_remove(&folder);
	key_free(signer.key);
}

TEST(checkpoints_of_another_key_or_log_or_damaged_ones_are_refused)
{
	struct signer signer, other;
	struct log_verify_report report;
	struct merkle_tree tree = {0};
	make_signer(&signer);
	make_signer(&other);
	struct folder folder = make_log(&signer, 800);
	CHECK_ERROR(verify(&folder, &other, &report), E_SIGNATURE);
	CHECK_ERROR(verify(&folder, &signer, &report), E_OK);
	folder_flip(&folder, "checkpoints/400", 150);
	CHECK(verify(&folder, &signer, &report) != E_OK);
	CHECK_SLICE(slice_of(report.bad_file), SLICE("checkpoints/400"));
	folder_flip(&folder, "checkpoints/400", 150);
	CHECK_ERROR(verify(&folder, &signer, &report), E_OK);
	store_checkpoint(&folder, &signer, &tree, SLICE("elsewhere"));
	CHECK_ERROR(verify(&folder, NULL, &report), E_SIGNATURE);
	folder_remove(&folder);
	key_free(signer.key);
	key_free(other.key);
}

TEST(a_missing_segment_is_damage_and_an_unfinished_write_is_none)
{
	struct log_verify_report report;
	struct folder folder = make_log(NULL, 1600);
	struct folder copy = folder_copy(&folder);
	unlink(folder_file(&copy, "segment-0000000002.log"));
	CHECK_ERROR(verify(&copy, NULL, &report), E_CORRUPT);
	CHECK_SLICE(slice_of(report.bad_file), SLICE("segment-0000000002.log"));
	CHECK(report.bad_index > 0 && report.bad_index < 1600);
	folder_remove(&copy);
	/* The prepared segment is missing: that is no record. */
	unlink(folder_file(&folder, "segment-0000000004.log"));
	CHECK_ERROR(verify(&folder, NULL, &report), E_OK);
	folder_remove(&folder);

	folder = make_log(NULL, 20);
	/* One frame of some 7 KiB, of which a sector in the middle never arrived. */
	zero_range(&folder, "segment-0000000001.log", 4096 + 1024, 512);
	CHECK_ERROR(verify(&folder, NULL, &report), E_OK);
	CHECK(report.torn_tail);
	CHECK_INT(report.count, 0);
	folder_remove(&folder);
	CHECK_ERROR(verify(&folder, NULL, &report), E_NOT_FOUND);
	CHECK_INT(mkdir(folder.path, 0700), 0);
	CHECK_ERROR(verify(&folder, NULL, &report), E_NOT_FOUND);
	folder_remove(&folder);
}
