#include "template/common.h"

#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static pthread_key_t key;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void make_key(void) {
    if (pthread_key_create(&key, free)) abort();
}

void *ck_scratch(size_t bytes) {
    static _Thread_local void *memory;
    static _Thread_local size_t capacity;
    if (capacity < bytes) {
        pthread_once(&once, make_key);
        free(memory);
        capacity = (bytes + 4095) & ~(size_t)4095;
        memory = aligned_alloc(64, capacity);
        if (!memory) abort();
        // A thread that ends gives its memory back: pools come and go with passes.
        pthread_setspecific(key, memory);
    }
    return memory;
}

void ck_return_large_blocks(size_t bytes) {
    mallopt(M_MMAP_THRESHOLD, (int)bytes);
    mallopt(M_TRIM_THRESHOLD, (int)(8 * bytes));
}

size_t ck_anonymous_bytes(void) {
    char text[128];
    int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    ssize_t count = read(file, text, sizeof text - 1);
    close(file);
    if (count <= 0) return 0;
    text[count] = 0;
    unsigned long size, resident, shared;
    if (sscanf(text, "%lu %lu %lu", &size, &resident, &shared) != 3) return 0;
    return (resident - shared) * (size_t)getpagesize();
}

void ck_return_freed(void) { malloc_trim(0); }
