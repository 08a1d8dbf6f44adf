#include "tools/common/setup.h"

const struct option_entry *const json_option = &general_options[GENERAL_JSON - 1];

int setup_check(struct console *console, enum plotmill_status status, const struct plotmill_error *error)
{
    return status ? console_fail(console, status, "%s", error->message) : OPTIONS_GO_ON;
}

int setup_check_image(const struct image_settings *image, const struct option_group *group, struct console *console)
{
    const struct log log = {console_log, console};
    struct plotmill_error error;
    const bool grey = ink_is_grey(image->background) && ink_is_grey(image->foreground);
    if (!grey)
        return console_fail(console, PLOTMILL_BAD_INPUT, "%s: found a colour, expected a grey from 0 to 255 here",
                            ink_is_grey(image->background) ? "foreground" : "background");
    return setup_check(console, image_check(image, group, &log, &error), &error);
}

plotmill *open_library(struct console *console, const struct device_settings *device)
{
    plotmill *pm = plotmill_create();
    if (pm)
        plotmill_set_log(pm, console_log, console);
    if (pm && device && device->no_cache && api_set_cache(pm, "")) {
        plotmill_destroy(pm);
        pm = NULL;
    }
    if (!pm)
        console_fail(console, PLOTMILL_NO_MEMORY, "out of memory");
    return pm;
}
