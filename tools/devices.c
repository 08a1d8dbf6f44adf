/* plotmill devices: every device of every platform. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/report.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "tools/common/commands.h"
#include "tools/common/setup.h"
#include "tools/common/text.h"

enum column { INDEX, NAME, TYPE, PLATFORM, DRIVER, MEMORY, ALLOCATION, UNITS, DUPLICATE, COLUMNS };

struct row {
    char cells[COLUMNS][256];
};

static void fill_row(struct row *row, const struct device_info *device)
{
    enum { SIZE = sizeof row->cells[0] };
    snprintf(row->cells[INDEX], SIZE, "%s%u", device->is_default ? "* " : "  ", (unsigned)device->index);
    snprintf(row->cells[NAME], SIZE, "%s", device->name);
    snprintf(row->cells[TYPE], SIZE, "%s", device_type_name(device->type));
    snprintf(row->cells[PLATFORM], SIZE, "%s", device->platform);
    snprintf(row->cells[DRIVER], SIZE, "%s", device->driver);
    text_bytes(device->memory, row->cells[MEMORY], SIZE);
    text_bytes(device->max_allocation, row->cells[ALLOCATION], SIZE);
    snprintf(row->cells[UNITS], SIZE, "%u", (unsigned)device->compute_units);
    snprintf(row->cells[DUPLICATE], SIZE, device->duplicate_of < 0 ? "-" : "%d", device->duplicate_of);
}

/* Characters of UTF-8 text. */
static int text_width(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

/* false: out of memory. */
static bool print_table(const struct device_info *devices, size_t count)
{
    static const struct row heading = {
        {"index", "name", "type", "platform", "driver", "memory", "largest buffer", "units", "same chip as"}};
    int widths[COLUMNS] = {0};
    struct row *rows = calloc(count + 1, sizeof *rows);
    if (!rows)
        return false;
    rows[0] = heading;
    for (size_t i = 0; i <= count; i++) {
        if (i)
            fill_row(&rows[i], &devices[i - 1]);
        for (int c = 0; c < COLUMNS; c++)
            widths[c] = MAX(widths[c], text_width(rows[i].cells[c]));
    }
    for (size_t i = 0; i <= count; i++)
        for (int c = 0; c < COLUMNS; c++) {
            const int padding = widths[c] - text_width(rows[i].cells[c]);
            const bool right = c == MEMORY || c == ALLOCATION || c == UNITS, last = c == COLUMNS - 1;
            printf("%*s%s%*s%s", right ? padding : 0, "", rows[i].cells[c], right || last ? 0 : padding, "",
                   last ? "\n" : "  ");
        }
    for (size_t i = 0; i < count; i++)
        if (devices[i].is_default)
            printf("\n* the default: %s\n", devices[i].reason);
    for (size_t i = 0; i < count; i++) {
        bool listed = false;
        for (size_t k = 0; k < i; k++)
            listed = listed || !strcmp(devices[k].library, devices[i].library);
        if (!listed)
            printf("OpenCL library: %s\n", devices[i].library);
    }
    free(rows);
    return true;
}

static int list(plotmill *pm, struct console *console, int as_json)
{
    struct device_info *devices = NULL, unused;
    size_t count = 0;
    int exit_code = EXIT_DONE;
    enum plotmill_status status = api_devices(pm, &devices, &count);
    if (status)
        return console_fail(console, status, "%s", plotmill_message(pm));
    /* Having no device is not a failure; the message of choosing one says what to install. */
    if (count == 0 && api_device_choose(pm, "auto", &unused))
        console_fail(console, PLOTMILL_NO_DEVICE, "%s", plotmill_message(pm));
    if (as_json ? !print_report(report_devices(devices, count)) : count > 0 && !print_table(devices, count))
        exit_code = console_fail(console, PLOTMILL_NO_MEMORY, "out of memory");
    api_devices_free(devices);
    return exit_code;
}

int devices_main(int argc, char **argv)
{
    struct general_settings general = {0};
    struct console console;
    struct paths none;
    struct option_group groups[] = {{"General", json_option, 1, &general, 0}};
    struct usage usage = {
        .command = "devices",
        .arguments = "",
        .summary = "Lists every device of every OpenCL platform. A star marks the default device, which is used unless "
                   "--device or $PLOTMILL_DEVICE selects another; the last line says why it is the default.",
        .examples = "  plotmill devices\n"
                    "  plotmill devices --json\n",
        .set = {.groups = groups, .count = 1},
    };
    int exit_code = options_parse(&usage, argc, argv, &none);
    if (exit_code != OPTIONS_GO_ON)
        return exit_code;
    console_open(&console, 0, 0);
    plotmill *pm = open_library(&console, NULL);
    exit_code = pm ? list(pm, &console, general.json) : EXIT_FAILED;
    plotmill_destroy(pm);
    return exit_code;
}
