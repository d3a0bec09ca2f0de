#pragma once
// glibc's malloc as this process wants it; <malloc.h> is not in Swift's Glibc module. Total: every function may be called
// at any time, from any thread.

/// At most `arenas` arenas; blocks of `mapped_bytes` and more are mapped one by one and go back when they are freed.
void cmemory_bound(int arenas, int mapped_bytes);
/// Gives free memory back to the kernel.
void cmemory_trim(void);
