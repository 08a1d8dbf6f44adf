/* What the fuzz targets share: libFuzzer calls LLVMFuzzerTestOneInput with bytes; a target reads them as one of the
 * files that plotmill reads. Between fuzz_begin and fuzz_end the program ends with a report if it needs
 * more time or memory than the input's length justifies. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

#include "formats/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `expands`: one byte of the input may stand for so many of what is read: 1 where nothing is compressed. */
void fuzz_begin(size_t size, size_t expands);
void fuzz_end(void);

/* Writes the bytes to a file of this process, whose name ends with `extension`. The path belongs to the harness; each
 * call replaces the file. */
const char *fuzz_file(const uint8_t *data, size_t size, const char *extension);

/* Opens the file as an input, with options chosen by `choice`, and reads all of its samples, times, rows and columns.
 */
void fuzz_open(const char *path, uint8_t choice);

#endif
