/* OpenCL and the processes and threads that use it. Drivers do not survive a fork: their threads and locks are not in
 * the child, and calls would wait for them without end. So a child that was forked after OpenCL was used in its parent
 * fails at once. A child may begin OpenCL itself where the parent has not. Thread-safe. */
#ifndef DEVICE_PROCESS_H
#define DEVICE_PROCESS_H

#include <stdbool.h>

#include "plotmill/status.h"

/* PLOTMILL_DEVICE_FAILED in such a child. Every function that calls OpenCL for something new begins with it. */
enum plotmill_status opencl_check_process(struct plotmill_error *error);
/* Whether this is such a child: objects are then dropped without a call to release them. */
bool opencl_is_foreign(void);

/* One thread at a time finds platforms and devices and makes contexts: drivers initialize themselves in the first of
 * these calls, and some crash when two threads make it at once (PoCL 3.1). The first call makes this process the one
 * that uses OpenCL. Fails as opencl_check_process does, and then must not be left. */
enum plotmill_status opencl_enter(struct plotmill_error *error);
void opencl_leave(void);

#endif
