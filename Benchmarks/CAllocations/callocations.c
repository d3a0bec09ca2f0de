#include "callocations.h"

#include <errno.h>
#include <stddef.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

static uint64_t count;

static void one(void) { __atomic_fetch_add(&count, 1, __ATOMIC_RELAXED); }

#define PUBLIC __attribute__((visibility("default")))

PUBLIC void *malloc(size_t size) { one(); return __libc_malloc(size); }
PUBLIC void *calloc(size_t items, size_t size) { one(); return __libc_calloc(items, size); }
PUBLIC void *realloc(void *block, size_t size) { one(); return __libc_realloc(block, size); }
PUBLIC void *memalign(size_t alignment, size_t size) { one(); return __libc_memalign(alignment, size); }
PUBLIC void *aligned_alloc(size_t alignment, size_t size) { one(); return __libc_memalign(alignment, size); }
PUBLIC void free(void *block) { __libc_free(block); }

PUBLIC int posix_memalign(void **out, size_t alignment, size_t size) {
  one();
  void *block = __libc_memalign(alignment, size);
  if (!block) return ENOMEM;
  *out = block;
  return 0;
}

uint64_t callocations_count(void) { return __atomic_load_n(&count, __ATOMIC_RELAXED); }

__attribute__((noinline)) void callocations_keep(uint64_t value) { __asm__ volatile("" : : "r"(value) : "memory"); }
