#include "formats/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/numbers.h"
#include "base/strings.h"
#include "base/suggest.h"
#include "base/try.h"
#include "formats/text/number.h"

enum plotmill_status fields_add(struct field_list *list, const char *name, size_t length, bool numeric,
                                struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    char *copy = NULL;
    /* The list doubles whenever its length is a power of two. */
    if ((list->count & (list->count - 1)) == 0) {
        struct field *grown = realloc(list->fields, (list->count ? 2 * list->count : 1) * sizeof *grown);
        TRY_MEMORY(error, grown);
        list->fields = grown;
    }
    copy = string_start(name, length);
    TRY_MEMORY(error, copy);
    list->fields[list->count++] = (struct field){.name = copy, .numeric = numeric};
done:
    return status;
}

void fields_free(struct field_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->fields[i].name);
    free(list->fields);
    list->fields = NULL;
    list->count = 0;
}

bool fields_have_names(const struct field_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (*list->fields[i].name)
            return true;
    return false;
}

struct field_label field_label(const struct field_list *list, size_t field)
{
    struct field_label label;
    const char *name = list->fields[field].name;
    struct text_quote quote = text_quote(name, strlen(name));
    snprintf(label.text, sizeof label.text, *name ? "%zu (%s)" : "%zu", field, quote.text);
    return label;
}

static bool same_exactly(const char *a, const char *b)
{
    return !strcmp(a, b);
}

/* Moves *text and *end past what decorates a name: blanks, pairs of quotes and brackets, stars, "1. ". */
static void undecorate(const char **text, const char **end)
{
    static const char open[] = "'\"<[(", close[] = "'\">])";
    for (;;) {
        const char *first = *text, *last = *end, *pair;
        while (*text < *end && **text == ' ')
            ++*text;
        while (*end > *text && ((*end)[-1] == ' ' || (*end)[-1] == '*'))
            --*end;
        if (*end - *text > 2 && (pair = strchr(open, **text)) && (*end)[-1] == close[pair - open]) {
            ++*text;
            --*end;
        }
        const char *digits = *text;
        while (digits < *end && *digits >= '0' && *digits <= '9')
            digits++;
        if (digits > *text && *end - digits > 2 && digits[0] == '.' && digits[1] == ' ')
            *text = digits + 2;
        if (first == *text && last == *end)
            return;
    }
}

/* Names without decoration, in any letter case; a blank is the same as an underscore. */
static bool same_plainly(const char *a, const char *b)
{
    const char *a_end = a + strlen(a), *b_end = b + strlen(b);
    undecorate(&a, &a_end);
    undecorate(&b, &b_end);
    if (a_end - a != b_end - b || a == a_end)
        return false;
    for (; a < a_end; a++, b++) {
        const char x[2] = {*a == ' ' ? '_' : *a, 0}, y[2] = {*b == ' ' ? '_' : *b, 0};
        if (!string_same(x, y))
            return false;
    }
    return true;
}

/* Which fields list_fields adds. */
enum listed { LISTED_SHOWN = 0, LISTED_NUMERIC, LISTED_ALL };

/* Adds the fields that are not hidden, those of them that are numeric, or all; and of them those whose name is
 * `wanted`; NULL: any. Returns the first. */
static size_t list_fields(const struct field_list *list, enum listed listed, const char *wanted,
                          bool (*same)(const char *, const char *), struct text_list *text)
{
    size_t first = list->count;
    *text = (struct text_list){0};
    for (size_t i = 0; i < list->count; i++) {
        const struct field *field = &list->fields[i];
        if ((field->hidden && listed != LISTED_ALL) || (listed == LISTED_NUMERIC && !field->numeric) ||
            (wanted && !same(field->name, wanted)))
            continue;
        first = MIN(first, i);
        text_list_add(text, "%s", field_label(list, i).text);
    }
    text_list_end(text);
    return first;
}

/* The field of exactly that name, else of that name in any letter case, else without decoration; list->count: there is
 * none, or several, which *found lists. */
static size_t find_name(const struct field_list *list, enum listed listed, const char *name, struct text_list *found)
{
    *found = (struct text_list){0};
    if (!*name)
        return list->count;
    size_t field = list_fields(list, listed, name, same_exactly, found);
    if (!found->items)
        field = list_fields(list, listed, name, string_same, found);
    if (!found->items)
        field = list_fields(list, listed, name, same_plainly, found);
    return found->items == 1 ? field : list->count;
}

static enum plotmill_status refuse_several(const struct field_list *list, const char *name,
                                           const struct text_list *found, struct plotmill_error *error)
{
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: several columns are named \"%s\", expected the number of one: %s", list->path,
                              text_quote(name, strlen(name)).text, found->text);
}

