/* GPUs that the system shows but OpenCL does not, and what to install: silent runs on the CPU are the classic failure.
 * All answers are one line for people. Found by looking at files, so that nothing is loaded or started. */
#ifndef DEVICE_VISIBLE_H
#define DEVICE_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>

#include "device/discover.h"
#include "device/drivers.h"

/* A GPU is visible, yet `list` has no GPU that can be used: which, how it is known, and the mend. false: nothing to
 * say. */
bool visible_gpu_hint(const struct device_list *list, char *text, size_t size);

/* For a list of no devices: why, as far as it shows, and what to install on this system. */
void missing_device_advice(const struct device_list *list, char *text, size_t size);

/* The same on a system that a test laid out. */
bool visible_gpu_hint_at(const struct system_view *view, const struct device_list *list, char *text, size_t size);
void missing_device_advice_at(const struct system_view *view, const struct device_list *list, char *text, size_t size);

#endif
