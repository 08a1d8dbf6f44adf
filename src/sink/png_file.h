/* A finished IDAT stream -> a PNG file (ISO/IEC 15948), 8-bit grayscale. */
#ifndef SINK_PNG_FILE_H
#define SINK_PNG_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "plotmill/sink.h"

/* Creates (or truncates) `path`. false: it could not be written, errno says why. */
bool png_file_write(const char *path, uint32_t width, uint32_t height, const struct plotmill_stream *stream);

#endif
