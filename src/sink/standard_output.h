/* The numbers of all images, in order, on standard output, and nothing else. */
#ifndef SINK_STANDARD_OUTPUT_H
#define SINK_STANDARD_OUTPUT_H

#include "sink/sink.h"

enum plotmill_status standard_output_create(struct sink *sink, const struct plotmill_sink_options *options,
                                            struct plotmill_error *error);

#endif
