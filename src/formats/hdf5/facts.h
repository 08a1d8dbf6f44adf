/* What a file of several says of itself and what it should say: so that files of another job, or of another form, are
 * never taken for parts of this one. */
#ifndef FORMATS_HDF5_FACTS_H
#define FORMATS_HDF5_FACTS_H

#include "plotmill_config.h"

#if HAVE_HDF5

#include <hdf5.h>
#include <stdbool.h>

#include "plotmill/sink.h"

struct hdf5_facts {
    uint64_t images;
    uint64_t first; /* what its first image is called in the whole */
    uint64_t whole; /* images of the whole; 0: this is no file of several */
    uint32_t width; /* px */
    int rank;
    uint64_t axes[4]; /* as stored; axes[0] is not used */
    char dtype[8];
    char layout[8];
    int background;
    int foreground;
    uint64_t chunk_images;
    bool compressed;
    uint64_t sequence_samples;    /* of each row of /sequences; 0: there is none */
    char *spec, *input, *content; /* owned; content: the recorded hash of the contents, "" where there is none */
};

enum plotmill_status hdf5_facts_expect(struct hdf5_facts *facts, const struct plotmill_dataset_info *info,
                                       const struct plotmill_sink_options *options, struct plotmill_error *error);

/* Of an open /images, under the lock. PLOTMILL_NO_MEMORY is the only failure: what is not told stays zero. */
enum plotmill_status hdf5_facts_read(struct hdf5_facts *facts, hid_t images, struct plotmill_error *error);

/* The other way round: what it takes to make such a file. false: images have no such type, or another shape. */
bool hdf5_facts_tell(const struct hdf5_facts *facts, struct plotmill_dataset_info *info,
                     struct plotmill_sink_options *options);
void hdf5_facts_free(struct hdf5_facts *facts);

/* PLOTMILL_BAD_INPUT that names what is different. Inputs that are no files are let pass: nothing is known of them. */
enum plotmill_status hdf5_facts_compare(const struct hdf5_facts *found, const struct hdf5_facts *expected,
                                        const char *path, struct plotmill_error *error);

#endif
#endif
