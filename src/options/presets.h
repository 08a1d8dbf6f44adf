/* The charts that come with plotmill: presets/NAME.yaml, embedded. */
#ifndef OPTIONS_PRESETS_H
#define OPTIONS_PRESETS_H

#include <stddef.h>

struct preset {
    const char *name;
    const char *summary; /* a line, without a full stop */
    const char *text;    /* in the language of options/language.h */
};

extern const struct preset presets[];
extern const size_t preset_count;

#endif
