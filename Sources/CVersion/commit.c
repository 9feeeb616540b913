#include "CVersion.h"

#ifndef PROBESWEEP_COMMIT
#define PROBESWEEP_COMMIT ""
#endif

const char *probesweep_commit(void) { return PROBESWEEP_COMMIT; }
