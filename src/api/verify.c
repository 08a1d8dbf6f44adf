#include <stdlib.h>

#include "api/handles.h"
#include "base/try.h"
#include "verify/verify.h"

/* Binary above antialiased, each in a row. */

enum plotmill_status plotmill_verify(plotmill *pm, const char *device, const char *sheet, plotmill_verdict_fn report,
                                     void *user, int *failures)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct compute *compute = NULL;
    struct plotmill_device chosen;
    struct verify_pictures pictures = {0};
    *failures = 0;
    forget_message(pm);
    TRY(open_device(pm, device, &compute, &chosen));
    TRY(verify_run(compute, report, user, &pictures, failures, &pm->error));
    compute_keep_programs(compute);
    if (sheet)
        TRY(sheet_write(sheet, pictures.pixels, pictures.count, VERIFY_WIDTH, VERIFY_HEIGHT,
                        (uint32_t)(pictures.count / 2), 0, &pm->error));
done:
    free(pictures.pixels);
    compute_close(compute);
    return status;
}
