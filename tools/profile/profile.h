/* The results of plotmill profile: profile.c and sweep.c fill them, report.c prints them. */
#ifndef TOOLS_PROFILE_PROFILE_H
#define TOOLS_PROFILE_PROFILE_H

#include "tools/bench/timed_run.h"
#include "tools/bench/trace_stats.h"
#include "tools/common/console.h"
#include "tools/common/report_file.h"
#include "tools/common/setup.h"

enum { SWEEP_ROWS = 24, SWEEP_TEXT = 120 };

/* Per image of a stored sample. The sample is read from the page cache: no disk is involved. */
struct output_cost {
    double bytes;      /* 0: not measured */
    double random;     /* seconds to read one image at a random position */
    double sequential; /* seconds, when all images are read in order */
};

/* A short run of the job with other settings. */
struct sweep_row {
    uint64_t batch; /* the changed settings; 0: unchanged */
    uint32_t jobs, chunk_images;
    int uncompressed;
    char reason[SWEEP_TEXT]; /* why it could not run; "": it did */
    double rate;             /* images/s */
    struct output_cost cost; /* if the output changes; of the first row, if that of another one does */
};

struct sweep {
    struct sweep_row rows[SWEEP_ROWS]; /* the first one: the job as given */
    size_t count;
    const struct sweep_row *best; /* the fastest acceptable row; the first one if none is faster */
    double best_rate, base_rate;  /* of it and the job as given, measured again in turn */
};

struct profile {
    struct data_settings data;
    struct text_settings text;
    struct window_settings windows;
    struct image_settings image;
    struct device_settings device;
    struct output_settings settings;
    struct general_settings general;
    double seconds;
    const char *trace_path; /* NULL: none */
    int no_sweep;
    struct paths inputs;
    struct console console;
    struct scratch scratch;
    struct chart_request request; /* of the user's chart */
    bool one_line;                /* it is one grey line, which the job's options describe */
    uint64_t chart_window;        /* that the chart requires, or the option's */
    uint32_t channels;            /* of the chart */
    uint64_t image_bytes;         /* of its pixels */
    struct timed_run run;         /* the user's job */
    struct timed_run_result result;
    struct trace *trace;
    const char *output;  /* as the user named it; NULL: null: */
    const char *format;  /* "hdf5" */
    double open_seconds; /* to open the input */
    unsigned cores;      /* that the process may use */
    double cpu_seconds;  /* of the process while the job ran, set-up included; 0: unknown */
    double job_seconds;  /* the same in wall-clock time */
    uint64_t peak;       /* bytes of memory, the maximum up to the end of the job; 0: unknown */
    struct trace_stats workers, encoders, queues;
    double reading, encoding, writing;      /* shares of the time in which a host thread did it */
    double drawing;                         /* share of the time in which the device was busy */
    double batches_at_device[TRACE_LEVELS]; /* shares of the time with 0, 1, 2... of them */
    char verdict[400];
    struct sweep sweep;
};

/* A variant of the output is recommended only if it costs at most this many times as much space or reading time. */
#define SWEEP_MAX_COST 1.1

/* Settings are faster only by this factor: two equal runs differ by less. */
#define SWEEP_MIN_GAIN 1.05

/* The changed settings as on the command line: "--batch 64"; "": none. */
void sweep_describe(const struct sweep_row *row, char text[SWEEP_TEXT]);

int sweep_changes_output(const struct sweep_row *row);

/* Whether the output is unchanged, or its cost is at most SWEEP_MAX_COST times that of the first row. */
int sweep_is_acceptable(const struct sweep *sweep, const struct sweep_row *row);

/* Runs the job repeatedly with other settings. Returns an error only after an interrupt. */
enum plotmill_status profile_sweep(struct profile *profile);

/* To stdout. */
void profile_print(const struct profile *profile);
void profile_print_json(const struct profile *profile);

#endif
