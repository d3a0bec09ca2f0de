#include "cfaiss.h"

#include <faiss/IndexFlat.h>
#include <faiss/IndexIVFFlat.h>
#include <faiss/clone_index.h>
#include <faiss/impl/IDSelector.h>
#include <faiss/impl/io.h>
#include <faiss/index_io.h>
#include <faiss/invlists/InvertedLists.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

extern "C" void omp_set_num_threads(int);

struct cfaiss_index {
  std::unique_ptr<faiss::IndexIVFFlat> ivf;
};

namespace {

thread_local std::string message;

// libgomp's number of threads belongs to the calling thread: whoever calls works alone.
template <typename Body> int guarded(Body body) noexcept {
  try {
    omp_set_num_threads(1);
    return body();
  } catch (const std::exception &error) {
    try {
      message = error.what();
    } catch (...) {
    }
  } catch (...) {
    try {
      message = "FAISS threw something that is no exception";
    } catch (...) {
    }
  }
  return CFAISS_FAILED;
}

bool finite(const float *x, size_t n) {
  // A sum of x * 0 is 0, or NaN where any x is not finite: one pass without a branch.
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i] * 0.0f;
  return sum == 0;
}

int not_finite() {
  message = "a vector holds a number that is not finite";
  return CFAISS_NOT_FINITE;
}

struct Unbarred : faiss::IDSelector {
  const uint8_t *barred;
  int64_t count;
  Unbarred(const uint8_t *barred, int64_t count) : barred(barred), count(count) {}
  bool is_member(idx_t id) const override { return id >= 0 && id < count && barred[id] == 0; }
};

} // namespace

const char *cfaiss_message(void) { return message.c_str(); }

int cfaiss_create(int32_t dimension, int32_t lists, const float *training, int64_t n, cfaiss_index **out) {
  return guarded([&] {
    if (!finite(training, (size_t)n * dimension)) return not_finite();
    auto quantizer = std::make_unique<faiss::IndexFlatIP>(dimension);
    auto ivf =
        std::make_unique<faiss::IndexIVFFlat>(quantizer.get(), dimension, lists, faiss::METRIC_INNER_PRODUCT);
    ivf->own_fields = true;
    quantizer.release();
    ivf->cp.min_points_per_centroid = 1;
    ivf->set_direct_map_type(faiss::DirectMap::Hashtable);
    ivf->train(n, training);
    *out = new cfaiss_index{std::move(ivf)};
    return (int)CFAISS_OK;
  });
}

void cfaiss_free(cfaiss_index *index) { delete index; }

int cfaiss_clone(const cfaiss_index *index, cfaiss_index **out) {
  return guarded([&] {
    std::unique_ptr<faiss::Index> copy(faiss::clone_index(index->ivf.get()));
    auto ivf = dynamic_cast<faiss::IndexIVFFlat *>(copy.get());
    if (!ivf) throw std::runtime_error("a clone of another kind");
    copy.release();
    *out = new cfaiss_index{std::unique_ptr<faiss::IndexIVFFlat>(ivf)};
    return (int)CFAISS_OK;
  });
}

int64_t cfaiss_count(const cfaiss_index *index) { return index->ivf->ntotal; }
int32_t cfaiss_dimension(const cfaiss_index *index) { return index->ivf->d; }
int32_t cfaiss_lists(const cfaiss_index *index) { return (int32_t)index->ivf->nlist; }

int cfaiss_put(cfaiss_index *index, const float *vectors, const int64_t *labels, int64_t n) {
  return guarded([&] {
    if (!finite(vectors, (size_t)n * index->ivf->d)) return not_finite();
    // update_vectors refuses a label that is not there, add_with_ids leaves a stale vector behind: remove, then add.
    faiss::IDSelectorArray old((size_t)n, labels);
    if (index->ivf->ntotal > 0) index->ivf->remove_ids(old);
    index->ivf->add_with_ids(n, vectors, labels);
    return (int)CFAISS_OK;
  });
}

int cfaiss_remove(cfaiss_index *index, const int64_t *labels, int64_t n, int64_t *removed) {
  return guarded([&] {
    faiss::IDSelectorArray old((size_t)n, labels);
    *removed = index->ivf->ntotal > 0 ? (int64_t)index->ivf->remove_ids(old) : 0;
    return (int)CFAISS_OK;
  });
}

int cfaiss_search(const cfaiss_index *index, const float *query, int32_t k, int32_t probe, const uint8_t *barred,
                  int64_t barred_count, float *scores, int64_t *labels) {
  return guarded([&] {
    if (!finite(query, (size_t)index->ivf->d)) return not_finite();
    faiss::SearchParametersIVF parameters;
    parameters.nprobe = (size_t)probe;
    Unbarred selector(barred, barred_count);
    if (barred) parameters.sel = &selector;
    index->ivf->search(1, query, k, scores, labels, &parameters);
    return (int)CFAISS_OK;
  });
}

int cfaiss_get(const cfaiss_index *index, int64_t label, float *out) {
  return guarded([&] {
    index->ivf->reconstruct(label, out);
    return (int)CFAISS_OK;
  });
}

int cfaiss_labels(const cfaiss_index *index, int64_t *labels) {
  return guarded([&] {
    for (size_t list = 0; list < index->ivf->nlist; list++) {
      size_t size = index->ivf->invlists->list_size(list);
      if (size == 0) continue;
      faiss::InvertedLists::ScopedIds ids(index->ivf->invlists, list);
      memcpy(labels, ids.get(), size * sizeof *labels);
      labels += size;
    }
    return (int)CFAISS_OK;
  });
}

int cfaiss_relabel(cfaiss_index *index, const int64_t *labels) {
  return guarded([&] {
    auto lists = dynamic_cast<faiss::ArrayInvertedLists *>(index->ivf->invlists);
    if (!lists) throw std::runtime_error("lists of another kind");
    for (auto &ids : lists->ids) {
      if (!ids.empty()) memcpy(ids.data(), labels, ids.size() * sizeof *labels);
      labels += ids.size();
    }
    // Built anew from the lists.
    index->ivf->set_direct_map_type(faiss::DirectMap::NoMap);
    index->ivf->set_direct_map_type(faiss::DirectMap::Hashtable);
    return (int)CFAISS_OK;
  });
}

int cfaiss_write(const cfaiss_index *index, uint8_t **bytes, size_t *count) {
  return guarded([&] {
    faiss::VectorIOWriter writer;
    faiss::write_index(index->ivf.get(), &writer);
    auto copy = (uint8_t *)malloc(writer.data.size() ? writer.data.size() : 1);
    if (!copy) throw std::bad_alloc();
    memcpy(copy, writer.data.data(), writer.data.size());
    *bytes = copy;
    *count = writer.data.size();
    return (int)CFAISS_OK;
  });
}

void cfaiss_free_bytes(uint8_t *bytes) { free(bytes); }

int cfaiss_read(const uint8_t *bytes, size_t count, cfaiss_index **out) {
  return guarded([&] {
    faiss::VectorIOReader reader;
    reader.data.assign(bytes, bytes + count);
    std::unique_ptr<faiss::Index> read(faiss::read_index(&reader));
    auto ivf = dynamic_cast<faiss::IndexIVFFlat *>(read.get());
    if (!ivf || ivf->metric_type != faiss::METRIC_INNER_PRODUCT) {
      message = "the bytes hold an index of another kind";
      return (int)CFAISS_FAILED;
    }
    read.release();
    *out = new cfaiss_index{std::unique_ptr<faiss::IndexIVFFlat>(ivf)};
    return (int)CFAISS_OK;
  });
}
