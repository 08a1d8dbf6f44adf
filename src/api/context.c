#include <stdlib.h>

#include "api/handles.h"

plotmill *plotmill_create(void)
{
    return calloc(1, sizeof(plotmill));
}

void plotmill_destroy(plotmill *pm)
{
    free(pm);
}

const char *plotmill_message(const plotmill *pm)
{
    return pm->error.message;
}

void plotmill_set_log(plotmill *pm, plotmill_log_fn log, void *user)
{
    pm->log = (struct log){log, user};
}
