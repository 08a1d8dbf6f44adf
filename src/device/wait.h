/* Waiting for the device without keeping a core busy; for src/device alone.
 *
 *     const bool sleeps = wait_sleeps(compute);
 *     clEnqueueReadBuffer(..., sleeps ? CL_FALSE : CL_TRUE, ..., sleeps ? &event : NULL)
 *     if (sleeps)
 *         TRY(wait_asleep(compute, event, error)); */
#ifndef DEVICE_WAIT_H
#define DEVICE_WAIT_H

#include "device/handles.h"

/* Drivers of devices with memory of their own wait by turning in a loop (NVIDIA's does), on a core that could encode
 * and write. Others compute on the cores themselves, and block well. */
bool wait_sleeps(const struct compute *compute);

/* Waits until what `event` stands for is done, and releases it. */
enum plotmill_status wait_asleep(struct compute *compute, cl_event event, struct plotmill_error *error);

#endif
