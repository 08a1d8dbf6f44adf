/* A 64-bit hash of what a file of several holds: its stored chunks as they lie on the disk (a damaged one is found
 * without unpacking it), or its images where nothing is compressed, and what is known of each image. Sums of folds
 * (base/hash.h): to be added up in any order. */
#ifndef FORMATS_HDF5_CONTENT_H
#define FORMATS_HDF5_CONTENT_H

#include "plotmill_config.h"

#if HAVE_HDF5

#include <hdf5.h>

#include "formats/hdf5/facts.h"

#define HDF5_CONTENT_SIZE 17 /* 16 hexadecimal digits and a terminator */

/* What a batch adds, as the sink stores it. `image_bytes` of stored numbers; `group`: images a stream. */
uint64_t hdf5_content_of(const struct plotmill_batch *batch, size_t image_bytes, uint32_t group);

/* What its samples add, where they are stored. */
uint64_t hdf5_content_of_sequences(const struct plotmill_batch *batch);

void hdf5_content_text(uint64_t sum, uint64_t images, char text[HDF5_CONTENT_SIZE]);

/* Reads all of a file, under the lock, as its facts say it is. Negative: it cannot be read. */
herr_t hdf5_content_read(hid_t file, hid_t images, const struct hdf5_facts *facts, uint64_t *sum);

#endif
#endif
