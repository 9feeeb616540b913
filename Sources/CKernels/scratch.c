#include "template/common.h"

#include <malloc.h>
#include <pthread.h>

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

void ck_return_freed(void) { malloc_trim(0); }
