/* plotmill: outcomes of calls and messages for people.
 *
 * Every call that can fail returns an enum plotmill_status; PLOTMILL_OK is 0. */
#ifndef PLOTMILL_STATUS_H
#define PLOTMILL_STATUS_H

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

enum plotmill_status {
    PLOTMILL_OK = 0,
    PLOTMILL_BAD_INPUT,     /* an option, argument or input file is wrong; the command exits with 2 */
    PLOTMILL_NO_DEVICE,     /* no OpenCL device, or none that was asked for; exit 2 */
    PLOTMILL_UNSUPPORTED,   /* this build lacks the feature (a format's library was not there); exit 2 */
    PLOTMILL_DEVICE_FAILED, /* an OpenCL call failed while working; exit 1 */
    PLOTMILL_IO_FAILED,     /* reading or writing failed while working; exit 1 */
    PLOTMILL_NO_MEMORY,     /* memory ran out, the host's or the device's; exit 1 */
    PLOTMILL_CANCELLED      /* the progress callback asked to stop; exit 130 */
};

/* A fixed English word or two for a status; never NULL. Thread-safe. */
PLOTMILL_API const char *plotmill_status_str(enum plotmill_status status);

/* "MAJOR.MINOR.PATCH". Thread-safe. */
PLOTMILL_API const char *plotmill_version(void);

#define PLOTMILL_MESSAGE_SIZE 4096

/* What went wrong, in a sentence that names the place, what was found and what was expected.
 * The message is always terminated; a longer one is cut. */
struct plotmill_error {
    enum plotmill_status status;
    char message[PLOTMILL_MESSAGE_SIZE];
};

/* Fills *error (NULL is allowed: then nothing is stored) and returns `status`, so that a callback can
 * write `return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: disk full", path);`. Thread-safe for
 * different errors. */
PLOTMILL_API enum plotmill_status plotmill_error_set(struct plotmill_error *error, enum plotmill_status status,
                                                     const char *format, ...) PLOTMILL_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
