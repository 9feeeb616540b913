#pragma once
// The functions that hash into a plain value are deprecated in favour of ones that allocate and may fail.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/crypto.h>
#include <openssl/sha.h>
