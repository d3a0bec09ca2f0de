#include "cmemory.h"

#include <malloc.h>

void cmemory_bound(int arenas, int mapped_bytes) {
  mallopt(M_ARENA_MAX, arenas);
  mallopt(M_MMAP_THRESHOLD, mapped_bytes);
  mallopt(M_TRIM_THRESHOLD, mapped_bytes);
}

void cmemory_trim(void) { malloc_trim(0); }
