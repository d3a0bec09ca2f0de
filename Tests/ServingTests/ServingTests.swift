// The target's first suite replaces this file.
