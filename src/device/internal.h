/* The structs behind the handles of compute.h, and what the files of src/device share. For src/device and its tests. */
#ifndef DEVICE_INTERNAL_H
#define DEVICE_INTERNAL_H

#include "base/log.h"
#include "device/compute.h"
#include "device/opencl.h"
#include "device/process.h"

struct compute {
    const struct opencl *cl;
    struct device_info device;
    cl_device_id id;
    cl_context context;
    cl_command_queue queue;
    struct compute *origin;   /* of a fork: the compute it was forked from; else NULL */
    struct program *programs; /* all programs built here or for forks */
    const struct log *log;    /* NULL: silent */
    struct profile *profile;  /* records the commands of the queue; NULL: off */
    char *cache;              /* the folder of the kernel cache; NULL: none */
    double compiling_since;   /* when a program was compiled whose first results are not there yet; 0: none */
    double compile_seconds;   /* compiling, not yet reported */
    bool logged_compiling, logged_cache;
    bool unpinned;              /* see compute_unpin */
    struct compute_state state; /* but for `compiled` */
};

struct program {
    struct compute *compute;
    struct program *next;
    char *options;
    cl_program program;
    bool compiled;    /* from source, and not yet stored in the cache */
    bool unoptimized; /* not to be stored: the next start may build it with optimization */
};

struct kernel {
    struct compute *compute;
    cl_kernel kernel;
    const char *name;
    size_t limit;  /* work-items per work-group */
    cl_uint next;  /* argument */
    cl_int failed; /* the first error of an argument */
};

struct buffer {
    struct compute *compute;
    size_t size; /* bytes */
    cl_mem memory;
    cl_mem pinned; /* discrete devices, downloads: host memory, mapped as long as the buffer exists */
    void *pinned_bytes;
    void *view; /* mapped memory, other devices */
};

void program_destroy(struct program *program); /* takes NULL */

/* Programs built or restored so far; for tests. */
unsigned compute_programs(const struct compute *compute);

/* Called after a successful wait: the first results after a compilation end its time. */
void compiling_ended(struct compute *compute);

/* events.c: waiting for commands, and recording their times.
 *
 *     cl_event event = NULL;
 *     CL_TRY(error, clEnqueue...(..., event_wanted(compute, waits, &event)));
 *     TRY(event_finish(compute, "upload", bytes, waits, event, error));
 *
 * `waits`: the command is enqueued without blocking and event_finish waits for it. */
cl_event *event_wanted(const struct compute *compute, bool waits, cl_event *event);
/* Releases `event` (may be NULL). `name` is static. */
enum plotmill_status event_finish(struct compute *compute, const char *name, uint64_t bytes, bool waits, cl_event event,
                                  struct plotmill_error *error);

/* Waits for `event` without keeping a core busy, and releases it. */
enum plotmill_status event_wait(struct compute *compute, cl_event event, struct plotmill_error *error);

/* Records the commands that have finished; after a wait for the queue. */
void profile_collect(struct compute *compute);
void profile_destroy(struct profile *profile); /* takes NULL */

#endif
