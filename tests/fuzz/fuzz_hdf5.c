/* HDF5 inputs: plain data sets, and tables of pandas. */
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    const char *path = fuzz_file(data, size - 1, ".h5");
    fuzz_begin(size, 1);
    fuzz_open(path, data[size - 1]);
    fuzz_end();
    return 0;
}
