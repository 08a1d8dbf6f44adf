/* plotmill_run, through the public API alone. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/os.h"
#include "plotmill/plotmill.h"

enum { WINDOW = 20, IMAGES = 101, SAMPLES = IMAGES + WINDOW - 1 };

static char folder[512];
static plotmill *pm;
static plotmill_options *options;

static void begin(void)
{
    FILE *file;
    snprintf(folder, sizeof folder, "%s/plotmill-test-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    cr_assert(mkdtemp(folder) && chdir(folder) == 0);
    file = fopen("in.csv", "w");
    for (int i = 0; i < SAMPLES; i++)
        fprintf(file, "%d.25\n", (i * 37) % 53);
    fclose(file);
    pm = plotmill_create();
    cr_assert_eq(plotmill_options_create(pm, &options), PLOTMILL_OK);
}

static void end(void)
{
    plotmill_options_destroy(options);
    plotmill_destroy(pm);
    cr_assert(chdir("/") == 0);
    cr_assert(os_remove_tree(folder));
}

TestSuite(api_run, .init = begin, .fini = end);

static void set(const char *name, const char *value)
{
    cr_assert_eq(plotmill_options_set(options, name, value), PLOTMILL_OK, "%s", plotmill_message(pm));
}

static void set_job(const char *output)
{
    set("input", "in.csv");
    set("window", "20");
    set("size", "40x24");
    set("batch", "16");
    set("output", output);
}

static enum plotmill_status run(const char **report)
{
    return plotmill_run(pm, options, NULL, NULL, NULL, NULL, report);
}

static void check_run(const char **report)
{
    cr_assert_eq(run(report), PLOTMILL_OK, "%s", plotmill_message(pm));
}

static void check_has(const char *report, const char *words)
{
    cr_assert(strstr(report, words), "no %s in %s", words, report);
}

static void check_refused(enum plotmill_status expected, const char *words)
{
    const char *report = "unchanged";
    cr_assert_eq(run(&report), expected, "%s", plotmill_message(pm));
    cr_assert(!report && strstr(plotmill_message(pm), words), "'%s' lacks '%s'", plotmill_message(pm), words);
}

struct calls {
    uint64_t cancel_at; /* images; 0: never */
    unsigned calls, wrong;
    struct plotmill_progress last;
    char device[256];
};

static int on_progress(void *user, const struct plotmill_progress *progress)
{
    struct calls *calls = user;
    calls->calls++;
    calls->wrong += progress->size != sizeof *progress || progress->images != IMAGES ||
                    progress->done < calls->last.done || progress->done > IMAGES || !progress->device;
    calls->last = *progress;
    snprintf(calls->device, sizeof calls->device, "%s", progress->device);
    return calls->cancel_at && progress->done >= calls->cancel_at;
}

Test(api_run, files_to_a_file_with_progress_and_a_report)
{
    struct calls calls = {0};
    const char *report = NULL, *before, *after;
    char *kept;
    set_job("images.npy");
    cr_assert_eq(plotmill_options_print(options, &before), PLOTMILL_OK);
    kept = strdup(before);
    cr_assert_eq(plotmill_run(pm, options, NULL, NULL, on_progress, &calls, &report), PLOTMILL_OK, "%s",
                 plotmill_message(pm));
    cr_assert(calls.calls && !calls.wrong && calls.last.done == IMAGES && *calls.device);
    check_has(report, "\"images\": 101");
    check_has(report, "\"spec\": {\"chart\":{\"adjust\":null,");
    check_has(report, "\"inputs\": [");
    check_has(report, "\"output\": \"images.npy\"");
    check_has(report, calls.device);
    cr_assert(os_file_size("images.npy") > IMAGES * 40 * 24);
    cr_assert_eq(plotmill_options_print(options, &after), PLOTMILL_OK);
    cr_assert_str_eq(after, kept, "the options");
    free(kept);
}

Test(api_run, a_cancelled_job_leaves_no_output)
{
    struct calls calls = {.cancel_at = 16};
    const char *report = "unchanged";
    set_job("images.npy");
    cr_assert_eq(plotmill_run(pm, options, NULL, NULL, on_progress, &calls, &report), PLOTMILL_CANCELLED);
    cr_assert(!report && strstr(plotmill_message(pm), "cancelled"), "%s", plotmill_message(pm));
    cr_assert(!os_exists("images.npy"));
    check_run(NULL);
    cr_assert(os_exists("images.npy"));
}

