#include "read_file.h"

#include <stdio.h>
#include <stdlib.h>

slice read_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	if (!file)
		return (slice){NULL, 0};
	fseek(file, 0, SEEK_END);
	long size = ftell(file);
	rewind(file);
	char *bytes = size < 0 ? NULL : malloc((size_t)size + 1);
	size_t got = bytes ? fread(bytes, 1, (size_t)size, file) : 0;
	fclose(file);
	return (slice){bytes, got};
}
