/* OpenCL in several threads, and after a fork. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "api/engine.h"
#include "base/try.h"
#include "device/compute.h"
#include "device/process.h"
#include "plotmill_config.h"

#define STARTS 20
/* Ends a child that hangs. */
#define CHILD_SECONDS 120

static const char defines[] = "-DANTIALIAS=0";

/* The exit code of a child that runs fn(user); -1: it was ended by a signal. */
static int run_child(int (*fn)(void *user), void *user)
{
    int state = 0;
    fflush(NULL);
    const pid_t child = fork();
    cr_assert(child >= 0);
    if (!child) {
        alarm(CHILD_SECONDS);
        _exit(fn(user));
    }
    cr_assert_eq(waitpid(child, &state, 0), child);
    if (WIFSIGNALED(state))
        fprintf(stderr, "the child was ended by signal %d\n", WTERMSIG(state));
    return WIFEXITED(state) ? WEXITSTATUS(state) : -1;
}

/* Finds the devices, opens the first and builds the kernels. */
static enum plotmill_status begin_opencl(struct compute **compute, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct device_list list = {0};
    struct program *program;
    TRY(device_list_find(&list, NULL, error));
    if (!list.count)
        FAIL(error, PLOTMILL_NO_DEVICE, "no device");
    TRY(compute_open(compute, &list.entries[0], error));
    TRY(program_build(&program, *compute, defines, error));
done:
    device_list_free(&list);
    return status;
}

static pthread_barrier_t barrier;

static void *begin_in_thread(void *user)
{
    struct plotmill_error error = {0};
    struct compute *compute = NULL;
    pthread_barrier_wait(&barrier);
    enum plotmill_status *status = user;
    *status = begin_opencl(&compute, &error);
    if (*status)
        fprintf(stderr, "%s\n", error.message);
    compute_close(compute);
    return NULL;
}

static int begin_in_two_threads(void *user)
{
    pthread_t threads[2];
    enum plotmill_status statuses[2] = {PLOTMILL_OK};
    (void)user;
    pthread_barrier_init(&barrier, NULL, 2);
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, begin_in_thread, &statuses[i]))
            return 3;
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    return statuses[0] || statuses[1];
}

/* Each child is a process that has not used OpenCL before. */
Test(process, two_threads_begin_at_once)
{
    for (int i = 0; i < STARTS; i++)
        cr_assert_eq(run_child(begin_in_two_threads, NULL), 0, "start %d of %d", i + 1, STARTS);
}

/* What the parent has made. */
struct objects {
    struct device_list list;
    struct compute *compute, *second;
    struct program *program;
    struct kernel *kernel;
    struct buffer *buffer, *viewed;
};

static int failures;

static void expect_refusal(const char *what, enum plotmill_status status, const struct plotmill_error *error)
{
    if (status == PLOTMILL_DEVICE_FAILED && strstr(error->message, "forked after OpenCL was used"))
        return;
    fprintf(stderr, "%s: status %d, \"%s\"\n", what, (int)status, error->message);
    failures++;
}