Test(api_run, a_dry_run_is_a_plan)
{
    const char *report = NULL;
    set_job("images.npy");
    set("dry-run", "true");
    check_run(&report);
    check_has(report, "\"dry_run\": true");
    check_has(report, "\"images\": 101");
    check_has(report, "\"expected_seconds\": ");
    cr_assert(!os_exists("images.npy"));
    set("output", NULL);
    check_run(&report);
    cr_assert(!strstr(report, "\"output\""), "%s", report);
}

Test(api_run, existing_outputs)
{
    const char *report = NULL;
    set_job("images.npy");
    set("skip-existing", "true");
    check_run(NULL);
    check_run(&report);
    check_has(report, "\"skipped\": true");
    check_has(report, "\"images\": 101");
    set("line-width", "2");
    check_refused(PLOTMILL_BAD_INPUT, "images.npy: ");
    set("skip-existing", NULL);
    check_refused(PLOTMILL_BAD_INPUT, "images.npy");
    set("force", "true");
    check_run(&report);
    check_has(report, "\"line_width\": 2");
}

Test(api_run, an_open_source_of_files_can_be_skipped_too)
{
    const char *path = "in.csv", *report = NULL;
    plotmill_source *source = NULL;
    set_job("images.npy");
    set("skip-existing", "true");
    cr_assert_eq(plotmill_source_open(pm, &path, 1, NULL, &source), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert_eq(plotmill_run(pm, options, source, NULL, NULL, NULL, &report), PLOTMILL_OK, "%s", plotmill_message(pm));
    cr_assert(!strstr(report, "\"inputs\""), "%s", report);
    cr_assert_eq(plotmill_run(pm, options, source, NULL, NULL, NULL, &report), PLOTMILL_OK, "%s", plotmill_message(pm));
    check_has(report, "\"skipped\": true");
    check_run(&report);
    check_has(report, "\"skipped\": true");
    plotmill_source_destroy(source);
}

Test(api_run, what_is_missing_is_named)
{
    check_refused(PLOTMILL_BAD_INPUT, "input: not set");
    set("input", "in.csv");
    check_refused(PLOTMILL_BAD_INPUT, "output: not set");
    set("output", "images.npy");
    check_refused(PLOTMILL_BAD_INPUT, "in.csv: holds one long series of 120 samples: expected the option window");
    set("window", "121");
    check_refused(PLOTMILL_BAD_INPUT, "in.csv: window 121 is longer than the series");
    set("window", "20");
    set("device", "no such device");
    check_refused(PLOTMILL_NO_DEVICE, "no such device");
    set("device", NULL);
    set("output", "in.csv");
    check_refused(PLOTMILL_BAD_INPUT, "is one of the inputs");
    set("output", "nowhere/images.npy");
    check_refused(PLOTMILL_BAD_INPUT, "nowhere");
}

Test(api_run, shares_and_link)
{
    const char *report = NULL;
    set_job("images.h5");
    set("images-per-file", "40");
    for (int share = 1; share <= 2; share++) {
        set("shard", share == 1 ? "1/2" : "2/2");
        if (run(&report) == PLOTMILL_UNSUPPORTED)
            cr_skip_test("libhdf5: this build has none");
        check_has(report, "\"images_per_file\": 40");
        if (share == 1)
            cr_assert_eq(plotmill_link(pm, "images.h5", 0, &report), PLOTMILL_BAD_INPUT);
    }
    cr_assert_eq(plotmill_link(pm, "images.h5", 0, &report), PLOTMILL_OK, "%s", plotmill_message(pm));
    check_has(report, "\"files\": 3");
    check_has(report, "\"images\": 101");
    cr_assert_eq(plotmill_link(pm, "images.h5", 0, NULL), PLOTMILL_BAD_INPUT, "it exists");
    cr_assert_eq(plotmill_link(pm, "images.h5", 1, NULL), PLOTMILL_OK);
}

static int run_inside(void *user, const struct plotmill_progress *progress)
{
    const char *json;
    (void)progress;
    *(enum plotmill_status *)user = plotmill_devices(pm, &json);
    return 0;
}

Test(api_run, a_callback_must_not_use_the_handle)
{
    enum plotmill_status inside = PLOTMILL_OK;
    set_job("null:");
    cr_assert_eq(plotmill_run(pm, options, NULL, NULL, run_inside, &inside, NULL), PLOTMILL_OK);
    cr_assert_eq(inside, PLOTMILL_BUSY);
}
