/* Test patterns through the renderer, judged by the oracle. */
#ifndef VERIFY_VERIFY_H
#define VERIFY_VERIFY_H

#include "device/compute.h"
#include "verify/verdict.h"

#define VERIFY_WIDTH 320
#define VERIFY_HEIGHT 200

/* What was drawn, for a contact sheet, all patterns without antialiasing, then all with it: uint8 (count,
 * VERIFY_HEIGHT, VERIFY_WIDTH, 3); `pixels` is freed by the caller. */
struct verify_pictures {
    uint8_t *pixels;
    uint64_t count;
};

/* Draws every pattern, without and with antialiasing, on `compute`; see api_verify. */
enum plotmill_status verify_run(struct compute *compute, verdict_fn report, void *user,
                                struct verify_pictures *pictures, int *failures, struct plotmill_error *error);

/* The first patterns in small, judged like all of them: enough to see that a device works. */
enum plotmill_status verify_quickly(struct compute *compute, size_t *drawn, int *failures,
                                    struct plotmill_error *error);

#endif
