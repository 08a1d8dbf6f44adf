/* An opened OpenCL device for the rest of the library, which never sees OpenCL itself: programs, kernels, buffers and
 * one in-order queue. Everything made from a `struct compute` is destroyed before it; one thread at a time, but forks
 * and the one they were forked from may be used by a thread each once their programs are built. Sizes and
 * offsets are bytes. Failures are PLOTMILL_DEVICE_FAILED with the OpenCL call and error named. */
#ifndef DEVICE_COMPUTE_H
#define DEVICE_COMPUTE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/log.h"
#include "base/trace.h"
#include "device/discover.h"
#include "plotmill/device.h"
#include "plotmill/status.h"

struct compute;
struct program;
struct kernel;
struct buffer;

enum plotmill_status compute_open(struct compute **compute, const struct device_entry *device,
                                  struct plotmill_error *error);
/* The same device with the same programs and a queue of its own, so that one batch's transfers overlap another's
 * kernels. Closed before `compute`. */
enum plotmill_status compute_fork(struct compute **fork, struct compute *compute, struct plotmill_error *error);
/* `log` hears "compiling kernels" when that is done, and lives as long as `compute`. Programs are kept in `cache`, a
 * folder as plotmill_set_cache takes it, and taken from there. Without this call: silent, and no cache. */
void compute_use(struct compute *compute, const struct log *log, const char *cache);
/* Keeps what was compiled since the last call. After the first run of every kernel: some drivers compile a kernel for
 * good only then. Not while another thread uses a fork. A folder that cannot be used is one line in the log. */
void compute_keep_programs(struct compute *compute);
/* Records every kernel and transfer of this one's queue from now on, as an interval of `track` (NULL: does nothing).
 * Before anything is queued. PLOTMILL_UNSUPPORTED where the driver tells no times; after a failure the queue is the one
 * it was. */
enum plotmill_status compute_profile(struct compute *compute, struct trace_track *track, struct plotmill_error *error);
/* Buffers made from now on, here and by later forks, are downloaded to pageable memory: to measure what pinning brings.
 */
void compute_unpin(struct compute *compute);
void compute_close(struct compute *compute);
const struct plotmill_device *compute_device(const struct compute *compute);
/* Work-items that a work-group may have in x and in y. */
struct item_limits {
    size_t x, y;
};
struct item_limits compute_item_limits(const struct compute *compute);
/* Waits until everything queued is done. */
enum plotmill_status compute_wait(struct compute *compute, struct plotmill_error *error);

/* All kernels (cl/) built with the given -D options: now, or by an earlier call with the same ones. The program belongs
 * to `compute`. Where the driver's compiler fails it is tried once more without optimization, which the log hears as a
 * warning. A failed build's log stands in the message. */
enum plotmill_status program_build(struct program **program, struct compute *compute, const char *defines,
                                   struct plotmill_error *error);

/* Kernels were compiled since the device was opened, and have not been kept: their first launches may take longer. */
bool compute_has_compiled(const struct compute *compute);
/* Kernels did not build with optimization, and it was tried without. */
bool compute_is_deoptimized(const struct compute *compute);
/* Kernels were not built at all: nothing can be done on this device. */
bool compute_is_unbuildable(const struct compute *compute);

/* The kernel runs in the queue of `compute`, which may be a fork of the one that `program` was built for. `name` lives
 * as long as the library. */
enum plotmill_status kernel_create(struct kernel **kernel, struct compute *compute, struct program *program,
                                   const char *name, struct plotmill_error *error);
void kernel_destroy(struct kernel *kernel);
/* The largest work-group this kernel may have here, at least 1. */
size_t kernel_work_group_limit(const struct kernel *kernel);

/* Arguments are numbered in the order they are set after kernel_begin. A failed argument is told by kernel_run. */
void kernel_begin(struct kernel *kernel);
void kernel_buffer(struct kernel *kernel, const struct buffer *buffer);
void kernel_u8(struct kernel *kernel, uint8_t value);
void kernel_u32(struct kernel *kernel, uint32_t value);
void kernel_i32(struct kernel *kernel, int32_t value);
void kernel_u64(struct kernel *kernel, uint64_t value);
void kernel_f32(struct kernel *kernel, float value);

/* A launch: `global` is a multiple of `local` in each dimension. */
struct launch {
    size_t global[3];
    size_t local[3];
};
enum plotmill_status kernel_run(struct kernel *kernel, const struct launch *launch, struct plotmill_error *error);

enum buffer_use {
    BUFFER_PLAIN,   /* kernels alone, or the host writes */
    BUFFER_DOWNLOAD /* what buffer_view is called on in the main job: with pinned host memory where that helps */
};
enum plotmill_status buffer_create(struct buffer **buffer, struct compute *compute, size_t size, enum buffer_use use,
                                   struct plotmill_error *error);
void buffer_destroy(struct buffer *buffer);
/* Bytes on the device, and of pinned memory on the host beside it; 0 for NULL. */
size_t buffer_size(const struct buffer *buffer);
size_t buffer_pinned_size(const struct buffer *buffer);
enum plotmill_status buffer_write(struct buffer *buffer, size_t offset, const void *data, size_t size,
                                  struct plotmill_error *error);
/* Waits for the queue and shows a BUFFER_DOWNLOAD buffer's first `size` bytes to the host: without a copy where host
 * and device share memory, through pinned memory otherwise. The bytes stay valid until buffer_unview, before which no
 * kernel may use the buffer. */
enum plotmill_status buffer_view(struct buffer *buffer, size_t size, const void **data, struct plotmill_error *error);
enum plotmill_status buffer_unview(struct buffer *buffer, struct plotmill_error *error);

#endif
