/* plotmill: status codes and error messages. Every call that can fail returns an enum plotmill_status; PLOTMILL_OK is
 * 0. */
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
    PLOTMILL_NO_DEVICE,     /* no OpenCL device, or not the one that was selected; exit 2 */
    PLOTMILL_UNSUPPORTED,   /* this build lacks the feature, for example a format's library; exit 2 */
    PLOTMILL_DEVICE_FAILED, /* an OpenCL call failed; exit 1 */
    PLOTMILL_IO_FAILED,     /* reading or writing failed; exit 1 */
    PLOTMILL_NO_MEMORY,     /* the host or the device ran out of memory; exit 1 */
    PLOTMILL_CANCELLED      /* the progress callback stopped the job; exit 130 */
};

/* The status in a word or two of English; never NULL. Thread-safe. */
PLOTMILL_API const char *plotmill_status_str(enum plotmill_status status);

/* "MAJOR.MINOR.PATCH". Thread-safe. */
PLOTMILL_API const char *plotmill_version(void);

#define PLOTMILL_MESSAGE_SIZE 4096

/* The message is a sentence that says where, what was found and what was expected. Always terminated; a longer one is
 * truncated. */
struct plotmill_error {
    enum plotmill_status status;
    char message[PLOTMILL_MESSAGE_SIZE];
};

/* Fills *error, unless it is NULL, and returns `status`, so that a callback can
 * `return plotmill_error_set(error, PLOTMILL_IO_FAILED, "%s: disk full", path);`. Thread-safe for different errors. */
PLOTMILL_API enum plotmill_status plotmill_error_set(struct plotmill_error *error, enum plotmill_status status,
                                                     const char *format, ...) PLOTMILL_PRINTF(3, 4);

#ifdef __cplusplus
}
#endif
#endif
