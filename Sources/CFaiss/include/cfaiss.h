#pragma once
// A thin, total boundary over FAISS (1.7.3): one kind of index, IndexIVFFlat over inner product with a hash table from
// labels to places. With one list it is exact search. Every function catches every exception and returns a status; the
// text of a failure is `cfaiss_message()`, valid on the calling thread until its next call.
//
// Threads: functions that take a const index may run on any number of threads at once; the others need the index alone.
// FAISS is told to use one thread in whichever thread calls.
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cfaiss_index cfaiss_index;

enum {
  CFAISS_OK = 0,
  CFAISS_NOT_FINITE = 1, // a vector holds a NaN or an infinity; nothing was changed
  CFAISS_FAILED = 2,     // FAISS refused; see cfaiss_message()
};

const char *cfaiss_message(void);

/// A new index without vectors, its lists' centres trained on `training` (n * dimension floats, n >= lists).
int cfaiss_create(int32_t dimension, int32_t lists, const float *training, int64_t n, cfaiss_index **out);
void cfaiss_free(cfaiss_index *index);
/// An equal index that shares nothing.
int cfaiss_clone(const cfaiss_index *index, cfaiss_index **out);

int64_t cfaiss_count(const cfaiss_index *index);
int32_t cfaiss_dimension(const cfaiss_index *index);
int32_t cfaiss_lists(const cfaiss_index *index);

/// Adds vectors (n * dimension floats), in place of those of the same label. Labels are distinct and not negative.
int cfaiss_put(cfaiss_index *index, const float *vectors, const int64_t *labels, int64_t n);
/// Removes what there is of `labels`; `removed` receives how many.
int cfaiss_remove(cfaiss_index *index, const int64_t *labels, int64_t n, int64_t *removed);

/// The k best of the `probe` nearest lists, best first; places beyond the last hit receive label -1.
/// `barred`: `barred_count` bytes; labels whose byte is not 0, and labels beyond, are passed over. NULL: none is.
int cfaiss_search(const cfaiss_index *index, const float *query, int32_t k, int32_t probe, const uint8_t *barred,
                  int64_t barred_count, float *scores, int64_t *labels);
/// The vector of a label (dimension floats).
int cfaiss_get(const cfaiss_index *index, int64_t label, float *out);
/// All labels, list by list (cfaiss_count of them).
int cfaiss_labels(const cfaiss_index *index, int64_t *labels);
/// Gives every vector another label, in the order of cfaiss_labels. Labels are distinct.
int cfaiss_relabel(cfaiss_index *index, const int64_t *labels);

/// FAISS's own binary form, to be freed by cfaiss_free_bytes.
int cfaiss_write(const cfaiss_index *index, uint8_t **bytes, size_t *count);
void cfaiss_free_bytes(uint8_t *bytes);
/// Reads what cfaiss_write wrote. The bytes must be whole: FAISS does not check them.
int cfaiss_read(const uint8_t *bytes, size_t count, cfaiss_index **out);

#ifdef __cplusplus
}
#endif
