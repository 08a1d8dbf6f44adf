/* Chart files: with the window that they require, and with one of 60 samples. */
#include "fuzz.h"
#include "options/language.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct tree_text text = {
        .name = "chart.yaml", .text = (const char *)data, .size = size, .kind = "chart", .example = "size: 800x500"};
    const struct chart_overrides overrides = {0};
    struct plotmill_error error;
    struct tree tree;
    fuzz_begin(size, 1);
    if (!tree_read(&tree, &text, &error)) {
        const struct chart_text written = {tree.name, tree.root};
        for (uint64_t window = 0; window <= 60; window += 60) {
            struct chart chart = {0};
            if (!chart_make(&chart, &written, &overrides, window, &error))
                chart_free(&chart);
        }
    }
    tree_free(&tree);
    fuzz_end();
    return 0;
}
