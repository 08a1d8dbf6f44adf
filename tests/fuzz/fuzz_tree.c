/* Documents of options: YAML and JSON, by the public library. */
#include "fuzz.h"
#include "plotmill/plotmill.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static plotmill *pm;
    plotmill_options *options = NULL;
    if (!pm && !(pm = plotmill_create()))
        return 0;
    fuzz_begin(size, 1);
    if (plotmill_options_create(pm, &options))
        return 0;
    plotmill_options_parse(options, (const char *)data, size, "job.yaml");
    plotmill_options_get(options, "window");
    plotmill_options_destroy(options);
    fuzz_end();
    return 0;
}