#define REFUSED(call)                          \
    do {                                       \
        error = (struct plotmill_error){0};    \
        expect_refusal(#call, (call), &error); \
    } while (0)

static int use_after_fork(void *user)
{
    struct objects *o = user;
    struct plotmill_error error;
    struct device_list list;
    struct compute *compute;
    struct program *program;
    struct kernel *kernel;
    struct buffer *buffer;
    const struct launch launch = {{1, 1, 1}, {1, 1, 1}};
    const void *data;
    REFUSED(device_list_find(&list, NULL, &error));
    REFUSED(compute_open(&compute, &o->list.entries[0], &error));
    REFUSED(compute_fork(&compute, o->compute, &error));
    REFUSED(program_build(&program, o->compute, "-DANTIALIAS=1", &error));
    REFUSED(program_build(&program, o->compute, defines, &error));
    REFUSED(kernel_create(&kernel, o->compute, o->program, "scale", &error));
    kernel_begin(o->kernel);
    kernel_u32(o->kernel, 1);
    REFUSED(kernel_run(o->kernel, &launch, &error));
    REFUSED(buffer_create(&buffer, o->compute, 100, BUFFER_PLAIN, &error));
    REFUSED(buffer_write(o->buffer, 0, "text", 4, &error));
    REFUSED(buffer_view(o->buffer, 4, &data, &error));
    REFUSED(buffer_unview(o->viewed, &error));
    REFUSED(compute_wait(o->compute, &error));
    compute_keep_programs(o->compute);
    kernel_destroy(o->kernel);
    buffer_destroy(o->buffer);
    buffer_destroy(o->viewed);
    compute_close(o->second);
    compute_close(o->compute);
    device_list_free(&o->list);
    return failures != 0;
}

Test(process, a_forked_child_is_refused_at_once)
{
    struct objects o = {0};
    struct plotmill_error error = {0};
    const void *data;
    cr_assert_eq(device_list_find(&o.list, NULL, &error), PLOTMILL_OK, "%s", error.message);
    cr_assert(o.list.count);
    cr_assert_eq(compute_open(&o.compute, &o.list.entries[0], &error), PLOTMILL_OK, "%s", error.message);
    cr_assert_eq(compute_fork(&o.second, o.compute, &error), PLOTMILL_OK, "%s", error.message);
    cr_assert_eq(program_build(&o.program, o.compute, defines, &error), PLOTMILL_OK, "%s", error.message);
    cr_assert_eq(kernel_create(&o.kernel, o.compute, o.program, "scale", &error), PLOTMILL_OK, "%s", error.message);
    cr_assert_eq(buffer_create(&o.buffer, o.compute, 100, BUFFER_DOWNLOAD, &error), PLOTMILL_OK, "%s", error.message);
    cr_assert_eq(buffer_create(&o.viewed, o.compute, 100, BUFFER_DOWNLOAD, &error), PLOTMILL_OK, "%s", error.message);
    cr_assert_eq(buffer_view(o.viewed, 100, &data, &error), PLOTMILL_OK, "%s", error.message);
    cr_assert_eq(run_child(use_after_fork, &o), 0);
    /* The parent goes on as before. */
    cr_assert_eq(buffer_unview(o.viewed, &error), PLOTMILL_OK, "%s", error.message);
    cr_assert_eq(buffer_write(o.buffer, 0, "text", 4, &error), PLOTMILL_OK, "%s", error.message);
    cr_assert_eq(compute_wait(o.compute, &error), PLOTMILL_OK, "%s", error.message);
    kernel_destroy(o.kernel);
    buffer_destroy(o.buffer);
    buffer_destroy(o.viewed);
    compute_close(o.second);
    compute_close(o.compute);
    device_list_free(&o.list);
}

#define SAMPLES 40
#define WINDOW 20
#define IMAGE_BYTES (32 * 24)

/* What the parent has made through the library's own calls. */
struct handles {
    plotmill *pm;
    plotmill_renderer *renderer;
    double samples[SAMPLES];
    uint8_t pixels[2 * IMAGE_BYTES];
};

static enum plotmill_status draw(struct handles *h)
{
    const struct plotmill_request request = {
        .size = sizeof request, .count = 2, .out = h->pixels, .out_size = sizeof h->pixels};
    return plotmill_render(h->renderer, &request);
}

static void expect_message(const char *what, plotmill *pm, enum plotmill_status status)
{
    struct plotmill_error error = {0};
    snprintf(error.message, sizeof error.message, "%s", plotmill_message(pm));
    expect_refusal(what, status, &error);
}

static int use_handles_after_fork(void *user)
{
    struct handles *h = user;
    struct device_info *devices;
    plotmill_renderer *renderer;
    plotmill *pm = plotmill_create();
    size_t count;
    expect_message("run", h->pm, draw(h));
    expect_message("devices", h->pm, api_devices(h->pm, &devices, &count));
    expect_message("create", h->pm, plotmill_renderer_create(h->pm, NULL, &renderer));
    expect_message("devices of a new handle", pm, api_devices(pm, &devices, &count));
    plotmill_destroy(pm);
    plotmill_renderer_destroy(h->renderer);
    plotmill_destroy(h->pm);
    return failures != 0;
}

Test(process, handles_are_refused_in_a_forked_child_and_can_be_destroyed)
{
    static struct handles h;
    static uint8_t before[sizeof h.pixels];
    struct job_options job;
    plotmill_source *source = NULL;
    job_options_init(&job);
    job.window = job.stride = WINDOW;
    job.line.width = 32;
    job.line.height = 24;
    for (int i = 0; i < SAMPLES; i++)
        h.samples[i] = i % 7;
    h.pm = plotmill_create();
    cr_assert_eq(api_source_from_array(h.pm, h.samples, (struct source_shape){SAMPLES, 0}, &source), PLOTMILL_OK);
    cr_assert_eq(api_renderer_open(h.pm, &job, &h.renderer), PLOTMILL_OK, "%s", plotmill_message(h.pm));
    cr_assert_eq(plotmill_renderer_load(h.renderer, source), PLOTMILL_OK, "%s", plotmill_message(h.pm));
    plotmill_source_destroy(source);
    cr_assert_eq(draw(&h), PLOTMILL_OK, "%s", plotmill_message(h.pm));
    memcpy(before, h.pixels, sizeof before);
    cr_assert_eq(run_child(use_handles_after_fork, &h), 0);
    memset(h.pixels, 0xaa, sizeof h.pixels);
    cr_assert_eq(draw(&h), PLOTMILL_OK, "%s", plotmill_message(h.pm));
    cr_assert(!memcmp(before, h.pixels, sizeof before), "the parent draws other images after a fork");
    plotmill_renderer_destroy(h.renderer);
    plotmill_destroy(h.pm);
}

/* A call is running in a thread that the child does not have, and threads encode: the child's calls fail at once. */
struct busy {
    struct handles *h;
    int code;
    uint8_t streams[2 * 8192];
    uint64_t sizes[2];
};

static int call_while_busy(void *user)
{
    struct busy *busy = user;
    plotmill *pm = busy->h->pm, *other = plotmill_create();
    const char *json;
    if (draw(busy->h) != PLOTMILL_DEVICE_FAILED || !strstr(plotmill_message(pm), "was forked while another thread"))
        return 1;
    if (plotmill_devices(other, &json) != PLOTMILL_DEVICE_FAILED)
        return 2;
    plotmill_destroy(other);
    plotmill_renderer_destroy(busy->h->renderer);
    plotmill_destroy(pm);
    return 0;
}

static int fork_meanwhile(void *user, const struct plotmill_progress *progress)
{
    struct busy *busy = user;
    (void)progress;
    busy->code = run_child(call_while_busy, busy);
    return 0;
}

Test(process, a_child_of_a_call_fails_at_once)
{
    static struct handles h;
    static struct busy busy = {.h = &h};
    plotmill_options *options = NULL;
    plotmill_source *source = NULL;
    const struct plotmill_array array = {.size = sizeof array, .data = h.samples, .axes = "T", .shape = {SAMPLES}};
    const struct plotmill_request request = {.size = sizeof request,
                                             .count = 2,
                                             .encoding = HAVE_JPEG ? PLOTMILL_JPEG : PLOTMILL_PNG,
                                             .out = busy.streams,
                                             .out_size = sizeof busy.streams,
                                             .sizes = busy.sizes,
                                             .progress = fork_meanwhile,
                                             .progress_user = &busy};
    h.pm = plotmill_create();
    cr_assert_eq(plotmill_options_create(h.pm, &options), PLOTMILL_OK);
    cr_assert_eq(plotmill_options_set(options, "window", "20"), PLOTMILL_OK);
    cr_assert_eq(plotmill_options_set(options, "size", "32x24"), PLOTMILL_OK);
    cr_assert_eq(plotmill_source_from_array(h.pm, &array, options, &source), PLOTMILL_OK);
    cr_assert_eq(plotmill_renderer_create(h.pm, options, &h.renderer), PLOTMILL_OK, "%s", plotmill_message(h.pm));
    cr_assert_eq(plotmill_renderer_load(h.renderer, source), PLOTMILL_OK, "%s", plotmill_message(h.pm));
    busy.code = -2;
    cr_assert_eq(plotmill_render(h.renderer, &request), PLOTMILL_OK, "%s", plotmill_message(h.pm));
    cr_assert_eq(busy.code, 0);
    plotmill_renderer_destroy(h.renderer);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    plotmill_destroy(h.pm);
}

static void *hold(void *user)
{
    struct plotmill_error error;
    cr_assert_eq(opencl_enter(&error), PLOTMILL_OK);
    pthread_barrier_wait(&barrier);
    pthread_barrier_wait(&barrier);
    opencl_leave();
    return user;
}

static int find_after_fork(void *user)
{
    struct plotmill_error error;
    struct device_list list;
    (void)user;
    REFUSED(device_list_find(&list, NULL, &error));
    return failures != 0;
}

/* A thread that the child does not have keeps the lock. */
Test(process, a_child_does_not_wait_for_a_lock_of_the_parent)
{
    pthread_t thread;
    pthread_barrier_init(&barrier, NULL, 2);
    cr_assert_eq(pthread_create(&thread, NULL, hold, NULL), 0);
    pthread_barrier_wait(&barrier);
    const int code = run_child(find_after_fork, NULL);
    pthread_barrier_wait(&barrier);
    pthread_join(thread, NULL);
    cr_assert_eq(code, 0);
}

static int begin_alone(void *user)
{
    struct plotmill_error error = {0};
    struct compute *compute = NULL;
    const enum plotmill_status status = begin_opencl(&compute, &error);
    (void)user;
    if (status)
        fprintf(stderr, "%s\n", error.message);
    compute_close(compute);
    return status != PLOTMILL_OK;
}

Test(process, children_begin_opencl_where_the_parent_has_not)
{
    for (int i = 0; i < 2; i++)
        cr_assert_eq(run_child(begin_alone, NULL), 0);
}

#if HAVE_HDF5
#define FORKS 40
#define STORED "/tmp/plotmill-process.h5"

static atomic_bool stop_reading;

static void *read_on(void *user)
{
    plotmill *pm = plotmill_create();
    while (!atomic_load(&stop_reading)) {
        plotmill_reader *reader = NULL;
        cr_assert_eq(plotmill_reader_open(pm, STORED, &reader), PLOTMILL_OK, "%s", plotmill_message(pm));
        plotmill_reader_destroy(reader);
    }
    plotmill_destroy(pm);
    return user;
}

static int read_once(void *user)
{
    plotmill *pm = plotmill_create();
    plotmill_reader *reader = NULL;
    const enum plotmill_status status = plotmill_reader_open(pm, STORED, &reader);
    (void)user;
    if (status)
        fprintf(stderr, "%s\n", plotmill_message(pm));
    plotmill_reader_destroy(reader);
    plotmill_destroy(pm);
    return status != PLOTMILL_OK;
}

/* Reading needs no device: it goes on in children, also of a process that reads in another thread. */
Test(process, children_read_hdf5_while_a_thread_of_the_parent_does)
{
    static const double samples[SAMPLES];
    plotmill *pm = plotmill_create();
    plotmill_options *options = NULL;
    plotmill_source *source = NULL;
    const struct plotmill_array array = {.size = sizeof array, .data = samples, .axes = "T", .shape = {SAMPLES}};
    static const char *const values[][2] = {{"window", "20"}, {"size", "32x24"}, {"output", STORED}, {"force", "true"}};
    pthread_t thread;
    int failed = 0;
    cr_assert_eq(plotmill_options_create(pm, &options), PLOTMILL_OK);
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        cr_assert_eq(plotmill_options_set(options, values[i][0], values[i][1]), PLOTMILL_OK);
    cr_assert_eq(plotmill_source_from_array(pm, &array, options, &source), PLOTMILL_OK);
    cr_assert_eq(plotmill_run(pm, options, source, NULL, NULL, NULL, NULL), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(pthread_create(&thread, NULL, read_on, NULL), 0);
    for (int i = 0; i < FORKS; i++)
        failed += run_child(read_once, NULL) != 0;
    atomic_store(&stop_reading, true);
    pthread_join(thread, NULL);
    cr_assert_eq(failed, 0);
    plotmill_source_destroy(source);
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
    remove(STORED);
}
#endif
