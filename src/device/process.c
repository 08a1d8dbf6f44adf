#include "device/process.h"

#include <stdatomic.h>

#include "base/os.h"
#include "base/thread.h"
#include "base/try.h"

static _Atomic uint64_t user; /* the process that uses OpenCL; 0: none yet */
static struct mutex lock = MUTEX_READY;

bool opencl_is_foreign(void)
{
    const uint64_t process = atomic_load(&user);
    return process != 0 && process != os_process_id();
}

enum plotmill_status opencl_check_process(struct plotmill_error *error)
{
    if (!opencl_is_foreign())
        return PLOTMILL_OK;
    return plotmill_error_set(error, PLOTMILL_DEVICE_FAILED,
                              "this process was forked after OpenCL was used in process %llu, and cannot use it: start "
                              "processes by spawn instead of fork, or use OpenCL only after the fork",
                              (unsigned long long)atomic_load(&user));
}

enum plotmill_status opencl_enter(struct plotmill_error *error)
{
    uint64_t none = 0;
    atomic_compare_exchange_strong(&user, &none, os_process_id());
    /* Before the lock: a thread of the parent may have held it. */
    const enum plotmill_status status = opencl_check_process(error);
    if (!status)
        mutex_lock(&lock);
    return status;
}

void opencl_leave(void)
{
    mutex_unlock(&lock);
}