/* Which columns an option may name; NULL: column or columns. */
static enum listed listed_by(const char *option)
{
    return option && strcmp(option, "label-field") != 0 ? LISTED_ALL : LISTED_SHOWN;
}

/* What it takes beside columns. */
static const char *const *words_of(const char *option)
{
    static const char *const none[] = {NULL}, *const label[] = {"return", "direction", NULL},
                             *const group[] = {"file", "none", NULL};
    return !option ? none : !strcmp(option, "label") ? label : !strcmp(option, "group-by") ? group : none;
}

enum plotmill_status fields_refuse_unknown(const struct field_list *list, const char *option, const char *entry,
                                           struct plotmill_error *error)
{
    const char *const *words = words_of(option), *form = words[0] && !strcmp(words[0], "return") ? ":H" : "";
    struct suggestion near = {.meant = entry};
    struct text_list columns, beside = {0};
    for (; *words; words++) {
        text_list_add(&beside, "%s%s", *words, form);
        suggestion_offer(&near, *words);
    }
    text_list_end(&beside);
    list_fields(list, listed_by(option), NULL, NULL, &columns);
    for (size_t i = 0; i < list->count; i++)
        if (listed_by(option) == LISTED_ALL || !list->fields[i].hidden)
            suggestion_offer(&near, list->fields[i].name);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: %s%sno column \"%s\", expected %s%sone of %s%s%s%s",
                              list->path, option ? option : "", option ? ": " : "",
                              text_quote(entry, strlen(entry)).text, beside.text, beside.items ? ", or " : "",
                              columns.items ? columns.text : "none", near.name ? ": did you mean \"" : "",
                              near.name ? text_quote(near.name, strlen(near.name)).text : "", near.name ? "\"?" : "");
}

/* An entry of the option column or columns (NULL), or of another option, which takes hidden columns too. */
static enum plotmill_status find_listed(const struct field_list *list, const char *option, const char *entry,
                                        size_t *field, struct plotmill_error *error)
{
    const enum listed listed = listed_by(option);
    struct text_list text;
    uint64_t index;
    *field = find_name(list, listed, entry, &text);
    if (text.items > 1)
        return refuse_several(list, entry, &text, error);
    if (text.items == 1 && list->unsaid_numbers && index_parse(entry, &index) && index < list->count && index != *field)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: \"%s\" is the name of column %zu, and the number of column %s: expected the "
                                  "option header: 1 where the name is meant, or header: none with skip where the "
                                  "number is",
                                  list->path, text_quote(entry, strlen(entry)).text, *field,
                                  field_label(list, (size_t)index).text);
    if (text.items == 1)
        return PLOTMILL_OK;
    if (index_parse(entry, &index) && index < list->count && (listed == LISTED_ALL || !list->fields[index].hidden)) {
        *field = (size_t)index;
        return PLOTMILL_OK;
    }
    return fields_refuse_unknown(list, option, entry, error);
}

/* An entry of the option columns or column: a name, or a number. */
static enum plotmill_status find_field(const struct field_list *list, const char *entry, size_t *field,
                                       struct plotmill_error *error)
{
    return find_listed(list, NULL, entry, field, error);
}

enum plotmill_status fields_find(const struct field_list *list, const char *option, const char *entry, size_t *field,
                                 struct plotmill_error *error)
{
    return find_listed(list, option, entry, field, error);
}

/* The entries of the option columns. */
struct entries {
    char *text;   /* with zeros in place of the commas */
    char **items; /* into text */
    size_t count;
};

static enum plotmill_status split(struct entries *entries, const char *columns, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t count = 1;
    for (const char *p = columns; *p; p++)
        count += *p == ',';
    TRY(string_keep(&entries->text, columns, error));
    TRY_ALLOCATE(error, entries->items, count, sizeof *entries->items);
    for (char *at = entries->text; at; entries->count++) {
        char *comma = strchr(at, ','), *end = comma ? comma : at + strlen(at);
        while (*at == ' ')
            at++;
        while (end > at && end[-1] == ' ')
            end--;
        *end = 0;
        if (!*at)
            FAIL(error, PLOTMILL_BAD_INPUT,
                 "columns: found \"%s\", expected names or numbers, separated by single commas",
                 text_quote(columns, strlen(columns)).text);
        entries->items[entries->count] = at;
        at = comma ? comma + 1 : NULL;
    }
done:
    return status;
}

static enum plotmill_status rename_field(struct field *field, const char *name, size_t length,
                                         struct plotmill_error *error)
{
    char *copy = string_start(name, length);
    if (!copy)
        return plotmill_error_set(error, PLOTMILL_NO_MEMORY, "out of memory");
    free(field->name);
    field->name = copy;
    return PLOTMILL_OK;
}

