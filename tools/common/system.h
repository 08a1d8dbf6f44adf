/* What differs between systems: terminals, signals, files. */
#ifndef TOOLS_COMMON_SYSTEM_H
#define TOOLS_COMMON_SYSTEM_H

#include <stdint.h>

int system_stderr_is_terminal(void); /* one that can redraw a line */
int system_columns(void);            /* of the terminal; 80 where unknown */

double system_seconds(void); /* a clock for differences */
uint64_t system_process_id(void);

int system_exists(const char *path);
int system_is_file(const char *path); /* not a folder, pipe or device */
int system_file_size(const char *path, uint64_t *size);
int system_replace(const char *from, const char *to); /* renames over an existing file; 0, and errno: it could not */
double system_cpu_seconds(void);           /* of all threads of this process; 0 where the system does not tell */
int system_make_folders(const char *path); /* all of the path that are missing; 0, and errno: not made */
int system_same_file(const char *a, const char *b); /* or would be, where neither exists yet */

/* What SIGINT, SIGTERM and SIGHUP (unless it is ignored: nohup) do from now on. A second signal ends the process at
 * once. */
enum system_interrupt {
    SYSTEM_INTERRUPT_ENDS, /* says so and exits with EXIT_CANCELLED: for stages that hold nothing open */
    SYSTEM_INTERRUPT_ASKS  /* system_interrupted() becomes 1 */
};
void system_on_interrupt(enum system_interrupt what);
int system_interrupted(void);

/* Written to `temporary`, which then takes `path`'s place, when SYSTEM_INTERRUPT_ENDS ends the process. All three stay
 * valid until the next call; text NULL: nothing is written. */
void system_last_words(const char *temporary, const char *path, const char *text);

/* Removed when SYSTEM_INTERRUPT_ENDS ends the process; stays valid until the next call; NULL: nothing is. */
void system_remove_at_end(const char *path);

/* A write that fails because a pipe's reader has gone, or a file would grow too large, returns an error from now on;
 * by default it would end the process and leave a half-written output. */
void system_failed_writes_return(void);

/* What is said when a signal ends the command: "cancelled, nothing was kept" unless another text, which stays valid,
 * was set. */
void system_set_cancelled(const char *text);
const char *system_cancelled(void);

/* Ends the process as it is, while other threads are still at work. */
void system_leave(int exit_code);

#endif
