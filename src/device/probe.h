/* When each command of a queue began and ended, by the device's own clock; for src/device alone.
 *
 *     cl_event event = NULL;
 *     CL_TRY(error, clEnqueue...(..., probe_event(compute, &event)));
 *     probe_note(compute, "stamp", 0, event);      keeps the event by itself
 *     if (event)
 *         clReleaseEvent(event); */
#ifndef DEVICE_PROBE_H
#define DEVICE_PROBE_H

#include "device/handles.h"

/* What to hand to an enqueuing call: `event`, or NULL where nothing is recorded. */
cl_event *probe_event(const struct compute *compute, cl_event *event);

/* Remembers a command that was just queued. `name` lives as long as the trace; event NULL: does nothing. */
void probe_note(struct compute *compute, const char *name, uint64_t bytes, cl_event event);

/* Records what is over by now; after a wait for the queue. */
void probe_collect(struct compute *compute);

void probe_destroy(struct probe *probe); /* takes NULL */

#endif