/* Names for all fields, none of which has one. *done: false if the entries are something else. */
static enum plotmill_status name_all(struct field_list *list, const struct entries *entries, bool *done,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    size_t names = 0;
    uint64_t index;
    *done = false;
    for (size_t i = 0; i < entries->count; i++)
        names += !index_parse(entries->items[i], &index) && !strchr(entries->items[i], '=');
    if (!names || fields_have_names(list))
        return PLOTMILL_OK;
    if (names != entries->count || names != list->count)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: columns: the input has %zu column%s without names: expected as many names in "
                                  "their order, or numbers from 0, or NAME=NUMBER for each; found %zu of which %zu %s",
                                  list->path, list->count, list->count == 1 ? "" : "s", entries->count, names,
                                  names == 1 ? "is a name" : "are names");
    for (size_t i = 0; i < list->count; i++)
        TRY(rename_field(&list->fields[i], entries->items[i], strlen(entries->items[i]), error));
    *done = true;
done:
    return status;
}

/* The field of an entry, and the length of its new name; 0: it keeps its own. */
static enum plotmill_status find_entry(const struct field_list *list, const char *entry, size_t *field, size_t *length,
                                       struct plotmill_error *error)
{
    const char *equals = strchr(entry, '=');
    struct text_list found;
    *length = 0;
    *field = find_name(list, LISTED_SHOWN, entry, &found);
    if (*field < list->count)
        return PLOTMILL_OK;
    if (equals && equals > entry && !found.items) {
        *length = (size_t)(equals - entry);
        while (*length > 1 && entry[*length - 1] == ' ')
            --*length;
        entry = equals + 1 + strspn(equals + 1, " ");
    }
    return find_field(list, entry, field, error);
}

enum plotmill_status fields_list(struct field_list *list, const char *columns, struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct entries entries = {0};
    size_t *fields = NULL, *lengths = NULL;
    bool named;
    if (!columns)
        return PLOTMILL_OK;
    TRY(split(&entries, columns, error));
    TRY(name_all(list, &entries, &named, error));
    if (named)
        goto done;
    TRY_ALLOCATE(error, fields, entries.count, sizeof *fields);
    TRY_ALLOCATE(error, lengths, entries.count, sizeof *lengths);
    for (size_t i = 0; i < entries.count; i++)
        TRY(find_entry(list, entries.items[i], &fields[i], &lengths[i], error));
    for (size_t i = 0; i < list->count; i++)
        list->fields[i].hidden = true;
    for (size_t i = 0; i < entries.count; i++) {
        struct field *field = &list->fields[fields[i]];
        if (!field->hidden)
            FAIL(error, PLOTMILL_BAD_INPUT, "%s: columns: column %s is listed twice", list->path,
                 field_label(list, fields[i]).text);
        field->hidden = false;
        if (lengths[i])
            TRY(rename_field(field, entries.items[i], lengths[i], error));
    }
done:
    free(fields);
    free(lengths);
    free(entries.items);
    free(entries.text);
    return status;
}

/* The only numeric one. */
static enum plotmill_status find_only(const struct field_list *list, size_t *field, struct plotmill_error *error)
{
    struct text_list text;
    *field = list_fields(list, LISTED_NUMERIC, NULL, NULL, &text);
    if (text.items > 1)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: %zu numeric columns, expected the option column to name one: %s", list->path,
                                  text.items, text.text);
    if (text.items == 1)
        return PLOTMILL_OK;
    list_fields(list, LISTED_SHOWN, NULL, NULL, &text);
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT, "%s: found no numeric column among %s", list->path, text.text);
}

/* Names the wanted fields that the input lacks. */
static enum plotmill_status refuse_missing(const struct field_list *list, const struct source_options *options,
                                           struct plotmill_error *error)
{
    struct text_list missing = {0}, all, found;
    for (size_t i = 0; i < options->field_count; i++) {
        const char *name = options->fields[i];
        const bool optional = options->last_optional && i + 1 == options->field_count;
        if (*name && !optional && (find_name(list, LISTED_SHOWN, name, &found), !found.items))
            text_list_add(&missing, "%s", text_quote(name, strlen(name)).text);
    }
    text_list_end(&missing);
    const char *last = options->fields[options->field_count - 1];
    if (options->last_is_label && missing.items == 1 && (find_name(list, LISTED_SHOWN, last, &found), !found.items))
        return fields_refuse_unknown(list, "label-field", last, error);
    list_fields(list, LISTED_SHOWN, NULL, NULL, &all);
    const char *plural = missing.items == 1 ? "" : "s";
    if (!fields_have_names(list) && list->count < missing.items)
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: the chart needs the fields %s, but found %zu column%s, without %s: expected a "
                                  "column for each field, and the option columns with their names",
                                  list->path, missing.text, list->count, list->count == 1 ? "" : "s",
                                  list->count == 1 ? "a name" : "names");
    if (!fields_have_names(list))
        return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                                  "%s: the chart needs the field%s %s, but the columns have no names: expected the "
                                  "option columns with %zu name%s, in their order, or with NAME=NUMBER for each field",
                                  list->path, plural, missing.text, list->count, list->count == 1 ? "" : "s");
    return plotmill_error_set(error, PLOTMILL_BAD_INPUT,
                              "%s: the chart needs the field%s %s; found the columns %s: the option columns can name "
                              "them, as in %s=NUMBER",
                              list->path, plural, missing.text, all.text, missing.items == 1 ? missing.text : "NAME");
}

