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

/* missing_device_advice in two, and without a word about GPUs. */
struct missing_reason {
    char found[400], mend[200];
};
void missing_device_reason(const struct system_view *view, const struct device_list *list,
                           struct missing_reason *reason);

/* What to do about a maker's GPU that was seen but cannot be used. */
void visible_gpu_mend(const struct system_view *view, const struct gpu_maker *maker, const struct gpu_sight *sight,
                      char *text, size_t size);
/* What to do where a driver's library (its path) lies here, but the loader does not know of it. */
void driver_registration_mend(const struct system_view *view, const struct gpu_maker *maker, const char *library,
                              char *text, size_t size);

/* The same on a system that a test laid out. */
bool visible_gpu_hint_at(const struct system_view *view, const struct device_list *list, char *text, size_t size);
void missing_device_advice_at(const struct system_view *view, const struct device_list *list, char *text, size_t size);

#endif
