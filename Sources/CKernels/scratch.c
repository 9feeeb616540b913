#include "template/common.h"

void *ck_scratch(size_t bytes) {
    static _Thread_local void *memory;
    static _Thread_local size_t capacity;
    if (capacity < bytes) {
        free(memory);
        capacity = (bytes + 4095) & ~(size_t)4095;
        memory = aligned_alloc(64, capacity);
        if (!memory) abort();
    }
    return memory;
}
