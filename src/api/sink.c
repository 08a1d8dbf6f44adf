#include <stdlib.h>

#include "api/handles.h"
#include "base/try.h"
#include "chart/pixel_format.h"

void sink_options_init(struct sink_options *options)
{
    *options = (struct sink_options){.compress = COMPRESS_DEFLATE};
}

enum plotmill_status api_sink_open(plotmill *pm, const char *path, const struct sink_options *options,
                                   plotmill_sink **sink)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct plotmill_sink *made = NULL;
    struct sink_options defaults;
    sink_options_init(&defaults);
    options = options ? options : &defaults;
    *sink = NULL;
    clear_message(pm);
    TRY_ALLOCATE(&pm->error, made, 1, sizeof *made);
    made->pm = pm;
    TRY(sink_create(&made->sink, path, options, &pm->log, &pm->error));
    *sink = made;
    made = NULL;
done:
    free(made);
    return status;
}

enum plotmill_status api_sink_create(plotmill *pm, const struct sink_ops *ops, void *self, plotmill_sink **sink)
{
    enum plotmill_status status = PLOTMILL_OK;
    *sink = NULL;
    clear_message(pm);
    if (!ops || !ops->open || !ops->write || !ops->finish || !ops->abort)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "api_sink_create: open, write, finish or abort is NULL");
    if ((int)ops->payload < PAYLOAD_PIXELS || ops->payload > PAYLOAD_PNG)
        FAIL(&pm->error, PLOTMILL_BAD_INPUT, "api_sink_create: payload %d, expected a PAYLOAD_ value",
             (int)ops->payload);
    TRY(pixel_format_check(&ops->pixels, &pm->error));
    TRY_ALLOCATE(&pm->error, *sink, 1, sizeof **sink);
    (*sink)->pm = pm;
    (*sink)->sink = (struct sink){ops, self};
done:
    return status;
}

void plotmill_sink_destroy(plotmill_sink *sink)
{
    if (!sink)
        return;
    sink_close(&sink->sink);
    free(sink);
}
