/* What stands behind the handles of compute.h; for src/device alone. */
#ifndef DEVICE_HANDLES_H
#define DEVICE_HANDLES_H

#include "base/log.h"
#include "device/compute.h"
#include "device/opencl.h"

struct compute {
    struct plotmill_device device;
    cl_device_id id;
    cl_context context;
    cl_command_queue queue;
    struct compute *origin;   /* of a fork: what it was forked from, else NULL */
    struct program *programs; /* all that were built here or for forks */
    const struct log *log;    /* NULL: silent */
    struct probe *probe;      /* records the queue's commands; NULL: nothing does */
    char *cache;              /* the folder where built programs are kept, NULL: none */
    bool told_compiling, told_cache;
    bool unpinned;    /* see compute_unpin */
    bool deoptimized; /* kernels did not build with optimization */
    bool unbuildable; /* nor without it */
};

struct program {
    struct compute *compute;
    struct program *next;
    char *defines;
    cl_program program;
    bool compiled;    /* from source, and not yet kept */
    bool unoptimized; /* not worth keeping: the next start may build it as it should be */
};

void program_destroy(struct program *program); /* takes NULL */

/* Makes program->program from what was kept on disk; leaves it NULL where nothing was that the driver takes. */
void program_restore(struct program *program);

struct kernel {
    struct compute *compute;
    cl_kernel kernel;
    const char *name;
    size_t limit;  /* work-items of a work-group */
    cl_uint next;  /* argument */
    cl_int failed; /* the first error of an argument */
};

struct buffer {
    struct compute *compute;
    size_t size; /* bytes */
    cl_mem memory;
    cl_mem pinned; /* discrete devices, downloads: the host side, mapped for the buffer's whole life */
    void *pinned_bytes;
    void *view; /* mapped memory, other devices */
};

#endif
