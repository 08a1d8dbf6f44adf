/* What a job file says beside what the command line asks for. */
#include <stdio.h>
#include <string.h>

#include "tools/common/paths.h"
#include "tools/config/config.h"
#include "tools/config/values.h"

/* What an option goes with: a list of formats. */
static const struct rule {
    const char *option, *formats;
} rules[] = {{"compress", " hdf5 npz png "},
             {"dtype", " hdf5 npy raw "},
             {"layout", " hdf5 npy raw "},
             {"channels", " hdf5 npy raw "},
             {"quality", " jpeg "},
             {"chunk-images", " hdf5 "},
             {"images-per-file", " hdf5 npy npz raw tar "},
             {"resume", " hdf5 "},
             {"shard", " hdf5 npy npz raw tar "},
             {"store-sequences", " hdf5 "}};

static void *value_of(const struct config *config, const char *option)
{
    struct option_group *group;
    const struct option_entry *entry = options_find(config->usage, option, &group);
    return entry ? (char *)group->values + entry->offset : NULL;
}

static size_t size_of(const struct option_entry *entry)
{
    if (entry->kind == OPTION_WHOLE)
        return sizeof(uint64_t);
    return entry->kind == OPTION_SHARE ? sizeof(struct option_share) : sizeof(int);
}

/* Back to the default, 0, where the file alone said it: config_tell lists the key. */
static void give_way(struct config *config, const char *option)
{
    static const uint64_t zero;
    struct option_group *group;
    const struct option_entry *entry = options_find(config->usage, option, &group);
    if (!entry || config_level_of(config, option) != CONFIG_FILE)
        return;
    char *value = (char *)group->values + entry->offset;
    if (!entry->implied && !memcmp(value, &zero, size_of(entry)))
        return;
    memset(value, 0, size_of(entry));
    config_unset(config, option);
}

/* The format that the command line asks for; NULL: it leaves that to the file. */
const char *config_asked_format(const struct config *config)
{
    struct option_group *group;
    const struct option_entry *format = options_find(config->usage, "format", &group);
    const char *const *output = value_of(config, "output");
    int output_asked = output && *output && config_level_of(config, "output") > CONFIG_FILE;
    if (format && config_level_of(config, "format") > CONFIG_FILE)
        return format->choices[*(const int *)value_of(config, "format")];
    return output_asked && *format_of_output(*output) ? format_of_output(*output) : NULL;
}

static int is_asked(const struct config *config, const char *flag)
{
    return config_level_of(config, flag) > CONFIG_FILE && *(const int *)value_of(config, flag);
}

void config_settle(struct config *config)
{
    const char *format = config_asked_format(config), *const *output = value_of(config, "output");
    int asked = output && *output && config_level_of(config, "output") > CONFIG_FILE;
    int stdout_asked = asked && !strcmp(*output, "-");
    char word[32];
    snprintf(word, sizeof word, " %s ", format ? format : "");
    for (size_t i = 0; format && i < sizeof rules / sizeof *rules; i++)
        if (!strstr(rules[i].formats, word))
            give_way(config, rules[i].option);
    if (stdout_asked) {
        give_way(config, "images-per-file");
        give_way(config, "resume");
        give_way(config, "shard");
    }
    if (format)
        give_way(config, "format");
    if (stdout_asked || (asked && is_pseudo_output(*output)) || is_asked(config, "force"))
        give_way(config, "skip-existing");
    if (is_asked(config, "skip-existing") || is_asked(config, "resume"))
        give_way(config, "force");
    if (is_asked(config, "force"))
        give_way(config, "resume");
}
