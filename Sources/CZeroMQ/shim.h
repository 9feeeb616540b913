#pragma once
#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <zmq.h>

// Stable in the library since 4.3.0, but the header shows it to draft builds only.
static const int PROBESWEEP_ZMQ_ZAP_ENFORCE_DOMAIN = 93;

// Swift's Glibc module does not export eventfd.
static inline int probesweep_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

// Swift's Glibc module does not export extended attributes.
static inline ssize_t probesweep_fgetxattr(int descriptor, const char *name, void *value, size_t size) {
    return fgetxattr(descriptor, name, value, size);
}
