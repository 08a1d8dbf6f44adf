/* plotmill: status codes, error messages and the version.
 *
 * Every call that can fail returns an enum plotmill_status; PLOTMILL_OK is 0. A NULL where a value is required is
 * PLOTMILL_BAD_INPUT. Functions that destroy something accept NULL. */
#ifndef PLOTMILL_STATUS_H
#define PLOTMILL_STATUS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define PLOTMILL_API __declspec(dllexport)
#elif defined(__GNUC__)
#define PLOTMILL_API __attribute__((visibility("default")))
#else
#define PLOTMILL_API
#endif

#if defined(__GNUC__)
#define PLOTMILL_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define PLOTMILL_PRINTF(text, first)
#endif

/* The version of these headers: MAJOR * 1000000 + MINOR * 1000 + PATCH. */
#define PLOTMILL_VERSION_NUMBER 1000000

/* The version of the library that runs, in the same form. A program runs with every later version of the same MAJOR.
 * Thread-safe. */
PLOTMILL_API uint32_t plotmill_version_number(void);

enum plotmill_status {
    PLOTMILL_OK = 0,
    PLOTMILL_BAD_INPUT,     /* an option, argument or input file is wrong */
    PLOTMILL_NO_DEVICE,     /* no OpenCL device, or not the one that was selected */
    PLOTMILL_UNSUPPORTED,   /* this build lacks the feature, for example a format's library */
    PLOTMILL_DEVICE_FAILED, /* an OpenCL call failed, or the process was forked after OpenCL was used */
    PLOTMILL_IO_FAILED,     /* reading or writing failed */
    PLOTMILL_NO_MEMORY,     /* the host or the device ran out of memory */
    PLOTMILL_CANCELLED,     /* the progress callback stopped the call */
    PLOTMILL_BUSY           /* another call uses the handle: in another thread, or the one whose callback calls */
};

/* The status in a word or two of English; never NULL. Thread-safe. */
PLOTMILL_API const char *plotmill_status_str(enum plotmill_status status);

/* Where a callback puts the reason of its failure. */
struct plotmill_error;

/* Fills *error, unless it is NULL, and returns `status`, so that a callback can
 * `return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: disk full", path);`. A message longer than 4,000 bytes is
 * truncated; `format` NULL: no message. Thread-safe for different errors. */
PLOTMILL_API enum plotmill_status plotmill_error_set(struct plotmill_error *error, enum plotmill_status status,
                                                     const char *format, ...) PLOTMILL_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
