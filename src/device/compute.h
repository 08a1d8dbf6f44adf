/* An open OpenCL device, for the rest of the library, which never includes OpenCL: programs, kernels, buffers and one
 * in-order queue. Everything made from a `struct compute` is destroyed before it. One thread at a time, except that
 * forks and their origin may each be used by a thread of their own once their programs are built. Sizes and offsets are
 * in bytes. Failures are PLOTMILL_DEVICE_FAILED, or PLOTMILL_NO_MEMORY, and name the OpenCL call and its error. */
#ifndef DEVICE_COMPUTE_H
#define DEVICE_COMPUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/log.h"
#include "base/trace.h"
#include "device/discover.h"
#include "device/info.h"

struct compute;
struct program;
struct kernel;
struct buffer;

enum plotmill_status compute_open(struct compute **compute, const struct device_entry *device,
                                  struct plotmill_error *error);
/* The same device and programs with a second queue, so that transfers of one batch overlap kernels of another. Closed
 * before `compute`. */
enum plotmill_status compute_fork(struct compute **fork, struct compute *compute, struct plotmill_error *error);
/* Programs are loaded from and stored in `cache`, a folder as in api_set_cache. `log` reports compilations and
 * outlives `compute`. Without this call: silent, and no cache. */
void compute_use(struct compute *compute, const struct log *log, const char *cache);
/* Logs how long kernels were compiled, up to their first results, unless this was logged already. */
void compute_report_compiling(struct compute *compute);
/* Stores what was compiled since the last call in the cache. Call it after the first run of every kernel, because some
 * drivers finish compiling a kernel only then, and not while another thread uses a fork. A folder that cannot be used
 * is one line in the log. */
void compute_keep_programs(struct compute *compute);
/* Records every kernel and transfer of this queue from now on, as intervals of `track` (NULL: does nothing). Call it
 * before anything is enqueued. PLOTMILL_UNSUPPORTED where the driver reports no times; a failure leaves the queue as it
 * was. */
enum plotmill_status compute_profile(struct compute *compute, struct trace_track *track, struct plotmill_error *error);
/* Buffers made from now on, here and by later forks, are downloaded to pageable memory: to measure the gain of pinned
 * memory. */
void compute_unpin(struct compute *compute);
void compute_close(struct compute *compute); /* takes NULL */
const struct device_info *compute_device(const struct compute *compute);
/* Work-items per work-group in x and in y. */
struct item_limits {
    size_t x, y;
};
struct item_limits compute_item_limits(const struct compute *compute);
/* Waits until everything enqueued is done. */
enum plotmill_status compute_wait(struct compute *compute, struct plotmill_error *error);

/* All kernels (cl/), built with the given -D options now or by an earlier call with the same ones. The program belongs
 * to `compute`. Where the driver's compiler fails, builds once more without optimization, with a warning in the log.
 * The message of a failed build holds the build log. */
enum plotmill_status program_build(struct program **program, struct compute *compute, const char *defines,
                                   struct plotmill_error *error);

/* What became of the programs built so far, by forks too. */
struct compute_state {
    bool compiled;    /* some from source and not stored in the cache yet: their first launches may take longer */
    bool deoptimized; /* some not with optimization, so without */
    bool unbuildable; /* the last one not at all: this device cannot be used */
};
struct compute_state compute_state(const struct compute *compute);

/* The kernel runs in the queue of `compute`, which may be a fork of the one that `program` was built for. `name` is
 * static. */
enum plotmill_status kernel_create(struct kernel **kernel, struct compute *compute, struct program *program,
                                   const char *name, struct plotmill_error *error);
void kernel_destroy(struct kernel *kernel); /* takes NULL */
/* The largest possible work-group of this kernel, at least 1. */
size_t kernel_work_group_limit(const struct kernel *kernel);

/* Arguments are numbered in the order they are set after kernel_begin. kernel_run reports a failed argument. */
void kernel_begin(struct kernel *kernel);
void kernel_buffer(struct kernel *kernel, const struct buffer *buffer);
void kernel_u8(struct kernel *kernel, uint8_t value);
void kernel_u32(struct kernel *kernel, uint32_t value);

/* A launch: `global` is a multiple of `local` in each dimension. */
struct launch {
    size_t global[3];
    size_t local[3];
};
enum plotmill_status kernel_run(struct kernel *kernel, const struct launch *launch, struct plotmill_error *error);

enum buffer_use {
    BUFFER_PLAIN,   /* read by kernels only */
    BUFFER_DOWNLOAD /* read by buffer_view: with pinned host memory where that helps */
};
enum plotmill_status buffer_create(struct buffer **buffer, struct compute *compute, size_t size, enum buffer_use use,
                                   struct plotmill_error *error);
/* A buffer over the caller's memory, which stays in place as long as the buffer exists, and is aligned to the types
 * that kernels use. Without copies on CPUs. Kernels read it, or, with `writes`, only write it; buffer_view then
 * completes what they wrote. */
enum plotmill_status buffer_create_over(struct buffer **buffer, struct compute *compute, void *memory, size_t size,
                                        bool writes, struct plotmill_error *error);
void buffer_destroy(struct buffer *buffer); /* takes NULL */
/* Bytes on the device, and of pinned host memory; 0 for NULL. */
size_t buffer_size(const struct buffer *buffer);
size_t buffer_pinned_size(const struct buffer *buffer);
enum plotmill_status buffer_write(struct buffer *buffer, size_t offset, const void *data, size_t size,
                                  struct plotmill_error *error);
/* The same for the first `size` bytes, without waiting: `data` must stay until the queue is waited for. */
enum plotmill_status buffer_write_later(struct buffer *buffer, const void *data, size_t size,
                                        struct plotmill_error *error);
/* Waits for the queue and copies the first `size` bytes. */
enum plotmill_status buffer_read(struct buffer *buffer, void *data, size_t size, struct plotmill_error *error);
/* Starts what was enqueued, without waiting. */
enum plotmill_status compute_flush(struct compute *compute, struct plotmill_error *error);
/* Waits for the queue and gives the host access to the first `size` bytes of a BUFFER_DOWNLOAD buffer: without a copy
 * where host and device share memory, else through pinned memory. The bytes are valid until buffer_unview; no kernel
 * may use the buffer before that. */
enum plotmill_status buffer_view(struct buffer *buffer, size_t size, const void **data, struct plotmill_error *error);
enum plotmill_status buffer_unview(struct buffer *buffer, struct plotmill_error *error);

#endif
