#ifndef CVERSION_H
#define CVERSION_H

/* The commit that the program was built from, empty where the sources are in no repository. */
const char *probesweep_commit(void);

#endif
