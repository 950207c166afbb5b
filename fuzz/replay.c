/* Runs one fuzz target over every file of a folder, so that what was found once is tested for ever. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#define FILE_BYTES_MAX (1024u * 1024u)

static int replay(const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	/* Exactly as long as the input, so that a read beyond it is seen. */
	uint8_t *room = malloc(FILE_BYTES_MAX), *bytes = NULL;
	size_t length = file && room ? fread(room, 1, FILE_BYTES_MAX, file) : 0;
	if (file && room)
		bytes = malloc(length ? length : 1);
	for (size_t i = 0; bytes && i < length; i++)
		bytes[i] = room[i];
	int result = bytes ? LLVMFuzzerTestOneInput(bytes, length) : 1;
	free(bytes);
	free(room);
	if (file)
		fclose(file);
	return result;
}

int main(int count, char **arguments)
{
	int files = 0, failures = 0;
	for (int i = 1; i < count; i++) {
		DIR *folder = opendir(arguments[i]);
		if (!folder) {
			fprintf(stderr, "no folder %s\n", arguments[i]);
			return 1;
		}
		for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
			if (entry->d_name[0] == '.')
				continue;
			files++;
			failures += replay(arguments[i], entry->d_name) != 0;
		}
		closedir(folder);
	}
	printf("%d inputs, %d failures\n", files, failures);
	return files > 0 && failures == 0 ? 0 : 1;
}
