/* The checks of api_doctor. Each looks at one thing and reports what it finds. Files of the system are read below
 * view->root, so that tests can make their own system; environment variables are those of the process. */
#ifndef DOCTOR_DOCTOR_H
#define DOCTOR_DOCTOR_H

#include "device/discover.h"
#include "device/drivers.h"
#include "doctor/finding.h"

struct doctor_context {
    const struct system_view *view;
    const struct device_list *list;
    finding_fn report; /* NULL: findings are only counted */
    void *user;
    int problems, notes;
};

/* Reports and counts a finding; only the first line of what was found. `fix` is one line, "" for none. */
void doctor_report(struct doctor_context *context, enum severity severity, const char *check, const char *fix,
                   const char *format, ...) PLOTMILL_PRINTF(5, 6);
#define doctor_ok(context, check, ...) doctor_report((context), SEVERITY_OK, (check), "", __VA_ARGS__)
#define doctor_note(context, check, ...) doctor_report((context), SEVERITY_NOTE, (check), __VA_ARGS__)
#define doctor_problem(context, check, ...) doctor_report((context), SEVERITY_PROBLEM, (check), __VA_ARGS__)

/* drivers.c */
void doctor_check_gpus(struct doctor_context *context);
void doctor_check_nvidia(struct doctor_context *context); /* versions of driver and library, the compiler */
void doctor_check_driver_files(struct doctor_context *context);
void doctor_check_platforms(struct doctor_context *context);

/* doctor.c */
void doctor_check_default(struct doctor_context *context);
void doctor_check_settings(struct doctor_context *context);                  /* environment variables of drivers */
void doctor_check_processor(struct doctor_context *context, unsigned cores); /* that this process may use */

/* host.c */
void doctor_check_memory(struct doctor_context *context, uint64_t free_bytes); /* 0: unknown */
void doctor_check_pocl_cache(struct doctor_context *context);
void doctor_check_cache(struct doctor_context *context, const char *cache);   /* as in api_set_cache */
void doctor_check_folder(struct doctor_context *context, const char *folder); /* where outputs go */
void doctor_check_locks(struct doctor_context *context, const char *folder);

#endif
