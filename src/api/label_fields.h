/* What labels need of a source beside the chart's fields. */
#ifndef API_LABEL_FIELDS_H
#define API_LABEL_FIELDS_H

#include "formats/format.h"
#include "job/options.h"

/* Fields whose returns may be labels; the first one that the source has is. */
struct label_fields {
    char *names[2]; /* (count), owned */
    size_t count;
};

/* The option label-field; or close, then the field that the chart shows first. */
enum plotmill_status label_fields_init(struct label_fields *fields, const struct job_options *options,
                                       struct plotmill_error *error);
void label_fields_free(struct label_fields *fields);

/* The value of the source whose returns are labels: the first of these fields that it has; SIZE_MAX: there is none, or
 * no label needs one. PLOTMILL_BAD_INPUT where the source lacks the option label-field. */
enum plotmill_status label_value_find(const struct source *source, const struct job_options *options, size_t *value,
                                      struct plotmill_error *error);

/* Adds what the labels of the job need to the options of a source. Freed with label_sources_free after the source was
 * opened. */
struct label_sources {
    struct label_list labels;
    struct label_fields fields;
    const char **names; /* of all fields */
    struct side_request *sides;
};
enum plotmill_status label_sources_init(struct label_sources *sources, const struct job_options *job,
                                        struct source_options *options, struct plotmill_error *error);
void label_sources_free(struct label_sources *sources);

#endif
