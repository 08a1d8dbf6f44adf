#include "tools/common/window_report.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "base/strings.h"

static const char *const parts[] = {"train", "val", "test", "none"};

static void say_split(struct console *console, const struct window_counts *counts)
{
    char embargo[120] = "";
    if (!(counts->splits[0] + counts->splits[1] + counts->splits[2] + counts->splits[3]))
        return;
    if (counts->embargoed)
        snprintf(embargo, sizeof embargo, ", of which %" PRIu64 " reach into a later part", counts->embargoed);
    console_say(console, PLOTMILL_LOG_INFO,
                "split: %" PRIu64 " train, %" PRIu64 " val, %" PRIu64 " test, %" PRIu64 " none%s", counts->splits[0],
                counts->splits[1], counts->splits[2], counts->splits[3], embargo);
}

/* The windows of a class: in all, or of one part. */
static uint64_t windows_of(const char *value, const char *part)
{
    uint64_t windows = 0;
    json_read_uint(*value == '{' ? json_member(value, part) : value, &windows);
    return windows;
}

static void add_classes(struct text_list *list, const char *label, const char *part)
{
    const char *classes = json_member(label, "classes"), *name, *value;
    size_t length;
    for (size_t i = 0; classes && (value = json_member_at(classes, i, &name, &length)); i++)
        text_list_add(list, "%s: %" PRIu64, text_quote(name, length).text, windows_of(value, part));
    text_list_add(list, "missing: %" PRIu64, windows_of(json_member(label, "missing"), part));
    text_list_end(list);
}

static void say_label(struct console *console, const char *label, const char *name, size_t length)
{
    const char *missing = json_member(label, "missing");
    for (int i = 0; missing && i < (*missing == '{' ? 4 : 1); i++) {
        struct text_list list = {0};
        if (!json_member(label, "classes") && !windows_of(missing, parts[i]))
            continue;
        add_classes(&list, label, parts[i]);
        console_say(console, PLOTMILL_LOG_INFO, "label %s%s%s: %s", text_quote(name, length).text,
                    *missing == '{' ? ", " : "", *missing == '{' ? parts[i] : "", list.text);
    }
}

void window_report(struct console *console, const struct window_counts *counts, const char *classes)
{
    const char *name, *label;
    size_t length;
    say_split(console, counts);
    for (size_t i = 0; classes && (label = json_member_at(classes, i, &name, &length)); i++)
        say_label(console, label, name, length);
    if (counts->dropped)
        console_say(console, PLOTMILL_LOG_INFO, "%" PRIu64 " window%s without a label left out", counts->dropped,
                    counts->dropped == 1 ? "" : "s");
    else if (counts->unlabelled)
        console_say(console, PLOTMILL_LOG_INFO, "%" PRIu64 " window%s without a label; drop-unlabelled leaves them out",
                    counts->unlabelled, counts->unlabelled == 1 ? "" : "s");
}
