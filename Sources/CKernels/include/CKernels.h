#pragma once

/// Which instructions this processor and its operating system offer, asked once at start.
int ck_supports_avx2(void);
