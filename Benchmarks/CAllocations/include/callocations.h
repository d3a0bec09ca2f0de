#pragma once
#include <stdint.h>

// Counts every allocation of the process that this target is linked into (glibc only): it defines malloc and its
// relatives over glibc's own. For benchmarks; a relaxed atomic a call.

// Allocations since the process began, by all threads.
uint64_t callocations_count(void);

// Takes a value so that the compiler cannot drop what computed it.
void callocations_keep(uint64_t value);
