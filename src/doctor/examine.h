/* The examinations. Each looks at one thing and tells what it finds. What is read from the system's files is read below
 * view->root, so that a test lays out its own system; variables are the process's. */
#ifndef DOCTOR_EXAMINE_H
#define DOCTOR_EXAMINE_H

#include "device/discover.h"
#include "device/drivers.h"
#include "doctor/findings.h"

struct patient {
    const struct system_view *view;
    const struct device_list *list;
    struct findings *findings;
};

/* drivers.c: platforms, .icd files, GPUs that OpenCL does not show, versions that differ, compilers that are missing.
 */
void examine_platforms(const struct patient *patient);
void examine_driver_files(const struct patient *patient);
void examine_gpus(const struct patient *patient);
void examine_nvidia(const struct patient *patient);

/* settings.c: variables that cost speed or hide devices, and the processor's share. `cores`: that this process may use.
 */
void examine_default(const struct patient *patient);
void examine_settings(const struct patient *patient);
void examine_processor(const struct patient *patient, unsigned cores);

/* host.c: memory, where kernels are kept (`wish` as plotmill_set_cache takes it), and the folder outputs go to. */
void examine_memory(const struct patient *patient);
void examine_caches(const struct patient *patient, const char *wish);
void examine_folder(const struct patient *patient, const char *folder);

#endif
