/* The numbers of all images, in order, on standard output, and nothing else. */
#ifndef FORMATS_STANDARD_OUTPUT_H
#define FORMATS_STANDARD_OUTPUT_H

#include "formats/format.h"

enum plotmill_status standard_output_create(struct sink *sink, const struct plotmill_sink_options *options,
                                            struct plotmill_error *error);

#endif
