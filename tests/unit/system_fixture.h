/* A system's files, laid out in a temporary folder. */
#ifndef TESTS_SYSTEM_FIXTURE_H
#define TESTS_SYSTEM_FIXTURE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/os.h"

static char root[200];

static inline void make_system(const char *name)
{
    const char *folder = getenv("TMPDIR");
    snprintf(root, sizeof root, "%.120s/plotmill-%.30s-%llu", folder && *folder ? folder : "/tmp", name,
             (unsigned long long)os_process_id());
    cr_assert(os_remove_tree(root) && os_make_folder(root));
}

static inline void remove_system(void)
{
    os_remove_tree(root);
}

/* Makes a file below root with the folders before it; returns its path, valid until the next call. */
static inline const char *put(const char *path, const char *content)
{
    static char full[600];
    snprintf(full, sizeof full, "%s%s", root, path);
    for (char *slash = strchr(full + strlen(root) + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = 0;
        os_make_folder(full);
        *slash = '/';
    }
    FILE *file = fopen(full, "wb");
    cr_assert(file && fputs(content, file) >= 0);
    fclose(file);
    return full;
}

#endif