enum plotmill_status fields_choose(const struct field_list *list, const struct source_options *options,
                                   struct field_choice *choice, struct plotmill_error *error)
{
    static const char *const selected[] = {""};
    enum plotmill_status status = PLOTMILL_OK;
    const char *column = options ? options->column : NULL;
    const bool named = options && options->field_count;
    const char *const *wanted = named ? options->fields : selected;
    bool uses_column = false;
    *choice = (struct field_choice){.count = named ? options->field_count : 1};
    TRY_ALLOCATE(error, choice->at, choice->count, sizeof *choice->at);
    for (size_t i = 0; i < choice->count; i++) {
        struct text_list found;
        if (!*wanted[i]) {
            uses_column = true;
            TRY(column ? find_field(list, column, &choice->at[i], error) : find_only(list, &choice->at[i], error));
            continue;
        }
        choice->at[i] = find_name(list, LISTED_SHOWN, wanted[i], &found);
        if (named && options->last_optional && i + 1 == options->field_count && found.items != 1) {
            choice->count--;
            break;
        }
        if (found.items > 1)
            TRY(refuse_several(list, wanted[i], &found, error));
        if (!found.items)
            TRY(refuse_missing(list, options, error));
    }
    if (column && !uses_column)
        FAIL(error, PLOTMILL_BAD_INPUT,
             "%s: column: does not apply to this chart, which names its fields: expected the option columns",
             list->path);
done:
    return status;
}

void field_choice_free(struct field_choice *choice)
{
    free(choice->at);
    *choice = (struct field_choice){0};
}

enum plotmill_status fields_describe(const struct field_list *list, const struct source_options *options,
                                     const struct field_choice *choice, struct source_about *about,
                                     struct plotmill_error *error)
{
    enum plotmill_status status = PLOTMILL_OK;
    struct json json = {.one_line = true};
    json_open(&json, NULL, '[');
    for (size_t i = 0; i < list->count; i++)
        json_string(&json, NULL, list->fields[i].name);
    json_close(&json, ']');
    about->fields = json_finish(&json);
    TRY_MEMORY(error, about->fields);
    about->selected = SOURCE_NONE_SELECTED;
    TRY_ALLOCATE(error, about->names, choice->count, sizeof *about->names);
    about->name_count = choice->count;
    for (size_t i = 0; i < choice->count; i++) {
        const bool selected = !options || !options->field_count || !*options->fields[i];
        if (selected && about->selected == SOURCE_NONE_SELECTED) {
            about->selected = i;
            about->field = choice->at[i];
        }
        /* A field that was found without the decoration of its name has the name that was asked for. */
        const char *name = list->fields[choice->at[i]].name;
        const bool decorated = !selected && !string_same(name, options->fields[i]);
        TRY(string_keep(&about->names[i], decorated ? options->fields[i] : name, error));
    }
done:
    return status;
}

void side_clear(struct side_column *side)
{
    for (size_t i = 0; side->classes && i < side->class_count; i++)
        free(side->classes[i]);
    free(side->classes);
    free(side->name);
    *side = (struct side_column){0};
}

void sides_free(struct side_column *sides, size_t count)
{
    for (size_t i = 0; sides && i < count; i++)
        side_clear(&sides[i]);
    free(sides);
}

void about_free(struct source_about *about)
{
    for (size_t i = 0; about->names && i < about->name_count; i++)
        free(about->names[i]);
    free(about->names);
    free(about->fields);
    free(about->reading);
    free(about->said);
    for (size_t i = 0; about->columns && i < about->column_count; i++) {
        free(about->columns[i].name);
        free(about->columns[i].first);
        free(about->columns[i].other);
    }
    free(about->columns);
    *about = (struct source_about){0};
}
