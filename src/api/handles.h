/* What stands behind the public handles; for src/api alone. */
#ifndef API_HANDLES_H
#define API_HANDLES_H

#include "base/log.h"
#include "device/compute.h"
#include "plotmill/plotmill.h"
#include "reader/reader.h"
#include "sink/sink.h"
#include "source/source.h"

struct plotmill {
    struct plotmill_error error; /* of the last call that failed */
    struct log log;
};

struct plotmill_source {
    struct source source;
};

struct plotmill_sink {
    struct sink sink;
    bool used; /* a sink takes one job */
};

struct plotmill_reader {
    plotmill *pm;
    struct reader reader;
};

/* Finds and opens the device that `text` means, tells which and why, and warns of a GPU left unused. `reason` goes
 * into *chosen. */
enum plotmill_status open_device(plotmill *pm, const char *text, struct compute **compute,
                                 struct plotmill_device *chosen);

#endif
