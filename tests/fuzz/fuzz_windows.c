/* Tables of windows: CSV and NPY. */
#include "fuzz.h"
#include "source/window_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct window_file file = {0};
    struct plotmill_error error;
    const char *path = fuzz_file(data, size, size && data[0] == 0x93 ? ".npy" : ".csv");
    fuzz_begin(size, 1);
    window_file_load(&file, path, &error);
    window_file_free(&file);
    fuzz_end();
    return 0;
}
