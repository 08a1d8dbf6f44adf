/* What the examinations found, told as it comes. */
#ifndef DOCTOR_FINDINGS_H
#define DOCTOR_FINDINGS_H

#include "plotmill/doctor.h"

struct findings {
    plotmill_finding_fn tell; /* NULL: only counted */
    void *user;
    int problems, notes;
};

/* Nothing wrong. */
void find_right(struct findings *findings, const char *check, const char *format, ...) PLOTMILL_PRINTF(3, 4);
/* `mend` is one line. */
void find_note(struct findings *findings, const char *check, const char *mend, const char *format, ...)
    PLOTMILL_PRINTF(4, 5);
void find_problem(struct findings *findings, const char *check, const char *mend, const char *format, ...)
    PLOTMILL_PRINTF(4, 5);

#endif
